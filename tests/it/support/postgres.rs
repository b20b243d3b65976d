//! A private PostgreSQL cluster from the installed binaries, shared by all test processes (one of `cargo test`, many of nextest).
//!
//! Each process holds a shared lock on a file as long as it lives. Whoever finds no cluster starts one, and with it a watchdog that
//! stops and removes the cluster once nobody holds the lock any more: also after a test process was killed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use title_review::config::DatabaseConfig;
use title_review::db;

/// A database of one story; dropped with it.
pub struct OwnDatabase {
    pub url: String,
    name: String,
}

impl OwnDatabase {
    /// A copy of the migrated template. None where PostgreSQL is not installed.
    pub fn fresh() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let cluster = cluster()?;
        let name = format!("story_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        admin(cluster, &format!("CREATE DATABASE {name} TEMPLATE {}", cluster.template));
        Some(Self { url: cluster.url(&name), name })
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        if let Some(cluster) = cluster()
            && let Ok(mut conn) = PgConnection::establish(&cluster.url("postgres"))
        {
            let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

struct Cluster {
    folder: PathBuf,
    template: String,
    /// Held as long as the process lives.
    _in_use: File,
}

impl Cluster {
    fn url(&self, name: &str) -> String {
        format!("postgres:///{name}?host={}&user=postgres", self.folder.join("socket").display())
    }
}

fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(join_or_start).as_ref()
}

fn join_or_start() -> Option<Cluster> {
    let Some(binaries) = binaries() else {
        eprintln!(
            "PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin or PATH): its half of the suite is LEFT OUT"
        );
        return None;
    };
    let folder = folder();
    fs::create_dir_all(&folder).expect("a folder for the cluster");
    open_to_all(&folder);
    // Waits while a watchdog is stopping the cluster of an earlier run.
    let in_use = open(&folder.join("in-use.lock"));
    in_use.lock_shared().expect("a shared lock");
    let starting = open(&folder.join("starting.lock"));
    starting.lock().expect("an exclusive lock");
    let mut cluster = Cluster { folder, template: String::new(), _in_use: in_use };
    if PgConnection::establish(&cluster.url("postgres")).is_err() {
        start(&binaries, &cluster.folder);
        watch(&binaries, &cluster.folder);
    }
    cluster.template = template(&cluster);
    drop(starting);
    Some(cluster)
}

/// A cluster of one story's own, which it may stop; removed with it.
pub struct OwnCluster {
    binaries: PathBuf,
    folder: PathBuf,
}

impl OwnCluster {
    /// In this folder. None where PostgreSQL is not installed.
    pub fn start(folder: &Path) -> Option<Self> {
        let binaries = binaries()?;
        fs::create_dir_all(folder).expect("a folder for the cluster");
        open_to_all(folder);
        start(&binaries, folder);
        Some(Self { binaries, folder: folder.to_owned() })
    }

    /// The database that a cluster begins with.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=postgres", self.folder.join("socket").display())
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let mut command = command(&self.binaries.join("pg_ctl"));
        command.arg("-D").arg(self.folder.join("data")).args(arguments).arg("-l").arg(self.folder.join("data/log"));
        let quiet = command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.process_group(0).status().is_ok_and(|status| status.success())
    }

    /// As after a crash: no session is let finish, and the start recovers from the log.
    pub fn restart_immediately(&self) {
        assert!(self.control(&["-w", "-t", "60", "-m", "immediate", "restart"]), "the cluster restarts");
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        self.control(&["-m", "immediate", "-w", "stop"]);
        let _ = fs::remove_dir_all(self.folder.join("data"));
    }
}

/// One cluster for each checkout.
fn folder() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    // Short: a socket's path has at most 107 characters.
    std::env::temp_dir().join(format!("title-review-pg-{:x}", hasher.finish()))
}

fn open(path: &Path) -> File {
    File::options().create(true).append(true).open(path).expect("a lock file")
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).expect("a folder that the server's user may use");
}

/// The newest installed PostgreSQL.
fn binaries() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let mut found: Vec<_> = installed.filter(|bin| bin.join("initdb").exists()).collect();
    found.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(OsStr::to_str);
        version.and_then(|version| version.parse::<u32>().ok())
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.pop().or_else(|| std::env::split_paths(&path).find(|bin| bin.join("initdb").exists()))
}

/// PostgreSQL refuses to run as root: there it runs as the user `postgres`.
fn command(binary: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(binary);
        command
    } else {
        Command::new(binary)
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout.trim_ascii() == b"0"
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").stdin(Stdio::null()).output().expect("the command starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn start(binaries: &Path, folder: &Path) {
    let (data, socket) = (folder.join("data"), folder.join("socket"));
    for old in [&data, &socket] {
        if old.exists() {
            fs::remove_dir_all(old).expect("the remains of an earlier run can be removed");
        }
    }
    run(command(Path::new("mkdir")).args(["-m", "0755"]).arg(&socket));
    let initdb = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"];
    run(command(&binaries.join("initdb")).arg("-D").arg(&data).args(initdb));
    let options = format!(
        "-k {} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB",
        socket.display()
    );
    // The output of the server itself must not hold this process's pipes open.
    let status = command(&binaries.join("pg_ctl"))
        .arg("-D")
        .arg(&data)
        .args(["-w", "-t", "60", "-o", &options, "-l"])
        .arg(data.join("log"))
        .arg("start")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .status()
        .expect("pg_ctl starts");
    assert!(status.success(), "pg_ctl start: {}", fs::read_to_string(data.join("log")).unwrap_or_default());
}

/// The lock is asked for every few seconds and never waited for, so that the moment between two test processes does not stop the cluster.
#[expect(clippy::zombie_processes, reason = "the watchdog outlives the test process")]
fn watch(binaries: &Path, folder: &Path) {
    let stop = format!(
        "{} -D {data} -m immediate -w stop; rm -rf {data} {socket}",
        binaries.join("pg_ctl").display(),
        data = folder.join("data").display(),
        socket = folder.join("socket").display(),
    );
    let watch = format!("while sleep 10; do flock -n -x {} sh -c '{stop}' && exit 0; done", folder.join("in-use.lock").display());
    command(Path::new("sh"))
        .args(["-c", &watch])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("the watchdog starts");
}

/// A migrated database that the stories copy; another one for each build of the tests, which may have other migrations.
fn template(cluster: &Cluster) -> String {
    let mut hasher = DefaultHasher::new();
    let exe = std::env::current_exe().expect("the path of the test binary");
    (&exe, fs::metadata(&exe).and_then(|meta| meta.modified()).expect("its time")).hash(&mut hasher);
    let name = format!("template_{:x}", hasher.finish());
    if PgConnection::establish(&cluster.url(&name)).is_err() {
        // Named last: a half-migrated one is never found under the name.
        let part = format!("{name}_{}", std::process::id());
        admin(cluster, &format!("CREATE DATABASE {part}"));
        db::migrate(&DatabaseConfig { url: cluster.url(&part), ..DatabaseConfig::default() }).expect("the migrations run");
        admin(cluster, &format!("ALTER DATABASE {part} RENAME TO {name}"));
    }
    name
}

fn admin(cluster: &Cluster, sql: &str) {
    let mut conn = PgConnection::establish(&cluster.url("postgres")).expect("the cluster is reached");
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}
