//! Defences (4.5): scheduled, held or exempted.

mod facts;
mod model;
mod rows;
pub(crate) mod store;

pub use facts::{settled, state};
pub use model::DefenceStage;
pub use rows::DefenceRow;
