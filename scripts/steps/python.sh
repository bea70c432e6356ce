# shellcheck shell=bash
# Finds a Python that can do the work. pyenv's default build, for one, cannot load SQLite extensions.
title() { echo "looking for a Python"; }

candidates() {
    [ -z "${ONDOL_PYTHON:-}" ] || echo "$ONDOL_PYTHON"
    echo /usr/bin/python3
    type -ap python3 python3.11 python3.12 python3.13 || true
}

inputs() {
    cat "${BASH_SOURCE[0]}" "$ROOT/scripts/probe_python.py"
    echo "${ONDOL_PYTHON:-}"
    # After an upgrade of the distribution the same name may lead to another version.
    readlink -f "$(cat "$CACHE/python" 2>/dev/null)" || true
}

outputs() { echo "$CACHE/python"; }

work() {
    local candidate reason refused=""
    while IFS= read -r candidate; do
        if [ ! -x "$candidate" ]; then
            reason="no such program"
        elif reason="$("$candidate" -I "$ROOT/scripts/probe_python.py" 2>&1)"; then
            say "     taking $candidate ($reason)"
            echo "$candidate" >"$CACHE/python"
            return 0
        fi
        say "     refused $candidate: $(tail -n 1 <<<"$reason")"
        refused="$refused $candidate"
    done < <(candidates | awk '!seen[$0]++')
    die "no Python here will do (refused:$refused). Install Debian's python3 and python3-venv (3.11 or newer), or name one with ONDOL_PYTHON=/path/to/python3."
}
