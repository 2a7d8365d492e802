//! What a call of a known function in inline code does (`[[function]]`).

pub(super) mod acted;
pub(super) mod arguments;
pub(super) mod called;
pub(super) mod callee;
mod clients;
pub(super) mod handed;
pub(super) mod handed_in;
pub(super) mod ran;
pub(super) mod requests;
pub(super) mod sdk;
pub(super) mod sent_later;
pub(super) mod services;
pub(super) mod wrappers;
pub(super) mod written;

use super::whole::snippet::Snippet;
use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Classes, Function, Kind, Subject};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::core;
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Field, Shape, Sink, Taint, Val};
use crate::limits;
use arguments::{Argument, SOMETHING};

/// Bytes of a text that is packed and written in letters; names of programs are shorter.
const SHORTEST_PACKED: usize = 24;

/// A call, with the code that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Made<'c, 'a> {
    pub code: &'c Snippet<'a>,
    pub function: &'static Function<'static>,
    pub arguments: &'c [Argument<'a>],
    pub span: Span,
    /// The call of the program that runs the code.
    pub call: u32,
}

impl<'c, 'a> Made<'c, 'a> {
    /// The argument that says what it acts on, and the number that it has.
    fn argument(&self) -> (Option<&'c Argument<'a>>, usize) {
        let which = match self.function.subject {
            Subject::Argument(number) => number as usize,
            Subject::Last => self.arguments.len().saturating_sub(1),
            // What it is called on stands alone.
            Subject::Receiver => 0,
            Subject::Nothing => usize::MAX,
        };
        let argument = self.arguments.get(which);
        // `system pack "H*", "726d…"`, `system unpack "u", …`
        match argument.filter(|a| a.open && matches!(a.longest(), Some("H*" | "u"))) {
            Some(_) => (self.arguments.get(which.saturating_add(1)), which),
            None => (argument, which),
        }
    }

    pub fn says<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> bool {
        words.into_iter().any(|word| self.code.says(word))
    }

    /// The mode and the path, or the command, of perl's `open` (perlfunc(1)).
    pub fn opened_in_perl(&self) -> Option<(&'a str, &'a str)> {
        let mut texts = self.arguments.iter().flat_map(|a| a.texts.iter().copied());
        // `sysopen($f, "/dev/sda", O_WRONLY)` names no mode but by a number.
        if self.function.names.iter().any(|name| name == "sysopen") {
            let mode = if self.says(["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]) { ">" } else { "<" };
            return Some((mode, texts.next()?));
        }
        match (texts.next()?, texts.next()) {
            (mode, Some(rest)) => Some((mode.trim(), rest)),
            (one, None) => Some(match one.trim().strip_suffix('|') {
                Some(command) => ("-|", command),
                None => {
                    let split = one.find(|c: char| !matches!(c, '<' | '>' | '|' | '+' | ' ')).unwrap_or(0);
                    (one[..split].trim(), &one[split..])
                }
            }),
        }
    }

    /// The kind of effect that its word means, as its arguments make it.
    pub(super) fn kind(&self, argument: Option<&Argument<'a>>) -> Option<Kind> {
        let does = Kind::from_word(self.function.does)?;
        let on = |starts: &[&str]| argument.is_some_and(|a| starts.iter().any(|start| a.text().starts_with(start)));
        Some(match does {
            // R's `readLines("x")` takes addresses and paths.
            Kind::Fetch if on(&["/", "~"]) => Kind::Read,
            // PHP's `file_get_contents("https://…")`
            Kind::Read if on(&["http://", "https://"]) => Kind::Fetch,
            // open(path, "w")
            Kind::Read if self.arguments.get(1).is_some_and(|a| a.texts.first().is_some_and(|m| for_writing(m))) => {
                Kind::Write
            }
            // open("/dev/sda", O_WRONLY)
            Kind::Read if on(&["/dev/"]) && self.says(["O_WRONLY", "O_RDWR"]) => Kind::Write,
            does => does,
        })
    }
}

impl<'a> Analysis<'a> {
    pub(super) fn function_call(&mut self, made: Made<'_, 'a>) {
        let Made { code, function, arguments, span, call } = made;
        let (argument, which) = made.argument();
        let encodings = code.encodings();
        let open = arguments.get(which).is_some_and(|a| a.open);
        let decoded = match argument.and_then(Argument::longest).filter(|_| matches!(function.does, "shell" | "code")) {
            Some(text) => encodings.decode(text),
            None if open => code.spelled().map(str::to_owned),
            None => None,
        };
        let decoded = decoded.map(|text| &*self.bump.alloc_str(&text));
        if function.does == "shell"
            && let Some(script) = decoded
            && match encodings.of_letters() {
                // That the code turns something around does not say that it is this text.
                true => script.split_whitespace().next().is_some_and(|program| self.know.entry(program).is_some()),
                false => open,
            }
        {
            // os.system(base64.b64decode("…").decode())
            self.shell_code(Val::Lit(script), span, &Data::NOTHING, &mut Sink::new(), call);
            if !encodings.of_letters() {
                return;
            }
        }
        if function.does == "shell" {
            if super::whole::changed::turns(code) {
                self.texts_that_may_run(code, span, call);
            }
            self.texts_that_change(code, span, call);
        }
        // Packed, too: what it says shows only where it runs.
        let packed = |text: &str| {
            text.len() >= SHORTEST_PACKED
                && !text.starts_with('/')
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'))
        };
        if function.does == "shell" && decoded.is_none() && encodings.of_bytes() {
            let text = argument.filter(|a| !a.list).and_then(Argument::longest);
            if let Some(text) = text.filter(|text| packed(text)) {
                return self.opaque_code("bash", text, Taint::DECODED, call, span);
            }
        }
        if function.does == "message" && code.says_one_of(self.know.lists(), "sends-nothing") {
            return;
        }
        match function.does {
            // spawnlp(P_WAIT, "rm", …): how it is started comes before what.
            "shell"
                if arguments.len() > 1
                    && decoded.is_none()
                    && argument.is_some_and(|a| a.texts.is_empty() && !a.list) =>
            {
                self.function_call(Made { arguments: &arguments[1..], ..made });
            }
            // `->exec("DROP TABLE users")`: databases and shells are spoken to by the same name.
            "sql" | "shell" if function.does == "sql" || argument.is_some_and(Argument::is_sql) => {
                let Some(statement) = argument.filter(|a| !a.texts.is_empty()) else { return };
                if !code.on_what_is_no_loss(self.know.lists()) {
                    let statement: &'a str = self.bump.alloc_str(&statement.text());
                    let source = self.source(statement, "sql", Some(span));
                    self.sql(statement, source, call);
                }
            }
            // Ruby's `open("|command")` (its Kernel).
            "shell"
                if code.language == "ruby"
                    && let Some(command) =
                        argument.and_then(Argument::longest).and_then(|text| text.strip_prefix('|')) =>
            {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            "shell" => self.runs(made, argument),
            // The defaults of its parameters are code, too.
            "code" if function.subject == Subject::Last && arguments.iter().all(|argument| !argument.open) => {
                for text in arguments.iter().filter_map(Argument::longest) {
                    self.evaluates(made, Some(text));
                }
            }
            "code" => {
                let known = encodings.of_bytes() || open && decoded.is_some();
                let longest = || argument.and_then(Argument::longest).filter(|_| argument.is_none_or(|a| !a.open));
                self.evaluates(made, decoded.filter(|_| known).or_else(longest));
            }
            "perl-open" => self.opens_in_perl(made),
            "chdir" => {
                if let Some(path) = argument.filter(|a| !a.open).and_then(Argument::longest) {
                    self.enter_directory(path);
                }
            }
            // From where to where: as mv does it.
            "move"
                if let [from, to, ..] = arguments
                    && let ([from], [to]) = (&from.texts[..], &to.texts[..])
                    && !arguments[..2].iter().any(|argument| argument.open) =>
            {
                self.argv_call(&["mv", from, to], span);
            }
            // As ln and cp do it.
            "write" if function.marks.contains("link") || function.marks.contains("copy") => {
                let program: &[&str] = if function.marks.contains("link") { &["ln", "-s"] } else { &["cp", "-r"] };
                match arguments {
                    [from, to, ..] if !from.open && !to.open && from.texts.len() == 1 && to.texts.len() == 1 => {
                        self.argv_call(&[program, &[from.texts[0], to.texts[0]]].concat(), span);
                    }
                    _ => self.acts(made, argument),
                }
            }
            // Each of what lies in a home, one after the other.
            "move" if arguments.first().is_some_and(|first| first.open) && !code.chooses(self.know.lists()) => {
                for folder in self.grave_folders(code) {
                    self.argv_call(&["mv", folder, "/tmp"], span);
                }
            }
            // A library is code as soon as it is loaded (dlopen(3)).
            "library" => {
                if let Some(path) = argument.and_then(Argument::longest).filter(|path| path.contains('/')) {
                    self.code_file("native", Val::Lit(path), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
            "print" => {
                let Some(argument) = argument.filter(|a| !a.texts.is_empty()) else { return };
                // A home is written `~` here; nobody prints that sign to have it expanded.
                let text = self.tilde_expanded(self.bump.alloc_str(&argument.text()));
                // What awk makes of numbers is read with its other formats.
                if code.language == "awk" && text.contains("%c") && arguments.iter().all(|a| !a.open) {
                    return;
                }
                let more = argument.open || arguments.len() > 1;
                let val = if more { self.and_more(text, Shape::Any) } else { Val::Lit(text) };
                self.printed.push((call, val));
            }
            _ => self.acts(made, argument),
        }
    }

    /// The folders that the code goes through and that must not be lost.
    pub(super) fn grave_folders(&self, code: &Snippet<'a>) -> Vec<&'a str> {
        let folders = code.folders.borrow();
        folders.iter().copied().filter(|path| self.is_grave(path)).take(limits::VALUES).collect()
    }

    /// Code of the same language: the text `meant`, an address, or what cannot be known.
    fn evaluates(&mut self, made: Made<'_, 'a>, meant: Option<&'a str>) {
        let Made { code, span, call, .. } = made;
        match meant {
            // R's `source("http://…")`
            Some(address) if address.starts_with("http://") || address.starts_with("https://") => {
                self.opaque_code(code.language, address, Taint::NETWORK, call, span);
            }
            Some(text) => {
                let source = self.source(text, code.language, Some(span));
                if self.depth < limits::NESTING {
                    self.depth += 1;
                    self.inline(code.language, text, source, call);
                    self.depth -= 1;
                }
            }
            None => {
                let network = made.says(self.know.lists().items("fetching-words")) && self.following.is_empty();
                let unpacked = code.says_one_of(self.know.lists(), "unpacks");
                let taint = if network {
                    Taint::NETWORK
                } else if unpacked {
                    Taint::DECODED
                } else {
                    Taint::OPAQUE
                };
                self.opaque_code(code.language, "code computed at run time", taint, call, span);
            }
        }
    }

    /// `open(F, "<", "x")`, `open(F, ">x")`, `open(F, "cmd|")`: perlfunc(1).
    fn opens_in_perl(&mut self, made: Made<'_, 'a>) {
        let Made { span, call, .. } = made;
        let Some((mode, rest)) = made.opened_in_perl() else { return };
        if mode.contains('|') {
            // `open($f, "-|", "rm", "-rf", "/srv")`: a program and its words.
            let words: Vec<&str> = made.arguments.iter().flat_map(|a| a.texts.iter().copied()).skip(1).collect();
            let line: &'a str = match words[..] {
                [] | [_] => rest,
                _ => self.bump.alloc_str(&shell_words::join(words)),
            };
            self.shell_code(Val::Lit(line), span, &Data::NOTHING, &mut Sink::new(), call);
        } else {
            let does = if mode.contains('>') || mode.starts_with('+') { Kind::Write } else { Kind::Read };
            let target = self.path_target(Val::Lit(self.tilde_expanded(rest)), Look::Not);
            self.effect(Effect::new(does, target, call, span));
        }
    }

    /// Where relative paths of what follows in the code begin.
    pub(super) fn enter_directory(&mut self, path: &'a str) {
        if let Some(directory) = self.absolute(self.tilde_expanded(path)) {
            self.state.set_cwd(Val::Lit(directory));
        }
    }

    /// The classes of what must not be lost.
    pub(super) fn grave(&self) -> Classes {
        self.know.classes().of(["system-tree", "system"]) | core::HOME | core::ROOT
    }

    /// Whether a path is built or fetched anew when it is missing, or temporary.
    pub(super) fn is_made_again(&self, path: &str) -> bool {
        let again = self.know.classes().of(["build", "cache"]) | core::TEMPORARY;
        paths::classify(self.know.classes(), self.ground(), path) & again != 0
    }

    pub(super) fn is_temporary(&self, path: &str) -> bool {
        paths::classify(self.know.classes(), self.ground(), path) & core::TEMPORARY != 0
    }

    pub(in crate::facts) fn is_grave(&self, path: &str) -> bool {
        let classes = || paths::classify(self.know.classes(), self.ground(), path);
        path.starts_with('~') || path.starts_with('/') && classes() & self.grave() != 0
    }

    /// A program started with a list of words.
    pub fn argv_call(&mut self, words: &[&'a str], span: Span) {
        // What stood for the home directory (`Dir.home`) is written so; no shell is there to expand it.
        let homed = |word: &'a str| match word {
            _ if word == "~" || word.starts_with("~/") => self.tilde_expanded(word),
            _ => word,
        };
        // A word that is not known, behind a program that is; which program it is, is another question.
        let value = |(at, word): (usize, &&'a str)| match *word {
            SOMETHING if at > 0 && !matches!(words[at - 1], "sudo" | "doas" | "-c") => {
                Val::hole(self.bump, SOMETHING, Shape::NonEmpty, Taint::NONE)
            }
            word => Val::Lit(homed(word)),
        };
        let fields: Vec<Field<'a>> =
            words.iter().enumerate().map(|word| Field { quoted: true, ..Field::new(value(word), span) }).collect();
        let fields = self.bump.alloc_slice_copy(&fields);
        let input = self.handed_in.take().unwrap_or(Data::NOTHING);
        self.external(fields, &[], &input, &mut Sink::new());
    }
}

/// Whether a file that is opened in this mode is written.
pub(super) fn for_writing(mode: &str) -> bool {
    mode.len() < 4 && mode.starts_with(['w', 'a', 'x']) || matches!(mode, "r+" | "r+b" | "rb+")
}
