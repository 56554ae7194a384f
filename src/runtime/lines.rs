//! The program as lines: reads them from the input, prints the answers, keeps the progress.
//!
//! Promises: the end of the input ends politely and well; a reader that has gone is no failure; where the input is not a terminal, each
//! line is repeated behind its prompt, so that a log can be read. Must not know: what a line means.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use super::progress::ProgressStore;
use crate::diagnostic::shown;
use crate::learner::progress::Progress;
use crate::plain::{Ending, LONGEST_INPUT, Session};

/// Plays a session until it or the input ends. An error is one of the input or the output.
pub fn play(mut session: Session, mut progress: Progress, mut store: ProgressStore) -> io::Result<()> {
    let echo = !io::stdin().is_terminal();
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut kept = progress.clone();
    let mut text = session.start(&mut progress);
    let mut ending = Ending::GoesOn;
    loop {
        if progress != kept {
            if let Some(sentence) = store.save(&progress) {
                super::complain(&sentence);
            }
            kept.clone_from(&progress);
        }
        output.write_all(text.as_bytes())?;
        if ending == Ending::Over {
            return output.flush();
        }
        output.write_all(session.prompt().as_bytes())?;
        output.flush()?;
        let Some(line) = read_line(&mut input)? else {
            writeln!(output, "\n{}", session.farewell().trim_end())?;
            return output.flush();
        };
        if echo {
            writeln!(output, "{}", shown(&line))?;
        }
        (text, ending) = session.answer(&line, &mut progress);
    }
}

/// The next line without its end; none at the end of the input. Of a line that is too long, enough is kept to see that it is.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LONGEST_INPUT + 2).unwrap_or(u64::MAX);
    if input.by_ref().take(limit).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    } else if bytes.len() > LONGEST_INPUT {
        skip_line(input)?;
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let passed = end.map_or(buffer.len(), |end| end + 1);
        input.consume(passed);
        if end.is_some() || passed == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_without_their_ends_and_long_ones_as_one() {
        let long = "x".repeat(3 * LONGEST_INPUT);
        let text = format!("a\r\n\n{long}\nb");
        let mut input = text.as_bytes();
        let mut next = || read_line(&mut input).unwrap();
        assert_eq!((next().as_deref(), next().as_deref()), (Some("a"), Some("")));
        assert!(next().is_some_and(|line| line.len() > LONGEST_INPUT));
        assert_eq!((next().as_deref(), next()), (Some("b"), None));
    }
}
