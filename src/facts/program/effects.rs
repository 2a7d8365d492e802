//! What a call does, as the effects of its entry say: on which targets, with which data, and what the script finds of it later.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::manifest::built_by_kustomize;
use crate::facts::code::provenance::addresses_in;
use crate::facts::knowledge::{Classes, EffectSpec, Globs, Kind, Lists, Recursive, Texts, letters};
use crate::facts::program::aims::Aims;
use crate::facts::program::bare_shell::runs_what_it_is_given;
use crate::facts::program::edited::takes_lines_out;
use crate::facts::program::filters::narrows;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::targets::{Look, globs, path_of_address, paths};
use crate::facts::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val, variable_name};
use crate::facts::with_mark;
use crate::facts::{Call, Effect, Target};
use crate::limits;

/// So many calls before it may have made what is piped into a cluster.
const NEAR: usize = 4;

impl<'a> Analysis<'a> {
    /// One effect of an entry, on each of its targets.
    pub fn effect_spec(&mut self, call: &Call<'a>, index: u32, spec: &'static EffectSpec<'static>, stdin: &Data<'a>) {
        if spec.does == Kind::DiscardWork
            && matches!(call.verb, "git apply" | "patch")
            && !takes_changes_back(call, stdin.source)
        {
            return;
        }
        // Of several files and packages each is excused by itself.
        let each = matches!(
            spec.does,
            Kind::Read
                | Kind::Write
                | Kind::Append
                | Kind::Create
                | Kind::Delete
                | Kind::Move
                | Kind::Fetch
                | Kind::Install
        );
        let excused: &[(&str, Globs<'static>)] = match spec.cond.as_deref() {
            Some(cond) if each => &cond.not_values,
            _ => &[],
        };
        let one_by_one = |name: &str| excused.iter().any(|(of, _)| *of == name) && spec.target.contains(name);
        if !call.meets_beside(spec.cond.as_deref(), one_by_one) {
            return;
        }
        let meant = |name: &str, field: &Field<'a>| {
            let excuses = excused.iter().filter(|(of, _)| *of == name && one_by_one(name));
            let mut globs = excuses.map(|(_, globs)| *globs);
            let excused = |globs: Globs<'_>, text: &str| {
                globs.possible(letters(text.as_bytes())).any(|glob| globs::text(glob, text))
            };
            !globs.any(|globs| field.val.each().any(|value| value.lit().is_some_and(|text| excused(globs, text))))
        };
        let recursive = match &spec.recursive {
            Recursive::No => false,
            Recursive::Yes => true,
            Recursive::With(options) => options.iter().any(|name| call.options.iter().any(|o| o.is(name))),
        };
        let mut data = Taint::NONE;
        let mut written: Option<Data<'a>> = None;
        for name in &spec.data {
            // An option that is not given carries nothing, and what the program writes is its own.
            if !matches!(name, "stdin" | "output") && call.fields(source_of(name).0).next().is_none() {
                continue;
            }
            let one = match name {
                "stdin" => *stdin,
                // What it would print, put into a file: `openssl base64 -d -out f`.
                "output" => self.output(call, index, stdin),
                // One of several may name it.
                name if names_stdin(call, name) => {
                    Data { taint: stdin.taint | self.data_of(call, name).taint, ..*stdin }
                }
                name => self.data_of(call, name),
            };
            data |= one.taint;
            // What it is told to read comes first; standard input is read beside it, or not at all.
            written = Some(match written {
                Some(before) => Data { taint: before.taint | one.taint, ..before },
                None => one,
            });
        }
        // What it reads, by whatever name, is in what it packs or sends.
        if spec.data.iter().any(|item| item.starts_with("file:")) {
            let own = self.reads_of(index).only(Taint::PRIVATE | Taint::SECRET | Taint::WHOLE_WORKSPACE);
            if own != Taint::NONE {
                data |= own;
                let read = written.unwrap_or(Data::unknown("", Taint::NONE));
                written = Some(Data { taint: read.taint | own, ..read });
            }
        }
        if spec.does == Kind::Elevate && spec.marks.contains("shell") && runs_what_it_is_given(call, stdin) {
            return;
        }
        let mut marks = self.marks(spec.marks);
        if spec.marks.contains("moved") && self.onto_one(call) {
            marks = with_mark(self.bump, marks, "onto-one");
        }
        let harmless = written.and_then(|data| self.harmless_addition(spec.does, &data));
        // A copy may be a link, or have other rights.
        if let Some(mark) = harmless.filter(|mark| *mark != "file-of-settings" || call.program == "tee") {
            marks = with_mark(self.bump, marks, mark);
        }
        if spec.does == Kind::Write && call.program == "sed" && takes_lines_out(call) {
            marks = with_mark(self.bump, marks, "only-deletes");
        }
        if spec.does == Kind::Schedule && call.program == "crontab" && self.with_fewer_lines(call) {
            marks = with_mark(self.bump, marks, "only-deletes");
        }
        if spec.does == Kind::Kill && self.put_in_background(call) {
            marks = with_mark(self.bump, marks, "started-here");
        }
        if spec.does == Kind::Write && call.program == "sed" && self.changes_settings(call) {
            marks = with_mark(self.bump, marks, "only-settings");
        }
        if spec.does == Kind::Write && call.program == "sed" && self.tightens(call) {
            marks = with_mark(self.bump, marks, "guards");
        }
        // `: | tee notes.md`
        let nothing = |data: Data<'a>| data.text == Some(Val::EMPTY) && !data.inherited;
        if spec.does == Kind::Write && spec.data.contains("stdin") && written.is_some_and(nothing) {
            marks = with_mark(self.bump, marks, "emptied");
        }
        let mut fields = Aims::new();
        let mut literal = None;
        for name in &spec.target {
            if let Some(text) = name.strip_prefix('=') {
                literal = Some(text);
            } else if let Some((how, word)) = name.split_once(':').filter(|(_, word)| !word.is_empty()) {
                let Some(found) = self.aims(call, spec.does, (how, word), stdin) else { return };
                fields.extend(found);
            } else {
                fields.extend(call.fields(name).filter(|field| meant(name, field)));
            }
        }
        if fields.is_empty() && spec.target.iter().any(|name| one_by_one(name) && call.fields(name).next().is_some()) {
            return;
        }
        if fields.is_empty() {
            match literal {
                Some(text) => {
                    let field = Field { quoted: true, ..Field::new(Val::Lit(self.tilde_expanded(text)), call.span) };
                    fields.push(field);
                }
                None if spec.optional && !spec.target.is_empty() => return,
                None => {
                    let target = Target { text: "", known: true, ..Target::default() };
                    self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, call.span) });
                    return;
                }
            }
        }
        if spec.does == Kind::Install
            && self.state.has_files()
            && fields.iter().any(|field| self.is_package_file(field.val, &["deb"]))
        {
            self.package_scripts(call, index);
        }
        let filtered = narrows(call, spec.filter);
        let mut budget = limits::TARGETS;
        // The same again says nothing new.
        fields.dedup_by(|one, before| one.val == before.val && one.val.lit().is_some());
        for field in &fields {
            for one in field.val.each().flat_map(|one| alternatives(spec.does, one)) {
                if budget == 0 {
                    return self.unread(field.span, MORE, false);
                }
                budget -= 1;
                // `kustomize build overlays/prod | kubectl apply -f -`: what is applied lies there.
                let one = match spec.does == Kind::Apply && one == Val::Lit("-") && !stdin.inherited {
                    true => self.place_of_manifests(stdin.source, index).map_or(one, Val::Lit),
                    false => one,
                };
                let one = if filtered { self.below(call, one, spec.filter) } else { one };
                let one = self.below_base(call, spec.base, one);
                if spec.does == Kind::Fetch
                    && let Val::Lit(url) = one
                    && path_of_address(url).is_some()
                {
                    // `curl file:///etc/shadow` reads a file of this machine.
                    self.file_data(one, field.span, true);
                    continue;
                }
                // Whoever names what is deleted decides what is.
                let named = spec.does == Kind::Delete && matches!(one, Val::Text([Seg::Hole(_), ..]));
                let data = if named { data | one.taint() } else { data };
                if spec.does == Kind::Delete && one.is_beyond() {
                    self.unread(field.span, MORE, false);
                }
                // A link takes the place of the link that is there.
                let does = if spec.marks.contains("link") { Kind::Delete } else { spec.does };
                let target = match spec.does == Kind::DiscardWork && spec.marks.contains("file") {
                    true => self.path_target(one, Look::Not),
                    false => self.effect_target(does, one, call),
                };
                // All names below a folder are the folder.
                let all = spec.does == Kind::Delete || marks.contains(&"emptied");
                let recursive =
                    (recursive || all && ends_below(one, target.classes)) && !self.is_written_file(spec.does, &target);
                let marks = self.more_marks(call, spec.does, one, marks);
                if spec.does == Kind::Configure {
                    // A project or an account may be called anything: only production's names say something.
                    let strict = || matches!(self.know.environments().of_words(target.text), "production" | "staging");
                    // Another namespace is none of another cluster.
                    let within = ["selects-place", "selects-namespace"].iter().any(|mark| marks.contains(mark));
                    if (marks.contains(&"selects-context") || within && strict())
                        && let Some(root) = self.find_entry(call.program)
                    {
                        self.chosen.push((root.context, target.text));
                    } else if marks.contains(&"selects-cluster") {
                        self.chosen.push(("kubernetes", target.text));
                    }
                }
                if spec.does == Kind::Delete
                    && recursive
                    && let Some(path) = self.told_by_its_maker(one)
                {
                    let target = self.path_target(Val::Lit(path), Look::Entry);
                    self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, field.span) });
                }
                self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, field.span) });
                if spec.does == Kind::Delete && recursive {
                    for target in self.mounted_below(&target, one) {
                        self.effect(Effect { recursive, ..Effect::new(Kind::Delete, target, index, field.span) });
                    }
                }
                self.aftermath(call, spec, (target, one), written);
                let puts = || ["copy", "moved", "download", "link"].iter().any(|mark| spec.marks.contains(mark));
                if matches!(spec.does, Kind::Write | Kind::Create) && puts() {
                    for path in self.put_into(call, one, target) {
                        let target = self.path_target(Val::Lit(path), Look::Through);
                        self.effect(Effect { marks, data, ..Effect::new(spec.does, target, index, field.span) });
                        if spec.marks.contains("download") {
                            self.aftermath(call, spec, (target, Val::Lit(path)), written);
                        }
                    }
                }
            }
        }
    }

    /// Where what a call has read so far comes from.
    pub fn reads_of(&self, index: u32) -> Taint {
        let of_call = self.facts.effects.iter().rev().take_while(|effect| effect.call >= index);
        let reads = of_call.filter(|effect| effect.call == index && effect.does == Kind::Read);
        reads.fold(Taint::NONE, |taint, read| {
            let own = read.target.path.and_then(|path| self.state.file(path));
            let fetched = own.map_or(Taint::NONE, |file| file.data.taint.only(Taint::NETWORK));
            taint | fetched | self.class_taint(read.target.classes)
        })
    }

    /// Whether one after the other of several files is moved to the name of one: `for f in *.csv; do mv "$f" all.csv; done`.
    fn onto_one(&self, call: &Call<'a>) -> bool {
        // The word of a loop over a pattern, or what find and xargs fill in.
        let of_loop = |field: Field<'a>| !field.glob && field.val.lit().is_some_and(|text| text.contains('*'));
        let filled_in = |field: Field<'a>| field.val.each().any(|one| one.lit().is_none());
        let is_file = |path: &str| {
            let ending = base_name(path).rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
            let ending = ending.map_or("", |(_, ending)| ending);
            !path.contains('*') && self.know.lists().has("file-endings", ending)
        };
        let by_name = self.place.via.last().is_some_and(|via| matches!(*via, "find" | "fd" | "xargs" | "parallel"));
        // In each folder by itself.
        let apart = |call: &Call<'a>| call.words.iter().any(|word| word.val.lit() == Some("-execdir"));
        (self.in_turn && call.fields("src").any(of_loop)
            || by_name && call.fields("src").any(filled_in) && !self.facts.calls.iter().any(apart))
            && call.fields("dst").all(|field| field.val.lit().is_some_and(is_file))
            && call.fields("dst").next().is_some()
    }

    /// Whether what is deleted is a file that the script itself wrote, and no folder by its name: `-r` changes nothing.
    fn is_written_file(&self, does: Kind, target: &Target<'a>) -> bool {
        let (Kind::Delete, Some(path), true) = (does, target.path, self.state.has_files()) else { return false };
        let written = self.state.file(path).is_some_and(|file| !file.directory && !file.link);
        let ending = base_name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
        written && self.know.lists().has("file-endings", ending)
    }

    /// What a substitution that is not computed was asked about, where that is a home or the system: `$(stat -c %n /home)`.
    fn told_by_its_maker(&self, word: Val<'a>) -> Option<&'a str> {
        let Val::Text([Seg::Hole(hole), rest @ ..]) = word else { return None };
        let whole = rest.iter().all(|seg| matches!(seg, Seg::Lit(part) if part.trim_matches(['/', '*']).is_empty()));
        if !whole || !hole.source.contains(' ') {
            return None;
        }
        let vocabulary = self.know.vocabulary();
        let precious = core::ROOT | core::HOME | vocabulary.classes.of(["system-tree"]);
        let ends = |c: char| c.is_whitespace() || "\"'()`=;|,<>".contains(c);
        hole.source.split(ends).find_map(|part| match part {
            "~" | "$HOME" | "${HOME}" | "HOME" | "os.homedir" | "homedir" => Some(self.tilde_expanded("~")),
            _ if part.len() > 1 && part.starts_with('/') => {
                let classes = paths::classify(&vocabulary.classes, self.ground(), part.trim_end_matches('/'));
                (classes & precious != 0).then_some(part)
            }
            _ => None,
        })
    }

    fn effect_target(&mut self, does: Kind, val: Val<'a>, call: &Call<'a>) -> Target<'a> {
        match does {
            Kind::Delete | Kind::Move => {
                // Some delete a link itself; the others follow it, and so does find if it is told to (find(1), "-H").
                let itself = self.know.lists().has("deletes-links", call.program)
                    && !call.options.iter().any(|o| o.is("-L") || o.is("-H") || o.is("-follow"));
                self.path_target(val, if itself { Look::Entry } else { Look::Through })
            }
            Kind::Write | Kind::Append | Kind::Create | Kind::Permit | Kind::Mount | Kind::Format => {
                self.path_target(val, Look::Through)
            }
            Kind::Read | Kind::Restore => {
                let target = self.path_target(self.file_of_keys(val), Look::Read);
                // What the script itself wrote to a temporary file is no secret for the name that it has.
                let own = target.path.filter(|_| target.classes & core::TEMPORARY != 0);
                match own.and_then(|path| self.state.file(path)) {
                    Some(file) if !file.data.taint.has(Taint::SECRET) && !file.link && file.same_as.is_none() => {
                        Target { classes: target.classes & !self.know.classes().of(["secret"]), ..target }
                    }
                    _ => target,
                }
            }
            Kind::Fetch | Kind::Send | Kind::Tunnel => self.host_target(val),
            // To speak to 0.0.0.0 is to speak to oneself; to listen there is to listen to everybody.
            Kind::Listen => {
                let target = self.host_target(val);
                let all = |text: &str| text.starts_with(':') || paths::host_of(text) == "0.0.0.0";
                let everybody = val.lit().is_some_and(all);
                if everybody { Target { classes: target.classes & !core::LOOPBACK, ..target } } else { target }
            }
            // pkill takes a pattern: `^cron$` is cron, `cron.*` too.
            Kind::Kill => Target {
                text: val.show(self.bump).trim_start_matches('^').trim_end_matches('$').trim_end_matches(".*"),
                known: val.lit().is_some(),
                ..Target::default()
            },
            _ => Target { text: val.show(self.bump), known: val.lit().is_some(), ..Target::default() },
        }
    }

    /// A path from the directory that an option names.
    fn below_base(&self, call: &Call<'a>, option: &str, path: Val<'a>) -> Val<'a> {
        if option.is_empty() {
            return path;
        }
        let (Some(folder), Val::Lit(text)) = (call.fields(option).last(), path) else { return path };
        if text.starts_with(['/', '~']) {
            return path;
        }
        let mut builder = Builder::default();
        builder.push_folder(self.bump, folder.val);
        builder.push_lit(text);
        builder.done(self.bump)
    }

    /// The marks of a pack.
    pub fn marks(&self, marks: Texts<'static>) -> &'a [&'a str] {
        if marks.is_empty() {
            return &[];
        }
        bumpalo::collections::Vec::from_iter_in(marks, self.bump).into_bump_slice()
    }

    /// Marks that come from the target itself: refspecs, modes, sizes.
    fn more_marks(&self, call: &Call<'a>, does: Kind, val: Val<'a>, marks: &'a [&'a str]) -> &'a [&'a str] {
        let mut extra: Vec<&'a str> = Vec::new();
        if does == Kind::Permit && marks.contains(&"owner") {
            let folder = match val {
                Val::Text([Seg::Hole(hole)]) => self.folder_of_data(hole.source),
                _ => val.lit(),
            };
            if owned_by_name(self.know.lists(), call, folder) {
                extra.push("own-folder");
            }
        }
        if does == Kind::Push
            && let Val::Text([Seg::Lit(start), ..]) = val
            && start.starts_with('+')
        {
            extra.push("force");
        }
        if does == Kind::Push
            && let Val::Lit(text) = val
        {
            if text.starts_with('+') {
                extra.push("force");
            }
            if text.starts_with(':') && text.len() > 1 {
                extra.push("delete");
            }
        }
        if does == Kind::Kill && val.taint().has(Taint::PROCESSES) {
            extra.push("by-name");
        }
        if does == Kind::Install && !marks.contains(&"from-url") && self.fetched_unproven(val) {
            extra.push("from-url");
        }
        if does == Kind::Install && marks.contains(&"unsigned") && self.is_own_package(val) {
            extra.push("own-file");
        }
        if extra.is_empty() {
            return marks;
        }
        extra.extend_from_slice(marks);
        self.bump.alloc_slice_copy(&extra)
    }

    /// What is installed may be a package that the script has made: the scripts that it wrote for one are run.
    fn package_scripts(&mut self, call: &Call<'a>, index: u32) {
        let vocabulary = self.know.vocabulary();
        let runs = |path: &str| vocabulary.lists.items("package-scripts").any(|known| globs::text(known, path));
        let written = self.state.files_below("", limits::TARGETS);
        for (_, file) in written.into_iter().filter(|(path, _)| runs(path)) {
            self.code_data("bash", &file.data, call.span, &mut Sink::new(), index);
        }
    }

    fn is_package_file(&self, file: Val<'a>, more: &[&str]) -> bool {
        let ending = file.lit().and_then(|path| path.rsplit_once('.')).map_or("", |(_, ending)| ending);
        self.know.lists().has("package-files", ending) || more.contains(&ending)
    }

    /// Where lies what is piped into a cluster, or what namespace whoever made it was told: `kubectl create secret … -n prod
    /// --dry-run=client -o yaml | kubectl apply -f -`.
    fn place_of_manifests(&self, source: &'a str, index: u32) -> Option<&'a str> {
        let place = built_by_kustomize(source).unwrap_or(source);
        if !place.is_empty() && !place.contains(' ') {
            return Some(place);
        }
        let makes = |call: &&Call<'a>| self.find_entry(call.program).is_some_and(|entry| entry.context == "kubernetes");
        let before = self.facts.calls[..index as usize].iter().rev().take(NEAR).find(makes)?;
        before.fields("-n").find_map(|field| field.val.lit())
    }

    /// Whether it is a file of a package that lies here, in a script that fetches nothing.
    fn is_own_package(&self, file: Val<'a>) -> bool {
        let written = || self.overlay(file).and_then(|path| self.state.file(path));
        self.is_package_file(file, &[])
            && file.lit().is_some_and(|path| !path.contains("://"))
            && written().is_none_or(|file| !file.data.taint.has(Taint::NETWORK))
            && !self.facts.effects.iter().any(|effect| effect.does == Kind::Fetch)
    }

    /// Whether a file was fetched in a way that proves nothing of who sent it: without encryption, from a bare address; or a
    /// package comes from a host that nobody knows.
    fn fetched_unproven(&self, file: Val<'a>) -> bool {
        let written = self.overlay(file).and_then(|path| self.state.file(path)).map(|file| file.data);
        let straight = file.lit().filter(|text| text.starts_with("https://"));
        let straight = straight.map(|url| Data::unknown(url, Taint::NETWORK));
        written.filter(|data| data.taint.has(Taint::NETWORK)).or(straight).is_some_and(|data| {
            let host = self.host_of_source(data.source);
            let near = self.near();
            let strange = || {
                self.is_package_file(file, &["deb", "zst", "xz", "pkg", "vsix", "whl", "gem", "tgz"])
                    && self.is_from_a_stranger(&data)
                    && !self.gives_out_packages(data.source)
            };
            let bare = || host & self.know.classes().of(["raw-address"]) != 0;
            host & near == 0 && (data.source.contains("http://") || bare() || strange())
        })
    }

    /// Whether packages come from a feed there that a house rents.
    fn is_rented(&self, host: &str) -> bool {
        self.know.lists().items("rented-feeds").any(|known| globs::text(known, host))
    }

    /// Whether a host is called as those are from which the makers of programs give out packages (`rpm.example.com`), or is
    /// one of theirs.
    fn gives_out_packages(&self, source: &str) -> bool {
        let host = addresses_in(source).next().map_or("", paths::host_of);
        let first = host.split(['.', '-']).next().unwrap_or_default();
        let lists = self.know.lists();
        let of = |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        lists.has("package-hosts", first) || lists.items("package-hosts").any(|known| known.contains('.') && of(known))
    }

    /// The path behind a sign of a value; some programs know themselves what `~` is there (HTTPie).
    fn behind(&self, val: Val<'a>, sign: char) -> Option<Val<'a>> {
        match val {
            Val::Lit(text) => text.split_once(sign).map(|(_, path)| Val::Lit(self.tilde_expanded(path))),
            Val::Text([Seg::Lit(start), rest @ ..]) => {
                let (_, path) = start.split_once(sign)?;
                let mut builder = Builder::default();
                builder.push_lit(path);
                builder.push(self.bump, Val::Text(rest));
                Some(builder.done(self.bump))
            }
            _ => None,
        }
    }

    /// The data that an option or operand stands for: its text, or the file that `@path` names.
    pub fn data_of(&mut self, call: &Call<'a>, name: &str) -> Data<'a> {
        let mut result = Data::NOTHING;
        let effects = self.facts.effects.len();
        let (name, how) = source_of(name);
        let is_path = how == Source::Path;
        // What it reads below a folder of its own is there: `tar -C ~ Documents`.
        let reads = |spec: &&EffectSpec<'_>| spec.does == Kind::Read && spec.target.contains(name);
        let base = call.entry.filter(|_| is_path).and_then(|entry| entry.effects.iter().find(reads));
        let base = base.map_or("", |spec| spec.base);
        let one_by_one = |field: Field<'a>| field.val.each().map(move |val| Field { val, ..field });
        for field in call.fields(name).flat_map(one_by_one) {
            let behind = if let Source::After(sign) = how { self.behind(field.val, sign) } else { None };
            let one = match behind.unwrap_or(field.val) {
                path if behind.is_some() => self.file_data(path, field.span, true),
                path @ Val::Lit(_) if is_path => self.file_data(self.below_base(call, base, path), field.span, true),
                Val::Lit("@-" | "-") => Data { text: None, ..Data::INHERITED },
                Val::Lit(text) if text.starts_with('@') && text.len() > 1 => {
                    self.file_data(Val::Lit(&text[1..]), field.span, true)
                }
                Val::Lit(text) if text.contains("=@") || text.contains("=<") => {
                    let path = text.split_once("=@").or_else(|| text.split_once("=<")).map_or("", |(_, p)| p);
                    let path = path.split(';').next().unwrap_or(path);
                    self.file_data(Val::Lit(path), field.span, true)
                }
                Val::Text([Seg::Lit(start), rest @ ..]) if start.ends_with('@') || start.contains('@') => {
                    let mut builder = Builder::default();
                    builder.push_lit(start.rsplit_once('@').map_or("", |(_, p)| p));
                    builder.push(self.bump, Val::Text(rest));
                    let path = builder.done(self.bump);
                    let mut data = self.file_data(path, field.span, true);
                    data.taint |= field.val.taint();
                    data
                }
                val if is_path => self.file_data(val, field.span, true),
                // An address that is a secret as a whole (a webhook's) is where it goes, and nothing that goes there.
                Val::Text([Seg::Hole(_)]) if matches!(name, "url" | "--url") => Data::NOTHING,
                // The reader of a shell ends a pipeline's `${{ … }}` at the first brace.
                Val::Text([Seg::Hole(hole), Seg::Lit("}")])
                    if matches!(name, "url" | "--url") && hole.source.starts_with("${{") =>
                {
                    Data::NOTHING
                }
                val if self.goes_home(call, val, false) => Data::NOTHING,
                // A feed that a house rents, with its own token (a list in the packs says which hosts these are).
                Val::Text([Seg::Lit(_), Seg::Hole(token), Seg::Lit(host), ..])
                    if matches!(name, "-i" | "--index-url" | "--extra-index-url")
                        && token.taint == Taint::SECRET_VARIABLE
                        && host.strip_prefix('@').is_some_and(|rest| self.is_rented(paths::host_of(rest))) =>
                {
                    Data::NOTHING
                }
                val if call.program == "git" => Data::known(behind_user(val)),
                val => Data::known(val),
            };
            let taint = result.taint | one.taint;
            result = Data { taint, ..one };
        }
        // It is this call that reads them.
        let index = self.facts.calls.len().saturating_sub(1) as u32;
        for effect in self.facts.effects.iter_mut().skip(effects) {
            effect.call = index;
        }
        result
    }
}

/// Whether a folder of a service is given to the user that it is called after: `chown -R app:app /var/lib/app`.
fn owned_by_name(lists: &Lists<'_>, call: &Call<'_>, folder: Option<&str>) -> bool {
    let owner = call.fields("owner").next().and_then(|field| field.val.lit());
    let owner = owner.and_then(|owner| owner.split([':', '.']).next()).filter(|owner| owner.len() > 2);
    let below = folder.filter(|path| !path.contains("..")).and_then(|path| {
        ["/var/lib/", "/var/log/", "/opt/", "/srv/"].iter().find_map(|place| path.strip_prefix(place))
    });
    let (Some(owner), Some(below)) = (owner, below) else { return false };
    let name = below.split('/').next().unwrap_or_default();
    let own = name == owner || (owner, name) == ("postgres", "postgresql");
    let plain = call.options.iter().all(|o| ["-R", "-v", "-c", "-f", "-h"].iter().any(|name| o.is(name)));
    own && plain && !lists.has("folders-of-the-system", name)
}

/// An address without the user that it names: `https://bot:$TOKEN@host` is how git logs in there. What a command printed
/// is no user.
fn behind_user(val: Val<'_>) -> Val<'_> {
    // `https://$CI_USER:$CI_PASSWORD@host`: a name and its own password.
    if let Val::Text([Seg::Lit(start), Seg::Hole(user), Seg::Lit(":"), Seg::Hole(word), Seg::Lit(host), rest @ ..]) =
        val
        && start.ends_with("://")
        && host.starts_with('@')
        && word.taint == Taint::SECRET_VARIABLE
        && belongs_to(user.source, word.source)
    {
        return Val::Text(rest);
    }
    let Val::Text([Seg::Lit(start), Seg::Hole(token), Seg::Lit(host), rest @ ..]) = val else { return val };
    // A pipeline's `${{ … }}` ends with one brace more.
    let host = if token.source.starts_with("${{") { host.trim_start_matches('}') } else { host };
    let user = start.split_once("://").is_some_and(|(_, user)| !user.contains('/')) && host.starts_with('@');
    let forges = ["git", "bitbucket", "codeberg", "azure", "visualstudio", "sr.ht"];
    let user = user && (host == "@" || forges.iter().any(|forge| host.contains(forge)));
    if user && token.taint == Taint::SECRET_VARIABLE { Val::Text(rest) } else { val }
}

/// Whether two variables are named as a user and the password of that user: `$CI_USER` and `$CI_PASSWORD`.
fn belongs_to(user: &str, password: &str) -> bool {
    let (Some(user), Some(password)) = (variable_name(user), variable_name(password)) else { return false };
    let of = user.strip_suffix("USERNAME").or_else(|| user.strip_suffix("USER")).or_else(|| user.strip_suffix("LOGIN"));
    let to = ["PASSWORD", "PASS", "PASSWD", "PWD", "TOKEN"].iter().find_map(|end| password.strip_suffix(end));
    of.is_some() && of == to
}

/// How data is named by a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) enum Source {
    /// It is the word, or the file after a leading `@`.
    Word,
    /// The word is a path.
    Path,
    /// What stands behind the first such sign is a path (`name@file` of curl's `--data-urlencode`, `FILE:path` of socat).
    After(char),
}

/// Whether the file that a `data` item means is the standard input: `install /dev/stdin x`, `curl -d @-`, `-F x=@-`.
pub(in crate::facts) fn names_stdin(call: &Call<'_>, item: &str) -> bool {
    let (name, how) = source_of(item);
    call.fields(name).filter_map(|field| field.val.lit()).any(|text| match how {
        Source::Path => is_stdin(text),
        Source::After(sign) => text.rsplit_once(sign).is_some_and(|(_, path)| is_stdin(path)),
        Source::Word => {
            let file = text.strip_prefix('@').or_else(|| Some(text.split_once("=@").or(text.split_once("=<"))?.1));
            file.is_some_and(|path| is_stdin(path.split(';').next().unwrap_or(path)))
        }
    })
}

/// Whether a path is the standard input by one of its names.
pub(in crate::facts) fn is_stdin(path: &str) -> bool {
    matches!(path, "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}

/// The operand or option of a `data` item, and how it names data: `file:path`, `field@`, `address:`.
pub(in crate::facts) fn source_of(item: &str) -> (&str, Source) {
    match (item.strip_prefix("file:"), item.strip_suffix(['@', ':'])) {
        (Some(name), _) => (name, Source::Path),
        (None, Some(name)) => (name, Source::After(if item.ends_with('@') { '@' } else { ':' })),
        (None, None) => (item, Source::Word),
    }
}

/// Whether a value ends in all names below some folder (`find / | xargs rm`) or in it (`rm -f ~/Documents/*`, `cd /srv && rm
/// -f *`). What lies in a home itself are mostly folders, which are not meant; in `/` there are the links to `bin` and `lib`.
fn ends_below(value: Val<'_>, classes: Classes) -> bool {
    let names_all = |path: &str| {
        path.ends_with("/*") || path.ends_with("/**") || path == "*" && classes & (core::OUTSIDE | core::ROOT) != 0
    };
    let all = value.lit().is_some_and(names_all) && classes & core::HOME == 0;
    all || matches!(value, Val::Text([Seg::Lit(folder), Seg::Hole(hole)]) if hole.shape == Shape::Below && folder.ends_with('/'))
}

/// What a word names: one after the other, where a pattern of pkill has several (`a|b`, pgrep(1)).
fn alternatives(does: Kind, word: Val<'_>) -> SmallVec<[Val<'_>; 2]> {
    match word {
        Val::Lit(pattern) if does == Kind::Kill && pattern.contains('|') => {
            pattern.split('|').map(|one| Val::Lit(one.trim_matches(['(', ')', ' ']))).collect()
        }
        one => SmallVec::from_slice(&[one]),
    }
}

/// Whether a patch takes back what is changed and not committed, for the command that it comes from shows that: `git diff |
/// git apply -R`, `git diff -R HEAD | patch -p1`. Any other patch is somebody's.
fn takes_changes_back(call: &Call<'_>, command: &str) -> bool {
    let turned = |word: &str| matches!(word, "-R" | "--reverse");
    let shown = |word: &str| {
        turned(word) || matches!(word, "HEAD" | "--binary" | "--no-color" | "--no-ext-diff" | "-U0" | "--")
    };
    let Some(words) = command.strip_prefix("git diff") else { return false };
    words.split_whitespace().all(shown)
        && words.split_whitespace().any(turned) != call.options.iter().any(|o| o.is("-R"))
}
