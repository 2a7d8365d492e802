//! What small awk programs print of a known text: `{print $2}`, `NR==2 {print $1 ":" $NF}`, `/^x/ {print}` (POSIX, "awk").

use std::borrow::Cow;

use crate::limits;

/// A part of what is printed.
pub(super) enum Item<'p> {
    Text(Cow<'p, str>),
    /// `$2`; `$0` is the whole record.
    Field(usize),
    Last,
    Number,
}

/// Which records are meant.
enum Pattern<'p> {
    All,
    At(usize),
    /// That hold a text, or begin with it; or, where that is false, do not.
    Holds {
        text: &'p str,
        begins: bool,
        is: bool,
    },
    /// That have any field.
    Filled,
    Before,
    After,
}

/// What a program prints of a text, if it only prints, and parts of its records as they are.
#[must_use]
pub fn printed(program: &str, text: &str, separator: Option<&str>) -> Option<String> {
    let (pattern, action) = parts(program)?;
    let pattern = pattern_of(pattern)?;
    let items = items(action)?;
    let mut out = String::new();
    let mut print = |record: &str, number: usize| {
        let fields = fields(record, separator)?;
        for item in &items {
            match item {
                Item::Text(text) => out.push_str(text),
                Item::Field(0) => out.push_str(record),
                Item::Field(at) => out.push_str(fields.get(at - 1).copied().unwrap_or("")),
                Item::Last => out.push_str(fields.last().copied().unwrap_or("")),
                Item::Number => out.push_str(&number.to_string()),
            }
            if out.len() > text.len() + limits::WORD {
                return None;
            }
        }
        Some(())
    };
    let records = text.lines().enumerate().map(|(at, record)| (at + 1, record));
    match pattern {
        Pattern::Before => print("", 0)?,
        Pattern::After => {
            let last = records.last().unwrap_or((0, ""));
            print(last.1, last.0)?;
        }
        _ => {
            for (number, record) in records {
                let meant = match pattern {
                    Pattern::At(at) => at == number,
                    Pattern::Holds { text, begins: true, is } => record.starts_with(text) == is,
                    Pattern::Holds { text, begins: false, is } => record.contains(text) == is,
                    Pattern::Filled => !fields(record, separator)?.is_empty(),
                    _ => true,
                };
                if meant {
                    print(record, number)?;
                }
            }
        }
    }
    Some(out)
}

fn pattern_of(text: &str) -> Option<Pattern<'_>> {
    Some(match text {
        "" | "1" => Pattern::All,
        "BEGIN" => Pattern::Before,
        "END" => Pattern::After,
        "NF" => Pattern::Filled,
        _ => {
            if let Some(number) = text.strip_prefix("NR").and_then(|rest| rest.trim_start().strip_prefix("==")) {
                return number.trim().parse().ok().map(Pattern::At);
            }
            let (text, is) = text.strip_prefix('!').map_or((text, true), |text| (text.trim_start(), false));
            let inner = text.strip_prefix('/')?.strip_suffix('/')?;
            let (inner, begins) = inner.strip_prefix('^').map_or((inner, false), |inner| (inner, true));
            let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | ':' | '=' | '@' | ',' | '#');
            inner.chars().all(plain).then_some(Pattern::Holds { text: inner, begins, is })?
        }
    })
}

/// What a program prints of any one record that it prints at all; none where it prints before or after them.
pub(super) fn of_each(program: &str) -> Option<Vec<Item<'_>>> {
    let (pattern, action) = parts(program)?;
    if pattern.starts_with("BEGIN") || pattern.starts_with("END") { None } else { items(action) }
}

/// The pattern and the action of a program that has one of each.
fn parts(program: &str) -> Option<(&str, &str)> {
    match program.trim().split_once('{') {
        Some((pattern, rest)) => {
            let action = rest.trim_end().strip_suffix('}')?.trim().trim_end_matches(';').trim();
            Some((pattern.trim(), action))
        }
        None => Some((program.trim(), "print")),
    }
}

/// What an action prints, where it is one `print` or `printf`.
fn items(action: &str) -> Option<Vec<Item<'_>>> {
    let (format, arguments) = match action.strip_prefix("printf") {
        Some(arguments) => (true, arguments),
        None => (false, action.strip_prefix("print")?),
    };
    if arguments.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let columns = columns(arguments.trim())?;
    if format {
        return formatted(columns);
    }
    let mut items = Vec::new();
    for (at, column) in columns.into_iter().enumerate() {
        if at > 0 {
            items.push(Item::Text(" ".into()));
        }
        items.extend(column);
    }
    items.push(Item::Text("\n".into()));
    Some(items)
}

/// What `printf "%s …", a` prints of its arguments; none where it turns them into anything but texts.
fn formatted(columns: Vec<Vec<Item<'_>>>) -> Option<Vec<Item<'_>>> {
    let mut columns = columns.into_iter();
    let format = columns.next()?;
    let [Item::Text(format)] = &format[..] else { return None };
    let mut items = Vec::new();
    let mut rest: &str = format;
    while let Some((before, after)) = rest.split_once('%') {
        items.push(Item::Text(before.to_owned().into()));
        let mut letters = after.chars();
        let letter = letters.next()?;
        rest = letters.as_str();
        match letter {
            '%' => items.push(Item::Text("%".into())),
            's' | 'd' => items.extend(columns.next()?),
            _ => return None,
        }
    }
    items.push(Item::Text(rest.to_owned().into()));
    Some(items)
}

/// The arguments of `print`, each a list of what is put together.
fn columns(text: &str) -> Option<Vec<Vec<Item<'_>>>> {
    if text.is_empty() {
        return Some(vec![vec![Item::Field(0)]]);
    }
    let mut columns = vec![Vec::new()];
    let mut rest = text;
    while !rest.is_empty() {
        let column = columns.last_mut()?;
        if let Some(after) = rest.strip_prefix('"') {
            let (text, after) = string(after)?;
            column.push(Item::Text(text));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("$NF") {
            column.push(Item::Last);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('$') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            column.push(Item::Field(after[..end].parse().ok()?));
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix("NR") {
            column.push(Item::Number);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(',') {
            columns.push(Vec::new());
            rest = after;
        } else {
            rest = rest.strip_prefix([' ', '\t'])?;
        }
    }
    columns.iter().all(|column| !column.is_empty()).then_some(columns)
}

/// The text up to the quote that ends it, and what stands behind that.
fn string(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text[end..].starts_with('"') {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Cow::Owned(out), &text[at + 1..])),
            '\\' => out.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                sign @ ('"' | '\\' | '/') => sign,
                _ => return None,
            }),
            c => out.push(c),
        }
    }
    None
}

fn fields<'r>(record: &'r str, separator: Option<&str>) -> Option<Vec<&'r str>> {
    match separator {
        None | Some(" ") => Some(record.split([' ', '\t']).filter(|field| !field.is_empty()).collect()),
        Some("\\t") => Some(record.split('\t').collect()),
        // A tab for some, the letter for others.
        Some("t") => None,
        // One sign stands for itself (awk's own meaning of a blank aside); more are a pattern.
        Some(one) if one.chars().count() == 1 && !one.contains(['\\', '|']) => Some(record.split(one).collect()),
        Some("|") => Some(record.split('|').collect()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn fields_and_records() {
        let text = "a b  c\nd:e f\n";
        assert_eq!(printed("{print $2}", text, None).as_deref(), Some("b\nf\n"));
        assert_eq!(printed("NR==2{print $1, $NF; }", text, Some(":")).as_deref(), Some("d e f\n"));
        assert_eq!(printed("/^d/ { print \"x \" $0 \"!\" }", text, None).as_deref(), Some("x d:e f!\n"));
        assert_eq!(printed("1", text, None).as_deref(), Some(text));
        assert_eq!(printed("BEGIN{print \"rm\"}", "", None).as_deref(), Some("rm\n"));
        assert_eq!(printed("END {print NR}", text, None).as_deref(), Some("2\n"));
        assert_eq!(printed("{print substr($1, 2)}", text, None), None);
        assert_eq!(printed("{print > \"f\"}", text, None), None);
        assert_eq!(printed("{printf \"%s-%d%%\\n\", $1, $2}", text, None).as_deref(), Some("a-b%\nd:e-f%\n"));
        assert_eq!(printed("{printf \"%c\", $1}", text, None), None);
        assert_eq!(printed("{print \"\\\"\" $1 \"\\\"\"}", "a b", None).as_deref(), Some("\"a\"\n"));
    }
}
