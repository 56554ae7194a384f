//! Help texts in the layout that docker gives to cobra: usage, description, aliases, options.
//!
//! Promises: for a width of 80 columns the very text of `docker … --help`, wrapped as pflag wraps it.

use super::super::flags::{Flag, Kind};
use super::super::units::go_quote;
use super::tree::{Category, GLOBAL_FLAGS, Group, Node};
use super::{Command, usage_line};

/// The columns that Docker wraps to where there is no terminal, less the one it leaves free.
const COLUMNS: usize = 79;
/// What a description needs to be wrapped beside its flag.
const NARROWEST: usize = 24;
/// How far a last line may go over, so that no short word stands alone.
const SLOP: usize = 5;

/// The help of a command, with a line end.
pub fn help_text(command: &Command, path: &str) -> String {
    let mut text = format!("Usage:  {}\n\n{}", usage_line(command, path), command.description);
    if !command.aliases.is_empty() {
        text.push_str("\n\nAliases:\n  ");
        text.push_str(command.aliases);
    }
    let flags: Vec<&Flag> = command.flags.iter().flat_map(|group| group.iter()).collect();
    if flags.iter().any(|flag| !flag.hidden) {
        text.push_str("\n\nOptions:\n");
        text.push_str(flag_usages(&flags).trim_end());
    }
    text + "\n"
}

/// The help of a group of commands, with a line end.
pub(super) fn group_text(group: &Group, path: &str) -> String {
    let is_root = group.entries.iter().any(|entry| entry.category == Category::Common);
    let options = if is_root || !group.flags.is_empty() { " [OPTIONS]" } else { "" };
    let mut text = format!("Usage:  {path}{options} COMMAND\n\n{}", group.description);
    if !group.flags.is_empty() {
        text.push_str("\n\nOptions:\n");
        text.push_str(flag_usages(&group.flags.iter().collect::<Vec<_>>()).trim_end());
    }
    let padding = group.entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0).max(11);
    for (category, title) in [
        (Category::Common, "Common Commands"),
        (Category::Management, "Management Commands"),
        (Category::Swarm, "Swarm Commands"),
        (Category::Plain, "Commands"),
    ] {
        let entries: Vec<_> = group.entries.iter().filter(|entry| entry.category == category).collect();
        if entries.is_empty() {
            continue;
        }
        text.push_str(&format!("\n\n{title}:"));
        for entry in entries {
            let mark = if entry.plugin { "*" } else { "" };
            let name = format!("{}{mark}", entry.name);
            text.push_str(&format!("\n  {name:padding$} {}", entry.description()));
        }
    }
    if is_root {
        text.push_str("\n\nGlobal Options:\n");
        let flags: Vec<&Flag> = GLOBAL_FLAGS.iter().collect();
        text.push_str(flag_usages(&flags).trim_end());
    }
    text.push_str(&format!("\n\nRun '{path} COMMAND --help' for more information on a command.\n"));
    if is_root {
        text.push_str("\nFor more help on how to use Docker, head to https://docs.docker.com/go/guides/\n");
    }
    text
}

impl super::Entry {
    fn description(&self) -> &'static str {
        match self.node {
            Node::Command(command) if self.text.is_empty() => command.description.lines().next().unwrap_or_default(),
            Node::Group(group) if self.text.is_empty() => group.description,
            _ => self.text,
        }
    }
}

/// The lines of flags, in alphabetical order, as pflag's `FlagUsagesWrapped` writes them.
pub fn flag_usages(flags: &[&Flag]) -> String {
    let mut shown: Vec<&&Flag> = flags.iter().filter(|flag| !flag.hidden).collect();
    shown.sort_by_key(|flag| flag.name);
    let heads: Vec<String> = shown.iter().map(|flag| head(flag)).collect();
    let widest = heads.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (flag, head) in shown.iter().zip(&heads) {
        let wrapped = wrap(widest + 3, COLUMNS, &(flag.help.to_owned() + &shown_default(flag)));
        text.push_str(&format!("{head:widest$}   {wrapped}\n"));
    }
    text
}

fn head(flag: &Flag) -> String {
    let name = match flag.short {
        Some(letter) => format!("  -{letter}, --{}", flag.name),
        None => format!("      --{}", flag.name),
    };
    if flag.value_name.is_empty() { name } else { format!("{name} {}", flag.value_name) }
}

fn shown_default(flag: &Flag) -> String {
    if flag.default.is_empty() {
        String::new()
    } else if flag.kind == Kind::Text && flag.value_name == "string" {
        format!(" (default {})", go_quote(flag.default))
    } else {
        format!(" (default {})", flag.default)
    }
}

/// Wraps `text` to `width` columns with every line but the first indented.
fn wrap(indent: usize, width: usize, text: &str) -> String {
    let mut indent = indent;
    let mut wrapped = String::new();
    let mut room = width.saturating_sub(indent);
    if room < NARROWEST {
        indent = 16;
        room = width - indent;
        wrapped = format!("\n{}", " ".repeat(indent));
    }
    room -= SLOP;
    let blanks = format!("\n{}", " ".repeat(indent));
    let mut rest = text;
    loop {
        let (line, after) = split_line(room, rest);
        wrapped.push_str(&line.replace('\n', &blanks));
        if after.is_empty() {
            return wrapped;
        }
        wrapped.push_str(&blanks);
        rest = after;
    }
}

/// The first line and the rest: at the last blank within `room`, or at a line end before it.
fn split_line(room: usize, text: &str) -> (&str, &str) {
    let Some(within) = text.get(..room).filter(|_| room + SLOP <= text.len()) else { return (text, "") };
    let Some(blank) = within.rfind([' ', '\t', '\n']).filter(|&blank| blank > 0) else { return (text, "") };
    match within.rfind('\n') {
        Some(line_end) if line_end > 0 && line_end < blank => (&text[..line_end], &text[line_end + 1..]),
        _ => (&text[..blank], &text[blank + 1..]),
    }
}
