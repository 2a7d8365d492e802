//! What builtins run or print beside their own work: subscripts in names, commands that options give, completions.

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::arithmetic::subscript_runs;
use crate::facts::shell::is_name;
use crate::facts::value::{Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Builtins that take the name of a variable evaluate its subscript, quoted or not: `unset 'a[$(x)]'` (bash(1),
    /// "Arrays"); others run what an option of theirs says.
    pub(super) fn subscripts(&mut self, name: &str, args: &'a [Field<'a>]) {
        let names = matches!(
            name,
            "unset"
                | "read"
                | "printf"
                | "declare"
                | "typeset"
                | "local"
                | "export"
                | "readonly"
                | "let"
                | "wait"
                | "test"
                | "["
        );
        for (at, field) in args.iter().enumerate() {
            let Some(text) = field.val.lit() else {
                // `declare "$x"`: the name itself came from elsewhere.
                let named = matches!(field.val, Val::Text([Seg::Hole(_), ..]));
                if named && matches!(name, "declare" | "typeset" | "local" | "let") {
                    self.runs_what_came(field.val, field.span);
                }
                continue;
            };
            if names && subscript_runs(text) {
                let code = self.bump.alloc_str(&format!(": {text}"));
                self.shell_code(Val::Lit(code), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
            }
            let next = args.get(at + 1).copied();
            match (name, text) {
                ("mapfile" | "readarray", code) if code.len() > 2 && code.starts_with("-C") => {
                    self.shell_code(Val::Lit(&code[2..]), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                }
                ("mapfile" | "readarray", "-C") | ("compgen" | "complete", "-C") | ("compgen", "-F") => {
                    if let Some(code) = next {
                        self.shell_code(code.val, code.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                    }
                }
                ("compgen", "-W") => {
                    if let Some(Val::Lit(words)) = next.map(|w| w.val) {
                        let code = self.bump.alloc_str(&format!(": {words}"));
                        self.shell_code(Val::Lit(code), field.span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
                    }
                }
                ("jobs", "-x") if next.is_some() => {
                    self.external(&args[at + 1..], &[], &Data::NOTHING, &mut Sink::new());
                    return;
                }
                _ => {}
            }
        }
    }

    /// `mapfile -C command -c 1`: the command gets the number and the text of each line (bash(1)).
    pub(super) fn called_back(&mut self, args: &'a [Field<'a>], stdin: &Data<'a>) {
        let literal = |field: &Field<'a>| field.val.lit();
        let Some(at) = args.iter().position(|field| literal(field) == Some("-C")) else { return };
        let (Some(command), Some(text)) = (args.get(at + 1).and_then(literal), stdin.text.and_then(|text| text.lit()))
        else {
            return;
        };
        for line in text.lines().take(limits::UNROLL) {
            let code = self.bump.alloc_str(&format!("{command} 0 {}", shell_words::quote(line)));
            self.shell_code(Val::Lit(code), args[at].span, &Data::NOTHING, &mut Sink::new(), u32::MAX);
        }
    }

    pub(super) fn arithmetic_words(&mut self, name: &str, args: &[Field<'a>]) {
        for field in args {
            let Val::Lit(text) = field.val else { continue };
            // `[ -v 'a[$(…)]' ]`, `let 'a[$(…)]=1'`, `[ 'a[$(…)]' -eq 0 ]` run what the subscript holds.
            if text.contains("$(") || text.contains('`') {
                self.prompt(text, field.span);
            }
            let counted = text.trim_matches(['+', '-', ' ']);
            if name == "let" && counted.len() + 2 <= text.len() && is_name(counted) {
                self.set_variable(counted, Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE));
            } else if name == "let"
                && let Some((variable, value)) = text.split_once('=')
            {
                let known = self.number(value).filter(|_| !variable.ends_with(['+', '-', '*', '/', '%']));
                let val = match known {
                    Some(number) => Val::Lit(self.bump.alloc_str(&number.to_string())),
                    None => Val::hole(self.bump, "a number", Shape::Plain, Taint::NONE),
                };
                self.set_variable(variable.trim_end_matches(['+', '-', '*', '/', '%']), val);
            }
        }
    }

    pub(super) fn compgen(&mut self, args: &'a [Field<'a>], out: &mut Sink<'a>) {
        // The names of all variables, whose values are the next step.
        let variables = |f: &Field<'_>| {
            f.val.lit().is_some_and(|option| {
                let letters = option.strip_prefix('-').is_some_and(|letters| letters.contains(['e', 'v']));
                letters || matches!(option, "export" | "variable")
            })
        };
        if args.iter().any(variables) {
            out.push(Data::unknown("variables", Taint::SECRET | Taint::OPAQUE));
        } else if args.first().is_some_and(|f| f.val.lit() == Some("-G")) {
            let names = args.last().map(|pattern| Data { source: "names", ..Data::known(pattern.val) });
            out.push(names.unwrap_or(Data::NOTHING));
        } else {
            // The names of all programs that begin so.
            let begun = args.last().and_then(|f| f.val.lit()).filter(|text| self.know.entry(text).is_some());
            out.push(begun.map_or(Data::unknown("names", Taint::DECODED), |text| Data::known(Val::Lit(text))));
        }
    }
}
