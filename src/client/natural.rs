//! The order of names with numbers in them: `a9` before `a10` (fvbommel/sortorder, with which docker/cli sorts).
//!
//! Promises: a total order; digits come before other characters, everything else goes by bytes.

use std::cmp::Ordering;

/// Compares two names, runs of digits as numbers.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let (Some(&first), Some(&second)) = (left.first(), right.first()) {
        let (a_number, b_number) = (number(left), number(right));
        if a_number.is_empty() != b_number.is_empty() {
            return if b_number.is_empty() { Ordering::Less } else { Ordering::Greater };
        }
        let (order, taken) = match a_number.is_empty() {
            true => (first.cmp(&second), (1, 1)),
            false => (by_value(a_number, b_number), (a_number.len(), b_number.len())),
        };
        if order.is_ne() {
            return order;
        }
        (left, right) = (left.get(taken.0..).unwrap_or_default(), right.get(taken.1..).unwrap_or_default());
    }
    a.len().cmp(&b.len())
}

/// The digits at the start.
fn number(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// By value; of two equal ones the one with fewer zeros in front.
fn by_value(a: &[u8], b: &[u8]) -> Ordering {
    let significant =
        |digits: &'_ [u8]| digits.iter().skip_while(|digit| **digit == b'0').copied().collect::<Vec<u8>>();
    let (x, y) = (significant(a), significant(b));
    x.len().cmp(&y.len()).then_with(|| x.cmp(&y)).then_with(|| a.len().cmp(&b.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_by_value() {
        let mut names = [
            "b",
            "a10",
            "a9",
            "a09",
            "a",
            "9",
            "a1b",
            "80/tcp -> [::]:8082",
            "80/tcp -> 0.0.0.0:10000",
            "80/tcp -> 0.0.0.0:8083",
        ];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(
            names,
            [
                "9",
                "80/tcp -> 0.0.0.0:8083",
                "80/tcp -> 0.0.0.0:10000",
                "80/tcp -> [::]:8082",
                "a",
                "a1b",
                "a9",
                "a09",
                "a10",
                "b"
            ]
        );
    }
}
