//! What the machine writes: `print` and `printf`, and the end, at which everything that is open is closed.

use super::super::super::call::Tool;
use super::super::format::sprintf;
use super::super::program;
use super::super::streams::Closed;
use super::super::syntax::Redirection;
use super::super::value::{Text, Value, Variant};
use super::{Machine, OFMT, OFS, ORS, Stop};
use crate::world::process::Wait;

impl Machine {
    /// Closes what is open, waits for commands, and ends.
    pub(super) fn end(&mut self, tool: &mut Tool<'_, '_>) -> Result<(), Stop> {
        while let Some(name) = self.streams.any() {
            if tool.output.held() > 0 {
                return Err(Stop::Flush);
            }
            if self.streams.close(tool, &name) == Closed::Waits {
                return Err(Stop::Wait(Wait::Child));
            }
        }
        Err(Stop::Exit)
    }

    /// mawk wants a value for every conversion.
    fn check_format(&self, format: &[u8], values: usize) -> Result<(), String> {
        let text = String::from_utf8_lossy(format);
        let wanted = text.replace("%%", "").matches('%').count();
        match self.variant {
            Variant::Mawk if wanted > values => Err(format!("not enough arguments passed to printf(\"{text}\")")),
            _ => Ok(()),
        }
    }

    pub(super) fn print(
        &mut self,
        count: usize,
        formatted: bool,
        redirection: Option<Redirection>,
        tool: &mut Tool<'_, '_>,
    ) -> Result<(), Stop> {
        let extra = usize::from(redirection.is_some());
        let descriptor = match redirection {
            None => 1,
            Some(redirection) => {
                let name = self.peek(0);
                let name = self.text(&name);
                if redirection == Redirection::Pipe && tool.output.held() > 0 {
                    return Err(Stop::Flush);
                }
                let append = redirection == Redirection::Append;
                let opened = self.streams.writer(tool, &name, redirection == Redirection::Pipe, append);
                match opened {
                    Ok(descriptor) => descriptor,
                    Err(errno) => {
                        self.status = program::cannot_write(tool, &String::from_utf8_lossy(&name), errno);
                        return Err(Stop::Exit);
                    }
                }
            }
        };
        let from = self.stack.len().saturating_sub(count + extra);
        let values: Vec<Value> = self.stack.drain(from..).take(count).collect();
        if formatted {
            let Some((format, values)) = values.split_first() else { return Ok(()) };
            let format = self.text(format);
            self.check_format(&format, values.len()).map_err(Stop::Wrong)?;
            tool.output.push(descriptor, &sprintf(&format, values));
            return Ok(());
        }
        let values = if count == 0 { vec![self.field(0)] } else { values };
        let format = self.format_of(OFMT);
        let parts: Vec<Text> = values.iter().map(|value| value.bytes(&format)).collect();
        let (joiner, end) = (self.global(OFS), self.global(ORS));
        let mut line = parts.join(&*self.text(&joiner));
        line.extend_from_slice(&self.text(&end));
        tool.output.push(descriptor, &line);
        Ok(())
    }
}
