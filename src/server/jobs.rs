//! The jobs of all slices.

use crate::applications::{expiry, undecided};
use crate::audit::heads;
use crate::context::App;
use crate::imports;
use crate::jobs::{Policy, Runner};
use crate::key_management;
use crate::oversight;
use crate::privacy::retention;
use chrono::TimeDelta;
use std::sync::Arc;

/// The runner of this server's jobs.
#[must_use]
pub fn job_runner(app: &App) -> Runner {
    let jobs = &app.config.jobs;
    let policy = Policy { lease: TimeDelta::seconds(jobs.lease_seconds), most_attempts: jobs.most_attempts, ..Policy::default() };
    let (for_lapses, for_keys, for_heads) = (app.clone(), app.clone(), app.clone());
    let (for_imports, for_erasing, for_warnings) = (app.clone(), app.clone(), app.clone());
    let for_removal = app.clone();
    Runner::new(app.db.clone(), Arc::clone(&app.clock), Arc::clone(&app.session_clock), Arc::clone(&app.ids), policy)
        .handle(undecided::JOB, move |job| undecided::warn(for_warnings.clone(), job))
        .handle(expiry::JOB, move |_| expiry::run_job(for_lapses.clone()))
        .handle(key_management::JOB, move |_| key_management::run_job(for_keys.clone()))
        .handle(retention::JOB, move |_| retention::run_job(for_removal.clone()))
        .handle(imports::JOB, move |job| imports::run_job(for_imports.clone(), job))
        .handle(imports::ERASE, move |job| imports::erase_job(for_erasing.clone(), job))
        .handle(heads::JOB, move |job| oversight::run_job(for_heads.clone(), job))
}
