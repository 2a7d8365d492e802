//! What to do instead, for the very target: `systemctl status {target|nginx}` names the service that would be stopped.

use crate::facts::knowledge::Reversible;

/// A longer target is none that somebody types.
const LONGEST: usize = 60;

/// What a rule says of all programs, and then what it says of those that it names: `git`, or `git clean`.
pub fn told(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let (usual, own) = text.split_once('\n').unwrap_or((text, ""));
    std::iter::once(("", usual)).chain(own.lines().filter_map(|line| line.split_once('=')))
}

/// What a rule says of a program and its subcommand, by the first of its names that the rule knows: what it says of both,
/// of the program, or of all.
#[must_use]
pub fn told_of<'t>(text: &'t str, called: &[&str]) -> &'t str {
    let named = |verb: &&str| {
        let is_it = |own: &str| {
            !own.is_empty() && verb.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        told(text).filter(|(own, _)| is_it(own)).max_by_key(|(own, _)| own.len())
    };
    // `gcloud --project p sql …` is described by its subcommand; `flyway clean` as another program's.
    let first = |verb: &&str| verb.split(' ').next().unwrap_or_default().to_owned();
    let one_program = called.iter().map(first).collect::<std::collections::BTreeSet<_>>().len() < 2;
    let own = match one_program {
        true => called.iter().filter_map(named).max_by_key(|(own, _)| own.len()),
        false => called.iter().find_map(named),
    };
    own.or_else(|| told(text).next()).map_or("", |(_, said)| said)
}

/// How a rule says that what it is about is undone, or whether it can be.
#[must_use]
pub fn undone(undo: &'static str, reversible: Reversible, called: &[&str]) -> &'static str {
    match (told_of(undo, called), reversible) {
        ("", Reversible::Yes) => "can be undone",
        ("", Reversible::Hard) => "hard to undo",
        ("", Reversible::No) => "cannot be undone",
        (undo, _) => undo,
    }
}

/// The command of a rule's `instead` for a program, with what stands in the target's place where that is not known or no
/// word of its own.
#[must_use]
pub fn for_target(run: &str, called: &[&str], target: Option<&str>) -> String {
    let run = told_of(run, called);
    let Some((before, rest)) = run.split_once("{target|") else { return run.to_owned() };
    let Some((usual, after)) = rest.split_once('}') else { return run.to_owned() };
    let plain = |target: &&str| {
        let sign = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '@' | ':');
        !target.is_empty() && target.len() <= LONGEST && !target.starts_with('-') && target.chars().all(sign)
    };
    format!("{before}{}{after}", target.filter(plain).unwrap_or(usual))
}

#[cfg(test)]
mod tests {
    use super::for_target;

    #[test]
    fn a_target_stands_where_it_is_a_word() {
        let run = "systemctl status {target|nginx}";
        assert_eq!(for_target(run, &["systemctl"], Some("postgresql")), "systemctl status postgresql");
        for target in [None, Some(""), Some("every process"), Some("-rf"), Some("$(x)"), Some("a\nb")] {
            assert_eq!(for_target(run, &[""], target), "systemctl status nginx");
        }
        assert_eq!(for_target("lsblk -f", &["dd"], Some("x")), "lsblk -f");
    }

    #[test]
    fn a_subcommand_is_told_before_its_program() {
        let run = "ls\ngit=git status\ngit clean=git clean -n";
        assert_eq!(for_target(run, &["git clean"], None), "git clean -n");
        assert_eq!(for_target(run, &["git reset"], None), "git status");
        assert_eq!(for_target(run, &["hg"], None), "ls");
    }

    #[test]
    fn a_program_may_have_its_own() {
        let run = "pg_dump app\nmysql=mysqldump {target|app}";
        assert_eq!(for_target(run, &["psql"], Some("shop")), "pg_dump app");
        assert_eq!(for_target(run, &["mysql"], Some("shop")), "mysqldump shop");
        assert_eq!(for_target(run, &["mysqladmin"], Some("shop")), "pg_dump app");
    }
}
