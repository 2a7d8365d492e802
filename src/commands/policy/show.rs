//! `gate policy show`: the policy in force, each line with the layer that it comes from.

use std::fmt::Write;

use crate::commands::print;
use crate::commands::shared::in_force;
use crate::context::policies;
use crate::error::{Error, ExitCode, Result};
use crate::policy::format::File;
use crate::policy::stance::stance;
use crate::policy::{Layered, Policy, hundredths};

pub fn show(matches: &clap::ArgMatches) -> Result<ExitCode> {
    let policy = in_force(matches.get_one::<String>("FILE"))?;
    let text = if matches.get_one::<String>("format").map(String::as_str) == Some("json") {
        crate::output::escape::json(as_json(&policy)?)
    } else {
        crate::output::escape::plain(&as_text(&policy)?)
    };
    print::stdout(&text)?;
    Ok(ExitCode::Allow)
}

fn as_text(policy: &Policy) -> Result<String> {
    let mut out = String::new();
    let mut rows: Vec<(String, String)> = Vec::new();
    let action = crate::action::Action::default();
    let stance = stance(policy.said, policy.asked, &policy.layers, &action);
    let whose = |has: &dyn Fn(&Layered) -> bool| {
        let all: Vec<&str> = policy.layers.iter().filter(|l| has(l)).map(|l| l.layer.word()).collect();
        if all.is_empty() { "builtin".to_owned() } else { all.join(", ") }
    };
    let [warn, escalate, block] = stance.thresholds;
    rows.push((format!("profile = \"{}\"", stance.profile.word()), whose(&|l| l.file.profile.is_some())));
    let line = format!(
        "thresholds = {{ warn = {}, escalate = {}, block = {} }}",
        hundredths(warn),
        hundredths(escalate),
        hundredths(block)
    );
    rows.push((line, whose(&|l| l.file.thresholds.is_some() || l.file.profile.is_some())));
    for (name, profile, [warn, escalate, block]) in &stance.environments {
        let line = format!(
            "environments.{name} = {{ profile = \"{}\", thresholds = {{ warn = {}, escalate = {}, block = {} }} }}",
            profile.word(),
            hundredths(*warn),
            hundredths(*escalate),
            hundredths(*block)
        );
        rows.push((line, whose(&|l| l.file.environments.contains_key(name))));
    }
    for layered in &policy.layers {
        let from = |at: usize| format!("{} {}", layered.layer.word(), layered.place(at));
        let file = &layered.file;
        let list = |places: Vec<usize>, of: &dyn Fn(usize) -> File| -> Result<Vec<(usize, String)>> {
            places.iter().enumerate().map(|(index, at)| Ok((*at, written(&of(index))?))).collect()
        };
        let places = |spans: &mut dyn Iterator<Item = usize>| spans.collect::<Vec<_>>();
        let mut items = list(places(&mut file.rules.iter().map(|r| r.span().start)), &|i| File {
            rules: vec![file.rules[i].clone()],
            ..File::default()
        })?;
        items.extend(list(places(&mut file.exceptions.iter().map(|r| r.span().start)), &|i| File {
            exceptions: vec![file.exceptions[i].clone()],
            ..File::default()
        })?);
        items.extend(list(places(&mut file.scopes.iter().map(|r| r.span().start)), &|i| File {
            scopes: vec![file.scopes[i].clone()],
            ..File::default()
        })?);
        items.extend(list(places(&mut file.kills.iter().map(|r| r.span().start)), &|i| File {
            kills: vec![file.kills[i].clone()],
            ..File::default()
        })?);
        for (at, text) in items {
            rows.push((String::new(), String::new()));
            for (index, line) in text.lines().filter(|l| !l.is_empty()).enumerate() {
                rows.push((line.to_owned(), if index == 0 { from(at) } else { layered.layer.word().to_owned() }));
            }
        }
        let mut tables = file.clone();
        tables.rules.clear();
        tables.exceptions.clear();
        tables.scopes.clear();
        tables.kills.clear();
        tables.profile = None;
        tables.thresholds = None;
        tables.environments.clear();
        tables.description.clear();
        let text = written(&tables)?;
        if !text.trim().is_empty() {
            rows.push((String::new(), String::new()));
            rows.extend(text.lines().map(|l| {
                let whose = if l.trim().is_empty() { String::new() } else { layered.layer.word().to_owned() };
                (l.to_owned(), whose)
            }));
        }
    }
    let width = rows.iter().map(|(line, _)| line.chars().count()).filter(|w| *w < 100).max().unwrap_or(0);
    for (line, layer) in rows {
        if layer.is_empty() {
            let _ = writeln!(out, "{line}");
        } else {
            let _ = writeln!(out, "{line:width$}  # {layer}");
        }
    }
    let _ = writeln!(out);
    for layered in &policy.layers {
        let _ = writeln!(out, "# layer {} {} {}", layered.layer.word(), layered.origin, layered.digest());
    }
    if let Some(pin) = policies::pin(policy) {
        let _ = writeln!(out, "# pin --policy-digest {pin}");
    }
    if policy.layers.is_empty() {
        let _ = writeln!(out, "# only the built-in layer: no policy file is in force here");
    }
    let _ = writeln!(out, "# digest {}", policy.digest());
    for problem in &policy.problems {
        let _ = writeln!(out, "# problem {problem}");
    }
    Ok(out)
}

fn written(file: &File) -> Result<String> {
    toml::to_string(file).map_err(|e| Error::new(e.to_string()))
}

fn as_json(policy: &Policy) -> Result<String> {
    let layers: Result<Vec<serde_json::Value>> = policy
        .layers
        .iter()
        .map(|l| {
            Ok(serde_json::json!({
                "layer": l.layer.word(),
                "origin": l.origin,
                "digest": l.digest(),
                "policy": serde_json::to_value(&l.file).map_err(|e| Error::new(e.to_string()))?,
            }))
        })
        .collect();
    let stance = stance(policy.said, policy.asked, &policy.layers, &crate::action::Action::default());
    let value = serde_json::json!({
        "schema": "gate.policy-show/v1",
        "profile": stance.profile.word(),
        "thresholds": stance.thresholds.map(|t| f64::from(t) / 100.0),
        "digest": policy.digest(),
        "layers": layers?,
        "problems": policy.problems,
    });
    Ok(value.to_string() + "\n")
}
