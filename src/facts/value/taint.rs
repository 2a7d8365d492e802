//! Where data comes from.

use crate::facts::knowledge::ORIGINS;

/// Where data comes from, as far as it matters. A set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taint(pub u32);

impl Taint {
    pub const NONE: Taint = Taint(0);
    pub const NETWORK: Taint = Taint(1);
    pub const SECRET: Taint = Taint(2);
    /// Somebody's or something's output that we do not know.
    pub const OPAQUE: Taint = Taint(4);
    pub const TEMPORARY: Taint = Taint(8);
    pub const WORKSPACE: Taint = Taint(16);
    /// Was decoded from something unreadable (base64, hex), and is not known.
    pub const DECODED: Taint = Taint(32);
    pub const SYSTEM: Taint = Taint(64);
    /// Private data that is no credential: a user's or the system's files.
    pub const PRIVATE: Taint = Taint(128);
    /// A variable whose name says that it holds a secret.
    pub const SECRET_VARIABLE: Taint = Taint(256);
    /// Was encoded here (base64, hex).
    pub const ENCODED: Taint = Taint(512);
    /// The list of processes, or a part of it.
    pub const PROCESSES: Taint = Taint(1024);
    /// What a shell prints that was started without anything to run.
    pub const SHELL: Taint = Taint(2048);

    /// What a program made of words that the script says itself, and is not known.
    pub const REWORKED: Taint = Taint(4096);

    /// `$0`: where the script that runs lies, and what is made of that.
    pub const OWN_SCRIPT: Taint = Taint(8192);

    /// What a store of secrets was asked for.
    pub const STORE: Taint = Taint(16384);

    /// All of the workspace's files.
    pub const WHOLE_WORKSPACE: Taint = Taint(32768);

    /// What anybody may have written: in a title, a comment, the message of a commit.
    pub const STRANGERS: Taint = Taint(65536);

    #[must_use]
    pub fn without(self, other: Taint) -> Taint {
        Taint(self.0 & !other.0)
    }

    #[must_use]
    pub fn only(self, other: Taint) -> Taint {
        Taint(self.0 & other.0)
    }

    #[must_use]
    pub fn has(self, other: Taint) -> bool {
        self.0 & other.0 != 0
    }

    /// What a word for it in rules means (`from = …`).
    #[must_use]
    pub fn bit(word: &str) -> Option<Taint> {
        const BITS: [Taint; ORIGINS.len()] = [
            Taint::NETWORK,
            Taint::SECRET,
            Taint::OPAQUE,
            Taint::TEMPORARY,
            Taint::WORKSPACE,
            Taint::DECODED,
            Taint::SYSTEM,
            Taint::PRIVATE,
            Taint::ENCODED,
            Taint::SHELL,
            Taint::REWORKED,
            Taint::SECRET_VARIABLE,
            Taint::WHOLE_WORKSPACE,
        ];
        ORIGINS.iter().position(|known| *known == word).map(|at| BITS[at])
    }
}

impl std::ops::BitOr for Taint {
    type Output = Taint;
    fn bitor(self, other: Taint) -> Taint {
        Taint(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Taint) {
        self.0 |= other.0;
    }
}
