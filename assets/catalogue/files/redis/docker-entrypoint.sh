#!/bin/sh
# Runs redis-server with what was given to it, as the user redis when it was started by root.
set -e

case "$1" in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    chown redis:redis /data
fi

exec "$@"
