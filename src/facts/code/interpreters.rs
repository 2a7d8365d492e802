//! What reads a text: names of shells and interpreters, and the languages that they stand for.

use crate::facts::knowledge::READ_AS_OTHER;
use crate::facts::targets::paths;

/// `sourced` is a shell's code that runs in the shell at hand.
pub const SHELLS: [&str; 9] = ["bash", "sh", "dash", "zsh", "ksh", "ash", "shell", "fish", "sourced"];

/// Whether a name is that of a shell that gate reads.
#[must_use]
pub fn is_shell(language: &str) -> bool {
    SHELLS.contains(&language) && language != "fish"
}

/// Languages whose files are looked at for what they literally call; the rest of them stays opaque.
pub const INTERPRETED: [&str; 8] = ["python", "javascript", "ruby", "perl", "php", "lua", "awk", "r"];

/// The language that an interpreter's name stands for.
#[must_use]
pub fn language(name: &str) -> &str {
    match name {
        "python2" | "python3" | "pypy" | "ipython" | "uv" => "python",
        "node" | "nodejs" | "js" | "deno" | "bun" | "typescript" | "mongosh" | "mongo" | "tsx" | "ts-node" => {
            "javascript"
        }
        "Rscript" => "r",
        "gawk" | "mawk" | "nawk" => "awk",
        other if READ_AS_OTHER.contains(&other) => "other",
        "racket" | "guile" | "sbcl" | "lisp" | "prolog" => "scheme",
        other => other,
    }
}

/// The words of a first line that names an interpreter, without the `env` that finds it.
pub fn first_line(text: &str) -> Option<impl Iterator<Item = &str>> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let found = |word: &&str| {
        let name = paths::base_name(word);
        name == "env" || word.starts_with('-') || word.contains('=')
    };
    let by_env = line.split_whitespace().next().is_some_and(|first| paths::base_name(first) == "env");
    Some(line.split_whitespace().skip_while(move |word| by_env && found(word)))
}

/// The interpreter that a first line names: `#!/usr/bin/env -S bash -e` is `bash`.
#[must_use]
pub fn shebang(text: &str) -> Option<&str> {
    let mut name = paths::base_name(first_line(text)?.next()?);
    // nix-shell(1), "Use as a #!-interpreter": a line of its own says what reads the rest.
    if name == "nix-shell" {
        let mut lines = text.lines().skip(1).take_while(|line| line.starts_with("#!"));
        let mut told =
            lines.find_map(|line| line.split_once(" -i ").map(|(_, rest)| rest)).unwrap_or("bash").split_whitespace();
        name = paths::base_name(told.next().unwrap_or("bash"));
    }
    Some(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

/// What reads a file of this name, where the name says it.
#[must_use]
pub fn language_of_file(name: &str) -> &'static str {
    if name.contains(".cargo/config") || name.ends_with(".npmrc") {
        return "commands";
    }
    let name = paths::base_name(name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match (name, ending) {
        ("CMakeLists.txt", _) | (_, "cmake") => "cmake",
        (
            "tox.ini"
            | "build.ninja"
            | ".pre-commit-config.yaml"
            | "plugin.yaml"
            | "delegates.xml"
            | "Procfile"
            | "build.xml"
            | "pom.xml"
            | "Snakefile",
            _,
        )
        | (_, "gyp" | "gypi" | "smk" | "nix") => "commands",
        (_, "tex") => "latex",
        ("configure.ac" | "configure.in", _) => "latex",
        ("meson.build", _) => "other",
        ("BUILD" | "BUILD.bazel" | "WORKSPACE" | "MODULE.bazel", _) | (_, "bzl") => "commands",
        (".Rprofile", _) => "r",
        (".envrc", _) | (_, "sh" | "bash" | "bats") => "bash",
        ("SConstruct" | "SConscript" | "wscript", _) | (_, "py") => "python",
        ("Rakefile" | "Gemfile" | "Vagrantfile" | "Fastfile" | "Podfile" | "Brewfile" | "Capfile" | "Guardfile", _)
        | (_, "rb" | "gemspec" | "ru" | "rake") => "ruby",
        (_, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts") => "javascript",
        (_, "php") => "php",
        (_, "lua") => "lua",
        (_, "tf" | "hcl") => "hcl",
        (".latexmkrc" | "latexmkrc", _) | (_, "pl" | "pm") => "perl",
        (
            _,
            "c" | "cc" | "cpp" | "cxx" | "m" | "rs" | "go" | "gradle" | "kts" | "sbt" | "exs" | "swift" | "java" | "d"
            | "fsx" | "csx" | "sc",
        ) => "other",
        (_, "clj" | "cljs" | "rkt" | "scm" | "lisp" | "lsp") => "scheme",
        (_, "erl" | "escript") => "erlang",
        (_, "hs" | "kt" | "nim" | "zig" | "cr" | "cs" | "scala" | "jl" | "ml" | "groovy" | "dart" | "ex") => "other",
        _ if name.contains("akefile") => "make",
        _ => "data",
    }
}

/// The language of a program in a file of this name: of those that are read alike, "c" if its comments are those of C.
#[must_use]
pub fn language_within<'l>(language: &'l str, file: &str) -> &'l str {
    const ENDINGS: [&str; 19] = [
        "c", "cc", "cpp", "cxx", "rs", "go", "gradle", "kt", "kts", "swift", "java", "d", "cs", "csx", "scala", "sc",
        "groovy", "dart", "zig",
    ];
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    if language == "other" && ENDINGS.contains(&ending) { "c" } else { language }
}

/// What reads the lines that a named shell is given: the languages of shells are one.
pub fn language_of(shell: &str) -> String {
    let name = paths::base_name(shell);
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches(".exe");
    if is_shell(name) { "bash".to_owned() } else { name.to_owned() }
}
