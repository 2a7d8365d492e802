//! What a condition says of what is not known: that it exists, or which of all that there is in a folder it is.

use std::rc::Rc;

use super::tree::{Binary, Expr, Literal};
use super::values::{Scope, Value};

/// The name that a condition says something of, and what it is where that holds: of whatever there is those with an
/// ending or a beginning, or one. `if name.endswith(".jpg")`, `if p.suffix == ".jpg"`, `if name == "x"`.
pub(super) fn narrowed<'a>(asked: &Expr<'a>, scope: &Rc<Scope<'a>>) -> Option<(&'a str, Value<'a>)> {
    let text = |expr: &Expr<'a>| match expr {
        Expr::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let (name, narrow): (&'a str, String) = match asked {
        // Of what holds at once, either may say it.
        Expr::Binary(Binary::And, left, right) => return narrowed(left, scope).or_else(|| narrowed(right, scope)),
        Expr::Call(callee, items) => match (&**callee, &items[..]) {
            (Expr::Member(of, method), [only]) => match (&**of, *method) {
                (Expr::Name(name), "endswith" | "endsWith") => (name, format!("*{}", text(&only.value)?)),
                (Expr::Name(name), "startswith" | "startsWith") => (name, format!("{}*", text(&only.value)?)),
                _ => return None,
            },
            _ => return None,
        },
        Expr::Binary(Binary::Equal, left, right) => match &**left {
            Expr::Name(name) => (name, text(right)?.to_string()),
            Expr::Member(of, asked @ ("suffix" | "name")) => match &**of {
                Expr::Name(name) => (name, format!("{}{}", if *asked == "suffix" { "*" } else { "" }, text(right)?)),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    // Only what is whatever there is is narrowed.
    let within = |whole: &str| {
        whole
            .strip_suffix('*')
            .filter(|folder| folder.is_empty() || folder.ends_with('/'))
            .map(|folder| format!("{folder}{narrow}"))
    };
    match scope.look_up(name)? {
        Value::Any(whole) => Some((name, Value::Any(within(&whole)?.into()))),
        Value::Path(whole) => Some((name, Value::Path(within(&whole)?.into()))),
        _ => None,
    }
}

/// Whether a condition only asks what there is, which chooses nothing of a folder: `os.path.isfile(path)`.
pub(super) fn only_exists(asked: &Expr<'_>) -> bool {
    match asked {
        Expr::Unary(_, of) => only_exists(of),
        Expr::Binary(Binary::And | Binary::Or, left, right) => only_exists(left) && only_exists(right),
        Expr::Call(callee, _) => match &**callee {
            Expr::Member(_, name) | Expr::Name(name) => [
                "isfile",
                "isdir",
                "islink",
                "exists",
                "lexists",
                "is_file",
                "is_dir",
                "is_symlink",
                "isFile",
                "isDirectory",
                "existsSync",
            ]
            .contains(name),
            _ => false,
        },
        _ => false,
    }
}
