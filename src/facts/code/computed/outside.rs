//! What a program asks of something from elsewhere: what its library only computes is known, all else is written down.

use std::rc::Rc;

use super::operations::{below, quoted};
use super::reader::{expression, program};
use super::run::{Arguments, Flow, LONGEST, Machine};
use super::values::{Outside, Scope, Value};
use crate::facts::fold::decode;

impl<'a> Machine<'a, '_> {
    /// A method of something from elsewhere.
    pub(super) fn ask_outside(
        &mut self,
        outside: &Rc<Outside>,
        name: &'a str,
        mut given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let of = Value::Outside(outside.clone());
        if let Some(by) = outside.made_by {
            if let Some(value) = self.written(by, name, &given).or_else(|| self.part_read(self.read_whole(&of)?, name))
            {
                return value;
            }
            // `Popen(["sh"], stdin=PIPE).communicate(b"…")`, `spawn("sh").stdin.write("…")`
            let input = given.named("input").cloned().unwrap_or_else(|| given.first());
            let shell = matches!(name, "communicate" | "write" | "end" | "writelines");
            if shell && let (Value::Text(_) | Value::Bytes(_), Some(start)) = (&input, started(&outside.code)) {
                let run = match self.javascript() {
                    true => "child_process.execFileSync",
                    false => "subprocess.run",
                };
                let input = self.rendered(&input, 0);
                let start = start.to_owned();
                if let Some(before) = self.made.get_mut(by) {
                    before.surpassed = true;
                }
                let code = match self.javascript() {
                    true => format!("{run}({start}, {{input: {input}}})"),
                    false => format!("{run}({start}, input={input})"),
                };
                return self.made(code, true);
            }
        }
        if name == "__call__" {
            given.computed = true;
            return self.call(&of, given, scope);
        }
        if self.javascript() && outside.code != "Reflect" {
            let rest = |given: &Arguments<'a>| given.places.iter().skip(1).cloned().collect::<Vec<_>>();
            match name {
                "call" => return self.call(&of, Arguments::of(rest(&given)), scope),
                "apply" => return self.call(&of, Arguments::of(given.at(1).each().unwrap_or_default()), scope),
                "bind" => return Value::Partial(Rc::new((of, rest(&given)))),
                // A promise of it.
                "then" if outside.made_by.is_none() => {
                    return self.call(&given.first(), Arguments::of(vec![of]), scope);
                }
                _ => {}
            }
        }
        given.computed |= outside.made_by.is_some();
        match self.member(&of, name) {
            Value::Outside(member) => self.call_outside(&member, given, scope),
            other => self.call(&other, given, scope),
        }
    }

    /// What is written into a file that was opened: it counts as one call.
    pub(super) fn written(&mut self, by: usize, name: &str, given: &Arguments<'a>) -> Option<Value<'a>> {
        let made = self.made.get(by)?;
        let opened =
            made.code.starts_with("open(") || made.code.contains(".open(") || made.code.starts_with("io.open(");
        if !opened || !matches!(name, "write" | "writelines" | "close" | "flush") {
            return None;
        }
        let text = match (name, given.first()) {
            ("close" | "flush", _) => return Some(Value::Nothing),
            ("writelines", Value::List(list)) => {
                let all = list.borrow().clone();
                self.joined("", &all).as_text()
            }
            (_, Value::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).ok().map(Into::into),
            (_, value) => value.as_text(),
        };
        // What is not known is for those to tell who read the program as it is.
        let Some(text) = text else { return Some(Value::Nothing) };
        let made = self.made.get_mut(by)?;
        made.computed |= given.computed;
        let content = made.content.get_or_insert_default();
        if content.len() + text.len() <= LONGEST {
            content.push_str(&text);
        }
        // `open("x", "w")`
        let path = made.code.split_once("open(\"").and_then(|(_, rest)| rest.split_once('"'));
        if let Some((path, _)) = path.filter(|(_, mode)| !mode.contains("\"a")) {
            let (path, content) = (path.to_owned(), content.clone());
            self.writes(&path, &content);
        }
        Some(Value::Nothing)
    }

    /// What is read of a file that the script wrote, or of the input: `open("x").read()`.
    pub(super) fn part_read(&mut self, text: &'a str, name: &str) -> Option<Value<'a>> {
        Some(match name {
            "read" | "read_text" | "readFileSync" => Value::text(text),
            "readline" => Value::text(text.split_inclusive('\n').next().unwrap_or_default()),
            "readlines" => self.list(text.split_inclusive('\n').map(Value::text).collect()),
            _ => return None,
        })
    }

    /// What a folder is asked for: whatever there is below it.
    fn names_below(&mut self, code: &str, given: &Arguments<'a>) -> Option<Value<'a>> {
        let text = given.first().as_text();
        let any = |pattern: &str| Value::Any(pattern.into());
        let found = match code {
            "os.listdir" | "fs.readdirSync" | "fs.promises.readdir" if given.places.len() < 2 => any("*"),
            "os.scandir" => Value::Path(below(&text?, "*").into()),
            "glob.glob" | "glob.iglob" | "fs.globSync" => any(&text?),
            "os.walk" => {
                let all = || Value::list(vec![any("*")]);
                Value::list(vec![Value::text(text?), all(), all()])
            }
            _ => return None,
        };
        self.exact = false;
        Some(Value::list(vec![found]))
    }

    pub(super) fn call_outside(
        &mut self,
        outside: &Rc<Outside>,
        given: Arguments<'a>,
        scope: &Rc<Scope<'a>>,
    ) -> Value<'a> {
        let code = &*outside.code;
        if outside.made_by.is_none() {
            if let Some(found) = self.names_below(code, &given) {
                return found;
            }
            let found = match self.javascript() {
                true => self.library_of_javascript(code, &given, scope),
                false => self.library_of_python(code, &given, scope),
            };
            if let Some(value) = found {
                return value;
            }
        }
        if let ("fs.writeFileSync" | "fs.writeFile", Some(path), Some(text)) =
            (code, given.first().as_text(), given.at(1).as_text())
        {
            self.writes(&path, &text);
        }
        self.starts_functions(code, &given, scope);
        if !given.places.first().is_none_or(|first| self.is_known(first, 0)) {
            self.exact = false;
            return Value::Unknown;
        }
        let all = given.places.iter().chain(given.named.iter().map(|(_, value)| value));
        let known = all.filter(|value| !matches!(value, Value::Function(_))).all(|value| self.is_known(value, 0));
        self.exact &= known;
        let made = self.with_arguments(code, &given);
        // Whether a program starts itself without end depends on what it asks before.
        if !self.exact && ["__filename", "__file__", "argv[0]", "argv[1]"].iter().any(|own| made.contains(own)) {
            return Value::Unknown;
        }
        let text = made.len() > code.len() + 2;
        let given_on = given.places.iter().filter_map(|value| match value {
            Value::Outside(outside) => outside.made_by,
            _ => None,
        });
        for by in given_on.chain(outside.made_by) {
            if let Some(before) = self.made.get_mut(by) {
                before.surpassed = before.content.is_none();
            }
        }
        self.made(made, given.computed && text)
    }

    /// Whether nothing in a value is unknown.
    fn is_known(&self, value: &Value<'a>, depth: u32) -> bool {
        match value {
            Value::Unknown => false,
            // Which of them it is says a condition that nobody knows: of a folder that is named from the root, whichever.
            Value::Any(pattern) => self.chosen == 0 || pattern.starts_with('/') && pattern.matches('/').count() > 1,
            Value::Path(pattern) if pattern.contains('*') && !pattern.starts_with('/') => self.chosen == 0,
            // What a property gives, and what an object is as a text, is not asked.
            Value::Function(_) | Value::Method(_) | Value::Partial(_) | Value::Object(_) | Value::Class(_) => false,
            Value::Iterator(_) => false,
            Value::List(_) | Value::Table(_) if depth > 4 => false,
            Value::List(list) => list.borrow().iter().all(|each| self.is_known(each, depth + 1)),
            _ => true,
        }
    }

    pub(super) fn with_arguments(&self, code: &str, given: &Arguments<'a>) -> String {
        let mut all: Vec<_> = given.places.iter().map(|value| self.rendered(value, 0)).collect();
        // What a file holds that the script wrote is what is read there.
        let input = |name: &str, value| self.read_whole(value).filter(|_| name == "stdin").map(quoted);
        // The whole environment goes on to what is started, said or not.
        let handed_on =
            |value: &Value<'_>| matches!(value, Value::Outside(o) if matches!(&*o.code, "os.environ" | "environ"));
        let said = given.named.iter().filter(|(name, value)| !(&**name == "env" && handed_on(value)));
        let named = said.map(|(name, value)| match (self.javascript(), input(name, value)) {
            (true, _) => self.rendered(value, 0),
            (false, Some(input)) => format!("input={input}"),
            (false, None) => format!("{name}={}", self.rendered(value, 0)),
        });
        all.extend(named);
        format!("{code}({})", all.join(", "))
    }

    /// Functions that are handed to something from elsewhere are called by it.
    fn starts_functions(&mut self, code: &str, given: &Arguments<'a>, scope: &Rc<Scope<'a>>) {
        let last = code.rsplit('.').next().unwrap_or(code);
        let callable = |value: &Value<'_>| {
            matches!(value, Value::Function(_) | Value::Partial(_) | Value::Method(_) | Value::Outside(_))
        };
        // `Thread(target=f, args=(x,))`
        if let Some(target) = given.named("target").filter(|target| callable(target)).cloned() {
            let args = given.named("args").and_then(Value::each).unwrap_or_default();
            self.call(&target, Arguments::of(args), scope);
            return;
        }
        // What is called later, and with what.
        let later = match (last, self.javascript()) {
            ("setTimeout" | "setInterval", true) => Some((0, given.places.get(2..).unwrap_or_default().to_vec())),
            ("setImmediate" | "nextTick" | "queueMicrotask", true) => {
                Some((0, given.places.get(1..).unwrap_or_default().to_vec()))
            }
            ("call_later" | "call_at", false) => Some((1, given.places.get(2..).unwrap_or_default().to_vec())),
            ("Timer", false) => {
                let args = given.places.get(2).or(given.named("args")).and_then(Value::each);
                Some((1, args.unwrap_or_default()))
            }
            _ => None,
        };
        if let Some((place, args)) = later
            && callable(&given.at(place))
        {
            self.call(&given.at(place), Arguments::of(args), scope);
            return;
        }
        let first = given.first();
        if !self.javascript() && callable(&first) && given.places.len() > 1 {
            match (last, given.at(1).each()) {
                ("map" | "imap" | "imap_unordered" | "starmap" | "map_async", Some(all)) => {
                    for each in all {
                        let args = match (last, each.each()) {
                            ("starmap", Some(args)) => args,
                            _ => vec![each],
                        };
                        self.call(&first, Arguments::of(args), scope);
                    }
                    return;
                }
                (
                    "submit" | "apply" | "apply_async" | "call_soon" | "register" | "run_in_executor" | "to_thread",
                    _,
                ) => {
                    let args = given.places[1..].to_vec();
                    self.call(&first, Arguments::of(args), scope);
                    return;
                }
                _ => {}
            }
        }
        self.call_back(given, scope);
    }

    /// What a document of YAML says.
    pub(super) fn document(&mut self, text: &str) -> Option<Value<'a>> {
        if !self.work(text.len()) {
            return None;
        }
        let document: serde_json::Value = serde_saphyr::from_str(text).ok()?;
        Some(of_document(&document, 0))
    }

    /// Code that a text holds.
    pub(super) fn runs_text(&mut self, text: &str, scope: &Rc<Scope<'a>>) -> Option<Value<'a>> {
        let text: &'a str = self.bump.alloc_str(text.trim());
        if !self.work(text.len()) {
            return None;
        }
        self.within += 1;
        let value = match expression(text, self.language) {
            Some(value) => Some(self.eval(&value, scope)),
            None => {
                program(text, self.language).filter(|body| !body.is_empty()).map(|body| match self.run(&body, scope) {
                    Flow::Return(value) => value,
                    _ => Value::Nothing,
                })
            }
        };
        self.within -= 1;
        value
    }

    /// The text of a file that the script wrote, which was opened here.
    pub(super) fn read_whole(&self, opened: &Value<'a>) -> Option<&'a str> {
        let Value::Outside(outside) = opened else { return None };
        if outside.code == "sys.stdin" {
            return self.given.input;
        }
        let path = outside.code.strip_prefix("open(\"")?.split_once('"')?.0;
        self.file(path)
    }

    pub(super) fn prints(&mut self, given: &Arguments<'a>, between: &str, end: &str) {
        let shown: Option<Vec<_>> = given.places.iter().map(|value| self.shown(value)).collect();
        let Some(shown) = shown else {
            self.printed = None;
            return;
        };
        if let Some(printed) = &mut self.printed {
            printed.push_str(&shown.join(between));
            printed.push_str(end);
            if printed.len() > LONGEST {
                self.printed = None;
            }
        }
    }

    pub(super) fn decoded(&mut self, text: &str, how: &str) -> Value<'a> {
        if text.len() > LONGEST || !self.work(text.len() / 8) {
            return Value::Unknown;
        }
        let of_text = |found: Option<String>| found.map(String::into_bytes);
        let bytes = match how {
            "base64" => decode::base64_bytes(text.trim()),
            "base32" => of_text(decode::base32(text)),
            "base85" => of_text(decode::base85(text)),
            "ascii85" => of_text(decode::ascii85(text)),
            "hex" => {
                let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                digits.chunks(2).map(|two| if two.len() == 2 { pair(two) } else { None }).collect()
            }
            _ => None,
        };
        bytes.map_or(Value::Unknown, |bytes| Value::Bytes(bytes.into()))
    }
}

/// What the call that starts a shell is given: `["sh"]` of `subprocess.Popen(["sh"], stdin=…)`.
fn started(code: &str) -> Option<&str> {
    let code = code.strip_suffix(".stdin").unwrap_or(code);
    let starts = ["Popen(", "spawn(", "create_subprocess_exec(", "create_subprocess_shell("];
    let after = starts.iter().find_map(|start| code.split_once(start)).map(|(_, after)| after)?;
    let mut level = 0_usize;
    let end = after.find(|c: char| {
        match c {
            '[' | '(' | '{' => level += 1,
            ']' | '}' => level = level.saturating_sub(1),
            ')' if level > 0 => level -= 1,
            ')' => return true,
            _ => {}
        }
        c == ',' && level == 0
    })?;
    Some(&after[..end])
}

fn of_document<'a>(document: &serde_json::Value, depth: u32) -> Value<'a> {
    match document {
        _ if depth > 32 => Value::Unknown,
        serde_json::Value::Null => Value::Nothing,
        serde_json::Value::Bool(is) => Value::Bool(*is),
        serde_json::Value::Number(number) => number.as_i64().map_or(Value::Unknown, Value::Number),
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(all) => Value::list(all.iter().map(|each| of_document(each, depth + 1)).collect()),
        serde_json::Value::Object(all) => {
            let entry = |(key, value): (&String, &serde_json::Value)| {
                (Value::text(key.as_str()), of_document(value, depth + 1))
            };
            Value::table(all.iter().map(entry).collect())
        }
    }
}
