//! The program `title-review`.

use std::process::ExitCode;

/// A burst of logins left 1.9 GB behind with the system's allocator, 206 MB with this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    title_review::cli::main()
}
