//! Closed lists of words.

/// An enum whose members have one word each, in packs, requests, JSON and documents alike.
macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant),* }
        #[allow(dead_code, reason = "not every list is gone through, or read back")]
        impl $name {
            /// Every member, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// Their words, in order.
            pub const WORDS: [&'static str; $name::ALL.len()] = [$($text),*];
            /// The word for it in packs, JSON and documents.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $($name::$variant => $text),* } }
            /// The member that this word names.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { match word { $($text => Some($name::$variant),)* _ => None } }
        }
    };
}
