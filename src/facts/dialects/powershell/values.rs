//! Blocks and expressions that are only values: what they give is printed or passed on, and nothing is done
//! (about_Script_Blocks, about_Operators).

use super::texts::rewritten;

/// Members that give another value of what they are asked for.
const GIVES: [&str; 20] = [
    "Trim",
    "TrimEnd",
    "TrimStart",
    "Split",
    "Replace",
    "ToString",
    "ToLower",
    "ToUpper",
    "Substring",
    "StartsWith",
    "EndsWith",
    "Contains",
    "IndexOf",
    "PadLeft",
    "PadRight",
    "Add",
    "AddDays",
    "AddYears",
    "AddMonths",
    "AddHours",
];

/// Expressions for places and names of the moment, and what a shell has for them.
const EXPRESSIONS: [(&str, &str); 8] = [
    ("([IO.Path]::GetTempPath())", "/tmp"),
    ("[IO.Path]::GetTempPath()", "/tmp"),
    ("([System.IO.Path]::GetTempPath())", "/tmp"),
    ("[System.IO.Path]::GetTempPath()", "/tmp"),
    ("([guid]::NewGuid().ToString())", "$RANDOM"),
    ("([guid]::NewGuid())", "$RANDOM"),
    ("[guid]::NewGuid().ToString()", "$RANDOM"),
    ("[guid]::NewGuid()", "$RANDOM"),
];

/// A text with those that a shell has another word for.
pub(super) fn known(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("]::") {
        return text.into();
    }
    EXPRESSIONS.iter().fold(text.to_owned(), |text, (expression, word)| text.replace(expression, word)).into()
}

/// Whether a block holds one value and no command: `$_.Line.Trim()`, `'{0:N1} MB' -f ($_.Sum/1MB)`.
pub(super) fn is_value(body: &str) -> bool {
    let body = body.trim();
    // What comes is what goes on; a text by itself is what comes from here on.
    let itself = ["$_", "$_.fullname", "$_.pspath"].iter().any(|item| body.eq_ignore_ascii_case(item));
    let text_alone = body.starts_with(['\'', '"']) && !body.contains("$_");
    // A backtick hides a quote.
    if itself || text_alone || body.contains('`') || !body.starts_with(['$', '\'', '"', '[', '(']) {
        return false;
    }
    let outside = without_texts(&with_members(body));
    // `. 'rm'` runs it.
    if outside.contains(". ") || outside.contains([';', '|', '&', '{', '\n']) {
        return false;
    }
    // `=` sets something, a word by itself is a command, and a member may do what its name says.
    let sets = outside.contains('=') || outside.contains("++") || outside.contains("::");
    let mut words =
        outside.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '+' | '*' | '/' | '[' | ']'));
    let command = |word: &str| word.starts_with(|c: char| c.is_alphabetic());
    let does = |at: usize| {
        let name = outside[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let member = outside[..at - name.len()].ends_with('.');
        member && !GIVES.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    !sets && !words.any(command) && !outside.match_indices('(').any(|(at, _)| does(at))
}

/// A text with `$_` for each `$($_.Name)` in it: a member by its name does nothing.
fn with_members(text: &str) -> String {
    rewritten(text, "$($_.", |out, behind| {
        let member = behind.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(behind.len());
        let after = behind[member..].strip_prefix(')').filter(|_| member > 0)?;
        out.push_str("$_");
        Some(after)
    })
}

/// What stands outside of quotes; a substitution within them counts.
pub(in crate::facts::dialects) fn without_texts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut last = ' ';
    for sign in text.chars() {
        match quote {
            Some(open) if sign == open => quote = None,
            Some('"') if last == '$' && sign == '(' => out.push_str("; "),
            Some(_) => {}
            None if matches!(sign, '\'' | '"') => quote = Some(sign),
            None => out.push(sign),
        }
        last = sign;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::is_value;

    #[test]
    fn values_and_commands() {
        for value in [
            "\"$($_.Name)=$($_.Value)\"",
            "$_.Line.Trim()",
            "'{0:N1} MB' -f ($_.Sum/1MB)",
            "$_.Name -replace '\\.txt$', '.md'",
        ] {
            assert!(is_value(value), "{value}");
        }
        for command in [
            "\"$($_)\"[0]",
            "$_.Delete()",
            "rm $_",
            "$_ | rm",
            "$x = 1",
            "& $_",
            "\"$(rm x)\"",
            "$_.Kill()",
            "[IO.File]::Delete($_)",
        ] {
            assert!(!is_value(command), "{command}");
        }
    }
}
