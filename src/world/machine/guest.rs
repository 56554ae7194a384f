//! A guest's operating system: what lies on its disk, how its kernel is loaded, and the services that it starts.
//!
//! Promises: what is on the disk outlives the power; a guest has no Docker unless somebody installs it.
//! Must not know the hypervisor. The guest's own programs (`sudo`, `apt-get`, `systemctl`) are in `ubuntu/`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::figures::GuestFigures;
use super::{Hardware, Machine, MachineSettings};
use crate::world::context::Context;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Device;
use crate::world::process::Credentials;
use crate::world::process::descriptor::OpenFile;
use crate::world::process::life::Birth;
use crate::world::process::limits::ResourceLimits;
use crate::world::process::vfs::Caller;
use crate::world::process::{Kernel, Pid};

/// The user that a guest is worked in as, with the right to `sudo`.
pub const USER: &str = "ubuntu";
/// That user's number.
pub const USER_ID: u32 = 1000;
/// That user's directory.
pub const HOME: &str = "/home/ubuntu";
/// Where the descriptions of services lie.
pub const UNITS: &str = "/usr/lib/systemd/system";
/// Which services are started at boot: a link for each.
pub const ENABLED: &str = "/etc/systemd/system/multi-user.target.wants";
/// The largest description of a service that is read, in bytes.
const UNIT_LIMIT: u64 = 65_536;

/// Programs of the host that a guest has not.
const HOST_ONLY: [&str; 2] = ["docker", "multipass"];
/// The guest's own programs: where they lie, and their names in the program table.
const PROGRAMS: [(&str, &str); 4] = [
    ("/usr/bin/sudo", "ubuntu-sudo"),
    ("/usr/bin/apt", "ubuntu-apt-get"),
    ("/usr/bin/apt-get", "ubuntu-apt-get"),
    ("/usr/bin/systemctl", "ubuntu-systemctl"),
];

/// A service as systemd describes it, as far as it is modelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    pub description: String,
    /// The words of `ExecStart`.
    pub command: Vec<String>,
    /// `Environment`, in the order of the lines.
    pub environment: Vec<String>,
}

impl Unit {
    /// Reads a description; what is not modelled is left out.
    pub fn parse(text: &str) -> Unit {
        let mut unit = Unit::default();
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match key.trim() {
                "Description" => unit.description = value.to_owned(),
                "ExecStart" => unit.command = words(value),
                "Environment" => unit.environment.extend(words(value)),
                _ => {}
            }
        }
        unit
    }
}

/// Words divided by spaces; quotes keep spaces in a word.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for sign in line.chars() {
        match quote {
            Some(open) if open == sign => quote = None,
            None if sign == '"' || sign == '\'' => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            None if sign.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    words
}

impl Machine {
    /// A guest that is off, with its system on its disk.
    pub(super) fn guest(
        name: &Arc<str>,
        figures: &'static GuestFigures,
        hardware: &Hardware,
        architecture: &str,
        context: &mut Context,
    ) -> Machine {
        let settings = MachineSettings {
            name: name.clone(),
            host_name: name.to_string(),
            hardware: hardware.clone(),
            kernel_release: figures.kernel.clone(),
            architecture: architecture.to_owned(),
            ..MachineSettings::default()
        };
        let mut machine = Machine::bare(&settings, context);
        machine.environment = Arc::from([
            format!("HOME={HOME}"),
            format!("PATH={}", super::host::PATH),
            format!("USER={USER}"),
            "LANG=C.UTF-8".to_owned(),
        ]);
        machine.working_directory = HOME.into();
        machine.install(context, &HOST_ONLY);
        let before = context.events.len();
        let passwd = format!(
            "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n\
             {USER}:x:{USER_ID}:{USER_ID}:Ubuntu:{HOME}:/bin/bash\n"
        );
        let (system, version) = figures.name.split_once(' ').unwrap_or((&figures.name, ""));
        let release = format!(
            "PRETTY_NAME=\"{system} {}\"\nNAME=\"{system}\"\nVERSION_ID=\"{}\"\nID={}\n",
            figures.release,
            version.split_whitespace().last().unwrap_or_default(),
            system.to_lowercase()
        );
        let texts = [
            ("/etc/passwd", passwd),
            ("/etc/group", format!("root:x:0:\nsudo:x:27:{USER}\nwww-data:x:33:\n{USER}:x:{USER_ID}:\n")),
            ("/etc/os-release", release),
            ("/etc/hosts", format!("127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n")),
            (
                "/etc/apt/sources.list",
                "# Ubuntu sources have moved to /etc/apt/sources.list.d/ubuntu.sources\n".to_owned(),
            ),
        ];
        // The disk is empty but for the system: there is room for all of it.
        for (path, text) in texts {
            let _ = machine.put_host_file(context, path, Content::text(text), 0o644);
        }
        for (path, program) in PROGRAMS {
            let content = Content::Program { name: program.into(), size: 300_000 };
            let _ = machine.put_host_file(context, path, content, 0o755);
        }
        for directory in [UNITS, ENABLED, HOME] {
            let keep = format!("{directory}/.keep");
            let _ = machine.put_host_file(context, &keep, Content::empty(), 0o644);
            let root = machine.root();
            let _ = machine.kernel.unlink(context, &root, &keep);
        }
        let root = machine.root();
        let owned = |metadata: &mut crate::world::filesystem::entry::Metadata| {
            (metadata.uid, metadata.gid, metadata.mode) = (USER_ID, USER_ID, 0o750);
        };
        let _ = machine.kernel.set_metadata(context, &root, HOME, true, owned);
        context.events.truncate(before);
        machine.base_disk = figures.disk;
        machine
    }

    /// Loads the kernel: it begins anew, with nothing of the last one but the disk.
    pub(super) fn load_kernel(&mut self, figures: &GuestFigures, context: &mut Context) {
        self.renew_kernel(context);
        let processes = figures.processes.iter().map(|process| process.memory).fold(0, u64::saturating_add);
        self.base_memory = figures.idle_memory.saturating_sub(processes);
    }

    /// Takes the power away: processes are gone, the disk stays.
    pub(super) fn halt(&mut self, context: &mut Context) {
        self.renew_kernel(context);
        self.base_memory = 0;
    }

    fn renew_kernel(&mut self, context: &mut Context) {
        let old = &self.kernel;
        let name = old.host_name(old.host.uts).to_owned();
        let mut kernel = Kernel::new(&old.release, &old.architecture, &name, context.now);
        (kernel.cpus, kernel.memory) = (old.cpus, old.memory);
        if let (Some(disk), Some(fresh)) = (old.union(Kernel::HOST_ROOT), kernel.union_mut(Kernel::HOST_ROOT)) {
            *fresh = disk.clone();
        }
        self.kernel = kernel;
        self.mount_root();
    }

    /// A service's description.
    pub(super) fn unit(&self, name: &str) -> Option<Unit> {
        let path = format!("{UNITS}/{}.service", name.trim_end_matches(".service"));
        let bytes = self.kernel.read_whole(&self.root(), &path, UNIT_LIMIT).ok()?;
        Some(Unit::parse(&String::from_utf8_lossy(&bytes)))
    }

    /// The services that are started at boot, by name, sorted.
    pub(super) fn enabled_units(&self) -> Vec<String> {
        let names = self.kernel.list(&self.root(), ENABLED).unwrap_or_default();
        names.iter().filter_map(|name| name.strip_suffix(".service")).map(str::to_owned).collect()
    }

    /// Starts the services that are enabled. One whose program is gone is not started, as systemd would only note.
    pub(super) fn start_enabled_units(&mut self, context: &mut Context) {
        for name in self.enabled_units() {
            let Some(unit) = self.unit(&name) else { continue };
            let Some(path) = unit.command.first() else { continue };
            let root = Caller { working_directory: "/".into(), ..self.root() };
            let environment = service_environment(&unit);
            let Ok(loaded) = self.kernel.load(context, &root, path, &unit.command, &environment) else { continue };
            let null = OpenFile::Device(Device::Null);
            let descriptors = (0_u32..3).map(|number| (number, self.kernel.add_open_file(null.clone()))).collect();
            let birth = Birth {
                parent: Pid::INIT,
                group: None,
                namespaces: self.kernel.host,
                container: None,
                credentials: Credentials::default(),
                working_directory: "/".into(),
                umask: 0o022,
                limits: ResourceLimits::default(),
                oom_score: 0,
                arguments: loaded.arguments,
                environment: environment.into(),
                executable: loaded.executable,
                name: loaded.name,
                descriptors,
                terminal: false,
                program: loaded.program,
                actions: imbl::OrdMap::new(),
            };
            // A guest that is full of processes starts no more.
            let _ = self.kernel.begin(context, birth);
        }
    }
}

/// The environment that systemd gives a service.
pub fn service_environment(unit: &Unit) -> Vec<String> {
    let mut variables = BTreeMap::from([("LANG", "C.UTF-8".to_owned()), ("PATH", super::host::PATH.to_owned())]);
    for pair in &unit.environment {
        if let Some((name, value)) = pair.split_once('=') {
            variables.insert(name, value.to_owned());
        }
    }
    variables.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_with_its_quotes() {
        let unit = Unit::parse(
            "[Unit]\nDescription=A web server\n[Service]\nEnvironment=\"V=1 (Ubuntu)\" X=2\n\
             ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'\n",
        );
        assert_eq!(unit.description, "A web server");
        assert_eq!(unit.command, ["/usr/sbin/nginx", "-g", "daemon on; master_process on;"]);
        assert_eq!(unit.environment, ["V=1 (Ubuntu)", "X=2"]);
        assert_eq!(
            service_environment(&unit)[1..],
            ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "V=1 (Ubuntu)", "X=2"]
        );
    }
}
