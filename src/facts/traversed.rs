//! The folders that inline code goes through, file by file: what it then deletes or reads lies in them.

/// What stands before the first wildcard of a literal, or somebody's home.
pub(super) fn folders(code: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for call in ["walk(", "glob(", "glob ", "listdir(", "scandir(", "readdirSync("] {
        for (at, _) in code.match_indices(call) {
            let rest = code[at + call.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let literal = rest[1..].split(quote).next().unwrap_or("");
            let folder = match literal.find(['*', '?', '[']) {
                Some(wildcard) => literal[..wildcard].rsplit_once('/').map_or("", |(folder, _)| folder),
                None => literal,
            };
            let at_home = ["$ENV{HOME}", "#{Dir.home}", "#{ENV['HOME']}"].iter().any(|home| folder.starts_with(home));
            if at_home {
                out.push("~");
            } else if folder.starts_with(['/', '~']) {
                out.push(folder);
            }
        }
    }
    // `Path("/var/lib").iterdir()`
    for reader in [").iterdir(", ").glob(", ").rglob("] {
        for (at, _) in code.match_indices(reader) {
            let before = code[..at].trim_end_matches(['"', '\'']);
            let literal = before.rsplit(['"', '\'']).next().filter(|_| before.len() < at);
            out.extend(literal.filter(|folder| folder.starts_with(['/', '~'])));
        }
    }
    let homes = ["Path.home()", "homedir()", "expanduser(\"~\")", "expanduser('~')", "Dir.home", "environ[\"HOME\"]"];
    let readers = ["walk(", "listdir(", "scandir(", "readdirSync(", "children(", "each_child(", "entries("];
    let at_home = homes.iter().flat_map(|home| code.match_indices(home)).any(|(at, home)| {
        let before = code[..at].trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_'));
        let after = code[at + home.len()..].trim_start_matches(')');
        readers.iter().any(|reader| before.ends_with(reader))
            || [".rglob(", ".iterdir(", ".glob("].iter().any(|reader| after.starts_with(reader))
    });
    if at_home {
        out.push("~");
    }
    for (name, folder) in named_folders(code) {
        let through = |reader: &str| code.contains(&format!("{reader}{name})"));
        let from = |reader: &str| code.contains(&format!("{name}{reader}"));
        if ["walk(", "listdir(", "scandir(", "readdirSync(", "children(", "each_child("].iter().any(|r| through(r))
            || [".iterdir(", ".glob(", ".rglob("].iter().any(|r| from(r))
        {
            out.push(folder);
        }
    }
    out
}

/// The folder that an expression of inline code means: a literal, or somebody's home.
fn folder_of(value: &str) -> Option<&str> {
    const HOMES: [&str; 6] = [
        "Path.home()",
        "pathlib.Path.home()",
        "os.homedir()",
        "Dir.home",
        "os.path.expanduser(\"~\")",
        "os.path.expanduser('~')",
    ];
    if HOMES.contains(&value) {
        return Some("~");
    }
    let value = value.strip_prefix("pathlib.").unwrap_or(value);
    let value = value.strip_prefix("Path(").and_then(|inner| inner.strip_suffix(')')).unwrap_or(value);
    let path = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))?;
    path.starts_with(['/', '~']).then_some(path)
}

/// The names that code gives to somebody's home or to a folder of the system: `root = Path.home()`, `d = "/srv/data"`.
fn named_folders(code: &str) -> Vec<(&str, &str)> {
    let named = code.lines().flat_map(|line| line.split(';')).filter_map(|statement| {
        let (name, value) = statement.split_once('=')?;
        let name = name.trim().rsplit(' ').next()?;
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let folder = folder_of(value.trim())?;
        plain.then_some((name, folder))
    });
    named.collect()
}
