//! Texts and patterns.

use std::rc::Rc;

use super::super::run::{Arguments, Machine};
use super::super::values::Value;
use super::Asked;

impl<'a> Machine<'a, '_> {
    pub(super) fn texts_of_python(&mut self, asked: &Asked<'_, 'a>) -> Option<Value<'a>> {
        let Asked { code, given, scope, .. } = *asked;
        let first = asked.first.clone();
        let text = asked.text.clone();
        Some(match code {
            "str.maketrans" => self.letters_for(given),
            "str.join" | "str.replace" | "str.format" | "str.lower" | "str.upper" | "str.strip" => {
                let name: &'a str = self.bump.alloc_str(code.rsplit('.').next().unwrap_or_default());
                let rest = given.places.iter().skip(1).cloned().collect();
                self.call_member(&first, name, Arguments::of(rest), scope)
            }
            "re.compile" if given.places.len() > 1 || !given.named.is_empty() => Value::Unknown,
            "re.compile" => Value::Pattern(Rc::new((text?.to_string(), String::new()))),
            "re.sub" | "re.findall" | "re.split" => {
                let pattern = match &first {
                    Value::Pattern(pattern) => pattern.clone(),
                    _ => Rc::new((text?.to_string(), String::new())),
                };
                let most = if code == "re.sub" { 3 } else { 2 };
                match code {
                    // How often, and with which flags.
                    _ if given.places.len() > most || !given.named.is_empty() => Value::Unknown,
                    "re.sub" => {
                        let text = given.at(2).as_text()?;
                        self.replaced_by_pattern(&pattern, &text, &given.at(1), true, scope)
                    }
                    "re.findall" => self.found_by_pattern(&pattern, &given.at(1).as_text()?),
                    _ => self.split_by_pattern(&pattern, &given.at(1).as_text()?),
                }
            }
            "html.unescape" if text.as_ref().is_some_and(|text| text.contains('&')) => Value::Unknown,
            "textwrap.dedent" => {
                let text = text?;
                let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
                let lines = || text.split('\n').filter(|line| !line.trim().is_empty());
                let common = lines().map(blanks).min().unwrap_or(0);
                let cut = text.split('\n').map(|line| line.get(common.min(blanks(line))..).unwrap_or_default());
                Value::text(cut.collect::<Vec<_>>().join("\n"))
            }
            "copy.copy" | "copy.deepcopy" | "html.unescape" | "sys.intern" | "io.StringIO" | "io.BytesIO"
            | "asyncio.run" | "memoryview" | "super" => first,
            _ => return None,
        })
    }
}
