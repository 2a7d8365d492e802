//! What small awk programs print of a known text: `{print $2}`, `NR==2 {print $1 ":" $NF}`, `/^x/ {print}` (POSIX, "awk").

/// A part of what is printed.
enum Item<'p> {
    Text(&'p str),
    /// `$2`; `$0` is the whole record.
    Field(usize),
    Last,
    Number,
}

/// Which records are meant.
enum Pattern<'p> {
    All,
    At(usize),
    /// That hold a text, or begin with it.
    Holds(&'p str, bool),
    Before,
    After,
}

/// What a program prints of a text, if it only prints, and parts of its records as they are.
#[must_use]
pub fn printed(program: &str, text: &str, separator: Option<&str>) -> Option<String> {
    let (pattern, action) = match program.trim().split_once('{') {
        Some((pattern, rest)) => {
            (pattern.trim(), rest.trim_end().strip_suffix('}')?.trim().trim_end_matches(';').trim())
        }
        None => (program.trim(), "print"),
    };
    let pattern = pattern_of(pattern)?;
    let arguments = action.strip_prefix("print")?;
    if arguments.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let columns: Vec<Vec<Item<'_>>> = columns(arguments.trim())?;
    let mut out = String::new();
    let mut print = |record: &str, number: usize| {
        let fields = fields(record, separator)?;
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            for item in column {
                match item {
                    Item::Text(text) => out.push_str(text),
                    Item::Field(0) => out.push_str(record),
                    Item::Field(at) => out.push_str(fields.get(at - 1).copied().unwrap_or("")),
                    Item::Last => out.push_str(fields.last().copied().unwrap_or("")),
                    Item::Number => out.push_str(&number.to_string()),
                }
            }
        }
        out.push('\n');
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
                    Pattern::Holds(text, true) => record.starts_with(text),
                    Pattern::Holds(text, false) => record.contains(text),
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
        _ => {
            if let Some(number) = text.strip_prefix("NR").and_then(|rest| rest.trim_start().strip_prefix("==")) {
                return number.trim().parse().ok().map(Pattern::At);
            }
            let inner = text.strip_prefix('/')?.strip_suffix('/')?;
            let (inner, begins) = inner.strip_prefix('^').map_or((inner, false), |inner| (inner, true));
            let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | ':' | '=' | '@' | ',');
            inner.chars().all(plain).then_some(Pattern::Holds(inner, begins))?
        }
    })
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
            let end = after.find('"')?;
            let text = &after[..end];
            if text.contains('\\') {
                return None;
            }
            column.push(Item::Text(text));
            rest = &after[end + 1..];
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
        assert_eq!(printed("{printf \"%s\", $1}", text, None), None);
    }
}
