//! Where a program would act, when its words do not say: the context of its own configuration, out of files and
//! variables, each with its source. Bounded; a file that is too large, no file or broken says nothing.

use std::path::{Path, PathBuf};

use super::read_up_to;
use crate::facts::snapshot::context_variables;

/// Names with where they were found.
pub type Observed = Vec<(String, String)>;

/// Bytes of a configuration file.
const LARGEST: u64 = 1 << 20;

/// What is known of a kind of context. `given` are variables that the script itself sets.
#[must_use]
pub fn observe(kind: &str, given: &[(String, String)], cwd: &Path) -> Observed {
    let moved = given.iter().find(|(name, value)| name == "HOME" && value.starts_with('/'));
    let home = moved.map_or_else(super::home, |(_, home)| home.clone());
    let look = Look { given, cwd, home: PathBuf::from(home) };
    let telling = context_variables(kind).telling;
    match kind {
        "kubernetes" => look.kubernetes(),
        "terraform" => look.terraform(),
        "gcp" => look.gcp(),
        "azure" => look.azure(),
        "database" => look.variables(telling).into_iter().chain(look.url("DATABASE_URL")).collect(),
        "rails" => look.rails(),
        "docker" => look.docker(),
        _ => look.variables(telling),
    }
}

struct Look<'g> {
    given: &'g [(String, String)],
    cwd: &'g Path,
    home: PathBuf,
}

impl Look<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let own = self.given.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        own.or_else(|| std::env::var(name).ok()).filter(|v| !v.is_empty())
    }

    fn variables(&self, names: &[&str]) -> Observed {
        names.iter().filter_map(|name| Some((self.variable(name)?, format!("variable {name}")))).collect()
    }

    /// The host and database of a URL, without what is secret in it.
    fn url(&self, name: &str) -> Observed {
        let Some(value) = self.variable(name) else { return Vec::new() };
        let rest = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let plain = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        vec![(plain.to_owned(), format!("variable {name}"))]
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.home)
            .map_or_else(|_| path.display().to_string(), |rest| format!("~/{}", rest.display()))
    }

    /// `KUBECONFIG` (a list of files; the first that names a current context wins), else `~/.kube/config`.
    fn kubernetes(&self) -> Observed {
        let mut out = self.variables(&["HELM_KUBECONTEXT", "HELM_NAMESPACE"]);
        if out.iter().any(|(_, whence)| whence.ends_with("KUBECONTEXT")) {
            return out;
        }
        let (files, whence): (Vec<PathBuf>, bool) = match self.variable("KUBECONFIG") {
            Some(list) => (std::env::split_paths(&list).map(|p| self.cwd.join(p)).collect(), true),
            None => (vec![self.home.join(".kube/config")], false),
        };
        for file in files.iter().take(8) {
            let Some(text) = read_up_to(file, LARGEST) else { continue };
            let Some(config) = kubeconfig(&text) else { continue };
            let source = format!("kube context of {}{}", self.shown(file), if whence { " (KUBECONFIG)" } else { "" });
            for name in [Some(config.context), config.cluster, config.namespace].into_iter().flatten() {
                if !out.iter().any(|(known, _)| *known == name) {
                    out.push((name, source.clone()));
                }
            }
            break;
        }
        out
    }

    fn terraform(&self) -> Observed {
        super::terraform::workspace(self.cwd, |name| self.variable(name))
            .map(|(name, whence)| match whence {
                "TF_WORKSPACE" => (name, format!("variable {whence}")),
                _ => (name, format!("terraform workspace ({whence})")),
            })
            .into_iter()
            .collect()
    }

    fn gcp(&self) -> Observed {
        let out = self.variables(context_variables("gcp").telling);
        if !out.is_empty() {
            return out;
        }
        let folder = self.variable("CLOUDSDK_CONFIG").map_or_else(|| self.home.join(".config/gcloud"), PathBuf::from);
        let active = read_up_to(&folder.join("active_config"), 256).unwrap_or_else(|| "default".to_owned());
        let file = folder.join("configurations").join(format!("config_{}", active.trim()));
        let Some(text) = read_up_to(&file, LARGEST) else { return Vec::new() };
        let project = text.lines().find_map(|l| l.trim().strip_prefix("project")?.trim_start().strip_prefix('='));
        project.map(|p| (p.trim().to_owned(), self.shown(&file))).into_iter().collect()
    }

    fn azure(&self) -> Observed {
        let folder = self.variable("AZURE_CONFIG_DIR").map_or_else(|| self.home.join(".azure"), PathBuf::from);
        let file = folder.join("azureProfile.json");
        let Some(text) = read_up_to(&file, LARGEST) else { return Vec::new() };
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}')) else {
            return Vec::new();
        };
        let list = value.get("subscriptions").and_then(serde_json::Value::as_array);
        let default =
            list.into_iter().flatten().find(|s| s.get("isDefault").and_then(serde_json::Value::as_bool) == Some(true));
        let name = default.and_then(|s| s.get("name")?.as_str());
        name.map(|n| (n.to_owned(), self.shown(&file))).into_iter().collect()
    }

    /// Rails acts on its development environment where nothing says otherwise (its guide, "Configuring").
    fn rails(&self) -> Observed {
        let mut out = self.variables(&["RAILS_ENV", "RACK_ENV", "MIX_ENV", "FLASK_ENV"]);
        let url = self.url("DATABASE_URL");
        if out.is_empty() && url.is_empty() {
            out.push(("development".to_owned(), "the default of Rails".to_owned()));
        }
        out.extend(url);
        out
    }

    fn docker(&self) -> Observed {
        let out = self.variables(context_variables("docker").telling);
        if !out.is_empty() {
            return out;
        }
        let folder = self.variable("DOCKER_CONFIG").map_or_else(|| self.home.join(".docker"), PathBuf::from);
        let file = folder.join("config.json");
        let Some(text) = read_up_to(&file, LARGEST) else { return Vec::new() };
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let name = value.get("currentContext").and_then(serde_json::Value::as_str);
        name.map(|n| (n.to_owned(), self.shown(&file))).into_iter().collect()
    }
}

/// What a kubeconfig says of its current context.
#[derive(Debug, PartialEq, Eq)]
struct Current {
    context: String,
    cluster: Option<String>,
    namespace: Option<String>,
}

/// The current context of a kubeconfig, without reading the certificates around it: block style line by line, as
/// kubectl writes it; anything else as YAML.
fn kubeconfig(text: &str) -> Option<Current> {
    if let Some(current) = by_lines(text) {
        return Some(current);
    }
    let value: serde_json::Value = serde_saphyr::from_str(text).ok()?;
    let name = value.get("current-context")?.as_str()?;
    let contexts = value.get("contexts")?.as_array()?;
    let context = contexts.iter().find(|c| c.get("name").and_then(serde_json::Value::as_str) == Some(name));
    let member = |key: &str| context?.get("context")?.get(key)?.as_str().map(str::to_owned);
    (!name.is_empty()).then(|| Current {
        context: name.to_owned(),
        cluster: member("cluster"),
        namespace: member("namespace"),
    })
}

fn by_lines(text: &str) -> Option<Current> {
    let scalar = |value: &str| value.trim().trim_matches(['"', '\'']).to_owned();
    let current = text.lines().find_map(|l| l.strip_prefix("current-context:")).map(scalar)?;
    if current.is_empty() || current.contains(['{', '[', '|', '>', '&', '*', '#']) {
        return None;
    }
    let start = text.find("\ncontexts:").map(|at| at + 10).or_else(|| text.strip_prefix("contexts:").map(|_| 9))?;
    let (mut cluster, mut namespace, mut name) = (None, None, None);
    let mut items: Vec<(Option<String>, Option<String>, Option<String>)> = Vec::new();
    for line in text[start..].lines().skip(1) {
        if !line.starts_with([' ', '-']) && !line.is_empty() {
            break;
        }
        let mut bare = line.trim();
        if let Some(rest) = bare.strip_prefix("- ") {
            items.push((name.take(), cluster.take(), namespace.take()));
            bare = rest.trim();
        }
        if let Some(value) = bare.strip_prefix("cluster:") {
            cluster = Some(scalar(value));
        } else if let Some(value) = bare.strip_prefix("namespace:") {
            namespace = Some(scalar(value));
        } else if let Some(value) = bare.strip_prefix("name:") {
            name = Some(scalar(value));
        }
    }
    items.push((name, cluster, namespace));
    let found = items.into_iter().find(|(name, ..)| name.as_deref() == Some(current.as_str()))?;
    Some(Current { context: current, cluster: found.1, namespace: found.2 })
}

#[cfg(test)]
mod tests {
    use super::{Current, kubeconfig};

    #[test]
    fn kubeconfigs() {
        let block = "apiVersion: v1\nclusters:\n- cluster:\n    server: https://x\n  name: c1\ncontexts:\n- context:\n    cluster: kind-dev\n    user: u\n  name: kind-dev\n- context:\n    cluster: \"prod-eu\"\n    namespace: payments\n    user: u\n  name: prod\ncurrent-context: prod\nkind: Config\n";
        let expected =
            Current { context: "prod".into(), cluster: Some("prod-eu".into()), namespace: Some("payments".into()) };
        assert_eq!(kubeconfig(block), Some(expected));
        let flow = r#"{"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "b"}}]}"#;
        assert_eq!(kubeconfig(flow), Some(Current { context: "a".into(), cluster: Some("b".into()), namespace: None }));
        for broken in ["", "current-context: x\n", "current-context: ''\ncontexts: []\n", ": : :"] {
            assert_eq!(kubeconfig(broken), None, "{broken}");
        }
    }
}
