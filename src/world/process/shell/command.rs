//! Texts, lists and compound commands: what each of their frames does next. Promises POSIX 2.9; knows simple commands only as something
//! to be begun.

use super::expansion::Expansion;
use super::frame::{Case, ForWords, Frame, Input, Redirected, Simple, Source, SourceKind, Stage};
use super::interpreter::{Shell, Step};
use super::syntax::{AndOr, Command, CommandKind, Connector, List};
use super::{Parsed, SyntaxError, parse};
use crate::world::process::descriptor;
use crate::world::process::program::Wait;
use crate::world::process::system::System;
use std::sync::Arc;

/// Bytes that a shell reads at once from what is no terminal.
const BLOCK: usize = 1024;

impl Shell {
    pub(super) fn step_source(&mut self, mut source: Source, system: &mut System<'_>) -> Step {
        let aliases = self.aliases.clone();
        match parse(&source.text, source.position, source.line, self.dialect, &aliases) {
            Ok(parsed) => {
                source.position = parsed.next;
                source.line = parsed.line;
                if !parsed.at_end {
                    self.frames.push(Frame::Source(source));
                } else if source.kind != SourceKind::Argument {
                    // Only the last command of an argument may take the shell's place.
                    source.position = source.text.len();
                    source.kind = SourceKind::Argument;
                    let had_list = parsed.list.is_some();
                    if had_list {
                        self.frames.push(Frame::Source(Source {
                            text: Arc::from(""),
                            position: 0,
                            kind: SourceKind::Dot,
                            ..source
                        }));
                    } else {
                        self.leave(Frame::Source(source), system);
                    }
                }
                if let Some(list) = parsed.list {
                    self.push_list(&list);
                }
                Step::Continue
            }
            Err(error) => {
                self.frames.push(Frame::Source(source));
                self.syntax_error(&error, system)
            }
        }
    }

    fn syntax_error(&mut self, error: &SyntaxError, system: &mut System<'_>) -> Step {
        self.line = error.line;
        self.fatal(system, &error.kind.message(self.dialect), 2)
    }

    pub(super) fn step_input(&mut self, mut input: Box<Input>, system: &mut System<'_>) -> Step {
        let aliases = self.aliases.clone();
        if !input.text.is_empty() {
            match parse(&input.text, 0, input.line, self.dialect, &aliases) {
                Ok(Parsed { list, next, line, at_end, cut_short }) if input.ended || !(at_end && cut_short) => {
                    // Without the end of the line there may be more of the command to come.
                    if input.ended || !at_end || input.text.ends_with('\n') {
                        input.text.drain(..next);
                        input.line = line;
                        input.prompted = false;
                        self.frames.push(Frame::Input(input));
                        if let Some(list) = list {
                            self.push_list(&list);
                        }
                        return Step::Continue;
                    }
                }
                Ok(_) => {}
                Err(error) if error.incomplete && !input.ended => {}
                Err(error) => {
                    input.text.clear();
                    self.frames.push(Frame::Input(input));
                    return self.syntax_error(&error, system);
                }
            }
        }
        if input.ended {
            return self.exit(self.status, system);
        }
        if self.interactive && !input.prompted {
            let name = if input.text.is_empty() { "PS1" } else { "PS2" };
            let prompt = self.prompt(name, system);
            system.prompt(&prompt, self.status);
            input.prompted = true;
        }
        match system.read(0, BLOCK) {
            Ok(descriptor::Read::Data(bytes)) => {
                input.prompted = false;
                input.bytes.extend(bytes);
                // A character may have come in half.
                let valid = match std::str::from_utf8(&input.bytes) {
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => input.bytes.len(),
                };
                let rest = input.bytes.split_off(valid);
                let text = String::from_utf8_lossy(&std::mem::replace(&mut input.bytes, rest)).into_owned();
                input.text.push_str(&text);
                self.frames.push(Frame::Input(input));
                Step::Continue
            }
            Ok(descriptor::Read::WouldBlock) => {
                self.frames.push(Frame::Input(input));
                Step::Wait(Wait::Readable(0))
            }
            Ok(descriptor::Read::EndOfFile) | Err(_) => {
                input.ended = true;
                self.frames.push(Frame::Input(input));
                Step::Continue
            }
        }
    }

    /// A prompt with the escapes of ash, and for both the parameters that are written as `$NAME`.
    fn prompt(&mut self, name: &str, system: &mut System<'_>) -> String {
        let text = self.variables.value(name).unwrap_or_else(|| Arc::from(""));
        let mut shown = String::new();
        let mut source = text.chars();
        while let Some(character) = source.next() {
            if character == '$' {
                let rest = source.as_str();
                let end = rest.find(|sign: char| sign != '_' && !sign.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let (name, rest) = rest.split_at(end);
                if super::grammar::is_name(name) {
                    shown.push_str(&self.variables.value(name).unwrap_or_default());
                    source = rest.chars();
                    continue;
                }
            }
            if character != '\\' || !self.dialect.has_extensions() {
                shown.push(character);
                continue;
            }
            match source.next() {
                Some('w') => {
                    let directory = system.working_directory();
                    let home = self.variables.value("HOME").filter(|home| home.len() > 1);
                    match home.and_then(|home| directory.strip_prefix(&*home).map(str::to_owned)) {
                        Some(rest) if rest.is_empty() || rest.starts_with('/') => shown.push_str(&format!("~{rest}")),
                        _ => shown.push_str(&directory),
                    }
                }
                Some('W') => {
                    let directory = system.working_directory();
                    shown.push_str(directory.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/"));
                }
                Some('h') => shown.push_str(system.host_name().split('.').next().unwrap_or_default()),
                Some('u') => shown.push_str(if system.credentials().uid == 0 { "root" } else { "user" }),
                Some('$') => shown.push(if system.credentials().uid == 0 { '#' } else { '$' }),
                Some('n') => shown.push('\n'),
                Some('[' | ']') => {}
                Some(other) => shown.push(other),
                None => shown.push('\\'),
            }
        }
        shown
    }

    pub(super) fn step_list(&mut self, list: Arc<List>, next: usize, system: &mut System<'_>) -> Step {
        let Some(item) = list.items.get(next) else { return Step::Continue };
        let chain = item.chain.clone();
        let background = item.background;
        if next + 1 < list.items.len() {
            self.frames.push(Frame::List { list, next: next + 1 });
        }
        if background {
            return self.start_background(chain, system);
        }
        self.step_chain(chain, 0, system)
    }

    pub(super) fn step_chain(&mut self, chain: Arc<AndOr>, next: usize, system: &mut System<'_>) -> Step {
        let mut at = next;
        // Pass over what the status so far rules out.
        while let Some((connector, _)) = at.checked_sub(1).and_then(|index| chain.rest.get(index)) {
            if (*connector == Connector::And) == (self.status == 0) {
                break;
            }
            at += 1;
        }
        let pipeline = match at.checked_sub(1) {
            None => &chain.first,
            Some(index) => match chain.rest.get(index) {
                Some((_, pipeline)) => pipeline,
                None => return Step::Continue,
            },
        };
        if at < chain.rest.len() {
            self.frames.push(Frame::AndOr { chain: chain.clone(), next: at + 1 });
        }
        if pipeline.negated {
            self.frames.push(Frame::Negate);
        }
        match pipeline.commands.as_slice() {
            [command] => self.begin(command, system),
            commands => self.start_pipeline(commands, system),
        }
    }

    /// Begins a command.
    pub(super) fn begin(&mut self, command: &Arc<Command>, system: &mut System<'_>) -> Step {
        if self.options.no_exec && !self.interactive {
            self.status = 0;
            return Step::Continue;
        }
        if let CommandKind::Simple { .. } = command.kind {
            self.substitution_status = 0;
            self.line = command.line;
            self.frames.push(Frame::Simple(Box::new(Simple {
                command: command.clone(),
                stage: Stage::Words,
                index: 0,
                fields: Vec::new(),
                assigned: Vec::new(),
                expansion: Expansion::default(),
                saved: Vec::new(),
                hidden: Vec::new(),
                substituted: false,
                guarded: false,
            })));
            return Step::Continue;
        }
        if command.redirections.is_empty() {
            return self.begin_compound(command, system);
        }
        self.frames.push(Frame::Redirected(Box::new(Redirected {
            command: command.clone(),
            index: 0,
            expansion: Expansion::default(),
            saved: Vec::new(),
            entered: false,
        })));
        Step::Continue
    }

    pub(super) fn begin_compound(&mut self, command: &Arc<Command>, system: &mut System<'_>) -> Step {
        match &command.kind {
            CommandKind::Simple { .. } => {}
            CommandKind::Group(list) => self.push_list(list),
            CommandKind::Subshell(list) => return self.start_subshell(list, system),
            CommandKind::If { branches, .. } => {
                self.frames.push(Frame::If { command: command.clone(), branch: 0 });
                if let Some((condition, _)) = branches.first() {
                    self.push_list(condition);
                }
            }
            CommandKind::Loop { condition, .. } => {
                self.frames.push(Frame::Loop { command: command.clone(), in_condition: true, status: 0 });
                self.push_list(condition);
            }
            CommandKind::For { words, .. } => {
                let values = match words {
                    Some(_) => Vec::new(),
                    None => self.positional.iter().map(|argument| argument.to_string()).collect(),
                };
                let (command, expansion) = (command.clone(), Expansion::default());
                self.frames.push(Frame::ForWords(Box::new(ForWords { command, index: 0, values, expansion })));
            }
            CommandKind::Case { .. } => {
                let (command, expansion) = (command.clone(), Expansion::default());
                self.frames.push(Frame::Case(Box::new(Case { command, subject: None, arm: 0, pattern: 0, expansion })));
            }
            CommandKind::Function { name, body } => {
                self.functions.insert(name.clone(), body.clone());
                self.status = 0;
            }
        }
        Step::Continue
    }

    pub(super) fn step_if(&mut self, command: &Arc<Command>, branch: usize) -> Step {
        let CommandKind::If { branches, otherwise } = &command.kind else { return Step::Continue };
        if self.status == 0 {
            if let Some((_, body)) = branches.get(branch) {
                self.push_list(body);
            }
        } else if let Some((condition, _)) = branches.get(branch + 1) {
            self.frames.push(Frame::If { command: command.clone(), branch: branch + 1 });
            self.push_list(condition);
        } else {
            self.status = 0;
            if let Some(body) = otherwise {
                self.push_list(body);
            }
        }
        Step::Continue
    }

    pub(super) fn step_loop(&mut self, command: Arc<Command>, in_condition: bool, status: i32) -> Step {
        let CommandKind::Loop { until, condition, body } = &command.kind else { return Step::Continue };
        let (next, status) = if !in_condition {
            (condition, self.status)
        } else if (self.status == 0) != *until {
            (body, status)
        } else {
            self.status = status;
            return Step::Continue;
        };
        let next = next.clone();
        self.frames.push(Frame::Loop { command, in_condition: !in_condition, status });
        self.push_list(&next);
        Step::Continue
    }

    pub(super) fn step_for_words(&mut self, mut words: Box<ForWords>, system: &mut System<'_>) -> Step {
        self.receive(&mut words.expansion);
        let command = words.command.clone();
        let CommandKind::For { words: list, .. } = &command.kind else { return Step::Continue };
        while let Some(word) = list.as_ref().and_then(|list| list.get(words.index)) {
            match self.expand_fields(word, &mut words.expansion, system) {
                Ok(fields) => {
                    words.values.extend(fields);
                    words.index += 1;
                    words.expansion = Expansion::default();
                }
                Err(stop) => return self.stopped(stop, Frame::ForWords(words), system),
            }
        }
        self.status = 0;
        self.frames.push(Frame::For { command, values: words.values.into(), next: 0 });
        Step::Continue
    }

    pub(super) fn step_for(
        &mut self,
        command: Arc<Command>,
        values: Arc<[String]>,
        next: usize,
        system: &mut System<'_>,
    ) -> Step {
        let CommandKind::For { name, body, .. } = &command.kind else { return Step::Continue };
        let Some(value) = values.get(next) else { return Step::Continue };
        if let Err(message) = self.assign_variable(name, value) {
            return self.fatal(system, &message, 2);
        }
        let body = body.clone();
        self.frames.push(Frame::For { command, values, next: next + 1 });
        self.push_list(&body);
        Step::Continue
    }

    pub(super) fn step_case(&mut self, mut case: Box<Case>, system: &mut System<'_>) -> Step {
        self.receive(&mut case.expansion);
        let command = case.command.clone();
        let CommandKind::Case { subject, arms } = &command.kind else { return Step::Continue };
        let text = match case.subject.clone() {
            Some(text) => text,
            None => match self.expand_string(subject, false, &mut case.expansion, system) {
                Ok(text) => {
                    case.expansion = Expansion::default();
                    case.subject = Some(text.clone());
                    text
                }
                Err(stop) => return self.stopped(stop, Frame::Case(case), system),
            },
        };
        while let Some(arm) = arms.get(case.arm) {
            let Some(pattern) = arm.patterns.get(case.pattern) else {
                case.arm += 1;
                case.pattern = 0;
                continue;
            };
            match self.expand_pattern(pattern, &mut case.expansion, system) {
                Ok(pattern) if pattern.matches(&text) => {
                    self.status = 0;
                    if let Some(body) = &arm.body {
                        self.push_list(body);
                    }
                    return Step::Continue;
                }
                Ok(_) => {
                    case.expansion = Expansion::default();
                    case.pattern += 1;
                }
                Err(stop) => return self.stopped(stop, Frame::Case(case), system),
            }
        }
        self.status = 0;
        Step::Continue
    }
}
