//! A text as it is shown: what was kept of it, and what was left out.

#[derive(Default)]
pub(super) struct Shown {
    pub text: String,
    /// What was left out, in order.
    pub found: Vec<String>,
}

impl Shown {
    pub fn keep(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn hide(&mut self, secret: &str, kind: &str) {
        self.found.push(secret.to_owned());
        push_redacted(&mut self.text, kind);
    }
}

pub(super) fn push_redacted(out: &mut String, kind: &str) {
    out.push_str("[redacted:");
    out.push_str(kind);
    out.push(']');
}
