//! What docker does around templates: `table …`, `json`, rows, headers, and `inspect` with its second try.
//!
//! Promises: the texts of docker's `formatter.Context` and `inspect.TemplateInspector`. Must not know which columns there are.

use serde_json::Value as Json;

use super::super::table::{self, align};
use super::{GoType, MissingKey, Object, Template, TemplateError, Value};

/// A `--format` for rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    template: Template,
    is_table: bool,
}

const PARSING_ERROR: &str = "template parsing error: ";

fn wrapped(error: TemplateError) -> TemplateError {
    TemplateError(format!("{PARSING_ERROR}{error}"))
}

impl Format {
    /// Reads a format: `table TEMPLATE`, `json`, or a template. The caller replaces an empty one, and a bare `table`, by the
    /// table of the command (`default_table`, with its `table `).
    pub fn parse(format: &str, default_table: &str) -> Result<Format, TemplateError> {
        let format = if matches!(format, "" | "table") { default_table } else { format };
        let (body, is_table) = match format.strip_prefix("table") {
            Some(body) => (body, true),
            None if format == "json" => ("{{json .}}", false),
            None => (format, false),
        };
        let body = body.trim_matches(' ').replace("\\t", "\t").replace("\\n", "\n");
        Ok(Format { template: Template::parse(&body).map_err(wrapped)?, is_table })
    }

    /// Whether it prints a table with a header.
    pub fn is_table(&self) -> bool {
        self.is_table
    }

    /// All rows, with the header first if it is a table. An error prints no row at all.
    pub fn rows<'o>(
        &self,
        header: &dyn Object,
        rows: impl IntoIterator<Item = &'o dyn Object>,
    ) -> Result<String, TemplateError> {
        let mut text = String::new();
        if self.is_table {
            text = self.template.execute_header(header);
            text.push('\n');
        }
        for row in rows {
            self.template.execute_to(Value::Object(row), MissingKey::NoValue, &mut text).map_err(wrapped)?;
            text.push('\n');
        }
        Ok(if self.is_table { align(&text, table::DOCKER) } else { text })
    }
}

/// The names of a table's columns: what each field of a row is called.
#[derive(Clone, Copy, Debug)]
pub struct Header(pub &'static [(&'static str, &'static str)]);

impl Object for Header {
    fn type_name(&self) -> &str {
        "formatter.SubHeaderContext"
    }

    fn field(&self, name: &str) -> Option<Value<'_>> {
        // A column without a name, such as an unknown field, prints `<no value>`, as a map's missing key does.
        let found = self.0.iter().find(|(field, _)| *field == name);
        Some(found.map_or(Value::Missing, |(_, title)| Value::text(*title)))
    }

    fn method(&self, name: &str, argument: &str) -> Option<Value<'_>> {
        let last = argument.rsplit('.').next().unwrap_or(argument);
        (name == "Label").then(|| Value::text(last.replace(['-', '_'], " ")))
    }

    fn json(&self) -> Json {
        self.0.iter().map(|(field, title)| ((*field).to_owned(), Json::from(*title))).collect()
    }
}

/// One element of `docker inspect --format`, with its line end: first over the struct, then over the raw JSON.
pub fn inspect(template: &Template, raw: &Json, go_type: GoType) -> Result<String, TemplateError> {
    let typed = match go_type {
        GoType::Any => None,
        go_type => template.execute(Value::of(raw, go_type), MissingKey::NoValue).ok(),
    };
    let text = match typed {
        Some(text) => text,
        None => template.execute(Value::of(raw, GoType::Any), MissingKey::Error).map_err(wrapped)?,
    };
    Ok(text + "\n")
}

/// Reads the template of `docker inspect --format`; Docker ends with code 64 on its error.
pub fn parse_inspect(format: &str) -> Result<Template, TemplateError> {
    Template::parse(format).map_err(wrapped)
}
