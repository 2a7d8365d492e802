//! What may be added to files that others read or that run by themselves, and does no harm there: settings that lead to no
//! code, names of this machine, places that packages come from, the lines by which known tools set up a shell.

use std::borrow::Cow;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Lists};
use crate::facts::program::settings::unencrypted;
use crate::facts::targets::{globs, paths};
use crate::facts::value::{Data, Seg, Taint, Val, variable_name};

impl<'a> Analysis<'a> {
    /// The mark of what may be added to files that are read by others: names for this machine (`loopback-names`,
    /// hosts(5)), or settings that lead to no code (`only-settings`).
    pub fn harmless_addition(&self, does: Kind, data: &Data<'a>) -> Option<&'static str> {
        if let Some(mark) = self.known_source(data) {
            return Some(mark);
        }
        // `kubectl completion bash >> ~/.bashrc`
        let printed = data.source.split(" >").next().unwrap_or_default();
        if data.text.is_none()
            && matches!(does, Kind::Append | Kind::Write)
            && !printed.contains(['`', '$', ';', '|', '&', '<', '(', '\n'])
            && !printed.contains("://")
            && (globs::listed(self.know.lists(), "shell-set-up", printed)
                // Into a file of its own, whoever prints it.
                || does == Kind::Write && globs::listed(self.know.lists(), "prints-completions", printed))
            // Last, for it looks through the whole script.
            && self.goes_straight(printed)
        {
            return Some(if does == Kind::Append { "only-settings" } else { "file-of-settings" });
        }
        // What is in force is kept as it is: `iptables-save > /etc/iptables/rules.v4`.
        if data.text.is_none()
            && self.know.lists().has("prints-what-is-in-force", printed.trim_start_matches("sudo ").trim())
            && self.goes_straight(printed)
        {
            return Some("guards");
        }
        // One of several texts: what all of them are.
        if let Some(Val::Set(several)) = data.text {
            let mut marks = several.iter().map(|one| self.harmless_addition(does, &Data { text: Some(*one), ..*data }));
            let first = marks.next()??;
            return marks.all(|mark| mark == Some(first)).then_some(first);
        }
        let text = &*self.with_known_variables(data.text?)?;
        // Jupyter's and IPython's settings are code; that they only set something is what most of them say.
        let sets = |line: &str| {
            let Some((name, value)) = line.strip_prefix("c.").and_then(|rest| rest.split_once('=')) else {
                return line == "c = get_config()";
            };
            let leads = ["exec", "command", "extension", "class", "hook", "module", "import", "startup", "path", "dir"];
            // Everybody may ask, and needs no token.
            let says = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
            let opens = says(&["0.0.0.0", "'*'", "\"*\""]) && says(&["''", "\"\""]);
            !opens && !value.contains(['(', ';', '\\']) && !leads.iter().any(|word| name.to_lowercase().contains(word))
        };
        if text.contains("\nc.") || text.starts_with("c.") {
            let said = |line: &&str| !line.is_empty() && !line.starts_with('#');
            return text.lines().map(str::trim).filter(said).all(sets).then_some("only-settings");
        }
        let mut lines =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
        lines.peek()?;
        let added = does == Kind::Append;
        // Who is told to be here does not hear what it should: `127.0.0.1 updates.crowdstrike.com`.
        let watches = |line: &str| self.know.lists().named_in("makers-of-guards", line);
        // Nor does one find the registry or the forge that one is told to take things from.
        let known = self.know.classes().of(["registry", "forge", "releases"]);
        let served = |line: &str| {
            let mut names = line.split_whitespace().skip(1);
            names.any(|name| paths::classify_host(&self.know.vocabulary().classes, name) & known != 0)
        };
        let here = |line: &str| line.starts_with("127.") || line.starts_with("::1 ");
        if added && lines.clone().all(|line| here(line) && !watches(line) && !served(line)) {
            return Some("loopback-names");
        }
        // A file of nothing else may stand beside others, not in place of one.
        let mark = if added { "only-settings" } else { "file-of-settings" };
        if lines.clone().all(|line| self.guards(line)) {
            return Some("guards");
        }
        if added && self.names_ssh_hosts(lines.clone()) {
            return Some("ssh-host");
        }
        let harmless = |line: &str| match added {
            _ if self.is_inert(line) => true,
            true => {
                self.leads_to_no_code(line)
                    || self.sets_up_a_shell(line)
                    || self.tunes_the_kernel(line)
                    || self.sets_apt(line)
            }
            false => {
                names_libraries(line)
                    || self.sets_for_all(line)
                    || self.sets_apt(line)
                    || self.tunes_the_kernel(line)
                    || gives_a_device(self.know.lists(), line)
            }
        };
        // apt.conf(5): what begins with `#` is no comment there.
        let directs = ["#include", "#clear", "#x-apt"].iter().any(|word| text.contains(word));
        ((added || !directs) && lines.all(harmless)).then_some(mark)
    }

    /// A text in which what the shell has put in the place of `$PATH`, `$HOME` and their like stands by its name again, and
    /// `/usr/x` for a folder that a program of this machine was asked for (`$(dirname "$(which java)")`).
    fn with_known_variables(&self, val: Val<'a>) -> Option<Cow<'a, str>> {
        let segs = match val {
            Val::Lit(text) => return Some(Cow::Borrowed(text)),
            Val::Text(segs) => segs,
            Val::Set(_) => return None,
        };
        let mut text = String::new();
        for seg in segs {
            match seg {
                Seg::Lit(literal) => text.push_str(literal),
                Seg::Hole(hole) if matches!(hole.source, "$PATH" | "${PATH}" | "$HOME" | "${HOME}") => {
                    text.push_str(hole.source);
                }
                // `export ANDROID_HOME=$ANDROID_HOME`: as it is now.
                Seg::Hole(hole)
                    if variable_name(hole.source)
                        .is_some_and(|name| text.trim_end_matches('"').ends_with(&format!("export {name}="))) =>
                {
                    text.push_str("/usr/x");
                }
                Seg::Hole(hole) if hole.source.contains([';', '|', '&', '`', '<', '>', '\n']) => return None,
                Seg::Hole(hole) if globs::listed(self.know.lists(), "asks-for-folders", hole.source) => {
                    text.push_str("/usr/x");
                }
                Seg::Hole(_) => return None,
            }
        }
        Some(Cow::Owned(text))
    }

    /// Whether a line of a start-up file may be added to it, or changed in it, without harm.
    pub fn is_setting(&self, line: &str) -> bool {
        self.is_inert(line) || self.leads_to_no_code(line)
    }

    /// Whether a line sets for everybody, root too, where a tool lies or how it speaks, or adds folders of root's to `PATH`.
    fn sets_for_all(&self, line: &str) -> bool {
        let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) else {
            return false;
        };
        let value = value.trim_matches(['"', '\'']);
        let plain = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '$' | '{' | '}' | '+' | '@')
        };
        let of_root = |part: &str| {
            let tool = part.strip_prefix("$").is_some_and(|tool| {
                tool.split('/').next().is_some_and(|tool| tool.ends_with("_HOME") || tool == "GOROOT")
            });
            matches!(part, "$PATH" | "${PATH}")
                || ["/usr/local/", "/opt/"].iter().any(|base| part.starts_with(base))
                || tool
        };
        value.chars().all(plain)
            && !value.contains("..")
            && match name {
                "PATH" => value.split(':').all(of_root),
                _ => {
                    let own = || !value.contains(['/', '~']) && self.leads_to_no_code(line);
                    // Where a tool lies that root put there.
                    let home = || name.ends_with("_HOME") && of_root(value);
                    !value.contains('$') && (self.know.lists().has("settings-for-all", name) || home() || own())
                }
            }
    }

    /// Whether a line says how apt fetches or chooses, and starts nothing (apt.conf(5)): `Acquire::Retries "3";`.
    fn sets_apt(&self, line: &str) -> bool {
        let Some((name, value)) = line.strip_suffix(';').and_then(|line| line.split_once(' ')) else { return false };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '.' | '-');
        value.trim().chars().all(plain) && self.know.lists().has("apt-settings", name)
    }

    /// Whether what a command prints goes to the file itself, with nothing between and nothing beside it.
    fn goes_straight(&self, command: &str) -> bool {
        let script = self.facts.sources.first().map_or("", |source| source.text);
        script.match_indices(command).any(|(at, _)| {
            let before = script[..at].trim_end_matches(' ');
            let after = script[at + command.len()..].trim_start_matches(' ');
            let alone = before.is_empty() || before.ends_with([';', '\n']) || before.ends_with("&&");
            alone && ["> ", ">> ", "| sudo tee ", "| tee "].iter().any(|sign| after.starts_with(sign))
        })
    }

    fn is_forge(&self, name: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        paths::classify_host(&vocabulary.classes, name) & vocabulary.classes.of(["forge", "repositories"]) != 0
    }

    /// Whether a line of a start-up file says how a shell or an editor behaves, and nothing that runs: `set -o vi`.
    fn is_inert(&self, line: &str) -> bool {
        if self.know.lists().has("inert-lines", line) {
            return true;
        }
        let known = self.know.lists().items("inert-lines").find(|known| globs::words(known, line));
        // What the list says of code, it says in so many words.
        let signs = |text: &str| text.matches(['$', '(']).count();
        known.is_some_and(|known| signs(known) == signs(line))
            && !line.contains([';', '|', '&', '`', '<', '>', '!', '\t', '\\'])
            && !line.contains("..")
    }

    /// Whether lines say who and where hosts of ssh are (ssh_config(5)): `HostName 10.0.0.4`.
    fn names_ssh_hosts<'t>(&self, lines: impl Iterator<Item = &'t str> + Clone) -> bool {
        let hosts = || lines.clone().filter_map(|line| line.strip_prefix("Host ")).flat_map(|names| names.split(' '));
        // Another place for a forge would lead all that git does elsewhere.
        let led_elsewhere = lines.clone().any(|line| line.to_lowercase().starts_with("hostname"))
            && hosts().any(|name| self.is_forge(name));
        let here = |name: &str| name == "localhost" || name == "::1" || name.starts_with("127.");
        let only_here = hosts().next().is_some() && hosts().all(here);
        let known = |line: &str| {
            !line.contains(['`', '|', ';', '%', '$', '&', '<', '>', '(', '\\'])
                && (globs::listed(self.know.lists(), "lines-of-ssh-hosts", line)
                    || only_here && self.know.lists().has("lines-of-ssh-here", line))
        };
        !led_elsewhere && !hosts().any(|name| name.contains(['*', '?', '!'])) && lines.clone().all(known)
    }

    /// Whether a line of a server or of a guard lets in fewer or watches more (sshd_config(5), jail.conf(5)):
    /// `PermitRootLogin no`.
    pub fn guards(&self, line: &str) -> bool {
        let line = line.trim_end();
        let known = |known: &str| globs::text(known, line) && known.split(' ').count() == line.split(' ').count();
        line == "}"
            || self.know.lists().has("exact-lines-that-guard", line)
            || !line.contains(['`', '|', ';', '$', '&', '<', '>', '(', '\\', '\t'])
                && self.know.lists().items("lines-that-guard").any(known)
    }

    /// Whether a line is a setting of the kernel that takes no protection away (sysctl.conf(5)): `vm.max_map_count = 262144`.
    fn tunes_the_kernel(&self, line: &str) -> bool {
        let Some((name, value)) = line.split_once('=') else { return false };
        let setting = format!("{}={}", name.trim_end(), value.trim_start());
        // For good, nobody looks into others' processes.
        let protects = name.contains("yama") || name.contains("perf_event");
        !protects && name.contains('.') && globs::listed(self.know.lists(), "tuned-kernel-settings", &setting)
    }

    /// The mark of a list of places that packages come from (sources.list(5), yum.conf(5)): that each of them is known to
    /// sign (`known-source`), or that nothing need be signed (`unsigned-source`).
    pub fn known_source(&self, data: &Data<'a>) -> Option<&'static str> {
        let vocabulary = self.know.vocabulary();
        let known = vocabulary.classes.of(["registry"]);
        let known = |host: &str| paths::classify_host(&vocabulary.classes, host) & known != 0;
        if data.taint.has(Taint::NETWORK) {
            // A key that anybody between here and there could have put in its place.
            if let Some((_, address)) = data.source.split_once("http://") {
                let near = paths::classify_host(&vocabulary.classes, paths::host_of(address)) & self.near();
                return (near == 0).then_some("unproved-key");
            }
            // A key, straight from there.
            let (_, address) = data.source.split_once("https://")?;
            return known(paths::host_of(address)).then_some("known-source");
        }
        let text = data.text?.show(self.bump);
        // pip.conf, .npmrc, .yarnrc: packages without a proof of where they come from.
        let registry = |line: &str| {
            let (name, address) = line.split_once(['=', ' ']).unwrap_or_default();
            (name.trim_end().ends_with("registry") || name.trim_end().ends_with("index-url"))
                && unencrypted(address.trim_start_matches(['=', ' ', '"']))
        };
        if text.lines().any(|line| registry(line.trim())) {
            return Some("unsigned-source");
        }
        let listed =
            |line: &str| ["deb ", "deb-src ", "http", "baseurl", "URIs:"].iter().any(|start| line.starts_with(start));
        if !text.lines().any(|line| listed(line.trim_start())) {
            return None;
        }
        let unsigned = ["trusted=yes", "gpgcheck=0", "allow-insecure=yes", "repo_gpgcheck=0"];
        if unsigned.iter().any(|word| text.contains(word)) {
            return Some("unsigned-source");
        }
        let addresses = text.split("://").skip(1).filter_map(|rest| rest.split_whitespace().next());
        let mut hosts = addresses.map(paths::host_of).peekable();
        hosts.peek()?;
        hosts.all(known).then_some("known-source")
    }

    /// Whether a line of a start-up file sets a variable that names no code, adds folders of the system or below the home
    /// to `PATH`, where what is installed lies, or gives a program another name.
    fn leads_to_no_code(&self, line: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        let home = self.snapshot.home.as_str();
        let installed = |dir: &str| {
            let own = ["$HOME/", "${HOME}/", "~/", "/usr/", "/opt/"].iter().any(|base| dir.starts_with(base));
            let below_home = !home.is_empty() && dir.strip_prefix(home).is_some_and(|rest| rest.starts_with('/'));
            // `$GOPATH/bin`
            let of_tool = dir
                .split('/')
                .next()
                .and_then(variable_name)
                .is_some_and(|name| vocabulary.lists.has("folders-of-tools", name));
            matches!(dir, "$PATH" | "${PATH}" | "/bin" | "/sbin" | "/snap/bin")
                || (own || below_home || of_tool) && !dir.split('/').any(|part| part == "..")
        };
        let (alias, line) = match line.strip_prefix("alias ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line.strip_prefix("export ").unwrap_or(line)),
        };
        // `set -gx EDITOR nvim`, as fish has it.
        let of_fish = ["set -gx ", "set -Ux ", "set -x "].iter().find_map(|start| line.strip_prefix(start));
        let of_fish = of_fish.and_then(|rest| rest.split_once(' '));
        let Some((name, value)) = of_fish.or_else(|| line.split_once('=')) else { return false };
        // `plugins=(git docker)`, `fpath+=(~/.zsh)`: but for functions that zsh calls (zshmisc(1), "Hook Functions").
        if let Some(items) = value.strip_prefix('(').and_then(|value| value.strip_suffix(')')) {
            let name = name.strip_suffix('+').unwrap_or(name);
            let plain = |item: &str| item.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            let folder = |item: &str| installed(item) || matches!(item, "$path" | "$fpath" | "$PATH" | "$FPATH");
            let holds: &dyn Fn(&str) -> bool = if matches!(name, "path" | "fpath") { &folder } else { &plain };
            return !alias
                && !name.ends_with("_functions")
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && items.split_whitespace().all(holds);
        }
        let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        let value = quoted.unwrap_or(value);
        if vocabulary.lists.has("prompts", name) && !alias {
            // `\140` is a backtick.
            let octal = value.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit());
            return !octal && !value.contains(['`', '"', '\'', ';']) && !value.contains("$(") && !value.contains("${");
        }
        if name.is_empty()
            || vocabulary.lists.has("settings-of-units", name)
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            || value.contains(['`', ';', '&', '|', '<', '>', '(', ')', '\\', '"', '\'', '\n'])
            || value.contains("://")
            || quoted.is_none() && value.contains(char::is_whitespace)
        {
            return false;
        }
        if alias {
            // Another name for what is known to look only, and no known name for something else.
            let program = value.split_whitespace().next().unwrap_or_default();
            if program == name && vocabulary.lists.has("aliased-to-itself", value) {
                return true;
            }
            let same = self.know.entry(name).is_none_or(|e| self.know.entry(program).is_some_and(|p| p.name == e.name));
            // What goes further than its name says.
            let further = |word: &str| {
                vocabulary.lists.items("aliases-further-by").any(|option| word.starts_with(option))
                    || vocabulary.lists.has("aliases-further-to", word)
            };
            if value.split_whitespace().any(further) && matches!(program, "git" | "docker" | "podman" | "kubectl") {
                return false;
            }
            let free = same || vocabulary.lists.has("aliased-names", name);
            return free && vocabulary.lists.has("aliased", program);
        }
        // Where the project lies that a container is for.
        let project = |dir: &str| {
            let mut folders = vocabulary.lists.items("projects-of-containers");
            folders.any(|folder| paths::lies_in(dir, folder)) && !dir.split('/').any(|part| part == "..")
        };
        match name {
            "PATH" => value.split(':').all(installed),
            "PYTHONPATH" | "NODE_PATH" | "CDPATH" | "MANPATH" => value.split(':').all(|dir| {
                let before = dir.strip_prefix('$').map(|rest| rest.trim_matches(['{', '}']));
                before == Some(name) || installed(dir) || project(dir)
            }),
            // How much is remembered: more than nothing.
            "HISTSIZE" | "HISTFILESIZE" | "SAVEHIST" => value.parse::<u32>().is_ok_and(|lines| lines >= 100),
            _ if sets_up_from(&vocabulary.lists, name) || vocabulary.lists.has("folders-of-tools", name) => {
                installed(value)
            }
            // `EDITOR="code --wait"`; where code is named in another way, no program stands there.
            _ => {
                vocabulary.variables.types_of(name, |pattern, name| globs::text(pattern, name)).all(|kind| match kind {
                    // Of a secret, too, a value is no code.
                    "target" | "plain" | "secret" => true,
                    "code" => vocabulary.lists.has("shown-with", value),
                    // How fast and how much, not with what: `GOFLAGS=-mod=mod`, `JAVA_OPTS=-Xmx2g`.
                    "loader" | "registry" => value
                        .split_whitespace()
                        .all(|option| globs::listed(&vocabulary.lists, "tuning-options", option)),
                    _ => false,
                })
            }
        }
    }

    /// Whether a line of a start-up file lets a known tool set up the shell: `eval "$(direnv hook bash)"`,
    /// `source <(kubectl completion bash)`, `[ -s "$NVM_DIR/nvm.sh" ] && . "$NVM_DIR/nvm.sh"`.
    fn sets_up_a_shell(&self, line: &str) -> bool {
        let vocabulary = self.know.vocabulary();
        let asks = |first: &str| {
            let question =
                ["[ -", "[[ -", "test -", "command -v ", "type "].iter().any(|start| first.starts_with(start));
            let silent = [">/dev/null 2>&1", "&>/dev/null", ">/dev/null", "2>/dev/null"];
            let said = first.replace("> /dev/null", ">/dev/null");
            let said = silent.iter().find_map(|end| said.strip_suffix(end)).unwrap_or(&said);
            question && !said.contains(['`', '(', ';', '|', '&', '<', '>'])
        };
        let line = match line.split_once(" && ") {
            Some((first, rest)) if asks(first) && self.leads_to_no_code(rest.trim_start()) => return true,
            Some((first, rest)) if asks(first) => rest.trim_start(),
            _ => line,
        };
        let sets_up = |command: &str| {
            !command.contains(['`', '$', ';', '|', '&', '<', '>', '(', ')'])
                && globs::listed(&vocabulary.lists, "shell-set-up", command)
        };
        // fish reads what comes through a pipe.
        if let Some(command) = line.strip_suffix(" | source") {
            return sets_up(command);
        }
        let Some((verb, what)) = line.split_once(' ') else { return false };
        let bare = |text: &str| text.trim_matches('"').replace("${HOME}", "~").replace("$HOME", "~");
        let sourced = matches!(verb, "source" | "." | "\\.");
        let printed = match verb {
            "eval" => what.trim_matches('"').strip_prefix("$("),
            _ if sourced => what.strip_prefix("<("),
            _ => None,
        };
        match printed.and_then(|rest| rest.strip_suffix(')')) {
            Some(command) => sets_up(command),
            None => {
                let path = bare(what);
                let plain = !path.contains([' ', '`', ';', '|', '&', '<', '>', '(', ')']) && !path.contains("..");
                sourced && plain && globs::listed(&vocabulary.lists, "shell-set-up-files", &path)
            }
        }
    }
}

/// Whether a line is a folder of libraries that were installed (ld.so.conf(5)): `/opt/openssl/lib64`.
fn names_libraries(line: &str) -> bool {
    let installed = ["/usr/", "/opt/"].iter().any(|base| line.starts_with(base));
    let last = line.rsplit('/').next().unwrap_or(line);
    installed
        && matches!(last, "lib" | "lib32" | "lib64" | "x86_64-linux-gnu" | "aarch64-linux-gnu")
        && !line.contains("..")
        && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._+-".contains(&b))
}

/// Whether a tool's set-up is read from the folder that a variable names: `$NVM_DIR/nvm.sh`.
fn sets_up_from(lists: &Lists<'_>, name: &str) -> bool {
    let folder = |file: &str| file.strip_prefix('$').is_some_and(|rest| rest.split('/').next() == Some(name));
    lists.items("shell-set-up-files").any(folder)
}

/// Whether a line says whose a device is and what it is called, and starts nothing (udev(7)): `SUBSYSTEM=="usb",
/// ATTR{idVendor}=="0483", MODE="0660"`.
fn gives_a_device(lists: &Lists<'_>, line: &str) -> bool {
    let mut keys = line.split(',').map(|part| part.trim().split(['=', '!', '+', '{']).next().unwrap_or_default());
    line.contains("==") && keys.all(|key| lists.has("keys-of-device-rules", key))
}
