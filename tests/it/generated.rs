//! Generated files in the repository. A test compares each of them with what the code generates, or regenerates it.

use std::path::{Path, PathBuf};

/// The root of the repository: this file is compiled into the server's tests and into those of the core.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).expect("a workspace has a lock file")
}

/// Fails if the committed file at `path`, relative to the repository, is not `text`. With `UPDATE_GENERATED=1` the file is written
/// instead.
pub fn assert_generated(path: &str, text: &str) {
    if let Err(drift) = compare_or_write(&root().join(path), text, std::env::var_os("UPDATE_GENERATED").is_some()) {
        panic!(
            "{path} {drift}\n`just generate` (`.ci/run generate`) writes every such file anew{}: read what changed.",
            this_one_alone()
        );
    }
}

/// How the running test alone is asked to write its file: the harness calls the thread by the name of the test.
fn this_one_alone() -> String {
    let thread = std::thread::current();
    let test = thread.name().filter(|name| name.contains("::"));
    test.map_or_else(String::new, |test| {
        format!(", `UPDATE_GENERATED=1 cargo test --locked -p {} -- {test}` this one", env!("CARGO_PKG_NAME"))
    })
}

fn compare_or_write(file: &PathBuf, text: &str, update: bool) -> Result<(), String> {
    if update {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        return std::fs::write(file, text).map_err(|error| error.to_string());
    }
    let found = std::fs::read_to_string(file).map_err(|error| format!("cannot be read ({error})"))?;
    if found == text {
        return Ok(());
    }
    let line = found.lines().zip(text.lines()).position(|(a, b)| a != b).unwrap_or(found.lines().count().min(text.lines().count()));
    Err(format!(
        "differs from line {}: committed `{}`, generated `{}`",
        line + 1,
        found.lines().nth(line).unwrap_or_default(),
        text.lines().nth(line).unwrap_or_default()
    ))
}

#[test]
fn changed_file_is_detected_and_regenerated() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("docs/page.md");
    assert!(compare_or_write(&file, "one\ntwo\n", false).is_err());
    compare_or_write(&file, "one\ntwo\n", true).expect("written");
    compare_or_write(&file, "one\ntwo\n", false).expect("equal");
    let drift = compare_or_write(&file, "one\nthree\n", false).expect_err("differs");
    assert!(drift.starts_with("differs from line 2"), "{drift}");
}
