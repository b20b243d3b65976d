//! Backups: made under load, tried out, restored after everything burnt down; and what is no backup.

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use title_review::backup::{BackupKey, Entry, Reader, Writer};
use title_review::config::BackupConfig;

use super::office::{Load, Office, assert_all_there, draft, files_below, token, upload};
use crate::support::database::{Database, Dialect};
use crate::support::journey::pdf;
use crate::support::on_both;

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

on_both!(backup_made_under_load_is_restored_on_an_empty_host);
async fn backup_made_under_load_is_restored_on_an_empty_host(database: Database) {
    let office = Office::new(database);
    let told = office.refused(&["backup", "--to", "a.backup"]);
    assert!(told.contains("backup.key_file") && told.contains("keygen"), "{told}");
    office.done(&["backup", "keygen"]);
    assert!(office.refused(&["backup", "keygen"]).contains("is there already"));

    let server = office.serve();
    let load = Load::begin(&server);
    let before = load.acknowledged(12);
    let told = office.done(&["backup", "--to", "a.backup"]);
    assert!(told.contains("made and tried out") && told.contains("keys not in it"), "{told}");
    let after = load.acknowledged(before.len() + 1);
    assert!(after.len() > before.len(), "writers went on");
    load.end();
    // Under a name that is taken nothing is written.
    assert!(office.refused(&["backup", "--to", "a.backup"]).contains("is there already"));
    let archive = office.apart.join("a.backup");
    assert!(office.done(&["backup", "check", "a.backup"]).contains("can be restored"));
    assert_eq!(files_below(&office.data.join("backup.work")), [""; 0].map(PathBuf::from), "no copy of the database stays");
    drop(server);

    // Nothing is written over anything.
    let told = office.refused(&["restore", name(&archive)]);
    assert!(told.contains("only into an empty place"), "{told}");
    let apart = office.apart.join("keys.toml");
    fs::copy(office.data.join("keys.toml"), &apart).unwrap();
    office.destroy();
    assert!(office.done(&["backup", "check", "a.backup"]).contains("the seal of the record was not checked"));
    let told = office.refused(&["restore", name(&archive)]);
    assert!(told.contains("keys.toml is not there and not in the archive"), "{told}");
    assert!(office.is_empty(), "{:?}", files_below(&office.data));
    // Another key ring is refused before anything is written.
    office.done(&["migrate"]);
    office.destroy();
    let place = office.data.join("keys.toml");
    title_review::keys::KeyRing::load(&title_review::config::Config::with_data(&office.data).unwrap().keys, &office.data).unwrap();
    let told = office.refused(&["restore", name(&archive)]);
    assert!(told.contains("not the one of this database"), "{told}");
    assert!(office.is_empty());

    fs::remove_file(&place).unwrap();
    fs::copy(&apart, &place).unwrap();
    let told = office.done(&["restore", name(&archive)]);
    assert!(told.contains("restored") && told.contains("audit log"), "{told}");
    assert!(office.done(&["audit", "verify"]).contains("whole"));
    assert_eq!(office.violations(), Vec::<String>::new());
    let server = office.serve();
    assert_all_there(&server, &before);
    drop(server);
    office.refused(&["restore", name(&archive)]);
}

#[test]
fn archive_with_keys_can_be_restored_alone() {
    let office = Office::new(Database::fresh(Dialect::Sqlite).unwrap());
    office.done(&["backup", "keygen"]);
    drop(office.serve());
    let told = office.done(&["backup", "--with-keys", "--to", name(&office.apart)]);
    assert!(told.contains("keys in it"), "{told}");
    let archive = files_below(&office.apart).into_iter().find(|path| path.extension().is_some_and(|end| end == "backup")).unwrap();
    office.destroy();
    office.done(&["restore", name(&archive)]);
    assert!(office.done(&["audit", "verify"]).contains("whole"));
    assert!(office.data.join("keys.toml").exists());
}

/// A backup of a sandbox with three files in it, made with the server running; the server is ended and the place destroyed but for the keys.
fn archived(office: &Office) -> PathBuf {
    office.done(&["backup", "keygen"]);
    let server = office.serve();
    let applicant = token(&server, "applicant_intermediate");
    let uploads = format!("{}/attachments", draft(&server, &applicant));
    for number in 0..3 {
        upload(&server.address, &uploads, &applicant, &pdf(&format!("file {number}")), &format!("key-{number}")).unwrap();
    }
    office.done(&["backup", "--to", "a.backup"]);
    drop(server);
    office.apart.join("a.backup")
}

fn burn(office: &Office) {
    let (place, apart) = (office.data.join("keys.toml"), office.apart.join("keys.toml"));
    // With their mode.
    fs::copy(&place, &apart).unwrap();
    office.destroy();
    fs::copy(&apart, &place).unwrap();
}

/// Writes an archive anew without some of its parts, as a faulty program would have made it.
fn without(archive: &Path, key: &BackupKey, to: &Path, leave_out: impl Fn(&Entry, usize) -> bool) {
    let mut reader = Reader::begin(File::open(archive).unwrap(), key).unwrap();
    let mut writer = Writer::begin(BufWriter::new(File::create(to).unwrap()), key).unwrap();
    let mut number = 0;
    while let Some((entry, mut content)) = reader.next_part().unwrap() {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).unwrap();
        if entry != Entry::End && !leave_out(&entry, number) {
            writer.whole(entry, &bytes).unwrap();
        }
        number += 1;
    }
    writer.finish().unwrap().flush().unwrap();
}

on_both!(incomplete_archive_is_rejected_with_its_reason);
async fn incomplete_archive_is_rejected_with_its_reason(database: Database) {
    let office = Office::new(database);
    let archive = archived(&office);
    burn(&office);
    let whole = fs::read(&archive).unwrap();
    let broken = office.apart.join("broken.backup");
    let refused = |what: &str, said: &str| {
        for command in [["restore", name(&broken)].as_slice(), &["backup", "check", name(&broken)]] {
            let told = office.refused(command);
            assert!(told.contains(said), "{what}: {told}");
            assert!(office.is_empty(), "{what}: {:?}", files_below(&office.data));
        }
    };
    // One bit, anywhere: in the head's salt, in the first, a middle, the last piece.
    for at in [50, 100, whole.len() / 3, whole.len() / 2, whole.len() - 40] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&broken, changed).unwrap();
        refused(&format!("a bit of byte {at}"), "was changed between bytes");
    }
    for end in [whole.len() - 1, whole.len() / 2, 120, 60, 1] {
        fs::write(&broken, &whole[..end]).unwrap();
        refused(&format!("cut off after {end}"), "is cut off");
    }
    // A middle piece taken out, the end still there.
    let piece = 64 * 1024 + 16;
    let taken_out = [&whole[..80 + piece], &whole[80 + 2 * piece..]].concat();
    fs::write(&broken, taken_out).unwrap();
    refused("a piece taken out", "was changed between bytes");
    fs::write(&broken, b"PK\x03\x04 something else").unwrap();
    refused("another kind of file", "is not an archive");

    // Sealed well, and yet not whole.
    let key_file = office.apart.join("backup-key.toml");
    let key = BackupKey::load(&BackupConfig { key_file: key_file.clone() }).unwrap();
    let mut objects = 0;
    without(&archive, &key, &broken, |entry, _| matches!(entry, Entry::Keys));
    office.done(&["backup", "check", name(&broken)]);
    for gone in 0..3 {
        let counted = std::cell::Cell::new(0);
        without(&archive, &key, &broken, |entry, _| {
            let is_object = matches!(entry, Entry::Object { .. });
            counted.set(counted.get() + usize::from(is_object));
            is_object && counted.get() == gone + 1
        });
        objects = counted.get();
        refused(&format!("object {gone} left out"), "is missing in the archive");
    }
    assert_eq!(objects, 3);
    without(&archive, &key, &broken, |entry, _| match entry {
        Entry::Database => true,
        Entry::Rows { table } => table == "audit",
        _ => false,
    });
    refused("no database", "part of the database is missing");

    // Another key.
    fs::rename(&key_file, office.apart.join("other-key.toml")).unwrap();
    office.done(&["backup", "keygen"]);
    fs::copy(&archive, &broken).unwrap();
    refused("another key", "is sealed with backup key b-");
    fs::rename(office.apart.join("other-key.toml"), &key_file).unwrap();
    office.done(&["restore", name(&archive)]);
    assert!(office.done(&["audit", "verify"]).contains("whole"));
}

on_both!(a_killed_restore_is_run_again);
async fn a_killed_restore_is_run_again(database: Database) {
    let office = Office::new(database);
    let archive = archived(&office);
    burn(&office);
    let mark = office.data.join("restore-unfinished");
    for pause in [0, 5, 20] {
        let mut child = office.program(&["restore", name(&archive)]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while !mark.exists() {
            assert!(Instant::now() < until && child.try_wait().unwrap().is_none(), "the restore has ended");
        }
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        if !mark.exists() {
            // It was done: begin again.
            burn(&office);
            continue;
        }
        for command in [["serve", "--sandbox", "--listen", "127.0.0.1:0"].as_slice(), &["migrate"]] {
            let told = office.refused(command);
            assert!(told.contains("restore-unfinished") && told.contains("run it again"), "{told}");
        }
    }
    // Killed after everything but the last step.
    office.done(&["restore", name(&archive)]);
    fs::write(&mark, "as a kill would leave it").unwrap();
    office.done(&["restore", name(&archive)]);
    assert!(!mark.exists());
    assert!(office.done(&["audit", "verify"]).contains("whole"));
    let server = office.serve();
    token(&server, "applicant_intermediate");
}

#[test]
fn a_killed_backup_leaves_nothing_under_its_name() {
    let office = Office::new(Database::fresh(Dialect::Sqlite).unwrap());
    archived(&office);
    let (part, whole) = (office.apart.join("b.backup.part"), office.apart.join("b.backup"));
    let mut child = office.program(&["backup", "--to", "b.backup"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !part.exists() {
        assert!(Instant::now() < until && child.try_wait().unwrap().is_none());
    }
    // While one is at work, another is told so.
    let told = office.refused(&["backup", "--to", "c.backup"]);
    assert!(told.contains("is at work in this data folder"), "{told}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!whole.exists());
    office.done(&["backup", "--to", "b.backup"]);
    assert!(whole.exists() && !part.exists() && !office.data.join("backup.work").exists());
}

#[test]
fn backup_names_missing_and_corrupt_files() {
    let office = Office::new(Database::fresh(Dialect::Sqlite).unwrap());
    archived(&office);
    let object = files_below(&office.data.join("objects/sha256")).into_iter().next().unwrap();
    let sha256 = object.file_name().unwrap().to_str().unwrap().to_owned();
    let whole = fs::read(&object).unwrap();
    for rot in [None, Some([&whole[..whole.len() - 1], b"!"].concat())] {
        match rot {
            None => fs::remove_file(&object).unwrap(),
            Some(bytes) => fs::write(&object, bytes).unwrap(),
        }
        let told = office.refused(&["backup", "--to", "b.backup"]);
        assert!(told.contains(&sha256) && told.contains("cannot be read from the storage"), "{told}");
        assert!(!office.apart.join("b.backup").exists() && !office.apart.join("b.backup.part").exists());
    }
    fs::write(&object, whole).unwrap();
    office.done(&["backup", "--to", "b.backup"]);
}

#[cfg(unix)]
#[test]
fn backup_key_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = Office::new(Database::fresh(Dialect::Sqlite).unwrap());
    office.done(&["backup", "keygen"]);
    let key = office.apart.join("backup-key.toml");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(office.refused(&["backup", "--to", "a.backup"]).contains("chmod 600"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, "key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap();
    let told = office.refused(&["backup", "--to", "a.backup"]);
    assert!(told.contains("weak") && !told.contains("AAAA"), "{told}");
}

#[test]
fn restore_older_than_the_exported_heads_is_refused() {
    let office = Office::new(Database::fresh(Dialect::Sqlite).unwrap());
    let archive = archived(&office);
    let heads = office.apart.join("heads");
    fs::create_dir(&heads).unwrap();
    fs::copy(office.data.join("audit-heads/audit-heads.ndjson"), heads.join("audit-heads.ndjson")).unwrap();
    burn(&office);
    let office = office.with("TITLE_REVIEW_AUDIT__HEADS_FOLDER", "apart/heads");
    let exported = fs::read_to_string(heads.join("audit-heads.ndjson")).unwrap();
    let mut last: serde_json::Value = serde_json::from_str(exported.lines().last().unwrap()).unwrap();
    last["seq"] = 999_999.into();
    fs::write(heads.join("audit-heads.ndjson"), format!("{exported}{last}\n")).unwrap();
    let told = office.refused(&["restore", name(&archive)]);
    assert!(told.contains("names row 999999") && told.contains("another folder"), "{told}");
    assert!(office.is_empty());
    fs::write(heads.join("audit-heads.ndjson"), exported).unwrap();
    office.done(&["restore", name(&archive)]);
    assert!(office.done(&["audit", "verify"]).contains("whole"));
}

on_both!(backup_of_a_tampered_database_is_rejected);
async fn backup_of_a_tampered_database_is_rejected(database: Database) {
    let dialect = database.dialect;
    let office = Office::new(database);
    archived(&office);
    office.sql(match dialect {
        Dialect::Sqlite => "DROP TRIGGER audit_rows_are_fixed",
        Dialect::Postgres => "ALTER TABLE audit DISABLE TRIGGER USER",
    });
    office.sql("UPDATE audit SET action = 'role.give' WHERE seq = 40");
    let told = office.refused(&["backup", "--to", "b.backup"]);
    assert!(told.contains("audit row 40: was changed"), "{told}");
    assert!(!office.apart.join("b.backup").exists());
    // It can still be had, untried: what is left may be needed as evidence.
    office.done(&["backup", "--no-verify", "--to", "b.backup"]);
    assert!(office.refused(&["backup", "check", "b.backup"]).contains("audit row 40: was changed"));
    burn(&office);
    assert!(office.refused(&["restore", name(&office.apart.join("b.backup"))]).contains("audit row 40: was changed"));
    office.refused(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
}
