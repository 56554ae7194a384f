//! Image references: `nginx`, `localhost:5000/team/app:1.2`, `busybox@sha256:…`.
//!
//! Promises: the grammar, the normal form (`docker.io/library/nginx`), the familiar form (`nginx`) and the error texts of
//! the Go package `github.com/distribution/reference`, which Docker's client and daemon both use.
//! Must not know what a reference points to: that is for the image store and the registry.

use std::fmt;

use serde::{Deserialize, Serialize};

const DEFAULT_DOMAIN: &str = "docker.io";
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";
const OFFICIAL_PREFIX: &str = "library/";
/// The tag that Docker takes when none is given.
pub const DEFAULT_TAG: &str = "latest";
const PATH_LENGTH_MAX: usize = 255;
const TAG_LENGTH_MAX: usize = 128;

/// Why a text is not an image reference, in the words of Docker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// The text does not follow the grammar.
    #[error("invalid reference format")]
    Format,
    /// A familiar name with an upper-case letter; holds the remote name with its `library/`.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    UppercaseIn(String),
    /// A full name that would be right in lower case.
    #[error("repository name must be lowercase")]
    Uppercase,
    /// Nothing at all was given where a full name was wanted.
    #[error("repository name must have at least one component")]
    Empty,
    /// The path is longer than a registry allows.
    #[error("repository name must not be more than 255 characters")]
    TooLong,
    /// 64 hexadecimal digits mean an ID, not a name.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identifier(String),
    /// A tag does not follow the grammar.
    #[error("invalid tag format")]
    Tag,
    /// A digest of an algorithm other than sha256, sha384 or sha512.
    #[error("unsupported digest algorithm")]
    DigestUnsupported,
    /// A digest with the wrong number of digits.
    #[error("invalid checksum digest length")]
    DigestLength,
    /// A digest that is not `algorithm:hexadecimal digits`.
    #[error("invalid checksum digest format")]
    DigestFormat,
}

/// A named image: registry domain, repository path, and maybe a tag and a digest. Always in normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// What the text given for an image may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyReference {
    /// 64 hexadecimal digits, or a full digest: the ID of something, as `sha256:…`.
    Identifier(String),
    /// A name.
    Named(Reference),
}

impl Reference {
    /// Reads what a person types, as `reference.ParseNormalizedNamed` does: `nginx` is `docker.io/library/nginx`.
    pub fn parse(text: &str) -> Result<Reference, InvalidReference> {
        if is_identifier(text) {
            return Err(InvalidReference::Identifier(text.to_owned()));
        }
        let (domain, remainder) = split_docker_domain(text);
        let remote = remainder.split(':').next().unwrap_or_default();
        if has_capitals(remote) {
            return Err(InvalidReference::UppercaseIn(remote.to_owned()));
        }
        Reference::parse_full(&[domain, "/", &remainder].concat())
    }

    /// Reads a name as it stands, as `reference.Parse` does: no domain is added, and the error for capitals is the short one.
    pub fn parse_full(text: &str) -> Result<Reference, InvalidReference> {
        let Some(found) = match_reference(text) else {
            if text.is_empty() {
                return Err(InvalidReference::Empty);
            }
            if match_reference(&text.to_lowercase()).is_some() {
                return Err(InvalidReference::Uppercase);
            }
            return Err(InvalidReference::Format);
        };
        if found.path.len() > PATH_LENGTH_MAX {
            return Err(InvalidReference::TooLong);
        }
        if let Some(digest) = found.digest {
            check_digest(digest)?;
        }
        Ok(Reference {
            domain: found.domain.to_owned(),
            path: found.path.to_owned(),
            tag: found.tag.map(str::to_owned),
            digest: found.digest.map(str::to_owned),
        })
    }

    /// The registry: `docker.io` for Docker Hub, `localhost:5000`, …
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within its registry: `library/nginx`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The full repository name: `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        if self.domain.is_empty() { self.path.clone() } else { format!("{}/{}", self.domain, self.path) }
    }

    /// The repository name as Docker shows it: `nginx`.
    pub fn familiar_name(&self) -> String {
        if self.domain != DEFAULT_DOMAIN {
            return self.name();
        }
        match self.path.strip_prefix(OFFICIAL_PREFIX) {
            Some(rest) if !rest.contains('/') => rest.to_owned(),
            _ => self.path.clone(),
        }
    }

    /// The whole reference as Docker shows it: `nginx:1.27`, `busybox@sha256:…`.
    pub fn familiar(&self) -> String {
        self.familiar_name() + &self.suffix()
    }

    /// The tag, if one was given.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest with its algorithm, if one was given.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Whether there is neither tag nor digest.
    pub fn is_name_only(&self) -> bool {
        self.tag.is_none() && self.digest.is_none()
    }

    /// The same with the tag `latest` if it has neither tag nor digest.
    pub fn with_default_tag(mut self) -> Reference {
        if self.is_name_only() {
            self.tag = Some(DEFAULT_TAG.to_owned());
        }
        self
    }

    /// The same with another tag.
    pub fn with_tag(mut self, tag: &str) -> Result<Reference, InvalidReference> {
        if !is_tag(tag) {
            return Err(InvalidReference::Tag);
        }
        self.tag = Some(tag.to_owned());
        Ok(self)
    }

    /// The same with this digest, `sha256:` and 64 digits.
    pub fn with_digest(mut self, digest: &str) -> Result<Reference, InvalidReference> {
        check_digest(digest)?;
        self.digest = Some(digest.to_owned());
        Ok(self)
    }

    /// The same without tag and digest.
    pub fn name_only(mut self) -> Reference {
        self.tag = None;
        self.digest = None;
        self
    }

    /// The whole reference as bytes, without putting it together.
    fn bytes(&self) -> impl Iterator<Item = u8> {
        let slash = if self.domain.is_empty() { "" } else { "/" };
        let (tag, digest) = (self.tag.as_deref(), self.digest.as_deref());
        [
            &*self.domain,
            slash,
            &*self.path,
            tag.map_or("", |_| ":"),
            tag.unwrap_or_default(),
            digest.map_or("", |_| "@"),
            digest.unwrap_or_default(),
        ]
        .into_iter()
        .flat_map(str::bytes)
    }

    fn suffix(&self) -> String {
        let mut suffix = String::new();
        if let Some(tag) = &self.tag {
            suffix.push(':');
            suffix.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            suffix.push('@');
            suffix.push_str(digest);
        }
        suffix
    }
}

/// In the order of their texts, as the engine's reference store sorts them (moby `reference/store.go`, `lexicalRefs`): a
/// repository's tags come before its digests.
impl Ord for Reference {
    fn cmp(&self, other: &Reference) -> std::cmp::Ordering {
        let same_repository = self.path == other.path && self.domain == other.domain;
        match (&self.digest, &other.digest) {
            (None, None) if same_repository => self.tag.cmp(&other.tag),
            _ => self.bytes().cmp(other.bytes()),
        }
    }
}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Reference) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name(), self.suffix())
    }
}

impl AnyReference {
    /// Reads an ID, a digest or a name, as `reference.ParseAnyReference` does.
    pub fn parse(text: &str) -> Result<AnyReference, InvalidReference> {
        if is_identifier(text) {
            return Ok(AnyReference::Identifier(format!("sha256:{text}")));
        }
        if check_digest(text).is_ok() {
            return Ok(AnyReference::Identifier(text.to_owned()));
        }
        Reference::parse(text).map(AnyReference::Named)
    }
}

/// Whether `text` is 64 lower-case hexadecimal digits: an ID, which no repository may be called.
pub fn is_identifier(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether there are letters that have a small form which is another.
fn has_capitals(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|byte| byte.is_ascii_uppercase()) } else { text.to_lowercase() != text }
}

fn split_docker_domain(name: &str) -> (&str, String) {
    let Some((first, rest)) = name.split_once('/') else {
        return (DEFAULT_DOMAIN, [OFFICIAL_PREFIX, name].concat());
    };
    let (domain, remote) = if first == LEGACY_DEFAULT_DOMAIN {
        (DEFAULT_DOMAIN, rest)
    } else if first == "localhost" || first.contains(['.', ':']) || has_capitals(first) {
        (first, rest)
    } else {
        (DEFAULT_DOMAIN, name)
    };
    if domain == DEFAULT_DOMAIN && !remote.contains('/') {
        return (domain, [OFFICIAL_PREFIX, remote].concat());
    }
    (domain, remote.to_owned())
}

struct Match<'t> {
    domain: &'t str,
    path: &'t str,
    tag: Option<&'t str>,
    digest: Option<&'t str>,
}

/// The grammar's one regular expression, by hand: neither a name nor a tag holds `@`, and a tag holds no `/`.
fn match_reference(text: &str) -> Option<Match<'_>> {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    let last_component = named.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match named[last_component..].find(':') {
        Some(colon) => (&named[..last_component + colon], Some(&named[last_component + colon + 1..])),
        None => (named, None),
    };
    if !tag.is_none_or(is_tag) || !digest.is_none_or(is_digest_text) {
        return None;
    }
    match name.split_once('/') {
        Some((domain, path)) if is_domain(domain) && is_path(path) => Some(Match { domain, path, tag, digest }),
        _ if is_path(name) => Some(Match { domain: "", path: name, tag, digest }),
        _ => None,
    }
}

fn is_path(path: &str) -> bool {
    path.split('/').all(is_path_component)
}

/// Runs of `a-z0-9` with one separator between them: `.`, `_`, `__`, or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends_well = |byte: Option<&u8>| byte.is_some_and(|&byte| alphanumeric(byte));
    if !ends_well(bytes.first()) || !ends_well(bytes.last()) {
        return false;
    }
    component
        .split(|character: char| character.is_ascii_lowercase() || character.is_ascii_digit())
        .filter(|separator| !separator.is_empty())
        .all(|separator| matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-'))
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match (domain.starts_with('['), domain.rfind(']')) {
        (true, Some(end)) => {
            let address = &domain[1..end];
            if address.is_empty() || !address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') {
                return false;
            }
            return match domain[end + 1..].strip_prefix(':') {
                Some(port) => is_port(port),
                None => domain.len() == end + 1,
            };
        }
        _ => match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain, None),
        },
    };
    let is_component = |component: &str| {
        !component.is_empty()
            && !component.starts_with('-')
            && !component.ends_with('-')
            && component.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    port.is_none_or(is_port) && host.split('.').all(is_component)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `tag` may be a tag: a letter, digit or `_`, then up to 127 of those, `.` and `-`.
pub fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= TAG_LENGTH_MAX
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest_text(digest: &str) -> bool {
    let Some((algorithm, digits)) = digest.split_once(':') else { return false };
    let is_component = |component: &str| {
        component.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && component.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(is_component)
        && digits.len() >= 32
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The checks of `github.com/opencontainers/go-digest`.
fn check_digest(digest: &str) -> Result<(), InvalidReference> {
    let Some((algorithm, digits)) = digest
        .split_once(':')
        .filter(|(algorithm, digits)| !algorithm.is_empty() && !digits.is_empty() && !digits.contains(':'))
    else {
        return Err(InvalidReference::DigestFormat);
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(InvalidReference::DigestUnsupported),
    };
    if digits.len() != length {
        return Err(InvalidReference::DigestLength);
    }
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(InvalidReference::DigestFormat);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_have_a_normal_and_a_familiar_form() {
        for (typed, normal, familiar) in [
            ("busybox", "docker.io/library/busybox", "busybox"),
            ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
            ("team/app", "docker.io/team/app", "team/app"),
            ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
            ("index.docker.io/library/busybox:x", "docker.io/library/busybox:x", "busybox:x"),
            ("localhost:5000/oracle/app", "localhost:5000/oracle/app", "localhost:5000/oracle/app"),
            ("localhost/app:1", "localhost/app:1", "localhost/app:1"),
            ("UPPER/case", "UPPER/case", "UPPER/case"),
            ("[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"),
            ("a__b/e--f", "docker.io/a__b/e--f", "a__b/e--f"),
            // Not a domain, for all its dot, so the grammar takes it as a path.
            ("a.b-c__d/e--f", "a.b-c__d/e--f", "a.b-c__d/e--f"),
        ] {
            let reference = Reference::parse(typed).unwrap();
            assert_eq!(reference.to_string(), normal, "{typed}");
            assert_eq!(reference.familiar(), familiar, "{typed}");
        }
        let pinned = format!("busybox@sha256:{}", "a".repeat(64));
        let reference = Reference::parse(&pinned).unwrap();
        assert_eq!(reference.familiar(), pinned);
        assert!(!reference.is_name_only());
        assert_eq!(Reference::parse("busybox").unwrap().with_default_tag().familiar(), "busybox:latest");
    }

    #[test]
    fn errors_are_worded_as_docker_words_them() {
        let identifier = "0123456789abcdef".repeat(4);
        let short_digest = format!("busybox@sha256:{}", "a".repeat(40));
        for (typed, error) in [
            ("Busybox", "invalid reference format: repository name (library/Busybox) must be lowercase"),
            ("Bad:Name", "invalid reference format: repository name (library/Bad) must be lowercase"),
            ("busybox:a:b", "invalid reference format"),
            ("busybox latest", "invalid reference format"),
            ("", "invalid reference format"),
            (":80", "invalid reference format"),
            ("foo:bad tag", "invalid reference format"),
            ("-bad", "invalid reference format"),
            ("x:-bad", "invalid reference format"),
            ("a///b", "invalid reference format"),
            ("a_-b", "invalid reference format"),
            ("busybox@sha256:abc", "invalid reference format"),
            (short_digest.as_str(), "invalid checksum digest length"),
            (
                identifier.as_str(),
                "invalid repository name (0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef), \
                 cannot specify 64-byte hexadecimal strings",
            ),
        ] {
            assert_eq!(Reference::parse(typed).map_err(|error| error.to_string()), Err(error.to_owned()), "{typed}");
        }
        assert_eq!(Reference::parse_full("Bad:Name"), Err(InvalidReference::Uppercase));
        assert_eq!(AnyReference::parse(&identifier), Ok(AnyReference::Identifier(format!("sha256:{identifier}"))));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_a_good_one_reads_back(text in "\\PC{0,40}|[a-zA-Z0-9./:@_\\[\\]-]{0,40}") {
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(&Reference::parse(&reference.to_string()), &Ok(reference.clone()));
                prop_assert_eq!(Reference::parse(&reference.familiar()), Ok(reference));
            }
        }
    }
}
