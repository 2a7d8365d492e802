//! What a wrapper fills into the words that it runs: the names that find prints, the words and lines that xargs reads, all
//! that GNU parallel puts in the place of its replacement strings.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::RunSpec;
use crate::facts::program::filters::narrows;
use crate::facts::targets::paths::base_name;
use crate::facts::value::{Builder, Data, EVERYTHING, Field, Seg, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// Fills in what the wrapper adds: results of find, lines of standard input.
    pub(super) fn filled_words(
        &mut self,
        call: &Call<'a>,
        spec: &'static RunSpec<'static>,
        words: Vec<Field<'a>>,
        stdin: &Data<'a>,
    ) -> Vec<Field<'a>> {
        let placeholder = placeholder_of(call, spec);
        let separator = call.fields("--colsep").next().and_then(|field| field.val.lit());
        let mut inputs: Vec<Val<'a>> = Vec::new();
        let mut words = words;
        // GNU parallel's own ways to give what is filled in: `:::: hosts.txt` is a file of it.
        let in_file = words.iter().position(|w| matches!(w.val.lit(), Some("::::" | "::::+"))).filter(|_| spec.stdin);
        let in_file = in_file.and_then(|at| words.drain(at..).nth(1));
        let listed = words.iter().position(|w| matches!(w.val.lit(), Some(":::" | ":::+")));
        if let Some(at) = listed.filter(|_| spec.stdin) {
            let given: Option<Vec<&str>> = words[at + 1..].iter().map(|word| word.val.lit()).collect();
            let lines = match (separator, given) {
                (Some(separator), Some(given)) => by_columns(call, spec, &words[..at], separator, &given.join("\n")),
                _ => combined(call, spec, &words[..at], &words[at + 1..]),
            };
            if let Some(lines) = lines {
                return vec![Field::new(Val::Lit(self.bump.alloc_str(&lines)), call.span)];
            }
            inputs.extend(words.drain(at..).skip(1).map(|w| w.val));
        } else if let Some(separator) = separator
            && let Some(Val::Lit(read)) = stdin.text.filter(|_| spec.stdin)
            && let Some(lines) = by_columns(call, spec, &words, separator, read)
        {
            return vec![Field::new(Val::Lit(self.bump.alloc_str(&lines)), call.span)];
        } else if spec.stdin && !call.options.iter().any(|o| o.is("--pipe")) {
            let stdin = match in_file.or_else(|| call.fields(spec.input).next()) {
                Some(field) => self.file_data(field.val, field.span, false),
                None => *stdin,
            };
            match stdin.text.or_else(|| self.words_in_file(stdin.source)) {
                Some(text) => {
                    for one in text.each() {
                        match one {
                            Val::Lit(text) => {
                                let words = self.words_of(call, spec, text);
                                inputs.extend(words.iter().take(limits::UNROLL).map(|word| Val::Lit(word)));
                                if words.len() > limits::UNROLL {
                                    self.unread(call.span, "more words than gate looks at", false);
                                }
                            }
                            other => inputs.push(Data::known(other).value(self.bump, stdin.source)),
                        }
                    }
                }
                None if stdin.source == EVERYTHING => inputs.push(Val::Lit("*")),
                None => inputs.push(Val::hole(
                    self.bump,
                    stdin.named("standard input"),
                    stdin.shape,
                    stdin.taint | Taint::OPAQUE,
                )),
            }
        }
        let below = if spec.below.is_empty() {
            None
        } else {
            let paths: Vec<Val<'a>> = call.fields(spec.below).map(|f| f.val).collect();
            let paths = if paths.is_empty() { vec![Val::Lit(".")] } else { paths };
            let base = Val::set(self.bump, &paths);
            Some(if narrows(call, spec.filter) { self.below(call, base, spec.filter) } else { base })
        };
        let value = below.or_else(|| (!inputs.is_empty()).then(|| Val::set(self.bump, &inputs)));
        let mut used = false;
        let mut out: Vec<Field<'a>> = Vec::with_capacity(words.len() + 1);
        for field in words {
            // What is not known of a word holds none: `-I{} sh -c 'x -k '"$K"' {}'`.
            let (one, several) = match field.val {
                Val::Lit(text) => (Seg::Lit(text), &[][..]),
                Val::Text(segs) => (Seg::Lit(""), segs),
                Val::Set(_) => (Seg::Lit(""), &[][..]),
            };
            let segs = if several.is_empty() { std::slice::from_ref(&one) } else { several };
            if !placeholder.is_empty()
                && segs.iter().any(|seg| matches!(seg, Seg::Lit(text) if text.contains(placeholder)))
                && let Some(value) = value
            {
                used = true;
                // All places are filled with the same one.
                let each: Vec<Val<'a>> = value.each().map(|one| self.filled_with(segs, placeholder, one)).collect();
                out.push(Field { val: Val::set(self.bump, &each), derived: true, ..field });
            } else {
                out.push(field);
            }
        }
        if spec.appended
            && !used
            && let Some(value) = value
        {
            out.push(Field::new(value, call.span));
        }
        // xargs with `-I` fills in only what it names; parallel appends where nothing is named.
        if spec.stdin && !used && (placeholder.is_empty() || !spec.placeholder.starts_with('=')) {
            out.extend(
                inputs.into_iter().map(|val| Field { splits: val.lit().is_none(), ..Field::new(val, call.span) }),
            );
        }
        out
    }

    /// A word with a value wherever the placeholder stands.
    fn filled_with(&self, word: &[Seg<'a>], placeholder: &str, value: Val<'a>) -> Val<'a> {
        let mut builder = Builder::default();
        for seg in word {
            let Seg::Lit(text) = seg else {
                builder.push(self.bump, Val::Text(self.bump.alloc_slice_copy(&[*seg])));
                continue;
            };
            let mut rest = *text;
            while let Some((before, after)) = rest.split_once(placeholder) {
                builder.push_lit(before);
                builder.push(self.bump, value);
                rest = after;
            }
            builder.push_lit(rest);
        }
        builder.done(self.bump)
    }

    /// The words in what a wrapper reads: lines, what a sign separates, or words between blanks in which quotes and
    /// backslashes count as they do for a shell (POSIX, `xargs`).
    fn words_of(&self, call: &Call<'a>, spec: &'static RunSpec<'static>, text: &'a str) -> Vec<&'a str> {
        if !spec.joined && !spec.lines.iter().any(|name| call.options.iter().any(|o| o.is(name))) {
            let quoted = text.contains(['\'', '"', '\\']).then(|| shell_words::split(text).ok()).flatten();
            return match quoted {
                Some(words) => words.iter().map(|word| &*self.bump.alloc_str(word)).collect(),
                None => text.split_whitespace().collect(),
            };
        }
        let separators = spec.lines.iter().filter(|name| !spec.placeholder.contains(*name));
        let separator = separators.flat_map(|name| call.fields(name)).find_map(|field| match field.val.lit()? {
            "\\n" => Some('\n'),
            "\\t" => Some('\t'),
            "\\0" => Some('\0'),
            sign => sign.chars().next(),
        });
        let separates = |c: char| separator.map_or(matches!(c, '\n' | '\0'), |sign| c == sign);
        text.split(separates)
            .map(|word| word.trim_matches(['\n', '\r']))
            .filter(|word| !word.trim().is_empty())
            .collect()
    }

    /// The text of a file that words are read from, where it is short.
    fn words_in_file(&mut self, path: &'a str) -> Option<Val<'a>> {
        if path.is_empty() || path.contains("://") || !self.place.local() {
            return None;
        }
        let path = self.absolute(path).filter(|path| self.state.file(path).is_none())?;
        self.file_text(path).filter(|text| text.len() <= limits::WORD).map(Val::Lit)
    }
}

/// What stands for a wrapper's input: its own sign, or what an option says instead; GNU's `-i` alone is `-I {}`.
fn placeholder_of<'a>(call: &Call<'a>, spec: &'static RunSpec<'static>) -> &'a str {
    let (own, options) = spec.placeholder.split_once('=').unwrap_or((spec.placeholder, ""));
    let given = options.split(',').find_map(|name| call.options.iter().find(|o| o.is(name)));
    given.map_or(own, |option| option.value.map_or("{}", |f| f.val.lit().unwrap_or("")))
}

/// The line that is filled in, with `{}` for all of it whatever `-I` says stands for that; none if it is not all known.
fn pattern_of(call: &Call<'_>, spec: &'static RunSpec<'static>, words: &[Field<'_>]) -> Option<String> {
    let text = words.iter().map(|word| word.val.lit()).collect::<Option<Vec<_>>>()?.join(" ");
    let placeholder = placeholder_of(call, spec);
    Some(if matches!(placeholder, "" | "{}") { text } else { text.replace(placeholder, "{}") })
}

/// `parallel {1} -rf {2} ::: rm ::: /home`: the lines for each combination of the lists; none where the words take from one
/// list only, or not all is known (GNU parallel's manual, "Replacement strings").
fn combined(
    call: &Call<'_>,
    spec: &'static RunSpec<'static>,
    words: &[Field<'_>],
    lists: &[Field<'_>],
) -> Option<String> {
    let text = pattern_of(call, spec, words)?;
    let lists: Vec<&[Field<'_>]> = lists.split(|word| matches!(word.val.lit(), Some(":::" | ":::+"))).collect();
    let told = |option: &str| call.options.iter().any(|o| o.is(option));
    if lists.len() < 2 && !names_parts(&text) || ["--rpl", "--header", "--colsep"].into_iter().any(told) {
        return None;
    }
    let mut rows: Vec<Vec<&str>> = vec![Vec::new()];
    for list in &lists {
        let values = list.iter().map(|word| word.val.lit()).collect::<Option<Vec<_>>>()?;
        if rows.len() * values.len() > limits::UNROLL {
            return None;
        }
        let mut longer = Vec::with_capacity(rows.len() * values.len());
        for row in &rows {
            longer.extend(values.iter().map(|value| [row.as_slice(), &[*value]].concat()));
        }
        rows = longer;
    }
    lines_of(&text, &rows)
}

/// `parallel --colsep ';' '{2} {1}'`: a line of words for each line that is read, of whose columns they are made. None
/// where what separates them is a pattern, or where they have names.
fn by_columns(
    call: &Call<'_>,
    spec: &'static RunSpec<'static>,
    words: &[Field<'_>],
    separator: &str,
    read: &str,
) -> Option<String> {
    let text = pattern_of(call, spec, words)?;
    let plain = separator.chars().all(|c| {
        c.is_ascii_alphanumeric() || matches!(c, ',' | ';' | ':' | '/' | '-' | '=' | ' ' | '\t' | '_' | '%' | '#' | '@')
    });
    let told = |option: &str| call.options.iter().any(|o| o.is(option));
    if separator.is_empty() || !plain || !names_parts(&text) || told("--header") {
        return None;
    }
    let rows: Vec<Vec<&str>> = read.lines().map(|line| line.split(separator).collect()).collect();
    if rows.len() > limits::UNROLL { None } else { lines_of(&text, &rows) }
}

/// Whether a line takes parts of what it is given, or some of it by its number.
fn names_parts(line: &str) -> bool {
    ["{/}", "{//}", "{.}", "{/.}"].iter().any(|part| line.contains(part))
        || line.match_indices('{').any(|(at, _)| line[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-'))
}

/// A line for each row; none where they become longer than is read.
fn lines_of(text: &str, rows: &[Vec<&str>]) -> Option<String> {
    let mut out = String::new();
    for row in rows {
        fill(text, row, &mut out);
        out.push('\n');
        if out.len() > limits::WORD {
            return None;
        }
    }
    Some(out.trim_end_matches('\n').to_owned())
}

/// A text with the values for what stands for them: `{}` all, `{2}` the second, `{-1}` the last; `{/}` its name, `{//}` its
/// folder, `{.}` it without its ending. What is not there is empty.
fn fill(text: &str, values: &[&str], out: &mut String) {
    let all = values.join(" ");
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let inner = rest[open + 1..].find('}').map(|end| &rest[open + 1..open + 1 + end]);
        let part = inner.map(|inner| (inner, inner.trim_end_matches(['/', '.'])));
        let meant = part.and_then(|(inner, number)| {
            let count = i64::try_from(values.len()).unwrap_or(0);
            let value = match number.parse::<i64>() {
                _ if number.is_empty() => Some(all.as_str()),
                Ok(at) if at < 0 => {
                    Some(usize::try_from(count + at).ok().and_then(|at| values.get(at)).copied().unwrap_or(""))
                }
                Ok(at) => Some(usize::try_from(at - 1).ok().and_then(|at| values.get(at)).copied().unwrap_or("")),
                Err(_) => None,
            }?;
            Some((part_of(value, &inner[number.len()..])?, inner.len() + 2))
        });
        match meant {
            Some((value, length)) => {
                out.push_str(&value);
                rest = &rest[open + length..];
            }
            None => {
                out.push('{');
                rest = &rest[open + 1..];
            }
        }
        if out.len() > limits::WORD {
            return;
        }
    }
    out.push_str(rest);
}

/// What `{/}` and its kin mean of a value; none if the signs mean nothing.
fn part_of(value: &str, signs: &str) -> Option<String> {
    let without_ending = |path: &str| match path.rsplit_once('.') {
        Some((start, ending)) if !start.is_empty() && !ending.contains('/') => start.to_owned(),
        _ => path.to_owned(),
    };
    Some(match signs {
        "" => value.to_owned(),
        "/" => base_name(value).to_owned(),
        "//" => match value.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((folder, _)) => folder.to_owned(),
            None => ".".to_owned(),
        },
        "." => without_ending(value),
        "/." => without_ending(base_name(value)),
        _ => return None,
    })
}
