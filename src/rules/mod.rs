//! What we think of facts: packs are found by program name and decoded only when asked; rules are matched in `matcher`.

mod altered;
pub mod format;
pub mod matcher;

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;

use crate::facts::Know;
pub use crate::facts::knowledge;
use crate::facts::value::Taint;
use format::PackText;
use knowledge::{
    Blob, Catalog, Classes, Entry, Factor, Function, Kind, Marker, Of, Rule, Section, Service, Sign, Triggering, Verb,
    Vocabulary,
};
use rustc_hash::FxHashMap;

/// The packs that are compiled into the binary.
static BUILTIN: &[u8] = {
    const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packs.bin"));
    #[cfg_attr(target_os = "linux", allow(unsafe_code, reason = "the section is of this alone and is only read"))]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".packs"))]
    static WHOLE: Aligned<[u8; BYTES.len()]> = Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/packs.bin")));
    &WHOLE.0
};

/// The kernel maps a file in windows of 64 KiB; what is always read begins with one, apart from other constants, which
/// lie closer together without it.
#[repr(align(65536))]
struct Aligned<T: ?Sized>(T);

/// Their sources, for `gate rules show` and `gate rules test`. (In a section of their own, behind all that a decision
/// reads: `.cargo/start.ld` says why.)
#[must_use]
pub fn sources() -> Vec<PackText<'static>> {
    const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packs.toml"));
    #[cfg_attr(target_os = "linux", allow(unsafe_code, reason = "the section is of this alone and is only read"))]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".sources"))]
    static WHOLE: [u8; BYTES.len()] = *include_bytes!(concat!(env!("OUT_DIR"), "/packs.toml"));
    /// Each file, and where its text ends.
    const ENDS: &[(&str, usize)] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

    let whole = std::str::from_utf8(&WHOLE).unwrap_or_default();
    let mut start = 0;
    ENDS.iter()
        .map(|(file, end)| PackText {
            file,
            text: whole.get(std::mem::replace(&mut start, *end)..*end).unwrap_or_default(),
        })
        .collect()
}

/// All packs in force: the built-in ones, and with a rehearsal those that are tried out.
#[derive(Clone)]
pub struct Packs {
    blobs: Vec<Blob<'static>>,
    /// Entries that were asked for, by name.
    found: RefCell<FxHashMap<&'static str, &'static Entry<'static>>>,
    rules: RefCell<Vec<Vec<Option<&'static Rule<'static>>>>>,
    vocabulary: OnceCell<&'static Vocabulary<'static>>,
    functions: ByLanguage<Function<'static>>,
    factors: OnceCell<&'static [Factor<'static>]>,
    signs: ByLanguage<Sign<'static>>,
    services: OnceCell<Vec<Service<'static>>>,
    verbs: OnceCell<&'static [Verb<'static>]>,
    catalogs: OnceCell<&'static [Catalog<'static>]>,
    provenance: OnceCell<Vec<(Classes, Taint)>>,
}

/// The packs as one policy has them: the same knowledge, and its own vocabulary.
#[derive(Clone, Copy)]
pub struct InForce<'p> {
    packs: &'p Packs,
    vocabulary: &'static Vocabulary<'static>,
}

impl Deref for InForce<'_> {
    type Target = Packs;

    fn deref(&self) -> &Packs {
        self.packs
    }
}

impl Know for InForce<'_> {
    fn entry(&self, name: &str) -> Option<&'static Entry<'static>> {
        self.packs.entry(name)
    }

    fn programs(&self, meets: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
        self.packs.programs(meets)
    }

    fn vocabulary(&self) -> &'static Vocabulary<'static> {
        self.vocabulary
    }

    fn functions(&self, language: &str) -> &'static [Function<'static>] {
        Know::functions(self.packs, language)
    }

    fn signs(&self, language: &str) -> [&'static [Sign<'static>]; 2] {
        Know::signs(self.packs, language)
    }

    fn services(&self) -> &[Service<'static>] {
        Know::services(self.packs)
    }

    fn library(&self, name: &str) -> Option<(Of, &'static str)> {
        self.packs.library(name)
    }

    fn verbs(&self) -> &'static [Verb<'static>] {
        Know::verbs(self.packs)
    }

    fn catalogs(&self) -> &'static [Catalog<'static>] {
        Know::catalogs(self.packs)
    }

    fn provenance(&self) -> &[(Classes, Taint)] {
        Know::provenance(self.packs)
    }
}

/// What is known of each language that was asked for; it lives as long as the process.
#[derive(Clone)]
struct ByLanguage<T: 'static>(RefCell<FxHashMap<String, &'static [T]>>);

impl<T> Default for ByLanguage<T> {
    fn default() -> Self {
        ByLanguage(RefCell::default())
    }
}

impl<T> ByLanguage<T> {
    fn of(&self, language: &str, read: impl FnOnce() -> Vec<T>) -> &'static [T] {
        if let Some(known) = self.0.borrow().get(language) {
            return known;
        }
        self.set(language, read())
    }

    fn set(&self, language: &str, all: Vec<T>) -> &'static [T] {
        let all: &'static [T] = Box::leak(all.into_boxed_slice());
        self.0.borrow_mut().insert(language.to_owned(), all);
        all
    }
}

/// A rule's number: pack blob and index.
pub type RuleId = (usize, u32);

impl Packs {
    /// The built-in packs.
    #[must_use]
    pub fn builtin() -> Self {
        Packs::of(vec![BUILTIN])
    }

    /// The built-in packs, and one that was compiled.
    #[must_use]
    pub fn with(bytes: &'static [u8]) -> Self {
        Packs::of(vec![BUILTIN, bytes])
    }

    /// Packs out of compiled blobs; one that is not readable is left out here and reported by whoever loaded it.
    #[must_use]
    pub fn of(bytes: Vec<&'static [u8]>) -> Self {
        let blobs: Vec<Blob<'static>> = bytes.into_iter().filter_map(|b| Blob::open(b).ok()).collect();
        let rules = blobs.iter().map(|b| vec![None; b.rules()]).collect();
        Packs {
            blobs,
            found: RefCell::new(FxHashMap::default()),
            rules: RefCell::new(rules),
            vocabulary: OnceCell::new(),
            functions: ByLanguage::default(),
            factors: OnceCell::new(),
            signs: ByLanguage::default(),
            services: OnceCell::new(),
            verbs: OnceCell::new(),
            catalogs: OnceCell::new(),
            provenance: OnceCell::new(),
        }
    }

    /// SHA-256 of the compiled packs, as hex.
    #[must_use]
    pub fn digest() -> &'static str {
        env!("GATE_RULES_DIGEST")
    }

    /// How many rules there are. Zero is an error: a guard without rules allows everything.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blobs.iter().map(Blob::rules).sum()
    }

    /// Names of all entries.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.blobs.iter().flat_map(Blob::names)
    }

    /// The rules of packs beside the built-in ones that speak of a program and of no effect: no entry knows of them.
    pub fn unattached(&self) -> impl Iterator<Item = &'static Rule<'static>> + '_ {
        let further = self.blobs.iter().enumerate().skip(1);
        let all = further.flat_map(move |(b, blob)| (0..blob.rules()).filter_map(move |i| self.rule((b, i as u32))));
        all.filter(|rule| rule.when.iter().any(|when| when.effect.is_empty()))
    }

    /// Every rule.
    pub fn all_rules(&self) -> impl Iterator<Item = &'static Rule<'static>> + '_ {
        self.blobs
            .iter()
            .enumerate()
            .flat_map(move |(b, blob)| (0..blob.rules()).filter_map(move |i| self.rule((b, i as u32))))
    }

    #[must_use]
    pub fn rule(&self, (blob, index): RuleId) -> Option<&'static Rule<'static>> {
        if let Some(rule) = self.rules.borrow().get(blob)?.get(index as usize)? {
            return Some(rule);
        }
        let rule: &'static Rule<'static> = Box::leak(Box::new(self.blobs.get(blob)?.rule(index as usize)?));
        if let Some(slot) = self.rules.borrow_mut().get_mut(blob).and_then(|r| r.get_mut(index as usize)) {
            *slot = Some(rule);
        }
        Some(rule)
    }

    /// The rules that such an effect of this kind can fire, each once.
    pub fn triggered(&self, kind: Kind, effect: Triggering) -> impl Iterator<Item = RuleId> + '_ {
        let all = self.blobs.iter().enumerate().flat_map(move |(b, blob)| blob.triggers(kind).map(move |t| (b, t)));
        let ids = all.filter(move |(_, trigger)| trigger.by(effect)).map(|(b, trigger)| (b, trigger.rule));
        let mut before = None;
        ids.filter(move |id| before.replace(*id) != Some(*id))
    }

    /// The packs with what a policy adds to their vocabulary; none: nothing.
    #[must_use]
    pub fn in_force(&self, house: Option<&'static Vocabulary<'static>>) -> InForce<'_> {
        InForce { packs: self, vocabulary: house.unwrap_or_else(|| self.own_vocabulary()) }
    }

    /// The vocabulary of the packs themselves.
    pub fn own_vocabulary(&self) -> &'static Vocabulary<'static> {
        self.vocabulary.get_or_init(|| {
            let mut all: Vocabulary<'static> = Vocabulary::default();
            for blob in &self.blobs {
                all.extend(blob.section(Section::Vocabulary).unwrap_or_default());
            }
            Box::leak(Box::new(all))
        })
    }

    /// Variables that show an agent or CI.
    #[must_use]
    pub fn markers(&self) -> Vec<Marker<'static>> {
        self.blobs
            .iter()
            .flat_map(|b| b.section::<Vec<Marker<'static>>>(Section::Markers).unwrap_or_default())
            .collect()
    }

    /// Factors of all packs.
    pub fn factors(&self) -> &'static [Factor<'static>] {
        self.factors.get_or_init(|| self.all(Section::Factors))
    }

    fn all<T: serde::Deserialize<'static>>(&self, section: Section) -> &'static [T] {
        let mut out: Vec<T> = Vec::new();
        for blob in &self.blobs {
            out.extend(blob.section::<Vec<T>>(section).unwrap_or_default());
        }
        Box::leak(out.into_boxed_slice())
    }
}

impl Know for Packs {
    fn entry(&self, name: &str) -> Option<&'static Entry<'static>> {
        if let Some(entry) = self.found.borrow().get(name) {
            return Some(entry);
        }
        let (name, entry) = self.blobs.iter().find_map(|blob| blob.entry(name))?;
        // Entries live as long as the process; there are only as many as the packs hold.
        let entry: &'static Entry<'static> = Box::leak(Box::new(entry));
        self.found.borrow_mut().insert(name, entry);
        Some(entry)
    }

    fn programs(&self, meets: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
        self.names().filter(|name| !name.contains(' ') && meets(name)).collect()
    }

    fn vocabulary(&self) -> &'static Vocabulary<'static> {
        self.own_vocabulary()
    }

    fn functions(&self, language: &str) -> &'static [Function<'static>] {
        self.functions.of(language, || self.blobs.iter().flat_map(|blob| blob.functions(language)).collect())
    }

    fn provenance(&self) -> &[(Classes, Taint)] {
        self.provenance.get_or_init(|| {
            let names = &self.classes().names;
            [
                ("secret", Taint::SECRET),
                ("private", Taint::PRIVATE),
                ("home", Taint::PRIVATE),
                ("root", Taint::PRIVATE),
                ("temporary", Taint::TEMPORARY),
                ("device", Taint::PRIVATE),
                ("workspace", Taint::WORKSPACE),
                ("workspace-root", Taint::WHOLE_WORKSPACE),
                ("system", Taint::SYSTEM),
                ("env-file", Taint::SECRET_VARIABLE),
            ]
            .into_iter()
            .filter_map(|(name, taint)| Some((1 << names.iter().position(|n| *n == name)?, taint)))
            .collect()
        })
    }

    fn signs(&self, language: &str) -> [&'static [Sign<'static>]; 2] {
        ["", language].map(|language| {
            self.signs.of(language, || self.blobs.iter().flat_map(|blob| blob.signs(language)).collect())
        })
    }

    fn services(&self) -> &[Service<'static>] {
        self.services.get_or_init(|| self.blobs.iter().flat_map(Blob::services).collect())
    }

    fn library(&self, name: &str) -> Option<(Of, &'static str)> {
        let mut before = 0;
        let mut found: Option<(Of, &'static str)> = None;
        for (number, blob) in self.blobs.iter().enumerate() {
            if let Some((of, name)) = blob.library(name) {
                let of = of.checked_shl(before).unwrap_or_default();
                found = Some((found.map_or(0, |(of, _)| of) | of, name));
            }
            if number + 1 < self.blobs.len() {
                before += u32::try_from(blob.services().len()).unwrap_or(u32::MAX);
            }
        }
        found
    }

    fn verbs(&self) -> &'static [Verb<'static>] {
        self.verbs.get_or_init(|| self.all(Section::Verbs))
    }

    fn catalogs(&self) -> &'static [Catalog<'static>] {
        self.catalogs.get_or_init(|| {
            let all: Vec<Catalog<'static>> = self.blobs.iter().map(Blob::catalog).collect();
            Box::leak(all.into_boxed_slice())
        })
    }
}
