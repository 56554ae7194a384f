//! A program in a real pseudo-terminal of 120×40: its keyboard, and its output as it comes.
//!
//! Promises: times are counted from just before the program was started. Must not know: which program it is.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a picture is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs.
pub struct Running {
    pub child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    pub output: Receiver<Vec<u8>>,
    /// How long it took until the sign was there that was waited for.
    pub first_picture: Duration,
}

/// Starts a program, and waits until its first picture holds `sign`.
pub fn start(program: &Path, arguments: &[&str], data: &Path, sign: &str) -> Running {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
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
    let mut running = Running { child, _master: pair.master, keyboard, output, first_picture: Duration::ZERO };
    running.wait_for(sign);
    running.first_picture = begin.elapsed();
    running
}

impl Running {
    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("it takes a key");
        self.keyboard.flush().expect("it takes a key");
    }

    /// Waits until its output holds `sign`.
    pub fn wait_for(&self, sign: &str) {
        let mut written = Vec::new();
        while !String::from_utf8_lossy(&written).contains(sign) {
            written.extend(self.output.recv_timeout(PATIENCE).expect("a picture"));
        }
    }

    /// Presses the keys that end it, and waits until it has.
    pub fn quit(mut self, keys: &str) {
        self.press(keys);
        self.child.wait().expect("it ends");
    }
}
