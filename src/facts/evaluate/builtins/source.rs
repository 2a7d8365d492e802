//! `source` and `.`: another file's commands in this shell (bash(1), "SHELL BUILTIN COMMANDS").

use super::after_dashes;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::state::Body;
use crate::facts::evaluate::variable::Var;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Data, Field, Sink, Val};

impl<'a> Analysis<'a> {
    pub(super) fn source_builtin(&mut self, args: &'a [Field<'a>], span: Span, stdin: &Data<'a>, out: &mut Sink<'a>) {
        let args = after_dashes(args);
        if let Some(field) = args.first() {
            let arguments: Vec<Val<'a>> = args[1..].iter().map(|f| f.val).collect();
            if !arguments.is_empty() {
                let arguments = self.bump.alloc_slice_copy(&arguments);
                self.state.set_arguments(arguments, true);
            }
            // `return` ends it, too.
            let (ways, mark) = (self.ways_out.len(), self.state.mark());
            self.entered.push((Body::Function, mark));
            self.code_file("sourced", field.val, field.span, stdin, out, u32::MAX);
            self.entered.pop();
            self.left(Body::Function, ways, mark, |_| false);
            self.settings_of_file(field.val);
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
        let places = self.know.places();
        match places.environment_of_words(name) {
            "production" => Some("production"),
            "test" => {
                let path = self.absolute(path).filter(|path| self.state.file(path).is_none())?;
                let strict = |text: &str| matches!(places.environment_of_words(text), "production" | "staging");
                let leads_there = self.file_text(path).is_some_and(|text| text.lines().any(strict));
                (!leads_there).then_some("test")
            }
            _ => None,
        }
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
