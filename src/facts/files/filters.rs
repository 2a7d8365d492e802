//! What filters put into files: jq and yq at a path of settings, sed in the place of something or as lines of their own.

use serde_json::Value;

use super::guarded::Change;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::brackets::{ROUND, closing_behind};
use crate::facts::evaluate::state::Channel;
use crate::facts::fold::sed;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::core;
use crate::facts::targets::{Look, paths};
use crate::facts::value::{Data, Taint, Val};
use crate::facts::{Call, Target};
use crate::limits;

/// Letters of a filter before a value that say what it is put at.
const LONGEST_PATH: usize = 512;

/// Names of a path in a file of settings.
const DEEPEST_NAME: usize = 12;

impl<'a> Analysis<'a> {
    /// Whether what a filter makes of a file is only looked at: it goes to the screen, or to a program that shows it.
    pub(in crate::facts) fn only_shown(&self, index: u32) -> bool {
        let Some(call) = self.facts.calls.get(index as usize) else { return false };
        if call.options.iter().any(|option| option.is("-i")) || matches!(self.state.channel(1), Some(Channel::File(..)))
        {
            return false;
        }
        // All that was proposed is this one pipeline: whatever else it says might write down what comes out.
        let Some(whole) = self.facts.sources.first().filter(|_| call.span.source == 0).map(|source| source.text) else {
            return false;
        };
        let (Some(before), Some(behind)) = (whole.get(..call.span.start as usize), whole.get(call.span.end as usize..))
        else {
            return false;
        };
        let shows =
            |stage: &str| self.know.lists().has("shows-a-text", stage.split_whitespace().next().unwrap_or_default());
        let mut stages = behind.trim().split('|');
        before.trim().is_empty()
            && !behind.trim().contains(['>', ';', '&', '\n', '(', '`', '{'])
            && stages.next().is_some_and(str::is_empty)
            && stages.all(shows)
    }

    /// What a filter of jq or yq puts where commands stand: `.scripts.test = "…"` of package.json, `.steps += [{"run":
    /// "…"}]` of a workflow, `.mcpServers.x = {"command": "…"}` of an agent.
    pub(in crate::facts) fn put_by_filter(&mut self, filter: &'a str, span: Span, call: u32) {
        let mut put_there = Vec::new();
        // What is switched: the settings that it is said of, and how a file would say it.
        let mut switched: Vec<(&str, String)> = Vec::new();
        let mut rest = filter;
        let mut looked = 0;
        while let Some(at) = rest.find(['{', '=']) {
            looked += 1;
            if looked > limits::UNROLL {
                return self.unread(span, MORE, false);
            }
            let (before, value) = rest.split_at(at);
            rest = &value[1..];
            let value = value.trim_start_matches('=').trim_start();
            let path = before.trim_end_matches(['|', '+', ' ']).rsplit([' ', '(', '|']).next().unwrap_or("");
            let word = value.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            let compares = before.ends_with(['!', '<', '>', '=']) || rest.starts_with('=');
            if matches!(word, "true" | "false" | "null") && !compares {
                let name = path.rsplit('.').next().unwrap_or(path).trim_matches('"');
                let put = if word == "null" { String::new() } else { format!("{name}: {word}") };
                // `(.sast, .dast) |= (.allow_failure = true)`
                if let Some((outer, _)) = filter[..filter.len() - rest.len() - 1].rsplit_once("|=") {
                    let near = outer.char_indices().rev().nth(LONGEST_PATH).map_or(0, |(at, _)| at);
                    switched.push((&outer[near..], put.clone()));
                }
                switched.push((path, put));
                continue;
            }
            let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
            let Some(Ok(put)) = values.next() else { continue };
            match put {
                Value::String(command) if path.contains("scripts.") || path.contains("scripts[") => {
                    let name = path.rsplit(['.', '[']).next().unwrap_or(path).trim_end_matches(']').trim_matches('"');
                    let setting = self.bump.alloc_str(&format!("scripts.{name}={command}"));
                    self.setting_code("npm-setting", setting, span, &Data::NOTHING, call);
                }
                // `(.jobs.*.steps[] | select(.run)).run = "true"`: whatever was run there.
                Value::String(command) if path.ends_with(".run") && matches!(&*command, "true" | ":" | "exit 0") => {
                    switched.push(("run: make test", format!("run: {command}")));
                }
                Value::String(_) => put_there.push(below(path, put)),
                Value::Object(_) | Value::Array(_) => {
                    put_there.push(below(path, put));
                    rest = &value[values.byte_offset()..];
                }
                _ => {}
            }
        }
        let file = self.facts.calls.get(call as usize).and_then(|call| call.fields("path").last()).map(|file| file.val);
        let added: Vec<String> = put_there.iter().map(Value::to_string).collect();
        // What is written of a copy says by its keys what it is to be: `jq '.tasks += […]' copy > .vscode/tasks.json`.
        let by_keys = || {
            let items = self.know.lists().items("files-told-by-keys").filter_map(|item| item.split_once('='));
            let mut told = items.filter(|(key, _)| added.iter().any(|put| put.contains(&format!("\"{key}\""))));
            told.next().map(|(_, file)| Val::Lit(file))
        };
        let own_name = |file: &Val<'a>| {
            file.lit().is_some_and(|file| [".json", ".yml", ".yaml", ".toml"].iter().any(|end| file.ends_with(end)))
        };
        let Some(file) = file.filter(own_name).or_else(by_keys).or(file) else { return };
        let taken = filter
            .split("del(")
            .skip(1)
            .take(limits::UNROLL)
            .map(|rest| Change::removed(&rest[..closing_behind(rest, ROUND)]));
        let replaced = filter.split("sub(").skip(1).take(limits::UNROLL).filter_map(|rest| {
            let (looked_for, rest) = rest.strip_prefix('"')?.split_once('"')?;
            let (put, _) = rest.trim_start().strip_prefix(';')?.trim_start().strip_prefix('"')?.split_once('"')?;
            Some(Change { looked_for, put, lines: false })
        });
        let switches = switched.iter().map(|(of, put)| Change { looked_for: of, put, lines: false });
        let changes: Vec<Change<'_>> =
            taken.chain(added.iter().map(|put| Change::added(put))).chain(replaced).chain(switches).collect();
        if changes.is_empty() {
            return;
        }
        let target = self.path_target(file, Look::Through);
        if self.know.lists().has("says-where-packages-lie", paths::base_name(target.path.unwrap_or(target.text))) {
            let put: Vec<&'a str> = changes.iter().map(|change| &*self.bump.alloc_str(change.put)).collect();
            self.packages_from(&put, span, call);
        }
        self.guards_changed(target, &changes, span, call);
        for put in put_there {
            self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&put.to_string()))), span, call);
        }
    }

    /// What sed puts into a file that runs by itself: in the place of something, or as lines of their own.
    pub(super) fn put_by_sed(&mut self, target: Target<'a>, call: &Call<'a>, index: u32) {
        let scripts: Vec<&'a str> = ["-e", "code"]
            .into_iter()
            .flat_map(|name| call.fields(name))
            .filter_map(|field| field.val.lit())
            .take(limits::UNROLL)
            .collect();
        self.guards_edited(target, &scripts, call.span, index);
        let lines = scripts.into_iter().flat_map(str::lines).filter_map(sed::put_in).take(limits::UNROLL);
        let lines: Vec<&str> = lines.collect();
        if lines.is_empty() {
            return;
        }
        let path = target.path.unwrap_or(target.text);
        if self.know.lists().has("says-where-packages-lie", paths::base_name(path)) {
            self.packages_from(&lines, call.span, index);
        }
        if target.classes & self.know.classes().self_running() == 0 {
            return self.web_shell(target, &lines.join("\n"), call.span, index);
        }
        let text = match path.ends_with(".yml") || path.ends_with(".yaml") {
            true => {
                let step =
                    |line: &&str| line.trim().trim_start_matches("- ").trim_start_matches("run:").trim().to_owned();
                serde_json::json!({ "script": lines.iter().map(step).collect::<Vec<_>>() }).to_string()
            }
            false => lines.join("\n"),
        };
        self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&text))), call.span, index);
    }

    /// Addresses that packages are to be taken from: who knows none of them is told.
    pub(super) fn packages_from(&mut self, lines: &[&'a str], span: Span, call: u32) {
        let known = self.know.classes().of(["registry", "releases"]) | core::LOOPBACK;
        for line in lines {
            // A colon is escaped in a file of properties.
            let line = line.replace("\\:", ":").replace("\\/", "/");
            let Some((_, address)) = line.split_once("://") else { continue };
            let host = paths::host_of(address);
            if paths::classify_host(&self.know.vocabulary().classes, host) & known == 0 {
                let host = self.bump.alloc_str(host);
                self.plain_effect(Kind::Install, host, call, span, Taint::NONE, &["other-registry"]);
            }
        }
    }
}

/// A value below the names of a path of jq: `.mcpServers["x"]` and `1` are `{"mcpServers": {"x": 1}}`.
fn below(path: &str, value: Value) -> Value {
    let names = path.split(['.', '[', ']', '"']).filter(|name| !name.is_empty());
    let put = |value, name: &str| match name.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Value::Array(vec![value]),
        false => Value::Object([(name.to_owned(), value)].into_iter().collect()),
    };
    names.rev().take(DEEPEST_NAME).fold(value, put)
}
