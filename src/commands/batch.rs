//! `gate check --batch`: one action a line, answers in order; records are written before their answers are printed.

use std::io::{BufRead, BufReader, Write};

use rustc_hash::FxHashMap;

use super::given;
use super::print;
use super::shared::{exit_code, fail_on, fresh_id, log, name_action};
use crate::action::{self, Action, Actor};
use crate::audit::Record;
use crate::cli::Given;
use crate::context;
use crate::context::Nowhere;
use crate::error::{Error, ExitCode, Result};
use crate::json::{self, Json};
use crate::limits;
use crate::output::{escape, json as machine};
use crate::policy::{Decision, Policy};
use crate::redact::{self, redact};
use crate::rules::Packs;

/// Records and answers are written by so many.
const CHUNK: usize = 256;

pub fn batch(given: &Given, packs: &Packs) -> Result<ExitCode> {
    given::only_form(given, "batch")?;
    let fail_on = fail_on(given, Decision::Warn)?;
    if given.has("report") {
        return Err(Error::new("--report does not go with --batch").help("its answers are the report: redirect them"));
    }
    if given.get("format").is_some_and(|format| format != "json") {
        return Err(Error::new("--batch answers in lines of JSON, in no other format"));
    }
    let mut batch = Batch::new(given, packs)?;
    let mut input = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let mut out = std::io::stdout().lock();
    let mut strictest = Decision::Allow;
    let (mut records, mut answers) = (Vec::new(), String::new());
    let (mut line, mut any) = (Vec::new(), false);
    loop {
        // Who asks line by line waits for the answer before asking on: nothing is held back while we wait for input.
        if !answers.is_empty() && !input.buffer().contains(&b'\n') {
            flush(&mut records, &mut answers, &mut out)?;
        }
        let Some(text) = next_line(&mut input, &mut line)? else { break };
        any = true;
        let value =
            text.and_then(|text| json::parse(text).map_err(|e| Error::new(format!("the line is not valid JSON: {e}"))));
        let (value, answer) = match value {
            Ok(value) => {
                let answer = batch.answer(&value);
                (value, answer)
            }
            Err(problem) => (Json::Null, Err(problem)),
        };
        let id = value.get("id");
        match answer {
            Ok((decision, text, record)) => {
                strictest = strictest.max(decision);
                records.extend(record);
                with_id(&mut answers, id, &text);
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

/// The next line, unless it is not what a line may be; nothing at the end.
fn next_line<'l>(input: &mut impl BufRead, line: &'l mut Vec<u8>) -> Result<Option<Result<&'l str>>> {
    line.clear();
    let limit = limits::INPUT as u64 + 1;
    let mut bounded = std::io::Read::take(&mut *input, limit);
    let count = bounded.read_until(b'\n', line).map_err(|e| Error::new(format!("cannot read standard input: {e}")))?;
    if count == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && count as u64 == limit {
        skip_line(input)?;
        return Ok(Some(Err(Error::new("the line is larger than the limit"))));
    }
    let text = std::str::from_utf8(line).map(str::trim);
    Ok(Some(match text {
        Err(e) => Err(Error::new(format!("the line is not UTF-8 (byte {})", e.valid_up_to()))),
        Ok("") => Err(Error::new("the line is empty")),
        Ok(text) => Ok(text),
    }))
}

/// What holds for all lines, and what was decided of those before.
struct Batch<'b> {
    given: &'b Given,
    packs: &'b Packs,
    policy: Policy,
    environment: Option<String>,
    actor: Actor,
    cwd: String,
    asked_before: AskedBefore,
}

impl<'b> Batch<'b> {
    fn new(given: &'b Given, packs: &'b Packs) -> Result<Self> {
        let actor = given::by_variable("actor")?;
        let here = given::directory(given)?.or_else(|| std::env::current_dir().ok());
        Ok(Self {
            given,
            packs,
            policy: given::policy(given, here.as_deref())?,
            environment: given::environment_by_variable(given, packs)?,
            actor: context::actor(packs, given.get("actor").or(actor.as_deref()), false),
            cwd: given::directory(given)?.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            asked_before: AskedBefore::default(),
        })
    }

    fn answer(&mut self, line: &Json<'_>) -> Result<Answer> {
        let question = question(line);
        if let Some(known) = question.as_deref().and_then(|question| self.asked_before.decided.get(question)) {
            return Ok(known.anew(line));
        }
        let given = self.given;
        let mut action = batch_action(line, given)?;
        if action.actor.name.is_empty() {
            action.actor.name.clone_from(&self.actor.name);
        }
        if action.context.cwd.is_empty() {
            action.context.cwd.clone_from(&self.cwd);
        }
        given::environment(given.get("environment"), self.environment.as_deref(), &mut action)?;
        name_action(&mut action);
        let snapshot = context::stated(&action.context.cwd);
        // One bad line must not end the batch, whatever happens inside.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            crate::judge(&action, snapshot, &Nowhere, self.packs, &self.policy, |judged| {
                let decided = Decided {
                    decision: judged.judgement.decision,
                    answer: machine::after_id(judged),
                    record: (!given.has("no-log")).then(|| Record::after_id(judged, "", &[])),
                };
                let answer = decided.of(&action.id);
                // What is a secret in this line may stand in the id of the next.
                if let Some(question) = question.filter(|_| !redact::has_secrets()) {
                    self.asked_before.keep(question, decided);
                }
                answer
            })
        }))
        .map_err(|_| Error::new("gate failed inside on this line"))
    }
}

/// The decision on a line, as it is printed, and as it is recorded.
type Answer = (Decision, String, Option<Record>);

/// What was decided of a line, without its id.
struct Decided {
    decision: Decision,
    answer: String,
    record: Option<String>,
}

impl Decided {
    /// The answer to a line of this id.
    fn of(&self, id: &str) -> Answer {
        let record = self.record.as_ref().map(|rest| Record::with_id("check", id, rest));
        (self.decision, machine::with_id(id, &self.answer), record)
    }

    /// The answer to a line that asks the same.
    fn anew(&self, line: &Json<'_>) -> Answer {
        match line.get("id") {
            Some(Json::String(id)) if !id.is_empty() => self.of(id),
            _ => self.of(&fresh_id()),
        }
    }
}

/// What was decided in this batch by what was asked. A batch looks at nothing but the line, the policy and the rules,
/// so that the same line is the same decision; and what people and agents did repeats itself.
#[derive(Default)]
struct AskedBefore {
    decided: FxHashMap<Box<str>, Decided>,
    bytes: usize,
}

impl AskedBefore {
    /// Bytes that are kept; beyond, it begins anew.
    const MOST: usize = 16 << 20;

    fn keep(&mut self, question: String, decided: Decided) {
        let record = decided.record.as_ref().map_or(0, String::len);
        self.bytes += question.len() + decided.answer.len() + record;
        if self.bytes > Self::MOST {
            *self = Self::default();
            return;
        }
        self.decided.insert(question.into_boxed_str(), decided);
    }
}

/// All of a line but its id; nothing, where that is not what an id must be.
fn question(line: &Json<'_>) -> Option<String> {
    let Json::Object(members) = line else { return None };
    let mut question = String::new();
    for (name, value) in members {
        if name != "id" {
            json::quote(name, &mut question);
            value.canonical(&mut question);
        } else if !matches!(value, Json::String(_)) {
            return None;
        }
    }
    Some(question)
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
        // What is no name of a line is told in the error's own text.
        Some(id @ (Json::String(_) | Json::Number(_))) => {
            let mut echoed = String::new();
            id.canonical(&mut echoed);
            out.push_str("{\"id\":");
            out.push_str(&escape::json(echoed));
            out.push(',');
            out.push_str(&answer[1..]);
        }
        _ => out.push_str(answer),
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
            action::readable(script, "the script")?;
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
