//! The house rules: who may use whom, and that the pure middle touches nothing outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};

const PURE: [&str; 8] = ["action.rs", "assess", "count.rs", "json.rs", "limits.rs", "facts", "policy", "rules"];
const OUTSIDE: [&str; 6] = ["std::fs", "std::net", "std::env", "std::process", "SystemTime", "Instant"];

/// Module and what it may use.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("json.rs", &["limits"]),
    ("action.rs", &["digest", "error", "json"]),
    ("facts", &["count", "facts", "json", "limits"]),
    ("rules", &["facts", "rules"]),
    ("assess", &["action", "count", "facts", "rules"]),
    ("policy", &["action", "assess", "digest", "facts", "json", "policy", "rules"]),
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
                assert!(
                    used.is_empty() || used == "Judged" || allowed.contains(&used.as_str()),
                    "{} uses {used}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn unsafe_stays_in_its_folder() {
    for file in files(Path::new("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let may = file.starts_with("src/sys") || file == Path::new("src/main.rs");
        assert!(may || !text.contains("unsafe {"), "{}", file.display());
    }
}
