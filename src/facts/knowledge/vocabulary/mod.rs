//! What words mean: which class of target a path or a host belongs to, what a variable does, which words stand together
//! in a list, and which environment a name speaks of.

mod classes;
mod environments;
mod lists;
mod variables;

use serde::{Deserialize, Serialize};

pub use classes::{Classes, TargetClasses};
pub use environments::{Environments, HouseName};
pub use lists::Lists;
pub use variables::Variables;

/// The words of the packs, and what a policy adds to them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Vocabulary<'k> {
    #[serde(borrow)]
    pub classes: TargetClasses<'k>,
    pub variables: Variables<'k>,
    pub lists: Lists<'k>,
    pub environments: Environments<'k>,
}

impl<'k> Vocabulary<'k> {
    /// Writes down in tables what was collected while packs were compiled.
    pub fn compile(&mut self) {
        self.classes.compile();
        self.variables.compile();
        self.lists.compile();
    }

    /// Adds the words of further packs, which know the classes of these.
    pub fn extend(&mut self, more: Self) {
        self.classes.extend(more.classes);
        self.variables.extend(more.variables);
        self.lists.extend(more.lists);
        self.environments.extend(more.environments);
    }
}
