//! A process with a limit of memory and of time.

use std::io::Read;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Of address space, in KiB: 8 GiB.
const ADDRESS_SPACE: u32 = 8 * 1024 * 1024;

/// How a process ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// `None` when it did not end by itself.
    pub(super) code: Option<i32>,
    /// In words, for messages.
    pub(super) how: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

/// Runs a command within the limits.
pub(super) fn run(command: &Command, patience: Duration) -> Ended {
    let started = Instant::now();
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            &format!("ulimit -v {ADDRESS_SPACE} && exec \"$0\" \"$@\""),
        ])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let mut child = limited.spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    // In a thread of its own: a child that says much must not wait for us.
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let mut late = false;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if !late && started.elapsed() > patience {
            late = true;
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let how = match status.signal() {
        _ if late => format!("our patience of {} s", patience.as_secs()),
        Some(signal) => format!("signal {signal}"),
        None => "itself".to_owned(),
    };
    let code = if late { None } else { status.code() };
    Ended {
        code,
        how,
        stderr: reader.join().unwrap(),
        took: started.elapsed(),
    }
}

#[test]
fn limits_hold() {
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    };
    assert_eq!(run(&shell("exit 3"), Duration::from_secs(9)).code, Some(3));
    assert_eq!(
        run(&shell("echo a >&2"), Duration::from_secs(9)).stderr,
        "a\n"
    );
    let killed = run(&shell("kill -SEGV $$"), Duration::from_secs(9));
    assert_eq!((killed.code, killed.how.as_str()), (None, "signal 11"));
    let late = run(&shell("exec sleep 60"), Duration::from_millis(100));
    assert!(
        late.code.is_none() && late.took < Duration::from_secs(30),
        "{late:?}"
    );
    let limit = run(
        &shell("test $(ulimit -v) = 8388608"),
        Duration::from_secs(9),
    );
    assert_eq!(limit.code, Some(0), "{limit:?}");
}
