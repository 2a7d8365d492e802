//! What a command prints that only says something: `` `echo make` ``, `os.popen("echo make").read()`, `execSync("echo make")`.

use std::borrow::Cow;

use super::Part;
use crate::facts::code::inline::names::Names;
use crate::facts::code::inline::syntax::tokens::Token;

/// What the expression that begins here is, if it is such an output.
pub(super) fn said<'a>(tokens: &[Token<'a>], names: &Names<'a>) -> Option<Part<'a>> {
    let (command, taken) = match tokens {
        [Token::Command(command, _), ..] => (*command, 1),
        [Token::Name(name, _), Token::Sign(b'('), Token::Text(command), Token::Sign(b')'), rest @ ..]
            if names.knows("gives-output", name.rsplit('.').next().unwrap_or(name)) =>
        {
            let read = matches!(rest, [Token::Name("read", _), Token::Sign(b'('), Token::Sign(b')'), ..]);
            (*command, if read { 7 } else { 4 })
        }
        _ => return None,
    };
    Some((Cow::Owned(echoed(command)?), false, taken))
}

/// The words behind `echo`, if the shell makes nothing else of them.
fn echoed(command: &str) -> Option<String> {
    let said = command.trim().strip_prefix("echo ")?.trim_start();
    let plain = !said.starts_with('-')
        && !said.contains(['$', '`', '|', ';', '&', '<', '>', '*', '?', '(', '{', '[', '\\', '~']);
    let words = shell_words::split(said).ok().filter(|_| plain)?;
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::echoed;

    #[test]
    fn words_of_echo() {
        assert_eq!(echoed("echo rm  -rf '/a b'").as_deref(), Some("rm -rf /a b"));
        for other in ["echo $HOME", "echo a; ls", "echo -n a", "printf a", "echo"] {
            assert_eq!(echoed(other), None, "{other}");
        }
    }
}
