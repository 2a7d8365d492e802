//! What is told to a pipeline for the steps that follow, by the files that it reads after each (GitHub, "Workflow commands").

use crate::facts::Target;
use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Seg, Val, variable_name};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The environment and the search path of all steps that follow (GitHub, "Workflow commands").
    pub(super) fn told_to_pipeline(&mut self, target: Target<'a>, data: &Data<'a>, span: Span, call: u32) {
        let Some(name @ ("GITHUB_ENV" | "GITHUB_PATH")) = variable_name(target.text) else { return };
        let Some(text) = data.text else { return };
        let mut several = None;
        for line in lines_of(text) {
            let begins = match line.first() {
                Some(Seg::Lit(text)) => *text,
                _ => "",
            };
            let (setting, value) = match (name, several.take()) {
                ("GITHUB_PATH", _) => ("PATH", begins),
                (_, Some(setting)) => (setting, begins),
                (_, None) => match begins.split_once('=') {
                    Some(setting) => setting,
                    // `NAME<<WORD`, and what it is set to in the next line.
                    None => {
                        several = begins.split_once("<<").map(|(name, _)| name);
                        continue;
                    }
                },
            };
            let rest = if begins.is_empty() { &line[..] } else { &line[1..] };
            let value = Some(Seg::Lit(value)).filter(|_| !value.is_empty());
            let value: Vec<Seg<'a>> = value.into_iter().chain(rest.iter().copied()).collect();
            let value = match value[..] {
                [] => Val::EMPTY,
                [Seg::Lit(text)] => Val::Lit(text),
                _ => Val::Text(self.bump.alloc_slice_copy(&value)),
            };
            self.setting(setting, value, span, Some(call));
        }
    }
}

/// The lines of a text, as far as they are known.
fn lines_of(text: Val<'_>) -> Vec<Vec<Seg<'_>>> {
    let mut out = Vec::new();
    for one in text.each().take(limits::UNROLL) {
        let mut line = Vec::new();
        let segs: Vec<Seg<'_>> = match one {
            Val::Lit(text) => vec![Seg::Lit(text)],
            Val::Text(segs) => segs.to_vec(),
            Val::Set(_) => continue,
        };
        for seg in segs {
            let Seg::Lit(text) = seg else {
                line.push(seg);
                continue;
            };
            for (number, part) in text.split('\n').enumerate() {
                if number > 0 {
                    out.push(std::mem::take(&mut line));
                }
                if !part.is_empty() {
                    line.push(Seg::Lit(part));
                }
            }
        }
        out.push(line);
    }
    out.retain(|line: &Vec<Seg<'_>>| !line.is_empty());
    out
}
