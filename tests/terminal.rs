//! Layerlab in a real pseudo-terminal: whatever ends it, the terminal is as it was; at rest it does nothing.
//!
//! Nothing here sleeps: each test reads what the program writes until a condition holds, with a deadline.
#![cfg(unix)]

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_secs(20);
const SIZE: PtySize = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };

/// A program in a terminal of its own.
struct Session {
    /// None when the terminal was closed.
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    reader: Option<JoinHandle<()>>,
    reading: Arc<AtomicBool>,
    screen: vt100::Parser,
    raw: Vec<u8>,
    data: Option<tempfile::TempDir>,
}

fn layerlab() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_layerlab"))
}

fn faults() -> PathBuf {
    let program = layerlab().parent().unwrap().join("examples").join("terminal_faults");
    assert!(program.exists(), "{} is built by `cargo test`, as all examples are", program.display());
    program
}

impl Session {
    fn start(program: PathBuf, arguments: &[&str]) -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), program, arguments)
    }

    /// Starts it with the data of an earlier session.
    fn start_with(data: tempfile::TempDir, program: PathBuf, arguments: &[&str]) -> Self {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command.env("PS1", "prompt> ");
        command.env("XDG_DATA_HOME", data.path());
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let reading = Arc::new(AtomicBool::new(true));
        let wanted = Arc::clone(&reading);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() || !wanted.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self {
            master: Some(pair.master),
            keyboard: Some(keyboard),
            child,
            output,
            reader: Some(reader),
            reading,
            screen: vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0),
            raw: Vec::new(),
            data: Some(data),
        }
    }

    fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Ends the reader, which holds the terminal open: it looks after each reading, so something must be drawn.
    fn stop_reading(&mut self) {
        self.reading.store(false, Ordering::SeqCst);
        self.press("?");
        self.reader.take().unwrap().join().unwrap();
    }

    fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads until the condition holds.
    fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self.screen.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("no {what}: {error}\n{}", self.contents()),
            }
        }
    }

    /// Presses the key that the screen offers for going on, and waits until the screen answers.
    fn go_on(&mut self) {
        self.until("key that leads on", |screen| offered(screen).is_some());
        let key = offered(self.screen.screen()).unwrap();
        let before = self.contents();
        self.press(key);
        self.until("answer to a key that the screen offers", |screen| screen.contents() != before);
    }

    fn until_text(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.raw.extend_from_slice(bytes);
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Reads to the end of the output, and says whether the program ended well.
    fn end(&mut self) -> portable_pty::ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.contents()),
            }
        }
    }

    /// Whether what was switched on in the terminal is off again.
    fn assert_given_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "alternate screen");
        assert!(!screen.hide_cursor(), "hidden cursor");
        assert!(!screen.bracketed_paste(), "bracketed paste");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let raw = String::from_utf8_lossy(&self.raw);
        assert!(raw.rfind("\x1b[?2026l") > raw.rfind("\x1b[?2026h"), "a synchronized update was left open");
    }

    /// Whether lines are edited and echoed again. (A shell that edits lines itself switches that off at its prompt.)
    fn assert_cooked(&self) {
        if let Some(modes) = self.master.as_ref().and_then(|master| master.get_termios()) {
            use rustix::termios::LocalModes;
            let cooked = (LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG).bits();
            assert_eq!(u64::from(modes.local_flags.bits()) & u64::from(cooked), u64::from(cooked), "raw mode");
        }
    }
}

/// The key for going on that the key bar, the last row, names.
fn offered(screen: &vt100::Screen) -> Option<&'static str> {
    let bar = screen.rows(0, SIZE.cols).last()?;
    let keys = [("y show the solution", "y"), ("1 2", "1"), ("Enter run", "\r"), ("→", "\x1b[C")];
    keys.into_iter().find(|(words, _)| bar.contains(words)).map(|(_, key)| key)
}

fn at_home() -> Session {
    let mut session = Session::start(layerlab(), &[]);
    session.until_text("Playground");
    assert!(session.screen.screen().alternate_screen());
    session
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut session = at_home();
    session.press("q");
    assert!(session.end().success());
    session.assert_given_back();
    session.assert_cooked();
}

#[test]
fn ctrl_c_twice_leaves_and_once_does_not() {
    let mut session = at_home();
    session.press("\x03");
    session.until_text("Press Ctrl-C again");
    session.press("\x03");
    assert!(session.end().success());
    session.assert_given_back();
    session.assert_cooked();
}

#[test]
fn an_error_gives_the_terminal_back_and_can_be_read() {
    let mut session = Session::start(faults(), &["error"]);
    session.until_text("holding the terminal");
    session.press("x");
    assert!(!session.end().success());
    session.assert_given_back();
    session.assert_cooked();
    assert!(session.contents().contains("an error on purpose"), "{}", session.contents());
}

#[test]
fn a_panic_gives_the_terminal_back_and_can_be_read() {
    let mut session = Session::start(faults(), &["panic"]);
    session.until_text("holding the terminal");
    session.press("x");
    assert!(!session.end().success());
    session.assert_given_back();
    session.assert_cooked();
    assert!(session.contents().contains("a fault on purpose"), "{}", session.contents());
}

#[test]
fn a_signal_gives_the_terminal_back_and_ends_the_program_by_that_signal() {
    for (signal, name) in [(Signal::TERM, "Terminated"), (Signal::INT, "Interrupt"), (Signal::HUP, "Hangup")] {
        let mut session = at_home();
        session.press("\x1bOQ");
        session.until("mouse", |screen| screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None);
        session.signal(signal);
        let status = session.end();
        session.assert_given_back();
        session.assert_cooked();
        assert_eq!(status.signal(), Some(name));
    }
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_it_back() {
    for by_key in [true, false] {
        let mut session = Session::start("/bin/sh".into(), &["-i"]);
        session.until_text("prompt>");
        let program = layerlab().display().to_string();
        session.press(&format!("'{program}'; echo left-with-$?\r"));
        session.until("home", |screen| screen.alternate_screen() && screen.contents().contains("Playground"));
        if by_key {
            session.press("\x1a");
        } else {
            signal_foreground(&session, Signal::TSTP);
        }
        session
            .until("prompt", |screen| !screen.alternate_screen() && screen.contents().matches("prompt>").count() > 1);
        session.assert_given_back();
        session.press("stty -a | grep -c ' icanon'\r");
        session.until("cooked mode", |screen| screen.contents().lines().any(|line| line.trim() == "1"));
        session.press("fg\r");
        session.until("home again", |screen| screen.alternate_screen() && screen.contents().contains("Playground"));
        session.press("q");
        session.until("the shell", |screen| {
            !screen.alternate_screen() && screen.contents().matches("prompt>").count() > 3
        });
        session.assert_given_back();
        session.press("exit\r");
        session.end();
    }
}

/// To the program that the shell runs in the foreground.
fn signal_foreground(session: &Session, signal: Signal) {
    let group = session.master.as_ref().unwrap().process_group_leader().unwrap();
    kill_process(Pid::from_raw(group).unwrap(), signal).unwrap();
}

#[test]
fn without_a_shell_there_is_nothing_to_suspend_to() {
    let mut session = at_home();
    session.press("\x1a");
    session.until_text("no shell");
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn after_being_stopped_from_outside_all_is_drawn_again() {
    let mut session = at_home();
    session.signal(Signal::STOP);
    // What the program draws from here on starts from an empty screen.
    session.screen = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
    session.signal(Signal::CONT);
    session.until("home again", |screen| screen.alternate_screen() && screen.contents().contains("Playground"));
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn a_resize_is_drawn() {
    let mut session = at_home();
    session.screen.screen_mut().set_size(8.try_into().unwrap(), 30.try_into().unwrap());
    session.master.as_ref().unwrap().resize(PtySize { rows: 8, cols: 30, ..SIZE }).unwrap();
    session.until_text("larger, or press");
    session.screen.screen_mut().set_size(40.try_into().unwrap(), 120.try_into().unwrap());
    session.master.as_ref().unwrap().resize(PtySize { rows: 40, cols: 120, ..SIZE }).unwrap();
    session.until_text("Afterwards you can");
    session.press("q");
    assert!(session.end().success());
}

/// When its terminal is closed, a program is usually sent SIGHUP; the second shell keeps that from it, so that it must notice itself.
#[test]
fn when_the_terminal_vanishes_the_program_ends_within_half_a_second() {
    let program = layerlab().display().to_string();
    for script in [format!("exec '{program}'"), format!("trap '' HUP; '{program}'; exit $?")] {
        let mut session = Session::start("/bin/sh".into(), &["-c", &script]);
        session.until_text("Playground");
        session.stop_reading();
        let (sender, ended) = channel();
        let Session { master, keyboard, mut child, .. } = session;
        let closed = Instant::now();
        drop((keyboard, master));
        thread::spawn(move || sender.send(child.wait()));
        let status = ended.recv_timeout(PATIENCE).unwrap().unwrap();
        assert!(!status.success());
        assert!(closed.elapsed() < Duration::from_millis(500), "{:?}", closed.elapsed());
    }
}

#[test]
fn at_rest_it_writes_nothing() {
    let mut session = at_home();
    while let Ok(bytes) = session.output.recv_timeout(Duration::from_millis(300)) {
        session.take(&bytes);
    }
    let (written, used) = (session.raw.len(), processor_time(session.pid()));
    assert_eq!(session.output.recv_timeout(Duration::from_secs(1)), Err(RecvTimeoutError::Timeout));
    assert_eq!((session.raw.len(), processor_time(session.pid())), (written, used));
    session.press("q");
    assert!(session.end().success());
}

/// In clock ticks, from `/proc/PID/stat` (proc(5), fields 14 and 15); 0 where there is no such file.
fn processor_time(pid: Pid) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

#[test]
fn without_a_terminal_there_are_plain_lines_and_no_control_sequence() {
    let data = tempfile::tempdir().unwrap();
    let output =
        assert_cmd::Command::new(layerlab()).arg("--data-dir").arg(data.path()).assert().success().get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("layerlab --help"), "{text}");
    assert!(!text.contains('\x1b'));
}

#[test]
fn ones_own_dockerfile_is_built_by_the_key_that_the_screen_offers() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Dockerfile"), "FROM alpine\nCOPY mine.txt /\n").unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine\n").unwrap();
    let file = folder.path().join("Dockerfile");
    let mut session = Session::start(layerlab(), &["play", "--dockerfile", file.to_str().unwrap(), "--motion", "off"]);
    session.until_text("Dockerfile and 1 more file");
    session.press("y");
    session.until_text("COPY mine.txt /");
    session.press("\x1bq");
    session.until_text("Playground");
    session.press("\x03\x03");
    assert!(session.end().success());
    session.assert_given_back();
}

#[test]
fn plain_lines_in_a_terminal_are_lines_and_nothing_else() {
    let mut session = Session::start(layerlab(), &["--plain"]);
    session.until_text("Type the number of a lesson");
    session.press("2.1\r");
    session.until_text("(Enter: next step)");
    session.press(":quit\r");
    session.until_text("You are home again");
    session.press(":quit\r");
    assert!(session.end().success());
    assert!(!session.raw.contains(&0x1b), "a control sequence was written");
    session.assert_cooked();
}

#[test]
fn the_version_is_told() {
    let said = format!("layerlab {}\n", env!("CARGO_PKG_VERSION"));
    assert_cmd::Command::new(layerlab()).arg("--version").assert().success().stdout(said);
}

#[test]
fn a_lesson_that_there_is_not_is_bad_input() {
    assert_cmd::Command::new(layerlab()).args(["learn", "no-such-lesson"]).assert().code(2);
}

#[test]
fn the_first_lesson_is_played_to_its_end_with_the_keys_on_the_screen_and_that_is_remembered() {
    let mut session = at_home();
    session.until_text("Enter open");
    session.press("\r");
    session.until_text("step 1 of 14");
    // Each of the 14 steps needs a key or two, and one more where something moves.
    for _ in 0..80 {
        if session.contents().contains("Lesson done") {
            break;
        }
        session.go_on();
    }
    session.until_text("Lesson done");
    session.press("q");
    session.until_text("Playground");
    session.press("q");
    assert!(session.end().success());
    session.assert_given_back();
    let data = session.data.take().unwrap();
    let mut again = Session::start_with(data, layerlab(), &[]);
    again.until_text("✓  1.1");
    again.press("q");
    assert!(again.end().success());
}
