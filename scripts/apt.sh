# shellcheck shell=bash
# apt_ensure PACKAGE…: installs those that are missing, and asks for new lists only when the old ones do not do.
missing_packages() {
    dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | awk '$1 == "ii" {print $2}' | sort -u |
        comm -13 - <(printf '%s\n' "$@" | sort -u)
}

apt_get() {
    "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@"
}

apt_install() {
    apt_get install -y --no-install-recommends "$@"
}

apt_knows_all() {
    local package
    for package in "$@"; do
        # No grep -q: it would hang up on apt-cache, which under pipefail counts as a failure.
        apt-cache policy "$package" 2>/dev/null | grep -E '^ +Candidate: [^(]' >/dev/null || return 1
    done
}

apt_ensure() {
    local missing
    if ! command -v dpkg-query >/dev/null; then
        warn "this is no Debian: set-up cannot install packages here and goes on without. It needs what these hold: $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "     installing: ${missing[*]}"
    need_root "Installing Debian packages" "apt-get install ${missing[*]}"
    if [ -n "$(dpkg --audit 2>/dev/null)" ]; then
        logged dpkg-configure "${AS_ROOT[@]}" dpkg --configure -a
    fi
    if apt_knows_all "${missing[@]}"; then
        # Lists from last month name versions that mirrors have dropped since: then the second try has new ones.
        if job "$LOGS/apt-install.log" apt_install "${missing[@]}"; then return 0; fi
    fi
    logged apt-update apt_get update
    logged apt-install apt_install "${missing[@]}"
}
