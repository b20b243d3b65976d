//! What the crate is made of, and the papers that lie beside it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::generated::root;

/// Licences that ask for no more than a notice. MPL-2.0 binds only changes to its own files.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "PostgreSQL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression leaves a choice that [`LICENCES`] allows. `/` is the old spelling of `OR`.
fn allowed(expression: &str) -> bool {
    fn term(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> bool {
        let mut value = factor(words);
        while words.next_if(|word| word == "OR").is_some() {
            value |= factor(words);
        }
        value
    }
    fn factor(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> bool {
        let mut value = one(words);
        while words.next_if(|word| word == "AND").is_some() {
            value &= one(words);
        }
        value
    }
    fn one(words: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> bool {
        match words.next().as_deref() {
            Some("(") => {
                let value = term(words);
                words.next();
                value
            }
            Some(licence) => {
                // An exception only permits more.
                if words.next_if(|word| word == "WITH").is_some() {
                    words.next();
                }
                LICENCES.contains(&licence)
            }
            None => false,
        }
    }
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    term(&mut spaced.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter().peekable())
}

#[test]
fn licence_expressions_are_judged() {
    for good in [
        "MIT",
        "MIT OR Apache-2.0",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "AGPL-3.0-only", "LGPL-2.1-or-later", "MIT AND GPL-2.0", "(MIT OR Apache-2.0) AND LGPL-3.0"] {
        assert!(!allowed(bad), "{bad}");
    }
}

#[test]
fn deny_toml_allows_the_same_licences() {
    let text = read("deny.toml");
    let list = text.split("\nallow = [\n").nth(1).and_then(|rest| rest.split("\n]").next()).expect("a list of licences");
    let listed: Vec<&str> = list.lines().map(|line| line.trim().trim_end_matches(',').trim_matches('"')).collect();
    let plain: Vec<&str> = listed.into_iter().filter(|licence| !licence.contains(" WITH ")).collect();
    assert_eq!(plain, LICENCES);
}

/// What a cargo command prints about this crate, without the network.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo).args(arguments).args(["--offline", "--locked"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// This machine, as cargo names it. Without the platform, cargo would want packages of other systems that a fresh machine has never downloaded.
fn host() -> String {
    let version = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// The packages that are compiled for this machine, dependencies of tests and of build scripts included.
fn packages() -> Vec<Value> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--filter-platform", &host()])).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn dependencies_have_allowed_licences_and_one_source() {
    let mut found = Vec::new();
    let packages = packages();
    assert!(packages.len() > 50, "cargo metadata lists {} packages", packages.len());
    for package in &packages {
        let name = format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let licence = package["license"].as_str().unwrap_or_default();
        if !allowed(licence) {
            found.push(format!("{name}: licence `{licence}`"));
        }
        match package["source"].as_str() {
            None if package["name"].as_str().is_some_and(|name| name.starts_with("title-review")) => {}
            Some("registry+https://github.com/rust-lang/crates.io-index") => {}
            source => found.push(format!("{name}: from {source:?}")),
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn there_is_one_sqlite_and_one_crypto_library() {
    // Asked of what is compiled: the lock file also names what a crate could use and does not.
    let tree = cargo(&["tree", "--edges", "normal,build,dev", "--target", &host(), "--prefix", "none", "--format", "{p}"]);
    let versions = |name: &str| {
        let lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
        lines.filter(|line| line.split(' ').next() == Some(name)).collect::<BTreeSet<_>>()
    };
    for one in ["libsqlite3-sys", "aws-lc-sys", "aws-lc-rs", "rustls"] {
        assert_eq!(versions(one).len(), 1, "{one}: {:?}", versions(one));
    }
    for other in ["ring", "openssl-sys", "native-tls"] {
        assert!(versions(other).is_empty(), "{other}");
    }
    // The client of S3 has HTTP/2 in it; the server does not.
    let users = cargo(&["tree", "--invert", "h2", "--edges", "normal", "--target", &host(), "--prefix", "none", "--format", "{p}"]);
    assert!(users.contains("object_store ") && !users.contains("actix"), "{users}");
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The fenced blocks of commands (`sh`) of a Markdown text.
fn command_blocks(text: &str) -> Vec<&str> {
    text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn both_readmes_have_the_same_commands() {
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    let blocks = command_blocks(&english);
    assert!(blocks.len() >= 2, "one command to run, one to test");
    assert_eq!(blocks, command_blocks(&chinese));
}

#[test]
fn the_readme_says_how_to_run_and_to_test() {
    let text = read("README.md");
    let block = text.split("<!-- test -->\n```sh\n").nth(1).expect("a block marked <!-- test -->");
    assert_eq!(block.split("```").next(), Some("cargo test --locked\n"));
    assert!(text.contains("```sh\ncargo run --release -- serve --sandbox\n```"));
}

#[test]
fn the_changelog_and_the_licence_are_there() {
    let version = format!("## {}", env!("CARGO_PKG_VERSION"));
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains("## Unreleased") || changelog.contains(&version), "CHANGELOG.md has no part for this version");
    assert!(read("LICENSE").contains("Apache License"));
}
