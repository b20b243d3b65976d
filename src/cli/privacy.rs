//! `title-review privacy …`

use clap::{Args, Subcommand};

use super::Error;
use crate::config::Config;
use crate::keys::KeyRing;
use crate::privacy::{self, Erased};
use crate::problem::describe;
use crate::server::{Environment, assemble};
use title_review_core::ids::AccountId;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Erase applicants whose retention (`privacy.retention_months`) is over: rows, details of the record, files. Cannot be undone
    Erase(Erase),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// This account, even while a sanction is in force: then its number stays barred
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Everybody whose retention is over and against whom no sanction is in force
    #[arg(long)]
    due: bool,
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    #[command(flatten)]
    whom: Whom,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(command: &Command, config: Config) -> Result<(), Error> {
    let Command::Erase(options) = command;
    let keys = KeyRing::load_existing(&config.keys)?;
    let environment = Environment::real(&config);
    actix_web::rt::System::new().block_on(async {
        let app = assemble(config, keys, environment).await?;
        let refused = |error: privacy::Error| Error::Refused(refusal(error));
        let accounts = match options.whom.account {
            Some(account) => vec![account],
            None => app.act_as_system(privacy::list_due).await.map_err(refused)?,
        };
        for account in accounts {
            let done = privacy::erase_or_try(&app, account, options.dry_run).await.map_err(refused)?;
            let what = if options.dry_run { "would be erased" } else { "erased" };
            println!("{account} {what}: {}", summary(&done));
        }
        if !options.dry_run {
            app.act_as_system(privacy::release_numbers).await?;
            println!("{} files removed", privacy::remove_files(&app).await.map_err(refused)?);
        }
        Ok(())
    })
}

fn summary(done: &Erased) -> String {
    let kept = if done.index_kept { "; a sanction is in force: its number stays barred" } else { "" };
    format!("{} rows, {} details of the record, {} files{kept}", done.rows, done.details, done.files)
}

fn refusal(error: privacy::Error) -> String {
    match error {
        privacy::Error::RetentionNotSet | privacy::Error::NotErasable(_) => error.to_string(),
        other => describe(other),
    }
}
