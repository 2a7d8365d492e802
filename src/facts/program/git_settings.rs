//! Git's settings in force: on its command line, by variables and in files that it is told (git-config(1)).

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::letters;
use crate::facts::shell::ast::Span;
use crate::facts::targets::globs;
use crate::facts::value::{Data, Val};
use crate::facts::{Call, Field, Opt};

impl<'a> Analysis<'a> {
    pub(super) fn is_git_setting(&self, list: &'static str, name: &str) -> bool {
        let name_matches = |glob: &[u8]| globs::text(glob, name);
        self.know.lists().possible(list, letters(name.as_bytes())).any(name_matches)
    }

    /// Whether git runs the value of a setting, whose name is in small letters (git-config(1)).
    pub fn git_setting_runs(&self, name: &str, value: &str) -> bool {
        let by_form = match value.chars().next() {
            Some('!') => self.is_git_setting("settings-that-run-behind-a-mark", name),
            Some('/' | '.' | '~') => self.is_git_setting("settings-that-run-by-path", name),
            _ => false,
        };
        by_form || !matches!(value, "true" | "false" | "cat" | "") && self.is_git_setting("settings-that-run", name)
    }

    /// Settings of git that stand in variables: `GIT_CONFIG_KEY_0` with `GIT_CONFIG_VALUE_0`, and
    /// `GIT_CONFIG_PARAMETERS` (git-config(1), "Environment").
    fn git_settings_in(&self, variables: &[(&'a str, Val<'a>)]) -> SmallVec<[&'a str; 1]> {
        let mut found = SmallVec::new();
        let value = |(name, val): &(&'a str, Val<'a>)| Some((name.strip_prefix("GIT_CONFIG_VALUE_")?, val.lit()?));
        // The first one counts: what stands before the call.
        let values: FxHashMap<&str, &str> = variables.iter().rev().filter_map(value).collect();
        for (name, val) in variables {
            let Some(text) = val.lit() else { continue };
            if let Some(number) = name.strip_prefix("GIT_CONFIG_KEY_") {
                if let Some(value) = values.get(number) {
                    found.push(&*self.bump.alloc_str(&format!("{text}={value}")));
                }
            } else if *name == "GIT_CONFIG_PARAMETERS" {
                // `'name=value'`, and since git 2.31 `'name'='value'`.
                let text: &'a str = self.bump.alloc_str(&text.replace("'='", "="));
                found.extend(text.split('\'').filter(|part| part.contains('=')));
            }
        }
        found
    }

    /// The variables of git's settings that hold for a call: before it, and exported before.
    pub fn git_variables(&self, settings: &[(&'a str, Val<'a>)]) -> SmallVec<[(&'a str, Val<'a>); 4]> {
        let exported = self.state.names_with("GIT_CONFIG_").into_iter();
        let exported = exported.filter_map(|name| Some((name, self.state.var(name)?.val)));
        settings.iter().copied().chain(exported).collect()
    }

    /// The options of a call of git, with those settings that variables make, as `-c` would.
    pub fn git_options(&self, call: &Call<'a>, variables: &[(&'a str, Val<'a>)]) -> &'a [Opt<'a>] {
        let mut made = self.git_settings_in(variables);
        made.extend(self.settings_by_variable(call, variables));
        let Some(spec) = self.know.entry("git").and_then(|entry| entry.options.find("-c")).filter(|_| !made.is_empty())
        else {
            return call.options;
        };
        let span = call.words.first().map_or(call.span, |word| word.span);
        let option = |setting| {
            let value = Some(Field::new(Val::Lit(setting), span));
            Opt { spelled: "-c", names: spec.names, value, span, perhaps: false }
        };
        let all: Vec<Opt<'a>> = made.into_iter().map(option).chain(call.options.iter().copied()).collect();
        self.bump.alloc_slice_copy(&all)
    }

    /// Settings of git in the environment in force.
    pub fn git_settings_in_force(&mut self, variables: &[(&'a str, Val<'a>)], span: Span) {
        for setting in self.git_settings_in(variables) {
            self.git_setting(setting, span, u32::MAX);
        }
    }

    /// Files of settings that git is told to read: `GIT_CONFIG_GLOBAL=g`, `git -c include.path=g`.
    pub fn git_files_told(&mut self, call: &Call<'a>, variables: &[(&'a str, Val<'a>)], span: Span, index: u32) {
        let told = call.options.iter().filter(|o| o.spelled == "-c").filter_map(|o| o.value?.val.lit());
        let told = told.filter_map(|setting| setting.strip_prefix("include.path="));
        let by_variable =
            variables.iter().filter(|(name, _)| matches!(*name, "GIT_CONFIG_GLOBAL" | "GIT_CONFIG_SYSTEM"));
        let files: Vec<&'a str> = told.chain(by_variable.filter_map(|(_, val)| val.lit())).collect();
        for file in files {
            self.loads_what_came(&[file], span, index);
            let file = self.absolute(file).and_then(|path| self.state.file(path));
            if let Some(text) = file.and_then(|file| file.data.text?.lit()) {
                self.unless_open(text, |this| this.git_file(text, span, index));
            }
        }
    }

    fn git_setting(&mut self, setting: &'a str, span: Span, call: u32) {
        self.unless_open(setting, |this| this.setting_code("git-setting", setting, span, &Data::NOTHING, call));
    }

    /// Reads a setting, but not within itself.
    pub fn unless_open(&mut self, setting: &'a str, read: impl FnOnce(&mut Self)) {
        if !self.open_settings.contains(&setting) {
            self.open_settings.push(setting);
            read(self);
            self.open_settings.pop();
        }
    }

    /// What `git --config-env=NAME=VARIABLE` sets (git(1)).
    pub fn settings_by_variable(&self, call: &Call<'a>, settings: &[(&'a str, Val<'a>)]) -> SmallVec<[&'a str; 1]> {
        let named = call.options.iter().filter(|o| o.is("--config-env")).filter_map(|o| o.value?.val.lit());
        let value = |variable: &str| {
            let given = settings.iter().find(|(name, _)| *name == variable).map(|(_, val)| *val);
            given.or_else(|| Some(self.state.var(variable)?.val))?.lit()
        };
        named
            .filter_map(|setting| {
                let (name, variable) = setting.split_once('=')?;
                Some(&*self.bump.alloc_str(&format!("{name}={}", value(variable)?)))
            })
            .collect()
    }
}
