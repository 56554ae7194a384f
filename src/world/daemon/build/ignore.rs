//! `.dockerignore`, and the patterns of `--exclude`: which paths are left out.
//!
//! Promises: the rules of moby's `patternmatcher`: Go's patterns with `**`, a pattern for a directory covers all below it, `!` takes
//! back, the last that matches decides. Must not know: files.

use super::super::glob;

/// Patterns, in order.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    parts: Vec<String>,
    takes_back: bool,
}

impl Patterns {
    /// The patterns of `.dockerignore`'s text.
    pub fn parse(text: &str) -> Patterns {
        let lines = text.trim_start_matches('\u{feff}').lines();
        let lines: Vec<String> =
            lines.filter(|line| !line.starts_with('#')).map(|line| line.trim().to_owned()).collect();
        Patterns::new(&lines)
    }

    /// Whether each pattern of a text is one: `path.Match` of Go finds fault with a bracket that is not closed, an empty one, and a
    /// backslash at the end.
    pub(super) fn are_right(text: &str) -> bool {
        let lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.starts_with('#'));
        lines.map(str::trim).all(is_pattern)
    }

    pub(super) fn new(lines: &[String]) -> Patterns {
        let patterns = lines.iter().filter_map(|line| {
            let (takes_back, text) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line.as_str()),
            };
            let parts: Vec<String> = super::configure::absolute("/", text)
                .split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect();
            (!parts.is_empty()).then_some(Pattern { parts, takes_back })
        });
        Patterns { patterns: patterns.collect() }
    }

    /// Whether something below a folder that is left out may be taken back.
    pub fn take_back_below(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        let begins = |parts: &[String]| (1..parts.len()).any(|length| part_match(&parts[..length], &names));
        self.patterns.iter().any(|pattern| pattern.takes_back && begins(&pattern.parts))
    }

    /// Whether a path (without leading slash) is left out.
    pub fn matches(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        let mut out = false;
        for pattern in &self.patterns {
            if pattern.takes_back == out && (1..=names.len()).any(|length| part_match(&pattern.parts, &names[..length]))
            {
                out = !pattern.takes_back;
            }
        }
        out
    }
}

fn is_pattern(text: &str) -> bool {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next().is_none() => return false,
            '[' => {
                let rest = characters.as_str();
                let inside = rest.strip_prefix('^').unwrap_or(rest);
                match inside.find(']') {
                    None | Some(0) => return false,
                    Some(end) => characters = inside[end..].chars(),
                }
            }
            _ => {}
        }
    }
    true
}

/// Whether a pattern matches a path, name by name; `**` takes any number of names.
fn part_match(parts: &[String], names: &[&str]) -> bool {
    // Which lengths of the path the parts so far can have taken.
    let mut reached = vec![false; names.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        if part == "**" {
            let first = reached.iter().position(|reachable| *reachable).unwrap_or(names.len() + 1);
            next.iter_mut().skip(first).for_each(|slot| *slot = true);
        } else {
            for (index, name) in names.iter().enumerate().filter(|(index, _)| reached[*index]) {
                // A pattern that is none matches nothing.
                next[index + 1] = glob::matches(part, name).unwrap_or(false);
            }
        }
        reached = next;
    }
    reached[names.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_docker_leaves_out() {
        let patterns = Patterns::parse("# comment\n*.log\n!keep.log\nnode_modules\n**/tmp\nsecret.txt\n/docs/*.md\n");
        for (path, out) in [
            ("a.log", true),
            ("keep.log", false),
            ("sub/b.log", false),
            ("node_modules/x/y.js", true),
            ("sub/node_modules/z.js", false),
            ("sub/tmp/f", true),
            ("tmp/f", true),
            ("secret.txt", true),
            ("sub/secret.txt", false),
            ("docs/a.md", true),
            ("docs/sub/b.md", false),
            ("Dockerfile", false),
        ] {
            assert_eq!(patterns.matches(path), out, "{path}");
        }
        assert!(Patterns::are_right("*.log\n!a[b-d]\n# [\n"));
        assert!(!Patterns::are_right("ok\n[\n") && !Patterns::are_right("a\\"));
        assert!(Patterns::parse("*\n!src/**").matches("a"));
        assert!(!Patterns::parse("*\n!src/**").matches("src/a/b"));
    }
}
