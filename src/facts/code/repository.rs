//! What a git repository makes a git command run: the hooks that it triggers (githooks(5)), and aliases (git-config(1)).

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Entry;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask, Repository};
use crate::facts::targets::paths;
use crate::facts::value::{Builder, Data, Field, Sink, Val};
use crate::facts::{Call, Operand};
use crate::limits;

impl<'a> Analysis<'a> {
    /// What `git rev-parse` prints of where the repository is (git-rev-parse(1)).
    pub(in crate::facts) fn repository_path(&self, call: &Call<'a>) -> Option<&'a str> {
        let said = |option: &&str| call.words.iter().any(|word| word.val.lit() == Some(option));
        let top = self.snapshot.workspace.as_str();
        let folder = match top {
            "" => ".git",
            top => self.bump.alloc_str(&format!("{top}/.git")),
        };
        // `--git-path hooks`
        let mut words = call.words.iter().skip_while(|word| word.val.lit() != Some("--git-path")).skip(1);
        let asked = words.next().and_then(|word| word.val.lit());
        let folder = match asked {
            Some(path) => self.bump.alloc_str(&format!("{folder}/{path}")),
            None => folder,
        };
        if top.is_empty() {
            return (asked.is_some() || said(&"--git-dir")).then_some(folder);
        }
        if said(&"--show-toplevel") {
            return Some(self.top_elsewhere(call, top).unwrap_or_else(|| self.bump.alloc_str(top)));
        }
        let below = self.state.cwd.lit()?.strip_prefix(top)?;
        if !below.is_empty() && !below.starts_with('/') {
            return None;
        }
        let git = ["--git-dir", "--absolute-git-dir", "--git-common-dir"].iter().any(said);
        (asked.is_some() || git).then_some(folder)
    }

    /// The repository that a call of git is in; none where that cannot be known.
    fn repository(&mut self, call: &Call<'a>) -> Option<&'a Repository> {
        if !self.place.local() {
            return None;
        }
        let directory = self.folder_of_git(call)?;
        match self.ask(&Ask::Repository(directory.to_owned())) {
            Answer::Repository(repository) => Some(repository),
            _ => None,
        }
    }

    /// The top of another repository: the folder that git is in, or one above it, so what tools make is none. It is no less
    /// somebody's than the one at hand, which is said where it is not known.
    fn top_elsewhere(&self, call: &Call<'a>, top: &str) -> Option<&'a str> {
        let folder = self.folder_of_git(call)?;
        let made = self.know.classes().of(["build"]);
        let classes = paths::classify(self.know.classes(), self.ground(), folder);
        (!paths::lies_in(folder, top) && classes & made == 0).then_some(folder)
    }

    /// The folder that a call of git is in (git(1), `-C`); none where that is not known.
    fn folder_of_git(&self, call: &Call<'a>) -> Option<&'a str> {
        let mut directory = self.state.cwd.lit()?;
        for option in call.options.iter().filter(|o| o.spelled == "-C") {
            directory = paths::absolute(self.bump, directory, option.value?.val.lit()?);
        }
        Some(directory)
    }

    /// Whether gate reviews the pushes of the repository that a call is in.
    pub fn pushes_are_reviewed(&mut self, call: &Call<'a>) -> bool {
        let Some(repository) = self.repository(call) else { return false };
        let hook = paths::absolute(self.bump, &repository.root, &format!("{}/pre-push", repository.hooks));
        self.holds_own_hook(hook.to_owned())
    }

    /// What the repository's own settings have git run: `core.fsmonitor` with every `git status`. To look at the settings
    /// and to change them runs nothing.
    pub fn repository_settings(&mut self, call: &Call<'a>, index: u32) {
        if call.verb.starts_with("git config") {
            return;
        }
        for setting in self.repository(call).into_iter().flat_map(|repository| &repository.settings) {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            if !self.git_setting_runs(name, value) {
                continue;
            }
            let place: &'a str = self.bump.alloc_str(&format!("git config {name}"));
            let source = self.source_file(value, "git-setting", Some(call.span), place);
            let span = Span { source, start: 0, end: value.len() as u32 };
            self.setting_code("git-setting", setting, span, &Data::NOTHING, index);
        }
    }

    /// The hooks of the repository that a call triggers.
    pub fn git_hooks(&mut self, call: &Call<'a>, entry: &'static Entry<'static>, index: u32) {
        if call.options.iter().any(|o| o.is("--dry-run")) {
            return;
        }
        let verified = !call.options.iter().any(|o| o.is("--no-verify"));
        let repository = self.repository(call);
        for hook in entry.hooks.iter().filter(|hook| verified || !refuses(hook)) {
            // The repository that the script has just made there.
            let folder = call.options.iter().rfind(|o| o.spelled == "-C").and_then(|o| o.value);
            let name = self.bump.alloc_str(&format!(".git/hooks/{hook}"));
            let made = folder.and_then(|folder| self.overlay(self.within(folder.val, name)));
            let path = match repository {
                _ if made.is_some_and(|path| self.state.file(path).is_some()) => made,
                Some(known) => Some(paths::absolute(self.bump, &known.root, &format!("{}/{hook}", known.hooks))),
                // What the script itself wrote is known without it.
                None => self.overlay(Val::Lit(self.bump.alloc_str(&format!(".git/hooks/{hook}")))),
            };
            // Where the script told git to look for them.
            let settings = call.options.iter().filter(|o| o.spelled == "-c").filter_map(|o| o.value?.val.lit());
            let given = settings
                .filter_map(|text| text.split_once('='))
                .find(|(name, _)| name.eq_ignore_ascii_case("core.hookspath"));
            let remembered = || self.state.file("git core.hooksPath").and_then(|file| file.data.text?.lit());
            let chosen = given.map(|(_, folder)| folder).or_else(remembered);
            let chosen = chosen.map(|folder| Val::Lit(&*self.bump.alloc_str(&format!("{folder}/{hook}"))));
            let path = chosen.and_then(|path| self.overlay(path)).or(path);
            let Some(path) = path else { continue };
            let mark = self.state.mark();
            if let Some(repository) = repository {
                self.state.set_cwd(Val::Lit(&repository.root));
            }
            self.state.set_arguments(&[], false);
            match self.state.file(path) {
                Some(file) => self.program_data(&file.data, call.span, &Data::NOTHING, &mut Sink::new(), index),
                None if repository.is_some() => {
                    self.follow(path, "program", call.span, &Data::NOTHING, &mut Sink::new(), index);
                }
                None => {}
            }
            self.leave_subshell(mark);
        }
    }

    /// The hooks in a folder that the script wrote, which git is told to take: `core.hooksPath`, `--template`.
    pub fn hooks_in(&mut self, folder: Val<'a>, span: Span, index: u32) {
        let Some(folder) = self.overlay(folder).filter(|_| self.depth + 1 < limits::NESTING) else { return };
        self.depth += 1;
        for name in self.state.names_in(folder).into_iter().take(limits::CALLS) {
            if let Some(file) = self.state.file(&format!("{folder}/{name}")).filter(|file| !file.directory) {
                self.perhaps(|this| this.program_data(&file.data, span, &Data::NOTHING, &mut Sink::new(), index));
            }
        }
        self.depth -= 1;
    }

    /// `git st`: what the alias stands for. False: it is none.
    pub fn git_alias(&mut self, call: &Call<'a>, stdin: &Data<'a>, out: &mut Sink<'a>) -> bool {
        let Some((Operand { field: Field { val: Val::Lit(name), span, .. }, .. }, rest)) = call.operands.split_first()
        else {
            return false;
        };
        // git's own commands cannot be given another meaning, nor is a circle followed.
        if self.know.lists().has("git-commands", name) || self.depth + 1 >= limits::NESTING {
            return false;
        }
        // `git -c alias.x=… x` says it itself.
        let settings = call.options.iter().filter(|o| o.spelled == "-c").filter_map(|o| o.value?.val.lit());
        let of_variables = self.settings_by_variable(call, &[]);
        let settings = settings.chain(of_variables);
        let given = settings.filter_map(|s| s.strip_prefix("alias.")?.split_once('=')).find(|(known, _)| known == name);
        let remembered = || self.state.file(&format!("git alias.{name}"))?.data.text?.lit();
        let given = given.map(|(_, text)| text).or_else(remembered);
        let repository = if given.is_some() { None } else { self.repository(call) };
        let known = || {
            let alias = repository?.aliases.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            alias.map(|(_, text)| text.as_str())
        };
        let Some(text) = given.or_else(known) else { return false };
        let arguments: Vec<Field<'a>> = rest.iter().map(|o| o.field).collect();
        self.depth += 1;
        let mark = self.state.mark();
        match text.strip_prefix('!') {
            Some(code) => {
                if let Some(directory) = repository.map(|found| Val::Lit(&found.root)).or_else(|| self.started_in(call))
                {
                    self.state.set_cwd(directory);
                }
                let mut builder = Builder::default();
                builder.push_lit(code);
                builder.push_lit(" \"$@\"");
                let values: Vec<Val<'a>> = arguments.iter().map(|f| f.val).collect();
                self.state.set_arguments(self.bump.alloc_slice_copy(&values), true);
                let code = builder.done(self.bump);
                self.shell_code(code, *span, stdin, out, self.facts.calls.len() as u32 - 1);
            }
            None => {
                let mut words: Vec<Field<'a>> = vec![Field { val: Val::Lit("git"), ..call.words[0] }];
                for option in call.options.iter().filter(|o| o.spelled == "-C") {
                    words.push(Field { quoted: true, ..Field::new(Val::Lit("-C"), option.span) });
                    words.extend(option.value);
                }
                let own = shell_words::split(text).unwrap_or_default();
                words.extend(own.iter().map(|w| Field {
                    quoted: true,
                    derived: true,
                    ..Field::new(Val::Lit(self.bump.alloc_str(w)), *span)
                }));
                words.extend(arguments);
                let words = self.bump.alloc_slice_copy(&words);
                self.external(words, &[], stdin, out);
            }
        }
        self.leave_subshell(mark);
        self.depth -= 1;
        true
    }
}

/// Whether a hook could say no: `--no-verify` passes over those (git-commit(1), git-push(1)).
fn refuses(hook: &str) -> bool {
    matches!(hook, "pre-commit" | "commit-msg" | "pre-push" | "pre-merge-commit" | "pre-rebase")
}
