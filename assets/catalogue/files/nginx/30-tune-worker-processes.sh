#!/bin/sh
# Sets the number of workers to the CPUs that the container may use, if it is asked to.
[ -n "${NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE:-}" ] || exit 0
sed -i "s/^worker_processes.*/worker_processes  $(nproc);/" /etc/nginx/nginx.conf
