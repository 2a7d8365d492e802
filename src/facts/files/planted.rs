//! What the script writes into files that run later by themselves: git hooks, start-up files, jobs of a pipeline, tasks of
//! an editor, servers that an agent's host starts, programs in `PATH`.
//!
//! To write is not to run, and what such files do is mostly what they are for. So their text is read as what it is, and of
//! all that it would do only that is kept which is never what it is for: secrets that leave, code straight from the
//! network, a shell for others, a home or a system deleted.

use serde_json::Value;

use super::guarded::Change;
use super::steps::{Step, commands_in};
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::code::{dockerfile, interpreters};
use crate::facts::evaluate::state::Channel;
use crate::facts::evaluate::variable::Var;
use crate::facts::fold::sed;
use crate::facts::knowledge::{Classes, Kind};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::{core, is_setting};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Data, Shape, Sink, Taint, Val};
use crate::facts::{Call, Effect, Target};
use crate::limits;

/// Letters of a filter before a value that say what it is put at.
const LONGEST_PATH: usize = 512;

/// Names of a path in a file of settings.
const DEEPEST_NAME: usize = 12;

impl<'a> Analysis<'a> {
    /// Judges the text that is written to a target, if it runs by itself from there.
    pub fn planted(&mut self, target: Target<'a>, data: &Data<'a>, span: Span, call: u32) {
        self.told_to_pipeline(target, data, span, call);
        let Some(Val::Lit(text)) = data.text else { return };
        self.web_shell(target, text, span, call);
        // A file of data that a step writes: the pipeline fills it in before the shell sees it.
        let name = target.path.unwrap_or(target.text);
        if text.contains("${{") && [".json", ".env"].iter().any(|end| name.ends_with(end)) {
            self.all_secrets(text, span, call);
        }
        self.told_to_agents(target, text, span, call);
        if self.depth + 1 < limits::NESTING {
            self.settings_of_others(target.path.unwrap_or(target.text), text, span, call);
        }
        // Objects that PyYAML makes of such tags, where it is told to.
        if text.contains("!!python/") && !self.embedding {
            self.commands_in_text(text, true, span, call);
        }
        self.programs_set(target, text, span, call);
        self.steps_of_build(target, text, span, call);
        // The name of a file says enough where its folder is not known (`$SITE/x.pth`).
        let path = target.path.unwrap_or(target.text);
        let vocabulary = self.know.vocabulary();
        if self.depth + 1 >= limits::NESTING {
            return;
        }
        if target.classes & vocabulary.classes.self_running() == 0 {
            // Settings of a program that gate does not know: `~/.config/k9s/plugins.yaml`.
            let settings = target.classes & core::WORKSPACE == 0 && is_setting(path);
            // A script of the machine, which others run.
            let script =
                target.classes & vocabulary.classes.of(["system", "third-party"]) != 0 && path.ends_with(".sh");
            if (settings || script) && !self.embedding {
                self.commands_in_text(text, true, span, call);
            }
            return self.code_of_the_project(target, text, span, call);
        }
        let (effects, unread, opaque) = (self.facts.effects.len(), self.facts.unread.len(), self.facts.opaque.len());
        self.runs_later(|this| this.planted_text(path, text, span, call));
        let looks = |effect: &Effect<'_>| matches!(effect.does, Kind::Read | Kind::Query);
        let read = (self.facts.unread.len(), self.facts.opaque.len()) == (unread, opaque);
        // A folder that is named there is one that modules are looked for in (Python's `site`).
        let own = |line: &str| {
            let line = line.trim();
            let imports = line.starts_with("import ") && !line.contains(['/', '\\']) && !line.contains("sys.path");
            line.is_empty() || line.starts_with('#') || imports || {
                let folder = self.path_target(Val::Lit(self.bump.alloc_str(line)), Look::Not);
                folder.classes & core::WORKSPACE != 0
            }
        };
        let searched = !path.ends_with(".pth") || text.lines().all(own);
        if read && searched && self.facts.effects[effects..].iter().all(looks) {
            self.does_no_harm(effects, target.path);
        }
        self.facts.unread.truncate(unread);
        self.facts.opaque.truncate(opaque);
        // What removes a package takes its own files out of the system.
        let removes = ["/prerm", "/postrm"].iter().any(|end| path.ends_with(end));
        let of_others = if removes { "data" } else { "system" };
        let system = vocabulary.classes.of(["system-tree", of_others, "secret"]) | core::HOME | core::ROOT;
        // What is installed already installs nothing more.
        let installed = path.ends_with(".pth")
            || ["node_modules", "site-packages"].iter().any(|dir| path.contains(&format!("{dir}/")));
        // Pipelines and containers are set up with installers; those come from somewhere with a name, and encrypted.
        let sets_up = target.classes & vocabulary.classes.of(["sets-up", "ci-file"]) != 0
            || path.ends_with("tasks.json") && !text.contains("folderOpen");
        // What a container is set up with runs in it, but for what comes before it (containers.dev, "Lifecycle scripts").
        let sets_up = sets_up && !text.contains("initializeCommand");
        let sets_up = sets_up && !installed;
        let doubtful = if sets_up { vocabulary.classes.nobodys() } else { Classes::MAX };
        let found: Vec<Effect<'a>> = self.facts.effects.drain(effects..).collect();
        let (bare, near) = (vocabulary.classes.nobodys(), self.near());
        // What is here, to whoever answers at an address without a name.
        let to_nobody = |effect: &Effect<'_>| {
            let hosts = effect.target.classes;
            let data = Taint(Taint::WORKSPACE.0 | Taint::OPAQUE.0);
            effect.does == Kind::Send && hosts & bare != 0 && hosts & near == 0 && effect.data.has(data)
        };
        let (accounts, of_all) =
            (vocabulary.classes.of(["account-file", "key-file"]), vocabulary.classes.of(["system-binary"]));
        let of_agents = target.classes & vocabulary.classes.of(["agent-config"]) != 0;
        // Whoever writes a comment tells an agent there what to do.
        let events = ["issue", "pull_request_target", "pull_request_review", "discussion"];
        let by_strangers = || {
            let started = started_by(text);
            events.iter().any(|event| started.contains(event))
                || self.know.lists().items("written-by-strangers").any(|words| text.contains(words))
        };
        let kept = found.into_iter().filter(|effect| {
            never_meant(effect, system, doubtful)
                || to_nobody(effect)
                || match effect.does {
                    Kind::Write | Kind::Append | Kind::Create => effect.target.classes & accounts != 0,
                    // A server that an agent's host fetches and starts with every session.
                    Kind::Install if of_agents => {
                        ["from-url", "other-registry"].iter().any(|mark| effect.marks.contains(mark))
                    }
                    Kind::Execute => effect.marks.contains(&"unguarded-agent") && by_strangers(),
                    // A helper of one's own may need it; a shell does not.
                    Kind::Permit => {
                        let foreign = effect.target.classes & (of_all | core::TEMPORARY) != 0;
                        foreign && effect.marks.contains(&"setuid")
                    }
                    _ => false,
                }
        });
        let kept: Vec<Effect<'a>> = kept.map(|effect| Effect { later: target.text, ..effect }).collect();
        // A bare repository is there to be pushed to, and its hooks to put in place what was (githooks(5), "post-receive").
        let bare_repository = path.split('/').any(|part| part.len() > 4 && part.ends_with(".git"));
        if bare_repository && read && kept.is_empty() {
            self.does_no_harm(effects, target.path);
        }
        self.facts.effects.extend(kept);
    }

    /// Whether what a filter makes of a file is only looked at: it goes to the screen, or to a program that shows it.
    pub(in crate::facts) fn only_shown(&self, index: u32) -> bool {
        let Some(call) = self.facts.calls.get(index as usize) else { return false };
        if call.options.iter().any(|option| option.is("-i")) || matches!(self.state.channel(1), Some(Channel::File(..)))
        {
            return false;
        }
        // All that was proposed is this one pipeline: whatever else it says might write down what comes out.
        let Some(whole) = self.facts.sources.first().filter(|_| call.span.source == 0).map(|source| source.text) else {
            return false;
        };
        let (Some(before), Some(behind)) = (whole.get(..call.span.start as usize), whole.get(call.span.end as usize..))
        else {
            return false;
        };
        let shows =
            |stage: &str| self.know.lists().has("shows-a-text", stage.split_whitespace().next().unwrap_or_default());
        let mut stages = behind.trim().split('|');
        before.trim().is_empty()
            && !behind.trim().contains(['>', ';', '&', '\n', '(', '`', '{'])
            && stages.next().is_some_and(str::is_empty)
            && stages.all(shows)
    }

    /// What a filter of jq or yq puts where commands stand: `.scripts.test = "…"` of package.json, `.steps += [{"run":
    /// "…"}]` of a workflow, `.mcpServers.x = {"command": "…"}` of an agent.
    pub(in crate::facts) fn put_by_filter(&mut self, filter: &'a str, span: Span, call: u32) {
        let mut put_there = Vec::new();
        // What is switched: the settings that it is said of, and how a file would say it.
        let mut switched: Vec<(&str, String)> = Vec::new();
        let mut rest = filter;
        let mut looked = 0;
        while let Some(at) = rest.find(['{', '=']) {
            looked += 1;
            if looked > limits::UNROLL {
                return self.unread(span, MORE, false);
            }
            let (before, value) = rest.split_at(at);
            rest = &value[1..];
            let value = value.trim_start_matches('=').trim_start();
            let path = before.trim_end_matches(['|', '+', ' ']).rsplit([' ', '(', '|']).next().unwrap_or("");
            let word = value.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            let compares = before.ends_with(['!', '<', '>', '=']) || rest.starts_with('=');
            if matches!(word, "true" | "false" | "null") && !compares {
                let name = path.rsplit('.').next().unwrap_or(path);
                let put = if word == "null" { String::new() } else { format!("{name}: {word}") };
                // `(.sast, .dast) |= (.allow_failure = true)`
                if let Some((outer, _)) = filter[..filter.len() - rest.len() - 1].rsplit_once("|=") {
                    let near = outer.char_indices().rev().nth(LONGEST_PATH).map_or(0, |(at, _)| at);
                    switched.push((&outer[near..], put.clone()));
                }
                switched.push((path, put));
                continue;
            }
            let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
            let Some(Ok(put)) = values.next() else { continue };
            match put {
                Value::String(command) if path.contains("scripts.") || path.contains("scripts[") => {
                    let name = path.rsplit(['.', '[']).next().unwrap_or(path).trim_end_matches(']').trim_matches('"');
                    let setting = self.bump.alloc_str(&format!("scripts.{name}={command}"));
                    self.setting_code("npm-setting", setting, span, &Data::NOTHING, call);
                }
                Value::String(_) => put_there.push(below(path, put)),
                Value::Object(_) | Value::Array(_) => {
                    put_there.push(below(path, put));
                    rest = &value[values.byte_offset()..];
                }
                _ => {}
            }
        }
        let Some(file) = self.facts.calls.get(call as usize).and_then(|call| call.fields("path").last()) else {
            return;
        };
        let taken = filter.split("del(").skip(1).map(|rest| Change::removed(&rest[..closing(rest, '(', ')')]));
        let added: Vec<String> = put_there.iter().map(Value::to_string).collect();
        let replaced = filter.split("sub(").skip(1).filter_map(|rest| {
            let (looked_for, rest) = rest.strip_prefix('"')?.split_once('"')?;
            let (put, _) = rest.trim_start().strip_prefix(';')?.trim_start().strip_prefix('"')?.split_once('"')?;
            Some(Change { looked_for, put, lines: false })
        });
        let switches = switched.iter().map(|(of, put)| Change { looked_for: of, put, lines: false });
        let changes: Vec<Change<'_>> =
            taken.chain(added.iter().map(|put| Change::added(put))).chain(replaced).chain(switches).collect();
        if changes.is_empty() {
            return;
        }
        let target = self.path_target(file.val, Look::Through);
        if self.know.lists().has("says-where-packages-lie", paths::base_name(target.path.unwrap_or(target.text))) {
            let put: Vec<&'a str> = changes.iter().map(|change| &*self.bump.alloc_str(change.put)).collect();
            self.packages_from(&put, span, call);
        }
        self.guards_changed(target, &changes, span, call);
        for put in put_there {
            self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&put.to_string()))), span, call);
        }
    }

    /// Code that is written into the project, and that others will run: what of it is never meant. Only a text that speaks of
    /// credentials, or of a shell, and of other machines is read for that.
    fn code_of_the_project(&mut self, target: Target<'a>, text: &'a str, span: Span, call: u32) {
        let lists = self.know.lists();
        let says = |list: &'static str| lists.items(list).any(|word| text.contains(word));
        let name = paths::base_name(target.path.unwrap_or(target.text));
        let language = interpreters::language_of_file(name);
        let apt = target.classes & core::WORKSPACE != 0
            && interpreters::INTERPRETED.contains(&language)
            && !self.embedding
            && says("speaks-to-others")
            && says("what-thieves-read");
        if !apt {
            return;
        }
        let near = self.near();
        let kept = |effect: &Effect<'_>| {
            let stolen = matches!(effect.does, Kind::Send | Kind::Fetch) && effect.data.has(Taint::SECRET);
            (stolen || effect.does == Kind::Tunnel) && effect.target.classes & near == 0
        };
        self.keeps_of_later(target, kept, |this| this.foreign(language, text, span, &Data::NOTHING, call));
    }

    /// Judges what runs later, out of a file, and keeps some of what it does; what of it is not read says nothing now.
    pub(in crate::facts) fn keeps_of_later(
        &mut self,
        target: Target<'a>,
        kept: impl Fn(&Effect<'a>) -> bool,
        judge: impl FnOnce(&mut Self),
    ) {
        let (effects, unread, opaque) = (self.facts.effects.len(), self.facts.unread.len(), self.facts.opaque.len());
        self.runs_later(judge);
        self.facts.unread.truncate(unread);
        self.facts.opaque.truncate(opaque);
        let found: Vec<Effect<'a>> = self.facts.effects.drain(effects..).collect();
        let kept = found.into_iter().filter(kept).map(|effect| Effect { later: target.text, ..effect });
        self.facts.effects.extend(kept);
    }

    /// Judges what runs later: nothing that it changes is so here.
    fn runs_later(&mut self, judge: impl FnOnce(&mut Self)) {
        let mark = self.state.mark();
        self.depth += 1;
        judge(self);
        self.depth -= 1;
        let _ = self.state.rollback(mark);
    }

    /// The steps of an image or of a Makefile, wherever it is built: what they run of somebody at a bare address, that came
    /// unencrypted, or that is hidden in an encoding.
    fn steps_of_build(&mut self, target: Target<'a>, text: &str, span: Span, call: u32) {
        let name = paths::base_name(target.path.unwrap_or(target.text));
        let image = ["Dockerfile", "Containerfile"].iter().any(|of| name.starts_with(of) || name.ends_with(of));
        let steps: Vec<String> = if image {
            dockerfile::steps(text)
        } else if matches!(name, "Makefile" | "makefile" | "GNUmakefile") || name.ends_with(".mk") {
            let recipe = |line: &str| {
                let line = line.strip_prefix('\t')?.trim_start_matches(['@', '-', '+', ' ']);
                Some(variables_of_make(line).replace("$$", "$"))
            };
            let whole = text.replace("\\\n", " ");
            // What it asks a shell for while it is read (GNU make's manual, "The shell Function").
            let asked = whole.split("$(shell ").skip(1).map(|rest| variables_of_make(&rest[..closing(rest, '(', ')')]));
            let braces =
                whole.split("${shell ").skip(1).map(|rest| variables_of_make(&rest[..closing(rest, '{', '}')]));
            // `NAME != command`
            let set = whole.lines().filter_map(|line| Some(variables_of_make(line.split_once(" != ")?.1)));
            whole.lines().filter_map(recipe).chain(asked).chain(braces).chain(set).collect()
        } else {
            return;
        };
        if self.depth + 1 >= limits::NESTING {
            return;
        }
        let nobodys = self.know.classes().nobodys();
        // What a machine of the house hands out is anybody's in an image, and the house's own in a Makefile.
        let near = if image { 0 } else { self.near() };
        let kept = |effect: &Effect<'_>| {
            let stolen = effect.does == Kind::Send && effect.data.has(Taint::SECRET);
            effect.target.classes & near == 0
                && (stolen || effect.does == Kind::Code && never_meant(effect, 0, nobodys))
        };
        self.keeps_of_later(target, kept, |this| {
            for step in steps.into_iter().take(limits::CALLS) {
                let step = this.bump.alloc_str(&step);
                this.shell_code(Val::Lit(step), span, &Data::NOTHING, &mut Sink::new(), call);
            }
        });
    }

    /// Lines of settings by which a tool runs a program that lies where anybody may put one, or no longer checks what it
    /// fetches.
    fn programs_set(&mut self, target: Target<'a>, text: &'a str, span: Span, call: u32) {
        let name = paths::base_name(target.path.unwrap_or(target.text));
        let lists = self.know.lists();
        let says = |list: &'static str| {
            let settings = lists.items(list).filter_map(|item| item.split_once(' '));
            let mut settings = settings.filter(|(ending, _)| name.ends_with(ending));
            settings.any(|(_, known)| text.lines().any(|line| globs::text(known, line.trim())))
        };
        if says("lines-that-run") {
            self.plain_effect(Kind::Configure, name, call, span, Taint::NONE, &["runs-a-program"]);
        }
        if says("lines-that-trust") {
            self.plain_effect(Kind::Configure, name, call, span, Taint::NONE, &["check-removed"]);
        }
    }

    /// What sed puts into a file that runs by itself: in the place of something, or as lines of their own.
    pub(super) fn put_by_sed(&mut self, target: Target<'a>, call: &Call<'a>, index: u32) {
        let scripts: Vec<&'a str> = ["-e", "code"]
            .into_iter()
            .flat_map(|name| call.fields(name))
            .filter_map(|field| field.val.lit())
            .take(limits::UNROLL)
            .collect();
        self.guards_edited(target, &scripts, call.span, index);
        let lines = scripts.into_iter().flat_map(str::lines).filter_map(sed::put_in).take(limits::UNROLL);
        let lines: Vec<&str> = lines.collect();
        if lines.is_empty() {
            return;
        }
        let path = target.path.unwrap_or(target.text);
        if self.know.lists().has("says-where-packages-lie", paths::base_name(path)) {
            self.packages_from(&lines, call.span, index);
        }
        if target.classes & self.know.classes().self_running() == 0 {
            return self.web_shell(target, &lines.join("\n"), call.span, index);
        }
        let text = match path.ends_with(".yml") || path.ends_with(".yaml") {
            true => {
                let step =
                    |line: &&str| line.trim().trim_start_matches("- ").trim_start_matches("run:").trim().to_owned();
                serde_json::json!({ "script": lines.iter().map(step).collect::<Vec<_>>() }).to_string()
            }
            false => lines.join("\n"),
        };
        self.planted(target, &Data::known(Val::Lit(self.bump.alloc_str(&text))), call.span, index);
    }

    /// Addresses that packages are to be taken from: who knows none of them is told.
    pub(super) fn packages_from(&mut self, lines: &[&'a str], span: Span, call: u32) {
        let known = self.know.classes().of(["registry", "releases"]) | core::LOOPBACK;
        for line in lines {
            // A colon is escaped in a file of properties.
            let line = line.replace("\\:", ":").replace("\\/", "/");
            let Some((_, address)) = line.split_once("://") else { continue };
            let host = paths::host_of(address);
            if paths::classify_host(&self.know.vocabulary().classes, host) & known == 0 {
                let host = self.bump.alloc_str(host);
                self.plain_effect(Kind::Install, host, call, span, Taint::NONE, &["other-registry"]);
            }
        }
    }

    /// Marks the effect that wrote a text which only looks at things, and runs what the project has for itself.
    fn does_no_harm(&mut self, before: usize, path: Option<&'a str>) {
        let wrote = |effect: &&mut Effect<'a>| effect.target.path == path && effect.does != Kind::Read;
        if let Some(effect) = self.facts.effects[..before].iter_mut().rev().find(wrote).filter(|_| path.is_some()) {
            effect.mark(self.bump, "no-harm");
        }
    }

    /// A page that runs what its visitors send: `<?php system($_POST["x"]); ?>`, wherever it lies; also where that is
    /// taken out of an encoding first: `eval(base64_decode($_POST["x"]))`.
    pub(in crate::facts) fn web_shell(&mut self, target: Target<'a>, text: &str, span: Span, call: u32) {
        // What a test of uploads sends lies among its data or in a temporary folder, which nobody serves.
        let mut folders = target.text.rsplit('/').skip(1);
        let data = target.classes & core::WORKSPACE != 0 && folders.any(|name| matches!(name, "fixtures" | "testdata"));
        if data || target.classes & core::TEMPORARY != 0 {
            return;
        }
        let pages = || self.know.lists().items("pages-that-run-what-is-sent");
        if text.contains("<%") {
            let text = text.to_ascii_lowercase();
            if pages().any(|sign| text.contains(sign)) {
                self.effect(Effect { marks: &["reverse-shell"], ..Effect::new(Kind::Tunnel, target, call, span) });
            }
        }
        if !text.contains("<?") {
            return;
        }
        // PHP's backticks are a shell.
        let quoted = ["`$_GET", "`$_POST", "`$_REQUEST", "`{$_"].iter().any(|sign| text.contains(sign));
        let sent = quoted
            || text.match_indices('(').any(|(at, _)| {
                let called = self
                    .know
                    .lists()
                    .items("running-functions-of-php")
                    .any(|name| text[..at].trim_end().ends_with(name));
                let sent = |argument: &str| argument.trim_start_matches([' ', '@', '\\']).starts_with("$_");
                let argument = &text[at + 1..];
                let encoded = argument.trim_start().strip_prefix("base64_decode(");
                called && (sent(argument) || encoded.is_some_and(sent))
            });
        if sent {
            self.effect(Effect { marks: &["reverse-shell"], ..Effect::new(Kind::Tunnel, target, call, span) });
        }
    }

    /// The variables that a step of Jenkins binds credentials to hold secrets (Credentials Binding Plugin):
    /// `string(credentialsId: 'x', variable: 'P')`.
    fn bound_by_jenkins(&mut self, text: &'a str) {
        let mut bind = |name: &'a str| {
            let secret = Val::hole(self.bump, name, Shape::NonEmpty, Taint::SECRET_VARIABLE);
            self.state.set_var(name, Some(Var::plain(secret)));
        };
        for (at, sign) in text.match_indices("ariable").take(limits::UNROLL) {
            // Who logs in is no secret.
            if text[..at].ends_with("usernameV") {
                continue;
            }
            let given = text[at + sign.len()..].trim_start().strip_prefix(':').map(str::trim_start);
            if let Some(name) = given.and_then(|given| given.strip_prefix(['\'', '"'])) {
                bind(name.split(['\'', '"']).next().unwrap_or(name));
            }
        }
        // `environment { P = credentials('x') }`
        for (at, _) in text.match_indices("credentials(").take(limits::UNROLL) {
            let before = text[..at].trim_end().strip_suffix('=').map(str::trim_end);
            let name = before.map(|before| before.rsplit([' ', '\t', '\n', '{']).next().unwrap_or(before));
            name.filter(|name| !name.is_empty()).into_iter().for_each(&mut bind);
        }
    }

    fn planted_text(&mut self, path: &str, text: &'a str, span: Span, call: u32) {
        let name = paths::base_name(path);
        // readline's keys: `"\\C-m": "; command\\C-j"`
        if name == ".inputrc" {
            let typed = ["\\n", "\\r", "\\C-j", "\\C-m", "\\M-\\C-j"]
                .iter()
                .fold(text.to_owned(), |text, key| text.replace(key, ";"));
            return self.commands_in_text(self.bump.alloc_str(&typed), true, span, call);
        }
        let is = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if is(&[".json", ".yml", ".yaml", ".toml"]) {
            let value = match is(&[".toml"]) {
                true => toml::from_str::<Value>(text).ok(),
                false => serde_saphyr::from_str::<Value>(text).ok(),
            };
            let Some(value) = value else { return };
            if hands_out_secrets(text) {
                self.perhaps(|this| {
                    this.plain_effect(Kind::Send, "whoever opens a pull request", call, span, Taint::SECRET, &[]);
                });
            }
            // A few more steps, put below those that are there: `echo '- make' >> .gitlab-ci.yml`.
            let mut commands = Vec::new();
            commands_in(&value, self.know.lists(), "", &mut commands, 0);
            if value.is_array() {
                let steps = serde_json::json!({ "script": value });
                commands_in(&steps, self.know.lists(), "", &mut commands, 0);
            }
            for Step { language, text } in commands.into_iter().take(limits::CALLS) {
                let text: &'a str = self.bump.alloc_str(&text);
                match language {
                    "bash" => {
                        let mut printed = Sink::new();
                        self.shell_code(Val::Lit(text), span, &Data::NOTHING, &mut printed, call);
                        // A pipeline's log is read by many.
                        if is(&[".yml", ".yaml"]) {
                            self.seen(&printed);
                        }
                    }
                    language => self.foreign(language, text, span, &Data::NOTHING, call),
                }
            }
            return;
        }
        // What an agent's own command runs before it is read: lines behind `!` in backticks.
        if is(&[".md"]) {
            for command in text.split("!`").skip(1).filter_map(|rest| rest.split('`').next()).take(limits::CALLS) {
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            return;
        }
        // Jenkins' steps are functions (its manual, "Pipeline: Nodes and Processes"); what cargo builds runs first (The
        // Cargo Book, "Build Scripts").
        let builds = ["Jenkinsfile", "build.rs", ".gradle", ".gradle.kts", ".targets", ".props"];
        if is(&builds) {
            if name.ends_with("Jenkinsfile") {
                self.bound_by_jenkins(text);
            }
            // What stands in an attribute of XML (Extensible Markup Language 1.0, "Predefined Entities").
            let text = match is(&[".targets", ".props"]) {
                true => &*self.bump.alloc_str(&text.replace("&quot;", "'").replace("&amp;", "&").replace("&gt;", ">")),
                false => text,
            };
            self.foreign("other", text, span, &Data::NOTHING, call);
            return self.commands_in_text(text, true, span, call);
        }
        if name == "CMakeLists.txt" {
            self.document("cmake", text, span, &Data::NOTHING, call);
            return;
        }
        if is(&[".gyp"]) {
            self.marked("gyp", text, span, &Data::NOTHING, call);
            return;
        }
        // Each line is a command of tmux's (tmux(1), "COMMAND PARSING AND EXECUTION").
        if is(&["tmux.conf"]) {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '%']));
            for line in lines.take(limits::CALLS) {
                let command = self.bump.alloc_str(&format!("tmux {line}"));
                self.shell_code(Val::Lit(command), span, &Data::NOTHING, &mut Sink::new(), call);
            }
            return;
        }
        let language = match name {
            _ if is(&["vimrc", ".vim"]) => "vim",
            _ if is(&[".py", ".pth"]) => "python",
            _ => match (interpreters::shebang(text), interpreters::language_of_file(name)) {
                (Some(_), _) => interpreters::language(self.read_by(text)),
                (None, language) if interpreters::INTERPRETED.contains(&language) => language,
                _ => "bash",
            },
        };
        let code = Val::Lit(text);
        if interpreters::is_shell(language) {
            self.shell_code(code, span, &Data::NOTHING, &mut Sink::new(), call);
        } else {
            self.foreign(language, text, span, &Data::NOTHING, call);
        }
    }
}

/// Whether an effect is none that a hook, a job or a start-up file is written for.
pub(in crate::facts) fn never_meant(effect: &Effect<'_>, system: Classes, doubtful: Classes) -> bool {
    match effect.does {
        Kind::Tunnel => true,
        Kind::Send | Kind::Fetch => {
            effect.data.has(Taint(Taint::SECRET.0 | Taint::SECRET_VARIABLE.0 | Taint::PRIVATE.0))
        }
        Kind::Code if ["hidden", "strangers-words"].iter().any(|mark| effect.marks.contains(mark)) => true,
        Kind::Code if effect.data.has(Taint::NETWORK) => {
            doubtful == Classes::MAX || effect.target.classes & doubtful != 0 || effect.target.text.contains("http://")
        }
        Kind::Code => effect.data.has(Taint::DECODED),
        Kind::Delete => effect.recursive && effect.target.classes & system != 0,
        // Logs of a pipeline blot out a secret only as it is spelled.
        Kind::CredentialRead => effect.marks.contains(&"encoded"),
        Kind::SecretRead => effect.marks.contains(&"every-secret"),
        _ => effect.marks.contains(&"fork-bomb"),
    }
}

/// A value below the names of a path of jq: `.mcpServers["x"]` and `1` are `{"mcpServers": {"x": 1}}`.
fn below(path: &str, value: Value) -> Value {
    let names = path.split(['.', '[', ']', '"']).filter(|name| !name.is_empty());
    let put = |value, name: &str| match name.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Value::Array(vec![value]),
        false => Value::Object([(name.to_owned(), value)].into_iter().collect()),
    };
    names.rev().take(DEEPEST_NAME).fold(value, put)
}

/// A line of a recipe with its `$(NAME)` as a shell has them.
fn variables_of_make(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("$(") {
        out.push_str(before);
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len());
        match behind[end..].strip_prefix(')').filter(|_| end > 0 && !before.ends_with('$')) {
            Some(after) => {
                out.push_str(&format!("${{{}}}", &behind[..end]));
                rest = after;
            }
            None => {
                out.push_str("$(");
                rest = behind;
            }
        }
    }
    out + rest
}

/// Where the bracket of this kind closes that was opened before this.
fn closing(text: &str, opens: char, closes: char) -> usize {
    let mut level = 1_usize;
    let ends = |c: char| {
        level = match c {
            _ if c == opens => level + 1,
            _ if c == closes => level - 1,
            _ => level,
        };
        level == 0
    };
    text.find(ends).unwrap_or(text.len())
}

/// The events that start a workflow: what stands behind `on:`, without comments.
fn started_by(workflow: &str) -> String {
    let plain = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    let mut lines = workflow.lines().skip_while(|line| !line.starts_with("on:") && !line.starts_with("'on':"));
    let first = lines.next().map(plain).unwrap_or_default();
    lines
        .take_while(|line| line.starts_with([' ', '-']) || line.is_empty())
        .map(plain)
        .fold(first, |all, line| all + &line)
}

/// Whether a workflow runs what a pull request brings where it has the secrets of the repository (GitHub, "Security
/// hardening for GitHub Actions").
fn hands_out_secrets(workflow: &str) -> bool {
    let says = |sign: &&str| workflow.contains(*sign);
    if !says(&"run:") {
        return false;
    }
    let all = workflow.to_ascii_lowercase().contains("tojson(secrets)");
    // All secrets at once, in a step that speaks to others.
    let speaks = || ["curl ", "wget ", "nc ", "base64", "${{ matrix."].iter().any(says);
    // What a stranger wrote, checked out with the rights of the repository.
    let strangers = || ["pull_request.head.sha", "pull_request.head.ref", "github.head_ref"].iter().any(says);
    all && speaks() || says(&"pull_request_target") && (all || says(&"actions/checkout") && strangers())
}
