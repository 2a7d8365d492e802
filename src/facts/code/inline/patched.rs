//! Functions that a test puts another in the place of while it runs: Python's `with mock.patch("os.system"):` (its manual,
//! "unittest.mock", "The patchers"), Node's `mock.method(fs, "rmSync", () => {})` (its manual, "Test runner", "Mocking").

/// What a call of such a function becomes: what does nothing with its words but to show them.
const STAND_INS: (&str, &str) = ("print", "console.log");

/// Signs that the function itself may be called all the same: it is put back, or what stands for it calls it.
const BACK: [&str; 14] = [
    "reload(",
    "side_effect",
    "wraps",
    "stopall",
    "restore",
    "reset",
    ".stop(",
    "new=",
    "__",
    "getattr",
    "\"\"\"",
    "'''",
    "\\\n",
    "exec(",
];

/// Code in which calls of functions that others stand for are calls of those; nothing where there are none, or where it cannot
/// be said which.
pub(super) fn without(language: &str, text: &str) -> Option<String> {
    if BACK.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    match language {
        "python" => in_python(text),
        "javascript" => in_node(text),
        _ => None,
    }
}

fn in_python(text: &str) -> Option<String> {
    let imported = ["from unittest import mock", "from unittest.mock import", "import unittest.mock"];
    let own = ["mock =", "mock=", "patch =", "patch=", "def patch", "class mock", "as patch", "as mock"];
    if !text.contains("patch(")
        || !imported.iter().any(|line| text.contains(line))
        || own.iter().any(|o| text.contains(o))
    {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut blocks: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut found = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if !code.trim().is_empty() {
            while blocks.last().is_some_and(|(outer, _)| indent <= *outer) {
                blocks.pop();
            }
        }
        if code.starts_with("with ") && code.trim_end().ends_with(':') {
            blocks.push((indent, patched_by(code)));
            out.push_str(line);
            continue;
        }
        let mut line = line.to_owned();
        for name in blocks.iter().flat_map(|(_, names)| names) {
            found |= put(&mut line, name, STAND_INS.0);
        }
        out.push_str(&line);
    }
    found.then_some(out)
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
}

/// The functions that a line names to `patch`, each alone: `mock.patch('shutil.rmtree') as rm`.
fn patched_by(line: &str) -> Vec<&str> {
    let named = line.split("patch(").skip(1).filter_map(|rest| {
        let sign = rest.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
        let (name, behind) = rest[1..].split_once(sign)?;
        let plain = name.contains('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        (plain && behind.starts_with(')')).then_some(name)
    });
    named.collect()
}

fn in_node(text: &str) -> Option<String> {
    if !text.contains("node:test") {
        return None;
    }
    let (before, rest) = text.split_once("mock.method(")?;
    let (object, rest) = rest.split_once(',')?;
    let rest = rest.trim_start();
    let sign = rest.chars().next().filter(|sign| matches!(sign, '"' | '\'' | '`'))?;
    let (name, behind) = rest[1..].split_once(sign)?;
    let function = format!("{}.{name}", object.trim());
    // Without another it calls through.
    let stands = behind.trim_start().starts_with(',') && !behind.lines().next()?.contains(&function);
    let plain = |text: &str| !text.is_empty() && text.chars().all(is_part_of_name);
    if !stands || !plain(object.trim()) || !plain(name) || rest.contains("mock.method(") {
        return None;
    }
    let mut later = rest.to_owned();
    put(&mut later, &function, STAND_INS.1).then(|| format!("{before}mock.method({object}, {later}"))
}

/// Puts the stand-in in the place of each call of a function; whether there was one.
fn put(code: &mut String, function: &str, stand_in: &str) -> bool {
    let call = format!("{function}(");
    let mut found = false;
    let mut from = 0;
    while let Some(at) = code[from..].find(&call).map(|at| at + from) {
        let whole = !code[..at].ends_with(|c: char| is_part_of_name(c) || c == '.');
        if whole {
            code.replace_range(at..at + function.len(), stand_in);
            found = true;
        }
        from = at + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn only_in_the_block_and_only_what_is_named() {
        let code = "import os, shutil\nfrom unittest import mock\nwith mock.patch('os.system') as s:\n    os.system('a')\n    shutil.rmtree('b')\nos.system('c')\n";
        let told = without("python", code).unwrap_or_default();
        assert!(told.contains("    print('a')\n    shutil.rmtree('b')\nos.system('c')"), "{told}");
    }

    #[test]
    fn nothing_where_it_may_be_called_all_the_same() {
        for code in [
            "from unittest import mock\nwith mock.patch('os.system', wraps=os.system):\n    os.system('a')\n",
            "from unittest import mock\nwith mock.patch('os.system') as m:\n    m.side_effect = f\n    os.system('a')\n",
            "x = \"\"\"\nfrom unittest import mock\nwith mock.patch('os.system'):\n\"\"\"\nif x:\n  os.system('a')\n",
            "with mock.patch('os.system'):\n    os.system('a')\n",
        ] {
            assert_eq!(without("python", code), None, "{code}");
        }
        let calls_through = "const {mock} = require('node:test'); mock.method(cp, 'execSync'); cp.execSync('a')";
        assert_eq!(without("javascript", calls_through), None);
    }

    #[test]
    fn of_node_from_there_on() {
        let code = "const {mock}=require('node:test');\ncp.execSync('a');\nmock.method(cp,'execSync',c=>'');\ncp.execSync('b');";
        let told = without("javascript", code).unwrap_or_default();
        assert!(told.contains("cp.execSync('a')") && told.contains("console.log('b')"), "{told}");
    }
}
