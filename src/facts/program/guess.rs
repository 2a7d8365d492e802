//! What may happen where a program is not known for certain: words that look like another program's call, code after
//! `-c`, files of credentials, a program named by a pattern. All of it is possible only.

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::code::embedded::is_looked_at;
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::targets::paths::{base_name, core};
use crate::facts::targets::{Look, globs};
use crate::facts::value::{Data, Field, Seg, Sink, Taint, Val};
use crate::facts::{Call, Effect, Opt, value};
use crate::limits;

/// Whether what stands before a `=` is a name, and no part of an address or an expression.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Whether a word is the last of several, and the one before it a file, too: `frobnicate in.txt out.txt`.
fn is_last_of_files(words: &[Field<'_>], at: usize) -> bool {
    let before = words[at - 1].val.lit().filter(|text| at > 1 && !text.starts_with('-'));
    at + 1 == words.len() && before.is_some_and(|text| text.contains(['.', '/']) && !text.contains("://"))
}

/// `sh -c '…'`: nobody writes that but to have it run.
fn is_shell_with_code(words: &[Field<'_>]) -> bool {
    let texts: Vec<&str> = words.iter().take(3).map_while(|word| word.val.lit()).collect();
    matches!(texts[..], [shell, flags, _]
        if interpreters::SHELLS.contains(&base_name(shell)) && flags.starts_with('-') && !flags.starts_with("--") && flags.ends_with('c'))
}

/// Bytes of a word that is looked at as several.
const LONGEST_WORD: usize = 1 << 10;

impl<'a> Analysis<'a> {
    /// What cannot be read meanwhile says nothing.
    pub fn quietly(&mut self, run: impl FnOnce(&mut Self)) {
        let (unread, opaque) = (self.facts.unread.len(), self.facts.opaque.len());
        run(self);
        self.facts.unread.truncate(unread);
        self.facts.opaque.truncate(opaque);
    }

    /// Follows what may not happen: its effects are possible, what cannot be read of it says nothing, and it leaves
    /// nothing behind for what follows.
    pub fn perhaps(&mut self, run: impl FnOnce(&mut Self)) {
        let (effects, mark) = (self.facts.effects.len(), self.state.mark());
        self.quietly(run);
        let _ = self.state.rollback(mark);
        for effect in self.facts.effects.iter_mut().skip(effects) {
            effect.certain = false;
        }
    }

    /// What a program that no pack describes may do with its words.
    pub fn guess(&mut self, call: &Call<'a>, index: u32) {
        let secret = self.know.classes().of(["secret"]);
        let begins = self.know.classes().lets_in();
        let device = self.know.classes().of(["device"]);
        let words = call.words;
        let asks = |word: &Field<'a>| {
            let text = word.val.lit().unwrap_or_default().trim_start_matches('-');
            self.know.lists().has("words-for-looking", text)
        };
        let looks = || words.iter().any(asks);
        for (at, word) in words.iter().enumerate().skip(1) {
            let Some(text) = word.val.lit() else {
                // `frobnicate https://example.com/?k=$AWS_SECRET_ACCESS_KEY`
                if word.val.taint().has(Taint::SECRET_VARIABLE) && starts_with_address(word.val) {
                    let target = self.host_target(word.val);
                    let data = word.val.taint();
                    self.effect(Effect { data, ..Effect::new(Kind::Fetch, target, index, word.span) });
                }
                continue;
            };
            let (option, path) = match text.split_once('=') {
                // `--file=/x`, and `file=/x` as dd has it
                Some((option, path)) if text.starts_with('-') || is_name(option) => (option, path),
                _ if text.starts_with('-') => continue,
                _ => (words[at - 1].val.lit().filter(|t| at > 1 && t.starts_with('-')).unwrap_or(""), text),
            };
            if path.contains('/') && !takes_credentials(self.know.lists(), option) {
                let path = path.strip_prefix('@').unwrap_or(path);
                let target = self.path_target(Val::Lit(path), Look::Not);
                if target.classes & begins != 0
                    && (names_output(self.know.lists(), option) || is_last_of_files(words, at))
                {
                    self.effect(Effect::new(Kind::Write, target, index, word.span));
                } else if target.classes & secret != 0 && !self.know.lists().has("uses-keys", call.program) {
                    self.effect(Effect::new(Kind::Read, target, index, word.span));
                } else if target.classes & device != 0 && call.entry.is_none() && !looks() {
                    // Whoever is given a disk and says nothing of looking may write to it.
                    self.effect(Effect { certain: false, ..Effect::new(Kind::Format, target, index, word.span) });
                }
            }
        }
        self.destroys_by_words(call, index);
        for (at, word) in words.iter().enumerate().skip(1) {
            let Some(text) = word.val.lit() else { continue };
            let rest = &words[at + 1..];
            match text {
                "--" if rest.first().is_some_and(|next| self.names_program(next)) => {
                    return self.runs_what_follows(rest);
                }
                "-c" | "-e" | "-E" | "-x" | "-C" | "--run" | "--exec" | "--command" | "--eval" | "--cmd" | "-r" => {
                    let Some(code) = rest.first() else { continue };
                    if is_looked_at(text) && self.only_reviews(call) {
                        continue;
                    }
                    let first = code.val.lit().and_then(|t| t.split_whitespace().next());
                    // `--exec rm -rf x`: the words that follow are the command.
                    if rest.len() > 1 && code.val.lit() == first && self.names_program(code) {
                        return match text {
                            "--exec" | "--command" | "--run" | "--cmd" => self.runs_what_follows(rest),
                            _ => self.perhaps_runs(rest),
                        };
                    }
                    if first.is_some_and(|first| self.find_entry(first).is_some()) {
                        let run = |this: &mut Self| {
                            this.shell_code(code.val, code.span, &Data::NOTHING, &mut Sink::new(), index);
                        };
                        // Such an option is for nothing else, nor is a whole command behind `-c` (`chokidar '**' -c 'rm -rf x'`).
                        let whole = code.val.lit().is_some_and(|text| text.contains(' '))
                            && first.is_some_and(|first| self.run_by_others(first));
                        match text {
                            "--exec" | "--command" | "--run" | "--cmd" => self.without_traces(run),
                            "-c" | "-e" | "-E" | "-x" if whole => self.without_traces(run),
                            _ => self.perhaps(run),
                        }
                        return;
                    }
                }
                // A release of Elixir's, by its own script (`mix help release`): `bin/shop rpc 'Shop.Repo.query!("…")'`.
                "rpc" | "eval" if call.path.is_some() => {
                    let Some(code) = rest.first() else { continue };
                    if let Some(text) = code.val.lit().filter(|text| text.contains('(')) {
                        let run = |this: &mut Self| this.foreign("elixir", text, code.span, &Data::NOTHING, index);
                        if !text.contains("Repo") {
                            return self.perhaps(run);
                        }
                        let (bump, effects) = (self.bump, self.facts.effects.len());
                        run(self);
                        // `rpc` asks the node that runs.
                        if call.words.iter().any(|word| word.val.lit() == Some("rpc")) {
                            let own = self.facts.effects.iter_mut().skip(effects);
                            own.for_each(|effect| effect.mark(bump, "in-production"));
                        }
                        return;
                    }
                }
                _ if hands_on(self.know.lists(), call.program) && self.names_program(word) => {
                    return self.runs_what_follows(&words[at..]);
                }
                _ if self.run_by_others(text) => return self.perhaps_runs(&words[at..]),
                _ => {}
            }
        }
    }

    /// `frobnicate delete users --force`: what the words say, of a program that is found by its name. Without a question,
    /// or where a word names production: what a tool deletes of its own is nobody's business.
    fn destroys_by_words(&mut self, call: &Call<'a>, index: u32) {
        let only_shows = |word: &value::Field<'_>| matches!(word.val.lit(), Some("--dry-run" | "--help"));
        let vocabulary = self.know.vocabulary();
        let listed = |list: &'static str, text: &str| vocabulary.lists.has(list, text);
        // What is described need not be guessed.
        if self
            .facts
            .effects
            .iter()
            .rev()
            .take_while(|e| e.call == index)
            .any(|e| matches!(e.does, Kind::Drop | Kind::Destroy))
        {
            return;
        }
        let words = || call.words.iter().skip(1).filter_map(|word| word.val.lit());
        if let Some(outright) = words().find(|word| listed("destroying-outright", word)) {
            return self.plain_effect(Kind::Destroy, outright, index, call.span, Taint::NONE, &["by-words"]);
        }
        if call.path.is_some() || call.words.iter().any(only_shows) {
            return;
        }
        // `delete-service`, `postgres:destroy`
        let says = |word: &&str| {
            let mut parts = word.split([':', '-']);
            let first = parts.next().unwrap_or_default();
            listed("destroying-words", word)
                || listed("destroying-words", first)
                || parts.next_back().is_some_and(|last| listed("destroying-words", last))
        };
        if words().take(4).any(|word| listed("made-again", word)) {
            return;
        }
        // `ssh dokku@host postgres:destroy shop --force`: the shell of that account takes its words so.
        let own_name = Some(call.program).filter(|name| name.contains(':'));
        let verbs = own_name.into_iter().chain(words().filter(|word| !word.starts_with('-')).take(3));
        let Some(verb) = verbs.into_iter().find(says) else { return };
        let named = |environment: &str| words().find(|word| vocabulary.environments.of_words(word) == environment);
        let production = named("production");
        let asks = || !call.unasked && !words().any(|word| listed("unasking-options", word));
        if production.is_none() && (asks() || named("development").is_some() || named("test").is_some()) {
            return;
        }
        let text = match production {
            Some(name) => self.bump.alloc_str(&format!("{verb}: {name}")),
            None => verb,
        };
        self.plain_effect(Kind::Destroy, text, index, call.span, Taint::NONE, &["by-words"]);
    }

    /// A folder that a program empties before it writes there, and that is a whole home: `hugo --cleanDestinationDir
    /// --destination ~`, `nyc --clean --temp-dir ~/Documents`. What it keeps there of its own is nobody's business.
    pub fn cleans_first(&mut self, call: &Call<'a>, index: u32) {
        let literal = |word: &Field<'a>| word.val.lit();
        let has = |text: &str, part: &str| {
            text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
        };
        let vocabulary = self.know.vocabulary();
        let says = |list: &'static str, option: &str| {
            option.starts_with("--") && vocabulary.lists.items(list).any(|part| has(option, part))
        };
        let cleans = |text: &str| {
            (text == "clean" || says("cleaning-options", text)) && !has(text, "no-clean") && !text.ends_with("=false")
        };
        if !call.words.iter().skip(1).filter_map(literal).any(cleans) {
            return;
        }
        let folder = |option: &str| says("folder-options", option) && !cleans(option);
        let whole = core::HOME | core::ROOT | vocabulary.classes.of(["personal", "system-tree"]);
        for (at, word) in call.words.iter().enumerate().skip(1) {
            let Some(text) = literal(word) else { continue };
            let path = match text.split_once('=') {
                Some((option, path)) if folder(option) => path,
                None if literal(&call.words[at - 1]).is_some_and(folder) => text,
                _ => continue,
            };
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Entry);
            let said = |e: &Effect<'a>| e.call == index && e.does == Kind::Delete && e.target.path == target.path;
            if target.classes & whole != 0
                && target.classes & core::WORKSPACE == 0
                && !self.facts.effects.iter().any(said)
            {
                self.effect(Effect { recursive: true, ..Effect::new(Kind::Delete, target, index, word.span) });
            }
        }
    }

    /// A file that runs by itself or says who may come in, written by an option that the entry does not speak of:
    /// `pytest --junitxml=~/.bashrc`, `bison -o/etc/profile.d/x.sh`. `own` is how many words are the program's own.
    pub fn written_by_option(&mut self, call: &Call<'a>, own: usize, index: u32) {
        let vocabulary = self.know.vocabulary();
        for (at, word) in call.words.iter().enumerate().take(own).skip(1) {
            let Some(text) = word.val.lit().filter(|text| text.contains('/')) else { continue };
            let Some(path) = put_by_option(&vocabulary.lists, call, at, text) else { continue };
            if vocabulary.lists.has("looks-only", call.program) {
                return;
            }
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Through);
            if target.classes & vocabulary.classes.lets_in() == 0 {
                continue;
            }
            let said = |e: &Effect<'a>| e.call == index && e.does != Kind::Read && e.target.path == target.path;
            if !self.facts.effects.iter().any(said) {
                self.effect(Effect::new(Kind::Write, target, index, word.span));
            }
        }
    }

    /// A file of secrets that the entry does not speak of: what a program is given it reads, and what it cannot make sense
    /// of it shows (`nmap -iL ~/.aws/credentials`, `date --file=~/.ssh/id_rsa`). Not what it proves itself with.
    pub fn reads_unsaid(&mut self, call: &Call<'a>, own: usize, index: u32) {
        let vocabulary = self.know.vocabulary();
        if ["looks-only", "uses-keys"].iter().any(|list| vocabulary.lists.has(list, call.program)) {
            return;
        }
        let pieces = call.words.iter().enumerate().take(own).skip(1).flat_map(|(at, word)| {
            // `-a 'src=/etc/shadow dest=/tmp/s'`
            let text = word.val.lit().filter(|text| text.contains('/')).unwrap_or_default();
            let several = text.contains('=') && text.contains(' ') && text.len() <= LONGEST_WORD;
            let pieces = text.split(move |c: char| several && c == ' ').filter(|piece| piece.contains('/'));
            pieces.map(move |piece| (at, word, piece))
        });
        let pieces: SmallVec<[_; 8]> = pieces.collect();
        for (at, word, text) in pieces {
            let before = call.words[at - 1].val.lit().filter(|text| at > 1 && text.starts_with('-'));
            let name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=".contains(&b));
            let (option, path) = match text.rsplit_once('=').filter(|(option, _)| name(option)) {
                Some((option, path)) => (option, path),
                None => (before.unwrap_or_default(), text),
            };
            let path = path.trim_start_matches(['@', '<']);
            if takes_credentials(&vocabulary.lists, option) || names_output(&vocabulary.lists, option) {
                continue;
            }
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
            if target.classes & vocabulary.classes.of(["secret"]) == 0 {
                continue;
            }
            let is_text = call.operands.iter().any(|operand| {
                operand.field.span == word.span && vocabulary.lists.has("operands-that-are-texts", operand.name)
            });
            let said = |e: &Effect<'a>| e.call >= index && e.target.path == target.path;
            if !is_text && !self.facts.effects.iter().any(said) {
                self.effect(Effect::new(Kind::Read, target, index, word.span));
            }
        }
    }

    /// A file that the script fetched, behind an option with which programs of all kinds load code: `phpunit --bootstrap
    /// FILE`, `tshark -X lua_script:FILE`. What comes from elsewhere is left to the entries, that know more.
    pub fn loads_what_was_fetched(&mut self, call: &Call<'a>, index: u32) {
        if !self.state.has_files() {
            return;
        }
        for (at, word) in call.words.iter().enumerate().skip(1) {
            let Some(text) = word.val.lit() else { continue };
            let vocabulary = self.know.vocabulary();
            let option = |option: &str| vocabulary.lists.has("loading-options", option);
            let path = match text.split_once(['=', ':']) {
                Some((name, path)) if option(name) => path,
                _ if call.words[at - 1].val.lit().is_some_and(option) => text,
                _ => continue,
            };
            let fetched = self.absolute(path).and_then(|path| self.state.file(path));
            let said = self.facts.effects.iter().any(|e| e.call == index && e.does == Kind::Code);
            if !said && fetched.is_some_and(|file| file.data.taint.has(Taint::NETWORK)) {
                let path = Val::Lit(path);
                self.code_file("other", path, word.span, &Data::NOTHING, &mut Sink::new(), index);
            }
        }
    }

    /// A file that only the system itself reads, handed to a program in a way that its entry does not know: as a list of
    /// files, a configuration, `label:@/etc/shadow`. What the program makes of it, it shows in an error at the least.
    pub fn handed_over(&mut self, call: &Call<'a>, index: u32) {
        let mut looks_only = None;
        self.handed_by_option(call, index);
        self.fetched_from_nobody(call, index);
        let texts = call.words.iter().skip(1).flat_map(|word| word.val.each().map(move |one| (word, one)));
        for (word, one) in texts {
            let Some(text) = one.lit().filter(|text| text.contains('/')) else { continue };
            let vocabulary = self.know.vocabulary();
            // `exiftool '-Comment<=FILE'`, `convert label:@FILE`: what is in a file, as a value.
            if let Some((_, path)) = text.split_once("<=").or_else(|| text.split_once(":@")) {
                let target = self.path_target(Val::Lit(path), Look::Not);
                if target.classes & vocabulary.classes.of(["secret"]) != 0 {
                    self.effect(Effect::new(Kind::Read, target, index, word.span));
                }
                continue;
            }
            let Some(path) = vocabulary.lists.items("read-by-the-system").find(|path| text.ends_with(path)) else {
                continue;
            };
            let before = text[..text.len() - path.len()].bytes().last();
            // An address may be a file's: `man:/etc/shadow`.
            let text_of_its_own = |name: &str| name != "url" && vocabulary.lists.has("operands-that-are-texts", name);
            if !matches!(before, None | Some(b'@' | b':' | b'=' | b',' | b'+'))
                || call.operands.iter().any(|o| o.field.span == word.span && text_of_its_own(o.name))
                || *looks_only.get_or_insert_with(|| vocabulary.lists.has("looks-only", call.program))
                || self.facts.effects.iter().any(|e| {
                    let passes = matches!(e.does, Kind::Code | Kind::Fetch | Kind::Send | Kind::Unknown);
                    e.call == index && !passes && e.target.text == path
                })
            {
                continue;
            }
            let target = self.path_target(Val::Lit(path), Look::Not);
            self.effect(Effect::new(Kind::Read, target, index, word.span));
        }
    }

    /// What a program is told to fetch and keep from an address without a name: `opam pin add x http://203.0.113.4/x.tgz`,
    /// `nomad job run http://203.0.113.4/x`, `yarn add x@http://…`. Whatever manages packages, plugins or jobs runs it.
    fn fetched_from_nobody(&mut self, call: &Call<'a>, index: u32) {
        let mut addresses = call.words.iter().enumerate().skip(2).filter_map(|(at, word)| {
            let text = word.val.lit()?;
            let scheme = text.find("://")?;
            let start =
                text[..scheme].rfind("http").filter(|start| matches!(&text[*start..scheme], "http" | "https"))?;
            (start == 0 || text[..start].ends_with(['@', '=', '+'])).then_some((at, &text[start..], word.span))
        });
        let Some((at, address, span)) = addresses.next() else { return };
        let vocabulary = self.know.vocabulary();
        let verb = |word: &Field<'a>| word.val.lit().is_some_and(|word| vocabulary.lists.has("fetching-verbs", word));
        let asks = call.entry.is_some_and(|entry| entry.request.is_some());
        if asks || call.program == "git" || !call.words[1..at.min(4)].iter().any(verb) {
            return;
        }
        let target = self.host_target(Val::Lit(address));
        let near = self.near();
        let said = |e: &Effect<'a>| e.call == index && matches!(e.does, Kind::Install | Kind::Code);
        if target.classes & vocabulary.classes.of(["raw-address"]) != 0
            && target.classes & near == 0
            && !self.facts.effects.iter().any(said)
        {
            self.effect(Effect { marks: &["from-url"], ..Effect::new(Kind::Install, target, index, span) });
        }
    }

    /// A secret file whose contents are handed over as a value: `kubectl create secret generic x --from-file=~/.ssh/id_rsa`,
    /// `aws ssm put-parameter --value file:///root/.ssh/id_rsa`.
    fn handed_by_option(&mut self, call: &Call<'a>, index: u32) {
        let vocabulary = self.know.vocabulary();
        let lists = &vocabulary.lists;
        for (at, word) in call.words.iter().enumerate().skip(1) {
            let Some(text) = word.val.lit().filter(|text| text.contains('/')) else { continue };
            let before = || call.words[at - 1].val.lit().unwrap_or_default();
            let value = match text.split_once('=').filter(|(option, _)| option.starts_with("--")) {
                Some((option, value)) if lists.has("file-values", option) => Some(value),
                None if lists.has("file-values", before()) => Some(text),
                _ => None,
            };
            let file = ["file://", "fileb://"].iter().find_map(|start| text.strip_prefix(start));
            let file = file.filter(|_| lists.has("file-addresses", call.program));
            // `--from-file=key=path`
            let named = value.map(|value| value.rsplit_once('=').map_or(value, |(_, path)| path));
            let Some(path) = named.or(file).filter(|path| path.starts_with(['/', '~'])) else { continue };
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
            let said = |e: &Effect<'a>| e.call == index && e.does == Kind::Read && e.target.path == target.path;
            // Who may fetch an image is told so.
            if target.classes & vocabulary.classes.of(["secret"]) != 0
                && !path.ends_with("/.docker/config.json")
                && !self.facts.effects.iter().any(said)
            {
                self.effect(Effect::new(Kind::Read, target, index, word.span));
            }
        }
    }

    /// A program whose entry knows of no words that it runs may still run what stands after `--`, or after `exec`.
    pub fn guess_wrapped(&mut self, call: &Call<'a>) {
        let words = call.words;
        let literal = |at: usize| words.get(at).and_then(|w| w.val.lit());
        // What its entry says to be a file or a pattern is no command: `grep -- mkfs docs`.
        let named = |at: usize| {
            let operand = call.operands.iter().find(|operand| operand.field.span == words[at].span);
            call.program == "git"
                || operand.is_some_and(|operand| matches!(operand.name, "path" | "pattern" | "file" | "text"))
        };
        let known = |at: usize| literal(at).is_some_and(|text| self.run_by_others(text)) && !named(at);
        let after_dashes =
            (1..words.len()).find(|at| literal(*at) == Some("--")).map(|at| at + 1).filter(|at| known(*at));
        let after_word = || {
            let verb = (1..words.len().min(4))
                .find(|at| matches!(literal(*at), Some("exec" | "run" | "x" | "shell" | "ssh" | "execute" | "lock")))?;
            (verb + 1..words.len().min(verb + 8)).find(|at| known(*at))
        };
        if let Some(at) = self.brought_by_package(call) {
            self.external(&words[at..], &[], &Data::NOTHING, &mut Sink::new());
        } else if let Some(at) = after_dashes {
            let verb = (1..words.len().min(4)).any(|at| matches!(literal(at), Some("exec" | "run" | "x" | "spin")));
            match verb {
                true => self.runs_what_follows(&words[at..]),
                false => self.perhaps_runs(&words[at..]),
            }
        } else if let Some(at) = after_word() {
            match literal(1) {
                Some("exec") => self.runs_what_follows(&words[at..]),
                _ => self.perhaps_runs(&words[at..]),
            }
        }
    }

    /// What stands behind `--`, or behind the words of a program that is there to run others, is a command line; a single
    /// word may be the name of something.
    fn runs_what_follows(&mut self, words: &'a [Field<'a>]) {
        match words {
            [_, _, ..] => self.without_traces(|this| this.external(words, &[], &Data::NOTHING, &mut Sink::new())),
            _ => self.perhaps_runs(words),
        }
    }

    /// What is done for certain, with nothing left behind in this shell.
    fn without_traces(&mut self, run: impl FnOnce(&mut Self)) {
        let mark = self.state.mark();
        self.quietly(run);
        let _ = self.state.rollback(mark);
    }

    /// `yarn prisma migrate reset`: what is no script of the project is a program that one of its packages brought
    /// (<https://classic.yarnpkg.com/en/docs/cli/run>, <https://pnpm.io/pnpm-cli#commands>).
    fn brought_by_package(&self, call: &Call<'a>) -> Option<usize> {
        // They follow the project's scripts, and few other programs do.
        call.entry.filter(|entry| entry.follows == "npm" && !entry.name.contains(' '))?;
        let vocabulary = self.know.vocabulary();
        if !vocabulary.lists.has("runs-programs-of-packages", call.program) {
            return None;
        }
        let mut operands = call.operands.iter().map(|operand| operand.field);
        let mut word = operands.next()?;
        loop {
            match word.val.lit()? {
                "run" => word = operands.next()?,
                "workspace" => word = operands.nth(1)?,
                name if vocabulary.lists.has("programs-of-packages", name) => break,
                _ => return None,
            }
        }
        call.words.iter().position(|one| one.span == word.span)
    }

    fn perhaps_runs(&mut self, words: &'a [Field<'a>]) {
        let run = |this: &mut Self| this.external(words, &[], &Data::NOTHING, &mut Sink::new());
        match is_shell_with_code(words) {
            true => self.without_traces(run),
            false => self.perhaps(run),
        }
    }

    /// Whether a word is the name or path of a program that gate knows.
    pub fn names_program(&self, word: &Field<'a>) -> bool {
        word.val.lit().is_some_and(|text| self.find_entry(base_name(text)).is_some())
    }

    /// Whether it names one of the programs that others run for what they do.
    pub fn run_by_others(&self, text: &str) -> bool {
        let name = base_name(text);
        self.know.lists().has("run-by-others", name)
    }

    /// `/bin/r?`, `/???/?ash`: every program that the pattern may mean. False if the word is no pattern of a path, or
    /// means no program that is known.
    pub fn program_by_pattern(
        &mut self,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        let Some(first) = words.first().filter(|w| w.glob) else { return false };
        let Some(pattern) = first.val.lit().and_then(|name| self.absolute(name)) else { return false };
        let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        if !self.know.lists().items("program-folders").any(|known| globs::path(folder, known)) {
            return false;
        }
        // `/sbin/mkf?.ext4` is mkfs too.
        let stem = name.split_once('.').map(|(stem, _)| stem).filter(|stem| stem.contains(['?', '*', '[']));
        let means = |program: &str| globs::path(name, program) || stem.is_some_and(|stem| globs::path(stem, program));
        let names = self.know.programs(&means);
        let (mut taint, mut source) = (stdin.taint | Taint::OPAQUE, "");
        for program in names.iter().take(limits::UNROLL) {
            let copy = self.with_first(words, Field { val: Val::Lit(program), glob: false, derived: true, ..*first });
            if names.len() == 1 {
                self.external(copy, settings, stdin, out);
                return true;
            }
            // Nobody writes `/bin/r?` for another program than it is told of.
            let mut printed = Sink::new();
            match self.run_by_others(program) || self.know.lists().has("reached-by-patterns", program) {
                true => self.external(copy, settings, stdin, &mut printed),
                false => self.perhaps(|this| this.external(copy, settings, stdin, &mut printed)),
            }
            let printed = printed.data(self.bump);
            taint |= printed.taint;
            source = if source.is_empty() { printed.source } else { source };
        }
        out.push(Data::unknown(source, taint));
        !names.is_empty()
    }
}

/// Whether the name of a program says that it is there to run another: `with-env.sh`, `retry`, `wait-for-it.sh`.
fn hands_on(lists: &Lists<'_>, program: &str) -> bool {
    base_name(program).split(|c: char| !c.is_ascii_alphanumeric()).any(|word| lists.has("hands-on", word))
}

/// Whether a program takes what it proves itself with, or its settings, after this option: `--key`, `-i`.
pub(in crate::facts) fn takes_credentials(lists: &Lists<'_>, option: &str) -> bool {
    matches!(option, "-i" | "-k" | "-c") || lists.named_in("credential-options", &option.to_ascii_lowercase())
}

/// Whether a program puts what it makes where this option says: `-o`, `--output`, `--log-file`.
fn names_output(lists: &Lists<'_>, option: &str) -> bool {
    lists.has("output-letters", option) || option.starts_with('-') && lists.named_in("output-options", option)
}

/// How many of its words are the program's own: all, or those before the command that it runs.
pub(super) fn own_words(call: &Call<'_>, wraps: bool) -> usize {
    let command = call.operands.first().filter(|_| wraps).map(|operand| operand.field.span.start);
    command.map_or(call.words.len(), |start| call.words.iter().take_while(|word| word.span.start < start).count())
}

/// The file that a word names behind an option for what a program makes, or within it: `--log=FILE`, `-oFILE`, `-o FILE`.
fn put_by_option<'a>(lists: &Lists<'_>, call: &Call<'a>, at: usize, text: &'a str) -> Option<&'a str> {
    if let Some((_, path)) = text.rsplit_once('=').filter(|(option, _)| names_output(lists, option)) {
        return Some(path);
    }
    if let Some(path) = text.strip_prefix("-o").filter(|path| path.starts_with(['/', '~', '.'])) {
        return Some(path);
    }
    let before = &call.words[at - 1];
    let option = before.val.lit().filter(|option| at > 1 && option.starts_with('-') && !option.contains('='))?;
    // An option that takes no value is followed by what is read: `wc -w ~/.bashrc`.
    let alone = |o: &Opt<'a>| o.span == before.span && o.value.is_none() && o.names.iter().next().is_some();
    let names = option != "-w" && names_output(lists, option) && !call.options.iter().any(alone);
    (names && !text.starts_with('-')).then(|| text.rsplit_once('=').map_or(text, |(_, path)| path))
}

/// Whether a value is an address of the network, whatever follows.
fn starts_with_address(val: Val<'_>) -> bool {
    matches!(val, Val::Text([Seg::Lit(start), ..]) if start.contains("://"))
}
