//! The order of versions.
//!
//! Promises: numbers are compared as numbers, parts from left to right, as all four managers do for the versions that the indexes
//! have. Must not know: pre-releases, epochs and tildes, which the indexes have not.

use std::cmp::Ordering;

/// Which version is the older one.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (parts(left), parts(right));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            // `1.2` and `1.2.0` are one version.
            (Some(part), None) => {
                if part != Part::Number(0) {
                    return Ordering::Greater;
                }
            }
            (None, Some(part)) => {
                if part != Part::Number(0) {
                    return Ordering::Less;
                }
            }
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => return one.cmp(&other),
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Word(&'a str),
    Number(u64),
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|character: char| !character.is_ascii_alphanumeric());
        let first = rest.chars().next()?;
        let end = rest.find(|character: char| {
            !character.is_ascii_alphanumeric() || character.is_ascii_digit() != first.is_ascii_digit()
        });
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(part.parse().map_or(Part::Word(part), Part::Number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        for (older, newer) in
            [("1.9", "1.10"), ("7.88.1-10+deb12u5", "7.88.1-10+deb12u14"), ("8.14.1-r1", "8.14.1-r2"), ("2", "2.0.1")]
        {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater);
        }
        assert_eq!(compare("1.2", "1.2.0"), Ordering::Equal);
    }
}
