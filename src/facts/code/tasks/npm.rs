//! `package.json`: which scripts npm, pnpm, yarn and bun run (<https://docs.npmjs.com/cli/using-npm/scripts>).

use serde_json::Value;

use super::{Line, Texts, beyond};
use crate::facts::targets::globs;

/// What is asked of the package manager.
pub struct Npm<'w> {
    pub program: &'w str,
    /// The operands.
    pub words: &'w [&'w str],
    /// `-w`, `--workspace`, `--filter`, `-F`: the packages that are meant.
    pub filters: &'w [&'w str],
    /// `--workspaces`, `-r`: all of them.
    pub all: bool,
    /// `--ignore-scripts`
    pub quiet: bool,
}

/// The scripts that run, with those before and after.
#[must_use]
pub fn npm(texts: &mut Texts<'_, '_>, what: &Npm<'_>) -> Vec<Line> {
    let Ok(root) = serde_json::from_str::<Value>(texts.files[0].1) else { return Vec::new() };
    let mut words = what.words;
    let mut filters: Vec<&str> = what.filters.to_vec();
    let mut all = what.all;
    // `yarn workspace name script`, `yarn workspaces foreach run script`, `lerna run`.
    match words {
        ["workspace", name, rest @ ..] if what.program != "npm" => {
            filters.push(name);
            words = rest;
        }
        ["workspaces", "run", rest @ ..] | ["workspaces", "foreach", rest @ ..] if what.program == "yarn" => {
            all = true;
            words = rest;
        }
        _ => {}
    }
    if let ["install" | "i" | "in" | "add", packages @ ..] = words
        && !what.quiet
    {
        // A folder of this machine is a package, whose scripts run as the project's own.
        let mut out = Vec::new();
        let mut folders: Vec<&str> = packages.iter().map(|package| package.trim_start_matches("file:")).collect();
        folders.sort_unstable();
        folders.dedup();
        // Nobody installs more of them at once.
        for folder in folders.into_iter().take(16) {
            let name = format!("{}/package.json", folder.trim_end_matches('/'));
            // It may be the only one there is.
            let only = texts.files[0].0.ends_with(name.trim_start_matches("./"));
            if folder.starts_with(['.', '/', '~'])
                && let Some(file) = if only { Some(0) } else { texts.open(0, &name) }
                && let Ok(package) = serde_json::from_str::<Value>(texts.files[file].1)
            {
                let scripts = ["preinstall", "install", "postinstall", "prepare"].map(str::to_owned);
                lines(texts, file, &package, &scripts, &[], folder, &mut out);
            }
        }
        if !out.is_empty() {
            return out;
        }
    }
    let scripts = match what.program {
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => several(&root, words),
        "composer" => of_composer(words, what.quiet),
        program => wanted(program, words, what.quiet),
    };
    let words: &[&str] = if what.program.contains("run-") { &[] } else { words };
    if scripts.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    if filters.is_empty() && !all {
        lines(texts, 0, &root, &scripts, words, "", &mut out);
        return out;
    }
    for folder in packages(texts, &root) {
        let Some(file) = texts.open(0, &format!("{folder}/package.json")) else { continue };
        let Ok(package) = serde_json::from_str::<Value>(texts.files[file].1) else { continue };
        let name = package.get("name").and_then(Value::as_str).unwrap_or("");
        let meant = filters.iter().any(|filter| {
            let filter = filter.trim_start_matches("./").trim_end_matches("...").trim_matches(['{', '}', '/']);
            filter == name || filter == folder || globs::text(filter, name) || globs::text(filter, &folder)
        });
        if all && filters.is_empty() || meant {
            lines(texts, file, &package, &scripts, words, &folder, &mut out);
        }
    }
    out
}

/// The scripts, in the order in which they run, that these words ask for; the last word says whether arguments follow.
fn wanted(program: &str, words: &[&str], quiet: bool) -> Vec<String> {
    let around = |script: &str| match quiet {
        true => vec![script.to_owned()],
        false => vec![format!("pre{script}"), script.to_owned(), format!("post{script}")],
    };
    match words {
        ["run" | "run-script" | "rum" | "urn", script, ..] => around(script),
        ["test" | "t" | "tst", ..] => around("test"),
        ["start", ..] => around("start"),
        ["stop", ..] => around("stop"),
        // Without a script of that name npm stops and starts.
        ["restart", ..] => ["stop", "restart", "start"].iter().flat_map(|s| around(s)).collect(),
        // Installing runs the project's own scripts; with names, those of the packages, which are on no disk yet.
        ["install" | "i" | "in" | "ci" | "clean-install" | "install-test" | "it" | "cit" | "install-ci-test"] | []
            if !quiet && installs(program, words) =>
        {
            ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"]
                .map(str::to_owned)
                .to_vec()
        }
        ["publish" | "pack", ..] if !quiet => {
            ["prepublishOnly", "prepack", "prepare", "postpack", "publish", "postpublish"].map(str::to_owned).to_vec()
        }
        ["version", ..] if !quiet => ["preversion", "version", "postversion"].map(str::to_owned).to_vec(),
        // yarn, pnpm and bun run a script by its name alone.
        [script, ..] if program != "npm" => around(script),
        _ => Vec::new(),
    }
}

/// Composer's scripts, by their names and around its own commands (<https://getcomposer.org/doc/articles/scripts.md>).
fn of_composer(words: &[&str], quiet: bool) -> Vec<String> {
    let events = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match words {
        ["run" | "run-script", script, ..] => vec![(*script).to_owned()],
        ["install" | "i", ..] if !quiet => events(&["pre-install-cmd", "post-install-cmd", "post-autoload-dump"]),
        ["update" | "u" | "upgrade" | "require" | "r" | "remove", ..] if !quiet => {
            events(&["pre-update-cmd", "post-update-cmd", "post-autoload-dump"])
        }
        ["dump-autoload" | "dumpautoload", ..] if !quiet => events(&["pre-autoload-dump", "post-autoload-dump"]),
        [script, ..] => vec![(*script).to_owned()],
        [] => Vec::new(),
    }
}

/// The commands of one script: Composer's may be lists, name other scripts (`@test`) or functions of PHP. A script that
/// is named again does the same again: it is looked at once.
fn commands<'s>(
    all: &'s serde_json::Map<String, Value>,
    name: &'s str,
    seen: &mut Vec<&'s str>,
    out: &mut Vec<Line>,
    line: &dyn Fn(&str) -> Line,
) {
    let Some(script) = all.get(name) else { return };
    if seen.contains(&name) || beyond(seen.len() as u32, out) {
        return;
    }
    seen.push(name);
    let list = script.as_array().map_or(std::slice::from_ref(script), Vec::as_slice);
    for command in list.iter().filter_map(Value::as_str) {
        match command.strip_prefix('@') {
            Some(php) if php.starts_with("php ") => out.push(line(php)),
            Some(name) => commands(all, name, seen, out, line),
            None => out.push(line(command)),
        }
    }
}

/// `run-s clean build:*`: every script of these names, with those around it.
fn several(package: &Value, names: &[&str]) -> Vec<String> {
    let scripts = package.get("scripts").and_then(Value::as_object);
    let all = || scripts.into_iter().flatten().map(|(name, _)| name);
    let meant = |pattern: &str, name: &str| {
        let pattern = pattern.replace("**", "*");
        name == pattern || globs::text(&pattern, name)
    };
    let named = names.iter().filter(|n| !n.starts_with('-')).flat_map(|p| all().filter(move |name| meant(p, name)));
    named.flat_map(|name| [format!("pre{name}"), name.clone(), format!("post{name}")]).collect()
}

/// `yarn` alone installs, `npm` alone does not.
fn installs(program: &str, words: &[&str]) -> bool {
    !words.is_empty() || program == "yarn"
}

fn lines(
    texts: &Texts<'_, '_>,
    file: usize,
    package: &Value,
    scripts: &[String],
    words: &[&str],
    folder: &str,
    out: &mut Vec<Line>,
) {
    let text = texts.files[file].1;
    let Some(all) = package.get("scripts").and_then(Value::as_object) else { return };
    for name in scripts {
        let start = text.find(&format!("\"{name}\"")).unwrap_or(0) as u32;
        let end = start + name.len() as u32 + 2;
        // `npm run x -- more`: the script gets more words.
        let skipped = if matches!(words.first(), Some(&("run" | "run-script"))) { 2 } else { 1 };
        let own = !name.starts_with("pre") && !name.starts_with("post");
        let more: Vec<&str> = words.iter().skip(skipped).copied().filter(|w| own && *w != "--").collect();
        commands(all, name, &mut Vec::new(), out, &|script| {
            let script = match more.as_slice() {
                [] => script.to_owned(),
                more => format!("{script} {}", shell_words::join(more)),
            };
            Line { directory: folder.to_owned(), ..Line::shell(script, file, start, end, Vec::new()) }
        });
    }
}

/// The folders of a workspace's packages, from `package.json` or `pnpm-workspace.yaml`.
fn packages(texts: &mut Texts<'_, '_>, root: &Value) -> Vec<String> {
    let listed = match root.get("workspaces") {
        Some(Value::Object(with)) => with.get("packages").cloned(),
        other => other.cloned(),
    };
    let listed = listed.or_else(|| {
        let file = texts.open(0, "pnpm-workspace.yaml")?;
        serde_saphyr::from_str::<Value>(texts.files[file].1).ok()?.get("packages").cloned()
    });
    let mut out: Vec<String> = Vec::new();
    for pattern in listed.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        match pattern.strip_suffix("/*").or_else(|| pattern.strip_suffix("/**")) {
            Some(folder) => {
                out.extend(texts.names(0, folder, "*").into_iter().map(|name| format!("{folder}/{name}")));
            }
            None if pattern.contains(['*', '!']) => {}
            None => out.push(pattern.to_owned()),
        }
    }
    out
}
