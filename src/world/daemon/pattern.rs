//! Regular expressions as far as names are filtered by them: literals, `.`, `*`, `+`, `?`, `^`, `$`, `[…]`, `|` between whole patterns.
//!
//! Promises: ends for every pattern and text: the work is limited. Groups are taken as literals, which no container's name has.

/// Steps after which a match is given up.
const STEPS: u32 = 10_000;

/// Whether the pattern is found anywhere in the text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut steps = STEPS;
    pattern.split('|').any(|pattern| {
        let pattern: Vec<char> = pattern.chars().collect();
        match pattern.split_first() {
            Some(('^', rest)) => at(rest, &text, &mut steps),
            _ => (0..=text.len()).any(|start| at(&pattern, &text[start..], &mut steps)),
        }
    })
}

/// Whether one character fits the first item of the pattern, and how long that item is.
fn item(pattern: &[char]) -> (usize, impl Fn(char) -> bool) {
    let length = match pattern {
        ['\\', _, ..] => 2,
        ['[', rest @ ..] => rest.iter().skip(1).position(|c| *c == ']').map_or(1, |at| at + 3),
        _ => 1,
    };
    let own = pattern[..length].to_vec();
    let fits = move |c: char| match own.as_slice() {
        ['.'] => true,
        ['\\', 'd'] => c.is_ascii_digit(),
        ['\\', 'w'] => c.is_ascii_alphanumeric() || c == '_',
        ['\\', escaped] => *escaped == c,
        ['[', '^', set @ .., ']'] => !in_set(set, c),
        ['[', set @ .., ']'] => in_set(set, c),
        [single] => *single == c,
        _ => false,
    };
    (length, fits)
}

fn in_set(set: &[char], c: char) -> bool {
    let mut rest = set;
    while let Some((first, after)) = rest.split_first() {
        if let ['-', last, more @ ..] = after {
            if (*first..=*last).contains(&c) {
                return true;
            }
            rest = more;
        } else {
            if *first == c {
                return true;
            }
            rest = after;
        }
    }
    false
}

/// Whether the pattern fits the beginning of the text.
fn at(pattern: &[char], text: &[char], steps: &mut u32) -> bool {
    if *steps == 0 {
        return false;
    }
    *steps -= 1;
    match pattern {
        [] => return true,
        ['$'] => return text.is_empty(),
        _ => {}
    }
    let (length, fits) = item(pattern);
    let run = text.iter().take_while(|c| fits(**c)).count();
    let (least, most, rest) = match pattern.get(length) {
        Some('*') => (0, run, &pattern[length + 1..]),
        Some('+') => (1, run, &pattern[length + 1..]),
        Some('?') => (0, run.min(1), &pattern[length + 1..]),
        _ => (1, run.min(1), &pattern[length..]),
    };
    (least..=most).rev().any(|count| at(rest, &text[count..], steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_filter_means() {
        for (pattern, text, found) in [
            ("web", "my-web-1", true),
            ("^web1$", "web1", true),
            ("^web1$", "web12", false),
            ("we.1", "web1", true),
            ("^a.*z$", "abcz", true),
            ("db|web", "web", true),
            ("w[a-f]b", "web", true),
            ("w[^e]b", "web", false),
            ("b+$", "abbb", true),
            ("", "any", true),
            ("[", "any", false),
            (".*.*.*.*.*.*.*.*.*.*x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(matches(pattern, text), found, "{pattern} in {text}");
        }
    }
}
