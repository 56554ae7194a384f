//! A round of questions: all of them once, then those that went wrong, until none is left.
//!
//! Promises: every question comes once; one that was answered wrong comes again, in a new order of its choices, until it
//! is answered right; the order follows from the seed.

use crate::world::context::Random;

use super::question::Question;

/// A round under way.
#[derive(Clone, Debug)]
pub struct Round {
    questions: Vec<Question>,
    /// Questions still to be asked, by their numbers; the first is asked now.
    queue: Vec<usize>,
    /// The order in which the choices of the present question are shown.
    order: Vec<usize>,
    /// The choice that was taken, by its number in the question, once it was.
    chosen: Option<usize>,
    /// Whether the present question went wrong before.
    repeated: bool,
    /// Questions that went wrong at least once, in the order in which they did.
    missed: Vec<usize>,
    /// Questions answered for the first time.
    asked: usize,
    right_at_once: usize,
    random: Random,
}

/// How a round went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Result {
    pub questions: usize,
    /// Answered right the first time.
    pub right_at_once: usize,
    /// The IDs of those that went wrong at least once.
    pub missed: Vec<String>,
}

impl Round {
    /// A round of these questions, in the order that the seed gives.
    pub fn new(questions: Vec<Question>, seed: u64) -> Round {
        let mut random = Random::new(seed);
        let mut queue: Vec<usize> = (0..questions.len()).collect();
        shuffle(&mut queue, &mut random);
        let mut round = Round {
            questions,
            queue,
            order: Vec::new(),
            chosen: None,
            repeated: false,
            missed: Vec::new(),
            asked: 0,
            right_at_once: 0,
            random,
        };
        round.arrange();
        round
    }

    /// Asks those with these IDs first, in their order within the round; gives how many they are.
    pub fn ask_first(&mut self, ids: &[&str]) -> usize {
        let wanted = |number: &usize| self.questions.get(*number).is_some_and(|question| ids.contains(&&*question.id));
        let (mut first, others): (Vec<usize>, Vec<usize>) = self.queue.iter().copied().partition(wanted);
        let count = first.len();
        if count > 0 {
            first.extend(others);
            self.queue = first;
            self.arrange();
        }
        count
    }

    fn arrange(&mut self) {
        self.chosen = None;
        self.repeated = self.queue.first().is_some_and(|number| self.missed.contains(number));
        let Some(question) = self.question() else { return };
        let keeps_order = question.keeps_order;
        let mut order: Vec<usize> = (0..question.choices.len()).collect();
        if !keeps_order {
            shuffle(&mut order, &mut self.random);
        }
        self.order = order;
    }

    /// The question that is asked; none once the round is over.
    pub fn question(&self) -> Option<&Question> {
        self.queue.first().and_then(|number| self.questions.get(*number))
    }

    /// The numbers of its choices, from 0, in the order in which they are shown.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The choice that was taken, by its number in the question.
    pub fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// How many questions the round has, and how many are still to be answered right.
    pub fn left(&self) -> (usize, usize) {
        (self.questions.len(), self.queue.len())
    }

    /// Whether this question went wrong before.
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }

    /// Takes the choice shown at a place, from 0. Says whether it was right; nothing once a choice was taken.
    pub fn choose(&mut self, place: usize) -> Option<bool> {
        let right = self.question()?.right;
        if self.chosen.is_some() {
            return None;
        }
        let choice = *self.order.get(place)?;
        let number = *self.queue.first()?;
        self.chosen = Some(choice);
        if !self.repeated {
            self.asked += 1;
            if choice == right {
                self.right_at_once += 1;
            } else {
                self.missed.push(number);
            }
        }
        Some(choice == right)
    }

    /// Goes to the next question, once this one was answered. One that went wrong goes to the end of the queue.
    pub fn advance(&mut self) {
        let Some(chosen) = self.chosen else { return };
        let wrong = self.question().is_some_and(|question| question.right != chosen);
        if self.queue.is_empty() {
            return;
        }
        let number = self.queue.remove(0);
        if wrong {
            self.queue.push(number);
        }
        self.arrange();
    }

    /// How the round went so far; final once there is no question left.
    pub fn result(&self) -> Result {
        Result {
            questions: self.questions.len(),
            right_at_once: self.right_at_once,
            missed: self.missed.iter().filter_map(|number| self.questions.get(*number)).map(|q| q.id.clone()).collect(),
        }
    }
}

/// Fisher and Yates's shuffle.
fn shuffle(numbers: &mut [usize], random: &mut Random) {
    for end in (1..numbers.len()).rev() {
        let other = usize::try_from(random.below(end as u64 + 1)).unwrap_or(0);
        numbers.swap(end, other);
    }
}

#[cfg(test)]
mod tests {
    use super::super::question::Choice;
    use super::*;

    fn question(id: usize) -> Question {
        let choice = |text: &str| Choice { text: text.into(), why: "because".into(), misconception: None };
        Question {
            id: id.to_string(),
            lesson: "L".into(),
            text: "?".into(),
            scene: Vec::new(),
            commands: Vec::new(),
            choices: vec![choice("a"), choice("b"), choice("c")],
            right: 1,
            keeps_order: false,
        }
    }

    fn place_of(round: &Round, choice: usize) -> usize {
        round.order().iter().position(|known| *known == choice).unwrap()
    }

    #[test]
    fn the_wrong_ones_come_again_until_they_are_right() {
        let mut round = Round::new((0..5).map(question).collect(), 7);
        let first = round.question().unwrap().id.clone();
        assert_eq!(round.choose(place_of(&round, 0)), Some(false));
        assert_eq!(round.choose(0), None, "an answer stands");
        round.advance();
        for _ in 0..4 {
            assert!(!round.is_repeated());
            assert_eq!(round.choose(place_of(&round, 1)), Some(true));
            round.advance();
        }
        assert_eq!(round.question().map(|question| &question.id), Some(&first));
        assert!(round.is_repeated());
        assert_eq!(round.choose(place_of(&round, 2)), Some(false));
        round.advance();
        assert_eq!(round.choose(place_of(&round, 1)), Some(true));
        round.advance();
        assert_eq!(round.question(), None);
        assert_eq!(round.result(), Result { questions: 5, right_at_once: 4, missed: vec![first] });
    }

    #[test]
    fn the_order_follows_from_the_seed() {
        let ids = |seed| {
            let mut round = Round::new((0..12).map(question).collect(), seed);
            let mut ids = Vec::new();
            while let Some(question) = round.question() {
                ids.push((question.id.clone(), round.order().to_vec()));
                round.choose(place_of(&round, 1));
                round.advance();
            }
            ids
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn an_empty_round_is_over() {
        let mut round = Round::new(Vec::new(), 1);
        assert_eq!(round.choose(0), None);
        round.advance();
        assert_eq!(round.question(), None);
        assert_eq!(round.result(), Result { questions: 0, right_at_once: 0, missed: Vec::new() });
    }
}
