//! Commands that stand within a text of another kind, between signs of its own, or written in another way.

use crate::facts::analysis::Analysis;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

/// Where a command begins and ends in such a text.
const MARKS: [(&str, &str, char); 5] = [
    // tmux(1), "FORMATS"; kakoune's `:doc expansions`; rpm's manual, "Macros".
    ("tmux-format", "#(", ')'),
    ("kakoune", "%sh{", '}'),
    ("rpm-macro", "%(", ')'),
    // node-gyp's "Input format reference", "Command expansions".
    ("gyp", "<!(", ')'),
    ("gyp", "<!@(", ')'),
];

impl<'a> Analysis<'a> {
    /// Runs what such a text holds. False: its language is none of these.
    pub(in crate::facts) fn marked(
        &mut self,
        language: &str,
        text: &'a str,
        span: Span,
        stdin: &Data<'a>,
        call: u32,
    ) -> bool {
        let commands: Vec<&'a str> = match language {
            // `name=command`
            "setting" => text.split_once('=').into_iter().map(|(_, command)| command).collect(),
            // `before_dl:command %(filepath)q` (yt-dlp's README, "--exec", "Output template")
            "yt-dlp" => {
                let when = |moment: &str| moment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                let command =
                    text.split_once(':').filter(|(moment, _)| when(moment)).map_or(text, |(_, command)| command);
                let mut filled = String::with_capacity(command.len());
                // `%%` is one sign that begins nothing.
                for (index, piece) in command.split("%%").enumerate() {
                    filled.push_str(if index > 0 { "%" } else { "" });
                    let mut rest = piece;
                    while let Some((before, behind)) = rest.split_once("%(")
                        && let Some((name, behind)) = behind.split_once(')')
                    {
                        filled.push_str(before);
                        let behind = behind.trim_start_matches(|c: char| c.is_ascii_digit() || "#0-+ .".contains(c));
                        let quotes = behind.starts_with('q');
                        let fields = self.know.lists().items("said-by-uploaders");
                        let said = !quotes && fields.into_iter().any(|field| name.contains(field));
                        // Put there before a shell sees it, as a pipeline puts there what a stranger wrote.
                        filled.push_str(if said { "${{ github.event.issue.title }}" } else { "'a file'" });
                        let mut signs = behind.chars();
                        signs.next();
                        rest = signs.as_str();
                    }
                    filled.push_str(rest);
                }
                vec![self.bump.alloc_str(&filled)]
            }
            // dc(1), "Miscellaneous": `!` runs the rest of the line, but for `!<`, `!>` and `!=`, which compare.
            "dc" => {
                let behind = |line: &'a str| line.split('!').skip(1).map(move |rest| (line, rest));
                let runs = |(_, rest): &(&str, &str)| !rest.starts_with(['<', '>', '=']);
                let whole = |(line, rest): (&'a str, &str)| &line[rest.as_ptr() as usize - line.as_ptr() as usize..];
                text.lines().filter_map(|line| behind(line).find(runs)).map(whole).collect()
            }
            // `-wrapper program,argument` (gcc(1))
            "comma-words" => vec![&*self.bump.alloc_str(&text.replace(',', " "))],
            // socat(1), "EXEC", "SYSTEM", "SHELL": options stand behind a comma.
            "socat" => {
                self.files_of_socat(text, span, call);
                let runs = |address: &&str| {
                    let kind = address.split(':').next().unwrap_or_default();
                    ["EXEC", "SYSTEM", "SHELL"].iter().any(|known| kind.eq_ignore_ascii_case(known))
                };
                // One address a line.
                let told = text.lines().filter(runs).filter_map(|address| address.split_once(':'));
                told.map(|(_, rest)| rest.split(',').next().unwrap_or(rest).trim_matches(['\'', '"'])).collect()
            }
            _ => {
                let mut marks = MARKS.iter().filter(|(name, ..)| *name == language).peekable();
                if marks.peek().is_none() {
                    return false;
                }
                marks.flat_map(|(_, start, end)| text.split(start).skip(1).map(|part| up_to(part, *end))).collect()
            }
        };
        for command in commands.into_iter().take(limits::UNROLL) {
            let mark = self.state.mark();
            self.shell_code(Val::Lit(command.trim()), span, stdin, &mut Sink::new(), call);
            self.leave_subshell(mark);
        }
        true
    }
}

impl<'a> Analysis<'a> {
    /// socat(1), "OPEN", "CREATE", "GOPEN", "FILE": files that are written, with what comes from the other address.
    fn files_of_socat(&mut self, addresses: &'a str, span: Span, call: u32) {
        let written = |address: &&str| {
            let kind = address.split(':').next().unwrap_or_default();
            ["OPEN", "CREATE", "CREAT", "GOPEN", "FILE"].iter().any(|known| kind.eq_ignore_ascii_case(known))
                && !address.contains("rdonly")
        };
        let elsewhere = |address: &str| {
            ["tcp", "udp", "openssl", "ssl", "sctp", "ip"]
                .iter()
                .any(|kind| address.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)))
        };
        let data = if addresses.lines().any(elsewhere) { Taint::NETWORK } else { Taint::NONE };
        // One that is only read stands first, where data goes one way.
        let one_way = self.facts.calls.get(call as usize).is_some_and(|call| call.options.iter().any(|o| o.is("-u")));
        for address in addresses.lines().skip(usize::from(one_way)).filter(written) {
            let path = address.split_once(':').map_or("", |(_, rest)| rest.split(',').next().unwrap_or(rest));
            self.filled_by_command(path, data, span, call);
        }
    }
}

/// A text up to the bracket that closes it; the whole of it, if none does.
fn up_to(text: &str, end: char) -> &str {
    let open = if end == ')' { '(' } else { '{' };
    let mut level = 0_u32;
    for (at, sign) in text.char_indices() {
        if sign == open {
            level += 1;
        } else if sign == end {
            if level == 0 {
                return &text[..at];
            }
            level -= 1;
        }
    }
    text
}
