//! `serve`: the server.

use clap::Args;

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// Demo data and a clock that the client may set; the database stays a sandbox for good
    #[arg(long)]
    pub(super) sandbox: bool,
}
