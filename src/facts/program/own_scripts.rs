//! What a script or task of the project, or a program that nobody describes, is told to do, by its name and its words, where
//! its code is not known: `make deploy ENV=production`, `./migrate.sh --env prod --execute`, `shipit deploy production`.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::paths::{base_name, host_of, is_own_machine};
use crate::facts::targets::throwaway::tunnels::leads_elsewhere;
use crate::facts::value::{Taint, Val};

impl<'a> Analysis<'a> {
    /// Whether its words say that it changes production; `sources` is how much had been read before it.
    pub fn told(&mut self, call: &Call<'a>, index: u32, settings: &[(&'a str, Val<'a>)], sources: usize) {
        let vocabulary = self.know.vocabulary();
        let listed = |list: &'static str, word: &str| vocabulary.lists.has(list, word);
        if self.facts.sources.len() > sources {
            return;
        }
        // What frameworks and build tools run of a project is built for production every day; what it deletes or deploys there
        // is said in its name.
        let runs = listed("runs-tasks", call.program) && call.entry.is_some();
        let commands = !runs && call.entry.is_some() && listed("runs-commands", call.program);
        let tasks = runs || commands;
        if !tasks && call.entry.is_some() && !listed("runs-files", call.program) {
            return;
        }
        // What stands behind `--text` is said about something.
        let spoken =
            |at: usize| matches!(call.words[at - 1].val.lit(), Some("--text" | "--message" | "--title" | "--body"));
        let given = call.words.iter().enumerate().skip(1).filter(|(at, _)| !spoken(*at));
        let mut words: Vec<&'a str> = given.filter_map(|(_, word)| word.val.lit()).collect();
        let file =
            |word: &&'a str| word.rsplit_once('.').is_some_and(|(_, ending)| listed("endings-of-scripts", ending));
        // What is not known may ask for a plan only, unless it is the value of something: `TAG=$(git rev-parse HEAD)`, `--tag $T`.
        let may_ask = |at: usize| {
            let word = call.words[at].val;
            if word.lit().is_some() {
                return false;
            }
            let plans = |name: &str| {
                let name = name.to_ascii_lowercase();
                self.know.lists().items("words-of-plans").any(|word| name.contains(word))
            };
            let known = word.with_unknown("");
            let named = known.as_deref().and_then(|text| text.split_once('=')).is_some_and(|(name, _)| !plans(name));
            let before = call.words[at - 1].val.lit().filter(|_| at > 1);
            let is_option = |option: &str| option.len() > 2 && option.starts_with("--") && !option.contains('=');
            let of_option = before.is_some_and(|option| is_option(option) && !plans(option));
            let shown = word.show(self.bump);
            let version = shown
                .strip_prefix("$(")
                .is_some_and(|asked| self.know.lists().items("says-a-version").any(|by| asked.starts_with(by)));
            !named && !of_option && !version
        };
        let name = match call.entry {
            _ if (1..call.words.len()).any(may_ask) => None,
            None => Some(call.path.unwrap_or(call.program)),
            // make(1), rake(1), just(1): shown, asked or listed only.
            Some(_) if tasks => (!words.iter().any(|word| listed("asks-for-a-plan", word))).then_some(""),
            // `python -m cli deploy --env production`
            Some(_) if words.first() == Some(&"-m") && words.len() > 1 => {
                words.remove(0);
                Some(words.remove(0))
            }
            Some(_) => {
                // `node --env-file=.env.production scripts/migrate.js`
                let first = words.iter().position(|word| !word.starts_with('-'));
                first.filter(|at| file(&words[*at])).map(|at| words.remove(at))
            }
        };
        let Some(name) = name.map(base_name) else { return };
        // `npm ci --production` leaves out what is for development.
        let dependencies = |word: &&str| !matches!(*word, "--production" | "--prod" | "--only=production");
        let parts = || words.iter().copied().chain([name]).flat_map(parts_of);
        if self.writes_to_everybody(name, &words, settings, tasks) {
            self.plain_effect(Kind::Message, name, index, call.words[0].span, Taint::NONE, &["to-many"]);
        }
        // Everything that is built for production is built with it; what deletes there says so, too.
        let destroys = parts().any(|part| listed("destroys-things", &part));
        let set = settings.iter().filter(|(variable, _)| *variable != "NODE_ENV" || destroys);
        let set = set.filter_map(|(_, val)| val.lit());
        // What lends it the settings of an environment: `doppler run --config prd -- node wipe.js`.
        let lender = self.place.via.last().filter(|lender| listed("lends-settings", lender));
        let lender = lender.and_then(|lender| self.facts.calls.iter().rev().find(|call| call.program == *lender));
        let lent = lender.into_iter().flat_map(|lender| lender.options);
        let lent = lent.filter_map(|option| option.value?.val.lit());
        // What was exported before says it as well.
        let exported = vocabulary.lists.items("environment-variables").filter_map(|name| {
            let var = self.state.var(name).filter(|var| var.exported)?;
            var.val.lit()
        });
        // `STAGE=production` is no stage.
        let says = |word: &str| {
            let value = word.rsplit_once('=').map_or(word, |(_, value)| value);
            vocabulary.environments.is_production(value)
        };
        let given = words.iter().copied().filter(dependencies);
        // `mage deployProd`
        let named = words.iter().copied().filter(|word| !word.starts_with('-')).chain([name]);
        if !given.chain(set).chain(lent).chain(exported).chain([name, self.place.name]).any(says)
            && !named.flat_map(humps).any(|part| says(&part))
        {
            return;
        }
        // `--endpoint http://localhost:4566 --bucket prod-backups`: told to act on a service of this machine, it acts there,
        // whatever things are called, unless the environment is said as well.
        let said = |word: &'a str, next: Option<&&'a str>| match word.split_once('=') {
            Some(said) => said,
            None => (word, next.copied().unwrap_or_default()),
        };
        let options = || {
            words
                .iter()
                .enumerate()
                .filter(|(_, word)| word.starts_with("--"))
                .map(|(at, word)| said(word, words.get(at + 1)))
        };
        let endpoint = |name: &str| listed("endpoint-options", name);
        let own = options().any(|(name, value)| endpoint(name) && is_own_machine(host_of(value)));
        // A word that is no option's value says where it acts; and a tunnel is called localhost, too.
        let of_option = |at: usize| at > 0 && words[at - 1].starts_with("--") && !words[at - 1].contains('=');
        let outright =
            words.iter().enumerate().any(|(at, word)| !word.starts_with('-') && !of_option(at) && says(word));
        let tunnels = |call: &Call<'_>| leads_elsewhere(self.know.lists(), call);
        let elsewhere = outright
            || settings.iter().filter_map(|(_, val)| val.lit()).any(says)
            || self.facts.calls.iter().any(tunnels)
            || options().any(|(name, value)| listed("target-options", name) && says(value));
        if own && !elsewhere {
            return;
        }
        let changes = if commands { "changes-by-commands" } else { "changes-things" };
        // `build-release` makes it, and brings it nowhere.
        let builds = |word: &str| parts_of(word).eq(["build", "release"]);
        let mut done = words.iter().copied().chain([name]).filter(|word| !builds(word)).flat_map(parts_of);
        if done.any(|part| listed(changes, &part)) && !self.only_shows(name, &words, settings, tasks) {
            let text = match call.entry {
                None if call.path.is_none() => "production, by a program that nobody describes",
                _ => "production, by a script of its own",
            };
            self.plain_effect(Kind::Deploy, text, index, call.span, Taint::NONE, &["own-script"]);
        }
    }

    /// Whether its words say that it writes to everybody: `send_newsletter.py --list all-customers`. A server of this machine
    /// and a console hand on nothing.
    fn writes_to_everybody(
        &self,
        name: &'a str,
        words: &[&'a str],
        settings: &[(&'a str, Val<'a>)],
        tasks: bool,
    ) -> bool {
        let vocabulary = self.know.vocabulary();
        let listed = |list: &'static str, word: &str| vocabulary.lists.has(list, word);
        let to_all = |word: &str| listed("everybody", &word.to_ascii_lowercase().replace('_', "-"));
        if !words.iter().any(|word| to_all(word.rsplit_once('=').map_or(word, |(_, value)| value))) {
            return false;
        }
        // `manage.py send_campaign`: what Django's own script is told first.
        let told = usize::from(name == "manage.py");
        let said = words.iter().copied().filter(|word| !word.starts_with('-'));
        let called = said.take(if tasks { words.len() } else { told }).chain([name]);
        let called: Vec<String> = called.flat_map(parts_of).collect();
        let is = |list: &'static str| called.iter().any(|part| listed(list, part));
        if !is("sends-to-people") || is("looks-at-code") {
            return false;
        }
        let kept_here = |value: &str| {
            is_own_machine(host_of(value))
                || ["console", "locmem", "filebased", "dummy"].iter().any(|backend| value.contains(backend))
                || vocabulary.environments.is_test(value)
        };
        // `--list all-customers` lists nobody.
        let names_them = |at: usize| words.get(at + 1).is_some_and(|next| !next.starts_with('-') && to_all(next));
        let besides: Vec<&'a str> =
            words.iter().enumerate().filter(|(at, _)| !names_them(*at)).map(|(_, word)| *word).collect();
        !settings.iter().filter_map(|(_, val)| val.lit()).chain(words.iter().copied()).any(kept_here)
            && !self.only_shows(name, &besides, settings, tasks)
    }

    /// Whether a script or task says that it changes nothing: by its name, by a word of its own, or by an option or variable
    /// for trials that is not switched off. What other options and their values say is said about something else.
    fn only_shows(&self, name: &str, words: &[&'a str], settings: &[(&'a str, Val<'a>)], tasks: bool) -> bool {
        let lists = self.know.lists();
        let shows = |part: &str| lists.has("only-shows", part);
        let trial = |name: &str| {
            let name = name.to_ascii_lowercase();
            let mut parts = name.split(['-', '_']).filter(|part| !part.is_empty()).peekable();
            parts.peek().is_some_and(|first| *first != "run" && *first != "mode")
                && parts.all(|part| lists.has("trial-options", part))
        };
        let off = |value: &str| value.is_empty() || lists.has("says-no", &value.to_ascii_lowercase());
        let set = |(name, value): (&str, &str)| trial(name) && !off(value);
        let before = settings.iter().any(|(name, value)| value.lit().is_some_and(|value| set((name, value))));
        let exported = ["DRY_RUN", "DRYRUN"].iter().any(|name| {
            let var = self.state.var(name).filter(|var| var.exported);
            var.and_then(|var| var.val.lit()).is_some_and(|value| !off(value))
        });
        let mut behind = words.iter().copied().skip(1).map(Some).chain([None]);
        let mut option_before = false;
        let mut among = words.iter().copied().any(|word| {
            let next = behind.next().flatten();
            // What may be the value of an option says nothing by itself.
            let may_be_value = std::mem::replace(&mut option_before, word.starts_with('-') && !word.contains('='));
            match (word.strip_prefix('-'), word.split_once('=')) {
                (Some(_), Some((name, value))) => set((name.trim_start_matches('-'), value)),
                (Some(name), None) => {
                    // `--status inactive`
                    trial(name.trim_start_matches('-')) && !next.is_some_and(|next| off(next) && !next.is_empty())
                }
                (None, Some(pair)) => set(pair),
                (None, None) => !may_be_value && !tasks && shows(word),
            }
        });
        // Of several tasks one that changes something is enough.
        if tasks {
            let mut targets = words.iter().filter(|word| !word.starts_with('-') && !word.contains('=')).peekable();
            among |= targets.peek().is_some()
                && targets.all(|word| {
                    parts_of(word).any(|part| shows(&part))
                        || !parts_of(word).any(|part| lists.has("changes-things", &part))
                });
        }
        let by_name = !tasks && parts_of(name).any(|part| shows(&part));
        among || by_name || before || exported
    }
}

/// The words that a name, an option or a variable is made of, in small letters.
fn parts_of(word: &str) -> impl Iterator<Item = String> {
    word.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(humps)
}

/// The words of a name that is written as one, in small letters: `deployProd`.
fn humps(word: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut small = false;
    for letter in word.chars() {
        if out.is_empty() || small && letter.is_ascii_uppercase() {
            out.push(String::new());
        }
        small = letter.is_ascii_lowercase();
        out.last_mut().into_iter().for_each(|word| word.push(letter.to_ascii_lowercase()));
    }
    out
}
