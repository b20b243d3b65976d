use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn refused(sources: &Sources) -> String {
    Config::load(sources).unwrap_err().to_string()
}

#[test]
fn defaults_are_complete_and_paths_are_in_the_data_folder() {
    let config = Config::load(&Sources::default()).unwrap();
    assert_eq!(config.database.url, "sqlite:data/title-review.db");
    assert_eq!(config.keys.file, PathBuf::from("data/keys.toml"));
    assert_eq!(config.storage.folder, PathBuf::from("data/objects"));
    assert_eq!(config.server.base_url(), "http://127.0.0.1:8080");
    assert_eq!(DatabaseConfig { url: config.database.url.clone(), ..DatabaseConfig::default() }, config.database);
}

#[test]
fn flags_override_environment_which_overrides_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "data = \"one\"\n[server]\nlisten = \"0.0.0.0:1\"\nworkers = 3\n[auth]\naccess_minutes = 10\n").unwrap();
    let sources = Sources {
        file: Some(file),
        environment: environment(&[
            ("TITLE_REVIEW_DATA", "two"),
            ("TITLE_REVIEW_SERVER__LISTEN", "0.0.0.0:2"),
            ("TITLE_REVIEW_DATABASE__SYNCHRONOUS", "normal"),
            ("TITLE_REVIEW_SANDBOX__START", "2024-07-22T09:00:00+08:00"),
            ("TITLE_REVIEW_SERVER__TRUSTED_PROXIES", "[\"10.0.0.1\"]"),
            ("TITLE_REVIEW_BIN", "elsewhere"),
            ("PATH", "/bin"),
        ]),
        flags: Flags { listen: Some("0.0.0.0:3".to_owned()), sandbox: true, ..Flags::default() },
    };
    let config = Config::load(&sources).unwrap();
    assert_eq!((config.data.as_path(), config.server.listen.port(), config.server.workers), (std::path::Path::new("two"), 3, 3));
    assert_eq!((config.auth.access_minutes, config.database.synchronous), (10, Synchronous::Normal));
    assert_eq!(config.sandbox.start.unwrap().to_string(), "2024-07-22T09:00:00+08:00");
    assert!(config.sandbox.enabled && config.server.trusted_proxies.len() == 1);
}

#[test]
fn unknown_keys_and_bad_values_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    let by_file = |text: &str| {
        std::fs::write(&file, text).unwrap();
        refused(&Sources { file: Some(file.clone()), ..Sources::default() })
    };
    let by_environment =
        |name: &str, value: &str| refused(&Sources { environment: environment(&[(name, value)]), ..Sources::default() });
    for (finding, named) in [
        (by_file("[server]\nlistn = \"x\""), "server.listn: unknown key"),
        (by_file("[serve]\nlisten = \"x\""), "serve: unknown key"),
        (by_file("[server]\nlisten = \"nowhere\""), "server.listen"),
        (by_file("[database]\nreaders = 0"), "database.readers: is not 1 to 64"),
        (by_file("[database]\nsynchronous = \"off\""), "database.synchronous"),
        (by_file("[sandbox]\nstart = \"2024-07-22T09:00:00\""), "sandbox.start"),
        (by_file("[auth]\naccess_minutes = \"ten\""), "auth.access_minutes"),
        (by_environment("TITLE_REVIEW_SERVER__WORKERS", "many"), "server.workers"),
        (by_environment("TITLE_REVIEW_SERVER__WORKERS", "many"), "TITLE_REVIEW_SERVER__WORKERS"),
        (by_environment("TITLE_REVIEW_SERVER_LISTEN", "0.0.0.0:1"), "server_listen: unknown key"),
        (by_file("[server]\ntrusted_proxies = [\"10.0.0.0/33\"]"), "server.trusted_proxies"),
        (by_file("[server]\nforwarded_header = \"x-real-ip\""), "server.forwarded_header"),
        (by_file("[server]\nallowed_origins = [\"https://a.example/\"]"), "server.allowed_origins"),
        (by_file("[server]\nallowed_origins = [\"*\"]"), "server.allowed_origins"),
        (by_file("[server]\ntls_key = \"key.pem\""), "server.tls_key"),
        (by_file("[server]\nrequest_seconds = 60"), "server.request_seconds: is less than limits.body_seconds"),
        (by_file("[limits]\njson_depth = 200"), "limits.json_depth"),
        (by_file("[limits]\nrate_anonymous = 2000000"), "limits.rate_anonymous"),
        (by_environment("TITLE_REVIEW_LOG__FILTER", "x=loud"), "log.filter"),
        (by_environment("TITLE_REVIEW_DATABASE__URL", "mysql://x"), "database.url"),
    ] {
        assert!(finding.contains(named), "{named}: {finding}");
    }
    let two = by_file("[database]\nreaders = 0\nwrite_group = 0");
    assert_eq!(two.lines().count(), 2, "{two}");
    let missing = refused(&Sources { file: Some(folder.path().join("no.toml")), ..Sources::default() });
    assert!(missing.contains("no.toml"), "{missing}");
}

#[test]
fn the_effective_configuration_is_shown_without_secrets_and_can_be_read_back() {
    let sources = Sources {
        environment: environment(&[
            ("TITLE_REVIEW_DATABASE__URL", "postgres://clerk:hidden-1@db:5432/x?password=hidden-2&sslmode=disable"),
            ("TITLE_REVIEW_KEYS__INLINE", "index = 'hidden-3'"),
        ]),
        ..Sources::default()
    };
    let config = Config::load(&sources).unwrap();
    let shown = config.to_toml();
    assert!(!shown.contains("hidden") && shown.contains("postgres://clerk:***@db:5432/x?password=***&sslmode=disable"), "{shown}");
    assert!(!format!("{config:?}").contains("hidden-3"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    let plain = Config::load(&Sources::default()).unwrap();
    std::fs::write(&file, plain.to_toml()).unwrap();
    assert_eq!(Config::load(&Sources { file: Some(file), ..Sources::default() }).unwrap(), plain);
}

#[test]
fn every_key_is_commented() {
    let mut commented = false;
    for line in DEFAULT.lines().filter(|line| !line.is_empty()) {
        assert!(line.starts_with("# ") || commented, "`{line}` has no comment");
        commented = line.starts_with("# ");
    }
}
