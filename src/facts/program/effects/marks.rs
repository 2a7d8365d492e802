//! What is said of an effect beside what it does: of its call, its data and its target.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{EffectSpec, Kind, Lists, Texts};
use crate::facts::program::edited::takes_lines_out;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::targets::{globs, paths};
use crate::facts::value::{Data, Field, Seg, Taint, Val};
use crate::facts::with_mark;
use crate::facts::{Call, Effect, Opt};

impl<'a> Analysis<'a> {
    /// The marks of a pack.
    pub fn marks(&self, marks: Texts<'static>) -> &'a [&'a str] {
        if marks.is_empty() {
            return &[];
        }
        bumpalo::collections::Vec::from_iter_in(marks, self.bump).into_bump_slice()
    }

    /// Marks of a call: those of the pack, and what its words and its data say.
    pub(super) fn marks_of_call(
        &self,
        call: &Call<'a>,
        spec: &'static EffectSpec<'static>,
        written: Option<Data<'a>>,
    ) -> &'a [&'a str] {
        // `: | tee notes.md`
        let nothing = |data: Data<'a>| data.text == Some(Val::EMPTY) && !data.inherited;
        let harmless = || written.and_then(|data| self.harmless_addition(spec.does, &data));
        let mut marks = self.marks(spec.marks);
        let mut say = |mark| marks = with_mark(self.bump, marks, mark);
        if spec.marks.contains("moved") && self.onto_one(call) {
            say("onto-one");
        }
        if spec.marks.contains("copy") && written.is_some_and(|data| data.taint.has(Taint::NETWORK)) {
            say("of-a-download");
        }
        // A copy may be a link, or have other rights.
        if let Some(mark) = harmless().filter(|mark| *mark != "file-of-settings" || call.program == "tee") {
            say(mark);
        }
        match spec.does {
            Kind::Write if call.program == "sed" => {
                if takes_lines_out(call) {
                    say("only-deletes");
                }
                if self.changes_settings(call) {
                    say("only-settings");
                }
                if self.tightens(call) {
                    say("guards");
                }
            }
            Kind::Schedule if call.program == "crontab" && self.with_fewer_lines(call) => say("only-deletes"),
            Kind::Kill if self.put_in_background(call) => say("started-here"),
            Kind::Configure if self.hooks_of_project(call) => say("of-project"),
            Kind::Configure if self.hooks_of_others(call) => say("hooks-of-others"),
            _ => {}
        }
        if spec.does == Kind::Write && spec.data.contains("stdin") && written.is_some_and(nothing) {
            say("emptied");
        }
        marks
    }

    /// Marks that come from the target itself: refspecs, modes, sizes.
    pub(super) fn marks_of_target(
        &self,
        call: &Call<'a>,
        does: Kind,
        val: Val<'a>,
        marks: &'a [&'a str],
    ) -> &'a [&'a str] {
        let mut extra: Vec<&'a str> = Vec::new();
        if does == Kind::Permit && marks.contains(&"owner") {
            let folder = match val {
                Val::Text([Seg::Hole(hole)]) => self.folder_of_data(hole.source),
                _ => val.lit(),
            };
            if owned_by_name(self.know.lists(), call, folder) {
                extra.push("own-folder");
            }
        }
        if does == Kind::Push
            && let Val::Text([Seg::Lit(start), ..]) = val
            && start.starts_with('+')
        {
            extra.push("force");
        }
        if does == Kind::Push
            && let Val::Lit(text) = val
        {
            if text.starts_with('+') {
                extra.push("force");
            }
            if text.starts_with(':') && text.len() > 1 {
                extra.push("delete");
            }
        }
        if does == Kind::DeleteRef && marks.contains(&"remote") && self.was_merged(val) {
            extra.push("merged");
        }
        if does == Kind::DeleteRef && marks.contains(&"remote") && self.was_pushed(call, val) {
            extra.push("pushed");
        }
        if does == Kind::Kill && val.taint().has(Taint::PROCESSES) {
            extra.push("by-name");
        }
        if does == Kind::Move && call.program == "mv" && self.is_set_aside(call, val) {
            extra.push("set-aside");
        }
        if does == Kind::Write && call.verb == "cp" && self.is_copied_beside(call, val) {
            extra.push("copy-beside");
        }
        if matches!(does, Kind::Write | Kind::Create)
            && val.lit().is_some_and(|path| path.contains(".git/hooks"))
            && self.is_hook_of_project(call)
        {
            extra.push("of-project");
        }
        if does == Kind::Install && !marks.contains(&"from-url") && self.fetched_unproven(val) {
            extra.push("from-url");
        }
        if does == Kind::Install && marks.contains(&"unsigned") && self.is_own_package(val) {
            extra.push("own-file");
        }
        if extra.is_empty() {
            return marks;
        }
        extra.extend_from_slice(marks);
        self.bump.alloc_slice_copy(&extra)
    }

    /// Whether the script deleted the branch here just before, which git does with `-d` only where all that is in it is in
    /// another as well (git-branch(1)).
    fn was_merged(&self, branch: Val<'a>) -> bool {
        let Some(branch) = branch.lit() else { return false };
        let deletes = |call: &Call<'a>| {
            let plainly = matches!(call.options, [only] if only.is("-d"));
            call.verb == "git branch" && plainly && call.fields("branch").any(|field| field.val.lit() == Some(branch))
        };
        self.facts.calls.iter().any(deletes)
    }

    /// Whether the script itself pushed a branch before, from the repository at hand: so its commits are here.
    fn was_pushed(&self, call: &Call<'a>, branch: Val<'a>) -> bool {
        let name = |refspec: &'a str| {
            let to = refspec.rsplit_once(':').map_or(refspec, |(_, to)| to);
            to.strip_prefix("refs/heads/").unwrap_or(to)
        };
        let Some(branch) = branch.lit().map(name) else { return false };
        let pushes = |effect: &Effect<'a>| {
            let before = self.facts.calls.get(effect.call as usize).is_some_and(|other| other.span != call.span);
            let to = (effect.does == Kind::Push && effect.certain && before).then_some(effect.target.text);
            to.is_some_and(|to| !to.starts_with(':') && name(to) == branch)
        };
        self.facts.effects.iter().any(pushes)
    }

    /// Whether what lies in a home is only put aside: a file of settings, or whatever is called as the files at hand are, gets
    /// an ending beside the name that it has (`mv ~/.bashrc ~/.bashrc.bak`), or comes into a folder of old ones
    /// (`for f in *; do mv ~/.$f old; done`).
    fn is_set_aside(&self, call: &Call<'a>, val: Val<'a>) -> bool {
        let file = val.show(self.bump);
        // `~` itself is no file of it.
        let Some((_, name)) = file.rsplit_once('/').filter(|(_, name)| !matches!(*name, "" | "." | "..")) else {
            return false;
        };
        let several = globs::is_pattern(name);
        if !several && !name.starts_with('.') || several && self.is_pattern_of_home(name) {
            return false;
        }
        let Some(to) = call.fields("dst").next().map(|field| field.val) else { return false };
        let shown = to.show(self.bump);
        let ending = |rest: &str| rest.starts_with(['.', '-', '_', '~']) && rest.len() > 1 && !rest.contains('/');
        let beside = shown.strip_prefix(file).is_some_and(ending);
        let old = || {
            let name = base_name(shown.trim_end_matches('/'));
            globs::listed(self.know.lists(), "folders-of-old-files", name)
        };
        let here = || {
            let path = to.lit().and_then(|path| self.absolute(path));
            let classes = path.map_or(0, |path| paths::classify(self.know.classes(), self.ground(), path));
            classes & core::WORKSPACE != 0 && classes & core::TEMPORARY == 0
        };
        beside || old() || several && here()
    }

    /// Whether one file is copied beside itself, under a name that says so: `cp /etc/hosts /etc/hosts.$(date +%F)`.
    fn is_copied_beside(&self, call: &Call<'a>, val: Val<'a>) -> bool {
        let mut files = call.fields("src");
        let (Some(file), None) = (files.next(), files.next()) else { return false };
        // What stands for a date is written elsewhere, perhaps.
        let told = |text: &'a str| match text.strip_prefix(['$']) {
            Some(name) => self.state.var(name.trim_matches(['{', '}'])).map_or(text, |var| var.val.show(self.bump)),
            None => text,
        };
        let rest = val.show(self.bump).strip_prefix(file.val.show(self.bump));
        rest.is_some_and(|rest| {
            let (joined, added) = rest.split_at_checked(1).unwrap_or_default();
            let says = |text: &str| globs::listed(self.know.lists(), "says-a-copy", text);
            matches!(joined, "." | "-" | "_" | "~") && !added.contains('/') && (joined == "~" || says(told(added)))
        })
    }

    /// Whether a pattern is written as one of all that some folder holds: `~/.*`. Of the files at hand (`for f in .*`) it is
    /// another.
    fn is_pattern_of_home(&self, pattern: &str) -> bool {
        let below = format!("/{pattern}");
        self.facts.sources.iter().any(|source| source.text.replace(['"', '\''], "").contains(&below))
    }

    /// Whether what becomes a hook of git's lies in a folder where projects keep such: `ln -s "$PWD/hooks/pre-commit" .git/hooks`.
    fn is_hook_of_project(&self, call: &Call<'a>) -> bool {
        let lists = self.know.lists();
        let own = |rest: &str| {
            // A link's own words are read where it stands, in `.git/hooks`.
            let linked = || rest.strip_prefix("../../").filter(|_| call.program == "ln");
            let rest = rest.strip_prefix("./").or_else(linked).unwrap_or(rest);
            let mut parts = rest.split('/');
            let folder = parts.next().is_some_and(|folder| lists.has("folders-of-hooks", folder));
            folder && parts.clone().next().is_some() && parts.all(|part| part != "..")
        };
        let root = || self.ground().workspace;
        let one = |field: Field<'a>| match field.val {
            Val::Lit(path) => own(path.strip_prefix(root()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)),
            // `$(git rev-parse --show-toplevel)/hooks/x`, `$(cd "$(dirname "$0")" && pwd)/hooks/x`
            Val::Text([Seg::Hole(top), Seg::Lit(rest)]) => {
                is_folder_of_script(top.source) && rest.strip_prefix('/').is_some_and(own)
            }
            _ => false,
        };
        call.fields("src").next().is_some() && call.fields("src").all(one)
    }

    /// Whether git is told to take its hooks from a folder of the project, by its whole path: `git config core.hooksPath
    /// "$(git rev-parse --show-toplevel)/.githooks"` (git-config(1)).
    fn hooks_of_project(&self, call: &Call<'a>) -> bool {
        let one = |field: Field<'a>| match field.val {
            Val::Lit(path) => self.is_below_project(path),
            Val::Text([Seg::Hole(top), Seg::Lit(rest)]) => {
                printed_by(top.source, "git rev-parse --show-toplevel") && leads_down(rest)
            }
            _ => false,
        };
        let hooks = |field: Field<'a>| field.val.lit().is_some_and(|name| name.eq_ignore_ascii_case("core.hookspath"));
        call.verb == "git config" && call.fields("name").any(hooks) && call.fields("value").any(one)
    }

    /// Whether git is told to take its hooks from what the script cloned before, for all repositories:
    /// `git clone URL ~/.githooks && git config --global core.hooksPath ~/.githooks`.
    fn hooks_of_others(&self, call: &Call<'a>) -> bool {
        let hooks = ["core.hookspath", "init.templatedir"];
        let asked = |field: Field<'a>| {
            field.val.lit().is_some_and(|name| hooks.iter().any(|known| name.eq_ignore_ascii_case(known)))
        };
        let everywhere = |o: &Opt<'_>| {
            let own = |value: Field<'_>| value.val.lit().is_some_and(|path| path.ends_with("gitconfig"));
            o.is("--global") || o.is("--system") || o.is("-f") && o.value.is_some_and(own)
        };
        if call.verb != "git config" || !call.options.iter().any(everywhere) || !call.fields("name").any(asked) {
            return false;
        }
        let clones = || self.facts.calls.iter().filter(|call| call.verb == "git clone");
        let folders = || clones().flat_map(|clone| clone.fields("path")).filter_map(|field| field.val.lit());
        let below = |path: &str| folders().any(|folder| paths::lies_in(path, folder.trim_end_matches('/')));
        call.fields("value").any(|field| field.val.lit().is_some_and(below))
    }

    /// Whether a whole path leads into the project.
    pub(in crate::facts) fn is_below_project(&self, path: &str) -> bool {
        let root = self.ground().workspace.trim_end_matches('/');
        !root.is_empty() && path.strip_prefix(root).is_some_and(leads_down)
    }

    /// Whether one after the other of several files is moved to the name of one: `for f in *.csv; do mv "$f" all.csv; done`.
    fn onto_one(&self, call: &Call<'a>) -> bool {
        // The word of a loop over a pattern, or what find and xargs fill in.
        let of_loop = |field: Field<'a>| !field.glob && field.val.lit().is_some_and(|text| text.contains('*'));
        let filled_in = |field: Field<'a>| field.val.each().any(|one| one.lit().is_none());
        let is_file = |path: &str| {
            let ending = base_name(path).rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
            let ending = ending.map_or("", |(_, ending)| ending);
            !path.contains('*') && self.know.lists().has("file-endings", ending)
        };
        let by_name = self.place.via.last().is_some_and(|via| matches!(*via, "find" | "fd" | "xargs" | "parallel"));
        // In each folder by itself.
        let apart = |call: &Call<'a>| call.words.iter().any(|word| word.val.lit() == Some("-execdir"));
        (self.in_turn && call.fields("src").any(of_loop)
            || by_name && call.fields("src").any(filled_in) && !self.facts.calls.iter().any(apart))
            && call.fields("dst").all(|field| field.val.lit().is_some_and(is_file))
            && call.fields("dst").next().is_some()
    }
}

/// Whether a hole is what a command prints that is written there: `$(pwd)`.
fn printed_by(source: &str, command: &str) -> bool {
    source.trim_start_matches(['"', '$', '(', '`', ' ']).starts_with(command)
}

/// Whether a hole is the top of the repository, the folder at hand, or that of the script: `$(cd "$(dirname "$0")" && pwd)`.
fn is_folder_of_script(source: &str) -> bool {
    printed_by(source, "git rev-parse --show-toplevel")
        || printed_by(source, "pwd")
        || ["dirname", "cd"].iter().any(|command| printed_by(source, command)) && source.contains("dirname")
}

/// Whether the rest of a path, behind a folder, stays below it.
fn leads_down(rest: &str) -> bool {
    rest.strip_prefix('/').is_some_and(|rest| !rest.split('/').any(|part| matches!(part, "" | "." | "..")))
}

/// Whether a folder of a service is given to the user that it is called after: `chown -R app:app /var/lib/app`.
fn owned_by_name(lists: &Lists<'_>, call: &Call<'_>, folder: Option<&str>) -> bool {
    let owner = call.fields("owner").next().and_then(|field| field.val.lit());
    let owner = owner.and_then(|owner| owner.split([':', '.']).next()).filter(|owner| owner.len() > 2);
    let below = folder.filter(|path| !path.contains("..")).and_then(|path| {
        ["/var/lib/", "/var/log/", "/opt/", "/srv/"].iter().find_map(|place| path.strip_prefix(place))
    });
    let (Some(owner), Some(below)) = (owner, below) else { return false };
    let name = below.split('/').next().unwrap_or_default();
    let own = name == owner || (owner, name) == ("postgres", "postgresql");
    let plain = call.options.iter().all(|o| ["-R", "-v", "-c", "-f", "-h"].iter().any(|name| o.is(name)));
    own && plain && !lists.has("folders-of-the-system", name)
}
