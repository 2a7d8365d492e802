//! What a script puts into code that it writes: whether that is code itself or a value there, and whether what it has fetched
//! is from whom it says.

use crate::facts::code::interpreters;
use crate::facts::knowledge::Lists;
use crate::facts::value::{Seg, Taint};

/// Whether a command asks one address and no other, and believes nobody who is not it: no proxy, no name of another's, no
/// header, no certificate that nobody has looked at.
pub(super) fn plainly_fetched(source: &str) -> bool {
    let mut words = source.split_whitespace();
    let plain = |word: &str| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let known = [
            "--output",
            "--location",
            "--fail",
            "--silent",
            "--show-error",
            "--remote-name",
            "--quiet",
            "--progress-bar",
        ];
        letters.is_none_or(|letters| letters.bytes().all(|b| b"fsSLOoqP-".contains(&b)))
            && (!word.starts_with("--") || known.iter().any(|option| word.starts_with(option)))
            && !word.contains([';', '|', '&', '(', '$', '`'])
    };
    matches!(words.next(), Some("curl" | "wget"))
        && source.matches("://").count() == 1
        && source.contains("https://")
        && words.all(plain)
}

/// Whether what comes from the network is put where a statement begins, or where code of another language than a shell's
/// stands and not a text; elsewhere it is a value: `sed "s/VERSION/$V/"`, `python3 -c "print('$T')"`.
/// What `near` says is of this machine is nobody else's code.
pub(super) fn is_code_by_itself(
    lists: &Lists<'_>,
    language: &str,
    segs: &[Seg<'_>],
    near: impl Fn(&str) -> bool,
) -> bool {
    // Servers that read lines of words take a word for a value as a shell does.
    let shell = interpreters::is_shell(language) || matches!(language, "redis" | "haproxy");
    let ends: &[char] = if shell { &['\n', ';', '|', '&', '(', '{', '`'] } else { &['\n', ';'] };
    let mut before = String::from("\n");
    segs.iter().enumerate().any(|(at, seg)| match seg {
        Seg::Lit(text) => {
            before.push_str(text);
            lists.named_in("looks-like-code", text)
        }
        Seg::Hole(hole) if !hole.taint.has(Taint::NETWORK) || near(hole.source) => {
            before.push('x');
            false
        }
        Seg::Hole(_) => {
            let said = before.trim_end_matches([' ', '\t']);
            let begins = said.is_empty() || said.ends_with(ends);
            let behind = segs.get(at + 1).map_or("", |seg| if let Seg::Lit(text) = seg { text } else { "" });
            let value = is_within_text(&before) || is_replacement(&before, behind);
            before.push('x');
            begins || !shell && !value
        }
    })
}

/// Whether what follows stands in quotes, and not in code within them: `"…`, not `"#{…`.
fn is_within_text(before: &str) -> bool {
    let odd = |quote: char| before.matches(quote).count() % 2 == 1;
    (odd('\'') || odd('"')) && !before.ends_with('{')
}

/// Whether what follows is what sed or perl puts in the place of a pattern, and no flag there has it run or written:
/// `s/VERSION/…/g`.
fn is_replacement(before: &str, behind: &str) -> bool {
    let begins = |at: &usize| !before[..*at].ends_with(|c: char| c.is_alphanumeric());
    let last = |sign: char| before.rmatch_indices(&format!("s{sign}")).map(|(at, _)| at).find(begins);
    let Some((at, delimiter)) = ['/', '#', '|', ',', '@', ':']
        .into_iter()
        .filter_map(|sign| Some((last(sign)?, sign)))
        .max_by_key(|(at, _)| *at)
    else {
        return false;
    };
    let flags = behind.split_once(delimiter).map(|(_, flags)| flags);
    let flags = flags.map(|flags| flags.split([' ', ';', '\n', '}', '\'', '"']).next().unwrap_or_default());
    before[at + 1..].matches(delimiter).count() == 2 && flags.is_some_and(|flags| !flags.contains(['e', 'w']))
}

#[cfg(test)]
mod tests {
    use super::{is_replacement, is_within_text, plainly_fetched};

    #[test]
    fn what_is_fetched_from_one_address_is_told_from_the_rest() {
        for (command, plainly) in [
            ("curl -fsSLo kind https://kind.sigs.k8s.io/dl/kind", true),
            ("wget -qO- https://github.com/a/b.yaml", true),
            ("curl -sko x https://dl.k8s.io/x", false),
            ("curl -so x -e https://dl.k8s.io/ https://a.example/x", false),
            ("curl -so x --resolve dl.k8s.io:443:203.0.113.5 https://dl.k8s.io/x", false),
            ("curl -so x http://ftp.gnu.org/x", false),
        ] {
            assert_eq!(plainly_fetched(command), plainly, "{command}");
        }
    }

    #[test]
    fn values_are_told_from_code() {
        assert!(is_within_text("print('") && !is_within_text("print(") && !is_within_text("puts \"#{"));
        assert!(is_replacement("s/1.0/", "/g") && is_replacement("1d; s#a#", "#"));
        assert!(!is_replacement("s/1.0/", "/e") && !is_replacement("s/a/b/", "") && !is_replacement("s/", "/x/"));
    }
}
