//! Variables, arrays and fields of the machine: loading, storing, and what follows when a variable with a meaning of its
//! own changes.

use super::super::code::Target;
use super::super::record::{Marks, Separator};
use super::super::syntax::Variable;
use super::super::value::{Array, Text, Value, Variant};
use super::{Alias, CONVFMT, Cell, FS, MOST_ELEMENTS, Machine, NF, OFS, RS};

impl Machine {
    /// Runs `ask` on the record with what it needs to know.
    fn with_record<R>(&mut self, ask: impl FnOnce(&mut super::super::record::Record, &Marks<'_>) -> R) -> R {
        let joiner = self.global(OFS);
        let joiner = self.text(&joiner);
        let format = self.format_of(CONVFMT);
        let by_newline = matches!(&self.globals[RS], Cell::Value(value) if value.bytes("%.6g").is_empty());
        let marks = Marks { separator: &self.separator, by_newline, joiner, format: &format };
        ask(&mut self.record, &marks)
    }

    /// A field of the record; 0 is the whole.
    pub fn field(&mut self, number: usize) -> Value {
        self.with_record(|record, marks| record.get(number, marks))
    }

    /// A global variable's value.
    pub fn global(&mut self, number: usize) -> Value {
        if number == NF {
            return Value::Number(self.with_record(|record, marks| record.count(marks)) as f64);
        }
        match self.globals.get(number) {
            Some(Cell::Value(value)) => value.clone(),
            _ => Value::Nothing,
        }
    }

    /// Gives a global variable a value.
    pub fn set_global(&mut self, number: usize, value: Value) -> Result<(), String> {
        match number {
            NF => {
                let count = value.number().max(0.0) as usize;
                self.with_record(|record, marks| record.resize(count, marks));
            }
            FS => {
                // What is there is split as it was read.
                self.with_record(|record, marks| record.count(marks));
                let text = self.text(&value);
                self.separator = Separator::of(&text, false, &mut self.patterns)?;
            }
            _ => {}
        }
        match self.globals.get_mut(number) {
            Some(Cell::Array(_)) => return Err("Not a scalar".to_owned()),
            Some(cell) => *cell = Cell::Value(value),
            None => {}
        }
        Ok(())
    }

    fn cell(&self, variable: Variable) -> Option<&Cell> {
        match variable {
            Variable::Global(number) => self.globals.get(number),
            Variable::Local(number) => self.frames.last().and_then(|frame| frame.locals.get(number)),
        }
    }

    fn cell_mut(&mut self, alias: Alias) -> Option<&mut Cell> {
        match alias {
            Alias::Global(number) => self.globals.get_mut(number),
            Alias::Local(depth, number) => self.frames.get_mut(depth).and_then(|frame| frame.locals.get_mut(number)),
        }
    }

    fn place_of(&self, variable: Variable) -> Alias {
        match variable {
            Variable::Global(number) => Alias::Global(number),
            Variable::Local(number) => Alias::Local(self.frames.len().saturating_sub(1), number),
        }
    }

    /// The number of the array that a variable is, which it becomes if it was nothing yet.
    pub fn array(&mut self, variable: Variable) -> Result<usize, String> {
        let mut places = vec![self.place_of(variable)];
        let is_lenient = self.variant == Variant::BusyBox;
        let number = loop {
            let Some(place) = places.last().copied() else { return Err("Not an array".to_owned()) };
            match self.cell_mut(place) {
                Some(Cell::Array(number)) => break *number,
                Some(Cell::Alias(further)) if places.len() <= super::DEEPEST => {
                    let further = *further;
                    places.push(further);
                }
                // BusyBox lets a variable with a value become an array.
                Some(Cell::Value(value)) if *value == Value::Nothing || is_lenient => {
                    self.arrays.push(Array::default());
                    break self.arrays.len() - 1;
                }
                _ => return Err("Not an array".to_owned()),
            }
        };
        for place in places {
            if let Some(cell) = self.cell_mut(place) {
                *cell = Cell::Array(number);
            }
        }
        Ok(number)
    }

    /// `length` of a variable that may be an array.
    pub fn length(&mut self, variable: Variable) -> usize {
        if let Some(Cell::Array(number)) = self.cell(variable) {
            return self.arrays[*number].len();
        }
        let value = self.variable(variable);
        self.text(&value).len()
    }

    fn variable(&mut self, variable: Variable) -> Value {
        match variable {
            Variable::Global(number) => self.global(number),
            Variable::Local(_) => match self.cell(variable) {
                Some(Cell::Value(value)) => value.clone(),
                _ => Value::Nothing,
            },
        }
    }

    /// The value of a target; its key or number is taken from the stack.
    pub fn load(&mut self, target: Target) -> Result<Value, String> {
        match target {
            Target::Variable(variable) => Ok(self.variable(variable)),
            Target::Element(array) => {
                let key = self.pop_text();
                let array = self.array(array)?;
                let value = self.arrays[array].get(&key, self.variant);
                self.check_elements()?;
                Ok(value)
            }
            Target::Field => {
                let number = self.pop().number();
                if number < 0.0 {
                    return Err("Access to negative field".to_owned());
                }
                Ok(self.field(number as usize))
            }
        }
    }

    /// Changes a target; its key or number is taken from the stack.
    pub fn store(&mut self, target: Target, value: Value) -> Result<(), String> {
        match target {
            Target::Variable(Variable::Global(number)) => self.set_global(number, value),
            Target::Variable(variable @ Variable::Local(_)) => {
                let place = self.place_of(variable);
                match self.cell_mut(place) {
                    Some(Cell::Array(_)) => Err("Not a scalar".to_owned()),
                    Some(cell) => {
                        *cell = Cell::Value(value);
                        Ok(())
                    }
                    None => Ok(()),
                }
            }
            Target::Element(array) => {
                let key = self.pop_text();
                let array = self.array(array)?;
                self.arrays[array].set(key, value, self.variant);
                self.check_elements()
            }
            Target::Field => {
                let number = self.pop().number();
                if number < 0.0 {
                    return Err("Access to negative field".to_owned());
                }
                self.with_record(|record, marks| record.set(number as usize, value, marks));
                Ok(())
            }
        }
    }

    fn check_elements(&self) -> Result<(), String> {
        if self.arrays.iter().map(Array::len).sum::<usize>() > MOST_ELEMENTS {
            return Err(format!("Layerlab keeps at most {MOST_ELEMENTS} elements of arrays"));
        }
        Ok(())
    }

    /// A variable as the argument of a call: an array is passed itself, and what has no value yet may become one.
    pub fn passed(&mut self, variable: Variable) -> Cell {
        match self.cell(variable).cloned() {
            Some(Cell::Value(Value::Nothing)) if variable != Variable::Global(NF) => {
                Cell::Alias(self.place_of(variable))
            }
            Some(other @ (Cell::Array(_) | Cell::Alias(_))) => other,
            _ => Cell::Value(self.variable(variable)),
        }
    }

    /// An array made at the start, from names and texts that come from outside.
    pub fn fill(&mut self, number: usize, pairs: Vec<(Text, Value)>) {
        let mut array = Array::default();
        for (key, value) in pairs {
            array.set(key, value, self.variant);
        }
        self.arrays.push(array);
        if let Some(cell) = self.globals.get_mut(number) {
            *cell = Cell::Array(self.arrays.len() - 1);
        }
    }
}
