//! API tool calls: the verb says what kind of thing happens, the arguments may carry commands, SQL, paths and URLs at
//! any depth, and are analysed as what they are.

use super::arguments::tool_effect;
use super::operation::Operation;
use crate::facts::analysis::Analysis;
use crate::facts::hidden::imitates;
use crate::facts::knowledge::{Kind, Level, Meaning, Tool, Verb};
use crate::facts::name_words::words_of;
use crate::facts::shell::ast::Span;
use crate::facts::targets::globs;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Call, Effect, Place, Target};
use crate::json::Json;
use crate::redact::secret_member;

/// Whose operations bear the names of its own tools.
const HOST: &str = "claude_code";

/// An operation as far as it is known: by the catalogue, by its words, or not at all.
enum Known {
    Catalog {
        tool: Tool<'static>,
        /// The providers that have an operation of this name agree on how risky it is.
        certain: bool,
        /// Its provider is named, or is the one that is meant without.
        named: bool,
    },
    Words {
        verb: &'static Verb<'static>,
        /// The word that says so stands first or last.
        certain: bool,
    },
    Nothing,
}

impl<'a> Analysis<'a> {
    pub fn tool(&mut self, verb: &'a str, args: &'a Json<'a>) {
        let span = Span { source: 0, start: 0, end: self.facts.sources.first().map_or(0, |s| s.text.len() as u32) };
        let (name, known) = self.operation(verb);
        let operation = name.rsplit(':').next().unwrap_or(name);
        let words = words_of(operation);
        let known = self.told_otherwise(known, &words, args);
        let (does, level, certain, meanings) = match &known {
            Known::Catalog { tool, certain, .. } => (Some(tool.does), Some(tool.level), *certain, tool.args.as_slice()),
            Known::Words { verb, certain } => (Some(verb.does), Some(verb.level), *certain, &[][..]),
            Known::Nothing => (None, None, false, &[][..]),
        };
        let executes =
            does == Some(Kind::Exec) || words.iter().any(|word| self.know.lists().has("operations-that-execute", word));
        // An argument that names an environment says where it acts.
        let environment =
            meanings.iter().filter(|(_, m)| *m == Meaning::Environment).find_map(|(key, _)| args.get(key));
        let place: &'a Place<'a> = match environment.and_then(Json::text) {
            Some(name) => self.bump.alloc(Place { name, ..Place::HERE }),
            None => self.place,
        };
        let program = name.split(':').next().unwrap_or(name);
        let index = self.facts.calls.len() as u32;
        self.facts.calls.push(Call { program, verb: name, level, ..Call::unknown(&[], place, span) });
        self.hides_its_name(verb, index, span);
        self.calls_within(&words, args);
        if let Some(line) = self.line_of(program, &words, args) {
            let mark = self.state.mark();
            let line = Val::Lit(self.bump.alloc_str(&line));
            self.shell_code(line, span, &Data::INHERITED, &mut Sink::new(), index);
            return self.leave_subshell(mark);
        }
        let before = self.facts.effects.len();
        let calls_before = self.facts.calls.len();
        let walk = Operation {
            lists: self.know.lists(),
            words: &words,
            all: args,
            does,
            executes,
            provider: program,
            args: meanings,
            call: index,
            span,
        };
        self.argument(args, ("", args), "/args", &walk, 0);
        self.mutation(args, &walk);
        // What its arguments come to says more than its name: a path deleted, a command run.
        let told = |e: &Effect<'_>| {
            Some(e.does) == does
                && matches!(
                    does,
                    Some(
                        Kind::Delete
                            | Kind::Read
                            | Kind::Write
                            | Kind::Create
                            | Kind::Append
                            | Kind::Move
                            | Kind::Fetch
                            | Kind::Send
                    )
                )
        };
        let ran = self.facts.calls.len() > calls_before;
        let shell = matches!(&known, Known::Catalog { tool, certain: true, .. } if tool.does == Kind::Exec)
            && program == "shell";
        if shell && !ran && says_no_command(args) {
            self.plain_effect(Kind::Unknown, operation, index, span, Taint::NONE, &["tool", "unread-command"]);
        }
        let Some((does, level)) = does.zip(level) else {
            if !executes || !ran {
                let target = Target { text: operation, known: true, ..Target::default() };
                self.effect(Effect { certain: false, ..tool_effect(Kind::Unknown, target, &["tool"], index, span) });
            }
            return;
        };
        if executes && ran || self.facts.effects[before..].iter().any(told) {
            return;
        }
        let named = match &known {
            Known::Catalog { tool, .. } => tool.target.iter().find_map(|key| told_by(args.get(key)?)),
            Known::Words { .. } | Known::Nothing => None,
        };
        let text = match named {
            Some(text) => &*self.bump.alloc_str(&text),
            None => target_of(args).unwrap_or(operation),
        };
        let marks: &'a [&'a str] =
            match (level, matches!(known, Known::Words { .. } | Known::Catalog { named: false, .. })) {
                (Level::Low, false) => &["tool", "level-low"],
                (Level::Medium, false) => &["tool", "level-medium"],
                (Level::High | Level::Critical, false) => &["tool", "level-high"],
                (Level::Low, true) => &["tool", "level-low", "by-words"],
                (Level::Medium, true) => &["tool", "level-medium", "by-words"],
                (Level::High | Level::Critical, true) => &["tool", "level-high", "by-words"],
            };
        let target = Target { text, known: true, ..Target::default() };
        self.effect(Effect { certain, ..tool_effect(does, target, marks, index, span) });
    }

    /// What is known of an operation, unless an argument says that it does worse.
    fn told_otherwise(&self, known: Known, words: &[String], args: &Json<'_>) -> Known {
        let level = match &known {
            // One that is known to look may be told to delete instead: `search {"method": "DELETE"}`.
            Known::Catalog { tool, certain: true, .. } if tool.does != Kind::Query => return known,
            Known::Catalog { tool, .. } => Some(tool.level),
            Known::Words { verb, certain } => certain.then_some(verb.level),
            Known::Nothing => None,
        };
        match self.told_verb(words, args) {
            Some(verb) if level.is_none_or(|level| verb.level > level) => Known::Words { verb, certain: true },
            _ => known,
        }
    }

    /// A name with letters that nobody sees, or that look like others: no honest operation has one.
    fn hides_its_name(&mut self, verb: &'a str, call: u32, span: Span) {
        let unseen = |c: char| !c.is_ascii() && !c.is_alphanumeric();
        let hides =
            !verb.is_ascii() && (verb.chars().any(unseen) || verb.split(|c: char| !c.is_alphanumeric()).any(imitates));
        if hides {
            self.plain_effect(Kind::Hidden, verb, call, span, Taint::NONE, &["lookalike"]);
        }
    }

    /// The verb `provider:operation` that a name stands for, and what is known of it. `mcp__github__merge_pull_request`,
    /// `github-mcp-server/merge_pull_request` and `github_merge_pull_request` are `github:merge_pull_request`.
    fn operation(&self, verb: &'a str) -> (&'a str, Known) {
        let catalogs = self.know.catalogs();
        let provider_of = |words: &[String]| -> Option<&'static str> {
            let find = |name: &str| catalogs.iter().find_map(|c| c.provider(name));
            find(&words.join("_")).or_else(|| {
                (1..=2.min(words.len())).rev().find_map(|n| words.windows(n).find_map(|pair| find(&pair.join("_"))))
            })
        };
        let separated = verb
            .strip_prefix("mcp__")
            .and_then(|rest| rest.split_once("__"))
            .or_else(|| verb.split_once([':', '/', '.']).filter(|(a, b)| !a.is_empty() && !b.is_empty()));
        let (server, tool) = separated.unwrap_or(("", verb));
        let mut words = words_of(tool);
        let mut provider = if server.is_empty() { None } else { provider_of(&words_of(server)) };
        let find = |operation: &str, provider: Option<&str>| -> Vec<(&'static str, Tool<'static>)> {
            catalogs
                .iter()
                .flat_map(|c| c.operations(operation))
                .filter(|(p, _)| provider.is_none_or(|w| w == *p))
                .collect()
        };
        let mut found =
            if server.is_empty() || provider.is_some() { find(&words.join("_"), provider) } else { Vec::new() };
        if provider.is_none() && found.iter().any(|(_, tool)| tool.plain) {
            found.retain(|(_, tool)| tool.plain);
        }
        // `iam_create_access_key`: the service's own operation.
        if let [service, rest @ ..] = &words[..]
            && found.is_empty()
            && self.know.lists().has("services-of-clouds", service)
        {
            let own = catalogs.iter().find_map(|c| c.provider(service));
            found = [own, provider]
                .into_iter()
                .flatten()
                .map(|of| find(&rest.join("_"), Some(of)))
                .find(|f| !f.is_empty())
                .unwrap_or_default();
            if !found.is_empty() {
                words.remove(0);
            }
        }
        // What a host calls as others do is the same: Cursor's `delete_file`, Gemini's `read_many_files`.
        if found.is_empty() && server == HOST {
            found = find(&words.join("_"), None);
            found.retain(|(_, tool)| tool.plain);
        }
        let named = |provider: Option<&str>, found: &[(&str, Tool<'_>)]| {
            provider.is_some() || found.iter().any(|(_, t)| t.plain)
        };
        if found.is_empty() {
            // The provider's name may lead the operation's.
            for n in (1..words.len().min(4)).rev() {
                let Some(named) = catalogs.iter().find_map(|c| c.provider(&words[..n].join("_"))) else { continue };
                if provider.is_none_or(|p| p == named) {
                    let rest = find(&words[n..].join("_"), Some(named));
                    // `fetch_invoices` is no operation of a fetching tool.
                    if rest.is_empty() && provider.is_none() {
                        continue;
                    }
                    provider = Some(named);
                    if !rest.is_empty() {
                        words.drain(..n);
                    }
                    found = rest;
                    break;
                }
            }
        }
        let operation = words.join("_");
        let name: &'a str = match (provider.or_else(|| only(&found)), server.is_empty()) {
            (Some(provider), _) => self.bump.alloc_str(&format!("{provider}:{operation}")),
            (None, false) => self.bump.alloc_str(&format!("{server}:{tool}")),
            (None, true) => verb,
        };
        let named = named(provider, &found);
        let strictest = found.iter().map(|(_, tool)| tool.level).max();
        let certain = found.iter().all(|(_, tool)| Some(tool.level) == strictest);
        // Where providers differ and none is named, the words say more.
        if (found.is_empty() || !certain)
            && let Some((verb, certain)) = self.classify_verb(&words).map(|found| self.behind_a_service(&words, found))
        {
            return (name, Known::Words { verb, certain });
        }
        match found.into_iter().find(|(_, tool)| Some(tool.level) == strictest) {
            Some((_, tool)) => (name, Known::Catalog { tool, certain, named }),
            None => (name, Known::Nothing),
        }
    }

    /// The verb of the data whose words are all in the operation, the most specific first; certain if it is said at the
    /// operation's beginning or end (`delete_records`, `production_deploy`), not in passing (`list_delete_requests`).
    pub(super) fn classify_verb(&self, words: &[String]) -> Option<(&'static Verb<'static>, bool)> {
        let matches = |v: &Verb<'_>| v.words.split(' ').all(|w| words.iter().any(|have| globs::text(w, have)));
        let place =
            |v: &Verb<'_>, at: Option<&String>| at.is_some_and(|have| v.words.split(' ').any(|w| globs::text(w, have)));
        let verb =
            self.know.verbs().iter().filter(|v| matches(v)).max_by_key(|v| {
                (v.words.split(' ').count(), place(v, words.first()) && v.level == Level::Low, v.level)
            })?;
        let joined = words.iter().any(|w| matches!(w.as_str(), "and" | "then"));
        let worst = self.know.verbs().iter().filter(|v| matches(v)).max_by_key(|v| v.level)?;
        if joined && worst.level > verb.level {
            // `get_and_delete`: the worse of the two is what counts.
            return Some((worst, true));
        }
        let reads_first = self.know.verbs().iter().any(|v| v.level == Level::Low && place(v, words.first()));
        Some((verb, place(verb, words.first()) || place(verb, words.last()) || !reads_first))
    }

    /// A verb that stands behind the name of a cloud's service says it as surely as one that stands first:
    /// `ec2_terminate_instances`.
    fn behind_a_service(
        &self,
        words: &[String],
        found: (&'static Verb<'static>, bool),
    ) -> (&'static Verb<'static>, bool) {
        let [service, rest @ ..] = words else { return found };
        if found.1 || rest.len() < 2 || !self.know.lists().has("services-of-clouds", service) {
            return found;
        }
        self.classify_verb(rest).unwrap_or(found)
    }
}

/// The provider, if there is only one.
fn only(found: &[(&'static str, Tool<'static>)]) -> Option<&'static str> {
    let (first, _) = found.first()?;
    found.iter().all(|(provider, _)| provider == first).then_some(*first)
}

/// An argument's value as a name for what it acts on.
fn told_by(value: &Json<'_>) -> Option<String> {
    match value {
        Json::String(text) if text.len() < 200 => Some(text.to_string()),
        Json::Number(number) => Some((*number).to_owned()),
        Json::Array(items) => {
            let all: Vec<String> = items.iter().take(4).filter_map(told_by).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        _ => None,
    }
}

fn target_of<'a>(args: &'a Json<'a>) -> Option<&'a str> {
    let Json::Object(members) = args else { return None };
    // `secret_id` is what it is called; `secret`, `password` and the like may be the thing itself, which nobody is shown.
    let names = |name: &str| ["id", "name", "arn", "path"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let tells = |name: &str| !secret_member(name) || names(name);
    members.iter().filter(|(name, _)| tells(name)).find_map(|(_, v)| v.text()).filter(|t| t.len() < 200)
}

/// Whether what would be run is missing, or is neither a text nor a list of texts. A shell that is started anew runs
/// nothing.
fn says_no_command(args: &Json<'_>) -> bool {
    let Json::Object(members) = args else { return true };
    let says = |value: &Json<'_>| match value {
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(items) => items.iter().any(|item| item.text().is_some_and(|text| !text.trim().is_empty())),
        _ => false,
    };
    let about =
        |key: &str| !matches!(key, "cwd" | "workdir" | "working_directory" | "timeout" | "description" | "shell");
    let restarts = matches!(args.get("restart"), Some(Json::Bool(true)));
    !restarts && !members.iter().any(|(key, value)| about(key) && says(value))
}
