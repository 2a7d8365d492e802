//! Whether the name of a function is called where it stands: without brackets, or by another function that it is handed to.

use super::super::names::Names;
use super::super::names::homes::home;
use super::tokens::Token;
use crate::facts::knowledge::Function;

/// Whether a function is called without brackets: `system $c`, `print ENVIRON["HOME"]`.
pub(in super::super) fn called_bare(
    function: &Function<'_>,
    language: &str,
    after: &[Token<'_>],
    names: &Names<'_>,
) -> bool {
    if matches!(language, "python" | "javascript") {
        return false;
    }
    match after {
        [Token::Text(_), ..] => true,
        // `` eval `curl …` ``
        [Token::Command(..), ..] => matches!(function.does, "shell" | "code"),
        // OCaml's `Sys.remove p`, Lisp's `(delete-directory d t)`
        [Token::Name(..) | Token::Sign(b'('), ..]
            if function.does == "delete" && matches!(language, "other" | "scheme" | "elisp") =>
        {
            true
        }
        // Ruby's `FileUtils.rm_rf path`
        [Token::Name(name, _), ..]
            if language == "ruby" && (names.text(name).is_some() || names.origin(name).is_some()) =>
        {
            true
        }
        // Ruby's `FileUtils.rm_rf ["/etc"]`, `FileUtils.rm_rf Dir["/home/*"]`, `system c[0]`, `system c.first`, `system @c`
        [Token::Sign(b'['), Token::Text(_), ..]
            if language == "ruby" && matches!(function.does, "delete" | "shell") =>
        {
            true
        }
        [Token::Name(name, _), rest @ ..]
            if language == "ruby" && matches!(function.does, "delete" | "shell") && is_given(name, rest, names) =>
        {
            true
        }
        [Token::Sign(b'@'), Token::Name(name, _), ..] if language == "ruby" && names.text(name).is_some() => true,
        // Perl's `system $h->{c}`, `system @$r`, `system $$r`
        [Token::Sign(b'$'), Token::Name(_, _), Token::Sign(b'-'), Token::Sign(b'>'), ..]
        | [Token::Sign(b'@' | b'$'), Token::Sign(b'$'), Token::Name(..), ..]
            if language == "perl" && function.does == "shell" =>
        {
            true
        }
        // Perl's `chmod 0644, $file`
        [Token::Sign(b'0'..=b'9'), ..] => language == "perl" && function.does == "permit",
        // Perl's `unlink @old`, `system @words`; Ruby's `system *words`
        [Token::Sign(b'@'), Token::Name(list, _), ..] if *list != "_" => {
            function.does == "delete" || names.list(list).is_some()
        }
        [Token::Sign(b'*'), Token::Name(list, _), ..] => language == "ruby" && names.list(list).is_some(),
        // Perl's `exec qw(rm -rf x)`
        [Token::Sign(b'['), Token::Text(_), Token::Sign(b','), ..] if language == "perl" => true,
        // `exec ["726d…"].pack("H*")`
        [Token::Sign(b'['), Token::Text(_), Token::Sign(b']'), Token::Name("pack", _), ..] => true,
        // `system $c`, `system $h{a}`, `print $ENV{HOME}`; Ruby's `eval $stdin.read`
        [Token::Sign(b'$'), Token::Name(name, _), rest @ ..] => {
            let member = || match rest {
                [Token::Sign(b'{'), Token::Name(key, _) | Token::Text(key), Token::Sign(b'}'), ..] => {
                    names.text(&format!("{name}.{key}")).is_some()
                }
                _ => false,
            };
            let known = matches!(*name, "_" | "ENV")
                || names.text(name).is_some()
                || names.origin(name).is_some()
                || name.starts_with("stdin.");
            // Whatever it is, that runs.
            let perls = language == "perl" && function.does == "shell";
            known || perls || home(names, name, rest).is_some() || member()
        }
        // Perl's `sub f { system shift }`, `sub { system @_ }`: whatever the function is given.
        [Token::Name("shift", _), ..] | [Token::Sign(b'@'), Token::Name("_", _), ..] => {
            language == "perl" && function.does == "shell"
        }
        // Perl's `system lc "…"`, `exec substr "…", 2`
        [Token::Name("lc" | "uc" | "substr", _), Token::Text(_), ..] => language == "perl",
        // Ruby's `system gets`, `eval STDIN.read`, `system *%w(ls -la)`
        [Token::Name("gets" | "STDIN.read" | "STDIN.gets" | "ARGF.read", _), ..] => {
            language == "ruby" && matches!(function.does, "shell" | "code")
        }
        [Token::Sign(b'*'), Token::Sign(b'['), Token::Text(_), ..] => language == "ruby" && function.does == "shell",
        // Perl's `system scalar <>`
        [Token::Name("scalar", _), Token::Sign(b'<'), ..] => language == "perl",
        // Perl's `eval <>`, `eval <STDIN>`
        [Token::Sign(b'<'), Token::Sign(b'>') | Token::Name("STDIN", _), ..] => language == "perl",
        // Ruby's `system ENV["C"]`
        [Token::Name("ENV", _), Token::Sign(b'['), Token::Text(_), ..]
            if language == "ruby" && function.does != "print" =>
        {
            true
        }
        // `print ENVIRON["HOME"]`, `print uc "x"`
        [Token::Name(name, _), rest @ ..] => {
            matches!(function.does, "code" | "perl-open")
                || matches!(*name, "glob" | "pack" | "unpack")
                // `exec pack("H*", "…")`
                || function.does != "print" && rest.first() == Some(&Token::Sign(b'('))
                || home(names, name, rest).is_some()
        }
        _ => false,
    }
}

/// Whether what stands behind the name of a function, a blank between, is what that is given: an element, or what is known by
/// its name.
fn is_given(name: &str, rest: &[Token<'_>], names: &Names<'_>) -> bool {
    let root = name.split('.').next().unwrap_or(name);
    !matches!(name, "if" | "unless" | "while" | "until" | "and" | "or" | "do" | "then" | "end")
        && (rest.first() == Some(&Token::Sign(b'['))
            || names.list(root).is_some()
            || names.text(root).is_some()
            || home(names, name, rest).is_some())
}

/// Whether a function is handed to another one, which calls it: `.then(eval)`, `map(os.remove, …)`,
/// `lapply(dirs, unlink, …)`.
pub(in super::super) fn handed_on(function: &Function<'_>, before: &[Token<'_>], after: &[Token<'_>]) -> bool {
    let around = (before.last(), after.first());
    match function.does {
        "code" => matches!(around, (Some(Token::Sign(b'(' | b',')), Some(Token::Sign(b')')))),
        "delete" => {
            matches!(around, (Some(Token::Sign(b'(' | b',' | b'&')), Some(Token::Sign(b')' | b',' | b'/'))))
                // `(rmtree if is_dir else unlink)(path)`, `(dir ? rmdirSync : unlinkSync)(path)`
                || matches!(around, (Some(Token::Sign(b'(')), Some(Token::Name("if", _))))
                || matches!(before.last(), Some(Token::Name("else", _) | Token::Sign(b'?' | b':')))
                    && matches!(after, [Token::Sign(b')'), Token::Sign(b'('), ..] | [Token::Sign(b':'), ..])
        }
        _ => false,
    }
}
