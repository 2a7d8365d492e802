//! The terminal that whoever started gate sits at: whether there is one, and a question asked there.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

/// The terminal that controls this process (tty(4)), wherever its input and output lead.
const TERMINAL: &str = "/dev/tty";

/// Bytes of an answer.
const LONGEST: usize = 4096;

/// Whether somebody may sit at a terminal.
#[must_use]
pub fn is_there() -> bool {
    File::open(TERMINAL).is_ok()
}

/// Asks at the terminal, and gives the line that is typed. None: there is no terminal to ask at.
#[must_use]
pub fn ask(question: &str) -> Option<String> {
    let mut terminal = OpenOptions::new().read(true).write(true).open(TERMINAL).ok()?;
    // What was typed before the question does not answer it.
    #[cfg(unix)]
    crate::sys::discard_typed_ahead(&terminal);
    terminal.write_all(question.as_bytes()).ok()?;
    terminal.flush().ok()?;
    // Whoever interrupts the question says no, and that is recorded like any other answer.
    Some(interruptible(|| first_line(&mut terminal)).unwrap_or_default())
}

#[cfg(unix)]
use crate::sys::interruptible;

#[cfg(not(unix))]
fn interruptible<R>(wait: impl FnOnce() -> R) -> R {
    wait()
}

/// The first line that is typed, without its end. (`read_line` would begin again where a signal interrupts it.)
fn first_line(terminal: &mut File) -> std::io::Result<String> {
    let (mut line, mut part) = (Vec::new(), [0; 256]);
    while !line.contains(&b'\n') && line.len() < LONGEST {
        match terminal.read(&mut part)? {
            0 => break,
            count => line.extend_from_slice(&part[..count]),
        }
    }
    let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    Ok(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r').to_owned())
}
