//! Keys: rotated, listed and retired while servers run.

mod commands;
mod places;
mod program;
mod rotation;
