//! What the built-in `test` asks of files, answered by the kernel. Promises the answers of `access(2)` and `stat(2)` for the process that
//! asks. It must not know how `test` reads its words.

use std::cmp::Ordering;

use crate::world::filesystem::entry::Node;
use crate::world::process::system::System;
use crate::world::process::tools::test;

/// What `test` asks, answered by the kernel.
pub struct SystemFiles<'a, 'b> {
    /// The system calls of the process that asks.
    pub system: &'a mut System<'b>,
}

impl test::Files for SystemFiles<'_, '_> {
    fn is(&mut self, question: char, path: &str) -> bool {
        let follow = !matches!(question, 'h' | 'L');
        let Ok(status) = self.system.status(path, follow) else { return false };
        let mode = status.entry.metadata.mode;
        match question {
            'e' => true,
            'f' => matches!(status.entry.node, Node::File(_)),
            'd' => status.entry.node.is_directory(),
            's' => status.size > 0,
            'h' | 'L' => matches!(status.entry.node, Node::Symlink(_)),
            'p' => matches!(status.entry.node, Node::Fifo),
            'c' => matches!(status.entry.node, Node::Device(_)),
            'r' => self.system.may(path, 4),
            'w' => self.system.may(path, 2),
            'x' => self.system.may(path, 1),
            'u' => mode & 0o4000 != 0,
            'g' => mode & 0o2000 != 0,
            'k' => mode & 0o1000 != 0,
            'O' => status.entry.metadata.uid == self.system.credentials().uid,
            'G' => status.entry.metadata.gid == self.system.credentials().gid,
            _ => false,
        }
    }

    fn compare_age(&mut self, left: &str, right: &str) -> Option<Ordering> {
        let left = self.system.status(left, true).ok()?.entry.metadata.modified;
        let right = self.system.status(right, true).ok()?.entry.metadata.modified;
        Some(left.cmp(&right))
    }

    fn are_same(&mut self, left: &str, right: &str) -> bool {
        matches!((self.system.resolve(left), self.system.resolve(right)), (Ok(left), Ok(right)) if left == right)
    }

    fn is_terminal(&mut self, descriptor: i64) -> bool {
        u32::try_from(descriptor).is_ok_and(|descriptor| self.system.is_terminal(descriptor))
    }
}
