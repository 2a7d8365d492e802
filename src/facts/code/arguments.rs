//! Inline code with the words that it is given in place of what asks for them.

use crate::facts::Call;
use crate::limits;

/// The words made the code longer than gate reads.
pub(super) struct TooLong;

/// What a language calls its words, longer names first, and the number of the first.
fn names_of_words(language: &str) -> Option<(&'static [&'static str], usize)> {
    Some(match language {
        "python" => (&["sys.argv", "argv"], 1),
        "javascript" => (&["process.argv", "argv"], 1),
        "perl" => (&["$ARGV"], 0),
        // Lua 5.4, "Lua Standalone": a number below one is the interpreter's own.
        "lua" => (&["arg"], 1),
        "ruby" => (&["ARGV", "$*"], 0),
        _ => return None,
    })
}

/// Inline code with its words in place of `sys.argv[1]`, `process.argv[1]`, `$ARGV[0]`, `ARGV[0]`; none where it asks for
/// none, or they are not known.
///
/// # Errors
/// If it grows beyond what gate reads: a word of any length may be asked for any number of times.
pub(super) fn with_arguments(language: &str, code: &str, call: &Call<'_>) -> Result<Option<String>, TooLong> {
    let asks = |sign: &&str| code.contains(*sign);
    let signs: &[&str] = match language {
        "lua" => &["arg"],
        "perl" => &["ARGV", "shift"],
        _ => &["argv", "ARGV"],
    };
    // `perl -se 'system $x' -- -x=ls` sets what it is given (perlrun(1), "-s").
    let switches = language == "perl" && call.options.iter().any(|option| option.is("-s"));
    let Some((names, first)) = names_of_words(language).filter(|_| switches || signs.iter().any(asks)) else {
        return Ok(None);
    };
    let words: Option<Vec<&str>> = call.operands.iter().map(|operand| operand.field.val.lit()).collect();
    let Some(mut words) = words else { return Ok(None) };
    let mut out = String::new();
    while let Some(switch) = words.first().and_then(|word| word.strip_prefix('-')).filter(|_| switches) {
        words.remove(0);
        let (name, value) = switch.split_once('=').unwrap_or((switch, "1"));
        if name == "-" {
            break;
        }
        out.push_str(&format!("${name} = {};", quoted(value)));
    }
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    let all = words.join(", ");
    let shifted;
    let code = match language {
        "perl" if code.contains("shift") && !code.contains("sub ") => {
            shifted = with_shifted(code, &words);
            &*shifted
        }
        _ => code,
    };
    // Perl's `@ARGV` is all of them.
    let parts = if language == "perl" { code.split("@ARGV").collect() } else { vec![code] };
    for (at, part) in parts.into_iter().enumerate() {
        out.push_str(if at == 0 { "" } else { &all });
        put_numbered(part, names, first, &words, &mut out)?;
    }
    let list = format!("[{all}]");
    let whole: &[&str] = match language {
        _ if words.is_empty() => &[],
        "python" => &["sys.argv[1:]", "argv[1:]"],
        "javascript" => &["process.argv.slice(1)", "argv.slice(1)"],
        // What is numbered has gone.
        "ruby" => &["ARGV"],
        _ => &[],
    };
    for asked in whole {
        if out.matches(asked).count().saturating_mul(list.len()) > limits::INPUT {
            return Err(TooLong);
        }
        out = out.replace(asked, &list);
    }
    Ok(Some(out))
}

/// Perl's `shift` takes the next of the words, where no function has words of its own (perlfunc(1), "shift").
fn with_shifted(code: &str, words: &[String]) -> String {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '%' | ':' | '>');
    let mut out = String::new();
    let (mut rest, mut words) = (code, words.iter());
    while let Some(at) = rest.find("shift") {
        let (before, behind) = (&rest[..at], &rest[at + "shift".len()..]);
        let alone = !before.ends_with(part_of_name) && !behind.starts_with(part_of_name);
        let behind_call = behind.strip_prefix("()").unwrap_or(behind);
        let own = behind_call.trim_start();
        let of_words = alone && !own.starts_with(['(', '@', '$', '=']);
        out.push_str(before);
        match if of_words { words.next() } else { None } {
            Some(word) => {
                out.push_str(word);
                rest = behind_call;
            }
            None => {
                out.push_str("shift");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A word as a text of the code, in quotes that are not in it; signs that mean something within double ones keep single ones.
fn quoted(word: &str) -> String {
    match word.contains('\'') {
        false => format!("'{word}'"),
        true if !word.contains(['"', '\\', '$', '@', '#', '{']) => format!("\"{word}\""),
        true => format!("'{}'", word.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

/// Appends a text with the words in place of `name[number]`.
fn put_numbered(text: &str, names: &[&str], first: usize, words: &[String], out: &mut String) -> Result<(), TooLong> {
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let closed = behind[digits..].strip_prefix(']').or_else(|| behind[digits..].strip_prefix(" ]"));
        let word = behind[..digits].parse().ok().and_then(|number: usize| words.get(number.checked_sub(first)?));
        let name = names.iter().find(|name| before.ends_with(**name));
        match (name, word, closed) {
            (Some(name), Some(word), Some(closed)) => {
                out.extend([&before[..at - name.len()], word]);
                rest = closed;
            }
            _ => {
                out.push_str(&rest[..=at]);
                rest = behind;
            }
        }
        if out.len() > limits::INPUT {
            return Err(TooLong);
        }
    }
    out.push_str(rest);
    if out.len() > limits::INPUT { Err(TooLong) } else { Ok(()) }
}
