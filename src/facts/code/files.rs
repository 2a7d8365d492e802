//! Files whose content is run: what the script wrote there, what lies there, those that a pattern means.

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::interpreters;
use crate::facts::evaluate::state::Channel;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Data, Seg, Shape, Sink, Taint, Val};
use crate::facts::{Effect, Opaque};
use crate::limits;

/// Files of the script among which one of the same name is looked for.
const LOOKED_AT: usize = 64;

/// Files of code that are looked at once more when the script has ended.
const LOOKED_AT_AGAIN: usize = 32;

impl<'a> Analysis<'a> {
    /// Code that nobody knew where it was named, in a file that the script wrote only afterwards: a job in the background, an
    /// alias of git, the shell that an exported variable waits for, or the next turn of a loop runs what lies there by then.
    pub fn written_afterwards(&mut self) {
        if !self.state.has_files() {
            return;
        }
        let unknown: Vec<Opaque<'a>> = self.facts.opaque.iter().take(LOOKED_AT_AGAIN).copied().collect();
        for Opaque { span, language, source, .. } in unknown {
            let path = (!source.is_empty()).then(|| self.absolute(source)).flatten();
            let written = path.and_then(|path| self.state.file(path));
            if let Some(file) = written.filter(|file| !file.directory && file.data.text.is_some()) {
                self.code_data(language, &file.data, span, &mut Sink::new(), u32::MAX);
            }
        }
    }

    /// A file whose content is run: what the script wrote there, or code of the path's provenance.
    pub fn code_file(
        &mut self,
        language: &'a str,
        path: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) {
        for one in path.each() {
            let language = interpreters::language_within(language, one.lit().unwrap_or(""));
            if matches!(one.lit(), Some("-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
                self.code_data(language, stdin, span, out, call);
                continue;
            }
            match one.lit().and_then(|path| self.state.channel_at(path)) {
                Some(Channel::Read(data)) => {
                    self.code_data(language, &data, span, out, call);
                    continue;
                }
                // Open for both (`exec 3<>pipe`).
                Some(Channel::File(file, _)) if file.lit().is_none_or(|path| self.state.channel_at(path).is_none()) => {
                    self.code_file(language, file, span, stdin, out, call);
                    continue;
                }
                _ => {}
            }
            if let Some(url) = one.lit().filter(|t| t.starts_with("http://") || t.starts_with("https://")) {
                self.opaque_code(language, url, Taint::NETWORK, call, span);
                continue;
            }
            if !self.matching_files(language, one, span, stdin, out, call) {
                self.file_itself(language, one, span, stdin, out, call);
            }
        }
    }

    /// The file of that very name, though it may look like a pattern.
    fn file_itself(
        &mut self,
        language: &'a str,
        one: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) {
        let one = if language == "javascript" { self.as_node_finds(one) } else { one };
        let target = self.path_target(one, Look::Not);
        // What makes no sense of a file shows the line.
        let own = || {
            let program = self.facts.calls.get(call as usize).map_or("", |call| call.program);
            self.know.lists().has("uses-keys", program)
        };
        if language != "sourced"
            && (interpreters::is_shell(language)
                || !own()
                || target.classes & self.know.classes().of(["account-file"]) != 0)
            && target.classes & paths::core::WORKSPACE == 0
            && target.classes & self.know.classes().of(["secret"]) != 0
        {
            self.effect(Effect::new(Kind::Read, target, call, span));
        }
        if self.state.has_files()
            && let Some(path) = self.remembered_as(&target, one)
            && let Some(file) = self.state.file(path)
            && !file.directory
        {
            if let Some(older) = file.older {
                self.code_value(language, older, span, &Data::NOTHING, &mut Sink::new(), call);
            }
            match file.same_as {
                Some(original)
                    if original != path && (file.link || file.data.text.is_none()) && self.depth < limits::NESTING =>
                {
                    self.depth += 1;
                    self.code_file(language, Val::Lit(original), span, stdin, out, call);
                    self.depth -= 1;
                }
                _ => {
                    let data = file.data;
                    let source = if data.source.is_empty() { self.shown(path, one) } else { data.source };
                    self.code_data(language, &Data { source, ..data }, span, out, call);
                    if file.perhaps {
                        self.follow(path, language, span, stdin, &mut Sink::new(), call);
                    }
                }
            }
            return;
        }
        let taint = self.class_taint(target.classes) | one.taint();
        if let Some(path) = target.path.filter(|_| interpreters::is_shell(language)) {
            self.waits_at_pipe(path);
        }
        let followed = match target.path {
            Some(path) => self.follow(path, language, span, stdin, out, call),
            None => false,
        };
        if !followed && self.brought_here(language, target.path, span, stdin, out, call) {
            return;
        }
        // What lies in a temporary directory is somebody's who can change it, whatever it says now.
        if !followed || taint.has(Taint::TEMPORARY) || taint.has(Taint::NETWORK) {
            self.opaque_code(language, target.text, taint, call, span);
        }
    }

    /// A file that is nowhere, so that the script brings it there before, in a way that is not understood: what it wrote
    /// under that name, wherever. False if it wrote none; then a shell's may be anything that it quotes. Where it cannot be
    /// known what is there, both are possible.
    fn brought_here(
        &mut self,
        language: &'a str,
        path: Option<&'a str>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) -> bool {
        let Some(path) = path.filter(|_| self.depth < limits::NESTING) else { return false };
        // It was asked for before, if it may be followed.
        let missing = match self.snapshot.answers.get(&Ask::Text(path.to_owned())) {
            Some(Answer::Missing) => true,
            None if !self.snapshot.answers() => false,
            Some(Answer::Unknown) => false,
            _ => return false,
        };
        let known = self.state.file_called(paths::base_name(path), LOOKED_AT).filter(|known| *known != path);
        self.depth += 1;
        match known {
            Some(known) if missing => self.code_file(language, Val::Lit(known), span, stdin, out, call),
            Some(known) => {
                self.perhaps(|this| this.code_file(language, Val::Lit(known), span, stdin, &mut Sink::new(), call));
            }
            None if missing && interpreters::is_shell(language) => self.said_before(span, call),
            None => {}
        }
        self.depth -= 1;
        known.is_some() && missing
    }

    /// `source ./*.sh`, `find . -name '*.sh' -exec sh {} \;`: each file that the pattern means here. False if it is no
    /// pattern, or means nothing that is known.
    fn matching_files(
        &mut self,
        language: &'a str,
        path: Val<'a>,
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
        call: u32,
    ) -> bool {
        let Some(pattern) = self.pattern_of(path).filter(|_| self.place.local()) else { return false };
        let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", &pattern));
        let (folder, deep) = match folder.split_once("/**") {
            Some((folder, "")) => (folder, true),
            Some(_) => return false,
            None => (folder, false),
        };
        if globs::is_pattern(folder) || name.is_empty() || deep && name == "*" {
            return false;
        }
        let Some(folder) = self.absolute(self.bump.alloc_str(folder)) else { return false };
        let names = self.files_like(folder, name, deep);
        let some = !names.is_empty();
        for path in names.into_iter().take(limits::CALLS) {
            match globs::is_pattern(path) {
                true => self.file_itself(language, Val::Lit(path), span, stdin, out, call),
                false => self.code_file(language, Val::Lit(path), span, stdin, out, call),
            }
        }
        some
    }

    /// A path with wildcards, or with names below a directory in it, as one pattern.
    fn pattern_of(&self, path: Val<'a>) -> Option<String> {
        match path {
            Val::Lit(text) => globs::is_pattern(text).then(|| text.to_owned()),
            Val::Text(segs) => {
                let mut out = String::new();
                for seg in segs {
                    match seg {
                        Seg::Lit(text) => out.push_str(text),
                        Seg::Hole(hole) if hole.shape == Shape::Below => out.push_str("**"),
                        Seg::Hole(_) => return None,
                    }
                }
                Some(out)
            }
            Val::Set(_) => None,
        }
    }

    /// `node x` runs x.js where there is no x (Node.js, "Modules: CommonJS modules", "File modules").
    fn as_node_finds(&self, path: Val<'a>) -> Val<'a> {
        let Some(text) = path.lit().filter(|_| self.state.has_files()) else { return path };
        let written = |name: &str| {
            let name = Val::Lit(&*self.bump.alloc_str(name));
            self.written_at(name).map(|_| name)
        };
        if written(text).is_some() {
            return path;
        }
        [".js", ".cjs", ".mjs", ".json", "/index.js"]
            .iter()
            .find_map(|ending| written(&format!("{text}{ending}")))
            .unwrap_or(path)
    }

    /// A program file that the script wrote: its first line says what reads it.
    pub fn program_data(&mut self, data: &Data<'a>, span: Span, stdin: &Data<'a>, out: &mut Sink<'a>, call: u32) {
        let Some(Val::Lit(text)) = data.text else {
            if data.text.is_some_and(|text| text.is_beyond()) {
                self.unread(span, MORE, false);
            }
            // What was added to a file that was there: nobody knows the rest, and this is run too.
            let unread = self.facts.unread.len();
            if let Some(Val::Text(segs)) = data.text {
                let first = segs.iter().find_map(|seg| if let Seg::Lit(text) = seg { Some(*text) } else { None });
                let language = match segs {
                    [Seg::Lit(text), ..] => self.read_by(text),
                    _ => "bash",
                };
                if first.is_some_and(|text| !text.trim().is_empty()) && interpreters::is_shell(language) {
                    self.code_value(language, Val::Text(segs), span, stdin, &mut Sink::new(), call);
                }
            }
            if data.text.is_none() && !data.spoken.is_empty() {
                self.code_value("bash", Val::Lit(data.spoken), span, stdin, &mut Sink::new(), call);
            }
            // It may be no shell's.
            self.facts.unread.truncate(unread);
            self.opaque_code("program", data.source, data.taint, call, span);
            return;
        };
        let language = self.read_by(text);
        // `#!/usr/bin/env -S rm -rf x`, `#!/bin/rm -rf`: the line itself is a command, which is given the file and the words.
        if let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!"))
            && (line.contains(" -S ") || self.know.entry(language).is_some_and(|entry| entry.code.is_empty()))
        {
            // env's `\_` is a blank (env(1), "-S/--split-string usage in scripts").
            let line = line.split_once(" -S ").map_or(line, |(_, command)| command).replace("\\_", " ");
            let line = self.bump.alloc_str(&format!("{line} \"$@\""));
            self.shell_code(Val::Lit(line), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        self.code_value(language, Val::Lit(text), span, stdin, out, call);
    }
}
