//! Where in the input something stands that was found, possibly deep inside it.

use crate::facts::shell::ast::Span;
use crate::facts::{Facts, Source};

/// The word of an argv that a place of the shown line lies in, and where in the word itself, which is shown quoted where
/// a shell would need it to be. None for more than one word.
#[must_use]
pub fn word_of_argv(facts: &Facts<'_>, span: Span) -> Option<(u32, (u32, u32))> {
    let index = facts.argv.iter().position(|(start, end)| *start <= span.start && span.end <= *end)?;
    let (start, end) = facts.argv[index];
    let shown = facts.sources.first()?.text.get(start as usize..end as usize)?;
    let within = match shown.starts_with('\'') {
        true => (0, shell_words::split(shown).ok()?.first()?.len() as u32),
        false => (span.start - start, span.end - start),
    };
    Some((index as u32, within))
}

/// The innermost file that a place lies in (its path and itself), and the place in it; without a file the place in the input.
#[must_use]
pub fn place<'f, 'a>(mut span: Span, facts: &'f Facts<'a>) -> (Option<(&'a str, &'f Source<'a>)>, Span) {
    for _ in 0..crate::limits::NESTING {
        let Some(source) = facts.sources.get(span.source as usize) else { break };
        if let Some(path) = source.path() {
            return (Some((path, source)), span);
        }
        match source.parent {
            Some(parent) => span = parent,
            None => break,
        }
    }
    (None, span)
}

/// The file that was given to review, for what lies in no other.
#[derive(Clone, Copy, Debug)]
pub enum Anchor<'t> {
    /// Something else than a text: a plan, a command.
    Named(&'t str),
    /// A file that is the script.
    Script(&'t str),
    /// A file with the lines of the script somewhere in it, and its text.
    Around(&'t str, &'t str),
}

/// The file that somebody can open at what was found, and the text and the place in it, where there is one.
#[must_use]
pub fn located<'f>(
    span: Span,
    judged: &'f crate::Judged<'_, '_>,
    anchor: Anchor<'f>,
) -> (&'f str, Option<(&'f str, u32, u32)>) {
    let facts = judged.facts;
    if let (Some((path, file)), span) = place(span, facts) {
        return (relative(path, judged), Some((file.text, span.start, span.end)));
    }
    let span = outermost(span, facts);
    let script = facts.sources.first().map_or("", |source| source.text);
    match anchor {
        Anchor::Named(name) => (name, None),
        Anchor::Script(path) => (relative(path, judged), Some((script, span.start, span.end))),
        Anchor::Around(path, text) => (relative(path, judged), around(script, span, text)),
    }
}

/// The path as it is spoken of in the repository.
fn relative<'p>(path: &'p str, judged: &crate::Judged<'_, '_>) -> &'p str {
    let workspace = judged.snapshot.workspace.as_str();
    let inside = path.strip_prefix(workspace).filter(|rest| !workspace.is_empty() && rest.starts_with('/'));
    inside.map_or(path, |rest| rest.trim_start_matches('/'))
}

/// Where the line of a script stands in a text that holds its lines in the same order, among others.
fn around<'t>(script: &str, span: Span, text: &'t str) -> Option<(&'t str, u32, u32)> {
    let number = line_of(script, span.start);
    let line = script.lines().nth(number - 1)?.trim();
    let before = script.lines().take(number - 1).filter(|other| other.trim() == line).count();
    let mut at = 0;
    let holds = text.split_inclusive('\n').filter_map(|whole| {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        // `- run: rm -rf build`
        let found = whole.trim();
        let begun = found.strip_suffix(line).filter(|rest| rest.is_empty() || rest.ends_with("run: "));
        (!line.is_empty()).then_some(begun?.len() + start)
    });
    let start = holds.into_iter().nth(before)?;
    Some((text, u32::try_from(start).ok()?, u32::try_from(start + line.len()).ok()?))
}

/// The line, from 1, that a byte stands on.
#[must_use]
pub fn line_of(text: &str, at: u32) -> usize {
    text.as_bytes().iter().take(at as usize).filter(|b| **b == b'\n').count() + 1
}

/// Follows a place in nested text up to the input itself.
#[must_use]
pub fn outermost(mut span: Span, facts: &Facts<'_>) -> Span {
    for _ in 0..crate::limits::NESTING {
        match facts.sources.get(span.source as usize).and_then(|s| s.parent) {
            Some(parent) => span = parent,
            None => break,
        }
    }
    span
}

/// The argument of a tool call that a place lies in, its pointer, and the place in its text, or the whole of it where what was read
/// does not stand there as it is.
#[must_use]
pub fn argument<'f, 'a>(mut span: Span, facts: &'f Facts<'a>) -> Option<(&'f Source<'a>, &'a str, Span)> {
    for _ in 0..crate::limits::NESTING {
        let source = facts.sources.get(span.source as usize)?;
        if let Some(pointer) = source.pointer() {
            return Some((source, pointer, span));
        }
        let parent = source.parent?;
        let around = facts.sources.get(parent.source as usize)?;
        let as_it_is = around.text.get(parent.start as usize..parent.end as usize) == Some(source.text);
        span = if as_it_is {
            Span { source: parent.source, start: parent.start + span.start, end: parent.start + span.end }
        } else {
            parent
        };
    }
    None
}
