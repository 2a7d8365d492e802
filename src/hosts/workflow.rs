//! GitHub workflows: the scripts of their steps, as one script in which each step has a shell of its own.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::facts::placeholders::outside_of_quotes;

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
        steps(job, body, &mut out);
    }
    if let Some(body) = runs {
        steps("action", body, &mut out);
    }
    if out.is_empty() {
        // Steps that only use actions run nothing that stands here.
        out.push_str(":\n");
    }
    Ok(out)
}

fn steps(job: &str, body: &Value, out: &mut String) {
    for (number, step) in body.get("steps").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(run) = step.get("run").and_then(Value::as_str) else { continue };
        let shell = step.get("shell").and_then(Value::as_str).unwrap_or("bash");
        // Another language than a shell's is not read here.
        if !shell.split([' ', '/']).any(|w| matches!(w, "bash" | "sh")) {
            continue;
        }
        let job: String = job.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        out.push_str(&format!("# {job}, step {}\n(\n{}\n)\n", number + 1, outside_of_quotes(run).trim_end()));
    }
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn steps_become_a_script() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - uses: x/y@v1\n      - run: |\n          echo ${{ github.ref }}\n          rm -rf /\n      - run: print(1)\n        shell: python\n";
        assert_eq!(script("w", text).unwrap(), "# a, step 2\n(\necho ${{ github.ref }}\nrm -rf /\n)\n");
        let quoted = "jobs: { a: { steps: [ { run: \"echo '${{ secrets.A && \\\"}\\\" }}' x\" } ] } }";
        assert_eq!(script("w", quoted).unwrap(), "# a, step 1\n(\necho ''\"${{ secrets.A }}\"'' x\n)\n");
        assert!(script("w", "a: b").is_err());
        assert!(script("w", "[").is_err());
    }
}
