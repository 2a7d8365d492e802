//! How it looks. Pure: results in, text out; nothing here prints or decides.

mod calls;
pub mod escape;
pub mod explain;
pub mod github;
pub mod human;
pub mod json;
pub mod places;
pub mod plan;
pub mod sarif;
