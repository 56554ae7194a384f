//! What a learner can do on a screen: the keys, the words for it, and the action it stands for.
//!
//! Promises: the key bar and the help are made from the same list that a key press is looked up in, so what they say is what works.
//! Must not know: what an action does; each screen decides that.

use super::key::{Key, KeyCode};

/// Something a learner can ask for, by key or by mouse. A screen answers those that it declares, and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Leave the program (after asking, where something would be lost).
    Quit,
    /// Close the top overlay, or the screen, and return to the one below.
    Back,
    /// Show what every key does here.
    Help,
    /// Hand the terminal back to the shell until `fg`.
    Suspend,
    /// Clear the terminal and draw everything again.
    Redraw,
    /// Turn the mouse on or off; off, the terminal's own selection of text works.
    ToggleMouse,
    /// Move the selection, or scroll.
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    /// Open or accept what is selected.
    Accept,
    /// Take choice number N, counted from 1.
    Choose(u8),
    /// Begin a search.
    Search,
    /// Open the playground.
    OpenPlayground,
    /// Open the quiz.
    OpenQuiz,
    /// Open prepared playground number N, counted from 0.
    OpenPrepared(usize),
    /// Open the settings.
    OpenSettings,
    /// In the settings: leave a thing as it was delivered.
    Restore,
    /// Go one step of a lesson or of the timeline forwards or backwards.
    NextStep,
    PreviousStep,
    FirstStep,
    LastStep,
    /// Show the steps of the lesson; go to number N of them, counted from 0.
    Steps,
    GoToStep(usize),
    /// Go along the timeline to the next mark of a failure or of a reached task, or the one before.
    NextMark,
    PreviousMark,
    /// Take back a command, do it again, or begin the step or playground anew.
    Undo,
    Redo,
    Reset,
    /// Show the next rung of the hint ladder.
    Hint,
    /// Look into the selected thing.
    Inspect,
    /// Sit down at the next machine.
    NextMachine,
    /// Go round the panes.
    NextPane,
    PreviousPane,
    /// Run, stop, hasten or slow the motion.
    PlayPause,
    Faster,
    Slower,
    /// Stop the program that runs in the simulated terminal, as Ctrl-C does in a real one.
    Interrupt,
    /// End the input of the program that reads from the simulated terminal, as Ctrl-D does.
    EndInput,
    /// The line typed before, into the simulated terminal.
    RecallOlder,
    /// Run the typed line where we stand in the past, and leave what came after.
    Branch,
    /// Show the branches that were left; go back to number N of them, counted from 0.
    Branches,
    SwitchBranch(usize),
    /// Play the solution of a task.
    Solve,
    /// Say how sure one is of an answer, from 1 (a guess) to 3 (sure).
    Confidence(u8),
    /// Show the next beat of the motion, and stop there.
    NextBeat,
    /// Ask what to copy to the terminal's clipboard.
    Copy,
    /// Copy this to the terminal's clipboard.
    CopyPart(CopyPart),
    /// Write the word that is being typed to its end, or offer how it can end.
    Complete,
    /// Look at the stage from nearer or further.
    Zoom,
    /// In the inspector: show only what differs from the image, or all again.
    OnlyChanges,
    /// In the editor: write the file; the same, and close; close without it.
    Save,
    SaveAndClose,
    Discard,
    /// In the editor: take the line away, and put what was taken away here.
    CutLine,
    Put,
    /// Go to the next mistake.
    NextProblem,
}

/// What can be copied from the simulated terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CopyPart {
    /// The command that led to where we stand.
    Command,
    /// What it wrote.
    Output,
    Both,
    Everything,
}

/// Where a command is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the key bar, and in the help.
    Bar,
    /// Only in the help.
    Help,
}

/// A key binding: declared by a screen, looked up for a key press, shown in the key bar and in the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The keys that do it; the first is the one shown in the key bar.
    pub keys: Vec<Key>,
    /// One or two words in the imperative, in lower case. Neighbours with the same label share one entry in the key bar.
    pub label: &'static str,
    pub action: Action,
    pub place: Place,
}

impl Command {
    /// A command that the key bar shows.
    pub fn new(keys: &[Key], label: &'static str, action: Action) -> Self {
        Self { keys: keys.to_vec(), label, action, place: Place::Bar }
    }

    /// A command that only the help shows.
    pub fn hidden(keys: &[Key], label: &'static str, action: Action) -> Self {
        Self { place: Place::Help, ..Self::new(keys, label, action) }
    }
}

/// The action that `key` stands for. Where the learner is typing text, a key that writes a character is no command.
pub fn action_for(commands: &[Command], key: Key, typing: bool) -> Option<Action> {
    if typing && key.text().is_some() {
        return None;
    }
    commands.iter().find(|command| command.keys.contains(&key)).map(|command| command.action)
}

/// The commands that work on every screen. Each screen's own come before them, and win.
pub fn everywhere(typing: bool) -> Vec<Command> {
    let mut commands = Vec::new();
    let help = if typing {
        vec![Key::plain(KeyCode::Function(1))]
    } else {
        vec![Key::char('?'), Key::plain(KeyCode::Function(1))]
    };
    commands.push(Command::new(&help, "help", Action::Help));
    commands.push(Command::hidden(&[Key::plain(KeyCode::Function(2))], "mouse on or off", Action::ToggleMouse));
    commands.push(Command::hidden(&[Key::control('l')], "draw again", Action::Redraw));
    commands.push(Command::hidden(&[Key::control('z')], "suspend (fg returns)", Action::Suspend));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_text_while_typing_and_a_command_otherwise() {
        let commands = [Command::new(&[Key::char('q'), Key::plain(KeyCode::Escape)], "leave", Action::Back)];
        assert_eq!(action_for(&commands, Key::char('q'), false), Some(Action::Back));
        assert_eq!(action_for(&commands, Key::char('q'), true), None);
        assert_eq!(action_for(&commands, Key::plain(KeyCode::Escape), true), Some(Action::Back));
    }

    #[test]
    fn help_is_always_within_reach() {
        for typing in [false, true] {
            let commands = everywhere(typing);
            assert_eq!(action_for(&commands, Key::plain(KeyCode::Function(1)), typing), Some(Action::Help));
        }
    }
}
