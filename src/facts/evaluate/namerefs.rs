//! Names that stand for other variables: `declare -n` (bash(1), "PARAMETERS").

use smallvec::{SmallVec, smallvec};

use crate::facts::evaluate::state::State;
use crate::facts::evaluate::variable::Var;
use crate::facts::value::Val;

impl<'a> State<'a> {
    /// The variables that a name stands for: its own, or, where it is another name of one, that one (bash(1),
    /// "PARAMETERS": nameref), which may be one of several. None if they are too many to follow.
    #[must_use]
    pub fn meant_by(&self, name: &'a str) -> Option<SmallVec<[&'a str; 1]>> {
        const MOST: usize = 64;
        // One that names nothing yet is given its name.
        let leads = |name: &str| self.var(name).filter(|var| var.reference && var.val != Val::EMPTY);
        if leads(name).is_none() {
            return Some(smallvec![name]);
        }
        let (mut meant, mut seen, mut next) = (SmallVec::new(), vec![name], vec![name]);
        while let Some(name) = next.pop() {
            let Some(var) = leads(name) else {
                meant.push(name);
                continue;
            };
            for target in var.val.each().filter_map(|one| one.lit()) {
                if seen.len() >= MOST {
                    return None;
                }
                if !seen.contains(&target) {
                    seen.push(target);
                    next.push(target);
                }
            }
        }
        Some(meant)
    }

    /// The variable that a name stands for, where that is one.
    #[must_use]
    pub fn meant(&self, name: &'a str) -> Option<Var<'a>> {
        match self.meant_by(name).as_deref() {
            Some([one]) => self.var(one),
            _ => self.var(name),
        }
    }
}
