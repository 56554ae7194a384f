//! Layerlab's own command line in other forms: completion scripts and the manual page.
//!
//! Promises: both are made from the types in `args`, so that they say what the program takes. Must not know: what a command does.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;

/// The name under which the program is started.
const PROGRAM: &str = "layerlab";

/// The script that completes `layerlab` in a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), PROGRAM, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page, in troff: the program, then each of its commands.
///
/// # Errors
/// Those of writing it.
pub fn manual() -> io::Result<String> {
    let mut command = Args::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        let name = inner.get_name().to_uppercase();
        // What every command takes was told above.
        let own =
            inner.clone().mut_args(|argument| if argument.is_global_set() { argument.hide(true) } else { argument });
        let man = clap_mangen::Man::new(own.disable_help_flag(true));
        let mut section = Vec::new();
        man.render_description_section(&mut section)?;
        man.render_synopsis_section(&mut section)?;
        man.render_options_section(&mut section)?;
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        page.extend_from_slice(format!(".SH \"COMMAND {name}\"\n{section}").as_bytes());
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in Shell::value_variants() {
            let script = completions(*shell);
            for word in ["learn", "play", "dockerfile", "record"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn the_manual_tells_every_command_and_its_options() {
        let page = manual().unwrap();
        for word in [".TH layerlab 1", "COMMAND LEARN", "COMMAND RECORD", "dockerfile", "seed", "Exit codes"] {
            assert!(page.contains(word), "{word}");
        }
        assert!(!page.contains('\u{1b}'));
        assert_eq!(page.matches("\\-\\-seed").count(), 2, "told once, and in the synopsis");
    }
}
