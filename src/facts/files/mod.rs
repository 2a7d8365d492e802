//! What the script itself did to files, and what becomes of that: written, packed, moved, planted, kept.

pub(super) mod additions;
pub(super) mod aftermath;
pub(super) mod agents;
pub(super) mod archives;
pub(super) mod carried;
pub(super) mod filters;
pub(super) mod guarded;
pub(super) mod moved;
pub(super) mod names;
pub(super) mod other_projects;
pub(super) mod overlay;
pub(super) mod pages;
pub(super) mod past;
mod pipeline;
pub(super) mod planted;
mod recipes;
mod settings;
mod steps;
pub(super) mod unseen;
pub(super) mod verified;
