//! The tree. Plain `Copy` data in one arena; walkers match without a wildcard, so no node is ever skipped.

use std::cell::Cell;

/// A stretch of bytes in one of the sources that were read (the input itself, or text found inside it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// Index into the list of sources; 0 is what the user proposed.
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// From here to the end of `other` (same source; otherwise this one).
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source == other.source { Span { end: other.end.max(self.end), ..self } } else { self }
    }
}

/// How one entry of a list follows the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `;`, newline, or the first one.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// A pipeline and how it is joined to the one before.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    pub joint: Joint,
    pub pipeline: &'a [Command<'a>],
    /// Starts with an odd number of `!`.
    pub negated: bool,
    /// The and-or list that this belongs to ends in `&`.
    pub background: bool,
    pub span: Span,
}

pub type List<'a> = &'a [Item<'a>];

#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    pub what: What<'a>,
    pub redirects: &'a [Redirect<'a>],
    pub span: Span,
}

#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    Simple(Simple<'a>),
    Subshell(List<'a>),
    Group(List<'a>),
    If { arms: &'a [(List<'a>, List<'a>)], otherwise: Option<List<'a>> },
    While { condition: List<'a>, body: List<'a>, until: bool },
    For { name: &'a str, words: Option<&'a [Word<'a>]>, body: List<'a> },
    ArithmeticFor { parts: &'a [Part<'a>], body: List<'a> },
    Select { name: &'a str, words: Option<&'a [Word<'a>]>, body: List<'a> },
    Case { word: Word<'a>, arms: &'a [CaseArm<'a>] },
    Arithmetic(&'a [Part<'a>]),
    Condition(&'a Condition<'a>),
    Function { name: &'a str, body: &'a Command<'a> },
    Coprocess { name: Option<&'a str>, body: &'a Command<'a> },
}

#[derive(Clone, Copy, Debug)]
pub struct Simple<'a> {
    pub assigns: &'a [Assign<'a>],
    pub words: &'a [Word<'a>],
    /// Array assignments among the arguments of `declare` and its kin.
    pub declares: &'a [Assign<'a>],
}

impl<'a> Simple<'a> {
    /// Its first word, if that is one unquoted literal.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.words.first().and_then(Word::bare)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Assign<'a> {
    pub name: &'a str,
    pub subscript: Option<&'a [Part<'a>]>,
    pub append: bool,
    pub value: AssignValue<'a>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug)]
pub enum AssignValue<'a> {
    Word(Word<'a>),
    /// `(a b [k]=v)`: key parts where given, then the word.
    Array(&'a [(Option<&'a [Part<'a>]>, Word<'a>)]),
}

#[derive(Clone, Copy, Debug)]
pub struct CaseArm<'a> {
    pub patterns: &'a [Word<'a>],
    pub body: List<'a>,
    pub end: ArmEnd,
}

/// What an arm of `case` goes on with (bash(1), "Compound Commands").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArmEnd {
    /// `;;`
    Leaves,
    /// `;&`: the next arm, whatever its pattern says.
    Falls,
    /// `;;&`: the next arm that fits.
    Tests,
}

#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    Word(Word<'a>),
    Unary(&'a str, Word<'a>),
    Binary(Word<'a>, &'a str, Word<'a>),
    Not(&'a Condition<'a>),
    And(&'a Condition<'a>, &'a Condition<'a>),
    Or(&'a Condition<'a>, &'a Condition<'a>),
}

#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    pub parts: &'a [Part<'a>],
    pub span: Span,
}

impl<'a> Word<'a> {
    /// The text, if the word is one unquoted literal.
    #[must_use]
    pub fn bare(&self) -> Option<&'a str> {
        match self.parts {
            [Part::Literal(text)] => Some(text),
            [] => Some(""),
            _ => None,
        }
    }

    /// Its parts, without the double quotes that stand around all of it.
    #[must_use]
    pub fn unquoted(&self) -> &'a [Part<'a>] {
        match self.parts {
            [Part::Double(inner)] => inner,
            other => other,
        }
    }

    /// Whether it is a word even if nothing stands in it.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        matches!(self.parts, [Part::Double(_)])
    }

    /// Whether it says itself, letter by letter, what it comes to.
    #[must_use]
    pub fn is_written_out(&self) -> bool {
        self.unquoted().iter().all(|part| matches!(part, Part::Literal(_) | Part::Quoted(_)))
    }

    /// The text, if the word is one literal, quoted or bare.
    #[must_use]
    pub fn literal(&self) -> Option<&'a str> {
        match self.unquoted() {
            [Part::Literal(text) | Part::Quoted(text)] => Some(text),
            [] => Some(""),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Unquoted text: braces, globs and tildes in it are live.
    Literal(&'a str),
    /// Quoted text: `'…'`, `\x`, `$'…'` after decoding.
    Quoted(&'a str),
    /// `"…"` and `$"…"`
    Double(&'a [Part<'a>]),
    Parameter(&'a Parameter<'a>),
    /// `$(…)`, backticks and `${ …; }`
    Command(List<'a>, Span),
    /// `$((…))` and `$[…]`
    Arithmetic(&'a [Part<'a>]),
    /// `<(…)` (true) or `>(…)` (false)
    Process(bool, List<'a>, Span),
    /// `@(a|b)` and its kin, kept as a pattern; the parts between the parentheses.
    Extglob(u8, &'a [Part<'a>]),
}

#[derive(Clone, Copy, Debug)]
pub struct Parameter<'a> {
    pub name: &'a str,
    pub subscript: Option<&'a [Part<'a>]>,
    pub indirect: bool,
    pub length: bool,
    /// What stands before the name in zsh: the letters of `${(L)x}`, the sign of `${=x}` (zshexpn(1), "Parameter
    /// Expansion Flags"). Bash takes none of it.
    pub flags: &'a str,
    pub op: Op<'a>,
    pub span: Span,
}

impl Parameter<'_> {
    /// `$*`, `${a[*]}`: all of them.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.name == "*" || matches!(self.subscript, Some([Part::Literal("*")]))
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Op<'a> {
    None,
    /// `:-` or `-`; the flag says whether empty counts as unset.
    Default(bool, &'a [Part<'a>]),
    Assign(bool, &'a [Part<'a>]),
    Error(bool, &'a [Part<'a>]),
    Alternative(bool, &'a [Part<'a>]),
    /// `#`, `##`: the flag says longest.
    TrimPrefix(bool, &'a [Part<'a>]),
    TrimSuffix(bool, &'a [Part<'a>]),
    /// `/pattern/with`; the byte is `/`, `#`, `%` or 0 for the first match.
    Replace(u8, &'a [Part<'a>], &'a [Part<'a>]),
    Substring(&'a [Part<'a>], Option<&'a [Part<'a>]>),
    /// `^ ^^ , ,,`
    Case(&'a str, &'a [Part<'a>]),
    /// `@Q @P …`
    Transform(u8),
    /// `${!prefix*}`, `${!prefix@}`
    Names,
    /// Read to its end, not understood (zsh flags and the like); what it holds is kept.
    Unknown(&'a [Part<'a>]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `<`
    Read,
    /// `>`, `>|`
    Write,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`, `>&` with a descriptor or `-`
    Duplicate,
    /// `&>`
    Both,
    /// `&>>`
    BothAppend,
    HereString,
    HereDocument,
}

#[derive(Clone, Copy, Debug)]
pub struct Redirect<'a> {
    /// The descriptor before the operator; `None` is the operator's own.
    pub fd: Option<u32>,
    /// `{name}>`: the shell picks a descriptor and stores it there.
    pub fd_name: Option<&'a str>,
    pub direction: Direction,
    pub target: Word<'a>,
    pub heredoc: Option<&'a HereDocument<'a>>,
    pub span: Span,
}

#[derive(Debug)]
pub struct HereDocument<'a> {
    pub delimiter: &'a str,
    pub quoted: bool,
    pub strip_tabs: bool,
    /// Filled when the line ends and the body is read.
    pub body: Cell<&'a [Part<'a>]>,
}
