#!/bin/sh
# Fills in the templates in /etc/nginx/templates.
[ -d /etc/nginx/templates ] || exit 0
for template in /etc/nginx/templates/*.template; do
    [ -f "$template" ] || continue
    name=$(basename "$template" .template)
    echo "20-envsubst-on-templates.sh: Running envsubst on $template to /etc/nginx/conf.d/$name"
    envsubst < "$template" > "/etc/nginx/conf.d/$name"
done
