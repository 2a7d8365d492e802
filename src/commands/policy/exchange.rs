//! `gate policy import`, `export` and `template`.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use super::{file, versions, write};
use crate::commands::print;
use crate::error::{Error, ExitCode, Result};
use crate::limits;
use crate::output::escape;
use crate::policy::interchange::{self, Spelling};
use crate::policy::templates;

pub fn import(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let Some(name) = matches.get_one::<String>("FILE") else { return Err(Error::new("which file?")) };
    let text = if name == "-" {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .take(limits::POLICY as u64 + 1)
            .read_to_string(&mut text)
            .map_err(|e| Error::new(format!("cannot read standard input: {e}")))?;
        text
    } else {
        crate::context::policies::read(Path::new(name), true)?.unwrap_or_default()
    };
    if text.len() > limits::POLICY {
        return Err(Error::new(format!("{name} is larger than {} bytes", limits::POLICY)));
    }
    let spelling = matches.get_one::<String>("from").and_then(|w| Spelling::from_word(w)).or_else(|| {
        // The ending tells TOML; JSON and YAML are told by their text, for documents mix them.
        Path::new(name).extension().and_then(|e| e.to_str()).filter(|e| *e == "toml").and_then(Spelling::from_word)
    });
    let imported = interchange::import(name, &text, spelling).map_err(|e| Error::new(format!("cannot import\n{e}")))?;
    for note in &imported.notes {
        print::stderr(&format!("note: {note}\n"));
    }
    let toml = interchange::export(&imported.file, Spelling::Toml).map_err(Error::new)?;
    if let Some(draft) = matches.get_one::<String>("draft") {
        let path = versions::save_draft(draft, &toml, matches.get_flag("force"))?;
        print::stderr(&format!("draft {draft}: {}\n", path.display()));
        if matches.get_flag("publish") {
            let versions::Published { version, digest, .. } = versions::publish_text(draft, &toml, "imported")?;
            print::stderr(&format!("published {draft} version {version} {digest}\n"));
        }
        return Ok(ExitCode::Allow);
    }
    match matches.get_one::<String>("output") {
        Some(path) => write(Path::new(path), &toml, matches.get_flag("force"))?,
        None => print::stdout(&escape::json(toml))?,
    }
    Ok(ExitCode::Allow)
}

pub fn export(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let Some(name) = matches.get_one::<String>("FILE") else { return Err(Error::new("which file?")) };
    let path = versions::find(name)?;
    let (_, file) = file(&path)?;
    let spelling = matches.get_one::<String>("to").and_then(|w| Spelling::from_word(w)).unwrap_or(Spelling::Toml);
    let text = interchange::export(&file, spelling).map_err(Error::new)?;
    match matches.get_one::<String>("output") {
        Some(path) => write(Path::new(path), &text, matches.get_flag("force"))?,
        None => print::stdout(&escape::json(text))?,
    }
    Ok(ExitCode::Allow)
}

pub fn template(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let mut out = String::new();
    match matches.subcommand() {
        Some(("new", sub)) => {
            let name = sub.get_one::<String>("NAME").map_or("", String::as_str);
            let Some(text) = templates::text(name) else {
                let near = crate::rules::format::nearest(name, templates::ALL.iter().map(|(n, ..)| *n));
                let help =
                    near.map_or_else(|| "gate policy template list".to_owned(), |n| format!("did you mean `{n}`?"));
                return Err(Error::new(format!("no template is called `{name}`")).help(help));
            };
            match sub.get_one::<String>("output") {
                Some(path) => write(Path::new(path), text, sub.get_flag("force"))?,
                None => out.push_str(text),
            }
        }
        _ => {
            for (name, about, _) in templates::ALL {
                let _ = writeln!(out, "{name:<20} {about}");
            }
        }
    }
    print::plain(&out)?;
    Ok(ExitCode::Allow)
}
