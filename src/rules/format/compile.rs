//! From packs as they are written to what the binary reads in place; every mistake is found here, with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::commands;
use super::common::{cond, each_of, known_word, only_word};
use super::error::suggestion;
use super::knowledge::{
    ACTORS, Contents, ENVIRONMENTS, Factor, Function, Kind, LANGUAGES, Marker, Meaning, ORIGINS, OTHER_FUNCTIONS, Pred,
    READ_AS_OTHER, Rule, Service, Sign, Subject, Texts, Tool, VARIABLE_TYPES, Verb, Vocabulary, When,
};
use super::raw::*;
use super::{CORE_CLASSES, PackError, PackText, leak, line_of, parse};

/// The entry whose effects all `[[request]]` are, in their order.
pub const REQUEST: &str = "http-request";

/// Compiles packs. `builtin` lists the command names that these packs may not define again.
///
/// # Errors
/// The first mistake, with its place.
pub fn compile(
    packs: &[PackText<'_>],
    builtin: &[&str],
    base: &Vocabulary<'_>,
) -> Result<Contents<'static>, PackError> {
    let raws: Vec<RawPack> = packs.iter().map(|p| parse(*p)).collect::<Result<_, _>>()?;
    let mut out = Contents::default();
    out.vocabulary.classes.names = if base.classes.names.is_empty() {
        CORE_CLASSES.to_vec()
    } else {
        base.classes.names.iter().map(|n| leak(n)).collect()
    };
    for raw in &raws {
        for class in &raw.class {
            if !out.vocabulary.classes.names.contains(&class.name.as_str()) {
                out.vocabulary.classes.names.push(leak(&class.name));
            }
        }
    }
    if out.vocabulary.classes.names.len() > 64 {
        let (pack, text) = (packs[0].file, packs[0].text);
        return Err(PackError::new(pack, text, None, "more than 64 target classes".to_owned()));
    }
    for (pack, raw) in packs.iter().zip(&raws) {
        data(pack, raw, &mut out)?;
        catalog(pack, raw, &mut out)?;
    }
    let all = || packs.iter().zip(&raws);
    for (pack, raw) in all().filter(|(_, raw)| raw.everyday).chain(all().filter(|(_, raw)| !raw.everyday)) {
        for command in &raw.command {
            let name = command.name.get_ref().as_str();
            let program = name.split(' ').next().unwrap_or(name);
            if builtin.contains(&program) || out.entries.iter().any(|e| e.name == name) {
                let message = format!("`{name}` is already defined by a built-in pack");
                return Err(PackError::new(pack.file, pack.text, Some(command.name.span()), message));
            }
            let entry = commands::entry(pack, raw, command)?;
            let taken = |other: &str, name: &str| {
                let message = format!("`{name}` is already another name of `{other}`");
                PackError::new(pack.file, pack.text, Some(command.name.span()), message)
            };
            if let Some((_, other)) = out.aliases.iter().find(|(known, _)| known == name) {
                return Err(taken(out.entries[*other].name, name));
            }
            if let Some(alias) = command.aliases.iter().find(|alias| out.entries.iter().any(|e| e.name == *alias)) {
                return Err(taken(alias, alias));
            }
            for alias in &command.aliases {
                if let Some((_, other)) = out.aliases.iter().find(|(known, _)| known == alias) {
                    return Err(taken(out.entries[*other].name, alias));
                }
                out.aliases.push((alias.clone(), out.entries.len()));
            }
            out.entries.push(entry);
        }
    }
    for (pack, raw) in packs.iter().zip(&raws) {
        for request in raw.request.iter().map(toml::Spanned::get_ref) {
            let effect = commands::asked(pack, request)?;
            match out.entries.iter_mut().find(|entry| entry.name == REQUEST) {
                Some(entry) => entry.effects.push(effect),
                None => {
                    let message = "requests are told in the built-in packs only".to_owned();
                    return Err(PackError::new(pack.file, pack.text, Some(request.of.span()), message));
                }
            }
        }
    }
    link_subcommands(&mut out);
    for (pack, raw) in packs.iter().zip(&raws) {
        for rule in &raw.rule {
            let compiled = compile_rule(pack, raw, rule, &out, builtin)?;
            if let Some(first) = out.rules.iter().find(|r| r.id == compiled.id) {
                let message = format!("rule `{}` stands twice", first.id);
                return Err(PackError::new(pack.file, pack.text, Some(rule.get_ref().id.span()), message));
            }
            out.rules.push(compiled);
        }
    }
    attach(&mut out);
    out.vocabulary.compile();
    Ok(out)
}

/// `a b c` with wildcards belongs to the longest defined prefix of it; every parent knows that it has children.
fn link_subcommands(out: &mut Contents<'static>) {
    let aliases = out.aliases.iter().map(|(alias, _)| leak(alias));
    let names: Vec<&'static str> = out.entries.iter().map(|e| e.name).chain(aliases).collect();
    for name in &names {
        let Some(cut) = name.rfind(' ') else { continue };
        let wildcard = name.find(['*', '|']).map_or(cut, |i| name[..i].rfind(' ').unwrap_or(0));
        let mut parent = &name[..wildcard.min(cut)];
        loop {
            let alias = out.aliases.iter().find(|(alias, _)| alias == parent).map(|(_, index)| *index);
            let found = out.entries.iter().position(|e| e.name == parent).or(alias);
            if let Some(entry) = found.and_then(|index| out.entries.get_mut(index)) {
                entry.subcommands = true;
                if name.contains(['*', '|']) {
                    entry.patterns = entry.patterns.iter().chain([*name]).collect();
                }
                break;
            }
            match parent.rfind(' ') {
                Some(i) => parent = &parent[..i],
                None => break,
            }
        }
    }
}

/// Rules that speak of a program and of no effect stand with the program.
fn attach(out: &mut Contents<'static>) {
    for (index, rule) in (0..).zip(&out.rules) {
        for command in rule.when.iter().filter(|when| when.effect.is_empty()).flat_map(|when| when.command) {
            let literal = command.split('*').next().unwrap_or_default();
            for entry in &mut out.entries {
                // What is called may have more words than the entry, or fewer than the rule asks for.
                let length = entry.name.len().min(literal.len());
                if entry.name.as_bytes()[..length] == literal.as_bytes()[..length] && !entry.rules.contains(&index) {
                    entry.rules.push(index);
                }
            }
        }
    }
}

/// Where data comes from (`from = …`): only words that have a meaning there.
fn origins(pack: &PackText<'_>, from: &Many) -> Result<Texts<'static>, PackError> {
    for (word, span) in from.items() {
        if !ORIGINS.contains(&word) {
            let hint = suggestion(word, ORIGINS);
            return Err(PackError::new(
                pack.file,
                pack.text,
                Some(span),
                format!("data does not come from `{word}`{hint}"),
            ));
        }
    }
    Ok(from.in_place())
}

fn data(pack: &PackText<'_>, raw: &RawPack, out: &mut Contents<'static>) -> Result<(), PackError> {
    for class in &raw.class {
        let bit = out.vocabulary.classes.names.iter().position(|n| *n == class.name).unwrap_or(0) as u8;
        for path in &class.paths {
            let (key, left) = path_key(path);
            out.vocabulary.classes.paths.push((leak(&key), leak(left), bit));
        }
        if !class.not.is_empty() {
            out.vocabulary.classes.not_paths.push((class.not.iter().map(String::as_str).collect(), bit));
        }
        out.vocabulary.classes.hosts.extend(class.hosts.iter().map(|h| (leak(h), bit)));
    }
    for variable in &raw.variable {
        let kind = only_word(pack, &variable.kind, "type of a variable", VARIABLE_TYPES)?;
        for name in &variable.names {
            out.vocabulary.variables.types.push((leak(name), kind));
        }
    }
    for list in &raw.list {
        out.vocabulary.lists.named.push((leak(&list.name), list.items.iter().map(String::as_str).collect()));
    }
    for environment in &raw.environment {
        let name = leak(&environment.name);
        out.vocabulary.environments.words.push((environment.words.iter().map(String::as_str).collect(), name));
    }
    for marker in &raw.marker {
        let (ci, name) = (marker.kind == RawMarkerKind::Ci, leak(&marker.name).into());
        out.markers.extend(marker.variables.iter().map(|v| Marker { variable: leak(v).as_bytes(), ci, name }));
    }
    // By which code is looked up: what is read as another language is written down as that one.
    let languages: Vec<&str> = LANGUAGES.iter().copied().filter(|name| !READ_AS_OTHER.contains(name)).collect();
    for function in &raw.function {
        each_of(pack, &function.language, "language of functions", &languages)?;
        let meanings: Vec<&str> =
            Kind::ALL.iter().map(|kind| kind.word()).chain(OTHER_FUNCTIONS.iter().copied()).collect();
        known_word(pack, &function.does, "meaning of a function", &meanings)?;
        for language in function.language.leak() {
            out.functions.push(Function {
                language,
                names: function.names.in_place(),
                does: leak(function.does.get_ref()),
                subject: match function.argument {
                    RawSubject::Argument(number) => Subject::Argument(number),
                    RawSubject::Other(RawOther::Receiver) => Subject::Receiver,
                    RawSubject::Other(RawOther::Last) => Subject::Last,
                    RawSubject::Other(RawOther::None) => Subject::Nothing,
                },
                recursive: function.recursive,
                with: function.with.in_place(),
                marks: function.mark.in_place(),
            });
        }
    }
    for sign in raw.sign.iter().map(Spanned::get_ref) {
        out.signs.push(Sign {
            language: only_word(pack, &sign.language, "language of signs", &languages)?,
            says: sign.says.iter().map(Many::in_place).collect(),
            never: sign.never.in_place(),
            elsewhere: sign.elsewhere,
            does: sign.does,
            target: leak(&sign.target),
            marks: sign.mark.in_place(),
            from: origins(pack, &sign.from)?,
        });
    }
    for service in raw.service.iter().map(Spanned::get_ref) {
        out.services.push(Service {
            libraries: service.libraries.in_place(),
            calls: service.calls.in_place(),
            repeated: service.repeated,
            remote: service.remote,
            does: service.does,
            target: leak(&service.target),
            marks: service.mark.in_place(),
        });
    }
    for factor in &raw.factor {
        each_of(pack, &factor.path, "target class", &out.vocabulary.classes.names)?;
        out.factors.push(Factor {
            name: leak(&factor.name),
            weight: (factor.weight * 100.0).round() as i8,
            environment: only_word(pack, &factor.environment, "environment", &ENVIRONMENTS)?,
            path: factor.path.in_place(),
            marks: factor.mark.in_place(),
            not_marks: factor.not_mark.in_place(),
            effects: factor.effect.clone(),
            categories: factor.category.clone(),
            circumstance: factor.circumstance,
            because: leak(&factor.because),
        });
    }
    for verb in &raw.verb {
        for words in verb.words.leak() {
            out.verbs.push(Verb { words, level: verb.level, does: verb.does });
        }
    }
    Ok(())
}

fn catalog(pack: &PackText<'_>, raw: &RawPack, out: &mut Contents<'static>) -> Result<(), PackError> {
    let fail = |span: Range<usize>, message: String| PackError::new(pack.file, pack.text, Some(span), message);
    for provider in &raw.provider {
        let name = leak(provider.name.get_ref());
        for alias in std::iter::once(name).chain(provider.aliases.iter().map(|a| leak(a))) {
            if out.providers.iter().any(|(known, _)| *known == alias) {
                return Err(fail(provider.name.span(), format!("a provider `{alias}` is already defined")));
            }
            out.providers.push((alias, name));
        }
        for verb in &provider.verb {
            for operation in verb.names.get_ref() {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                if operation.is_empty() || !operation.chars().all(plain) {
                    let message = format!("`{operation}`: an operation is written in lower case, words joined by `_`");
                    return Err(fail(verb.names.span(), message));
                }
                if out.tools.iter().any(|(o, p, _)| *o == operation && *p == name) {
                    return Err(fail(verb.names.span(), format!("`{name}:{operation}` stands twice")));
                }
                let mut args: BTreeMap<&'static str, Meaning> = BTreeMap::new();
                for (argument, meaning) in provider.args.iter().chain(&verb.args) {
                    args.insert(leak(argument), *meaning);
                }
                let tool = Tool {
                    level: verb.risk,
                    does: verb.does,
                    target: verb.target.in_place(),
                    args: args.into_iter().collect(),
                    plain: provider.plain,
                };
                out.tools.push((leak(operation), name, tool));
            }
        }
    }
    Ok(())
}

/// The key under which a path pattern is found, and what is left to match there: `/etc`, `/etc/ssh`, `~/.ssh/config`,
/// `*name` (a file name), `+name` (a component), `.ext`; `*` and `+` for patterns of names, tried on each; nothing for those
/// that must always be tried.
fn path_key(pattern: &str) -> (String, &str) {
    let literal = |part: &str| !part.is_empty() && !part.contains(['*', '?', '[', '{']);
    if let Some(rest) = pattern.strip_prefix("**/") {
        let (first, after) = match rest.split_once('/') {
            Some((first, after)) => (first, Some(after)),
            None => (rest, None),
        };
        return match (literal(first), after) {
            (true, None) => (format!("*{first}"), ""),
            (true, Some("**")) => (format!("+{first}"), ""),
            (true, Some(_)) => (format!("+{first}"), pattern),
            // By the file's ending.
            (false, None) if first.starts_with("*.") && literal(&first[2..]) && !first[2..].contains('.') => {
                (first[1..].to_owned(), "")
            }
            (false, None) if !first.is_empty() => ("*".to_owned(), first),
            (false, Some("**")) if !first.is_empty() => ("+".to_owned(), first),
            _ => (String::new(), pattern),
        };
    }
    let (prefix, rest) = if let Some(rest) = pattern.strip_prefix("~/") {
        ("~/", rest)
    } else if let Some(rest) = pattern.strip_prefix('/') {
        ("/", rest)
    } else {
        return (String::new(), pattern);
    };
    let mut parts = rest.split('/');
    let key = match (parts.next().filter(|p| literal(p)), parts.next().filter(|p| literal(p))) {
        (Some(first), Some(second)) => format!("{prefix}{first}/{second}"),
        (Some(first), None) => format!("{prefix}{first}"),
        (None, _) => return (String::new(), pattern),
    };
    let said = pattern.strip_prefix(&key) == Some("/**");
    (key, if said { "" } else { pattern })
}

fn compile_rule(
    pack: &PackText<'_>,
    raw: &RawPack,
    rule: &Spanned<RawRule>,
    out: &Contents<'static>,
    builtin: &[&str],
) -> Result<Rule<'static>, PackError> {
    let line = line_of(pack.text, rule.span().start) as u32;
    let rule = rule.get_ref();
    let fail = |message: String| PackError::new(pack.file, pack.text, Some(rule.id.span()), message);
    if rule.when.is_empty() {
        return Err(fail("a rule needs at least one [[rule.when]]".to_owned()));
    }
    let compile = |when: &RawWhen| -> Result<When<'static>, PackError> {
        let at = |span: Range<usize>, message: String| PackError::new(pack.file, pack.text, Some(span), message);
        for (name, span) in when.command.items() {
            let program = name.split(' ').next().unwrap_or(name);
            if !out.entries.iter().any(|e| e.name.split(' ').next() == Some(program)) && !builtin.contains(&program) {
                let hint = suggestion(program, out.entries.iter().map(|e| e.name));
                return Err(at(span, format!("no [[command]] describes `{program}`{hint}")));
            }
        }
        let pred = |raw: &Option<RawPred>, classes: bool| -> Result<Option<Pred<'static>>, PackError> {
            let Some(raw) = raw else { return Ok(None) };
            let mut result = Pred::default();
            let (mut is, mut not) = (Vec::new(), Vec::new());
            for (list, negative) in [(&raw.is, false), (&raw.not, true)] {
                for (word, span) in list.items() {
                    let class = out.vocabulary.classes.names.iter().position(|n| *n == word);
                    match class {
                        Some(bit) if classes && negative => result.not_class |= 1 << bit,
                        Some(bit) if classes => result.class |= 1 << bit,
                        _ if classes && !word.contains(['/', '*', '.', '~', '@', ':']) => {
                            let hint = suggestion(word, out.vocabulary.classes.names.iter().copied());
                            return Err(at(span, format!("no target class is called `{word}`{hint}")));
                        }
                        _ if word.starts_with('@')
                            && !out.vocabulary.lists.named.iter().any(|(n, _)| *n == &word[1..]) =>
                        {
                            let hint = suggestion(&word[1..], out.vocabulary.lists.named.iter().map(|(n, _)| *n));
                            return Err(at(span, format!("no list is called `{word}`{hint}")));
                        }
                        _ if negative => not.push(word),
                        _ => is.push(word),
                    }
                }
            }
            (result.is, result.not) = (is.into_iter().collect(), not.into_iter().collect());
            Ok(Some(result))
        };
        let mut options =
            cond([&when.options.any, &when.options.all, &when.options.none], [&when.operands, &when.operands_not]);
        options.absent = when.absent.in_place();
        options.present = when.present.in_place();
        each_of(pack, &when.environment, "environment", &ENVIRONMENTS)?;
        each_of(pack, &when.actor, "actor", ACTORS)?;
        let effect = when.effect.list();
        if effect.is_empty() && when.command.items().is_empty() {
            return Err(fail("a [[rule.when]] needs an `effect` or a `command`".to_owned()));
        }
        Ok(When {
            command: when.command.in_place(),
            options,
            effect,
            recursive: when.recursive,
            path: pred(&when.path, true)?,
            host: pred(&when.host, true)?,
            target: pred(&when.target, false)?,
            marks: when.mark.in_place(),
            not_marks: when.not_mark.in_place(),
            from: origins(pack, &when.from)?,
            environment: when.environment.in_place(),
            place: when.place.list(),
            privileged: when.privileged,
            unasked: when.unasked,
            variable: pred(&when.variable, false)?,
            actor: when.actor.in_place(),
            branch: pred(&when.branch, false)?,
            after_secret: when.after_secret,
            carries_secret: when.carries_secret,
        })
    };
    let unless = |when: &RawWhen| -> Result<When<'static>, PackError> {
        // An excuse may be about anything: give it the effects of the rule where it names none.
        let mut copy = when.clone();
        if copy.effect.list().is_empty() && copy.command.items().is_empty() {
            copy.effect = rule.when[0].effect.clone();
            let mut compiled = if copy.effect.list().is_empty() {
                copy.command = rule.when[0].command.clone();
                compile(&copy)?
            } else {
                compile(&copy)?
            };
            compiled.effect = Vec::new();
            if when.command.items().is_empty() {
                compiled.command = Texts::default();
            }
            return Ok(compiled);
        }
        compile(&copy)
    };
    if (rule.examples.deny.is_empty() && rule.examples.unsure.is_empty()) || rule.examples.pass.is_empty() {
        return Err(fail("a rule needs `deny` (or `unsure`) and `pass` examples".to_owned()));
    }
    Ok(Rule {
        id: leak(&format!("{}/{}", raw.pack, rule.id.get_ref())),
        title: leak(&rule.title),
        risk: rule.risk,
        category: rule.category,
        why: leak(&rule.why),
        say: leak(&rule.instead.sayings()),
        run: leak(&rule.instead.commands()),
        undo: leak(&rule.instead.undos(&rule.undo)),
        reversible: rule.reversible,
        floor: rule.floor.is_some(),
        when: rule.when.iter().map(&compile).collect::<Result<_, _>>()?,
        unless: rule.unless.iter().map(unless).collect::<Result<_, _>>()?,
        line,
    })
}
