//! The home directory in inline code: by which names code speaks of it, and what stands for it in a command.

use bumpalo::Bump;

use super::super::syntax::tokens::Token;
use super::Names;

/// Whether a name is the home directory, and how many tokens after it belong to it: `os.environ["HOME"]`, `Dir.home`.
pub(in super::super) fn home(names: &Names<'_>, name: &str, after: &[Token<'_>]) -> Option<usize> {
    // Crystal's `Path.home.to_s`
    let name = [".to_s", ".to_path", ".expand_path"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    if let ("getProperty" | "props", [Token::Sign(b'('), Token::Text("user.home"), Token::Sign(b')'), ..]) =
        (last, after)
    {
        return Some(3);
    }
    // .NET's `Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)`, PowerShell's `("UserProfile")`
    match (last, after) {
        ("GetFolderPath", [Token::Sign(b'('), Token::Text("UserProfile"), Token::Sign(b')'), ..]) => return Some(3),
        ("GetFolderPath", [Token::Sign(b'('), Token::Name(folder, _), Token::Sign(b')'), ..])
            if folder.ends_with(".UserProfile") =>
        {
            return Some(3);
        }
        ("GetFolderPath", [Token::Name(folder, _), ..]) if folder.ends_with(".UserProfile") => return Some(1),
        _ => {}
    }
    // Vim's; Ruby's `Etc.getpwuid.dir`
    if name == "$HOME" || name.ends_with("getpwuid.dir") {
        return Some(0);
    }
    if names.knows("names-the-home", last) && !matches!(name, "home" | "HOME") {
        // A call's own brackets.
        return Some(if matches!(after, [Token::Sign(b'('), Token::Sign(b')'), ..]) { 2 } else { 0 });
    }
    if !names.knows("names-the-environment", last) {
        return None;
    }
    match after {
        [
            Token::Sign(b'[' | b'(' | b'{'),
            Token::Text("HOME") | Token::Name("HOME", _),
            Token::Sign(b']' | b')' | b'}'),
            ..,
        ] => Some(3),
        // `(getenv "HOME")` of Lisp
        [Token::Text("HOME"), Token::Sign(b')'), ..] if last == "getenv" => Some(1),
        _ => None,
    }
}

/// A command that code puts together: the home that it was given has no tilde, so that quotes hold it together and not
/// apart; and where what follows is not known, the quotes around that are closed.
pub(in super::super) fn with_home<'a>(bump: &'a Bump, command: &'a str, open: bool) -> &'a str {
    let unclosed = open && command.matches('"').count() % 2 == 1;
    if !unclosed && !command.contains("\"~") && !command.contains("'~") {
        return command;
    }
    let mut out = String::with_capacity(command.len());
    let mut rest = command;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(at);
        let (quote, after) = quoted.split_at(1);
        out.push_str(before);
        rest = match after.strip_prefix('~').filter(|after| after.starts_with(['/', '"', '\'']) || after.is_empty()) {
            Some(after) if quote == "'" => {
                out.push_str("\"$HOME\"'");
                after
            }
            Some(after) => {
                out.push_str("\"$HOME");
                after
            }
            None => {
                out.push_str(quote);
                after
            }
        };
    }
    out.push_str(rest);
    if unclosed {
        out.push('"');
    }
    bump.alloc_str(&out)
}
