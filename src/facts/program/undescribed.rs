//! Programs that no pack describes: computed names, files of the project, names nobody knows.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::redirect::Channels;
use crate::facts::knowledge::Kind;
use crate::facts::program::output::says_something;
use crate::facts::shell::ast::Span;
use crate::facts::targets::{Look, globs};
use crate::facts::value::{Data, Field, Sink, Taint, Val};
use crate::facts::{Call, Effect, Target};

impl<'a> Analysis<'a> {
    pub(super) fn unknown_program(
        &mut self,
        words: &'a [Field<'a>],
        name: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        let call = Call::unknown(words, self.place, span);
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        self.digs_for_coins(&call, index);
        if reads_like_rm(&words[1..]) {
            // Whatever name it comes to: there is one program that is called so.
            let copy = self.with_first(words, Field { val: Val::Lit("rm"), derived: true, ..words[0] });
            self.external(copy, &[], stdin, out);
            return;
        }
        if name.is_beyond() {
            self.unread(words[0].span, MORE, false);
        }
        let taint = name.taint();
        if taint.has(Taint::NETWORK) || taint.has(Taint::DECODED) {
            self.code_effect(name.show(self.bump), taint, index, words[0].span);
        } else {
            self.opaque(words[0].span, "program", name.show(self.bump), taint);
        }
        // `$(ls /bin/sh) -c 'rm -rf ~'`: what stands behind `-c` of a program that may be a shell.
        let code = words.windows(2).find(|two| two[0].val.lit() == Some("-c")).map(|two| two[1]);
        if let Some(code) = code.filter(|code| code.val.lit().is_some_and(|text| text.contains(' '))) {
            self.perhaps(|this| this.shell_code(code.val, code.span, &Data::NOTHING, &mut Sink::new(), index));
        }
        out.push(Data { taint: stdin.taint | Taint::OPAQUE, ..Data::unknown("", Taint::NONE) });
    }

    /// A miner by what it is told, for what it is called says nothing then: `./worker -o stratum+tcp://pool.example:3333`.
    fn digs_for_coins(&mut self, call: &Call<'a>, index: u32) {
        let near = |word: &str| word.contains("localhost") || word.contains("127.0.0.1");
        let told = |two: &[Field<'a>]| {
            let (Some(option), Some(word)) = (two[0].val.lit(), two[1].val.lit()) else { return false };
            let given = matches!(option, "-o" | "--url" | "--pool") || word.starts_with('-');
            given && !near(word) && globs::listed(self.know.lists(), "miners-words", word)
        };
        if call.words.windows(2).any(told) {
            self.plain_effect(Kind::Execute, call.program, index, call.words[0].span, Taint::NONE, &["attack-tool"]);
        }
    }

    /// A program that no pack describes.
    pub(super) fn no_entry(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) {
        self.digs_for_coins(call, index);
        if call.path.is_some() {
            if self.program_file(call, index, stdin, out) {
                return;
            }
        } else if let Some(body) = self.state.function("command_not_found_handle") {
            // bash(1), "COMMAND EXECUTION": it is given the words.
            let words: Vec<Field<'a>> = std::iter::once(call.words[0]).chain(call.words.iter().copied()).collect();
            let words = self.bump.alloc_slice_copy(&words);
            self.function(body, &Invocation { words, settings: &[], stdin, channels: &Channels::default() }, out);
            return;
        } else if !call.program.is_ascii() && call.program.chars().any(char::is_alphabetic) {
            self.plain_effect(Kind::Hidden, call.program, index, call.words[0].span, Taint::NONE, &["lookalike"]);
        }
        let (mut classes, mut of_operands, mut behind_option) = (0, 0, false);
        for field in call.words.iter().skip(1) {
            if let Val::Lit(text) = field.val
                && (text.starts_with('/') || text.starts_with("~/"))
            {
                let found = self.path_target(field.val, Look::Not).classes;
                classes |= found;
                // `--key ~/.ssh/id_ed25519`: it proves itself with that.
                of_operands |= if behind_option { 0 } else { found };
            }
            behind_option = field.val.lit().is_some_and(|text| text.starts_with('-') && !text.contains('='));
        }
        let target = Target { text: call.program, known: true, classes, ..Target::default() };
        let marks: &'a [&'a str] = if call.path.is_some() { &["path"] } else { &["name"] };
        self.effect(Effect { certain: false, marks, ..Effect::new(Kind::Unknown, target, index, call.words[0].span) });
        // `of=/dev/sdb`, `location=/dev/sda`: what is written there is no file.
        for field in call.words.iter().skip(1) {
            let Some((name, path)) = field.val.lit().and_then(|word| word.split_once('=')) else { continue };
            if !path.starts_with("/dev/") || !self.know.lists().has("named-outputs", name.trim_start_matches('-')) {
                continue;
            }
            let target = self.path_target(Val::Lit(path), Look::Not);
            if target.classes & self.know.classes().of(["device"]) != 0 {
                self.effect(Effect::new(Kind::Write, target, index, field.span));
            }
        }
        let asks = self.only_looks(call);
        if !asks && (self.place.privileged || of_operands != 0) {
            let target = Target { classes: of_operands, ..target };
            // What it does is not known; that it runs there is.
            let marks: &'a [&'a str] = if call.path.is_some() { &["unknown", "path"] } else { &["unknown"] };
            self.effect(Effect { marks, ..Effect::new(Kind::Execute, target, index, call.words[0].span) });
        }
        self.guess(call, index);
        self.handed_over(call, index);
        self.cleans_first(call, index);
        self.loads_what_was_fetched(call, index);
        self.carried_out(call, index, stdin);
        self.secrets_by_value(call, index, stdin);
        let says = |text: Option<Val<'a>>| text.is_some_and(|text| text.each().all(says_something));
        let written = |word: &Field<'a>| {
            let file = word.val.lit().and_then(|name| self.absolute(name)).and_then(|path| self.state.file(path));
            says(file.and_then(|file| file.data.text))
        };
        let given = says(stdin.text) || self.state.has_files() && call.words.iter().skip(1).any(written);
        let taint = stdin.taint | Taint::OPAQUE | if given { Taint::REWORKED } else { Taint::NONE };
        out.push(Data::unknown("", taint));
    }

    /// Whether a program that nobody describes is asked what it is, or what there is: `sudo x --version`, `sudo x show peers`.
    fn only_looks(&self, call: &Call<'a>) -> bool {
        let looks = |word: &str| {
            let word = word.trim_start_matches('-');
            let last = word.rsplit('-').next().unwrap_or(word);
            // A letter says something else in every program, but for this.
            matches!(word, "l" | "check") || last.len() > 1 && self.know.lists().has("words-for-looking", last)
        };
        let word = |at: usize| call.words.get(at).and_then(|field| field.val.lit());
        let alone = call.words.len() == 2 && word(1).is_some_and(|only| matches!(only, "-V" | "-v" | "-h" | "-t"));
        alone || word(1).is_some_and(looks) || word(2).is_some_and(|second| !second.starts_with('-') && looks(second))
    }

    /// A program given by path: what is known of that file. True if it is a script whose content is known.
    pub(super) fn program_file(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>, out: &mut Sink<'a>) -> bool {
        let Some(path) = call.path else { return false };
        let target = self.path_target(Val::Lit(path), Look::Not);
        let taint = self.class_taint(target.classes);
        let mark = self.state.mark();
        let arguments: Vec<Val<'a>> = call.words.iter().skip(1).map(|f| f.val).collect();
        self.state.set_arguments(self.bump.alloc_slice_copy(&arguments), true);
        let mut followed = false;
        self.in_another_process(false, |this| {
            followed = match target.path {
                Some(path) => this.follow(path, "program", call.words[0].span, stdin, out, index),
                None => false,
            };
        });
        self.leave_subshell(mark);
        let stranger = if followed { None } else { target.path.and_then(|path| self.unpacked_beside(path)) };
        if let Some(data) = stranger {
            self.opaque_code("program", data.source, data.taint, index, call.words[0].span);
        } else if !followed {
            self.opaque(call.words[0].span, "program", path, taint);
            if self.hides(path) {
                self.code_effect(path, taint, index, call.words[0].span);
            }
        }
        followed
    }
}

/// `-rf path`, `-r -f path`: the words of a call of rm, whose name is hidden.
pub(super) fn reads_like_rm(words: &[Field<'_>]) -> bool {
    let options = words.iter().map_while(|word| word.val.lit()?.strip_prefix('-'));
    // `--` ends them, and is none.
    let letters: String = options.clone().filter(|option| *option != "-").collect();
    let given = options.count();
    given < words.len()
        && letters.len() < 5
        && letters.contains(['r', 'R'])
        && letters.contains('f')
        && letters.bytes().all(|b| matches!(b, b'r' | b'R' | b'f' | b'v' | b'd'))
}
