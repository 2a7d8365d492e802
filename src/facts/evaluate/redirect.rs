//! Redirections: where a command reads from and writes to. Files that a script writes are remembered.

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Channel;
use crate::facts::files::overlay::File;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::shell::ast::{Direction, HereDocument, Part, Redirect, Span};
use crate::facts::targets::Look;
use crate::facts::targets::paths::{base_name, core, is_standard_input};
use crate::facts::value::{Builder, Data, Shape, Sink, Taint, Val};
use crate::limits;

/// The descriptors of one command that are not what they were.
#[derive(Default)]
pub(in crate::facts) struct Channels<'a> {
    pub set: Vec<(u32, Channel<'a>)>,
    /// The place of the last redirection that writes.
    pub span: Span,
    /// What was written to its other descriptors.
    pub written: Vec<(u32, Data<'a>)>,
    /// What is read at those that are open for both, `<>`.
    pub both: Vec<(u32, Data<'a>)>,
}

/// The descriptors of a command while it runs: what they led to before, and which are kept apart.
#[derive(Default)]
pub(in crate::facts) struct Opened<'a> {
    before: Vec<(u32, Option<Channel<'a>>)>,
    apart: Vec<(u32, usize)>,
}

impl<'a> Channels<'a> {
    pub fn get(&self, fd: u32) -> Option<Channel<'a>> {
        self.set.iter().rev().find(|(n, _)| *n == fd).map(|(_, c)| *c)
    }

    /// What a descriptor that is open for both reads.
    fn holds(&self, fd: u32) -> Option<Data<'a>> {
        self.both.iter().rev().find(|(number, _)| *number == fd).map(|(_, data)| *data)
    }

    pub fn input(&self, stdin: &Data<'a>) -> Data<'a> {
        match self.get(0) {
            Some(Channel::Read(data)) => data,
            Some(Channel::File(..)) => self.holds(0).unwrap_or(Data::NOTHING),
            Some(Channel::Network(host)) => Data::unknown(host.lit().unwrap_or("a connection"), Taint::NETWORK),
            Some(Channel::Closed | Channel::Null | Channel::Process(_)) => Data::NOTHING,
            Some(Channel::Out | Channel::Messages | Channel::Apart(_)) | None => *stdin,
        }
    }
}

impl<'a> Analysis<'a> {
    pub fn redirects(&mut self, redirects: &'a [Redirect<'a>], stdin: &Data<'a>, channels: &mut Channels<'a>) {
        for redirect in redirects {
            let default = match redirect.direction {
                Direction::Read | Direction::ReadWrite | Direction::HereString | Direction::HereDocument => 0,
                Direction::Duplicate
                    if self
                        .text_of(redirect.span)
                        .trim_start_matches(|c: char| c.is_ascii_digit())
                        .starts_with('<') =>
                {
                    0
                }
                _ => 1,
            };
            let fd = redirect.fd.unwrap_or(default);
            // bash gives the first that is free, from 10 on ("REDIRECTION").
            let fd = match redirect.fd_name {
                Some(name) => {
                    let is_free = |fd: &u32| self.state.channel(*fd).is_none();
                    let duplicates = matches!(redirect.direction, Direction::Duplicate);
                    let free = (10..20).find(is_free).filter(|_| !duplicates).unwrap_or(10);
                    self.set_variable(name, Val::Lit(self.bump.alloc_str(&free.to_string())));
                    free
                }
                None => fd,
            };
            match redirect.direction {
                Direction::HereString => {
                    let val = self.single(&redirect.target);
                    let mut builder = Builder::default();
                    builder.push(self.bump, val);
                    builder.push_lit("\n");
                    channels.set.push((fd, Channel::Read(Data::known(builder.done(self.bump)))));
                }
                Direction::HereDocument => {
                    let parts = redirect.heredoc.map_or(&[][..], |doc| doc.body.get());
                    // A workflow or a text about one, which nobody fills in here.
                    let written = redirects.iter().filter_map(|other| other.target.literal());
                    let mut ends = written.filter_map(|path| path.rsplit_once('.')).map(|(_, end)| end);
                    if let (Some(HereDocument { quoted: true, .. }), [Part::Quoted(text)]) = (redirect.heredoc, parts)
                        && !ends.any(|end| matches!(end, "yml" | "yaml" | "md" | "mdx"))
                    {
                        self.filled_in_between_lines(text, redirect.span);
                    }
                    let val = self.single_parts(parts);
                    channels.set.push((fd, Channel::Read(Data::known(val))));
                }
                Direction::Duplicate => {
                    let target = self.single(&redirect.target);
                    let number = |text: &str| text.trim_end_matches('-').parse::<u32>().ok();
                    let channel = match target.lit() {
                        Some("-") => Channel::Closed,
                        // `>& file`: bash(1), "Redirecting Standard Output and Standard Error".
                        Some(text) if fd == 1 && number(text).is_none() => {
                            let channel = self.written_to(target, false, redirect.span);
                            channels.span = redirect.span;
                            channels.set.push((2, channel));
                            channel
                        }
                        Some(text) => number(text).map_or(Channel::Out, |from| {
                            channels.get(from).or_else(|| self.state.channel(from)).unwrap_or(match from {
                                0 => Channel::Read(*stdin),
                                // Read from, they are the terminal that they write to.
                                1 | 2 if fd == 0 => Channel::Read(Data::INHERITED),
                                2 => Channel::Messages,
                                _ => Channel::Out,
                            })
                        }),
                        None => Channel::Out,
                    };
                    // Open for both (`exec 3<>pipe`), and read from.
                    let channel = match channel {
                        Channel::File(..) if default == 0 => {
                            self.read_from(channel, redirect.span).map_or(channel, Channel::Read)
                        }
                        Channel::Network(host) if fd == 0 => {
                            self.network_effect(Kind::Tunnel, host, redirect.span, Taint::NONE);
                            channel
                        }
                        other => other,
                    };
                    channels.set.push((fd, channel));
                }
                Direction::Read => {
                    let path = self.single(&redirect.target);
                    let channel = match self.network_path(path) {
                        None if path.lit().is_some_and(is_standard_input) => Channel::Read(*stdin),
                        Some(host) => {
                            self.network_effect(Kind::Fetch, host, redirect.span, Taint::NONE);
                            Channel::Network(host)
                        }
                        None => Channel::Read(self.file_data(path, redirect.span, true)),
                    };
                    channels.set.push((fd, channel));
                }
                Direction::ReadWrite
                | Direction::Write
                | Direction::Append
                | Direction::Both
                | Direction::BothAppend => {
                    let path = self.single(&redirect.target);
                    let append = matches!(redirect.direction, Direction::Append | Direction::BothAppend);
                    let only_written = fd == 1 && matches!(redirect.direction, Direction::Write | Direction::Append);
                    let channel = match self.network_path(path).filter(|_| only_written) {
                        // What is written there is told when it is known.
                        Some(host) => Channel::Network(host),
                        None => self.written_to(path, append, redirect.span),
                    };
                    if redirect.direction == Direction::ReadWrite && matches!(channel, Channel::File(..)) {
                        let data = self.file_data(path, redirect.span, false);
                        channels.both.push((fd, data));
                    }
                    channels.span = redirect.span;
                    channels.set.push((fd, channel));
                    if matches!(redirect.direction, Direction::Both | Direction::BothAppend) {
                        channels.set.push((2, channel));
                    }
                }
            }
        }
        self.both_ways(channels);
    }

    /// The descriptors of a command are as it has them while it runs: what it reads at them (`. /dev/fd/3 3<<<'…'`), and what
    /// commands within it write to them (`{ echo x >&2; } 2> file`).
    pub fn opened(&mut self, channels: &Channels<'a>) -> Opened<'a> {
        let mut opened = Opened::default();
        let elsewhere = channels.get(1).is_some_and(|channel| !matches!(channel, Channel::Out | Channel::Read(_)));
        for (at, (number, _)) in channels.set.iter().enumerate() {
            if channels.set[..at].iter().any(|(known, _)| known == number) {
                continue;
            }
            let channel = match channels.get(*number) {
                Some(Channel::Read(data)) if *number > 2 => Channel::Read(data),
                Some(Channel::Null | Channel::Closed) if *number > 1 => Channel::Null,
                Some(Channel::File(..)) if *number > 1 => self.kept_apart(*number, &mut opened),
                // `3>&1 >/dev/null`: where standard output had led.
                Some(Channel::Out) if *number > 1 && elsewhere => self.kept_apart(*number, &mut opened),
                // `{ echo x >&2; } 2>&1`
                Some(Channel::Out) if *number == 2 => Channel::Out,
                _ => continue,
            };
            opened.before.push((*number, self.state.channel(*number)));
            self.state.set_channel(*number, Some(channel));
        }
        opened
    }

    fn kept_apart(&mut self, number: u32, opened: &mut Opened<'a>) -> Channel<'a> {
        opened.apart.push((number, self.apart.len()));
        self.apart.push(Sink::new());
        Channel::Apart(self.apart.len() - 1)
    }

    /// The command has run.
    pub fn closed(&mut self, opened: Opened<'a>, channels: &mut Channels<'a>, out: &mut Sink<'a>) {
        for (number, before) in opened.before {
            self.state.set_channel(number, before);
        }
        for (number, at) in opened.apart {
            let Some(sink) = self.apart.get_mut(at).map(std::mem::take).filter(|sink| !sink.parts.is_empty()) else {
                continue;
            };
            let data = sink.data(self.bump);
            match channels.get(number) {
                Some(Channel::Out) => out.push(data),
                _ => channels.written.push((number, data)),
            }
        }
    }

    /// What a channel gives that is read from.
    pub fn read_from(&mut self, channel: Channel<'a>, span: Span) -> Option<Data<'a>> {
        match channel {
            Channel::Read(data) => Some(data),
            // Open for both (`exec 3<>pipe`).
            Channel::File(path, _) => Some(self.file_data(path, span, true)),
            _ => None,
        }
    }

    /// Where what is written to a path goes.
    fn written_to(&mut self, path: Val<'a>, append: bool, span: Span) -> Channel<'a> {
        if let Some(host) = self.network_path(path) {
            self.network_effect(Kind::Tunnel, host, span, Taint::NONE);
            return Channel::Network(host);
        }
        match path.lit() {
            Some("/dev/null") => Channel::Null,
            Some("/dev/stdout" | "/dev/fd/1") => Channel::Out,
            Some("/dev/stderr" | "/dev/fd/2") => self.state.channel(2).unwrap_or(Channel::Messages),
            Some("/dev/tty") => Channel::Messages,
            _ => Channel::File(path, append),
        }
    }

    /// Hands the output of a command to wherever it was redirected.
    pub fn deliver(&mut self, channels: &Channels<'a>, data: Data<'a>, out: &mut Sink<'a>, call: Option<u32>) {
        let call = call.unwrap_or(u32::MAX);
        for (at, (fd, channel)) in channels.set.iter().enumerate() {
            let Channel::File(path, append) = *channel else { continue };
            // `> a > b` opens both files: the first is emptied, and zsh writes to it as well (zshmisc(1), "Multios").
            let opened_only = channels.set[at + 1..].iter().any(|(later, _)| later == fd);
            if *fd == 1 && !opened_only {
                continue;
            }
            let written = channels.written.iter().find(|(number, _)| number == fd).map(|(_, data)| *data);
            let noise = Data::unknown("messages", Taint::NONE);
            // What is opened for both keeps what it holds until something is written.
            if written.is_none() && data.text == Some(Val::EMPTY) && channels.holds(*fd).is_some() {
                continue;
            }
            let data = written.unwrap_or(if *fd == 2 { noise } else { data });
            self.write_file(path, append, data, call, channels.span);
        }
        let target = channels.get(1).or_else(|| self.state.channel(1));
        match target {
            None | Some(Channel::Out | Channel::Read(_)) => out.push(data),
            Some(Channel::File(path, append)) => {
                self.write_file(path, append, data, call, channels.span);
            }
            Some(Channel::Network(host)) => {
                let span = channels.span;
                // An empty line only asks whether somebody answers.
                let asks = data.text.and_then(|text| text.lit()).is_some_and(|text| text.trim().is_empty());
                self.network_effect(if asks { Kind::Fetch } else { Kind::Send }, host, span, data.taint);
            }
            Some(Channel::Process(waiting)) => self.hand_over(waiting, &data, channels.span, out, call),
            Some(Channel::Apart(at)) => {
                if let Some(sink) = self.apart.get_mut(at) {
                    sink.push(data);
                }
            }
            Some(Channel::Messages) => self.messages.push(data),
            Some(Channel::Null | Channel::Closed) => {}
        }
    }

    /// A write by the shell itself or by a program: an effect, and what later commands will find there.
    pub fn write_file(&mut self, path: Val<'a>, append: bool, data: Data<'a>, call: u32, span: Span) {
        for one in path.each() {
            let target = self.path_target(one, Look::Through);
            let does = if append { Kind::Append } else { Kind::Write };
            let nothing = data.text == Some(Val::EMPTY) || data.source == "/dev/null";
            // `sort list > list`: the shell empties it before sort reads it (bash(1), "REDIRECTION").
            // A copy that was made before is another file: `mv a a.bak; sed … < a.bak > a`.
            let itself =
                |e: &Effect<'a>| e.target.path.is_some_and(|path| base_name(self.text_of(e.span)) == base_name(path));
            let copied = |e: &Effect<'a>| self.state.has_files() && !itself(e);
            let reads = |e: &Effect<'a>| {
                e.does == Kind::Read && e.target.path.is_some() && e.target.path == target.path && !copied(e)
            };
            let mut own = self.facts.effects.iter().rev().take_while(|e| e.call == call);
            // Files that nobody guards may hold what they will; places that packages come from are such anywhere.
            let anywhere = core::WORKSPACE | core::TEMPORARY | core::MADE_HERE | core::OUTSIDE;
            let addition = match target.classes & !anywhere {
                0 if target.known => self.known_source(&data),
                _ => self.harmless_addition(does, &data),
            };
            let marks: &'a [&'a str] = match addition {
                None if !append && own.any(reads) => &["redirect", "own-input"],
                Some(mark) => self.bump.alloc_slice_copy(&["redirect", mark]),
                // A program's own log begins anew with what that says, not with what the script does.
                None if !append
                    && (nothing || data.text.is_some() && target.classes & self.know.classes().of(["log"]) != 0) =>
                {
                    &["redirect", "emptied"]
                }
                None => &["redirect"],
            };
            self.effect(Effect { marks, data: data.taint, ..Effect::new(does, target, call, span) });
            // Nobody is left who must agree: `echo '# later' > .github/CODEOWNERS`.
            let nobody = |text: &str| !text.contains('@');
            if !append
                && base_name(target.path.unwrap_or(target.text)) == "CODEOWNERS"
                && data.text.and_then(|text| text.lit()).is_some_and(nobody)
            {
                self.plain_effect(Kind::Configure, "who must agree", call, span, Taint::NONE, &["check-removed"]);
            }
            self.planted(target, &data, span, call);
            let name = self.remembered_as(&target, one);
            self.remember(name, data, append);
            // A shell reads its script as it goes: what is added to it is run too.
            let own = append && self.zero.and_then(|zero| zero.lit()).is_some_and(|zero| name == self.absolute(zero));
            if own || name.is_some_and(|name| self.awaited.contains(&name)) {
                self.code_data("bash", &data, span, &mut Sink::new(), call);
            }
        }
    }

    /// Remembers what the script wrote.
    pub fn remember(&mut self, name: Option<&'a str>, data: Data<'a>, append: bool) {
        let Some(path) = name else { return };
        if !self.place.local() || self.place.kind == Where::Chroot {
            return;
        }
        let before = self.state.file(path);
        if before.is_some_and(|file| file.directory) {
            return;
        }
        let data = match (append, before) {
            (true, Some(File { data: old, .. })) => {
                let text = match (old.text, data.text) {
                    (Some(a), Some(b)) => Some(a.followed_by(self.bump, b)),
                    _ => None,
                };
                let spoken = match (text, data.text) {
                    (None, Some(Val::Lit(more))) => &*self.bump.alloc_str(&format!("{}{more}", old.spoken)),
                    _ => old.spoken,
                };
                Data { text, taint: old.taint | data.taint, spoken, ..data }
            }
            // What stood in the file before is not known; what is added runs if the file does.
            (true, None) => {
                let spoken = data.text.and_then(|text| text.lit()).unwrap_or_default();
                Data { text: None, inherited: false, spoken, ..data }
            }
            _ => Data { inherited: false, ..data },
        };
        // `cat /bin/rm > q` is a copy of the program.
        let name = data.source.rsplit('/').next().unwrap_or("");
        let copied = !append && data.text.is_none() && data.source.starts_with('/') && self.know.entry(name).is_some();
        let same_as = copied.then_some(data.source);
        let file = File { same_as, ..File::of(data) };
        self.state.set_file(path, Some(if append { file } else { file.over(self.bump, before) }));
    }

    /// What reading a path gives: what the script wrote there, or data of the path's kind.
    pub fn file_data(&mut self, path: Val<'a>, span: Span, effect: bool) -> Data<'a> {
        let mut sink = Vec::new();
        for one in path.each() {
            if one.lit() == Some("/dev/null") {
                sink.push(Data::known(Val::EMPTY));
                continue;
            }
            // A descriptor that was opened before.
            if let Some(Channel::Read(data)) = one.lit().and_then(|path| self.state.channel_at(path)) {
                sink.push(data);
                continue;
            }
            let target = self.path_target(self.file_of_keys(one), Look::Not);
            if self.state.has_files()
                && let Some(path) = self.remembered_as(&target, one)
                && let Some(file) = self.state.file(path)
            {
                // Copies and links may lead in a circle.
                if let Some(original) = file.same_as
                    && original != path
                    && self.depth < limits::NESTING
                {
                    self.depth += 1;
                    sink.push(self.file_data(Val::Lit(original), span, effect));
                    self.depth -= 1;
                } else if file.perhaps && file.data.text.is_some() {
                    // Whoever runs it asks what lay there before.
                    sink.push(Data { source: path, ..file.data });
                } else {
                    sink.push(file.data);
                }
                continue;
            }
            if effect {
                let call = self.facts.calls.len() as u32;
                self.effect(Effect::new(Kind::Read, target, call, span));
            }
            let taint = self.class_taint(target.classes);
            sink.push(Data { text: None, taint, shape: Shape::Any, source: target.text, inherited: false, spoken: "" });
        }
        match sink.as_slice() {
            [one] => *one,
            many => {
                let taint = many.iter().fold(Taint::NONE, |t, d| t | d.taint);
                let text: Option<Vec<Val<'a>>> = many.iter().map(|d| d.text).collect();
                Data {
                    text: text.map(|t| Val::set(self.bump, &t)),
                    taint,
                    shape: Shape::Any,
                    source: many.first().map_or("", |d| d.source),
                    inherited: false,
                    spoken: "",
                }
            }
        }
    }
}
