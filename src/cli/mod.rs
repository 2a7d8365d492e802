//! The command line. One static table of options ([`OPTIONS`]) makes clap's commands (help, man page, completions, error
//! messages) and the small reader for `check` and `run`, which are called before every command of an agent.

mod commands;
mod hot;
mod options;

pub use commands::{HOSTS, command, from_clap};
pub use hot::read_hot;
pub use options::{OPTIONS, OptionDef};

use std::ffi::{OsStr, OsString};

/// The options and operands of a command that decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// By place in [`OPTIONS`].
    values: Vec<(usize, OsString)>,
    pub operands: Vec<OsString>,
}

impl Given {
    fn index(long: &str) -> usize {
        OPTIONS.iter().position(|o| o.long == long).unwrap_or(usize::MAX)
    }

    /// The bytes of an option's value.
    #[must_use]
    pub fn os(&self, long: &str) -> Option<&OsStr> {
        let index = Given::index(long);
        self.values.iter().find(|(i, _)| *i == index).map(|(_, v)| v.as_os_str())
    }

    /// An option's value, if it is UTF-8.
    #[must_use]
    pub fn get(&self, long: &str) -> Option<&str> {
        self.os(long).and_then(OsStr::to_str)
    }

    #[must_use]
    pub fn has(&self, long: &str) -> bool {
        self.os(long).is_some()
    }

    /// An option whose value is no text, where it has to be: only the names of files may be any bytes.
    #[must_use]
    pub fn no_text(&self) -> Option<&'static str> {
        let wrong =
            |(index, value): &&(usize, OsString)| OPTIONS[*index].value != Some("FILE") && value.to_str().is_none();
        self.values.iter().find(wrong).map(|(index, _)| OPTIONS[*index].long)
    }
}
