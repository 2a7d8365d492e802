//! How a program is told what a container shares with this machine.

/// What is shared, where, and whether it can only be read: `-v /here:/inside[:ro]`, `--mount type=bind,source=/here,target=/inside`.
#[must_use]
pub fn mount_of(text: &str) -> Option<(&str, &str, bool)> {
    if text.contains('=') && text.contains(',') {
        let part = |keys: &[&str]| {
            fields(text).find_map(|p| p.split_once('=').filter(|(k, _)| keys.contains(k)).map(|(_, v)| v))
        };
        let mut flags =
            fields(text).filter(|p| ["readonly", "ro", "bind-"].iter().any(|f| p.starts_with(f))).peekable();
        let says = |flag: &str| matches!(flag, "readonly" | "ro" | "readonly=true" | "ro=true");
        let read_only = flags.peek().is_some() && flags.all(says);
        return Some((part(&["source", "src"])?, part(&["target", "destination", "dst"])?, read_only));
    }
    let mut parts = text.split(':');
    let (here, inside) = (parts.next()?, parts.next()?);
    let flags = parts.next().unwrap_or_default();
    let known = ["ro", "z", "Z", "cached", "delegated", "consistent", "nocopy"];
    let read_only = flags.split(',').any(|flag| flag == "ro") && flags.split(',').all(|flag| known.contains(&flag));
    inside.starts_with('/').then_some((here, inside, read_only))
}

/// The fields of a list in commas, each of which may stand in quotes (docker-run(1), "--mount": RFC 4180).
fn fields(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(|field| field.trim_matches('"'))
}
