#!/usr/bin/env bash
# lock.sh: resolves requirements/*.in to versions with hashes. Versions that still fit are kept; `make lock ARGS=--upgrade` takes newer ones.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/ensure.sh"
ensure test
export CUSTOM_COMPILE_COMMAND="make lock"
cd "$ROOT/requirements"
for name in pip runtime dev; do
    "$VENV/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" --output-file="$name.txt" "$name.in"
done
