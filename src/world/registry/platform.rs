//! Platforms: `linux/amd64`, `linux/arm64/v8`, and what a person may write for them.
//!
//! Promises: the grammar, the normal form and the error texts of the Go package `github.com/containerd/platforms`, which Docker's client
//! and daemon both use. Must not know images or machines.

use std::fmt;

/// An operating system, an architecture as Go names it, and maybe a variant of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    /// `v8`, `v7`; empty for none.
    pub variant: String,
}

/// A text that is not a platform, in the words of containerd.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlatform {
    #[error(
        "\"{part}\" is an invalid OS component of \"{whole}\": OSAndVersion specifier component must match \
         \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"
    )]
    System { part: String, whole: String },
    #[error(
        "\"{part}\" is an invalid component of \"{whole}\": platform specifier component must match \
         \"^[A-Za-z0-9_.-]+$\": invalid argument"
    )]
    Component { part: String, whole: String },
    #[error("\"{0}\": wildcards not yet supported: invalid argument")]
    Wildcard(String),
    #[error("\"{0}\": unknown operating system or architecture: invalid argument")]
    Unknown(String),
    #[error("\"{0}\": cannot parse platform specifier: invalid argument")]
    TooLong(String),
}

const SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];
const ARCHITECTURES: [&str; 26] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "x32",
    "ia64",
];

impl Platform {
    /// Linux on this architecture, without a variant.
    pub fn linux(architecture: &str) -> Platform {
        Platform { os: "linux".to_owned(), architecture: architecture.to_owned(), variant: String::new() }
    }

    /// Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant`; what is not said is that of `local`.
    ///
    /// # Errors
    /// As `platforms.Parse` words them.
    pub fn parse(text: &str, local: &Platform) -> Result<Platform, InvalidPlatform> {
        if text.contains('*') {
            return Err(InvalidPlatform::Wildcard(text.to_owned()));
        }
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        let of = |part: &str, signs: &str| {
            !part.is_empty() && part.chars().all(|sign| sign.is_ascii_alphanumeric() || signs.contains(sign))
        };
        for (index, part) in parts.iter().enumerate() {
            let (name, version) = part.split_once('(').map_or((*part, None), |(name, version)| (name, Some(version)));
            let is_version =
                |version: &str| version.strip_suffix(')').is_some_and(|rest| rest.is_empty() || of(rest, "_.%-+"));
            let (part, whole) = ((*part).to_owned(), text.to_owned());
            if index == 0 && !(of(name, "_-") && version.is_none_or(is_version)) {
                return Err(InvalidPlatform::System { part, whole });
            }
            if index > 0 && !of(&part, "_.-") {
                return Err(InvalidPlatform::Component { part, whole });
            }
        }
        // The version of an operating system, `windows(10.0)`, says nothing about Linux, which is all that runs here.
        let system = |text: &str| match text.split('(').next().unwrap_or(text).to_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        match parts.as_slice() {
            [one] => {
                let os = system(one);
                if SYSTEMS.contains(&os.as_str()) {
                    return Ok(Platform { os, ..local.clone() });
                }
                let (architecture, variant) = normal(one, "");
                match ARCHITECTURES.contains(&architecture.as_str()) {
                    true => Ok(Platform { os: local.os.clone(), architecture, variant: without_usual(variant) }),
                    false => Err(InvalidPlatform::Unknown(text.to_owned())),
                }
            }
            [os, architecture] => {
                let (architecture, variant) = normal(architecture, "");
                Ok(Platform { os: system(os), architecture, variant: without_usual(variant) })
            }
            [os, architecture, variant] => {
                let (architecture, mut variant) = normal(architecture, variant);
                if architecture == "arm64" && variant.is_empty() {
                    variant = "v8".to_owned();
                }
                Ok(Platform { os: system(os), architecture, variant })
            }
            _ => Err(InvalidPlatform::TooLong(text.to_owned())),
        }
    }

    /// Whether an image of this platform is what is meant by `wanted`: `linux/arm64/v8` is meant by `linux/arm64`, and an image that
    /// does not say its variant by every variant (moby `daemon/images/image.go`, `OnlyPlatformWithFallback`).
    pub fn satisfies(&self, wanted: &Platform) -> bool {
        let (own, other) = (normal(&self.architecture, &self.variant), normal(&wanted.architecture, &wanted.variant));
        self.os == wanted.os && (own == other || self.variant.is_empty() && own.0 == other.0)
    }
}

/// `platforms.normalizeArch`.
fn normal(architecture: &str, variant: &str) -> (String, String) {
    let (architecture, variant) = (architecture.to_lowercase(), variant.to_lowercase());
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", variant) => ("arm64", variant),
        ("armhf", _) => ("arm", "v7"),
        ("armel", _) => ("arm", "v6"),
        ("arm", "" | "7") => ("arm", "v7"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "6") => ("arm", "v6"),
        ("arm", "8") => ("arm", "v8"),
        (architecture, variant) => (architecture, variant),
    };
    (architecture.to_owned(), variant.to_owned())
}

/// The usual variant of 32-bit ARM is not said.
fn without_usual(variant: String) -> String {
    if variant == "v7" { String::new() } else { variant }
}

/// As `platforms.FormatAll`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let os = if self.os.is_empty() { "unknown" } else { &self.os };
        f.write_str(os)?;
        for part in [&self.architecture, &self.variant] {
            if !part.is_empty() {
                write!(f, "/{part}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_the_normal_form() {
        let local = Platform::linux("amd64");
        for (written, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("linux", "linux/amd64"),
            ("arm64", "linux/arm64"),
            ("aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64/v8"),
            ("linux/x86_64", "linux/amd64"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/arm", "linux/arm"),
            ("windows/amd64", "windows/amd64"),
            ("Linux/AMD64", "linux/amd64"),
        ] {
            assert_eq!(Platform::parse(written, &local).unwrap().to_string(), normal, "{written}");
        }
        for (written, error) in [
            ("bogus", "\"bogus\": unknown operating system or architecture: invalid argument"),
            ("linux/am*64", "\"linux/am*64\": wildcards not yet supported: invalid argument"),
            ("a/b/c/d", "\"a/b/c/d\": cannot parse platform specifier: invalid argument"),
        ] {
            assert_eq!(Platform::parse(written, &local).unwrap_err().to_string(), error);
        }
        assert!(Platform::parse("linux/", &local).is_err());
    }

    #[test]
    fn version_8_of_arm64_need_not_be_said() {
        let local = Platform::linux("amd64");
        let full = Platform::parse("linux/arm64/v8", &local).unwrap();
        assert!(full.satisfies(&Platform::linux("arm64")) && Platform::linux("arm64").satisfies(&full));
        assert!(!full.satisfies(&local));
    }
}
