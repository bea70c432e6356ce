# shellcheck shell=bash
# The page itself: frontend/dist.
source "$ROOT/scripts/node.sh"

title() { echo "building the page"; }

inputs() {
    cat "${BASH_SOURCE[0]}"
    cd "$ROOT/frontend" || return
    find . \( -name node_modules -o -name dist -o -name coverage -o -name '*.tsbuildinfo' -o -name '.*cache' \) -prune -o \
        -type f ! -name '*.test.ts' ! -name '*.test.tsx' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
}

outputs() { echo "$ROOT/frontend/dist/index.html"; }

work() {
    PATH="$(find_node):$PATH"
    logged npm-build npm --prefix "$ROOT/frontend" run build
}
