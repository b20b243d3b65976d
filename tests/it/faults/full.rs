//! A disk that is full: a small tmpfs under the data folder, and under PostgreSQL.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::client::{Client, Ledger};
use super::load::{Crowd, under_load, wait_for};
use super::place::{Place, can_judge};
use super::proxy::{Manner, Proxy};
use crate::support::postgres::OwnCluster;

/// A small disk; gone with the test.
struct Disk(PathBuf);

impl Disk {
    /// None where this process may not mount.
    fn mount(folder: &Path, megabytes: u32) -> Option<Self> {
        let disk = folder.join("disk");
        std::fs::create_dir(&disk).unwrap();
        let options = format!("size={megabytes}m,mode=0777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&disk).stderr(Stdio::null());
        if !mount.status().is_ok_and(|status| status.success()) {
            println!("a tmpfs cannot be mounted here (root is needed): LEFT OUT");
            return None;
        }
        Some(Self(disk))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.ballast()).unwrap();
        for size in [1 << 16, 1 << 12, 1 << 8, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// What a full disk came to.
struct Outcome {
    /// How often the server said that it could not.
    refused: u64,
    violated: Vec<String>,
}

/// Fills the disk under load, frees it, lets the load go on.
fn filled(disk: &Disk, place: &Place, manner: Manner) -> Outcome {
    let mut server = place.serve();
    let client = Client::new(&server.address);
    let mut crowd = Crowd::enter(&client, Ledger::open(&place.ledger));
    crowd.prepare(&client, 4);
    crowd.pause = Duration::from_millis(5);
    let proxy = Proxy::before(&server.address, manner);
    let client = Client::new(&proxy.address);
    under_load(&crowd, &client, 6, 9, || {
        wait_for(&crowd, 10);
        disk.fill();
        // Some writes still find room; then none does.
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while std::time::Instant::now() < until && client.unwritten.load(Ordering::Relaxed) < 10 {
            disk.fill();
            std::thread::sleep(Duration::from_millis(50));
        }
        disk.free();
        std::thread::sleep(Duration::from_millis(500));
    });
    if !client.unnamed.lock().unwrap().is_empty() {
        println!("{}", place.log());
    }
    client.assert_named();
    let refused = client.unavailable.load(Ordering::Relaxed);
    println!("full: {refused} answers that it cannot, {} of them by the database", client.unwritten.load(Ordering::Relaxed));
    // A server may have stopped: a failed write of the log is fatal by design (docs/decisions/0001). Then it is started again.
    if server.ended().is_some() {
        println!("the server had stopped: {}", place.log());
        server = place.serve();
    } else {
        assert_eq!(client.unanswered.load(Ordering::Relaxed), 0, "each request has its answer");
    }
    let violated = place.violated();
    // With room it works as before.
    let client = Client::new(&server.address);
    under_load(&crowd, &client, 6, 10, || wait_for(&crowd, 30));
    client.assert_named();
    assert_eq!(client.unavailable.load(Ordering::Relaxed), 0);
    if manner == Manner::Honest {
        place.assert_whole();
    }
    Outcome { refused, violated }
}

fn sqlite(manner: Manner) -> Option<Outcome> {
    if !can_judge() {
        println!("python3 (3.11) is not installed: LEFT OUT");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount(folder.path(), 24)?;
    let url = format!("sqlite:{}", disk.0.join("title-review.db").display());
    let mut place = Place::at(folder.path(), url);
    place.data = disk.0.join("data");
    std::fs::create_dir(&place.data).unwrap();
    Some(filled(&disk, &place, manner))
}

#[test]
fn full_disk_is_reported_and_loses_nothing_sqlite() {
    let Some(outcome) = sqlite(Manner::Honest) else { return };
    assert!(outcome.refused > 0, "nobody met the full disk");
    assert_eq!(outcome.violated, Vec::<String>::new());
}

#[test]
fn full_disk_is_reported_and_loses_nothing_postgres() {
    if !can_judge() {
        println!("python3 (3.11) is not installed: LEFT OUT");
        return;
    }
    let folder = tempfile::Builder::new().prefix("full").tempdir().unwrap();
    // PostgreSQL alone takes some sixty megabytes to begin with.
    let Some(disk) = Disk::mount(folder.path(), 200) else { return };
    let Some(cluster) = OwnCluster::start(&disk.0.join("pg")) else { return };
    let mut place = Place::at(folder.path(), cluster.url());
    place.data = disk.0.join("data");
    std::fs::create_dir(&place.data).unwrap();
    let outcome = filled(&disk, &place, Manner::Honest);
    assert!(outcome.refused > 0, "nobody met the full disk");
    assert_eq!(outcome.violated, Vec::<String>::new());
}

#[test]
fn full_disk_reported_as_success_is_detected() {
    let Some(outcome) = sqlite(Manner::Rosy) else { return };
    assert_eq!(outcome.violated, ["acknowledged_is_on_record"]);
}
