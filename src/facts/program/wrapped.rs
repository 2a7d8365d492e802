//! What a program runs in its turn: the words it wraps, and the place it leads to.

use smallvec::SmallVec;

use crate::facts::analysis::{Analysis, MORE};
use crate::facts::evaluate::invoke::Invocation;
use crate::facts::evaluate::redirect::Channels;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::{RunSpec, Where};
use crate::facts::program::filters::narrows;
use crate::facts::program::span_of;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Builder, Data, Field, Seg, Sink, Taint, Val};
use crate::facts::{Call, Opt, Place, Shared};
use crate::limits;

impl<'a> Analysis<'a> {
    /// A word of `env -S` with its variables, which are always written `${NAME}` (env(1)).
    fn braces_filled(&mut self, word: &'a str) -> Val<'a> {
        let mut builder = Builder::default();
        let mut rest = word;
        while let Some((before, (name, after))) =
            rest.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            builder.push_lit(before);
            let val = self.variable(name, word);
            builder.push(self.bump, val);
            rest = after;
        }
        builder.push_lit(rest);
        builder.done(self.bump)
    }

    /// The program that an image starts by itself, and that is only given words: `hashicorp/terraform:1.9 destroy`.
    fn started_by(&self, image: Field<'a>) -> Option<&'a str> {
        let name = image.val.lit()?;
        let name = base_name(name.split('@').next().unwrap_or(name));
        let name = name.split(':').next().unwrap_or(name);
        let known = self.know.lists().items("images-of-programs").find(|known| *known == name)?;
        Some(known.strip_suffix("-cli").unwrap_or(known))
    }

    /// Runs what a call wraps. Whether there is anything.
    pub fn run_spec(
        &mut self,
        call: &Call<'a>,
        spec: &'static RunSpec<'static>,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        if !call.meets(spec.cond.as_deref()) {
            return false;
        }
        let mut groups = wrapped_words(call, spec);
        self.put_program_first(call, spec, &mut groups);
        self.put_program_of_image_first(call, spec, &mut groups);
        if spec.words.contains("-m") {
            // `python -m pip …`: only modules that are programs too.
            let known = |words: &Vec<Field<'a>>| {
                words.first().and_then(|w| w.val.lit()).is_some_and(|name| self.know.entry(name).is_some())
            };
            if !groups.iter().all(known) {
                return false;
            }
        }
        if groups.is_empty() {
            if spec.shell {
                self.enter(call, spec, |this| {
                    let data = *stdin;
                    if !data.inherited {
                        this.code_data("bash", &data, call.span, out, this.facts.calls.len() as u32 - 1);
                    }
                });
            }
            return spec.shell;
        }
        // Each is looked at with all options of the call.
        if groups.len() > limits::UNROLL {
            self.unread(call.span, MORE, false);
            groups.truncate(limits::UNROLL);
        }
        let mut elsewhere = Sink::new();
        let remote = spec.place == Where::Remote;
        let mut any = false;
        for mut words in groups {
            let settings = self.settings_wrapped(call, spec, &mut words);
            self.strip_mistaken(call, &mut words);
            if !words.is_empty() {
                any = true;
                self.run_wrapped(call, spec, (words, settings), stdin, if remote { &mut elsewhere } else { out });
            }
        }
        if any && remote {
            // Whatever another machine prints comes from there.
            out.push(Data::unknown(self.text_of(call.span), Taint::NETWORK | Taint::OPAQUE));
        }
        any
    }

    /// The program that an option names stands before the words: `env -S 'rm -rf' x`, a program with its first arguments.
    fn put_program_first(&mut self, call: &Call<'a>, spec: &RunSpec<'_>, groups: &mut Vec<Vec<Field<'a>>>) {
        let Some(program) = call.fields(spec.program).last().filter(|field| field.val != Val::EMPTY) else { return };
        let parts = program
            .val
            .lit()
            .and_then(|text| shell_words::split(&text.replace("\\_", " ")).ok())
            .filter(|parts| parts.len() > 1);
        let first: Vec<Field<'a>> = match parts {
            Some(parts) => parts
                .iter()
                .map(|part| {
                    let val = self.braces_filled(self.bump.alloc_str(part));
                    Field { val, derived: true, ..program }
                })
                .collect(),
            None => vec![program],
        };
        match groups.first_mut() {
            Some(words) => drop(words.splice(0..0, first)),
            None => groups.push(first),
        }
    }

    /// So does the one that an image starts by itself, if the words do not name it.
    fn put_program_of_image_first(&self, call: &Call<'a>, spec: &RunSpec<'_>, groups: &mut Vec<Vec<Field<'a>>>) {
        if spec.place != Where::Container || call.fields(spec.program).next().is_some() {
            return;
        }
        let Some(image) = call.fields("image").chain(call.fields("--image")).next() else { return };
        let (Some(program), Some(words)) = (self.started_by(image), groups.first()) else { return };
        let Some(first) = words.first().filter(|first| first.val.lit() != Some(program)) else { return };
        let mut given = words.clone();
        given.insert(0, Field { val: Val::Lit(program), derived: true, ..image });
        // An image of that name may start what it is told to, all the same.
        match self.names_program(first) {
            true => groups.push(given),
            false => groups[0] = given,
        }
    }

    /// The variables that what is wrapped is given; those that stand before its words are taken from there.
    fn settings_wrapped(
        &mut self,
        call: &Call<'a>,
        spec: &RunSpec<'_>,
        words: &mut Vec<Field<'a>>,
    ) -> Vec<(&'a str, Val<'a>)> {
        let mut settings: Vec<(&'a str, Val<'a>)> = Vec::new();
        if spec.assignments {
            // `env $(cat .env.production | xargs) rails db:migrate`
            let read = words.first().and_then(|word| self.variables_read_within(word.span));
            settings.extend(words.iter().map_while(|word| assignment(self.bump, word)));
            words.drain(..settings.len());
            let environment = read.and_then(|file| self.environment_of_file(Val::Lit(file)));
            settings.extend(environment.map(|name| ("APP_ENV", Val::Lit(name))));
        }
        // `docker run -e RAILS_ENV=test`; anything else names a file of them.
        for field in spec.variables.iter().flat_map(|name| call.fields(name)) {
            match assignment(self.bump, &field) {
                Some(given) => settings.push(given),
                None => settings.extend(self.environment_of_file(field.val).map(|name| ("APP_ENV", Val::Lit(name)))),
            }
        }
        settings
    }

    /// Runs one of the commands that a call wraps.
    fn run_wrapped(
        &mut self,
        call: &Call<'a>,
        spec: &'static RunSpec<'static>,
        (words, settings): (Vec<Field<'a>>, Vec<(&'a str, Val<'a>)>),
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        if words[0].val.lit() == Some(":::") && spec.stdin {
            // Each is a command of its own.
            for code in &words[1..] {
                self.shell_code(code.val, code.span, stdin, out, u32::MAX);
            }
            return;
        }
        if words.len() > 1 && words[0].val.lit() == Some("-c") {
            // `flock lock -c 'code'`, `su user -c 'code'`
            let code = words[1];
            return self.enter(call, spec, |this| this.shell_code(code.val, code.span, stdin, out, u32::MAX));
        }
        let filled = self.filled_words(call, spec, words, stdin);
        let words = self.bump.alloc_slice_copy(&filled);
        let settings: &'a [(&'a str, Val<'a>)] = self.bump.alloc_slice_copy(&settings);
        let evaluated = !spec.rehearsal.is_empty() && self.expressions_in(words, call.span);
        if !evaluated && spec.rehearsal.iter().any(|name| call.is_excused_by(name)) {
            let mut line = Builder::default();
            line.push(self.bump, self.as_line(words));
            line.push_lit("\n");
            return out.push(Data::known(line.done(self.bump)));
        }
        // Words that are none of a shell's own are given as they are, what is filled in among them.
        let plain = |w: &Field<'a>| w.val.lit().is_none_or(|t| !t.contains([' ', ';', '|', '&', '$', '`', '>']));
        let function = words.first().and_then(|w| w.val.lit()).is_some_and(|name| self.state.function(name).is_some());
        let joined = spec.joined && (function || !(spec.stdin && words.len() > 1 && words.iter().all(plain)));
        // parallel hands pieces of its input to each command instead of words.
        let piped = call.options.iter().any(|o| o.is("--pipe") || o.is("--pipepart"));
        let all = !spec.below.is_empty() && !narrows(call, spec.filter);
        let (walking, in_turn) = (self.walking, self.in_turn);
        self.walking |= all;
        self.in_turn |= all || spec.stdin;
        self.enter(call, spec, |this| {
            if !this.place.local() && !settings.is_empty() {
                let handed = this.bump.alloc_slice_copy(&[this.place.handed, settings].concat());
                this.place = this.bump.alloc(Place { handed, ..*this.place });
            }
            let input = if spec.stdin && !piped { Data::NOTHING } else { *stdin };
            if joined && this.know.lists().has("joins-for-cmd", call.program) {
                if let Val::Lit(line) = this.as_line(words) {
                    this.cmd(line, call.span, &input, u32::MAX);
                }
            } else if joined {
                let quotes = words.len() > 1 && this.know.lists().has("quotes-words", call.program);
                let words = if quotes { this.in_double_quotes(words) } else { words };
                this.joined_words(words, &input, out);
            } else {
                this.external_or_shell(words, settings, &input, out);
            }
        });
        (self.walking, self.in_turn) = (walking, in_turn);
    }

    /// The wrapped words without what still belongs to the wrapper: `--`, and what an option took that is not known to
    /// take anything (`unshare -S 0 rm …`).
    fn strip_mistaken(&self, call: &Call<'a>, words: &mut Vec<Field<'a>>) {
        let marks = words.iter().take_while(|word| word.val.lit() == Some("--")).count();
        words.drain(..marks.min(words.len().saturating_sub(1)));
        let Some(first) = words.first().and_then(|w| w.val.lit()) else { return };
        let unknown = call.options.iter().any(|o| o.names.is_empty() && o.value.is_none());
        let number = |b: u8| b.is_ascii_digit() || matches!(b, b',' | b':' | b'.');
        let odd = first.starts_with('-') || first.bytes().all(number) && !matches!(first, ":::" | ":::+");
        if (odd || unknown && !first.contains('/'))
            && first != "-c"
            && !self.names_program(&words[0])
            && let Some(at) = words.iter().take(6).position(|word| self.names_program(word))
        {
            words.drain(..at);
        }
    }

    /// Wrappers start programs, never functions; but what a shell's builtin does, its program does too.
    fn external_or_shell(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) {
        match words[0].val {
            Val::Lit(name @ ("echo" | "printf" | "test" | "[" | "true" | "false" | "cd" | "command" | "type"))
                if self.in_search_path(name, settings).is_none() =>
            {
                let command = Invocation { words, settings, stdin, channels: &Channels::default() };
                self.builtin(name, &command, out);
            }
            Val::Set(set) => {
                for member in set {
                    let copy = self.with_first(words, Field { val: *member, ..words[0] });
                    self.external(copy, settings, stdin, out);
                }
            }
            _ => self.external(words, settings, stdin, out),
        }
    }

    /// The words as one line.
    pub fn as_line(&self, words: &[Field<'a>]) -> Val<'a> {
        let mut builder = Builder::default();
        for (index, field) in words.iter().enumerate() {
            if index > 0 {
                builder.push_lit(" ");
            }
            builder.push(self.bump, field.val);
        }
        builder.done(self.bump)
    }

    /// Words that are joined for a shell, those with blanks or quotes in double quotes, in which it still expands.
    fn in_double_quotes(&self, words: &[Field<'a>]) -> &'a [Field<'a>] {
        let quoted = |word: &Field<'a>| match word.val.lit().filter(|text| text.contains([' ', '"'])) {
            Some(text) => {
                let quoted = format!("\"{}\"", text.replace('"', "\\\""));
                Field { val: Val::Lit(self.bump.alloc_str(&quoted)), ..*word }
            }
            None => *word,
        };
        self.bump.alloc_slice_fill_iter(words.iter().map(quoted))
    }

    fn joined_words(&mut self, words: &'a [Field<'a>], stdin: &Data<'a>, out: &mut Sink<'a>) {
        let code = self.as_line(words);
        let mark = self.state.mark();
        self.shell_code(code, span_of(words), stdin, out, u32::MAX);
        self.leave_subshell(mark);
    }

    /// `{= … =}`: Perl, which is evaluated also where nothing is run (parallel(1), "{=perl expression=}"). Whether there is any.
    fn expressions_in(&mut self, words: &[Field<'a>], span: Span) -> bool {
        let texts = words.iter().filter_map(|word| word.val.lit());
        let expressions: SmallVec<[&'a str; 2]> = texts.flat_map(|text| text.split("{=").skip(1)).collect();
        for (at, code) in expressions.iter().enumerate() {
            if at >= limits::VALUES {
                self.unread(span, MORE, false);
                break;
            }
            self.foreign("perl", code.split("=}").next().unwrap_or(code), span, &Data::NOTHING, u32::MAX);
        }
        !expressions.is_empty()
    }

    /// Runs something in the place that a wrapper leads to.
    fn enter(&mut self, call: &Call<'a>, spec: &'static RunSpec<'static>, run: impl FnOnce(&mut Self)) {
        if self.wrappers >= limits::WRAPPERS {
            self.unread(call.span, "more wrappers around one command than gate follows", false);
            return;
        }
        let before = self.place;
        let target = match spec.target.strip_prefix('=') {
            Some(place) => place,
            None if spec.target.is_empty() => "",
            None => call.fields(spec.target).next().map_or("", |f| f.val.show(self.bump)),
        };
        let mut place = *before;
        let mut via = place.via.to_vec();
        via.push(call.program);
        place.via = self.bump.alloc_slice_copy(&via);
        let mark = self.state.mark();
        match spec.place {
            // With the settings of an environment: `doppler run -c prd -- …` acts there. What they are called otherwise says
            // nothing of where.
            Where::Same if self.know.environments().is_production(target) => place.name = target,
            Where::Same => {}
            Where::Detached => {
                if matches!(place.kind, Where::Same | Where::NetworkNamespace) {
                    place.kind = Where::Detached;
                }
            }
            Where::Root | Where::User => {
                place.privileged |= matches!(target, "" | "root" | "0" | "#0" | "#-1" | "#4294967295");
                if place.kind == Where::Same {
                    place.kind = spec.place;
                }
                // A login is at home where that user is (su(1)).
                if call.program == "su"
                    && let Some(home) = self.home_of(target)
                {
                    self.state.set_var("HOME", Some(Var::plain(Val::Lit(home))));
                }
            }
            // Its files, processes and rights are this machine's; its links and firewall are its own (ip-netns(8)).
            Where::NetworkNamespace => {
                if matches!(place.kind, Where::Same | Where::Root | Where::User | Where::Detached) {
                    place.kind = spec.place;
                }
            }
            Where::Remote => {
                let guest = self.leads_into_a_guest(call, target);
                place = Place {
                    kind: if guest { Where::Running } else { Where::Remote },
                    name: target,
                    privileged: false,
                    far: !guest,
                    mounts: &[],
                    root: "",
                    via: place.via,
                    handed: &[],
                };
                self.state.set_cwd(Val::Lit("/home/remote"));
            }
            // Where what is shared lies cannot be told: it may be anything of this machine.
            Where::Container
                if call.program == "bwrap" && !spec.mounts.iter().all(|option| shares_are_plain(call, option)) => {}
            Where::Container | Where::Running => {
                let mounts = self.shares_of(call, spec);
                place = Place {
                    kind: spec.place,
                    name: target,
                    privileged: place.privileged,
                    far: place.far || self.leads_far(call),
                    mounts: self.bump.alloc_slice_copy(&mounts),
                    root: "",
                    via: place.via,
                    handed: &[],
                };
                let directory = call.fields(spec.directory).next().map_or(Val::Lit("/"), |f| f.val);
                self.state.set_cwd(directory);
            }
            Where::Chroot => {
                let folder = self.absolute_or(target);
                // A folder that the container shares with this machine is that one; any other is taken for the root of
                // the machine that the container runs on, as `/host` is.
                let shared = |shared: &Shared<'_>| folder.starts_with(shared.inside.trim_end_matches('/'));
                let of_container = matches!(place.kind, Where::Container | Where::Running);
                let known = place.kind == Where::Container && place.mounts.iter().any(shared);
                if !known {
                    place.kind = Where::Chroot;
                }
                place.root = match place.root {
                    _ if of_container && !known => "",
                    outer if !outer.is_empty() && !folder.starts_with("/proc/") => {
                        self.bump.alloc_str(&format!("{outer}{folder}"))
                    }
                    _ => folder,
                };
                self.state.set_cwd(Val::Lit("/"));
            }
        }
        if !matches!(spec.place, Where::Container | Where::Running)
            && !spec.directory.is_empty()
            && let Some(field) = call.fields(spec.directory).next()
        {
            let cwd = match field.val {
                // A property of systemd's: systemd.exec(5).
                Val::Lit(property) if property.starts_with("WorkingDirectory=") => {
                    Val::Lit(self.absolute_or(&property["WorkingDirectory=".len()..]))
                }
                folder => self.rooted(folder),
            };
            self.state.set_cwd(cwd);
        }
        if let Some(folder) = folder_of_found(call) {
            self.state.set_cwd(Val::Lit(self.absolute_or(folder)));
        }
        let apart = match spec.place {
            Where::Remote | Where::Container | Where::Running => true,
            Where::Root | Where::User => {
                let keeps = |o: &Opt<'a>| self.know.lists().has("keeps-environment", o.spelled);
                !call.options.iter().any(keeps)
            }
            _ => false,
        };
        let lists = self.know.lists();
        let says = |list: &'static str, option: &Opt<'a>| lists.behind(list, call.program).any(|name| option.is(name));
        for option in call.options.iter().filter(|option| says("unsets-a-variable", option)) {
            if let Some(name) = option.value.and_then(|field| field.val.lit()) {
                self.leave_variable_behind(name);
            }
        }
        if apart || call.options.iter().any(|option| says("clears-environment", option)) {
            let names =
                spec.variables.iter().flat_map(|option| call.fields(option)).filter_map(|field| field.val.lit());
            let handed: Vec<&str> = names.map(|text| text.split('=').next().unwrap_or(text)).collect();
            self.leave_environment_behind(&handed);
        }
        self.place = self.bump.alloc(place);
        self.wrappers += 1;
        run(self);
        self.wrappers -= 1;
        self.place = before;
        self.leave_subshell(mark);
    }

    /// The home of a user, as most systems have it.
    fn home_of(&self, user: &str) -> Option<&'a str> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let named = self.know.lists().items("homes-of-services").filter_map(|item| item.split_once('='));
        match user {
            "" | "root" => Some("/root"),
            _ if !user.bytes().all(plain) => None,
            _ => Some(
                named
                    .into_iter()
                    .find(|(known, _)| *known == user)
                    .map_or_else(|| &*self.bump.alloc_str(&format!("/home/{user}")), |(_, home)| home),
            ),
        }
    }

    pub(super) fn absolute_or(&self, path: &'a str) -> &'a str {
        self.absolute(path).unwrap_or(path)
    }

    /// A folder that an option names, from where the shell is.
    pub fn rooted(&self, folder: Val<'a>) -> Val<'a> {
        folder.lit().map_or(folder, |path| Val::Lit(self.absolute_or(path)))
    }
}

/// The folder in which `find -execdir` runs what it runs (find(1)): that of what is found, which is the one that is searched,
/// or the one that this lies in where nothing but itself can be found.
fn folder_of_found<'a>(call: &Call<'a>) -> Option<&'a str> {
    let mut words = call.words.iter().filter_map(|word| word.val.lit());
    if call.program != "find" || !words.any(|word| matches!(word, "-execdir" | "-okdir")) {
        return None;
    }
    let searched = call.fields("path").next()?.val.lit()?;
    let rooted = searched.starts_with(['/', '~']);
    let has = |name: &str| call.options.iter().any(|o| o.is(name));
    let deepest = call.fields("-maxdepth").next().and_then(|field| field.val.lit());
    let itself = deepest == Some("0") || rooted && !["-name", "-iname", "-path", "-mindepth"].into_iter().any(has);
    match searched.trim_end_matches('/').rsplit_once('/').filter(|_| itself) {
        Some(("", _)) => Some("/"),
        Some((folder, _)) => Some(folder),
        None => (rooted || !itself).then_some(searched),
    }
}

fn assignment<'a>(bump: &'a bumpalo::Bump, field: &Field<'a>) -> Option<(&'a str, Val<'a>)> {
    let segs = field.val.segs(bump);
    let Some(Seg::Lit(start)) = segs.first() else { return None };
    let (name, value) = start.split_once('=')?;
    if name.is_empty()
        || !name.trim_end_matches("%%").bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        || name.as_bytes()[0].is_ascii_digit()
    {
        return None;
    }
    let mut builder = Builder::default();
    builder.push_lit(value);
    builder.push(bump, Val::Text(&segs[1..]));
    Some((name, builder.done(bump)))
}

/// Whether bwrap is told in so many words what to share, and where.
fn shares_are_plain(call: &Call<'_>, option: &str) -> bool {
    call.fields(option).all(|field| field.val.lit().is_some_and(|text| text.matches(':').count() == 1))
}

/// The words that a call wraps: one command, or several, as its entry says by which options or operands.
fn wrapped_words<'a>(call: &Call<'a>, spec: &RunSpec<'_>) -> Vec<Vec<Field<'a>>> {
    let options = |name: &str| name.starts_with('-');
    if spec.joined && spec.words.iter().all(options) {
        // The value of an option is a line for a shell.
        return spec.words.iter().flat_map(|name| call.fields(name)).map(|field| vec![field]).collect();
    }
    if !spec.words.iter().any(options) {
        let each = spec.words.iter().map(|name| call.fields(name).collect::<Vec<_>>());
        return each.filter(|fields| !fields.is_empty()).collect();
    }
    let mut groups = Vec::new();
    let mut at = 1;
    while at < call.words.len() {
        if call.words[at].val.lit().is_some_and(|text| spec.words.contains(text)) {
            let start = at + 1;
            let ends = |word: &Field<'a>| word.val.lit().is_some_and(|text| spec.until.contains(text));
            at = start + call.words[start..].iter().take_while(|word| !ends(word)).count();
            groups.push(call.words[start..at].to_vec());
        }
        at += 1;
    }
    groups
}
