//! Constant folding: what small filters print is computed where all they read is known, so that text hidden behind
//! `base64 -d` or `rev` is judged as what it becomes.

pub(in crate::facts) mod awk;
pub(super) mod decode;
pub(super) mod lines;
pub(super) mod sed;

use crate::facts::analysis::Analysis;
use crate::facts::code::{interpreters, sql};
use crate::facts::targets::globs;
use crate::facts::value::{Data, Field, Shape, Sink, Taint, Val};
use crate::facts::{Call, Operand, Opt, shell};
use crate::limits;

impl<'a> Analysis<'a> {
    /// The path of a program, as `which` tells it: the same everywhere for those of the system; others may be anybody's.
    pub fn where_it_lies(&self, program: &'a str) -> &'a str {
        let of_the_system =
            interpreters::SHELLS.contains(&program) || self.know.places().listed("programs-of-the-system", program);
        if of_the_system { self.bump.alloc_str(&format!("/usr/bin/{program}")) } else { program }
    }

    /// What a program prints, where that can be computed.
    pub fn fold(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let has = |name: &str| call.options.iter().any(|o| o.is(name));
        let input = |this: &mut Self| -> Data<'a> {
            let mut files = call.fields("path");
            match (files.next(), files.next()) {
                (None, _) => *stdin,
                (Some(one), None) if one.val.lit() == Some("-") => *stdin,
                (Some(one), None) => this.file_data(one.val, one.span, false),
                (Some(_), Some(_)) => {
                    let taint = call.fields("path").fold(Taint::NONE, |t, f| t | f.val.taint());
                    Data::unknown("files", taint)
                }
            }
        };
        let map = |this: &Self, data: Data<'a>, change: &dyn Fn(&str) -> Option<String>| -> Option<Data<'a>> {
            let text = data.text?;
            let mut values = Vec::new();
            let known = text.each().any(|one| one.lit().is_some());
            for one in text.each() {
                let Val::Lit(text) = one else {
                    // Of one of several what is not known stays so.
                    values.push(known.then(|| Val::hole(this.bump, data.source, Shape::Any, one.taint()))?);
                    continue;
                };
                // A pattern stands for names that are not known.
                if data.source == "names" && globs::is_pattern(text) {
                    return None;
                }
                values.push(Val::Lit(&*this.bump.alloc_str(&change(text)?)));
            }
            Some(Data { text: Some(Val::set(this.bump, &values)), ..data })
        };
        match call.program {
            // What a query prints is a statement for the next client.
            "psql" | "mysql" | "mariadb" | "sqlite3" => {
                let code = call.entry?.code.iter().flat_map(|spec| spec.from).flat_map(|name| call.fields(name));
                let written = code.filter_map(|field| field.val.lit()).find_map(sql::written_statement)?;
                let text = Some(Val::Lit(&*self.bump.alloc_str(&written)));
                Some(Data { text, ..Data::unknown(call.program, Taint::OPAQUE) })
            }
            "cat" | "tee" | "buffer" | "pv" => {
                let mut files = call.fields("path");
                if call.program == "tee" || files.all(|f| f.val.lit() == Some("-")) {
                    return Some(*stdin);
                }
                if call.options.is_empty() && call.program == "cat" {
                    let mut sink = Sink::new();
                    // Of a pattern the files count that the script itself wrote.
                    let written = call.fields("path").any(|field| field.derived);
                    for field in call.fields("path").filter(|field| !(written && field.glob)) {
                        sink.push(match field.val {
                            Val::Lit("-") => *stdin,
                            path => self.file_data(path, field.span, false),
                        });
                    }
                    return Some(sink.data(self.bump));
                }
                None
            }
            "git" if call.operands.first().and_then(|o| o.field.val.lit()) == Some("rev-parse") => {
                self.repository_path(call).map(|path| Data::known(Val::Lit(path)))
            }
            "tac" if call.options.is_empty() => {
                let data = input(self);
                map(self, data, &|t| Some(t.lines().rev().flat_map(|line| [line, "\n"]).collect()))
            }
            // What `sed -n '/pattern/p'` prints.
            "grep" | "egrep" | "fgrep" => {
                let data = input(self);
                let known = |o: &Opt<'_>| ["-v", "-E", "-F", "-e", "-x"].iter().any(|name| o.is(name));
                let pattern = call.fields("pattern").chain(call.fields("-e")).next()?.val.lit()?;
                if !call.options.iter().all(known) || pattern.contains(['/', '\n']) || pattern.is_empty() {
                    return None;
                }
                let fixed = has("-F") || call.program == "fgrep";
                let pattern =
                    if fixed { pattern.replace(['.', '*', '[', '\\', '^', '$'], ".") } else { pattern.to_owned() };
                let pattern = if has("-x") { format!("^{pattern}$") } else { pattern };
                let script = format!("/{pattern}/{}", if has("-v") { "d" } else { "p" });
                let extended = has("-E") || call.program == "egrep";
                map(self, data, &|t| sed::edited(t, &script, !has("-v"), extended))
            }
            // With `-c` it prints what drops all that it makes (pg_restore(1)).
            "pg_restore"
                if has("-c")
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
            "basenc" => Some(Data { text: None, taint: stdin.taint | Taint::DECODED, ..*stdin }).filter(|_| has("-d")),
            "base64" | "base32" | "b64decode" | "gbase64" => {
                let data = input(self);
                let decode = call.program == "b64decode" || has("-d") || has("-D");
                if !decode {
                    return Some(Data { text: None, shape: Shape::Plain, taint: data.taint | Taint::ENCODED, ..data });
                }
                let decode = if call.program == "base32" { decode::base32 } else { decode::base64 };
                let folded = map(self, data, &decode);
                folded.or(Some(Data { text: None, taint: data.taint | Taint::DECODED, ..data }))
            }
            "openssl" if has("-d") || has("-base64") => {
                let data = match call.fields("-in").next() {
                    Some(file) => Data { inherited: false, ..self.file_data(file.val, file.span, false) },
                    None => input(self),
                };
                let verb = call.operands.first().and_then(|o| o.field.val.lit());
                // A cipher makes something else of it.
                let plain = |o: &Opt<'_>| ["-d", "-a", "-A", "-base64", "-in", "-out"].iter().any(|name| o.is(name));
                if has("-d")
                    && (has("-base64") || has("-a") || verb == Some("base64"))
                    && matches!(verb, Some("base64" | "enc"))
                    && call.options.iter().all(plain)
                {
                    return map(self, data, &|t| decode::base64(t)).or(Some(Data {
                        text: None,
                        taint: data.taint | Taint::DECODED,
                        ..data
                    }));
                }
                Some(Data {
                    text: None,
                    taint: data.taint | if has("-d") { Taint::DECODED } else { Taint::NONE },
                    ..data
                })
            }
            "xxd" if has("-r") => {
                let data = input(self);
                map(self, data, &|t| decode::hex(t)).or(Some(Data {
                    text: None,
                    taint: data.taint | Taint::DECODED,
                    ..data
                }))
            }
            // Encodings that gate does not read.
            "uudecode" => Some(Data { text: None, inherited: false, taint: stdin.taint | Taint::DECODED, ..*stdin }),
            "jq" if call.fields("filter").any(|f| f.val.lit().is_some_and(|t| t.contains("@base64d"))) => {
                // `jq -rn '"bHM=" | @base64d'`
                let filter = call.fields("filter").next()?.val.lit()?;
                let said = filter.trim().strip_suffix("@base64d")?.trim_end().strip_suffix('|').map(str::trim);
                let text = said
                    .filter(|_| has("-n") && has("-r"))
                    .and_then(|text| decode::base64(&serde_json::from_str::<String>(text).ok()?))
                    .map(|text| Val::Lit(self.bump.alloc_str(&(text + "\n"))));
                Some(Data { text, inherited: false, taint: stdin.taint | Taint::DECODED, ..*stdin })
            }
            // All variables, secret ones among them.
            "jq" if call.fields("filter").any(|f| f.val.lit().is_some_and(every_variable)) => {
                Some(Data::unknown("every variable", Taint::SECRET | Taint::OPAQUE))
            }
            // `jq -r .a.b[0]` of a text that is known, `jq -rn '"/srv"'`
            "jq" if has("-r") => {
                let filter = call.fields("filter").next()?.val.lit()?;
                if has("-n") {
                    let said: String = serde_json::from_str(filter.trim()).ok()?;
                    return Some(Data::known(Val::Lit(self.bump.alloc_str(&(said + "\n")))));
                }
                let data = input(self);
                map(self, data, &|t| members(t, filter))
            }
            // What the script itself set: `git config sync.target https://…`.
            "git" if call.verb == "git config" && !has("-C") && !has("-f") => {
                let name = call.fields("name").next()?.val.lit()?;
                if call.fields("value").next().is_some() {
                    return None;
                }
                let value = self.state.file(&format!("git {name}"))?.data.text?.lit()?;
                Some(Data::known(Val::Lit(self.bump.alloc_str(&format!("{value}\n")))))
            }
            // passwd(5): the home of a user.
            "cut" | "awk" if home_of(call, stdin.source).is_some() => {
                Some(Data::known(Val::Lit(home_of(call, stdin.source)?)))
            }
            "dc" if call.fields("-e").any(|f| f.val.lit().is_some_and(|t| t.ends_with('P'))) => {
                Some(Data { text: None, inherited: false, taint: Taint::DECODED, ..*stdin })
            }
            "awk" | "gawk" | "mawk" | "nawk" if call.options.iter().all(|o| o.is("-F")) => {
                let program = call.fields("code").next()?.val.lit()?;
                let separator = match call.fields("-F").next() {
                    Some(field) => Some(field.val.lit()?),
                    None => None,
                };
                let data = if program.trim_start().starts_with("BEGIN") { Data::NOTHING } else { input(self) };
                map(self, data, &|t| awk::printed(program, t, separator))
            }
            "rev" => {
                let data = input(self);
                map(self, data, &|t| Some(lines::reversed(t)))
            }
            "sort" | "gsort" => {
                let order = lines::Order::of(call)?;
                let data = input(self);
                map(self, data, &|t| Some(lines::sorted(t, order)))
            }
            "uniq" if call.options.is_empty() && call.fields("dst").next().is_none() => {
                let data = input(self);
                map(self, data, &|t| Some(lines::without_repeats(t)))
            }
            "paste" if has("-s") => {
                let between = call.fields("-d").next().map_or(Some("\t"), |field| field.val.lit())?;
                // paste(1): `\0` is nothing at all.
                let between = if between == "\\0" { "" } else { shell::decode(self.bump, between, false) };
                let data = input(self);
                map(self, data, &|t| Some(t.lines().collect::<Vec<_>>().join(between) + "\n"))
            }
            "Join-Path" => {
                let parts: Option<Vec<&str>> = call.operands.iter().map(|o| o.field.val.lit()).collect();
                Some(Data::known(Val::Lit(self.bump.alloc_str(&parts?.join("/")))))
            }
            // A format without a letter of the time says only itself.
            "date" | "gdate" => {
                let format = call.fields("format").next()?.val.lit()?.strip_prefix('+')?;
                (!format.contains('%')).then(|| Data::known(Val::Lit(format)))
            }
            "tr" => {
                let sets: Vec<&str> = call.operands.iter().filter_map(|o| o.field.val.lit()).collect();
                let delete = has("-d");
                let complement = has("-c");
                // Bytes that are no text: what they become cannot be read, and need not be hidden otherwise.
                let no_text = |text: Val<'a>| text.lit().is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER));
                if stdin.text.is_some_and(no_text) {
                    return Some(Data { text: None, taint: stdin.taint | Taint::OPAQUE | Taint::REWORKED, ..*stdin });
                }
                // `tr -cd 'a-z'`: nothing else is left.
                if complement && delete && sets.len() == 1 {
                    let kept = expand_set(shell::decode(self.bump, sets[0], true));
                    return map(self, *stdin, &|t| Some(t.chars().filter(|c| kept.contains(c)).collect()))
                        .or(Some(Data { text: None, taint: stdin.taint | Taint::OPAQUE, ..*stdin }));
                }
                if complement || sets.is_empty() {
                    return Some(Data { text: None, taint: stdin.taint | Taint::OPAQUE, ..*stdin });
                }
                let set =
                    |text: &str| expand_set(shell::decode(self.bump, self.bump.alloc_str(&dash_kept(text)), true));
                let from = set(sets[0]);
                let to = sets.get(1).map(|s| set(s));
                map(self, *stdin, &|t| Some(translate(t, &from, to.as_deref(), delete)))
            }
            "head" | "tail" => {
                let data = input(self);
                if has("-z") || has("--zero-terminated") {
                    return None;
                }
                let count =
                    call.options.iter().rev().find(|o| o.is("-n")).and_then(|o| o.value).and_then(|f| f.val.lit());
                // `tail -1`, the older form of `tail -n 1`.
                let older = || {
                    let words = call.words.iter().skip(1).take_while(|word| word.val.lit() != Some("--"));
                    words
                        .filter_map(|word| word.val.lit()?.strip_prefix('-'))
                        .filter(|text| text.parse::<usize>().is_ok())
                        .last()
                };
                let count = count.or_else(older);
                let number =
                    |sign: char| count.and_then(|t| t.strip_prefix(sign)).and_then(|t| t.parse::<usize>().ok());
                let (skipped, without) = (number('+'), number('-'));
                let plain = count.and_then(|t| t.parse::<usize>().ok());
                let bytes = has("-c");
                if bytes {
                    return None;
                }
                map(self, data, &|t| {
                    Some(match (call.program, skipped, without) {
                        ("tail", Some(from), _) => lines::from(t, from),
                        ("tail", None, _) => lines::last(t, plain.or(without).unwrap_or(10)),
                        (_, _, Some(without)) => lines::first(t, t.lines().count().saturating_sub(without)),
                        _ => lines::first(t, plain.or(skipped).unwrap_or(10)),
                    })
                })
            }
            "cut" => {
                let data = input(self);
                let value = |name: &str| {
                    call.options.iter().find(|o| o.is(name)).and_then(|o| o.value).and_then(|f| f.val.lit())
                };
                let (delimiter, fields, chars) = (value("-d"), value("-f"), value("-c"));
                // `getent passwd "$UID" | cut -d: -f6` (passwd(5))
                let own = ["$UID", "$USER", "$LOGNAME", "$(whoami)", "$(id -un)", "$(id -u)"];
                if (delimiter, fields) == (Some(":"), Some("6"))
                    && data.source.starts_with("getent passwd ")
                    && own.iter().any(|name| data.source.contains(name))
                {
                    return Some(Data::known(self.variable("HOME", "~")));
                }
                map(self, data, &|t| lines::cut(t, (delimiter, value("--output-delimiter")), fields, chars))
                    .or(Some(Data { text: None, ..data }))
            }
            "seq" => {
                let numbers: Vec<i64> = call.operands.iter().filter_map(|o| o.field.val.lit()?.parse().ok()).collect();
                let (from, to) = match numbers.as_slice() {
                    [to] => (1, *to),
                    [from, to] | [from, _, to] => (*from, *to),
                    _ => return None,
                };
                if to - from > limits::VALUES as i64 || numbers.len() == 3 {
                    return Some(Data { shape: Shape::Plain, ..Data::unknown("numbers", Taint::NONE) });
                }
                let format = call.fields("-f").next().and_then(|f| f.val.lit());
                let line = |n: i64| match format.and_then(|format| Some((format, format.find('%')?))) {
                    Some((format, at)) => {
                        let rest = &format[at + 1..];
                        let end = rest.find(['g', 'f', 'e', 'G', 'E']).map_or(rest.len(), |end| end + 1);
                        format!("{}{n}{}\n", &format[..at], &rest[end..])
                    }
                    None => format!("{n}\n"),
                };
                let text: String = (from..=to).map(line).collect();
                Some(Data::known(Val::Lit(self.bump.alloc_str(&text))))
            }
            "basename" | "dirname" => {
                let operand = call.operands.first()?.field.val;
                let base = call.program == "basename";
                let suffix = call.operands.get(1).and_then(|o| o.field.val.lit());
                let name = |text: &'a str| {
                    let trimmed = text.trim_end_matches('/');
                    let result = match trimmed.rsplit_once('/') {
                        Some((_, name)) if base => name,
                        Some((dir, _)) => {
                            if dir.is_empty() {
                                "/"
                            } else {
                                dir
                            }
                        }
                        None if base => trimmed,
                        None => ".",
                    };
                    suffix.and_then(|suffix| result.strip_suffix(suffix)).unwrap_or(result)
                };
                let known: Option<Vec<Val<'a>>> = operand.each().map(|one| Some(Val::Lit(name(one.lit()?)))).collect();
                match known {
                    Some(known) => Some(Data::known(Val::set(self.bump, &known))),
                    _ if base => {
                        let taint = operand.taint().without(Taint::OWN_SCRIPT);
                        Some(Data { shape: Shape::Below, ..Data::unknown("", taint) })
                    }
                    _ => Some(Data { shape: Shape::NonEmpty, ..Data::unknown("", operand.taint()) }),
                }
            }
            "realpath" | "readlink" => {
                let operand = call.operands.last()?.field.val;
                match operand {
                    Val::Lit(text) => Some(Data::known(Val::Lit(self.absolute(text)?))),
                    other => Some(Data { shape: Shape::NonEmpty, ..Data::unknown("", other.taint()) }),
                }
            }
            "which" | "whereis" => {
                let named = call.program == "whereis";
                let place = |operand: &Operand<'a>| {
                    let program = operand.field.val.lit()?;
                    let path = self.where_it_lies(program);
                    Some(if named { format!("{program}: {path}") } else { path.to_owned() })
                };
                let lines: Vec<String> = call.operands.iter().map(place).collect::<Option<_>>()?;
                (!lines.is_empty()).then(|| Data::known(Val::Lit(self.bump.alloc_str(&lines.join("\n")))))
            }
            "whoami" | "logname" if !self.snapshot.user.is_empty() => Some(Data::known(Val::Lit(&self.snapshot.user))),
            "sed" | "gsed" if !has("-i") && !has("-f") => {
                let Some((script, files)) = sed_script(call) else {
                    // `sed "s/NAME/$name/" template`: what is put in is not known, the rest is.
                    let filled = |field: &Field<'_>| matches!(field.val, Val::Text(_) | Val::Set(_));
                    let fills = call.operands.first().is_some_and(|o| filled(&o.field))
                        || call.fields("-e").any(|f| filled(&f));
                    let data = match call.operands.get(1) {
                        None => *stdin,
                        Some(file) => self.file_data(file.field.val, file.field.span, false),
                    };
                    return fills.then_some(data).filter(|data| data.text.is_some());
                };
                let data = match files {
                    [] => *stdin,
                    [one] => self.file_data(one.field.val, one.field.span, false),
                    _ => return None,
                };
                let (quiet, extended) = (has("-n"), has("-E") || has("-r"));
                let known =
                    call.options.iter().all(|o| ["-e", "-n", "-E", "-r", "-u", "-s"].iter().any(|name| o.is(name)));
                let folded = known.then(|| map(self, data, &|t| sed::edited(t, &script, quiet, extended))).flatten();
                folded.or(Some(Data { text: None, ..data }))
            }
            // dd(1): every two bytes change their places; one that is left over stays.
            "dd" if matches!(call.options, [one] if one.is("conv=")) => {
                call.fields("conv=").next().filter(|how| how.val.lit() == Some("swab"))?;
                map(self, *stdin, &|t| {
                    let swapped = t.as_bytes().chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
                    String::from_utf8(swapped).ok()
                })
            }
            // Of one byte at a time: other sizes are hardly used to take text apart.
            "dd" if has("if=") || has("skip=") => {
                let value = |name: &str| call.fields(name).next().and_then(|f| f.val.lit());
                let number = |name: &str| value(name).map_or(Some(None), |n| n.parse::<usize>().ok().map(Some));
                let (skip, count) = (number("skip=")?, number("count=")?);
                if (skip.is_some() || count.is_some()) && value("bs=") != Some("1") {
                    return None;
                }
                let data = match call.fields("if=").next() {
                    Some(file) => self.file_data(file.val, file.span, false),
                    None => *stdin,
                };
                map(self, data, &|t| {
                    let part = t.get(skip.unwrap_or(0)..).unwrap_or("");
                    Some(part.get(..count.unwrap_or(part.len())).unwrap_or(part).to_owned())
                })
            }
            "rot13" => map(self, *stdin, &|t| Some(t.chars().map(decode::rot13).collect())),
            _ => None,
        }
    }
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

/// The texts and numbers that a plain path of jq (`.a.b[0]`, `.dirs[]`) names in a JSON text, each in a line; none if it
/// names something else, too.
fn members(json: &str, filter: &str) -> Option<String> {
    let whole: serde_json::Value = serde_json::from_str(json.trim()).ok()?;
    let mut values = vec![&whole];
    for part in filter.strip_prefix('.')?.split(['.', '[']).filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches(']').trim_matches('"');
        values = match (part, name.parse::<usize>()) {
            ("]", _) => values.into_iter().filter_map(|value| value.as_array()).flatten().collect(),
            (_, Ok(at)) => values.into_iter().filter_map(|value| value.get(at)).collect(),
            (_, Err(_)) => values.into_iter().filter_map(|value| value.get(name)).collect(),
        };
    }
    let line = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(format!("{text}\n")),
        serde_json::Value::Number(number) => Some(format!("{number}\n")),
        _ => None,
    };
    values.into_iter().map(line).collect::<Option<String>>().filter(|text| !text.is_empty())
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
        return Some("/home/someone");
    }
    let name = source.strip_prefix("getent passwd ")?.trim_matches(['"', '\'']);
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match (sixth && plain, name) {
        (false, _) => None,
        (true, "root") => Some("/root"),
        (true, _) => Some("/home/someone"),
    }
}

/// The script of a call of sed, of all its parts, and the files.
pub(super) fn sed_script<'c, 'a>(call: &'c Call<'a>) -> Option<(String, &'c [Operand<'a>])> {
    let parts: Option<Vec<&str>> = call.fields("-e").map(|field| field.val.lit()).collect();
    match parts?.as_slice() {
        [] => {
            let (script, files) = call.operands.split_first()?;
            Some((script.field.val.lit()?.to_owned(), files))
        }
        parts => Some((parts.join("\n"), call.operands)),
    }
}

/// A set of tr in which `\-` is no range: a sign that no text has stands for it.
fn dash_kept(set: &str) -> String {
    set.replace("\\-", "\u{e000}")
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
