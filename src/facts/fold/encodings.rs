//! Encodings that are undone, and bytes that are taken apart.

use super::{decode, has};
use crate::facts::analysis::Analysis;
use crate::facts::program::by_value::is_given_away;
use crate::facts::targets::Look;
use crate::facts::targets::paths::{self, core};
use crate::facts::value::{Data, Shape, Taint, Val};
use crate::facts::{Call, Opt};

impl<'a> Analysis<'a> {
    /// base64(1), base32(1).
    pub(super) fn based(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = self.input_of(call, stdin);
        let decode = call.program == "b64decode" || has(call, "-d") || has(call, "-D");
        if !decode {
            let hidden = if self.hides_nothing(call, &data) { Taint::NONE } else { Taint::ENCODED };
            return Some(Data { text: None, shape: Shape::Plain, taint: data.taint | hidden, ..data });
        }
        let decode = if call.program == "base32" { decode::base32 } else { decode::base64 };
        let folded = self.mapped(data, &decode);
        folded.or(Some(Data { text: None, taint: data.taint | Taint::DECODED, ..data }))
    }

    /// Whether what is encoded is nobody's secret: a text that is known, or one file of the project that is named
    /// (`https://mermaid.ink/img/$(base64 -w0 diagram.mmd)`).
    fn hides_nothing(&mut self, call: &Call<'a>, data: &Data<'a>) -> bool {
        // What a name server is asked comes from whoever has something to hide.
        let script = self.facts.sources.first().map_or("", |source| source.text);
        if call.program != "base64" || self.know.lists().named_in("looks-up-names", script) {
            return false;
        }
        let secret = Taint(Taint::SECRET.0 | Taint::SECRET_VARIABLE.0 | Taint::PRIVATE.0);
        if data.taint.has(secret) {
            return false;
        }
        if let Some(text) = data.text
            && text.each().all(|one| one.lit().is_some())
        {
            // A token is one in these letters, too.
            return !text.each().filter_map(|one| one.lit()).any(|one| is_given_away(self.know.lists(), one, ""));
        }
        let mut files = call.fields("path");
        let named = match files.next() {
            Some(file) if file.val.lit() != Some("-") => file.val.lit().filter(|_| !file.glob),
            // `base64 < diagram.mmd`
            _ => Some(data.source).filter(|_| data.taint.has(Taint::WORKSPACE) && !data.inherited),
        };
        // One file: not what a command prints of all of them.
        let named = named.filter(|path| paths::base_name(path).contains('.') && !path.contains([' ', '*', '?', '[']));
        let Some(path) = named.filter(|_| files.next().is_none()) else { return false };
        let kept = self.know.classes().of(["secret", "env-file", "history"]);
        let classes = self.path_target(Val::Lit(path), Look::Not).classes;
        classes & core::WORKSPACE != 0 && classes & (kept | core::WORKSPACE_ROOT) == 0
    }

    /// What comes out of a file that nobody reads as it lies there: a dump as well as a script, so that only a shell that
    /// runs it counts. One that is called a script hides nothing (`install.sh.gz`), nor does one whose text is known.
    pub(super) fn expanded(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = self.input_of(call, stdin);
        let named = call.fields("path").next().map_or(Some(data.source), |file| file.val.lit());
        if data.text.is_some() || named.is_some_and(|name| paths::base_name(name).contains(".sh")) {
            return None;
        }
        Some(Data { text: None, inherited: false, taint: data.taint | Taint::REWORKED, ..data })
    }

    /// `openssl base64 -d`, `openssl enc -d`.
    pub(super) fn opened_by_openssl(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = match call.fields("-in").next() {
            Some(file) => Data { inherited: false, ..self.file_data(file.val, file.span, false) },
            None => self.input_of(call, stdin),
        };
        let verb = call.operands.first().and_then(|o| o.field.val.lit());
        // A cipher makes something else of it.
        let plain = |o: &Opt<'_>| ["-d", "-a", "-A", "-base64", "-in", "-out"].iter().any(|name| o.is(name));
        if has(call, "-d")
            && (has(call, "-base64") || has(call, "-a") || verb == Some("base64"))
            && matches!(verb, Some("base64" | "enc"))
            && call.options.iter().all(plain)
        {
            return self.mapped(data, &|t| decode::base64(t)).or(Some(Data {
                text: None,
                taint: data.taint | Taint::DECODED,
                ..data
            }));
        }
        Some(Data {
            text: None,
            taint: data.taint | if has(call, "-d") { Taint::DECODED } else { Taint::NONE },
            ..data
        })
    }

    /// `xxd -r`
    pub(super) fn read_hex(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let data = self.input_of(call, stdin);
        self.mapped(data, &|t| decode::hex(t)).or(Some(Data { text: None, taint: data.taint | Taint::DECODED, ..data }))
    }

    /// dd(1): every two bytes change their places; one that is left over stays.
    pub(super) fn swapped_bytes(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        call.fields("conv=").next().filter(|how| how.val.lit() == Some("swab"))?;
        self.mapped(*stdin, &|t| {
            let swapped = t.as_bytes().chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
            String::from_utf8(swapped).ok()
        })
    }

    /// Of one byte at a time: other sizes are hardly used to take text apart.
    pub(super) fn some_bytes(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let value = |name: &str| call.fields(name).next().and_then(|f| f.val.lit());
        let number = |name: &str| value(name).map_or(Some(None), |n| n.parse::<usize>().ok().map(Some));
        let (skip, count) = (number("skip=")?, number("count=")?);
        if (skip.is_some() || count.is_some()) && value("bs=") != Some("1") {
            return None;
        }
        let data = match call.fields("if=").next() {
            Some(file) => self.file_data(file.val, file.span, false),
            None => *stdin,
        };
        self.mapped(data, &|t| {
            let part = t.get(skip.unwrap_or(0)..).unwrap_or("");
            Some(part.get(..count.unwrap_or(part.len())).unwrap_or(part).to_owned())
        })
    }
}
