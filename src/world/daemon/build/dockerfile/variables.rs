//! The variables at a place of a stage, in the order in which they were set.
//!
//! Promises: a copy shares all with the original; setting a variable again puts it last, as `llb.EnvList` of BuildKit does. Must not know:
//! who sets them.

use imbl::OrdMap;

use super::expand::Environment;

/// Variables in their order.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// By name: when it was set, counted in settings, and to what.
    values: OrdMap<String, (usize, String)>,
    settings: usize,
}

impl Variables {
    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), (self.settings, value.to_owned()));
        self.settings += 1;
    }

    /// Whether there is a variable of this name.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(_, value)| value.as_str())
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<(usize, &str)> = self.values.iter().map(|(name, (set, _))| (*set, name.as_str())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_last_setting() {
        let mut variables = Variables::default();
        for (name, value) in [("PATH", "/bin"), ("F", "1"), ("E", "2"), ("F", "3")] {
            variables.set(name, value);
        }
        assert_eq!(variables.names(), ["PATH", "E", "F"]);
        assert_eq!((variables.get("F"), variables.has("G")), (Some("3"), false));
    }
}
