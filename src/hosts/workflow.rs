//! GitHub workflows: the scripts of their steps, as one script in which each step has a shell, a folder and variables of
//! its own.

use bumpalo::Bump;
use serde_json::Value;

use crate::action::shell_name;
use crate::error::{Error, Result};
use crate::facts::placeholders::outside_of_quotes;
use crate::facts::shell;

/// The scripts of a workflow or a composite action.
///
/// # Errors
/// If it is no YAML, or holds no steps.
pub fn script(name: &str, text: &str) -> Result<String> {
    let value: Value =
        serde_saphyr::from_str(text).map_err(|e| Error::new(format!("{name} is not valid YAML: {e}")))?;
    let mut out = String::new();
    let jobs = value.get("jobs").and_then(Value::as_object);
    let runs = value.get("runs");
    if jobs.is_none() && runs.is_none() {
        return Err(Error::new(format!("{name} is no workflow: it has no `jobs`")));
    }
    for (job, body) in jobs.into_iter().flatten() {
        steps(job, body, &[&value], &mut out);
    }
    if let Some(body) = runs {
        steps("action", body, &[], &mut out);
    }
    if out.is_empty() {
        // Steps that only use actions run nothing that stands here.
        out.push_str(":\n");
    }
    Ok(out)
}

fn steps(job: &str, body: &Value, around: &[&Value], out: &mut String) {
    let around: Vec<&Value> = around.iter().copied().chain([body]).collect();
    for (number, step) in body.get("steps").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(run) = step.get("run").and_then(Value::as_str) else { continue };
        let job: String = job.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        out.push_str(&format!("# {job}, step {}\n(\n", number + 1));
        // What stands nearest holds (GitHub, "Workflow syntax", `env`, `defaults.run`).
        for place in around.iter().chain([&step]) {
            for (name, value) in place.get("env").and_then(Value::as_object).into_iter().flatten() {
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if let Some(value) = text(value).filter(|value| plain && !value.contains("${{")) {
                    out.push_str(&format!("export {name}={}\n", shell_words::quote(&value)));
                }
            }
        }
        let setting = |name: &str| {
            let defaults = around.iter().rev().filter_map(|place| place.get("defaults")?.get("run"));
            [step].into_iter().chain(defaults).find_map(|place| place.get(name)?.as_str())
        };
        if let Some(folder) = setting("working-directory") {
            let folder = if folder.contains("${{") { folder.into() } else { shell_words::quote(folder) };
            out.push_str(&format!("cd {folder}\n"));
        }
        read_by(setting("shell").unwrap_or("bash"), run.trim_end(), out);
        out.push_str(")\n");
    }
}

/// A script as what its step names reads it: a shell's own, or given to another program (`shell: python`). What nobody
/// knows to be another language is taken for a shell's.
fn read_by(shell: &str, run: &str, out: &mut String) {
    let words = shell_words::split(shell).unwrap_or_default();
    let name = shell_name(words.first().map(String::as_str).unwrap_or_default());
    // What stands there beside options is run as well: `bash -c "…" {0}`.
    if words.iter().skip(1).any(|word| word.contains(' ') || word == "-c") {
        out.push_str(&format!("{}\n", shell.replace("{0}", "step")));
    }
    let quoted = shell_words::quote(run);
    match name.as_str() {
        "pwsh" | "powershell" | "fish" | "nu" | "tclsh" => out.push_str(&format!("{name} -c {quoted}\n")),
        "cmd" => out.push_str(&format!("cmd /c {quoted}\n")),
        "python" | "python3" | "perl" | "node" | "ruby" | "php" | "deno" | "bun" | "rscript" | "lua" => {
            let mut end = String::from("END");
            while run.lines().any(|line| line == end) {
                end.push('_');
            }
            let name = if name == "rscript" { "Rscript" } else { &name };
            out.push_str(&format!("{name} <<'{end}'\n{run}\n{end}\n"));
        }
        // One that is not closed must not hide those that follow.
        _ if shell::read(&Bump::new(), run, 0, 0).error.is_some() => out.push_str(&format!("bash -c {quoted}\n")),
        _ => out.push_str(&format!("{}\n", outside_of_quotes(run))),
    }
}

/// What a value of `env` is, as the runner passes it on.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn steps_become_a_script() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - uses: x/y@v1\n      - run: |\n          echo ${{ github.ref }}\n          rm -rf /\n      - run: print(1)\n        shell: python\n";
        let read =
            "# a, step 2\n(\necho ${{ github.ref }}\nrm -rf /\n)\n# a, step 3\n(\npython <<'END'\nprint(1)\nEND\n)\n";
        assert_eq!(script("w", text).unwrap(), read);
        let around = "env: { A: x, B: 1, C: \"${{ b }}\" }\ndefaults: { run: { shell: pwsh, working-directory: sub } }\njobs: { a: { steps: [ { run: ls, env: { A: \"y z\" } } ] } }";
        assert_eq!(
            script("w", around).unwrap(),
            "# a, step 1\n(\nexport A=x\nexport B=1\nexport A='y z'\ncd sub\npwsh -c ls\n)\n"
        );
        let quoted = "jobs: { a: { steps: [ { run: \"echo '${{ secrets.A && \\\"}\\\" }}' x\" } ] } }";
        assert_eq!(script("w", quoted).unwrap(), "# a, step 1\n(\necho ''\"${{ secrets.A }}\"'' x\n)\n");
        assert!(script("w", "a: b").is_err());
        assert!(script("w", "[").is_err());
    }
}
