//! Terraform and its kin at the edge: what a command line means, which program really runs, which workspace it acts on,
//! and the plan as JSON.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::programs::is_of_machine;
use crate::digest::{Parts, of_reader};
use crate::error::{Error, Result};
use crate::limits;

/// `terraform [-chdir=D] apply|destroy [options] [PLAN]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applies {
    /// Options before the subcommand.
    pub global: Vec<String>,
    pub destroy: bool,
    /// Options that belong to planning (variables, targets, replacements).
    pub planning: Vec<String>,
    /// Options that belong to applying and planning (parallelism, locks, how it is shown).
    pub both: Vec<String>,
    /// Options that belong to applying alone (where the state and its backup are written).
    pub applying: Vec<String>,
    /// The plan file that is named.
    pub plan: Option<String>,
    pub auto_approve: bool,
    /// Where the configuration is, as `-chdir` says.
    pub chdir: Option<String>,
}

/// Options of Terragrunt that take a value behind them, and those that take none
/// (docs.terragrunt.com, "CLI options"); each also with `terragrunt-` before it, as it was called.
const TERRAGRUNT_VALUES: [&str; 6] = ["working-dir", "config", "log-level", "log-format", "iam-role", "download-dir"];
const TERRAGRUNT_FLAGS: [&str; 4] = ["non-interactive", "no-color", "no-auto-init", "source-update"];

/// Reads a command line. None: it is no apply or destroy, and is judged as it stands.
///
/// # Errors
/// If it is one with an option that is not known: what it would do to a plan is not known either.
pub fn applies(words: &[OsString]) -> Result<Option<Applies>> {
    let Some(words) = words.iter().map(|w| w.to_str()).collect::<Option<Vec<&str>>>() else { return Ok(None) };
    let name = words.first().and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or("").trim_end_matches(".exe");
    if !matches!(name, "terraform" | "tofu" | "terragrunt") {
        return Ok(None);
    }
    let mut out = Applies {
        global: Vec::new(),
        destroy: false,
        planning: Vec::new(),
        both: Vec::new(),
        applying: Vec::new(),
        plan: None,
        auto_approve: false,
        chdir: None,
    };
    let mut rest = words[1..].iter().copied();
    loop {
        match rest.next().unwrap_or_default() {
            "apply" => break,
            "destroy" => {
                out.destroy = true;
                break;
            }
            option if option.starts_with("-chdir=") => {
                out.chdir = option.split_once('=').map(|(_, d)| d.to_owned());
                out.global.push(option.to_owned());
            }
            _ => return Ok(None),
        }
    }
    let unclear = |what: &str| {
        let message = format!("gate plans before `{name}` applies, and cannot with {what}");
        Error::new(message)
            .help("leave it out; or plan into a file by yourself, and apply that: `terraform plan -out=FILE`")
    };
    // What stands behind `=`, or else the next word.
    let needed = |option: &str, value: Option<String>, words: &mut std::vec::IntoIter<String>| {
        value.or_else(|| words.next()).ok_or_else(|| unclear(&format!("`{option}` without a value")))
    };
    let extra = std::env::var("TF_CLI_ARGS_apply").unwrap_or_default();
    let extra = shell_words::split(&extra).map_err(|_| unclear("the quotes in TF_CLI_ARGS_apply"))?;
    let all: Vec<String> = extra.into_iter().chain(rest.map(str::to_owned)).collect();
    let mut words = all.into_iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            if out.plan.is_some() || out.destroy {
                return Err(unclear(&format!("the word `{word}`")));
            }
            out.plan = Some(word);
            continue;
        }
        let plain = format!("-{}", word.trim_start_matches('-'));
        let (option, value) = match plain.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (plain.clone(), None),
        };
        match option.as_str() {
            "-auto-approve" => out.auto_approve = value.as_deref().is_none_or(|v| v != "false"),
            "-destroy" => out.destroy = true,
            "-h" | "-help" => return Ok(None),
            "-input" => {}
            "-no-color" | "-compact-warnings" | "-json" | "-show-sensitive" | "-concise" => out.both.push(plain),
            "-var" | "-var-file" | "-target" | "-replace" | "-state" | "-exclude" => {
                let value = needed(&option, value, &mut words)?;
                out.planning.extend([option, value]);
            }
            "-refresh" | "-refresh-only" => out.planning.push(plain),
            "-parallelism" | "-lock-timeout" | "-lock" | "-backup" | "-state-out" => {
                let value = needed(&option, value, &mut words)?;
                let its = if matches!(&*option, "-backup" | "-state-out") { &mut out.applying } else { &mut out.both };
                its.push(format!("{option}={value}"));
            }
            other => {
                let own = other.trim_start_matches('-').trim_start_matches("terragrunt-");
                match value {
                    _ if name != "terragrunt" => return Err(unclear(&format!("`{word}`"))),
                    Some(_) if TERRAGRUNT_VALUES.contains(&own) => out.both.push(word),
                    None if TERRAGRUNT_FLAGS.contains(&own) => out.both.push(word),
                    None if TERRAGRUNT_VALUES.contains(&own) => {
                        let value = needed(&word, None, &mut words)?;
                        out.both.extend([word, value]);
                    }
                    _ => return Err(unclear(&format!("`{word}`"))),
                }
            }
        }
    }
    Ok(Some(out))
}

/// The program behind a wrapper that a CI set-up action puts in its place: the wrapper collects output and changes exit
/// codes. hashicorp/setup-terraform keeps the real one as `terraform-bin` beside it or in `TERRAFORM_CLI_PATH`.
#[must_use]
pub fn real_program(found: &Path, directory: &Path) -> PathBuf {
    let mut head = [0; 2];
    let script = std::fs::File::open(found).and_then(|mut f| f.read_exact(&mut head)).is_ok() && head == *b"#!";
    if !script {
        return found.to_owned();
    }
    let name = found.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = found.with_file_name(format!("{name}-bin"));
    if beside.is_file() {
        return beside;
    }
    // Whoever is judged may set the variable: it counts where the project does not reach.
    let folder = std::env::var_os(format!("{}_CLI_PATH", name.to_uppercase()));
    let elsewhere = folder.map(|folder| PathBuf::from(folder).join(format!("{name}-bin")));
    elsewhere.filter(|program| is_of_machine(program, directory)).unwrap_or_else(|| found.to_owned())
}

/// The workspace that is selected (`TF_WORKSPACE`, else `environment` in `TF_DATA_DIR`), by the variables that terraform
/// would see.
#[must_use]
pub fn workspace(directory: &Path, variable: impl Fn(&str) -> Option<String>) -> Option<(String, &'static str)> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(name) = set("TF_WORKSPACE") {
        return Some((name, "TF_WORKSPACE"));
    }
    let data = directory.join(set("TF_DATA_DIR").unwrap_or_else(|| ".terraform".to_owned()));
    let text = super::read_small(&data.join("environment"))?;
    let name = text.trim().to_owned();
    (!name.is_empty() && name != "default").then_some((name, ".terraform/environment"))
}

/// A plan file as JSON, by the program that would apply it.
///
/// # Errors
/// If it cannot be shown, or is larger than a plan may be.
pub fn show(program: &Path, global: &[String], directory: &Path, plan: &str) -> Result<String> {
    let child = Command::new(program)
        .args(global)
        .args(["show", "-json", "-no-color", plan])
        .current_dir(directory)
        .env_remove("TF_CLI_ARGS")
        .env_remove("TF_CLI_ARGS_show")
        .env_remove("TF_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| Error::new(format!("cannot run {}: {e}", program.display())))?;
    output_of(child, &format!("{} show {plan}", program.display()))
}

/// What a started program prints, within the bound of a plan; `what` names it where it fails.
///
/// # Errors
/// If it fails, prints too much, or no UTF-8.
pub fn output_of(mut child: Child, what: &str) -> Result<String> {
    let mut text = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(limits::PLAN as u64 + 1)
            .read_to_end(&mut text)
            .map_err(|e| Error::new(format!("cannot read the plan: {e}")))?;
    }
    if text.len() > limits::PLAN {
        child.kill().ok();
        child.wait().ok();
        return Err(Error::new(format!("the plan is larger than {} bytes", limits::PLAN)));
    }
    let status = child.wait().map_err(|e| Error::new(format!("cannot wait for {what}: {e}")))?;
    if !status.success() {
        return Err(Error::new(format!("{what} failed")));
    }
    String::from_utf8(text).map_err(|_| Error::new("the plan is not UTF-8"))
}

/// SHA-256 of a file, as hex.
///
/// # Errors
/// If it cannot be read.
pub fn digest(path: &Path) -> Result<String> {
    std::fs::File::open(path)
        .and_then(of_reader)
        .map_err(|e| Error::new(format!("cannot read {}: {e}", path.display())))
}

/// SHA-256 over the configuration in a directory: what a plan is made from.
#[must_use]
pub fn configuration(directory: &Path) -> String {
    let mut names: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            [".tf", ".tf.json", ".tofu", ".tfvars", ".tfvars.json", ".terraform.lock.hcl", ".hcl"]
                .iter()
                .any(|e| name.ends_with(e))
        })
        .collect();
    names.sort();
    let mut hash = Parts::default();
    for path in names {
        hash.add(path.to_string_lossy().as_bytes());
        hash.add([0]);
        hash.add(digest(&path).unwrap_or_default());
    }
    hash.end()
}

#[cfg(test)]
mod tests {
    use super::applies;
    use std::ffi::OsString;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn read(line: &str) -> Option<super::Applies> {
        applies(&words(line)).unwrap()
    }

    #[test]
    fn command_lines() {
        let all = read("terraform -chdir=infra apply -auto-approve -var x=1 -target=a.b -parallelism=3").unwrap();
        assert_eq!(all.chdir.as_deref(), Some("infra"));
        assert!(all.auto_approve && !all.destroy && all.plan.is_none());
        assert_eq!(all.planning, ["-var", "x=1", "-target", "a.b"]);
        assert_eq!(all.both, ["-parallelism=3"]);
        assert_eq!(read("tofu apply plan.out").unwrap().plan.as_deref(), Some("plan.out"));
        assert!(read("terraform destroy").unwrap().destroy);
        assert!(!read("terraform apply -auto-approve=false").unwrap().auto_approve);
        let shown = read("terraform apply -json -no-color -state-out=s -backup -").unwrap();
        assert_eq!(shown.both, ["-json", "-no-color"]);
        assert_eq!(shown.applying, ["-state-out=s", "-backup=-"]);
        let shown = read("terragrunt apply --terragrunt-working-dir live --non-interactive").unwrap();
        assert_eq!(shown.both, ["--terragrunt-working-dir", "live", "--non-interactive"]);
        for other in ["terraform plan", "terraform apply -help", "terraform -version", "make apply"] {
            assert_eq!(read(other), None, "{other}");
        }
        for unclear in [
            "terraform apply -frobnicate",
            "terraform apply a b",
            "terraform destroy -target",
            "terragrunt apply --working-dir",
        ] {
            assert!(applies(&words(unclear)).is_err(), "{unclear}");
        }
    }
}
