//! What earlier commands of a script did, kept so that later ones find it by its name and need not go through all of them.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::Target;
use crate::facts::targets::paths::base_name;
use crate::limits;

/// What the script moved, by where it came to lie. A name that is made up (`/tmp/$$`) is the same wherever it is written so.
#[derive(Default)]
pub struct Moves<'a> {
    /// All of them, in order; the maps name them by their place here.
    all: Vec<Move<'a>>,
    /// By the place itself, and by each folder that it lies in.
    to: FxHashMap<&'a str, Numbers>,
    within: FxHashMap<&'a str, Numbers>,
    /// Which move last took something from a place.
    from: FxHashMap<&'a str, u32>,
    /// The moves whose things are lost.
    gone: FxHashSet<u32>,
}

/// Most places have one move.
type Numbers = SmallVec<[u32; 2]>;

#[derive(Clone, Copy)]
struct Move<'a> {
    from: Target<'a>,
    kept: &'a str,
    to: &'a str,
}

/// Folders above a place that are remembered.
const FOLDERS: usize = 32;

impl<'a> Moves<'a> {
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn add(&mut self, from: (Target<'a>, &'a str), to: &'a str) {
        let number = self.all.len() as u32;
        let (from, name) = from;
        self.all.push(Move { from, kept: base_name(name), to });
        self.from.insert(name, number);
        self.to.entry(to).or_default().push(number);
        for (slash, _) in to.rmatch_indices('/').filter(|(at, _)| *at > 0).take(FOLDERS) {
            self.within.entry(&to[..slash]).or_default().push(number);
        }
    }

    /// What lies at a place or below it, where it was moved, and was not moved on: it is lost, and said so once if that is
    /// certain.
    pub fn lost(&mut self, place: &str, certain: bool) -> Vec<Target<'a>> {
        let (mut found, all) = (Vec::new(), &self.all);
        let mut there = |map: &mut FxHashMap<&'a str, Numbers>, place: &str, kept: Option<&str>| {
            let Some(moves) = map.get_mut(place) else { return };
            // `mv a/* there`: whichever it is.
            let is_it = |of: &str, kept: &str| of == kept || of.contains(['*', '?', '[']);
            let meant = |number: &u32| kept.is_none_or(|kept| is_it(all[*number as usize].kept, kept));
            found.extend(moves.iter().rev().filter(|number| meant(number)).take(limits::UNROLL).copied());
            if certain {
                moves.retain(|number| !meant(number));
            }
        };
        there(&mut self.to, place, None);
        there(&mut self.within, place, None);
        // Into a folder, where it kept its name.
        if let Some((folder, kept)) = place.rsplit_once('/') {
            there(&mut self.to, folder, Some(kept));
        }
        found.retain(|number| {
            let again = self.from.get(all[*number as usize].to);
            again.is_none_or(|again| again <= number) && !self.gone.contains(number)
        });
        if certain {
            self.gone.extend(&found);
        }
        found.into_iter().map(|number| all[number as usize].from).collect()
    }
}

/// Why what a call created was not there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// Its name says that nobody keeps it.
    Name,
    /// The script ends where that call fails.
    Errors,
    /// Nothing but what may stand between it and a later call: `&&`.
    Chain,
}

/// Which calls made something, so that what is asked for each delete need not go through all of them.
#[derive(Default)]
pub struct Made<'a> {
    /// Calls and sources that were looked at.
    pub calls: usize,
    pub sources: usize,
    /// What calls create on this machine, by its name: which call, and what vouches for its being the script's own.
    pub created: FxHashMap<&'a str, Vec<(usize, Voucher)>>,
    /// The calls that start a cluster, start a database.
    pub clusters: Vec<usize>,
    pub databases: Vec<usize>,
    /// The calls that make named pipes.
    pub pipes: Vec<usize>,
    /// The calls that make a device of others, or of files, and what that is called.
    pub disks: Vec<(usize, &'a str)>,
    /// The calls that make a port of this machine lead to another one.
    pub tunnels: Vec<usize>,
    /// Statements attached another database to the one at hand.
    pub attached: bool,
    /// The database for tests that the statements of a call chose: `USE app_test`.
    pub used: Option<(u32, &'a str)>,
    /// The tables that statements created for their session.
    pub tables: FxHashSet<&'a str>,
    /// The tables of files that a call creates itself.
    pub made_anew: FxHashSet<(u32, &'a str)>,
    /// The databases that statements created.
    pub own_databases: FxHashSet<&'a str>,
    /// The script speaks of contexts that lead elsewhere.
    pub contexts_elsewhere: bool,
}
