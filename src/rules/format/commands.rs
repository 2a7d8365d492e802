//! A `[[command]]` of a pack in its compact form.

use std::ops::Range;

use super::common::{cond, known_word, only_word};
use super::error::suggestion;
use super::knowledge::{
    ArgSpec, CONTEXTS, CodeSpec, Cond, EVERY, EffectSpec, Entry, FOLLOWS, LANGUAGES, ListingSpec, OptionValue, Options,
    Output, Recursive, RequestSpec, RunSpec, Texts, Where,
};
use super::raw::*;
use super::{PackError, PackText, leak};

fn option_spec(text: &str) -> Option<(Vec<&str>, OptionValue)> {
    let mut names = Vec::new();
    let mut value = OptionValue::None;
    for word in text.split_whitespace() {
        if let Some((name, _)) = word.split_once("[=") {
            names.push(name);
            value = OptionValue::Attached;
        } else if word.starts_with(['-', '+']) || (word.ends_with('=') && word.len() > 1) {
            names.push(word);
            if word.ends_with('=') {
                value = OptionValue::Required;
            }
        } else if word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
            value = if value == OptionValue::Required { OptionValue::Pair } else { OptionValue::Required };
        } else {
            // A bare word as an option (`delete` of ip, `+x` of set).
            names.push(word);
        }
    }
    (!names.is_empty() && names.iter().all(|n| n.len() < 256)).then_some((names, value))
}

pub(super) fn entry(pack: &PackText<'_>, raw: &RawPack, command: &RawCommand) -> Result<Entry<'static>, PackError> {
    let fail = |span: Range<usize>, message: String| PackError::new(pack.file, pack.text, Some(span), message);
    let mut options = Vec::new();
    for option in &command.options {
        match option_spec(option.get_ref()) {
            Some(spec) => options.push(spec),
            None => return Err(fail(option.span(), "an option needs a name, of at most 255 bytes".to_owned())),
        }
    }
    let args: Vec<ArgSpec<'static>> = command
        .args
        .iter()
        .map(|a| ArgSpec { name: leak(a.trim_end_matches("...")), many: a.ends_with("...") })
        .collect();
    let known = |name: &str| {
        let prefixes = ["file:", "names:", "basename:", "stem:", "replacement:", "remote:", "fed:", "there:"];
        let name = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        // `field@` and `address:`: what stands behind that sign of it is a file.
        let name = name.strip_suffix(['@', ':']).unwrap_or(name);
        name.starts_with(['-', '=', '+'])
            || name.ends_with('=')
            || name == "stdin"
            || name == "output"
            || args.iter().any(|a| a.name == name)
            || options.iter().any(|(names, _)| names.contains(&name))
    };
    let check = |many: &Many| -> Result<(), PackError> {
        for (name, span) in many.items() {
            if !known(name) {
                let hint = suggestion(name, args.iter().map(|a| a.name));
                return Err(fail(span, format!("`{name}` is neither an operand nor an option of this command{hint}")));
            }
        }
        Ok(())
    };
    let mut effects = Vec::new();
    for effect in &command.effects {
        check(&effect.target)?;
        check(&effect.data)?;
        let mut cond = cond([&effect.only, &effect.all, &effect.unless], [&effect.values, &effect.not_values]);
        cond.absent = effect.absent.in_place();
        cond.present = effect.present.in_place();
        let Some(does) = effect.does else {
            return Err(fail(command.name.span(), "an effect needs `does`".to_owned()));
        };
        effects.push(EffectSpec {
            does,
            target: effect.target.in_place(),
            cond: cond.unless_empty(),
            recursive: match &effect.recursive {
                RawRecursive::No | RawRecursive::Flag(false) => Recursive::No,
                RawRecursive::Flag(true) => Recursive::Yes,
                RawRecursive::With(plain) => {
                    let words: Vec<String> = plain.clone().into();
                    Recursive::With(words.iter().map(String::as_str).collect())
                }
            },
            marks: effect.mark.in_place(),
            data: effect.data.in_place(),
            optional: effect.optional,
            filter: effect.filter.in_place(),
            base: leak(&effect.base),
        });
    }
    let mut code = Vec::new();
    for slot in &command.code {
        check(&slot.from)?;
        let mut cond = cond([&slot.only, &slot.all, &slot.unless], [&slot.values, &slot.not_values]);
        cond.absent = slot.absent.in_place();
        cond.present = slot.present.in_place();
        code.push(CodeSpec {
            from: slot.from.in_place(),
            stdin: slot.stdin,
            language: known_word(pack, &slot.language, "language", LANGUAGES)?,
            file: slot.file,
            cond: cond.unless_empty(),
        });
    }
    let mut runs = Vec::new();
    for run in &command.runs {
        check(&run.words)?;
        runs.push(RunSpec {
            words: run.words.in_place(),
            until: run.until.in_place(),
            placeholder: leak(&run.placeholder),
            place: run.place.unwrap_or(Where::Same),
            target: leak(&run.target),
            stdin: run.stdin,
            mounts: run.mounts.in_place(),
            directory: leak(&run.directory),
            joined: run.joined,
            assignments: run.assignments,
            shell: run.shell,
            filter: run.filter.in_place(),
            below: leak(&run.below),
            program: leak(&run.program),
            input: leak(&run.input),
            appended: run.appended,
            lines: run.lines.in_place(),
            rehearsal: run.rehearsal.in_place(),
            variables: run.variables.in_place(),
            cond: cond([&run.only, &run.all, &run.unless], [&run.values, &run.not_values]).unless_empty(),
        });
    }
    let mut lists = Vec::new();
    for listing in &command.lists {
        let mut cond = cond([&listing.only, &listing.all, &listing.unless], [&listing.values, &listing.not_values]);
        cond.absent = listing.absent.in_place();
        lists.push(ListingSpec { every: leak(&format!("{EVERY}{}", listing.every)), cond: cond.unless_empty() });
    }
    let request = match &command.request {
        Some(raw) => {
            for names in [&raw.method, &raw.url, &raw.body, &raw.items, &raw.headers, &raw.get, &raw.unless] {
                check(names)?;
            }
            Some(Box::new(RequestSpec {
                method: raw.method.in_place(),
                url: raw.url.in_place(),
                base: leak(&raw.base),
                body: raw.body.in_place(),
                items: raw.items.in_place(),
                headers: raw.headers.in_place(),
                get: raw.get.in_place(),
                unless: raw.unless.in_place(),
            }))
        }
        None => None,
    };
    Ok(Entry {
        name: leak(command.name.get_ref()),
        pack: leak(&raw.pack),
        options: Options::of(Options::bytes(options).leak()),
        args,
        unknown_takes_value: command.unknown_options_take_values,
        single_dash: command.single_dash,
        wrapper: command.wrapper,
        interspersed: command.interspersed,
        bare_cluster: command.bare_cluster,
        chained: command.chained,
        assignments: command.assignments,
        complete: command.complete,
        subcommands: false,
        patterns: Texts::default(),
        effects,
        code,
        runs,
        request,
        output: command.output.unwrap_or(Output::Unknown),
        lists,
        unasked: command.unasked.iter().map(|s| leak(s)).collect(),
        // What is looked at on the disk stands first, where it is seen at once.
        loads: {
            let (first, rest): (Vec<_>, Vec<_>) = command.loads.iter().partition(|name| name.starts_with("disk:"));
            first.into_iter().chain(rest).map(|s| leak(s)).collect()
        },
        follows: only_word(pack, &command.follows, "kind of file", FOLLOWS)?,
        hooks: command.hooks.iter().map(|h| leak(h)).collect(),
        context: only_word(pack, &command.context, "context", CONTEXTS)?,
        context_options: command.context_options.iter().map(|s| leak(s)).collect(),
        env: leak(&command.args_from_env),
        last: command.last.iter().map(|s| leak(s)).collect(),
        rules: Vec::new(),
    })
}

/// What a service is asked by HTTP, as an effect of `http-request METHOD URL BODY`.
pub(super) fn asked(pack: &PackText<'_>, request: &RawServiceRequest) -> Result<EffectSpec<'static>, PackError> {
    let told = [&request.method, &request.url, &request.body];
    if told.iter().all(|many| many.words.is_empty()) && !request.destroys {
        let message = "a request is told by its `method`, `url` or `body`".to_owned();
        return Err(PackError::new(pack.file, pack.text, Some(request.of.span()), message));
    }
    let values = |[method, url, body]: [&Many; 3]| {
        let named = [("method", method), ("url", url), ("body", body)];
        named.into_iter().filter(|(_, many)| !many.words.is_empty()).map(|(name, many)| (name, many.globs())).collect()
    };
    let cond = Cond {
        any: request.destroys.then_some("--destroys").into_iter().collect(),
        none: (!request.near).then_some("--near").into_iter().collect(),
        values: values(told),
        not_values: values([&Many::default(), &request.never_url, &request.never_body]),
        ..Cond::default()
    };
    Ok(EffectSpec {
        does: request.does,
        target: ["url"].into_iter().collect(),
        cond: cond.unless_empty(),
        recursive: Recursive::No,
        marks: request.mark.in_place(),
        data: Texts::default(),
        optional: false,
        filter: Texts::default(),
        base: "",
    })
}
