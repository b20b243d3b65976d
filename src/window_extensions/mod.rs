//! Windows kept open longer (延长时间窗口), for everyone or for one person: on record, and what waits for the window expires later.
//!
//! An extension is a fact of its cycle and is kept there; this slice is above applications because it moves their deadlines with it.

pub mod http;
mod service;

pub use service::{Error, check, create};
