//! `cd`, `pushd` and `popd`: where the script is.

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::variable::Var;
use crate::facts::targets::paths;
use crate::facts::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub(super) fn cd(&mut self, args: &'a [Field<'a>], settings: &[(&'a str, Val<'a>)]) {
        // `CDPATH=/ cd home`
        let mark = self.state.var("CDPATH");
        let given = settings.iter().find(|(name, _)| *name == "CDPATH");
        if let Some((name, val)) = given {
            self.state.set_var(name, Some(Var::plain(*val)));
        }
        self.change_directory(args);
        if given.is_some() {
            self.state.set_var("CDPATH", mark);
        }
    }

    /// The directories that `pushd` left, the last first.
    fn directories(&self) -> &'a [(Val<'a>, Val<'a>)] {
        self.state.var("DIRSTACK").and_then(|stack| stack.items).unwrap_or(&[])
    }

    pub(super) fn push_directory(&mut self, args: &'a [Field<'a>]) {
        // `pushd -n DIR` puts it below where the script is, and stays there.
        let named = match args {
            [first, named] if first.val.lit() == Some("-n") => Some(named.val),
            _ => None,
        };
        // `pushd +1` turns the stack round, so that this one is where the script is.
        if let [number] = args
            && let Some(there) =
                number.val.lit().filter(|text| text.starts_with(['+', '-'])).and_then(|n| self.directory(n))
            && there != self.state.cwd
        {
            let mut all: Vec<Val<'a>> = self.directories().iter().map(|(_, path)| *path).collect();
            all.insert(0, self.state.cwd);
            let first = all.iter().position(|path| *path == there).unwrap_or(0);
            all.rotate_left(first);
            let left: Vec<(Val<'a>, Val<'a>)> = all[1..].iter().map(|path| (Val::EMPTY, *path)).collect();
            self.set_directories(self.bump.alloc_slice_copy(&left));
            self.set_variable("OLDPWD", self.state.cwd);
            return self.state.set_cwd(there);
        }
        let left = match named {
            Some(Val::Lit(path)) => self.absolute(path).map_or(Val::Lit(path), Val::Lit),
            other => other.unwrap_or(self.state.cwd),
        };
        let before = self.directories().iter().copied();
        let stack: Vec<(Val<'a>, Val<'a>)> =
            std::iter::once((Val::EMPTY, left)).chain(before).take(limits::UNROLL).collect();
        self.set_directories(self.bump.alloc_slice_copy(&stack));
        if named.is_none() {
            self.change_directory(args);
        }
    }

    pub(super) fn pop_directory(&mut self, args: &[Field<'a>]) {
        let mut all: Vec<Val<'a>> = self.directories().iter().map(|(_, path)| *path).collect();
        all.insert(0, self.state.cwd);
        let given: Vec<Option<&str>> = args.iter().map(|field| field.val.lit()).collect();
        // `popd +1` takes that one off, `popd -n` the next, and the script stays where it is.
        let at = match given[..] {
            [] => Some(0),
            [Some("-n")] => Some(1),
            [Some(number)] | [Some("-n"), Some(number)] => self.numbered(number),
            _ => None,
        };
        match at {
            Some(at) if at < all.len() && all.len() > 1 => drop(all.remove(at)),
            // There is no such directory: it stays where it is.
            Some(_) => return,
            None => all.truncate(1),
        }
        let unknown = Val::hole(self.bump, "popd", Shape::NonEmpty, Taint::NONE);
        let left: Vec<(Val<'a>, Val<'a>)> = all.iter().skip(1).map(|path| (Val::EMPTY, *path)).collect();
        self.set_directories(self.bump.alloc_slice_copy(&left));
        let stays = given.first() == Some(&Some("-n")) || at.is_some_and(|at| at > 0);
        if stays {
            return;
        }
        let cwd = if at.is_some() { all.first().copied().unwrap_or(unknown) } else { unknown };
        self.set_variable("OLDPWD", self.state.cwd);
        self.state.set_cwd(cwd);
    }

    /// `dirs`, `dirs -l +1`: where the script is, and what `pushd` left; from the left as `+N` counts, from the right as `-N`.
    pub(super) fn list_directories(&mut self, args: &[Field<'a>], out: &mut Sink<'a>) {
        if args.iter().any(|field| field.val.lit() == Some("-c")) {
            return self.set_directories(&[]);
        }
        let one = args.iter().filter_map(|field| field.val.lit()).find_map(|number| self.directory(number));
        let all = || std::iter::once(self.state.cwd).chain(self.directories().iter().map(|(_, path)| *path));
        let paths = one.map_or_else(|| all().collect(), |one| vec![one]);
        let mut builder = Builder::default();
        for path in paths {
            builder.push(self.bump, path);
            builder.push_lit("\n");
        }
        out.push(Data::known(builder.done(self.bump)));
    }

    /// The directory of this number, 0 for where the script is: counted from the left (`+1`) or from the right (`-1`).
    pub fn directory(&self, number: &str) -> Option<Val<'a>> {
        let at = self.numbered(number)?;
        if at == 0 { Some(self.state.cwd) } else { self.directories().get(at - 1).map(|(_, path)| *path) }
    }

    /// How far from the left a number of the stack is.
    fn numbered(&self, number: &str) -> Option<usize> {
        match number.strip_prefix('-') {
            Some(back) => self.directories().len().checked_sub(back.parse().ok()?),
            None => number.strip_prefix('+')?.parse().ok(),
        }
    }

    fn set_directories(&mut self, stack: &'a [(Val<'a>, Val<'a>)]) {
        let stack = Var { items: Some(stack), ..Var::plain(Val::EMPTY) };
        self.state.set_var("DIRSTACK", Some(stack));
    }

    /// `cd`, and what `pushd` does besides.
    pub(super) fn change_directory(&mut self, args: &'a [Field<'a>]) {
        let option = |text: &str| {
            text.len() > 1
                && text.strip_prefix('-').is_some_and(|flags| flags.bytes().all(|flag| b"LPe@-".contains(&flag)))
        };
        let target = args.iter().find(|f| !f.val.lit().is_some_and(option));
        let cwd = match target.map(|f| f.val) {
            None => self.variable("HOME", "~"),
            Some(Val::Lit("-")) => match self.state.var("OLDPWD") {
                Some(before) => before.val,
                None => Val::hole(self.bump, "the directory before", Shape::NonEmpty, Taint::NONE),
            },
            Some(val) => {
                let mut values = Vec::new();
                for one in val.each() {
                    values.push(match one {
                        Val::Lit(path) if let Some(found) = self.searched(path) => found,
                        // Where there is no such directory, a variable names it.
                        Val::Lit(name)
                            if self.state.options.cdable_vars
                                && let Some(var) = self.state.var(name)
                                && let Val::Lit(there) = var.val =>
                        {
                            let here = self.absolute(name).map_or(Val::Lit(name), Val::Lit);
                            let there = self.absolute(there).map_or(Val::Lit(there), Val::Lit);
                            Val::set(self.bump, &[there, here])
                        }
                        Val::Lit(path) => match self.absolute(path) {
                            Some(path) => Val::Lit(path),
                            None if self.state.cwd.taint().has(Taint::TEMPORARY) => self.unknown_directory(one),
                            None => Val::hole(self.bump, self.bump.alloc_str(path), Shape::NonEmpty, Taint::NONE),
                        },
                        other => self.unknown_directory(other),
                    });
                }
                Val::set(self.bump, &values)
            }
        };
        self.set_variable("OLDPWD", self.state.cwd);
        self.state.set_cwd(cwd);
    }

    /// A directory below one of `CDPATH`, whichever has it.
    fn searched(&self, path: &'a str) -> Option<Val<'a>> {
        let folders = self.state.var("CDPATH")?.val.lit()?;
        if path.starts_with(['/', '.', '~', '-']) {
            return None;
        }
        let below = |folder: &'a str| match folder.starts_with('/') {
            true => Some(Val::Lit(paths::absolute(self.bump, folder, path))),
            false => self.absolute(path).map(Val::Lit),
        };
        let all: Vec<Val<'a>> = folders.split(':').take(limits::VALUES).filter_map(below).collect();
        Some(Val::set(self.bump, &all))
    }

    fn unknown_directory(&mut self, path: Val<'a>) -> Val<'a> {
        // `cd "$X/build"`: what follows the hole still says something.
        let segs = path.segs(self.bump);
        let first_unknown = matches!(segs.first(), Some(Seg::Hole(_)));
        let plain_start = match segs.first() {
            Some(Seg::Hole(hole)) => matches!(hole.shape, Shape::Below | Shape::Plain),
            _ => true,
        };
        if first_unknown && !plain_start {
            return path;
        }
        let mut builder = Builder::default();
        if !matches!(segs.first(), Some(Seg::Lit(text)) if text.starts_with('/')) {
            builder.push(self.bump, self.state.cwd);
            builder.push_lit("/");
        }
        builder.push(self.bump, path);
        builder.done(self.bump)
    }
}
