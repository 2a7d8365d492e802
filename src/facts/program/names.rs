//! The names of files that a program prints, and what a filter leaves of them.

use crate::facts::analysis::Analysis;
use crate::facts::program::filters::{leaves_nothing_out, negated};
use crate::facts::program::processes::EVERY_PROCESS;
use crate::facts::targets::Look;
use crate::facts::targets::paths::{base_name, classify, core};
use crate::facts::value::{Builder, Data, EVERYTHING, Field, Seg, Shape, Taint, Val};
use crate::facts::{Call, Opt, shell};

/// From so many lines on `head` and `tail` are taken to let all through.
const MANY: u32 = 100;

impl<'a> Analysis<'a> {
    /// What a filter lets through of the names of files that come in: all, as far as can be known, or those that hold a
    /// word. None where that is not known: of a list's head and tail nobody says what they hold.
    pub(super) fn names_through(&self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Val<'a>> {
        let names = stdin.text.filter(|_| stdin.source == "names")?;
        let has = |given: &[&str]| call.options.iter().any(|o| given.iter().any(|name| o.is(name)));
        let only = || call.fields("path").next().is_none();
        let literal = |name: &str| call.fields(name).next().and_then(|f| f.val.lit());
        match call.verb {
            "tee" => Some(names),
            "cat" | "sort" | "uniq" | "tac" | "shuf" | "Sort-Object" if only() => Some(names),
            // The column of a list with sizes or dates in which the names stand.
            "cut"
                if only()
                    && call.options.iter().any(|o| o.spelled.starts_with("-f"))
                    && !matches!(literal("-d"), Some("/" | ".")) =>
            {
                Some(names)
            }
            _ if matches!(call.program, "comm" | "join") => self.some_of(names),
            "tr" => literal("set").filter(|set| *set == "\\n").map(|_| names),
            "awk" => {
                let code = literal("code")?;
                let makes = |part: &&str| code.contains(*part);
                // What a line is chosen by may be a text; what is printed of it may not.
                let words =
                    code.split('{').skip(1).any(|action| action.split('}').next().is_some_and(|a| a.contains('"')));
                (!words && !["sub(", "getline", "system", "printf"].iter().any(makes)).then_some(names)
            }
            "sed" => {
                let code = literal("code")?;
                (!code.contains(['\\', ';', '\n']) && code.ends_with(['d', 'p', 'q']) && !code.starts_with(['s', 'y']))
                    .then_some(names)
            }
            "head" | "tail" if only() => {
                let count = call.options.iter().find(|o| o.is("-n")).and_then(|o| o.value).and_then(|f| f.val.lit());
                let Some(count) = count else { return self.some_of(names) };
                // `tail` from a line on: of a whole folder nearly all is left.
                let all = match count.strip_prefix('+') {
                    Some("0" | "1") => true,
                    Some(_) => names.lit().is_some_and(|names| names.ends_with("/*")),
                    None => count.parse().is_ok_and(|lines: u32| lines >= MANY),
                };
                // `ls -t /srv/backups/*.gz | tail -n +6`: the newest are kept, as is usual where backups lie.
                let home = self.snapshot.home.as_str();
                let of_home = |one: Val<'a>| one.text().starts_with(home);
                let kept = count.starts_with('+') && !names.each().any(of_home);
                match all {
                    true => Some(names),
                    false if kept => None,
                    false => self.some_of(names),
                }
            }
            "grep" if only() && !has(&["-c", "-q", "-l", "-L", "-o"]) => {
                let pattern = literal("pattern").unwrap_or("");
                if has(&["-v"]) || matches!(pattern, "." | ".*" | "/" | "^/" | "^" | "$" | "^.*$") {
                    return Some(names);
                }
                let (ends, word) = pattern.strip_suffix('$').map_or((false, pattern), |word| (true, word));
                let word = word.replace("\\.", ".");
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
                let held = match !word.is_empty() && word.chars().all(plain) {
                    true => format!("/*{word}{}", if ends { "" } else { "*" }),
                    false => return self.some_of(names),
                };
                let mut builder = Builder::default();
                builder.push(self.bump, names);
                builder.push_lit(self.bump.alloc_str(&held));
                Some(builder.done(self.bump))
            }
            _ => None,
        }
    }

    /// Some of what lies in the folder at hand, where that is not the project's own.
    pub(super) fn some_here(&self) -> Option<Val<'a>> {
        let here = self.state.cwd;
        self.lies_apart(here).then(|| self.files_below(here))
    }

    /// Files somewhere below a folder; what is somebody's whole home, or all there is, is said so.
    fn files_below(&self, folder: Val<'a>) -> Val<'a> {
        let whole = |path: &str| {
            let classes = classify(self.know.classes(), self.ground(), path.trim_end_matches('/'));
            classes & (core::HOME | core::ROOT) != 0
        };
        let name = match folder.lit() {
            Some(path) if whole(path) => "any file",
            _ => "a file",
        };
        let mut builder = Builder::default();
        builder.push_folder(self.bump, folder);
        builder.push(self.bump, Val::hole(self.bump, "…", Shape::Below, Taint::NONE));
        builder.push_lit("/");
        builder.push(self.bump, Val::hole(self.bump, name, Shape::NonEmpty, Taint::NONE));
        builder.done(self.bump)
    }

    /// Some of the names, where all come from a place where none is the project's own.
    fn some_of(&self, names: Val<'a>) -> Option<Val<'a>> {
        let some = |one: Val<'a>| {
            let mut builder = Builder::default();
            builder.push(self.bump, one);
            builder.push_lit("/*?*");
            self.lies_apart(one).then(|| builder.done(self.bump))
        };
        let all: Vec<Val<'a>> = names.each().map(some).collect::<Option<_>>()?;
        (!all.is_empty()).then(|| Val::set(self.bump, &all))
    }

    /// Whether names come from a place where none of them is the project's own.
    fn lies_apart(&self, names: Val<'a>) -> bool {
        let start = match names {
            Val::Lit(start) => start,
            Val::Text([Seg::Lit(start), ..]) => *start,
            _ => return false,
        };
        let folder = start.trim_end_matches('/');
        let own = core::WORKSPACE | core::TEMPORARY | core::MADE_HERE;
        start.starts_with('/') && classify(self.know.classes(), self.ground(), folder) & own == 0
    }

    /// What programs print that list places of the machine: devices, mounted folders, the files of a package.
    pub(super) fn listed_places(&self, call: &Call<'a>) -> Option<Data<'a>> {
        let of_verb = |item: &&str| item.starts_with(call.verb) || item.starts_with(call.program);
        let item = self.know.lists().items("lists-places").filter(of_verb).find_map(|item| {
            let (start, place) = item.split_once('=')?;
            let (verb, option) = start.split_once(' ').unwrap_or((start, ""));
            // `findmnt -no SOURCE /`
            let (option, value) =
                option.split_once(' ').map_or((option, None), |(option, value)| (option, Some(value)));
            // `lsblk -o PATH,SIZE`
            let first = |given: Field<'a>| given.val.lit().and_then(|given| given.split(',').next());
            let so = |o: &Opt<'a>| o.is(option) && value.is_none_or(|value| o.value.and_then(first) == Some(value));
            let said = || option.is_empty() && call.operands.is_empty() || call.options.iter().any(so);
            ((call.verb == verb || call.program == verb) && said()).then_some(place)
        })?;
        let mut builder = Builder::default();
        builder.push_lit(item);
        builder.push(self.bump, Val::hole(self.bump, "a place", Shape::Below, Taint::NONE));
        Some(Data { source: "names", ..Data::known(builder.done(self.bump)) })
    }

    /// What programs print that say where on this machine something answers: `minikube ip`, `docker port web 80`.
    pub(super) fn own_address(&self, call: &Call<'a>) -> Option<Data<'a>> {
        let of_program = |item: &&str| item.starts_with(call.program);
        let mut items = self.know.lists().items("prints-own-address").filter(of_program).peekable();
        // Few programs do, and every call asks.
        items.peek()?;
        let line = call.line();
        let begins =
            |start: &str| line.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        let (_, address) = items.filter_map(|item| item.split_once('=')).find(|(start, _)| begins(start))?;
        let mut builder = Builder::default();
        builder.push_lit(address);
        if address.ends_with(':') {
            builder.push(self.bump, Val::hole(self.bump, "a port", Shape::Plain, Taint::NONE));
        }
        Some(Data::known(builder.done(self.bump)))
    }

    /// The files of a home or of the system in which something was found: `grep -rl x /etc`. What is found in the project is
    /// what is worked on.
    pub(super) fn files_found(&self, call: &Call<'a>) -> Option<Data<'a>> {
        let has = |names: &[&str]| call.options.iter().any(|o| names.iter().any(|name| o.is(name)));
        let outside = |val: &Val<'a>| match val {
            Val::Lit(path) => path.starts_with(['/', '~']),
            Val::Text([Seg::Lit(start), ..]) => start.starts_with(['/', '~']),
            Val::Text([Seg::Hole(hole), ..]) => matches!(hole.source, "~" | "$HOME" | "${HOME}"),
            _ => false,
        };
        let all = call.fields("pattern").filter(|_| call.options.iter().any(|o| o.spelled == "--files"));
        // `cd ~ && grep -rl x .`
        let went = self.state.cwd.lit().is_some_and(|cwd| cwd != self.snapshot.cwd);
        let named = |val: Val<'a>| match val.lit().filter(|path| went && path.starts_with('.')) {
            Some(path) => self.absolute(path).map_or(val, Val::Lit),
            None => val,
        };
        let vals = call.fields("path").chain(all).flat_map(|field| field.val.each());
        let mut folders = vals.map(named).filter(outside).peekable();
        // Most calls name nothing outside, and every one asks.
        folders.peek()?;
        let names_only = has(&["-l", "-L", "--files-with-matches", "--files-without-match"]);
        let lists = self.know.lists();
        // What goes through folders, and prints each name beside what it says of it: `du -d1 ~`, `tree -f /etc`.
        let goes_through = |item: &str| {
            let (verb, option) = item.split_once(' ').unwrap_or((item, ""));
            verb == call.program && (option.is_empty() || call.options.iter().any(|o| o.spelled.contains(option)))
        };
        if !(names_only && lists.has("finds-in-files", call.verb)
            || lists.items("programs-that-go-through").any(goes_through))
        {
            return None;
        }
        let found: Vec<Val<'a>> = folders.map(|folder| self.files_below(folder)).collect();
        (!found.is_empty()).then(|| Data { source: "names", ..Data::known(Val::set(self.bump, &found)) })
    }

    /// `awk '{print "/dev/"$1}'` prints paths that begin so, whatever it reads.
    pub(super) fn paths_of_awk(&self, call: &Call<'a>) -> Option<Data<'a>> {
        if call.verb != "awk" {
            return None;
        }
        let code = call.fields("code").next()?.val.lit()?;
        let (_, printed) = code.split_once("{print \"/").or_else(|| code.split_once("{ print \"/"))?;
        let (folder, rest) = printed.split_once('"')?;
        if !rest.trim_start().starts_with('$') || code.matches("print").count() > 1 {
            return None;
        }
        let mut builder = Builder::default();
        builder.push_lit(self.bump.alloc_str(&format!("/{folder}")));
        builder.push(self.bump, Val::hole(self.bump, "a name", Shape::NonEmpty, Taint::NONE));
        Some(Data { source: "names", ..Data::known(builder.done(self.bump)) })
    }

    /// What `find -printf` prints of each name: `%p` is the path, below what it was given.
    fn printed_names(&self, call: &Call<'a>, format: &'a str) -> Val<'a> {
        let mut builder = Builder::default();
        let mut rest = shell::decode(self.bump, format, true);
        let only = call.fields("-maxdepth").any(|f| f.val.lit() == Some("0"));
        while let Some(at) = rest.find('%') {
            builder.push_lit(&rest[..at]);
            let kind = rest[at + 1..].chars().next().unwrap_or('%');
            rest = rest.get(at + 1 + kind.len_utf8()..).unwrap_or("");
            match kind {
                '%' => builder.push_lit("%"),
                'p' => {
                    let base = call.fields("path").next().map_or(Val::Lit("."), |f| f.val);
                    builder.push(self.bump, base);
                    if !only {
                        builder.push_lit("/");
                        builder.push(self.bump, Val::hole(self.bump, "…", Shape::Below, Taint::NONE));
                    }
                }
                _ => builder.push(self.bump, Val::hole(self.bump, "a name", Shape::NonEmpty, Taint::NONE)),
            }
        }
        builder.push_lit(rest);
        builder.done(self.bump)
    }

    /// `find dir -name x` prints paths below dir that end in x.
    pub(super) fn names_output(&mut self, call: &Call<'a>) -> Data<'a> {
        let Some(entry) = call.entry else { return Data::unknown("", Taint::NONE) };
        // All that a program can run is narrowed by the same options.
        let filters = entry.runs.iter().map(|run| run.filter).chain(entry.effects.iter().map(|effect| effect.filter));
        let filter = filters.into_iter().find(|filter| !filter.is_empty()).unwrap_or_default();
        let paths = || call.fields("path").chain(call.fields("-Path"));
        let format = call.fields("-printf").next().and_then(|f| f.val.lit());
        if let Some(format) = format.filter(|format| !is_list_of_paths(format)) {
            let printed = self.printed_names(call, format);
            return Data { source: "names", ..Data::known(printed) };
        }
        let has = |name: &str| call.options.iter().any(|o| o.is(name));
        // `ls ~/keys/*` names what lies there, and what lies below that besides.
        let all_of = |field: Field<'a>| names_files(field) || field.glob && field.val.lit().is_some_and(lists_folder);
        let secret = self.know.classes().of(["secret", "env-file"]);
        let mut all_of = |field: Field<'a>| {
            // Files, and no folder: `~/.ssh/id_*`, `/etc/shadow`.
            let file = |text: &str| {
                !text.ends_with('/') && !base_name(text).starts_with('.') || base_name(text).starts_with(".env")
            };
            all_of(field)
                || field.val.lit().is_some_and(file) && self.path_target(field.val, Look::Not).classes & secret != 0
        };
        let given: Vec<Field<'a>> = paths().collect();
        let plain = !has("-l") && !has("-R");
        let mut as_given = || has("-d") || plain && given.iter().all(|field| all_of(*field));
        if call.verb == "ls" && paths().next().is_some() && as_given() {
            // `ls -d a b` prints what it was given, `ls *.log` too.
            let all: Vec<Val<'a>> = paths().map(|f| f.val).collect();
            return Data { source: "names", ..Data::known(Val::set(self.bump, &all)) };
        }
        // proc(5): a folder for each process.
        if paths().next().is_some_and(|f| matches!(f.val.lit(), Some("/proc" | "/proc/"))) {
            return Data { shape: Shape::Plain, ..Data::unknown(EVERY_PROCESS, Taint::PROCESSES) };
        }
        let here = || paths().all(|f| matches!(f.val.lit(), Some("." | "./")));
        // Without `-type f` all but some of them are as good as all, for folders are among them.
        let files = call.fields("-type").any(|kind| kind.val.lit() == Some("f"));
        let leaves_out = |o: &Opt<'a>| (files || !negated(call, o)) && !leaves_nothing_out(o);
        let narrowed = || {
            let of_filter = |name: &str| call.options.iter().any(|o| o.is(name) && leaves_out(o));
            filter.iter().any(|name| name != "-type" && of_filter(name))
        };
        let whole = ["-z", "-c", "--cached", "-o", "--others", "--exclude-standard", "-m", "--modified"];
        let tracked = call.verb == "git ls-files" && call.options.iter().all(|o| whole.contains(&o.spelled));
        // What is new or changed there, each behind two letters.
        let short = ["-s", "--short", "--porcelain", "-z", "-uall", "-u"];
        let tracked = tracked
            || call.verb == "git status"
                && !call.options.is_empty()
                && call.options.iter().all(|o| short.iter().any(|name| o.spelled.starts_with(name)));
        let lists = self.know.lists().has("lists-folders", call.verb);
        if (lists || tracked) && here() && !narrowed() {
            return Data { shape: Shape::Below, ..Data::unknown(EVERYTHING, Taint::NONE) };
        }
        // `locate id_rsa`: of that name, anywhere.
        let sought = ["pattern", "-name", "-r"].iter().find_map(|name| call.fields(name).next()?.val.lit());
        if let Some(name) = sought.filter(|_| self.know.lists().has("lists-anywhere", call.verb)) {
            let name = base_name(name.trim_matches(['^', '$', '\\']));
            let mut builder = Builder::default();
            builder.push_folder(self.bump, Val::Lit("/"));
            builder.push(self.bump, Val::hole(self.bump, "…", Shape::Below, Taint::NONE));
            builder.push_lit(self.bump.alloc_str(&format!("/{name}")));
            return Data { source: "names", ..Data::known(builder.done(self.bump)) };
        }
        let tree = filter.is_empty() && self.know.lists().has("lists-trees", call.verb);
        if filter.is_empty() && !tree || paths().next().is_none() {
            let shape = if paths().all(|f| f.val.lit().is_some_and(|t| !t.starts_with(['/', '~']))) {
                Shape::Below
            } else {
                Shape::NonEmpty
            };
            return Data { shape, ..Data::unknown("names", Taint::NONE) };
        }
        let base: Vec<Val<'a>> = paths().map(|f| f.val).collect();
        let base = Val::set(self.bump, &base);
        let val = self.below(call, base, filter);
        Data { source: "names", ..Data::known(val) }
    }
}

/// Whether a format of find's prints the path of each file, and beside it only what it says of that.
fn is_list_of_paths(format: &str) -> bool {
    let mut rest = format.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\n");
    let mut paths = 0;
    while let Some(at) = rest.find('%') {
        let (before, behind) = rest.split_at(at);
        let kind = behind[1..].chars().next().unwrap_or('%');
        if !before.trim().is_empty() || !kind.is_ascii_alphabetic() || matches!(kind, 'f' | 'P' | 'h') {
            return false;
        }
        paths += usize::from(kind == 'p');
        // `%TY`: of a time, one part.
        let width = if matches!(kind, 'A' | 'B' | 'C' | 'T') { 3 } else { 2 };
        rest = behind.chars().skip(width).collect();
    }
    paths == 1 && rest.trim().is_empty()
}

/// Whether a pattern stands for all that lies in a folder that is named: `~/.ssh/*`.
fn lists_folder(pattern: &str) -> bool {
    pattern.starts_with(['/', '~']) && pattern.contains("/.") && base_name(pattern) == "*"
}

/// Whether a pattern ends in the ending of files: `/srv/*.dump`.
fn names_files(field: Field<'_>) -> bool {
    let end = match field.val {
        Val::Lit(text) => text,
        Val::Text([.., Seg::Lit(text)]) => *text,
        _ => return false,
    };
    let name = base_name(end);
    field.glob && name.contains('*') && name.contains('.')
}
