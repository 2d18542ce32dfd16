//! One running workerd.

use crate::answer::Answer;
use crate::config::{self, Options};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use ureq::Agent;
use ureq::http::{Request, request};

/// A workerd with the built Worker on a port of its own, and a store of its own, that both end
/// with this value.
pub struct Workerd {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    process: Mutex<Child>,
    port: u16,
    agent: Agent,
}

/// How long an answer may take before the test fails.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The configuration as bytes, where there is one.
const COMPILED: &str = "workerd.bin";
/// Connections kept open.
const MAX_CONNECTIONS: usize = 64;

impl Workerd {
    /// Starts workerd with an empty store, and returns once it listens.
    pub fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the store");
        config::write(folder.path(), &options);
        Self::start_in(folder, config::environment(&options))
    }

    /// Starts workerd with a store that `lay` puts into the folder that it is given, as another
    /// workerd has left it.
    pub fn start_on(options: Options, lay: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the store");
        config::write(folder.path(), &options);
        lay(&folder.path().join("store"));
        Self::start_in(folder, config::environment(&options))
    }

    /// Starts workerd in a folder with the configuration `workerd.capnp`, whose constant `config`
    /// has a socket `http`; returns once it listens.
    pub fn start_in(folder: TempDir, environment: BTreeMap<String, String>) -> Self {
        let process = Mutex::new(launch(folder.path(), &environment));
        let agent = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            // A connection for each of a test's threads, for as long as the test takes.
            .max_idle_connections(MAX_CONNECTIONS)
            .max_idle_connections_per_host(MAX_CONNECTIONS)
            .build()
            .new_agent();
        let mut workerd = Self {
            folder,
            environment,
            process,
            port: 0,
            agent,
        };
        workerd.port = workerd.wait_for_port();
        workerd
    }

    /// Ends workerd as a power cut would: at once, in the middle of whatever it does.
    pub fn kill9(&self) {
        let mut process = self.process();
        // On Unix this is SIGKILL.
        process.kill().expect("workerd to be killed");
        process.wait().expect("workerd to have ended");
    }

    /// Starts workerd again on the same store, on another port. The log begins anew.
    pub fn restart(&mut self) {
        self.kill9();
        self.process = Mutex::new(launch(self.folder.path(), &self.environment));
        self.port = self.wait_for_port();
    }

    /// Has workerd read its configuration as bytes from the next start on, with the scripts in it, as
    /// they are now. To read the text and what it embeds takes longer than many a Worker's start.
    pub fn compile_config(&self) {
        let compiled = Command::new(binary())
            .args(["compile", "--config-only", "workerd.capnp", "config"])
            .current_dir(self.folder())
            .output()
            .expect("workerd");
        assert!(compiled.status.success(), "{compiled:?}");
        std::fs::write(self.folder().join(COMPILED), compiled.stdout).expect("a configuration");
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of the process, which a restart changes.
    pub fn process_id(&self) -> u32 {
        self.process().id()
    }

    /// The folder with the configuration, the scripts and the store.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of a path: `http://127.0.0.1:PORT/…`.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Sends a GET without further headers.
    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path), "")
    }

    /// Begins a request, to add headers to.
    pub fn request(&self, method: &str, path: &str) -> request::Builder {
        Request::builder().method(method).uri(self.url(path))
    }

    /// Sends a request with this body, and reads the whole answer.
    pub fn send(&self, request: request::Builder, body: impl AsRef<[u8]>) -> Answer {
        match self.try_send(request, body) {
            Ok(answer) => answer,
            Err(error) => panic!("{error}; workerd's log:\n{}", self.log()),
        }
    }

    /// Sends a request to a workerd that may end meanwhile.
    pub fn try_send(
        &self,
        request: request::Builder,
        body: impl AsRef<[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let request = request.body(body.as_ref()).expect("a well-formed request");
        Answer::read(self.agent.run(request)?)
    }

    /// Sends bytes as they are, for requests that no HTTP client would write, and returns what
    /// comes back until workerd closes the connection. Say `Connection: close` where HTTP is understood.
    ///
    /// workerd may answer and hang up before it has read everything: that is for the answer to tell.
    pub fn send_raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream
            .set_read_timeout(Some(TIMEOUT))
            .expect("a time limit");
        _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(error) if answer.is_empty() => panic!("{error}; the log:\n{}", self.log()),
            _ => answer,
        }
    }

    /// Every file of the store, as it is on disk, by its path.
    pub fn stored(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        // While workerd runs, SQLite's journals come and go.
        let read = |path: PathBuf| std::fs::read(&path).ok().map(|bytes| (path, bytes));
        self.stored_files().into_iter().filter_map(read).collect()
    }

    /// The paths of all files of the store.
    pub(crate) fn stored_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().join("store")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder of the store") {
                let path = entry.expect("an entry of the store").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    /// Adds the decisions that a Worker of the feature `record` has logged to the file that
    /// `WAYMARK_RECORD` names: the corpus of `crates/orders` is made of them.
    fn keep_decisions(&self) {
        let Some(path) = std::env::var_os("WAYMARK_RECORD") else {
            return;
        };
        let log = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let decisions = log.lines().filter_map(|line| line.split_once("decision {"));
        let lines: String = decisions.map(|(_, rest)| format!("{{{rest}\n")).collect();
        let file = OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| file.write_all(lines.as_bytes()));
        written.expect("decisions to be kept");
    }

    /// All that workerd and the Worker have printed since the start: what a merchant's log would hold.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("log")).expect("workerd's log");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// workerd says on its standard output where it listens.
    fn wait_for_port(&self) -> u16 {
        let mut waited = Duration::ZERO;
        while waited < TIMEOUT {
            if let Some(port) = self.log().lines().find_map(announced_port) {
                return port;
            }
            if let Ok(Some(status)) = self.process().try_wait() {
                panic!("workerd ended with {status}:\n{}", self.log());
            }
            let pause = Duration::from_millis(5);
            std::thread::sleep(pause);
            waited = waited.saturating_add(pause);
        }
        panic!("workerd does not listen:\n{}", self.log());
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        let mut process = self.process();
        _ = process.kill();
        _ = process.wait();
        drop(process);
        self.keep_decisions();
    }
}

fn launch(folder: &Path, environment: &BTreeMap<String, String>) -> Child {
    File::create(folder.join("log")).expect("an empty log");
    let log = || {
        let file = OpenOptions::new().append(true).open(folder.join("log"));
        Stdio::from(file.expect("workerd's log"))
    };
    let binary = binary();
    let config: &[&str] = match folder.join(COMPILED).exists() {
        true => &["--binary", COMPILED],
        false => &["workerd.capnp", "config"],
    };
    Command::new(&binary)
        .arg("serve")
        .args(config)
        .arg("--control-fd=1")
        .current_dir(folder)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(log())
        .stderr(log())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}: {}. Run scripts/build", binary.display()))
}

/// The port of a line like `{"event":"listen","socket":"http","port":40123}`.
fn announced_port(line: &str) -> Option<u16> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line.get("port")?.as_u64()?.try_into().ok()
}

/// npm installs the binary for this machine only, under this name.
fn binary() -> PathBuf {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-64",
        ("macos", "aarch64") => "darwin-arm64",
        (os, arch) => panic!("there is no workerd for {os} on {arch}"),
    };
    config::project().join(format!(
        "node_modules/@cloudflare/workerd-{platform}/bin/workerd"
    ))
}
