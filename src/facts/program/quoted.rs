//! What a filter of jq quotes for a shell: `jq -r '@sh "NAME=\(.name)"'` prints nothing but assignments of texts (jq(1),
//! "Format strings and escaping"), as programs of Terraform's external data sources begin.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::value::{Builder, Data, Shape, Val};

impl<'a> Analysis<'a> {
    /// What it prints then, each text one that is not known.
    pub(super) fn quoted_assignments(&self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let raw = |option: &crate::facts::Opt<'_>| option.is("-r") || option.is("--raw-output");
        if call.program != "jq" || !call.options.iter().any(raw) {
            return None;
        }
        let filter = call.words.iter().filter_map(|word| word.val.lit()).find(|text| text.starts_with("@sh "))?;
        let mut rest = filter.strip_prefix("@sh ")?.trim().strip_prefix('"')?.strip_suffix('"')?;
        let mut builder = Builder::default();
        while let Some((before, after)) = rest.split_once("\\(") {
            let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | ' ' | ';' | '\n');
            let names = before
                .strip_suffix('=')
                .is_some_and(|name| name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
            if !names || !before.chars().all(of_name) {
                return None;
            }
            let (value, next) = after.split_once(')')?;
            if value.contains(['(', '"', '|']) {
                return None;
            }
            builder.push_lit(self.bump.alloc_str(before));
            builder.push(self.bump, Val::hole(self.bump, self.bump.alloc_str(value), Shape::Any, stdin.taint));
            rest = next;
        }
        if !rest.trim().is_empty() {
            return None;
        }
        builder.push_lit("\n");
        Some(Data { inherited: false, ..Data::known(builder.done(self.bump)) })
    }
}
