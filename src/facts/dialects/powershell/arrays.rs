//! Arrays of texts that PowerShell's lines write out, as their elements where these are used (about_Arrays,
//! about_Splatting, about_Join).

use super::assignments::replaced;
use super::texts::{list, quoted};
use crate::limits;

/// Arrays that are followed.
const MOST: usize = 16;

/// `$a = @("rm", "-rf"); & $a[0] $a[1..9]` with the elements in their places.
pub(super) fn by_elements(text: &str) -> String {
    let mut out = text.to_owned();
    for (name, items) in written_out(text) {
        let name = format!("${name}");
        out = elements(&out, &name, &items);
        // `@a` gives a program all of them.
        out = replaced(&out, &format!(" @{}", &name[1..]), &format!(" {}", words(&items)));
        if out.len() > limits::WORD {
            return text.to_owned();
        }
    }
    out
}

/// The arrays that are given several texts, or one in `@(…)`: `$a = "x", "y"`, `$a = @("x")`.
fn written_out(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices('=').take(4 * MOST) {
        let before = text[..at].trim_end();
        let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        let begins = before.len() - name.len();
        if name.is_empty() || !before[..begins].ends_with('$') || out.len() >= MOST {
            continue;
        }
        let value = text[at + 1..].trim_start();
        let wrapped = value.strip_prefix("@(");
        let (items, left) = list(wrapped.unwrap_or(value), ',');
        let whole = if wrapped.is_some() { left.trim_start().starts_with(')') } else { items.len() > 1 };
        if whole && !items.is_empty() && items.len() <= limits::UNROLL {
            out.push((name, items));
        }
    }
    out
}

/// Elements in quotes, a blank between them.
fn words(items: &[&str]) -> String {
    items.iter().map(|item| format!("'{item}'")).collect::<Vec<_>>().join(" ")
}

/// A text with what stands for an array's elements as these: `$a[0]`, `$a[1..9]`, `@($a | select -Skip 1)`, `($a -join " ")`.
fn elements(text: &str, name: &str, items: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(name) {
        out.push_str(before);
        rest = after;
        let made = by_number(after, items).or_else(|| joined(after, items)).or_else(|| {
            let (words, left) = skipped(after, items).filter(|_| out.ends_with("@("))?;
            out.truncate(out.len() - 2);
            Some((words, left))
        });
        match made {
            Some((made, left)) => {
                out.push_str(&made);
                rest = left;
            }
            None => out.push_str(name),
        }
        if out.len() > limits::WORD {
            break;
        }
    }
    out + rest
}

/// What `[0]` and `[1..9]` pick, and what follows.
fn by_number<'t>(after: &'t str, items: &[&str]) -> Option<(String, &'t str)> {
    let (number, left) = after.strip_prefix('[')?.split_once(']')?;
    let picked = match number.split_once("..") {
        Some((from, to)) => {
            let (from, to): (usize, usize) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            items.get(from..to.checked_add(1)?.min(items.len()))?
        }
        None => {
            let at: usize = number.trim().parse().ok()?;
            items.get(at..=at)?
        }
    };
    Some((words(picked), left))
}

/// What ` | select -Skip 1)` leaves, and what follows the bracket.
fn skipped<'t>(after: &'t str, items: &[&str]) -> Option<(String, &'t str)> {
    let (stage, left) = after.trim_start().strip_prefix('|')?.split_once(')')?;
    let stage = stage.trim().to_ascii_lowercase();
    let given = stage.strip_prefix("select-object").or_else(|| stage.strip_prefix("select"))?;
    let skipped: usize = given.trim().strip_prefix("-skip")?.trim().parse().ok()?;
    Some((words(items.get(skipped..)?), left))
}

/// What ` -join " "` makes of all of them, and what follows.
fn joined<'t>(after: &'t str, items: &[&str]) -> Option<(String, &'t str)> {
    let (between, left) = quoted(after.trim_start().strip_prefix("-join")?.trim_start())?;
    Some((format!("'{}'", items.join(between)), left))
}

#[cfg(test)]
mod tests {
    use super::by_elements;

    #[test]
    fn arrays_stand_as_their_elements() {
        let made = |text: &str| by_elements(text).split_once("; ").map(|(_, used)| used.to_owned());
        assert_eq!(made("$a = @('rm', '-rf', '/x'); & $a[0] $a[1..9]").as_deref(), Some("& 'rm' '-rf' '/x'"));
        assert_eq!(made("$a = 'rm','-rf'; & $a[0] @($a | select -Skip 1)").as_deref(), Some("& 'rm' '-rf'"));
        assert_eq!(made("$p = @('rm -rf x'); iex ($p -join ' ')").as_deref(), Some("iex ('rm -rf x')"));
        assert_eq!(made("$a = '-r', 'x'; rm @a").as_deref(), Some("rm '-r' 'x'"));
        assert_eq!(made("$a = 'x'; rm $a[0]").as_deref(), Some("rm $a[0]"));
    }
}
