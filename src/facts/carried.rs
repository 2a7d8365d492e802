//! What the script gave a program to keep and asks it for again: the messages of commits, notes, tags and stashes, and the
//! clipboard (`git commit -m 'rm -rf ~'; git log -1 --format=%B | sh`).

use super::Call;
use super::analysis::Analysis;
use super::overlay::File;
use super::value::{Data, Field, Val};

/// Under which the clipboard is remembered among the files; no path is called so.
const CLIPBOARD: &str = "clipboard:";

impl<'a> Analysis<'a> {
    /// What a call prints of it.
    pub fn carried(&self, call: &Call<'a>) -> Option<Data<'a>> {
        if self.reads_clipboard(call) {
            return self.state.has_files().then(|| self.state.file(CLIPBOARD))?.map(|file| file.data);
        }
        if call.program != "git" {
            return None;
        }
        let (keeps, start, shows) = if says(call, "notes") {
            ("notes", "", says(call, "show"))
        } else if says(call, "stash") {
            // git-stash(1): `On <branch>: <message>`.
            ("stash", "On main: ", says(call, "list"))
        } else if says(call, "tag") || says(call, "for-each-ref") {
            let field = |word: &str| word.contains("%(contents") || word.contains("%(subject");
            ("tag", "", call.words.iter().any(|word| word.val.lit().is_some_and(field)))
        } else if says(call, "log") || says(call, "show") {
            let format = ["--format", "--pretty"].iter().find_map(|name| call.fields(name).next());
            let format = format.and_then(|format| format.val.lit()).unwrap_or_default();
            let format = format.strip_prefix("format:").or_else(|| format.strip_prefix("tformat:")).unwrap_or(format);
            ("commit", "", matches!(format, "%s" | "%B" | "%b" | "%s%n%b"))
        } else {
            return None;
        };
        if !shows {
            return None;
        }
        let kept = self
            .facts
            .calls
            .iter()
            .rev()
            .filter(|other| other.span != call.span && other.program == "git" && says(other, keeps));
        let message = kept.filter_map(message_of).next()?;
        let Val::Lit(text) = message.val else { return None };
        Some(Data::known(Val::Lit(self.bump.alloc_str(&format!("{start}{text}\n")))))
    }

    /// What goes to the clipboard lies there until something else does.
    pub fn put_on_clipboard(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        let takes = self.know.places().list("clipboards").any(|program| program == call.program);
        if takes && !stdin.inherited && !self.reads_clipboard(call) {
            self.state.set_file(CLIPBOARD, Some(File::of(*stdin)));
        }
    }

    fn reads_clipboard(&self, call: &Call<'a>) -> bool {
        match call.program {
            "pbpaste" | "wl-paste" => true,
            "xclip" | "xsel" => call.words.iter().any(|word| {
                word.val.lit().is_some_and(|word| {
                    matches!(word, "-o" | "-out" | "--output")
                        || word.len() > 2 && word.starts_with('-') && word.ends_with('o') && !word.starts_with("--")
                })
            }),
            _ => false,
        }
    }
}

fn says(call: &Call<'_>, word: &str) -> bool {
    call.words.iter().skip(1).any(|field| field.val.lit() == Some(word))
}

/// What stands behind `-m`, also behind `-qm`.
fn message_of<'a>(call: &Call<'a>) -> Option<Field<'a>> {
    call.fields("-m").next().or_else(|| {
        let ends = |word: &Field<'_>| {
            word.val.lit().is_some_and(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('m'))
        };
        let at = call.words.iter().position(ends)?;
        call.words.get(at + 1).copied()
    })
}
