//! `title-review clock …`: business time and the host's.

use clap::{Args, Subcommand};

use super::Error;
use crate::applications::service as applications;
use crate::audit;
use crate::config::Config;
use crate::db;
use crate::keys::KeyRing;
use crate::oversight;
use crate::server::{Environment, Running, assemble};
use title_review_core::clock::{Clock as _, SystemClock};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the host's clock and what business time has come to
    Show,
    /// Set business time back to the host's clock, on record: after the host's clock was ahead. Windows that close later open again
    SetBack(SetBack),
}

#[derive(Debug, Args)]
pub(super) struct SetBack {
    /// Why; it is put on record
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) fn run(command: &Command, config: Config) -> Result<(), Error> {
    match command {
        Command::Show => show(&config),
        Command::SetBack(options) => set_back(options, config),
    }
}

fn show(config: &Config) -> Result<(), Error> {
    let mut conn = db::open_copy(&config.database)?;
    let reached = audit::find_reached(&mut conn)?;
    println!("host's clock   {}", SystemClock::new().now());
    println!("business time  {}", reached.map_or_else(|| "no act yet".to_owned(), |reached| format!("not before {reached}")));
    Ok(())
}

fn set_back(options: &SetBack, config: Config) -> Result<(), Error> {
    let keys = KeyRing::load_existing(&config.keys)?;
    let environment = Environment::real(&config);
    let (reason, to) = (options.reason.trim().to_owned(), SystemClock::new().now());
    if reason.is_empty() {
        return Err(Error::Refused("the reason is empty".to_owned()));
    }
    let _alone = Running::alone(&config)?;
    actix_web::rt::System::new().block_on(async {
        let app = assemble(config, keys, environment).await?;
        if app.sandbox.is_some() {
            return Err(Error::Refused("a sandbox's clock is set with PUT /v1/sandbox/clock".to_owned()));
        }
        let done = app.act_as_system(move |cx| {
            let Some(before) = oversight::set_back(cx, to, &reason)? else { return Ok(None) };
            let revived = applications::revive(cx, applications::Ended::After(to))?;
            Ok::<_, crate::applications::Error>(Some((before, revived)))
        });
        let done = done.await.map_err(|error| Error::Refused(error.to_string()))?;
        let Some((before, revived)) = done else {
            return Err(Error::Refused(format!(
                "business time is not ahead of the host's clock, {to}: there is nothing to set back"
            )));
        };
        println!("business time goes on from {to}; it had come to {before}. Applications that live again: {revived}");
        Ok(())
    })
}
