//! What sed, awk and jq put around lines that are not known, where what they are made of is: `find ~ | sed 's/^/rm /' | sh`.

use super::awk::{self, Item};
use super::{jq, sed};
use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::value::{Builder, Data, Seg, Shape, Taint, Val};

/// Stands in a script for a part of it that is not known.
const UNKNOWN: char = '\u{1}';

impl<'a> Analysis<'a> {
    /// What `sed 's/^/rm /'` prints of a line.
    pub(super) fn put_around_by_sed(&self, call: &Call<'a>, lines: &Data<'a>) -> Option<Data<'a>> {
        let line = self.any_line(lines)?;
        let script = call.fields("-e").next().or_else(|| call.operands.first().map(|o| o.field))?;
        // It changes no line without one of these.
        let changes = script.val.lit().is_none_or(|text| text.contains(['s', 'a', 'i', 'c', 'y']));
        if call.fields("-e").count() > 1 || !changes {
            return None;
        }
        let text: String = script.val.segs(self.bump).iter().fold(String::new(), |text, seg| match seg {
            Seg::Lit(part) => text + part,
            Seg::Hole(_) => text + UNKNOWN.encode_utf8(&mut [0; 4]),
        });
        let extended = call.options.iter().any(|o| o.is("-E") || o.is("-r"));
        let made = sed::of_each(&text, extended)?;
        if made.chars().eq([sed::LINE]) {
            return None;
        }
        let mut holes = script.val.segs(self.bump).iter().filter(|seg| matches!(seg, Seg::Hole(_)));
        let mut builder = Builder::default();
        for part in made.split_inclusive([UNKNOWN, sed::LINE, sed::PART]) {
            builder.push_lit(self.bump.alloc_str(part.trim_end_matches([UNKNOWN, sed::LINE, sed::PART])));
            match part.chars().next_back() {
                Some(UNKNOWN) => builder.push(self.bump, Val::Text(std::slice::from_ref(holes.next()?))),
                Some(sed::LINE) => builder.push(self.bump, line),
                Some(sed::PART) => {
                    builder.push(self.bump, Val::hole(self.bump, "a part", Shape::NonEmpty, lines.taint));
                }
                _ => {}
            }
        }
        builder.push_lit("\n");
        Some(Data { text: Some(builder.done(self.bump)), ..*lines })
    }

    /// What `awk '{print "rm " $0}'` prints of a line.
    pub(super) fn put_around_by_awk(&self, program: &'a str, lines: &Data<'a>) -> Option<Data<'a>> {
        let line = self.any_line(lines)?;
        let items = awk::of_each(program)?;
        let says = |item: &Item<'_>| matches!(item, Item::Text(text) if text.contains(|c: char| !c.is_whitespace()));
        if !items.iter().any(says) {
            return None;
        }
        let mut builder = Builder::default();
        for item in &items {
            match item {
                Item::Text(text) => builder.push_lit(self.bump.alloc_str(text)),
                Item::Field(_) | Item::Last | Item::Number => builder.push(self.bump, line),
            }
        }
        Some(Data { text: Some(builder.done(self.bump)), ..*lines })
    }

    /// What `jq -r '.[] | "rm " + .path'` prints of a value, and `"rm \(.path)"`.
    pub(super) fn put_around_by_jq(&self, filter: &'a str, lines: &Data<'a>) -> Option<Data<'a>> {
        let value = self.any_line(lines)?;
        let pieces = jq::text_of_each(filter)?;
        let mut builder = Builder::default();
        for piece in &pieces {
            match piece {
                Some(text) => builder.push_lit(self.bump.alloc_str(text)),
                None => builder.push(self.bump, value),
            }
        }
        builder.push_lit("\n");
        Some(Data { text: Some(builder.done(self.bump)), ..*lines })
    }

    /// What any line of a text is worth that is not known; none of what comes from elsewhere, which is judged by that.
    fn any_line(&self, lines: &Data<'a>) -> Option<Val<'a>> {
        let elsewhere = Taint(Taint::NETWORK.0 | Taint::DECODED.0 | Taint::SECRET.0 | Taint::REWORKED.0);
        match lines.text {
            _ if lines.inherited || lines.taint.has(elsewhere) => None,
            Some(names) if lines.source == "names" => Some(names),
            Some(_) => None,
            None => Some(Val::hole(self.bump, lines.named("a line"), lines.shape, lines.taint)),
        }
    }
}
