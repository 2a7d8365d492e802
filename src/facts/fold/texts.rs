//! Filters of lines and letters: cat(1), grep(1), tr(1), cut(1), sed(1) and their like.

use super::{awk, has, lines, sed};
use crate::facts::analysis::Analysis;
use crate::facts::targets::globs;
use crate::facts::targets::paths::comes_in;
use crate::facts::value::{Data, Field, Sink, Taint, Val};
use crate::facts::{Call, Operand, Opt, shell};
use crate::limits;

impl<'a> Analysis<'a> {
    /// cat(1), tee(1), pv(1): what they are given.
    pub(super) fn shown_files(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let mut files = call.fields("path");
        if call.program == "tee" || files.all(|f| f.val.lit().is_some_and(comes_in)) {
            return Some(*stdin);
        }
        if call.options.is_empty() && call.program == "cat" {
            let mut sink = Sink::new();
            // Of a pattern the files count that the script itself wrote.
            let written = call.fields("path").any(|field| field.derived);
            for field in call.fields("path").filter(|field| !(written && field.glob)) {
                sink.push(match field.val {
                    Val::Lit(path) if comes_in(path) => *stdin,
                    path => self.file_data(path, field.span, false),
                });
            }
            return Some(sink.data(self.bump));
        }
        // Each line behind its number, six letters wide.
        if matches!(call.options, [only] if only.is("-n")) && call.program == "cat" {
            let data = self.input_of(call, stdin);
            return self.mapped(data, &|t| {
                Some(t.lines().enumerate().map(|(at, line)| format!("{:6}\t{line}\n", at + 1)).collect())
            });
        }
        None
    }

    /// colrm(1): lines without the columns from one to another.
    pub(super) fn without_columns(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let number = |at: usize| call.words.get(at)?.val.lit()?.parse::<usize>().ok();
        let (from, to) = (number(1)?, number(2).unwrap_or(usize::MAX));
        let kept = |line: &str| -> String {
            let kept = |(at, letter)| (at + 1 < from || at >= to).then_some(letter);
            line.chars().enumerate().filter_map(kept).collect()
        };
        self.mapped(*stdin, &|t| Some(t.lines().map(|line| kept(line) + "\n").collect()))
    }

    /// What `sed -n '/pattern/p'` prints.
    pub(super) fn matching_lines(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = self.input_of(call, stdin);
        let known = |o: &Opt<'_>| ["-v", "-E", "-F", "-e", "-x"].iter().any(|name| o.is(name));
        let pattern = call.fields("pattern").chain(call.fields("-e")).next()?.val.lit()?;
        if !call.options.iter().all(known) || pattern.contains('\n') || pattern.is_empty() {
            return None;
        }
        let fixed = has(call, "-F") || call.program == "fgrep";
        let pattern = if fixed { pattern.replace(['.', '*', '[', '\\', '^', '$'], ".") } else { pattern.to_owned() };
        let pattern = if has(call, "-x") { format!("^{pattern}$") } else { pattern };
        let pattern = pattern.replace('/', "\\/");
        let script = format!("/{pattern}/{}", if has(call, "-v") { "d" } else { "p" });
        let extended = has(call, "-E") || call.program == "egrep";
        self.mapped(data, &|t| sed::edited(t, &script, !has(call, "-v"), extended).ok())
    }

    /// What a program of awk prints of its lines.
    pub(super) fn printed_by_awk(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let program = call.fields("code").next()?.val.lit()?;
        let separator = match call.fields("-F").next() {
            Some(field) => Some(field.val.lit()?),
            None => None,
        };
        let data = if program.trim_start().starts_with("BEGIN") { Data::NOTHING } else { self.input_of(call, stdin) };
        self.mapped(data, &|t| awk::printed(program, t, separator)).or_else(|| self.put_around_by_awk(program, &data))
    }

    /// paste(1), all lines in one.
    pub(super) fn joined_lines(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let between = call.fields("-d").next().map_or(Some("\t"), |field| field.val.lit())?;
        // paste(1): `\0` is nothing at all.
        let between = if between == "\\0" { "" } else { shell::decode(self.bump, between, false) };
        let data = self.input_of(call, stdin);
        let short = |text: &str| text.lines().count().saturating_mul(between.len()) <= limits::WORD;
        self.mapped(data, &|t| short(t).then(|| t.lines().collect::<Vec<_>>().join(between) + "\n"))
    }

    /// envsubst(1): a text with the variables that the script set in it.
    pub(super) fn with_variables_set(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        if !call.operands.is_empty() || !call.options.is_empty() {
            return None;
        }
        self.mapped(*stdin, &|text| {
            let (mut out, mut rest) = (String::new(), text);
            while let Some((before, after)) = rest.split_once('$') {
                let braced = after.strip_prefix('{');
                let name = braced.unwrap_or(after);
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
                let behind = &name[end..];
                out.push_str(before);
                out.push_str(self.state.var(&name[..end]).filter(|var| var.exported)?.val.lit()?);
                if out.len() > text.len() + limits::WORD {
                    return None;
                }
                rest = if braced.is_some() { behind.strip_prefix('}')? } else { behind };
            }
            Some(out + rest)
        })
    }

    /// tr(1)
    pub(super) fn changed_letters(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let sets: Vec<&str> = call.operands.iter().filter_map(|o| o.field.val.lit()).collect();
        let delete = has(call, "-d");
        let complement = has(call, "-c");
        // Bytes that are no text: what they become cannot be read, and need not be hidden otherwise.
        let no_text = |text: Val<'a>| text.lit().is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER));
        if stdin.text.is_some_and(no_text) {
            return Some(Data { text: None, taint: stdin.taint | Taint::OPAQUE | Taint::REWORKED, ..*stdin });
        }
        // `tr -cd 'a-z'`: nothing else is left.
        if complement && delete && sets.len() == 1 {
            let kept = expand_set(shell::decode(self.bump, sets[0], true));
            return self.mapped(*stdin, &|t| Some(t.chars().filter(|c| kept.contains(c)).collect())).or(Some(Data {
                text: None,
                taint: stdin.taint | Taint::OPAQUE,
                ..*stdin
            }));
        }
        if complement || sets.is_empty() {
            return Some(Data { text: None, taint: stdin.taint | Taint::OPAQUE, ..*stdin });
        }
        let set = |text: &str| expand_set(shell::decode(self.bump, self.bump.alloc_str(&dash_kept(text)), true));
        let from = set(sets[0]);
        let to = sets.get(1).map(|s| set(s));
        self.mapped(*stdin, &|t| Some(translate(t, &from, to.as_deref(), delete)))
    }

    /// head(1), tail(1).
    pub(super) fn ends(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = self.input_of(call, stdin);
        if has(call, "-z") || has(call, "--zero-terminated") {
            return None;
        }
        let count = call.options.iter().rev().find(|o| o.is("-n")).and_then(|o| o.value).and_then(|f| f.val.lit());
        // `tail -1`, the older form of `tail -n 1`.
        let older = || {
            let words = call.words.iter().skip(1).take_while(|word| word.val.lit() != Some("--"));
            words
                .filter_map(|word| word.val.lit()?.strip_prefix('-'))
                .filter(|text| text.parse::<usize>().is_ok())
                .last()
        };
        let count = count.or_else(older);
        let number = |sign: char| count.and_then(|t| t.strip_prefix(sign)).and_then(|t| t.parse::<usize>().ok());
        let (skipped, without) = (number('+'), number('-'));
        let plain = count.and_then(|t| t.parse::<usize>().ok());
        // Some of the names that a pattern stands for are called as it says. Without the first ones they are not all of them
        // (`ls -t *.tgz | tail -n +5`): `?*` hits what `*` does, for no name is empty, and does not say so.
        if data.source == "names" && data.text.is_some_and(|text| text.lit().is_none_or(globs::is_pattern)) {
            let older = skipped.is_some_and(|from| from >= KEPT) && call.program == "tail";
            let Some(Val::Lit(names)) = data.text.filter(|_| older) else { return Some(data) };
            let at = names.rfind('/').map_or(0, |at| at + 1);
            let (folder, name) = names.split_at(at);
            let some = format!("{folder}{}", name.replacen('*', "?*", 1));
            return Some(Data { text: Some(Val::Lit(self.bump.alloc_str(&some))), ..data });
        }
        if let Some(count) = call.options.iter().rev().find(|o| o.is("-c")) {
            let count = count.value.and_then(|field| field.val.lit())?;
            return self.mapped(data, &|text| some_bytes(call.program, count, text));
        }
        self.mapped(data, &|t| {
            Some(match (call.program, skipped, without) {
                ("tail", Some(from), _) => lines::from(t, from),
                ("tail", None, _) => lines::last(t, plain.or(without).unwrap_or(10)),
                (_, _, Some(without)) => lines::first(t, t.lines().count().saturating_sub(without)),
                _ => lines::first(t, plain.or(skipped).unwrap_or(10)),
            })
        })
    }

    /// cut(1)
    pub(super) fn columns(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = self.input_of(call, stdin);
        let value =
            |name: &str| call.options.iter().find(|o| o.is(name)).and_then(|o| o.value).and_then(|f| f.val.lit());
        let (delimiter, fields, chars) = (value("-d"), value("-f"), value("-c"));
        // `getent passwd "$UID" | cut -d: -f6` (passwd(5))
        let own = ["$UID", "$USER", "$LOGNAME", "$(whoami)", "$(id -un)", "$(id -u)"];
        if (delimiter, fields) == (Some(":"), Some("6"))
            && data.source.starts_with("getent passwd ")
            && own.iter().any(|name| data.source.contains(name))
        {
            return Some(Data::known(self.variable("HOME", "~")));
        }
        self.mapped(data, &|t| lines::cut(t, (delimiter, value("--output-delimiter")), fields, chars))
            .or(Some(Data { text: None, ..data }))
    }

    /// What sed prints, or what it is given where that is not computed.
    pub(super) fn edited_text(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let Some((script, files)) = sed_script(call) else {
            // `sed "s/NAME/$name/" template`: what is put in is not known, the rest is.
            let filled = |field: &Field<'_>| matches!(field.val, Val::Text(_) | Val::Set(_));
            let fills =
                call.operands.first().is_some_and(|o| filled(&o.field)) || call.fields("-e").any(|f| filled(&f));
            let data = match call.operands.get(1) {
                None => *stdin,
                Some(file) => self.file_data(file.field.val, file.field.span, false),
            };
            let filled = fills.then_some(data).filter(|data| data.text.is_some());
            return filled.or_else(|| self.put_around_by_sed(call, &data));
        };
        let data = match files {
            [] => *stdin,
            [one] => self.file_data(one.field.val, one.field.span, false),
            _ => return None,
        };
        let (quiet, extended) = (has(call, "-n"), has(call, "-E") || has(call, "-r"));
        let known = call.options.iter().all(|o| ["-e", "-n", "-E", "-r", "-u", "-s"].iter().any(|name| o.is(name)));
        let folded = known.then(|| self.mapped(data, &|t| sed::edited(t, &script, quiet, extended).ok())).flatten();
        let folded = folded.or_else(|| self.put_around_by_sed(call, &data).filter(|_| known));
        folded.or(Some(Data { text: None, ..data }))
    }
}

/// The script of a call of sed, of all its parts, and the files.
pub(in crate::facts) fn sed_script<'c, 'a>(call: &'c Call<'a>) -> Option<(String, &'c [Operand<'a>])> {
    let parts: Option<Vec<&str>> = call.fields("-e").map(|field| field.val.lit()).collect();
    match parts?.as_slice() {
        [] => {
            let (script, files) = call.operands.split_first()?;
            Some((script.field.val.lit()?.to_owned(), files))
        }
        parts => Some((parts.join("\n"), call.operands)),
    }
}

fn expand_set(set: &str) -> Vec<char> {
    let named = set
        .replace("[:lower:]", "a-z")
        .replace("[:upper:]", "A-Z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n\r")
        .replace("[:alpha:]", "A-Za-z")
        .replace("[:alnum:]", "A-Za-z0-9");
    let chars: Vec<char> = named.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        if i + 2 < chars.len()
            && chars[i + 1] == '-'
            && chars[i] <= chars[i + 2]
            && chars[i + 2] as u32 - (chars[i] as u32) < 512
        {
            out.extend((chars[i] as u32..=chars[i + 2] as u32).filter_map(char::from_u32));
            i += 3;
        } else {
            out.push(chars[i]);
            i += 1;
        }
    }
    out.iter().map(|c| if *c == '\u{e000}' { '-' } else { *c }).collect()
}

fn translate(text: &str, from: &[char], to: Option<&[char]>, delete: bool) -> String {
    text.chars()
        .filter_map(|c| match (from.iter().position(|f| *f == c), to) {
            (Some(_), _) if delete => None,
            (Some(at), Some(to)) if !to.is_empty() => Some(to[at.min(to.len() - 1)]),
            _ => Some(c),
        })
        .collect()
}

/// A set of tr in which `\-` is no range: a sign that no text has stands for it.
fn dash_kept(set: &str) -> String {
    set.replace("\\-", "\u{e000}")
}

/// From so many on those that stay are kept on purpose.
const KEPT: usize = 3;

/// What head and tail leave of a text by bytes: `-c 5`, `-c +3`, `-c -2`.
fn some_bytes(program: &str, count: &str, text: &str) -> Option<String> {
    let sign = count.chars().next().filter(|sign| matches!(sign, '+' | '-'));
    let count: usize = count.trim_start_matches(['+', '-']).parse().ok()?;
    let length = text.len();
    let kept = match (program, sign) {
        ("tail", Some('+')) => count.saturating_sub(1).min(length)..length,
        ("tail", _) => length.saturating_sub(count)..length,
        (_, Some('-')) => 0..length.saturating_sub(count),
        _ => 0..count.min(length),
    };
    text.get(kept).map(str::to_owned)
}
