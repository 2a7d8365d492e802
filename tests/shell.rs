//! Our reader of bash against bash itself and against another one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use bumpalo::Bump;
use gate::facts::shell;
use proptest::prelude::*;

fn accepts(script: &str) -> bool {
    let bump = Bump::new();
    shell::read(&bump, script, 0, 0).error.is_none()
}

fn bash_accepts(script: &str) -> bool {
    use std::io::Write;
    let mut child = std::process::Command::new("bash")
        .args(["-n", "-O", "extglob"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    child.wait().unwrap().success()
}

fn brush_accepts(script: &str) -> bool {
    let options = brush_parser::ParserOptions::default();
    let tokens = brush_parser::tokenize_str(script);
    tokens.is_ok_and(|tokens| brush_parser::parse_tokens(&tokens, &options).is_ok())
}

const SCRIPTS: &[&str] = &[
    "for f in a b; do\\\n echo $f;\\\ndone",
    "for f in\\\n a; do echo; done",
    "for f in a; do\\\necho; done",
    "if [ x ]; \\\nthen\\\n\\\n ls; else\\\n {\\\n ls; };\\\nfi",
    "ls -la",
    "a && b || c; d & e",
    "if a; then b; elif c; then d; else e; fi",
    "while read -r x; do echo \"$x\"; done < f",
    "for i in 1 2 3; do echo $i; done",
    "for ((i=0; i<3; i++)); do :; done",
    "case $x in a|b) c;; *) d;& e) f;;& esac",
    "f() { echo; }",
    "function g { echo; }",
    "[[ $a == b* && ! -f $c || $d =~ ^(x|y)+$ ]]",
    "(( a = b + 1 ))",
    "echo $((1 + (2 * 3))) ${x:-${y:-z}} \"${a[@]}\" `b`",
    "cat <<EOF\n$x `y` $(z)\nEOF",
    "cat <<'EOF'\n$x\nEOF\necho done",
    "nm $(cat - <<'EOF'\n$x\nEOF) | head",
    "diff <(cat <<EOF\nx\nEOF) y",
    "cat <<-EOF\n\ta\n\tEOF",
    "a=(1 2 [5]=x); b+=(3)",
    "diff <(a) <(b) > >(c)",
    "exec 3<>f {fd}>g 2>&1",
    "coproc x { cat; }",
    "time -p ls | wc",
    "! grep x f",
    "echo $'a\\nb' $\"c\"",
    "select x in a b; do break; done",
    "echo {a,b}{1..3} @(x|y)",
    "until false; do :; done",
    "echo a # comment\necho b",
    "x=1 y=2 cmd",
    "echo \"a $(echo \"b $(echo c)\")\"",
    "(a; b) | { c; d; }",
    "trap 'x' EXIT",
    "",
    "   # only",
    "echo \\\nb",
    "cat << A << B\n1\nA\n2\nB",
    "echo ${x//a/b} ${x##*/} ${x%.*} ${x:1:2} ${#x} ${!x} ${x^^} ${x@Q}",
    "((",
    "$(",
    "if",
    "echo 'x",
    "a | | b",
    "for x",
    "case x in",
    "{ a",
    "[[ a",
    "fi",
    "done",
    ")",
    "a &&",
    "> ",
    "<<<",
];

#[test]
fn we_agree_with_bash() {
    for script in SCRIPTS {
        assert_eq!(accepts(script), bash_accepts(script), "{script:?}");
    }
}

#[test]
fn what_another_reader_accepts_we_accept() {
    for script in SCRIPTS {
        if brush_accepts(script) {
            assert!(accepts(script), "{script:?}");
        }
    }
}

#[test]
fn hostile_nesting_ends_quickly() {
    for open in [
        "(",
        "$(",
        "{ ",
        "if ",
        "${",
        "$((",
        "\"$(",
        "[[ (",
        "`",
        "<(",
        "((",
        "a[",
        "case x in ",
        "f() ",
        "while ",
        "! ",
        "${x:-",
        "@(",
        "<<E ",
    ] {
        let script = open.repeat(10_000);
        let started = std::time::Instant::now();
        accepts(&script);
        assert!(started.elapsed().as_secs() < 20, "{open}");
    }
}

/// What a tree of them would take is bounded: no text of people's has one in four bytes.
#[test]
fn commands_of_nothing_are_not_all_read() {
    let bump = Bump::new();
    let whole = |text: String| shell::read_proposed(&bump, bump.alloc_str(&text)).error.is_none();
    assert!(whole(">a\n".repeat(16_000)));
    assert!(!whole(">a\n".repeat(17_000)));
    assert!(whole("export NAME=\"a value of some length\"\n".repeat(26_000)));
}

/// However often a line goes on behind a keyword.
#[test]
fn a_keyword_may_be_followed_by_any_number_of_continued_lines() {
    assert!(accepts(&format!("while true; do{} break; done", "\\\n".repeat(200_000))));
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "ls",
        "rm -rf /",
        "$x",
        "\"$y\"",
        "'z'",
        "$(",
        ")",
        "`",
        "((",
        "))",
        "{",
        "}",
        "|",
        "&&",
        "||",
        ";",
        "&",
        "\n",
        "if ",
        "then ",
        "fi",
        "for i in a; do ",
        "done",
        "case x in ",
        "esac",
        "<<E\n",
        "E\n",
        ">f",
        "2>&1",
        "<(",
        "${x",
        "}",
        "[[ ",
        " ]]",
        "\\",
        "#",
        "é",
        "\u{202e}",
        "\"",
        "'",
        "a=(",
        "=",
        "[",
        "]",
        "!",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|parts| parts.concat())
}

/// Statements over the same few names, of files, variables and functions: what leads to itself shows here.
fn mixed_names() -> impl Strategy<Value = String> {
    let statements = prop::sample::select(vec![
        "echo N > N",
        "cat N >> N",
        "cp N N",
        "mv N N",
        "ln -s N N",
        "ln -sf . N",
        "ln -s .. N",
        "mkdir -p N",
        "mkfifo N",
        "sh N",
        ". N",
        "source N N",
        "cat N | sh",
        "sh < N",
        "exec 3<> N",
        "bash <&3",
        "V=N",
        "export V=N",
        "V+=\"$V\"",
        "declare -n V=V",
        "eval \"$V\"",
        "alias V=N",
        "V",
        "V() { V; N; }",
        "trap V EXIT",
        "cd N",
        "pushd \"$@\"",
        "set -- N V",
        "python3 N",
        "perl -i N",
        "node N",
        "make -f N",
        "make",
        "npm run V",
        "git config alias.V '!N'",
        "git V",
        "find . -exec sh N \\;",
        "xargs -a N sh",
        "for V in N N; do N; done",
        "while read V; do N; done < N",
        "jq -f N",
        "sed -i s/N/N/ N",
        "awk -f N",
        "env V=N sh N",
        "nohup ln N .",
        "tar xf N",
        "install N N",
        "read V <<< N",
        "N",
        "printf -v V %s N",
        "mapfile -t V < N",
        "psql -f N",
        "vim -S N",
        "docker build N",
        "parallel N ::: N",
        "coproc N",
    ]);
    let names = prop::sample::select(vec![
        "a",
        "b",
        "./a",
        "'a*'",
        "*",
        ".",
        "d/a",
        "$x",
        "${x@P}",
        "~/a",
        "/dev/fd/3",
        "$(cat a)",
    ]);
    let variables =
        prop::sample::select(vec!["x", "y", "PATH", "BASH_ENV", "MAKEFLAGS", "MAKEFILES", "PS4", "IFS", "ENV", "a"]);
    let filled = (statements, prop::collection::vec(names, 3), variables.clone(), variables).prop_map(
        |(text, names, one, other)| {
            let mut names = names.into_iter().cycle();
            let mut variables = [one, other].into_iter().cycle();
            let put_in = |c: char| match c {
                'N' => names.next().unwrap_or_default().to_owned(),
                'V' => variables.next().unwrap_or_default().to_owned(),
                _ => c.to_string(),
            };
            text.chars().map(put_in).collect::<String>()
        },
    );
    prop::collection::vec(filled, 1..7).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics_and_every_span_is_inside(script in pieces()) {
        let bump = Bump::new();
        let read = shell::read(&bump, &script, 0, 0);
        for item in read.list {
            prop_assert!(item.span.end as usize <= script.len() && item.span.start <= item.span.end);
        }
        common_decides(&script);
    }

    /// A process that runs out of stack takes this test with it.
    #[test]
    fn what_leads_to_itself_ends(script in mixed_names()) {
        common_decides(&script);
    }

    #[test]
    fn any_text_is_judged(script in "\\PC{0,200}") {
        common_decides(&script);
    }

    #[test]
    fn canonical_json_is_stable(keys in prop::collection::btree_map("[a-z\"\\\\é]{1,6}", -1000i64..1000, 0..8)) {
        let text = serde_json::to_string(&keys).unwrap();
        let mut once = String::new();
        gate::json::parse(&text).unwrap().canonical(&mut once);
        let mut twice = String::new();
        gate::json::parse(&once).unwrap().canonical(&mut twice);
        prop_assert_eq!(&once, &twice);
        let same: std::collections::BTreeMap<String, i64> = serde_json::from_str(&once).unwrap();
        prop_assert_eq!(same, keys);
    }
}

thread_local! {
    static PACKS: gate::rules::Packs = gate::rules::Packs::builtin();
}

/// Found by the fuzz target `judge`: signs outside ASCII where a language has names.
#[test]
fn signs_outside_ascii_are_read_in_every_language() {
    for script in [
        "python3 -c 'a \u{60d} b'",
        "ruby -e '%x\u{e9}a'",
        "ruby -e 'a \u{2014} b'",
        "psql -c 'select 1 \u{2014} 2'",
        "psql -c '\u{2014}'",
        "awk '{ print \u{2014} }' f",
        "node -e '\u{2014}'",
        "perl -e 'q\u{2014}'",
        "awk 'BEGIN{printf \"rm %\u{301}s\\n\",\"b\"}' | sh",
        "mysql -e \"GRANT x TO '${%$'\\xff''\"",
    ] {
        common_decides(script);
    }
}

/// bash and dash end such a here-document in different places: what is run is then not known.
#[test]
fn a_here_document_that_shells_end_differently_is_not_read() {
    assert!(!accepts("x=$(cat <<E\nE ) ; : <<'Z'\nE\n); ls\nZ\n"));
    assert!(accepts("x=$(cat <<E\nE ) ; ls\n"));
    assert!(accepts("x=$(cat <<E\n(E)\nE\n)\n"));
}

/// A text that is expanded once more must not do so for ever: that ran out of stack, which no host takes for a denial.
#[test]
fn what_expands_itself_ends() {
    let scripts = [
        r#"x='${x@P}'; echo "${x@P}""#,
        r#"x='${y@P}'; y='${x@P}'; echo "${x@P}""#,
        r#"x='${x:-${x@P}}'; echo "${x@P}""#,
        r#"x='${a[${x@P}]}'; echo "${x@P}""#,
        r#"PS1='$(echo "${PS1@P}")'; echo "${PS1@P}""#,
        "PS4='${PS4@P}'; set -x; ls",
        r#"x='${x@P}${x@P}'; echo "${x@P}""#,
        r#"x='a[${!x}${!x}]'; echo "${!x}""#,
        r#"x='$(( $x ))'; y="${x@P}""#,
        "x='x'; echo $((x))",
        "x='a[$((x))]'; echo $((x))",
        r#"x='x[1]'; echo "${!x}""#,
        r#"x='a[$(test -v "$x")]'; test -v "$x""#,
        r#"x='a[$([[ $x -eq 1 ]])]'; [[ x -eq 1 ]]"#,
        r#"x='eval "$x"'; eval "$x""#,
        "declare -n x=y; declare -n y=x; echo $x",
        "f() { g; }; g() { f; }; f",
        "alias a=b; alias b=a; a",
        r#"x='trap "$x" EXIT'; eval "$x""#,
        "zsh -c 'x=\"\\${(e)x}\"; echo ${(e)x}'",
        // Files whose names look like patterns, which mean themselves.
        "perl -i '*d'",
        "echo ls > 'a*b.sh'; sh 'a*b.sh'",
        // A link to its own name, in a folder that is not known, and a variable that is another one.
        "pushd \"$@\"\nnohup ln y .",
        "declare -n MAKEFLAGS=X; make",
        "mkdir d; ln -s . d/e; ln -s . e; MAKEFLAGS=e; MAKEFILES=d; make",
    ];
    let scripts: Vec<String> = scripts.into_iter().map(str::to_owned).collect();
    assert_eq!(common::decide_all(&scripts).len(), scripts.len());
}

/// Judges, and checks that the same input is judged the same.
fn common_decides(script: &str) {
    let decide = || {
        let action = gate::action::Action::shell(script, "");
        PACKS.with(|packs| {
            gate::judge(
                &action,
                gate::context::stated(""),
                &gate::context::Nowhere,
                packs,
                &gate::policy::Policy::default(),
                |judged| {
                    (
                        judged.judgement.decision,
                        judged.assessment.risk,
                        gate::output::human::body(judged, gate::output::human::FEW, false),
                    )
                },
            )
        })
    };
    assert_eq!(decide(), decide());
}
