//! Compiles `rules/**/*.toml` into one blob. A mistake in a pack is a build error with file, line and caret.

#[macro_use]
#[path = "src/closed_list.rs"]
mod closed_list;
#[path = "src/rules/format/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the binary uses the rest")]
mod format;
#[path = "src/facts/knowledge/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the binary uses the rest")]
mod knowledge;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    let mut files = Vec::new();
    collect(Path::new("rules"), &mut files);
    files.sort();
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|path| {
            println!("cargo::rerun-if-changed={}", path.display());
            let text =
                std::fs::read_to_string(path).unwrap_or_else(|error| fail(&format!("{}: {error}", path.display())));
            (path.display().to_string(), text)
        })
        .collect();
    let packs: Vec<format::PackText<'_>> = texts.iter().map(|(file, text)| format::PackText { file, text }).collect();
    let contents = format::compile(&packs, &[], &knowledge::Vocabulary::default())
        .unwrap_or_else(|error| fail(&error.to_string()));
    let blob = contents.write().unwrap_or_else(|error| fail(&error.to_string()));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let digest: String = Sha256::digest(&blob).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=GATE_RULES_DIGEST=sha256:{digest}");
    std::fs::write(out.join("packs.bin"), blob).unwrap_or_else(|error| fail(&error.to_string()));
    // All sources in one piece, and where each of them ends.
    let (mut whole, mut list) = (String::new(), String::from("&[\n"));
    for (file, text) in &texts {
        whole.push_str(text);
        list.push_str(&format!("({file:?}, {}),\n", whole.len()));
    }
    list.push(']');
    std::fs::write(out.join("packs.toml"), whole).unwrap_or_else(|error| fail(&error.to_string()));
    std::fs::write(out.join("packs.rs"), list).unwrap_or_else(|error| fail(&error.to_string()));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.ends_with("policies") {
            // Policies to start from are no packs.
        } else if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
}

#[expect(clippy::print_stderr, clippy::exit, reason = "this is how a build script speaks and stops")]
fn fail(message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(1);
}
