//! Inline code as its tokens, and how its languages write what others write otherwise.

pub(super) mod bare;
pub(super) mod branches;
pub(super) mod interpolated;
pub(super) mod literals;
pub(super) mod own_signs;
pub(super) mod perl;
pub(super) mod perl_lists;
pub(super) mod php;
pub(super) mod prepared;
pub(super) mod put_together;
pub(super) mod reworded;
pub(super) mod ruby;
pub(super) mod statements;
pub(super) mod tokens;
