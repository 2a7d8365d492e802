//! What each format's lines are.

use std::collections::BTreeMap;

use super::{Folder, Line, Npm, Texts, compose, just, make, npm, scripts, task};
use crate::facts::targets::globs;

struct Map(BTreeMap<&'static str, &'static str>);

impl Folder<'static> for Map {
    fn text(&mut self, path: &str) -> Option<(&'static str, &'static str)> {
        self.0.get_key_value(path.replace("/./", "/").as_str()).map(|(path, text)| (*path, *text))
    }

    fn names(&mut self, folder: &str, pattern: &str) -> Option<Vec<String>> {
        let inside = self.0.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/')?.split_once('/'));
        Some(inside.map(|(name, _)| name).filter(|name| globs::text(pattern, name)).map(str::to_owned).collect())
    }
}

fn with<T>(
    text: &'static str,
    more: &[(&'static str, &'static str)],
    then: impl FnOnce(&mut Texts<'_, 'static>) -> T,
) -> T {
    let mut folder = Map(more.iter().copied().collect());
    then(&mut Texts::new("/w/file", text, &mut folder))
}

fn texts(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(|l| l.text).collect()
}

fn made(text: &'static str, targets: &[&str], settings: &[(&str, &str)]) -> Vec<Line> {
    with(text, &[], |t| make(t, Some(targets), settings))
}

#[test]
fn makefiles() {
    let text = "OUT := build\nDIR ?= $(OUT)/x\nall: deps\n\t@echo $@ $(DIR)\n\ndeps:\n\tnpm ci \\\n\t  --quiet\n\nclean: ; rm -rf $(OUT)\n\ndeploy: all\n\tkubectl --context $(CTX) apply -f $$FILE\n%.o: %.c\n\tcc $< -o $@ $*\n";
    assert_eq!(texts(made(text, &[], &[])), ["npm ci   --quiet", "echo all build/x"]);
    assert_eq!(texts(made(text, &["clean"], &[])), ["rm -rf build"]);
    assert_eq!(texts(made(text, &["clean"], &[("OUT", "/")])), ["rm -rf /"]);
    let deploy = made(text, &["deploy"], &[]);
    assert_eq!(deploy.last().unwrap().text, "kubectl --context ${CTX} apply -f $FILE");
    assert_eq!(deploy.last().unwrap().unknown, ["CTX"]);
    assert_eq!(texts(made(text, &["a.o"], &[])), ["cc a.c -o a.o a"]);
    assert_eq!(made("a: b\n\techo a\nb: a\n\techo b\n", &["a"], &[]).len(), 2);
    assert_eq!(texts(made("a:\n\tr\\\n\tm -rf x\n", &[], &[])), ["rm -rf x"]);
    assert_eq!(
        texts(made("V := $(shell touch y)\nW != id\na:\n\techo $(V)\n", &[], &[])),
        ["touch y", "id", "echo $(touch y)"]
    );
    let line = &made(text, &["clean"], &[])[0];
    assert_eq!(&text[line.start as usize..line.end as usize], "clean: ; rm -rf $(OUT)");
}

#[test]
fn makefiles_with_the_rarer_constructs() {
    // A variable of several lines is several lines, each of its own; with arguments where it is called.
    let text = "define wipe\n@echo $(1)\nrm -rf $(1)/$(2)\nendef\na:\n\t$(call wipe,x,y)\n";
    assert_eq!(texts(made(text, &["a"], &[])), ["echo x", "rm -rf x/y"]);
    // One shell for a whole recipe, so that `cd` counts for the next line; another shell; another prefix.
    assert_eq!(texts(made(".ONESHELL:\na:\n\tcd /\n\trm -rf *\n", &["a"], &[])), ["cd /\nrm -rf *"]);
    assert_eq!(texts(made(".RECIPEPREFIX = >\na:\n>rm -rf x\n", &["a"], &[])), ["rm -rf x"]);
    let python = made("SHELL := /usr/bin/python3\n.ONESHELL:\na:\n\timport os\n\tos.remove('x')\n", &["a"], &[]);
    assert_eq!((python.len(), python[0].language.as_str()), (1, "python"));
    // A target's own variable holds for what it needs; `+=`, and a variable in its own value.
    let text = "D = a\nprod: D = b\nprod: run\nrun:\n\techo $(D)\nD := $(D)c\n";
    assert_eq!(texts(made(text, &["prod"], &[])), ["echo b"]);
    assert_eq!(texts(made(text, &["run"], &[])), ["echo ac"]);
    // Static pattern rules, and includes whose name is made of variables.
    assert_eq!(texts(made("x.a y.a: %.a: %.b\n\techo $<\n", &["y.a"], &[])), ["echo y.b"]);
    let lines = with("M = mk\ninclude $(M)/more.mk\n", &[("/w/mk/more.mk", "wipe:\n\trm -rf /\n")], |t| {
        (make(t, Some(&["wipe"]), &[]), t.files[1].0)
    });
    assert_eq!((lines.0[0].text.as_str(), lines.0[0].file, lines.1), ("rm -rf /", 1, "/w/mk/more.mk"));
    // Without end in it.
    assert!(made("define a\n$(call a)$(call a)\nendef\nX = $(X)$(X)\nb:\n\t$(call a)$(X)\n", &["b"], &[]).len() < 9);
}

#[test]
fn what_make_makes_of_text() {
    let text = "export D := /etc\nOPT = $(or $(NOPE),/x)\nall:\n\trm $(addprefix /,etc usr) $(strip  a ) $(notdir b/c) $(OPT)\n\techo $(foreach d,x y,/$(d)) $(patsubst %.c,%.o,a.c)\n\t$(if $(CI),ls,rm -rf /)\n";
    let lines = made(text, &[], &[]);
    assert_eq!(lines[0].environment, [("D".to_owned(), "/etc".to_owned())]);
    assert_eq!(lines[0].unknown, ["NOPE"]);
    assert_eq!(lines[1].text, "echo /x /y a.o");
    assert_eq!(lines[2].text, "ls ; rm -rf /");
    let lines =
        with("include mk/*.mk\nall: ; ls\n", &[("/w/mk/a.mk/x", ""), ("/w/./mk/a.mk", "wipe: ; rm -rf /\n")], |t| {
            make(t, Some(&["all"]), &[])
        });
    assert_eq!(texts(lines), ["ls"]);
}

#[test]
fn what_just_makes_of_expressions() {
    let run = |text, words: &[&str]| texts(with(text, &[], |t| just(t, words, &[])));
    let text = "d := \"/\" + \"etc\"\nw $x='1':\n  rm -rf {{d}} {{env('HOME')}} {{ 'a' / 'b' }} {{home_directory()}}\n[windows]\nn:\n  rmdir x\n[unix]\nn:\n  rm x\n[script('python3')]\np:\n  import os\n";
    assert_eq!(run(text, &["w"]), ["rm -rf /etc ${HOME} a/b ${HOME}"]);
    #[cfg(unix)]
    assert_eq!(run(text, &["n"]), ["rm x"]);
    let lines = with(text, &[], |t| just(t, &["w", "/etc"], &[]));
    assert_eq!(lines[0].environment, [("x".to_owned(), "/etc".to_owned())]);
    let lines = with(text, &[], |t| just(t, &["p"], &[]));
    assert_eq!(lines[0].language, "python");
}

#[test]
fn justfiles() {
    let run = |text, words: &[&str]| texts(with(text, &[], |t| just(t, words, &[])));
    let text = "dir := \"build\"\nother := env_var_or_default(\"X\", \"y\") / \"z\"\ndefault: clean\n    echo done\nclean:\n    @rm -rf {{dir}}\nscript:\n    #!/usr/bin/env bash\n    set -e\n    rm -rf {{other}}\n";
    assert_eq!(run(text, &[]), ["rm -rf build", "echo done"]);
    assert_eq!(run("o := f(\"X\") / \"z\"\na:\n  rm -rf {{o}}\n", &[]), ["rm -rf ${__task_0}"]);
    assert_eq!(run(text, &["script"]), ["#!/usr/bin/env bash\nset -e\nrm -rf ${__task_0}"]);
    // Parameters, defaults, arguments of dependencies, those after, aliases, commands in backquotes.
    let text = "alias w := wipe\nrev := `git rev-parse HEAD`\nwipe where='build' *more: (say where) && (say \"end\")\n    rm -rf {{where}} {{more}}\nsay what:\n    echo {{what}} {{rev}}\n";
    assert_eq!(
        run(text, &["w", "/", "-v", "x"]),
        ["git rev-parse HEAD", "echo / $(git rev-parse HEAD)", "rm -rf / -v x", "echo end $(git rev-parse HEAD)"]
    );
    assert_eq!(run(text, &["wipe"])[2], "rm -rf build ");
    // Imports, modules, and what reads the lines.
    let more = [("/w/a.just", "x:\n  echo x\n"), ("/w/m.just", "y:\n  rm -rf /\n")];
    let text = "import 'a.just'\nmod m\nset shell := [\"fish\", \"-c\"]\nz:\n  echo z\n";
    let lines = |words: &[&str]| with(text, &more, |t| just(t, words, &[]));
    assert_eq!(texts(lines(&["x"])), ["echo x"]);
    assert_eq!(texts(lines(&["m", "y"])), ["rm -rf /"]);
    assert_eq!(texts(lines(&["m::y"])), ["rm -rf /"]);
    assert_eq!(lines(&["z"])[0].language, "fish");
}

#[test]
fn taskfiles() {
    let run = |text, words: &[&str]| texts(with(text, &[], |t| task(t, words, &[], &[])));
    let text = "version: '3'\nvars: { DIR: build }\ntasks:\n  default:\n    deps: [clean]\n    cmds:\n      - echo hi\n      - task: more\n        vars: { DIR: /x }\n  clean:\n    aliases: [c]\n    cmd: rm -rf {{.DIR}}\n  more: echo {{.DIR}}\n";
    assert_eq!(run(text, &[]), ["rm -rf build", "echo hi", "echo /x"]);
    assert_eq!(run(text, &["c"]), ["rm -rf build"]);
    assert_eq!(run("[", &[]), Vec::<String>::new());
    let text = "vars:\n  V: { sh: 'id -un' }\ntasks:\n  a:\n    dir: sub\n    status: ['test -f x']\n    cmds:\n      - for: [x, z]\n        cmd: rm {{.ITEM}}\n      - defer: rm -rf {{.V}}\n";
    let lines = with(text, &[], |t| task(t, &["a"], &[], &[]));
    assert_eq!(lines[1].directory, "sub");
    assert_eq!(texts(lines), ["id -un", "test -f x", "rm x", "rm z", "rm -rf $(id -un)"]);
    let more = [("/w/sub/Taskfile.yml", "tasks:\n  wipe: rm -rf {{.D}}\n")];
    let text = "includes: { s: { taskfile: ./sub, dir: sub } }\ntasks:\n  a:\n    - task: s:wipe\n";
    let lines = with(text, &more, |t| task(t, &["a"], &[("D", "/")], &[]));
    assert_eq!((lines[0].text.as_str(), lines[0].directory.as_str(), lines[0].file), ("rm -rf /", "sub", 1));
}

#[test]
fn packages() {
    let package = r#"{"workspaces":["packages/*"],"scripts":{"prebuild":"echo p","build":"tsc","postinstall":"node x.js","restart":"echo r"}}"#;
    let more = [
        ("/w/packages/a/package.json", r#"{"name":"@x/a","scripts":{"wipe":"rm -rf /"}}"#),
        ("/w/packages/b/package.json", r#"{"name":"@x/b","scripts":{"wipe":"echo"}}"#),
    ];
    let run = |program, words: &[&str], filters: &[&str], all| {
        let mut folder = Map(more.iter().copied().collect());
        let mut texts = Texts::new("/w/package.json", package, &mut folder);
        let what = Npm { program, words, filters, all, quiet: false };
        npm(&mut texts, &what).into_iter().map(|l| format!("{}|{}", l.directory, l.text)).collect::<Vec<_>>()
    };
    assert_eq!(run("npm", &["run", "build", "--", "-w"], &[], false), ["|echo p", "|tsc -w"]);
    assert_eq!(run("npm", &["ci"], &[], false), ["|node x.js"]);
    assert_eq!(run("yarn", &[], &[], false), ["|node x.js"]);
    assert_eq!(run("npm", &[], &[], false), Vec::<String>::new());
    assert_eq!(run("npm", &["install", "left-pad"], &[], false), Vec::<String>::new());
    assert_eq!(run("npm", &["restart"], &[], false), ["|echo r"]);
    assert_eq!(run("npm", &["run", "wipe"], &["@x/a"], false), ["packages/a|rm -rf /"]);
    assert_eq!(run("pnpm", &["wipe"], &[], true), ["packages/a|rm -rf /", "packages/b|echo"]);
    assert_eq!(run("yarn", &["workspace", "@x/b", "wipe"], &[], false), ["packages/b|echo"]);
}

#[test]
fn compose_files() {
    let text = "services:\n  web:\n    image: nginx\n    privileged: true\n    volumes: ['/:/host', {source: ./x, target: /x}]\n    command: sh -c 'ls'\n  db:\n    image: postgres\n    entrypoint: [rm, -rf]\n    command: /x\n";
    let web = ["docker", "run", "--privileged", "-v", "/:/host", "-v", "./x:/x", "nginx", "sh", "-c", "ls"];
    let started = |words: &[&str]| with(text, &[], |t| compose(t, words, &[], "/h"));
    assert_eq!(started(&["up", "web"]), [web]);
    assert_eq!(started(&["up"]).len(), 2);
    assert_eq!(started(&["ps"]).len(), 0);
    assert_eq!(started(&["run", "web", "id"])[0].last().unwrap(), "id");
    assert_eq!(started(&["up", "db"])[0][2..], ["--entrypoint", "rm", "postgres", "-rf", "/x"]);
}

#[test]
fn compose_files_of_several_files() {
    let text = "include:\n- path: [b.yml]\nservices:\n  web:\n    extends: {file: c.yml, service: base}\n    image: x\n    cap_add: [A]\n";
    let more = [
        ("/w/b.yml", "services: {db: {image: postgres, command: a}}"),
        ("/w/c.yml", "services: {base: {image: base:1, privileged: true}}"),
        ("/w/d.yml", "services: {db: {command: b}, web: {extends: db, cap_add: [B]}}"),
    ];
    let started = |beside: &[&str]| with(text, &more, |t| compose(t, &["up"], beside, "/h"));
    assert_eq!(started(&[]).len(), 3);
    assert!(started(&[]).contains(&["docker", "run", "--privileged", "base:1"].map(str::to_owned).to_vec()));
    let both = started(&["d.yml"]);
    let web =
        ["docker", "run", "--privileged", "--cap-add", "A", "--cap-add", "B", "x", "b"].map(str::to_owned).to_vec();
    assert!(
        both.contains(&web) && both.contains(&["docker", "run", "postgres", "b"].map(str::to_owned).to_vec()),
        "{both:?}"
    );
}

#[test]
fn scripts_by_name() {
    let run =
        |text: &'static str, program: &str, words: &[&str]| texts(with(text, &[], |t| scripts(t, program, words)));
    let poe = "[tool.poe.tasks]\nlint = \"ruff .\"\nall = [\"lint\", \"test\"]\ntest = { shell = \"pytest\", deps = [\"lint\"] }\ncall = { script = \"x:y\" }\n";
    assert_eq!(run(poe, "poe", &["lint", "-q"]), ["ruff . -q"]);
    assert_eq!(run(poe, "poe", &["all"]), ["ruff .", "ruff .", "pytest"]);
    assert!(run(poe, "poe", &["call"]).is_empty() && run(poe, "poe", &["other"]).is_empty());
    assert!(run(poe, "pdm", &["run", "lint"]).is_empty());
    let pdm =
        "[tool.pdm.scripts]\npre_x = \"a\"\nx = { composite = [\"y\", \"c d\"] }\ny = { cmd = [\"b\", \"1 2\"] }\n";
    assert_eq!(run(pdm, "pdm", &["run", "x"]), ["a", "b '1 2'", "c d"]);
    let hatch = "[tool.hatch.envs.test.scripts]\ncov = [\"a\", \"b\"]\n";
    assert_eq!(run(hatch, "hatch", &["run", "test:cov"]), ["a", "b"]);
    // One that names itself ends.
    assert!(run("[tool.rye.scripts]\nx = { chain = [\"x\"] }\n", "rye", &["run", "x"]).len() < 2);
}
