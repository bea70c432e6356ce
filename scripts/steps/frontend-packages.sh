# shellcheck shell=bash
# The page's build tools from its lock file.
source "$ROOT/scripts/node.sh"

title() { echo "installing the page's packages"; }

inputs() { cat "${BASH_SOURCE[0]}" "$ROOT/frontend/package.json" "$ROOT/frontend/package-lock.json" 2>/dev/null; }

outputs() { echo "$ROOT/frontend/node_modules/.package-lock.json"; }

work() {
    PATH="$(find_node):$PATH"
    logged npm-ci npm --prefix "$ROOT/frontend" ci --no-audit --no-fund
}
