//! `source` and `.`: another file's commands in this shell (bash(1), "SHELL BUILTIN COMMANDS").

use super::after_dashes;
use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Body;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::targets::paths::{base_name, host_of, is_own_machine};
use crate::facts::value::{Data, Field, Shape, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub(super) fn source_builtin(&mut self, args: &'a [Field<'a>], span: Span, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let args = after_dashes(args);
        if let Some(field) = args.first() {
            let arguments: Vec<Val<'a>> = args[1..].iter().map(|f| f.val).collect();
            let own = (self.state.arguments, self.state.arguments_known);
            let given = !arguments.is_empty();
            if given {
                let arguments = self.bump.alloc_slice_copy(&arguments);
                self.state.set_arguments(arguments, true);
            }
            // `return` ends it, too.
            let (ways, mark) = (self.ways_out.len(), self.state.mark());
            self.entered.push((Body::Function, mark));
            self.code_file("sourced", field.val, field.span, stdin, out, u32::MAX);
            self.entered.pop();
            self.left(Body::Function, ways, mark, |_| false);
            if given {
                self.state.set_arguments(own.0, own.1);
            }
            self.settings_of_file(field.val);
            self.secrets_of_file(field.val);
            // Lines that are no commands are shown as errors: `source ~/.aws/credentials`.
            let target = self.path_target(field.val, Look::Through);
            if target.classes & self.know.classes().of(["secret"]) != 0 && self.written_at(field.val).is_none() {
                let call = self.facts.calls.len().saturating_sub(1) as u32;
                self.effect(Effect::new(Kind::Read, target, call, field.span));
            }
        } else if !stdin.inherited {
            // fish reads what comes in.
            self.code_data("sourced", stdin, span, out, u32::MAX);
        }
    }

    /// `. ./.env.production`: what follows acts there, whatever the file says else. That one is for tests counts if the
    /// script did not write it, and no name in it is production's: it may lead anywhere.
    pub(in crate::facts) fn environment_of_file(&mut self, file: Val<'a>) -> Option<&'static str> {
        let path = file.lit()?;
        let name = base_name(path);
        let of_project = name.contains("compose") && name.contains(".y");
        if !name.starts_with(".env") && !name.ends_with(".env") && !of_project
            || ["non", "example", "sample", "template", "dist"].iter().any(|part| name.contains(part))
        {
            return None;
        }
        let vocabulary = self.know.vocabulary();
        match vocabulary.environments.of_words(name) {
            "production" => Some("production"),
            "test" => {
                let path = self.absolute(path).filter(|path| self.state.file(path).is_none())?;
                let strict = |text: &str| vocabulary.environments.is_strict(text);
                let leads_there = self.file_text(path).is_some_and(|text| text.lines().any(strict));
                (!leads_there).then_some("test")
            }
            _ => None,
        }
    }

    /// What a file of variables gave to those that hold secrets is a secret, whatever it says.
    fn secrets_of_file(&mut self, file: Val<'a>) {
        let Some(path) =
            file.lit().filter(|path| base_name(path).contains(".env")).and_then(|path| self.absolute(path))
        else {
            return;
        };
        let text = match self.state.file(path) {
            Some(written) => written.data.text.and_then(|text| text.lit()),
            None => self.file_text(path),
        };
        for line in text.unwrap_or_default().lines().take(limits::CALLS) {
            let line = line.trim().trim_start_matches("export ");
            let Some((name, _)) = line.split_once('=').filter(|(name, _)| self.variable_is(name, "secret")) else {
                continue;
            };
            // An address of this machine opens nothing elsewhere, and says which database is meant.
            let own = |text: &str| text.contains("://") && is_own_machine(host_of(text));
            let holds = |text: &str| !text.is_empty() && !own(text);
            let Some(var) = self.state.var(name).filter(|var| var.val.lit().is_some_and(holds)) else {
                continue;
            };
            let source = self.bump.alloc_str(&format!("${name}"));
            let val = Val::hole(self.bump, source, Shape::NonEmpty, Taint::SECRET_VARIABLE);
            self.state.set_var(self.bump.alloc_str(name), Some(Var { val, ..var }));
        }
    }

    /// `export $(cat .env.production | xargs)`: the variables of the file that was read for these words.
    pub(super) fn settings_read_for(&mut self, words: &[Field<'a>]) {
        for file in words.iter().filter_map(|word| self.variables_read_within(word.span)).collect::<Vec<_>>() {
            self.settings_of_file(Val::Lit(file));
        }
    }

    /// The file of variables that a substitution at this place reads.
    pub(in crate::facts) fn variables_read_within(&self, place: Span) -> Option<&'a str> {
        let within = |span: Span| span.source == place.source && place.start <= span.start && span.end <= place.end;
        let reads = self.facts.effects.iter().rev().take_while(|effect| effect.span.source == place.source);
        let mut files = reads.filter(|effect| effect.does == Kind::Read && within(effect.span));
        files.find(|effect| base_name(effect.target.text).contains(".env")).map(|effect| effect.target.text)
    }

    fn settings_of_file(&mut self, file: Val<'a>) {
        if let Some(environment) = self.environment_of_file(file)
            && (environment == "production" || self.state.var("APP_ENV").is_none())
        {
            let var = Var { exported: true, ..Var::plain(Val::Lit(environment)) };
            self.state.set_var("APP_ENV", Some(var));
        }
    }
}
