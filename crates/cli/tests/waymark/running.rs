//! Runs the binary.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// What a run that ended has left.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waymark"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Whatever the tester's own shell prefers.
        .env_remove("CLICOLOR_FORCE")
        .env_remove("WAYMARK_API_TOKEN")
        .env_remove("WAYMARK_BY")
        .env_remove("WAYMARK_URL");
    command
}

/// Runs it to its end on this standard input.
pub fn run(arguments: &[&str], input: impl Into<Vec<u8>>) -> Ran {
    finish(command(arguments).spawn().unwrap(), input)
}

/// Gives a process its input, and waits for its end.
pub fn finish(mut child: Child, input: impl Into<Vec<u8>>) -> Ran {
    let mut stdin = child.stdin.take().unwrap();
    let input = input.into();
    // A run that stops early does not read it all.
    let writing = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// A run that is still being spoken with.
pub struct Conversation {
    pub child: Child,
    stdin: ChildStdin,
    answers: Receiver<String>,
}

impl Conversation {
    pub fn start(arguments: &[&str]) -> Conversation {
        let mut child = command(arguments).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (heard, answers) = mpsc::channel();
        thread::spawn(move || {
            stdout
                .lines()
                .try_for_each(|line| heard.send(line.unwrap()))
        });
        Conversation {
            child,
            stdin,
            answers,
        }
    }

    pub fn say(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).unwrap();
    }

    /// The next line of the answer, while standard input stays open.
    pub fn hear(&self) -> String {
        self.answers.recv_timeout(Duration::from_secs(30)).unwrap()
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
