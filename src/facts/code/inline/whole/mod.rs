//! What is asked of a piece of inline code as a whole, and of where it comes from.

pub(super) mod brought_in;
pub(super) mod changed;
pub(super) mod elsewhere;
pub(super) mod encoded;
pub(super) mod endless;
pub(super) mod hidden;
pub(super) mod idle;
pub(super) mod looking;
pub(super) mod mentioned;
pub(super) mod named_apart;
pub(super) mod origins;
pub(super) mod pairs;
pub(super) mod patched;
pub(super) mod repeated;
pub(super) mod revealed;
pub(super) mod snippet;
pub(super) mod strangers;
pub(super) mod traversed;
