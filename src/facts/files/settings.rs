//! Files of settings that name commands or code, judged where they are written: git's, the AWS CLI's, PHP's, nginx'.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Files of settings that name commands or code.
    pub(super) fn settings_of_others(&mut self, path: &str, text: &'a str, span: Span, call: u32) {
        if is_git_config(path) {
            self.git_file(text, span, call);
        } else if path.ends_with(".aws/cli/alias") {
            // Behind `!` stands a command (AWS CLI, "Creating and using aliases").
            for (_, code) in text.lines().filter_map(|line| line.split_once('=')).take(limits::CALLS) {
                if let Some(code) = code.trim().strip_prefix('!') {
                    self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
                }
            }
        } else if path.starts_with("/etc/nginx/") {
            self.directives(text, span, call);
        } else if path.ends_with("/settings.xml") && text.contains("<mirror") {
            // Where all packages come from (Maven, "Settings Reference", Mirrors), if nothing proves what they are.
            let addresses = text.split("<url>http://").skip(1).filter_map(|rest| rest.split('<').next());
            let addresses: Vec<&'a str> =
                addresses.map(|address| &*self.bump.alloc_str(&format!("http://{address}"))).collect();
            self.packages_from(&addresses, span, call);
        } else if path.ends_with(".ini") && path.contains("php") || path.ends_with(".user.ini") {
            self.php_settings(text, span, &Data::NOTHING, call);
        }
    }

    /// A file of git's settings: as if git had been told each of them.
    pub fn git_file(&mut self, text: &str, span: Span, call: u32) {
        let said = self.bump.alloc_str(&git_settings(text));
        if !said.is_empty() {
            self.shell_code(Val::Lit(said), span, &Data::NOTHING, &mut Sink::new(), call);
        }
    }
}

/// Whether git reads its settings from such a file (git-config(1), "FILES").
fn is_git_config(path: &str) -> bool {
    [".git/config", ".gitconfig", "git/config", ".git/config.worktree"]
        .iter()
        .any(|name| path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/')))
}

/// The commands that make the settings of a file of git: `git config core.pager less` for each (git-config(1), "Syntax").
fn git_settings(text: &str) -> String {
    // A line by itself is added to what stands there: most of those that run something are of this section.
    let (mut out, mut section) = (String::new(), "core".to_owned());
    for line in text.lines().map(str::trim) {
        let rest = match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            Some((head, rest)) => {
                section = match head.split_once(' ') {
                    Some((name, below)) => format!("{name}.{}", below.trim().trim_matches('"')),
                    None => head.to_owned(),
                };
                rest.trim()
            }
            None => line,
        };
        if let Some((key, value)) = rest.split_once('=').filter(|_| !rest.starts_with(['#', ';'])) {
            // Some say by their names which section that is.
            let section = match key.trim().to_ascii_lowercase().as_str() {
                "insteadof" | "pushinsteadof" if section == "core" => "url.another",
                "helper" if section == "core" => "credential",
                "sslverify" if section == "core" => "http",
                _ => &section,
            };
            let (key, value) = (format!("{section}.{}", key.trim()), value.trim().trim_matches('"'));
            out.push_str(&format!("git config {} {}\n", shell_words::quote(&key), shell_words::quote(value)));
        }
    }
    out
}
