//! Windows' drives and well-known folders as this machine has them, by the variables that name them (cmd's `set`,
//! about_Environment_Variables).

/// Where PowerShell's own profile lies.
const PROFILE: &str = "~/.config/powershell/Microsoft.PowerShell_profile.ps1";

/// The variables for well-known folders, in small letters; those that begin like another come before it.
const FOLDERS: [(&str, &str); 34] = [
    // What PowerShell runs whenever it starts (about_Profiles).
    ("$profile.allusersallhosts", PROFILE),
    ("$profile.alluserscurrenthost", PROFILE),
    ("$profile.currentuserallhosts", PROFILE),
    ("$profile.currentusercurrenthost", PROFILE),
    ("$profile", PROFILE),
    ("%userprofile%", "$HOME"),
    ("$env:userprofile", "$HOME"),
    ("$env:homedrive", ""),
    ("%homedrive%", ""),
    ("$env:homepath", "$HOME"),
    ("%homepath%", "$HOME"),
    ("$env:home", "$HOME"),
    ("%appdata%", "$HOME/AppData/Roaming"),
    ("$env:appdata", "$HOME/AppData/Roaming"),
    ("%localappdata%", "$HOME/AppData/Local"),
    ("$env:localappdata", "$HOME/AppData/Local"),
    ("%onedrive%", "$HOME/OneDrive"),
    ("$env:onedrive", "$HOME/OneDrive"),
    ("%temp%", "/tmp"),
    ("%tmp%", "/tmp"),
    ("$env:temp", "/tmp"),
    ("$env:tmp", "/tmp"),
    ("%systemroot%", "C:/Windows"),
    ("%windir%", "C:/Windows"),
    ("$env:windir", "C:/Windows"),
    ("$env:systemroot", "C:/Windows"),
    ("%systemdrive%", "C:"),
    ("$env:systemdrive", "C:"),
    ("%programfiles(x86)%", "C:/Program\\ Files"),
    ("%programfiles%", "C:/Program\\ Files"),
    ("%programdata%", "C:/ProgramData"),
    ("$env:programdata", "C:/ProgramData"),
    ("%public%", "C:/Users/Public"),
    ("$env:public", "C:/Users/Public"),
];

/// `${env:TEMP}` as `$env:TEMP`.
fn with_plain_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, name) = (&rest[..at], &rest[at + 2..]);
        out.push_str(before);
        match name.split_once('}').filter(|(name, _)| name.get(..4).is_some_and(|of| of.eq_ignore_ascii_case("env:"))) {
            Some((name, after)) => {
                out.push('$');
                out.push_str(name);
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = name;
            }
        }
    }
    out + rest
}

/// Whether a text names one as cmd.exe does.
pub(super) fn named_in(text: &str) -> bool {
    // Most scripts have none, and each is asked.
    text.contains('%') && FOLDERS.iter().any(|(name, _)| name.starts_with('%') && contains_in_any_case(text, name))
}

fn contains_in_any_case(text: &str, small: &str) -> bool {
    text.as_bytes().windows(small.len()).any(|part| part.eq_ignore_ascii_case(small.as_bytes()))
}

/// A text with another for a part of it, whichever its letters.
fn replaced_in_any_case(text: String, small: &str, by: &str) -> String {
    if !contains_in_any_case(&text, small) {
        return text;
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    // A longer name is another one.
    let ends =
        |end: usize| small.ends_with('%') || !lower[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    for (at, part) in lower.match_indices(small).filter(|(at, part)| ends(at + part.len())) {
        out.push_str(&text[from..at]);
        out.push_str(by);
        from = at + part.len();
    }
    out + &text[from..]
}

/// Drives where the Windows subsystem for Linux has them (`/mnt/c`), and the variables for well-known folders.
pub(super) fn mounted(text: &str) -> String {
    let text =
        FOLDERS.iter().fold(with_plain_names(text), |text, (name, folder)| replaced_in_any_case(text, name, folder));
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(sign) = rest.next() {
        let drive = sign.is_ascii_alphabetic() && !before.is_alphanumeric() && rest.peek() == Some(&':');
        let mut ahead = rest.clone();
        ahead.next();
        if drive && matches!(ahead.peek(), None | Some('/' | ' ' | '"' | '\'')) {
            out.push_str("/mnt/");
            out.push(sign.to_ascii_lowercase());
            rest.next();
        } else {
            out.push(sign);
        }
        before = sign;
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_of_windows() {
        assert_eq!(super::mounted("rd C:/Users %TEMP%/x http://a D:"), "rd /mnt/c/Users /tmp/x http://a /mnt/d");
    }
}
