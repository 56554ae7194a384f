//! `dd`.

use super::call::Tool;
use super::shape::{Machine, Next};
use super::size;
use crate::world::clock::Time;
use crate::world::process::Wait;
use crate::world::process::descriptor::{OpenOptions, Read, Write};

/// The largest block, in bytes.
const BLOCK_LIMIT: u64 = 64 << 20;
/// Bytes that are moved in one step at least, so that small blocks are not slow: whole blocks, read together.
const STEP: usize = 65_536;

/// `dd`.
#[derive(Clone, Debug)]
pub struct Copy {
    input: u32,
    output: u32,
    block: usize,
    /// Blocks still to be copied.
    left: Option<u64>,
    /// As errors call what is written to.
    output_name: String,
    /// Blocks still to be thrown away.
    skip: u64,
    taken: Vec<u8>,
    pending: Vec<u8>,
    whole: (u64, u64),
    partial: (u64, u64),
    bytes: u64,
    ended: bool,
    quiet: bool,
    no_rate: bool,
    began: Time,
}

impl Machine for Copy {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Copy, i32> {
        let (mut input, mut output, mut block, mut count, mut skip) = (None, None, 512, None, 0);
        let (mut truncate, mut quiet, mut no_rate, mut append) = (true, false, false, false);
        for word in tool.call.arguments.clone() {
            let Some((name, value)) = word.split_once('=') else {
                let gnu = format!("unrecognized operand '{word}'");
                let text = tool.wording(format!("unrecognized operand '{word}'"), gnu);
                tool.complain(text);
                return Err(1);
            };
            let number = || size::bytes(value);
            let wrong = |tool: &mut Tool<'_, '_>| {
                let text = tool.wording(format!("invalid number '{value}'"), format!("invalid number: '{value}'"));
                tool.complain(text);
                1
            };
            match name {
                "if" => input = Some(value.to_owned()),
                "of" => output = Some(value.to_owned()),
                "bs" | "ibs" | "obs" => {
                    block = number().filter(|block| *block > 0).ok_or_else(|| wrong(tool))?;
                }
                "count" => count = Some(number().ok_or_else(|| wrong(tool))?),
                "skip" => skip = number().ok_or_else(|| wrong(tool))?,
                "conv" => {
                    for word in value.split(',') {
                        match word {
                            "notrunc" => truncate = false,
                            "fsync" | "fdatasync" => {}
                            other => return Err(tool.not_modelled(format_args!("conv={other}"))),
                        }
                    }
                }
                "oflag" if value == "append" => append = true,
                "iflag" | "oflag" if matches!(value, "direct" | "sync" | "dsync" | "fullblock") => {}
                "status" => match value {
                    "none" => quiet = true,
                    "noxfer" => no_rate = true,
                    _ => {}
                },
                "seek" | "cbs" | "iflag" | "oflag" => return Err(tool.not_modelled(format_args!("{name}={value}"))),
                _ => {
                    tool.complain(format_args!("unrecognized operand '{word}'"));
                    return Err(1);
                }
            }
        }
        if block > BLOCK_LIMIT {
            tool.complain(format_args!("Layerlab copies blocks of at most {BLOCK_LIMIT} bytes"));
            return Err(1);
        }
        let mut open = |path: &str, options, doing: &str| {
            tool.system.open(path, options).map_err(|errno| {
                let gnu = format!("failed to open '{path}': {errno}");
                let text = tool.wording(format!("can't {doing} '{path}': {errno}"), gnu);
                tool.complain(text);
                1
            })
        };
        let input = input.map_or(Ok(0), |path| open(&path, OpenOptions::READ, "open"))?;
        let options = OpenOptions { truncate, append, ..OpenOptions::WRITE };
        let output_name = output.clone().unwrap_or_else(|| "standard output".to_owned());
        let output = output.map_or(Ok(1), |path| open(&path, options, "open"))?;
        // The block is held in memory: a large one counts against the container's limit.
        let _ = tool.system.set_memory((400 << 10) + block);
        Ok(Copy {
            input,
            output,
            block: usize::try_from(block).unwrap_or(512),
            left: count,
            output_name,
            skip,
            taken: Vec::new(),
            pending: Vec::new(),
            whole: (0, 0),
            partial: (0, 0),
            bytes: 0,
            ended: false,
            quiet,
            no_rate,
            began: tool.system.now(),
        })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if !self.pending.is_empty() {
            return match tool.system.write(self.output, &self.pending) {
                Ok(Write::Wrote(count)) => {
                    self.bytes += count as u64;
                    self.pending.drain(..count);
                    Next::Again
                }
                Ok(Write::WouldBlock) => Next::Wait(Wait::Writable(self.output)),
                Err(errno) => {
                    tool.complain(format_args!("error writing '{}': {errno}", self.output_name));
                    // The block that could not be written was read; what was read ahead of it does not count.
                    self.whole.1 = self.bytes / self.block as u64;
                    self.whole.0 = self.whole.0.min(self.whole.1 + 1);
                    self.report(tool);
                    Next::Exit(1)
                }
            };
        }
        if self.ended || self.left == Some(0) {
            self.report(tool);
            return Next::Exit(0);
        }
        // Small blocks are read together, as many as fit one step.
        let most = STEP.max(self.block) / self.block;
        let blocks = self.left.map_or(most, |left| usize::try_from(left).unwrap_or(most).min(most)).max(1);
        let blocks = if self.skip > 0 { usize::try_from(self.skip).unwrap_or(most).min(most) } else { blocks };
        let wanted = blocks * self.block - self.taken.len();
        match tool.system.read(self.input, wanted) {
            Ok(Read::Data(bytes)) => {
                self.taken.extend(bytes);
                if self.taken.len() >= blocks * self.block || self.taken.len().is_multiple_of(self.block) {
                    self.take();
                }
                Next::Again
            }
            Ok(Read::EndOfFile) => {
                self.ended = true;
                self.take();
                Next::Again
            }
            Ok(Read::WouldBlock) => Next::Wait(Wait::Readable(self.input)),
            Err(errno) => {
                tool.complain(format_args!("error reading: {errno}"));
                self.report(tool);
                Next::Exit(1)
            }
        }
    }
}

impl Copy {
    /// Counts the blocks that were read, and hands them on.
    fn take(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        let (whole, rest) = ((taken.len() / self.block) as u64, taken.len() % self.block);
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(whole.max(1));
            return;
        }
        self.whole.0 += whole;
        self.whole.1 += whole;
        self.partial.0 += u64::from(rest > 0);
        self.partial.1 += u64::from(rest > 0);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(whole + u64::from(rest > 0));
        }
        self.pending = taken;
    }

    fn report(&self, tool: &mut Tool<'_, '_>) {
        if self.quiet {
            return;
        }
        let (whole, partial) = (self.whole, self.partial);
        let mut text = format!("{}+{} records in\n{}+{} records out\n", whole.0, partial.0, whole.1, partial.1);
        if tool.is_gnu() && !self.no_rate {
            let seconds = tool.system.now().since(self.began).as_secs_f64().max(0.001);
            let rate = decimal((self.bytes as f64 / seconds) as u64, 1000);
            let plural = if self.bytes == 1 { "byte" } else { "bytes" };
            let sizes = match self.bytes {
                0..1000 => String::new(),
                1000..1024 => format!(" ({})", decimal(self.bytes, 1000)),
                bytes => format!(" ({}, {})", decimal(bytes, 1000), decimal(bytes, 1024)),
            };
            text.push_str(&format!("{} {plural}{sizes} copied, {seconds:.6} s, {rate}/s\n", self.bytes));
        }
        tool.output.push(2, text.as_bytes());
    }
}

/// `5.0 MB`, `4.8 MiB`.
fn decimal(bytes: u64, base: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= base as f64 && unit < 4 {
        value /= base as f64;
        unit += 1;
    }
    let name = match (unit, base) {
        (0, _) => "B",
        (1, 1000) => "kB",
        (2, 1000) => "MB",
        (3, 1000) => "GB",
        (1, _) => "KiB",
        (2, _) => "MiB",
        (3, _) => "GiB",
        _ => "TB",
    };
    if value < 10.0 && unit > 0 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") }
}
