//! `echo` and `printf`: what they print (bash(1), "SHELL BUILTIN COMMANDS").

use crate::facts::analysis::Analysis;
use crate::facts::shell;
use crate::facts::value::{Builder, Data, Field, Seg, Shape, Sink, Taint, Val};
use crate::limits;

impl<'a> Analysis<'a> {
    /// `echo` and `printf`.
    pub fn echo(&mut self, name: &str, args: &'a [Field<'a>], out: &mut Sink<'a>) {
        let mut args = args;
        let mut newline = true;
        let mut escapes = false;
        let mut format = None;
        if name == "echo" {
            while let Some(text) = args.first().and_then(|f| f.val.lit()) {
                if text.len() < 2
                    || !text.starts_with('-')
                    || !text[1..].bytes().all(|b| matches!(b, b'n' | b'e' | b'E'))
                {
                    break;
                }
                newline &= !text.contains('n');
                escapes |= text.contains('e');
                args = &args[1..];
            }
        } else {
            if let Some(attached) = args.first().and_then(|f| f.val.lit()?.strip_prefix("-v")) {
                // `printf -vx`, `printf -v x`
                let (variable, behind) = match attached {
                    "" => (args.get(1).and_then(|f| f.val.lit()), 2),
                    name => (Some(name), 1),
                };
                if variable.is_none()
                    && let Some(name) = args.get(behind - 1)
                {
                    self.read_again(name.val);
                }
                if let Some(variable) = variable {
                    let mut sink = Sink::new();
                    self.echo("printf", args.get(behind..).unwrap_or(&[]), &mut sink);
                    let val = sink.data(self.bump).text.unwrap_or(Val::EMPTY);
                    // The first element of an array is what its name stands for.
                    let variable = variable.strip_suffix("[0]").unwrap_or(variable);
                    self.set_variable(variable, val);
                    self.setting(variable, val, args[0].span, None);
                }
                return;
            }
            if args.first().and_then(|f| f.val.lit()) == Some("--") {
                args = &args[1..];
            }
            format = args.first().map(|f| f.val);
            args = args.get(1..).unwrap_or(&[]);
        }
        let mut builder = Builder::default();
        match format {
            Some(Val::Lit(format)) => self.printf(format, args, &mut builder),
            Some(other) => {
                builder.push(self.bump, self.spelled(other));
                for field in args {
                    builder.push(self.bump, field.val);
                }
            }
            None => {
                for (index, field) in args.iter().enumerate() {
                    if index > 0 {
                        builder.push_lit(" ");
                    }
                    match field.val {
                        Val::Lit(text) if escapes => {
                            builder.push_lit(shell::decode(self.bump, text, false));
                        }
                        other => builder.push(self.bump, other),
                    }
                }
                if newline {
                    builder.push_lit("\n");
                }
            }
        }
        out.push(Data::known(builder.done(self.bump)));
    }

    /// A format in which a letter's number is not known (`printf "\\$(stat -c %a f)"`): what it prints is put together so
    /// that nobody can read it.
    fn spelled(&self, format: Val<'a>) -> Val<'a> {
        let Val::Text(segs) = format else { return format };
        let mut out = segs.to_vec();
        for at in 1..out.len() {
            if let (Seg::Lit(before), Seg::Hole(mut hole)) = (out[at - 1], out[at])
                && begins_letter(before)
            {
                hole.taint |= Taint::REWORKED;
                out[at] = Seg::Hole(hole);
            }
        }
        Val::Text(self.bump.alloc_slice_copy(&out))
    }

    fn printf(&self, format: &'a str, args: &[Field<'a>], builder: &mut Builder<'a>) {
        let format: &'a str = shell::decode(self.bump, format, true);
        let mut args = args.iter();
        // The format is used again while arguments are left.
        for _ in 0..limits::CALLS {
            let mut rest = format;
            let mut used = false;
            while let Some(at) = rest.find('%') {
                let before = &rest[..at];
                builder.push_lit(before);
                rest = &rest[at + 1..];
                let skip = rest
                    .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | '*' | '+' | ' ' | '#' | '\'')))
                    .unwrap_or(rest.len());
                // How long a number is says nothing of a text: `%ls`.
                let long = rest[skip..].bytes().take_while(|byte| b"hlLjzt".contains(byte)).count();
                let skip = skip + long;
                let conversion = rest[skip..].chars().next().unwrap_or('%');
                // A width or a precision that is an argument of its own.
                let stars = rest[..skip].bytes().filter(|byte| *byte == b'*').count();
                let given = args.by_ref().take(stars).last().and_then(|field| field.val.lit()?.parse::<usize>().ok());
                let precision = given.filter(|_| rest[..skip - long].ends_with(".*")).or_else(|| {
                    rest[..skip - long].split_once('.').and_then(|(_, n)| format!("0{n}").parse::<usize>().ok())
                });
                rest = rest.get(skip + conversion.len_utf8()..).unwrap_or("");
                match conversion {
                    '%' => builder.push_lit("%"),
                    // A time, as strftime(3) writes it.
                    '(' => {
                        used = true;
                        args.next();
                        let (time, after) = rest.split_once(")T").unwrap_or((rest, ""));
                        rest = after;
                        if time.contains('%') {
                            builder.push(self.bump, Val::hole(self.bump, "a time", Shape::Plain, Taint::NONE));
                        } else {
                            builder.push_lit(time);
                        }
                    }
                    _ => {
                        used = true;
                        match args.next().map(|f| f.val) {
                            Some(Val::Lit(text)) if conversion == 'q' => {
                                builder.push_lit(self.bump.alloc_str(&with_backslashes(text)));
                            }
                            Some(Val::Lit(text)) if conversion == 'b' => {
                                builder.push_lit(shell::decode(self.bump, text, false));
                            }
                            Some(Val::Lit(text)) if matches!(conversion, 'x' | 'X' | 'o') => {
                                let shown = text.parse::<i64>().map_or_else(
                                    |_| text.to_owned(),
                                    |n| match conversion {
                                        'x' => format!("{n:x}"),
                                        'X' => format!("{n:X}"),
                                        _ => format!("{n:o}"),
                                    },
                                );
                                builder.push_lit(self.bump.alloc_str(&shown));
                            }
                            Some(Val::Lit(text)) if conversion == 'c' || conversion == 's' && precision.is_some() => {
                                let kept = if conversion == 'c' { 1 } else { precision.unwrap_or(1) };
                                let end = text.char_indices().nth(kept).map_or(text.len(), |(at, _)| at);
                                builder.push_lit(&text[..end]);
                            }
                            Some(val @ Val::Text(_)) if conversion == 'b' => {
                                builder.push(self.bump, self.spelled(val));
                            }
                            Some(val) if !matches!(val, Val::Lit(_)) && begins_letter(before) => {
                                let taint = val.taint() | Taint::REWORKED;
                                builder.push(self.bump, Val::hole(self.bump, val.show(self.bump), Shape::Any, taint));
                            }
                            Some(val) => builder.push(self.bump, val),
                            None => {}
                        }
                    }
                }
            }
            builder.push_lit(rest);
            if !used || args.as_slice().is_empty() {
                break;
            }
        }
    }
}

/// A text as bash writes it to be read again: a backslash before each sign that means something.
fn with_backslashes(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c);
    if text.is_empty() || text.contains('\n') {
        return shell_words::quote(text).into_owned();
    }
    text.chars().flat_map(|c| [(!plain(c)).then_some('\\'), Some(c)]).flatten().collect()
}

/// Whether what follows is the number of a letter: `\\`, `\\0`, `\\x` (printf(1)).
fn begins_letter(before: &str) -> bool {
    ["\\", "\\0", "\\x", "\\u"].iter().any(|escape| before.ends_with(escape))
}
