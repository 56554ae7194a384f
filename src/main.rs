//! Arguments in, exit code out; nothing else.

use std::process::ExitCode;

use clap::Parser;
use layerlab::args::Args;

fn main() -> ExitCode {
    layerlab::runtime::launch(&Args::parse())
}
