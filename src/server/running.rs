//! Whether a server runs on a data folder: a lock that the system gives back however the server ends.

use super::Error;
use crate::config::Config;
use std::fs::{File, TryLockError};

/// The lock of a data folder, held for as long as this lives.
#[derive(Debug)]
pub struct Running {
    _lock: File,
}

impl Running {
    /// A server runs on the data folder; others may, too, on a database that they share.
    ///
    /// # Errors
    /// [`Error::Io`] if the lock's file cannot be opened or locked; [`Error::Data`] while a command has the folder for itself.
    pub fn server(config: &Config) -> Result<Self, Error> {
        let lock = open(config)?;
        held(lock.try_lock_shared(), "a command is at work on the data folder")?;
        Ok(Self { _lock: lock })
    }

    /// No server runs on the data folder, and none starts meanwhile.
    ///
    /// # Errors
    /// [`Error::Io`] if the lock's file cannot be opened or locked; [`Error::Data`] while a server runs.
    pub fn alone(config: &Config) -> Result<Self, Error> {
        let lock = open(config)?;
        held(lock.try_lock(), "a server runs on the data folder: stop it first")?;
        Ok(Self { _lock: lock })
    }
}

fn open(config: &Config) -> Result<File, Error> {
    config.create_data_folder()?;
    Ok(File::options().create(true).append(true).open(config.data.join("server.lock"))?)
}

fn held(outcome: Result<(), TryLockError>, taken: &str) -> Result<(), Error> {
    match outcome {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::Data(taken.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
