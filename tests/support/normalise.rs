//! Makes two answers comparable: IDs, times, sizes, generated names, ephemeral ports and subnets become placeholders.
//!
//! Promises: the same as `../shared/tools/parity`, from which it is taken over rule by rule, so that both agree on what
//! counts. It keeps state for a scenario: the same ID keeps the same placeholder from line to line.

use std::collections::BTreeMap;

use regex::{Captures, Regex};

const AGO: &str = r"(?:Less than a second|About a minute|About an hour|\d+ (?:seconds?|minutes?|hours?))";

/// Exit code, standard output and standard error, normalised.
pub type Answer = (Option<i32>, String, String);

/// The rules, and what one side of a scenario has shown so far.
pub struct Normaliser {
    rules: Rules,
    ids: Vec<String>,
    names: BTreeMap<String, String>,
    ports: BTreeMap<String, String>,
    macs: BTreeMap<String, String>,
    nets: BTreeMap<String, String>,
}

struct Rules {
    step: Regex,
    step_line: Regex,
    skipped: Regex,
    timed: Regex,
    time: Regex,
    go_time: Regex,
    id: Regex,
    name: Regex,
    up: Regex,
    ago: Regex,
    mac: Regex,
    address: Regex,
    port: Regex,
    reference: Regex,
    leading_time: Regex,
    numbered_time: Regex,
    seconds: Regex,
    size: Regex,
    import: Regex,
    descriptor: Regex,
    reclaimed: Regex,
    padding: Regex,
    trailing: Regex,
    top: Regex,
    process: Regex,
    pid: Regex,
}

fn rule(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a rule is a regular expression")
}

fn words(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("|")
}

impl Rules {
    fn new() -> Rules {
        let (left, right) = (words(include_str!("names-left.txt")), words(include_str!("names-right.txt")));
        Rules {
            step: rule(r"(?m)^#\d+ "),
            step_line: rule(r"^#(\d+) ?(.*)$"),
            skipped: rule(
                r"^(?:sha256:|extracting |transferring |DONE |resolve |exporting |writing image |naming to |\.\.\.$|$)",
            ),
            timed: rule(r"^\d+\.\d+ "),
            time: rule(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"),
            go_time: rule(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \w+"),
            id: rule(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b"),
            name: rule(&format!(r"\b(?:{left})_(?:{right})\d?\b")),
            up: rule(&format!(r"\bUp {AGO}")),
            ago: rule(&format!(r"\b{AGO} ago")),
            mac: rule(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"),
            address: rule(r"\b(172|192)\.(\d+)\.(\d+)\.(\d+)(/(?:16|20)\b)?"),
            port: rule(r"([:\]])(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|4\d{4}|5\d{4}|60\d{3})\b(/udp\s*:)?"),
            reference: rule(r"ref [0-9a-z-]+-<?[0-9a-z:]+>?::[0-9a-z]+"),
            leading_time: rule(r"(?m)^\d+\.\d+ "),
            numbered_time: rule(r"(?m)^(#\d+ )\d+\.\d+ "),
            seconds: rule(r"\b\d+\.\d+s\b"),
            size: rule(r"\b(\d+(?:\.\d+)?)(kB|MB|GB)\b"),
            import: rule(r"docker-import-\d+"),
            descriptor: rule(r"dstFd=/proc/thread-self/fd/\d+"),
            reclaimed: rule(r"(?m)(Total reclaimed space: ).*$"),
            padding: rule(r"(\S)  +"),
            trailing: rule(r"(?m)[ \t]+$"),
            top: rule(r"docker (compose .*)?top "),
            process: rule(r"(?m)\b\d{3,}  \d{3,}  \d  \d\d:\d\d"),
            pid: rule(r"(?m)^\d{3,}(  )"),
        }
    }
}

/// The placeholder of a text: the one it has, or the next.
fn placeholder(known: &mut BTreeMap<String, String>, text: &str, kind: &str) -> String {
    let next = format!("<{kind}{}>", known.len() + 1);
    known.entry(text.to_owned()).or_insert(next).clone()
}

impl Normaliser {
    /// A normaliser for one side of a scenario.
    pub fn new() -> Normaliser {
        Normaliser {
            rules: Rules::new(),
            ids: Vec::new(),
            names: BTreeMap::new(),
            ports: BTreeMap::new(),
            macs: BTreeMap::new(),
            nets: BTreeMap::new(),
        }
    }

    /// Normalises what a command gave.
    pub fn answer(&mut self, command: &str, unordered: bool, exit: Option<i32>, out: &str, err: &str) -> Answer {
        let (mut out, mut err) = (self.text(out), self.text(err));
        if unordered {
            for text in [&mut out, &mut err] {
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                lines.sort_unstable();
                *text = lines.concat();
            }
        }
        if self.rules.top.is_match(command) {
            out = self.rules.process.replace_all(&out, "<pid>  <ppid>  0  <hh:mm>").into_owned();
            out = self.rules.pid.replace_all(&out, "<pid>$1").into_owned();
        }
        (exit, out, err)
    }

    /// Plain progress: step numbers and the interleaving of parallel steps are not significant.
    fn build(&self, text: &str) -> String {
        if !self.rules.step.is_match(text) {
            return text.to_owned();
        }
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut rest = Vec::new();
        for line in text.split('\n') {
            let Some(found) = self.rules.step_line.captures(line) else {
                rest.push(line);
                continue;
            };
            let (number, said) = (found.get(1).map_or("", |m| m.as_str()), found.get(2).map_or("", |m| m.as_str()));
            match groups.iter_mut().find(|(known, _)| *known == number) {
                Some((_, lines)) => lines.push(said),
                None => groups.push((number, vec![said])),
            }
        }
        let mut blocks = Vec::new();
        for (_, lines) in groups {
            let mut lines: Vec<&str> = lines.into_iter().filter(|line| !self.rules.skipped.is_match(line)).collect();
            if lines.first().is_some_and(|first| first.contains("FROM ")) {
                lines.retain(|line| *line != "CACHED");
            }
            let mut once: Vec<&str> = Vec::new();
            for line in lines {
                if !once.contains(&line) {
                    once.push(line);
                }
            }
            let Some((first, tail)) = once.split_first() else { continue };
            let mut tail: Vec<&str> = tail.to_vec();
            if once.join(" ").contains("WARN") {
                tail.sort_unstable();
            }
            let tail = tail.into_iter().map(|line| format!("   {}", self.rules.timed.replace(line, "")));
            blocks.push(std::iter::once(format!("[step] {first}")).chain(tail).collect::<Vec<_>>().join("\n"));
        }
        blocks.sort_unstable();
        let rest: Vec<&str> = rest.into_iter().filter(|line| !line.trim().is_empty()).collect();
        format!("{}\n{}\n", blocks.join("\n"), rest.join("\n"))
    }

    fn id(&mut self, text: &str) -> String {
        for (index, known) in self.ids.iter_mut().enumerate() {
            if known.starts_with(text) || text.starts_with(known.as_str()) {
                if text.len() > known.len() {
                    text.clone_into(known);
                }
                return format!("<id{}:{}>", index + 1, text.len());
            }
        }
        self.ids.push(text.to_owned());
        format!("<id{}:{}>", self.ids.len(), text.len())
    }

    fn address(&mut self, found: &Captures<'_>) -> String {
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        let number = |index: usize| part(index).parse::<u32>().unwrap_or(0);
        let (key, rest) = match part(1) {
            "172" if (18..=31).contains(&number(2)) => (format!("172.{}", part(2)), format!("{}.{}", part(3), part(4))),
            "192" if part(2) == "168" => {
                (format!("192.168.{}", number(3) / 16 * 16), format!("{}.{}", number(3) % 16, part(4)))
            }
            _ => return part(0).to_owned(),
        };
        let net = placeholder(&mut self.nets, &key, "net");
        format!("{net}.{rest}{}", if found.get(5).is_some() { "/<plen>" } else { "" })
    }

    fn text(&mut self, text: &str) -> String {
        let mut text = self.build(text);
        text = self.rules.time.replace_all(&text, "<time>").into_owned();
        text = self.rules.go_time.replace_all(&text, "<time>").into_owned();
        let rule = self.rules.id.clone();
        text = rule.replace_all(&text, |found: &Captures<'_>| self.id(&found[0])).into_owned();
        let rule = self.rules.name.clone();
        let names = &mut self.names;
        text = rule.replace_all(&text, |found: &Captures<'_>| placeholder(names, &found[0], "name")).into_owned();
        text = self.rules.up.replace_all(&text, "Up <dur>").into_owned();
        text = self.rules.ago.replace_all(&text, "<ago>").into_owned();
        let macs = &mut self.macs;
        let rule = &self.rules.mac;
        text = rule.replace_all(&text, |found: &Captures<'_>| placeholder(macs, &found[0], "mac")).into_owned();
        let rule = self.rules.address.clone();
        text = rule.replace_all(&text, |found: &Captures<'_>| self.address(found)).into_owned();
        let ports = &mut self.ports;
        let port = |found: &Captures<'_>| match found.get(3) {
            Some(_) => found[0].to_owned(),
            None => format!("{}{}", &found[1], placeholder(ports, &found[2], "eport")),
        };
        text = self.rules.port.replace_all(&text, port).into_owned();
        text = self.rules.reference.replace_all(&text, "ref <ref>").into_owned();
        if text.contains("[step]") || text.contains("--------------------") {
            text = self.rules.leading_time.replace_all(&text, "<t> ").into_owned();
            let mut warnings: Vec<&str> = text.split('\n').filter(|line| line.starts_with(" - ")).collect();
            warnings.sort_unstable();
            let mut warnings = warnings.into_iter();
            let sorted = |line| if str::starts_with(line, " - ") { warnings.next().unwrap_or(line) } else { line };
            text = text.split('\n').map(sorted).collect::<Vec<_>>().join("\n");
        }
        text = self.rules.numbered_time.replace_all(&text, "${1}<t> ").into_owned();
        text = self.rules.seconds.replace_all(&text, "<t>s").into_owned();
        let allowed = text.contains("allowed");
        let size = |found: &Captures<'_>| match allowed && &found[0] == "6MB" {
            true => found[0].to_owned(),
            false => "<size>".to_owned(),
        };
        text = self.rules.size.replace_all(&text, size).into_owned();
        text = self.rules.import.replace_all(&text, "docker-import-<n>").into_owned();
        text = self.rules.descriptor.replace_all(&text, "dstFd=/proc/thread-self/fd/<n>").into_owned();
        text = self.rules.reclaimed.replace_all(&text, "$1<size>").into_owned();
        text = self.rules.padding.replace_all(&text, "$1  ").into_owned();
        self.rules.trailing.replace_all(&text, "").into_owned()
    }
}
