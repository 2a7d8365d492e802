//! Where a path leads: made absolute, links of the script itself resolved, sorted into classes.

use bumpalo::Bump;

use crate::facts::knowledge::{Classes, TargetClasses, letters};
use crate::facts::snapshot::Snapshot;
use crate::facts::targets::globs;

/// Stands for a component that is not known; no pattern names it.
pub const UNKNOWN_PART: &str = "\u{1}";

/// Stands for any depth of directories below what comes before (the results of `find`).
pub const UNKNOWN_BELOW: &str = "\u{3}";

/// Stands for a beginning that is not known: the whole path may be anywhere.
pub const UNKNOWN_START: &str = "\u{2}";

/// A temporary folder that a program makes for itself, whatever it will be called.
pub const MADE_BY_CODE: &str = "/tmp/made.by.code";

/// `path` from `cwd`, without `.`, `..` and double slashes. Lexical, as the kernel would without links.
#[must_use]
pub fn absolute<'a>(bump: &'a Bump, cwd: &str, path: &str) -> &'a str {
    let from = if path.starts_with('/') { "" } else { cwd };
    let mut out = bumpalo::collections::String::with_capacity_in(from.len() + path.len() + 2, bump);
    for part in components(from).chain(components(path)) {
        match part {
            "." => {}
            ".." => {
                let last = out.bytes().rposition(|byte| byte == b'/').unwrap_or(0);
                // `x/..` of an unknown part stays unknown.
                if matches!(out.get(last + 1..), Some(UNKNOWN_PART | UNKNOWN_START)) {
                    out.push('/');
                    out.push_str(UNKNOWN_PART);
                } else {
                    out.truncate(last);
                }
            }
            part => {
                out.push('/');
                out.push_str(part);
            }
        }
    }
    let mut out = out.into_bump_str();
    // /proc/<pid>/root is the root directory again.
    while let Some(rest) = out.strip_prefix("/proc/")
        && let Some((_, rest)) = rest.split_once('/')
        && let Some(rest) = rest.strip_prefix("root")
        && (rest.is_empty() || rest.starts_with('/'))
    {
        out = rest;
    }
    if out.is_empty() { "/" } else { out }
}

/// A path that goes up from a folder which it names (`a/../b`): up to that folder, and the rest. The last such, so that what
/// it goes up from before is still in the first part.
#[must_use]
pub fn before_parent(path: &str) -> Option<(&str, &str)> {
    let mut ups = path.rmatch_indices("/..").map(|(at, _)| path.split_at(at));
    ups.find(|(below, above)| {
        let ends = above.len() == 3 || above.as_bytes()[3] == b'/';
        ends && !below.is_empty() && !matches!(below.rsplit('/').next(), Some("" | "." | ".."))
    })
}

/// The names that a path consists of. (A searcher of the standard library takes longer to prepare than most paths to read.)
fn components(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let end = rest.bytes().position(|byte| byte == b'/');
            let part = &rest[..end.unwrap_or(rest.len())];
            rest = end.map_or("", |end| &rest[end + 1..]);
            if !part.is_empty() {
                return Some(part);
            }
        }
    })
}

/// The parts of the world that paths are compared with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ground<'a> {
    pub home: &'a str,
    /// The home that the account has, where `HOME` names another one.
    pub account: &'a str,
    pub workspace: &'a str,
}

impl<'a> Ground<'a> {
    /// As it is known of the world.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Self {
        Ground { home: &snapshot.home, account: &snapshot.account_home, workspace: &snapshot.workspace }
    }
}

/// Somebody's home, where it is not known whose.
pub const SOMEBODYS_HOME: &str = "/home/someone";

/// The bits of the classes that the mechanism gives out, in the order of `CORE_CLASSES`.
pub mod core {
    use crate::facts::knowledge::Classes;
    pub const UNKNOWN: Classes = 1;
    pub const ROOT: Classes = 1 << 1;
    pub const HOME: Classes = 1 << 2;
    pub const WORKSPACE: Classes = 1 << 3;
    pub const WORKSPACE_ROOT: Classes = 1 << 4;
    pub const OUTSIDE: Classes = 1 << 5;
    pub const TEMPORARY: Classes = 1 << 6;
    pub const MADE_HERE: Classes = 1 << 7;
    pub const CONTAINER: Classes = 1 << 8;
    pub const REMOTE: Classes = 1 << 9;
    pub const LOOPBACK: Classes = 1 << 10;
    pub const CONTAINER_DATA: Classes = 1 << 11;
}

/// Whether this is a user's home directory, and what follows it.
fn split_home<'p>(path: &'p str, home: &str) -> Option<&'p str> {
    if !home.is_empty()
        && home != "/"
        && let Some(rest) = path.strip_prefix(home)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Some(rest);
    }
    // Also where Fedora's images, FreeBSD and NFS keep them.
    for prefix in ["/home/", "/Users/", "/var/home/", "/usr/home/", "/export/home/", "/mnt/c/Users/"] {
        if let Some(rest) = path.strip_prefix(prefix) {
            let end = rest.find('/').unwrap_or(rest.len());
            return Some(&rest[end..]);
        }
    }
    for prefix in ["/root", "/var/root"] {
        if let Some(rest) = path.strip_prefix(prefix)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Some(rest);
        }
    }
    None
}

/// The sign by which gate knows the hook that it installed, to review pushes.
pub const OWN_HOOK: &str = "# gate pre-push";

/// The last component of a path: of `/usr/bin/rm` it is `rm`.
#[must_use]
pub fn base_name(path: &str) -> &str {
    path.bytes().rposition(|byte| byte == b'/').map_or(path, |at| &path[at + 1..])
}

/// Whether a path is a folder or lies in it.
#[must_use]
pub fn lies_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path below somebody's home as `~/…`; any other is none.
#[must_use]
pub fn below_home(path: &str) -> Option<String> {
    split_home(path, "").map(|rest| format!("~{rest}"))
}

/// Whether a path is that of a program's own settings: below a home, hidden, and not only kept for later.
#[must_use]
pub fn is_setting(path: &str) -> bool {
    split_home(path, "").is_some_and(|rest| rest.starts_with("/.") && !rest.contains("/.cache/"))
}

/// The classes of an absolute, normalised path.
#[must_use]
pub fn classify(known: &TargetClasses<'_>, ground: Ground<'_>, path: &str) -> Classes {
    let mut classes = 0;
    if path == "/" {
        return core::ROOT | core::OUTSIDE;
    }
    let inside = |dir: &str| -> bool { dir.len() > 1 && lies_in(path, dir) };
    if inside(ground.workspace) {
        classes |= core::WORKSPACE;
        if path.len() == ground.workspace.len() {
            classes |= core::WORKSPACE_ROOT;
        }
    } else {
        classes |= core::OUTSIDE;
        if ground.workspace.len() > path.len()
            && ground.workspace.starts_with(path)
            && ground.workspace.as_bytes()[path.len()] == b'/'
        {
            classes |= core::WORKSPACE_ROOT;
        }
    }
    if path.strip_prefix('/').is_some_and(|rest| rest.starts_with(UNKNOWN_START)) {
        classes = core::UNKNOWN;
    }
    if path.strip_prefix('/').is_some_and(|rest| rest.starts_with(UNKNOWN_BELOW)) {
        // Anything on the machine that has the name.
        classes |= core::ROOT;
    }
    let mut short = String::new();
    let of_account = || (!ground.account.is_empty()).then(|| split_home(path, ground.account)).flatten();
    let named: &str = match split_home(path, ground.home).or_else(of_account) {
        Some("") => {
            return classes | core::HOME;
        }
        Some(rest) => {
            short.push('~');
            short.push_str(rest);
            &short
        }
        None => path,
    };
    if matches!(path, "/home" | "/Users") {
        classes |= core::HOME;
    }
    // Names inside the workspace are looked for inside it only: that it lies below /tmp or a folder called `build` says
    // nothing of what it holds.
    let below = if inside(ground.workspace) { &path[ground.workspace.len()..] } else { named };
    let mut found: Classes = 0;
    let mut look = |sign: &str, name: &str, subject: &str| {
        known.patterns((sign, name), |pattern, class| {
            if found & (1 << class) == 0 && (pattern.is_empty() || globs::path(pattern, subject)) {
                found |= 1 << class;
            }
        });
    };
    // Its first component, and its first two.
    let ends = named.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
    let mut ends = ends.filter(|at| *at > usize::from(named.starts_with('~')));
    let first = ends.next();
    look("", &named[..first.unwrap_or(named.len())], named);
    if first.is_some() {
        look("", &named[..ends.next().unwrap_or(named.len())], named);
    }
    look("", "", named);
    let mut parts = components(below).filter(|part| *part != "~").peekable();
    while let Some(part) = parts.next() {
        look("+", part, below);
        look("+", "", part);
        if parts.peek().is_none() {
            look("*", part, below);
            look("*", "", part);
            if let Some(dot) = part.bytes().rposition(|byte| byte == b'.') {
                look("", &part[dot..], below);
            }
        }
    }
    if found != 0 {
        for (patterns, class) in &known.not_paths {
            if found & (1 << class) != 0
                && patterns.possible(letters(named.as_bytes())).any(|pattern| globs::path(pattern, named))
            {
                found &= !(1 << class);
            }
        }
    }
    if classes & core::WORKSPACE != 0 {
        found &= !core::TEMPORARY;
    }
    classes | found
}

/// The classes of a host name or address.
#[must_use]
pub fn classify_host(known: &TargetClasses<'_>, host: &str) -> Classes {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let lower = host.to_ascii_lowercase();
    let lower = dotted(&lower).unwrap_or(lower);
    let mut classes = known.of_host(&lower, |pattern, host| globs::text(pattern, host));
    if is_own_machine(&lower) {
        classes |= core::LOOPBACK;
    }
    classes
}

/// Whether a host is this machine: by name (RFC 6761, 6.3) or by an address of the loopback (RFC 1122, 3.2.1.3).
#[must_use]
pub fn is_own_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = || host.parse::<::core::net::IpAddr>();
    // `127.1` is short for 127.0.0.1 (inet_aton(3)).
    let short = || {
        let parts: Option<Vec<u32>> = host.split('.').map(|part| part.parse().ok()).collect();
        parts.is_some_and(|parts| match &parts[..] {
            [127, middle @ .., last] if middle.len() < 3 => {
                middle.iter().all(|part| *part < 256) && *last < 1 << (8 * (3 - middle.len()))
            }
            _ => false,
        })
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "0.0.0.0"
        || short()
        || address().is_ok_and(|address| address.is_loopback())
}

/// An address as it is usually written: one number, hexadecimal, octal (inet_aton(3)), or in a name that stands for it
/// (`169.254.169.254.nip.io`), or mapped into one of version 6 (RFC 4291, 2.5.5.2).
fn dotted(host: &str) -> Option<String> {
    // The root of all names may stand behind each.
    if let Some(rooted) = host.strip_suffix('.').filter(|rooted| !rooted.ends_with('.') && rooted.contains('.')) {
        return Some(dotted(rooted).unwrap_or_else(|| rooted.to_owned()));
    }
    // What translates into version 4 (RFC 6052, 2.1).
    if let Some(translated) = host.strip_prefix("64:ff9b::") {
        let address = format!("::ffff:{translated}").parse::<::core::net::Ipv6Addr>().ok()?;
        return address.to_ipv4_mapped().map(|address| address.to_string());
    }
    if host.contains(":ffff:") {
        return host.parse::<::core::net::Ipv6Addr>().ok()?.to_ipv4_mapped().map(|address| address.to_string());
    }
    if let Some(address) = [".nip.io", ".sslip.io", ".xip.io"].iter().find_map(|end| host.strip_suffix(end)) {
        return Some(address.replace('-', "."));
    }
    let plain = |part: &str| {
        part.len() < 4 && (part == "0" || !part.starts_with('0')) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let digits = host.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b'x' | b'X'));
    let usual = host.split('.').count() == 4 && host.split('.').all(plain);
    if !digits || usual || !host.starts_with(|c: char| c.is_ascii_digit()) || plain(host) {
        return None;
    }
    let number = |part: &str| match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
        None => part.parse().ok(),
    };
    let parts: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    // The last of fewer than four stands for all that are left.
    let (last, first) = parts.split_last().filter(|(_, first)| first.len() < 4)?;
    let room = 32 - 8 * first.len();
    if first.iter().any(|part| *part > 255) || u64::from(*last) >> room > 0 {
        return None;
    }
    let whole = first.iter().zip([24, 16, 8]).fold(*last, |whole, (part, shift)| whole | part << shift);
    let [a, b, c, d] = whole.to_be_bytes();
    Some(format!("{a}.{b}.{c}.{d}"))
}

/// The host of a URL, an scp-like or a bare `host[:port]`, without credentials.
#[must_use]
pub fn host_of(target: &str) -> &str {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let scheme = target.contains("://");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    let host = authority.split(':').next().unwrap_or(authority);
    if scheme || !host.is_empty() { host } else { authority }
}

/// Whether an address is only a port, by which HTTPie means this machine: `:3000/items`.
pub fn is_port(address: &str) -> bool {
    address.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether an address begins as one of this machine does, and leads elsewhere: `http://localhost@example.com`.
pub fn seems_local(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let begins = |name: &str| rest.starts_with(name);
    let host = host_of(address);
    (begins("localhost") || begins("127.0.0.1")) && !is_own_machine(host)
}

/// Whether a path is what comes in (proc(5), "fd"), not a file.
#[must_use]
pub fn is_standard_input(path: &str) -> bool {
    matches!(path, "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}

/// The same of what a program is given as a file, for which most take a `-`.
#[must_use]
pub fn comes_in(path: &str) -> bool {
    path == "-" || is_standard_input(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_absolute() {
        let bump = Bump::new();
        for (cwd, path, expected) in [
            ("/w", "./build/../..", "/"),
            ("/w", "a//b/.", "/w/a/b"),
            ("/", "..", "/"),
            ("/w", "/proc/self/root/etc", "/etc"),
            ("/w", "", "/w"),
        ] {
            assert_eq!(absolute(&bump, cwd, path), expected);
        }
    }

    #[test]
    fn hosts_are_found() {
        for (target, expected) in [
            ("https://u:p@example.com:8080/x", "example.com"),
            ("git@github.com:o/r.git", "github.com"),
            ("localhost:3000/x", "localhost"),
            ("http://[::1]:80/", "[::1]"),
            ("example.com", "example.com"),
        ] {
            assert_eq!(host_of(target), expected);
        }
    }
}
