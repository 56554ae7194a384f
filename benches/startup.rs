//! How long Layerlab takes from start to its first full picture, beside the smallest ratatui program, in a real pseudo-terminal.
//!
//! Promises: prints the median of each and their ratio; fails if the ratio is above the limit, or if Layerlab writes a byte or uses
//! the processor while nothing happens. Run it with `cargo bench --bench startup`.
#![cfg(unix)]

mod terminal;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use terminal::start;

/// The most that Layerlab may take, as a multiple of the minimal program.
const LIMIT: f64 = 1.5;
const ROUNDS: usize = 40;
/// How long a screen is watched while nothing happens.
const REST: Duration = Duration::from_secs(3);

fn median(program: &Path, data: &Path, sign: &str) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let running = start(program, &[], data, sign);
            let time = running.first_picture;
            running.quit("q");
            time
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// Bytes written and clock ticks used (proc(5): fields 14 and 15 of `stat`) during a rest.
fn at_rest(program: &Path, data: &Path) -> (usize, u64) {
    let running = start(program, &[], data, "help");
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
    running.quit("q");
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
