//! Cycle files that an operator puts into a folder.

use title_review::config::Config;
use title_review::keys::KeyRing;
use title_review::keys::SystemIds;
use title_review::server::{self, Environment};
use title_review_core::clock::SystemClock;

use crate::support::database::Database;
use crate::support::on_both;

async fn start(database: &Database, folder: &std::path::Path) -> Result<title_review::context::App, String> {
    start_with(database, folder, std::path::Path::new("")).await
}

async fn start_with(
    database: &Database,
    folder: &std::path::Path,
    calendars: &std::path::Path,
) -> Result<title_review::context::App, String> {
    let mut config = Config::with_data(&database.folder()).unwrap();
    config.database = database.config.clone();
    config.cycles.folder = folder.to_path_buf();
    config.cycles.calendars = calendars.to_path_buf();
    let environment = Environment {
        clock: None,
        session_clock: std::sync::Arc::new(SystemClock::new()),
        ids: std::sync::Arc::new(SystemIds),
        password_cost: title_review::authn::Cost { memory_kib: 8, passes: 1, ..title_review::authn::Cost::STANDARD },
        made_up_cycles: false,
    };
    let keys = database.folder().join("folder-keys.toml");
    let keys = title_review::config::KeysConfig { file: keys, ..Default::default() };
    let keys = KeyRing::load(&keys, &database.folder()).unwrap();
    server::assemble(config, keys, environment).await.map_err(|error| error.to_string())
}

on_both!(calendar_files_of_the_operator_are_loaded_at_the_start);
async fn calendar_files_of_the_operator_are_loaded_at_the_start(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let (name, text) = title_review_core::cycles::builtin().iter().find(|(name, _)| !name.contains("aksu-2024")).unwrap();
    let id = title_review_core::cycles::loader::load(text, name).unwrap().id;
    let regional = text.replacen("state = \"cn\"", "state = \"cn\"\nregional = [\"tianhe\"]", 1);
    std::fs::write(folder.path().join("next.toml"), &regional).unwrap();
    let unknown = start(&database, folder.path()).await.map(drop).unwrap_err();
    assert!(unknown.contains("calendar_unknown") && unknown.contains("cycles.calendars"), "{unknown}");

    let calendars = tempfile::tempdir().unwrap();
    let published = "format = 1\nid = \"tianhe\"\nname = \"节\"\nsource = \"通知\"\nregion = \"659700\"\nyears = [2024]\n\n[[holidays]]\nname = \"节\"\nfrom = \"2024-08-19\"\nto = \"2024-08-19\"\nworking_days = []\n";
    std::fs::write(calendars.path().join("tianhe-2024.toml"), published).unwrap();
    let app = start_with(&database, folder.path(), calendars.path()).await.unwrap();
    assert_eq!(versions(&app, &id).await, [(1, true)]);
    // A calendar that contradicts itself stops the start.
    std::fs::write(
        calendars.path().join("tianhe-2024.toml"),
        published.replace("working_days = []", "working_days = [\"2024-08-20\"]"),
    )
    .unwrap();
    let refused = start_with(&database, folder.path(), calendars.path()).await.map(drop).unwrap_err();
    assert!(refused.starts_with("cycles.calendars:") && refused.contains("tianhe-2024.toml:12:17"), "{refused}");
}

async fn versions(app: &title_review::context::App, cycle: &str) -> Vec<(i32, bool)> {
    let cycle = cycle.to_owned();
    let rows = app.act_as_system(move |cx| title_review::cycles::service::list_versions(cx, &cycle, None, 100)).await;
    rows.map_or_else(|_| Vec::new(), |rows| rows.iter().map(|row| (row.version, row.published_at.is_some())).collect())
}

on_both!(files_of_the_folder_are_loaded_at_the_start);
async fn files_of_the_folder_are_loaded_at_the_start(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let (name, text) = title_review_core::cycles::builtin().iter().find(|(name, _)| !name.contains("aksu-2024")).unwrap();
    let id = title_review_core::cycles::loader::load(text, name).unwrap().id;
    let file = folder.path().join("next.toml");

    // An error stops the start, with file, line and column; nothing of the folder is there afterwards.
    let broken = text.replacen("\ntitle", "\ntitel", 1);
    assert_ne!(&broken, text);
    std::fs::write(&file, &broken).unwrap();
    std::fs::write(folder.path().join("good.toml"), text.replace(&id, "another-2030")).unwrap();
    let refused = start(&database, folder.path()).await.map(drop).unwrap_err();
    let line = broken.lines().position(|line| line.starts_with("titel")).unwrap() + 1;
    assert!(refused.starts_with("cycles.folder:") && refused.contains(&format!("next.toml:{line}:1: ")), "{refused}");
    std::fs::remove_file(folder.path().join("good.toml")).unwrap();

    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a cycle").unwrap();
    let app = start(&database, folder.path()).await.unwrap();
    assert_eq!(versions(&app, "another-2030").await, []);
    assert_eq!(versions(&app, &id).await, [(1, true)]);
    // Another start changes nothing; a changed file is a further version that nobody has published.
    let app = start(&database, folder.path()).await.unwrap();
    assert_eq!(versions(&app, &id).await, [(1, true)]);
    std::fs::write(&file, format!("{text}\n# changed\n")).unwrap();
    let app = start(&database, folder.path()).await.unwrap();
    assert_eq!(versions(&app, &id).await, [(2, false), (1, true)]);
    // The old file again is known.
    std::fs::write(&file, text).unwrap();
    let app = start(&database, folder.path()).await.unwrap();
    assert_eq!(versions(&app, &id).await.len(), 2);
    let missing = start(&database, &folder.path().join("nowhere")).await.map(drop).unwrap_err();
    assert!(missing.starts_with("cycles.folder: "), "{missing}");
}
