//! `gate replay`: what was done before, judged under a policy: gate's own log, given actions, or an agent's transcripts.
//! Nothing is executed, nothing is recorded.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::print;
use super::shared::packs;
use super::shared::{alone, in_force};
use crate::action::{self, Action, ActionKind, What};
use crate::audit;
use crate::context::{self, Nowhere};
use crate::count::counted;
use crate::error::{Error, ExitCode, Result};
use crate::hosts::{claude_code, codex};
use crate::output::escape;
use crate::policy::{Decision, Policy, Profile};
use crate::redact::redact;

/// Lines of transcripts can be long: whole files stand in them.
const LINE: u64 = 64 << 20;
/// Files that are looked into.
const FILES: usize = 20_000;

pub fn replay(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let packs = packs()?;
    let mut policy = match matches.get_one::<String>("policy").map(String::as_str) {
        Some("builtin") => Policy::default(),
        Some(file) => alone(Path::new(file))?,
        None => in_force(None)?,
    };
    policy.said = matches.get_one::<String>("profile").and_then(|word| Profile::from_word(word));
    let days = matches.get_one::<u64>("days").copied().unwrap_or(31);
    let named: Vec<PathBuf> = matches.get_many::<String>("FILE").unwrap_or_default().map(PathBuf::from).collect();
    let mut sources = Sources::default();
    if named.is_empty() {
        let from = matches.get_one::<String>("from").map_or("all", String::as_str);
        for path in usual(from, days) {
            sources.read(&path, false)?;
        }
    }
    for path in &named {
        sources.read(path, true)?;
    }
    if sources.actions.is_empty() {
        return Err(Error::new("nothing was found to replay").help(
            "gate replay FILE reads gate's log, actions in JSON lines, or transcripts of Claude Code and Codex; \
             without FILE it looks in their usual places",
        ));
    }
    let show = matches.get_one::<String>("show").map_or("", String::as_str);
    let as_json = matches.get_one::<String>("format").map(String::as_str) == Some("json");
    let mut counts = [0_usize; 4];
    let mut rules: BTreeMap<(std::cmp::Reverse<Decision>, String), (usize, String)> = BTreeMap::new();
    let mut out = String::new();
    let mut cases = Vec::new();
    for action in &sources.actions {
        let snapshot = context::stated(&action.context.cwd);
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            crate::judge(action, snapshot, &Nowhere, &packs, &policy, |judged| {
                (judged.judgement.decision, judged.judgement.rule.clone(), judged.judgement.reason.clone())
            })
        }));
        let (decision, rule, reason) =
            judged.unwrap_or((Decision::Block, "internal".to_owned(), "gate failed inside on this one".to_owned()));
        counts[decision as usize] += 1;
        let line: String = escape::line(&redact(&action.line())).chars().take(160).collect();
        if decision > Decision::Allow {
            let entry = rules.entry((std::cmp::Reverse(decision), rule.clone())).or_insert((0, line.clone()));
            entry.0 += 1;
        }
        let wanted = match show {
            "all" => true,
            "warned" => decision == Decision::Warn,
            "stopped" => decision >= Decision::Escalate,
            _ => false,
        };
        if as_json {
            cases.push(serde_json::json!({
                "action": line, "decision": decision.word(), "rule": rule, "reason": redact(&reason),
                "agent": action.actor.name,
            }));
        } else if wanted {
            let _ = writeln!(out, "{:<8} {rule:<32} {line}", decision.word());
        }
    }
    let [silent, warned, escalated, blocked] = counts;
    let total = sources.actions.len();
    if as_json {
        let value = serde_json::json!({
            "schema": "gate.replay/v1", "actions": total, "silent": silent, "warned": warned,
            "escalated": escalated, "blocked": blocked, "unreadable": sources.unreadable, "not_whole": sources.not_whole,
            "files": sources.files,
            "cases": cases.into_iter().filter(|c| c["decision"] != "allow" || show == "all").collect::<Vec<_>>(),
        });
        print::stdout(&(value.to_string() + "\n"))?;
        return Ok(ExitCode::Allow);
    }
    if !show.is_empty() {
        out.push('\n');
    }
    let share = |count: usize| 100.0 * count as f64 / total as f64;
    let _ = writeln!(out, "{} from {}", counted(total as u64, "action"), counted(sources.files as u64, "file"));
    // What was at stake then is no longer to be seen.
    out.push_str("  judged by their words alone: no file, repository or stake of this machine was looked at\n");
    let _ = writeln!(out, "  silent   {silent:>6}  {:5.1} %", share(silent));
    let _ = writeln!(out, "  warned   {warned:>6}  {:5.1} %", share(warned));
    let stopped = escalated + blocked;
    let _ = writeln!(
        out,
        "  stopped  {stopped:>6}  {:5.1} %  ({escalated} need approval, {blocked} blocked)",
        share(stopped)
    );
    if sources.not_whole > 0 {
        let _ = writeln!(
            out,
            "  not kept whole in the log and not counted: {}",
            counted(sources.not_whole as u64, "action")
        );
    }
    if sources.unreadable > 0 {
        let _ = writeln!(out, "  not understood and not counted: {}", counted(sources.unreadable as u64, "line"));
    }
    if !rules.is_empty() {
        let _ = writeln!(out, "\nwhy, by rule (one of each shown)");
    }
    for ((decision, rule), (count, example)) in rules.iter().take(40) {
        let _ = writeln!(
            out,
            "  {:<8} {count:>5}  {rule:<32} {}",
            decision.0.word(),
            example.chars().take(90).collect::<String>()
        );
    }
    print::text(&out)?;
    Ok(ExitCode::Allow)
}

/// The recorded history of this user, for `gate policy diff`.
pub fn recorded() -> Result<Vec<Action>> {
    let mut sources = Sources::default();
    for path in usual("log", 3650) {
        sources.read(&path, false)?;
    }
    Ok(sources.actions)
}

/// Where logs and transcripts usually are.
fn usual(from: &str, days: u64) -> Vec<PathBuf> {
    let home = PathBuf::from(context::home());
    let since = SystemTime::now().checked_sub(Duration::from_secs(days.saturating_mul(86_400)));
    let mut out = Vec::new();
    if matches!(from, "all" | "log")
        && let Some(state) = audit::state_directory()
    {
        let log = state.join("log.jsonl");
        if log.is_file() {
            out.push(log);
        }
    }
    let setting = |name: &str, folder: &str| std::env::var_os(name).map_or_else(|| home.join(folder), PathBuf::from);
    if matches!(from, "all" | "claude-code") {
        transcripts(&setting("CLAUDE_CONFIG_DIR", ".claude").join("projects"), since, 4, &mut out);
    }
    if matches!(from, "all" | "codex") {
        transcripts(&setting("CODEX_HOME", ".codex").join("sessions"), since, 5, &mut out);
    }
    out
}

/// Recent `.jsonl` files below a folder; links are not followed.
fn transcripts(folder: &Path, since: Option<SystemTime>, depth: u32, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 {
            transcripts(&entry.path(), since, depth - 1, out);
        } else if kind.is_file() && entry.path().extension().is_some_and(|e| e == "jsonl") && out.len() < FILES {
            let recent = entry.metadata().and_then(|m| m.modified()).is_ok_and(|time| since.is_none_or(|s| time >= s));
            if recent {
                out.push(entry.path());
            }
        }
    }
}

#[derive(Default)]
struct Sources {
    actions: Vec<Action>,
    files: usize,
    unreadable: usize,
    /// Of the log: actions of which it keeps only the beginning, and those that no words describe (pushes, plans).
    not_whole: usize,
}

impl Sources {
    /// Reads one file, line by line. A line that is no action is passed over; one that is broken is counted.
    fn read(&mut self, path: &Path, named: bool) -> Result<()> {
        let shown = path.display();
        let file = match context::open_regular(path) {
            Ok(file) => file,
            Err(error) if named => return Err(Error::new(format!("cannot read {shown}: {error}"))),
            Err(_) => return Ok(()),
        };
        self.files += 1;
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        let mut cwd = String::new();
        loop {
            line.clear();
            let read = std::io::Read::take(&mut reader, LINE).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if named => return Err(Error::new(format!("cannot read {shown}: {error}"))),
                Err(_) => return Ok(()),
            }
            let Ok(text) = std::str::from_utf8(&line) else {
                self.unreadable += 1;
                continue;
            };
            if text.trim().is_empty() {
                continue;
            }
            // Most lines of a transcript are no tool calls; those are not worth reading.
            match serde_json::from_str::<Value>(text) {
                Ok(value) => self.line(text, &value, &mut cwd),
                Err(_) => self.unreadable += 1,
            }
        }
    }

    fn line(&mut self, text: &str, value: &Value, cwd: &mut String) {
        let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("");
        if word("schema") == "gate.record/v1" {
            if word("kind") == "decision" {
                match of_record(value) {
                    Some(action) => self.actions.push(action),
                    None => self.not_whole += 1,
                }
            }
            return;
        }
        if value.get("message").is_some() && value.get("type").is_some() {
            self.actions.extend(claude_code::transcript(value));
            return;
        }
        if let Some(directory) = codex::directory(value) {
            directory.clone_into(cwd);
        }
        if value.get("payload").is_some() || matches!(word("type"), "function_call" | "local_shell_call") {
            self.actions.extend(codex::transcript(value, cwd));
            return;
        }
        // An action of its own.
        let plain = value.get("script").or_else(|| value.get("command"));
        match plain {
            Some(Value::String(script)) if value.get("schema").is_none() => {
                let mut action = Action::shell(script, "");
                word("cwd").clone_into(&mut action.context.cwd);
                self.actions.push(action);
            }
            _ => match action::read(text.trim(), None) {
                Ok(action) => self.actions.push(action),
                // Other lines of transcripts and logs are none.
                Err(_) if value.get("type").is_some() || value.get("kind").is_some() => {}
                Err(_) => self.unreadable += 1,
            },
        }
    }
}

/// A record of gate's own log as the action that it was; secrets are gone from it. None where the log does not keep it whole.
fn of_record(value: &Value) -> Option<Action> {
    if value.get("action_cut").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("");
    let line = word("action");
    let mut action = match ActionKind::from_word(word("action_kind"))? {
        ActionKind::Shell | ActionKind::Argv => Action::shell(line, ""),
        kind @ (ActionKind::Tool | ActionKind::Deploy) => {
            let (verb, args) = line.split_once(' ').unwrap_or((line, "{}"));
            let (verb, args) = (verb.to_owned(), args.to_owned());
            let what = match kind {
                ActionKind::Tool => What::Tool { verb, args },
                _ => What::Deploy { kind: verb, args },
            };
            Action { what, ..Action::default() }
        }
        // Their line is not all that was decided on.
        ActionKind::Push | ActionKind::Plan => return None,
    };
    word("cwd").clone_into(&mut action.context.cwd);
    let environment = match word("environment_claimed") {
        "" => word("environment"),
        claimed => claimed,
    };
    action.context.environment = (!environment.is_empty()).then(|| environment.to_owned());
    word("actor_id").clone_into(&mut action.actor.id);
    word("actor_name").clone_into(&mut action.actor.name);
    Some(action)
}
