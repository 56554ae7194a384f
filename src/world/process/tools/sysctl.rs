//! `sysctl`: the settings of the kernel by their names with dots.
//!
//! Promises: BusyBox's and procps' words; what can be read in `/proc/sys` is shown, nothing is changed. Must not know the settings.

use super::call::Tool;
use super::options::Options;
use crate::world::process::sysctl::paths;

/// `sysctl`.
pub fn sysctl(tool: &mut Tool<'_, '_>) -> i32 {
    const OPTIONS: Options = Options::short("[-enq] { -a | -p [FILE] | [-w] [KEY[=VALUE]]... }", "enqaAw", "p");
    let given = match tool.options(&OPTIONS) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() && !given.has('a') && !given.has('A') {
        return tool.missing_operand(&OPTIONS);
    }
    let all = given.has('a') || given.has('A');
    let keys = if all { paths().into_iter().map(str::to_owned).collect() } else { given.operands.clone() };
    let mut code = 0;
    for key in keys {
        let (key, value) = match key.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (key, None),
        };
        let path = key.replace('.', "/");
        let name = path.replace('/', ".");
        let file = format!("/proc/sys/{path}");
        let text = match (tool.system.read_file(&file), value) {
            (Err(_), _) => {
                if !given.has('e') {
                    let gnu = format!("cannot stat {file}: No such file or directory");
                    let text = tool.wording(format!("error: '{path}' is an unknown key"), gnu);
                    tool.complain(text);
                    code = 1;
                }
                continue;
            }
            (Ok(_), Some(value)) => {
                if let Err(errno) = tool.system.write_file(&file, value.as_bytes()) {
                    let gnu = format!("setting key \"{name}\": {errno}");
                    let text = tool.wording(format!("error setting key '{name}': {errno}"), gnu);
                    tool.complain(text);
                    code = 1;
                }
                continue;
            }
            (Ok(text), None) => String::from_utf8_lossy(&text).trim_end().to_owned(),
        };
        if given.has('n') {
            tool.say(text);
        } else {
            tool.say(format_args!("{name} = {text}"));
        }
    }
    code
}
