//! YAML as Compose reads and writes it: the language of go-yaml 3, which is a port of libyaml.
//!
//! Promises: what is wrong is said in go-yaml's words and with its line numbers; any bytes are answered in time and memory that
//! grow with their number, however their aliases are nested; reading back what was written gives the same value.
//! Must not know what a Compose file means.
//! Start reading at [`read`], then `node` (text to nodes), `value` (nodes to values), `write`.

mod node;
mod scalar;
mod value;
mod write;

pub use value::{Document, named, read};
pub use write::write;

/// Most bytes of a file that is read.
pub const FILE_LIMIT: usize = 1 << 20;
/// How deep lists and mappings may stand in each other.
const DEPTH_LIMIT: usize = 100;
/// Most values that a document may come to when its aliases are followed.
const VALUE_LIMIT: usize = 100_000;

/// Why a text is not YAML that Compose can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The syntax, with the line that go-yaml names: 0 when it names none.
    #[error("yaml: {}{problem}", line_prefix(*.line))]
    Syntax { line: u64, problem: &'static str },
    #[error("yaml: unknown anchor '{0}' referenced")]
    UnknownAnchor(String),
    #[error("yaml: anchor '{0}' value contains itself")]
    SelfReference(String),
    #[error("yaml: document contains excessive aliasing")]
    ExcessiveAliasing,
    #[error("yaml: line {line}: exceeded max depth of {DEPTH_LIMIT}")]
    TooDeep { line: u64 },
    #[error("yaml: file is larger than {FILE_LIMIT} bytes")]
    TooLarge,
    /// libyaml reads this; the parser used here does not.
    #[error("yaml: line {line}: a tag that a comma follows at once: Layerlab does not model this yet")]
    TagBeforeComma { line: u64 },
    #[error("yaml: map merge requires map or sequence of maps as the value")]
    Merge,
    /// Compose looks for these itself.
    #[error("line {line}: mapping key {} already defined at line {first}", crate::client::units::go_quote(.key))]
    DuplicateKey { line: u64, key: String, first: u64 },
    /// A key that is not a text.
    #[error("non-string key {place}: {key}")]
    Key { place: String, key: String },
    /// Go's mistakes when a document has not the expected shape.
    #[error("yaml: unmarshal errors:\n  line {line}: {problem}")]
    Shape { line: u64, problem: String },
}

fn line_prefix(line: u64) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

#[cfg(test)]
mod tests;
