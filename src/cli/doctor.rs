//! `title-review doctor`: what is wrong, and what to do about it.

use clap::Args;

use super::Error;
use crate::config::Config;
use crate::operation::doctor::{self, Finding, State};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// A JSON object with the findings
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Doctor, config: &Config) -> Result<(), Error> {
    let findings = doctor::examine(config, &actix_web::rt::System::new());
    if options.json {
        println!("{}", serde_json::json!({ "ok": !doctor::is_ill(&findings), "findings": findings }));
    } else {
        for finding in &findings {
            print!("{}", line(finding));
        }
    }
    if doctor::is_ill(&findings) { Err(Error::Ill) } else { Ok(()) }
}

fn line(finding: &Finding) -> String {
    let Finding { part, state, found, cure } = finding;
    let cure = cure.as_ref().map_or_else(String::new, |cure| format!("\n                 -> {cure}"));
    let state = match state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail => "FAIL",
    };
    format!("{state:<4} {part:<11} {found}{cure}\n")
}
