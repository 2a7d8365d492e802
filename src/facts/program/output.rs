//! What a call prints, as far as its entry, its input and the files it read tell.

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{EVERY, Kind, Output};
use crate::facts::targets::paths::{comes_in, core};
use crate::facts::targets::{Look, globs};
use crate::facts::value::{Data, EVERYTHING, Field, Seg, Shape, Taint, Val, variable_name};
use crate::facts::{Call, Effect, Opt, Source};

impl<'a> Analysis<'a> {
    /// What it prints; the contents of a secret's file may be in it however that was named, if only in an error.
    pub fn output(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) -> Data<'a> {
        if let Some(assignments) = self.quoted_assignments(call, stdin) {
            return assignments;
        }
        let mut data = self.printed_by(call, index, stdin);
        if self.shows_names_only(call) {
            data.taint = data.taint.without(Taint(Taint::SECRET.0 | Taint::STORE.0));
            self.names_only(index, stdin);
        }
        if self.asks_store(index) {
            data.taint |= Taint::STORE | Taint::SECRET;
        }
        if self.decrypts(index) {
            data.taint |= Taint::SECRET;
        }
        if self.downloads_to_output(index) {
            data.taint |= Taint::NETWORK;
        }
        if data.taint.has(Taint::NETWORK) && call.words.iter().skip(1).any(|word| self.asks_for_token(word.val)) {
            data.taint |= Taint::SECRET;
        }
        if call.words.iter().skip(1).any(|word| word.val.lit().is_some_and(is_hidden)) && self.names_secret(call) {
            data.taint |= Taint::SECRET;
        }
        // What a piece of code reads, it may print.
        if call.entry.is_some_and(|entry| !entry.code.is_empty()) {
            data.taint |= self.reads_of(index).only(Taint::SECRET | Taint::SECRET_VARIABLE | Taint::PRIVATE);
        }
        // The whole environment, out of a piece of code.
        let vocabulary = self.know.vocabulary();
        let shows =
            |word: &Field<'a>| word.val.lit().is_some_and(|text| vocabulary.lists.named_in("whole-environment", text));
        if call.entry.is_some_and(|entry| !entry.code.is_empty()) && call.words.iter().skip(1).any(shows) {
            data.taint |= Taint::SECRET;
        }
        // `node -p process.env`, `jq -n env`
        let mut whole = vocabulary.lists.behind("environments-printed", call.program);
        if whole.any(|known| call.words.iter().skip(1).any(|word| word.val.lit() == Some(known))) {
            data.taint |= Taint::SECRET;
        }
        if vocabulary.lists.has("may-print-secrets", call.program) {
            let line = call.line();
            let said = globs::listed(self.know.lists(), "prints-secrets", &line);
            if said || self.finds_secrets(call) {
                data.taint |= Taint::SECRET;
            }
        }
        let mut private = vocabulary.lists.behind("prints-private", call.program).peekable();
        if private.peek().is_some() {
            let line = call.line();
            let behind = line.split_once(' ').map_or("", |(_, words)| words);
            if private.any(|known| globs::text(known, behind)) {
                data.taint |= Taint::PRIVATE;
            }
        }
        let prints = |word: &Field<'a>| matches!(word.val.lit(), Some("log" | "show" | "cat-file" | "archive"));
        if call.program == "git" && call.words.iter().any(prints) && self.fetched_by_address() {
            data.taint |= Taint::NETWORK;
        }
        // `jq -n --arg text "$TEXT" '{$text}'`
        if vocabulary.lists.has("transformers", call.program) {
            data.taint = call.words.iter().fold(data.taint, |taint, word| taint | word.val.taint());
        }
        // base64 says itself what it hides (`fold`).
        if call.program != "base64" && self.encodes(call) {
            data.taint |= Taint::ENCODED;
        }
        if data.text.is_none_or(|text| text.each().any(|one| one.lit().is_none())) && self.reworks(call, index, stdin) {
            data.taint |= Taint::REWORKED;
            data.inherited = false;
        }
        if data.text.is_none() && data.spoken.is_empty() && call.words.iter().any(|word| word.quoted || word.derived) {
            data.spoken = self.spoken(call);
        }
        data
    }

    /// Whether a call takes what a stranger wrote out of the file that tells what happened:
    /// `jq -r .comment.body "$GITHUB_EVENT_PATH"`. Numbers and names of commits in there are nobody's words.
    fn asks_for_strangers_words(&self, call: &Call<'a>, file: &str) -> bool {
        let lists = self.know.lists();
        let told = |name| lists.has("strangers-files", name);
        let written = |text: &str| {
            let fields = lists.items("written-by-strangers").filter_map(|item| item.strip_prefix("event"));
            fields.into_iter().any(|field| text.contains(field))
        };
        variable_name(file).is_some_and(told)
            && call.words.iter().skip(1).any(|word| word.val.lit().is_some_and(written))
    }

    /// Whether a word is an address that answers with a token: `"$ACTIONS_ID_TOKEN_REQUEST_URL&audience=x"`.
    fn asks_for_token(&self, word: Val<'a>) -> bool {
        let lists = self.know.lists();
        let begins = |one: Val<'a>| match one {
            Val::Text([Seg::Hole(hole), ..]) => {
                variable_name(hole.source).is_some_and(|name| lists.has("token-variables", name))
            }
            _ => false,
        };
        word.each().any(begins)
    }

    /// Whether what it writes is what somebody had encrypted.
    pub fn decrypts(&self, index: u32) -> bool {
        let own = self.facts.latest(index);
        own.into_iter().any(|e| e.call == index && e.does == Kind::SecretRead && e.marks.contains(&"file"))
    }

    /// Whether the file that it fetches into is its own output: `scp host:x /dev/stdout`.
    fn downloads_to_output(&self, index: u32) -> bool {
        let own = self.facts.latest(index);
        let printed = |effect: &Effect<'_>| {
            matches!(effect.target.text, "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" | "/proc/thread-self/fd/1")
        };
        own.into_iter().any(|e| e.call == index && e.does == Kind::Write && e.marks.contains(&"download") && printed(e))
    }

    pub(super) fn encodes(&self, call: &Call<'_>) -> bool {
        let back = |o: &Opt<'_>| ["-r", "-d", "-D", "--decode"].iter().any(|name| o.is(name));
        // `sed 's/./& /g'`, `fold -w 1`: letter by letter.
        let says = |known: &str| {
            let words: SmallVec<[&str; 8]> = call.words[1..].iter().filter_map(|word| word.val.lit()).collect();
            let two = |two: &[&str]| globs::text(known, two.join(" "));
            words.iter().any(|word| globs::text(known, word)) || known.contains(' ') && words.windows(2).any(two)
        };
        let lists = self.know.lists();
        let encodes = lists.has("encoders", call.program) || lists.behind("encoders", call.program).any(says);
        encodes && !call.options.iter().any(back)
    }

    /// Whether the script fetched what somebody else has, from an address that no remote is named after.
    fn fetched_by_address(&self) -> bool {
        let address = |call: &Call<'_>| {
            call.words.iter().any(|word| word.val.lit().is_some_and(|t| t.contains("://") || t.starts_with("git@")))
        };
        let fetches = |call: &Call<'_>| {
            call.program == "git" && call.words.iter().any(|word| matches!(word.val.lit(), Some("fetch" | "pull")))
        };
        self.facts.calls.iter().any(|call| fetches(call) && address(call))
    }

    /// Whether all that it prints is made of what the script says itself: its input, its files, its inline code.
    fn reworks(&self, call: &Call<'a>, index: u32, stdin: &Data<'a>) -> bool {
        let transforms = || self.know.lists().has("transformers", call.program);
        let Some(entry) = call.entry.filter(|entry| {
            matches!(entry.output, Output::Unknown | Output::Stdin | Output::Files | Output::Arguments) || transforms()
        }) else {
            return false;
        };
        let known = |text: Option<Val<'a>>| text.is_some_and(|text| text.each().all(|one| one.lit().is_some()));
        // Numbers say something to what makes letters of them.
        let letters = || {
            let makes = |text: &str| ["%c", "chr(", "fromCharCode"].iter().any(|by| text.contains(by));
            call.words.iter().skip(1).any(|word| word.val.lit().is_some_and(makes))
        };
        let words = |text: Option<Val<'a>>| text.is_some_and(|text| text.each().any(says_something)) || letters();
        let own = self.facts.latest(index);
        let reads = own.filter(|effect| effect.call == index && effect.does == Kind::Read);
        let texts = reads.map(|effect| {
            let file = effect.target.path.and_then(|path| self.state.file(path)).and_then(|file| file.data.text);
            if comes_in(effect.target.text) { stdin.text } else { file }
        });
        let texts: SmallVec<[Option<Val<'a>>; 4]> = texts.collect();
        // `jq -n --arg a b '…'`: the second word of `--arg` is no file.
        let without_input = call.program == "jq" && call.options.iter().any(|o| o.is("-n") || o.is("--args"));
        if !texts.is_empty() && !without_input {
            return texts.iter().all(|text| known(*text)) && texts.iter().any(|text| words(*text));
        }
        let own = call.words.iter().skip(1).all(|word| word.val.lit().is_some());
        if stdin.inherited && own && (without_input || call.fields("path").next().is_none()) && transforms() {
            return true;
        }
        let mut inline = entry.code.iter().filter(|code| !code.file).flat_map(|code| code.from);
        // A pattern stands for names that are not known.
        let names = |text: Val<'a>| text.each().any(|one| one.lit().is_some_and(globs::is_pattern));
        let listed = stdin.source == "names" && stdin.text.is_some_and(names);
        !listed && known(stdin.text) && words(stdin.text)
            || stdin.inherited
                && call.fields("path").next().is_none()
                && inline.any(|name| call.fields(name).any(|field| field.val.lit().is_some()))
    }

    /// What versions of files are worth: as much as the files (`git show HEAD:.env`, `git diff -- .env`, gitrevisions(7)).
    fn versions_taint(&mut self, call: &Call<'a>) -> Taint {
        // `git log --format=%B`: whoever commits writes that.
        let told = |word: &Field<'_>| {
            let text = word.val.lit().unwrap_or_default();
            let formats = text.contains("format") || text.contains("pretty");
            formats && self.know.lists().named_in("fields-of-commits", text)
        };
        let messages = call.words.iter().skip(1).any(told);
        let written = if messages { Taint::STRANGERS } else { Taint::NONE };
        written
            | call.operands.iter().filter_map(|operand| operand.field.val.lit()).fold(Taint::NONE, |taint, word| {
                let path = word.split_once(':').map_or(word, |(_, path)| path);
                let target = self.path_target(Val::Lit(path), Look::Not);
                taint | self.class_taint(target.classes).without(Taint::OPAQUE)
            })
    }

    /// A word that is a command in itself, of a program that prints what it is told to: `stat -c 'rm -rf ~' .`
    fn spoken(&self, call: &Call<'a>) -> &'a str {
        let words = call.words.iter().skip(1).filter_map(|word| word.val.lit()).filter(|text| text.contains(' '));
        let commands = words.map(|text| {
            let text = text.rsplit_once("format:").map_or(text, |(_, text)| text);
            text.rsplit_once("format=").map_or(text, |(_, text)| text).trim_start_matches(['+', ' '])
        });
        let runs = |text: &&str| text.split(' ').next().is_some_and(|first| self.run_by_others(first));
        if let Some(meant) = commands.clone().find(runs) {
            return meant;
        }
        // `jq '.[] | "rm -rf \(.path)"'`: what it puts in cannot be known.
        let inside = commands.flat_map(|text| text.split('"').skip(1).step_by(2)).find(runs);
        inside.map_or("", |text| {
            let mut out = String::with_capacity(text.len());
            let mut rest = text;
            while let Some((before, after)) = rest.split_once("\\(") {
                out.push_str(before);
                out.push_str("$VALUE");
                rest = after.split_once(')').map_or("", |(_, rest)| rest);
            }
            out.push_str(rest);
            self.bump.alloc_str(&out)
        })
    }

    /// Whether a word names a file of credentials, of a program that does not merely use them.
    fn names_secret(&mut self, call: &Call<'a>) -> bool {
        let mut uses = None;
        for word in call.words.iter().skip(1) {
            let Some(text) = word.val.lit().filter(|text| text.contains("/.") || text.starts_with('.')) else {
                continue;
            };
            let start = text.rfind(['@', '=', ':']).map_or(0, |at| at + 1);
            let vocabulary = self.know.vocabulary();
            let secret = vocabulary.classes.of(["secret"]);
            if self.path_target(Val::Lit(&text[start..]), Look::Not).classes & secret == 0 {
                continue;
            }
            let listed = |list: &'static str| vocabulary.lists.has(list, call.program);
            if *uses.get_or_insert_with(|| listed("looks-only") || listed("uses-keys")) {
                return false;
            }
            return true;
        }
        false
    }

    fn printed_by(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) -> Data<'a> {
        let Some(entry) = call.entry else { return Data::unknown("", Taint::OPAQUE) };
        if let Some(listing) = entry.lists.iter().find(|listing| call.meets(listing.cond.as_deref())) {
            return Data { shape: Shape::Plain, ..Data::unknown(listing.every, Taint::NONE) };
        }
        if entry.name == "bash" && call.operands.is_empty() {
            return Data::unknown("a shell", Taint::OPAQUE | Taint::SHELL);
        }
        if keeps_names_of_variables(call) && stdin.taint.has(Taint(Taint::SECRET.0 | Taint::SECRET_VARIABLE.0)) {
            return Data { shape: Shape::NonEmpty, ..Data::unknown("names", Taint::NONE) };
        }
        if call.program == "cut"
            && let Some(names) = self.names_through(call, stdin)
        {
            return Data { text: Some(names), source: "names", ..*stdin };
        }
        if let Some(data) = self.fold(call, stdin) {
            return data;
        }
        if let Some(data) = self.carried(call) {
            return data;
        }
        if let Some(data) = self.paths_of_awk(call) {
            return data;
        }
        if !entry.code.is_empty() {
            // What inline code prints literally, and what it fetched.
            let printed: Vec<Val<'a>> =
                self.printed.iter().filter(|(call, _)| *call == index).map(|(_, val)| *val).collect();
            let unseen = |source: &Source<'_>| self.know.lists().named_in("beyond-going-through", source.text);
            if let [val] = printed[..]
                && !self.facts.sources.iter().any(unseen)
            {
                return Data::known(val);
            }
            let fetched = |e: &Effect<'_>| {
                let asks = matches!(e.does, Kind::Fetch | Kind::Send) && e.target.classes & core::LOOPBACK == 0;
                asks && e.call == index && !e.marks.contains(&"mail")
            };
            if entry.output != Output::Secret && self.facts.latest(index).any(fetched) {
                return Data::unknown(self.asked_by(call), Taint::NETWORK | Taint::OPAQUE);
            }
        }
        if let Some(data) = self.listed_places(call).or_else(|| self.own_address(call)) {
            return data;
        }
        if matches!(entry.output, Output::Names | Output::Files)
            && let Some(data) = self.files_found(call)
        {
            return data;
        }
        match entry.output {
            Output::Unknown => Data::unknown("", stdin.taint | Taint::OPAQUE),
            Output::Nothing => Data::NOTHING,
            Output::Plain => Data { shape: Shape::NonEmpty, ..Data::unknown("", Taint::NONE) },
            Output::Number => Data { shape: Shape::Plain, ..Data::unknown("", Taint::NONE) },
            Output::TempPath => Data { shape: Shape::MadePath, ..Data::unknown("", Taint::TEMPORARY) },
            Output::Network => Data::unknown(self.asked_by(call), Taint::NETWORK | Taint::OPAQUE),
            Output::Secret => Data::unknown("", Taint::SECRET | Taint::OPAQUE),
            Output::Private => Data::unknown("", Taint::PRIVATE | Taint::OPAQUE),
            Output::Workspace if names_all_that_changed(call) => {
                Data { shape: Shape::Below, ..Data::unknown(EVERYTHING, Taint::NONE) }
            }
            Output::Workspace => {
                let taint = Taint::WORKSPACE | self.versions_taint(call);
                Data { shape: Shape::NonEmpty, ..Data::unknown("", taint) }
            }
            // A name that stands for what it was given.
            Output::Operand => match call.fields("path").last() {
                Some(field) if call.options.iter().any(|o| o.is("--show")) => Data::known(field.val),
                // A disk in memory.
                Some(field)
                    if call.operands.len() == 1 && field.val.lit().is_some_and(|image| image.starts_with("ram://")) =>
                {
                    Data::known(field.val)
                }
                _ => Data { shape: Shape::NonEmpty, ..Data::unknown("", Taint::NONE) },
            },
            Output::Names => self.names_output(call),
            Output::Processes => self.processes_listed(call),
            Output::Arguments => {
                let taint = call.words.iter().fold(Taint::NONE, |t, f| t | f.val.taint());
                Data::unknown("", taint)
            }
            Output::Stdin | Output::Files => {
                if let Some(names) = self.names_through(call, stdin) {
                    return Data { text: Some(names), source: "names", ..*stdin };
                }
                let mut taint = Taint::NONE;
                let mut text = None;
                let mut source = "";
                let mut reads = 0;
                for position in 0..self.facts.effects.len() {
                    let effect = self.facts.effects[position];
                    if effect.call != index || effect.does != Kind::Read {
                        continue;
                    }
                    reads += 1;
                    if comes_in(effect.target.text) {
                        taint |= stdin.taint;
                        text = stdin.text;
                        source = stdin.source;
                        continue;
                    }
                    // What is picked out of all files is not all files.
                    let picked = if entry.follows == "archive" { Taint::NONE } else { Taint::WHOLE_WORKSPACE };
                    taint |= self.class_taint(effect.target.classes).without(picked);
                    if self.asks_for_strangers_words(call, effect.target.text) {
                        taint |= Taint::NETWORK | Taint::STRANGERS;
                    }
                    source = effect.target.text;
                    if let Some(path) = effect.target.path
                        && let Some(file) = self.state.file(path)
                    {
                        taint = (Taint(taint.0 & !Taint::OPAQUE.0)) | file.data.taint;
                        text = file.data.text;
                        if !file.data.source.is_empty() {
                            source = file.data.source;
                        }
                    }
                }
                if reads == 0 {
                    let mut data = Data { text: None, source: stdin.named(stdin.source), ..*stdin };
                    let folder = data.source == EVERYTHING;
                    let narrowed = folder || data.source.starts_with(EVERY) && !reshapes(call);
                    let shared = |name: &str| self.know.lists().has("protected", name);
                    let branches = data.source == EVERY_BRANCH && passes_branches(call, &shared);
                    let narrowed = narrowed && !branches && !passes_all(call) && !passes_most(call, folder);
                    if narrowed && !stdin.taint.has(Taint::PROCESSES) {
                        data.source = "names";
                        data.text = self.some_here();
                    }
                    if stdin.taint.has(Taint::PROCESSES)
                        && let Some(name) = name_filter(call).or_else(|| self.column_filter(call))
                    {
                        data.source = name;
                    }
                    return data;
                }
                // `cat - x`: what came in is in what goes out.
                if call.operands.iter().any(|operand| operand.field.val.lit() == Some("-")) && !stdin.inherited {
                    taint |= stdin.taint;
                    source = stdin.source;
                    text = None;
                }
                if reads > 1 || entry.output == Output::Stdin {
                    text = None;
                }
                Data { text, taint, shape: Shape::Any, source, inherited: false, spoken: "" }
            }
        }
    }
}

impl<'a> Analysis<'a> {
    /// The name that `awk '$2 == "name" …'` or `index($0, "name")` keeps of a list of processes, where the column says what
    /// runs, and not whose it is or how it does.
    fn column_filter(&self, call: &Call<'a>) -> Option<&'a str> {
        if call.verb != "awk" {
            return None;
        }
        let (condition, _) = call.fields("code").next()?.val.lit()?.split_once('{')?;
        if condition.contains(['!', '|', '<', ';', '}', '\n']) {
            return None;
        }
        let named = |name: &'a str| {
            (name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')))
                .then_some(name)
                .filter(|name| name.contains(|c: char| c.is_ascii_alphabetic()))
        };
        condition.split("&&").find_map(|part| {
            let part = part.trim();
            if let Some(inside) = part.strip_prefix("index($0,") {
                return named(inside.trim().strip_prefix('"')?.strip_suffix("\")")?);
            }
            let (column, name) = part.strip_prefix('$')?.split_once("==")?;
            let name = named(name.trim().strip_prefix('"')?.strip_suffix('"')?)?;
            self.is_of_commands(column.trim()).then_some(name)
        })
    }

    /// Whether a column of the list that ps printed last is what runs (ps(1), "STANDARD FORMAT SPECIFIERS").
    fn is_of_commands(&self, column: &str) -> bool {
        let Some(listing) = self.facts.calls.iter().rev().find(|call| call.verb == "ps") else { return false };
        let command = |name: &str| matches!(name, "comm" | "cmd" | "args" | "command" | "ucmd" | "ucomm" | "fname");
        let said = listing.fields("-o").chain(listing.fields("letters")).filter_map(|field| field.val.lit());
        let formats: Vec<&str> = said.filter(|text| text.contains("pid")).collect();
        match formats[..] {
            // `ps aux`, `ps -ef`
            [] => {
                let letters = listing.fields("letters").next().and_then(|field| field.val.lit()).unwrap_or_default();
                let few = listing.options.iter().any(|o| o.is("-o"));
                let full = letters.contains('u') && column == "11";
                full || !few && letters.is_empty() && listing.options.iter().any(|o| o.is("-f")) && column == "8"
            }
            [format] => {
                let mut names = format.split([',', ' ']).map(|name| name.trim_end_matches('='));
                let at = column.parse::<usize>().ok().and_then(|number| names.nth(number.checked_sub(1)?));
                at.is_some_and(command)
            }
            _ => false,
        }
    }
}

/// The name that `grep name` or `awk '/name/ …'` keeps of a list of processes.
fn name_filter<'a>(call: &Call<'a>) -> Option<&'a str> {
    let literal = |name: &str| call.fields(name).next().and_then(|f| f.val.lit());
    match call.verb {
        // Of numbers it leaves all, but of a port's.
        "grep" if !call.options.iter().any(|o| o.is("-v")) => {
            let port = |p: &str| p.len() > 2 && p.bytes().all(|byte| byte.is_ascii_digit());
            literal("pattern").filter(|p| *p != "grep" && (port(p) || p.contains(|c: char| c.is_ascii_alphabetic())))
        }
        // `/name/ …`, `$11 ~ /name/ …`, `$2 > 3600 && /name/ …`
        "awk" => {
            let (pattern, _) = literal("code")?.split_once('{')?;
            let (before, rest) = pattern.split_once('/')?;
            let name = rest.split('/').next()?;
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' '));
            let some = (plain || before.trim().is_empty())
                && name.contains(|c: char| c.is_ascii_alphabetic())
                && !pattern.contains(['!', '|']);
            // Of whose they are it says nothing.
            (some && (before.trim().is_empty() || before.trim_end().ends_with("&&") || before.contains("$11 ~")))
                .then_some(name)
        }
        _ => None,
    }
}

/// Whether a path has a part that begins with a dot, as the files of most credentials do: `~/.ssh`, not `./x`.
fn is_hidden(path: &str) -> bool {
    let bytes = path.as_bytes();
    let dots = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.');
    dots.map(|(at, _)| at).any(|at| {
        bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
            && (at == 0 || matches!(bytes[at - 1], b'/' | b'@' | b'='))
    })
}

/// Whether it is known, and more than numbers.
pub(in crate::facts) fn says_something(text: Val<'_>) -> bool {
    let number = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_whitespace() || matches!(byte, b'.' | b'-' | b',');
    text.lit().is_some_and(|text| !text.bytes().all(number))
}

/// Whether of lines `NAME=value` only the names are left: `env | cut -d= -f1`, `env | awk -F= '{print $1}'`.
fn keeps_names_of_variables(call: &Call<'_>) -> bool {
    let literal = |name: &str| call.fields(name).next().and_then(|field| field.val.lit());
    match call.program {
        "cut" => literal("-d") == Some("=") && literal("-f") == Some("1"),
        "awk" => literal("-F") == Some("=") && literal("code").is_some_and(|code| code.replace(' ', "") == "{print$1}"),
        _ => false,
    }
}

/// What lists all branches.
const EVERY_BRANCH: &str = "every branch";

/// Whether every line that comes in goes out as it is.
fn passes_all(call: &Call<'_>) -> bool {
    matches!(call.verb, "cat" | "sort" | "tac" | "shuf")
}

/// Whether every line goes out but those that are named: `grep -v keep`, `awk '$1 != "keep"'`. Of a folder that is as good
/// as all; of containers it is a choice, as of branches ([`passes_branches`]), but for the sign of the branch at hand
/// (`grep -v '^*'`), which cannot go, and comments.
fn passes_most(call: &Call<'_>, of_folder: bool) -> bool {
    let first = call.operands.first().and_then(|operand| operand.field.val.lit()).unwrap_or_default().trim();
    let leaves_out = match call.verb {
        "grep" => call.options.iter().any(|o| o.is("-v")) && !call.options.iter().any(|o| o.is("-c") || o.is("-m")),
        "awk" => {
            (first.starts_with("!/") || first.starts_with('$') && first.contains("!="))
                && !first.contains(['{', '&', '|'])
        }
        _ => false,
    };
    leaves_out && (of_folder || matches!(first.trim_start_matches(['^', '\\']), "*" | "#"))
}

/// Whether every branch goes out but the one at hand and those that are shared: `grep -vE '^(\*|main|develop)$'`. Of one's own
/// that is as good as all.
fn passes_branches(call: &Call<'_>, shared: &dyn Fn(&str) -> bool) -> bool {
    let given = |name: &str| call.options.iter().filter(|o| o.is(name)).count();
    let operand = call.operands.first().map(|operand| operand.field);
    let said = call.options.iter().filter(|o| o.is("-e")).filter_map(|o| o.value);
    let patterns: SmallVec<[_; 4]> =
        said.chain(operand.filter(|_| given("-e") == 0)).map(|field| field.val.lit()).collect();
    let name = |name: &str| {
        let name = name.trim_matches(['^', '$', '(', ')', '\\', '*', ' ', '+', '<', '>']);
        let name = name.strip_prefix('b').filter(|name| shared(name)).unwrap_or(name);
        let name = name.strip_suffix("\\b").unwrap_or(name);
        name.is_empty() || shared(name)
    };
    call.verb == "grep"
        && given("-v") > 0
        && given("-c") + given("-m") + given("-f") == 0
        && !patterns.is_empty()
        && patterns.iter().all(|pattern| pattern.is_some_and(|pattern| pattern.split('|').all(name)))
}

/// Whether a part of every line goes out, or all of it in another form: `awk '{print $1}'`, `sed 's/^..//'`.
fn reshapes(call: &Call<'_>) -> bool {
    let code = || call.operands.iter().find_map(|operand| operand.field.val.lit());
    match call.verb {
        "tr" | "cut" | "tee" | "paste" => true,
        "uniq" => call.options.is_empty(),
        "awk" => code().is_some_and(|code| {
            // `NR > 1 {print $1}`: all but the heading.
            let heading = |part: &str| {
                let part = part.trim();
                ["NR>", "NR >", "FNR>", "NR!=1", "NR != 1"].iter().any(|start| part.starts_with(start))
                    || matches!(part, "" | "NF" | "$1!=\"\"" | "$1 != \"\"" | "!/^#/" | "$1!~/^#/" | "$1 !~ /^#/")
            };
            code.split_once('{').is_some_and(|(chosen, _)| chosen.split("&&").all(heading))
        }),
        "sed" => !call.options.iter().any(|o| o.is("-n")) && code().is_some_and(|code| code.starts_with('s')),
        _ => false,
    }
}

/// `git diff --name-only`: what has changed, all of it.
fn names_all_that_changed(call: &Call<'_>) -> bool {
    let named = |o: &Opt<'_>| matches!(o.spelled, "--name-only" | "-z" | "--relative" | "--no-renames");
    call.verb == "git diff"
        && call.options.iter().any(|o| o.is("--name-only"))
        && call.options.iter().all(named)
        && call.operands.iter().all(|o| matches!(o.field.val.lit(), Some("HEAD" | "." | "--")))
}
