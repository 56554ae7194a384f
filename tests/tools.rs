//! The small tools in the model's shell, compared with what BusyBox and GNU's tools answered (`tests/tools/*.txt`, recorded by
//! `tests/tools/record.py` and never edited by hand), and what only the model can be asked.

use std::sync::Arc;

use layerlab::world::clock::Time;
use layerlab::world::filesystem::content::Content;
use layerlab::world::machine::MachineSettings;
use layerlab::world::process::descriptor::Stream;
use layerlab::world::process::tools;
use layerlab::world::registry::Registry;
use layerlab::world::{Action, Ending, World, WorldSettings};

/// A world whose host has GNU's tools in `/bin`, Debian's BusyBox with a link for each of its tools in `/bb`, and Docker Hub's in `/hub`.
fn world() -> World {
    let mut world = World::new(&WorldSettings {
        seed: 1,
        start: Time::WORLD_START,
        machines: vec![MachineSettings::default()],
        programs: Arc::new(tools::standard()),
        registry: Registry::default(),
    });
    for (folder, name) in [("bb", "busybox-debian"), ("hub", "busybox")] {
        let busybox = Content::Program { name: name.into(), size: 1 << 20 };
        world.put_host_file(&format!("/{folder}/busybox"), busybox).expect("the disk takes it");
        let links = "chmod 755 busybox; for name in $(./busybox --list); do ln -s busybox $name; done 2>/dev/null";
        run(&mut world, &format!("mkdir -p /work; cd /{folder}; {links}"));
    }
    world
}

/// Runs a line; gives what it wrote on both streams, and how it ended.
fn run(world: &mut World, line: &str) -> (String, String, Option<i32>) {
    let outcome = world.act(&Action::Command(line.to_owned()));
    (outcome.text(Stream::Stdout), outcome.text(Stream::Stderr), outcome.exit_code())
}

fn output(line: &str) -> String {
    let (stdout, stderr, code) = run(&mut world(), line);
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{line}");
    stdout
}

/// What was recorded: a line, what it wrote, how it ended.
fn recorded(kind: &str) -> Vec<(String, String, i32)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools");
    let mut cases = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("one").path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.to_string_lossy().ends_with(&format!(".{kind}.txt"))) {
        let text = std::fs::read_to_string(file).expect("it was recorded");
        let blocks = text.split("\n=== exit ").collect::<Vec<_>>();
        for pair in blocks.windows(2) {
            let (line, stdout) =
                pair[0].split_once("\n=== ").and_then(|(_, block)| block.split_once('\n')).expect("a case");
            let code = pair[1].split('\n').next().and_then(|code| code.parse().ok()).expect("an exit code");
            cases.push((line.to_owned(), stdout.to_owned(), code));
        }
    }
    assert!(cases.len() > 150, "only {} lines", cases.len());
    cases
}

/// The usage of BusyBox is told in a line of its own, after a banner with the version: only that there is one is compared.
fn comparable(text: &str) -> String {
    match text.find("BusyBox v1.") {
        Some(at) => format!("{}(usage)", &text[..at]),
        None => text.to_owned(),
    }
}

fn compare(kind: &str, path: &str) {
    let start = world();
    let mut wrong = Vec::new();
    let cases = recorded(kind);
    for (line, expected, code) in &cases {
        let script = format!("exec 2>&1; {line}").replace('\'', r"'\''");
        let script = format!("cd /work; export PATH={path} LC_ALL=C TZ=UTC; exec sh -c '{script}'");
        let (stdout, stderr, status) = run(&mut start.clone(), &script);
        if comparable(&stdout) != comparable(expected) || status != Some(*code) {
            wrong.push(format!("$ {line}\n--- {kind} ({code})\n{expected}--- layerlab ({status:?})\n{stdout}{stderr}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn lines_give_what_busybox_gave() {
    compare("busybox", "/bb");
}

#[test]
fn lines_give_what_gnu_gave() {
    compare("gnu", "/bin");
}

#[test]
fn what_is_not_modelled_is_refused() {
    let (_, stderr, code) = run(&mut world(), "ls -Z");
    assert_eq!((stderr.as_str(), code), ("ls: the option -Z is not modelled in Layerlab\n", Some(2)));
}

#[test]
fn pipes_stream_and_a_reader_that_leaves_ends_the_writer() {
    assert_eq!(output("yes | head -n 2"), "y\ny\n");
    assert_eq!(output("seq 100000 | tail -n 1"), "100000\n");
    assert_eq!(output("cat /dev/zero | head -c 100000 | wc -c"), "100000\n");
}

#[test]
fn large_files_are_written_in_time() {
    assert_eq!(output("dd if=/dev/zero of=/big bs=1M count=100 2>/dev/null; stat -c %s /big"), "104857600\n");
    assert_eq!(output("dd if=/dev/zero of=/big bs=1000 count=5000 2>/dev/null; wc -c < /big"), "5000000\n");
}

/// Starts a service from a file of its own on the host, in the background of a shell line.
fn with_service(program: &str, line: &str) -> (String, String, Option<i32>) {
    let mut world = world();
    world.put_host_file("/srv/service", Content::Program { name: program.into(), size: 1 << 20 }).expect("it fits");
    run(&mut world, &format!("chmod 755 /srv/service; {line}"))
}

#[test]
fn a_web_server_answers_logs_and_ends_by_its_signal() {
    let line = "mkdir -p /usr/share/nginx/html /etc/nginx; echo hi > /usr/share/nginx/html/index.html
        echo 'events {} http { server { listen 80; root /usr/share/nginx/html; } }' > /etc/nginx/nginx.conf; NGINX_VERSION=1.29.3; export NGINX_VERSION
        /srv/service -g 'daemon off;' 2>/log & sleep 1; wget -qO- http://localhost/; curl -s -o /dev/null -w '%{http_code}' http://localhost/x
        ps -e -o args= | grep -c '[n]ginx: '; kill -QUIT $!; wait $!; echo $?; grep -c 'GET / HTTP/1.1. 200 3' /log; grep -c worker /log";
    let (stdout, stderr, code) = with_service("nginx", line);
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("hi\n4045\n0\n1\n5\n", "", Some(0)));
}

#[test]
fn redis_answers_and_a_refused_connection_says_so() {
    let line = "/srv/service >/log & sleep 1; printf 'PING\\r\\nSET a 1\\r\\nGET a\\r\\nQUIT\\r\\n' | nc localhost 6379; kill -TERM $!; wait $!; echo $?; grep -c Ready /log";
    let (stdout, stderr, code) = with_service("redis-server", line);
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("+PONG\r\n+OK\r\n$1\r\n1\r\n+OK\r\n0\n1\n", "", Some(0)));
    let (stdout, stderr, code) = run(&mut world(), "PATH=/bb wget -qO- http://localhost:81/");
    let refused = "wget: can't connect to remote host (127.0.0.1): Connection refused\n";
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("", refused, Some(1)));
}

#[test]
fn proc_tells_of_the_machine() {
    assert_eq!(output("grep -c processor /proc/cpuinfo; head -n 1 /proc/meminfo"), "4\nMemTotal:       16777216 kB\n");
    assert_eq!(output("echo out > /proc/self/fd/1"), "out\n");
}

#[test]
fn accounts_are_made_as_alpine_and_debian_make_them() {
    let alpine = "PATH=/hub; addgroup -S web; adduser -S -D -H -G web app; id app; grep app /etc/passwd";
    assert_eq!(
        output(alpine),
        "uid=100(app) gid=100(web) groups=100(web)\napp:x:100:100:Linux User,,,:/home/app:/sbin/nologin\n"
    );
    let debian = "useradd -m -u 1500 dev; id dev; stat -c %U /home/dev; tail -n 1 /etc/passwd";
    assert_eq!(
        output(debian),
        "uid=1500(dev) gid=1500(dev) groups=1500(dev)\ndev\ndev:x:1500:1500::/home/dev:/bin/sh\n"
    );
}

#[test]
fn what_starts_programs_without_end_lets_the_clock_move() {
    let mut world = world();
    for body in ["cat /nosuch", "(exit 1)", "echo a | cat", "x=$(echo a)", "sh -c 'exec sh -c :'"] {
        let line = format!("(while :; do {body}; done) >/dev/null 2>&1 & sleep 1; kill $!; echo over");
        let (stdout, _, code) = run(&mut world, &line);
        assert_eq!((stdout.as_str(), code), ("over\n", Some(0)), "{body}");
    }
}

#[test]
fn what_never_ends_is_held_at_the_limit_and_can_be_stopped() {
    let mut world = world();
    let outcome = world.act(&Action::Line("while :; do (exit 1); done".to_owned()));
    assert_eq!(outcome.ending, Ending::Limit);
    assert_eq!(world.act(&Action::Interrupt).ending, Ending::Finished(130));
}
