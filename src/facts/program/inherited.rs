//! What the environment that an action inherits has programs run. Only where it is the very one that the action will have
//! (`gate run`): elsewhere somebody else's environment would be judged.

use std::borrow::Cow;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::Environment;
use crate::facts::targets::globs;
use crate::facts::value::{Data, Sink, Val};

impl<'a> Analysis<'a> {
    /// Judges the variables in force that are code. An editor, a pager or a helper that asks for a password may read and
    /// write what it likes; what destroys, publishes or opens something is never what such a variable is for.
    pub fn inherited(&mut self, text: &'a str) {
        if !matches!(self.snapshot.environment, Environment::Exact) {
            return;
        }
        let whole = Span { source: 0, start: 0, end: text.len() as u32 };
        let variables: &'a [(Cow<'static, str>, Cow<'static, str>)] = &self.snapshot.variables;
        for (name, value) in variables.iter().filter(|(_, value)| !value.is_empty()) {
            let function = name.strip_prefix("BASH_FUNC_").and_then(|name| name.strip_suffix("%%"));
            if function.is_some() || self.know.lists().has("loaded-by-all", name) {
                // A function is found before any program; that it is there says nothing yet.
                if function.is_none_or(|function| text.contains(function)) {
                    let span = self.in_force(name, value, whole);
                    self.setting(name, Val::Lit(value), span, None);
                }
                continue;
            }
            let vocabulary = self.know.vocabulary();
            let kind = vocabulary.variables.types_of(name, |pattern, name| globs::text(pattern, name)).next();
            let kept = match kind {
                Some(kind @ ("code" | "code-file")) if !value.starts_with('-') => kind,
                Some("prompt") if value.contains(['$', '`']) => "prompt",
                _ => continue,
            };
            let (effects, calls, sources) =
                (self.facts.effects.len(), self.facts.calls.len(), self.facts.sources.len());
            let span = self.in_force(name, value, whole);
            let mark = self.state.mark();
            self.quietly(|this| {
                match kept {
                    "code-file" => {
                        this.code_file("bash", Val::Lit(value), span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                    }
                    "prompt" => {
                        this.prompt(value, span);
                    }
                    _ => {
                        let code = value.trim_start_matches(['|', '-', ' ']);
                        let outer = std::mem::replace(&mut this.inside, name);
                        this.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                        this.inside = outer;
                    }
                }
                this.leave_subshell(mark);
            });
            let found: Vec<_> = self.facts.effects.drain(effects..).collect();
            self.facts.effects.extend(found.into_iter().filter(|effect| is_no_helpers(effect.does)));
            if self.facts.effects.len() == effects {
                self.forget_calls(calls);
                self.forget_sources(sources);
            }
        }
        let settings = variables.iter().filter(|(name, _)| name.starts_with("GIT_CONFIG_"));
        let settings: Vec<(&'a str, Val<'a>)> = settings.map(|(name, value)| (&**name, Val::Lit(value))).collect();
        if !settings.is_empty() {
            self.git_settings_in_force(&settings, whole);
        }
    }

    /// The place of a variable's value: what people read of it stands in the variable, as in a file.
    fn in_force(&mut self, name: &str, value: &'a str, whole: Span) -> Span {
        let path: &'a str = self.bump.alloc_str(&format!("${name}"));
        let source = self.source_file(value, "environment", Some(whole), path);
        Span { source, start: 0, end: value.len() as u32 }
    }
}

/// Whether an effect is none that an editor, a pager or a helper has.
fn is_no_helpers(does: Kind) -> bool {
    !matches!(
        does,
        Kind::Read
            | Kind::Query
            | Kind::Write
            | Kind::Append
            | Kind::Create
            | Kind::CredentialRead
            | Kind::SecretRead
            | Kind::Execute
            | Kind::Configure
            | Kind::Fetch
            | Kind::Plan
            | Kind::Unknown
            | Kind::Set
    )
}
