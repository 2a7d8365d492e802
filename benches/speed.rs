//! `cargo bench --bench speed`: what one call costs, as a ratio to starting `/bin/true` in the same run, how many
//! decisions a second a batch makes, how much memory a check takes, and that the cost grows with the input and no faster.
//!
//! Set `GATE_BIN` to measure another build (the static one: `cargo build --release --target x86_64-unknown-linux-musl`).

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark prints, and stops when it cannot measure")]

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 400;

/// The binary as a user builds it: what `cargo bench` itself builds shares its dependencies with those of the tests,
/// has other names for its functions, and so is not laid out by `.cargo/start.profdata` and `.cargo/start-order.txt`.
fn released() -> String {
    let built = env!("CARGO_BIN_EXE_gate");
    let target = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"].into_iter().find(|t| built.contains(t));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--quiet", "--bin", "gate"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    assert!(cargo.status().expect("cargo runs").success(), "the release builds");
    built.to_owned()
}

fn main() {
    let gate = std::env::var("GATE_BIN").unwrap_or_else(|_| released());
    let home = std::env::temp_dir().join(format!("gate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&home).expect("a temporary directory");
    println!("binary {gate}\n");
    // How a file was written decides how many of its pages the kernel maps at once, so both are measured.
    let installed = home.join("gate");
    std::fs::copy(&gate, &installed).expect("the binary can be copied");
    println!("start, as it was built");
    start(&gate, &home);
    println!("\nstart, as an installer copies it");
    start(&installed.display().to_string(), &home);
    policies(&gate, &home);
    contexts(&gate, &home);
    batch(&gate);
    memory([&gate, &installed.display().to_string()], &home);
    linear(&gate);
    let _ = std::fs::remove_dir_all(&home);
}

fn pipeline() -> String {
    let script = "git ls-files -z '*.rs' | xargs -0 grep -n 'fn main' | sort -t: -k1,1 -k2,2n | awk -F: '{print $1\":\"$2}' | head -n 20 && \
                  find . -name '*.toml' -not -path './target/*' -print0 | xargs -0 sed -n '1,5p' | sort | uniq -c | sort -rn | tail -n 5; \
                  cargo test --quiet 2>&1 | tail -n 3 && echo done";
    format!(
        "{{\"schema\":\"gate.action/v1\",\"script\":{:?},\"actor\":{{\"id\":\"agent\"}},\"context\":{{\"cwd\":\"/work\"}}}}",
        script
    )
}

fn time(mut command: Command, input: Option<&str>) -> Duration {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // `cargo bench` names its folders here, and the loader of /bin/true, which is dynamic, would look through them all:
    // it became a fifth slower, and every ratio to it a fifth too good.
    command.env_remove("LD_LIBRARY_PATH");
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
        let _ = stdin.write_all(text.as_bytes());
    }
    let _ = child.wait();
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Interleaved, so that the machine's moods fall on all alike.
fn start(gate: &str, home: &std::path::Path) {
    let action = pipeline();
    let command = |args: &[&str]| {
        let mut command = Command::new(gate);
        command.args(args).env("HOME", home).env_remove("XDG_STATE_HOME");
        command
    };
    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..RUNS {
        times[0].push(time(Command::new("/bin/true"), None));
        times[1].push(time(command(&["check", "ls", "-la"]), None));
        times[2].push(time(command(&["check", "--no-log", "ls", "-la"]), None));
        times[3].push(time(command(&["check", "--action", "-"]), Some(&action)));
        times[4].push(time(command(&["check", "rm", "-rf", "/"]), None));
    }
    let [base, ls, bare, hook, block] = times.map(median);
    println!("  median of {RUNS} interleaved runs");
    for (name, taken) in [
        ("/bin/true", base),
        ("check ls -la", ls),
        ("check --no-log ls -la", bare),
        ("check --action - (pipeline)", hook),
        ("check rm -rf /", block),
    ] {
        println!(
            "  {name:<28} {:>7.0} µs   {:.2} × /bin/true",
            taken.as_secs_f64() * 1e6,
            taken.as_secs_f64() / base.as_secs_f64()
        );
    }
}

/// Interleaved runs of commands in a directory, as medians.
fn medians(gate: &str, home: &std::path::Path, cwd: &std::path::Path, all: &[Vec<String>]) -> Vec<Duration> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); all.len() + 1];
    for _ in 0..RUNS {
        times[0].push(time(Command::new("/bin/true"), None));
        for (index, args) in all.iter().enumerate() {
            let mut command = Command::new(gate);
            command.args(args).env("HOME", home).env_remove("XDG_STATE_HOME").current_dir(cwd);
            command.env("KUBECONFIG", home.join("kubeconfig"));
            times[index + 1].push(time(command, None));
        }
    }
    times.into_iter().map(median).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// What a policy of so many rules adds.
fn policies(gate: &str, home: &std::path::Path) {
    let policy = |count: usize| {
        let mut text = String::from("schema = \"gate.policy/v1\"\n[approval]\npeople = [\"a\"]\n");
        for i in 0..count {
            text.push_str(&format!(
                "[[rule]]\nid = \"rule-{i}\"\ntitle = \"Rule number {i}\"\nwhen = {{ verb = [\"stripe:op_{i}\", \"shop{i}:*\"], environment = \"production\" }}\nconditions = [{{ field = \"args.amount\", operator = \"greater\", value = {i} }}]\naction = \"require_approval\"\n"
            ));
        }
        let path = home.join(format!("policy-{count}.toml"));
        std::fs::write(&path, text).expect("a policy file");
        words(&format!("check --policy {} ls -la", path.display()))
    };
    let all = [words("check ls -la"), policy(50), policy(500)];
    let times = medians(gate, home, home, &all);
    println!("\nwhat a policy adds");
    for (name, taken) in [("50 rules", times[2]), ("500 rules", times[3])] {
        let added = taken.saturating_sub(times[1]).as_secs_f64();
        println!("  {name:<28} {:>7.0} µs   {:.2} × /bin/true", added * 1e6, added / times[0].as_secs_f64());
    }
}

/// With git and a kube context at hand, in a repository of 100,000 files.
fn contexts(gate: &str, home: &std::path::Path) {
    let repository = home.join("repository");
    std::fs::create_dir_all(&repository).expect("a folder");
    let kube = "contexts:\n- context:\n    cluster: staging-eu\n  name: staging-eu\ncurrent-context: staging-eu\n";
    std::fs::write(home.join("kubeconfig"), kube).expect("a kubeconfig");
    let git = |args: &[&str]| {
        let done = Command::new("git").args(args).current_dir(&repository).env("HOME", home).output();
        assert!(done.is_ok_and(|o| o.status.success()), "git {args:?}");
    };
    git(&["init", "-q"]);
    for folder in 0..100 {
        let folder = repository.join(format!("d{folder}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        for file in 0..1000 {
            std::fs::write(folder.join(format!("f{file}")), "").expect("a file");
        }
    }
    git(&["add", "-A"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"]);
    std::fs::create_dir_all(repository.join("build")).expect("a folder");
    let lines = [
        "check ls -la",
        "check git status",
        "check git push origin topic",
        "check rm -rf build",
        "check kubectl get pods",
    ];
    let all: Vec<Vec<String>> = lines.iter().map(|l| words(l)).collect();
    let bare = medians(gate, home, home, &all[..1]);
    let times = medians(gate, home, &repository, &all);
    println!("\nin a repository of 100,000 files, with a kube context (bare: {:.0} µs)", bare[1].as_secs_f64() * 1e6);
    for (line, taken) in lines.iter().zip(&times[1..]) {
        println!(
            "  {line:<28} {:>7.0} µs   {:.2} × bare",
            taken.as_secs_f64() * 1e6,
            taken.as_secs_f64() / bare[1].as_secs_f64()
        );
    }
}

/// Decisions a second on one core: the lines of a corpus (`GATE_CORPUS`, NDJSON with `command`), else our own; each time
/// in another folder, so that no line was asked before, and then all of them again and again.
fn batch(gate: &str) {
    let mut scripts = Vec::new();
    if let Ok(folder) = std::env::var("GATE_CORPUS") {
        for entry in std::fs::read_dir(folder).expect("the corpus folder").flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            for line in text.lines().filter(|l| l.starts_with('{')) {
                let value: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
                scripts.push(value["command"].clone());
            }
        }
    } else {
        scripts.extend((0..20_000).map(|i| format!("cd src && grep -rn 'word{i}' . | sort | head -n 5").into()));
    }
    println!("\nbatch, on one core");
    let passes = 1 + 100_000 / scripts.len().max(1);
    for (name, anew) in [("no line asked before", true), ("the same lines again", false)] {
        let mut lines = String::new();
        for pass in 0..passes {
            for script in &scripts {
                let folder = format!("/work/{}", if anew { pass } else { 0 });
                lines.push_str(&serde_json::json!({ "script": script, "cwd": folder }).to_string());
                lines.push('\n');
            }
        }
        let total = passes * scripts.len();
        let mut command = Command::new(gate);
        command.args(["check", "--batch", "--no-log"]);
        let taken = time(command, Some(&lines)).as_secs_f64();
        println!("  {name:<24} {total} decisions in {taken:.2} s: {:.0} a second", total as f64 / taken);
    }
}

/// Peak memory of one check of a script of 60 KiB: an everyday one, and those that grow what they hold with each command.
/// A kernel that has the file in large pieces maps them whole, and counts them.
fn memory(binaries: [&str; 2], home: &std::path::Path) {
    println!("\nmemory for 60 KiB of               as built   copied");
    let scripts: [(&str, &str); 7] = [
        ("loops", "for f in a b c; do x=$(grep -c \"$f\" list); echo \"$x\" >> out/$f; rm -rf build/$f; done\n"),
        ("a growing text", "x=\"$x ab\"\n"),
        ("a growing list", "a+=(ab); echo \"${a[@]}\"\n"),
        ("one of several words", "for v in get top describe; do kubectl $v pods; done\n"),
        ("pipes with names", "mkfifo p; sh < p & echo ls > p\n"),
        ("nothing but files", ">a\n"),
        ("values and defaults", "A=$B$C; echo ${A:-x} \"$(date)\"\n"),
    ];
    for (name, line) in scripts {
        let path = home.join("long.sh");
        std::fs::write(&path, line.repeat((60 << 10) / line.len())).expect("a file");
        let peaks = binaries.map(|gate| {
            let output = Command::new("sh")
                .args(["-c", "\"$0\" check --no-log --file \"$1\" >/dev/null 2>&1 & pid=$!; peak=0; while kill -0 $pid 2>/dev/null; do v=$(grep VmHWM /proc/$pid/status 2>/dev/null | tr -dc 0-9); [ -n \"$v\" ] && [ \"$v\" -gt \"$peak\" ] && peak=$v; done; echo $peak", gate])
                .arg(&path)
                .output();
            output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
        });
        println!("  {name:<28} {:>9} {:>8} KiB", peaks[0], peaks[1]);
    }
}

/// Twice the input, twice the time (below the limits), also where nesting and quoting are hostile.
fn linear(gate: &str) {
    println!("\ncost over size (time for 4 × the input ÷ time for 1 ×; linear is 4)");
    let each = |n: usize, line: fn(usize) -> String| (0..n / 4).map(line).collect::<String>();
    let python = |code: String| format!("python3 - <<'E'\n{code}\nE\n");
    let cases: [(&str, &dyn Fn(usize) -> String); 39] = [
        ("many commands", &|n| "echo a; ".repeat(n)),
        ("long word", &|n| format!("echo {}", "x".repeat(n * 8))),
        ("open brackets", &|n| "(".repeat(n * 8)),
        ("here-documents that end before a bracket", &|n| {
            (0..n / 4).map(|i| format!("x=$(cat <<E{i}\nE{i})\n")).collect()
        }),
        ("nested substitutions", &|n| "$(".repeat(n * 4)),
        ("double parentheses", &|n| "$((".repeat(n * 3)),
        ("assignments in a branch", &|n| {
            format!("if x; then {} fi", (0..n).map(|i| format!("v{i}=1; ")).collect::<String>())
        }),
        ("values that would run as an index", &|n| each(n, |i| format!("i{i}='x[$(a)]{i}'\n"))),
        ("a pull request that is run", &|n| format!("gh pr checkout 1\n{}", each(n, |i| format!("./a{i} x\n")))),
        // What later commands ask about earlier ones.
        ("files written and read", &|n| each(n, |i| format!("echo a > f{i}; cat f{i}\n"))),
        ("moves and deletes", &|n| each(n, |i| format!("mv a{i} /tmp/b{i}; rm -r /tmp/c{i}\n"))),
        ("stashes thrown away", &|n| format!("# {}\n{}", "x".repeat(n), "git stash drop\n".repeat(n / 4))),
        ("deletes in clusters", &|n| each(n, |i| format!("kubectl delete pod p{i}\n"))),
        // Inline code.
        ("texts put together", &|n| python("b64decode(\"YQ==\") + ".repeat(n / 2))),
        ("lists in lists", &|n| python("x = [\"a\", ".repeat(n))),
        ("joins in joins", &|n| python("\"\".join([\"a\", ".repeat(n / 2))),
        ("commands in turn", &|n| python(each(n, |i| format!("for s{i} in [\"ls\", \"id\"]:\n  os.system(s{i})\n")))),
        ("methods of other things", &|n| python("x.run(\"MATCH n\");".repeat(n / 2))),
        ("patterns in one line", &|n| format!("node -e '{}1'", "f(\"a\").exec(\"b c\")+".repeat(n / 4))),
        ("files compiled", &|n| format!("echo 1 > y\n{}", each(n, |i| format!("gcc -o o{i} -c a{i}.c\n")))),
        ("one of several words", &|n| format!("for v in get top; do {} done", each(n, |_| "kubectl $v pods\n".into()))),
        ("options of one call", &|n| format!("dd {}", "if=a of=b ".repeat(n / 4))),
        ("commands of one find", &|n| format!("find . {}", "-exec rm {} \\; ".repeat(n / 4))),
        ("words given to code", &|n| {
            format!("python3 -c '{}' {}", "f(sys.argv[1]);\n".repeat(n / 20), "a ".repeat(n / 20))
        }),
        ("braces in a query", &|n| format!("psql -c 'select {}'", "${ ".repeat(n / 3))),
        ("settings before a command", &|n| format!("env {} ls", "A=1 ".repeat(n / 4))),
        ("commands of one sed", &|n| format!("sed '{}' f", "p;".repeat(n / 2))),
        ("calls by a name", &|n| format!("node - <<'E'\n{}\nE", "a.call(null, \"x\");\n".repeat(n / 19))),
        ("undone if it worked", &|n| {
            format!(
                "{} true",
                (0..n / 60)
                    .map(|i| format!("kubectl create ns n{i} && kubectl delete ns n{i} && "))
                    .collect::<String>()
            )
        }),
        ("tables dropped", &|n| each(n, |i| format!("psql -d test{i} -c 'drop table a{i}'\n"))),
        ("files written by code", &|n| {
            python(each(n, |i| format!("open(\"f{i}\",\"w\").write(x{i}); y=\"rm -r b\"\n")))
        }),
        ("files written by one sed", &|n| format!("sed '{}' <<< ls", "w f\n".repeat(n / 4))),
        ("commands that one awk runs", &|n| format!("awk '{{{}}}' f", "system(\"x\" y);".repeat(n / 15))),
        ("addresses of addresses", &|n| format!("cat {}x", "file:".repeat(n * 2))),
        // What programs compute.
        ("brackets in a program", &|n| python(format!("x = {}", "(".repeat(n * 4)))),
        ("commands put together by code", &|n| {
            python(each(n, |i| format!("import os; os.system(\"ls \" + \"{i}\")\n")))
        }),
        ("a list in a list in a program", &|n| python(format!("x = []\n{}", "x = [x]\n".repeat(n / 4)))),
        ("here-documents without an end in a program", &|n| format!("perl -e '{}'", "<<A;\n".repeat(n))),
        ("statements of one call", &|n| {
            format!("mysql -e '{}'", "create database f; drop database f; ".repeat(n / 36))
        }),
    ];
    for (name, make) in cases {
        let run = |n: usize| {
            let text = make(n);
            median(
                (0..7)
                    .map(|_| {
                        let mut command = Command::new(gate);
                        command.args(["check", "--no-log", "-"]);
                        time(command, Some(&text))
                    })
                    .collect(),
            )
        };
        let (small, large) = (run(4_000), run(16_000));
        println!(
            "  {name:<28} {:>8.2} ms {:>8.2} ms   × {:.1}",
            small.as_secs_f64() * 1e3,
            large.as_secs_f64() * 1e3,
            large.as_secs_f64() / small.as_secs_f64()
        );
    }
}
