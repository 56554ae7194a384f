//! Rows of a list: from typed columns to what `--format` prints of them.
//!
//! Promises: a column is made only when a template asks for it. Must not know what is listed.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::client::program::Client;
use crate::client::template::output::{Format, Header};
use crate::client::template::{Object, Value};
use crate::world::daemon::api::Filters;

/// A kind of row.
pub trait Columns {
    /// Its Go type, for the errors of templates.
    const TYPE: &'static str;
    /// Its columns, in alphabetical order.
    const NAMES: &'static [&'static str];
    /// The titles of the columns in a table.
    const TITLES: Header;

    /// The text of a column; only names of [`Columns::NAMES`] are asked for.
    fn column(&self, name: &str) -> Cow<'_, str>;

    /// The value of a column that is no text.
    fn value(&self, name: &str) -> Value<'_> {
        Value::text(self.column(name))
    }

    /// `{{.Label "name"}}`, for rows that have labels.
    fn label(&self, _name: &str) -> Option<String> {
        None
    }
}

/// A row as a template sees it.
pub struct Row<'r, C>(pub &'r C);

impl<C: Columns> Object for Row<'_, C> {
    fn type_name(&self) -> &str {
        C::TYPE
    }

    fn field(&self, name: &str) -> Option<Value<'_>> {
        C::NAMES.binary_search(&name).ok().map(|_| self.0.value(name))
    }

    fn method(&self, name: &str, argument: &str) -> Option<Value<'_>> {
        if name == "Label" { self.0.label(argument).map(Value::text) } else { None }
    }

    fn escapes_html(&self) -> bool {
        true
    }

    fn json(&self) -> Json {
        C::NAMES.iter().map(|name| ((*name).to_owned(), self.0.value(name).to_json())).collect()
    }
}

/// What `--format` and `-q` make of rows.
///
/// # Errors
/// The exit code for a wrong template; the text was printed.
pub fn print<C: Columns>(client: &mut Client, format: &str, table: &str, rows: &[C]) -> Result<(), i32> {
    let rows: Vec<Row<'_, C>> = rows.iter().map(Row).collect();
    let text = Format::parse(format, table)
        .and_then(|format| format.rows(&C::TITLES, rows.iter().map(|row| row as &dyn Object)));
    match text {
        Ok(text) => {
            client.out(text);
            Ok(())
        }
        Err(error) => {
            client.err(format!("{error}\n"));
            Err(1)
        }
    }
}

/// `--filter`, as the daemon takes it: names in small letters, blanks gone.
pub fn filters(client: &Client) -> Filters {
    let mut filters = Filters::new();
    for filter in client.invocation.parsed.list("filter") {
        let (name, value) = filter.split_once('=').unwrap_or((filter, ""));
        filters.entry(name.trim().to_lowercase()).or_default().push(value.trim().to_owned());
    }
    filters
}

/// Labels as a column shows them: `a=1,b=2`.
pub fn joined_labels(labels: &std::collections::BTreeMap<String, String>) -> String {
    let mut pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.sort();
    pairs.join(",")
}
