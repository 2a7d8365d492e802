//! From the words of a simple command to what runs: an alias, a function, a builtin or a program.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::redirect::Channels;
use crate::facts::evaluate::splitting;
use crate::facts::evaluate::state::Body;
use crate::facts::evaluate::variable::Var;
use crate::facts::shell;
use crate::facts::shell::ast::{Command, Op, Part, Simple, What};
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::limits;

/// A simple command, expanded.
#[derive(Clone, Copy)]
pub(in crate::facts) struct Invocation<'a, 'c> {
    /// Not empty; the first names what runs.
    pub words: &'a [Field<'a>],
    /// The variables set before it, for this command.
    pub settings: &'a [(&'a str, Val<'a>)],
    pub stdin: &'c Data<'a>,
    pub channels: &'c Channels<'a>,
}

impl<'a> Invocation<'a, '_> {
    /// Other words, with all else as it is.
    pub fn with_words(&self, words: &'a [Field<'a>]) -> Self {
        Invocation { words, ..*self }
    }
}

/// Calls of one function from which on it is asked whether it runs with the same words already.
const OFTEN: u32 = 32;

impl<'a> Analysis<'a> {
    /// A command of which a part is one of several texts of more words: `for c in 'ls' 'rm -rf x'; do $c; done`.
    pub fn commands_to_choose(&self, simple: &Simple<'a>) -> Option<(&'a str, &'a [Val<'a>])> {
        simple.words.iter().find_map(|word| {
            let [Part::Parameter(parameter)] = word.parts else { return None };
            let Val::Set(texts) = self.state.var(parameter.name)?.val else { return None };
            let plain = matches!(parameter.op, Op::None) && parameter.subscript.is_none() && !parameter.indirect;
            let words = |text: &Val<'a>| text.lit().is_some_and(|text| text.contains(' '));
            (plain && texts.iter().any(words)).then_some((parameter.name, texts))
        })
    }

    /// Words of a function call, an alias, a builtin or a program.
    pub fn invoke(&mut self, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let words = command.words;
        let Some(first) = words.first() else { return };
        if !self.step(first.span) {
            return;
        }
        match first.val {
            Val::Lit(name) => {
                if !first.quoted
                    && let Some(text) = self.state.alias(name)
                {
                    // It may not be in force: bash expands none in a script, and none on the line that sets it (bash(1),
                    // "ALIASES").
                    let (mark, begun) = (self.state.mark(), out.parts.len());
                    self.alias(name, text, command, out);
                    return self.or_else(mark, begun, out, |this, out| {
                        this.by_name(name, command, out);
                    });
                }
                if let Some((_, ending)) = name.rsplit_once('.').filter(|_| self.state.has_aliases())
                    && let ending = &*self.bump.alloc_str(&format!("*.{ending}"))
                    && let Some(text) = self.state.alias(ending)
                {
                    let words = self
                        .bump
                        .alloc_slice_fill_iter([*first].into_iter().chain(words.iter().copied()).collect::<Vec<_>>());
                    return self.alias(ending, text, &command.with_words(words), out);
                }
                self.by_name(name, command, out);
            }
            Val::Set(set) => {
                for member in set {
                    let command = command.with_words(self.with_first(words, Field { val: *member, ..*first }));
                    match member.lit() {
                        Some(_) => self.invoke(&command, out),
                        None => self.unknown_word(&command, out),
                    }
                }
            }
            Val::Text(_) => self.unknown_word(command, out),
        }
    }

    /// A function, a builtin or a program.
    fn by_name(&mut self, name: &'a str, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let other = |this: &mut Self, out: &mut Sink<'a>| this.builtin_or_program(name, command, out);
        let Some(function) = self.state.defined(name) else { return other(self, out) };
        let (mark, begun) = (self.state.mark(), out.parts.len());
        self.function(function.body, command, out);
        if function.perhaps {
            self.or_else(mark, begun, out, other);
        }
    }

    fn builtin_or_program(&mut self, name: &'a str, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let keeps = matches!(name, "eval" | "source" | "." | "export" | "declare" | "typeset" | "readonly" | "trap");
        self.with_settings(
            if keeps { command.settings } else { &[] },
            |_, _| true,
            |this| {
                if !this.builtin(name, command, out) {
                    this.looked_up(name, command, out);
                } else if !this.facts.builtins.contains(&name) {
                    this.facts.builtins.push(name);
                }
            },
        );
    }

    /// What stands before a command holds while it runs (bash(1), "SIMPLE COMMAND EXPANSION"), and in some shells longer:
    /// `lasts` says of which, given whether it was set again meanwhile.
    fn with_settings(
        &mut self,
        settings: &'a [(&'a str, Val<'a>)],
        lasts: impl Fn(&str, bool) -> bool,
        run: impl FnOnce(&mut Self),
    ) {
        let before: SmallVec<[Option<Var<'a>>; 2]> = settings.iter().map(|(name, _)| self.state.var(name)).collect();
        for (name, val) in settings {
            self.set_variable(name, *val);
        }
        run(self);
        for ((name, given), before) in settings.iter().zip(before) {
            let now = self.state.var(name).filter(|now| lasts(name, now.val != *given));
            self.state.set_var(name, before);
            self.may_hold(now.into_iter().map(|now| (*name, now)));
        }
    }

    /// A command word that cannot be known before it runs.
    fn unknown_word(&mut self, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let Invocation { words, settings, stdin, .. } = *command;
        let Some(first) = words.first() else { return };
        // What is run was put together by the script itself, so that nobody can read it.
        if first.val.taint().has(Taint::REWORKED) {
            let call = self.facts.calls.len() as u32;
            self.code_effect(first.val.show(self.bump), first.val.taint(), call, first.span);
        }
        // `c="$c rm -rf /"; $c`: several words, the first of them not known.
        let several = |seg: &Seg<'_>| matches!(seg, Seg::Lit(text) if text.contains([' ', '\t', '\n']));
        if first.splits
            && !first.quoted
            && let Val::Text(segs) = first.val
            && segs.iter().any(several)
        {
            let parts = splitting::split(self.bump, first.val, self.separators(), limits::UNROLL);
            if parts.len() > 1 {
                let own = parts.into_iter().map(|val| Field { val, splits: val.lit().is_none(), ..*first });
                let words: Vec<Field<'a>> = own.chain(words[1..].iter().copied()).collect();
                return self.invoke(&command.with_words(self.bump.alloc_slice_copy(&words)), out);
            }
        }
        // `$X rm -rf /` with X perhaps empty runs rm.
        if first.splits
            && !first.quoted
            && first.val.maybe_empty()
            && words.len() > 1
            && words[1].val.lit().is_some_and(is_word)
        {
            let rest = &words[1..];
            if self.known_program(rest) {
                self.external(rest, settings, stdin, out);
                return;
            }
        }
        // `"$SUDO" rm x`: one word, and perhaps a wrapper.
        if let [_, rest @ ..] = words
            && first.quoted
            && matches!(first.val, Val::Text([Seg::Hole(_)]))
            && self.known_program(rest)
        {
            self.perhaps(|this| this.external(rest, settings, stdin, &mut Sink::new()));
        }
        // `${X:-rm -rf /}`: what stands beside it in the same expansion is what it is otherwise.
        if let [_, rest @ ..] = words
            && let Some(other) = rest.first().filter(|other| other.span == first.span && other.derived)
            && other.val.lit().is_some_and(is_word)
            && self.known_program(rest)
        {
            self.external(rest, settings, stdin, out);
        }
        // `r$@m`: with nothing there it is a program.
        if let Some(name) = self.without_what_is_empty(first.val)
            && self.know.entry(name).is_some()
        {
            // Within a name (`wge${q}t`) nobody puts what is not empty, nor then within the words behind it.
            if is_within(first.val) {
                let copy = words.iter().map(|word| match self.without_what_is_empty(word.val) {
                    Some(text) if is_within(word.val) => Field { val: Val::Lit(text), ..*word },
                    _ => *word,
                });
                let copy = self.bump.alloc_slice_fill_iter(copy.collect::<Vec<_>>());
                return self.external(copy, settings, stdin, out);
            }
            let copy = self.with_first(words, Field { val: Val::Lit(name), ..words[0] });
            self.perhaps(|this| this.external(copy, settings, stdin, &mut Sink::new()));
        }
        self.external(words, settings, stdin, out);
    }

    /// What is left of a text in which holes may be empty, if all may.
    fn without_what_is_empty(&self, val: Val<'a>) -> Option<&'a str> {
        let Val::Text(segs) = val else { return None };
        let left = segs.iter().map(|seg| match seg {
            Seg::Lit(text) => Some(*text),
            Seg::Hole(hole) => (hole.shape == Shape::Any).then_some(""),
        });
        let left = left.collect::<Option<String>>().filter(|left| !left.is_empty())?;
        Some(self.bump.alloc_str(&left))
    }

    /// The words from the first known program on, where all before it may be any number of words, or are options and
    /// settings: `$WRAPPER -n 5 rm x`, `"${dry[@]}" rm x`.
    pub fn behind_unknown_words(&self, words: &'a [Field<'a>]) -> Option<&'a [Field<'a>]> {
        let beside = |word: &Field<'a>| word.val.lit().is_some_and(|text| text.starts_with('-') || text.contains('='));
        if !words.first().is_some_and(|word| self.perhaps_many(word)) {
            return None;
        }
        // `$SUDO -u root rm x`, `$TIMEOUT 5 rm x`: what an option takes, and numbers.
        let mut behind_option = false;
        for (at, word) in words.iter().enumerate() {
            let option = word.val.lit().is_some_and(|text| text.starts_with('-'));
            let number = word.val.lit().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
            if self.known_program(&words[at..]) {
                return Some(&words[at..]);
            }
            if !(self.perhaps_many(word) || beside(word) || behind_option || number) {
                return None;
            }
            behind_option = option;
        }
        None
    }

    /// Whether a word may be none, or several: `$OPTIONS`, `"$@"`, `"${dry[@]}"`.
    pub fn perhaps_many(&self, word: &Field<'a>) -> bool {
        let text = self.text_of(word.span);
        let holes = matches!(word.val, Val::Text(segs) if segs.iter().all(|seg| matches!(seg, Seg::Hole(_))));
        let all = matches!(text, "\"$@\"" | "\"${@}\"")
            || text.starts_with("\"${") && text.ends_with("[@]}\"")
            || text.starts_with("\"${@:");
        holes && (all || word.splits && !word.quoted)
    }

    fn known_program(&self, words: &[Field<'a>]) -> bool {
        words.first().is_some_and(|word| self.names_program(word))
    }

    fn alias(&mut self, name: &'a str, text: &'a str, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let words = command.words;
        if self.function_depth >= limits::FUNCTION_DEPTH {
            return self.unread(words[0].span, MORE, false);
        }
        self.function_depth += 1;
        // While it is expanded, an alias does not expand itself.
        self.state.set_alias(name, None);
        let source = self.source(text, "bash", Some(words[0].span));
        let script = shell::read(self.bump, text, source, self.depth);
        if let [item] = script.list
            && let [only] = item.pipeline
            && let What::Simple(simple) = &only.what
            && simple.assigns.is_empty()
            && only.redirects.is_empty()
            && !text.trim_end().ends_with([';', '&', '|'])
        {
            let mut fields = self.words(simple.words);
            let mut rest = &words[1..];
            // After one that ends in a blank the next word is expanded too (bash(1), "ALIASES").
            let mut last = text;
            while last.ends_with([' ', '\t'])
                && let Some(next) = rest.first().filter(|next| !next.quoted)
                && let Some(more) = next.val.lit().and_then(|name| self.state.alias(name))
            {
                last = more;
                let source = self.source(more, "bash", Some(next.span));
                let script = shell::read(self.bump, more, source, self.depth);
                if let [item] = script.list
                    && let [only] = item.pipeline
                    && let What::Simple(simple) = &only.what
                {
                    fields.extend(self.words(simple.words));
                    rest = &rest[1..];
                } else {
                    break;
                }
            }
            fields.extend_from_slice(rest);
            let fields = self.bump.alloc_slice_copy(&fields);
            self.invoke(&command.with_words(fields), out);
        } else if words.len() == 1 {
            self.list(script.list, command.stdin, out);
        } else {
            // The words behind it belong to its last command: `alias z='cd; rm -rf'; z x`.
            let rest: Vec<&str> = words[1..].iter().map(|word| self.text_of(word.span)).collect();
            let text = self.bump.alloc_str(&format!("{text} {}", rest.join(" ")));
            let source = self.source(text, "bash", Some(words[0].span));
            let script = shell::read(self.bump, text, source, self.depth);
            self.list(script.list, command.stdin, out);
        }
        self.state.set_alias(name, Some(text));
        self.function_depth -= 1;
    }

    pub fn function(&mut self, body: &'a Command<'a>, command: &Invocation<'a, '_>, out: &mut Sink<'a>) {
        let Invocation { words, settings, stdin, .. } = *command;
        let name = words[0].val.lit().unwrap_or_default();
        if self.function_depth >= limits::FUNCTION_DEPTH {
            // One that calls itself was read already, and so was what it called on the way here.
            if !self.entries.contains_key(name) {
                self.unread(words[0].span, MORE, false);
            }
            return;
        }
        // One that calls itself in more than one place: with the words that it runs with already it does nothing new.
        let again = self.entries.get(name).filter(|(times, _)| *times > OFTEN).is_some_and(|(_, running)| {
            let same = |given: &&&[Val<'a>]| given.iter().copied().eq(words[1..].iter().map(|word| word.val));
            running.iter().filter(same).count() > 1
        });
        if again {
            return;
        }
        // They hold for the call only; what the function itself sets stays, and what it speaks of, in some shells.
        let text = self.text_of(body.span);
        let lasts = |name: &str, set: bool| set || text.contains(name);
        self.with_settings(settings, lasts, |this| this.call(body, name, words, stdin, out));
    }

    /// Runs a function's body with its arguments.
    fn call(
        &mut self,
        body: &'a Command<'a>,
        name: &'a str,
        words: &'a [Field<'a>],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let (arguments, known) = (self.state.arguments, self.state.arguments_known);
        let values: &'a [Val<'a>] = self.bump.alloc_slice_fill_iter(words[1..].iter().map(|f| f.val));
        self.state.set_arguments(values, !words[1..].iter().any(|f| f.splits));
        let outer = self.state.var("FUNCNAME");
        self.state.set_var("FUNCNAME", Some(Var::plain(words[0].val)));
        let own = self.exact_within(body, words);
        self.function_depth += 1;
        self.running.push(name);
        let (times, given) = self.entries.entry(name).or_default();
        *times += 1;
        given.push(values);
        self.locals.push(Vec::new());
        let ways = self.ways_out.len();
        let mark = self.state.mark();
        self.entered.push((Body::Function, mark));
        let exact = std::mem::replace(&mut self.exact, own);
        self.command(body, stdin, out);
        self.exact = exact;
        self.entered.pop();
        // Its own variables go with it.
        let own = self.locals.pop().unwrap_or_default();
        for (name, before) in own.iter().rev() {
            // Unset by what it called, it is what was hidden that was set from there on.
            let shown = self.state.var(name).filter(|_| self.unhidden.contains(name)).map(|var| var.val);
            let before = match (*before, shown) {
                (Some(before), Some(shown)) => {
                    Some(Var { val: Val::set(self.bump, &[before.val, shown]), ..Var::plain(Val::EMPTY) })
                }
                (before, _) => before,
            };
            self.state.set_var(name, before);
        }
        self.left(Body::Function, ways, mark, |name| own.iter().any(|(own, _)| *own == name));
        self.running.pop();
        if let Some((_, given)) = self.entries.get_mut(name) {
            given.pop();
        }
        self.function_depth -= 1;
        self.state.set_var("FUNCNAME", outer);
        self.state.set_arguments(arguments, known);
    }
}

fn is_word(text: &str) -> bool {
    !text.starts_with('-') && !text.is_empty()
}

/// Whether letters stand on both sides of what is not known.
fn is_within(val: Val<'_>) -> bool {
    matches!(val, Val::Text([Seg::Lit(_), .., Seg::Lit(_)]))
}
