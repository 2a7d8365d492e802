pub mod facts;
pub mod limits;
