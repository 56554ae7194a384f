#!/bin/sh
# Prepares the data directory without starting the server.
set -e
if [ -s "$PGDATA/PG_VERSION" ]; then
    echo >&2 "note: database already initialized in '$PGDATA'!"
    exit 0
fi
docker-entrypoint.sh postgres --version > /dev/null
