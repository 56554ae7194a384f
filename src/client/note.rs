//! Notes of docker's client: ` Info -> …`, set apart from what a command prints (docker/cli `internal/tui/note.go`).

const HEADER: &str = " Info -> ";

/// A note, with what comes before and after it.
pub fn note(text: &str) -> String {
    let mut note = String::from("\n");
    for (index, line) in text.split('\n').enumerate() {
        let before = if index == 0 { HEADER.to_owned() } else { " ".repeat(HEADER.len()) };
        note.push_str(&format!("{before}{line}\n"));
    }
    note
}
