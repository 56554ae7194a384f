//! The files of Ubuntu's nginx package: the program, its configuration, its page, its unit.
//!
//! Promises: the configuration says what Ubuntu 24.04's says, in fewer words. Must not know apt.

use crate::world::filesystem::content::Content;
use crate::world::filesystem::errno::Errno;
use crate::world::machine::figures::PackageFigures;
use crate::world::machine::guest::{ENABLED, UNITS};
use crate::world::process::System;

/// What nginx answers until somebody puts something else there.
const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\n\
    working. Further configuration is required.</p>\n</body>\n</html>\n";

/// `/etc/nginx/nginx.conf` of nginx-common.
const CONFIGURATION: &str = "\
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;

events {
	worker_connections 768;
}

http {
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;

	include /etc/nginx/mime.types;
	default_type application/octet-stream;

	access_log /var/log/nginx/access.log;
	gzip on;

	include /etc/nginx/conf.d/*.conf;
	include /etc/nginx/sites-enabled/*;
}
";

/// `/etc/nginx/sites-available/default`.
const DEFAULT_SITE: &str = "\
server {
	listen 80 default_server;
	listen [::]:80 default_server;

	root /var/www/html;

	index index.html index.htm index.nginx-debian.html;

	server_name _;

	location / {
		# First attempt to serve request as file, then
		# as directory, then fall back to displaying a 404.
		try_files $uri $uri/ =404;
	}
}
";

const DIRECTORIES: [&str; 12] = [
    "/etc/nginx",
    "/etc/nginx/conf.d",
    "/etc/nginx/sites-available",
    "/etc/nginx/sites-enabled",
    "/usr/share",
    "/usr/share/nginx",
    "/usr/share/nginx/html",
    "/usr/share/doc",
    "/var/log",
    "/var/log/nginx",
    "/var/www",
    "/var/www/html",
];

/// Puts the package's files on the disk.
///
/// # Errors
/// What the file system says, such as that the disk is full.
pub fn put(system: &mut System<'_>, name: &str, package: &PackageFigures) -> Result<(), Errno> {
    let upstream = package.version.split('-').next().unwrap_or(&package.version);
    let unit = format!(
        "[Unit]\nDescription=A high performance web server and a reverse proxy server\n\n[Service]\nType=forking\n\
         Environment=\"NGINX_VERSION={upstream} (Ubuntu)\"\nExecStart={} -g 'daemon on; master_process on;'\n\n\
         [Install]\nWantedBy=multi-user.target\n",
        package.command
    );
    for directory in DIRECTORIES {
        if system.status(directory, true).is_err() {
            system.make_directory(directory, 0o755)?;
        }
    }
    let texts = [
        ("/etc/nginx/nginx.conf", CONFIGURATION),
        ("/etc/nginx/sites-available/default", DEFAULT_SITE),
        ("/usr/share/nginx/html/index.html", WELCOME),
        ("/var/www/html/index.nginx-debian.html", WELCOME),
    ];
    let written = unit.len() + texts.iter().map(|(_, text)| text.len()).sum::<usize>();
    let program = Content::Program { name: package.program.as_str().into(), size: 1_300_000.min(package.installed) };
    let rest = package.installed.saturating_sub(program.size() + written as u64);
    system.put_content(&package.command, program, 0o755)?;
    for (path, text) in texts {
        system.put_content(path, Content::text(text), 0o644)?;
    }
    system.put_content(&format!("/usr/share/doc/{name}"), Content::Synthetic { size: rest, seed: 1 }, 0o644)?;
    system.put_content(&format!("{UNITS}/{name}.service"), Content::text(unit), 0o644)?;
    let site = ("/etc/nginx/sites-available/default".to_owned(), "/etc/nginx/sites-enabled/default".to_owned());
    let enabled = (format!("{UNITS}/{name}.service"), format!("{ENABLED}/{name}.service"));
    for (target, link) in [site, enabled] {
        if system.status(&link, false).is_err() {
            system.make_symlink(&target, &link)?;
        }
    }
    Ok(())
}
