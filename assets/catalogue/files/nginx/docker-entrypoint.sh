#!/bin/sh
# Runs what is in /docker-entrypoint.d, then the command that was given.
set -e

say() {
    [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$@"
}

case "$1" in
nginx | nginx-debug)
    if [ -n "$(ls /docker-entrypoint.d 2>/dev/null)" ]; then
        say "$0: /docker-entrypoint.d/ is not empty, will attempt to perform configuration"
        say "$0: Looking for shell scripts in /docker-entrypoint.d/"
        for f in /docker-entrypoint.d/*; do
            if [ ! -x "$f" ]; then
                say "$0: Ignoring $f, not executable"
                continue
            fi
            case "$f" in
            *.envsh)
                say "$0: Sourcing $f"
                . "$f"
                ;;
            *.sh)
                say "$0: Launching $f"
                "$f"
                ;;
            *) say "$0: Ignoring $f" ;;
            esac
        done
        say "$0: Configuration complete; ready for start up"
    else
        say "$0: No files found in /docker-entrypoint.d/, skipping configuration"
    fi
    ;;
esac

exec "$@"
