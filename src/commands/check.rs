//! `gate check` and `gate explain`: review, and say.

use std::io::{BufRead, Write};

use super::given;
use super::print;
use super::shared::{edge, exit_code, fail_on, format, log, name_action, packs, record};
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
use crate::output::places::Anchor;
use crate::output::{escape, explain as explanation, github, human, json as machine, plan, sarif};
use crate::policy::Decision;
use crate::redact::redact;
use crate::rules::Packs;

pub fn check(given: &Given) -> Result<ExitCode> {
    let packs = packs()?;
    if given.has("batch") {
        return batch(given, &packs);
    }
    let mut setup = given::setup(given, &packs, Environment::Likely)?;
    name_action(&mut setup.action);
    let (edge, policy) = (edge(&setup), setup.policy);
    let (format, fail_on) = (format(given)?, fail_on(given, Decision::Warn)?);
    let anchor = anchor(given, &setup.workflow);
    crate::judge(&setup.action, setup.snapshot, edge, &packs, &policy, |judged| {
        if !given.has("no-log")
            && let Err(problem) = log(&[record(judged, "check", "")])
        {
            print::stderr(&format!("gate: warning  the decision could not be recorded: {problem}\n"));
        }
        // Decoded only where somebody is to read it.
        let json = || machine::decision(judged, &packs.classes().names);
        for problem in notify::tell(judged, &json) {
            print::stderr(&format!("gate: warning  {problem}\n"));
        }
        let decision = judged.judgement.decision;
        if let Some(report) = given.os("report") {
            let text = json() + "\n";
            std::fs::write(report, text)
                .map_err(|e| Error::new(format!("cannot write {}: {e}", report.to_string_lossy())))?;
        }
        // Whoever reads the machine's form on standard output sees the refusal all the same.
        if format != "text" && decision >= Decision::Escalate && !given.has("quiet") {
            print::stderr(&human::head(judged, print::colour(given.get("color"), print::stderr_terminal())));
        }
        match format.as_str() {
            "json" => {
                print::stdout(&(json() + "\n"))?;
                return Ok(exit_code(decision, fail_on));
            }
            "sarif" => {
                print::stdout(&(sarif::sarif(judged, anchor) + "\n"))?;
                return Ok(exit_code(decision, fail_on));
            }
            "github" => {
                print::stdout(&github::annotations(judged, anchor))?;
                let report = given.get("report").unwrap_or("");
                append("GITHUB_STEP_SUMMARY", &github::summary(judged))?;
                append("GITHUB_OUTPUT", &github::outputs(judged, report))?;
                return Ok(exit_code(decision, fail_on));
            }
            _ => {}
        }
        if !given.has("quiet") && (decision != Decision::Allow || given.has("plan")) {
            if given.has("plan") {
                print::text(&plan::table(judged, print::colour(given.get("color"), print::stdout_terminal())))?;
            }
            if decision == Decision::Allow {
                return Ok(exit_code(decision, fail_on));
            }
            let colour = print::colour(given.get("color"), print::stdout_terminal());
            print::stderr(&human::head(judged, print::colour(given.get("color"), print::stderr_terminal())));
            print::text(&human::body(judged, human::FEW, colour))?;
        }
        Ok(exit_code(decision, fail_on))
    })
}

/// The file in which something is found that lies in no other.
fn anchor<'g>(given: &'g Given, workflow: &'g str) -> Anchor<'g> {
    let named = |form: &str| given.get(form).filter(|path| *path != "-");
    match (named("workflow"), named("file")) {
        (Some(path), _) => Anchor::Around(path, workflow),
        (None, Some(path)) => Anchor::Script(path),
        (None, None) => Anchor::Named(named("plan").or_else(|| named("action")).unwrap_or("command")),
    }
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
    // A pipeline's variable means what `gate check` prints.
    if let Some(other @ ("github" | "sarif")) = given.get("format") {
        let error = Error::new(format!("gate explain does not print {other}"));
        return Err(error.help("gate check does; gate explain prints text or json"));
    }
    let as_json = format(given)? == "json";
    let around = match setup.observed {
        true => context::surroundings::surroundings(std::path::Path::new(&setup.snapshot.cwd)),
        false => Vec::new(),
    };
    let (edge, policy) = (edge(&setup), setup.policy);
    crate::judge(&setup.action, setup.snapshot, edge, &packs, &policy, |judged| {
        if as_json {
            print::stdout(&(machine::decision(judged, &packs.classes().names) + "\n"))?;
        } else {
            print::text(&explanation::explain(judged, &packs.classes().names, &around))?;
        }
        Ok(ExitCode::Allow)
    })
}

const CHUNK: usize = 256;

/// `--batch`: one action a line, answers in order; records are written before their answers are printed.
fn batch(given: &Given, packs: &Packs) -> Result<ExitCode> {
    given::only_form(given, "batch")?;
    let here = given::directory(given)?.or_else(|| std::env::current_dir().ok());
    let policy = given::policy(given, here.as_deref())?;
    let fail_on = fail_on(given, Decision::Warn)?;
    let environment = given::by_variable("environment")?;
    let mut input = std::io::stdin().lock();
    let mut out = std::io::stdout().lock();
    let mut strictest = Decision::Allow;
    let (mut records, mut answers) = (Vec::new(), String::new());
    let names = &packs.classes().names;
    let actor = context::actor(packs, given.get("actor"), false);
    let wanted = !given.has("no-log");
    let cwd = given::directory(given)?.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let (mut line, mut any) = (Vec::new(), false);
    loop {
        line.clear();
        let limit = limits::INPUT as u64 + 1;
        let mut bounded = std::io::Read::take(&mut input, limit);
        let count =
            bounded.read_until(b'\n', &mut line).map_err(|e| Error::new(format!("cannot read standard input: {e}")))?;
        if count == 0 {
            break;
        }
        any = true;
        let whole = line.last() == Some(&b'\n');
        let too_long = !whole && count as u64 == limit;
        if too_long {
            skip_line(&mut input)?;
        }
        let text = if too_long {
            Err("the line is larger than the limit".to_owned())
        } else {
            std::str::from_utf8(&line).map_err(|e| format!("the line is not UTF-8 (byte {})", e.valid_up_to()))
        };
        let text = text.map_err(Error::new).and_then(|text| match text.trim() {
            "" => Err(Error::new("the line is empty")),
            text => Ok(text),
        });
        let value =
            text.and_then(|text| json::parse(text).map_err(|e| Error::new(format!("the line is not valid JSON: {e}"))));
        let (value, problem) = match value {
            Ok(value) => (value, None),
            Err(problem) => (Json::Null, Some(problem)),
        };
        let id = value.get("id");
        match problem.map_or_else(|| batch_action(&value, given), Err) {
            Ok(mut action) => {
                if action.actor.name.is_empty() {
                    action.actor.name.clone_from(&actor.name);
                }
                if action.context.cwd.is_empty() {
                    action.context.cwd.clone_from(&cwd);
                }
                given::environment(given.get("environment"), environment.as_deref(), &mut action)?;
                name_action(&mut action);
                let snapshot = context::stated(&action.context.cwd);
                // One bad line must not end the batch, whatever happens inside.
                let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    crate::judge(&action, snapshot, &Nowhere, packs, &policy, |judged| {
                        let line = wanted.then(|| Record::decision(judged, "check", "", &[]));
                        (judged.judgement.decision, machine::decision(judged, names), line)
                    })
                }));
                match judged {
                    Ok((decision, text, record)) => {
                        strictest = strictest.max(decision);
                        records.extend(record);
                        with_id(&mut answers, id, &text);
                    }
                    Err(_) => {
                        strictest = Decision::Block;
                        error_line(&mut answers, id, "gate failed inside on this line");
                    }
                }
            }
            Err(error) => {
                strictest = Decision::Block;
                error_line(&mut answers, id, &error.message);
            }
        }
        if records.len() >= CHUNK || answers.len() > 1 << 20 {
            flush(&mut records, &mut answers, &mut out)?;
        }
    }
    flush(&mut records, &mut answers, &mut out)?;
    if !any {
        return Err(
            Error::new("standard input holds no action").help("an empty batch says nothing, and allows nothing")
        );
    }
    Ok(exit_code(strictest, fail_on))
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

/// An answer, led by the line's `id` as it was written.
fn with_id(out: &mut String, id: Option<&Json<'_>>, answer: &str) {
    match id {
        Some(id) => {
            let mut echoed = String::new();
            id.canonical(&mut echoed);
            out.push_str("{\"id\":");
            out.push_str(&escape::json(echoed));
            out.push(',');
            out.push_str(&answer[1..]);
        }
        None => out.push_str(answer),
    }
    out.push('\n');
}

fn error_line(out: &mut String, id: Option<&Json<'_>>, message: &str) {
    let mut answer = String::from("{\"schema\":\"gate.decision/v1\",\"decision\":\"block\",\"error\":");
    json::quote(&redact(message), &mut answer);
    answer.push('}');
    with_id(out, id, &escape::json(answer));
}

/// A line: an action, `{"script": …}` or `{"command": "…" | […]}`.
fn batch_action(value: &Json<'_>, given: &Given) -> Result<Action> {
    if !matches!(value, Json::Object(_)) {
        return Err(Error::new("a line is a JSON object"));
    }
    let id = match value.get("id") {
        None => None,
        Some(Json::String(id)) => Some(id.to_string()),
        Some(Json::Number(id)) => Some((*id).to_owned()),
        Some(_) => return Err(Error::new("`/id` must be a string")),
    };
    let dialects = ["schema", "verb", "tool_name", "tool_args", "actionType"];
    let plain = !dialects.iter().any(|key| value.get(key).is_some());
    let forms: Vec<&str> =
        ["script", "command", "argv"].into_iter().filter(|key| plain && value.get(key).is_some()).collect();
    if forms.len() > 1 {
        return Err(Error::new(format!("the line has both `{}`", forms.join("` and `"))));
    }
    let mut action = match forms.first().and_then(|form| value.get(form)) {
        Some(Json::String(script)) => {
            given::without_nul(script, "the script")?;
            if script.trim().is_empty() {
                return Err(Error::new("the script is empty"));
            }
            let shell = match value.get("shell") {
                None => given.get("shell").unwrap_or(""),
                Some(Json::String(shell)) => shell,
                Some(_) => return Err(Error::new("`/shell` must be a string")),
            };
            Action::shell(script, shell)
        }
        Some(Json::Array(items)) if forms != ["script"] => {
            let words: Vec<&str> = items
                .iter()
                .map(|item| item.text().ok_or_else(|| Error::new("`/command` must be a string or strings")))
                .collect::<Result<_>>()?;
            if words.first().is_none_or(|program| program.is_empty()) {
                return Err(Error::new("`/command` names no program"));
            }
            for word in &words {
                given::without_nul(word, "the command")?;
            }
            Action::argv(words.into_iter().map(std::ffi::OsString::from).collect())
        }
        Some(_) if forms == ["script"] => return Err(Error::new("`/script` must be a string")),
        Some(_) => return Err(Error::new("`/command` must be a string or strings")),
        None => action::from_json(value, None)?,
    };
    if !forms.is_empty() {
        action.claimed = true;
        action::said_beside(value, &mut action)?;
    }
    if let Some(id) = id {
        action.id = id;
    }
    if !action.context.cwd.is_empty() && !action.context.cwd.starts_with('/') {
        return Err(Error::new("`cwd` must be an absolute path"));
    }
    Ok(action)
}
