//! The shop's own server, which a Worker with a storefront stands before.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A server on a port of its own. It tells every page what it was asked, and remembers it.
pub struct Shop {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// One request, as it reached the shop.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Shop {
    /// Starts a server that answers every request with what `answer` makes of it: the status line
    /// without the version, headers, an empty line and the body. It ends with the test's process.
    pub fn start(answer: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let remembered = Arc::clone(&asked);
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let remembered = Arc::clone(&remembered);
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(&stream, &*answer, &remembered));
            }
        });
        Self { port, asked }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

/// Answers one request, and closes the connection, which ends the body.
fn serve(
    mut stream: &TcpStream,
    answer: &dyn Fn(&Asked) -> String,
    remembered: &Mutex<Vec<Asked>>,
) {
    let Some(asked) = read(stream) else {
        return;
    };
    let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
    remembered.push(asked.clone());
    drop(remembered);
    let answer = answer(&asked);
    let (status, rest) = answer.split_once("\r\n").expect("a status line");
    _ = write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\n{rest}");
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers
        .get("content-length")
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        method,
        target,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
