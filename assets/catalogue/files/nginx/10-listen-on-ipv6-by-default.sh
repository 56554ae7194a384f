#!/bin/sh
# Makes the shipped site listen on IPv6 too, unless somebody has changed it.
conf=etc/nginx/conf.d/default.conf
me=$(basename "$0")

say() {
    [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$@"
}

if [ ! -f "/$conf" ]; then
    say "$me: info: /$conf is not a file or does not exist"
    exit 0
fi
if ! touch "/$conf" 2>/dev/null; then
    say "$me: info: can not modify /$conf (read-only file system?)"
    exit 0
fi
if grep -q 'listen  \[::\]:80;' "/$conf"; then
    say "$me: info: IPv6 listen already enabled"
    exit 0
fi
say "$me: info: Getting the checksum of /$conf"
if ! grep -q 'listen       80;' "/$conf"; then
    say "$me: info: /$conf differs from the packaged version"
    exit 0
fi
sed -i 's,listen       80;,listen       80;\n    listen  [::]:80;,' "/$conf"
say "$me: info: Enabled listen on IPv6 in /$conf"
