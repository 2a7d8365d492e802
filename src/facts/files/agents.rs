//! What the script writes for coding agents: settings that let them act without being asked, and instructions that keep
//! something from the people whom they work for.

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::globs;
use crate::facts::targets::paths::{base_name, core};
use crate::facts::value::Taint;
use crate::facts::{Effect, Target};

/// Bytes of a file of settings or instructions that are looked at.
const LONGEST: usize = 64 << 10;

impl<'a> Analysis<'a> {
    /// Looks at the text that is written to a target, if agents read it from there.
    pub(in crate::facts) fn told_to_agents(&mut self, target: Target<'a>, text: &str, span: Span, call: u32) {
        let path = target.path.unwrap_or(target.text);
        let name = base_name(path);
        let vocabulary = self.know.vocabulary();
        let checks = matches!(name, "pre-commit" | "pre-push" | "commit-msg" | "pre-receive" | "pre-rebase");
        let answers = |line: &str| matches!(line.trim(), "exit 0" | "true" | ":");
        if checks
            && target.classes & vocabulary.classes.of(["hook"]) != 0
            && text.lines().any(answers)
            && lets_all_pass(text)
        {
            self.plain_effect(Kind::Configure, "what is checked", call, span, Taint::NONE, &["check-removed"]);
        }
        if globs::listed_path(&vocabulary.lists, "hooks-of-agents", path) && lets_all_pass(text) {
            self.effect(Effect { marks: &["agent-hook-off"], ..Effect::new(Kind::Configure, target, call, span) });
        }
        // A program that would find faults, by that name where it is looked for.
        let own = core::WORKSPACE | core::TEMPORARY;
        if vocabulary.lists.has("finds-faults", name)
            && path.contains("/bin/")
            && target.classes & own == 0
            && lets_all_pass(text)
        {
            self.effect(Effect { marks: &["check-removed"], ..Effect::new(Kind::Configure, target, call, span) });
        }
        let settings = name.ends_with(".json") || name.ends_with(".toml");
        if text.len() > LONGEST || !settings && !self.instructs_agents(target) {
            return;
        }
        let (plain, signs, marks): (String, _, &'static [&'static str]) = match settings {
            true => (text.chars().filter(|c| !c.is_whitespace()).collect(), "agent-unguarded", &["agent-unguarded"]),
            false => (text.to_lowercase(), "agent-hushed", &["agent-hushed"]),
        };
        let says = |sign: &str| match sign.contains('*') && !settings {
            true => plain.lines().any(|line| globs::text(sign, line)),
            false => plain.contains(sign),
        };
        if vocabulary.lists.items(signs).any(says) {
            self.effect(Effect { marks, ..Effect::new(Kind::Configure, target, call, span) });
        }
    }
}

impl Analysis<'_> {
    /// Whether agents read a file as instructions.
    pub(in crate::facts) fn instructs_agents(&self, target: Target<'_>) -> bool {
        let path = target.path.unwrap_or(target.text);
        globs::listed_path(self.know.lists(), "agent-instructions", path)
    }
}

/// Whether a script does nothing but say yes: `exit 0`, `sys.exit(0)`, `echo passed`.
fn lets_all_pass(text: &str) -> bool {
    let mut lines =
        text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '/']));
    let says_yes = |line: &str| {
        matches!(
            line,
            "exit 0"
                | "exit"
                | "true"
                | ":"
                | "import sys"
                | "sys.exit(0)"
                | "sys.exit()"
                | "process.exit(0)"
                | "set -e"
                | "cat"
                | "cat >/dev/null"
        )
    };
    let speaks = |line: &str| {
        ["echo ", "printf "].iter().any(|start| line.starts_with(start)) && !line.contains(['$', '`', '>', '|', '&'])
    };
    lines.all(|line| says_yes(line) || speaks(line))
}
