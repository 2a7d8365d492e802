//! What the script undoes or erases and then makes anew, by which nothing is lost that was not to be made anew: migrations,
//! firmware, services, machines; and the steps by which an image is built.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::value::Val;
use crate::facts::{Call, Effect};

impl<'a> Analysis<'a> {
    /// Marks what a migration that is undone takes along where the script migrates again afterwards: that is how one is
    /// tried out.
    pub fn migrated_again(&mut self) {
        let Some(last) = self.facts.effects.iter().rposition(|effect| effect.does == Kind::Migrate) else { return };
        let calls = &self.facts.calls;
        let program = |call: u32| calls.get(call as usize).map_or("", |call| call.program);
        let again = self.facts.effects[last].call;
        for effect in &mut self.facts.effects[..last] {
            let has = |mark: &str| effect.marks.contains(&mark);
            if has("one-migration") {
                effect.marks = &["one-migration", "redone"];
            } else if has("application")
                && !has("throwaway")
                && effect.call < again
                && program(effect.call) == program(again)
            {
                effect.marks = &["all-redone"];
            }
        }
    }

    /// Marks the firmware of a board that is erased where the script flashes it anew afterwards: so it is developed for.
    pub fn flashed_again(&mut self) {
        if !self.facts.effects.iter().any(|effect| effect.marks.contains(&"device")) {
            return;
        }
        let vocabulary = self.know.vocabulary();
        let words = |call: &Call<'a>| call.words.iter().filter_map(|word| word.val.lit()).flat_map(words_of_monitor);
        let flashes = |call: &Call<'a>| {
            let known = vocabulary.lists.items("flashes-devices").filter_map(|known| known.split_once('='));
            let looks = words(call).any(|word| matches!(word, "--help" | "-h" | "--dry-run"));
            !looks
                && known
                    .filter(|(program, _)| *program == call.program)
                    .any(|(_, said)| words(call).any(|word| word == said))
        };
        // Which of several boards it is.
        let board = |call: &Call<'a>| {
            ["-p", "--port", "-s", "--serial", "--snr", "--chip", "--probe"]
                .map(|name| call.fields(name).next().map(|f| f.val))
        };
        let calls = &self.facts.calls;
        let Some(last) = calls.iter().rposition(flashes) else { return };
        for effect in self.facts.effects.iter_mut().filter(|effect| effect.marks.contains(&"device")) {
            // openocd's commands stand in one call.
            let before = calls[..=last].get(effect.call as usize);
            let same = |call: &&Call<'a>| {
                // What only one of the two says is no other board.
                let boards = board(call).into_iter().zip(board(&calls[last]));
                let told = board(call).iter().any(Option::is_some);
                boards.into_iter().all(|(one, other)| one == other || one.is_none() || other.is_none())
                    && (told || call.program == calls[last].program)
            };
            let before = before.filter(same);
            let erases = |word: &str| word.contains("erase") && !word.contains("region") || word == "--recover";
            if before.is_some_and(|call| words(call).any(erases)) {
                effect.marks = &["device", "redone"];
            }
        }
    }

    /// Marks a service that is stopped as one that is started anew, where the script starts it afterwards.
    pub fn started_again(&mut self) {
        let starts = |call: &Call<'a>, effect: &Effect<'a>| {
            let word = |at: usize| call.words.get(at).and_then(|word| word.val.lit());
            let starts = |word: Option<&str>| matches!(word, Some("start" | "restart"));
            match call.program {
                "systemctl" => {
                    let mut named = call.words.iter().skip(2).filter_map(|word| word.val.lit());
                    starts(word(1)) && named.any(|name| name == effect.target.text)
                }
                "service" => starts(word(2)) && word(1) == Some(effect.target.text),
                _ => false,
            }
        };
        let stops = |effect: &Effect<'a>| effect.does == Kind::Service && effect.marks.contains(&"stop");
        // One that tests need is started for them, and stopped again.
        let lists = self.know.lists();
        let tested = |effect: &Effect<'a>| stops(effect) && lists.has("served-for-tests", effect.target.text);
        let mut again = self.undone_later(stops, starts);
        again.extend(self.undone(tested, starts, |calls, at| &calls[..at]));
        for at in again {
            self.facts.effects[at].marks = &["restart"];
        }
        // A project's containers with their volumes, brought up anew by the same words.
        let said = |of: &Call<'a>| -> Vec<Val<'a>> {
            let options = ["-f", "-p", "--project-directory"].iter();
            options.flat_map(|name| of.fields(name)).map(|field| field.val).collect()
        };
        let environments = &self.know.vocabulary().environments;
        let of_all = |val: Val<'a>| environments.is_strict(val.show(self.bump));
        let volumes = |effect: &Effect<'a>| {
            let call = self.facts.calls.get(effect.call as usize);
            effect.does == Kind::Destroy
                && effect.marks.contains(&"volume")
                && !effect.marks.contains(&"throwaway")
                && call.is_some_and(|call| call.verb.ends_with("compose down") && !said(call).into_iter().any(of_all))
        };
        let brings_up = |call: &Call<'a>, effect: &Effect<'a>| {
            let up = call.words.iter().take(8).any(|word| word.val.lit() == Some("up"));
            up && self.facts.calls.get(effect.call as usize).is_some_and(|down| said(down) == said(call))
        };
        // What a manifest describes, applied anew: how a job is run again, which cannot be changed.
        let manifest = |of: &Call<'a>| of.fields("-f").next().map(|field| field.val);
        let described = |effect: &Effect<'a>| {
            let deletes = |call: &Call<'a>| call.verb == "kubectl delete" && manifest(call).is_some();
            effect.does == Kind::Destroy
                && effect.marks == ["resource"]
                && self.facts.calls.get(effect.call as usize).is_some_and(deletes)
        };
        let applies = |call: &Call<'a>, effect: &Effect<'a>| {
            matches!(call.verb, "kubectl apply" | "kubectl create")
                && self.facts.calls.get(effect.call as usize).is_some_and(|deleted| manifest(deleted) == manifest(call))
        };
        for at in self.undone_later(volumes, brings_up) {
            self.facts.effects[at].mark(self.bump, "made-anew");
        }
        for at in self.undone_later(described, applies) {
            self.facts.effects[at].mark(self.bump, "brought-up");
        }
        // Vagrant's machines are described in its file.
        let destroys = |effect: &Effect<'a>| effect.does == Kind::Destroy && effect.marks.contains(&"machine");
        let ups = |call: &Call<'a>, _: &Effect<'a>| call.program == "vagrant" && second_word(call) == Some("up");
        for at in self.undone_later(destroys, ups) {
            self.facts.effects[at].mark(self.bump, "throwaway");
        }
    }

    /// The effects of a kind that a later call of the same program, in the same place, makes undone.
    fn undone_later(
        &self,
        kind: impl Fn(&Effect<'a>) -> bool,
        undoes: impl Fn(&Call<'a>, &Effect<'a>) -> bool,
    ) -> Vec<usize> {
        self.undone(kind, undoes, |calls, at| &calls[at + 1..])
    }

    /// The same, by one of those calls that `among` takes of all, given the place of the effect's own.
    fn undone(
        &self,
        kind: impl Fn(&Effect<'a>) -> bool,
        undoes: impl Fn(&Call<'a>, &Effect<'a>) -> bool,
        among: impl for<'c> Fn(&'c [Call<'a>], usize) -> &'c [Call<'a>],
    ) -> Vec<usize> {
        let calls = &self.facts.calls;
        let undone = |effect: &Effect<'a>| {
            let at = effect.call as usize;
            calls.get(at).is_some_and(|made| {
                let same = |call: &&Call<'a>| call.program == made.program && call.place.kind == made.place.kind;
                among(calls, at).iter().filter(same).any(|call| undoes(call, effect))
            })
        };
        let effects = self.facts.effects.iter().enumerate();
        effects.filter(|(_, effect)| kind(effect) && undone(effect)).map(|(at, _)| at).collect()
    }

    /// Marks the temporary files that are deleted together with the lists of packages: so the steps end that build an
    /// image, in which nobody else has any.
    pub fn steps_of_images(&mut self) {
        let vocabulary = self.know.vocabulary();
        let named = |effect: &Effect<'_>, list: &'static str| {
            effect.does == Kind::Delete && vocabulary.lists.has(list, effect.target.text)
        };
        if !self.facts.effects.iter().any(|effect| effect.certain && named(effect, "package-lists")) {
            return;
        }
        for effect in self.facts.effects.iter_mut().filter(|effect| named(effect, "temporary-of-images")) {
            effect.mark(self.bump, "image-step");
        }
    }
}

/// The words of a command that a debugger's monitor is told: `init; program app.elf verify`.
fn words_of_monitor(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ';'])
}

/// What a program is told first.
fn second_word<'a>(call: &Call<'a>) -> Option<&'a str> {
    call.words.get(1)?.val.lit()
}
