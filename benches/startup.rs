//! How long Layerlab takes from start to its first full picture, beside the smallest ratatui program, in a real pseudo-terminal.
//!
//! Promises: prints the median of each and their ratio; fails if the ratio is above the limit, or if Layerlab writes a byte or uses
//! the processor while nothing happens. Run it with `cargo bench --bench startup`.
#![cfg(unix)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The most that Layerlab may take, as a multiple of the minimal program.
const LIMIT: f64 = 1.5;
const ROUNDS: usize = 40;
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a screen is watched while nothing happens.
const REST: Duration = Duration::from_secs(3);

struct Running {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    first_picture: Duration,
}

/// Starts a program, and waits until its first picture holds `sign`.
fn start(program: &Path, data: &Path, sign: &str) -> Running {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(program);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("LC_ALL", "C.UTF-8");
    command.env("XDG_DATA_HOME", data);
    let mut reader = pair.master.try_clone_reader().expect("its output");
    let keyboard = pair.master.take_writer().expect("its input");
    let (sender, output) = channel();
    thread::spawn(move || {
        let mut bytes = [0; 65536];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if sender.send(bytes.get(..count).unwrap_or_default().to_vec()).is_err() {
                return;
            }
        }
    });
    let begin = Instant::now();
    let child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let mut written = Vec::new();
    while !String::from_utf8_lossy(&written).contains(sign) {
        written.extend(output.recv_timeout(PATIENCE).expect("a first picture"));
    }
    Running { child, _master: pair.master, keyboard, output, first_picture: begin.elapsed() }
}

impl Running {
    fn quit(mut self) {
        self.keyboard.write_all(b"q").expect("it takes a key");
        self.keyboard.flush().expect("it takes a key");
        self.child.wait().expect("it ends");
    }
}

fn median(program: &Path, data: &Path, sign: &str) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let running = start(program, data, sign);
            let time = running.first_picture;
            running.quit();
            time
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// Bytes written and clock ticks used (proc(5): fields 14 and 15 of `stat`) during a rest.
fn at_rest(program: &Path, data: &Path) -> (usize, u64) {
    let running = start(program, data, "help");
    while running.output.recv_timeout(Duration::from_millis(300)).is_ok() {}
    let ticks = || {
        let stat = format!("/proc/{}/stat", running.child.process_id().unwrap_or(0));
        let stat = std::fs::read_to_string(stat).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>()
    };
    let before = ticks();
    let bytes = running.output.recv_timeout(REST).map_or(0, |bytes| bytes.len());
    let used = ticks() - before;
    running.quit();
    (bytes, used)
}

/// The minimal program is an example; `cargo bench` does not build those by itself.
fn minimal(layerlab: &Path) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--example", "minimal_ratatui"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "the minimal program is built");
    layerlab.parent().unwrap_or(layerlab).join("examples").join("minimal_ratatui")
}

fn main() -> ExitCode {
    let layerlab = PathBuf::from(env!("CARGO_BIN_EXE_layerlab"));
    let data = tempfile::tempdir().expect("a folder for the progress");
    let least = median(&minimal(&layerlab), data.path(), "minimal");
    let ours = median(&layerlab, data.path(), "help");
    let ratio = ours.as_secs_f64() / least.as_secs_f64();
    let (bytes, ticks) = at_rest(&layerlab, data.path());
    println!(
        "start to first picture, median of {ROUNDS}: minimal {least:?}, layerlab {ours:?}, ratio {ratio:.2} (limit {LIMIT})"
    );
    println!("at rest for {REST:?}: {bytes} bytes written, {ticks} clock ticks used");
    if ratio <= LIMIT && bytes == 0 && ticks == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
