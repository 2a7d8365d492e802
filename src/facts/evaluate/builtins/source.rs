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

    /// `. ./.env.production`: what follows acts there, whatever the file says else. That one is for tests says nothing: what
    /// it holds may lead anywhere.
    pub(in crate::facts) fn holds_production(&self, file: Val<'a>) -> bool {
        let name = file.lit().map(base_name).filter(|name| name.starts_with(".env") || name.ends_with(".env"));
        name.is_some_and(|name| {
            !["non", "example", "sample", "template", "dist"].iter().any(|part| name.contains(part))
                && self.know.places().environment_of_words(name) == "production"
        })
    }

    fn settings_of_file(&mut self, file: Val<'a>) {
        if self.holds_production(file) && self.state.var("APP_ENV").is_none() {
            let var = Var { exported: true, ..Var::plain(Val::Lit("production")) };
            self.state.set_var("APP_ENV", Some(var));
        }
    }
}
