//! Platforms as people write them: `linux/arm64`, `arm64`, `linux/arm/v7` (`platforms.Parse` of containerd).
//!
//! Promises: what comes back is `os/architecture[/variant]`, in containerd's normal form. Must not know: what runs where.

/// The platform that `text` names, or what is wrong with it.
///
/// # Errors
/// containerd's words, without the text itself.
pub fn parse(text: &str) -> Result<String, &'static str> {
    if text.contains('*') {
        return Err("wildcards not yet supported");
    }
    let parts: Vec<&str> = text.split('/').collect();
    let is_word = |part: &&str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
    };
    if !parts.iter().all(is_word) {
        return Err("component must match \"^[A-Za-z0-9_.-]+$\"");
    }
    match parts.as_slice() {
        [one] => {
            let (system, architecture) = (normal_system(one), normal_architecture(one, ""));
            if is_known_system(&system) {
                Ok(format!("{system}/amd64"))
            } else if is_known_architecture(&architecture) {
                Ok(format!("linux/{architecture}"))
            } else {
                Err("unknown operating system or architecture")
            }
        }
        [system, architecture] => Ok(format!("{}/{}", normal_system(system), normal_architecture(architecture, ""))),
        [system, architecture, variant] => {
            Ok(format!("{}/{}", normal_system(system), normal_architecture(architecture, variant)))
        }
        _ => Err("cannot parse platform specifier"),
    }
}

fn normal_system(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "macos" => "darwin".to_owned(),
        system => system.to_owned(),
    }
}

fn normal_architecture(text: &str, variant: &str) -> String {
    let (architecture, variant) = match (text.to_lowercase().as_str(), variant.to_lowercase().as_str()) {
        ("i386", _) => ("386".to_owned(), String::new()),
        ("x86_64" | "x86-64" | "amd64", variant) => {
            ("amd64".to_owned(), if variant == "v1" { String::new() } else { variant.to_owned() })
        }
        ("aarch64" | "arm64", variant) => {
            ("arm64".to_owned(), if matches!(variant, "8" | "v8") { String::new() } else { variant.to_owned() })
        }
        ("armhf", _) => ("arm".to_owned(), "v7".to_owned()),
        ("armel", _) => ("arm".to_owned(), "v6".to_owned()),
        ("arm", "" | "7") => ("arm".to_owned(), "v7".to_owned()),
        ("arm", variant) => ("arm".to_owned(), format!("v{}", variant.trim_start_matches('v'))),
        (architecture, variant) => (architecture.to_owned(), variant.to_owned()),
    };
    if variant.is_empty() { architecture } else { format!("{architecture}/{variant}") }
}

fn is_known_system(text: &str) -> bool {
    matches!(
        text,
        "aix"
            | "android"
            | "darwin"
            | "dragonfly"
            | "freebsd"
            | "hurd"
            | "illumos"
            | "ios"
            | "js"
            | "linux"
            | "nacl"
            | "netbsd"
            | "openbsd"
            | "plan9"
            | "solaris"
            | "windows"
            | "zos"
    )
}

fn is_known_architecture(text: &str) -> bool {
    let name = text.split('/').next().unwrap_or_default();
    matches!(
        name,
        "386"
            | "amd64"
            | "arm"
            | "arm64"
            | "loong64"
            | "mips"
            | "mips64"
            | "mips64le"
            | "mipsle"
            | "ppc64"
            | "ppc64le"
            | "riscv64"
            | "s390x"
            | "wasm"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_read_as_containerd_reads_them() {
        for (text, expected) in [
            ("linux/amd64", "linux/amd64"),
            ("arm64", "linux/arm64"),
            ("aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("windows", "windows/amd64"),
            ("x86_64", "linux/amd64"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(parse("foo"), Err("unknown operating system or architecture"));
        assert_eq!(parse("a/b/c/d"), Err("cannot parse platform specifier"));
    }
}
