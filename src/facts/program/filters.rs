//! Which names the filters of find, fd and their like let through: some of those below a folder, or as good as all.

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::Texts;
use crate::facts::program::expression::each_action;
use crate::facts::value::{Builder, Field, Shape, Taint, Val};
use crate::facts::{Call, Opt};

impl<'a> Analysis<'a> {
    /// `path` narrowed to names below it.
    pub fn below(&mut self, call: &Call<'a>, path: Val<'a>, filter: Texts<'_>) -> Val<'a> {
        // No folder is called so.
        if path == Val::EMPTY {
            return path;
        }
        // In the order of the filter.
        let mut found: SmallVec<[(usize, Val<'a>); 4]> = SmallVec::new();
        for option in call.options {
            let Some(field) = option.value.filter(|_| !leaves_nothing_out(option)) else { continue };
            if is_name(option.spelled) || option.names.bytes().any(is_name) {
                let named = |name: &[u8]| is_name(name) && option.is(name);
                let places = filter.bytes().enumerate().filter(|(_, name)| named(name));
                let places = places.filter(|_| !negated(call, option));
                // PowerShell's `-Include bin,obj`
                let several = field.val.lit().filter(|text| text.contains(',') && option.spelled.starts_with("-I"));
                let value = match several {
                    Some(text) => Val::set(self.bump, &text.split(',').map(Val::Lit).collect::<Vec<_>>()),
                    None => field.val,
                };
                found.extend(places.map(|(place, _)| (place, value)));
            }
        }
        // fd's pattern is an operand; as a name it is what it says.
        for (place, name) in filter.bytes().enumerate().filter(|(_, name)| !name.starts_with(b"-")) {
            let plain =
                |text: &&str| text.len() > 1 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
            let named = call.operands.iter().filter(|operand| operand.name.as_bytes() == name);
            found.extend(named.filter_map(|o| o.field.val.lit().filter(plain).map(|text| (place, Val::Lit(text)))));
        }
        found.sort_by_key(|(place, _)| *place);
        let names: SmallVec<[Val<'a>; 4]> = found.into_iter().map(|(_, val)| val).collect();
        let mut builder = Builder::default();
        builder.push_folder(self.bump, path);
        let below = Val::hole(self.bump, "…", Shape::Below, Taint::NONE);
        builder.push(self.bump, below);
        // `-path '*/build/*' -name '*.so'`: both hold, unless there is a choice.
        let choice = has_choice(call);
        if let [one, other] = names[..]
            && !choice
            && let (Some(one), Some(other)) = (one.lit(), other.lit())
            && one.contains('/') != other.contains('/')
        {
            let (place, name) = if one.contains('/') { (one, other) } else { (other, one) };
            builder.push_lit(self.bump.alloc_str(&format!("/{}/{name}", place.trim_end_matches('/'))));
            return builder.done(self.bump);
        }
        // Of a choice each side has to be by name, or any name may reach what is done.
        let by_name = |option: &Opt<'_>| is_name(option.spelled) && !leaves_nothing_out(option);
        let named = !has_choice(call) || each_action(call, &by_name);
        if !names.is_empty() && named {
            builder.push_lit("/");
            builder.push(self.bump, Val::set(self.bump, &names));
        }
        builder.done(self.bump)
    }
}

/// Whether one of the options in `filter` leaves some names out; all names but some (`! -name keep`) are still as good as all.
pub fn narrows(call: &Call<'_>, filter: Texts<'_>) -> bool {
    if filter.is_empty() {
        return false;
    }
    // All folders hold all files.
    let folders = |o: &Opt<'_>| o.is("-type") && o.value.and_then(|f| f.val.lit()) == Some("d");
    let branch = branch_start(call);
    // What find is told after `-delete` comes too late (find(1): the expression is evaluated from left to right).
    let deletes = call.options.iter().position(|o| o.spelled == "-delete").unwrap_or(call.options.len());
    // `-name '*.o' -o -name '*'`: one that leaves nothing out makes the others worth nothing.
    let everything = call.options.iter().any(|o| is_name(o.spelled) && leaves_nothing_out(o));
    // Something else may reach an action by the other side of a choice.
    let narrowing = |o: &Opt<'_>| filter.iter().any(|name| o.is(name)) && !leaves_nothing_out(o) && !folders(o);
    if has_choice(call)
        && !filter.iter().any(|name| name.contains(' ') && asks(call, name))
        && !each_action(call, &narrowing)
    {
        return false;
    }
    let by_option = |name: &str| {
        call.options.iter().take(deletes).any(|o| {
            o.is(name)
                && o.span.start >= branch
                && !(is_name(name) && (everything || negated(call, o)))
                && !(matches!(name, "-inum" | "-samefile" | "-executable" | "-lname") && negated(call, o))
                && !leaves_nothing_out(o)
                && !folders(o)
        })
    };
    // fd's pattern: `.` is in every name.
    let by_pattern = |name: &str| {
        let meant = call.operands.iter().filter(|operand| operand.name == name);
        meant.map(|operand| operand.field.val.lit()).any(|pattern| !matches!(pattern, Some("." | "" | ".*" | "*")))
    };
    filter.iter().any(|name| match name.split_once(' ') {
        Some((option, program)) => asks_first(call, option, program),
        None => by_option(name) || !name.starts_with('-') && by_pattern(name),
    })
}

/// Whether find is given more than one way to what it does: `-name a -o -delete`.
fn has_choice(call: &Call<'_>) -> bool {
    call.program == "find" && call.words.iter().any(|word| matches!(word.val.lit(), Some("-o" | "-or" | ",")))
}

fn asks(call: &Call<'_>, name: &str) -> bool {
    name.split_once(' ').is_some_and(|(option, program)| asks_first(call, option, program))
}

/// Whether a program is asked about each file before something is done to it: `-exec grep -q x {} \\; -delete`.
fn asks_first(call: &Call<'_>, option: &str, program: &str) -> bool {
    let word = |at: usize| call.words.get(at).and_then(|word| word.val.lit());
    (1..call.words.len()).filter(|at| word(*at) == Some(option) && word(at + 1) == Some(program)).any(|at| {
        let Some(end) = (at + 2..call.words.len()).find(|at| word(*at) == Some(";")) else { return false };
        let acts = |at: usize| matches!(word(at), Some("-delete" | "-exec" | "-execdir"));
        // Letters that stand for themselves, in the file at hand; nothing turned around, no other branch.
        let letters = |text: &str| {
            text.len() > 2
                && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '@'))
                && !text.starts_with('-')
        };
        let asked: Vec<&str> = (at + 2..end).filter_map(word).collect();
        let turned = at > 0 && matches!(word(at - 1), Some("!" | "-not"));
        // Links that lead nowhere.
        let links = || call.fields("-type").any(|kind| kind.val.lit() == Some("l"));
        let plain = match program {
            "test" => (turned && asked == ["-e", "{}"] || !turned && asked == ["!", "-e", "{}"]) && links(),
            _ => !turned && matches!(asked[..], ["-q" | "-l" | "-qF" | "-lq", pattern, "{}"] if letters(pattern)),
        };
        plain
            && (end + 1..call.words.len()).any(acts)
            && !(1..call.words.len()).any(|at| matches!(word(at), Some("-o" | "-or" | ",")))
    })
}

/// Where the branch of find's expression begins that deletes or runs something: `-name a -o -delete` does it to all but
/// `a`, for what stands before the last `-o` at its own level is another branch.
fn branch_start(call: &Call<'_>) -> u32 {
    let acts = |word: &Field<'_>| matches!(word.val.lit(), Some("-delete" | "-exec" | "-execdir"));
    let Some(end) = call.words.iter().position(acts) else { return 0 };
    let mut depth = 0_i32;
    for word in call.words[..end].iter().rev() {
        match word.val.lit() {
            Some(")") => depth += 1,
            Some("(") => depth -= 1,
            Some("-o" | "-or" | ",") if depth == 0 => return word.span.start,
            _ => {}
        }
    }
    0
}

/// Whether every file meets a condition: `-name '*'`, `-regex '.*'`, `-newermt 1970-01-01`, `-mtime -9999`; or every one
/// that was worked on, which leaves out nothing of worth: `-mmin -60`, `-newer .git/HEAD`, `-size +0`.
pub fn leaves_nothing_out(option: &Opt<'_>) -> bool {
    const DAYS: u32 = 3650;
    const YEAR: u32 = 2005;
    let Some(value) = option.value.and_then(|field| field.val.lit()) else { return false };
    let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
    match option.spelled.trim_start_matches('-') {
        "regex" | "iregex" => matches!(value, ".*" | ".+" | "\\./.*" | "./.*"),
        "newer" | "cnewer" => true,
        "newermt" | "newerct" | "newerat" => number(value).is_some_and(|year: u32| year < YEAR),
        "mtime" | "ctime" | "mmin" | "cmin" => value.starts_with('-'),
        "atime" => value.strip_prefix('-').and_then(number).is_some_and(|days: u32| days >= DAYS),
        "amin" => value.strip_prefix('-').and_then(number).is_some_and(|n: u32| n >= DAYS * 24 * 60),
        "size" => value.trim_end_matches(|c: char| c.is_ascii_alphabetic()) == "+0",
        "inum" | "links" => !value.bytes().all(|byte| byte.is_ascii_digit()),
        _ if is_name(option.spelled) => {
            value.bytes().all(|byte| matches!(byte, b'*' | b'/' | b'.')) && value.contains('*')
        }
        _ => false,
    }
}

/// Whether an option that filters does so by name.
fn is_name(option: impl AsRef<[u8]>) -> bool {
    let option = option.as_ref();
    option.ends_with(b"name") || option.ends_with(b"path") || matches!(option, b"-Include" | b"-Filter" | b"--include")
}

/// Whether an option of find says what is not meant: `!` stands before it, or what it finds is pruned (`-name x -prune -o …`).
pub fn negated(call: &Call<'_>, option: &Opt<'_>) -> bool {
    let Some(at) = call.words.iter().position(|word| word.span == option.span) else { return false };
    let is = |at: usize, names: [&str; 2]| {
        call.words.get(at).and_then(|word| word.val.lit()).is_some_and(|word| names.contains(&word))
    };
    let pruned = |from: usize| (from..call.words.len()).any(|at| is(at, ["-prune"; 2]) && is(at + 1, ["-o", "-or"]));
    // `! \( -name keep \)`
    let before = call.words[..at].iter().rposition(|word| word.val.lit() != Some("("));
    before.is_some_and(|before| is(before, ["!", "-not"])) || pruned(at)
}
