//! The data that an option or operand of a call stands for: its text, or the file that it names.

use smallvec::SmallVec;

use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{EffectSpec, Kind};
use crate::facts::targets::{Look, globs, paths};
use crate::facts::value::{Builder, Data, Field, Seg, Taint, Val, variable_name};
use crate::facts::{Call, Opt};
use crate::limits;

/// How data is named by a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) enum Source {
    /// It is the word, or the file after a leading `@`.
    Word,
    /// The word is a path.
    Path,
    /// What stands behind the first such sign is a path (`name@file` of curl's `--data-urlencode`, `FILE:path` of socat).
    After(char),
}

/// The operand or option of a `data` item, and how it names data: `file:path`, `field@`, `address:`.
pub(in crate::facts) fn source_of(item: &str) -> (&str, Source) {
    match (item.strip_prefix("file:"), item.strip_suffix(['@', ':'])) {
        (Some(name), _) => (name, Source::Path),
        (None, Some(name)) => (name, Source::After(if item.ends_with('@') { '@' } else { ':' })),
        (None, None) => (item, Source::Word),
    }
}

/// Whether the file that a `data` item means is the standard input: `install /dev/stdin x`, `curl -d @-`, `-F x=@-`.
pub(in crate::facts) fn names_stdin(call: &Call<'_>, item: &str) -> bool {
    let (name, how) = source_of(item);
    call.fields(name).filter_map(|field| field.val.lit()).any(|text| match how {
        Source::Path => is_stdin(text),
        Source::After(sign) => text.rsplit_once(sign).is_some_and(|(_, path)| is_stdin(path)),
        Source::Word => {
            let file = text.strip_prefix('@').or_else(|| Some(text.split_once("=@").or(text.split_once("=<"))?.1));
            file.is_some_and(|path| is_stdin(path.split(';').next().unwrap_or(path)))
        }
    })
}

/// Whether a path is the standard input by one of its names.
pub(in crate::facts) fn is_stdin(path: &str) -> bool {
    matches!(path, "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}

impl<'a> Analysis<'a> {
    /// The data that an option or operand stands for: its text, or the file that `@path` names.
    pub fn data_of(&mut self, call: &Call<'a>, name: &str) -> Data<'a> {
        let mut result = Data::NOTHING;
        let effects = self.facts.effects.len();
        let (name, how) = source_of(name);
        let is_path = how == Source::Path;
        // What it reads below a folder of its own is there: `tar -C ~ Documents`.
        let reads = |spec: &&EffectSpec<'_>| spec.does == Kind::Read && spec.target.contains(name);
        let base = call.entry.filter(|_| is_path).and_then(|entry| entry.effects.iter().find(reads));
        let base = base.map_or("", |spec| spec.base);
        let one_by_one = |field: Field<'a>| {
            // curl's own braces: `-T "{a,b}"` names both (curl(1), "--upload-file").
            let listed = field.val.lit().filter(|_| is_path).and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
            let each: SmallVec<[Val<'a>; 2]> = match listed {
                Some(names) => names.split(',').take(limits::VALUES).map(Val::Lit).collect(),
                None => field.val.each().collect(),
            };
            each.into_iter().map(move |val| Field { val, ..field })
        };
        for field in call.fields(name).flat_map(one_by_one) {
            let behind = if let Source::After(sign) = how { self.behind(field.val, sign) } else { None };
            let one = match behind.unwrap_or(field.val) {
                path if behind.is_some() => self.file_data(path, field.span, true),
                path @ Val::Lit(text) if is_path => {
                    let mut data = self.file_data(self.below_base(call, base, path), field.span, true);
                    data.taint |= self.of_all_that_match(text) | self.linked_below(call, path);
                    data
                }
                Val::Lit("@-" | "-") => Data { text: None, ..Data::INHERITED },
                Val::Lit(text) if text.starts_with('@') && text.len() > 1 => {
                    self.file_data(Val::Lit(&text[1..]), field.span, true)
                }
                Val::Lit(text) if text.contains("=@") || text.contains("=<") => {
                    let path = text.split_once("=@").or_else(|| text.split_once("=<")).map_or("", |(_, p)| p);
                    let path = path.split(';').next().unwrap_or(path);
                    self.file_data(Val::Lit(path), field.span, true)
                }
                Val::Text([Seg::Lit(start), rest @ ..]) if start.ends_with('@') || start.contains('@') => {
                    let mut builder = Builder::default();
                    builder.push_lit(start.rsplit_once('@').map_or("", |(_, p)| p));
                    builder.push(self.bump, Val::Text(rest));
                    let path = builder.done(self.bump);
                    let mut data = self.file_data(path, field.span, true);
                    data.taint |= field.val.taint();
                    data
                }
                val if is_path => self.file_data(val, field.span, true),
                // An address that is a secret as a whole (a webhook's) is where it goes, and nothing that goes there.
                Val::Text([Seg::Hole(_)]) if matches!(name, "url" | "--url") => Data::NOTHING,
                // The reader of a shell ends a pipeline's `${{ … }}` at the first brace.
                Val::Text([Seg::Hole(hole), Seg::Lit("}")])
                    if matches!(name, "url" | "--url") && hole.source.starts_with("${{") =>
                {
                    Data::NOTHING
                }
                val if self.goes_home(call, val, false) => Data::NOTHING,
                // A feed that a house rents, with its own token (a list in the packs says which hosts these are).
                Val::Text([Seg::Lit(_), Seg::Hole(token), Seg::Lit(host), ..])
                    if matches!(name, "-i" | "--index-url" | "--extra-index-url")
                        && token.taint == Taint::SECRET_VARIABLE
                        && host.strip_prefix('@').is_some_and(|rest| self.is_rented(paths::host_of(rest))) =>
                {
                    Data::NOTHING
                }
                val if call.program == "git" => Data::known(behind_user(val)),
                val => Data::known(val),
            };
            let taint = result.taint | one.taint;
            result = Data { taint, ..one };
        }
        // It is this call that reads them.
        let index = self.facts.calls.len().saturating_sub(1) as u32;
        for effect in self.facts.effects.iter_mut().skip(effects) {
            effect.call = index;
        }
        result
    }

    /// What the files that the script wrote hold, of those that a pattern of a program's own finds: `upload 'out/*'`.
    fn of_all_that_match(&mut self, pattern: &'a str) -> Taint {
        if !globs::is_pattern(pattern) || !self.state.has_files() {
            return Taint::NONE;
        }
        let start = globs::literal(pattern);
        let (folder, rest) = match start.rfind('/') {
            Some(at) => (&pattern[..at], &pattern[at + 1..]),
            None => (".", pattern),
        };
        let Some(folder) = self.overlay(Val::Lit(folder)) else { return Taint::NONE };
        let found = self.state.files_below(folder, limits::LOADED).into_iter();
        found.filter(|(path, _)| globs::path(rest, path)).fold(Taint::NONE, |all, (_, file)| all | file.data.taint)
    }

    /// What lies behind links that the script made in a folder: `ln -s ~/.ssh dist/x && scp -r dist host:`.
    fn linked_below(&mut self, call: &Call<'a>, folder: Val<'a>) -> Taint {
        // rsync copies links as links, unless it is told to follow them (rsync(1), "SYMBOLIC LINKS").
        let follows = |o: &Opt<'_>| {
            ["-L", "--copy-links", "-k", "--copy-dirlinks", "--copy-unsafe-links"].iter().any(|name| o.is(name))
        };
        if !self.state.has_links() || call.program == "rsync" && !call.options.iter().any(follows) {
            return Taint::NONE;
        }
        let Some(folder) = self.overlay(folder) else { return Taint::NONE };
        let links = self.state.files_below(folder, limits::LOADED).into_iter().filter(|(_, file)| file.link);
        let meant: Vec<&'a str> = links.filter_map(|(_, file)| file.same_as).take(limits::VALUES).collect();
        meant.into_iter().fold(Taint::NONE, |all, path| {
            let classes = self.path_target(Val::Lit(path), Look::Through).classes;
            all | self.class_taint(classes)
        })
    }

    /// The path behind a sign of a value; some programs know themselves what `~` is there (HTTPie).
    fn behind(&self, val: Val<'a>, sign: char) -> Option<Val<'a>> {
        match val {
            Val::Lit(text) => text.split_once(sign).map(|(_, path)| Val::Lit(self.tilde_expanded(path))),
            Val::Text([Seg::Lit(start), rest @ ..]) => {
                let (_, path) = start.split_once(sign)?;
                let mut builder = Builder::default();
                builder.push_lit(path);
                builder.push(self.bump, Val::Text(rest));
                Some(builder.done(self.bump))
            }
            _ => None,
        }
    }

    /// Whether packages come from a feed there that a house rents.
    fn is_rented(&self, host: &str) -> bool {
        globs::listed(self.know.lists(), "rented-feeds", host)
    }
}

/// An address without the user that it names: `https://bot:$TOKEN@host` is how git logs in there. What a command printed
/// is no user.
fn behind_user(val: Val<'_>) -> Val<'_> {
    // `https://$CI_USER:$CI_PASSWORD@host`: a name and its own password.
    if let Val::Text([Seg::Lit(start), Seg::Hole(user), Seg::Lit(":"), Seg::Hole(word), Seg::Lit(host), rest @ ..]) =
        val
        && start.ends_with("://")
        && host.starts_with('@')
        && word.taint == Taint::SECRET_VARIABLE
        && belongs_to(user.source, word.source)
    {
        return Val::Text(rest);
    }
    let Val::Text([Seg::Lit(start), Seg::Hole(token), Seg::Lit(host), rest @ ..]) = val else { return val };
    // A pipeline's `${{ … }}` ends with one brace more.
    let host = if token.source.starts_with("${{") { host.trim_start_matches('}') } else { host };
    let user = start.split_once("://").is_some_and(|(_, user)| !user.contains('/')) && host.starts_with('@');
    let forges = ["git", "bitbucket", "codeberg", "azure", "visualstudio", "sr.ht"];
    let user = user && (host == "@" || forges.iter().any(|forge| host.contains(forge)));
    if user && token.taint == Taint::SECRET_VARIABLE { Val::Text(rest) } else { val }
}

/// Whether two variables are named as a user and the password of that user: `$CI_USER` and `$CI_PASSWORD`.
fn belongs_to(user: &str, password: &str) -> bool {
    let (Some(user), Some(password)) = (variable_name(user), variable_name(password)) else { return false };
    let of = user.strip_suffix("USERNAME").or_else(|| user.strip_suffix("USER")).or_else(|| user.strip_suffix("LOGIN"));
    let to = ["PASSWORD", "PASS", "PASSWD", "PWD", "TOKEN"].iter().find_map(|end| password.strip_suffix(end));
    of.is_some() && of == to
}
