//! Facts × rules × factors → assessment. Arithmetic that a person can follow: DESIGN of the scores in `docs/risk.md`.

use crate::action::{Action, ActorKind};
use crate::count::counted;
use crate::facts::knowledge::{Category, Circumstance, Factor, Kind, Level, Places, Rule, Where, mark_bits};
use crate::facts::paths::core;
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask, Snapshot, Stake, StakeKind};
use crate::facts::value::Val;
use crate::facts::{Call, Effect, Facts, Know, Opt, globs};
use crate::rules::Packs;
use crate::rules::matcher::{self, Around, Match};

/// Base score of a level, in hundredths.
#[must_use]
pub fn base(level: Level) -> i32 {
    match level {
        Level::Low => 20,
        Level::Medium => 45,
        Level::High => 70,
        Level::Critical => 90,
    }
}

/// The level whose band a score is in: low < .30 ≤ medium < .60 ≤ high < .80 ≤ critical.
#[must_use]
pub fn band(score: i32) -> Level {
    match score {
        ..30 => Level::Low,
        30..60 => Level::Medium,
        60..80 => Level::High,
        _ => Level::Critical,
    }
}

/// A factor that applied, with its weight in hundredths.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub name: &'static str,
    pub weight: i32,
    pub because: String,
}

/// One rule that fired.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule<'static>,
    pub certain: bool,
    /// Hundredths, 0 to 100, after the factors.
    pub score: i32,
    pub level: Level,
    pub factors: Vec<Applied>,
    /// What fired it, as it would run: `rm -rf /`.
    pub evidence: String,
    /// The target, where there is one.
    pub target: String,
    /// The place in the innermost source.
    pub span: Span,
    /// Index into the effects, where an effect fired it.
    pub effect: Option<usize>,
    /// Index into the calls.
    pub call: Option<usize>,
    /// The environment that its target is in; empty if not known.
    pub environment: &'static str,
    /// What would be lost, counted.
    pub stake: Option<String>,
}

/// How bad it is, and how sure we are.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    pub findings: Vec<Finding>,
    /// Hundredths, 0 to 100: the highest finding.
    pub risk: i32,
    /// Every call is known to be harmless, with all its options.
    pub read_only: bool,
}

const ENVIRONMENTS: [&str; 5] = ["development", "test", "", "staging", "production"];
const MOST_FINDINGS: usize = 64;

/// Assesses facts. `protected` are paths that a policy protects, beside those that the action names.
#[must_use]
pub fn assess(
    facts: &Facts<'_>,
    action: &Action,
    snapshot: &Snapshot,
    protected: &[String],
    packs: &Packs,
) -> Assessment {
    let mut findings: Vec<Finding> = Vec::new();
    let actor = match action.actor.kind {
        ActorKind::Human => "human",
        ActorKind::Agent => "agent",
        ActorKind::Ci => "ci",
    };
    let branch = action.context.branch.as_deref().unwrap_or("");
    let secret_seen = action.trajectory.iter().any(|s| s.secret);
    let secret_carried = action.trajectory.iter().any(|s| s.carried);
    let mut consider = |rule: &'static Rule<'static>,
                        effect: Option<(usize, &Effect<'_>)>,
                        call: Option<(usize, &Call<'_>)>,
                        environment: &'static str| {
        let around = Around { environment, actor, branch, secret_seen, secret_carried };
        let index = call.map(|(index, _)| index);
        let call = call.map(|(_, call)| call);
        let answer = matcher::rule(rule, effect.map(|(_, e)| e), call, packs.places(), around);
        if answer == Match::No {
            return;
        }
        let span = effect.map_or_else(|| call.map_or(Span::default(), |c| c.span), |(_, e)| e.span);
        let at_stake = effect.and_then(|(_, e)| stake(e, facts, snapshot));
        let nothing = at_stake.as_ref().is_some_and(|s| s.nothing)
            && effect.is_none_or(|(_, e)| e.does != Kind::DiscardWork || as_it_was_found(e, facts, packs.places()));
        // Work that is not there is not thrown away; what moves a branch as well may lose its commits.
        let silent = |e: &Effect<'_>| discards(e) && call.is_some_and(|call| !goes_elsewhere(call));
        if nothing && effect.is_some_and(|(_, e)| silent(e)) {
            return;
        }
        let mut finding = Finding {
            call: index,
            stake: at_stake.map(|s| s.text),
            ..finding(rule, answer == Match::Yes, effect, call, environment, span, action, protected, packs)
        };
        if nothing && !rule.floor {
            lower_for_nothing(&mut finding, packs);
        }
        let full = findings.len() >= MOST_FINDINGS;
        match findings.iter_mut().find(|f| std::ptr::eq(f.rule, rule) && facts.same_place(f.span, finding.span)) {
            Some(before) if before.score >= finding.score => {}
            Some(before) => *before = finding,
            // The least of them makes room: no number of small ones hides a grave one.
            None if full => {
                if let Some(least) = findings.iter_mut().min_by_key(|f| f.score).filter(|f| f.score < finding.score) {
                    *least = finding;
                }
            }
            None => findings.push(finding),
        }
    };
    for (index, effect) in facts.effects.iter().enumerate() {
        let at = effect.call as usize;
        let call = facts.calls.get(at);
        let classes = effect.target.classes | effect.target.maybe;
        let mut rules = packs.triggered(effect.does, classes, mark_bits(effect.marks.iter().copied())).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let environment = environment(action, Some(effect), call, packs.places());
        for rule in rules.filter_map(|id| packs.rule(id)) {
            consider(rule, Some((index, effect)), call.map(|c| (at, c)), environment);
        }
    }
    for (at, call) in facts.calls.iter().enumerate() {
        // Rules on the program, attached to its entry.
        if let Some(entry) = call.entry
            && !entry.rules.is_empty()
        {
            let environment = environment(action, None, Some(call), packs.places());
            for index in &entry.rules {
                if let Some(rule) = packs.rule((0, *index)) {
                    consider(rule, None, Some((at, call)), environment);
                }
            }
        }
    }
    findings.sort_by(|a, b| {
        b.score
            .cmp(&a.score)
            .then(b.certain.cmp(&a.certain))
            .then(a.span.start.cmp(&b.span.start))
            .then(a.rule.id.cmp(b.rule.id))
    });
    let risk = findings.iter().map(|f| f.score).max().unwrap_or(0);
    let read_only = findings.is_empty() && facts.only_reads();
    Assessment { findings, risk, read_only }
}

#[expect(clippy::too_many_arguments, reason = "a finding is made of all of these")]
fn finding(
    rule: &'static Rule<'static>,
    certain: bool,
    effect: Option<(usize, &Effect<'_>)>,
    call: Option<&Call<'_>>,
    environment: &'static str,
    span: Span,
    action: &Action,
    protected: &[String],
    packs: &Packs,
) -> Finding {
    let level = if certain { rule.risk } else { lowered(rule.risk) };
    let mut factors: Vec<Applied> = Vec::new();
    for factor in packs.factors() {
        if let Some(because) =
            applies(factor, rule, effect.map(|(_, e)| e), call, environment, action, protected, packs)
        {
            factors.push(Applied { name: factor.name, weight: i32::from(factor.weight), because });
        }
    }
    let sum: i32 = factors.iter().map(|f| f.weight).sum::<i32>().clamp(-30, 30);
    let score = (base(level) + sum).clamp(0, 100);
    let target = match effect {
        Some((_, effect)) if !effect.later.is_empty() => format!("{} (when {} runs)", effect.target.text, effect.later),
        Some((_, effect)) => effect.target.text.to_owned(),
        None => String::new(),
    };
    let evidence = call.map_or_else(|| target.clone(), |call| evidence(call));
    Finding {
        rule,
        certain,
        score,
        level: band(score),
        factors,
        evidence,
        target,
        span,
        effect: effect.map(|(i, _)| i),
        call: None,
        environment,
        stake: None,
    }
}

/// The question of what is at stake in an effect, if it can be counted.
#[must_use]
pub fn stake_of(effect: &Effect<'_>, facts: &Facts<'_>, snapshot: &Snapshot) -> Option<Ask> {
    let ask = |kind: StakeKind, what: &str| {
        let directory = match kind {
            StakeKind::Files => snapshot.cwd.clone(),
            _ => repository_of(facts.calls.get(effect.call as usize)?, facts)?,
        };
        Some(Ask::Stake { kind, directory, what: what.to_owned() })
    };
    let marked = |mark: &str| effect.marks.contains(&mark);
    match effect.does {
        // A whole system or home is not counted: it says enough, and would take long.
        Kind::Delete if effect.target.classes & (core::ROOT | core::HOME) != 0 => None,
        // Nor is what a pattern means.
        Kind::Delete if effect.target.text.contains(['*', '?', '[']) => None,
        Kind::Delete => effect.target.path.and_then(|path| ask(StakeKind::Files, path)),
        Kind::DiscardWork if marked("reflog") || marked("prune") => None,
        Kind::DiscardWork if marked("untracked") => ask(StakeKind::Changes, "untracked"),
        Kind::DiscardWork if marked("ignored") || marked("only-ignored") => ask(StakeKind::Changes, "ignored"),
        Kind::DiscardWork if marked("stash") || marked("stashes") => ask(StakeKind::Changes, "stashes"),
        Kind::DiscardWork if facts.calls.get(effect.call as usize).is_some_and(goes_elsewhere) => {
            ask(StakeKind::Changes, "all")
        }
        Kind::DiscardWork => ask(StakeKind::Changes, "changed"),
        Kind::Push if marked("force") || marked("lease") => ask(StakeKind::Rewritten, effect.target.text),
        Kind::DeleteRef if marked("local-force") => ask(StakeKind::Branch, effect.target.text),
        _ => None,
    }
}

/// The folder whose repository a call of git works on, as far as its words say so.
fn repository_of(call: &Call<'_>, facts: &Facts<'_>) -> Option<String> {
    let elsewhere = |text: &str| text.contains("GIT_DIR=") || text.contains("GIT_WORK_TREE=");
    let named = |option: &Opt<'_>| matches!(option.spelled, "--git-dir" | "--work-tree");
    if call.directory.is_empty()
        || call.options.iter().any(named)
        || facts.sources.first().is_some_and(|source| elsewhere(source.text))
    {
        return None;
    }
    let mut folder = call.directory.to_owned();
    for option in call.options.iter().filter(|option| option.spelled == "-C") {
        let given = option.value?.val.lit()?;
        folder = if given.starts_with('/') { given.to_owned() } else { format!("{folder}/{given}") };
    }
    Some(folder)
}

/// What is at stake in an effect: counted by the edge, or by the plan itself.
fn stake(effect: &Effect<'_>, facts: &Facts<'_>, snapshot: &Snapshot) -> Option<Stake> {
    if effect.marks.contains(&"plan") {
        let count = |mark: &str| {
            let lost = |e: &&Effect<'_>| e.does == Kind::Destroy && e.marks.contains(&mark);
            facts.effects.iter().filter(lost).count()
        };
        let (data, plain) = (count("plan-data") as u64, count("plan-plain") as u64);
        return (data + plain > 0).then(|| Stake {
            text: format!(
                "{} of data, keys, names or rights, and {} would be gone",
                counted(data, "resource"),
                counted(plain, "other")
            ),
            nothing: false,
        });
    }
    if matches!(effect.does, Kind::Apply | Kind::Destroy)
        && let Some(counted) = manifests(effect, facts)
    {
        return Some(Stake { text: counted, nothing: false });
    }
    match snapshot.answers.get(&stake_of(effect, facts, snapshot)?)? {
        Answer::Stake(stake) => Some(stake.clone()),
        _ => None,
    }
}

/// What the manifests of a call hold, namespace by namespace.
fn manifests(effect: &Effect<'_>, facts: &Facts<'_>) -> Option<String> {
    let same = facts.effects.iter().filter(|e| e.call == effect.call && e.marks.contains(&"manifest"));
    let counted: Vec<&str> = same.map(|e| e.target.text).collect();
    (!counted.is_empty()).then(|| counted.join("; "))
}

/// Whether an effect throws away what was not committed, and nothing else.
fn discards(effect: &Effect<'_>) -> bool {
    effect.does == Kind::DiscardWork && !effect.marks.contains(&"moves-back")
}

/// Whether an effect comes about in the repository as it was looked at: by git itself, told nothing else, with nothing before
/// it that changes anything. Whatever is not one of these plain forms may mean another repository, or come later.
fn as_it_was_found(effect: &Effect<'_>, facts: &Facts<'_>, places: &Places<'_>) -> bool {
    const STEERS: [&str; 18] = [
        "GIT", "trap", "while", "until", "for ", "alias", "export", "declare", "typeset", "source", ". ./", "printf",
        "read ", "eval", "set -a", "sleep", "exec", "nohup",
    ];
    let here = |call: &Call<'_>| call.program == "git" && call.place.kind == Where::Same && call.place.via.is_empty();
    let plain = |call: &Call<'_>| here(call) && (is_plain(call) || goes_elsewhere(call));
    let kept = |call: &Call<'_>| {
        here(call)
            && places.listed("keeps-a-repository", call.verb)
            && call.options.iter().all(|option| !matches!(option.spelled, "-c" | "--config-env"))
            && call
                .operands
                .iter()
                .all(|operand| operand.field.val.lit().is_some_and(|word| !word.contains([':', '+'])))
    };
    let before = &facts.calls[..(effect.call as usize).min(facts.calls.len())];
    let nothing_else =
        |effect: &Effect<'_>| matches!(effect.does, Kind::Read | Kind::Query | Kind::Fetch | Kind::DiscardWork);
    let own = facts.effects.iter().position(|other| std::ptr::eq(other, effect)).unwrap_or(0);
    effect.span.source == 0
        && facts.calls.get(effect.call as usize).is_some_and(plain)
        && before.iter().all(|call| kept(call) || here(call) && is_plain(call))
        && facts.effects[..own].iter().all(nothing_else)
        && facts.sources.first().is_some_and(|source| !STEERS.iter().any(|word| source.text.contains(word)))
}

/// Whether a call of git throws away what is not committed in one of its everyday forms: `git checkout .`, `git restore .`,
/// `git reset --hard`, `git clean -fd`, `git stash drop`, with where it is done, and nothing else.
fn is_plain(call: &Call<'_>) -> bool {
    let mut words = call.words.iter().skip(1).map(|word| word.val.lit());
    let mut verb = words.next().flatten();
    while verb == Some("-C") {
        let _ = words.next();
        verb = words.next().flatten();
    }
    let rest: Vec<Option<&str>> = words.collect();
    let all = |known: &[&str]| rest.iter().all(|word| word.is_some_and(|word| known.contains(&word)));
    match verb {
        Some("checkout") => all(&[".", "./", ":/", "--", "-q", "--quiet"]),
        Some("restore") => all(&[".", "./", ":/", "--", "-q", "--quiet", "-W", "--worktree", "-S", "--staged"]),
        Some("reset") => all(&["--hard", "--merge", "HEAD", "-q", "--quiet"]),
        Some("clean") => all(&[
            "-f", "-d", "-x", "-q", "-fd", "-df", "-fdx", "-dfx", "-xdf", "-xfd", "-fxd", "-ffdx", "-ffd", "-fx",
            "-fdX", "--force", ".",
        ]),
        Some("stash") => all(&["drop", "clear", "-q", "--quiet", "stash@{0}"]),
        _ => false,
    }
}

/// `git reset --hard origin/main`, `git checkout -f main`: to other commits, over files that are not its own.
fn goes_elsewhere(call: &Call<'_>) -> bool {
    const OPTIONS: [&str; 8] = ["--hard", "--merge", "-f", "--force", "--discard-changes", "-q", "--quiet", "-C"];
    let words: Option<Vec<&str>> = call.words.iter().skip(1).map(|word| word.val.lit()).collect();
    words.is_some_and(|words| {
        matches!(words.first(), Some(&("reset" | "checkout" | "switch")))
            && words.iter().filter(|word| word.starts_with('-')).all(|word| OPTIONS.contains(word))
            && words[1..]
                .iter()
                .filter(|word| !word.starts_with('-'))
                .any(|word| !matches!(*word, "HEAD" | "." | "./" | ":/"))
    })
}

/// Nothing at stake lowers, within the bound that all factors together have.
fn lower_for_nothing(finding: &mut Finding, packs: &Packs) {
    let Some(factor) = packs.factors().iter().find(|f| f.circumstance == Some(Circumstance::NothingAtStake)) else {
        return;
    };
    let because = finding.stake.clone().unwrap_or_default();
    finding.factors.push(Applied { name: factor.name, weight: i32::from(factor.weight), because });
    let sum: i32 = finding.factors.iter().map(|f| f.weight).sum::<i32>().clamp(-30, 30);
    let level = if finding.certain { finding.rule.risk } else { lowered(finding.rule.risk) };
    finding.score = (base(level) + sum).clamp(0, 100);
    finding.level = band(finding.score);
}

/// One level lower: what is only possible.
fn lowered(level: Level) -> Level {
    match level {
        Level::Critical => Level::High,
        Level::High => Level::Medium,
        Level::Medium | Level::Low => Level::Low,
    }
}

/// Bytes of one word that people may want to read.
const LONGEST_WORD: usize = 4 << 10;

/// As much of a word as is shown: whole lines or words, for a secret that is cut in two is not known as one.
fn beginning(text: &str) -> &str {
    if text.len() <= LONGEST_WORD {
        return text;
    }
    let start = (0..LONGEST_WORD).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    &start[..start.rfind(char::is_whitespace).unwrap_or(0)]
}

/// The call as it would run, wrappers taken off, quoted where needed.
fn evidence(call: &Call<'_>) -> String {
    if call.words.is_empty() {
        return call.verb.to_owned();
    }
    let mut out = String::new();
    for field in call.words {
        if !out.is_empty() {
            out.push(' ');
        }
        match field.val {
            crate::facts::value::Val::Lit(text) => {
                let start = beginning(text);
                out.push_str(&shell_words::quote(start));
                if start.len() < text.len() {
                    out.push('…');
                    break;
                }
            }
            other => out.push_str(&other.text()),
        }
        if out.len() > 400 {
            out.push('…');
            break;
        }
    }
    out
}

#[expect(clippy::too_many_arguments, reason = "a factor may ask about all of these")]
fn applies(
    factor: &Factor<'_>,
    rule: &Rule<'_>,
    effect: Option<&Effect<'_>>,
    call: Option<&Call<'_>>,
    environment: &str,
    action: &Action,
    protected: &[String],
    packs: &Packs,
) -> Option<String> {
    if !factor.effects.is_empty() && !effect.is_some_and(|e| factor.effects.contains(&e.does)) {
        return None;
    }
    if !factor.categories.is_empty() && !factor.categories.contains(&rule.category) {
        return None;
    }
    if effect.is_some_and(|e| factor.not_marks.iter().any(|m| e.marks.contains(&m))) {
        return None;
    }
    if !factor.environment.is_empty() {
        if factor.environment != environment {
            return None;
        }
        // A person's word lowers only what nothing observed contradicts; a request's own word never lowers.
        let declared =
            action.context.environment.as_deref().is_some_and(|e| environment_of(e, packs.places()) == environment);
        if factor.weight < 0 && action.claimed && declared {
            return None;
        }
        let observed = action
            .context
            .observed
            .iter()
            .chain(call.map_or(&[][..], |c| c.observed))
            .find(|(n, _)| environment_of(n, packs.places()) == environment);
        let whence = match observed {
            Some((name, where_from)) => format!("{name}, {where_from}"),
            None if declared => "declared".to_owned(),
            None => "named by the target".to_owned(),
        };
        return Some(format!("{} ({whence})", factor.because));
    }
    if !factor.path.is_empty() {
        let wanted = packs.places().classes(factor.path);
        let hit = effect.is_some_and(|e| e.target.classes & wanted != 0);
        return hit.then(|| factor.because.to_owned());
    }
    if !factor.marks.is_empty() {
        let hit = effect.is_some_and(|e| factor.marks.iter().any(|m| e.marks.contains(&m)));
        return hit.then(|| factor.because.to_owned());
    }
    match factor.circumstance? {
        Circumstance::Protected => {
            let paths: Vec<&str> = action.context.protected_paths.iter().chain(protected).map(String::as_str).collect();
            if paths.is_empty() {
                return None;
            }
            let infrastructure = matches!(rule.category, Category::Infrastructure);
            let path = effect.and_then(|e| e.target.path);
            let named = path.is_some_and(|p| {
                paths.iter().any(|protected| {
                    let inside = format!("**/{}/**", protected.trim_matches('/'));
                    globs::path(&inside, p)
                })
            });
            (infrastructure || named).then(|| format!("{}: {}", factor.because, paths.join(", ")))
        }
        Circumstance::Refused => {
            let refused = action
                .trajectory
                .iter()
                .filter(|s| matches!(s.decision.as_str(), "block" | "escalate" | "refused" | "blocked" | "denied"))
                // Of steps that gate reviewed only the same thing again counts, in whatever clothes.
                .any(|s| s.rules.is_empty() || s.rules.iter().any(|r| r == rule.id));
            refused.then(|| factor.because.to_owned())
        }
        Circumstance::Failed => {
            let failed = action.trajectory.iter().any(|s| matches!(s.result.as_str(), "failed" | "failure" | "error"));
            failed.then(|| factor.because.to_owned())
        }
        Circumstance::Warnings => {
            let warned = action.trajectory.iter().filter(|s| s.decision == "warn").count();
            (warned >= 4).then(|| format!("{}: {warned} of the last steps", factor.because))
        }
        // Weighed where what is lost is known.
        Circumstance::NothingAtStake => None,
    }
}

/// The environment that a target is in: the strictest of what is declared and what names say.
#[must_use]
pub fn environment<'p>(
    action: &Action,
    effect: Option<&Effect<'_>>,
    call: Option<&Call<'_>>,
    places: &crate::facts::knowledge::Places<'p>,
) -> &'p str {
    let mut strictest: Option<usize> = None;
    let mut see = |name: &str| {
        if let Some(rank) = ENVIRONMENTS.iter().position(|e| *e == name).filter(|_| !name.is_empty()) {
            strictest = Some(strictest.map_or(rank, |s| s.max(rank)));
        }
    };
    if let Some(declared) = action.context.environment.as_deref() {
        see(environment_of(declared, places));
    }
    if action.context.production == Some(true) {
        see("production");
    }
    for (name, _) in &action.context.observed {
        see(environment_of(name, places));
    }
    // Whoever is given rights may be called anything: `ci-bot` is nobody's test environment.
    let names_somebody = |effect: &Effect<'_>| {
        effect.does == Kind::Grant && effect.marks.iter().any(|mark| matches!(*mark, "identity" | "registry"))
    };
    if let Some(call) = call {
        if !call.place.name.is_empty() {
            see(environment_of(call.place.name, places));
        }
        for (name, _) in call.observed {
            see(environment_of(name, places));
        }
        let of_target = |option: &Opt<'_>| {
            let mut names = option.names.iter();
            places.listed("target-options", option.spelled) || names.any(|name| places.listed("target-options", name))
        };
        for option in call.options {
            if let Some(field) = option.value
                && of_target(option)
                && !(option.is("--name") && effect.is_some_and(names_somebody))
            {
                match field.val.lit() {
                    Some(value) => see(environment_of(value, places)),
                    // `--context "prod-$REGION"`
                    None if field.val.each().any(|one| speaks_of_production(one, places)) => see("production"),
                    None => {}
                }
            }
        }
    }
    // `psql "$PROD_DATABASE_URL"`: where it leads says the name of the variable.
    if let Some(call) = call
        && call.entry.is_some_and(|entry| entry.context == "database")
    {
        for named in
            ["database", "url"].into_iter().flat_map(|name| call.fields(name)).filter_map(|field| field.val.lit())
        {
            for name in servers_and_databases(named) {
                see(environment_of(name, places));
            }
        }
        let fields = places.list("database-names").flat_map(|name| call.fields(name));
        let mut unknown = fields.flat_map(|field| field.val.each()).filter(|one| one.lit().is_none());
        if unknown.any(|one| speaks_of_production(one, places)) {
            see("production");
        }
    }
    // By an address in the code that does it.
    if effect.is_some_and(|effect| effect.marks.contains(&"in-production")) {
        see("production");
    }
    if let Some(effect) = effect
        && !effect.marks.contains(&"redirect")
        && !names_somebody(effect)
        && effect.target.path.is_none()
        // Where code comes from is not where it runs: `psql app_dev < prod.sql`.
        && effect.does != Kind::Code
        && !(matches!(effect.does, Kind::Push | Kind::DeleteRef) && describes(effect.target.text, places))
    {
        see(environment_of(effect.target.text, places));
    }
    let name = strictest.map_or("", |s| ENVIRONMENTS[s]);
    places.environments.iter().map(|(_, e)| *e).find(|e| *e == name).unwrap_or("")
}

/// The server and the database that an operand of a client names, without who logs in there: a name, an address, or libpq's
/// `host=… dbname=…`. What this machine calls a database is its own affair.
fn servers_and_databases(named: &str) -> Vec<&str> {
    if let Some((_, place)) = named.split_once("://") {
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let place = place.split('?').next().unwrap_or(place);
        let (host, database) = place.split_once('/').unwrap_or((place, ""));
        return match crate::facts::paths::is_own_machine(host.split(':').next().unwrap_or(host)) {
            true => Vec::new(),
            false => vec![host, database],
        };
    }
    match named.contains('=') {
        true => {
            let said = named.split_whitespace().filter_map(|part| part.split_once('='));
            said.filter(|(key, _)| matches!(*key, "host" | "hostaddr" | "dbname" | "service"))
                .map(|(_, value)| value)
                .collect()
        }
        false => vec![named],
    }
}

/// Whether a name that is not known as a whole is one of production's; that a part of it is for tests says nothing.
fn speaks_of_production(name: Val<'_>, places: &crate::facts::knowledge::Places<'_>) -> bool {
    environment_of(&name.text(), places) == "production"
}

/// Whether the name of a branch says what is done in it, and not where it is run: `fix-prod-login-page`.
fn describes(branch: &str, places: &crate::facts::knowledge::Places<'_>) -> bool {
    let name = branch.rsplit([':', '/']).next().unwrap_or(branch);
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let first = words.next().unwrap_or_default();
    // `prod-eu-1`, `release-prod-eu`
    let place = !places.environment_of_words(first).is_empty() || matches!(first, "release" | "deploy" | "env");
    !place && words.count() > 1
}

/// The environment that a name speaks of: `prod-eu-1` is production. What the house says of it comes first; what a layer
/// says that is not trusted only raises.
#[must_use]
pub fn environment_of<'p>(name: &str, places: &crate::facts::knowledge::Places<'p>) -> &'p str {
    if name.is_empty() || name.len() > 256 {
        return "";
    }
    let own = |trusted: bool| {
        let named = places.house.iter().filter(|h| h.trusted == trusted && globs::text(h.pattern, name));
        named.map(|h| h.environment).max_by_key(|environment| rank(environment))
    };
    // That a device's path begins so says nothing.
    let device = name.contains("/dev/").then(|| name.replace("/dev/", "/"));
    let words = device.as_deref().unwrap_or(name);
    // Nor does the domain of a house: `files.acme.local`.
    let host = words.trim_start_matches('/').split(['/', ':']).next().unwrap_or(words);
    let words =
        if host.ends_with(".local") && host.matches('.').count() > 1 { host.trim_end_matches(".local") } else { words };
    let known = own(true).unwrap_or_else(|| places.environment_of_words(words));
    own(false).filter(|raised| rank(raised) > rank(known)).unwrap_or(known)
}

/// How strict an environment is.
fn rank(environment: &str) -> usize {
    ENVIRONMENTS.iter().position(|e| *e == environment).unwrap_or(0)
}
