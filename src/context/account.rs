//! Whose account it is, and where its home is.

/// Home and user: from the account database where it can be read, else from the environment.
#[must_use]
pub fn account() -> (String, String) {
    static KNOWN: std::sync::OnceLock<(String, String)> = std::sync::OnceLock::new();
    KNOWN.get_or_init(look_up_account).clone()
}

fn look_up_account() -> (String, String) {
    // Tests have a home of their own; a released gate does not know the variable.
    #[cfg(debug_assertions)]
    if let Ok(home) = std::env::var("GATE_TEST_HOME") {
        return (home, "tester".to_owned());
    }
    #[cfg(unix)]
    if let Some((name, home)) = crate::sys::account() {
        return (home, name);
    }
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    (variable("HOME"), variable("USER"))
}

/// The home that a shell takes for `~`: that of the variable, where it is an absolute path.
pub(super) fn home_by_variable() -> Option<String> {
    #[cfg(debug_assertions)]
    if std::env::var_os("GATE_TEST_HOME").is_some() {
        return None;
    }
    let home = std::env::var_os("HOME")?.into_string().ok()?;
    let plain = if home.len() > 1 { home.trim_end_matches('/') } else { &home };
    home.starts_with('/').then(|| plain.to_owned())
}

/// Where the programs of whoever asks keep their own files: as they themselves look, by the variable first. Gate's own
/// files do not move by it.
#[must_use]
pub fn home() -> String {
    home_by_variable().unwrap_or_else(|| account().0)
}
