//! `su`: a shell or a command as somebody else.
//!
//! Promises: BusyBox's and util-linux's words. Must not know: passwords; who is not root becomes nobody else.

use super::accounts::{Accounts, User};
use super::call::Tool;
use super::options::Options;
use super::shape::{Machine, Next};
use crate::world::process::Credentials;

/// `su`.
#[derive(Clone, Debug)]
pub struct Switch {
    words: Vec<String>,
    environment: Vec<String>,
}

impl Machine for Switch {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Switch, i32> {
        const OPTIONS: Options =
            Options::short("[-lmp] [-s SH] [-] [USER [FILE ARGS | -c 'CMD' [ARG0 ARGS]]]", "lmps:c:", "").with_long(&[
                ("login", 'l'),
                ("preserve-environment", 'm'),
                ("shell", 's'),
                ("command", 'c'),
            ]);
        let own = tool.system.credentials();
        // The static BusyBox of an image is not set-user-ID.
        if !tool.is_gnu() && own.uid != 0 {
            tool.complain("must be suid to work properly");
            return Err(1);
        }
        let given = tool.options(&OPTIONS)?;
        let mut operands = given.operands.as_slice();
        let mut login = given.has('l');
        if let [dash, rest @ ..] = operands
            && dash == "-"
        {
            (login, operands) = (true, rest);
        }
        let (name, rest) = match operands {
            [name, rest @ ..] => (name.clone(), rest),
            [] => ("root".to_owned(), operands),
        };
        let accounts = Accounts::read(tool.system);
        let Some(user) = accounts.user_named(&name).cloned() else {
            let gnu = format!("user {name} does not exist or the user entry does not contain all the required fields");
            let text = tool.wording(format!("unknown user {name}"), gnu);
            tool.complain(text);
            return Err(1);
        };
        if own.uid != 0 {
            tool.complain("Authentication failure");
            return Err(1);
        }
        let member = |group: &&super::accounts::Group| group.members.contains(&user.name);
        let mut groups: Vec<u32> = accounts.groups.iter().filter(member).map(|group| group.gid).collect();
        groups.push(user.gid);
        groups.sort_unstable();
        groups.dedup();
        if let Err(errno) = tool.system.set_credentials(Credentials::new(user.uid, user.gid, groups)) {
            tool.complain(format_args!("can't set groups: {errno}"));
            return Err(1);
        }
        let keeps = given.has('m') || given.has('p');
        let own_shell = Some(user.shell.as_str()).filter(|shell| !shell.is_empty());
        let shell = given.value('s').or(own_shell).unwrap_or("/bin/sh").to_owned();
        let base = shell.rsplit('/').next().unwrap_or(&shell);
        let mut words = vec![if login { format!("-{base}") } else { base.to_owned() }];
        if let Some(command) = given.value('c') {
            words.extend(["-c".to_owned(), command.to_owned()]);
        }
        words.extend(rest.iter().cloned());
        let environment = environment(&tool.call.environment, &user, &shell, login, keeps);
        if login {
            // Who has no home stays where they are.
            let _ = tool.system.change_directory(&user.home);
        }
        Ok(Switch { words: std::iter::once(shell).chain(words).collect(), environment })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let [path, words @ ..] = self.words.as_slice() else { return Next::Exit(1) };
        match tool.system.exec(path, words, &self.environment) {
            Ok(progress) => Next::Become(progress),
            Err(errno) => {
                let text = tool
                    .wording(format!("can't execute '{path}': {errno}"), format!("failed to execute {path}: {errno}"));
                tool.complain(text);
                Next::Exit(super::launch::failure_code(errno))
            }
        }
    }
}

/// The environment of somebody who comes in (BusyBox `setup_environment`).
fn environment(before: &[String], user: &User, shell: &str, login: bool, keeps: bool) -> Vec<String> {
    let mut environment = if login { Vec::new() } else { before.to_vec() };
    let mut put = |name: &str, value: &str| {
        environment.retain(|pair| pair.split('=').next() != Some(name));
        environment.push(format!("{name}={value}"));
    };
    if login {
        if let Some(term) = before.iter().find_map(|pair| pair.strip_prefix("TERM=")) {
            put("TERM", term);
        }
        put("PATH", if user.uid == 0 { "/sbin:/usr/sbin:/bin:/usr/bin" } else { "/bin:/usr/bin" });
    }
    if login || !keeps {
        if login || user.uid != 0 {
            put("USER", &user.name);
            put("LOGNAME", &user.name);
        }
        put("HOME", &user.home);
        put("SHELL", shell);
    }
    environment
}
