# shellcheck shell=bash
# The file server for the tests of the shared folder. Unpacked, not installed: it would start and serve this machine's homes.
source "$ROOT/scripts/apt.sh"
SAMBA="$CACHE/samba"

title() { echo "unpacking Samba for the tests"; }

# The server goes with the libraries that are installed.
inputs() {
    cat "${BASH_SOURCE[0]}"
    dpkg-query -W samba-libs 2>/dev/null || true
}

outputs() { echo "$SAMBA/usr/sbin/smbd"; }

fetch() { cd "$1" && apt-get -q download samba; }

work() {
    command -v apt-get >/dev/null || die "this is no Debian: put a Samba server at $SAMBA/usr/sbin/smbd and run this again"
    rm -rf "$SAMBA"
    mkdir -p "$SAMBA"
    if ! job "$LOGS/samba-download.log" fetch "$SAMBA"; then
        need_root "Asking for new package lists" "apt-get update"
        logged apt-update apt_get update
        logged samba-download fetch "$SAMBA"
    fi
    logged samba dpkg-deb -x "$SAMBA"/samba_*.deb "$SAMBA"
    rm -f "$SAMBA"/samba_*.deb
}
