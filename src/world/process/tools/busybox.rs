//! BusyBox: one program that is all small tools, in the two builds that people meet.
//!
//! Promises: the tool of the name it is called by, in this build's words; a tool that it has and the model has not is refused in
//! plain words. Must not know: what any tool does.

use super::call::{Call, Flavour, Tool};
use super::shape::immediate;
use super::{GNU_ONLY, TOOLS};
use crate::world::process::program::{Invocation, Program};
use crate::world::process::shell::{Dialect, OwnTool, Shell};

/// What each tool prints when it is asked for help.
const USAGES: &str = include_str!("../../../../assets/programs/busybox-usage.txt");

/// The names under which BusyBox is a shell.
const SHELLS: [&str; 2] = ["ash", "sh"];

/// A build of BusyBox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// That of Docker Hub's busybox and alpine: nearly all tools. Its shell starts them from their files.
    Hub,
    /// Debian's static one, in images that people make themselves. Its shell runs the tools that it has without a file.
    Debian,
}

/// Whether a word is in a list with blanks between. Every program that begins comes by here.
fn lists(words: &str, word: &str) -> bool {
    let ends = |text: Option<u8>| text.is_none_or(|byte| byte == b' ');
    let bytes = words.as_bytes();
    !word.contains(' ')
        && words.match_indices(word).any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied();
            ends(before) && ends(bytes.get(at + word.len()).copied())
        })
}

impl Edition {
    /// The first line of its banner and of every usage.
    pub fn banner(self) -> &'static str {
        match self {
            Edition::Hub => "BusyBox v1.36.1 (2024-06-10 07:11:47 UTC) multi-call binary.",
            Edition::Debian => "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.",
        }
    }

    /// The names of its tools, sorted.
    pub fn applets(self) -> Vec<&'static str> {
        let mut names: Vec<&str> = match self {
            Edition::Debian => DEBIAN.split(' ').collect(),
            Edition::Hub => {
                let modelled = TOOLS.iter().map(|(name, _)| *name).filter(|name| !GNU_ONLY.contains(name));
                modelled.chain(SHELLS).chain(MISSING.split(' ')).collect()
            }
        };
        names.sort_unstable();
        names.dedup();
        names
    }

    fn has(self, name: &str) -> bool {
        match self {
            Edition::Debian => lists(DEBIAN, name),
            Edition::Hub => !GNU_ONLY.contains(&name),
        }
    }

    /// Its shell.
    fn shell(self, invocation: &Invocation) -> Box<dyn Program> {
        let shell = Shell::new(Dialect::Ash, invocation);
        match self {
            Edition::Hub => Box::new(shell),
            Edition::Debian => Box::new(shell.with_tools(own_tool)),
        }
    }

    /// The program for an invocation: the tool of the name it is called by, or of its first argument.
    pub fn program(self, invocation: &Invocation) -> Box<dyn Program> {
        let mut invocation = invocation.clone();
        let flavour = Flavour::BusyBox(self);
        if invocation.called_as() == "busybox" {
            match invocation.arguments.get(1).map(String::as_str) {
                None | Some("--help") => return immediate(Call::new(&invocation, flavour), banner),
                Some("--list") => return immediate(Call::new(&invocation, flavour), list),
                Some("--install") => return immediate(Call::new(&invocation, flavour), install),
                Some(_) => drop(invocation.arguments.remove(0)),
            }
        }
        let name = invocation.called_as().trim_start_matches('-').to_owned();
        if SHELLS.contains(&name.as_str()) {
            let asks = invocation.operands() == ["--help"];
            return if asks { immediate(Call::new(&invocation, flavour), help) } else { self.shell(&invocation) };
        }
        let call = Call::new(&invocation, flavour);
        match TOOLS.iter().find(|(known, _)| *known == name && self.has(known)) {
            Some((_, build)) => build(call),
            None => immediate(call, absent),
        }
    }
}

/// How the shell of Debian's build runs one of its own tools.
fn own_tool(name: &str) -> Option<OwnTool> {
    if !Edition::Debian.has(name) {
        return None;
    }
    Some(if COPIES.split(' ').any(|known| known == name) { OwnTool::Copy } else { OwnTool::Program })
}

/// What a tool prints when it is asked for help, behind the banner; none for a tool that the text does not know.
pub fn usage(name: &str) -> Option<&'static str> {
    let (_, rest) = USAGES.split_once(&format!("\n= {name}\n"))?;
    Some(rest.find("\n= ").map_or(rest, |end| &rest[..=end]))
}

fn edition(tool: &Tool<'_, '_>) -> Edition {
    match tool.call.flavour {
        Flavour::BusyBox(edition) => edition,
        Flavour::Gnu => Edition::Hub,
    }
}

fn absent(tool: &mut Tool<'_, '_>) -> i32 {
    let known = lists(MISSING, &tool.call.name) || lists(DEBIAN, &tool.call.name);
    if known && edition(tool).has(&tool.call.name) {
        tool.not_modelled("this tool");
        return 126;
    }
    tool.complain("applet not found");
    127
}

fn help(tool: &mut Tool<'_, '_>) -> i32 {
    let text = format!("{}\n\n{}", edition(tool).banner(), usage("sh").unwrap_or_default());
    tool.output.push(2, text.as_bytes());
    0
}

fn list(tool: &mut Tool<'_, '_>) -> i32 {
    for name in edition(tool).applets() {
        tool.say(name);
    }
    0
}

fn install(tool: &mut Tool<'_, '_>) -> i32 {
    tool.not_modelled("--install")
}

fn banner(tool: &mut Tool<'_, '_>) -> i32 {
    let edition = edition(tool);
    tool.say(edition.banner());
    tool.out(BANNER);
    let mut line = String::new();
    for name in edition.applets() {
        if line.len() + name.len() + 2 > WIDTH {
            tool.say(format_args!("\t{}", line.trim_end()));
            line.clear();
        }
        line.push_str(name);
        line.push_str(", ");
    }
    tool.say(format_args!("\t{}", line.trim_end_matches(", ")));
    tool.say("");
    0
}

/// Characters of a line of names in the banner.
const WIDTH: usize = 72;

/// The banner after its first line.
const BANNER: &str = "\
BusyBox is copyrighted by many authors between 1998-2015.
Licensed under GPLv2. See source distribution for detailed
copyright notices.

Usage: busybox [function [arguments]...]
   or: busybox --list[-full]
   or: busybox --install [-s] [DIR]
   or: function [arguments]...

\tBusyBox is a multi-call binary that combines many common Unix
\tutilities into a single executable.  The shell in this build
\tis configured to run built-in utilities without $PATH search.
\tYou don't need to install a link to busybox for each utility.
\tTo run external program, use full path (/sbin/ip instead of ip).

Currently defined functions:
";

/// Debian's tools (`busybox --list` of busybox-static 1.35).
const DEBIAN: &str = "\
    [ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blockdev brctl bunzip2 busybox \
    bzcat bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 crond crontab cttyhack cut date dc dd \
    deallocvt depmod devmem df diff dirname dmesg dnsdomainname dos2unix dpkg dpkg-deb du dumpkmap dumpleases echo ed \
    egrep env expand expr factor fallocate false fatattr fdisk fgrep find findfs fold free freeramdisk fsfreeze fstrim \
    ftpget ftpput getopt getty grep groups gunzip gzip halt head hexdump hostid hostname httpd hwclock i2cdetect \
    i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifup init insmod ionice ip ipcalc ipneigh kill killall klogd \
    last less link linux32 linux64 linuxrc ln loadfont loadkmap logger login logname logread losetup ls lsmod lsscsi \
    lzcat lzma lzop md5sum mdev microcom mim mkdir mkdosfs mke2fs mkfifo mknod mkpasswd mkswap mktemp modinfo modprobe \
    more mount mt mv nameif nc netstat nl nologin nproc nsenter nslookup nuke od openvt partprobe passwd paste patch \
    pidof ping ping6 pivot_root poweroff printf ps pwd rdate readlink realpath reboot renice reset resume rev rm rmdir \
    rmmod route rpm rpm2cpio run-init run-parts sed seq setkeycodes setpriv setsid sh sha1sum sha256sum sha3sum \
    sha512sum shred shuf sleep sort ssl_client start-stop-daemon stat strings stty su sulogin svc svok swapoff swapon \
    switch_root sync sysctl syslogd tac tail tar taskset tc tee telnet telnetd test tftp time timeout top touch tr \
    traceroute traceroute6 true truncate ts tty tunctl ubirename udhcpc udhcpd uevent umount uname uncompress unexpand \
    uniq unix2dos unlink unlzma unshare unxz unzip uptime usleep uudecode uuencode vconfig vi w watch watchdog wc wget \
    which who whoami xargs xxd xz xzcat yes zcat";

/// Tools that run in a copy of the shell, which keeps its command line (`APPLET_NOEXEC` and `APPLET_NOFORK` of BusyBox's sources).
const COPIES: &str = "\
    [ [[ add-shell addgroup adduser adjtimex arch awk basename blkdiscard blkid blockdev brctl cal chattr chgrp chmod \
    chown chroot chvt cksum clear cp crc32 cttyhack cut date dd deallocvt delgroup deluser df dirname dnsdomainname \
    dos2unix dumpkmap dumpleases echo env expr false fatattr find fold free freeramdisk fsfreeze fstrim fsync getopt \
    groups hd head hexdump hostid hostname id ifenslave insmod ionice ip ipaddr ipcalc ipcrm ipcs iplink ipneigh \
    iproute iprule iptunnel kbd_mode kill killall killall5 link linux32 linux64 ln loadfont loadkmap logname losetup \
    ls lsattr lsmod lsscsi lsusb md5sum mesg mkdir mkfifo mknod mkpasswd mktemp modinfo modprobe mountpoint mv nameif \
    nbd-client nice nohup nproc nuke partprobe paste pivot_root printenv printf ps pstree pwd pwdx raidautorun rdev \
    readlink realpath remove-shell renice reset resize resume rm rmdir rmmod seq setconsole setfont setkeycodes \
    setlogcons setserial sha1sum sha256sum sha3sum sha512sum shuf softlimit sort stat stty sulogin svok sync sysctl \
    tac taskset test touch true truncate tty ttysize tunctl umount uname unix2dos unlink uptime users usleep vconfig w \
    which who whoami xargs xxd yes";

/// Tools that real BusyBox builds have and the model has not.
const MISSING: &str = "\
    acpid add-shell adjtimex ar arp arping ascii bbconfig bc beep blkdiscard blkid blockdev brctl \
    bunzip2 bzcat bzip2 cal chattr chpasswd chroot chvt cksum comm cpio crc32 crond crontab cryptpw cttyhack dc \
    deallocvt depmod devmem dmesg dos2unix dpkg dpkg-deb dumpkmap dumpleases ed eject \
    ether-wake expand factor fallocate fatattr fbset fbsplash fdflush fdisk findfs flock fold freeramdisk fsck fsfreeze \
    fstrim fsync ftpget ftpput fuser getopt getty halt hostid httpd hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer \
    ifdown ifenslave ifup init inotifyd insmod ionice iostat ipaddr ipcalc ipcrm ipcs iplink ipneigh iproute \
    iprule iptunnel kbd_mode killall5 klogd last less lib64 link linux32 linux64 linuxrc loadfont loadkmap logger login \
    logname logread losetup lsattr lsmod lsof lsscsi lsusb lzcat lzma lzop lzopcat makemime mdev mesg microcom mim \
    mkdosfs mke2fs mkfifo mkfs.vfat mknod mkpasswd mkswap modinfo modprobe more mpstat mt nameif nanddump nandwrite \
    nbd-client nmeter nologin nsenter ntpd nuke openvt partprobe passwd paste patch ping6 pipe_progress pivot_root pmap \
    poweroff powertop pscan pstree pwdx raidautorun rdate rdev readahead reboot reformime remove-shell renice \
    reset resize resume rfkill rmmod rpm rpm2cpio run-init run-parts sendmail setconsole setfont setkeycodes setlogcons \
    setpriv setserial sha3sum showkey shred shuf slattach split ssl_client start-stop-daemon strings stty sulogin sum \
    svc svok swapoff swapon switch_root syslogd taskset tc telnet telnetd tftp time traceroute traceroute6 tree \
    ts ttysize tunctl ubirename udhcpc udhcpc6 udhcpd uevent uncompress unexpand unix2dos unlzma unlzop unshare \
    unxz unzip usleep uudecode uuencode vconfig vi vlock volname w watchdog who whois xxd xz xzcat zcip";
