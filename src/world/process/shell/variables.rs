//! The variables of a shell. Promises a table that is cheap to clone (a subshell takes one along, an expansion that must wait goes back
//! to one), bounded, and exported in the order in which ash and dash do it. Knows nothing of expansion.

use imbl::OrdMap;
use std::sync::Arc;

/// The most bytes that names and values may take together.
const MAXIMUM_BYTES: usize = 16 << 20;

/// The number of buckets of the hash table of ash and dash, which shows in the order of the environment.
const BUCKETS: u32 = 39;

/// One variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Variable {
    /// `None` for one that was only exported, made read-only or local.
    pub(super) value: Option<Arc<str>>,
    pub(super) exported: bool,
    pub(super) read_only: bool,
    /// When it was made, in order.
    sequence: u64,
}

/// Why a variable cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssignError {
    #[error("is read only")]
    ReadOnly,
    #[error("variables take more than {MAXIMUM_BYTES} bytes")]
    TooMuch,
}

/// All variables of a shell.
#[derive(Clone, Debug, Default)]
pub(super) struct VariableTable {
    variables: OrdMap<Arc<str>, Variable>,
    next: u64,
    bytes: usize,
    /// The state of `$RANDOM`; it is here so that an expansion that is begun again gets the same numbers.
    pub(super) random: u32,
}

impl VariableTable {
    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    pub(super) fn value(&self, name: &str) -> Option<Arc<str>> {
        self.variables.get(name).and_then(|variable| variable.value.clone())
    }

    /// Sets a variable; it stays exported if it was.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), AssignError> {
        let known = self.variables.get_mut(name);
        if known.as_ref().is_some_and(|variable| variable.read_only) {
            return Err(AssignError::ReadOnly);
        }
        let size = |variable: &Variable| name.len() + variable.value.as_ref().map_or(0, |value| value.len());
        let bytes = self.bytes.saturating_sub(known.as_deref().map_or(0, size)) + name.len() + value.len();
        if bytes > MAXIMUM_BYTES {
            return Err(AssignError::TooMuch);
        }
        self.bytes = bytes;
        match known {
            Some(variable) => variable.value = Some(Arc::from(value)),
            None => self.change(name, |variable| variable.value = Some(Arc::from(value))),
        }
        Ok(())
    }

    /// Changes a variable, which is made if there is none.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Variable)) {
        match self.variables.get_mut(name) {
            Some(variable) => change(variable),
            None => {
                let mut variable = Variable { sequence: self.next, ..Variable::default() };
                self.next += 1;
                change(&mut variable);
                self.variables.insert(Arc::from(name), variable);
            }
        }
    }

    pub(super) fn unset(&mut self, name: &str) -> Result<(), AssignError> {
        if self.variables.get(name).is_some_and(|variable| variable.read_only) {
            return Err(AssignError::ReadOnly);
        }
        self.restore(name, None);
        Ok(())
    }

    /// Puts back what a variable was before, read-only or not.
    pub(super) fn restore(&mut self, name: &str, before: Option<Variable>) {
        let size = |variable: &Variable| name.len() + variable.value.as_ref().map_or(0, |value| value.len());
        let added = before.as_ref().map_or(0, size);
        let removed = match before {
            Some(variable) => self.variables.insert(Arc::from(name), variable),
            None => self.variables.remove(name),
        };
        self.bytes = (self.bytes + added).saturating_sub(removed.as_ref().map_or(0, size));
    }

    /// All variables, sorted by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.variables.iter().map(|(name, variable)| (&**name, variable))
    }

    /// `NAME=value` of what is exported, in the order of the buckets of ash's and dash's table (`hashvar` in their sources).
    pub(super) fn environment(&self) -> Vec<String> {
        let mut exported: Vec<_> = self
            .variables
            .iter()
            .filter(|(_, variable)| variable.exported)
            .filter_map(|(name, variable)| Some((bucket(name), variable.sequence, name, variable.value.as_ref()?)))
            .collect();
        exported.sort();
        exported.into_iter().map(|(_, _, name, value)| [&**name, "=", value].concat()).collect()
    }
}

fn bucket(name: &str) -> u32 {
    let first = name.bytes().next().map_or(0, u32::from) << 4;
    name.bytes().fold(first, |sum, byte| sum.wrapping_add(u32::from(byte))) % BUCKETS
}
