//! Questions about single words that the rules of `lint` ask: is this a secret's name, an image's name, does it name its platform?
//!
//! Promises: answers without any context. Must not know: which rule asks.

use super::instruction::Stage;

/// The words `AS` and the stage's name, as they were written.
pub fn as_words(stage: &Stage) -> Option<(&str, &str)> {
    stage.name.as_ref()?;
    let mut words = stage.code.split_whitespace().rev();
    let name = words.next()?;
    words.next().map(|keyword| (keyword, name))
}

/// True if `as` is written in the case of `from`. A `From` in mixed case is another rule's matter.
pub fn cases_match(from: &str, keyword: &str) -> bool {
    if from == from.to_lowercase() {
        keyword == keyword.to_lowercase()
    } else if from == from.to_uppercase() {
        keyword == keyword.to_uppercase()
    } else {
        true
    }
}

/// True if one of the words between underscores is one that names secrets, and none says that it is harmless.
pub fn is_secret(key: &str) -> bool {
    const SECRETS: [&str; 10] =
        ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
    const HARMLESS: [&str; 3] = ["public", "file", "version"];
    let any = |words: &[&str]| key.split('_').any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)));
    any(&SECRETS) && !any(&HARMLESS)
}

/// True if the stage's name holds the system or the processor of `platform`; then a constant platform is meant. Also for
/// text that is no platform: that is an error of the build.
pub fn names_platform(name: Option<&str>, platform: &str) -> bool {
    let name = name.unwrap_or_default();
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
    };
    let parts: Vec<&str> = platform.split('/').collect();
    let (system, architecture) = match parts.as_slice() {
        [system @ ("linux" | "windows" | "darwin" | "freebsd")] => (*system, "amd64"),
        [architecture] => ("linux", *architecture),
        [system, architecture] | [system, architecture, _] => (*system, *architecture),
        _ => return true,
    };
    !is_part(system) || !is_part(architecture) || name.contains(system) || name.contains(architecture)
}

/// True if `name` can be an image's name with a tag or a digest (`reference.ParseNormalizedNamed`).
pub fn is_image_name(name: &str) -> bool {
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name, None),
    };
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    let is_tag = |tag: &str| {
        tag.len() <= 128
            && tag.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
            && tag.chars().all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character))
    };
    let is_digest = |digest: &str| {
        digest
            .split_once(':')
            .is_some_and(|(_, hex)| hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let is_component = |part: &str| {
        let is_end = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
        part.starts_with(is_end)
            && part.ends_with(is_end)
            && part.chars().all(|character| is_end(character) || "._-".contains(character))
            && !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"].iter().any(|wrong| part.contains(wrong))
    };
    let path = match name.split_once('/') {
        Some((domain, path))
            if domain == "localhost" || domain.contains(['.', ':']) || domain != domain.to_lowercase() =>
        {
            path
        }
        _ => name,
    };
    tag.is_none_or(is_tag) && digest.is_none_or(is_digest) && path.split('/').all(is_component)
}
