//! What the script writes into files that run later by themselves: git hooks, start-up files, jobs of a pipeline, tasks of
//! an editor, servers that an agent's host starts, programs in `PATH`.
//!
//! To write is not to run, and what such files do is mostly what they are for. So their text is read as what it is, and of
//! all that it would do only that is kept which is never what it is for: secrets that leave, code straight from the
//! network, a shell for others, a home or a system deleted.

use serde_json::Value;

use super::pipeline::{hands_out_secrets, started_by};
use super::steps::{Step, commands_in};
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::knowledge::{Classes, Kind, Lists};
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::{core, is_setting};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::facts::{Effect, Target};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Judges the text that is written to a target, if it runs by itself from there.
    pub fn planted(&mut self, target: Target<'a>, data: &Data<'a>, span: Span, call: u32) {
        self.told_to_pipeline(target, data, span, call);
        let text = match data.text {
            Some(Val::Lit(text)) => text,
            // What stands between what is not known.
            Some(text) => return self.told_to_agents(target, &text.text(), span, call),
            None => return,
        };
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
        // What is here, by a hook that says so with every commit.
        let of_hooks = target.classes & vocabulary.classes.of(["hook"]) != 0;
        let told_by_hook = |effect: &Effect<'_>| {
            of_hooks
                && effect.does == Kind::Send
                && effect.target.classes & (near | vocabulary.classes.of(["forge"])) == 0
                && effect.data.has(Taint::WORKSPACE)
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
                || told_by_hook(effect)
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
        let bump = self.bump;
        let kept: Vec<Effect<'a>> = kept
            .map(|effect| {
                let mut effect = Effect { later: target.text, ..effect };
                if told_by_hook(&effect) {
                    effect.mark(bump, "by-hook");
                }
                effect
            })
            .collect();
        // A bare repository is there to be pushed to, and its hooks to put in place what was (githooks(5), "post-receive").
        let bare_repository = path.split('/').any(|part| part.len() > 4 && part.ends_with(".git"));
        if bare_repository && read && kept.is_empty() {
            self.does_no_harm(effects, target.path);
        }
        self.facts.effects.extend(kept);
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

    /// Lines of settings by which a tool runs a program that lies where anybody may put one, or no longer checks what it
    /// fetches.
    fn programs_set(&mut self, target: Target<'a>, text: &'a str, span: Span, call: u32) {
        let name = paths::base_name(target.path.unwrap_or(target.text));
        let says = |list: &'static str| says_line(self.know.lists(), list, name, text);
        self.opened_by_line(target, says("lines-that-let-in"), span, call);
        if says("lines-that-run") {
            self.plain_effect(Kind::Configure, name, call, span, Taint::NONE, &["runs-a-program"]);
        }
        if says("lines-that-trust") {
            self.plain_effect(Kind::Configure, name, call, span, Taint::NONE, &["check-removed"]);
        }
    }

    /// Marks the effect that wrote a text which only looks at things, and runs what the project has for itself.
    fn does_no_harm(&mut self, before: usize, path: Option<&'a str>) {
        let wrote = |effect: &&mut Effect<'a>| effect.target.path == path && effect.does != Kind::Read;
        if let Some(effect) = self.facts.effects[..before].iter_mut().rev().find(wrote).filter(|_| path.is_some()) {
            effect.mark(self.bump, "no-harm");
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

/// Whether a line of a text is one that a list knows of files whose names end so.
pub(super) fn says_line(lists: &Lists<'_>, list: &'static str, name: &str, text: &str) -> bool {
    let settings = lists.items(list).filter_map(|item| item.split_once(' '));
    let mut settings = settings.filter(|(ending, _)| name.ends_with(ending));
    settings.any(|(_, known)| text.lines().any(|line| globs::text(known, line.trim())))
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
