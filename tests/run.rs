//! `gate run`: what was reviewed is executed, and nothing else. Dangerous commands are stand-ins that record their arguments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(unix)]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use common::Place;
use predicates::prelude::*;
use serde_json::Value;

/// A stand-in for a program: writes its arguments to a file.
fn stand_in(place: &Place, name: &str) -> String {
    let bin = place.dir.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let path = bin.join(name);
    std::fs::write(&path, format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\n", place.dir.path().join("called").display()))
        .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

fn called(place: &Place) -> String {
    std::fs::read_to_string(place.dir.path().join("called")).unwrap_or_default()
}

#[test]
fn allow_and_warn_run_and_the_rest_does_not() {
    let place = Place::new();
    let path = stand_in(&place, "git");
    let run = |args: &[&str]| place.gate(args).env("PATH", &path).output().unwrap();
    assert!(run(&["run", "git", "status"]).status.success());
    assert!(called(&place).contains("status"));
    let warned = run(&["run", "git", "push", "--force-with-lease", "origin", "me/x"]);
    assert!(warned.status.success());
    assert!(String::from_utf8_lossy(&warned.stderr).starts_with("gate: warning (10)"));
    assert!(called(&place).contains("--force-with-lease"));
    let refused = run(&["run", "git", "push", "--force", "origin", "main"]);
    assert_eq!(refused.status.code(), Some(20));
    assert!(!called(&place).contains("--force origin"));
    // The refusal comes first in the machine's form, too.
    let told = run(&["run", "--format", "json", "git", "push", "--force", "origin", "main"]).stderr;
    let told = String::from_utf8(told).unwrap();
    let (head, json) = told.split_once('\n').unwrap();
    assert!(head.starts_with("gate: refused (20)"), "{told}");
    assert_eq!(serde_json::from_str::<Value>(json).unwrap()["decision"], "escalate");
    let strict = run(&["run", "--fail-on", "warn", "git", "push", "--force-with-lease", "origin", "me/y"]);
    assert_eq!(strict.status.code(), Some(10));
    assert!(String::from_utf8_lossy(&strict.stderr).starts_with("gate: refused (10)"));
    assert!(!called(&place).contains("me/y"));
}

#[test]
fn exit_codes_and_outcomes_are_the_childs() {
    let place = Place::new();
    place.gate(&["run", "--outcome", "o.json", "sh", "-c", "exit 30"]).assert().code(30).stderr("");
    let outcome: Value = serde_json::from_str(&std::fs::read_to_string(place.work().join("o.json")).unwrap()).unwrap();
    assert_eq!((&outcome["executed"], &outcome["exit"]), (&Value::from(true), &Value::from(30)));
    // What an earlier run told is gone, whatever stops this one.
    place.gate(&["run", "--outcome", "o.json", "-c", ""]).assert().code(40);
    assert!(!std::fs::read_to_string(place.work().join("o.json")).unwrap().contains("executed"));
    place.gate(&["run", "--outcome", "o.json", "--exec", "true"]).assert().code(40);
    // What could not be told afterwards is not begun.
    place.gate(&["run", "--outcome", "missing/o.json", "touch", "begun"]).assert().code(40);
    assert!(!place.work().join("begun").exists());
    place.gate(&["run", "--outcome", "o.json", "rm", "-rf", "/nonexistent-root-x/../"]).assert().code(30);
    let outcome: Value = serde_json::from_str(&std::fs::read_to_string(place.work().join("o.json")).unwrap()).unwrap();
    assert_eq!(outcome["executed"], false);
    place.gate(&["run", "no-such-program-anywhere"]).assert().code(127);
    std::fs::write(place.work().join("plain"), "x").unwrap();
    place.gate(&["run", "./plain"]).assert().code(126);
    place.gate(&["run", "-c", "echo one; echo two >&2"]).assert().success().stdout("one\n").stderr("two\n");
    place.gate(&["run", "cat"]).write_stdin("through").assert().success().stdout("through");
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert!(log.contains("\"kind\":\"outcome\"") && log.contains("\"exit\":30"));
}

#[test]
fn no_record_no_execution_from_warn_on() {
    let place = Place::new();
    let path = stand_in(&place, "git");
    // A directory where the log should be: it cannot be opened.
    std::fs::create_dir_all(place.log()).unwrap();
    let unrecorded = || predicate::str::contains("could not be recorded");
    place.gate(&["run", "git", "status"]).env("PATH", &path).assert().success().stderr(unrecorded());
    // Nor does it wait for somebody at the other end of a pipe.
    let pipe = Place::new();
    std::fs::create_dir_all(pipe.log().parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(pipe.log()).status().unwrap().success());
    pipe.gate(&["run", "true"]).env("GATE_SESSION", "s").assert().success().stderr(unrecorded());
    place
        .gate(&["run", "git", "push", "--force-with-lease", "origin", "x"])
        .env("PATH", &path)
        .assert()
        .code(40)
        .stderr(predicate::str::contains("nothing was executed"));
    assert!(!called(&place).contains("push"));
}

#[test]
fn scripts_run_without_what_a_shell_would_load_first() {
    let place = Place::new();
    let evil = place.work().join("evil");
    std::fs::write(&evil, "echo LOADED\n").unwrap();
    place.gate(&["run", "-c", "echo fine"]).env("BASH_ENV", &evil).assert().success().stdout("fine\n");
}

#[test]
fn relative_entries_of_path_are_skipped() {
    let place = Place::new();
    let path = place.work().join("ls");
    std::fs::write(&path, "#!/bin/sh\necho HIJACKED\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let entries = format!(".::{}", std::env::var("PATH").unwrap());
    place
        .gate(&["run", "ls"])
        .env("PATH", entries)
        .assert()
        .success()
        .stdout(predicate::str::contains("HIJACKED").not());
}

#[test]
fn an_unset_variable_is_empty_in_the_real_environment() {
    let place = Place::new();
    let path = stand_in(&place, "rm");
    place.gate(&["run", "-c", "rm -rf \"$UNSET_HERE/\""]).env("PATH", &path).assert().code(30);
    place.gate(&["check", "-c", "rm -rf \"$UNSET_HERE/\""]).assert().code(20);
    assert_eq!(called(&place), "");
}

#[test]
fn links_and_names_of_the_real_machine_count() {
    let place = Place::new();
    std::os::unix::fs::symlink("/etc", place.work().join("conf")).unwrap();
    std::fs::create_dir_all(place.work().join("~")).unwrap();
    std::fs::create_dir_all(place.work().join(".git")).unwrap();
    place.gate(&["check", "-c", "echo x > conf/motd"]).assert().code(20);
    // A pattern is what it means here.
    for (script, code) in [
        ("rm -rf /et*", 30),
        ("rm -rf /[e]tc", 30),
        ("chmod 777 /et*", 20),
        ("echo x > /et?/passwd", 20),
        ("rm -rf co*/ssh", 20),
        ("rm -f *.o", 0),
    ] {
        place.gate(&["check", "-c", script]).assert().code(code);
    }
    place.gate(&["check", "-c", "rm -rf conf/ssh"]).assert().code(20);
    place.gate(&["check", "-c", "echo x > notes"]).assert().code(0);
}

/// Whoever starts the tests in the background has them ignore Ctrl-C, and so would all that they start (POSIX, "Signals and
/// Error Handling").
#[allow(unsafe_code, reason = "no safe way to put a signal back to its default")]
fn heed_interrupts() {
    // SAFETY: the default action is no function of ours.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
    }
}

fn shell(place: &Place) -> rexpect::session::PtyReplSession {
    heed_interrupts();
    let mut command = std::process::Command::new("bash");
    command.args(["--norc", "-i"]).current_dir(place.work()).env_clear();
    command
        .env("HOME", place.dir.path())
        .env("GATE_TEST_HOME", place.dir.path())
        .env("PATH", std::env::var("PATH").unwrap())
        .env("TERM", "dumb")
        .env("PS1", "READY> ");
    let pty = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
    // An interactive bash does not end by SIGTERM.
    let quit = Some("exit".to_owned());
    let mut session = rexpect::session::PtyReplSession::new(pty, "READY> ".to_owned()).quit_command(quit);
    session.wait_for_prompt().unwrap();
    session
}

#[test]
fn at_a_terminal() {
    let place = Place::new();
    let gate = env!("CARGO_BIN_EXE_gate");
    let mut session = shell(&place);
    // Ctrl-C reaches the child, and gate ends as it does.
    // The process that says that it has started is the one that waits.
    session.send_line(&format!("{gate} run sh -c \"echo star''ted; read line\"")).unwrap();
    session.exp_string("started").unwrap();
    session.send_control('c').unwrap();
    session.wait_for_prompt().unwrap();
    session.send_line("echo code=$?").unwrap();
    session.exp_regex("code=130").unwrap();
    session.wait_for_prompt().unwrap();
    // Ctrl-Z stops both, fg goes on with both.
    session.send_line(&format!("{gate} run sh -c \"echo star''ted; read line; echo re''ad\"")).unwrap();
    session.exp_string("started").unwrap();
    session.send_control('z').unwrap();
    session.exp_regex("Stopped").unwrap();
    session.wait_for_prompt().unwrap();
    session.send_line("fg; echo back=$?").unwrap();
    session.exp_string("read line").unwrap();
    session.send_line("go on").unwrap();
    session.exp_string("read\r\n").unwrap();
    session.exp_regex("back=0").unwrap();
    session.wait_for_prompt().unwrap();
    // A child that is killed: gate ends by the same signal.
    session.send_line(&format!("{gate} run sh -c 'kill -9 $$'; echo killed=$?")).unwrap();
    session.exp_regex("killed=137").unwrap();
    session.wait_for_prompt().unwrap();
    // A person may confirm an escalation by the target's name; anything else stops it.
    session.send_line(&format!("{gate} run git stash clear; echo declined=$?")).unwrap();
    session.exp_regex("to confirm").unwrap();
    session.send_line("no").unwrap();
    session.exp_regex("declined=20").unwrap();
    session.wait_for_prompt().unwrap();
    // Whoever interrupts the question says no, and the log knows.
    session.send_line(&format!("{gate} run git stash clear; echo interrupted=$?")).unwrap();
    session.exp_regex("to confirm").unwrap();
    session.send_control('c').unwrap();
    session.exp_regex("interrupted=20").unwrap();
    session.wait_for_prompt().unwrap();
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert_eq!(log.matches("\"declined\"").count(), 2, "{log}");
    // Where the house wants an approval, whoever asks cannot give it.
    let policy = "[approval]\npeople = [\"ann@example.com\"]\n[[rule]]\nid = \"x\"\ntitle = \"T\"\nwhen = { verb = \"git:stash\" }\naction = \"require_approval\"\n";
    std::fs::write(place.work().join("p.toml"), policy).unwrap();
    session.send_line(&format!("{gate} run --policy p.toml git stash list; echo house=$?")).unwrap();
    session.exp_regex("house=20").unwrap();
    session.wait_for_prompt().unwrap();
    // An agent is not asked.
    session.send_line(&format!("CLAUDECODE=1 {gate} run git stash clear; echo agent=$?")).unwrap();
    session.exp_regex("agent=20").unwrap();
    session.wait_for_prompt().unwrap();
}

/// A child may be signalled through gate as soon as it runs, which is before gate knows its number: many at once, so that
/// between the two there is time.
#[test]
fn no_signal_is_lost_at_the_start_of_the_child() {
    let place = Place::new();
    let script = "trap 'echo got; exit 7' USR1; kill -s USR1 $PPID; for i in 1 2 3 4 5 6; do sleep 0.05; done";
    let start = |_| {
        std::process::Command::new(env!("CARGO_BIN_EXE_gate"))
            .args(["run", "sh", "-c", script])
            .env("HOME", place.dir.path())
            .env("GATE_TEST_HOME", place.dir.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let started: Vec<_> = (0..24).map(start).collect();
    for gate in started {
        let output = gate.wait_with_output().unwrap();
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(7), &b"got\n"[..]));
    }
}

/// What somebody sends to gate alone reaches the child.
#[test]
fn signals_go_on_to_the_child() {
    let place = Place::new();
    let script = "trap 'echo WINCH' WINCH; trap 'echo ALRM; exit 7' ALRM; echo ready; while :; do sleep 0.05; done";
    let mut gate = std::process::Command::new(env!("CARGO_BIN_EXE_gate"))
        .args(["run", "sh", "-c", script])
        .env("HOME", place.dir.path())
        .env("GATE_TEST_HOME", place.dir.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Whatever is lost on the way, nobody waits for it for ever.
    let pid = gate.id().to_string();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(90));
        let _ = std::process::Command::new("kill").args(["-s", "KILL", &pid]).status();
    });
    let mut said = std::io::BufReader::new(gate.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        line
    };
    let send = |signal: &str| {
        let pid = gate.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    };
    assert_eq!(line(), "ready\n");
    send("WINCH");
    assert_eq!(line(), "WINCH\n");
    // Both stop, and go on.
    send("TSTP");
    // What goes on before it has stopped would stop afterwards, for good. (Of a group that nobody looks after none stops.)
    let pid = gate.id().to_string();
    for _ in 0..300 {
        let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid]).output();
        if state.is_ok_and(|state| state.stdout.starts_with(b"T")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    send("CONT");
    send("ALRM");
    assert_eq!(line(), "ALRM\n");
    assert_eq!(gate.wait().unwrap().code(), Some(7));
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_gate_leaves_no_child() {
    let place = Place::new();
    let marker = format!("{}.25", 3600 + std::process::id() % 1000);
    let mut gate = std::process::Command::new(env!("CARGO_BIN_EXE_gate"))
        .args(["run", "sleep", &marker])
        .env("HOME", place.dir.path())
        .env("GATE_TEST_HOME", place.dir.path())
        .spawn()
        .unwrap();
    let alive = || {
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line.starts_with(b"sleep\0") && line.windows(marker.len()).any(|w| w == marker.as_bytes())
        })
    };
    for _ in 0..50 {
        if alive() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(alive());
    gate.kill().unwrap();
    gate.wait().unwrap();
    for _ in 0..50 {
        if !alive() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the child outlived gate");
}

/// Gathering asks git, and never lets the repository that is judged run something or answer for it.
#[cfg(unix)]
#[test]
fn a_repository_runs_nothing_while_it_is_judged() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let work = place.work();
    let executable = |path: std::path::PathBuf, text: &str| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(args).current_dir(&work);
        assert!(command.env("HOME", place.dir.path()).output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    std::fs::write(work.join("a.txt"), "one\n").unwrap();
    git(&["add", "."]);
    git(&["commit", "-qm", "x"]);
    let ran = place.dir.path().join("ran");
    let evil = format!("#!/bin/sh\ntouch {}\n", ran.display());
    executable(work.join("evil.sh"), &format!("{evil}cat\n"));
    git(&["config", "filter.evil.clean", "./evil.sh"]);
    git(&["config", "filter.evil.required", "true"]);
    std::fs::create_dir_all(work.join(".git/info")).unwrap();
    std::fs::write(work.join(".git/info/attributes"), "*.txt filter=evil\n").unwrap();
    std::fs::write(work.join("a.txt"), "two\n").unwrap();
    executable(work.join("node_modules/.bin/git"), &evil);
    let path = std::env::join_paths(
        [work.join("node_modules/.bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    for command in ["git reset --hard", "git clean -fd", "git checkout .", "rm -rf ../work"] {
        place.gate(&["check", "-c", command]).env("PATH", &path).output().unwrap();
        assert!(!ran.exists(), "{command}");
    }
    // Nor does a name that is an option for git have it write.
    std::fs::create_dir_all(work.join("d/pwn..refs/remotes")).unwrap();
    std::os::unix::fs::symlink(work.join("written"), work.join("d/pwn..refs/remotes/origin")).unwrap();
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    place.gate(&["check", "-c", "git push -f origin +--output=d/pwn:main"]).output().unwrap();
    assert!(!work.join("written").exists());
    // A filter whose name is no text.
    let mut config = std::fs::read(work.join(".git/config")).unwrap();
    config.extend(b"[filter \"n\xff\"]\n\tclean = ./evil.sh\n");
    std::fs::write(work.join(".git/config"), config).unwrap();
    std::fs::write(work.join(".git/info/attributes"), b"*.txt filter=n\xff\n").unwrap();
    place.gate(&["check", "-c", "git reset --hard"]).output().unwrap();
    assert!(!ran.exists());
    // A program of a folder above that is the project's as well.
    executable(work.join("venv/bin/git"), &evil);
    std::fs::create_dir_all(work.join("sub/.git")).unwrap();
    let venv = std::env::join_paths(
        [work.join("venv/bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    place.gate(&["check", "--cwd", "sub", "-c", "git reset --hard"]).env("PATH", &venv).output().unwrap();
    assert!(!ran.exists());
    // The changed file counts.
    place.gate(&["check", "-c", "git reset --hard"]).env("PATH", &path).assert().code(20);
}

/// A repository with a change that is not committed, and a script `evil/ls` that would throw it away.
fn with_something_to_lose(place: &Place) {
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args).current_dir(place.work());
        assert!(command.status().unwrap().success());
    };
    git(&["init", "-q"]);
    std::fs::write(place.work().join("f"), "one").unwrap();
    git(&["add", "f"]);
    git(&["commit", "-qm", "one"]);
    std::fs::write(place.work().join("f"), "two").unwrap();
    std::fs::create_dir(place.work().join("evil")).unwrap();
    let script = place.work().join("evil/ls");
    std::fs::write(&script, "#!/bin/sh\ngit reset --hard\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Variables of the environment, and a command that would go wrong by them.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn the_environment_in_force_is_judged() {
    let place = Place::new();
    with_something_to_lose(&place);
    let evil = format!("{}:{}", place.work().join("evil").display(), std::env::var("PATH").unwrap());
    let cases: [Case<'_>; 9] = [
        (&[("GIT_SSH_COMMAND", "git reset --hard")], &["ls"]),
        (&[("GIT_EXTERNAL_DIFF", "./evil/ls")], &["git", "diff"]),
        (&[("BASH_ENV", "evil/ls")], &["bash", "-c", "true"]),
        (&[("BASH_FUNC_ls%%", "() { git reset --hard; }")], &["-c", "ls -d ."]),
        (&[("PS4", "$(git reset --hard)")], &["-c", "set -x; true"]),
        (&[("LD_PRELOAD", "/tmp/other.so")], &["true"]),
        (
            &[("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.fsmonitor"), ("GIT_CONFIG_VALUE_0", "./evil/ls")],
            &["git", "status"],
        ),
        (&[("PATH", &evil)], &["ls"]),
        (&[("PATH", &evil)], &["-c", "ls; true"]),
    ];
    for (variables, command) in cases {
        let mut gate = place.gate(&[&["run"], command].concat());
        gate.envs(variables.iter().copied()).assert().code(20).stderr(predicate::str::contains("gate: refused"));
        assert_eq!(std::fs::read_to_string(place.work().join("f")).unwrap(), "two");
    }
    // What such variables usually say is nobody's business.
    let usual = [
        ("EDITOR", "code --wait"),
        ("VISUAL", "some-editor -w"),
        ("PAGER", "less -FRX"),
        ("LESSOPEN", "| /usr/bin/lesspipe %s"),
        ("GIT_ASKPASS", "/opt/editor/askpass.sh"),
        ("GIT_SSH_COMMAND", "ssh -i ~/.ssh/id -o IdentitiesOnly=yes"),
        ("FZF_DEFAULT_COMMAND", "fd --type f"),
        ("CC", "gcc -m64"),
        ("PS4", "+ ${BASH_SOURCE}:${LINENO}: "),
    ];
    place.gate(&["run", "--profile", "strict", "ls"]).envs(usual).assert().success().stderr("");
    // A shell that gate starts looks for a folder where anybody would, and is none of the project's.
    std::fs::create_dir_all(place.dir.path().join("other/d")).unwrap();
    let cd = || place.gate(&["run", "-c", "cd d 2>/dev/null || echo none"]);
    cd().env("CDPATH", place.dir.path().join("other")).assert().stdout("none\n");
    std::fs::copy(place.work().join("evil/ls"), place.work().join("evil/bash")).unwrap();
    place.gate(&["run", "-c", "echo fine"]).env("PATH", &evil).assert().success().stdout("fine\n");
}

/// What was found out for a decision is found out again before its action starts: files, and where programs act.
#[test]
fn where_it_acts_is_looked_up_again() {
    use gate::Edge;
    use gate::context::{Machine, unchanged};
    use gate::facts::snapshot::{Ask, AskContext};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let choose = |name: &str| {
        let context = format!("- context: {{cluster: {name}}}\n  name: {name}\n");
        std::fs::write(&file, format!("contexts:\n{context}current-context: {name}\n")).unwrap();
    };
    choose("staging");
    let ask = Ask::Context(Box::new(AskContext {
        kind: "kubernetes".to_owned(),
        given: vec![("KUBECONFIG".to_owned(), file.display().to_string())],
        directory: folder.path().display().to_string(),
    }));
    let seen = std::collections::BTreeMap::from([(ask.clone(), Machine.answer(&ask))]);
    assert_eq!(unchanged(&seen), Ok(()));
    choose("prod");
    assert!(unchanged(&seen).unwrap_err().contains("kubernetes"));
}
