#!/bin/sh
echo "/docker-entrypoint.sh: Configuration complete; ready for start up"
exec "$@"
