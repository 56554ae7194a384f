//! What a key and a moving frame cost with two hundred containers on the stage, at 120×40 in a real pseudo-terminal.
//!
//! Promises: prints the time from a key to the last byte of its picture (p50, p99), and the processor time and the bytes of a moving frame,
//! each beside its goal; judges nothing, since a busy machine is slower. Run it with `cargo bench --bench screen`.
#![cfg(unix)]

mod terminal;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use terminal::{Running, start};

/// What stands on the stage; the last word tells that it is there.
const CROWD: &str = "docker pull -q alpine:3.22; for i in $(seq 1 200); do docker run -d --name w$i alpine:3.22 sleep 9999 > /dev/null; done; echo crowd-$((1+1))\r";
const THERE: &str = "crowd-2";
/// What is typed and taken back, a key at a time.
const TYPED: &str = "docker ps -a --filter status=exited --format json";
const TYPED_TIMES: usize = 6;
/// How often the next container is chosen; there are more of them.
const CHOSEN: usize = 190;
/// Commands that move.
const MOVING: usize = 12;
/// How a picture ends (DEC mode 2026), and how it begins.
const END: &[u8] = b"\x1b[?2026l";
const BEGIN: &[u8] = b"\x1b[?2026h";
/// No output for so long is the end of a motion.
const CALM: Duration = Duration::from_millis(400);

/// A playground with the crowd, at rest.
fn crowd(layerlab: &Path, data: &Path, motion: &str) -> Running {
    let mut running = start(layerlab, &["play", "--motion", motion], data, "help");
    running.press(CROWD);
    running.wait_for(THERE);
    // Any key ends the motion.
    running.press("x\x7f");
    calm(&running);
    running
}

/// Reads until nothing comes any more; gives the pictures and bytes.
fn calm(running: &Running) -> (usize, usize) {
    let mut written = Vec::new();
    while let Ok(bytes) = running.output.recv_timeout(CALM) {
        written.extend(bytes);
    }
    (written.windows(BEGIN.len()).filter(|window| *window == BEGIN).count(), written.len())
}

/// From a key to the last byte of the picture that answers it; none if nothing does.
fn answer(running: &mut Running, key: &str) -> Option<Duration> {
    let begin = Instant::now();
    running.press(key);
    let mut written = Vec::new();
    while !written.ends_with(END) {
        written.extend(running.output.recv_timeout(CALM).ok()?);
    }
    Some(begin.elapsed())
}

/// Prints the middle and the worst of a hundred.
fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied();
    println!(
        "{what}, {} keys: p50 {:.2?} (goal 2 ms), p99 {:.2?} (goal 5 ms)",
        times.len(),
        at(50).unwrap_or_default(),
        at(99).unwrap_or_default()
    );
}

/// The processor time that a process has used, all threads together (`schedstat` in proc(5): nanoseconds first).
fn used(running: &Running) -> Duration {
    let tasks = format!("/proc/{}/task", running.child.process_id().unwrap_or(0));
    let tasks = std::fs::read_dir(tasks).into_iter().flatten().filter_map(Result::ok);
    let nanoseconds = tasks.filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn keys(layerlab: &Path, data: &Path) {
    let mut running = crowd(layerlab, data, "off");
    let mut times = Vec::new();
    for _ in 0..TYPED_TIMES {
        for key in TYPED.chars().map(String::from).chain(TYPED.chars().map(|_| "\x7f".to_owned())) {
            times.extend(answer(&mut running, &key));
        }
    }
    tell("typing", times);
    answer(&mut running, "\x1b");
    calm(&running);
    let times = (0..CHOSEN).filter_map(|_| answer(&mut running, "\x1b[B")).collect();
    tell("choosing on the stage", times);
    running.quit("\x03\x03");
}

fn frames(layerlab: &Path, data: &Path) {
    let mut running = crowd(layerlab, data, "full");
    let (mut pictures, mut bytes, mut time) = (0, 0, Duration::ZERO);
    for number in 0..MOVING {
        // The first picture has the work of the command in it.
        for key in format!("docker run -d --name x{number} alpine:3.22 sleep 9999").chars() {
            answer(&mut running, &key.to_string());
        }
        calm(&running);
        answer(&mut running, "\r");
        let before = used(&running);
        let (more, written) = calm(&running);
        time += used(&running) - before;
        (pictures, bytes) = (pictures + more, bytes + written);
    }
    let count = u32::try_from(pictures).unwrap_or(u32::MAX).max(1);
    println!(
        "a moving frame, mean of {pictures}: {:.2?} of a processor (goal 0.5 ms), {} bytes (goal 1500)",
        time / count,
        bytes / pictures.max(1)
    );
    running.quit("\x03\x03");
}

fn main() {
    let layerlab = PathBuf::from(env!("CARGO_BIN_EXE_layerlab"));
    let data = tempfile::tempdir().expect("a folder for the progress");
    keys(&layerlab, data.path());
    frames(&layerlab, data.path());
}
