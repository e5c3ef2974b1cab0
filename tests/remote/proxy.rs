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
    pub(super) faults: Mutex<Vec<Fault>>,
}

/// A proxy before a server; gone with this value.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) port: u16,
    pub(super) tally: Arc<Tally>,
    end: Arc<AtomicBool>,
}

impl Proxy {
    /// One that fails one of `every` requests at random.
    pub(super) fn before(server: u16, every: u64, seed: u64) -> Self {
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
                let fault = number
                    .is_multiple_of(every)
                    .then(|| FAULTS[(number / every) as usize % FAULTS.len()]);
                let tally = Arc::clone(&counted);
                std::thread::spawn(move || pass(stream, server, fault, &tally));
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
fn pass(mut client: TcpStream, server: u16, fault: Option<Fault>, tally: &Tally) {
    let _ = client.set_read_timeout(Some(Duration::from_secs(60)));
    let Some(request) = request(&mut client) else {
        return;
    };
    tally.requests.fetch_add(1, Ordering::Relaxed);
    if let Some(fault) = fault {
        tally.faults.lock().unwrap().push(fault);
    }
    match fault {
        Some(Fault::Late) => std::thread::sleep(Duration::from_millis(300)),
        Some(Fault::Busy) => return answer(&mut client, "503 Slow Down"),
        Some(Fault::Slower) => return answer(&mut client, "429 Too Many Requests"),
        Some(Fault::Reset) => return,
        _ => {}
    }
    let Ok(mut upstream) = TcpStream::connect(("127.0.0.1", server)) else {
        return;
    };
    let mut reply = Vec::new();
    if upstream.write_all(&request).is_err() || upstream.read_to_end(&mut reply).is_err() {
        return;
    }
    let sent = match fault {
        Some(Fault::LostAnswer) => 0,
        // At least the last byte is missing, so that it is a cut whatever was asked for.
        Some(Fault::Cut) => reply.len() - (reply.len() / 2).clamp(1, 2000),
        _ => reply.len(),
    };
    let _ = client.write_all(&reply[..sent]);
    let _ = client.shutdown(Shutdown::Both);
}

fn answer(client: &mut TcpStream, status: &str) {
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = client.write_all(text.as_bytes());
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
