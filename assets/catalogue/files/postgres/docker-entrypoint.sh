#!/bin/sh
# Prepares the data directory on the first start, then runs the command that was given.
set -e

case "$1" in
-*) set -- postgres "$@" ;;
esac

if [ "$1" = postgres ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
            echo "Error: Database is uninitialized and superuser password is not specified." >&2
            echo "       You must specify POSTGRES_PASSWORD to a non-empty value for the" >&2
            echo '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".' >&2
            exit 1
        fi
        echo 'The files belonging to this database system will be owned by user "postgres".'
        echo 'This user must also own the server process.'
        echo
        mkdir -p "$PGDATA/base/1" "$PGDATA/base/5" "$PGDATA/global" "$PGDATA/pg_wal"
        echo "$PG_MAJOR" > "$PGDATA/PG_VERSION"
        cp "/usr/share/postgresql/$PG_MAJOR/pg_hba.conf.sample" "$PGDATA/pg_hba.conf"
        cp /usr/share/postgresql/postgresql.conf.sample "$PGDATA/postgresql.conf"
        chown -R postgres:postgres "$PGDATA"
        echo
        echo 'PostgreSQL init process complete; ready for start up.'
        echo
    else
        echo
        echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
        echo
    fi
fi

exec "$@"
