//! What a call of inline code does to what it names: a file, a host, data.

use super::super::whole::elsewhere;
use super::super::whole::snippet::Snippet;
use super::Made;
use super::arguments::Argument;
use crate::facts::analysis::Analysis;
use crate::facts::knowledge::{Kind, Subject};
use crate::facts::shell::ast::Span;
use crate::facts::targets::Look;
use crate::facts::targets::paths::{base_name, core, is_setting};
use crate::facts::value::{Shape, Taint, Val};
use crate::facts::{Effect, Target, with_mark};
use crate::limits;

impl<'a> Analysis<'a> {
    /// An effect, on what its argument names.
    pub(in super::super) fn acts(&mut self, made: Made<'_, 'a>, argument: Option<&Argument<'a>>) {
        let Made { code, function, span, call, .. } = made;
        let Some(does) = made.kind(argument) else { return };
        // `rm_rf(%w[/srv/a /srv/b])`, `unlink(c("a", "b"))`: each for itself.
        if matches!(does, Kind::Delete | Kind::Permit)
            && let Some(list) = argument.filter(|a| a.list && a.texts.len() > 1)
        {
            for text in &list.texts {
                self.acts(made, Some(&Argument { texts: vec![text], ..Argument::default() }));
            }
            return;
        }
        let of_data = matches!(does, Kind::Drop | Kind::Flush | Kind::Destroy | Kind::DeleteRows | Kind::Update);
        if of_data && code.on_what_is_no_loss(self.know.lists()) {
            return;
        }
        // What stands in for a cloud on this machine, whatever it is called there.
        if does == Kind::Destroy && code.says("endpoint") && elsewhere::stays_here(self.know.vocabulary(), code.text) {
            return;
        }
        // A server for mail on this machine catches it, for tests.
        if does == Kind::Message && made.says(["localhost", "127.0.0.1"]) {
            return;
        }
        let setuid = does == Kind::Permit && (code.sets_user_id() || made.says(["S_ISUID"]));
        let mut marks = match does {
            Kind::Permit if setuid => &["setuid"][..],
            Kind::Permit if made.says(["0o777", "0777", "0o666", "0666", ",511", ", 511"]) => &["world-writable"][..],
            // Any mode but those that are for the owner alone.
            Kind::Permit
                if function.marks.is_empty()
                    && !made.says(["0o600", "0600", "0o400", "0400", "0o700", "0700", "0o500", "0500"])
                    && (!made.says(["S_I"]) || made.says(["S_IRGRP", "S_IROTH", "S_IRWXO", "S_IRWXG"])) =>
            {
                &["readable"][..]
            }
            _ => self.marks(function.marks),
        };
        let value = argument.filter(|a| !a.texts.is_empty()).map(|a| {
            let text = self.tilde_expanded(self.bump.alloc_str(&a.text()));
            match a.open {
                false => Val::Lit(text),
                // Something below a folder.
                true if text.ends_with('/') => self.and_more(text, Shape::NonEmpty),
                true => Val::hole(self.bump, text, Shape::NonEmpty, Taint::NONE),
            }
        });
        // What a pattern deletes is what the folder holds.
        let all = value.and_then(|v| v.lit()?.strip_suffix("/*")).filter(|_| does == Kind::Delete);
        let value = all.map(|folder| Val::Lit(if folder.is_empty() { "/" } else { folder })).or(value);
        // `rmSync(process.env.DIR || "/")`
        let fallback = argument.filter(|a| a.open && does == Kind::Delete).and_then(Argument::longest);
        let (value, certain) = match fallback.filter(|text| self.is_grave(text)) {
            Some(text) => (Some(Val::Lit(self.tilde_expanded(text))), false),
            None => (value, true),
        };
        if does == Kind::Write && value.is_none_or(|v| v.lit().is_none()) {
            marks = with_mark(self.bump, marks, "walked");
        }
        // `"$dir/$f"` is kept as what it begins with.
        let one = |a: &Argument<'_>| {
            !a.open && a.texts.len() == 1 && !a.texts[0].contains(['*', '{']) && !a.texts[0].ends_with('/')
        };
        if matches!(does, Kind::Delete | Kind::Permit | Kind::Write)
            && !argument.is_some_and(one)
            && (self.acts_on_what_it_goes_through(made, does, marks) || value.is_none())
        {
            self.deletes_what_is_named_apart(made, does, marks);
            return;
        }
        // `rmtree(dirs["a"])`, not `rmtree(join(base, "build"))`
        let said = |text: &&str| text.contains('/') || self.is_made_again(text);
        if does == Kind::Delete && argument.is_some_and(|a| a.open && !a.texts.iter().any(said)) {
            self.deletes_what_is_named_apart(made, does, marks);
        }
        // Where it goes stands somewhere in the code, if it stands there at all.
        let environment = || code.says_one_of(self.know.lists(), "environment-handed-over");
        let hidden = || !code.secrets.is_empty() || !code.folders.borrow().is_empty() || environment();
        let value = value.or_else(|| match does {
            Kind::Send => code.address().or_else(|| hidden().then_some(Val::Lit("another-machine.invalid"))),
            _ => None,
        });
        // `axios.create({ baseURL: "http://localhost:4000" }).delete("/users/7")`
        let below = |value: &Val<'_>| does == Kind::Send && value.show(self.bump).starts_with('/');
        let value = value.map(|value| Some(value).filter(below).and_then(|_| code.base_address()).unwrap_or(value));
        let target = match (does, value) {
            (_, None) if function.subject == Subject::Nothing => {
                Target { text: function.names.iter().next().unwrap_or_default(), known: true, ..Target::default() }
            }
            (_, None) => return,
            (Kind::Fetch | Kind::Send | Kind::Tunnel | Kind::Listen, Some(v)) => self.host_target(v),
            (Kind::Delete, Some(v)) if !function.recursive => self.path_target(v, Look::Entry),
            (Kind::Delete | Kind::Write | Kind::Read | Kind::Permit | Kind::Move | Kind::Append, Some(v)) => {
                self.path_target(v, Look::Not)
            }
            (_, Some(v)) => Target { text: v.show(self.bump), known: v.lit().is_some(), ..Target::default() },
        };
        // `f"{part}.example.com"` is not said, either.
        let said = does == Kind::Fetch && argument.is_some_and(|a| !a.open && !a.texts.iter().any(|t| t.contains('{')));
        let data = match does {
            Kind::Send | Kind::Fetch | Kind::Tunnel | Kind::Message if !said => self.sent_along(made, does, target),
            _ => Taint::NONE,
        };
        let recursive = function.recursive || all.is_some();
        self.effect(Effect { recursive, marks, data, certain, ..Effect::new(does, target, call, span) });
        if matches!(does, Kind::Write | Kind::Append) {
            for text in made.arguments.iter().flat_map(|argument| argument.texts.iter()) {
                self.web_shell(target, text, span, call);
            }
            self.written_by_code(code, target, span, call);
        }
    }

    /// `for f in glob("/home/*/*"): remove(f)`: acts on the folders that the code goes through, if one is worth it. Whether
    /// it is those files that it deletes is a guess; of these it is better made.
    fn acts_on_what_it_goes_through(&mut self, made: Made<'_, 'a>, does: Kind, marks: &'a [&'a str]) -> bool {
        let Made { code, function, span, call, .. } = made;
        let mut found = false;
        let all = !code.chooses(self.know.lists());
        // One that goes through folders by itself leaves nothing, either.
        let deep = function.recursive || does == Kind::Delete && made.says(["isDirectory()"]);
        let whole = if deep && all { core::WORKSPACE_ROOT } else { 0 };
        let own = core::TEMPORARY | core::MADE_HERE | core::WORKSPACE | self.know.classes().of(["build", "cache"]);
        for path in code.folders.borrow().iter().take(limits::UNROLL) {
            // What was found of it holds for this call too.
            let known = code.acted_on.borrow().get(&(does as u8, *path, deep)).copied();
            if let Some(acted) = known {
                found |= acted;
                continue;
            }
            let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
            // A person's files are not written over one by one.
            let written = does == Kind::Write && target.classes & self.know.classes().of(["private"]) == 0;
            let away = ["/", "~", "../"].iter().any(|sign| path.starts_with(sign)) || *path == "..";
            let others = all && !written && target.classes & own == 0 && away;
            let acts = target.classes & (self.grave() | whole) != 0 || others;
            code.acted_on.borrow_mut().insert((does as u8, *path, deep), acts);
            if !acts {
                continue;
            }
            found = true;
            self.effect(Effect { recursive: true, marks, ..Effect::new(does, target, call, span) });
        }
        if !found && does == Kind::Delete && code.folders.borrow().is_empty() {
            let project = base_name(&self.snapshot.workspace);
            for name in code.names_below_home(self.know.lists(), project) {
                found = true;
                let below = name.trim_start_matches(['~', '/']);
                let path = match name {
                    // The repository is the one at hand.
                    _ if below.ends_with(".git") => ".git",
                    _ if name.starts_with('/') && below.contains('/') => name,
                    _ => &*self.bump.alloc_str(&format!("~/{below}")),
                };
                let target = self.path_target(Val::Lit(self.tilde_expanded(path)), Look::Not);
                self.effect(Effect { recursive: true, marks, ..Effect::new(does, target, call, span) });
            }
        }
        found
    }

    /// What the code reads is, for all we know, what it sends.
    fn sent_along(&self, made: Made<'_, 'a>, does: Kind, target: Target<'a>) -> Taint {
        let Made { code, span, .. } = made;
        let read = self.facts.effects.iter().filter(|e| e.does == Kind::Read && e.span.source == span.source);
        let named = read.map(|effect| effect.target).chain(code.secrets.iter().copied());
        let mut data = named.map(|target| self.class_taint(target.classes)).fold(Taint::NONE, |all, one| all | one);
        // What somebody's home holds.
        if code.folders.borrow().iter().any(|folder| self.is_grave(folder))
            && made.says(self.know.lists().items("reading-words"))
        {
            data |= Taint::PRIVATE;
        }
        // All variables at once; one of them, in a header, is how a service is spoken to.
        let all = || code.says_one_of(self.know.lists(), "environment-handed-over");
        // In the address, too.
        let asks = || does == Kind::Fetch && (code.says("urlencode(") || code.says("http_build_query("));
        if (does == Kind::Send || asks()) && target.classes & core::LOOPBACK == 0 && self.following.is_empty() && all()
        {
            data |= Taint::PRIVATE;
        }
        data
    }

    /// A text, and something that cannot be known behind it.
    pub(in super::super) fn and_more(&self, text: &'a str, shape: Shape) -> Val<'a> {
        Val::Lit(text).followed_by(self.bump, Val::hole(self.bump, "…", shape, Taint::NONE))
    }

    /// What code writes into files that run by themselves, or that others read, stands in its texts.
    fn written_by_code(&mut self, code: &Snippet<'a>, target: Target<'a>, span: Span, call: u32) {
        let vocabulary = self.know.vocabulary();
        let path = target.path.unwrap_or(target.text);
        let hidden = target.classes & core::WORKSPACE == 0 && is_setting(path);
        if target.classes & vocabulary.classes.self_running() != 0 || hidden {
            self.texts_that_may_run(code, span, call);
        }
    }
}
