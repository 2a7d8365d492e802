//! Layers of policy, each trusted less: built-in, organisation, user (and what the command line names), repository.
//! The repository's files are written by the agent that is judged, so that layer only tightens.

use super::format::File;

closed_list! {
    /// Where a policy file comes from; the earlier the more trusted.
    Layer {
        Builtin = "builtin",
        Organisation = "organisation",
        User = "user",
        /// `--policy FILE`: trusted as far as the writer of the command line is.
        Argument = "argument",
        Repository = "repository",
    }
}

impl Layer {
    /// Whether it may lower what a layer says.
    #[must_use]
    pub fn overrules(self, other: Layer) -> bool {
        self != Layer::Repository && (other == Layer::Builtin || self <= other)
    }
}

/// One file in its layer.
#[derive(Clone, Debug)]
pub struct Layered {
    pub layer: Layer,
    /// Its path, as people read it.
    pub origin: String,
    pub file: File,
    /// As it is written: for places and its digest.
    pub text: String,
}

impl Layered {
    #[must_use]
    pub fn new(layer: Layer, origin: &str, file: File, text: &str) -> Layered {
        Layered { layer, origin: origin.to_owned(), file, text: text.to_owned() }
    }

    /// `sha256:` of its bytes.
    #[must_use]
    pub fn digest(&self) -> String {
        crate::digest::named(self.text.as_bytes())
    }

    /// `policy.toml:12`
    #[must_use]
    pub fn place(&self, at: usize) -> String {
        if self.text.is_empty() {
            return self.origin.clone();
        }
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        format!("{}:{}", self.origin, before.iter().filter(|b| **b == b'\n').count() + 1)
    }
}
