//! The small tools that containers and the host have.
//!
//! Promises: each speaks as BusyBox's does when it is called through `busybox`, and as GNU's does when it is a program
//! of its own; what is not modelled is refused in plain words. What two callers need (the tool and the shell's built-in
//! of the same name: `echo`, `printf`, `test`) is a pure function. Must not know Docker.
//!
//! Start reading at [`register`], then [`shape`], then any tool.

pub mod accounts;
pub mod archive;
pub mod awk;
pub mod busybox;
pub mod call;
pub mod cat;
pub mod checksum;
pub mod compare;
pub mod conversion;
pub mod copy;
pub mod count;
pub mod cut;
pub mod dd;
pub mod echo;
pub mod files;
pub mod find;
pub mod grep;
pub mod head;
pub mod identity;
pub mod launch;
pub mod list;
pub mod mode;
pub mod mount;
pub mod netcat;
pub mod network;
pub mod options;
pub mod permissions;
pub mod printf;
pub mod processes;
pub mod regex;
pub mod sed;
pub mod sed_script;
pub mod shape;
pub mod size;
pub mod small;
pub mod sort;
pub mod status;
pub mod su;
pub mod sysctl;
pub mod test;
pub mod timeout;
pub mod top;
pub mod url;
pub mod users;
pub mod web;
pub mod xargs;

use std::sync::Arc;

use self::busybox::Edition;
use self::call::{Call, Flavour, Tool};
use self::shape::{filter, immediate, machine};
use super::packages;
use super::program::{Invocation, Program, ProgramTable};
use super::python;
use super::service::{self, Services};
use super::shell::{Dialect, Shell};

type Build = fn(Call) -> Box<dyn Program>;

/// Every tool, by name.
const TOOLS: &[(&str, Build)] = &[
    ("[", |call| immediate(call, small::test)),
    ("[[", |call| immediate(call, small::test)),
    ("addgroup", |call| immediate(call, users::addgroup)),
    ("adduser", |call| immediate(call, users::adduser)),
    ("arch", |call| immediate(call, identity::arch)),
    ("awk", machine::<awk::Awk>),
    ("base64", filter::<checksum::Base64>),
    ("basename", |call| immediate(call, small::basename)),
    ("cat", filter::<cat::Cat>),
    ("chgrp", |call| immediate(call, permissions::chown)),
    ("chmod", |call| immediate(call, permissions::chmod)),
    ("chown", |call| immediate(call, permissions::chown)),
    ("clear", |call| immediate(call, small::clear)),
    ("cmp", |call| immediate(call, compare::cmp)),
    ("cp", |call| immediate(call, copy::cp)),
    ("curl", machine::<web::Web>),
    ("cut", filter::<cut::Cut>),
    ("date", |call| immediate(call, identity::date)),
    ("dd", machine::<dd::Copy>),
    ("delgroup", |call| immediate(call, users::delete)),
    ("deluser", |call| immediate(call, users::delete)),
    ("df", |call| immediate(call, status::df)),
    ("diff", |call| immediate(call, compare::diff)),
    ("dirname", |call| immediate(call, small::dirname)),
    ("dnsdomainname", |call| immediate(call, identity::domain_name)),
    ("du", |call| immediate(call, status::du)),
    ("echo", |call| immediate(call, small::echo)),
    ("egrep", filter::<grep::Grep>),
    ("env", machine::<launch::Become>),
    ("expr", |call| immediate(call, compare::expr)),
    ("false", |call| immediate(call, small::fail)),
    ("fgrep", filter::<grep::Grep>),
    ("find", machine::<find::Find>),
    ("free", |call| immediate(call, processes::free)),
    ("getent", |call| immediate(call, identity::getent)),
    ("grep", filter::<grep::Grep>),
    ("groupadd", |call| immediate(call, users::addgroup)),
    ("groupdel", |call| immediate(call, users::delete)),
    ("groups", |call| immediate(call, identity::groups)),
    ("gunzip", |call| immediate(call, archive::gzip)),
    ("gzip", |call| immediate(call, archive::gzip)),
    ("hd", filter::<compare::Dump>),
    ("head", filter::<head::Head>),
    ("hexdump", filter::<compare::Dump>),
    ("hostname", |call| immediate(call, identity::hostname)),
    ("id", |call| immediate(call, identity::id)),
    ("ifconfig", |call| immediate(call, network::ifconfig)),
    ("install", |call| immediate(call, copy::install)),
    ("ip", |call| immediate(call, network::ip)),
    ("kill", |call| immediate(call, processes::kill)),
    ("killall", |call| immediate(call, processes::by_name)),
    ("ln", |call| immediate(call, files::ln)),
    ("ls", |call| immediate(call, list::ls)),
    ("md5sum", filter::<checksum::Checksum>),
    ("mkdir", |call| immediate(call, files::mkdir)),
    ("mktemp", |call| immediate(call, files::mktemp)),
    ("mount", |call| immediate(call, mount::mount)),
    ("mountpoint", |call| immediate(call, status::mountpoint)),
    ("mv", |call| immediate(call, copy::mv)),
    ("nc", machine::<netcat::Netcat>),
    ("netstat", |call| immediate(call, network::netstat)),
    ("nice", machine::<launch::Become>),
    ("nl", filter::<count::Number>),
    ("nohup", machine::<launch::Become>),
    ("nproc", |call| immediate(call, small::nproc)),
    ("nslookup", |call| immediate(call, network::nslookup)),
    ("od", filter::<compare::Dump>),
    ("pgrep", |call| immediate(call, processes::by_name)),
    ("pidof", |call| immediate(call, processes::by_name)),
    ("ping", machine::<network::Ping>),
    ("pkill", |call| immediate(call, processes::by_name)),
    ("printenv", |call| immediate(call, small::printenv)),
    ("printf", |call| immediate(call, small::printf)),
    ("ps", |call| immediate(call, processes::ps)),
    ("pwd", |call| immediate(call, identity::pwd)),
    ("readlink", |call| immediate(call, status::readlink)),
    ("realpath", |call| immediate(call, status::realpath)),
    ("rev", filter::<cat::Reverse>),
    ("rm", |call| immediate(call, files::rm)),
    ("rmdir", |call| immediate(call, files::rmdir)),
    ("route", |call| immediate(call, network::route)),
    ("sed", filter::<sed::Sed>),
    ("seq", |call| immediate(call, small::seq)),
    ("setsid", machine::<launch::Become>),
    ("sha1sum", filter::<checksum::Checksum>),
    ("sha256sum", filter::<checksum::Checksum>),
    ("sha512sum", filter::<checksum::Checksum>),
    ("sleep", machine::<small::Sleep>),
    ("sort", filter::<sort::Sort>),
    ("ss", |call| immediate(call, network::netstat)),
    ("stat", |call| immediate(call, status::stat)),
    ("su", machine::<su::Switch>),
    ("sync", |call| immediate(call, small::sync)),
    ("sysctl", |call| immediate(call, sysctl::sysctl)),
    ("tac", filter::<cat::Reverse>),
    ("tail", filter::<head::Tail>),
    ("tar", machine::<archive::Tar>),
    ("tee", filter::<cat::Tee>),
    ("test", |call| immediate(call, small::test)),
    ("timeout", machine::<timeout::Timeout>),
    ("top", machine::<top::Top>),
    ("touch", |call| immediate(call, files::touch)),
    ("tr", filter::<cut::Translate>),
    ("true", |call| immediate(call, small::succeed)),
    ("truncate", |call| immediate(call, small::truncate)),
    ("tty", |call| immediate(call, small::tty)),
    ("umount", |call| immediate(call, mount::umount)),
    ("uname", |call| immediate(call, identity::uname)),
    ("uniq", filter::<count::Unique>),
    ("unlink", |call| immediate(call, small::unlink)),
    ("uptime", |call| immediate(call, identity::uptime)),
    ("useradd", |call| immediate(call, users::useradd)),
    ("userdel", |call| immediate(call, users::delete)),
    ("usermod", |call| immediate(call, users::useradd)),
    ("watch", machine::<top::Watch>),
    ("wc", filter::<count::Count>),
    ("wget", machine::<web::Web>),
    ("which", |call| immediate(call, small::which)),
    ("whoami", |call| immediate(call, identity::whoami)),
    ("xargs", machine::<xargs::Xargs>),
    ("yes", machine::<small::Yes>),
    ("zcat", |call| immediate(call, archive::gzip)),
];

/// Tools that BusyBox has not.
const GNU_ONLY: [&str; 8] = ["curl", "getent", "groupadd", "groupdel", "ss", "useradd", "userdel", "usermod"];

/// Adds every tool under its own name, speaking as GNU's, and `busybox`, which is any of them by the name it is called
/// by, and the answer for programs that images have and the model has not.
pub fn register(table: &mut ProgramTable) {
    for (name, build) in TOOLS {
        table.insert(*name, |invocation: &Invocation| build(Call::new(invocation, Flavour::Gnu)));
    }
    table.insert_for_images("busybox", |invocation: &Invocation| Edition::Hub.program(invocation));
    table.insert_for_images("busybox-debian", |invocation: &Invocation| Edition::Debian.program(invocation));
    table.set_fallback(|invocation: &Invocation| immediate(Call::new(invocation, Flavour::Gnu), missing_program));
}

/// The table of everything that the model itself has: the tools, the shells, the services and the package managers. The docker client is added by the
/// client.
pub fn standard() -> ProgramTable {
    let mut table = ProgramTable::new();
    register(&mut table);
    for name in ["sh", "dash"] {
        table.insert(name, |invocation: &Invocation| Box::new(Shell::new(Dialect::Dash, invocation)));
    }
    // bash's own extensions are not modelled; the scripts of the images that name it use none.
    table.insert_for_images("bash", |invocation: &Invocation| Box::new(Shell::new(Dialect::Dash, invocation)));
    let services = Arc::new(Services::shipped());
    service::register(&mut table, &services);
    packages::register(&mut table);
    python::register(&mut table, &services);
    table
}

fn missing_program(tool: &mut Tool<'_, '_>) -> i32 {
    tool.complain("this program is not modelled in Layerlab");
    126
}
