//! The words of a step: text, question and options, task and goals, hints, measures, and what follows from them.
//!
//! Promises: what was predicted stays beside what came of it; every option is explained afterwards; met and unmet, right and wrong have
//! signs. Must not know: where the words are drawn.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::lesson::{LessonScreen, heading};
use crate::lesson::format::{Command, Do, PredictOption, QuizOption, StepKind};
use crate::lesson::player::{Confidence, StepRecord};
use crate::view::markdown;
use crate::view::symbols::Symbols;
use crate::view::theme::Theme;
use crate::view::wrap::{width, wrap, wrap_text};

/// The lines of the step that is shown, or of the lesson's end.
pub fn lines(screen: &LessonScreen, cells: usize, theme: &Theme, symbols: &Symbols) -> Vec<Line<'static>> {
    let mut writer = Writer { screen, cells, theme, symbols, lines: Vec::new() };
    if screen.finished {
        writer.end();
    } else {
        writer.step();
    }
    writer.lines
}

struct Writer<'a> {
    screen: &'a LessonScreen,
    cells: usize,
    theme: &'a Theme,
    symbols: &'a Symbols,
    lines: Vec<Line<'static>>,
}

/// An option as it is shown.
struct Shown<'a> {
    /// Its number in the file, from 0.
    number: usize,
    text: &'a str,
    why: &'a str,
}

impl Writer<'_> {
    fn step(&mut self) {
        let step = self.screen.player.step();
        let record = self.screen.player.record();
        if let Some(heading) = heading(step) {
            self.lines.extend(wrap_text(&heading, self.theme.accent, self.cells));
            self.gap();
        }
        match &step.kind {
            StepKind::Say(say) => self.markdown(&say.text.value),
            StepKind::Demo(demo) => {
                if let Some(text) = &demo.text {
                    self.markdown(&text.value);
                }
                self.commands(&demo.commands, record.played);
            }
            StepKind::Predict(predict) => {
                if let Some(text) = predict.text.as_ref().filter(|_| record.right.is_none()) {
                    self.markdown(&text.value);
                }
                self.commands(&predict.commands, record.played);
                self.gap();
                self.markdown(&predict.question.value);
                let shown = |option: &'_ PredictOption| (option.text.value.clone(), option.why.value.clone());
                let options: Vec<(String, String)> = predict.options.iter().map(shown).collect();
                self.options(&options, &record);
            }
            StepKind::Quiz(quiz) => {
                self.markdown(&quiz.question.value);
                let shown = |option: &'_ QuizOption| (option.text.value.clone(), option.why.value.clone());
                let options: Vec<(String, String)> = quiz.options.iter().map(shown).collect();
                self.options(&options, &record);
            }
            StepKind::Do(task) => {
                self.markdown(&task.task.value);
                self.goals();
                // Once the task is done, what follows from it takes the hints' place.
                if !self.screen.player.is_complete() {
                    self.hints(&record);
                }
                if record.reached {
                    self.ways(task);
                    self.verdict(self.symbols.met, self.theme.good, "Reached.");
                } else if record.shown {
                    self.verdict(
                        self.symbols.met,
                        self.theme.warning,
                        "This was the solution. Try it yourself: r begins anew.",
                    );
                }
                if let Some(after) = task.after.as_ref().filter(|_| self.screen.player.is_complete()) {
                    self.gap();
                    self.markdown(&after.value);
                }
                if record.reached {
                    self.gap();
                    let words = "Go on trying, nothing can break; → goes to the next step.";
                    self.lines.extend(wrap_text(words, self.theme.dim, self.cells));
                }
            }
            StepKind::Compare(compare) => {
                // What came of it stands first, once it is there: the commands below are long.
                let complete = self.screen.player.is_complete();
                if complete {
                    self.measures();
                } else {
                    self.markdown(&compare.text.value);
                }
                for (number, lane) in compare.lanes.iter().enumerate() {
                    self.gap();
                    self.lines.extend(wrap_text(&lane.title.value, self.theme.strong, self.cells));
                    let played = record.lanes.get(number).map_or(0, |lane| lane.steps().len());
                    self.commands_only(&lane.commands, played);
                }
                if !complete {
                    self.measures();
                }
            }
        }
    }

    /// An empty line, unless there is one.
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    fn markdown(&mut self, text: &str) {
        let player = &self.screen.player;
        let value = |name: &str| {
            let place = format!("{{{name}}}");
            let filled = player.fill(&place);
            (filled != place).then_some(filled)
        };
        self.lines.extend(markdown::lines(text, self.cells, self.theme, self.symbols, value));
    }

    /// Markdown with a sign before its first line, all of it moved in.
    fn item(&mut self, lead: Span<'static>, text: &str, indent: usize) {
        let player = &self.screen.player;
        let value = |name: &str| {
            let place = format!("{{{name}}}");
            let filled = player.fill(&place);
            (filled != place).then_some(filled)
        };
        let cells = self.cells.saturating_sub(indent);
        for (number, line) in markdown::lines(text, cells, self.theme, self.symbols, value).into_iter().enumerate() {
            let first = if number == 0 { lead.clone() } else { Span::raw(String::new()) };
            let padding = indent.saturating_sub(width(&first.content));
            let mut spans = vec![first, Span::raw(" ".repeat(padding))];
            spans.extend(line.spans);
            self.lines.push(Line::from(spans));
        }
    }

    fn commands(&mut self, commands: &[Command], played: usize) {
        self.gap();
        self.commands_only(commands, played);
    }

    fn commands_only(&mut self, commands: &[Command], played: usize) {
        for (number, command) in commands.iter().enumerate() {
            let (sign, style) = match number.cmp(&played) {
                std::cmp::Ordering::Less => (self.symbols.done, self.theme.good),
                std::cmp::Ordering::Equal => (self.symbols.selected, self.theme.accent),
                std::cmp::Ordering::Greater => (self.symbols.not_yet, self.theme.dim),
            };
            self.command(sign, style, &command.line);
        }
    }

    fn options(&mut self, options: &[(String, String)], record: &StepRecord) {
        self.gap();
        let order = self.screen.order();
        let shown: Vec<Shown<'_>> = order
            .iter()
            .filter_map(|number| options.get(*number).map(|(text, why)| Shown { number: *number, text, why }))
            .collect();
        match record.right {
            None if self.screen.player.awaits_choice() => {
                for (place, option) in shown.iter().enumerate() {
                    self.item(Span::styled(format!(" {} ", place + 1), self.theme.key), option.text, 3);
                }
                self.gap();
                self.confidence(record);
            }
            right => self.outcome(&shown, right, record),
        }
    }

    fn confidence(&mut self, record: &StepRecord) {
        let mut spans = vec![Span::styled("How sure? ", self.theme.dim)];
        let levels = [
            ("g", "guess", Confidence::Guess),
            ("f", "fairly", Confidence::Unsure),
            ("c", "certain", Confidence::Sure),
        ];
        for (key, word, level) in levels {
            let taken = record.confidence == Some(level);
            let sign = if taken { self.symbols.selected } else { "" };
            spans.push(Span::styled(format!("{sign}{key}"), self.theme.key));
            spans.push(Span::styled(format!(" {word}  "), if taken { self.theme.strong } else { self.theme.dim }));
        }
        self.lines.extend(wrap(&spans, self.cells, 0));
    }

    fn outcome(&mut self, shown: &[Shown<'_>], right: Option<usize>, record: &StepRecord) {
        let mut first = true;
        for (place, option) in shown.iter().enumerate() {
            let is_right = right == Some(option.number);
            let chosen = record.chosen == Some(option.number);
            let (sign, style) =
                if is_right { (self.symbols.met, self.theme.good) } else { (self.symbols.unmet, self.theme.bad) };
            let style = if is_right || chosen { style } else { self.theme.dim };
            if !std::mem::take(&mut first) {
                self.gap();
            }
            self.item(Span::styled(format!("{sign}{} ", place + 1), style), option.text, 3);
            if chosen {
                let words = format!("{} {}", self.symbols.left, judged(is_right, record.confidence));
                let spans = [Span::raw("   "), Span::styled(words, style)];
                self.lines.extend(wrap(&spans, self.cells, 3));
            }
            self.item(Span::raw("   "), option.why, 3);
        }
    }

    /// The learner's own commands and those of the reference solution, one after the other.
    fn ways(&mut self, task: &Do) {
        let own = self.screen.own_commands();
        let reference: Vec<&str> = task.solution.iter().map(|command| command.line.as_str()).collect();
        if own.is_empty() {
            return;
        }
        self.gap();
        if own.iter().map(|(line, _)| line.as_str()).eq(reference.iter().copied()) {
            self.lines.extend(wrap_text("Your way is that of the reference solution.", self.theme.dim, self.cells));
            return;
        }
        self.lines.push(Line::styled("Your way", self.theme.dim));
        for (line, failed) in &own {
            let sign = if *failed { self.symbols.unmet } else { self.symbols.bullet };
            self.command(sign, if *failed { self.theme.bad } else { self.theme.accent }, line);
        }
        self.lines.push(Line::styled("The reference solution", self.theme.dim));
        for line in reference {
            self.command(self.symbols.bullet, self.theme.accent, line);
        }
    }

    fn command(&mut self, sign: &'static str, style: Style, line: &str) {
        let spans = [Span::styled(format!("{sign} "), style), Span::styled(line.to_owned(), self.theme.code)];
        self.lines.extend(wrap(&spans, self.cells, 2));
    }

    fn goals(&mut self) {
        self.gap();
        for goal in self.screen.player.goals() {
            let (sign, style) = if goal.met {
                (self.symbols.met, self.theme.good)
            } else {
                (self.symbols.step_ahead, self.theme.warning)
            };
            let spans = [Span::styled(format!("{sign} "), style), Span::styled(goal.label, self.theme.text)];
            self.lines.extend(wrap(&spans, self.cells, 2));
            if !goal.met && !goal.seen.is_empty() {
                let spans = [Span::raw("  "), Span::styled(format!("now: {}", goal.seen), self.theme.dim)];
                self.lines.extend(wrap(&spans, self.cells, 2));
            }
        }
    }

    fn hints(&mut self, record: &StepRecord) {
        let rungs = self.screen.player.rungs();
        for (number, rung) in rungs.iter().enumerate().take(record.hints) {
            self.gap();
            let word = if number + 1 == rungs.len() { "Solution" } else { "Hint" };
            self.lines.push(Line::styled(format!("{word} {} of {}", number + 1, rungs.len()), self.theme.accent));
            self.markdown(rung);
        }
        if record.hints == 0 && !self.screen.player.is_complete() {
            self.gap();
            let key = if self.screen.typing() { "F3" } else { "h" };
            let spans =
                [Span::styled(key, self.theme.key), Span::styled(" gives a hint; hints cost nothing.", self.theme.dim)];
            self.lines.extend(wrap(&spans, self.cells, 0));
        }
    }

    fn verdict(&mut self, sign: &'static str, style: Style, words: &str) {
        self.gap();
        let spans = [Span::styled(format!("{sign} "), style), Span::styled(words.to_owned(), style)];
        self.lines.extend(wrap(&spans, self.cells, 2));
    }

    /// What was measured in the lanes, side by side.
    fn measures(&mut self) {
        let rows = self.screen.player.measures();
        let StepKind::Compare(compare) = &self.screen.player.step().kind else { return };
        if self.screen.player.record().lanes.is_empty() {
            return;
        }
        for (label, values) in rows {
            self.gap();
            self.lines.extend(wrap_text(&label, self.theme.dim, self.cells));
            for (lane, value) in compare.lanes.iter().zip(values) {
                let spans = [
                    Span::styled(format!("  {}  ", lane.title.value), self.theme.text),
                    Span::styled(value, self.theme.strong),
                ];
                self.lines.extend(wrap(&spans, self.cells, 4));
            }
        }
    }

    /// The end of the lesson: what can be done now, and where to go.
    fn end(&mut self) {
        let lesson = self.screen.player.lesson();
        self.lines.push(Line::styled(format!("{} Lesson done", self.symbols.done), self.theme.good));
        self.gap();
        self.lines.push(Line::styled("You can now", self.theme.dim));
        for objective in lesson.objectives.iter() {
            let mut spans = vec![Span::styled(format!("{} ", self.symbols.bullet), self.theme.accent)];
            spans.extend(markdown::sentence(&objective.value, self.theme));
            self.lines.extend(wrap(&spans, self.cells, 2));
        }
        self.gap();
        match &self.screen.following {
            Some((_, title)) => {
                self.lines.push(Line::styled("Next", self.theme.dim));
                self.lines.extend(wrap_text(title, self.theme.strong, self.cells));
                self.gap();
                self.keys(&[("Enter", "opens it"), ("q", "goes home")]);
            }
            None => {
                self.lines.extend(wrap_text(
                    "This was the last lesson. The playground is yours.",
                    self.theme.text,
                    self.cells,
                ));
                self.gap();
                self.keys(&[("q", "goes home")]);
            }
        }
    }

    fn keys(&mut self, keys: &[(&'static str, &'static str)]) {
        for (key, words) in keys {
            let spans = [Span::styled(*key, self.theme.key), Span::styled(format!(" {words}"), self.theme.dim)];
            self.lines.extend(wrap(&spans, self.cells, 0));
        }
    }
}

/// What is said beside the option that was chosen.
fn judged(right: bool, confidence: Option<Confidence>) -> &'static str {
    match (right, confidence) {
        (true, None) => "you said so, and so it is",
        (true, Some(Confidence::Guess)) => "you guessed, and so it is",
        (true, Some(Confidence::Unsure)) => "you were fairly sure, and so it is",
        (true, Some(Confidence::Sure)) => "you were certain, and so it is",
        (false, None) => "this was your prediction",
        (false, Some(Confidence::Guess)) => "this was your guess",
        (false, Some(Confidence::Unsure)) => "your prediction: you were fairly sure",
        (false, Some(Confidence::Sure)) => "your prediction: you were certain",
    }
}
