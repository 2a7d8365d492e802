//! Ansible's playbooks, as far as they act on this machine: each task as the command that does the same
//! (<https://docs.ansible.com/ansible/latest/collections/ansible/builtin/>).

use serde_json::{Map, Value};

use crate::facts::Effect;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::value::{Data, Sink, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// What the plays on this machine do; what those on others do is what `ansible-playbook` itself is judged by.
    pub fn playbook(&mut self, text: &str, span: Span, call: u32) {
        let Ok(Value::Array(plays)) = serde_saphyr::from_str::<Value>(text) else { return };
        let said = |name: &str, values: &[&str]| {
            let given = self.facts.calls.get(call as usize).and_then(|call| call.fields(name).next()?.val.lit());
            given.is_some_and(|given| values.contains(&given))
        };
        let local =
            said("-c", &["local"]) || said("--connection", &["local"]) || said("-i", &["localhost,", "127.0.0.1,"]);
        let mut commands = Vec::new();
        for play in plays.iter().filter_map(Value::as_object) {
            let is =
                |key: &str, values: &[&str]| play.get(key).and_then(Value::as_str).is_some_and(|v| values.contains(&v));
            if local || is("hosts", &["localhost", "127.0.0.1"]) || is("connection", &["local"]) {
                for key in ["pre_tasks", "tasks", "post_tasks", "handlers"] {
                    of_tasks(play.get(key), &mut commands, 0);
                }
            }
        }
        commands.extend(lookups(text));
        for command in commands.into_iter().take(limits::CALLS) {
            let code = Val::Lit(self.bump.alloc_str(&command));
            self.shell_code(code, span, &Data::NOTHING, &mut Sink::new(), call);
        }
    }
}

impl<'a> Analysis<'a> {
    /// What one module does with these arguments on this machine: `ansible localhost -m file -a "path=x state=absent"`; and
    /// what they are put together from here, wherever it acts.
    pub fn ansible_module(&mut self, arguments: &str, span: Span, call: u32) {
        let said =
            |name: &str| self.facts.calls.get(call as usize).and_then(|call| call.fields(name).last()?.val.lit());
        let module = said("-m").and_then(|module| module.rsplit('.').next()).unwrap_or("command");
        let here = matches!(said("pattern"), Some("localhost" | "127.0.0.1"))
            && !self.facts.calls.get(call as usize).is_some_and(|call| call.options.iter().any(|o| o.is("-C")));
        // What a shell runs is read as what it is.
        let acts = here && !matches!(module, "shell" | "command" | "raw");
        let all = serde_json::from_str::<Value>(arguments).unwrap_or_else(|_| Value::String(arguments.to_owned()));
        // What it brings back of each machine.
        if matches!(module, "fetch" | "slurp")
            && let Some(path) = members(&all).get("src").and_then(Value::as_str)
        {
            let path = self.bump.alloc_str(path);
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
            if target.classes & self.know.classes().of(["secret"]) != 0 {
                self.effect(Effect { marks: &["key"], ..Effect::new(Kind::SecretRead, target, call, span) });
            }
        }
        let mut commands = lookups(arguments);
        commands.extend(command(module, &all).filter(|_| acts));
        for command in commands {
            let code = Val::Lit(self.bump.alloc_str(&command));
            self.shell_code(code, span, &Data::NOTHING, &mut Sink::new(), call);
        }
    }
}

/// The commands whose output is put into a text, and the files that are, where Ansible runs: `lookup('pipe', 'date')`,
/// `query("file", "/etc/motd")` (its manual, "Lookup plugins").
fn lookups(text: &str) -> Vec<String> {
    let argument = |rest: &str| {
        let rest = rest.trim_start_matches([',', ' ']);
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        rest[1..].split_once(quote).map(|(inner, rest)| (inner.to_owned(), rest.to_owned()))
    };
    let text = text.replace(" (", "(");
    let calls = ["lookup(", "query(", " q(", "{q("].into_iter().flat_map(|call| text.split(call).skip(1));
    let found = calls.take(limits::UNROLL).filter_map(|rest| {
        let (plugin, mut rest) = argument(rest)?;
        let mut commands = Vec::new();
        // Each of its terms.
        while let Some((term, behind)) = argument(&rest).filter(|_| commands.len() < limits::VALUES) {
            rest = behind;
            commands.extend(match plugin.rsplit('.').next()? {
                "pipe" | "lines" => Some(templates(&term)),
                "file" | "unvault" | "template" => Some(format!("cat {}", quoted(&term))),
                _ => None,
            });
        }
        Some(commands)
    });
    found.flatten().collect()
}

/// The commands of a list of tasks, and of the blocks in it.
fn of_tasks(tasks: Option<&Value>, out: &mut Vec<String>, depth: u32) {
    let Some(Value::Array(tasks)) = tasks else { return };
    for task in tasks.iter().filter_map(Value::as_object) {
        if depth < 8 {
            for key in ["block", "rescue", "always"] {
                of_tasks(task.get(key), out, depth + 1);
            }
        }
        for (module, arguments) in task {
            let module = module.rsplit('.').next().unwrap_or(module);
            out.extend(command(module, arguments));
        }
    }
}

/// The arguments of a module, also as `path=x state=absent`.
fn members(arguments: &Value) -> Map<String, Value> {
    match arguments {
        Value::Object(members) => members.clone(),
        Value::String(text) => {
            let words = shell_words::split(text).unwrap_or_default();
            let pairs = words.iter().filter_map(|word| word.split_once('='));
            pairs.map(|(name, value)| (name.to_owned(), Value::String(value.to_owned()))).collect()
        }
        _ => Map::new(),
    }
}

/// The command that does what a module does; none for modules that are not known, and what a template would fill in.
fn command(module: &str, arguments: &Value) -> Option<String> {
    let all = members(arguments);
    let get = |names: &[&str]| names.iter().find_map(|name| all.get(*name)?.as_str());
    // A variable of Ansible's is never empty: it stops instead.
    if let ("shell" | "command" | "raw", Some(code)) =
        (module, arguments.as_str().or_else(|| get(&["cmd", "_raw_params"])))
    {
        return Some(templates(code));
    }
    if let ("command", Some(Value::Array(words))) = (module, all.get("argv")) {
        return Some(shell_words::join(words.iter().filter_map(Value::as_str)));
    }
    let path = get(&["path", "dest", "name"]).filter(|path| !path.contains("{{")).map(quoted);
    let state = get(&["state"]).unwrap_or_default();
    Some(match (module, state) {
        ("file", "absent") => format!("rm -rf {}", path?),
        ("file", _) => format!("chmod {} {}", get(&["mode"])?, path?),
        ("copy" | "lineinfile" | "blockinfile", _) => {
            let text = get(&["content", "line", "block"]).unwrap_or_default();
            let append = if module == "copy" { ">" } else { ">>" };
            format!("printf '%s\\n' {} {append} {}", shell_words::quote(text), path?)
        }
        ("template" | "get_url", _) => format!("touch {}", path?),
        ("authorized_key", _) => format!("echo {} >> ~/.ssh/authorized_keys", shell_words::quote(get(&["key"])?)),
        ("cron", "" | "present") => {
            format!("echo {} | crontab -", shell_words::quote(&format!("* * * * * {}", get(&["job"])?)))
        }
        ("user", "absent") => format!("userdel {}", path?),
        ("user", _) => format!("useradd {}", path?),
        ("service" | "systemd", "stopped") => format!("systemctl stop {}", path?),
        _ => return None,
    })
}

/// A path as a word of the shell, a leading `~` kept.
fn quoted(path: &str) -> String {
    match path.strip_prefix("~/") {
        Some(rest) => format!("~/{}", shell_words::quote(rest)),
        None => shell_words::quote(path).into_owned(),
    }
}

/// `{{ dir }}` as a variable that is not empty.
fn templates(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        out.push_str(&format!("{before}${{_{name}:?}}"));
        rest = after;
    }
    out.push_str(rest);
    out
}
