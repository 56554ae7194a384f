//! What `apt-get` changes: packages chosen with what they need, fetched, unpacked, set up, removed.
//!
//! Promises: nothing is written unless everything that is asked for is known and can be fetched. Must not know: the command line.

use std::collections::{BTreeMap, BTreeSet};

use super::super::dpkg::{self, Installed};
use super::super::index::{Index, Package};
use super::super::requirement::Requirement;
use super::super::transcript::Session;
use super::{columns, list_date, size};
use crate::world::clock::Time;

/// A change of what is installed.
pub(super) struct Change<'c, 'a, 's> {
    session: &'c mut Session<'a, 's>,
    yes: bool,
    recommends: bool,
    installed: Vec<Installed>,
}

impl<'c, 'a, 's> Change<'c, 'a, 's> {
    pub(super) fn begin(session: &'c mut Session<'a, 's>, yes: bool, recommends: bool) -> Self {
        session.say("Reading package lists...\nBuilding dependency tree...\nReading state information...");
        let installed = dpkg::installed(session);
        Change { session, yes, recommends, installed }
    }

    fn index(&self) -> &'a Index {
        self.session.indexes.apt()
    }

    fn is_installed(&self, package: &Package) -> bool {
        package.base || self.installed.iter().any(|known| known.name == package.name)
    }

    pub(super) fn install(mut self, names: &[String]) -> i32 {
        let index = self.index();
        let lists = list_date(self.session);
        let mut wanted: Vec<(&Package, String)> = Vec::new();
        let mut errors = Vec::new();
        for name in names {
            let (name, version) =
                name.split_once('=').map_or((name.as_str(), None), |(name, version)| (name, Some(version)));
            // What is installed is known even without lists.
            let found = index.get(name).filter(|package| lists.is_some() || self.is_installed(package));
            let Some(package) = found else {
                errors.push(format!("E: Unable to locate package {name}"));
                continue;
            };
            let known = lists.unwrap_or(Time::EPOCH);
            let chosen = match version {
                Some(version) => package.at(known).find(|there| *there == version),
                None => package.newest(known).or_else(|| package.releases().next().map(|first| first.version)),
            };
            match (chosen, self.installed_version(package)) {
                (None, _) => {
                    let version = version.unwrap_or_default();
                    errors.push(format!("E: Version '{version}' for '{name}' was not found"));
                }
                (Some(chosen), Some(version)) if version == chosen || package.base || lists.is_none() => {
                    self.session.say(format_args!("{name} is already the newest version ({version})."));
                    self.installed
                        .iter_mut()
                        .filter(|known| known.name == name)
                        .for_each(|known| known.automatic = false);
                }
                (Some(chosen), _) => wanted.push((package, chosen.to_owned())),
            }
        }
        if !errors.is_empty() {
            errors.iter().for_each(|error| self.session.complain(error));
            return 100;
        }
        let (extra, recommended) = self.with_needs(&wanted, lists.unwrap_or(Time::EPOCH));
        self.carry_out(wanted, extra, &recommended)
    }

    fn installed_version(&self, package: &Package) -> Option<String> {
        let known = self.installed.iter().find(|known| known.name == package.name).map(|known| known.version.clone());
        known.or_else(|| package.base.then(|| package.releases().next().map(|first| first.version.to_owned()))?)
    }

    /// What comes along: what the wanted packages need, and what they recommend.
    fn with_needs(
        &self,
        wanted: &[(&'a Package, String)],
        known: Time,
    ) -> (Vec<(&'a Package, String)>, BTreeSet<String>) {
        let mut extra: BTreeMap<&str, (&Package, String)> = BTreeMap::new();
        let mut recommended = BTreeSet::new();
        let mut waiting: Vec<&Package> = wanted.iter().map(|(package, _)| *package).collect();
        while let Some(package) = waiting.pop() {
            let recommends = package.recommends.iter().filter(|_| self.recommends);
            for (need, only_recommended) in
                package.needs.iter().map(|need| (need, false)).chain(recommends.map(|need| (need, true)))
            {
                let name = Requirement::parse(need).map_or_else(|| need.clone(), |need| need.name);
                let Some(needed) = self.index().get(&name) else { continue };
                let is_wanted = wanted.iter().any(|(package, _)| package.name == needed.name);
                if is_wanted || self.is_installed(needed) || extra.contains_key(needed.name.as_str()) {
                    continue;
                }
                if only_recommended {
                    recommended.insert(needed.name.clone());
                }
                if let Some(version) = needed.newest(known) {
                    extra.insert(&needed.name, (needed, version.to_owned()));
                    waiting.push(needed);
                }
            }
        }
        (extra.into_values().collect(), recommended)
    }

    pub(super) fn upgrade(mut self) -> i32 {
        self.session.say("Calculating upgrade...");
        let known = list_date(self.session).unwrap_or(Time::EPOCH);
        let index = self.index();
        let newer: Vec<(&Package, String)> = (self.installed.iter())
            .filter_map(|installed| {
                let package = index.get(&installed.name)?;
                let newest = package.newest(known).filter(|newest| *newest != installed.version)?;
                Some((package, newest.to_owned()))
            })
            .collect();
        self.carry_out(newer, Vec::new(), &BTreeSet::new())
    }

    fn carry_out(
        &mut self,
        wanted: Vec<(&'a Package, String)>,
        extra: Vec<(&'a Package, String)>,
        recommended: &BTreeSet<String>,
    ) -> i32 {
        let list = |packages: &[&(&Package, String)]| {
            let mut names: Vec<&str> = packages.iter().map(|(package, _)| package.name.as_str()).collect();
            names.sort_unstable();
            columns(&names)
        };
        if !extra.is_empty() {
            let needed: Vec<&(&Package, String)> = extra.iter().collect();
            self.session.say(format_args!("The following additional packages will be installed:\n{}", list(&needed)));
        }
        let all: Vec<&(&Package, String)> = extra.iter().chain(&wanted).collect();
        let (newer, new): (Vec<&(&Package, String)>, Vec<&(&Package, String)>) =
            all.iter().copied().partition(|(package, _)| self.installed.iter().any(|known| known.name == package.name));
        if !new.is_empty() {
            self.session.say(format_args!("The following NEW packages will be installed:\n{}", list(&new)));
        }
        if !newer.is_empty() {
            self.session.say(format_args!("The following packages will be upgraded:\n{}", list(&newer)));
        }
        self.session.say(format_args!(
            "{} upgraded, {} newly installed, 0 to remove and 0 not upgraded.",
            newer.len(),
            new.len()
        ));
        if all.is_empty() {
            return 0;
        }
        let download: u64 = all.iter().map(|(package, _)| package.download).sum();
        let disk: u64 = new.iter().map(|(package, _)| package.installed).sum();
        self.session.say(format_args!("Need to get {} of archives.", size(download)));
        self.session.say(format_args!("After this operation, {} of additional disk space will be used.", size(disk)));
        if !self.yes && !extra.is_empty() | !newer.is_empty() | !recommended.is_empty() {
            self.session.say("Do you want to continue? [Y/n] Abort.");
            return 1;
        }
        if let Some(code) = self.fetch(&all, download) {
            return code;
        }
        self.unpack(&all, &wanted);
        0
    }

    /// Fetches the archives; an exit code when one is no longer there.
    fn fetch(&mut self, all: &[&(&Package, String)], download: u64) -> Option<i32> {
        let now = self.session.now();
        let mut took = std::time::Duration::ZERO;
        let mut gone = Vec::new();
        for (at, (package, version)) in all.iter().enumerate() {
            let url = format!("http://deb.debian.org/debian bookworm/main amd64 {} amd64 {version}", package.name);
            // A mirror keeps one version: the newest.
            if package.newest(now) != Some(version.as_str()) {
                took += self.session.download(0);
                self.session.say(format_args!("Err:{} {url}\n  404  Not Found [IP: 151.101.2.132 80]", at + 1));
                gone.push((package, version));
                continue;
            }
            took += self.session.download(package.download);
            self.session.say(format_args!("Get:{} {url} [{}]", at + 1, size(package.download)));
        }
        for (package, version) in &gone {
            let letter = package.name.get(..1).unwrap_or_default();
            self.session.complain(format_args!(
                "E: Failed to fetch http://deb.debian.org/debian/pool/main/{letter}/{0}/{0}_{version}_amd64.deb  404  Not Found [IP: 151.101.2.132 80]",
                package.name
            ));
        }
        if !gone.is_empty() {
            self.session
                .complain("E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?");
            return Some(100);
        }
        self.session.complain("debconf: delaying package configuration, since apt-utils is not installed");
        let speed = (download as f64 / took.as_secs_f64()) as u64;
        self.session.say(format_args!("Fetched {} in {}s ({}/s)", size(download), took.as_secs(), size(speed)));
        None
    }

    fn unpack(&mut self, all: &[&(&'a Package, String)], wanted: &[(&'a Package, String)]) {
        for (at, (package, version)) in all.iter().enumerate() {
            let known = self.installed.iter().position(|known| known.name == package.name);
            if known.is_none() {
                self.session.say(format_args!("Selecting previously unselected package {}.", package.name));
            }
            if at == 0 {
                let files = 6_084 + self.installed.len() * 3;
                self.session
                    .say(format_args!("(Reading database ... {files} files and directories currently installed.)"));
            }
            self.session.say(format_args!("Preparing to unpack .../{}_{version}_amd64.deb ...", package.name));
            match known {
                None => self.session.say(format_args!("Unpacking {} ({version}) ...", package.name)),
                Some(at) => {
                    let old = self.installed.remove(at).version;
                    self.session.say(format_args!("Unpacking {} ({version}) over ({old}) ...", package.name));
                }
            }
            self.session.unpack(package.installed);
            dpkg::install_files(self.session, package, version);
            let automatic = !wanted.iter().any(|(asked, _)| asked.name == package.name);
            self.installed.push(Installed { name: package.name.clone(), version: version.clone(), automatic });
        }
        for (package, version) in all {
            self.session.say(format_args!("Setting up {} ({version}) ...", package.name));
        }
        let index = self.index();
        dpkg::write_status(self.session, index, &self.installed);
        if all.iter().any(|(package, _)| package.name.starts_with("lib")) {
            self.session.say("Processing triggers for libc-bin (2.36-9+deb12u13) ...");
        }
    }

    pub(super) fn remove(mut self, names: &[String], unused: bool) -> i32 {
        let index = self.index();
        let mut going = Vec::new();
        for name in names {
            match self.installed.iter().find(|known| known.name == *name) {
                Some(known) => going.push(known.name.clone()),
                None if index.get(name).is_some() => {
                    self.session.say(format_args!("Package '{name}' is not installed, so not removed"));
                }
                None => {
                    self.session.complain(format_args!("E: Unable to locate package {name}"));
                    return 100;
                }
            }
        }
        // What needs one that goes, goes too.
        loop {
            let needs = |known: &Installed, going: &[String]| {
                let needs = index.get(&known.name).map_or(&[][..], |package| &package.needs);
                needs.iter().any(|need| going.iter().any(|name| need.starts_with(name.as_str()) && *need == *name))
            };
            let more = self.installed.iter().find(|known| !going.contains(&known.name) && needs(known, &going));
            match more.map(|known| known.name.clone()) {
                Some(name) => going.push(name),
                None => break,
            }
        }
        let orphans = self.orphans(&going);
        if unused {
            going.extend(orphans);
        } else if !orphans.is_empty() {
            let names: Vec<&str> = orphans.iter().map(String::as_str).collect();
            self.session.say("The following packages were automatically installed and are no longer required:");
            self.session.say(columns(&names));
            self.session.say("Use 'apt autoremove' to remove them.");
        }
        going.sort_unstable();
        if !going.is_empty() {
            let names: Vec<&str> = going.iter().map(String::as_str).collect();
            self.session.say(format_args!("The following packages will be REMOVED:\n{}", columns(&names)));
        }
        self.session.say(format_args!("0 upgraded, 0 newly installed, {} to remove and 0 not upgraded.", going.len()));
        if going.is_empty() {
            return 0;
        }
        let disk: u64 = going.iter().filter_map(|name| index.get(name)).map(|package| package.installed).sum();
        self.session.say(format_args!("After this operation, {} disk space will be freed.", size(disk)));
        if !self.yes {
            self.session.say("Do you want to continue? [Y/n] Abort.");
            return 1;
        }
        for name in &going {
            let version = self.installed.iter().find(|known| known.name == *name).map(|known| known.version.clone());
            self.session.say(format_args!("Removing {name} ({}) ...", version.unwrap_or_default()));
            self.session.unpack(0);
            dpkg::remove_files(self.session, name);
        }
        self.installed.retain(|known| !going.contains(&known.name));
        dpkg::write_status(self.session, index, &self.installed);
        0
    }

    /// What came along and nothing needs any more, once these are gone.
    fn orphans(&self, going: &[String]) -> Vec<String> {
        let mut left: Vec<&Installed> = self.installed.iter().filter(|known| !going.contains(&known.name)).collect();
        let mut orphans = Vec::new();
        loop {
            let needed = |name: &str| {
                let packages = left.iter().filter_map(|known| self.index().get(&known.name));
                packages.flat_map(|package| package.needs.iter().chain(&package.recommends)).any(|need| need == name)
            };
            let Some(at) = left.iter().position(|known| known.automatic && !needed(&known.name)) else {
                return orphans;
            };
            orphans.push(left.remove(at).name.clone());
        }
    }
}
