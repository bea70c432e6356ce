#!/usr/bin/env bash
# healthcheck.sh: exit 0 when the page's server answers on ONDOL_PORT. Without Python: it is run every 30 s.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${ONDOL_PORT:-8000}"
printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 line <&3
[[ "$line" == *" 200"* ]]
