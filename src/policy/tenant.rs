//! Rules of the house × facts. A rule that restricts fires where it cannot know; a rule that allows only for certain.

use std::rc::Rc;

use super::format::{Criteria, Words};
use crate::action::{Action, ActionKind, ActorKind};
use crate::assess::Finding;
use crate::facts::knowledge::{Level, Vocabulary};
use crate::facts::snapshot::Snapshot;
use crate::facts::{Call, Effect, Facts, globs};
use crate::rules::matcher::Match;

/// What a rule is held against: one call, one of its effects, one finding about it.
#[derive(Clone)]
pub struct Unit<'u, 'a> {
    pub call: Option<&'u Call<'a>>,
    /// The names of its call.
    pub names: Rc<Names>,
    pub effect: Option<&'u Effect<'a>>,
    pub finding: Option<&'u Finding>,
    /// The environment of its target; empty if not known.
    pub environment: &'u str,
}

impl Unit<'_, '_> {
    /// What it is called, as the catalogue calls it; empty where nothing is called.
    #[must_use]
    pub fn verb(&self) -> &str {
        &self.names.verb
    }
}

/// What a call is called: computed once, for every rule asks.
#[derive(Default)]
pub struct Names {
    /// As the catalogue calls it.
    verb: String,
    program: String,
    /// As it is typed, and whether that is certain: of words behind an option it cannot be told which are its value.
    typed: Option<(String, Match)>,
    typed_program: Option<String>,
    /// Whether what is typed is what the catalogue calls it, and no other verb or program that it describes alike.
    same: bool,
    same_program: bool,
    /// What the shell does by itself: no program is called.
    by_shell: bool,
}

impl Names {
    fn of(call: &Call<'_>) -> Names {
        let (verb, program) = (verb_of(call), call.program.to_owned());
        let names = Names { verb, program, same: true, same_program: true, ..Names::default() };
        // An operation's name is its own; a call that code makes may have no words.
        let first = call.words.first().and_then(|field| field.val.lit()).filter(|_| call.level.is_none());
        let Some(first) = first.and_then(|first| first.rsplit(['/', '\\']).next()) else { return names };
        Names {
            typed: typed_verb(call, first),
            same_program: is_same(call.verb.split([' ', ':']).next().unwrap_or_default(), first),
            typed_program: Some(first.to_owned()),
            same: is_as_typed(call, first),
            ..names
        }
    }

    /// What the shell does by itself.
    fn of_shell(name: &str) -> Names {
        Names { verb: name.to_owned(), program: name.to_owned(), same: true, by_shell: true, ..Names::default() }
    }
}

/// What surrounds every unit.
pub struct Around<'u> {
    pub action: &'u Action,
    pub snapshot: &'u Snapshot,
    pub vocabulary: &'u Vocabulary<'static>,
    /// Seconds since 1970; none where time is not known.
    pub now: Option<i64>,
    pub kind: ActionKind,
}

/// Every unit of an action: its findings, its effects, its calls; at least one.
#[must_use]
pub fn units<'u, 'a>(
    facts: &'u Facts<'a>,
    findings: &'u [Finding],
    environment: &dyn Fn(Option<&Effect<'_>>, Option<&Call<'_>>) -> &'u str,
) -> Vec<Unit<'u, 'a>> {
    let mut out = Vec::new();
    let all: Vec<Rc<Names>> = facts.calls.iter().map(|call| Rc::new(Names::of(call))).collect();
    let none = Rc::new(Names::default());
    let of_shell = Rc::new(Names::of_shell(REDIRECTION));
    let names = |index: usize| Rc::clone(all.get(index).unwrap_or(&none));
    for (index, effect) in facts.effects.iter().enumerate() {
        let call = facts.calls.get(effect.call as usize);
        let at = effect.call as usize;
        let written = effect.marks.contains(&"redirect");
        let names = |at| if written && call.is_none() { Rc::clone(&of_shell) } else { names(at) };
        let around = environment(Some(effect), call);
        let mut any = false;
        for finding in findings.iter().filter(|f| f.effect == Some(index)) {
            any = true;
            let finding = Some(finding);
            out.push(Unit { call, names: names(at), effect: Some(effect), finding, environment: around });
        }
        if !any {
            out.push(Unit { call, names: names(at), effect: Some(effect), finding: None, environment: around });
        }
    }
    for (index, call) in facts.calls.iter().enumerate() {
        if !facts.effects.iter().any(|e| e.call as usize == index) {
            let around = environment(None, Some(call));
            out.push(Unit { call: Some(call), names: names(index), effect: None, finding: None, environment: around });
        }
    }
    for finding in findings.iter().filter(|f| f.effect.is_none()) {
        let call = finding.call.and_then(|c| facts.calls.get(c));
        let names = names(finding.call.unwrap_or(usize::MAX));
        let around = environment(None, call);
        out.push(Unit { call, names, effect: None, finding: Some(finding), environment: around });
    }
    if out.is_empty() {
        let around = environment(None, None);
        out.push(Unit { call: None, names: none, effect: None, finding: None, environment: around });
    }
    for name in &facts.builtins {
        let names = Rc::new(Names::of_shell(name));
        out.push(Unit { call: None, names, effect: None, finding: None, environment: "" });
    }
    out
}

/// `git push` as the verb `git:push`, `aws s3 rm` as `aws:s3_rm`; an API operation is one already.
#[must_use]
pub fn verb_of(call: &Call<'_>) -> String {
    if call.verb.contains(':') || call.level.is_some() {
        return call.verb.to_owned();
    }
    if let Some((program, rest)) = call.verb.split_once(' ') {
        return format!("{program}:{}", rest.replace(' ', "_"));
    }
    // A subcommand that no entry describes is the first operand.
    let first = call.operands.first().filter(|_| call.entry.is_some_and(|e| e.subcommands));
    match first.and_then(|operand| operand.field.val.lit()) {
        Some(subcommand) => format!("{}:{subcommand}", call.verb),
        None => call.verb.to_owned(),
    }
}

fn any(words: &Words, test: impl Fn(&str) -> bool) -> Match {
    Match::of(words.0.iter().any(|w| test(w)))
}

/// What a file that the shell itself writes is called as a verb.
pub const REDIRECTION: &str = "shell:redirect";

/// The verb as it is typed, where an entry describes several under one name (`git describe` by that of `git status`).
fn typed_verb(call: &Call<'_>, program: &str) -> Option<(String, Match)> {
    let wanted = call.verb.split(' ').count().max(2) - 1;
    let is_word = |word: &&str| !word.starts_with('-');
    let words = || call.words.iter().skip(1).map(|field| field.val.lit());
    let said: Vec<&str> = words().flatten().filter(is_word).take(wanted).collect();
    let certain = words().take(wanted).all(|word| word.as_ref().is_some_and(is_word));
    let answer = if certain { Match::Yes } else { Match::Maybe };
    (!said.is_empty()).then(|| (format!("{program}:{}", said.join("_")), answer))
}

/// Whether two names are those of one program: `python3.11` is `python`, `base32` is not `base64`.
fn is_same(name: &str, program: &str) -> bool {
    let plain = |name: &str| name.strip_suffix(".exe").unwrap_or(name).to_ascii_lowercase();
    let (a, b) = (plain(name), plain(program));
    let version = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    a.strip_prefix(&b).or_else(|| b.strip_prefix(&a)).is_some_and(version)
}

/// Whether the words of a call say the verb that its entry is called by.
fn is_as_typed(call: &Call<'_>, program: &str) -> bool {
    let said = |word: &str| {
        let is = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case(word));
        let values = call.options.iter().filter(|option| option.value.is_some_and(|value| is(value.val.lit()))).count();
        call.words.iter().skip(1).filter(|field| is(field.val.lit())).count() > values
    };
    let mut verb = call.verb.split([' ', ':']);
    verb.next().is_some_and(|name| is_same(name, program)) && verb.all(said)
}

/// Whether a word with wildcards names a unit's verb: the whole of it, the program, or an operation alone. Of what is typed
/// it is certain; of what the catalogue only describes alike (`Clear-Disk` by `Format-Volume`) it may be meant.
#[must_use]
pub fn names_verb(word: &str, unit: &Unit<'_, '_>, kind: ActionKind) -> Match {
    let names = &*unit.names;
    let verb = names.verb.as_str();
    let is_program = |word: &str| names.typed_program.as_ref().is_some_and(|program| globs::text(word, program));
    // What the shell does without a command may be meant by it.
    if word == "shell:run" && kind.runs_here() {
        return if unit.call.is_some() { Match::Yes } else { Match::Maybe };
    }
    // A file that the shell writes is no verb that a pattern means.
    if verb.is_empty() || verb == REDIRECTION {
        return Match::of(!verb.is_empty() && word == REDIRECTION);
    }
    // `git push`, `aws s3 rm`, as they are typed and as the catalogue shows them, are `git:push` and `aws:s3_rm`.
    let spelled = word.contains(' ').then(|| {
        let (program, operation) = word.split_once([':', ' ']).unwrap_or((word, ""));
        format!("{program}:{}", operation.trim().replace(' ', "_"))
    });
    let word = spelled.as_deref().unwrap_or(word);
    // `git:*` is the program, whatever stands before its operation.
    let whole = word
        .strip_suffix(":*")
        .is_some_and(|program| is_program(program) || names.same_program && globs::text(program, &names.program));
    let typed = names.typed.as_ref().filter(|(typed, _)| globs::text(word, typed)).map_or(Match::No, |(_, sure)| *sure);
    let typed = typed.max(Match::of(whole || !word.contains(':') && is_program(word)));
    let described = globs::text(word, verb)
        || !word.contains(':')
            && (globs::text(word, &names.program)
                // `cancel_order`
                || verb.split_once(':').is_some_and(|(_, operation)| globs::text(word, operation)));
    let described = match described {
        true if names.same => Match::Yes,
        true => Match::Maybe,
        false => Match::No,
    };
    typed.max(described)
}

/// The level that rules ask for with `risk`.
#[must_use]
pub fn level_of(unit: &Unit<'_, '_>) -> Level {
    unit.call.and_then(|c| c.level).max(unit.finding.map(|f| f.level)).unwrap_or(Level::Low)
}

/// Whether an identity is one of these: by id or by name. A missing identity cannot be known.
#[must_use]
pub fn identity(words: &Words, action: &Action) -> Match {
    let actor = &action.actor;
    let known_as = |id: &str| {
        if actor.kind == ActorKind::Human {
            return any(words, |w| w == "*" || !id.is_empty() && globs::text(w, id));
        }
        if id.is_empty() && actor.name.is_empty() {
            return if words.0.iter().any(|w| w == "*") { Match::Yes } else { Match::Maybe };
        }
        any(words, |w| globs::text(w, id) || globs::text(w, &actor.name))
    };
    if !actor.by_variable {
        return known_as(&actor.id);
    }
    // What fires without the variable fires with it; what is lifted only with it is not.
    match known_as("") {
        Match::No if known_as(&actor.id) == Match::Yes => Match::Maybe,
        without => without,
    }
}

/// The model that acts.
#[must_use]
pub fn model(words: &Words, action: &Action) -> Match {
    if action.actor.kind == ActorKind::Human {
        return Match::No;
    }
    if action.actor.model.is_empty() {
        return Match::Maybe;
    }
    any(words, |w| globs::text(w, &action.actor.model))
}

/// Whether a pattern names a path: relative ones start at the workspace.
#[must_use]
pub fn names_path(pattern: &str, path: &str, snapshot: &Snapshot) -> bool {
    if pattern.starts_with(['/', '~']) {
        let pattern = match pattern.strip_prefix("~/") {
            Some(rest) => format!("{}/{rest}", snapshot.own_home()),
            None => pattern.to_owned(),
        };
        return globs::path(&pattern, path);
    }
    let Some(inside) = path.strip_prefix(root(snapshot)).and_then(|p| p.strip_prefix('/')) else { return false };
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    globs::path(pattern, inside)
        || globs::path(format!("{pattern}/**"), inside)
        // Without a slash it is a name anywhere, as in .gitignore.
        || !pattern.contains('/') && (globs::path(format!("**/{pattern}"), inside) || globs::path(format!("**/{pattern}/**"), inside))
}

/// The folder that relative patterns of a policy start in.
#[must_use]
pub fn root(snapshot: &Snapshot) -> &str {
    if snapshot.workspace.is_empty() { &snapshot.cwd } else { &snapshot.workspace }
}

/// Whether all lines hold for a unit.
#[must_use]
pub fn holds(when: &Criteria, unit: &Unit<'_, '_>, around: &Around<'_>) -> Match {
    let mut answer = Match::Yes;
    macro_rules! line {
        ($result:expr) => {
            answer = answer.min($result);
            if answer == Match::No {
                return Match::No;
            }
        };
    }
    // What the shell does by itself has a name and nothing else.
    if when.verb.is_empty() && unit.names.by_shell && unit.effect.is_none() {
        return Match::No;
    }
    if !when.verb.is_empty() {
        line!(when.verb.0.iter().map(|w| names_verb(w, unit, around.kind)).max().unwrap_or(Match::No));
    }
    if !when.provider.is_empty() {
        let Some(call) = unit.call else { return Match::No };
        let typed = unit.names.typed_program.as_deref().unwrap_or(call.program);
        let described = any(&when.provider, |w| globs::text(w, call.program));
        let described = if unit.names.same_program { described } else { described.min(Match::Maybe) };
        line!(any(&when.provider, |w| globs::text(w, typed)).max(described));
    }
    if !when.risk.is_empty() {
        let level = level_of(unit);
        line!(Match::of(
            when.risk.iter().any(|wanted| *wanted == level || *wanted == Level::High && level == Level::Critical)
        ));
    }
    if !when.effect.is_empty() {
        let Some(effect) = unit.effect else { return Match::No };
        line!(Match::of(when.effect.contains(&effect.does)));
        line!(if effect.certain { Match::Yes } else { Match::Maybe });
    }
    if !when.category.is_empty() {
        line!(Match::of(unit.finding.is_some_and(|f| when.category.contains(&f.rule.category))));
    }
    if !when.rule.is_empty() {
        let Some(finding) = unit.finding else { return Match::No };
        line!(any(&when.rule, |w| globs::text(w, finding.rule.id)));
    }
    if !when.target.is_empty() {
        let Some(effect) = unit.effect else { return Match::No };
        line!(target(&when.target, effect, around));
    }
    if !when.actor.is_empty() {
        line!(any(&when.actor, |w| w == around.action.actor.kind.word()));
    }
    if !when.agent.is_empty() {
        line!(identity(&when.agent, around.action));
    }
    if !when.model.is_empty() {
        line!(model(&when.model, around.action));
    }
    if !when.environment.is_empty() {
        let name = if unit.environment.is_empty() { "unknown" } else { unit.environment };
        line!(any(&when.environment, |w| w == name));
    }
    if !when.branch.is_empty() {
        line!(branch(&when.branch, unit, around));
    }
    for (window, inside) in [(&when.within, true), (&when.outside, false)] {
        if let Some(window) = window {
            line!(match around.now {
                Some(now) => Match::of(super::clock::within(now, window) == inside),
                None => Match::Maybe,
            });
        }
    }
    answer
}

/// The branch that is acted on: the pushed or deleted one, else the one that is checked out.
fn branch(words: &Words, unit: &Unit<'_, '_>, around: &Around<'_>) -> Match {
    if let Some(effect) = unit.effect.filter(|e| e.does.moves_refs()) {
        let name = moved_ref(effect);
        // Several at once, and this may be among them.
        if name.contains('*') || effect.marks.iter().any(|m| matches!(*m, "mirror" | "all")) {
            return Match::Maybe;
        }
        if !name.is_empty() && any(words, |w| globs::path(w, name) || globs::text(w, name)) == Match::Yes {
            return Match::Yes;
        }
        if !effect.target.known {
            return Match::Maybe;
        }
    }
    let context = &around.action.context;
    let here = context.branch.iter().chain(&context.checked_out);
    here.map(|branch| any(words, |w| globs::path(w, branch))).max().unwrap_or(Match::No)
}

/// What the branch is called that is acted on: the pushed or deleted one where it is named, else the one that is checked out.
#[must_use]
pub fn branch_named<'u>(unit: &Unit<'u, '_>, around: &'u Around<'_>) -> &'u str {
    let context = &around.action.context;
    let mut here = context.branch.iter().chain(&context.checked_out).map(String::as_str);
    match unit.effect.filter(|effect| effect.does.moves_refs()).map_or("", moved_ref) {
        named @ ("" | "HEAD") => here.next().unwrap_or(named),
        named => named,
    }
}

/// The name of the ref that an effect moves: `main` of `+HEAD:refs/heads/main` (git-push(1), "<refspec>").
fn moved_ref<'f>(effect: &'f Effect<'_>) -> &'f str {
    let name = effect.target.text.trim_start_matches('+');
    let name = name.rsplit(':').next().unwrap_or(name);
    let name = name.strip_prefix("refs/").unwrap_or(name);
    name.strip_prefix("heads/").unwrap_or(name)
}

fn target(words: &Words, effect: &Effect<'_>, around: &Around<'_>) -> Match {
    let mut best = Match::No;
    for word in &words.0 {
        let class = around.vocabulary.classes.names.iter().position(|n| n == word);
        let answer = match (class, effect.target.path) {
            (Some(bit), _) if effect.target.classes & (1 << bit) != 0 => Match::Yes,
            (Some(bit), _) if effect.target.maybe & (1 << bit) != 0 => Match::Maybe,
            (Some(_), _) => Match::No,
            (None, Some(path)) if names_path(word, path, around.snapshot) => Match::Yes,
            (None, _) if effect.target.real.is_some_and(|real| names_path(word, real, around.snapshot)) => Match::Yes,
            (None, _) if globs::text(word, effect.target.text) => Match::Yes,
            (None, _) if !effect.target.known => Match::Maybe,
            (None, _) => Match::No,
        };
        best = best.max(answer);
    }
    best
}
