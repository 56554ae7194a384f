//! Shell patterns: `*`, `?`, `[…]`, as `case`, `${x#…}`, file names and `find -name` use them. Promises to answer in time proportional to
//! pattern times text. Knows nothing of files.

/// A pattern ready for matching. Quoted characters stand for themselves.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    elements: Vec<Element>,
}

#[derive(Clone, Debug)]
enum Element {
    Character(char),
    One,
    Any,
    Set { negated: bool, members: Vec<Member> },
}

#[derive(Clone, Debug)]
enum Member {
    Range(char, char),
    Class(fn(char) -> bool),
}

impl Pattern {
    /// Reads a pattern in which a backslash quotes the next character.
    pub fn new(text: &str) -> Pattern {
        let mut characters = Vec::new();
        let mut source = text.chars();
        while let Some(character) = source.next() {
            match character {
                '\\' => characters.push((source.next().unwrap_or('\\'), true)),
                _ => characters.push((character, false)),
            }
        }
        Pattern::from_characters(&characters)
    }

    /// Reads a pattern from characters, each with whether it was quoted.
    pub fn from_characters(characters: &[(char, bool)]) -> Pattern {
        let mut elements = Vec::with_capacity(characters.len());
        let mut position = 0;
        while let Some((character, quoted)) = characters.get(position).copied() {
            position += 1;
            elements.push(match (character, quoted) {
                // Two stars are one, which keeps matching fast.
                ('*', false) if matches!(elements.last(), Some(Element::Any)) => continue,
                ('*', false) => Element::Any,
                ('?', false) => Element::One,
                ('[', false) => match set(&characters[position..]) {
                    Some((element, length)) => {
                        position += length;
                        element
                    }
                    None => Element::Character('['),
                },
                _ => Element::Character(character),
            });
        }
        Pattern { elements }
    }

    /// Whether the pattern has nothing special in it; then it matches only its own text, which is given.
    pub fn literal(&self) -> Option<String> {
        self.elements
            .iter()
            .map(|element| match element {
                Element::Character(character) => Some(*character),
                _ => None,
            })
            .collect()
    }

    /// Whether the pattern matches all of `text`.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut element, mut character) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match self.elements.get(element) {
                Some(Element::Any) => {
                    star = Some((element, character));
                    element += 1;
                    continue;
                }
                Some(single) if text.get(character).is_some_and(|character| single.accepts(*character)) => {
                    element += 1;
                    character += 1;
                    continue;
                }
                None if character == text.len() => return true,
                _ => {}
            }
            // Let the last star take one character more.
            match star {
                Some((at, from)) if from < text.len() => {
                    star = Some((at, from + 1));
                    element = at + 1;
                    character = from + 1;
                }
                _ => return false,
            }
        }
    }

    /// Whether the pattern can only match names that begin with a dot: a leading dot must be matched by a dot written out.
    pub fn begins_with_dot(&self) -> bool {
        matches!(self.elements.first(), Some(Element::Character('.')))
    }

    /// `text` without the shortest, or `longest`, beginning that matches.
    pub fn cut_start<'text>(&self, text: &'text str, longest: bool) -> &'text str {
        let mut ends = text.char_indices().map(|(index, _)| index).chain([text.len()]);
        let found = |end: &usize| self.matches(&text[..*end]);
        let end = if longest { ends.rfind(found) } else { ends.find(found) };
        end.map_or(text, |end| &text[end..])
    }

    /// `text` without the shortest, or `longest`, end that matches.
    pub fn cut_end<'text>(&self, text: &'text str, longest: bool) -> &'text str {
        let mut starts = text.char_indices().map(|(index, _)| index).chain([text.len()]);
        let found = |start: &usize| self.matches(&text[*start..]);
        let start = if longest { starts.find(found) } else { starts.rfind(found) };
        start.map_or(text, |start| &text[..start])
    }

    /// The first place in `text` from the byte `from` where the pattern matches, with the longest match there.
    pub fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let starts = text.char_indices().map(|(index, _)| index).filter(|index| *index >= from);
        for start in starts {
            let rest = &text[start..];
            let mut ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
            if let Some(end) = ends.rfind(|end| *end > 0 && self.matches(&rest[..*end])) {
                return Some((start, start + end));
            }
        }
        None
    }
}

impl Element {
    fn accepts(&self, character: char) -> bool {
        match self {
            Element::Character(own) => *own == character,
            Element::One => true,
            Element::Any => false,
            Element::Set { negated, members } => {
                *negated
                    != members.iter().any(|member| match member {
                        Member::Range(first, last) => (*first..=*last).contains(&character),
                        Member::Class(accepts) => accepts(character),
                    })
            }
        }
    }
}

/// The set after `[`, and how many characters it takes; `None` if it is never closed.
fn set(characters: &[(char, bool)]) -> Option<(Element, usize)> {
    let mut position = 0;
    let negated = matches!(characters.first(), Some(('!' | '^', false)));
    position += usize::from(negated);
    let mut members = Vec::new();
    let first = position;
    loop {
        let (character, quoted) = *characters.get(position)?;
        if character == ']' && !quoted && position > first {
            return Some((Element::Set { negated, members }, position + 1));
        }
        if character == '[' && !quoted && characters.get(position + 1) == Some(&(':', false)) {
            let rest = &characters[position + 2..];
            if let Some(length) = rest.windows(2).position(|pair| pair[0].0 == ':' && pair[1].0 == ']') {
                let name: String = rest[..length].iter().map(|(character, _)| *character).collect();
                if let Some(class) = class(&name) {
                    members.push(Member::Class(class));
                    position += length + 4;
                    continue;
                }
            }
        }
        match (characters.get(position + 1), characters.get(position + 2)) {
            (Some(('-', false)), Some((last, last_quoted))) if *last != ']' || *last_quoted => {
                members.push(Member::Range(character, *last));
                position += 3;
            }
            _ => {
                members.push(Member::Range(character, character));
                position += 1;
            }
        }
    }
}

/// The character classes of the C locale, which is the one containers run in.
fn class(name: &str) -> Option<fn(char) -> bool> {
    Some(match name {
        "alpha" => |c| c.is_ascii_alphabetic(),
        "digit" => |c| c.is_ascii_digit(),
        "alnum" => |c| c.is_ascii_alphanumeric(),
        "upper" => |c| c.is_ascii_uppercase(),
        "lower" => |c| c.is_ascii_lowercase(),
        "space" => |c| matches!(c, ' ' | '\t'..='\r'),
        "blank" => |c| matches!(c, ' ' | '\t'),
        "punct" => |c| c.is_ascii_punctuation(),
        "print" => |c| matches!(c, ' '..='~'),
        "graph" => |c| c.is_ascii_graphic(),
        "cntrl" => |c| c.is_ascii_control(),
        "xdigit" => |c| c.is_ascii_hexdigit(),
        _ => return None,
    })
}
