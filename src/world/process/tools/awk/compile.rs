//! Makes instructions for the machine from the tree. Promises that jumps stay within the code and that every
//! instruction finds its operands on the stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::code::{Code, Entry, Instruction, Target};
use super::syntax::{Builtin, Expression, Pattern, Place, Program, Source, Statement, Variable};
use super::value::Value;

/// Where a loop's jumps go, once that is known.
#[derive(Default)]
struct Loop {
    breaks: Vec<usize>,
    continues: Vec<usize>,
}

struct Compiler {
    code: Vec<Instruction>,
    loops: Vec<Loop>,
    functions: BTreeMap<String, usize>,
    /// Jumps to the place where the next record is read.
    nexts: Vec<usize>,
    ranges: usize,
}

/// Makes the code of a program.
pub fn compile(program: &Program) -> Code {
    let functions = program.functions.iter().enumerate().map(|(number, f)| (f.name.clone(), number)).collect();
    let mut compiler = Compiler { code: Vec::new(), loops: Vec::new(), functions, nexts: Vec::new(), ranges: 0 };
    let actions = |wanted: Pattern| program.rules.iter().filter(move |rule| rule.pattern == wanted);
    for rule in actions(Pattern::Begin) {
        compiler.statements(rule.action.as_deref().unwrap_or_default());
    }
    let reads = program.rules.iter().any(|rule| rule.pattern != Pattern::Begin);
    let (mut to_end, mut again) = (None, None);
    if reads {
        let start = compiler.here();
        to_end = Some(compiler.emit(Instruction::NextRecord(0)));
        for rule in &program.rules {
            compiler.rule(&rule.pattern, rule.action.as_deref());
        }
        compiler.emit(Instruction::Jump(start));
        again = Some(start);
    }
    let end = compiler.here();
    if let Some(at) = to_end {
        compiler.aim(at, end);
    }
    for rule in actions(Pattern::End) {
        compiler.statements(rule.action.as_deref().unwrap_or_default());
    }
    compiler.emit(Instruction::End);
    let mut entries = Vec::new();
    for function in &program.functions {
        entries.push(Entry { at: compiler.here(), parameters: function.parameters });
        compiler.statements(&function.body);
        compiler.emit(Instruction::Push(Value::Nothing));
        compiler.emit(Instruction::Return);
    }
    for at in std::mem::take(&mut compiler.nexts) {
        compiler.aim(at, again.unwrap_or(end));
    }
    Code {
        instructions: compiler.code,
        functions: entries,
        end,
        globals: program.globals.len(),
        ranges: compiler.ranges,
        names: program.globals.iter().cloned().enumerate().map(|(number, name)| (name, number)).collect(),
    }
}

impl Compiler {
    fn here(&self) -> usize {
        self.code.len()
    }

    fn emit(&mut self, instruction: Instruction) -> usize {
        self.code.push(instruction);
        self.code.len() - 1
    }

    /// Lets the jump at `at` go to `to`.
    fn aim(&mut self, at: usize, to: usize) {
        if let Some(
            Instruction::Jump(target)
            | Instruction::JumpIfFalse(target)
            | Instruction::JumpIfTrue(target)
            | Instruction::NextRecord(target)
            | Instruction::NextKey(_, target),
        ) = self.code.get_mut(at)
        {
            *target = to;
        }
    }

    fn aim_here(&mut self, at: usize) {
        let here = self.here();
        self.aim(at, here);
    }

    fn rule(&mut self, pattern: &Pattern, action: Option<&[Statement]>) {
        let skip = match pattern {
            Pattern::Begin | Pattern::End => return,
            Pattern::Always => None,
            Pattern::When(condition) => {
                self.expression(condition);
                Some(self.emit(Instruction::JumpIfFalse(0)))
            }
            Pattern::Range(first, last) => {
                let range = self.ranges;
                self.ranges += 1;
                self.emit(Instruction::IsOpen(range));
                let open = self.emit(Instruction::JumpIfTrue(0));
                self.expression(first);
                let skip = self.emit(Instruction::JumpIfFalse(0));
                self.emit(Instruction::Open(range, true));
                self.aim_here(open);
                self.expression(last);
                let stays = self.emit(Instruction::JumpIfFalse(0));
                self.emit(Instruction::Open(range, false));
                self.aim_here(stays);
                Some(skip)
            }
        };
        match action {
            Some(statements) => self.statements(statements),
            None => {
                self.emit(Instruction::Print(0, false, None));
            }
        }
        if let Some(skip) = skip {
            self.aim_here(skip);
        }
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    /// A loop's body; `continue` goes to where the step begins, which `step` emits.
    fn looped(&mut self, body: &[Statement], step: impl FnOnce(&mut Compiler)) {
        self.loops.push(Loop::default());
        self.statements(body);
        let continues = self.loops.last_mut().map(|innermost| std::mem::take(&mut innermost.continues));
        for at in continues.unwrap_or_default() {
            self.aim_here(at);
        }
        step(self);
    }

    fn end_loop(&mut self) {
        for at in self.loops.pop().unwrap_or_default().breaks {
            self.aim_here(at);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Expression(expression) => {
                self.expression(expression);
                self.emit(Instruction::Pop);
            }
            Statement::Print { values, formatted, target } => {
                for value in values {
                    self.expression(value);
                }
                if let Some((_, name)) = target {
                    self.expression(name);
                }
                let redirection = target.as_ref().map(|(redirection, _)| *redirection);
                self.emit(Instruction::Print(values.len(), *formatted, redirection));
            }
            Statement::If(condition, yes, no) => {
                self.expression(condition);
                let to_no = self.emit(Instruction::JumpIfFalse(0));
                self.statements(yes);
                if no.is_empty() {
                    return self.aim_here(to_no);
                }
                let to_end = self.emit(Instruction::Jump(0));
                self.aim_here(to_no);
                self.statements(no);
                self.aim_here(to_end);
            }
            Statement::While(condition, body) => self.for_loop(Some(condition), None, body),
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(first);
                }
                self.for_loop(condition.as_ref(), step.as_deref(), body);
            }
            Statement::Do(body, condition) => {
                let start = self.here();
                self.looped(body, |compiler| {
                    compiler.expression(condition);
                    compiler.emit(Instruction::JumpIfTrue(start));
                });
                self.end_loop();
            }
            Statement::ForIn(variable, array, body) => {
                self.emit(Instruction::Walk(*array));
                let start = self.emit(Instruction::NextKey(*variable, 0));
                self.looped(body, |compiler| {
                    compiler.emit(Instruction::Jump(start));
                });
                self.end_loop();
                self.aim_here(start);
                self.emit(Instruction::EndWalk);
            }
            Statement::Block(statements) => self.statements(statements),
            Statement::Break | Statement::Continue => {
                let at = self.emit(Instruction::Jump(0));
                match self.loops.last_mut() {
                    Some(innermost) if *statement == Statement::Break => innermost.breaks.push(at),
                    Some(innermost) => innermost.continues.push(at),
                    // Outside of loops it does nothing.
                    None => self.aim_here(at),
                }
            }
            Statement::Next => {
                let at = self.emit(Instruction::Jump(0));
                self.nexts.push(at);
            }
            Statement::NextFile => {
                self.emit(Instruction::NextFile);
                let at = self.emit(Instruction::Jump(0));
                self.nexts.push(at);
            }
            Statement::Exit(status) => {
                self.optional(status.as_ref());
                self.emit(Instruction::Exit(status.is_some()));
            }
            Statement::Return(value) => {
                self.optional(value.as_ref());
                self.emit(Instruction::Return);
            }
            Statement::Delete(array, key) => {
                if let Some(key) = key {
                    self.key(key);
                }
                self.emit(Instruction::Delete(*array, key.is_some()));
            }
        }
    }

    fn optional(&mut self, value: Option<&Expression>) {
        match value {
            Some(value) => self.expression(value),
            None => {
                self.emit(Instruction::Push(Value::Nothing));
            }
        }
    }

    fn for_loop(&mut self, condition: Option<&Expression>, step: Option<&Statement>, body: &[Statement]) {
        let start = self.here();
        let out = condition.map(|condition| {
            self.expression(condition);
            self.emit(Instruction::JumpIfFalse(0))
        });
        self.looped(body, |compiler| {
            if let Some(step) = step {
                compiler.statement(step);
            }
            compiler.emit(Instruction::Jump(start));
        });
        self.end_loop();
        if let Some(out) = out {
            self.aim_here(out);
        }
    }

    fn key(&mut self, key: &[Expression]) {
        for part in key {
            self.expression(part);
        }
        self.emit(Instruction::Join(key.len()));
    }

    /// Puts the key or number of a place on the stack.
    fn target(&mut self, place: &Place) -> Target {
        match place {
            Place::Variable(variable) => Target::Variable(*variable),
            Place::Element(array, key) => {
                self.key(key);
                Target::Element(*array)
            }
            Place::Field(number) => {
                self.expression(number);
                Target::Field
            }
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Number(number) => drop(self.emit(Instruction::Push(Value::Number(*number)))),
            Expression::Text(text) => drop(self.emit(Instruction::Push(Value::text(text)))),
            Expression::Pattern(text) => drop(self.emit(Instruction::MatchRecord(Arc::from(text.as_slice())))),
            Expression::Place(place) => {
                let target = self.target(place);
                self.emit(Instruction::Load(target));
            }
            Expression::Assign(place, operator, value) => {
                let target = self.target(place);
                if let Some(operator) = operator {
                    if !matches!(target, Target::Variable(_)) {
                        self.emit(Instruction::Copy);
                    }
                    self.emit(Instruction::Load(target));
                    self.expression(value);
                    self.emit(Instruction::Binary(*operator));
                } else {
                    self.expression(value);
                }
                self.emit(Instruction::Store(target));
            }
            Expression::Step(place, by, before) => {
                let target = self.target(place);
                self.emit(Instruction::Step(target, *by, *before));
            }
            Expression::Unary(operator, operand) => {
                self.expression(operand);
                self.emit(Instruction::Unary(*operator));
            }
            Expression::Binary(operator, left, right) => {
                self.expression(left);
                self.expression(right);
                self.emit(Instruction::Binary(*operator));
            }
            Expression::And(left, right) => self.short(left, right, Instruction::JumpIfFalse(0), false),
            Expression::Or(left, right) => self.short(left, right, Instruction::JumpIfTrue(0), true),
            Expression::Choice(condition, yes, no) => {
                self.expression(condition);
                let to_no = self.emit(Instruction::JumpIfFalse(0));
                self.expression(yes);
                let to_end = self.emit(Instruction::Jump(0));
                self.aim_here(to_no);
                self.expression(no);
                self.aim_here(to_end);
            }
            Expression::Match(text, pattern, negated) => {
                self.expression(text);
                self.pattern(pattern);
                self.emit(Instruction::Match(*negated));
            }
            Expression::In(key, array) => {
                self.key(key);
                self.emit(Instruction::Contains(*array));
            }
            Expression::Call(name, arguments) => {
                let variable = |argument: &Expression| match argument {
                    Expression::Place(Place::Variable(variable)) => Some(*variable),
                    _ => None,
                };
                let variables: Arc<[Option<Variable>]> = arguments.iter().map(variable).collect();
                for (argument, variable) in arguments.iter().zip(variables.iter()) {
                    self.optional(Some(argument).filter(|_| variable.is_none()));
                }
                let function = self.functions.get(name).copied().unwrap_or(0);
                self.emit(Instruction::Call(function, variables));
            }
            Expression::Builtin(Builtin::Length, arguments)
                if let [Expression::Place(Place::Variable(variable))] = arguments.as_slice() =>
            {
                self.emit(Instruction::ArrayLength(*variable));
            }
            Expression::Builtin(builtin, arguments) => {
                for (number, argument) in arguments.iter().enumerate() {
                    if *builtin == Builtin::Match && number == 1 {
                        self.pattern(argument);
                    } else {
                        self.expression(argument);
                    }
                }
                self.emit(Instruction::Builtin(*builtin, arguments.len()));
            }
            Expression::OfArray(_, arguments, array) => {
                for (number, argument) in arguments.iter().enumerate() {
                    if number == 0 { self.expression(argument) } else { self.pattern(argument) }
                }
                let is_pattern = matches!(arguments.get(1), Some(Expression::Pattern(_)));
                self.emit(Instruction::Split(arguments.len(), *array, is_pattern));
            }
            Expression::Substitute(pattern, replacement, place, all) => {
                self.pattern(pattern);
                self.expression(replacement);
                let target = self.target(place);
                self.emit(Instruction::Substitute(target, *all));
            }
            Expression::Getline(source, place) => {
                match source {
                    Source::Input => {}
                    Source::File(name) | Source::Command(name) => self.expression(name),
                }
                let target = place.as_ref().map(|place| self.target(place));
                self.emit(match source {
                    Source::Input => Instruction::GetlineInput(target),
                    Source::File(_) => Instruction::GetlineFile(target),
                    Source::Command(_) => Instruction::GetlineCommand(target),
                });
            }
            Expression::Group(inner) => self.expression(inner),
            Expression::List(list) => self.key(list),
        }
    }

    /// A pattern as an operand: its text, not whether the record matches it.
    fn pattern(&mut self, expression: &Expression) {
        match expression {
            Expression::Pattern(text) => drop(self.emit(Instruction::Pattern(Arc::from(text.as_slice())))),
            Expression::Group(inner) => self.pattern(inner),
            other => self.expression(other),
        }
    }

    fn short(&mut self, left: &Expression, right: &Expression, jump: Instruction, value: bool) {
        self.expression(left);
        let decided = self.emit(jump);
        self.expression(right);
        self.emit(Instruction::Truth);
        let to_end = self.emit(Instruction::Jump(0));
        self.aim_here(decided);
        self.emit(Instruction::Push(Value::truth(value)));
        self.aim_here(to_end);
    }
}
