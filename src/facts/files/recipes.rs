//! What an image or a Makefile that is written runs when it is built.

use super::planted::never_meant;
use crate::facts::analysis::Analysis;
use crate::facts::brackets::{CURLY, ROUND, closing_behind};
use crate::facts::code::dockerfile;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Effect, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The steps of an image or of a Makefile, wherever it is built: what they run of somebody at a bare address, that came
    /// unencrypted, or that is hidden in an encoding.
    pub(super) fn steps_of_build(&mut self, target: Target<'a>, text: &str, span: Span, call: u32) {
        let name = paths::base_name(target.path.unwrap_or(target.text));
        let image = ["Dockerfile", "Containerfile"].iter().any(|of| name.starts_with(of) || name.ends_with(of));
        let steps: Vec<String> = if image {
            dockerfile::steps(text)
        } else if matches!(name, "Makefile" | "makefile" | "GNUmakefile") || name.ends_with(".mk") {
            let recipe = |line: &str| {
                let line = line.strip_prefix('\t')?.trim_start_matches(['@', '-', '+', ' ']);
                Some(variables_of_make(line).replace("$$", "$"))
            };
            let whole = text.replace("\\\n", " ");
            // What it asks a shell for while it is read (GNU make's manual, "The shell Function").
            let asked = [("$(shell ", ROUND), ("${shell ", CURLY)].into_iter().flat_map(|(call, pair)| {
                let inside = move |rest: &str| variables_of_make(&rest[..closing_behind(rest, pair)]);
                whole.split(call).skip(1).map(inside)
            });
            // `NAME != command`
            let set = whole.lines().filter_map(|line| Some(variables_of_make(line.split_once(" != ")?.1)));
            whole.lines().filter_map(recipe).chain(asked).chain(set).collect()
        } else {
            return;
        };
        if self.depth + 1 >= limits::NESTING {
            return;
        }
        let nobodys = self.know.classes().nobodys();
        // What a machine of the house hands out is anybody's in an image, and the house's own in a Makefile.
        let near = if image { 0 } else { self.near() };
        let kept = |effect: &Effect<'_>| {
            let stolen = effect.does == Kind::Send && effect.data.has(Taint::SECRET);
            effect.target.classes & near == 0
                && (stolen || effect.does == Kind::Code && never_meant(effect, 0, nobodys))
        };
        self.keeps_of_later(target, kept, |this| {
            for step in steps.into_iter().take(limits::CALLS) {
                let step = this.bump.alloc_str(&step);
                this.shell_code(Val::Lit(step), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        });
    }
}

/// A line of a recipe with its `$(NAME)` as a shell has them.
fn variables_of_make(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("$(") {
        out.push_str(before);
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len());
        match behind[end..].strip_prefix(')').filter(|_| end > 0 && !before.ends_with('$')) {
            Some(after) => {
                out.push_str(&format!("${{{}}}", &behind[..end]));
                rest = after;
            }
            None => {
                out.push_str("$(");
                rest = behind;
            }
        }
    }
    out + rest
}
