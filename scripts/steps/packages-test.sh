# shellcheck shell=bash
# What only the tests need: a browser with Latin and Korean letters, git, the checkers of units and shell scripts, and Samba
# without its server: a server that is installed serves (see samba.sh). strace answers for a disk that fails.
source "$ROOT/scripts/apt.sh"

title() { echo "checking Debian packages for the tests"; }

inputs() {
    cat "${BASH_SOURCE[0]}"
    stat -c '%Y' /var/lib/dpkg/status 2>/dev/null || true
}

outputs() { :; }

work() { apt_ensure chromium fonts-dejavu-core fonts-noto-cjk git systemd shellcheck samba-common-bin samba-vfs-modules smbclient strace; }
