//! What a script or task of the project is told to do, by its name and its words, where its code is not known:
//! `make deploy ENV=production`, `./migrate.sh --env prod --execute`.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Taint, Val};

impl<'a> Analysis<'a> {
    /// Whether its words say that it changes production; `sources` is how much had been read before it.
    pub fn told(&mut self, call: &Call<'a>, index: u32, settings: &[(&'a str, Val<'a>)], sources: usize) {
        let vocabulary = self.know.vocabulary();
        let listed = |list: &'static str, word: &str| vocabulary.lists.has(list, word);
        let tasks = call.entry.is_some() && listed("runs-tasks", call.program);
        if self.facts.sources.len() > sources
            || !tasks && call.entry.is_some() && !listed("runs-files", call.program)
            || call.entry.is_none() && call.path.is_none()
        {
            return;
        }
        let mut words: Vec<&'a str> = call.words.iter().skip(1).filter_map(|word| word.val.lit()).collect();
        let file =
            |word: &&'a str| word.rsplit_once('.').is_some_and(|(_, ending)| listed("endings-of-scripts", ending));
        let name = match call.entry {
            // What some words say is not known.
            _ if words.len() < call.words.len() - 1 => None,
            None => call.path,
            // make(1), rake(1), just(1): shown, asked or listed only.
            Some(_) if tasks => (!words.iter().any(|word| listed("asks-for-a-plan", word))).then_some(""),
            Some(_) => words.first().is_some_and(file).then(|| words.remove(0)),
        };
        let Some(name) = name.map(base_name) else { return };
        // `npm ci --production` leaves out what is for development.
        let dependencies = |word: &&str| !matches!(*word, "--production" | "--prod" | "--only=production");
        let set = settings.iter().filter(|(variable, _)| *variable != "NODE_ENV").filter_map(|(_, val)| val.lit());
        // What was exported before says it as well.
        let exported = vocabulary.lists.items("environment-variables").filter_map(|name| {
            let var = self.state.var(name).filter(|var| var.exported)?;
            var.val.lit()
        });
        let says = |word: &str| vocabulary.environments.of_words(word) == "production";
        if !words.iter().copied().filter(dependencies).chain(set).chain(exported).chain([name]).any(says) {
            return;
        }
        let parts = || {
            let words = words.iter().copied().chain([name]);
            words.flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric())).map(str::to_ascii_lowercase)
        };
        if parts().any(|part| listed("changes-things", &part)) && !parts().any(|part| listed("only-shows", &part)) {
            let text = "production, by a script of its own";
            self.plain_effect(Kind::Deploy, text, index, call.span, Taint::NONE, &["own-script"]);
        }
    }
}
