//! git's pre-push hook: what pushes are decided by; real git, local bare remotes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(unix)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use common::Place;

struct Repository {
    place: Place,
}

impl Repository {
    fn new() -> Self {
        let it = Repository { place: Place::new() };
        it.git_in(it.place.dir.path(), &["init", "-q", "--bare", "-b", "main", "server.git"]);
        it.git(&["init", "-q", "-b", "main"]);
        it.git(&["remote", "add", "origin", "../server.git"]);
        it.commit("a", "a");
        let output = it.place.gate(&["install", "pre-push"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        it
    }

    fn git_in(&self, directory: &Path, args: &[&str]) -> Output {
        std::process::Command::new("git")
            .args(["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.place.dir.path())
            .env("GATE_TEST_HOME", self.place.dir.path())
            .env("GATE_TEST_ORGANISATION", self.place.dir.path().join("etc/gate"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // As an agent would push: nobody is asked at a terminal.
            .env("CI", "true")
            .output()
            .unwrap()
    }

    fn git(&self, args: &[&str]) -> Output {
        self.git_in(&self.place.work(), args)
    }

    fn commit(&self, file: &str, text: &str) {
        let path: PathBuf = self.place.work().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        assert!(self.git(&["add", "-A"]).status.success());
        assert!(self.git(&["commit", "-q", "-m", file]).status.success());
    }

    /// Pushes: whether git did, and what was said.
    fn push(&self, args: &[&str]) -> (bool, String) {
        let all: Vec<&str> = ["push"].iter().chain(args).copied().collect();
        let output = self.git(&all);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn on_server(&self, name: &str) -> String {
        let output = self.git_in(&self.place.dir.path().join("server.git"), &["rev-parse", "-q", "--verify", name]);
        String::from_utf8(output.stdout).unwrap()
    }
}

/// What is thrown away is looked up where it lies: tracked changes, new files and stashes each by themselves.
#[test]
fn work_that_is_not_there_is_not_thrown_away() {
    let place = Place::new();
    let git = |directory: &str, args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(args);
        command.current_dir(place.work().join(directory)).env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    for name in ["a", "b"] {
        std::fs::create_dir_all(place.work().join(name).join("sub")).unwrap();
        git(name, &["init", "-q", "."]);
        std::fs::write(place.work().join(name).join(".gitignore"), "ignored\n").unwrap();
        std::fs::write(place.work().join(name).join("file"), "1\n").unwrap();
        git(name, &["add", "."]);
        git(name, &["commit", "-qm", "x"]);
    }
    std::fs::write(place.work().join("b/file"), "2\n").unwrap();
    let codes = |expected: &[(&str, i32)]| {
        for (script, code) in expected {
            let mut gate = place.gate(&["check", "-c", script]);
            gate.current_dir(place.work().join("a")).assert().code(*code);
        }
    };
    codes(&[
        ("git checkout . && git clean -fdx && git stash drop", 0),
        ("cd sub && git reset --hard", 0),
        ("git reset --hard HEAD~1", 10),
        ("cd ../b && git reset --hard", 20),
        ("git -C ../b reset --hard", 20),
        ("GIT_DIR=../b/.git git reset --hard", 20),
        ("git stash pop; git checkout .", 20),
        ("git reset --soft HEAD~1 && git reset --hard", 20),
    ]);
    std::fs::write(place.work().join("a/new"), "").unwrap();
    codes(&[("git checkout .", 0), ("git clean -fd", 20)]);
    // Of files that are named only what is changed in them is worth a word.
    std::fs::write(place.work().join("a/sub/new"), "").unwrap();
    codes(&[
        ("git checkout -- file", 0),
        ("cd ../b && git checkout -- file", 10),
        ("cd ../b && git checkout HEAD -- file", 10),
        ("git -C ../b restore file", 10),
        ("cd ../b && git checkout -- sub", 0),
        ("git clean -fd sub", 10),
        ("git clean -fd file", 0),
        ("cd ../b && git restore --staged file", 0),
        ("cd ../b && git stash && git checkout -- file", 0),
        ("cd ../b && git diff > /tmp/x.patch && git checkout -- file", 0),
    ]);
    std::fs::remove_file(place.work().join("a/sub/new")).unwrap();
    std::fs::rename(place.work().join("a/new"), place.work().join("a/ignored")).unwrap();
    codes(&[("git clean -fd", 0), ("git clean -fdx", 20)]);
    std::fs::write(place.work().join("a/file"), "2\n").unwrap();
    codes(&[("git checkout .", 20), ("git clean -fd", 0)]);
    git("a", &["update-index", "--assume-unchanged", "file"]);
    codes(&[("git checkout .", 20)]);
    git("a", &["update-index", "--no-assume-unchanged", "file"]);
    git("a", &["stash"]);
    codes(&[("git checkout .", 0), ("git stash drop", 10)]);
}

#[test]
fn pushes_are_decided_by_what_they_change() {
    let it = Repository::new();
    // An empty remote, then forward.
    assert!(it.push(&["origin", "main"]).0);
    it.commit("b", "b");
    assert!(it.push(&["origin", "main"]).0);
    assert!(it.push(&["origin", "main"]).0, "nothing to push");
    // Rewriting a protected branch: refused, and the server keeps what it had.
    let before = it.on_server("main");
    it.git(&["commit", "-q", "--amend", "-m", "other"]);
    let (pushed, said) = it.push(&["--force", "origin", "main"]);
    assert!(!pushed && said.contains("git/force-push-protected") && said.contains("1 commits lost"), "{said}");
    assert_eq!(it.on_server("main"), before);
    let (pushed, said) = it.push(&["origin", "+HEAD:refs/heads/main"]);
    assert!(!pushed, "{said}");
    // A branch of one's own: made, rewritten with a word, deleted with a word.
    assert!(it.push(&["origin", "HEAD:refs/heads/topic"]).0);
    it.git(&["commit", "-q", "--amend", "-m", "again"]);
    let (pushed, said) = it.push(&["--force", "origin", "HEAD:topic"]);
    assert!(pushed && said.contains("gate: warning (10)"), "{said}");
    assert!(it.push(&["origin", "--delete", "topic"]).0);
    // Also of whoever the environment says to be committing, as in a pipeline.
    let as_ci = |command: &str| {
        let alias =
            format!("alias.x=!GIT_AUTHOR_EMAIL=ci@example.com GIT_COMMITTER_EMAIL=ci@example.com git {command}");
        let output = it.git(&["-c", &alias, "x"]);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(as_ci("commit -q --amend --reset-author -m ci").0 && as_ci("push origin HEAD:refs/heads/topic").0);
    assert!(as_ci("commit -q --amend -m again").0);
    let (pushed, said) = as_ci("push --force origin HEAD:topic");
    assert!(pushed && !said.contains("by others"), "{said}");
    assert!(!it.push(&["origin", "--delete", "main"]).0);
    // A tag is made, and does not move.
    it.git(&["tag", "v1"]);
    assert!(it.push(&["origin", "v1"]).0);
    it.commit("c", "c");
    it.git(&["tag", "-f", "v1"]);
    let (pushed, said) = it.push(&["--force", "origin", "v1"]);
    assert!(!pushed && said.contains("git/move-remote-tag"), "{said}");
    // Annotated tags that follow, from a detached head.
    it.git(&["fetch", "-q", "origin"]);
    it.git(&["checkout", "-q", "--detach", "origin/main"]);
    it.commit("d", "d");
    it.git(&["tag", "-a", "-m", "x", "v2"]);
    let output = it.git(&["-c", "push.followTags=true", "push", "origin", "HEAD:refs/heads/detached"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!it.on_server("v2").is_empty());
    // Everything at once, with what the server has more being deleted.
    let (pushed, said) = it.push(&["--mirror", "origin"]);
    assert!(!pushed, "{said}");
}

/// Where a secret could be missed: what attributes call binary, far into a line, in the first commit, in a message that
/// looks like a patch, in a tag, in a file that only a tag names, in what a merge adds.
#[test]
fn a_secret_has_no_corner_to_hide_in() {
    let it = Repository::new();
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let refused = |push: &[&str], detail: &str| {
        let (pushed, said) = it.push(push);
        assert!(!pushed && said.contains("git/push-secret") && said.contains(detail), "{detail}: {said}");
    };
    let fresh = || {
        assert!(it.git(&["checkout", "-q", "-f", "--orphan", "fresh"]).status.success());
        it.git(&["rm", "-rfq", "."]);
        it.git(&["branch", "-q", "-D", "next"]);
        it.git(&["checkout", "-q", "-b", "next"]);
    };
    it.git(&["config", "log.showRoot", "false"]);
    fresh();
    it.commit("first", &token);
    refused(&["origin", "next"], "first:1");
    fresh();
    it.commit(".gitattributes", "* -diff\n");
    it.commit("bin", &format!("\0\n{token}"));
    refused(&["origin", "next"], "bin:2");
    fresh();
    it.commit("long", &format!("{} {token} {}", "x".repeat(65_500), "y".repeat(70_000)));
    refused(&["origin", "next"], "long:1");
    fresh();
    it.commit("plain", "x");
    it.git(&["commit", "-q", "--allow-empty", "-m", &format!("x\n\ndiff --git a/q b/q\n+++ b/q\n{token}")]);
    refused(&["origin", "next"], "the commit message:5");
    fresh();
    it.commit("plain", "x");
    it.git(&["tag", "-a", "-m", &token, "v9"]);
    refused(&["origin", "v9"], "the tag's message");
    std::fs::write(it.place.work().join("loose"), &token).unwrap();
    let blob = it.git(&["hash-object", "-w", "loose"]).stdout;
    std::fs::remove_file(it.place.work().join("loose")).unwrap();
    it.git(&["tag", "blob", String::from_utf8(blob).unwrap().trim()]);
    refused(&["origin", "blob"], "a tagged file");
    // A merge that adds what neither side has; one that only brings both together says nothing.
    fresh();
    it.commit("one", "1");
    it.git(&["checkout", "-q", "-b", "side"]);
    it.commit("two", "2");
    it.git(&["checkout", "-q", "next"]);
    it.commit("three", "3");
    assert!(it.git(&["merge", "-q", "--no-ff", "-m", "m", "side"]).status.success());
    let (pushed, said) = it.push(&["origin", "next"]);
    assert!(pushed && said.is_empty() || said.contains("new branch"), "{said}");
    std::fs::write(it.place.work().join("one"), format!("1\n{token}")).unwrap();
    it.git(&["commit", "-q", "-a", "--amend", "-m", "m"]);
    refused(&["--force", "origin", "next:evil"], "one:2");
}

/// Whoever is judged writes the repository's settings: none of them runs a program, and none hides what is pushed.
#[test]
fn what_the_repository_is_set_to_neither_runs_nor_hides() {
    let it = Repository::new();
    let (ran, evil) = (it.place.work().join("ran"), it.place.dir.path().join("evil"));
    std::fs::write(&evil, format!("#!/bin/sh\ntouch '{}'\n", ran.display())).unwrap();
    std::fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for key in ["gpg.program", "gpg.ssh.program", "core.pager", "diff.external", "diff.x.command"] {
        it.git(&["config", key, &evil.display().to_string()]);
    }
    it.git(&["config", "diff.x.textconv", &evil.display().to_string()]);
    for (key, value) in [
        ("log.showSignature", "true"),
        ("diff.relative", "true"),
        ("diff.submodule", "diff"),
        ("core.bigFileThreshold", "1"),
        ("diff.renames", "copies"),
        ("log.follow", "true"),
        ("format.pretty", "oneline"),
        ("diff.noprefix", "true"),
    ] {
        it.git(&["config", key, value]);
    }
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    it.commit(".gitattributes", "* diff=x\n");
    it.commit("deep/k", &format!("a line\n{token}\n"));
    // As if it were signed.
    let commit = String::from_utf8(it.git(&["cat-file", "commit", "HEAD"]).stdout).unwrap();
    let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n";
    std::fs::write(it.place.work().join("signed"), commit.replacen("\n\n", &format!("\n{signature}"), 1)).unwrap();
    let signed = String::from_utf8(it.git(&["hash-object", "-t", "commit", "-w", "signed"]).stdout).unwrap();
    assert_eq!(signed.trim().len(), 40);
    // Its setting does run where git is left to itself, so that the test would see it.
    it.git(&["log", "-1", signed.trim()]);
    assert!(ran.exists(), "git has not asked for the signature");
    std::fs::remove_file(&ran).unwrap();
    let (pushed, said) = it.push(&["origin", &format!("{}:refs/heads/next", signed.trim())]);
    assert!(!pushed && said.contains("git/push-secret") && said.contains("deep/k:2"), "{said}");
    assert!(!ran.exists(), "a program that the repository's settings name ran");
}

#[test]
fn what_the_commits_carry_is_looked_at() {
    let it = Repository::new();
    assert!(it.push(&["origin", "main"]).0);
    let (token, key) =
        (format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"), "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n");
    for (file, text, rule) in [
        ("src/k.py", format!("x = 1\nk = '{token}'\n").as_str(), "git/push-secret"),
        ("deploy", key, "git/push-secret"),
        (".env", "DEBUG=1\n", "git/push-secret"),
        (".github/workflows/ci.yml", "on: push\n", "git/push-watched"),
        ("migrations/1.sql", "select 1;\n", "git/push-watched"),
    ] {
        it.commit(file, text);
        // Also where a later commit takes it away again: the history keeps it.
        it.git(&["rm", "-q", file]);
        it.git(&["commit", "-q", "-m", "away"]);
        let (pushed, said) = it.push(&["origin", "main"]);
        assert!(!pushed && said.contains(rule), "{file}: {said}");
        assert!(!said.contains(&token), "{said}");
        it.git(&["reset", "-q", "--hard", "origin/main"]);
    }
    it.commit(".env.example", "DEBUG=\n");
    it.commit("docs/keys.md", "use AKIAIOSFODNN7EXAMPLE\n");
    let (pushed, said) = it.push(&["origin", "main"]);
    assert!(pushed && !said.contains("gate:"), "{said}");
    // On a branch that is reviewed before it is merged, a pipeline may change.
    it.commit(".github/workflows/ci.yml", "on: push\n");
    let (pushed, said) = it.push(&["origin", "HEAD:refs/heads/topic"]);
    assert!(pushed, "{said}");
}

#[test]
fn the_house_says_what_may_be_pushed_where() {
    let it = Repository::new();
    std::fs::create_dir_all(it.place.work().join(".gate")).unwrap();
    std::fs::write(
        it.place.work().join(".gate/policy.toml"),
        "[protect]\nbranches = [\"stable\"]\npaths = [\"api/**\"]\nremotes = [\"*/server.git\"]\naction = \"block\"\n",
    )
    .unwrap();
    it.git(&["add", "-A"]);
    it.git(&["commit", "-q", "-m", "policy"]);
    assert!(it.push(&["origin", "HEAD:refs/heads/first"]).0);
    it.commit("api/x", "x");
    let (pushed, said) = it.push(&["origin", "HEAD:refs/heads/topic"]);
    assert!(!pushed && said.contains("protect/path"), "{said}");
    it.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let (pushed, said) = it.push(&["origin", "HEAD:refs/heads/stable"]);
    assert!(!pushed && said.contains("protect/branch"), "{said}");
    it.git_in(it.place.dir.path(), &["init", "-q", "--bare", "other.git"]);
    let (pushed, said) = it.push(&["../other.git", "main"]);
    assert!(!pushed && said.contains("protect/remote"), "{said}");
}

#[test]
fn an_earlier_hook_is_chained_and_put_back() {
    let it = Repository::new();
    let folder = it.place.work().join(".git/hooks");
    let gate = |args: &[&str]| it.place.gate(args).output().unwrap();
    assert!(gate(&["uninstall", "pre-push"]).status.success());
    assert!(!folder.join("pre-push").exists());
    // One with Windows line ends stays byte for byte as it was.
    let own = "#!/bin/sh\r\nexit 0\r\n";
    std::fs::write(folder.join("pre-push"), own).unwrap();
    assert!(gate(&["install", "pre-push"]).status.success());
    assert!(gate(&["install", "pre-push"]).status.success());
    assert!(gate(&["uninstall", "pre-push"]).status.success());
    assert_eq!(std::fs::read_to_string(folder.join("pre-push")).unwrap(), own);
    // An earlier hook that refuses is obeyed, and gets what git says.
    std::fs::write(folder.join("pre-push"), "#!/bin/sh\nread -r line; echo \"mine: $1 $line\" >&2; exit 3\n").unwrap();
    std::process::Command::new("chmod").args(["+x"]).arg(folder.join("pre-push")).status().unwrap();
    assert!(gate(&["install", "pre-push"]).status.success());
    let (pushed, said) = it.push(&["origin", "main"]);
    assert!(!pushed && said.contains("mine: origin refs/heads/main"), "{said}");
    // core.hooksPath and linked worktrees are git's to know.
    it.git(&["config", "core.hooksPath", ".hooks"]);
    assert!(gate(&["install", "pre-push"]).status.success());
    assert!(it.place.work().join(".hooks/pre-push").exists());
    it.git(&["config", "--unset", "core.hooksPath"]);
    it.git(&["worktree", "add", "-q", "../tree"]);
    let tree = it.place.dir.path().join("tree");
    let mut command = it.place.gate(&["install", "pre-push"]);
    assert!(command.current_dir(&tree).output().unwrap().status.success());
}

#[test]
fn a_push_is_refused_where_gate_cannot_do_its_work() {
    let place = Place::new();
    for text in ["nonsense\n", "a b c d\n", "refs/heads/main 0 refs/heads/main 0\n"] {
        let output = place.gate(&["hook", "pre-push", "origin", "x"]).write_stdin(text).output().unwrap();
        assert_eq!(output.status.code(), Some(40), "{text}");
    }
    assert_eq!(
        place.gate(&["hook", "pre-push", "origin", "x"]).write_stdin("").output().unwrap().status.code(),
        Some(0)
    );
    assert_eq!(place.gate(&["hook", "nobody"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn its_own_hook_is_protected_and_no_other() {
    let it = Repository::new();
    let code = |script: &str| it.place.gate(&["check", "-c", script]).output().unwrap().status.code().unwrap();
    for script in
        ["rm .git/hooks/pre-push", "rm -rf .git/hooks", "rm .git/hooks/*", "echo 'exit 0' > .git/hooks/pre-push"]
    {
        assert_eq!(code(script), 30, "{script}");
    }
    assert_eq!(code("git -c core.hooksPath=/dev/null push origin HEAD:refs/heads/topic"), 10);
    assert_eq!(code("cat .git/hooks/pre-push"), 0);
    assert_eq!(code("rm -f .git/hooks/pre-commit"), 0);
    assert!(it.place.gate(&["uninstall", "pre-push"]).output().unwrap().status.success());
    std::fs::write(it.place.work().join(".git/hooks/pre-push"), "#!/bin/sh\nmake lint\n").unwrap();
    assert_eq!(code("rm .git/hooks/pre-push"), 0);
}
