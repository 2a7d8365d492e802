//! What pipelines are told: for the steps that follow, by the files that are read after each (GitHub, "Workflow
//! commands"); and by their own files, who starts them and what secrets they hand to whom.

use crate::facts::Target;
use crate::facts::analysis::Analysis;
use crate::facts::evaluate::variable::Var;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Seg, Shape, Taint, Val, variable_name};
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
            let before = self.facts.effects.len();
            self.setting(setting, value, span, Some(call));
            for effect in self.facts.effects[before..].iter_mut().filter(|effect| effect.does == Kind::Set) {
                effect.mark(self.bump, "for-all-steps");
            }
        }
    }

    /// The variables that a step of Jenkins binds credentials to hold secrets (Credentials Binding Plugin):
    /// `string(credentialsId: 'x', variable: 'P')`.
    pub(super) fn bound_by_jenkins(&mut self, text: &'a str) {
        let mut bind = |name: &'a str| {
            let secret = Val::hole(self.bump, name, Shape::NonEmpty, Taint::SECRET_VARIABLE);
            self.state.set_var(name, Some(Var::plain(secret)));
        };
        for (at, sign) in text.match_indices("ariable").take(limits::UNROLL) {
            // Who logs in is no secret.
            if text[..at].ends_with("usernameV") {
                continue;
            }
            let given = text[at + sign.len()..].trim_start().strip_prefix(':').map(str::trim_start);
            if let Some(name) = given.and_then(|given| given.strip_prefix(['\'', '"'])) {
                bind(name.split(['\'', '"']).next().unwrap_or(name));
            }
        }
        // `environment { P = credentials('x') }`
        for (at, _) in text.match_indices("credentials(").take(limits::UNROLL) {
            let before = text[..at].trim_end().strip_suffix('=').map(str::trim_end);
            let name = before.map(|before| before.rsplit([' ', '\t', '\n', '{']).next().unwrap_or(before));
            name.filter(|name| !name.is_empty()).into_iter().for_each(&mut bind);
        }
    }
}

/// The events that start a workflow: what stands behind `on:`, without comments.
pub(super) fn started_by(workflow: &str) -> String {
    let plain = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    let mut lines = workflow.lines().skip_while(|line| !line.starts_with("on:") && !line.starts_with("'on':"));
    let first = lines.next().map(plain).unwrap_or_default();
    lines
        .take_while(|line| line.starts_with([' ', '-']) || line.is_empty())
        .map(plain)
        .fold(first, |all, line| all + &line)
}

/// Whether a workflow runs what a pull request brings where it has the secrets of the repository (GitHub, "Security
/// hardening for GitHub Actions").
pub(super) fn hands_out_secrets(workflow: &str) -> bool {
    let says = |sign: &&str| workflow.contains(*sign);
    if !says(&"run:") {
        return false;
    }
    let all = workflow.to_ascii_lowercase().contains("tojson(secrets)");
    // All secrets at once, in a step that speaks to others.
    let speaks = || ["curl ", "wget ", "nc ", "base64", "${{ matrix."].iter().any(says);
    // What a stranger wrote, checked out with the rights of the repository.
    let strangers = || ["pull_request.head.sha", "pull_request.head.ref", "github.head_ref"].iter().any(says);
    all && speaks() || says(&"pull_request_target") && (all || says(&"actions/checkout") && strangers())
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
