//! Lists: what there is, as tables or by a template.
//!
//! Promises: the columns and titles of docker/cli's `formatter` package. Must not know how templates work.

pub mod containers;
pub mod history;
pub mod images;
pub mod networks;
pub mod volumes;
