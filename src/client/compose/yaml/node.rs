//! From the events of the parser to nodes, which know their line and share what aliases name.

use std::collections::BTreeMap;
use std::rc::Rc;

use libyaml_safer::{Error, ErrorKind, Event, EventData, Parser, ScalarStyle};

use super::{DEPTH_LIMIT, FILE_LIMIT, YamlError};

/// A node of a document.
#[derive(Debug)]
pub struct Node {
    /// Counted from 1.
    pub line: u64,
    /// The tag, if one was written.
    pub tag: Option<String>,
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// Text; a plain one may mean something else than itself.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Rc<Node>>),
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
    Alias(Rc<Node>),
}

/// The documents of a text, in order.
///
/// # Errors
/// The first mistake; documents before it are lost.
pub fn documents(bytes: &[u8]) -> Result<Vec<Rc<Node>>, YamlError> {
    if bytes.len() > FILE_LIMIT {
        return Err(YamlError::TooLarge);
    }
    let bytes = with_line_feeds(bytes);
    if let Some(line) = tag_before_comma(&bytes) {
        return Err(YamlError::TagBeforeComma { line });
    }
    let mut input = bytes.as_slice();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut composer = Composer::default();
    loop {
        let event = parser.parse().map_err(|error| syntax(&error))?;
        if event.data == EventData::StreamEnd {
            return Ok(composer.documents);
        }
        composer.event(event)?;
    }
}

/// YAML takes all line ends for one; the parser used here stumbles over a carriage return, and over a file that ends in the
/// middle of an escape.
fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 1);
    let mut previous = 0;
    for &byte in bytes {
        match byte {
            b'\r' => text.push(b'\n'),
            b'\n' if previous == b'\r' => {}
            byte => text.push(byte),
        }
        previous = byte;
    }
    text.push(b'\n');
    text
}

/// The line of the first word that could be a tag and has a comma in it, where brackets make commas mean something: the parser
/// used here (libyaml-safer 0.3) panics at `[!tag,` instead of reading it.
fn tag_before_comma(text: &[u8]) -> Option<u64> {
    if !text.iter().any(|byte| matches!(byte, b'[' | b'{')) {
        return None;
    }
    let begins = |position: usize| {
        let before = position.checked_sub(1).and_then(|before| text.get(before));
        before.is_none_or(|before| !before.is_ascii_alphanumeric())
    };
    let has_comma = |position: usize| {
        let word = text.iter().skip(position).take_while(|byte| !byte.is_ascii_whitespace());
        word.take(256).any(|byte| *byte == b',')
    };
    let found = (0..text.len()).find(|&at| text[at] == b'!' && begins(at) && has_comma(at))?;
    Some(1 + text[..found].iter().filter(|byte| **byte == b'\n').count() as u64)
}

/// A mistake of syntax with the line that go-yaml names (`parser.fail` in its `decode.go`): where what surrounds the mistake
/// begins, if that is known; only the scanner's count begins with 1.
fn syntax(error: &Error) -> YamlError {
    let lines = [error.context_mark(), error.problem_mark()];
    let line = lines.into_iter().flatten().map(|mark| mark.line).find(|line| *line != 0);
    let from_one = u64::from(error.kind() == ErrorKind::Scanner);
    YamlError::Syntax { line: line.map_or(0, |line| line + from_one), problem: error.problem() }
}

/// A list or mapping whose end has not come.
struct Open {
    line: u64,
    tag: Option<String>,
    anchor: Option<String>,
    is_mapping: bool,
    nodes: Vec<Rc<Node>>,
}

#[derive(Default)]
struct Composer {
    open: Vec<Open>,
    /// `None` while the node is not complete.
    anchors: BTreeMap<String, Option<Rc<Node>>>,
    documents: Vec<Rc<Node>>,
}

impl Composer {
    fn event(&mut self, event: Event) -> Result<(), YamlError> {
        let line = event.start_mark.line + 1;
        match event.data {
            EventData::DocumentStart { .. } => self.anchors.clear(),
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let kind = Kind::Scalar { text: value, plain: style == ScalarStyle::Plain };
                self.complete(anchor, Node { line, tag, kind });
            }
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(Some(node)) => {
                    let kind = Kind::Alias(node.clone());
                    self.complete(None, Node { line, tag: None, kind });
                }
                Some(None) => return Err(YamlError::SelfReference(anchor)),
                None => return Err(YamlError::UnknownAnchor(anchor)),
            },
            EventData::SequenceStart { anchor, tag, .. } => self.begin(line, tag, anchor, false)?,
            EventData::MappingStart { anchor, tag, .. } => self.begin(line, tag, anchor, true)?,
            EventData::SequenceEnd | EventData::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let kind = if open.is_mapping { Kind::Mapping(pairs(open.nodes)) } else { Kind::List(open.nodes) };
                self.complete(open.anchor, Node { line: open.line, tag: open.tag, kind });
            }
            EventData::StreamStart { .. } | EventData::StreamEnd | EventData::DocumentEnd { .. } => {}
        }
        Ok(())
    }

    fn begin(
        &mut self,
        line: u64,
        tag: Option<String>,
        anchor: Option<String>,
        is_mapping: bool,
    ) -> Result<(), YamlError> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(YamlError::TooDeep { line });
        }
        if let Some(anchor) = &anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        self.open.push(Open { line, tag, anchor, is_mapping, nodes: Vec::new() });
        Ok(())
    }

    fn complete(&mut self, anchor: Option<String>, node: Node) {
        let node = Rc::new(node);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.documents.push(node),
        }
    }
}

fn pairs(nodes: Vec<Rc<Node>>) -> Vec<(Rc<Node>, Rc<Node>)> {
    let mut pairs = Vec::with_capacity(nodes.len() / 2);
    let mut nodes = nodes.into_iter();
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        pairs.push((key, value));
    }
    pairs
}
