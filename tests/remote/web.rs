//! A web server with one file, and with manners of its own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manners {
    /// Gives the parts that are asked for.
    Parts,
    /// Gives the whole file whatever is asked for, and tells no version.
    WholeOnly,
    /// Gives parts; after so many answers it has another file.
    ReplacedAfter(usize),
    /// Refuses everything with a status and a body.
    Refuses(&'static str, &'static str),
}

/// A web server; gone with this value.
#[derive(Debug)]
pub(super) struct Web {
    pub(super) port: u16,
    end: Arc<AtomicBool>,
}

impl Web {
    pub(super) fn serving(file: Vec<u8>, manners: Manners) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let (file, answers) = (Arc::new(file), Arc::new(AtomicUsize::new(0)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (file, answers) = (Arc::clone(&file), Arc::clone(&answers));
                std::thread::spawn(move || answer(stream, &file, manners, &answers));
            }
        });
        Self { port, end }
    }

    /// One that refuses everything.
    pub(super) fn refusing(status: &'static str, body: &'static str) -> Self {
        Self::serving(Vec::new(), Manners::Refuses(status, body))
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn answer(mut client: TcpStream, file: &[u8], manners: Manners, answers: &AtomicUsize) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match client.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let field = |name: &str| -> Option<String> {
        let line = head.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().to_owned())
    };
    let number = answers.fetch_add(1, Ordering::Relaxed);
    let version = match manners {
        Manners::WholeOnly => None,
        Manners::ReplacedAfter(count) if number >= count => Some("\"second\""),
        _ => Some("\"first\""),
    };
    if let Manners::Refuses(status, body) = manners {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let body = if head.starts_with("head") { "" } else { body };
        let _ = client.write_all((text + body).as_bytes());
        return;
    }
    if field("if-match:").is_some_and(|wanted| Some(wanted.as_str()) != version) {
        let text =
            "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = client.write_all(text.as_bytes());
        return;
    }
    let range = field("range:").filter(|_| manners != Manners::WholeOnly);
    let range = range.and_then(|range| {
        let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
        let (start, end): (usize, usize) = (start.parse().ok()?, end.parse().ok()?);
        Some(start..(end + 1).min(file.len()))
    });
    let (status, body, part) = match &range {
        Some(range) => (
            "206 Partial Content",
            &file[range.clone()],
            format!(
                "Content-Range: bytes {}-{}/{}\r\n",
                range.start,
                range.end - 1,
                file.len()
            ),
        ),
        None => ("200 OK", file, String::new()),
    };
    let version = version.map_or(String::new(), |version| format!("ETag: {version}\r\n"));
    let text = format!(
        "HTTP/1.1 {status}\r\nLast-Modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n{version}{part}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = client.write_all(text.as_bytes());
    if !head.starts_with("head") {
        let _ = client.write_all(body);
    }
}
