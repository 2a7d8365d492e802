//! Functions that a test puts another in the place of while it runs: Python's `with mock.patch("os.system"):` (its manual,
//! "unittest.mock", "The patchers").

/// What a call of such a function becomes: what does nothing with its words but to show them.
const STAND_IN: &str = "print";

/// What such a test is not made of. A function may be called when the block is over, a name may be made to mean another, and
/// what stands in may call what it stands for: nothing but plain statements is read so.
const NEVER: [&str; 26] = [
    "#",
    "\"\"\"",
    "'''",
    "\\\n",
    ";",
    "def ",
    "lambda",
    "class ",
    "for ",
    "while ",
    "if ",
    "try",
    "async",
    "setattr",
    "getattr",
    "globals",
    "locals",
    "posix",
    " as os",
    " as shutil",
    "reload",
    "side_effect",
    "wraps",
    "stop",
    "new=",
    "__",
];

/// Code in which calls of functions that others stand for are calls of those; nothing where there are none, or where it cannot
/// be said which.
pub(in super::super) fn without(text: &str) -> Option<String> {
    if !text.contains("patch(") || NEVER.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let mut modules: Vec<&str> = Vec::new();
    let (mut mock, mut patch) = (false, false);
    let mut out = String::with_capacity(text.len());
    let mut block: Option<(usize, Vec<&str>)> = None;
    let mut found = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        let indent = line.len() - line.trim_start().len();
        if block.as_ref().is_some_and(|(outer, _)| !code.is_empty() && indent <= *outer) {
            block = None;
        }
        match code {
            "from unittest import mock" if indent == 0 => mock = true,
            "from unittest.mock import patch" if indent == 0 => patch = true,
            // Whatever else gives a name a meaning.
            _ if code.starts_with("from ") || code.contains("patch =") || code.contains("mock =") => return None,
            _ => {}
        }
        modules.extend(code.strip_prefix("import ").into_iter().flat_map(|names| names.split(',').map(str::trim)));
        if let Some(items) = code.strip_prefix("with ") {
            let named: Vec<&str> = items
                .strip_suffix(':')?
                .split(", ")
                .map(|item| patched_by(item, mock, patch))
                .collect::<Option<_>>()?;
            if block.is_some()
                || named.iter().any(|name| !name.split_once('.').is_some_and(|(m, _)| modules.contains(&m)))
            {
                return None;
            }
            block = Some((indent, named));
            out.push_str(line);
            continue;
        }
        let name = block
            .iter()
            .flat_map(|(_, names)| names)
            .find(|name| code.strip_prefix(**name).is_some_and(|c| c.starts_with('(')));
        match name {
            Some(name) => {
                found = true;
                out.push_str(&line.replacen(name, STAND_IN, 1));
            }
            None => out.push_str(line),
        }
    }
    found.then_some(out)
}

/// The function that an item of a `with` statement stands for, if it does nothing else: `mock.patch('shutil.rmtree') as rm`.
fn patched_by(item: &str, mock: bool, patch: bool) -> Option<&str> {
    let rest = match item.strip_prefix("mock.patch(") {
        Some(rest) if mock => rest,
        _ if patch => item.strip_prefix("patch(")?,
        _ => return None,
    };
    let sign = rest.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    let (name, behind) = rest[1..].split_once(sign)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let function = name.split('.').count() == 2 && name.chars().all(|c| plain(c) || c == '.');
    let behind = behind.strip_prefix(')')?;
    let called = behind.strip_prefix(" as ").is_some_and(|name| !name.is_empty() && name.chars().all(plain));
    (function && (behind.is_empty() || called)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::without;

    const BEGINS: &str = "from unittest import mock\nimport os, shutil\n";

    #[test]
    fn only_in_the_block_and_only_what_is_named() {
        let code = "with mock.patch('os.system') as s, mock.patch('shutil.move'):\n    os.system('a')\n    shutil.rmtree('b')\nos.system('c')\n";
        let told = without(&format!("{BEGINS}{code}")).unwrap_or_default();
        assert!(told.contains("    print('a')\n    shutil.rmtree('b')\nos.system('c')"), "{told}");
    }

    #[test]
    fn nothing_where_it_may_be_called_all_the_same() {
        for code in [
            "with mock.patch('os.system', wraps=os.system):\n    os.system('a')\n",
            "with mock.patch('os.system') as m:\n    m.side_effect = f\n    os.system('a')\n",
            "with mock.patch('os.system'):\n    def f():\n        os.system('a')\nf()\n",
            "with mock.patch('os.system'):\n    f = lambda: os.system('a')\nf()\n",
            "with open('x') as f: # mock.patch('os.system'):\n    os.system('a')\n",
            "with mock.patch('os.system') if 0 else n():\n    os.system('a')\n",
            "with (mock.patch('os.system'), n())[1]:\n    os.system('a')\n",
            "with patch('os.system'):\n    os.system('a')\n",
            "with mock.patch('os.system'):\n    run(['python3', '-c', \"import os; os.system('a')\"])\n",
            "with mock.patch('sub.run'):\n    sub.run('a')\n",
        ] {
            assert_eq!(without(&format!("{BEGINS}{code}")), None, "{code}");
        }
        assert_eq!(without("import os\nwith mock.patch('os.system'):\n    os.system('a')\n"), None);
    }
}
