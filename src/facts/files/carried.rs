//! What the script gave a program to keep and asks it for again: the messages of commits, notes, tags and stashes, git's
//! objects, and the clipboard (`git commit -m 'rm -rf ~'; git log -1 --format=%B | sh`).

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::files::overlay::File;
use crate::facts::value::{Data, Field, Taint, Val};
use crate::limits;

/// Under which the clipboard is remembered among the files; no path is called so.
const CLIPBOARD: &str = "clipboard:";
/// The same for objects that git keeps.
const OBJECTS: &str = "git-objects:";

impl<'a> Analysis<'a> {
    /// What a call prints of it.
    pub fn carried(&self, call: &Call<'a>) -> Option<Data<'a>> {
        if self.reads_clipboard(call) {
            // What somebody put there before, nobody has read.
            let unseen = Data::unknown("the clipboard", Taint::PRIVATE | Taint::DECODED);
            return Some(self.state.file(CLIPBOARD).map_or(unseen, |file| file.data));
        }
        if call.program != "git" {
            return None;
        }
        let (keeps, start, shows) = match subcommand(call)? {
            "notes" => ("notes", "", says(call, "show")),
            // git-stash(1): `On <branch>: <message>`.
            "stash" => ("stash", "On main: ", says(call, "list")),
            "tag" | "for-each-ref" => {
                let field = |word: &str| word.contains("%(contents") || word.contains("%(subject");
                ("tag", "", call.words.iter().any(|word| word.val.lit().is_some_and(field)))
            }
            "cat-file" => return self.state.file(OBJECTS).map(|file| file.data),
            "log" | "show" => {
                let format = ["--format", "--pretty"].iter().find_map(|name| call.fields(name).next());
                let format = format.and_then(|format| format.val.lit()).unwrap_or_default();
                let format =
                    format.strip_prefix("format:").or_else(|| format.strip_prefix("tformat:")).unwrap_or(format);
                ("commit", "", matches!(format, "%s" | "%B" | "%b" | "%s%n%b"))
            }
            _ => return None,
        };
        if !shows {
            return None;
        }
        // Any of them may be the one that is asked for.
        let calls = self.facts.calls.iter().filter(|other| other.span != call.span && other.program == "git");
        let mut text = String::new();
        for message in calls.filter(|other| subcommand(other) == Some(keeps)).flat_map(messages_of) {
            let Val::Lit(message) = message.val else { return None };
            if text.len() + message.len() > limits::WORD {
                return None;
            }
            text.push_str(start);
            text.push_str(message);
            text.push('\n');
        }
        (!text.is_empty()).then(|| Data::known(Val::Lit(self.bump.alloc_str(&text))))
    }

    /// What goes to a clipboard or into git's objects lies there; there may be several, so all that went there does.
    pub fn put_away(&mut self, call: &Call<'a>, stdin: &Data<'a>) {
        if !self.place.local() {
            return;
        }
        let clipboard = self.know.lists().has("clipboards", call.program);
        let (place, data) = match subcommand(call).filter(|_| call.program == "git") {
            // git-hash-object(1), `-w`
            Some("hash-object") if says(call, "-w") => {
                let file = call.words.last().filter(|_| !says(call, "--stdin"));
                (OBJECTS, file.map_or(*stdin, |file| self.file_data(file.val, call.span, false)))
            }
            // `wl-copy text`
            _ if clipboard && !self.reads_clipboard(call) => {
                let said = call.words.iter().skip(1).map(|word| word.val).find(|_| call.program == "wl-copy");
                (CLIPBOARD, said.map_or(*stdin, Data::known))
            }
            _ => return,
        };
        if data.inherited {
            return;
        }
        let before = self.state.file(place).map(|file| file.data.text);
        let text = match (before, data.text) {
            (None, text) => text,
            (Some(Some(Val::Lit(before))), Some(Val::Lit(text))) if before.len() + text.len() < limits::WORD => {
                Some(Val::Lit(&*self.bump.alloc_str(&format!("{before}\n{text}"))))
            }
            _ => None,
        };
        self.state.set_file(place, Some(File::of(Data { text, ..data })));
    }

    fn reads_clipboard(&self, call: &Call<'a>) -> bool {
        let reads = |word: &str| {
            matches!(word, "-o" | "-out" | "--output")
                || word.len() > 2 && word.starts_with('-') && word.ends_with('o') && !word.starts_with("--")
        };
        match call.program {
            "pbpaste" | "wl-paste" => true,
            "xclip" | "xsel" => call.words.iter().any(|word| word.val.lit().is_some_and(reads)),
            _ => false,
        }
    }
}

fn says(call: &Call<'_>, word: &str) -> bool {
    call.words.iter().skip(1).any(|field| field.val.lit() == Some(word))
}

/// What git is asked to do: the first word that is no option, nor what belongs to one.
fn subcommand<'a>(call: &Call<'a>) -> Option<&'a str> {
    let mut words = call.words.iter().skip(1).map(|word| word.val.lit());
    loop {
        match words.next()?? {
            "-C" | "-c" | "--git-dir" | "--work-tree" => {
                words.next()?;
            }
            option if option.starts_with('-') => {}
            word => return Some(word),
        }
    }
}

/// What stands behind each `-m`, also behind `-qm`.
fn messages_of<'a>(call: &Call<'a>) -> Vec<Field<'a>> {
    let plain: Vec<Field<'a>> = call.fields("-m").collect();
    if !plain.is_empty() {
        return plain;
    }
    let ends = |word: &Field<'_>| {
        word.val.lit().is_some_and(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('m'))
    };
    call.words.windows(2).filter(|two| ends(&two[0])).map(|two| two[1]).collect()
}
