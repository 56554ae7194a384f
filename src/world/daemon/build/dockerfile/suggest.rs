//! «Did you mean …»: the known word nearest to one that is not known (`util/suggest` of BuildKit).
//!
//! Promises: no suggestion that is three or more edits away, and none for a word that is known. Must not know: what the words name.

/// A word this many edits away is no suggestion.
const TOO_FAR: usize = 3;

/// The nearest of `options` to `word`, in the letter case of `word`, case ignored; of equally near ones the first.
pub fn nearest_ignoring_case(word: &str, options: &[&str]) -> Option<String> {
    let lower = word.to_lowercase();
    let options: Vec<String> = options.iter().map(|option| option.to_lowercase()).collect();
    let found = nearest(&lower, options.iter().map(String::as_str))?;
    Some(if word != lower && word == word.to_uppercase() { found.to_uppercase() } else { found })
}

/// The nearest of `options` to `word`; of equally near ones the first.
pub fn nearest<'a>(word: &str, options: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word: Vec<char> = word.chars().collect();
    let mut best = None;
    let mut best_distance = TOO_FAR;
    for option in options {
        // Far longer or shorter words cannot be near: this keeps long words cheap.
        if option.len().abs_diff(word.len()) > 4 * TOO_FAR {
            continue;
        }
        let candidate: Vec<char> = option.chars().collect();
        if candidate.len().abs_diff(word.len()) >= TOO_FAR {
            continue;
        }
        let distance = distance(&word, &candidate);
        if distance == 0 {
            return None;
        }
        if distance < best_distance {
            best = Some(option);
            best_distance = distance;
        }
    }
    best.map(str::to_owned)
}

/// The number of insertions, deletions and replacements between two words, `TOO_FAR` if it is more.
fn distance(left: &[char], right: &[char]) -> usize {
    // Only a band around the diagonal can hold distances below TOO_FAR.
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, character) in left.iter().enumerate() {
        let first = (index + 1).saturating_sub(TOO_FAR).max(1);
        let last = (index + 1 + TOO_FAR).min(right.len());
        let mut diagonal = row[first - 1];
        row[first - 1] = if first == 1 { index + 1 } else { TOO_FAR };
        for column in first..=last {
            let above = if column == index + 1 + TOO_FAR { TOO_FAR } else { row[column] };
            let replaced = diagonal + usize::from(*character != right[column - 1]);
            diagonal = above;
            row[column] = replaced.min(above + 1).min(row[column - 1] + 1);
        }
    }
    row[right.len()].min(TOO_FAR)
}
