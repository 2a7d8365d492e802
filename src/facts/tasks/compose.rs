//! Compose files: each started service as the `docker run` that it amounts to
//! (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>).

use serde_json::Value;

/// Each started service as `docker run` words. `words` are the operands: `up web`, `run web sh -c …`.
#[must_use]
pub fn compose(text: &str, words: &[&str]) -> Vec<Vec<String>> {
    let Some((verb, rest)) = words.split_first() else { return Vec::new() };
    if !matches!(*verb, "up" | "run" | "start" | "create" | "restart") {
        return Vec::new();
    }
    let Ok(file) = serde_saphyr::from_str::<Value>(text) else { return Vec::new() };
    // `run SERVICE COMMAND…`: its command instead of the service's.
    let (wanted, own): (Vec<&str>, &[&str]) = match (*verb, rest.split_first()) {
        ("run", Some((service, command))) => (vec![service], command),
        _ => (rest.to_vec(), &[]),
    };
    let mut out = Vec::new();
    for (name, service) in file.get("services").and_then(Value::as_object).into_iter().flatten() {
        if !wanted.is_empty() && !wanted.contains(&name.as_str()) {
            continue;
        }
        out.push(service_words(name, service, own));
    }
    out
}

fn service_words(name: &str, service: &Value, own: &[&str]) -> Vec<String> {
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
