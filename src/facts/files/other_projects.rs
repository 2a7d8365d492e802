//! What a script deletes within another project that it works on: `cd ~/src/lantern && rm -rf .godot/imported && godot …`.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::paths::{below_home, lies_in};
use crate::facts::{Call, Effect};

/// Folders of which it is asked whether they are projects.
const MOST: usize = 4;

impl<'a> Analysis<'a> {
    /// Marks what is deleted below a folder of a home that the script goes to and builds or tests in, if that folder is a
    /// repository. If it is not there at all, nothing is deleted.
    pub fn deleted_in_other_projects(&mut self) {
        if !self.facts.effects.iter().any(|effect| effect.does == Kind::Delete) {
            return;
        }
        let mut folders: Vec<&'a str> = Vec::new();
        for call in &self.facts.calls {
            let folder = call.directory;
            if folders.len() < MOST && !folders.contains(&folder) && self.works_on_a_project(call) {
                folders.push(folder);
            }
        }
        // What was moved there is something else.
        let moved = |folder: &str| {
            self.facts
                .effects
                .iter()
                .filter(|effect| effect.marks.contains(&"moved"))
                .any(|effect| effect.target.path.is_none_or(|path| lies_in(path, folder) || lies_in(folder, path)))
        };
        folders.retain(|folder| !moved(folder));
        // Of what is only described, the words are all there is.
        let described = !self.snapshot.answers();
        let mut projects: Vec<(&'a str, &'static str)> = Vec::new();
        for folder in folders {
            match self.ask(&Ask::Path(folder.to_owned())) {
                Answer::Unknown if described => projects.push((folder, "other-project")),
                Answer::Missing => projects.push((folder, "other-project")),
                Answer::Directory => match self.ask(&Ask::Path(format!("{folder}/.git"))) {
                    Answer::Missing | Answer::Unknown => {}
                    _ => projects.push((folder, "other-repository")),
                },
                _ => {}
            }
        }
        let theirs = self.know.classes().of(["personal", "private", "secret", "startup"]);
        for at in 0..self.facts.effects.len() {
            let effect = &self.facts.effects[at];
            if effect.does != Kind::Delete || effect.target.classes & theirs != 0 || effect.target.real.is_some() {
                continue;
            }
            if let Some((_, mark)) = projects.iter().find(|(folder, _)| self.is_deleted_below(effect, folder)) {
                self.facts.effects[at].mark(self.bump, mark);
            }
        }
    }

    /// Whether a call builds or tests something in a folder of a home, which is not the home itself nor directly below it.
    fn works_on_a_project(&self, call: &Call<'a>) -> bool {
        let lists = self.know.lists();
        let works = |name: &str| lists.has("works-on-projects", name);
        let folder = call.directory;
        let deep = || {
            let below = below_home(folder);
            below.is_some_and(|path| path.matches('/').count() > 1 && !path.contains("/."))
        };
        call.place.local()
            && !lies_in(folder, &self.snapshot.workspace)
            && deep()
            && (works(call.program) || works(call.verb))
    }

    /// Whether an effect is on what lies below a folder, and is done there by whoever works on it.
    fn is_deleted_below(&self, effect: &Effect<'a>, folder: &str) -> bool {
        let Some(call) = self.facts.calls.get(effect.call as usize) else { return false };
        let below = |path: &str| path.len() > folder.len() + 1 && lies_in(path, folder) && !path.contains("/.git");
        call.place.local()
            && !call.place.privileged
            && lies_in(call.directory, folder)
            && effect.target.path.is_some_and(below)
    }
}
