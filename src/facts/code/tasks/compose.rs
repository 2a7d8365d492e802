//! Compose files: each started service as the `docker run` that it amounts to
//! (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>).

use serde_json::{Map, Value};

/// Each started service as `docker run` words. `words` are the operands: `up web`, `run web sh -c …`.
#[must_use]
pub fn compose(text: &str, words: &[&str], home: &str) -> Vec<Vec<String>> {
    let Some((verb, rest)) = words.split_first() else { return Vec::new() };
    // `exec` and `restart` make no container: what it may do was asked when it was made.
    if !matches!(*verb, "up" | "run" | "create") {
        return Vec::new();
    }
    // A mapped folder may be named by the home.
    let text = text.replace("${HOME}", home).replace("$HOME", home);
    let Ok(file) = serde_saphyr::from_str::<Value>(&text) else { return Vec::new() };
    // `run SERVICE COMMAND…`: its command instead of the service's.
    let (wanted, own): (Vec<&str>, &[&str]) = match (*verb, rest.split_first()) {
        ("run", Some((service, command))) => (vec![service], command),
        _ => (rest.to_vec(), &[]),
    };
    let mut out = Vec::new();
    let services = file.get("services").and_then(Value::as_object);
    let wanted = with_dependencies(services, wanted);
    for (name, service) in services.into_iter().flatten() {
        if !wanted.is_empty() && !wanted.contains(&name.as_str()) {
            continue;
        }
        let own = if wanted.first() == Some(&name.as_str()) { own } else { &[] };
        out.push(service_words(name, service, own, home));
    }
    out
}

/// Services with those that they depend on, which are started too.
fn with_dependencies<'v>(services: Option<&'v Map<String, Value>>, wanted: Vec<&'v str>) -> Vec<&'v str> {
    let mut all = wanted;
    let mut at = 0;
    while at < all.len() && all.len() < 64 {
        let service = services.and_then(|s| s.get(all[at]));
        let more: Vec<&str> = match service.and_then(|s| s.get("depends_on")) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        for name in more {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        at += 1;
    }
    all
}

fn service_words(name: &str, service: &Value, own: &[&str], home: &str) -> Vec<String> {
    let mut words = vec!["docker".to_owned(), "run".to_owned()];
    if service.get("privileged").and_then(Value::as_bool) == Some(true) {
        words.push("--privileged".to_owned());
    }
    for (member, option) in [("pid", "--pid"), ("network_mode", "--network"), ("user", "--user"), ("ipc", "--ipc")] {
        if let Some(value) = service.get(member).and_then(Value::as_str) {
            words.extend([option.to_owned(), value.to_owned()]);
        }
    }
    for (member, option) in [("cap_add", "--cap-add"), ("devices", "--device"), ("security_opt", "--security-opt")] {
        for value in service.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            words.extend([option.to_owned(), value.to_owned()]);
        }
    }
    for volume in service.get("volumes").and_then(Value::as_array).into_iter().flatten() {
        let mapped = match volume {
            Value::String(text) => text.clone(),
            other => {
                let member = |key: &str| other.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
                format!("{}:{}", member("source"), member("target"))
            }
        };
        let mapped = mapped.strip_prefix('~').map_or(mapped.clone(), |rest| format!("{home}{rest}"));
        words.extend(["-v".to_owned(), mapped]);
    }
    let entrypoint = parts(service.get("entrypoint"));
    let command = match own {
        [] => parts(service.get("command")),
        own => own.iter().map(|w| (*w).to_owned()).collect(),
    };
    let mut arguments = Vec::new();
    if let Some((program, more)) = entrypoint.split_first() {
        words.extend(["--entrypoint".to_owned(), program.clone()]);
        arguments.extend(more.iter().cloned());
    }
    arguments.extend(command);
    words.push(service.get("image").and_then(Value::as_str).unwrap_or(name).to_owned());
    words.extend(arguments);
    words
}

/// A command as words; compose splits a text as a shell would, `$$` is a dollar sign.
fn parts(value: Option<&Value>) -> Vec<String> {
    let words = match value {
        Some(Value::String(line)) => shell_words::split(line).unwrap_or_default(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    words.into_iter().map(|word| word.replace("$$", "$")).collect()
}
