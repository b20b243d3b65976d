//! Running the server: what monitoring sees, when it takes requests, what it logs.

mod backup;
mod doctor;
mod guide;
mod logs;
mod metrics;
mod office;
mod readiness;
mod s3;
mod upgrades;
