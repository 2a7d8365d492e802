//! Which environment something acts in: the strictest of what is declared, what was found out, and what names say.

use crate::action::Action;
use crate::facts::knowledge::{ENVIRONMENTS, Environments, Kind, Vocabulary};
use crate::facts::paths::is_own_machine;
use crate::facts::value::Val;
use crate::facts::{Call, Effect, Opt, globs};

/// The strictest of several environments; empty where none is known.
#[must_use]
pub(super) fn strictest<'e>(environments: impl Iterator<Item = &'e str>) -> &'e str {
    environments.filter(|environment| !environment.is_empty()).max_by_key(|name| rank(name)).unwrap_or_default()
}

/// The environment that a target is in: the strictest of what is declared and what names say.
#[must_use]
pub fn environment<'p>(
    action: &Action,
    effect: Option<&Effect<'_>>,
    call: Option<&Call<'_>>,
    vocabulary: &Vocabulary<'p>,
) -> &'p str {
    // Whatever its namespaces are called, a cluster of this machine is nobody's production.
    let local = |name: &str| globs::listed(&vocabulary.lists, "local-clusters", name);
    let context = |option: &&Opt<'_>| option.is("--context") || option.is("--kube-context");
    let in_context = |call: &Call<'_>| {
        call.options.iter().filter(context).any(|option| option.value.is_some_and(|v| v.val.lit().is_some_and(local)))
    };
    let declared = action.context.production == Some(true) || action.context.environment.is_some();
    if !declared && action.context.observed.is_empty() && call.is_some_and(in_context) {
        return "development";
    }
    let mut strictest: Option<usize> = None;
    let mut see = |name: &str| {
        if let Some(rank) = ENVIRONMENTS.iter().position(|e| *e == name).filter(|_| !name.is_empty()) {
            strictest = Some(strictest.map_or(rank, |s| s.max(rank)));
        }
    };
    if let Some(declared) = action.context.environment.as_deref() {
        see(environment_of(declared, &vocabulary.environments));
    }
    if action.context.production == Some(true) {
        see("production");
    }
    for (name, _) in &action.context.observed {
        see(environment_of(name, &vocabulary.environments));
    }
    // Whoever is given rights may be called anything: `ci-bot` is nobody's test environment.
    let names_somebody = |effect: &Effect<'_>| {
        effect.does == Kind::Grant && effect.marks.iter().any(|mark| matches!(*mark, "identity" | "registry"))
    };
    // A tunnel, or the port of another machine, is called localhost too.
    let elsewhere = effect.is_some_and(|effect| effect.marks.contains(&"connected-elsewhere"));
    if let Some(call) = call {
        // Whoever logs in may be called anything, but for the strict ones: `ci@host` is nobody's test environment.
        let (user, host) = call.place.name.rsplit_once('@').unwrap_or(("", call.place.name));
        see(environment_of(host, &vocabulary.environments));
        if matches!(environment_of(user, &vocabulary.environments), "production" | "staging") {
            see(environment_of(user, &vocabulary.environments));
        }
        for (name, _) in call.observed {
            see(environment_of(name, &vocabulary.environments));
        }
        let of_target = |option: &Opt<'_>| {
            let mut names = option.names.iter();
            // `node --env-file=.env.prod`; what a composition is given says only which of its files it takes.
            option.is("--env-file") && call.entry.is_some_and(|entry| entry.pack == "shells")
                || vocabulary.lists.has("target-options", option.spelled)
                || names.any(|name| vocabulary.lists.has("target-options", name))
        };
        for option in call.options {
            if let Some(field) = option.value
                && of_target(option)
                && !(option.is("--name") && effect.is_some_and(names_somebody))
            {
                match field.val.lit() {
                    // `-h 127.0.0.1` is `-h localhost`.
                    Some(value) if is_own_machine(value) => see(if elsewhere { "" } else { "development" }),
                    Some(value) => see(environment_of(value, &vocabulary.environments)),
                    // `--context "prod-$REGION"`
                    None if field.val.each().any(|one| speaks_of_production(one, &vocabulary.environments)) => {
                        see("production")
                    }
                    None => {}
                }
            }
        }
    }
    // `psql "$PROD_DATABASE_URL"`: where it leads says the name of the variable.
    if let Some(call) = call
        && call.entry.is_some_and(|entry| entry.context == "database")
    {
        for named in
            ["database", "url"].into_iter().flat_map(|name| call.fields(name)).filter_map(|field| field.val.lit())
        {
            let said = servers_and_databases(named);
            let own = named.contains("://") && said.is_empty();
            let database = named.rsplit('/').next().unwrap_or(named);
            if own && !elsewhere && environment_of(database, &vocabulary.environments) != "production" {
                see("development");
            }
            // One that is for tests may lie on a server that is not.
            let strict =
                |name: &&str| matches!(environment_of(name, &vocabulary.environments), "production" | "staging");
            said.into_iter().filter(strict).for_each(|name| see(environment_of(name, &vocabulary.environments)));
        }
        let fields = vocabulary.lists.items("database-names").flat_map(|name| call.fields(name));
        let mut unknown = fields.flat_map(|field| field.val.each()).filter(|one| one.lit().is_none());
        // `psql "$(heroku config:get DATABASE_URL -a shop)"`: what a running app is served from, unless its name says otherwise.
        let of_an_app = |one: Val<'_>| {
            let asked = one.text();
            vocabulary.lists.items("asks-running-apps").any(|asks| asked.contains(asks))
                && environment_of(&asked, &vocabulary.environments).is_empty()
        };
        if unknown.any(|one| speaks_of_production(one, &vocabulary.environments) || of_an_app(one)) {
            see("production");
        }
    }
    if effect.is_some_and(|effect| effect.marks.contains(&"in-development")) {
        see("development");
    }
    // By an address in the code that does it.
    if effect.is_some_and(|effect| effect.marks.contains(&"in-production")) {
        see("production");
    }
    if let Some(effect) = effect
        // A stranger's host may be called anything.
        && !effect.marks.iter().any(|mark| matches!(*mark, "redirect" | "redirected"))
        && !names_somebody(effect)
        && effect.target.path.is_none()
        // What is called localhost is another machine.
        && !effect.marks.contains(&"connected-elsewhere")
        // Where code comes from is not where it runs: `psql app_dev < prod.sql`.
        && effect.does != Kind::Code
        && !(effect.does == Kind::Unknown && builds(effect.target.text, vocabulary))
        && !(matches!(effect.does, Kind::Push | Kind::DeleteRef) && describes(effect.target.text, &vocabulary.environments))
    {
        // Tables that data lands in before it is used are called so: `staging_orders`.
        // Folders of every machine are called so.
        let text = effect.target.text;
        let named = text.strip_prefix("/dev/").or_else(|| text.strip_prefix("/usr/local/")).unwrap_or(text);
        match environment_of(named, &vocabulary.environments) {
            "staging" if effect.does == Kind::Drop && effect.marks.contains(&"table") => {}
            named => see(named),
        }
    }
    let name = strictest.map_or("", |s| ENVIRONMENTS[s]);
    vocabulary.environments.words.iter().map(|(_, e)| *e).find(|e| *e == name).unwrap_or("")
}

/// Whether the name of a program says that it only makes or looks at what is for production: `build-prod.sh`.
fn builds(name: &str, vocabulary: &Vocabulary<'_>) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| vocabulary.lists.has("only-builds", part))
}

/// The server and the database that an operand of a client names, without who logs in there: a name, an address, or libpq's
/// `host=… dbname=…`. What this machine calls a database is its own affair.
fn servers_and_databases(named: &str) -> Vec<&str> {
    if let Some((_, place)) = named.split_once("://") {
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let place = place.split('?').next().unwrap_or(place);
        let (host, database) = place.split_once('/').unwrap_or((place, ""));
        return match is_own_machine(host.split(':').next().unwrap_or(host)) {
            true => Vec::new(),
            false => vec![host, database],
        };
    }
    match named.contains('=') {
        true => {
            let said = named.split_whitespace().filter_map(|part| part.split_once('='));
            said.filter(|(key, _)| matches!(*key, "host" | "hostaddr" | "dbname" | "service"))
                .map(|(_, value)| value)
                .collect()
        }
        false => vec![named],
    }
}

/// Whether a name that is not known as a whole is one of production's; that a part of it is for tests says nothing.
fn speaks_of_production(name: Val<'_>, environments: &Environments<'_>) -> bool {
    environment_of(&name.text(), environments) == "production"
}

/// Whether the name of a branch says what is done in it, and not where it is run: `fix-prod-login-page`.
fn describes(branch: &str, environments: &Environments<'_>) -> bool {
    let name = branch.rsplit([':', '/']).next().unwrap_or(branch);
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let first = words.next().unwrap_or_default();
    // `prod-eu-1`, `release-prod-eu`
    let place = !environments.of_words(first).is_empty() || matches!(first, "release" | "deploy" | "env");
    !place && words.count() > 1
}

/// The environment that a name speaks of: `prod-eu-1` is production. What the house says of it comes first; what a layer
/// says that is not trusted only raises.
#[must_use]
pub fn environment_of<'p>(name: &str, environments: &Environments<'p>) -> &'p str {
    if name.is_empty() || name.len() > 256 {
        return "";
    }
    let own = |trusted: bool| {
        let named = environments.house.iter().filter(|h| h.trusted == trusted && globs::text(h.pattern, name));
        named.map(|h| h.environment).max_by_key(|environment| rank(environment))
    };
    // That a device's path begins so says nothing.
    let device = name.contains("/dev/").then(|| name.replace("/dev/", "/"));
    let words = device.as_deref().unwrap_or(name);
    // Nor does whose folder it lies in: `/home/ci/.kube/config`, `/var/run/ci/admin.conf`.
    let elsewhere = (words.starts_with('/') && words.contains("/ci/")).then(|| words.replace("/ci/", "/"));
    let words = elsewhere.as_deref().unwrap_or(words);
    // Nor does the domain of a house: `files.acme.local`.
    let host = words.trim_start_matches('/').split(['/', ':']).next().unwrap_or(words);
    let words = if host.ends_with(".local") && host.matches('.').count() > 1 && !host.contains("settings") {
        host.trim_end_matches(".local")
    } else {
        words
    };
    let known = own(true).unwrap_or_else(|| environments.of_words(words));
    own(false).filter(|raised| rank(raised) > rank(known)).unwrap_or(known)
}

/// How strict an environment is; a word that is none says nothing.
pub(super) fn rank(environment: &str) -> usize {
    let place = |name: &str| ENVIRONMENTS.iter().position(|known| *known == name);
    place(environment).or_else(|| place("")).unwrap_or_default()
}
