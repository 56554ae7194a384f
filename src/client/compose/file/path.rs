//! A place in the tree of a Compose file: `services.web.ports.[]`.

use std::fmt;

/// A place, as a list that grows at its end without copying what comes before.
#[derive(Clone, Copy, Debug)]
pub struct Path<'p> {
    before: Option<&'p Path<'p>>,
    part: &'p str,
}

impl<'p> Path<'p> {
    /// The top of a file.
    pub const TOP: Path<'static> = Path { before: None, part: "" };

    /// A place below this one.
    pub fn next(&'p self, part: &'p str) -> Path<'p> {
        Path { before: Some(self), part }
    }

    /// Whether the parts are those of a pattern, in which `*` stands for any one part.
    pub fn matches(&self, pattern: &str) -> bool {
        let mut here = *self;
        for wanted in pattern.rsplit('.') {
            let Some(before) = here.before else { return false };
            if wanted != "*" && wanted != here.part {
                return false;
            }
            here = *before;
        }
        here.before.is_none()
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            if before.before.is_some() {
                write!(f, "{before}.")?;
            }
            f.write_str(self.part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_a_pattern_of_its_length() {
        let services = Path::TOP.next("services");
        let web = services.next("web");
        let ports = web.next("ports");
        assert!(ports.matches("services.*.ports") && web.matches("services.*"));
        assert!(!ports.matches("services.*") && !web.matches("services.*.ports") && !ports.matches("*.ports"));
        assert_eq!(ports.to_string(), "services.web.ports");
        assert_eq!(Path::TOP.to_string(), "");
    }
}
