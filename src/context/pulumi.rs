//! Pulumi at the edge: what a command line means, and its preview as JSON.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::terraform::output_of;
use crate::error::{Error, Result};

/// `pulumi [-C D] up [options]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ups {
    /// Options that preview and update both take.
    pub both: Vec<String>,
    pub yes: bool,
}

/// Reads a command line. None: it is no update that is understood wholly, and is judged as it stands.
#[must_use]
pub fn ups(words: &[OsString]) -> Option<Ups> {
    let words: Vec<&str> = words.iter().map(|w| w.to_str()).collect::<Option<_>>()?;
    let name = words.first()?.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
    if name != "pulumi" {
        return None;
    }
    let mut out = Ups { both: Vec::new(), yes: false };
    let mut up = false;
    let mut rest = words[1..].iter().copied();
    while let Some(word) = rest.next() {
        let (option, attached) = match word.split_once('=') {
            Some((option, value)) if word.starts_with("--") => (option, Some(value.to_owned())),
            _ => (word, None),
        };
        match option {
            "up" | "update" if !up => up = true,
            "-y" | "--yes" => out.yes = attached.as_deref() != Some("false"),
            // The preview is made anyway, and shown by gate.
            "-f" | "--skip-preview" | "--diff" | "--non-interactive" | "--suppress-outputs" => {}
            "-r" | "--refresh" | "--target-dependents" | "--config-path" if attached.is_none() => {
                out.both.push(option.to_owned());
            }
            "-s"
            | "--stack"
            | "-C"
            | "--cwd"
            | "-c"
            | "--config"
            | "--config-file"
            | "-t"
            | "--target"
            | "--replace"
            | "-p"
            | "--parallel"
            | "-m"
            | "--message"
            | "--policy-pack"
            | "--policy-pack-config" => {
                out.both.push(option.to_owned());
                out.both.push(attached.or_else(|| rest.next().map(str::to_owned))?);
            }
            _ => return None,
        }
    }
    up.then_some(out)
}

/// The preview as JSON; the update plan that belongs to it is written to `save`.
///
/// # Errors
/// If the preview fails, or says more than a plan may.
pub fn preview(words: &[OsString], directory: &Path) -> Result<String> {
    let Some((program, arguments)) = words.split_first() else { return Err(Error::new("this is no command")) };
    let child = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env_remove("PULUMI_ENABLE_STREAMING_JSON_PREVIEW")
        // Plans may be saved and held to.
        .env("PULUMI_EXPERIMENTAL", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| Error::new(format!("cannot run {}: {e}", program.to_string_lossy())))?;
    output_of(child, "the preview")
}

#[cfg(test)]
mod tests {
    use super::ups;
    use std::ffi::OsString;

    #[test]
    fn command_lines() {
        let read = |line: &str| ups(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        let all = read("pulumi -C infra up -y -s=prod --target x --skip-preview");
        assert_eq!(all, None, "a short option takes no equals sign");
        let all = read("pulumi -C infra up -y --stack=prod --target x --skip-preview").unwrap();
        assert!(all.yes);
        assert_eq!(all.both, ["-C", "infra", "--stack", "prod", "--target", "x"]);
        for other in ["pulumi preview", "pulumi up --frobnicate", "pulumi destroy -y", "terraform up", "pulumi"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
