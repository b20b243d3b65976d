//! Personal data: who sees it, what is known of it, where it must not be found.

mod canaries;
mod erasure;
mod export;
mod retention;
mod search;
mod views;
