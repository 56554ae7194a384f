//! The components of a path that is being walked, with symbolic links put in on the way.
//!
//! Promises: nothing is allocated before a link is met. Must not know: what stands at a path.

use std::borrow::Cow;

/// What is left of a path to walk.
#[derive(Clone, Debug)]
pub struct Components<'a> {
    text: Cow<'a, str>,
    /// Where in the text the next component begins, or slashes before it.
    next: usize,
}

impl<'a> Components<'a> {
    /// All components of a path, absolute or relative.
    pub const fn of(path: &'a str) -> Components<'a> {
        Components { text: Cow::Borrowed(path), next: 0 }
    }

    fn rest(&self) -> &str {
        self.text.get(self.next..).unwrap_or_default()
    }

    /// The next component; empty ones are none.
    #[expect(clippy::should_implement_trait, reason = "an iterator's item cannot borrow from the iterator")]
    pub fn next(&mut self) -> Option<&str> {
        let rest = self.rest();
        let begin = self.next + (rest.len() - rest.trim_start_matches('/').len());
        let length = self.text.get(begin..)?.find('/').unwrap_or(self.text.len() - begin);
        self.next = begin + length;
        self.text.get(begin..self.next).filter(|part| !part.is_empty())
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest().bytes().all(|byte| byte == b'/')
    }

    /// Whether only `.` is left, if anything.
    pub fn stays(&self) -> bool {
        self.rest().split('/').all(|part| matches!(part, "" | "."))
    }

    /// Lets the target of a symbolic link come before what is left.
    pub fn put_before(&mut self, target: &str) {
        self.text = Cow::Owned(format!("{target}/{}", self.rest()));
        self.next = 0;
    }
}

/// Goes from a directory, an absolute path, to an entry in it.
pub fn descend(directory: &mut String, name: &str) {
    if directory != "/" {
        directory.push('/');
    }
    directory.push_str(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_is_between_the_slashes_and_takes_links_in() {
        let mut parts = Components::of("//usr/./bin//");
        assert_eq!(parts.next(), Some("usr"));
        assert!(!parts.is_empty() && !parts.stays());
        parts.put_before("../x");
        let mut all = Vec::new();
        while let Some(part) = parts.next() {
            all.push(part.to_owned());
        }
        assert_eq!(all, ["..", "x", ".", "bin"]);
        assert!(parts.is_empty() && parts.stays());
        assert!(Components::of("././/").stays());
        assert_eq!(Components::of("/").next(), None);
    }
}
