//! An infrastructure plan (`terraform show -json`, `pulumi preview --json`) as facts: what would be made, changed,
//! replaced, destroyed.
//!
//! The format is that of <https://developer.hashicorp.com/terraform/internals/json-format>; names of actions are an open
//! set, and one that is not known counts as the worst.

use std::collections::BTreeMap;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::shell::ast::Span;
use crate::facts::targets::globs;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Call, Place, Unread};
use crate::json::Json;

/// What happens to a resource, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Destroy,
    Replace,
    Unclear,
    Forget,
    Update,
    Create,
    Read,
    Nothing,
}

impl Change {
    fn of(actions: &[&str]) -> Change {
        match actions {
            ["no-op"] => Change::Nothing,
            ["create"] => Change::Create,
            ["read"] => Change::Read,
            ["update"] => Change::Update,
            ["delete"] => Change::Destroy,
            ["delete", "create"] | ["create", "delete"] => Change::Replace,
            ["forget"] | ["create", "forget"] => Change::Forget,
            other if other.contains(&"delete") => Change::Destroy,
            _ => Change::Unclear,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Change::Destroy => "destroy",
            Change::Replace => "replace",
            Change::Unclear => "unclear",
            Change::Forget => "forget",
            Change::Update => "update",
            Change::Create => "create",
            Change::Read => "read",
            Change::Nothing => "nothing",
        }
    }
}

fn word<'j>(value: &'j Json<'j>, key: &str) -> &'j str {
    value.get(key).and_then(Json::text).unwrap_or("")
}

fn list<'j>(value: &'j Json<'j>, key: &str) -> &'j [Json<'j>] {
    match value.get(key) {
        Some(Json::Array(items)) => items,
        _ => &[],
    }
}

/// A row of the table: what happens to which resource of which type, and why.
type Row<'a> = (Change, &'a str, &'a str, &'a str);

impl<'a> Analysis<'a> {
    /// `terraform plan -destroy -out=x; terraform apply x`: what the script itself planned.
    pub fn planned_destruction(&mut self, call: &Call<'a>, index: u32) {
        if call.entry.is_none_or(|entry| !entry.name.starts_with("terraform")) {
            return;
        }
        let words = || call.words.iter().filter_map(|word| word.val.lit());
        if words().any(|word| word == "-destroy") {
            let after = |word: &'a str| word.strip_prefix("-out=");
            let next = words().skip_while(|word| *word != "-out").nth(1);
            self.planned.extend(words().find_map(after).or(next));
        } else if call.verb == "terraform apply" && words().any(|word| self.planned.contains(&word)) {
            self.plain_effect(Kind::Destroy, "the infrastructure", index, call.span, Taint::NONE, &["stack"]);
        }
    }

    pub fn plan(&mut self, body: &'a Json<'a>) {
        let of_pulumi = body.get("steps").is_some() && body.get("resource_changes").is_none();
        let mut rows: Vec<Row<'a>> = if of_pulumi { self.pulumi_steps(body) } else { Vec::new() };
        for change in list(body, "resource_changes") {
            let all = change.get("change").map(|c| list(c, "actions")).unwrap_or(&[]);
            let actions: Vec<&str> = all.iter().filter_map(Json::text).collect();
            let what = if actions.len() == all.len() { Change::of(&actions) } else { Change::Unclear };
            rows.push((what, word(change, "address"), word(change, "type"), word(change, "action_reason")));
        }
        rows.sort_by_key(|(what, address, ..)| (*what, *address));
        // The table that people read; every effect points at its row.
        let count = |wanted: Change| rows.iter().filter(|(what, ..)| *what == wanted).count();
        let mut text = format!(
            "plan: {} to create, {} to update, {} to replace, {} to destroy",
            count(Change::Create),
            count(Change::Update),
            count(Change::Replace),
            count(Change::Destroy)
        );
        let drifted = list(body, "resource_drift").len();
        if drifted > 0 {
            text.push_str(&format!(", {drifted} changed outside"));
        }
        let mut placed: Vec<(Change, &'a str, &'a str, Span)> = Vec::new();
        for (what, address, kind, reason) in &rows {
            if matches!(what, Change::Nothing | Change::Read) {
                continue;
            }
            text.push('\n');
            let start = text.len() as u32;
            text.push_str(&format!("{:<8} {address}", what.word()));
            let end = text.len() as u32;
            if self.holds_data(kind) {
                text.push_str("  (holds data)");
            }
            if !reason.is_empty() {
                text.push_str(&format!("  {}", reason.replace('_', " ")));
            }
            placed.push((*what, address, kind, Span { source: 0, start, end }));
        }
        let text: &'a str = self.bump.alloc_str(&text);
        self.source(text, "plan", None);
        let whole = Span { source: 0, start: 0, end: text.lines().next().unwrap_or("").len() as u32 };
        let call = self.facts.calls.len() as u32;
        let (program, verb) = if of_pulumi { ("pulumi", "pulumi up") } else { ("terraform", "terraform apply") };
        let entry = self.know.entry(verb);
        let observed = self.pulumi_stack(body);
        self.facts.calls.push(Call {
            program,
            verb,
            entry,
            complete: true,
            observed,
            ..Call::unknown(&[], self.place, whole)
        });
        if !of_pulumi && !word(body, "format_version").starts_with("1.") {
            self.facts.unread.push(Unread {
                span: whole,
                why: "this is no plan of a format that gate reads",
                rejected: false,
            });
            return;
        }
        // A plan always has what is configured and what will be; what `terraform show -json` prints without a file is the state.
        let parts = ["resource_changes", "output_changes", "planned_values", "configuration"];
        if !of_pulumi && !parts.iter().any(|part| body.get(part).is_some_and(|part| *part != Json::Null)) {
            let why = match body.get("values") {
                Some(_) => "this is a state and no plan: `terraform show -json` wants the plan's file behind it",
                None => "this is no plan: nothing in it says what would be changed",
            };
            self.facts.unread.push(Unread { span: whole, why, rejected: false });
        }
        if body.get("resource_changes").is_some_and(|c| !matches!(c, Json::Array(_) | Json::Null)) {
            self.facts.unread.push(Unread {
                span: whole,
                why: "`resource_changes` of the plan is no list",
                rejected: false,
            });
        }
        if body.get("errored") == Some(&Json::Bool(true)) {
            self.facts.unread.push(Unread { span: whole, why: "the plan ended with an error", rejected: false });
        }
        for (what, address, kind, span) in placed {
            let data = self.holds_data(kind);
            let (does, marks): (Kind, &'a [&'a str]) = match (what, data) {
                (Change::Destroy, true) => (Kind::Destroy, &["plan", "plan-data"]),
                (Change::Destroy, false) => (Kind::Destroy, &["plan", "plan-plain"]),
                (Change::Replace, true) => (Kind::Destroy, &["plan", "plan-replace", "plan-data"]),
                (Change::Replace, false) => (Kind::Destroy, &["plan", "plan-plain", "plan-replace"]),
                (Change::Unclear, _) => (Kind::Destroy, &["plan", "plan-unclear"]),
                (Change::Forget, _) => (Kind::Apply, &["plan", "plan-forget"]),
                (Change::Update, true) => (Kind::Apply, &["plan", "plan-update", "plan-data"]),
                (Change::Update, false) => (Kind::Apply, &["plan", "plan-update"]),
                _ => (Kind::Apply, &["plan", "plan-create"]),
            };
            self.planned(does, address, marks, call, span);
        }
        if !list(body, "action_invocations").is_empty() {
            self.planned(Kind::Apply, "actions of providers", &["plan", "plan-update"], call, whole);
        }
        if body.get("complete") == Some(&Json::Bool(false)) || !list(body, "deferred_changes").is_empty() {
            self.planned(Kind::Apply, "only a part of the configuration", &["plan", "plan-partial"], call, whole);
        }
        // Code that the configuration holds runs on this machine when the plan is applied.
        if let Some(configuration) = body.get("configuration") {
            self.configured_code(configuration, whole, call, 0);
        }
    }

    /// The steps of `pulumi preview --json`; a replacement is several of one resource.
    fn pulumi_steps(&mut self, body: &'a Json<'a>) -> Vec<Row<'a>> {
        let mut rows: BTreeMap<&'a str, Row<'a>> = BTreeMap::new();
        for step in list(body, "steps") {
            let urn = word(step, "urn");
            let what = match word(step, "op") {
                "same" => Change::Nothing,
                "read" | "read-replacement" | "refresh" => Change::Read,
                "create" => Change::Create,
                "update" | "import" => Change::Update,
                "delete" => Change::Destroy,
                "replace" | "create-replacement" | "delete-replaced" | "import-replacement" => Change::Replace,
                "discard" | "discard-replaced" | "remove-pending-replace" => Change::Forget,
                _ => Change::Unclear,
            };
            // urn:pulumi:stack::project::parent$type::name
            let parts: Vec<&str> = urn.splitn(4, "::").collect();
            let kind = parts.get(2).map_or("", |types| types.rsplit('$').next().unwrap_or(types));
            let name = parts.get(3).copied().unwrap_or(urn);
            let address = self.bump.alloc_str(&format!("{kind} {name}"));
            let row = (what, &*address, &*self.bump.alloc_str(kind), "");
            rows.entry(urn).and_modify(|known| *known = row.min(*known)).or_insert(row);
        }
        rows.into_values().filter(|(_, _, kind, _)| *kind != "pulumi:pulumi:Stack").collect()
    }

    /// The stack that the steps are of: it may say which environment is meant.
    fn pulumi_stack(&mut self, body: &'a Json<'a>) -> &'a [(String, String)] {
        let urn = list(body, "steps").first().map_or("", |step| word(step, "urn"));
        match urn.strip_prefix("urn:pulumi:").and_then(|rest| rest.split("::").next()) {
            Some(stack) if !stack.is_empty() => {
                self.bump.alloc_slice_clone(&[(stack.to_owned(), "pulumi stack".to_owned())])
            }
            _ => &[],
        }
    }

    fn planned(&mut self, does: Kind, address: &'a str, marks: &'a [&'a str], call: u32, span: Span) {
        self.plain_effect(does, address, call, span, Taint::NONE, marks);
    }

    /// Whether a type of resource holds data, keys, names or rights that cannot simply be made again.
    fn holds_data(&self, kind: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        let named = |list: &'static str| globs::listed(&vocabulary.lists, list, kind);
        named("data-bearing") && !named("not-data-bearing")
    }

    /// Lines that run on the machine that was made.
    fn remote_exec(&mut self, expressions: Option<&'a Json<'a>>, span: Span, call: u32) {
        let inline = expressions.and_then(|e| e.get("inline")?.get("constant_value"));
        let lines: Vec<&'a str> = match inline {
            Some(Json::Array(items)) => items.iter().filter_map(Json::text).collect(),
            _ => Vec::new(),
        };
        // What is made up here runs on a machine that is new, not on this one.
        let before = self.place;
        self.place = self.bump.alloc(Place { kind: Where::Remote, name: "the made machine", ..Place::HERE });
        let mark = self.state.mark();
        self.state.set_cwd(Val::Lit("/home/remote"));
        let script: &'a str = self.bump.alloc_str(&lines.join("\n"));
        self.shell_code(Val::Lit(script), span, &Data::NOTHING, &mut Sink::new(), call);
        self.leave_subshell(mark);
        self.place = before;
    }

    /// `local-exec` commands and programs of `external` data sources, wherever they stand in the configuration.
    fn configured_code(&mut self, value: &'a Json<'a>, span: Span, call: u32, depth: usize) {
        if depth > crate::limits::JSON_DEPTH {
            return;
        }
        let constant = |expression: Option<&'a Json<'a>>| expression.and_then(|e| e.get("constant_value"));
        match value {
            Json::Object(members) => {
                let expressions = value.get("expressions");
                if word(value, "type") == "local-exec" {
                    let command = constant(expressions.and_then(|e| e.get("command")));
                    // Another program than a shell reads it, or the surroundings are changed: it is not what it seems.
                    let odd =
                        ["interpreter", "environment"].iter().any(|m| expressions.is_some_and(|e| e.get(m).is_some()));
                    match command.and_then(Json::text).filter(|_| !odd) {
                        Some(script) => {
                            let mark = self.state.mark();
                            self.shell_code(Val::Lit(script), span, &Data::INHERITED, &mut Sink::new(), call);
                            self.leave_subshell(mark);
                        }
                        None => self.planned(
                            Kind::Apply,
                            "a local-exec whose command is made up",
                            &["plan", "plan-code"],
                            call,
                            span,
                        ),
                    }
                }
                if word(value, "type") == "remote-exec" {
                    self.remote_exec(expressions, span, call);
                }
                if word(value, "type") == "external" && word(value, "mode") == "data" {
                    let program = constant(expressions.and_then(|e| e.get("program")));
                    let words: Vec<&'a str> = match program {
                        Some(Json::Array(items)) => items.iter().filter_map(Json::text).collect(),
                        _ => Vec::new(),
                    };
                    if words.is_empty() {
                        self.planned(
                            Kind::Apply,
                            "an external program that is made up",
                            &["plan", "plan-code"],
                            call,
                            span,
                        );
                    } else {
                        let script: &'a str = self.bump.alloc_str(&shell_words::join(words));
                        let mark = self.state.mark();
                        self.shell_code(Val::Lit(script), span, &Data::INHERITED, &mut Sink::new(), call);
                        self.leave_subshell(mark);
                    }
                }
                for (_, inner) in members {
                    self.configured_code(inner, span, call, depth + 1);
                }
            }
            Json::Array(items) => {
                for inner in items {
                    self.configured_code(inner, span, call, depth + 1);
                }
            }
            _ => {}
        }
    }
}
