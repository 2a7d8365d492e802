//! Patterns (`~/.ss?/id_*`): which names they mean. With the machine at hand, those that are there; else well-known ones.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Classes;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::paths::core;
use crate::facts::targets::{Look, globs, paths};

/// Folders that are looked into for one pattern, and names that it is followed to.
const FOLDERS: usize = 64;
const NAMES: usize = 4096;

impl<'a> Analysis<'a> {
    /// The names that a pattern stands for where something is changed; each part is looked up in the folders that the
    /// parts before it mean, as the shell does it.
    pub(super) fn meant_by(&mut self, pattern: &'a str, look: Look) -> &'a [&'a str] {
        let vocabulary = self.know.vocabulary();
        let looked_up = matches!(look, Look::Entry | Look::Through) && self.snapshot.answers();
        let parts = pattern.split('/').skip(1).count();
        let says =
            |text: &str| ["dotglob", "globdots", "GLOB_DOTS", "glob_dots"].iter().any(|word| text.contains(word));
        let hidden = self.facts.sources.iter().any(|source| says(source.text));
        let mut folders = 0;
        let mut meant = vec![String::new()];
        for (depth, part) in pattern.split('/').skip(1).enumerate() {
            if !globs::is_pattern(part) {
                meant.iter_mut().for_each(|path| *path = format!("{path}/{part}"));
                continue;
            }
            let mut next = Vec::new();
            for folder in &meant {
                // Whatever else there may be, these are on every machine.
                let known = vocabulary.lists.items("top-folders").filter(|name| depth == 0 && globs::text(part, name));
                next.extend(known.map(|name| format!("/{name}")));
                // Links that the script made itself.
                if self.state.has_links() {
                    for name in self.state.names_in(folder).into_iter().filter(|name| globs::text(part, name)) {
                        let path = format!("{folder}/{name}");
                        let file = self.state.file(&path).filter(|file| file.link);
                        next.extend(file.and_then(|file| file.same_as).map(str::to_owned));
                    }
                }
                folders += 1;
                if looked_up && folders <= FOLDERS {
                    let part = if part == "**" { "*" } else { part };
                    // bash(1), "dotglob"; zshoptions(1), "GLOB_DOTS"
                    if hidden && let Answer::Names(names) = self.ask(&Ask::Glob(format!("{folder}/.*"))) {
                        let meant = names.iter().filter(|named| globs::text(part, &named.name));
                        next.extend(meant.map(|named| format!("{folder}/{}", named.name)));
                    }
                    if let Answer::Names(names) = self.ask(&Ask::Glob(format!("{folder}/{part}"))) {
                        let last = depth + 1 == parts;
                        next.extend(names.iter().map(|named| match &named.leads_to {
                            Some(to) if !last || look == Look::Through => to.clone(),
                            _ => format!("{folder}/{}", named.name),
                        }));
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            next.truncate(NAMES);
            meant = next;
        }
        let meant: Vec<&'a str> = meant.iter().map(|path| &*self.bump.alloc_str(path)).collect();
        self.bump.alloc_slice_copy(&meant)
    }

    /// The classes of well-known files that a pattern means.
    pub(super) fn by_pattern(&self, pattern: &str) -> Classes {
        self.gate_by_pattern(pattern) | self.secrets_by_pattern(pattern) | self.personal_by_pattern(pattern)
    }

    /// What lies in a person's folder whose name a pattern says in part: `~/Doc*/thesis.odt`.
    fn personal_by_pattern(&self, pattern: &str) -> Classes {
        let vocabulary = self.know.vocabulary();
        let below_home = pattern.strip_prefix(self.snapshot.home.as_str()).and_then(|rest| rest.strip_prefix('/'));
        let Some((folder, rest)) = below_home.and_then(|below| below.split_once('/')) else { return 0 };
        if !globs::is_pattern(folder) || letters(folder) < 2 {
            return 0;
        }
        let meant = vocabulary.lists.items("personal-folders").filter(|known| globs::text(folder, known));
        let of = |known: &str| {
            paths::classify(&vocabulary.classes, self.ground(), &format!("{}/{known}/{rest}", self.snapshot.home))
        };
        meant.fold(0, |classes, known| classes | of(known))
    }

    /// Those of gate's own files, and of what has agents ask it, that a pattern means, whose folder says something.
    fn gate_by_pattern(&self, pattern: &str) -> Classes {
        let says = |part: &str| part.is_empty() || !part.bytes().all(|b| matches!(b, b'*' | b'?'));
        let Some((_, last)) = pattern.rsplit_once('/').filter(|(folder, _)| folder.split('/').all(says)) else {
            return 0;
        };
        let vocabulary = self.know.vocabulary();
        let mut classes = 0;
        for known in vocabulary.lists.items("what-gate-needs") {
            let meant = match known.strip_prefix("./") {
                Some(below) => &*self.bump.alloc_str(&format!("{}/{below}", self.snapshot.workspace)),
                None => self.tilde_expanded(known),
            };
            let Some((kept_in, _)) = meant.rsplit_once('/') else { continue };
            if globs::path(pattern, meant) || says(last) && globs::path(pattern, kept_in) {
                classes |= paths::classify(&vocabulary.classes, self.ground(), meant);
            }
        }
        classes
    }

    /// Secrets, what is read at a login, disks (`~/.ss?/id_*`), where each part of the pattern says something.
    fn secrets_by_pattern(&self, pattern: &str) -> Classes {
        let says = |part: &str| part.is_empty() || part == "**" || !part.bytes().all(|b| matches!(b, b'*' | b'?'));
        // All of a folder, where the name of that says something (`~/.?sh/*`).
        let hints = |part: &str| globs::is_pattern(part) && letters(part) + usize::from(part.starts_with('.')) >= 2;
        let told = match pattern.rsplit_once('/') {
            Some((folder, last)) if !says(last) && folder.split('/').any(hints) => folder,
            _ => pattern,
        };
        if !told.split('/').all(says) {
            return 0;
        }
        let vocabulary = self.know.vocabulary();
        let mut classes = 0;
        // `.env*`, `.gi[t]`: the one that lies there is among them.
        if let Some((folder, name)) = pattern.rsplit_once('/').filter(|(_, name)| name.starts_with('.'))
            && let within = paths::classify(&vocabulary.classes, self.ground(), folder)
            && within & core::WORKSPACE != 0
        {
            // What is built is no repository.
            let built = within & vocabulary.classes.of(["build", "cache"]) != 0;
            let meant = vocabulary.lists.items("hidden-in-a-project").filter(|known| globs::text(name, known));
            let meant = meant.filter(|known| !(built && *known == ".git"));
            for known in meant {
                classes |= paths::classify(&vocabulary.classes, self.ground(), &format!("{folder}/{known}"));
            }
        }
        // `~/.b*shrc` means one of them, `~/.*` every setting.
        let said = pattern.rsplit('/').next().map_or(0, letters);
        let at_login = vocabulary.lists.items("read-at-login").filter(|_| !pattern.contains('*') || said >= 4);
        let literal = globs::literal(pattern);
        let alike = |known: &str| known.starts_with(literal) || literal.starts_with(known);
        let disks = vocabulary.lists.items("disks").filter(|_| pattern.starts_with("/dev/"));
        for known in vocabulary.lists.items("well-known-secrets").chain(at_login).chain(disks) {
            // As far as the pattern says it letter by letter, so must they.
            let possible = match known.starts_with('~') {
                true => literal.starts_with('~') || alike(&self.snapshot.home),
                false => alike(known),
            };
            if !possible {
                continue;
            }
            let known = self.tilde_expanded(known);
            // The file, or a folder that it lies in (`~/.s[s]h`).
            let folders = known.match_indices('/').map(|(at, _)| &known[..at]).filter(|folder| folder.contains("/."));
            for meant in std::iter::once(known).chain(folders) {
                if globs::path(pattern, meant) {
                    classes |= paths::classify(&vocabulary.classes, self.ground(), meant);
                }
            }
        }
        classes
    }
}

/// How many letters a part of a pattern says.
fn letters(part: &str) -> usize {
    part.bytes().filter(u8::is_ascii_alphabetic).count()
}

/// A pattern with a star for each `!(…)`, `*(…)`, `+(…)`, `@(…)` and `?(…)` of it.
pub(super) fn without_groups(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut depth = 0_usize;
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '!' | '*' | '+' | '@' | '?' if letters.peek() == Some(&'(') => {
                letters.next();
                if depth == 0 {
                    out.push('*');
                }
                depth += 1;
            }
            '(' if depth > 0 => depth += 1,
            ')' if depth > 0 => depth -= 1,
            letter if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    out
}

/// A pattern with the letters of a class in its place: `[[:lower:]]` is `[a-z]`.
pub(super) fn without_classes(pattern: &str) -> String {
    const CLASSES: [(&str, &str); 8] = [
        ("[:alpha:]", "a-zA-Z"),
        ("[:lower:]", "a-z"),
        ("[:upper:]", "A-Z"),
        ("[:digit:]", "0-9"),
        ("[:alnum:]", "a-zA-Z0-9"),
        ("[:word:]", "a-zA-Z0-9_"),
        ("[:xdigit:]", "0-9a-fA-F"),
        ("[:print:]", "!-~"),
    ];
    CLASSES.iter().fold(pattern.to_owned(), |pattern, (class, letters)| pattern.replace(class, letters))
}
