//! The progress of a conversion: a bar on a terminal, now and then a line elsewhere.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use zarrio_region::{Event, Observer};

use crate::args::ProgressMode;
use crate::context::Context;
use crate::diagnostics::{Talk, printable};
use crate::render::figures;

/// What is done sooner never shows a bar.
const DELAY: Duration = Duration::from_millis(300);

/// Seconds between lines where there is no terminal.
const LINE_SECONDS: u64 = 10;

/// How often the bar is drawn at most.
const TICK: Duration = Duration::from_millis(100);

/// Draws what the pipeline tells.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    talk: Talk,
    /// Lines are wanted and no bar can be drawn.
    lines: bool,
    started: Instant,
    /// Stands before what is being written, where one file of several is.
    label: Mutex<String>,
    /// When the next line is due, in seconds since the start.
    next_line: AtomicU64,
    curtain: Option<Curtain>,
    /// Whether files are counted instead of bytes: several are written at once.
    files: bool,
}

/// The thread that shows the bar when the work takes long enough to need one.
#[derive(Debug)]
struct Curtain {
    close: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// Begins to draw what is going to be told.
    pub(crate) fn start(context: &Context) -> Self {
        let bar = context.talk.bar.clone();
        let drawable = context.for_people() && io::stderr().is_terminal();
        let drawn = drawable && context.progress != ProgressMode::Never;
        Self {
            curtain: drawn.then(|| Curtain::raise_later(bar.clone())),
            lines: context.progress == ProgressMode::Always && !drawn,
            talk: context.talk.clone(),
            bar,
            started: Instant::now(),
            label: Mutex::default(),
            next_line: AtomicU64::new(LINE_SECONDS),
            files: false,
        }
    }

    /// Counts files from now on, of so many in all.
    pub(crate) fn of_files(mut self, count: u64) -> Self {
        self.files = true;
        self.bar.set_style(file_style(self.bar.style()));
        self.bar.set_length(count);
        self
    }

    /// One of several files is done.
    pub(crate) fn file_done(&self) {
        if self.files {
            self.bar.inc(1);
            if self.lines {
                self.line();
            }
        }
    }

    /// Begins with another of several files.
    pub(crate) fn next_file(&self, label: &str) {
        if self.files {
            return self.bar.set_message(printable(label));
        }
        *self.label.lock().unwrap_or_else(PoisonError::into_inner) = format!("{label}: ");
        self.bar.reset();
        self.bar.set_message(printable(label));
    }

    /// Removes the bar.
    pub(crate) fn finish(mut self) {
        if let Some(curtain) = self.curtain.take() {
            curtain.fall();
        }
        self.bar.finish_and_clear();
    }

    /// A line in place of the bar, when it is due.
    fn line(&self) {
        let seconds = self.started.elapsed().as_secs();
        let due = self.next_line.load(Ordering::Relaxed);
        let next = seconds.saturating_add(LINE_SECONDS);
        // Of several threads at once, one prints.
        let mine = seconds >= due
            && self
                .next_line
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            let (done, total) = (self.bar.position(), self.bar.length().unwrap_or_default());
            if self.files {
                return self.talk.result(&format!("{done} of {total} files"));
            }
            let speed = figures::speed(done, self.bar.elapsed());
            let (done, total) = (figures::bytes(done), figures::bytes(total));
            self.talk.result(&format!(
                "{done} of {total}, {speed}, {}",
                self.bar.message()
            ));
        }
    }
}

impl Observer for Progress {
    fn on_event(&self, event: &Event<'_>) {
        match event {
            _ if self.files => {}
            Event::Planned {
                variables,
                chunks,
                bytes,
            } => {
                tracing::info!(target: "zarrio", variables, chunks, bytes, "planned");
                self.bar.set_length(*bytes);
            }
            Event::Copied {
                variable,
                done,
                bytes,
            } => {
                let label = self.label.lock().unwrap_or_else(PoisonError::into_inner);
                let percent = u128::from(*done) * 100 / u128::from((*bytes).max(1));
                self.bar
                    .set_message(printable(&format!("copy {percent} % {label}{variable}")));
                drop(label);
                if self.lines {
                    self.line();
                }
            }
            Event::VariableStarted { variable } => {
                let label = self.label.lock().unwrap_or_else(PoisonError::into_inner);
                self.bar
                    .set_message(printable(&format!("{label}{variable}")));
            }
            Event::ChunkWritten {
                raw_bytes: bytes, ..
            }
            | Event::Looked { bytes } => {
                self.bar.inc(*bytes);
                if self.lines {
                    self.line();
                }
            }
            Event::Committing => self.bar.set_message("finishing"),
            _ => {}
        }
    }
}

impl Curtain {
    fn raise_later(bar: ProgressBar) -> Self {
        let (close, closed) = mpsc::channel();
        let thread = thread::spawn(move || {
            if closed.recv_timeout(DELAY) == Err(mpsc::RecvTimeoutError::Timeout) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(TICK);
            }
        });
        Self { close, thread }
    }

    fn fall(self) {
        // An error says that the thread has ended, which is what is wanted.
        let _ = self.close.send(());
        let _ = self.thread.join();
    }
}

/// A bar that is not drawn yet.
pub(crate) fn hidden_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
    // Fits into 80 columns with a name of 12 characters.
    match ProgressStyle::with_template("{percent:>3} % {bar:20} {figures}  {wide_msg}") {
        Ok(style) => bar.with_style(
            style
                .progress_chars("━╸─")
                .with_key("figures", write_figures),
        ),
        Err(_) => bar,
    }
}

/// The bar for files.
fn file_style(other: ProgressStyle) -> ProgressStyle {
    let template = "{percent:>3} % {bar:20} {pos} of {len} files, {eta} left  {wide_msg}";
    match ProgressStyle::with_template(template) {
        Ok(style) => style.progress_chars("━╸─"),
        Err(_) => other,
    }
}

/// `186 MiB of 249 MiB, 412 MB/s, 5 s left`; speed and rest once something is done.
fn write_figures(state: &ProgressState, out: &mut dyn fmt::Write) {
    let (done, total) = (state.pos(), state.len().unwrap_or_default());
    // That the terminal's buffer refuses a text is nothing to be told on the terminal.
    let _ = write!(out, "{} of {}", figures::bytes(done), figures::bytes(total));
    if done == 0 {
        // The first chunk may take its time, and the clock shows that something happens.
        let _ = write!(out, ", {} so far", whole_seconds(state.elapsed()));
    } else {
        let speed = figures::speed(state.per_sec() as u64, Duration::from_secs(1));
        let _ = write!(out, ", {speed}");
    }
    if done > 0 && done < total {
        let rest = whole_seconds(state.eta());
        let _ = write!(out, ", {rest} left");
    }
}

/// A duration without the digits that would flicker.
fn whole_seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => figures::duration(Duration::from_secs(seconds)),
    }
}
