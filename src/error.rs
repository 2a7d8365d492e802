//! Every way to end, in one table.

use std::fmt;

/// What gate ends with. The numbers are the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Allowed (or warned, under `--fail-on escalate`).
    Allow,
    /// Warned.
    Warn,
    /// Needs approval, and has none.
    Escalate,
    /// Blocked.
    Block,
    /// Gate could not do its work: wrong usage, bad input, configuration, I/O, internal. Nothing was executed.
    Error,
    /// `gate run`: the program could not be executed.
    CannotExecute,
    /// `gate run`: the program was not found.
    NotFound,
    /// `gate run`: the child's own.
    Child(u8),
}

impl ExitCode {
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            ExitCode::Allow => 0,
            ExitCode::Warn => 10,
            ExitCode::Escalate => 20,
            ExitCode::Block => 30,
            ExitCode::Error => 40,
            ExitCode::CannotExecute => 126,
            ExitCode::NotFound => 127,
            ExitCode::Child(code) => code,
        }
    }
}

/// Something that kept gate from its work. Its text says what happened, where, and what to do.
#[derive(Debug)]
pub struct Error {
    pub message: String,
    pub help: Option<String>,
}

impl Error {
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into()).filter(|help| !help.is_empty());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;
