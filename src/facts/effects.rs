//! What a call does, as the effects of its entry say: on which targets, with which data, and what the script finds of it later.

use smallvec::SmallVec;

use super::analysis::{Analysis, MORE};
use super::knowledge::{Classes, EffectSpec, Kind, Recursive, Texts};
use super::overlay::File;
use super::paths::{self, base_name, core};
use super::snapshot::{Answer, Ask};
use super::target::Look;
use super::value::{Builder, Data, Field, Seg, Shape, Taint, Val};
use super::{Call, Effect, Opt, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    /// One effect of an entry, on each of its targets.
    pub fn effect_spec(&mut self, call: &Call<'a>, index: u32, spec: &'static EffectSpec<'static>, stdin: &Data<'a>) {
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
        let excused: &[(&str, Texts<'static>)] = match spec.cond.as_deref() {
            Some(cond) if each => &cond.not_values,
            _ => &[],
        };
        let one_by_one = |name: &str| excused.iter().any(|(of, _)| *of == name) && spec.target.contains(name);
        if !call.meets_beside(spec.cond.as_deref(), one_by_one) {
            return;
        }
        let meant = |name: &str, field: &Field<'a>| {
            let excuses = excused.iter().filter(|(of, _)| *of == name && one_by_one(name));
            !excuses.flat_map(|(_, globs)| globs.bytes()).any(|glob| {
                field.val.each().any(|value| value.lit().is_some_and(|text| super::globs::text(glob, text)))
            })
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
            if name != "stdin" && call.fields(source_of(name).0).next().is_none() {
                continue;
            }
            let one = if name == "stdin" { *stdin } else { self.data_of(call, name) };
            data |= one.taint;
            written = Some(one);
        }
        let mut marks = self.marks(spec.marks);
        if let Some(mark) = written.and_then(|data| self.harmless_addition(spec.does, &data)) {
            marks = self.bump.alloc_slice_copy(&[marks, &[mark]].concat());
        }
        let mut fields = SmallVec::<[Field<'a>; 4]>::new();
        let mut literal = None;
        for name in &spec.target {
            if let Some(text) = name.strip_prefix('=') {
                literal = Some(text);
            } else if let Some(name) = name.strip_prefix("basename:") {
                // A download takes its name from the address.
                for field in call.fields(name) {
                    let Some(address) = field.val.lit() else { continue };
                    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
                    let path = path.split(['?', '#']).next().unwrap_or(path);
                    let path = if spec.does == Kind::Create { path.trim_end_matches(".git") } else { path };
                    if let Some((_, file)) = path.rsplit_once('/').filter(|(_, file)| !file.is_empty()) {
                        fields.push(Field { val: Val::Lit(file), ..field });
                    }
                }
            } else if let Some(name) = name.strip_prefix("replacement:") {
                // `-s '|^a|/etc/b|'`, `--transform=s,a,/etc/b,`: the names that come of it.
                for field in call.fields(name) {
                    let Some(text) = field.val.lit() else { continue };
                    let text = text.strip_prefix('s').unwrap_or(text);
                    let Some(sign) = text.chars().next() else { continue };
                    if let Some(with) = text.split(sign).nth(2).filter(|with| with.starts_with(['/', '~'])) {
                        fields.push(Field { val: Val::Lit(with), ..field });
                    }
                }
            } else if name == "names:stdin" {
                // `find … | cpio -o`: what stands in each line is the name of a file.
                for one in stdin.text.iter().flat_map(|text| text.each()) {
                    match one {
                        Val::Lit(text) => {
                            let names =
                                text.split(['\n', '\0']).filter(|name| !name.is_empty()).take(limits::TARGETS + 1);
                            fields.extend(names.map(|name| Field::new(Val::Lit(name), call.span)));
                        }
                        other => fields.push(Field::new(other, call.span)),
                    }
                }
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
        let filtered = narrows(call, spec.filter);
        let mut budget = limits::TARGETS;
        for field in &fields {
            for one in field.val.each() {
                if budget == 0 {
                    return self.unread(field.span, MORE, false);
                }
                budget -= 1;
                let one = if filtered { self.below(call, one, spec.filter) } else { one };
                let one = self.below_base(call, spec.base, one);
                if spec.does == Kind::Fetch
                    && let Val::Lit(url) = one
                    && url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file://"))
                    && let path = &url[7..]
                {
                    // `curl file:///etc/shadow` reads a file of this machine.
                    self.file_data(Val::Lit(path), field.span, true);
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
                let target = self.effect_target(does, one);
                // All names below a folder are the folder.
                let all = spec.does == Kind::Delete || marks.contains(&"emptied");
                let recursive = (recursive || all && ends_below(one)) && !self.is_written_file(spec.does, &target);
                let marks = self.more_marks(spec.does, one, marks);
                if spec.does == Kind::Configure
                    && marks.contains(&"selects-context")
                    && let Some(root) = self.find_entry(call.program)
                {
                    self.chosen.push((root.context, target.text));
                }
                if spec.does == Kind::Delete
                    && recursive
                    && let Some(path) = self.told_by_its_maker(one)
                {
                    let target = self.path_target(Val::Lit(path), Look::Entry);
                    self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, field.span) });
                }
                self.effect(Effect { recursive, marks, data, ..Effect::new(spec.does, target, index, field.span) });
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

    /// Whether what is deleted is a file that the script itself wrote, and no folder by its name: `-r` changes nothing.
    fn is_written_file(&self, does: Kind, target: &Target<'a>) -> bool {
        let (Kind::Delete, Some(path), true) = (does, target.path, self.state.has_files()) else { return false };
        let written = self.state.file(path).is_some_and(|file| !file.directory && !file.link);
        let ending = base_name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
        written && self.know.places().list("file-endings").any(|known| known == ending)
    }

    /// `path` narrowed to names below it.
    pub fn below(&mut self, call: &Call<'a>, path: Val<'a>, filter: Texts<'_>) -> Val<'a> {
        // In the order of the filter.
        let mut found: SmallVec<[(usize, Val<'a>); 4]> = SmallVec::new();
        for option in call.options {
            let Some(field) = option.value else { continue };
            let named = |name: &str| option.is(name) && is_name(name);
            if is_name(option.spelled) || option.names.iter().any(is_name) {
                let places = filter.iter().enumerate().filter(|(_, name)| named(name));
                let places = places.filter(|_| !negated(call, option));
                found.extend(places.map(|(place, _)| (place, field.val)));
            }
        }
        found.sort_by_key(|(place, _)| *place);
        let names: SmallVec<[Val<'a>; 4]> = found.into_iter().map(|(_, val)| val).collect();
        let mut builder = Builder::default();
        match path {
            Val::Lit(text) => builder.push_lit(self.bump, text.trim_end_matches('/')),
            other => builder.push(self.bump, other),
        }
        builder.push_lit(self.bump, "/");
        let below = Val::hole(self.bump, "…", Shape::Below, Taint::NONE);
        builder.push(self.bump, below);
        if !names.is_empty() {
            builder.push_lit(self.bump, "/");
            builder.push(self.bump, Val::set(self.bump, &names));
        }
        builder.done(self.bump)
    }

    fn effect_target(&mut self, does: Kind, val: Val<'a>) -> Target<'a> {
        match does {
            Kind::Delete | Kind::Move => self.path_target(val, Look::Entry),
            Kind::Write | Kind::Append | Kind::Create | Kind::Permit | Kind::Mount | Kind::Format => {
                self.path_target(val, Look::Through)
            }
            Kind::Read | Kind::Restore => self.path_target(val, Look::Through),
            Kind::Fetch | Kind::Send | Kind::Tunnel => self.host_target(val),
            // To speak to 0.0.0.0 is to speak to oneself; to listen there is to listen to everybody.
            Kind::Listen => {
                let target = self.host_target(val);
                let all = |text: &str| text.starts_with(':') || paths::host_of(text) == "0.0.0.0";
                let everybody = val.lit().is_some_and(all);
                if everybody { Target { classes: target.classes & !core::LOOPBACK, ..target } } else { target }
            }
            // pkill takes a pattern: `^cron$` is cron.
            Kind::Kill => Target {
                text: val.show(self.bump).trim_start_matches('^').trim_end_matches('$'),
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
        let folder = call.fields(option).last().and_then(|f| f.val.lit());
        match (folder, path) {
            (Some(folder), Val::Lit(path)) if !path.starts_with(['/', '~']) => {
                Val::Lit(self.bump.alloc_str(&format!("{}/{path}", folder.trim_end_matches('/'))))
            }
            _ => path,
        }
    }

    /// The marks of a pack.
    pub fn marks(&self, marks: Texts<'static>) -> &'a [&'a str] {
        if marks.is_empty() {
            return &[];
        }
        bumpalo::collections::Vec::from_iter_in(marks, self.bump).into_bump_slice()
    }

    /// Marks that come from the target itself: refspecs, modes, sizes.
    fn more_marks(&self, does: Kind, val: Val<'a>, marks: &'a [&'a str]) -> &'a [&'a str] {
        let mut extra: Vec<&'a str> = Vec::new();
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
        if extra.is_empty() {
            return marks;
        }
        extra.extend_from_slice(marks);
        self.bump.alloc_slice_copy(&extra)
    }

    /// What an effect leaves behind for the rest of the script: files written, copied, linked, deleted.
    fn aftermath(
        &mut self,
        call: &Call<'a>,
        spec: &'static EffectSpec<'static>,
        (target, word): (Target<'a>, Val<'a>),
        written: Option<Data<'a>>,
    ) {
        if !self.place.local() {
            return;
        }
        match spec.does {
            Kind::Write | Kind::Append | Kind::Create => {
                let Some(path) = self.remembered_as(&target, word) else { return };
                if spec.marks.contains("directory") {
                    self.folder_made(call, path, target.classes);
                    return;
                }
                if spec.marks.contains("copy") || spec.marks.contains("link") || spec.marks.contains("moved") {
                    self.copied(call, path, spec.marks.contains("link"));
                    return;
                }
                if spec.marks.contains("same") {
                    // Made for the sake of its name: a pattern would hand it to a program as an option.
                    if base_name(path).starts_with('-') && self.state.file(path).is_none() {
                        let data = Data::unknown("", Taint::NONE);
                        let file = File { data, same_as: None, link: false, directory: false };
                        self.state.set_file(path, Some(file));
                    }
                    return;
                }
                if spec.marks.contains("edited")
                    && let Some(data) = self.edited_in_place(call, path)
                {
                    self.remember(Some(path), data, false);
                    return;
                }
                let data = match written {
                    // What a compiler makes of a text is no text, and comes from where that came from.
                    Some(data) if spec.marks.contains("compiled") => Data::unknown(call.program, data.taint),
                    Some(data) => data,
                    None => Data::unknown(
                        call.program,
                        match () {
                            () if spec.marks.contains("download") => Taint::NETWORK,
                            () if spec.marks.contains("private") => Taint::PRIVATE,
                            () => Taint::OPAQUE,
                        },
                    ),
                };
                let index = self.facts.calls.len().saturating_sub(1) as u32;
                self.planted(target, &data, call.span, index);
                self.remember(Some(path), data, spec.does == Kind::Append);
            }
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

    /// What lies in a folder after something was copied, moved or fetched into it: what was named, and of folders that the
    /// script filled, what it put there.
    fn put_into(&self, call: &Call<'a>, folder: Val<'a>, target: Target<'a>) -> Vec<&'a str> {
        let mut out = Vec::new();
        let Val::Lit(to) = folder else { return out };
        let made = || target.path.and_then(|path| self.state.file(path)).is_some_and(|file| file.directory);
        let whole = call.options.iter().any(|o| o.is("-T"));
        let is_folder = to.ends_with('/') || matches!(to, "." | "..") || target.classes & core::HOME != 0 || made();
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

    /// What a substitution that is not computed was asked about, where that is a home or the system: `$(stat -c %n /home)`.
    fn told_by_its_maker(&self, word: Val<'a>) -> Option<&'a str> {
        let Val::Text([Seg::Hole(hole), rest @ ..]) = word else { return None };
        let whole = rest.iter().all(|seg| matches!(seg, Seg::Lit(part) if part.trim_matches(['/', '*']).is_empty()));
        if !whole || !hole.source.contains(' ') {
            return None;
        }
        let places = self.know.places();
        let precious = core::ROOT | core::HOME | places.classes(["system-tree"]);
        let ends = |c: char| c.is_whitespace() || "\"'()`=;|,<>".contains(c);
        hole.source.split(ends).find_map(|part| match part {
            "~" | "$HOME" | "${HOME}" | "HOME" | "os.homedir" | "homedir" => Some(self.tilde_expanded("~")),
            _ if part.len() > 1 && part.starts_with('/') => {
                let classes = paths::classify(places, self.ground(), part.trim_end_matches('/'));
                (classes & precious != 0).then_some(part)
            }
            _ => None,
        })
    }

    /// A folder is the script's own if it was not there before. Outside the project only that counts: that the disk says
    /// so, or that what follows runs only if a call succeeded that fails where there is something already.
    fn folder_made(&mut self, call: &Call<'a>, path: &'a str, classes: Classes) {
        let places = self.know.places();
        let precious = core::ROOT | core::HOME | core::WORKSPACE_ROOT | places.classes(["temporary-root"]);
        let own =
            classes & (core::WORKSPACE | core::TEMPORARY) != 0 && call.verb != "git clone" && base_name(path) != ".git";
        let certain = || call.verb != "install" && !call.options.iter().any(|o| o.is("-p"));
        if classes & precious != 0 {
            return;
        }
        let builds = places.list("build-places").any(|place| super::globs::path(place, path));
        if !own && self.snapshot.answers() {
            if !matches!(self.ask(&Ask::Path(path.to_owned())), Answer::Missing) {
                return;
            }
        } else if !own && !self.state.options.errexit {
            match &mut self.chain {
                Some(made) if certain() || builds => made.push(path),
                _ => return,
            }
        } else if !own && !certain() && !builds {
            return;
        }
        let file = File { data: Data::unknown("", Taint::NONE), same_as: None, link: false, directory: true };
        self.state.set_file(path, Some(file));
    }

    /// A text of the script's own that an editor changes: what it becomes, or what it was where that cannot be told.
    fn edited_in_place(&self, call: &Call<'a>, path: &str) -> Option<Data<'a>> {
        let data = self.state.file(path)?.data;
        let text = data.text?.lit()?;
        let has = |name: &str| call.options.iter().any(|o| o.is(name));
        let edited = match call.program {
            "sed" | "gsed" => super::fold::sed_script(call)
                .and_then(|(script, _)| super::sed::edited(text, &script, has("-n"), has("-E") || has("-r"))),
            _ => None,
        };
        Some(Data { text: Some(Val::Lit(edited.map_or(text, |text| self.bump.alloc_str(&text)))), ..data })
    }

    /// `cp a b`, `ln -s a b`, `mv a b`: b is a.
    fn copied(&mut self, call: &Call<'a>, destination: &'a str, link: bool) {
        let Some(source) = call.fields("src").next().map(|f| f.val) else { return };
        let Val::Lit(source_text) = source else {
            let data = Data::unknown(call.program, source.taint());
            let written = self.overlay(source).and_then(|name| self.state.file(name));
            let file = written.unwrap_or(File { data, same_as: None, link: false, directory: false });
            self.state.set_file(destination, Some(file));
            return;
        };
        // `$(which rm)` folds to a bare program name.
        let absolute = if source_text.contains('/') || self.find_entry(source_text).is_none() {
            self.absolute(source_text).unwrap_or(source_text)
        } else {
            source_text
        };
        let base = base_name(source_text);
        let into = self.bump.alloc_str(&format!("{}/{base}", destination.trim_end_matches('/')));
        let known = self.state.file(absolute);
        let file = match known {
            Some(file) if !link => file,
            _ => {
                let data = if link {
                    Data::unknown(source_text, Taint::NONE)
                } else {
                    self.file_data(source, call.span, false)
                };
                File { data, same_as: Some(absolute), link, directory: false }
            }
        };
        self.state.set_file(destination, Some(file));
        if self.state.file(destination).is_none_or(|f| !f.link) {
            self.state.set_file(into, Some(file));
        }
    }

    /// The path behind a sign of a value.
    fn behind(&self, val: Val<'a>, sign: char) -> Option<Val<'a>> {
        match val {
            Val::Lit(text) => text.split_once(sign).map(|(_, path)| Val::Lit(path)),
            Val::Text([Seg::Lit(start), rest @ ..]) => {
                let (_, path) = start.split_once(sign)?;
                let mut builder = Builder::default();
                builder.push_lit(self.bump, path);
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
        let one_by_one = |field: Field<'a>| field.val.each().map(move |val| Field { val, ..field });
        for field in call.fields(name).flat_map(one_by_one) {
            let behind = if let Source::After(sign) = how { self.behind(field.val, sign) } else { None };
            let one = match behind.unwrap_or(field.val) {
                path if behind.is_some() => self.file_data(path, field.span, true),
                Val::Lit(text) if is_path => self.file_data(Val::Lit(text), field.span, true),
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
                    builder.push_lit(self.bump, start.rsplit_once('@').map_or("", |(_, p)| p));
                    builder.push(self.bump, Val::Text(rest));
                    let path = builder.done(self.bump);
                    let mut data = self.file_data(path, field.span, true);
                    data.taint |= field.val.taint();
                    data
                }
                val if is_path => self.file_data(val, field.span, true),
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
    let user = start.split_once("://").is_some_and(|(_, user)| !user.contains('/')) && host.starts_with('@');
    let forges = ["git", "bitbucket", "codeberg", "azure", "visualstudio", "sr.ht"];
    let user = user && (*host == "@" || forges.iter().any(|forge| host.contains(forge)));
    if user && token.taint == Taint::SECRET_VARIABLE { Val::Text(rest) } else { val }
}

/// Whether two variables are named as a user and the password of that user: `$CI_USER` and `$CI_PASSWORD`.
fn belongs_to(user: &str, password: &str) -> bool {
    let name = |source: &'_ str| source.trim_start_matches(['$', '{']).trim_end_matches('}').to_owned();
    let (user, password) = (name(user), name(password));
    let of = user.strip_suffix("USERNAME").or_else(|| user.strip_suffix("USER")).or_else(|| user.strip_suffix("LOGIN"));
    let to = ["PASSWORD", "PASS", "PASSWD", "PWD", "TOKEN"].iter().find_map(|end| password.strip_suffix(end));
    of.is_some() && of == to
}

/// How data is named by a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It is the word, or the file after a leading `@`.
    Word,
    /// The word is a path.
    Path,
    /// What stands behind the first such sign is a path (`name@file` of curl's `--data-urlencode`, `FILE:path` of socat).
    After(char),
}

/// The operand or option of a `data` item, and how it names data: `file:path`, `field@`, `address:`.
fn source_of(item: &str) -> (&str, Source) {
    match (item.strip_prefix("file:"), item.strip_suffix(['@', ':'])) {
        (Some(name), _) => (name, Source::Path),
        (None, Some(name)) => (name, Source::After(if item.ends_with('@') { '@' } else { ':' })),
        (None, None) => (item, Source::Word),
    }
}

/// Whether a value ends in all names below some folder (`find / | xargs rm`).
fn ends_below(value: Val<'_>) -> bool {
    matches!(value, Val::Text([Seg::Lit(folder), Seg::Hole(hole)]) if hole.shape == Shape::Below && folder.ends_with('/'))
}

/// Whether one of the options in `filter` leaves some names out; all names but some (`! -name keep`) are still as good as all.
pub fn narrows(call: &Call<'_>, filter: Texts<'_>) -> bool {
    if filter.is_empty() {
        return false;
    }
    // All folders hold all files.
    let folders = |o: &Opt<'_>| o.is("-type") && o.value.and_then(|f| f.val.lit()) == Some("d");
    let branch = branch_start(call);
    // What find is told after `-delete` comes too late (find(1): the expression is evaluated from left to right).
    let deletes = call.options.iter().find(|o| o.spelled == "-delete").map_or(u32::MAX, |o| o.span.start);
    // `-name '*.o' -o -name '*'`: one that leaves nothing out makes the others worth nothing.
    let everything = call.options.iter().any(|o| is_name(o.spelled) && o.value.and_then(|f| f.val.lit()) == Some("*"));
    let by_option = |name: &str| {
        call.options.iter().any(|o| {
            o.is(name)
                && o.span.start >= branch
                && o.span.start < deletes
                && !(is_name(name) && (everything || negated(call, o)))
                && !folders(o)
        })
    };
    // fd's pattern: `.` is in every name.
    let by_pattern = |name: &str| {
        let meant = call.operands.iter().filter(|operand| operand.name == name);
        meant.map(|operand| operand.field.val.lit()).any(|pattern| !matches!(pattern, Some("." | "" | ".*" | "*")))
    };
    filter.iter().any(|name| by_option(name) || !name.starts_with('-') && by_pattern(name))
}

/// Where the branch of find's expression begins that deletes or runs something: `-name a -o -delete` does it to all but
/// `a`, for what stands before the last `-o` at its own level is another branch.
fn branch_start(call: &Call<'_>) -> u32 {
    let acts = |word: &Field<'_>| matches!(word.val.lit(), Some("-delete" | "-exec" | "-execdir"));
    let Some(end) = call.words.iter().position(acts) else { return 0 };
    let mut depth = 0_i32;
    for word in call.words[..end].iter().rev() {
        match word.val.lit() {
            Some(")") => depth += 1,
            Some("(") => depth -= 1,
            Some("-o" | "-or" | ",") if depth == 0 => return word.span.start,
            _ => {}
        }
    }
    0
}

/// Whether an option that filters does so by name.
fn is_name(option: &str) -> bool {
    option.ends_with("name") || option.ends_with("path")
}

/// Whether an option of find says what is not meant: `!` stands before it, or what it finds is pruned (`-name x -prune -o …`).
fn negated(call: &Call<'_>, option: &Opt<'_>) -> bool {
    let Some(at) = call.words.iter().position(|word| word.span == option.span) else { return false };
    let is = |at: usize, names: [&str; 2]| {
        call.words.get(at).and_then(|word| word.val.lit()).is_some_and(|word| names.contains(&word))
    };
    let pruned = |from: usize| (from..call.words.len()).any(|at| is(at, ["-prune"; 2]) && is(at + 1, ["-o", "-or"]));
    // `! \( -name keep \)`
    let before = call.words[..at].iter().rposition(|word| word.val.lit() != Some("("));
    before.is_some_and(|before| is(before, ["!", "-not"])) || pruned(at)
}
