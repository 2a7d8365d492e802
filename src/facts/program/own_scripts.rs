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
        let parts = || {
            let words = words.iter().copied().chain([name]);
            words.flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric())).flat_map(humps)
        };
        // Everything that is built for production is built with it; what deletes there says so, too.
        let destroys = parts().any(|part| listed("destroys-things", &part));
        let set = settings.iter().filter(|(variable, _)| *variable != "NODE_ENV" || destroys);
        let set = set.filter_map(|(_, val)| val.lit());
        // What lends it the settings of an environment: `doppler run --config prd -- node wipe.js`.
        let lender = self.place.via.last().filter(|lender| listed("lends-settings", lender));
        let lender = lender.and_then(|lender| self.facts.calls.iter().rev().find(|call| call.program == *lender));
        let lent = lender.filter(|_| destroys).into_iter().flat_map(|lender| lender.options);
        let lent = lent.filter_map(|option| option.value?.val.lit());
        // What was exported before says it as well.
        let exported = vocabulary.lists.items("environment-variables").filter_map(|name| {
            let var = self.state.var(name).filter(|var| var.exported)?;
            var.val.lit()
        });
        let says = |word: &str| vocabulary.environments.of_words(word) == "production";
        let given = words.iter().copied().filter(dependencies);
        // `mage deployProd`
        let named = words.iter().copied().filter(|word| !word.starts_with('-')).chain([name]);
        if !given.chain(set).chain(lent).chain(exported).chain([name]).any(says)
            && !named.flat_map(humps).any(|part| says(&part))
        {
            return;
        }
        if parts().any(|part| listed("changes-things", &part)) && !parts().any(|part| listed("only-shows", &part)) {
            let text = "production, by a script of its own";
            self.plain_effect(Kind::Deploy, text, index, call.span, Taint::NONE, &["own-script"]);
        }
    }
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
