//! Names, paths and numbers that programs make of their words.

use crate::facts::analysis::Analysis;
use crate::facts::value::{Data, Shape, Taint, Val};
use crate::facts::{Call, Operand};
use crate::limits;

impl<'a> Analysis<'a> {
    /// seq(1)
    pub(super) fn numbers(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        let numbers: Vec<i64> = call.operands.iter().filter_map(|o| o.field.val.lit()?.parse().ok()).collect();
        let (from, to) = match numbers.as_slice() {
            [to] => (1, *to),
            [from, to] | [from, _, to] => (*from, *to),
            _ => return None,
        };
        if to - from > limits::VALUES as i64 || numbers.len() == 3 {
            return Some(Data { shape: Shape::Plain, ..Data::unknown("numbers", Taint::NONE) });
        }
        let format = call.fields("-f").next().and_then(|f| f.val.lit());
        let line = |n: i64| match format.and_then(|format| Some((format, format.find('%')?))) {
            Some((format, at)) => {
                let rest = &format[at + 1..];
                let end = rest.find(['g', 'f', 'e', 'G', 'E']).map_or(rest.len(), |end| end + 1);
                format!("{}{n}{}\n", &format[..at], &rest[end..])
            }
            None => format!("{n}\n"),
        };
        let text: String = (from..=to).map(line).collect();
        Some(Data::known(Val::Lit(self.bump.alloc_str(&text))))
    }

    /// basename(1), dirname(1).
    pub(super) fn part_of_path(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        let operand = call.operands.first()?.field.val;
        let base = call.program == "basename";
        let suffix = call.operands.get(1).and_then(|o| o.field.val.lit());
        let name = |text: &'a str| {
            let trimmed = text.trim_end_matches('/');
            let result = match trimmed.rsplit_once('/') {
                // Of the root, the folder and the name are the root.
                None if trimmed.len() < text.len() => "/",
                Some((_, name)) if base => name,
                Some((dir, _)) => {
                    if dir.is_empty() {
                        "/"
                    } else {
                        dir
                    }
                }
                None if base => trimmed,
                None => ".",
            };
            suffix.and_then(|suffix| result.strip_suffix(suffix)).unwrap_or(result)
        };
        let known: Option<Vec<Val<'a>>> = operand.each().map(|one| Some(Val::Lit(name(one.lit()?)))).collect();
        match known {
            Some(known) => Some(Data::known(Val::set(self.bump, &known))),
            _ if base => {
                let taint = operand.taint().without(Taint::OWN_SCRIPT);
                Some(Data { shape: Shape::Below, ..Data::unknown("", taint) })
            }
            _ => Some(Data { shape: Shape::NonEmpty, ..Data::unknown("", operand.taint()) }),
        }
    }

    /// realpath(1), readlink(1).
    pub(super) fn whole_path(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        let operand = call.operands.last()?.field.val;
        let whole = |one: Val<'a>| {
            let known = one.lit().and_then(|text| self.absolute(text)).map(Val::Lit);
            known.unwrap_or_else(|| Val::hole(self.bump, "", Shape::NonEmpty, one.taint()))
        };
        match operand {
            Val::Text(_) => Some(Data { shape: Shape::NonEmpty, ..Data::unknown("", operand.taint()) }),
            several => {
                let each: Vec<Val<'a>> = several.each().map(whole).collect();
                Some(Data::known(Val::set(self.bump, &each)))
            }
        }
    }

    /// which(1), whereis(1).
    pub(super) fn places_of_programs(&mut self, call: &Call<'a>) -> Option<Data<'a>> {
        let named = call.program == "whereis";
        let place = |operand: &Operand<'a>| {
            let program = operand.field.val.lit()?;
            let path = self.where_it_lies(program);
            Some(if named { format!("{program}: {path}") } else { path.to_owned() })
        };
        let lines: Vec<String> = call.operands.iter().map(place).collect::<Option<_>>()?;
        (!lines.is_empty()).then(|| Data::known(Val::Lit(self.bump.alloc_str(&lines.join("\n")))))
    }
}
