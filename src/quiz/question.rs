//! Questions, taken out of lessons.

use std::sync::Arc;

use crate::lesson::format::{Lesson, Located, StepKind};
use crate::lesson::player::Player;
use crate::world::WorldSettings;

/// A question that can be asked outside its lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The lesson's ID and the step's number from 0: `immutability/4`.
    pub id: String,
    /// The lesson it comes from.
    pub lesson: String,
    /// Small Markdown.
    pub text: String,
    /// What was done before, as commands: the scene of a prediction.
    pub scene: Vec<String>,
    /// The commands that a prediction is about.
    pub commands: Vec<String>,
    pub choices: Vec<Choice>,
    /// The number of the right choice, from 0.
    pub right: usize,
    /// Whether the choices stay in their order.
    pub keeps_order: bool,
}

/// One possible answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Small Markdown.
    pub text: String,
    /// Why it is right or wrong. Small Markdown.
    pub why: String,
    /// The wrong idea behind it, by its ID.
    pub misconception: Option<String>,
}

/// The most commands that a scene recalls.
const SCENE_COMMANDS: usize = 3;

/// The questions of a lesson, in its order. The lesson is played, so that the model says which prediction is right.
pub fn questions(lesson: &Arc<Lesson>, settings: &WorldSettings) -> Vec<Question> {
    let mut player = Player::new(lesson.clone(), settings);
    let mut questions = Vec::new();
    let mut scene: Vec<String> =
        lesson.start.iter().flat_map(|start| &start.commands).map(|command| command.line.clone()).collect();
    loop {
        player.complete();
        let step = player.step().clone();
        if let Some(right) = player.record().right {
            questions.extend(question(&player, &scene, right));
        }
        for command in step.kind.command_lists().into_iter().take(1).flatten() {
            scene.push(command.line.clone());
        }
        if !player.next() {
            return questions;
        }
    }
}

fn question(player: &Player, scene: &[String], right: usize) -> Option<Question> {
    let lesson = player.lesson();
    let id = format!("{}/{}", lesson.id.value, player.at());
    let fill = |text: &Located<String>| player.fill(&text.value);
    let misconception = |id: &Option<Located<String>>| id.as_ref().map(|id| id.value.clone());
    let recent = scene.iter().rev().take(SCENE_COMMANDS).rev().cloned().collect();
    let lesson_title = lesson.title.value.clone();
    Some(match &player.step().kind {
        StepKind::Predict(predict) => Question {
            id,
            lesson: lesson_title,
            text: fill(&predict.question),
            scene: recent,
            commands: predict.commands.iter().map(|command| command.line.clone()).collect(),
            choices: predict
                .options
                .iter()
                .map(|o| Choice {
                    text: fill(&o.text),
                    why: fill(&o.why),
                    misconception: misconception(&o.misconception),
                })
                .collect(),
            right,
            keeps_order: predict.keep_order == Some(true),
        },
        StepKind::Quiz(quiz) => Question {
            id,
            lesson: lesson_title,
            text: fill(&quiz.question),
            scene: Vec::new(),
            commands: Vec::new(),
            choices: quiz
                .options
                .iter()
                .map(|o| Choice {
                    text: fill(&o.text),
                    why: fill(&o.why),
                    misconception: misconception(&o.misconception),
                })
                .collect(),
            right,
            keeps_order: quiz.keep_order == Some(true),
        },
        _ => return None,
    })
}
