//! A source file as the rules see it: what is code and what is test, and every path that the code names.
//!
//! Promises: `use` trees, `self` and `super` are resolved; items under `#[cfg(test)]` are left out. Must not know: the rules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::tokens::{Kind, Token, tokens};

/// A file.
#[derive(Debug)]
pub struct Source {
    /// From the package's folder, with `/`.
    pub path: String,
    pub text: String,
    /// The words outside of tests.
    pub code: Vec<Token>,
    /// How many lines are not tests.
    pub code_lines: usize,
    /// Files and folders that only tests see: `#[cfg(test)] mod tests;`.
    pub test_modules: Vec<PathBuf>,
}

/// A path that the code names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `["std", "fs", "read"]`; of the package's own paths the first is `crate`, whatever the code wrote.
    pub segments: Vec<String>,
    pub line: usize,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Source {
        let all = tokens(text);
        let mut code = Vec::new();
        let mut test_lines = BTreeSet::new();
        let mut test_modules = Vec::new();
        let mut at = 0;
        while at < all.len() {
            let Some(end) = test_item(&all, at) else {
                code.push(all[at].clone());
                at += 1;
                continue;
            };
            test_lines.extend(all[at].line..=all[end - 1].line);
            test_modules.extend(module_declared(&all[at..end]).map(|name| folder_of(path).join(name)));
            at = end;
        }
        let code_lines = text.lines().count() - test_lines.len();
        Source { path: path.to_owned(), text: text.to_owned(), code, code_lines, test_modules }
    }

    /// The module that the file is: `src/world/clock.rs` is `["world", "clock"]`; the roots are empty.
    pub fn module(&self) -> Vec<String> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let mut names: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if names.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
            names.pop();
        }
        names
    }

    /// Which of the package's top modules it belongs to.
    pub fn top(&self) -> String {
        match self.path.as_str() {
            "src/main.rs" => "main".to_owned(),
            "src/lib.rs" => "lib".to_owned(),
            _ => self.module().into_iter().next().unwrap_or_default(),
        }
    }

    /// Every path that the code names.
    pub fn paths(&self) -> Vec<Named> {
        let mut module = self.module();
        // The depth of braces at which each inner module ends.
        let mut inner = Vec::new();
        let mut depth = 0_usize;
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(token) = self.code.get(at) {
            if token.is("mod") && self.code.get(at + 2).is_some_and(|token| token.is("{")) {
                module.push(self.code[at + 1].text.clone());
                inner.push(depth);
                depth += 1;
                at += 3;
                continue;
            }
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if inner.last() == Some(&depth) {
                        inner.pop();
                        module.pop();
                    }
                }
                _ => {}
            }
            let sign_before = |back: usize, sign: &str| at >= back && self.code[at - back].is(sign);
            let field = sign_before(1, ".") && !sign_before(2, ".");
            let joined = field || sign_before(1, "::");
            let rooted = at > 1 && self.code[at - 1].is("::") && !continues_path(&self.code[at - 2]);
            if token.kind == Kind::Word && (!joined || rooted) {
                let mut tree = Vec::new();
                at = path_tree(&self.code, at, &[], &mut tree);
                found.extend(tree.into_iter().map(|named| resolve(named, &module)));
            } else {
                at += 1;
            }
        }
        found
    }
}

/// `a::b` and `a::<T>::b` go on; a `::` behind anything else begins at the root.
fn continues_path(before: &Token) -> bool {
    before.is(">") || (before.kind == Kind::Word && !matches!(before.text.as_str(), "use" | "in" | "return" | "as"))
}

/// The path or the tree of paths that begins at a word; gives where it ends.
fn path_tree(code: &[Token], mut at: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let line = code[at].line;
    let mut segments = before.to_vec();
    segments.push(code[at].text.clone());
    at += 1;
    while code.get(at).is_some_and(|token| token.is("::")) {
        match code.get(at + 1) {
            Some(token) if token.kind == Kind::Word => {
                segments.push(token.text.clone());
                at += 2;
            }
            Some(token) if token.is("*") => {
                segments.push("*".to_owned());
                at += 2;
                break;
            }
            Some(token) if token.is("{") => {
                at += 2;
                while let Some(token) = code.get(at) {
                    if token.is("}") {
                        return at + 1;
                    }
                    if token.kind == Kind::Word && !token.is("as") {
                        at = path_tree(code, at, &segments, found);
                    } else if token.is("*") {
                        let segments = segments.iter().cloned().chain(["*".to_owned()]).collect();
                        found.push(Named { segments, line: token.line });
                        at += 1;
                    } else {
                        at += 1 + usize::from(token.is("as"));
                    }
                }
                return at;
            }
            _ => break,
        }
    }
    if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
        segments.pop();
    }
    found.push(Named { segments, line });
    at
}

/// Writes the package's own paths from its root.
fn resolve(named: Named, module: &[String]) -> Named {
    let Named { segments, line } = named;
    let mut base = module.to_vec();
    let rest = segments.as_slice();
    let mut rest = if rest.len() > 1 && rest[0] == "self" { &rest[1..] } else { rest };
    let from_here = rest.len() < segments.len();
    match rest.first().map(String::as_str) {
        Some("crate" | "layerlab") => {
            base.clear();
            rest = &rest[1..];
        }
        Some("super") => {
            while rest.first().is_some_and(|first| first == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        _ if from_here => {}
        _ => return Named { segments, line },
    }
    let segments = ["crate".to_owned()].into_iter().chain(base).chain(rest.iter().cloned()).collect();
    Named { segments, line }
}

/// Where the item ends that a `#[cfg(test)]` at this place stands before.
fn test_item(all: &[Token], at: usize) -> Option<usize> {
    let is_attribute = |at: usize| all.get(at).is_some_and(|token| token.is("#"));
    let inner = all.get(at + 1).is_some_and(|token| token.is("!"));
    if !is_attribute(at) {
        return None;
    }
    let end = closing(all, at + 1 + usize::from(inner))?;
    let words = &all[at..end];
    let tests = words.iter().any(|token| token.is("cfg")) && words.iter().any(|token| token.is("test"));
    if !tests || words.iter().any(|token| token.is("not")) {
        return None;
    }
    if inner {
        return Some(all.len());
    }
    let mut at = end;
    while is_attribute(at) {
        at = closing(all, at + 1)?;
    }
    while all.get(at).is_some_and(|token| token.is("pub")) {
        at += 1;
        if all.get(at).is_some_and(|token| token.is("(")) {
            at = closing(all, at)?;
        }
    }
    let needs_semicolon =
        all.get(at).is_some_and(|token| ["use", "const", "static", "type"].iter().any(|word| token.is(word)));
    while let Some(token) = all.get(at) {
        match token.text.as_str() {
            ";" => return Some(at + 1),
            "{" if !needs_semicolon => return closing(all, at),
            "(" | "[" | "{" => at = closing(all, at)?,
            _ => at += 1,
        }
    }
    Some(all.len())
}

/// The place behind the bracket that closes the one here.
fn closing(all: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in all.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The name of a module whose text is in another file.
fn module_declared(item: &[Token]) -> Option<String> {
    let [.., keyword, name, end] = item else { return None };
    (keyword.is("mod") && end.is(";")).then(|| name.text.clone())
}

/// Where a file's inner modules lie.
fn folder_of(path: &str) -> PathBuf {
    let path = Path::new(path);
    match path.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs" | "main.rs") => path.parent().unwrap_or(path).to_path_buf(),
        _ => path.with_extension(""),
    }
}
