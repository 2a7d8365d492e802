//! The house rules: who may use whom, and that the pure middle touches nothing outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PURE: [&str; 11] = [
    "action",
    "assess",
    "audit/record.rs",
    "count.rs",
    "json.rs",
    "limits.rs",
    "facts",
    "output",
    "policy",
    "redact",
    "rules",
];
const OUTSIDE: [&str; 11] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "use std::{",
    "SystemTime",
    "Instant",
    "OpenOptions",
    "println!",
];

/// Module and what it may use.
const MAY_USE: [(&str, &[&str]); 21] = [
    ("redact", &["json"]),
    ("json.rs", &["limits"]),
    ("action", &["action", "digest", "error", "json", "limits"]),
    ("facts", &["count", "facts", "json", "limits", "redact"]),
    ("rules", &["facts", "rules"]),
    ("assess", &["action", "count", "facts", "rules"]),
    ("policy", &["action", "assess", "digest", "facts", "json", "policy", "rules"]),
    // What was decided is shown and written down; nothing that decides knows how.
    (
        "output",
        &[
            "Judged", "action", "assess", "count", "digest", "error", "facts", "json", "limits", "output", "policy",
            "redact", "rules",
        ],
    ),
    ("hosts", &["action", "error", "facts", "json", "output", "policy", "redact", "Judged"]),
    (
        "audit",
        &[
            "Judged", "action", "context", "count", "digest", "facts", "json", "output", "policy", "redact", "rules",
            "sys",
        ],
    ),
    // The edge answers what the middle asks.
    ("context", &["Edge", "action", "count", "digest", "error", "facts", "limits", "policy", "redact", "rules", "sys"]),
    ("settle.rs", &["Judged", "action", "output", "policy", "redact", "terminal"]),
    ("run.rs", &["action", "context", "error", "output", "sys"]),
    ("notify.rs", &["Judged", "audit", "context", "policy"]),
    ("rehearsal.rs", &["action", "assess", "context", "facts", "judge", "policy", "rules"]),
    // Of hosts and policies it has the words that options may take.
    ("cli", &["action", "hosts", "policy"]),
    ("terminal.rs", &["sys"]),
    ("sys", &[]),
    ("digest.rs", &[]),
    ("error.rs", &[]),
    ("count.rs", &[]),
];

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    std::fs::read_dir(path)
        .unwrap()
        .flatten()
        .flat_map(|e| files(&e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .collect()
}

#[test]
fn the_pure_middle_touches_nothing_outside() {
    for module in PURE {
        for file in files(&Path::new("src").join(module)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for word in OUTSIDE {
                assert!(!text.contains(word), "{} names {word}", file.display());
            }
        }
    }
}

#[test]
fn each_stage_knows_only_those_before_it() {
    for (module, allowed) in MAY_USE {
        for file in files(&Path::new("src").join(module)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for (at, _) in text.match_indices("crate::") {
                let used: String =
                    text[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                // None: `crate::{a, b}`, of which each would have to be read.
                assert!(allowed.contains(&used.as_str()), "{} uses `{used}`", file.display());
            }
        }
    }
}

/// Nothing that gate does knows by which command it was asked.
#[test]
fn commands_are_the_outermost() {
    for file in files(Path::new("src")) {
        let outermost = file.starts_with("src/commands") || file == Path::new("src/main.rs");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(outermost || !text.contains("crate::commands"), "{}", file.display());
        assert!(outermost || file.starts_with("src/cli") || !text.contains("crate::cli"), "{}", file.display());
    }
}

/// The document that draws the tree names every room, and what stands in it; what lies deeper is named by its room.
#[test]
fn the_architecture_names_every_file() {
    let document = std::fs::read_to_string("docs/architecture.md").unwrap();
    // As code, for many are ordinary words; drawings of the tree are code, too.
    let code = document.split('`').skip(1).step_by(2);
    let words: BTreeSet<&str> =
        code.flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).collect();
    for room in ["facts", "assess", "policy", "context", "hosts", "audit"] {
        for file in files(&Path::new("src").join(room)) {
            let inside: Vec<&str> = file.iter().skip(1).map(|part| part.to_str().unwrap()).collect();
            let named = inside.iter().take(3).map(|part| part.trim_end_matches(".rs")).filter(|part| *part != "mod");
            for name in named {
                assert!(words.contains(name), "`{name}` of {} is not in docs/architecture.md", file.display());
            }
        }
    }
}

/// Every file begins with what it owns.
#[test]
fn each_file_says_what_it_owns() {
    for file in files(Path::new("src")) {
        assert!(std::fs::read_to_string(&file).unwrap().starts_with("//! "), "{}", file.display());
    }
}

#[test]
fn unsafe_stays_in_its_folder() {
    for file in files(Path::new("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let may = file.starts_with("src/sys") || file == Path::new("src/main.rs");
        let forms = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe trait"];
        assert!(may || !forms.iter().any(|form| text.contains(form)), "{}", file.display());
    }
}
