//! Tcl, as far as it hands something to a shell or deletes files; `expect` reads it too.

use crate::facts::Effect;
use crate::facts::analysis::{Analysis, MORE};
use crate::facts::fold::decode;
use crate::facts::knowledge::Kind;
use crate::facts::shell::ast::Span;
use crate::facts::value::{Data, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    pub(in crate::facts) fn tcl(&mut self, text: &'a str, span: Span, stdin: &Data<'a>, call: u32) {
        self.signs("tcl", text, span, call);
        // expect(1): what is sent is what the program that was started reads.
        let sent: Vec<&str> = commands(text)
            .filter_map(|line| line.trim().strip_prefix("send "))
            .map(|typed| {
                typed.trim_start_matches("-- ").trim_matches('"').trim_end_matches("\\r").trim_end_matches("\\n")
            })
            .collect();
        let typed = match sent.is_empty() {
            true => Data::NOTHING,
            false => Data::known(Val::Lit(self.bump.alloc_str(&sent.join("\n")))),
        };
        // `exec sh -c {code}`: braces quote.
        for (at, _) in text.match_indices("sh -c {") {
            let code = &text[at + 7..];
            let code = &code[..code.find('}').unwrap_or(code.len())];
            self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
        }
        // Tcl's words are bare: `exec rm -rf x`, `spawn rm x` (expect), `file delete -force x`.
        let plain = made(text.replace("$env(HOME)", "~").replace("spawn\t", "spawn "))
            .and_then(|text| mapped(&with_values(&text)));
        let text: &'a str = match plain {
            Some(text) => self.bump.alloc_str(&text),
            None => return self.unread(span, MORE, false),
        };
        // What the project's own program is told is no command of a shell; what a client of another machine is told, that
        // could be given at once.
        let started: Vec<&str> = started(text).collect();
        let whole = started.len() == text.matches("spawn").count();
        let of_project = |program: &&str| program.starts_with("./") && !program.contains("..");
        let own = whole && !started.is_empty() && started.iter().all(of_project);
        let client = match started[..] {
            [line] if whole && line.starts_with("ssh ") => Some(line),
            _ => None,
        };
        let mut gone_through: Option<(String, String)> = None;
        for line in text.split(['\n', ';', '{', '}']).map(str::trim).flat_map(with_substitutions) {
            gone_through = tcl_files(line).or(gone_through);
            let line: &'a str = match &gone_through {
                Some((name, files)) => self.bump.alloc_str(&line.replace(name, files)),
                None => line,
            };
            // A list is its words.
            let line = match line.strip_prefix("exec [list ") {
                Some(words) => &*self.bump.alloc_str(&format!("exec {}", words.trim_end_matches(']'))),
                None => line,
            };
            let shell =
                ["exec ", "spawn ", "system ", "eval exec ", "open |"].iter().find_map(|p| line.strip_prefix(p));
            let shell = shell.map(|code| code.trim_start_matches("-noecho ").trim_start_matches("-console "));
            if let Some((_, address)) = line.split_once("[socket ").filter(|_| text.contains("exec ")) {
                let host = address.split_whitespace().next().unwrap_or("");
                let target = self.host_target(Val::Lit(host));
                self.effect(Effect { marks: &["reverse-shell"], ..Effect::new(Kind::Tunnel, target, call, span) });
            }
            if let Some(code) = shell {
                // A word in quotes may end it.
                let whole = code.strip_prefix('"').and_then(|code| code.strip_suffix('"'));
                let code = whole.unwrap_or(code);
                let code = code.split(" <@").next().unwrap_or(code);
                self.shell_code(Val::Lit(code), span, &typed, &mut Sink::new(), call);
            } else if line.starts_with("eval ") && text.contains("http::geturl") {
                self.code_effect(text, Taint::NETWORK, call, span);
            } else if let Some(path) = line.strip_prefix("file delete") {
                let path = with_lists(path).replace("-force", "-rf");
                let code = self.bump.alloc_str(&format!("rm -r {path}"));
                self.shell_code(Val::Lit(code), span, stdin, &mut Sink::new(), call);
            } else if let Some(words) = line.strip_prefix("open ") {
                // open(n): a file, and what is done with it.
                let mut words = words.split_whitespace().map(|word| word.trim_matches('"'));
                let (path, mode) = (words.next().unwrap_or_default(), words.next().unwrap_or("r"));
                let code = if mode.starts_with('r') && !mode.contains('+') { "cat" } else { "tee" };
                let code = self.bump.alloc_str(&format!("{code} {path}"));
                self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
            } else if let Some(code) = in_words_of_a_shell(line) {
                let code = self.bump.alloc_str(&code);
                self.shell_code(Val::Lit(code), span, &Data::NOTHING, &mut Sink::new(), call);
            } else if let Some(typed) = line.strip_prefix("send ") {
                let code = typed.trim_matches('"').trim_end_matches("\\r").trim_end_matches("\\n");
                if code.contains(' ') && !own {
                    let run = |this: &mut Self, code: &str| {
                        let code = Val::Lit(this.bump.alloc_str(code));
                        this.shell_code(code, span, &Data::NOTHING, &mut Sink::new(), call);
                    };
                    match client {
                        Some(client) => run(self, &format!("{client} {}", shell_words::quote(code))),
                        None => self.perhaps(|this| run(this, code)),
                    }
                }
            }
        }
    }
}

/// The commands of a script: what ends one within quotes does not, and a quote is one only where a word begins (Tcl(n),
/// rules 1, 4 and 10).
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut comment, mut last, mut begins) = (false, false, '\n', true);
    text.split(move |sign: char| {
        if sign == '"' && !comment && last != '\\' {
            quoted = !quoted && (last.is_whitespace() || matches!(last, '[' | '{' | ';'));
        }
        comment = !quoted && (comment || begins && sign == '#') && sign != '\n';
        let ends = sign == '\n' && (comment || !quoted) || sign == ';' && !quoted && !comment;
        begins = ends || begins && sign.is_whitespace();
        last = sign;
        ends
    })
}

/// The programs that a script of expect starts, each with what it is given: `spawn -noecho ssh host`.
fn started(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("spawn").filter_map(|(at, word)| {
        let rest = &text[at + word.len()..];
        let line = rest.strip_prefix(' ')?;
        let line = line.split(['\n', ';']).next().unwrap_or(line).trim();
        Some(line.strip_prefix("-noecho").unwrap_or(line).trim_start())
    })
}

/// A command, and the commands in brackets whose results it uses: `puts [exec ls]`.
fn with_substitutions(line: &str) -> impl Iterator<Item = &str> {
    let inner = line.match_indices('[').take(limits::UNROLL).filter_map(|(at, _)| {
        let inside = &line[at + 1..];
        let begins = ["exec ", "open ", "file copy", "file rename", "file delete"];
        let mut level = 0_usize;
        let end = inside.find(|c: char| {
            match c {
                '[' => level += 1,
                ']' if level == 0 => return true,
                ']' => level -= 1,
                _ => {}
            }
            false
        });
        begins.iter().any(|word| inside.starts_with(word)).then(|| &inside[..end.unwrap_or(inside.len())])
    });
    std::iter::once(line).chain(inner)
}

/// What a command does to files, as a shell would say it (file(n)).
fn in_words_of_a_shell(line: &str) -> Option<String> {
    let words = || line.split_whitespace().skip(2).filter(|word| !matches!(*word, "-force" | "--"));
    let listed = || words().collect::<Vec<_>>().join(" ");
    match line.split_whitespace().nth(1).filter(|_| line.starts_with("file "))? {
        "copy" => Some(format!("cp -rf {}", listed())),
        "rename" => Some(format!("mv -f {}", listed())),
        "attributes" => match words().collect::<Vec<_>>()[..] {
            [path, "-permissions", mode] => Some(format!("chmod {mode} {path}")),
            _ => None,
        },
        _ => None,
    }
}

/// The code with what commands make of texts that are written out in their place: `[string reverse eteled]`,
/// `[binary format H* 6c73]` (string(n), binary(n), join(n)); none where there is more of it than is followed.
fn made(mut out: String) -> Option<String> {
    if !["[string ", "[binary ", "[join "].iter().any(|makes| out.contains(makes)) {
        return Some(out);
    }
    if out.len() > limits::WORD {
        return None;
    }
    for _ in 0..limits::UNROLL {
        let found = out.match_indices('[').find_map(|(open, _)| {
            let inside = &out[open + 1..];
            let inside = &inside[..inside.find(['[', ']']).filter(|end| inside[*end..].starts_with(']'))?];
            Some((open, inside.len() + 2, made_of(inside)?))
        });
        let Some((open, length, text)) = found else { return Some(out) };
        let text = if text.contains([' ', ';', '\n']) { format!("{{{text}}}") } else { text };
        out.replace_range(open..open + length, &text);
    }
    None
}

/// What a command makes of a text that it is given.
fn made_of(command: &str) -> Option<String> {
    let bare = |word: &str| word.trim_matches(['"', '{', '}']).to_owned();
    let known = |text: &str| !text.contains('$');
    if let Some((list, between)) = command.strip_prefix("join {").and_then(|rest| rest.split_once('}')) {
        let between = match between.trim() {
            "" => " ",
            between => between.trim_matches(['"', '{', '}']),
        };
        let words: Vec<&str> = list.split_whitespace().collect();
        return Some(words.join(between)).filter(|text| known(text));
    }
    let words: Vec<&str> = command.split_whitespace().collect();
    let text = match words[..] {
        ["string", "reverse", word] => bare(word).chars().rev().collect(),
        ["string", "cat", ref words @ ..] => words.iter().map(|word| bare(word)).collect(),
        ["string", "tolower", word] => bare(word).to_lowercase(),
        ["binary", "format", "H*" | "{H*}" | "\"H*\"", word] | ["binary", "decode", "hex", word] => {
            decode::hex(&bare(word))?
        }
        ["binary", "decode", "base64", word] => decode::base64(&bare(word))?,
        _ => return None,
    };
    let plain = |c: char| !c.is_control() || c == '\n';
    Some(text).filter(|text: &String| known(text) && !text.contains(['[', ']']) && text.chars().all(plain))
}

/// The code with what `set name value` says in place of `$name`.
fn with_values(text: &str) -> String {
    let mut out = text.to_owned();
    // A whole command in a variable: one word of what it is handed to, or its words (`{*}`, `eval`).
    let several = text.split(['\n', ';']).filter_map(|line| line.trim().strip_prefix("set ")?.split_once(' '));
    let several = several.filter_map(|(name, value)| {
        let value = value.trim();
        let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let inner = inner.or_else(|| value.strip_prefix('{').and_then(|value| value.strip_suffix('}')))?;
        (inner.contains(' ') && !inner.contains(['[', '{', '$', '"', '\''])).then_some((name, inner))
    });
    for (name, value) in several.take(limits::UNROLL) {
        if out.matches(&format!("${name}")).count() * value.len() > limits::WORD {
            break;
        }
        for (asked, said) in [
            (format!("{{*}}${name}"), value.to_owned()),
            (format!("eval exec ${name}"), format!("exec {value}")),
            (format!("eval spawn ${name}"), format!("spawn {value}")),
            (format!("-c ${name}"), format!("-c '{value}'")),
        ] {
            out = out.replace(&asked, &said);
        }
    }
    // `{*}` makes words of a list.
    out = out.replace("{*}", "");
    let plain = |value: &str| !value.is_empty() && !value.contains([' ', '[', '{', '$']);
    let mut given: Vec<(&str, String)> = Vec::new();
    for line in text.split(['\n', ';']).map(str::trim) {
        if let Some((name, value)) = line.strip_prefix("set ").and_then(|rest| rest.split_once(' ')) {
            let value = value.trim_matches('"');
            if plain(value) && given.len() < limits::UNROLL {
                given.push((name, value.to_owned()));
            }
        } else if let Some((name, more)) = line.strip_prefix("append ").and_then(|rest| rest.split_once(' '))
            && let Some((_, value)) = given.iter_mut().rev().find(|(known, _)| *known == name)
        {
            value.extend(more.split_whitespace().take(limits::UNROLL).map(|part| part.trim_matches('"')));
        }
    }
    for (name, value) in given {
        let name = format!("${name}");
        if out.matches(&name).count() * value.len() <= limits::WORD {
            out = out.replace(&name, &value);
        }
    }
    out
}

/// The longest list of pairs that a text is mapped by.
const LONGEST_MAP: usize = 4096;

/// The code with what `[string map {a b} text]` makes in its place, where all of it is written out (string of Tcl's manual);
/// none where there is more of it than is followed.
fn mapped(text: &str) -> Option<String> {
    const MAP: &str = "[string map ";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut maps = 0;
    while let Some((before, after)) = rest.split_once(MAP) {
        maps += 1;
        out.push_str(before);
        rest = after;
        let listed = after.strip_prefix('{').and_then(|list| list.split_once('}'));
        if maps > limits::UNROLL
            || out.len() > limits::WORD
            || listed.is_some_and(|(pairs, _)| pairs.len() > LONGEST_MAP)
        {
            return None;
        }
        let parts = listed.and_then(|(pairs, after)| {
            let (word, after) = after.trim_start().split_once(']')?;
            let pairs = shell_words::split(pairs).ok().filter(|pairs| pairs.len().is_multiple_of(2))?;
            Some((pairs, word.trim_matches(['"', '{', '}']), after))
        });
        let Some((pairs, word, after)) = parts.filter(|(_, word, _)| !word.contains(['$', '['])) else {
            out.push_str(MAP);
            continue;
        };
        out.push('"');
        // Once over the text, the first pair that fits.
        let mut left = word;
        while let Some(sign) = left.chars().next() {
            if out.len() > limits::WORD {
                return None;
            }
            match pairs.chunks_exact(2).find(|pair| !pair[0].is_empty() && left.starts_with(&pair[0])) {
                Some(pair) => {
                    out.push_str(&pair[1]);
                    left = &left[pair[0].len()..];
                }
                None => {
                    out.push(sign);
                    left = &left[sign.len_utf8()..];
                }
            }
        }
        out.push('"');
        rest = after;
    }
    Some(out + rest)
}

/// A line with the files that `[glob …]` stands for.
fn with_lists(line: &str) -> String {
    match line.split_once('[').and_then(|(before, rest)| Some((before, rest.rsplit_once(']')?))) {
        Some((before, (list, after))) => match files(list) {
            Some(files) => format!("{before}{files}{after}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    }
}

/// The variable of a loop over the files of a folder, with its `$`, and those files: `foreach f [glob -directory ~ *]`.
fn tcl_files(line: &str) -> Option<(String, String)> {
    let (name, list) = line.strip_prefix("foreach ")?.split_once(' ')?;
    Some((format!("${name}"), files(list.trim().trim_start_matches('[').trim_end_matches(']'))?))
}

/// The files that `glob -directory ~ *` names (glob of Tcl's manual).
fn files(glob: &str) -> Option<String> {
    let mut words = glob.strip_prefix("glob ")?.split_whitespace();
    let (mut folder, mut files) = ("", String::new());
    while let Some(word) = words.next() {
        match word {
            "-directory" | "-dir" => folder = words.next()?,
            _ if word.starts_with('-') => {}
            _ if folder.is_empty() => files.push_str(&format!(" {word}")),
            _ => files.push_str(&format!(" {folder}/{word}")),
        }
    }
    Some(files.trim_start().to_owned())
}
