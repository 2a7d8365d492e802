//! Every command of the README and the documents is executed (in a place of its own), and the refusal it shows is the real one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(unix)]

mod common;

use common::Place;

fn readme() -> String {
    std::fs::read_to_string("README.md").unwrap()
}

fn blocks(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n")).skip(1).map(|b| b.split("```").next().unwrap().to_owned()).collect()
}

/// The folder of the binary under test, in front of PATH.
fn path() -> String {
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_gate")).parent().unwrap().to_owned();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

/// A line as a reader would type it, in a home of its own.
fn typed(place: &Place, line: &str, path: &str) -> std::process::Output {
    std::process::Command::new("bash")
        .args(["-c", line])
        .env_clear()
        .env("PATH", path)
        .env("HOME", place.dir.path())
        .env("GATE_TEST_HOME", place.dir.path())
        .env("GATE_TEST_ORGANISATION", place.dir.path().join("etc/gate"))
        .current_dir(place.work())
        .output()
        .unwrap()
}

#[test]
fn the_refusal_is_the_real_one() {
    let shown = blocks(&readme(), "console").remove(0);
    let (command, expected) = shown.split_once('\n').unwrap();
    let place = Place::new();
    let output = typed(&place, &format!("{} 2>&1", command.trim_start_matches("$ ")), &path());
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with(expected),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn every_command_runs() {
    let place = Place::new();
    std::process::Command::new("git").args(["init", "-q"]).current_dir(place.work()).status().unwrap();
    // Stand-ins: the README must not need terraform, and nothing may be installed by a test.
    let bin = place.dir.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    for name in ["terraform", "cargo"] {
        use std::os::unix::fs::PermissionsExt;
        // It plans one thing to make, and shows that as its plan.
        let script = concat!(
            "#!/bin/sh\nfor a in \"$@\"; do case \"$a\" in -out=*) : > \"${a#-out=}\";; esac; done\n",
            "[ \"$1\" = show ] && echo '{\"format_version\":\"1.2\",\"resource_changes\":[{\"address\":\"a.b\",",
            "\"type\":\"a\",\"change\":{\"actions\":[\"create\"]}}]}'\nexit 0\n"
        );
        std::fs::write(bin.join(name), script).unwrap();
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut count = 0;
    // The guide of policies has a test of its own, for its commands work on files that it shows.
    let all = readme() + &std::fs::read_to_string("docs/hosts.md").unwrap();
    for line in blocks(&all, "sh").iter().flat_map(|b| b.lines()).filter(|l| !l.trim().is_empty()) {
        let output = typed(&place, line, &format!("{}:{}", bin.display(), path()));
        let code = output.status.code().unwrap();
        let expected = if line.contains("terraform apply -auto-approve") { 20 } else { 0 };
        assert_eq!(
            code,
            expected,
            "{line}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        count += 1;
    }
    assert!(count >= 14);
}

#[test]
fn the_exception_lets_pass_what_it_names() {
    let toml = blocks(&readme(), "toml").into_iter().find(|block| block.contains("[[exception]]")).unwrap();
    let place = Place::new();
    let code = |target: &str| {
        let line = format!("gate check rm -rf {target} >/dev/null 2>&1");
        typed(&place, &line, &path()).status.code().unwrap()
    };
    // Nothing is there, so that it only warns.
    assert_eq!(code("/srv/scratch/a"), 10);
    let folder = place.dir.path().join(".config/gate");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("policy.toml"), toml).unwrap();
    assert_eq!((code("/srv/scratch/a"), code("/srv/data")), (0, 10));
}

/// The rows of the table whose head begins so, cell by cell.
fn table(text: &str, head: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip_while(|line| !line.starts_with(head)).skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn the_tables_say_what_the_code_does() {
    use gate::error::ExitCode;
    let codes: Vec<String> = table(&readme(), "| exit code").into_iter().map(|row| row[0].clone()).collect();
    let number = |code: ExitCode| code.number().to_string();
    let expected = [
        number(ExitCode::Allow),
        number(ExitCode::Warn),
        number(ExitCode::Escalate),
        number(ExitCode::Block),
        number(ExitCode::Error),
        format!("{}, {}", number(ExitCode::CannotExecute), number(ExitCode::NotFound)),
        "the child's".to_owned(),
    ];
    assert_eq!(codes, expected);
    let profiles = table(&std::fs::read_to_string("docs/risk.md").unwrap(), "| profile");
    assert_eq!(profiles.len(), gate::policy::Profile::WORDS.len());
    for row in profiles {
        let thresholds = gate::policy::Profile::from_word(&row[0]).unwrap().thresholds();
        let shown = thresholds.map(|hundredths| match hundredths {
            0..=100 => format!(".{hundredths:02}"),
            _ => "–".to_owned(),
        });
        assert_eq!(row[1..], shown, "{}", row[0]);
    }
}

#[test]
fn the_line_of_judgement_is_as_written() {
    let text = std::fs::read_to_string("docs/judgement.md").unwrap();
    let mut cases = Vec::new();
    for (heading, expected) in
        [("**Silent", "allow"), ("**A warning", "warn"), ("**A person", "escalate"), ("**Nobody", "block")]
    {
        let section = text.split(heading).nth(1).unwrap();
        let quote: String = section
            .lines()
            .skip_while(|l| !l.starts_with('>'))
            .take_while(|l| l.starts_with('>'))
            .map(|l| l.trim_start_matches("> ").to_owned() + " ")
            .collect();
        for command in quote.split('`').skip(1).step_by(2) {
            let command = command
                .replace("sshpass -p …", "sshpass -p x ssh h ls")
                .replace("curl … |", "curl https://example.com/x |")
                .replace("-T - …", "-T - https://example.com")
                .replace("/dev/tcp/…", "/dev/tcp/1.2.3.4/5 0>&1");
            cases.push((command, expected));
        }
    }
    assert!(cases.len() > 20);
    let commands: Vec<&str> = cases.iter().map(|(c, _)| c.as_str()).collect();
    for ((command, expected), got) in cases.iter().zip(common::decide_all(&commands)) {
        assert_eq!(*expected, got, "{command}");
    }
}

#[test]
fn the_examples_are_shell_that_gate_can_read() {
    for entry in
        std::fs::read_dir("examples/ci").unwrap().flatten().filter(|e| e.path().extension().is_some_and(|e| e == "sh"))
    {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let place = Place::new();
        let output = place.gate(&["check", "--format", "json", "--file", "-"]).write_stdin(text).output().unwrap();
        let decision: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(decision["unread"], serde_json::json!([]), "{}", entry.path().display());
    }
}
