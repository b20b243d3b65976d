//! title-review: a prefecture's professional-title review (职称评审) from first login to a certificate anyone can check.

pub mod audit;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cycles;
pub mod db;
pub mod events;
pub mod identity_numbers;
pub mod ids;
pub mod jobs;
pub mod keys;
pub mod profiles;
pub mod telemetry;
pub mod words;
pub mod workflow;
