//! Permissions as text: `-rwxr-xr-x`, and what `chmod` reads: `755`, `u+x,go-w`.

use crate::world::filesystem::entry::Node;

/// The ten characters of `ls -l`.
pub fn text(node: &Node, mode: u32) -> String {
    let kind = match node {
        Node::Directory => 'd',
        Node::Symlink(_) => 'l',
        Node::Device(_) => 'c',
        Node::Fifo => 'p',
        Node::File(_) => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// The mode that `text` makes of `mode`; nothing when it is no mode.
pub fn change(text: &str, mode: u32, is_directory: bool, umask: u32) -> Option<u32> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = mode;
    for clause in text.split(',') {
        let who_end = clause.find(['+', '-', '='])?;
        let (who, mut rest) = clause.split_at(who_end);
        let mut mask = 0;
        for letter in who.chars() {
            mask |= match letter {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return None,
            };
        }
        // Without «who», the umask says which bits are left alone.
        let (mask, kept) = if who.is_empty() { (0o7777, umask) } else { (mask, 0) };
        while let Some(operator) = rest.chars().next() {
            let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |at| at + 1);
            let mut bits = 0;
            for letter in rest[1..end].chars() {
                bits |= match letter {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if is_directory || mode & 0o111 != 0 => 0o111,
                    'X' => 0,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => (mode >> 6 & 7) * 0o111,
                    'g' => (mode >> 3 & 7) * 0o111,
                    'o' => (mode & 7) * 0o111,
                    _ => return None,
                };
            }
            let bits = bits & mask & !kept;
            mode = match operator {
                '+' => mode | bits,
                '-' => mode & !bits,
                // A file loses its special bits too; of a directory they stay unless they are named.
                _ if is_directory => mode & !(mask & 0o777) | bits,
                _ => mode & !mask | bits,
            };
            rest = &rest[end..];
        }
    }
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_chmod_reads_them() {
        for (text, before, after) in [
            ("755", 0o644, 0o755),
            ("u+x", 0o644, 0o744),
            ("+x", 0o644, 0o755),
            ("go-r", 0o644, 0o600),
            ("a=r", 0o777, 0o444),
            ("u=rw,go=", 0o755, 0o600),
            ("g=u", 0o740, 0o770),
            ("a+X", 0o644, 0o644),
            ("u+s", 0o755, 0o4755),
            ("+t", 0o777, 0o1777),
        ] {
            assert_eq!(change(text, before, false, 0o022), Some(after), "{text}");
        }
        assert_eq!(change("zz", 0, false, 0), None);
        assert_eq!(change("999", 0, false, 0), None);
        assert_eq!(text(&Node::Directory, 0o1777), "drwxrwxrwt");
    }
}
