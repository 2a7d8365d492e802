//! `read`, `mapfile` and `readarray`: input into variables.

use crate::facts::analysis::Analysis;
use crate::facts::evaluate::assign::element;
use crate::facts::evaluate::either::either_items;
use crate::facts::evaluate::redirect::Channels;
use crate::facts::evaluate::splitting;
use crate::facts::evaluate::variable::Var;
use crate::facts::shell::ast::Span;
use crate::facts::targets::paths::SOMEBODYS_HOME;
use crate::facts::value::{Data, Field, MANY, Taint, Val};
use crate::limits;

/// A text without the backslashes that `read` takes for its own: before the end of a line both go (bash(1), "read").
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next().filter(|escaped| *escaped != '\n')),
            other => out.push(other),
        }
    }
    out
}

impl<'a> Analysis<'a> {
    /// What the variables hold after `read`, `mapfile` and `readarray`.
    pub(super) fn read_builtin(
        &mut self,
        name: &str,
        args: &'a [Field<'a>],
        settings: &[(&'a str, Val<'a>)],
        stdin: &Data<'a>,
        channels: &Channels<'a>,
    ) {
        let mut data = *stdin;
        let mut names: Vec<&'a str> = Vec::new();
        let mut array = None;
        // `-n 2`, `-N 2`: so many letters at most.
        let mut most: Option<usize> = None;
        // `-d X`: where a line ends; with an empty one at a NUL, which no text here has.
        let mut end: Option<&'a str> = None;
        // `-s 1`, `-O 1`: lines that are left out, and the number of the first element.
        let (mut skipped, mut origin) = (0, None);
        // Without `-r` a backslash takes the meaning from the sign behind it.
        let mut raw = name != "read";
        // The options that take an argument, the rest of their word or the next one.
        let takes = if name == "read" { "adinNptu" } else { "dnOsuCc" };
        let mut index = 0;
        while index < args.len() {
            let Some(text) = args[index].val.lit() else {
                index += 1;
                continue;
            };
            index += 1;
            let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                names.push(text);
                continue;
            };
            let Some((at, letter)) = letters.char_indices().find(|(_, letter)| takes.contains(*letter)) else {
                raw |= letters.contains('r');
                continue;
            };
            raw |= letters[..at].contains('r');
            let attached = &letters[at + letter.len_utf8()..];
            let argument = if attached.is_empty() {
                index += 1;
                args.get(index - 1).and_then(|word| word.val.lit())
            } else {
                Some(attached)
            };
            let number = || argument.and_then(|text| text.parse::<usize>().ok());
            match letter {
                'a' => array = argument,
                'd' => end = argument,
                'n' | 'N' if name == "read" => most = number(),
                's' => skipped = number().unwrap_or(0),
                'O' => origin = number(),
                'u' => {
                    let channel = number().and_then(|number| u32::try_from(number).ok());
                    let channel = channel.and_then(|fd| channels.get(fd).or_else(|| self.state.channel(fd)));
                    data = channel.and_then(|channel| self.read_from(channel, Span::default())).unwrap_or(data);
                }
                _ => {}
            }
        }
        if let (false, Some(Val::Lit(text))) = (raw, data.text)
            && text.contains('\\')
        {
            data.text = Some(Val::Lit(self.bump.alloc_str(&unescaped(text))));
        }
        // `read a[0]`; an element whose key cannot be told is as good as the whole.
        for name in &mut names {
            if element(name).is_none() {
                *name = name.split_once('[').map_or(*name, |(array, _)| array);
            }
        }
        if let (Some(most), Some(Val::Lit(text))) = (most, data.text) {
            let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
            data.text = Some(Val::Lit(&text[..end]));
        }
        // What ends a line: the first sign, if there is none the byte that is none.
        let separator = end.map(|end| end.chars().next().unwrap_or('\0'));
        let ends = end.map_or("\n", |end| &end[..end.chars().next().map_or(0, char::len_utf8)]);
        let text = data.text.filter(|text| !data.inherited && splitting::is_known_in_part(text));
        if name != "read" {
            let target = names.first().copied().unwrap_or("MAPFILE");
            let mut var = Var::plain(data.value(self.bump, "a line of input"));
            let lines = |text: Val<'a>| -> Vec<Val<'a>> {
                match (text, separator) {
                    (Val::Lit(text), Some(end)) => {
                        text.split_terminator(end).take(limits::UNROLL + 1).map(Val::Lit).collect()
                    }
                    (Val::Lit(text), None) => text.lines().take(limits::UNROLL + 1).map(Val::Lit).collect(),
                    (other, _) => splitting::split(self.bump, other, ends, limits::UNROLL + 1),
                }
            };
            let each: Vec<Vec<Val<'a>>> =
                text.into_iter().flat_map(|text| text.each().map(lines).collect::<Vec<_>>()).collect();
            if each.iter().any(|lines| lines.len() > limits::UNROLL) {
                var.val = Val::hole(self.bump, MANY, data.shape, data.taint | Taint::OPAQUE);
            } else if !each.is_empty() {
                let left = |lines: Vec<Val<'a>>| lines.into_iter().skip(skipped).collect();
                let from = origin.unwrap_or(0);
                let mut arrays: Vec<Var<'a>> = each.into_iter().map(|lines| self.array_of(left(lines), from)).collect();
                // What the array held before stays where nothing is put.
                if origin.is_some()
                    && let Some(before) = self.state.var(target).and_then(|var| var.items)
                {
                    for array in &mut arrays {
                        let all: Vec<_> = before.iter().chain(array.items.unwrap_or(&[])).copied().collect();
                        array.items = Some(self.bump.alloc_slice_copy(&all));
                    }
                }
                var.items = either_items(self.bump, &arrays).or(arrays[0].items);
            }
            self.state.set_var(target, Some(var));
            return;
        }
        // Known input: in a loop each line comes in turn; of several texts each one's.
        let lines: Option<Vec<Val<'a>>> = text
            .map(|text| {
                let lines = text.each().flat_map(|one| match (one, separator) {
                    (Val::Lit(text), Some(end)) => text.trim_end_matches('\n').split(end).map(Val::Lit).collect(),
                    (Val::Lit(text), None) => text.lines().map(Val::Lit).collect::<Vec<_>>(),
                    (other, _) => splitting::split(self.bump, other, ends, usize::MAX),
                });
                lines.take(limits::UNROLL + 1).collect()
            })
            .filter(|lines: &Vec<Val<'a>>| lines.len() <= limits::UNROLL);
        let many = lines.is_none() && matches!(data.text, Some(Val::Lit(_)));
        let source = if many { MANY } else { data.named("a line of input") };
        let line_hole = |this: &Self| Val::hole(this.bump, source, data.shape, data.taint | Taint::OPAQUE);
        let own = settings.iter().rev().find(|(name, _)| *name == "IFS").and_then(|(_, val)| val.lit());
        let separators = own.unwrap_or_else(|| self.separators());
        if let Some(array) = array {
            let mut var = Var::plain(line_hole(self));
            if let Some(lines) = &lines {
                let each: Vec<Var<'a>> = lines
                    .iter()
                    .map(|line| self.array_of(splitting::split(self.bump, *line, separators, limits::UNROLL), 0))
                    .collect();
                var.items = match &each[..] {
                    [] => Some(&[]),
                    [one, ..] => either_items(self.bump, &each).or(one.items),
                };
            }
            self.state.set_var(array, Some(var));
            return;
        }
        if names.is_empty() {
            names.push("REPLY");
        }
        let count = names.len();
        // passwd(5)
        let passwd = separators == ":" && data.source == "/etc/passwd";
        for (position, variable) in names.iter().enumerate() {
            let val = match &lines {
                _ if passwd && position == 5 => Val::Lit(SOMEBODYS_HOME),
                Some(lines) if !lines.is_empty() => {
                    let values: Vec<Val<'a>> = lines
                        .iter()
                        .map(|line| {
                            // Blanks at both ends are no part of any, where they separate at all.
                            let blank = |c: char| matches!(c, ' ' | '\t') && separators.contains(c);
                            let line = line.lit().map_or(*line, |text| Val::Lit(text.trim_matches(blank)));
                            let words = splitting::split(self.bump, line, separators, count);
                            words.get(position).copied().unwrap_or(Val::EMPTY)
                        })
                        .collect();
                    Val::set(self.bump, &values)
                }
                Some(_) => Val::EMPTY,
                None => match data.text {
                    Some(text) if !many && (count == 1 || text.taint().has(Taint::PROCESSES)) => {
                        Data::known(text).value(self.bump, "a line of input")
                    }
                    _ => line_hole(self),
                },
            };
            self.set_variable(variable, val);
            if val.lit().is_some() {
                self.setting(variable, val, args.first().map_or(Span::default(), |arg| arg.span), None);
            }
            self.read_as_number(val, Span::default());
        }
    }

    /// An array of these, the first under this number.
    fn array_of(&self, values: Vec<Val<'a>>, from: usize) -> Var<'a> {
        let items: Vec<(Val<'a>, Val<'a>)> = values
            .into_iter()
            .enumerate()
            .map(|(at, value)| (Val::Lit(&*self.bump.alloc_str(&(from + at).to_string())), value))
            .collect();
        Var {
            items: Some(self.bump.alloc_slice_copy(&items)),
            ..Var::plain(items.first().map_or(Val::EMPTY, |(_, val)| *val))
        }
    }
}
