//! Tests on a value: equal, at least, changed since the step began, and so on.
//!
//! Promises: pure comparison. What the value is, and what it was before, the caller says. Knows no world.

use crate::diagnostic::Span;
use crate::lesson::condition::Observation;
use crate::lesson::table::words;

words! {
    /// How a value is compared.
    pub enum Operator named "a comparison" {
        /// Equal. A value without a table means this.
        Is = "is",
        /// Not equal.
        IsNot = "is_not",
        /// Equal to one of a list.
        OneOf = "one_of",
        /// This number or more.
        AtLeast = "at_least",
        /// This number or less.
        AtMost = "at_most",
        /// More than this number.
        MoreThan = "more_than",
        /// Less than this number.
        LessThan = "less_than",
        /// A text that has this in it.
        Contains = "contains",
        /// Another value than before this step (`true`), or the same (`false`).
        Changed = "changed",
    }
}

/// A value written in a lesson, or seen in the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Literal {
    /// True or false.
    Truth(bool),
    /// A count, bytes, or milliseconds of virtual time, as the property's kind says. Layers count from 1, the lowest.
    Number(i64),
    /// Text, a word, or an ID.
    Text(String),
}

/// What the model answers to an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// The value.
    Value(Literal),
    /// The subject is not there, or has no such value (yet); the text says what was not found, for the learner.
    Missing(String),
}

/// What a value is compared with.
#[derive(Debug, Clone)]
pub enum Operand {
    /// A value written in the lesson.
    Literal(Literal),
    /// One of several.
    OneOf(Vec<Literal>),
    /// The value of another observation, made at the same moment.
    Observation(Box<Observation>),
}

/// One comparison.
#[derive(Debug, Clone)]
pub struct Test {
    /// How.
    pub operator: Operator,
    /// With what.
    pub operand: Operand,
    /// Where it stands in the file.
    pub span: Span,
}

impl Test {
    /// Whether the test holds for the value `seen`, which was `before` when the step began; `observe` answers the
    /// observation that the value may have to be compared with.
    ///
    /// What is missing is equal to nothing but itself: `is_not` and `changed` hold for it, comparisons by size do not.
    pub fn holds(&self, seen: &Observed, before: &Observed, observe: impl Fn(&Observation) -> Observed) -> bool {
        if self.operator == Operator::Changed {
            let differs = match (seen, before) {
                (Observed::Value(seen), Observed::Value(before)) => seen != before,
                (Observed::Missing(_), Observed::Missing(_)) => false,
                _ => true,
            };
            return matches!(&self.operand, Operand::Literal(Literal::Truth(expected)) if *expected == differs);
        }
        let Observed::Value(seen) = seen else {
            return self.operator == Operator::IsNot;
        };
        match &self.operand {
            Operand::Literal(literal) => self.operator.compare(seen, literal),
            Operand::OneOf(literals) => literals.contains(seen),
            Operand::Observation(other) => match observe(other) {
                Observed::Value(other) => self.operator.compare(seen, &other),
                Observed::Missing(_) => self.operator == Operator::IsNot,
            },
        }
    }
}

impl Operator {
    fn compare(self, seen: &Literal, other: &Literal) -> bool {
        match (self, seen, other) {
            (Operator::Is | Operator::OneOf, seen, other) => seen == other,
            (Operator::IsNot, seen, other) => seen != other,
            (Operator::AtLeast, Literal::Number(seen), Literal::Number(other)) => seen >= other,
            (Operator::AtMost, Literal::Number(seen), Literal::Number(other)) => seen <= other,
            (Operator::MoreThan, Literal::Number(seen), Literal::Number(other)) => seen > other,
            (Operator::LessThan, Literal::Number(seen), Literal::Number(other)) => seen < other,
            (Operator::Contains, Literal::Text(seen), Literal::Text(other)) => seen.contains(other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::condition::{Property, Subject};

    fn number(number: i64) -> Observed {
        Observed::Value(Literal::Number(number))
    }

    fn test(operator: Operator, operand: Operand) -> Test {
        Test { operator, operand, span: Span::default() }
    }

    fn nothing(_: &Observation) -> Observed {
        Observed::Missing("nothing".into())
    }

    #[test]
    fn numbers_are_compared_by_size() {
        let two = |operator| test(operator, Operand::Literal(Literal::Number(2)));
        let holds = |operator, seen| two(operator).holds(&number(seen), &number(0), nothing);
        for (operator, below, same, above) in [
            (Operator::Is, false, true, false),
            (Operator::IsNot, true, false, true),
            (Operator::AtLeast, false, true, true),
            (Operator::AtMost, true, true, false),
            (Operator::MoreThan, false, false, true),
            (Operator::LessThan, true, false, false),
        ] {
            assert_eq!(
                [holds(operator, 1), holds(operator, 2), holds(operator, 3)],
                [below, same, above],
                "{operator:?}"
            );
        }
    }

    #[test]
    fn changed_compares_with_the_moment_before() {
        let changed = |expected| test(Operator::Changed, Operand::Literal(Literal::Truth(expected)));
        let gone = Observed::Missing("web".into());
        assert!(changed(true).holds(&number(1), &number(2), nothing));
        assert!(changed(false).holds(&number(1), &number(1), nothing));
        assert!(changed(true).holds(&gone, &number(1), nothing));
        assert!(changed(false).holds(&gone, &gone, nothing));
        assert!(!changed(true).holds(&number(1), &number(1), nothing));
    }

    #[test]
    fn what_is_missing_is_equal_to_nothing() {
        let gone = Observed::Missing("web".into());
        let one = |operator| test(operator, Operand::Literal(Literal::Number(1)));
        assert!(!one(Operator::Is).holds(&gone, &gone, nothing));
        assert!(one(Operator::IsNot).holds(&gone, &gone, nothing));
        assert!(!one(Operator::LessThan).holds(&gone, &gone, nothing));
    }

    #[test]
    fn another_observation_can_be_compared_with() {
        let subject = Subject::Image("alpine".into());
        let other = Observation { subject, on: None, show: Property::Size, span: Span::default() };
        let more = test(Operator::MoreThan, Operand::Observation(Box::new(other)));
        assert!(more.holds(&number(8), &number(0), |_| number(7)));
        assert!(!more.holds(&number(7), &number(0), |_| number(7)));
        assert!(!more.holds(&number(7), &number(0), nothing));
    }
}
