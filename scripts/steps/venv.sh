# shellcheck shell=bash
# The virtual environment with everything the appliance imports, from the lock.
title() { echo "installing Python packages into .venv"; }

inputs() {
    cat "${BASH_SOURCE[0]}" "$ROOT/requirements/pip.txt" "$ROOT/requirements/runtime.txt"
    # A virtual environment does not survive a move, nor another interpreter.
    echo "$VENV ${CMAKE_ARGS:-}"
    readlink -f "$(cat "$CACHE/python" 2>/dev/null)" || true
}

outputs() { printf '%s\n' "$PY" "$VENV/bin/supervisord"; }

usable() {
    [ -x "$PY" ] && "$PY" -I "$ROOT/scripts/probe_python.py" >/dev/null 2>&1 &&
        [ "$(readlink -f "$PY")" = "$(readlink -f "$1")" ] && "$VENV/bin/pip" --version >/dev/null 2>&1
}

# Verbose, because the last line is shown meanwhile, and the compiler's own says how far it is: [17/311].
install() { "$PY" -m pip install -v --require-hashes --no-warn-script-location -r "$ROOT/requirements/$1.txt"; }

work() {
    local python
    python="$(cat "$CACHE/python")"
    if ! usable "$python"; then
        rm -rf "$VENV"
        logged venv "$python" -m venv "$VENV"
    fi
    # pip before 23.1 does not reuse the wheel it built itself when hashes are asked for: the newer one goes first.
    logged pip-itself install pip
    "$PY" -c 'import llama_cpp' 2>/dev/null ||
        say "     llama-cpp-python is compiled for this machine: 3 to 10 minutes on a PC, up to 40 on a Raspberry Pi"
    logged pip-runtime install runtime
}
