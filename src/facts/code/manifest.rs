//! Kubernetes manifests that a command applies or deletes: which resources, in which namespaces, and what they may do
//! (<https://kubernetes.io/docs/reference/kubernetes-api/>).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::count::counted;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Where};
use crate::facts::shell::ast::Span;
use crate::facts::snapshot::{Answer, Ask};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Data, Field, Taint, Val};
use crate::facts::{Call, Place};
use crate::limits;

/// One resource of a manifest.
struct Resource<'a> {
    kind: String,
    name: String,
    namespace: String,
    body: Value,
    span: Span,
    /// The `-f` or `-k` that names it.
    given: Field<'a>,
}

/// Folders that kustomizations lead to.
const KUSTOMIZATIONS: u32 = 8;

impl<'a> Analysis<'a> {
    /// What the manifests of a call say, if they can be read.
    pub fn follow_manifests(&mut self, call: &Call<'a>, index: u32, stdin: &Data<'a>) {
        if !self.place.local() || call.options.iter().any(|o| o.is("--dry-run")) {
            return;
        }
        let namespace = self.namespace_of(call);
        let deep = call.options.iter().any(|o| o.is("-R"));
        let mut resources = Vec::new();
        for option in call.options {
            let Some(field) = option.value else { continue };
            let Val::Lit(path) = field.val else { continue };
            if option.is("-k") {
                self.kustomization(path, field, "", 0, &mut resources);
            } else if option.is("-f") {
                for path in path.split(',') {
                    self.named_manifests(path, field, deep, stdin, index, &mut resources);
                }
            }
        }
        // `argo submit file`
        for field in call.fields("manifest").collect::<Vec<_>>() {
            let Val::Lit(path) = field.val else { continue };
            self.named_manifests(path, field, deep, stdin, index, &mut resources);
        }
        for resource in &mut resources {
            if resource.namespace.is_empty() {
                resource.namespace.clone_from(&namespace);
            }
        }
        let deletes = call.verb.ends_with("delete");
        if deletes {
            self.deleted_resources(&resources, index);
        } else {
            for resource in &resources {
                self.applied_resource(resource, index);
            }
        }
        self.namespaces(&resources, deletes, index);
    }

    /// What the command says.
    fn namespace_of(&self, call: &Call<'a>) -> String {
        let said = call.options.iter().rev().find(|o| o.is("-n")).and_then(|o| o.value?.val.lit());
        said.unwrap_or("").to_owned()
    }

    fn named_manifests(
        &mut self,
        path: &'a str,
        field: Field<'a>,
        deep: bool,
        stdin: &Data<'a>,
        index: u32,
        out: &mut Vec<Resource<'a>>,
    ) {
        if path == "-" {
            self.applied_from_elsewhere(stdin, index, field);
            match stdin.text {
                Some(Val::Lit(text)) => {
                    let source = self.source(text, "manifest", Some(field.span));
                    documents(text, source, field, out);
                }
                Some(_) => {}
                None if built_by_kustomize(stdin.source).is_some() => {
                    let folder = built_by_kustomize(stdin.source).unwrap_or(".");
                    self.kustomization(folder, field, "", 0, out);
                }
                None if !stdin.inherited && !stdin.source.is_empty() => {
                    self.manifest_file(stdin.source, field, out);
                }
                None => {}
            }
            return;
        }
        if path.contains("://") {
            return;
        }
        if path.contains(['*', '?']) {
            let (folder, pattern) = path.rsplit_once('/').unwrap_or((".", path));
            let Some(folder) = self.path_target(Val::Lit(folder), Look::Not).path else { return };
            for file in self.files_like(folder, pattern, false) {
                self.manifest_file(file, field, out);
            }
            return;
        }
        let Some(absolute) = self.path_target(Val::Lit(path), Look::Not).path else { return };
        let folder = matches!(self.ask(&Ask::Path(absolute.to_owned())), Answer::Directory);
        if !folder {
            if let Some(file) = self.state.file(absolute).filter(|file| !file.directory) {
                self.applied_from_elsewhere(&file.data, index, field);
            }
            self.manifest_file(path, field, out);
            return;
        }
        for file in self.files_like(absolute, "*", deep) {
            if [".yaml", ".yml", ".json"].iter().any(|end| file.ends_with(end)) {
                self.manifest_file(file, field, out);
            }
        }
    }

    /// A manifest that comes straight from an address, unless a project publishes it there.
    fn applied_from_elsewhere(&mut self, data: &Data<'a>, index: u32, field: Field<'a>) {
        if data.taint.has(Taint::NETWORK) && !self.is_published(data.source) {
            self.plain_effect(Kind::Apply, data.source, index, field.span, data.taint, &["from-url"]);
        }
    }

    fn manifest_file(&mut self, path: &'a str, field: Field<'a>, out: &mut Vec<Resource<'a>>) {
        let Some(path) = self.path_target(Val::Lit(path), Look::Not).path else { return };
        let written = self.state.file(path).map(|file| file.data.text);
        let text = match written {
            // The script itself wrote it.
            Some(Some(Val::Lit(text))) => text,
            Some(_) => return,
            None if !self.one_more_file(path, field.span) => return,
            None => match self.file_text(path) {
                Some(text) => text,
                None => return,
            },
        };
        let source = self.source_file(text, "manifest", Some(field.span), path);
        documents(text, source, field, out);
    }

    /// A folder's `kustomization.yaml`: the resources that it lists, in the namespace that it sets.
    fn kustomization(&mut self, folder: &str, field: Field<'a>, outer: &str, depth: u32, out: &mut Vec<Resource<'a>>) {
        let folder: &'a str = self.bump.alloc_str(folder);
        let Some(folder) = self.path_target(Val::Lit(folder), Look::Not).path else { return };
        for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
            let path = paths::absolute(self.bump, folder, name);
            let Some(text) = self.file_text(path) else { continue };
            let Ok(file) = serde_saphyr::from_str::<Value>(text) else { return };
            let own = file.get("namespace").and_then(Value::as_str).unwrap_or("");
            let namespace = if outer.is_empty() { own } else { outer };
            let lists = ["resources", "bases", "components"].iter().filter_map(|key| file.get(*key)?.as_array());
            for entry in lists.flatten().filter_map(Value::as_str).filter(|e| !e.contains("://")) {
                let path = paths::absolute(self.bump, folder, entry);
                let start = out.len();
                if entry.ends_with(".yaml") || entry.ends_with(".yml") || entry.ends_with(".json") {
                    self.manifest_file(path, field, out);
                } else if depth < KUSTOMIZATIONS {
                    self.kustomization(path, field, namespace, depth + 1, out);
                }
                for resource in out.iter_mut().skip(start).filter(|_| !namespace.is_empty()) {
                    namespace.clone_into(&mut resource.namespace);
                }
            }
            return;
        }
    }

    /// One effect a namespace: how much of it the manifests hold, which is also what is at stake.
    fn namespaces(&mut self, resources: &[Resource<'a>], deletes: bool, index: u32) {
        let mut spaces: BTreeMap<&str, (u64, u64, Field<'a>)> = BTreeMap::new();
        for resource in resources {
            let entry = spaces.entry(&resource.namespace).or_insert((0, 0, resource.given));
            if self.listed("kubernetes-workloads", &resource.kind) {
                entry.0 += 1;
            } else {
                entry.1 += 1;
            }
        }
        for (namespace, (workloads, others, given)) in spaces {
            let place = match namespace {
                "" => "the current namespace".to_owned(),
                name => format!("namespace {name}"),
            };
            let more = if others > 0 { format!(", {}", counted(others, "other resource")) } else { String::new() };
            let text =
                self.bump.alloc_str(&format!("{place}: {}{more} in these manifests", counted(workloads, "workload")));
            let (does, marks): (Kind, &'a [&'a str]) = match deletes {
                true => (Kind::Destroy, &["manifest", "resource"]),
                false => (Kind::Apply, &["manifest"]),
            };
            self.plain_effect(does, text, index, given.span, Taint::NONE, marks);
        }
    }

    fn listed(&self, list: &'static str, kind: &str) -> bool {
        self.know.lists().items(list).any(|known| known.eq_ignore_ascii_case(kind))
    }

    fn deleted_resources(&mut self, resources: &[Resource<'a>], index: u32) {
        for resource in resources {
            if !self.listed("kubernetes-data", &resource.kind) {
                continue;
            }
            let text = self.title(resource);
            self.plain_effect(Kind::Destroy, text, index, resource.span, Taint::NONE, &["data"]);
        }
    }

    fn title(&self, resource: &Resource<'a>) -> &'a str {
        let Resource { kind, name, namespace, .. } = resource;
        let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
        self.bump.alloc_str(&format!("{kind} {name}{place}"))
    }

    fn applied_resource(&mut self, resource: &Resource<'a>, index: u32) {
        let title = self.title(resource);
        let body = &resource.body;
        let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let everything = |rule: &Value| {
            let any = |key: &str| rule.get(key).and_then(Value::as_array).is_some_and(|l| l.iter().any(|v| v == "*"));
            any("verbs") && any("resources")
        };
        let rights = match resource.kind.as_str() {
            "ClusterRole" | "Role" => {
                body.get("rules").and_then(Value::as_array).is_some_and(|r| r.iter().any(everything))
            }
            "ClusterRoleBinding" | "RoleBinding" => {
                body.get("roleRef").is_some_and(|r| word(r, "name") == "cluster-admin")
            }
            // Whoever answers there sees, and may change, all that is made.
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
                let webhooks = body.get("webhooks").and_then(Value::as_array);
                let elsewhere =
                    |hook: &Value| hook.get("clientConfig").is_some_and(|config| !word(config, "url").is_empty());
                webhooks.is_some_and(|hooks| hooks.iter().any(elsewhere))
            }
            _ => false,
        };
        if rights {
            self.plain_effect(Kind::Grant, title, index, resource.span, Taint::NONE, &["identity"]);
        }
        let opens = |item: &str| {
            let mut words = item.splitn(3, ' ');
            let (kind, at, value) = (words.next(), words.next(), words.next());
            let said =
                at.and_then(|at| body.pointer(at)).map(|said| said.as_str().map_or(said.to_string(), str::to_owned));
            kind == Some(&resource.kind) && said.as_deref() == value
        };
        if self.know.lists().items("manifests-that-open").any(opens) {
            self.plain_effect(Kind::Configure, title, index, resource.span, Taint::NONE, &["defence-off"]);
        }
        for pod in pods_of(&resource.kind, body) {
            self.applied_pod(&pod, title, resource.span, index);
        }
    }

    /// What the containers of a pod may do, and what they run.
    fn applied_pod(&mut self, pod: &Value, title: &'a str, span: Span, index: u32) {
        let set =
            |value: Option<&Value>, key: &str| value.and_then(|v| v.get(key)).and_then(Value::as_bool) == Some(true);
        let list = |key: &str| pod.get(key).and_then(Value::as_array).into_iter().flatten();
        let containers: Vec<&Value> = list("initContainers").chain(list("containers")).collect();
        let privileged = containers.iter().any(|c| set(c.get("securityContext"), "privileged"));
        let added =
            containers.iter().filter_map(|c| c.get("securityContext")?.get("capabilities")?.get("add")?.as_array());
        let capable =
            added.flatten().any(|c| matches!(c.as_str(), Some("ALL" | "SYS_ADMIN" | "SYS_PTRACE" | "SYS_MODULE")));
        if privileged || capable || set(Some(pod), "hostPID") || set(Some(pod), "hostIPC") {
            self.plain_effect(Kind::Elevate, title, index, span, Taint::NONE, &["host-container"]);
        }
        let vocabulary = self.know.vocabulary();
        let of_host = |path: &str| {
            let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
            globs::listed(&vocabulary.lists, "host-mounts", path)
        };
        let mounted = list("volumes").filter_map(|v| v.get("hostPath")?.get("path")?.as_str()).any(of_host);
        if mounted {
            self.plain_effect(Kind::Elevate, title, index, span, Taint::NONE, &["host-mount"]);
        }
        for container in containers {
            let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
            if vocabulary.lists.items("miners").any(|name| image.contains(name)) {
                let image = self.bump.alloc_str(image);
                self.plain_effect(Kind::Execute, image, index, span, Taint::NONE, &["attack-tool"]);
            }
            let words = |key: &str| -> Vec<&'a str> {
                let list = container.get(key).and_then(Value::as_array).into_iter().flatten();
                list.filter_map(Value::as_str).map(|w| &*self.bump.alloc_str(w)).collect()
            };
            let mut command = words("command");
            if command.is_empty() || self.depth + 1 >= limits::NESTING {
                continue;
            }
            command.extend(words("args"));
            let before = self.place;
            self.place = self.bump.alloc(Place { kind: Where::Container, name: title, ..Place::HERE });
            let mark = self.state.mark();
            self.depth += 1;
            self.argv_call(&command, span);
            self.depth -= 1;
            self.leave_subshell(mark);
            self.place = before;
        }
    }
}

/// The folder of `kustomize build folder`, which is what `-k folder` would read.
pub(in crate::facts) fn built_by_kustomize(source: &str) -> Option<&str> {
    let rest = source.strip_prefix("kustomize build").or_else(|| source.strip_prefix("kubectl kustomize"))?;
    Some(rest.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or("."))
}

/// The pods that a resource makes. Steps of Argo's workflows and of Tekton's tasks are containers, each of them alone or all
/// in one (<https://argo-workflows.readthedocs.io/en/latest/fields/>, <https://tekton.dev/docs/pipelines/tasks/>).
fn pods_of(kind: &str, body: &Value) -> Vec<Value> {
    let Some(spec) = body.get("spec") else { return Vec::new() };
    let one = match kind {
        "Pod" => Some(spec),
        "CronJob" => spec.pointer("/jobTemplate/spec/template/spec"),
        "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" => return pods_of_workflow(spec),
        "CronWorkflow" => return spec.get("workflowSpec").map(pods_of_workflow).unwrap_or_default(),
        "Task" | "ClusterTask" => return pod_of_steps(spec).into_iter().collect(),
        "TaskRun" => return spec.get("taskSpec").and_then(pod_of_steps).into_iter().collect(),
        "Pipeline" => return pods_of_pipeline(spec),
        "PipelineRun" => return spec.get("pipelineSpec").map(pods_of_pipeline).unwrap_or_default(),
        _ => spec.pointer("/template/spec"),
    };
    one.cloned().into_iter().collect()
}

fn pods_of_workflow(spec: &Value) -> Vec<Value> {
    let templates = spec.get("templates").and_then(Value::as_array).into_iter().flatten();
    let pod = |template: &Value| {
        let one = ["container", "script"].iter().filter_map(|key| template.get(*key)).map(with_script);
        let more = ["initContainers", "sidecars"].iter().filter_map(|key| template.get(*key)?.as_array()).flatten();
        let containers: Vec<Value> = one.chain(more.map(with_script)).collect();
        let volumes = template.get("volumes").or_else(|| spec.get("volumes")).cloned().unwrap_or_default();
        (!containers.is_empty()).then(|| serde_json::json!({ "containers": containers, "volumes": volumes }))
    };
    templates.filter_map(pod).collect()
}

fn pod_of_steps(task: &Value) -> Option<Value> {
    let volumes = task.get("volumes").cloned().unwrap_or_default();
    let steps: Vec<Value> = task.get("steps")?.as_array()?.iter().map(with_script).collect();
    Some(serde_json::json!({ "containers": steps, "volumes": volumes }))
}

/// The tasks that a pipeline of Tekton's says itself.
fn pods_of_pipeline(spec: &Value) -> Vec<Value> {
    let tasks = spec.get("tasks").and_then(Value::as_array).into_iter().flatten();
    tasks.filter_map(|task| task.get("taskSpec").and_then(pod_of_steps)).collect()
}

/// A step whose script stands beside it, as the command that runs it.
fn with_script(step: &Value) -> Value {
    let Some(script) = step.get("source").or_else(|| step.get("script")).and_then(Value::as_str) else {
        return step.clone();
    };
    let named = step.pointer("/command/0").and_then(Value::as_str);
    let shell = named.unwrap_or("sh").to_owned();
    let mut step = step.clone();
    if let Some(members) = step.as_object_mut() {
        members.insert("command".into(), serde_json::json!([shell, "-c", script]));
        members.remove("args");
    }
    step
}

/// The resources of a text of one or several documents. What is no manifest is nothing: kubectl would refuse it.
fn documents<'a>(text: &'a str, source: u32, given: Field<'a>, out: &mut Vec<Resource<'a>>) {
    let mut start = 0;
    let mut pieces: Vec<(usize, &'a str)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            pieces.push((start, &text[start..at]));
            start = at + line.len();
        }
        at += line.len();
    }
    pieces.push((start, &text[start..]));
    for (offset, piece) in pieces {
        if piece.trim().is_empty() || out.len() >= limits::CALLS {
            continue;
        }
        let Ok(body) = serde_saphyr::from_str::<Value>(piece) else { continue };
        let items = match body.get("items").and_then(Value::as_array) {
            Some(items) => items.clone(),
            None => vec![body],
        };
        for body in items {
            let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
            let metadata = body.get("metadata").cloned().unwrap_or_default();
            let (kind, name) = (word(&body, "kind"), word(&metadata, "name"));
            if kind.is_empty() {
                continue;
            }
            // Its place is where its name stands.
            let inner = piece.find(&format!("name: {name}")).unwrap_or(0);
            let line = offset + inner;
            let end = text[line..].find('\n').map_or(text.len(), |n| line + n);
            let span = Span { source, start: line as u32, end: end as u32 };
            // A namespace is in itself.
            let namespace = if kind == "Namespace" { name.clone() } else { word(&metadata, "namespace") };
            out.push(Resource { kind, name, namespace, body, span, given });
        }
    }
}
