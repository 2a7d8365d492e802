//! What a call of inline code runs: a command in a shell, or a program with its words.

use std::borrow::Cow;

use super::super::names::homes::with_home;
use super::Made;
use super::arguments::{Argument, SOMETHING};
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    /// A command in a shell, or a program with its words.
    pub(in super::super) fn runs(&mut self, made: Made<'_, 'a>, argument: Option<&Argument<'a>>) {
        let Made { code, arguments, span, call, .. } = made;
        // PHP's `call_user_func("system", "rm -rf x")`
        let names_it =
            |name: &str| self.know.functions(code.language).iter().any(|f| f.does == "shell" && f.names.contains(name));
        if code.language == "php"
            && let ([first], Some(given)) = (argument.map_or(&[][..], |a| &a.texts[..]), arguments.get(1))
            && names_it(first)
            && let Some(command) = given.longest()
        {
            return self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        // `"rm -rf " + path`, where the code goes through somebody's home: that is what the path lies in.
        if let Some(first) = argument.filter(|a| a.open && !a.list).and_then(Argument::longest)
            && first.ends_with(' ')
        {
            for folder in self.grave_folders(code) {
                let command = self.bump.alloc_str(&format!("{first}{folder}"));
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        }
        // The same of what is only named; what else that command would do to it is not meant.
        let apart = |this: &Self| match this.grave_folders(code).is_empty() {
            true => this.named_apart(code),
            false => Vec::new(),
        };
        // `"rm -rf " + path`, `"rm -rf $path"`
        if let Some(first) = argument.filter(|a| !a.list).and_then(Argument::longest)
            && let Some((_, options)) = first.split_once("rm -")
            && let Some((options, path)) = options.split_once(' ')
            && options.contains(['r', 'R'])
            && (path.is_empty() && argument.is_some_and(|a| a.open)
                || path.starts_with(['$', '#', '{'])
                || path == SOMETHING)
        {
            for folder in apart(self) {
                let command = self.bump.alloc_str(&format!("rm -{options} {folder}"));
                self.perhaps(|this| this.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call));
            }
        }
        // `["rm", "-rf", path]`, where it goes through somebody's home.
        let words = || arguments.iter().filter(|a| !a.open || a.list).flat_map(|a| a.texts.iter().copied());
        if (arguments.len() > 1 || argument.is_some_and(|a| a.list))
            && arguments.iter().any(|a| a.open)
            && let Some(first) = words().find(|word| *word != "sudo" && *word != SOMETHING)
            && self.know.lists().has("deletes-operands", first)
        {
            for folder in self.grave_folders(code) {
                let words: Vec<&'a str> = words().filter(|word| *word != SOMETHING).chain([folder]).collect();
                self.argv_call(&words, span);
            }
            if first == "rm" && words().any(|word| word.starts_with('-') && word.contains(['r', 'R'])) {
                for folder in apart(self) {
                    let words: Vec<&'a str> = words().filter(|word| *word != SOMETHING).chain([folder]).collect();
                    self.perhaps(|this| this.argv_call(&words, span));
                }
            }
        }
        match argument {
            // `(system* "rm" "-rf" dir)`
            Some(argument)
                if !argument.texts.is_empty()
                    && (argument.list || code.language == "scheme" && argument.texts.len() > 1) =>
            {
                match argument.texts[..] {
                    // `run(["rm -rf x"], shell=True)`, `rpc:call(N, os, cmd, ["rm -rf x"])`: no program is called that.
                    [line] if line.contains(' ') && !line.starts_with('/') => self.handed(line, span, call),
                    _ if argument.texts.iter().any(|word| code.holds_output(word)) => {
                        let words = argument.texts.iter().map(|word| match code.holds_output(word) {
                            true => Cow::Owned(format!("\"{word}\"")),
                            false => shell_words::quote(word),
                        });
                        let line = words.collect::<Vec<_>>().join(" ");
                        self.handed(self.bump.alloc_str(&line), span, call);
                    }
                    _ => self.argv_call(&argument.texts, span),
                }
                // `["sudo"] + command`, `[shell, "-c", code]`
                // What `echo` is given beside is no command.
                let runs_others = argument.texts.first().is_none_or(|first| match self.know.entry(base_name(first)) {
                    // A program of the project, `["./guard", line]`: what it is given is what it is about.
                    None => !first.starts_with("./") && !first.starts_with("bin/"),
                    Some(entry) => !entry.runs.is_empty() || !entry.code.is_empty() || entry.wrapper,
                });
                // So is what a script is given: `["node", "cli.js", line]`.
                let script = |word: &&&str| !word.starts_with('-') && word.contains('.') && !word.contains(' ');
                let to_a_script = argument.texts.get(1).filter(script).is_some();
                if argument.open && runs_others && !to_a_script {
                    self.texts_that_may_run(code, span, call);
                }
            }
            Some(argument) if argument.texts.iter().any(|text| !text.is_empty()) => {
                // A word that is not known is one all the same where others follow: `system("git", "-C", path, "push")`.
                let literal = |a: &Argument<'a>| !a.open && a.texts.len() == 1 && !a.list;
                let last = arguments.iter().rposition(literal).unwrap_or(0);
                let given = arguments.iter().take(last + 1).skip(1).filter(|a| !a.list);
                let more: Vec<&'a str> = given
                    .filter(|a| a.open || literal(a))
                    .map(|a| if literal(a) { a.texts[0] } else { SOMETHING })
                    .collect();
                let first: &'a str = with_home(self.bump, self.bump.alloc_str(&argument.text()), argument.open);
                let rest = match arguments.get(1).filter(|a| a.list) {
                    // spawn("rm", ["-rf", "/"])
                    Some(list) if !first.contains(' ') => Some(&list.texts),
                    // `spawn("sudo rm", ["-rf", "/"], {shell: true})`
                    Some(list) => {
                        let line = self.bump.alloc_str(&format!("{first} {}", list.texts.join(" ")));
                        return self.handed(line, span, call);
                    }
                    None => Some(&more).filter(|more| !more.is_empty() && !first.contains(' ')),
                };
                match rest {
                    // execvp("rm", ["rm", "-rf", "/"]): the name that it shows comes before its words (exec(3)).
                    Some(rest) if rest.first() == Some(&base_name(first)) => {
                        self.argv_call(&[&[first], &rest[1..]].concat(), span);
                    }
                    Some(rest) => {
                        self.argv_call(&[&[first], &rest[..]].concat(), span);
                        // `Command::new("sh").arg("-c").arg(line)`
                        if interpreters::is_shell(base_name(first)) && rest.last() == Some(&"-c") {
                            self.texts_that_may_run(code, span, call);
                        }
                    }
                    None => {
                        let input = self.handed_in.take().unwrap_or(Data::NOTHING);
                        let first = if code.language == "python" { self.words_left_open(first) } else { first };
                        self.shell_code(Val::Lit(first), span, &input, &mut Sink::new(), call);
                    }
                }
            }
            _ => self.texts_that_may_run(code, span, call),
        }
    }

    /// A command in which what Python puts in is a variable that nobody has set, as a shell has them: `mkfs {disk}`, `mkfs %s`,
    /// `dd of=/dev/{disk.name}`. Which program it is, is another question; so is what stands in single quotes.
    fn words_left_open(&self, command: &'a str) -> &'a str {
        let names_each = ["find", "xargs", "parallel", "fd "].iter().any(|program| command.contains(program));
        let mut out = String::new();
        let (mut rest, mut quoted) = (command, false);
        while let Some(at) = rest.find(['{', '%', '\'']) {
            let (before, after) = rest.split_at(at);
            out.push_str(before);
            quoted ^= after.starts_with('\'');
            let hole = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
                Some((inside, _)) if is_put_in(inside) || inside.is_empty() && !names_each => inside.len() + 2,
                _ if after.starts_with("%s") => 2,
                _ => 0,
            };
            // `${x}` is the shell's own, and `{{x}}` no hole.
            let own = before.ends_with(['$', '{', '\\']);
            let first = out.trim_end();
            let program = first.is_empty() || first.ends_with("sudo") || first.ends_with(['|', ';', '&']);
            if hole == 0 || own || quoted || program {
                out.push_str(&after[..1]);
                rest = &after[1..];
                continue;
            }
            out.push_str(LEFT_OPEN);
            rest = &after[hole..];
        }
        out.push_str(rest);
        if out == command { command } else { self.bump.alloc_str(&out) }
    }
}

/// A variable of the shell that nobody sets, and that is not empty.
const LEFT_OPEN: &str = "${__left_open__:?}";

/// Whether what stands in braces is an expression that Python puts in: `disk`, `self.disk`, `disks[0]`, `0`, `x!r`.
fn is_put_in(inside: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | '!' | ':');
    inside.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && inside.chars().all(of_name)
        && !inside.contains("..")
}
