# shellcheck shell=bash
# Compiler and libraries from Debian. sqlite-vss (x86-64 only) links against BLAS and LAPACK.
source "$ROOT/scripts/apt.sh"
source "$ROOT/scripts/node.sh"

title() { echo "checking Debian packages"; }

wanted() {
    printf '%s\n' build-essential cmake ninja-build ca-certificates libgomp1 python3 python3-venv
    [ "$(uname -m)" != x86_64 ] || printf '%s\n' libblas3 liblapack3
    [ -n "$(find_node)" ] || printf '%s\n' nodejs npm
}

inputs() {
    cat "${BASH_SOURCE[0]}"
    type -ap node npm || true
    stat -c '%Y' /var/lib/dpkg/status 2>/dev/null || true
}

outputs() { :; }

work() {
    local packages
    mapfile -t packages < <(wanted)
    apt_ensure "${packages[@]}"
    [ -n "$(find_node)" ] || die "the page is built with Node.js 18 or newer and npm, and Debian's here is older. Install a newer nodejs, then run this again."
}
