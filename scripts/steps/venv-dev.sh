# shellcheck shell=bash
# Test, lint and type tools.
title() { echo "installing test tools into .venv"; }

inputs() { cat "${BASH_SOURCE[0]}" "$ROOT/requirements/dev.txt" "$STAMPS/venv" 2>/dev/null; }

outputs() { printf '%s\n' "$VENV/bin/pytest" "$VENV/bin/mypy" "$VENV/bin/ruff"; }

install() { "$PY" -m pip install --require-hashes --no-warn-script-location -r "$ROOT/requirements/dev.txt"; }

work() { logged pip-dev install; }
