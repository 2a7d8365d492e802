//! What the script finds of an effect later: files that were written, copied, linked or deleted, folders that were made.

use crate::facts::analysis::Analysis;
use crate::facts::files::overlay::File;
use crate::facts::fold::sed::{self, NotEdited};
use crate::facts::knowledge::{Classes, EffectSpec, Kind, Output, Where};
use crate::facts::program::effects;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::globs;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::value::{Data, Taint, Val};
use crate::facts::{Call, Target, fold};
use crate::limits;

/// Copies whose names are longer lie in copies of copies.
const MOST_NESTED: usize = 512;

impl<'a> Analysis<'a> {
    /// What an effect leaves behind for the rest of the script: files written, copied, linked, deleted.
    pub fn aftermath(
        &mut self,
        call: &Call<'a>,
        spec: &'static EffectSpec<'static>,
        (target, word): (Target<'a>, Val<'a>),
        written: Option<Data<'a>>,
    ) {
        let index = self.facts.calls.len().saturating_sub(1) as u32;
        if !self.place.local() {
            if self.place.kind == Where::Remote && matches!(spec.does, Kind::Write | Kind::Append) {
                self.opened_there(call, target, written, index);
            }
            return;
        }
        match spec.does {
            // git-remote(1): where a push by that name will go.
            Kind::Configure if spec.marks.contains("remote-changed") => {
                if let Some(name) = call.fields("name").next().and_then(|field| field.val.lit()) {
                    let kind = if call.options.iter().any(|o| o.is("--push")) { "pushurl" } else { "url" };
                    let key = self.bump.alloc_str(&format!("git remote.{name}.{kind}"));
                    self.remember(Some(key), Data::known(word), false);
                }
            }
            Kind::Write | Kind::Append | Kind::Create => {
                let Some(path) = self.remembered_as(&target, word) else { return };
                if spec.marks.contains("download-folder") {
                    self.filled(path, Data::unknown(self.asked_by(call), Taint::NETWORK));
                    return;
                }
                if spec.marks.contains("directory") {
                    self.folder_made(call, path, target.classes);
                    return;
                }
                let piped = || spec.data.iter().any(|item| effects::names_stdin(call, item));
                if ["copy", "link", "moved"].iter().any(|mark| spec.marks.contains(mark)) && !piped() {
                    self.copied(call, path, spec.marks.contains("link"));
                    let file = self.state.file(path);
                    let linked = file.filter(|file| file.link).and_then(|file| self.state.file(file.same_as?));
                    if let Some(file) = linked.or(file).filter(|file| file.data.text.is_some()) {
                        self.planted(target, &file.data, call.span, index);
                    }
                    return;
                }
                if spec.marks.contains("same") {
                    // Made for the sake of its name: a pattern would hand it to a program as an option.
                    if base_name(path).starts_with('-') && self.state.file(path).is_none() {
                        let data = Data::unknown("", Taint::NONE);
                        self.state.set_file(path, Some(File::of(data)));
                    }
                    return;
                }
                if spec.marks.contains("edited")
                    && let Some(data) = self.edited_in_place(call, path)
                {
                    self.remember(Some(path), data, false);
                    return;
                }
                if spec.marks.contains("edited") && call.program == "sed" {
                    self.put_by_sed(target, call, index);
                }
                if spec.marks.contains("edited") && call.program == "perl" {
                    let code: Vec<&str> = call.fields("-e").filter_map(|field| field.val.lit()).collect();
                    self.guards_edited(target, &code, call.span, index);
                }
                let data = match written {
                    // What a compiler makes of a text is no text, and comes from where that came from.
                    Some(data) if spec.marks.contains("compiled") => Data::unknown(call.program, data.taint),
                    Some(data) => data,
                    // Where it comes from stands in the call.
                    None if spec.marks.contains("download") => Data::unknown(self.asked_by(call), Taint::NETWORK),
                    None if spec.marks.contains("private") => Data::unknown(call.program, Taint::PRIVATE),
                    // What is changed in place stays what it was.
                    None if spec.marks.contains("edited") => {
                        let spoken = self.bump.alloc_str(&self.commands_put_in(call));
                        let said = call.words.iter().fold(Taint::NONE, |taint, word| taint | word.val.taint());
                        let put = Taint::OPAQUE | said.only(Taint::SECRET | Taint::SECRET_VARIABLE);
                        match self.state.file(path) {
                            Some(before) => {
                                let taint = before.data.taint | put;
                                Data { text: None, taint, spoken, ..before.data }
                            }
                            None => Data { spoken, ..Data::unknown(call.program, put) },
                        }
                    }
                    None => Data::unknown(call.program, Taint::OPAQUE | self.made_of(call, index)),
                };
                self.planted(target, &data, call.span, index);
                if spec.marks.contains("pieces") {
                    // The first names that split(1) and csplit(1) give.
                    for piece in ["aa", "ab", "ac", "00", "01", "02"] {
                        let path = self.bump.alloc_str(&format!("{path}{piece}"));
                        self.remember(Some(path), Data::unknown(call.program, data.taint), false);
                    }
                    return;
                }
                self.remember(Some(path), data, spec.does == Kind::Append);
                if spec.marks.contains("download") && self.copies_from_nobody(call) {
                    // A folder as well as a file: `rsync -a 203.0.113.9:p/ p/`.
                    let folder = File::filled(Data { text: None, taint: data.taint | Taint::NETWORK, ..data });
                    self.state.set_file(path.trim_end_matches('/'), Some(folder));
                }
            }
            // `gunzip run.sh.gz` writes run.sh.
            Kind::Read if spec.marks.contains("expanded") && self.state.has_files() => {
                if let Some(path) = self.remembered_as(&target, word)
                    && let Some(file) = self.state.file(path)
                    && let Some((out, _)) = path.rsplit_once('.')
                {
                    self.remember(Some(out), Data { text: None, ..file.data }, false);
                }
            }
            // `gzip notes.txt` writes notes.txt.gz.
            Kind::Read if spec.marks.contains("compressed") && self.state.has_files() => {
                let endings =
                    [("gzip", "gz"), ("pigz", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst"), ("lz4", "lz4")];
                let ending = endings.iter().find(|(program, _)| *program == call.program);
                if let (Some(path), Some((_, ending))) = (self.remembered_as(&target, word), ending)
                    && let Some(file) = self.state.file(path)
                {
                    // What takes it out again finds the same.
                    let path = self.bump.alloc_str(&format!("{path}.{ending}"));
                    self.remember(Some(path), file.data, false);
                }
            }
            Kind::Mount => self.mounted(call, &target, word),
            Kind::Delete => {
                if self.state.has_files()
                    && let Some(path) = self.remembered_as(&target, word)
                {
                    self.state.set_file(path, None);
                }
            }
            _ => {}
        }
    }

    /// Whether a whole folder is copied from a machine that is called by a number.
    fn copies_from_nobody(&mut self, call: &Call<'a>) -> bool {
        let whole = call.options.iter().any(|o| ["-r", "-a", "-R", "--recursive"].iter().any(|name| o.is(name)));
        if !whole || !matches!(call.program, "scp" | "rsync") {
            return false;
        }
        let vocabulary = self.know.vocabulary();
        let bare = vocabulary.classes.of(["raw-address"]);
        let near = self.near();
        let hosts: Vec<&'a str> =
            call.words.iter().skip(1).filter_map(|w| Some(w.val.lit()?.split_once(':')?.0)).collect();
        hosts.into_iter().any(|host| {
            let host = host.rsplit('@').next().unwrap_or(host);
            let classes = self.host_target(Val::Lit(host)).classes;
            classes & bare != 0 && classes & near == 0
        })
    }

    /// What nobody else may see of what a program writes by itself: it is what the program would print.
    fn made_of(&self, call: &Call<'a>, index: u32) -> Taint {
        match call.entry.map_or(Output::Unknown, |entry| entry.output) {
            // A release of the project is made to be handed on.
            Output::Private if call.program != "git" => Taint::PRIVATE,
            Output::Secret => Taint::SECRET,
            _ if self.decrypts(index) => Taint::SECRET,
            Output::Files | Output::Stdin => {
                self.reads_of(index).only(Taint::PRIVATE | Taint::SECRET | Taint::WHOLE_WORKSPACE)
            }
            _ => Taint::NONE,
        }
    }

    /// A file that a program's own code writes holds what the program reads, where that is nobody's business.
    pub fn holds_what_is_read(&mut self, target: Target<'a>, word: Val<'a>, read: Taint) {
        let kept = read.only(Taint::PRIVATE | Taint::SECRET | Taint::SECRET_VARIABLE | Taint::NETWORK);
        if kept != Taint::NONE {
            self.remember(self.remembered_as(&target, word), Data::unknown("", kept), false);
        }
    }

    /// What lies in a folder after something was copied, moved or fetched into it: what was named, and of folders that the
    /// script filled, what it put there.
    pub fn put_into(&self, call: &Call<'a>, folder: Val<'a>, target: Target<'a>) -> Vec<&'a str> {
        let mut out = Vec::new();
        let Val::Lit(to) = folder else { return out };
        let made = || target.path.and_then(|path| self.state.file(path)).is_some_and(|file| file.directory);
        let whole = call.options.iter().any(|o| o.is("-T"));
        let several = || call.fields("src").nth(1).is_some();
        let known =
            || target.path.is_some_and(|path| globs::listed_path(&self.know.vocabulary().lists, "known-folders", path));
        let is_folder = to.ends_with('/')
            || matches!(to, "." | "..")
            || target.classes & core::HOME != 0
            || made()
            || several()
            || known();
        if !is_folder && !whole {
            return out;
        }
        let to = to.trim_end_matches('/');
        for source in call.fields("src").filter_map(|field| field.val.lit()) {
            let contents = whole || source.ends_with("/.") || call.program == "rsync" && source.ends_with('/');
            let source = source.trim_end_matches("/.").trim_end_matches('/');
            let name = base_name(source.rsplit(':').next().unwrap_or(source));
            if !contents && !name.contains(['*', '?']) {
                out.push(&*self.bump.alloc_str(&format!("{to}/{name}")));
            }
            if self.state.has_files()
                && let Some(path) = self.absolute(source)
            {
                let below = if contents { to.to_owned() } else { format!("{to}/{name}") };
                let files = self.state.files_below(path, limits::UNROLL).into_iter();
                out.extend(files.map(|(rest, _)| &*self.bump.alloc_str(&format!("{below}/{rest}"))));
            }
        }
        out
    }

    /// A folder is the script's own if it was not there before. Outside the project only that counts: that the disk says
    /// so, or that what follows runs only if a call succeeded that fails where there is something already.
    fn folder_made(&mut self, call: &Call<'a>, path: &'a str, classes: Classes) {
        let vocabulary = self.know.vocabulary();
        let precious = core::ROOT | core::HOME | core::WORKSPACE_ROOT | vocabulary.classes.of(["temporary-root"]);
        // An archive is unpacked over what is there.
        let unpacked = call.verb == "tar";
        let own = classes & (core::WORKSPACE | core::TEMPORARY) != 0
            && call.verb != "git clone"
            && !unpacked
            && base_name(path) != ".git";
        let certain =
            || vocabulary.lists.has("makes-only-new", call.verb) && !call.options.iter().any(|option| option.is("-p"));
        if classes & precious != 0 {
            return;
        }
        let builds = globs::listed_path(&vocabulary.lists, "build-places", path);
        if !own && self.snapshot.answers() {
            if !matches!(self.ask(&Ask::Path(path.to_owned())), Answer::Missing) {
                return;
            }
        } else if !own && !self.state.options.errexit {
            match &mut self.chain {
                Some(made) if certain() || builds => made.push((path, None)),
                _ => return,
            }
        } else if !own && !certain() && !builds {
            return;
        }
        let file = File { directory: true, ..File::of(Data::unknown("", Taint::NONE)) };
        self.state.set_file(path, Some(file));
    }

    /// A text of the script's own that an editor changes: what it becomes, or what it was where that cannot be told.
    fn edited_in_place(&self, call: &Call<'a>, path: &str) -> Option<Data<'a>> {
        let data = self.state.file(path)?.data;
        let text = data.text?.lit()?;
        let has = |name: &str| call.options.iter().any(|o| o.is(name));
        let edited = match call.program {
            "sed" => fold::sed_script(call).map_or(Err(NotEdited::Unknown), |(script, _)| {
                sed::edited(text, &script, has("-n"), has("-E") || has("-r"))
            }),
            // `perl -pi -e 's/…/…/'`
            "perl" => substituted(text, call.fields("-e").map(|field| field.val)),
            _ => Err(NotEdited::Unknown),
        };
        let text = match edited {
            Ok(text) => self.bump.alloc_str(&text),
            Err(NotEdited::TooLong) => {
                let taint = data.taint | Taint::OPAQUE | Taint::DECODED;
                return Some(Data { text: None, taint, spoken: text, ..data });
            }
            // What it becomes is not computed: what it was, and the commands that the editor is told to put there.
            Err(NotEdited::Unknown) => match self.commands_put_in(call) {
                commands if commands.is_empty() => text,
                commands => {
                    let spoken = self.bump.alloc_str(&(text.to_owned() + &commands));
                    return Some(Data { text: None, spoken, ..data });
                }
            },
        };
        Some(Data { text: Some(Val::Lit(text)), ..data })
    }

    /// The commands that an editor is told to put into a file, each in a line.
    fn commands_put_in(&self, call: &Call<'a>) -> String {
        let lines = call.words.iter().skip(1).filter_map(|word| word.val.lit()).flat_map(str::lines);
        // What is taken out for it does not run.
        self.commands_among(lines.map(|line| sed::put_in(line).unwrap_or(line)))
    }

    /// What reads like a command among texts that are put into a file: each in a line.
    pub(in crate::facts) fn commands_among(&self, texts: impl Iterator<Item = &'a str>) -> String {
        // `rm -rf \/b`, `b\n\trm c`
        let texts = texts.map(|text| text.replace("\\/", "/").replace("\\n", "\n").replace("\\t", "\t"));
        let commands = texts.flat_map(|text| {
            let pieces = text.split(['#', '|', '\\', '\n', '\'', '"']).map(str::trim);
            let runs = |piece: &&str| piece.split_once(' ').is_some_and(|(program, _)| self.run_by_others(program));
            pieces.filter(runs).map(|command| format!("\n{command}")).collect::<Vec<_>>()
        });
        commands.collect()
    }

    /// What the script put into a folder lies in its copy too: under its own name or, where there is none of it yet, the
    /// copy's.
    fn copied_below(&mut self, call: &Call<'a>, folder: &'a str, destination: &'a str, into: &'a str) {
        let contents = |text: &str| text.ends_with("/.") || call.program == "rsync" && text.ends_with('/');
        let whole = call.fields("src").next().and_then(|field| field.val.lit()).is_some_and(contents);
        let folder = folder.trim_end_matches("/.").trim_end_matches('/');
        // A copy within itself, or of a copy of a copy, is not followed without end.
        if destination.starts_with(folder) || destination.len() > MOST_NESTED {
            return;
        }
        for (rest, file) in self.state.files_below(folder, limits::UNROLL) {
            let copies = if whole { &[destination][..] } else { &[destination, into] };
            for copy in copies {
                let path = self.bump.alloc_str(&format!("{}/{rest}", copy.trim_end_matches('/')));
                if self.state.file(path).is_none() {
                    self.state.set_file(path, Some(File { perhaps: file.perhaps || !whole, ..file }));
                }
            }
        }
    }

    /// `cp a b`, `ln -s a b`, `mv a b`: b is a.
    fn copied(&mut self, call: &Call<'a>, destination: &'a str, link: bool) {
        let Some(source) = call.fields("src").next().map(|f| f.val) else { return };
        let Val::Lit(source_text) = source else {
            let data = Data::unknown(call.program, source.taint());
            let written = self.overlay(source).and_then(|name| self.state.file(name));
            let file = written.unwrap_or(File::of(data));
            self.state.set_file(destination, Some(file));
            return;
        };
        // A link of the script's own is moved, and mostly copied, as the link that it is (cp(1), "-P").
        let has = |names: &[&str]| call.options.iter().any(|option| names.iter().any(|name| option.is(name)));
        let as_it_is = call.program == "mv" || has(&["-P", "-d", "-a", "-r", "-R"]) && !has(&["-L", "-H"]);
        if !link
            && as_it_is
            && let Some(file) = self.own_link(source_text).and_then(|own| self.state.file(own))
        {
            let there = self.state.file(destination).filter(|there| there.directory);
            let path = match there {
                Some(_) => &*self.bump.alloc_str(&format!("{destination}/{}", base_name(source_text))),
                None => destination,
            };
            return self.state.set_file(path, Some(file));
        }
        // `$(which rm)` folds to a bare program name.
        let absolute = if source_text.contains('/') || self.find_entry(source_text).is_none() {
            self.absolute(source_text).unwrap_or(source_text)
        } else {
            source_text
        };
        let base = base_name(source_text);
        let into = self.bump.alloc_str(&format!("{}/{base}", destination.trim_end_matches('/')));
        let known = self.state.file(absolute);
        // A hard link is the file itself by another name (ln(1)): of one that the script wrote what is in it, which stays
        // when the other name goes; of any other what is written to it.
        let hard = call.program == "ln" && !has(&["-s"]);
        let link = link && !(hard && known.is_some());
        let file = match known {
            Some(file) if !link => file,
            _ => {
                let data = if link {
                    Data::unknown(source_text, Taint::NONE)
                } else {
                    self.file_data(source, call.span, false)
                };
                File { same_as: Some(absolute), link, ..File::of(data) }
            }
        };
        if !link {
            self.copied_below(call, absolute, destination, into);
        }
        let before = self.state.file(destination);
        // A folder of the script's own stays that, whatever is put into it.
        let directory = file.directory || !link && before.is_some_and(|before| before.directory);
        self.state.set_file(destination, Some(File { directory, ..file.over(self.bump, before) }));
        if self.state.file(destination).is_none_or(|f| !f.link) {
            self.state.set_file(into, Some(file));
        }
    }
}

/// What substitutions make of a text, as sed does them, if there are some.
fn substituted<'a>(text: &str, code: impl Iterator<Item = Val<'a>>) -> Result<String, NotEdited> {
    let mut out = Err(NotEdited::Unknown);
    for line in code.filter_map(|code| code.lit()).flat_map(str::lines) {
        let delimited = |rest: &str| rest.starts_with(|c: char| c.is_ascii_punctuation());
        if line.strip_prefix('s').is_some_and(delimited) {
            let edited = sed::edited(out.as_deref().unwrap_or(text), line, false, true)?;
            if edited.len() > text.len() + limits::WORD {
                return Err(NotEdited::TooLong);
            }
            out = Ok(edited);
        }
    }
    out
}
