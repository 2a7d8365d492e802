//! Texts of Ruby and Perl that stand between signs of their writer's choice: `%q(…)`, `q~…~`.

/// What ends a text that begins with this sign: `%q(…)`, `qx/…/`.
pub(in super::super) fn closing(open: u8) -> char {
    match open {
        b'(' => ')',
        b'{' => '}',
        b'[' => ']',
        b'<' => '>',
        other => char::from(other),
    }
}

/// Where a text stands behind `q` and its kin, and the sign that ends it.
pub(in super::super) struct Quoted {
    pub start: usize,
    pub end: usize,
    pub close: char,
}

/// The text that stands behind `q`, `qq`, `qx` or `qw`, within whatever signs were chosen for it: `q~rm -rf /~`
/// (perlop(1), "Quote-Like Operators"). None where it is a name: `q => 1`.
pub(in super::super) fn quoted(rest: &str) -> Option<Quoted> {
    let blanks = rest.len() - rest.trim_start().len();
    let open = rest[blanks..].chars().next()?;
    let name = open.is_alphanumeric() || matches!(open, '_' | ')' | ']' | '}' | '>');
    let apart = blanks > 0 && matches!(open, '#' | ',' | ';' | '=' | '.');
    if name || apart || rest[blanks..].starts_with("=>") || !open.is_ascii() {
        return None;
    }
    let close = closing(open as u8);
    let start = blanks + 1;
    let mut depth = 0_usize;
    let mut signs = rest[start..].char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => drop(signs.next()),
            _ if sign == close && depth == 0 => return Some(Quoted { start, end: start + at, close }),
            _ if sign == close => depth -= 1,
            _ if sign == open => depth += 1,
            _ => {}
        }
    }
    // A bracket that nobody closes holds all that follows.
    (close != open).then_some(Quoted { start, end: rest.len(), close })
}
