//! `echo`: the text it writes. One implementation for the tool and for the shell's built-in; pure, knows no kernel.

use super::printf::{Escape, escape};
use crate::world::process::shell::Dialect;

/// What `echo` with these arguments (without its name) writes. BusyBox knows `-n`, `-e` and `-E`, and reads escapes only after `-e`;
/// dash knows `-n` and always reads them.
pub fn echo<S: AsRef<str>>(dialect: Dialect, arguments: &[S]) -> Vec<u8> {
    let mut newline = true;
    let mut escapes = dialect == Dialect::Dash;
    let mut first = 0;
    for argument in arguments.iter().map(AsRef::as_ref) {
        let known: &[char] = if dialect == Dialect::Dash { &['n'] } else { &['n', 'e', 'E'] };
        let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) else { break };
        if !letters.chars().all(|letter| known.contains(&letter)) || (dialect == Dialect::Dash && letters.len() > 1) {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        first += 1;
        if dialect == Dialect::Dash {
            break;
        }
    }
    let mut output = Vec::new();
    for (index, argument) in arguments.iter().skip(first).map(AsRef::as_ref).enumerate() {
        if index > 0 {
            output.push(b' ');
        }
        let mut rest = argument.as_bytes();
        while let Some((byte, after)) = rest.split_first() {
            if *byte == b'\\' && escapes {
                match escape(after, true) {
                    (Escape::Bytes(bytes), used) => {
                        output.extend(bytes);
                        rest = &after[used..];
                    }
                    (Escape::Stop, _) => return output,
                }
            } else {
                output.push(*byte);
                rest = after;
            }
        }
    }
    if newline {
        output.push(b'\n');
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(dialect: Dialect, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&echo(dialect, arguments)).into_owned()
    }

    #[test]
    fn options_are_those_of_busybox() {
        assert_eq!(text(Dialect::Ash, &["a", "b"]), "a b\n");
        assert_eq!(text(Dialect::Ash, &["-n", "a"]), "a");
        assert_eq!(text(Dialect::Ash, &["a\\tb"]), "a\\tb\n");
        assert_eq!(text(Dialect::Ash, &["-ne", "a\\tb\\x41\\0101"]), "a\tbAA");
        assert_eq!(text(Dialect::Ash, &["-e", "a\\cb", "c"]), "a");
        assert_eq!(text(Dialect::Ash, &["-nx", "-"]), "-nx -\n");
        assert_eq!(text(Dialect::Ash, &["-e", "-n"]), "");
        assert_eq!(text(Dialect::Dash, &["-e", "a\\tb"]), "-e a\tb\n");
    }
}
