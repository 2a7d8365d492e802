//! What to do instead, for the very target: `systemctl status {target|nginx}` names the service that would be stopped.

/// A longer target is none that somebody types.
const LONGEST: usize = 60;

/// The command of a rule's `instead`, with what stands in its place where the target is not known or no word of its own.
#[must_use]
pub fn for_target(run: &str, target: Option<&str>) -> String {
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
        assert_eq!(for_target(run, Some("postgresql")), "systemctl status postgresql");
        for target in [None, Some(""), Some("every process"), Some("-rf"), Some("$(x)"), Some("a\nb")] {
            assert_eq!(for_target(run, target), "systemctl status nginx");
        }
        assert_eq!(for_target("lsblk -f", Some("x")), "lsblk -f");
    }
}
