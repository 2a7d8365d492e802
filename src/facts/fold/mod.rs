//! Constant folding: what small filters print is computed where all they read is known, so that text hidden behind
//! `base64 -d` or `rev` is judged as what it becomes.

pub(in crate::facts) mod awk;
pub(super) mod decode;
mod each_line;
mod encodings;
mod jq;
pub(super) mod lines;
mod names;
mod queries;
pub(super) mod sed;
mod texts;

pub(in crate::facts) use texts::sed_script;

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::code::interpreters;
use crate::facts::targets::globs;
use crate::facts::targets::paths::{SOMEBODYS_HOME, comes_in};
use crate::facts::value::{Data, EVERYTHING, Shape, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The path of a program, as `which` tells it: the same everywhere for those of the system; others may be anybody's.
    pub fn where_it_lies(&self, program: &'a str) -> &'a str {
        let of_the_system =
            interpreters::SHELLS.contains(&program) || self.know.lists().has("programs-of-the-system", program);
        if of_the_system { self.bump.alloc_str(&format!("/usr/bin/{program}")) } else { program }
    }

    /// What a program prints, where that can be computed.
    pub fn fold(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        match call.program {
            "psql" | "mysql" | "sqlite3" => self.printed_statement(call),
            "colrm" => self.without_columns(call, stdin),
            "cat" | "tee" | "buffer" | "pv" => self.shown_files(call, stdin),
            "git" if call.operands.first().and_then(|o| o.field.val.lit()) == Some("rev-parse") => {
                self.repository_path(call).map(|path| Data::known(Val::Lit(path)))
            }
            "tac" if call.options.is_empty() => {
                let data = self.input_of(call, stdin);
                self.mapped(data, &|t| Some(t.lines().rev().flat_map(|line| [line, "\n"]).collect()))
            }
            "grep" | "egrep" | "cut" | "awk" if keeps_states(call, stdin) => Some(*stdin),
            "grep" | "egrep" | "fgrep" => self.matching_lines(call, stdin),
            // With `-c` it prints what drops all that it makes (pg_restore(1)).
            "pg_restore"
                if has(call, "-c")
                    && call
                        .fields("-f")
                        .any(|file| matches!(file.val.lit(), Some("-" | "/dev/stdout" | "/dev/fd/1"))) =>
            {
                Some(Data::known(Val::Lit("DROP SCHEMA public CASCADE;\n")))
            }
            "printenv" => {
                let [one] = call.operands else { return None };
                let name = one.field.val.lit()?;
                let value = self.variable(name, name);
                value.lit().map(|_| Data::known(value))
            }
            "basenc" => {
                Some(Data { text: None, taint: stdin.taint | Taint::DECODED, ..*stdin }).filter(|_| has(call, "-d"))
            }
            "base64" | "base32" | "b64decode" => self.based(call, stdin),
            "openssl" if has(call, "-d") || has(call, "-base64") => self.opened_by_openssl(call, stdin),
            "xxd" if has(call, "-r") => self.read_hex(call, stdin),
            // What a cipher hid: a backup as well as a script, so that only what runs it counts.
            "gpg" | "age" | "ccrypt" if has(call, "-d") => {
                Some(Data { text: None, inherited: false, taint: stdin.taint | Taint::REWORKED, ..*stdin })
            }
            "gzip" | "bzip2" | "xz" | "zstd" | "lzma" | "brotli" if has(call, "-d") => self.expanded(call, stdin),
            "gunzip" | "bunzip2" | "unxz" | "unzstd" | "zcat" | "gzcat" | "bzcat" | "xzcat" | "zstdcat" | "lzcat" => {
                self.expanded(call, stdin)
            }
            "iconv" if call.fields("-f").any(|from| from.val.lit().is_some_and(apart_from_ascii)) => {
                self.expanded(call, stdin)
            }
            // Encodings that gate does not read.
            "uudecode" => Some(Data { text: None, inherited: false, taint: stdin.taint | Taint::DECODED, ..*stdin }),
            "jq" if call.fields("filter").any(|f| f.val.lit().is_some_and(|t| t.contains("@base64d"))) => {
                self.decoded_by_jq(call, stdin)
            }
            // All variables, secret ones among them.
            "jq" if call.fields("filter").any(|f| f.val.lit().is_some_and(every_variable)) => {
                Some(Data::unknown("every variable", Taint::SECRET | Taint::OPAQUE))
            }
            "jq" if has(call, "-r") => self.told_by_jq(call, stdin),
            "jq" if has(call, "-n") => self.made_by_jq(call),
            "git" if call.verb == "git config" && !has(call, "-C") && !has(call, "-f") => self.setting_of_git(call),
            // passwd(5): the home of a user.
            "cut" | "awk" if home_of(call, stdin.source).is_some() => {
                Some(Data::known(Val::Lit(home_of(call, stdin.source)?)))
            }
            "dc" if call.fields("-e").any(|f| f.val.lit().is_some_and(|t| t.ends_with('P'))) => {
                Some(Data { text: None, inherited: false, taint: Taint::DECODED, ..*stdin })
            }
            "awk" if call.options.iter().all(|o| o.is("-F")) => self.printed_by_awk(call, stdin),
            "rev" => {
                let data = self.input_of(call, stdin);
                self.mapped(data, &|t| Some(lines::reversed(t)))
            }
            "sort" => {
                let order = lines::Order::of(call)?;
                let data = self.input_of(call, stdin);
                self.mapped(data, &|t| Some(lines::sorted(t, order)))
            }
            "uniq" if call.options.is_empty() && call.fields("dst").next().is_none() => {
                let data = self.input_of(call, stdin);
                self.mapped(data, &|t| Some(lines::without_repeats(t)))
            }
            "paste" if has(call, "-s") => self.joined_lines(call, stdin),
            "Join-Path" => {
                let parts: Option<Vec<&str>> = call.operands.iter().map(|o| o.field.val.lit()).collect();
                Some(Data::known(Val::Lit(self.bump.alloc_str(&parts?.join("/")))))
            }
            // A format without a letter of the time says only itself.
            "date" => {
                let format = call.fields("format").next()?.val.lit()?.strip_prefix('+')?;
                (!format.contains('%')).then(|| Data::known(Val::Lit(format)))
            }
            "tr" => self.changed_letters(call, stdin),
            "head" | "tail" => self.ends(call, stdin),
            "envsubst" => self.with_variables_set(call, stdin),
            "cut" => self.columns(call, stdin),
            // Over and over; what reads it knows no end (yes(1)).
            "yes" => {
                let word = call.fields("word").next().map_or(Some("y"), |word| word.val.lit())?;
                Some(Data::known(Val::Lit(self.bump.alloc_str(&format!("{word}\n")))))
            }
            // expr(1): a part of a text.
            "expr" => {
                let words: Vec<&str> = call.words.iter().skip(1).map(|word| word.val.lit()).collect::<Option<_>>()?;
                let part: String = match words[..] {
                    ["substr", text, from, length] => {
                        let from = from.parse::<usize>().ok()?.checked_sub(1)?;
                        text.chars().skip(from).take(length.parse().ok()?).collect()
                    }
                    // What the brackets of a pattern meet, which begins where the text does.
                    [text, ":", pattern] | ["match", text, pattern] if pattern.contains("\\(") => {
                        let pattern = pattern.trim_start_matches('^');
                        let script = format!("s\u{1}^{pattern}.*\u{1}\\1\u{1}");
                        sed::edited(text, &script, false, false).ok()?.trim_end().to_owned()
                    }
                    _ => return None,
                };
                Some(Data::known(Val::Lit(self.bump.alloc_str(&format!("{part}\n")))))
            }
            // Its words, each a line, in whichever order.
            "shuf" if has(call, "-e") => {
                let words: Option<Vec<&str>> = call.fields("path").map(|field| field.val.lit()).collect();
                let lines = words?.join("\n") + "\n";
                Some(Data::known(Val::Lit(self.bump.alloc_str(&lines))))
            }
            "seq" => self.numbers(call),
            "basename" | "dirname" => self.part_of_path(call),
            "realpath" | "readlink" => self.whole_path(call),
            "which" | "whereis" => self.places_of_programs(call),
            "whoami" | "logname" if !self.snapshot.user.is_empty() => Some(Data::known(Val::Lit(&self.snapshot.user))),
            "sed" if !has(call, "-i") && !has(call, "-f") => self.edited_text(call, stdin),
            "dd" if matches!(call.options, [one] if one.is("conv=")) => self.swapped_bytes(call, stdin),
            "dd" if has(call, "if=") || has(call, "skip=") => self.some_bytes(call, stdin),
            // Without a command of its own it is `echo`, line for line in one (xargs(1)).
            "xargs" if call.options.is_empty() && call.operands.is_empty() => self.mapped(*stdin, &|t| {
                // What begins like an option is one of `echo`.
                let plain = !t.contains(['"', '\'', '\\']) && !t.trim_start().starts_with('-');
                plain.then(|| t.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
            }),
            "rot13" => self.mapped(*stdin, &|t| Some(t.chars().map(decode::rot13).collect())),
            _ => None,
        }
    }

    /// What a filter reads: its one file, or its input.
    fn input_of(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Data<'a> {
        let mut files = call.fields("path");
        match (files.next(), files.next()) {
            (None, _) => *stdin,
            (Some(one), None) if one.val.lit().is_some_and(comes_in) => *stdin,
            (Some(one), None) => self.file_data(one.val, one.span, false),
            (Some(_), Some(_)) => {
                let taint = call.fields("path").fold(Taint::NONE, |t, f| t | f.val.taint());
                Data::unknown("files", taint)
            }
        }
    }

    /// What a filter makes of what it reads, of each text that this may be; none where one cannot be told.
    fn mapped(&self, data: Data<'a>, change: &dyn Fn(&str) -> Option<String>) -> Option<Data<'a>> {
        let text = data.text?;
        let mut values = Vec::new();
        let known = text.each().any(|one| one.lit().is_some());
        for one in text.each() {
            let Val::Lit(text) = one else {
                // Of one of several what is not known stays so.
                values.push(known.then(|| Val::hole(self.bump, data.source, Shape::Any, one.taint()))?);
                continue;
            };
            // A pattern stands for names that are not known.
            if data.source == "names" && globs::is_pattern(text) {
                return None;
            }
            values.push(Val::Lit(&*self.bump.alloc_str(&change(text)?)));
        }
        Some(Data { text: Some(Val::set(self.bump, &values)), ..data })
    }
}

/// A text with another in the place of a part of it, so many times at most; cut off where it is longer than any file that is
/// read, which whoever uses it takes for too long.
pub(in crate::facts) fn replaced(text: &str, from: &str, to: &str, times: usize) -> String {
    let (mut out, mut end) = (String::new(), 0);
    for (at, met) in text.match_indices(from).take(times) {
        out.push_str(&text[end..at]);
        out.push_str(to);
        end = at + met.len();
        if out.len() > limits::FILE {
            return out;
        }
    }
    out + &text[end..]
}

fn has(call: &Call<'_>, name: &str) -> bool {
    call.options.iter().any(|o| o.is(name))
}

/// Whether an encoding writes the letters of ASCII by other bytes, so that nobody reads in the file what it says (iconv(1)).
fn apart_from_ascii(encoding: &str) -> bool {
    let encoding = encoding.to_ascii_lowercase();
    ["utf-16", "utf16", "utf-32", "utf32", "utf-7", "utf7", "ucs", "ebcdic", "ibm"]
        .iter()
        .any(|known| encoding.starts_with(known))
}

/// Whether a filter of jq prints all variables of the environment: `env|tojson`, `$ENV`, not `env.HOME` (jq(1)).
fn every_variable(filter: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '"');
    ["$ENV", "env"].iter().any(|name| {
        filter.match_indices(name).any(|(at, _)| {
            let (before, after) = (&filter[..at], &filter[at + name.len()..]);
            // The member of an object that is made: `{env: .x}`, `{env}`.
            let member = after.trim_start().starts_with(':')
                || before.trim_end().ends_with('{') && after.trim_start().starts_with([',', '}']);
            let one = after.starts_with('[') && !after.starts_with("[]");
            !before.ends_with(word) && !after.starts_with(word) && !one && !member
        })
    })
}

/// The home directory that a sixth field of `getent passwd NAME` is, as most systems have it.
fn home_of(call: &Call<'_>, source: &str) -> Option<&'static str> {
    let value = |name: &str| call.fields(name).next().and_then(|f| f.val.lit());
    let sixth = match call.program {
        "cut" => value("-d") == Some(":") && value("-f") == Some("6"),
        _ => value("-F") == Some(":") && value("code").is_some_and(|code| code.contains("print $6")),
    };
    let everybody = source == "getent passwd" || call.fields("path").any(|f| f.val.lit() == Some("/etc/passwd"));
    if sixth && everybody {
        return Some(SOMEBODYS_HOME);
    }
    let name = source.strip_prefix("getent passwd ")?.trim_matches(['"', '\'']);
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match (sixth && plain, name) {
        (false, _) => None,
        (true, "root") => Some("/root"),
        (true, _) => Some(SOMEBODYS_HOME),
    }
}

/// Whether a filter keeps of what is new or changed all of one state, or takes its two letters away: `git status
/// --porcelain | grep '^??' | cut -c4-`.
fn keeps_states(call: &Call<'_>, stdin: &Data<'_>) -> bool {
    if stdin.source != EVERYTHING || stdin.text.is_some() {
        return false;
    }
    let said = |name: &str| call.fields(name).next().and_then(|field| field.val.lit()).unwrap_or_default();
    let states = |pattern: &str| {
        let letters = pattern.trim_start_matches('^').replace(['\\', '[', ']', '(', ')', '"', '\''], "");
        pattern.starts_with('^')
            && letters.chars().all(|c| matches!(c, '?' | 'M' | 'A' | 'D' | 'R' | ' ' | '|' | '^' | 's'))
    };
    match call.program {
        "cut" => said("-c").trim() == "4-",
        "awk" => {
            let code = said("code").trim();
            let (asked, rest) = match code.strip_prefix('/').and_then(|code| code.split_once('/')) {
                Some((pattern, rest)) => (states(pattern), rest.trim()),
                None => match code.split_once('{') {
                    // `$1 == "??" { print $2 }`
                    Some((asked, _)) if asked.contains("==") => {
                        let state = asked.replace(' ', "").replacen("$1==\"", "^", 1);
                        (states(&state), &code[asked.len()..])
                    }
                    _ => (true, code),
                },
            };
            asked && matches!(rest.replace(' ', "").as_str(), "{print$2}" | "{print$NF}")
        }
        _ => states(said("pattern")) && !call.options.iter().any(|option| option.is("-v")),
    }
}
