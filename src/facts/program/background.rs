//! What the script itself has put into the background, and ends.

use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::value::Field;

impl<'a> Analysis<'a> {
    /// Whether what a call kills by its name is what the script itself has put into the background:
    /// `redis-server --port 6390 & …; pkill redis-server`.
    pub(super) fn put_in_background(&self, call: &Call<'a>) -> bool {
        let Some(name) = call.fields("pattern").next().and_then(|field| field.val.lit()) else { return false };
        let listed = |list: &'static str, word: &str| self.know.lists().has(list, word);
        if !listed("started-beside", name) {
            return false;
        }
        let script = self.facts.sources.first().map_or("", |source| source.text);
        self.facts.calls.iter().any(|before| {
            // One beside the machine's own has a place of its own.
            let apart = |word: &Field<'a>| word.val.lit().is_some_and(|text| listed("place-of-its-own", text));
            let started = before.program == name && before.words.iter().any(apart) && before.span.source == 0;
            let rest = script.get(before.span.end as usize..).filter(|_| started).unwrap_or("");
            let rest = &rest[..rest.find(['\n', ';', '|']).unwrap_or(rest.len())];
            // `> log 2>&1 &`
            rest.match_indices('&').any(|(at, _)| {
                let around = |byte: Option<&u8>| matches!(byte, Some(b'&' | b'>'));
                let bytes = rest.as_bytes();
                !around(bytes.get(at + 1)) && !around(at.checked_sub(1).and_then(|before| bytes.get(before)))
            })
        })
    }
}
