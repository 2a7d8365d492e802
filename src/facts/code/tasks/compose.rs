//! Compose files: each started service as the `docker run` that it amounts to
//! (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>).

use serde_json::{Map, Value};

use super::Texts;

/// Each started service as `docker run` words. `words` are the operands: `up web`, `run web sh -c …`; `beside` are the
/// files that count as well, later ones over earlier ones (compose-spec, "Merge").
#[must_use]
pub fn compose(texts: &mut Texts<'_, '_>, words: &[&str], beside: &[&str], home: &str) -> Vec<Vec<String>> {
    let Some((verb, rest)) = words.split_first() else { return Vec::new() };
    // `exec` and `restart` make no container: what it may do was asked when it was made.
    if !matches!(*verb, "up" | "run" | "create") {
        return Vec::new();
    }
    let mut services = Map::new();
    with_services_of(texts, 0, home, &mut services);
    for name in beside {
        with_services_in(texts, 0, name, home, &mut services);
    }
    // `run SERVICE COMMAND…`: its command instead of the service's.
    let (wanted, own): (Vec<&str>, &[&str]) = match (*verb, rest.split_first()) {
        ("run", Some((service, command))) => (vec![service], command),
        _ => (rest.to_vec(), &[]),
    };
    let mut out = Vec::new();
    let wanted = with_dependencies(&services, wanted);
    for (name, service) in &services {
        if !wanted.is_empty() && !wanted.contains(&name.as_str()) {
            continue;
        }
        let own = if wanted.first() == Some(&name.as_str()) { own } else { &[] };
        out.push(service_words(name, service, own, home));
    }
    out
}

/// The same of a file that the one at this index names, if it was not read yet.
fn with_services_in(texts: &mut Texts<'_, '_>, from: usize, name: &str, home: &str, services: &mut Map<String, Value>) {
    if let Some(at) = texts.open(from, name) {
        with_services_of(texts, at, home, services);
    }
}

/// Puts the services of the file at this index over those at hand, and before them those of the files that it names.
fn with_services_of(texts: &mut Texts<'_, '_>, at: usize, home: &str, services: &mut Map<String, Value>) {
    // A mapped folder may be named by the home.
    let text = texts.files[at].1.replace("${HOME}", home).replace("$HOME", home);
    let Ok(mut file) = serde_saphyr::from_str::<Value>(&text) else { return };
    for included in file.get("include").and_then(Value::as_array).into_iter().flatten() {
        // A name, or an object whose path is one or several (compose-spec, "Include").
        let several = included.get("path").unwrap_or(included);
        let names = several.as_array().map_or(std::slice::from_ref(several), Vec::as_slice);
        for name in names.iter().filter_map(Value::as_str) {
            with_services_in(texts, at, name, home, services);
        }
    }
    let Some(own) = file.get_mut("services").and_then(Value::as_object_mut).map(std::mem::take) else { return };
    for (name, service) in own {
        // `extends: { file: …, service: … }` (compose-spec, "extends"): all of that file counts, which is more than is meant.
        let extended = service.get("extends");
        if let Some(file) = extended.and_then(|extended| extended.get("file")).and_then(Value::as_str) {
            with_services_in(texts, at, file, home, services);
        }
        let base =
            extended.and_then(|extended| extended.get("service").unwrap_or(extended).as_str()).map(str::to_owned);
        let before = services.entry(name.clone()).or_insert(Value::Null);
        over(before, service);
        if let Some(base) = base.filter(|base| *base != name).and_then(|base| services.get(&base).cloned()) {
            let own = services.insert(name.clone(), base).unwrap_or_default();
            if let Some(service) = services.get_mut(&name) {
                over(service, own);
            }
        }
    }
}

/// One value over another: members are merged, lists appended, all else is replaced.
fn over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                match name.as_str() {
                    "command" | "entrypoint" => {
                        below.insert(name, value);
                    }
                    _ => over(below.entry(name).or_insert(Value::Null), value),
                }
            }
        }
        (Value::Array(below), Value::Array(above)) => below.extend(above),
        (below, above) => *below = above,
    }
}

/// Services with those that they depend on, which are started too, and those that they are made of.
fn with_dependencies<'v>(services: &'v Map<String, Value>, wanted: Vec<&'v str>) -> Vec<&'v str> {
    let mut all = wanted;
    let mut at = 0;
    while at < all.len() && all.len() < 64 {
        let service = services.get(all[at]);
        let mut more: Vec<&str> = match service.and_then(|s| s.get("depends_on")) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        // What it is made of may stand in a file that was read later.
        let extended = service.and_then(|service| service.get("extends"));
        more.extend(extended.and_then(|extended| extended.get("service").unwrap_or(extended).as_str()));
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
