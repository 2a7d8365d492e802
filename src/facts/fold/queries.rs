//! What clients, jq and git tell of what is known.

use super::{decode, has};
use crate::facts::Call;
use crate::facts::analysis::Analysis;
use crate::facts::code::sql;
use crate::facts::value::{Data, Taint, Val};

impl<'a> Analysis<'a> {
    /// What a query prints is a statement for the next client.
    pub(super) fn printed_statement(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        let code = call.entry?.code.iter().flat_map(|spec| spec.from).flat_map(|name| call.fields(name));
        let written = code.filter_map(|field| field.val.lit()).find_map(sql::written_statement)?;
        let text = Some(Val::Lit(&*self.bump.alloc_str(&written)));
        Some(Data { text, ..Data::unknown(call.program, Taint::OPAQUE) })
    }

    /// `jq -rn '"bHM=" | @base64d'`
    pub(super) fn decoded_by_jq(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        // `jq -rn '"bHM=" | @base64d'`
        let filter = call.fields("filter").next()?.val.lit()?;
        let said = filter.trim().strip_suffix("@base64d")?.trim_end().strip_suffix('|').map(str::trim);
        let text = said
            .filter(|_| has(call, "-n") && has(call, "-r"))
            .and_then(|text| decode::base64(&serde_json::from_str::<String>(text).ok()?))
            .map(|text| Val::Lit(self.bump.alloc_str(&(text + "\n"))));
        Some(Data { text, inherited: false, taint: stdin.taint | Taint::DECODED, ..*stdin })
    }

    /// `jq -r .a.b[0]` of a text that is known, `jq -rn '"/srv"'`.
    pub(super) fn told_by_jq(&mut self, call: &Call<'a>, stdin: &Data<'a>) -> Option<Data<'a>> {
        let filter = call.fields("filter").next()?.val.lit()?;
        if has(call, "-n") {
            let said: String = serde_json::from_str(filter.trim()).ok()?;
            return Some(Data::known(Val::Lit(self.bump.alloc_str(&(said + "\n")))));
        }
        let data = self.input_of(call, stdin);
        self.mapped(data, &|t| members(t, filter)).or_else(|| self.put_around_by_jq(filter, &data))
    }

    /// `jq -n '{a: "b"}'`
    pub(super) fn made_by_jq(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        // Its program, or what stands in it, from elsewhere.
        let more = call.options.iter().any(|o| o.spelled.starts_with("--arg") || o.is("-f") || o.is("--from-file"));
        let filter = call.fields("filter").next().filter(|_| !more)?.val.lit()?;
        let made = made_of_texts(filter, has(call, "-c") || has(call, "--compact-output"))?;
        Some(Data::known(Val::Lit(self.bump.alloc_str(&made))))
    }

    /// What the script itself set: `git config sync.target https://…`.
    pub(super) fn setting_of_git(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        let name = call.fields("name").next()?.val.lit()?;
        if call.fields("value").next().is_some() {
            return None;
        }
        let value = self.state.file(&format!("git {name}"))?.data.text?.lit()?;
        Some(Data::known(Val::Lit(self.bump.alloc_str(&format!("{value}\n")))))
    }
}

/// What a filter of jq prints that makes an object or a list of nothing but what it says: `{a: "b"}`.
fn made_of_texts(filter: &str, compact: bool) -> Option<String> {
    let filter = filter.trim();
    if !(filter.starts_with('{') && filter.ends_with('}') || filter.starts_with('[') && filter.ends_with(']')) {
        return None;
    }
    let mut out = String::with_capacity(filter.len() + 16);
    let mut rest = filter;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '"' => {
                // jq's `"\(.a)"`, which is made of what is not known, is no text of JSON.
                let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                texts.next()?.ok()?;
                let end = texts.byte_offset();
                out.push_str(&rest[..end]);
                end
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                match &rest[..end] {
                    word @ ("true" | "false" | "null") => out.push_str(word),
                    name if rest[end..].trim_start().starts_with(':') => {
                        out.push('"');
                        out.push_str(name);
                        out.push('"');
                    }
                    _ => return None,
                }
                end
            }
            '{' | '}' | '[' | ']' | ':' | ',' | '-' | '.' | '0'..='9' | ' ' | '\n' | '\t' => {
                out.push(c);
                c.len_utf8()
            }
            _ => return None,
        };
        rest = &rest[taken..];
    }
    // As jq prints it.
    let made: serde_json::Value = serde_json::from_str(&out).ok()?;
    let printed = if compact { serde_json::to_string(&made) } else { serde_json::to_string_pretty(&made) };
    Some(printed.ok()? + "\n")
}

/// The texts and numbers that a plain path of jq (`.a.b[0]`, `.dirs[]`) names in a JSON text, each in a line; none if it
/// names something else, too.
fn members(json: &str, filter: &str) -> Option<String> {
    let whole: serde_json::Value = serde_json::from_str(json.trim()).ok()?;
    let mut values = vec![&whole];
    for part in filter.strip_prefix('.')?.split(['.', '[']).filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches(']').trim_matches('"');
        values = match (part, name.parse::<usize>()) {
            ("]", _) => values.into_iter().filter_map(|value| value.as_array()).flatten().collect(),
            (_, Ok(at)) => values.into_iter().filter_map(|value| value.get(at)).collect(),
            (_, Err(_)) => values.into_iter().filter_map(|value| value.get(name)).collect(),
        };
    }
    let line = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(format!("{text}\n")),
        serde_json::Value::Number(number) => Some(format!("{number}\n")),
        _ => None,
    };
    values.into_iter().map(line).collect::<Option<String>>().filter(|text| !text.is_empty())
}
