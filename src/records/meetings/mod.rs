//! The meeting that an application is before, as far as others ask about it.

mod facts;

pub use facts::begins_at;
