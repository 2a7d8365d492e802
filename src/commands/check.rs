//! `gate check` and `gate explain`: review, and say.

use std::io::{BufRead, Write};

use super::given;
use super::print;
use super::shared::{edge, exit_code, fail_on, log, name_action, packs};
use crate::action::{self, Action};
use crate::audit::Record;
use crate::cli::Given;
use crate::context;
use crate::context::Nowhere;
use crate::error::{Error, ExitCode, Result};
use crate::facts::Know;
use crate::facts::snapshot::Environment;
use crate::json::{self, Json};
use crate::limits;
use crate::notify;
use crate::output::{explain as explanation, github, human, json as machine, plan, sarif};
use crate::policy::Decision;
use crate::rules::Packs;

pub fn check(given: &Given) -> Result<ExitCode> {
    let packs = packs()?;
    if given.has("batch") {
        return batch(given, &packs);
    }
    let mut setup = given::setup(given, &packs, Environment::Likely)?;
    name_action(&mut setup.action);
    let (edge, policy) = (edge(&setup), setup.policy);
    let asked = crate::sys::variable("GATE_FORMAT").and_then(|value| value.into_string().ok());
    let format = given.get("format").or(asked.as_deref()).unwrap_or("text");
    let fail_on = fail_on(given, Decision::Warn);
    crate::judge(&setup.action, setup.snapshot, edge, &packs, &policy, |judged| {
        if !given.has("no-log")
            && let Err(problem) = log(&[Record::decision(judged, "check", "")])
        {
            print::stderr(&format!("gate: warning  the decision could not be recorded: {problem}\n"));
        }
        // Decoded only where somebody is to read it.
        let json = || machine::decision(judged, &packs.places().names);
        for problem in notify::tell(judged, &json) {
            print::stderr(&format!("gate: warning  {problem}\n"));
        }
        let decision = judged.judgement.decision;
        if let Some(report) = given.os("report") {
            let text = json() + "\n";
            std::fs::write(report, text)
                .map_err(|e| Error::new(format!("cannot write {}: {e}", report.to_string_lossy())))?;
        }
        match format {
            "json" => {
                print::stdout(&(json() + "\n"))?;
                return Ok(exit_code(decision, fail_on));
            }
            "sarif" => {
                let forms = ["workflow", "plan", "file", "action"];
                let anchor = forms.into_iter().find_map(|f| given.get(f)).filter(|f| *f != "-").unwrap_or("command");
                print::stdout(&(sarif::sarif(judged, anchor) + "\n"))?;
                return Ok(exit_code(decision, fail_on));
            }
            "github" => {
                print::stdout(&github::annotations(judged))?;
                let report = given.get("report").unwrap_or("");
                append("GITHUB_STEP_SUMMARY", &github::summary(judged))?;
                append("GITHUB_OUTPUT", &github::outputs(judged, report))?;
                return Ok(exit_code(decision, fail_on));
            }
            _ => {}
        }
        if !given.has("quiet") && (decision != Decision::Allow || given.has("plan")) {
            if given.has("plan") {
                print::stdout(&plan::table(judged, print::colour(given.get("color"), print::stdout_terminal())))?;
            }
            if decision == Decision::Allow {
                return Ok(exit_code(decision, fail_on));
            }
            let colour = print::colour(given.get("color"), print::stdout_terminal());
            print::stderr(&human::head(judged, print::colour(given.get("color"), print::stderr_terminal())));
            print::stdout(&human::body(judged, colour))?;
        }
        Ok(exit_code(decision, fail_on))
    })
}

/// Appends to a file that the runner names by a variable.
fn append(variable: &str, text: &str) -> Result<()> {
    let Some(path) = std::env::var_os(variable).filter(|p| !p.is_empty()) else { return Ok(()) };
    let fail = |e: std::io::Error| Error::new(format!("cannot write {variable}: {e}"));
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}

pub fn explain(given: &Given) -> Result<ExitCode> {
    let packs = packs()?;
    let setup = given::setup(given, &packs, Environment::Likely)?;
    let around = match setup.observed {
        true => context::surroundings::surroundings(std::path::Path::new(&setup.snapshot.cwd)),
        false => Vec::new(),
    };
    let (edge, policy) = (edge(&setup), setup.policy);
    crate::judge(&setup.action, setup.snapshot, edge, &packs, &policy, |judged| {
        if given.get("format") == Some("json") {
            print::stdout(&(machine::decision(judged, &packs.places().names) + "\n"))?;
        } else {
            print::stdout(&explanation::explain(judged, &packs.places().names, &around))?;
        }
        Ok(ExitCode::Allow)
    })
}

const CHUNK: usize = 256;

/// `--batch`: one action a line, answers in order; records are written before their answers are printed.
fn batch(given: &Given, packs: &Packs) -> Result<ExitCode> {
    let policy = given::policy(given, None)?;
    let mut input = std::io::stdin().lock();
    let mut out = std::io::stdout().lock();
    let mut strictest = Decision::Allow;
    let (mut records, mut answers) = (Vec::new(), String::new());
    let names = &packs.places().names;
    let actor = context::actor(packs, given.get("actor"), false);
    let wanted = !given.has("no-log");
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = limits::INPUT as u64 + 1;
        let mut bounded = std::io::Read::take(&mut input, limit);
        let count =
            bounded.read_until(b'\n', &mut line).map_err(|e| Error::new(format!("cannot read standard input: {e}")))?;
        if count == 0 {
            break;
        }
        let whole = line.last() == Some(&b'\n');
        let too_long = !whole && count as u64 == limit;
        if too_long {
            skip_line(&mut input)?;
        }
        let text = if too_long {
            Err("the line is larger than the limit")
        } else {
            std::str::from_utf8(&line).map_err(|_| "the line is not UTF-8")
        };
        let result = text.map_err(Error::new).and_then(|t| {
            let t = t.trim_end_matches(['\n', '\r']);
            if t.trim().is_empty() { Err(Error::new("the line is empty")) } else { batch_action(t, given) }
        });
        match result {
            Ok((id, mut action)) => {
                if action.actor.name.is_empty() {
                    action.actor.name.clone_from(&actor.name);
                }
                if let Some(id) = &id {
                    action.id.clone_from(id);
                }
                let snapshot = context::stated(&action.context.cwd);
                // One bad line must not end the batch, whatever happens inside.
                let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    crate::judge(&action, snapshot, &Nowhere, packs, &policy, |judged| {
                        let record = wanted.then(|| Record::decision(judged, "check", ""));
                        (judged.judgement.decision, machine::decision(judged, names), record)
                    })
                }));
                match judged {
                    Ok((decision, text, record)) => {
                        strictest = strictest.max(decision);
                        records.extend(record);
                        with_id(&mut answers, id.as_deref(), &text);
                    }
                    Err(_) => {
                        strictest = Decision::Block;
                        error_line(&mut answers, id.as_deref(), "gate failed inside on this line");
                    }
                }
            }
            Err(error) => {
                strictest = Decision::Block;
                error_line(&mut answers, id_of(&line).as_deref(), &error.message);
            }
        }
        if records.len() >= CHUNK || answers.len() > 1 << 20 {
            flush(&mut records, &mut answers, &mut out)?;
        }
    }
    flush(&mut records, &mut answers, &mut out)?;
    Ok(exit_code(strictest, fail_on(given, Decision::Warn)))
}

fn flush(records: &mut Vec<Record>, answers: &mut String, out: &mut impl Write) -> Result<()> {
    if !records.is_empty()
        && let Err(problem) = log(records)
    {
        print::stderr(&format!("gate: warning  decisions could not be recorded: {problem}\n"));
    }
    records.clear();
    let result = out.write_all(answers.as_bytes()).and_then(|()| out.flush());
    answers.clear();
    result.map_err(|e| Error::new(format!("cannot write to standard output: {e}")))
}

fn skip_line(input: &mut impl BufRead) -> Result<()> {
    loop {
        let buffer = input.fill_buf().map_err(|e| Error::new(format!("cannot read standard input: {e}")))?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, end) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        input.consume(used);
        if end {
            return Ok(());
        }
    }
}

fn with_id(out: &mut String, id: Option<&str>, decision: &str) {
    match id {
        Some(id) => {
            out.push_str("{\"id\":");
            json::quote(id, out);
            out.push(',');
            out.push_str(&decision[1..]);
        }
        None => out.push_str(decision),
    }
    out.push('\n');
}

fn error_line(out: &mut String, id: Option<&str>, message: &str) {
    out.push('{');
    if let Some(id) = id {
        out.push_str("\"id\":");
        json::quote(id, out);
        out.push(',');
    }
    out.push_str("\"schema\":\"gate.decision/v1\",\"decision\":\"block\",\"error\":");
    json::quote(message, out);
    out.push_str("}\n");
}

fn id_of(line: &[u8]) -> Option<String> {
    let value = json::parse(std::str::from_utf8(line).ok()?.trim()).ok()?;
    value.get("id").and_then(Json::text).map(str::to_owned)
}

/// A line: an action, `{"script": …}` or `{"command": "…" | […]}`.
fn batch_action(text: &str, given: &Given) -> Result<(Option<String>, Action)> {
    let value = json::parse(text).map_err(|e| Error::new(format!("the line is not valid JSON: {e}")))?;
    if !matches!(value, Json::Object(_)) {
        return Err(Error::new("a line is a JSON object"));
    }
    let id = match value.get("id") {
        None => None,
        Some(Json::String(id)) => Some(id.to_string()),
        Some(Json::Number(id)) => Some((*id).to_owned()),
        Some(_) => return Err(Error::new("`/id` must be a string")),
    };
    let plain = value.get("schema").is_none()
        && value.get("verb").is_none()
        && value.get("tool_name").is_none()
        && value.get("actionType").is_none();
    if value.get("script").is_some() && value.get("command").is_some() {
        return Err(Error::new("the line has both `script` and `command`"));
    }
    let mut action = match (plain, value.get("script"), value.get("command")) {
        (true, Some(Json::String(script)), None) | (true, None, Some(Json::String(script))) => {
            given::without_nul(script, "the script")?;
            if script.trim().is_empty() {
                return Err(Error::new("the script is empty"));
            }
            let shell = match value.get("shell") {
                None => given.get("shell").unwrap_or(""),
                Some(Json::String(shell)) => shell,
                Some(_) => return Err(Error::new("`/shell` must be a string")),
            };
            let mut action = Action::shell(script, shell);
            action.claimed = true;
            action
        }
        (true, None, Some(Json::Array(items))) => {
            let words: Vec<std::ffi::OsString> = items
                .iter()
                .map(|i| {
                    i.text()
                        .map(std::ffi::OsString::from)
                        .ok_or_else(|| Error::new("`/command` must be a string or strings"))
                })
                .collect::<Result<_>>()?;
            if words.is_empty() {
                return Err(Error::new("`/command` is empty"));
            }
            let mut action = Action::argv(words);
            action.claimed = true;
            action
        }
        (true, Some(_), _) => return Err(Error::new("`/script` must be a string")),
        (true, _, Some(_)) => return Err(Error::new("`/command` must be a string or strings")),
        _ => action::from_json(&value, None)?,
    };
    if plain {
        action::said_beside(&value, &mut action)?;
        if let Some(cwd) = value.get("cwd") {
            cwd.text().unwrap_or("").clone_into(&mut action.context.cwd);
        }
    }
    if let Some(environment) = given.get("environment") {
        action.context.environment = Some(environment.to_owned());
    }
    if !action.context.cwd.is_empty() && !action.context.cwd.starts_with('/') {
        return Err(Error::new("`cwd` must be an absolute path"));
    }
    Ok((id, action))
}
