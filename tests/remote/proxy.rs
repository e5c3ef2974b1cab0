//! A network that fails: it stands between the program and the server, and does to some of the
//! requests what networks and busy servers do.

use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// It reaches the server late.
    Late,
    /// The server says that it is too busy, and has done nothing.
    Busy,
    /// The server asks to come back later.
    Slower,
    /// The connection ends before the request is passed on.
    Reset,
    /// The request is carried out, and the connection ends before the answer.
    LostAnswer,
    /// Half of the answer arrives.
    Cut,
}

const FAULTS: [Fault; 6] = [
    Fault::Late,
    Fault::Busy,
    Fault::Slower,
    Fault::Reset,
    Fault::LostAnswer,
    Fault::Cut,
];

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: AtomicU64,
    /// Requests that wait for their answers, and the most there ever were.
    waiting: AtomicU64,
    pub(super) most: AtomicU64,
    pub(super) faults: Mutex<Vec<Fault>>,
}

/// A proxy before a server; gone with this value.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) port: u16,
    pub(super) tally: Arc<Tally>,
    end: Arc<AtomicBool>,
}

/// What a proxy does.
#[derive(Debug, Clone, Default)]
struct Rules {
    /// One of so many requests fails at random; none where it is 0.
    every: u64,
    /// How long each takes to get to the server.
    delay: Duration,
    /// What is in the first line of those that the server may not carry out.
    refused: Option<String>,
    /// What is in the first line of those that are counted; all are where nothing is said.
    counted: Option<String>,
}

impl Proxy {
    /// One that fails one of `every` requests at random.
    pub(super) fn before(server: u16, every: u64, seed: u64) -> Self {
        let rules = Rules {
            every,
            ..Rules::default()
        };
        Self::with(server, rules, seed)
    }

    /// One that is far away.
    pub(super) fn far_from(server: u16, delay: Duration) -> Self {
        let rules = Rules {
            delay,
            ..Rules::default()
        };
        Self::with(server, rules, 1)
    }

    /// The same where only those are counted that have `counted` in the first line of a request.
    pub(super) fn far_from_counting(server: u16, delay: Duration, counted: &str) -> Self {
        let rules = Rules {
            delay,
            counted: Some(counted.to_owned()),
            ..Rules::default()
        };
        Self::with(server, rules, 1)
    }

    /// One that is far away and lets nobody do what has `refused` in the first line of a request.
    pub(super) fn refusing(server: u16, delay: Duration, refused: &str) -> Self {
        let rules = Rules {
            delay,
            refused: Some(refused.to_owned()),
            ..Rules::default()
        };
        Self::with(server, rules, 1)
    }

    fn with(server: u16, rules: Rules, seed: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tally, end) = (Arc::new(Tally::default()), Arc::new(AtomicBool::new(false)));
        let (counted, ended) = (Arc::clone(&tally), Arc::clone(&end));
        std::thread::spawn(move || {
            let mut state = seed;
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let number = state >> 11;
                let fault = (rules.every > 0 && number.is_multiple_of(rules.every))
                    .then(|| FAULTS[(number / rules.every) as usize % FAULTS.len()]);
                let (tally, rules) = (Arc::clone(&counted), rules.clone());
                std::thread::spawn(move || pass(stream, server, fault, &rules, &tally));
            }
        });
        Self { port, tally, end }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Passes one request on and its answer back. Every connection ends with it.
fn pass(client: TcpStream, server: u16, fault: Option<Fault>, rules: &Rules, tally: &Tally) {
    let mut client = client;
    let _ = client.set_read_timeout(Some(Duration::from_secs(60)));
    let Some(request) = request(&mut client) else {
        return;
    };
    let line = first_line(&request);
    let counted = rules.counted.as_ref();
    let counts = counted.is_none_or(|part| line.contains(part)).into();
    tally.requests.fetch_add(counts, Ordering::Relaxed);
    let waiting = tally.waiting.fetch_add(counts, Ordering::SeqCst) + counts;
    tally.most.fetch_max(waiting, Ordering::SeqCst);
    if let Some(fault) = fault {
        tally.faults.lock().unwrap().push(fault);
    }
    let reply = reply(&request, server, fault, rules);
    // Before the answer: who has it may ask for the next thing at once.
    tally.waiting.fetch_sub(counts, Ordering::SeqCst);
    let _ = client.write_all(&reply.unwrap_or_default());
    let _ = client.shutdown(Shutdown::Both);
}

/// What comes back to the client; nothing where the connection ends before.
fn reply(request: &[u8], server: u16, fault: Option<Fault>, rules: &Rules) -> Option<Vec<u8>> {
    std::thread::sleep(rules.delay);
    let line = first_line(request);
    let refused = rules.refused.as_ref();
    if refused.is_some_and(|part| line.contains(part)) {
        return Some(answer("403 Forbidden"));
    }
    match fault {
        Some(Fault::Late) => std::thread::sleep(Duration::from_millis(300)),
        Some(Fault::Busy) => return Some(answer("503 Slow Down")),
        Some(Fault::Slower) => return Some(answer("429 Too Many Requests")),
        Some(Fault::Reset) => return None,
        _ => {}
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", server)).ok()?;
    let mut reply = Vec::new();
    upstream.write_all(request).ok()?;
    upstream.read_to_end(&mut reply).ok()?;
    reply.truncate(match fault {
        Some(Fault::LostAnswer) => 0,
        // At least the last byte is missing, so that it is a cut whatever was asked for.
        Some(Fault::Cut) => reply.len() - (reply.len() / 2).clamp(1, 2000),
        _ => reply.len(),
    });
    Some(reply)
}

fn first_line(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'\r').next();
    String::from_utf8_lossy(line.unwrap_or_default()).into_owned()
}

fn answer(status: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

/// A whole request, changed to end its connection; `None` when the client went away.
fn request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    let (head, length) = loop {
        let read = client.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok());
        break (end + 4, length.unwrap_or(0));
    };
    while bytes.len() < head + length {
        let read = client.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
    let mut whole = bytes[..head - 2].to_vec();
    whole.extend_from_slice(b"Connection: close\r\n\r\n");
    whole.extend_from_slice(&bytes[head..]);
    Some(whole)
}
