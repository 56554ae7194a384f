//! Go's `text/template`, as docker's `--format` uses it.
//!
//! Promises: the output and the error texts of Go, for the language without user functions; limits on nesting, steps and
//! output; any text is answered. Values are JSON with Go types beside it (`GoType`), or rows that make their fields when asked
//! (`Object`). Must not know which command prints what.
//! Start reading at `Template`; `output` holds what docker does around it: `table`, `json`, `inspect`.

mod execute;
mod format;
mod functions;
mod lex;
mod literal;
pub mod output;
mod parse;
mod tree;
mod value;

pub use execute::MissingKey;
pub use value::{Field, GoType, Object, StructType, Value};

use super::units::go_quote;
use execute::Stop;

/// A template that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    source: String,
    trees: tree::Trees,
}

/// An error of a template, with Go's whole text: `template: :1:2: executing "" at <.Nope>: …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

impl Template {
    /// Reads a template.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        let trees =
            parse::parse(source).map_err(|(line, message)| TemplateError(format!("template: :{line}: {message}")))?;
        Ok(Template { source: source.to_owned(), trees })
    }

    /// Runs the template over a value.
    pub fn execute(&self, data: Value<'_>, missing: MissingKey) -> Result<String, TemplateError> {
        let mut text = String::new();
        self.execute_to(data, missing, &mut text).map(|()| text)
    }

    /// Runs the template over a value, and adds what it prints to `text`; after an error there is some of it.
    pub fn execute_to(&self, data: Value<'_>, missing: MissingKey, text: &mut String) -> Result<(), TemplateError> {
        execute::execute(&self.trees, data, missing, false, text).map_err(|stop| self.error(&stop))
    }

    /// The header of a table: docker's functions leave names as they are, and an error only ends the line.
    pub fn execute_header(&self, header: &dyn Object) -> String {
        let mut text = String::new();
        let _ = execute::execute(&self.trees, Value::Object(header), MissingKey::NoValue, true, &mut text);
        text
    }

    fn error(&self, stop: &Stop) -> TemplateError {
        let before = self.source.get(..stop.position).unwrap_or(&self.source);
        let line = 1 + before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |line_end| line_end + 1);
        let name = go_quote(&stop.template);
        let (context, message) = (&stop.context, &stop.message);
        TemplateError(format!("template: :{line}:{column}: executing {name} at <{context}>: {message}"))
    }
}

#[cfg(test)]
mod tests;
