//! The pieces of a word: what each part of it comes to before the word is split and put together (bash(1), "EXPANSION").

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::arithmetic;
use crate::facts::evaluate::variable::Var;
use crate::facts::files::overlay::File;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::{Direction, List, Part, Span, What, Word};
use crate::facts::targets::paths::is_standard_input;
use crate::facts::value::{Builder, Data, Seg, Shape, Sink, Taint, Val, names_in};

/// A piece of a word on its way to fields.
#[derive(Clone, Copy)]
pub(in crate::facts) struct Piece<'a> {
    pub val: Val<'a>,
    pub quoted: bool,
    /// Unquoted and from an expansion: split at blanks.
    pub expanded: bool,
    /// Each element is a field of its own (`"$@"`, `"${a[@]}"`).
    pub elements: Option<&'a [Val<'a>]>,
}

pub(in crate::facts) type Pieces<'a> = SmallVec<[Piece<'a>; 2]>;

impl<'a> Analysis<'a> {
    /// A word as one value, without splitting (assignments, here-strings, `case`).
    pub fn single(&mut self, word: &Word<'a>) -> Val<'a> {
        self.single_parts(word.parts)
    }

    pub fn single_parts(&mut self, parts: &'a [Part<'a>]) -> Val<'a> {
        if let [Part::Literal(text)] = parts
            && !has_tilde(text)
        {
            return Val::Lit(text);
        }
        let mut pieces = Pieces::new();
        for (index, part) in parts.iter().enumerate() {
            if index == 0 && self.leading_tilde(part, &mut pieces) {
                continue;
            }
            if let Part::Literal(text) = part
                && text.contains(":~")
            {
                // After a colon too (bash(1), "Tilde Expansion").
                for (at, one) in text.split(":~").enumerate() {
                    let (val, rest) = match at {
                        0 => (Val::EMPTY, one),
                        _ => self.tilde(self.bump.alloc_str(&format!("~{one}"))),
                    };
                    let colon = Val::Lit(if at == 0 { "" } else { ":" });
                    for val in [colon, val, Val::Lit(rest)] {
                        pieces.push(Piece { val, quoted: true, expanded: false, elements: None });
                    }
                }
                continue;
            }
            self.piece(part, true, &mut pieces);
        }
        self.joined(&pieces)
    }

    pub fn joined(&mut self, pieces: &[Piece<'a>]) -> Val<'a> {
        let mut builder = Builder::default();
        let separators = self.separators();
        let between = separators.get(..separators.chars().next().map_or(0, char::len_utf8)).unwrap_or(" ");
        for piece in pieces {
            match piece.elements {
                Some(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        if index > 0 {
                            builder.push_lit(between);
                        }
                        builder.push(self.bump, element.present(self.bump));
                    }
                }
                None => builder.push(self.bump, piece.val),
            }
        }
        builder.done(self.bump)
    }

    pub(super) fn piece(&mut self, part: &'a Part<'a>, quoted: bool, pieces: &mut Pieces<'a>) {
        let push = |pieces: &mut Pieces<'a>, val, expanded| {
            pieces.push(Piece { val, quoted, expanded: expanded && !quoted, elements: None });
        };
        match part {
            Part::Literal(text) => push(pieces, Val::Lit(text), false),
            Part::Quoted(text) => {
                pieces.push(Piece { val: Val::Lit(text), quoted: true, expanded: false, elements: None })
            }
            Part::Double(inner) => {
                let mut sub = Pieces::new();
                for part in *inner {
                    self.piece(part, true, &mut sub);
                }
                if sub.iter().any(|p| p.elements.is_some()) {
                    pieces.extend(sub.into_iter().map(|p| Piece { quoted: true, ..p }));
                } else {
                    let val = self.joined(&sub);
                    pieces.push(Piece { val, quoted: true, expanded: false, elements: None });
                }
            }
            // In quotes `*` is one word.
            Part::Parameter(parameter) if quoted && parameter.is_joined() => {
                let val = self.parameter(parameter);
                push(pieces, val, true);
            }
            Part::Parameter(parameter) => {
                if let Some(elements) = self.elements(parameter) {
                    pieces.push(Piece { val: Val::EMPTY, quoted, expanded: !quoted, elements: Some(elements) });
                } else if pieces
                    .last()
                    .is_some_and(|before| before.expanded && before.val == Val::Lit(self.separators()))
                    && self.is_given_nothing(parameter)
                {
                    // `cat$IFS$9/etc/passwd`: there to end the name.
                } else {
                    let val = self.parameter(parameter);
                    push(pieces, val, true);
                }
            }
            Part::Command(list, span) => {
                let val = self.substitution(list, *span);
                push(pieces, val, true);
            }
            Part::Arithmetic(parts) => {
                let val = self.arithmetic(parts);
                push(pieces, val, false);
            }
            Part::Process(reads, list, span) => {
                let path = self.invented_path();
                if *reads {
                    let data = self.captured(list, *span);
                    self.state.set_file(path, Some(File::of(data)));
                } else {
                    self.processes.push((path, list));
                }
                push(pieces, Val::Lit(path), false);
            }
            Part::Extglob(byte, inner) => {
                let inner = self.single_parts(inner);
                let mut builder = Builder::default();
                builder.push_lit(self.bump.alloc_str(&format!("{}(", char::from(*byte))));
                builder.push(self.bump, inner);
                builder.push_lit(")");
                push(pieces, builder.done(self.bump), false);
            }
        }
    }

    /// What a list prints, as the value of `$(…)`.
    pub fn substitution(&mut self, list: List<'a>, span: Span) -> Val<'a> {
        let data = self.captured(list, span);
        let text = self.text_of(span);
        data.value(self.bump, text)
    }

    /// Runs a list in a subshell and keeps what it prints.
    pub fn captured(&mut self, list: List<'a>, span: Span) -> Data<'a> {
        // `$(<file)` prints the file.
        if let [item] = list
            && let [command] = item.pipeline
            && let What::Simple(simple) = command.what
            && simple.words.is_empty()
            && simple.assigns.is_empty()
            && let [redirect] = command.redirects
            && redirect.direction == Direction::Read
        {
            let path = self.single(&redirect.target);
            return match self.network_path(path) {
                Some(host) => {
                    self.network_effect(Kind::Fetch, host, redirect.span, Taint::NONE);
                    Data::unknown(host.lit().unwrap_or("a connection"), Taint::NETWORK | Taint::OPAQUE)
                }
                None if path.lit().is_some_and(is_standard_input) => self.piped_in,
                None => self.file_data(path, redirect.span, true),
            };
        }
        let mut sink = Sink::new();
        let stdin = self.piped_in;
        let output = self.led_back(1);
        // It does not end at errors by itself (bash(1), "Command Substitution", `inherit_errexit`).
        self.going_on(|this| this.subshell(list, &stdin, &mut sink));
        self.lead(1, output);
        let mut data = sink.data(self.bump);
        if data.source.is_empty() {
            data.source = self.text_of(span);
        }
        data
    }

    /// The text that a place stands for.
    pub fn text_of(&self, span: Span) -> &'a str {
        let Some(source) = self.facts.sources.get(span.source as usize) else { return "" };
        source.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Arithmetic: worth its number where it is known; its substitutions run in any case.
    pub fn arithmetic(&mut self, parts: &'a [Part<'a>]) -> Val<'a> {
        let text = self.single_parts(parts);
        self.read_again(text);
        if let Val::Lit(text) = text {
            // `a[$(…)]` inside the *value* of a variable runs too (bash evaluates names recursively).
            for name in names_in(text) {
                match self.state.var(name) {
                    Some(Var { val: Val::Lit(value), .. }) if value.contains(['$', '`']) => {
                        self.prompt(value, Span::default());
                    }
                    Some(var) => self.read_again(var.val),
                    None => {}
                }
            }
            let number = self.number(text);
            if assigns(text) {
                self.assigned_numbers(parts);
            }
            if let Some(number) = number {
                return Val::Lit(self.bump.alloc_str(&number.to_string()));
            }
        }
        Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE)
    }

    /// A text that the shell reads once more, as arithmetic or a variable's name, where a subscript of it may run anything:
    /// what another machine answers is code there (bash(1), "ARITHMETIC EVALUATION"). What a filter or an option makes of
    /// the answer is a number.
    pub fn read_again(&mut self, val: Val<'a>) {
        if let Val::Text([Seg::Hole(hole)]) = val
            && hole.taint.has(Taint::NETWORK)
            && hole.shape != Shape::Plain
            && is_whole_answer(hole.source)
            && !self.facts.sources.first().is_some_and(|script| checks_numbers(script.text))
            && !["localhost", "127.0.0.1", "[::1]"].iter().any(|own| hole.source.contains(own))
        {
            self.runs_what_came(val, Span::default());
        }
    }

    /// A small integer calculator: `+ - * / %`, parentheses, variables that are known numbers.
    pub fn number(&self, text: &str) -> Option<i64> {
        let lookup = |name: &str| -> Option<i64> {
            match self.state.var(name)?.val {
                Val::Lit(text) => arithmetic::decimal(text.trim()),
                _ => None,
            }
        };
        arithmetic::evaluate(text, &lookup)
    }
}

/// Whether a script looks whether something is a number, or makes it one.
fn checks_numbers(script: &str) -> bool {
    ["=~", "[!0-9]", "[^0-9]", "[^[:digit:]]"].iter().any(|check| script.contains(check))
}

/// Whether a command hands on all that another machine answers, and neither its headers nor a number of its own (curl(1),
/// `--head`, `--output`, `--write-out`).
fn is_whole_answer(command: &str) -> bool {
    let command = command.trim_start_matches(['$', '(', '`', ' ']);
    let told = |word: &str| match word.strip_prefix("--") {
        Some(name) => ["write-out", "output", "head"].iter().any(|option| name.starts_with(option)),
        None => word.starts_with('-') && word.contains(['I', 'o', 'w']),
    };
    (command.starts_with("curl ") && !command.split(' ').any(told) || command.starts_with("wget "))
        && !command.contains(['|', ';', '&'])
}

/// Whether arithmetic assigns something: `i+=1`, `i++`; not `i == 1`, `i <= 1`.
fn assigns(text: &str) -> bool {
    let sign = |(at, _): (usize, &str)| !text[..at].ends_with(['=', '<', '>', '!']) && !text[at + 1..].starts_with('=');
    text.contains("++") || text.contains("--") || text.match_indices('=').any(sign)
}

/// Whether a `~` stands in it: most words have none, and then none of what it may mean is looked for.
pub(super) fn has_tilde(text: &str) -> bool {
    text.as_bytes().contains(&b'~')
}
