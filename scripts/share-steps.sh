# shellcheck shell=bash
# shellcheck disable=SC2153 # GROUP and the like are set by share-inbox.sh
# The steps of share-inbox.sh. Each leaves alone what is as it should be.
as_root() { "${AS_ROOT[@]}" "$@"; }

# What we made, one "kind name" a line, is what --remove takes away.
note() { echo "$*" | as_root tee -a "$MADE" >/dev/null; }
noted() { as_root cat "$MADE" 2>/dev/null || true; }

# Ondol runs as who owns the folder. UNKNOWN is a number without a name: a container's user.
owner_of_inbox() { stat -c %U "$INBOX" 2>/dev/null || as_root stat -c %U "$INBOX" 2>/dev/null || echo root; }

install_samba() {
    local package LOGS packages=(samba samba-common-bin avahi-daemon)
    # Other releases have one or the other, or hold it in samba itself; wsdd is what Windows finds it by.
    for package in samba-vfs-modules wsdd-server wsdd; do
        if apt_knows_all "$package" && [[ " ${packages[*]} " != *" wsdd-server "* ]]; then packages+=("$package"); fi
    done
    LOGS="$(mktemp -d)" # the checkout may be another user's
    apt_ensure "${packages[@]}"
    rm -rf "$LOGS"
    command -v testparm >/dev/null || die "Samba is not installed (no testparm): install it, then run this again"
    as_root test -f "$SMB_CONF" || die "there is no $SMB_CONF: SMB_CONF names another place"
}

make_group() {
    ! getent group "$GROUP" >/dev/null || return 0
    as_root groupadd --system "$GROUP"
    note "group $GROUP"
}

make_owner() {
    local uid
    uid="$(as_root stat -c %u "$INBOX")"
    OWNER="ondol-$uid"
    as_root useradd --uid "$uid" --gid "$GROUP" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$OWNER"
    note "account $OWNER"
}

# A setgid folder hands its group on, so that this holds for what Ondol makes later; scripts/appliance.sh minds the umask.
open_inbox() {
    noted | grep '^gid ' >/dev/null || note "gid $(as_root stat -c %g "$INBOX")"
    as_root chgrp -RPh "$GROUP" "$INBOX"
    as_root find "$INBOX" -type d -execdir chmod g+rwxs {} +
    as_root find "$INBOX" -type f -execdir chmod g+rw {} +
}

close_inbox() {
    as_root test -d "$INBOX" || return 0
    as_root chgrp -RPh "$1" "$INBOX"
    as_root find "$INBOX" -type d -execdir chmod g-ws {} +
    as_root find "$INBOX" -type f -execdir chmod g-w {} +
}

# Where root owns the folder, access is by the rights of who logs in, and those end at a closed folder above.
check_way() {
    [ "$OWNER" = root ] || return 0
    as_root setpriv --reuid nobody --regid "$GROUP" --clear-groups test -w "$INBOX" ||
        warn "a folder above $INBOX is closed to others, and Samba does not use root's rights: run Ondol as a plain user, or open the way"
}

shared_folder() { as_root sed -n 's/^ *path = //p' "$SHARE_CONF"; }

# What would stand in the way, told before anything is changed.
check_config() {
    local trial told
    if grep -qiE '^[[:space:]]*\[ondol\]' <(as_root cat "$SMB_CONF"); then
        die "$SMB_CONF has a share named ondol already: rename it first"
    fi
    if as_root test -f "$SHARE_CONF" && [ "$(shared_folder)" != "$INBOX" ]; then
        die "$(shared_folder) is shared already: --remove takes it away first"
    fi
    trial="$(mktemp)"
    { as_root grep -vxF "$INCLUDE" "$SMB_CONF" || true; share_config; } >"$trial"
    if ! told="$(testparm -s "$trial" 2>&1 >/dev/null)"; then
        rm -f "$trial"
        die "testparm does not accept $SMB_CONF with the share, so nothing was changed: $told"
    fi
    rm -f "$trial"
}

place_config() {
    share_config | as_root tee "$SHARE_CONF" >/dev/null
    as_root grep -qxF "$INCLUDE" "$SMB_CONF" && return 0
    # $(…) of a newline is empty: a last line without an end gets one first.
    { [ -z "$(as_root tail -c 1 "$SMB_CONF")" ] || echo; echo "$INCLUDE"; } | as_root tee -a "$SMB_CONF" >/dev/null
}

# A login of Samba needs an account of the box. It gets one that can do nothing else.
make_person() {
    local password
    if ! getent passwd "$PERSON" >/dev/null; then
        as_root useradd --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$PERSON"
        note "account $PERSON"
    fi
    if as_root pdbedit -s "$SMB_CONF" -L -u "$PERSON" >/dev/null 2>&1; then
        say "ondol: $PERSON has a Samba password already; \`sudo smbpasswd $PERSON\` changes it"
        return 0
    fi
    [ ! -t 0 ] || printf 'A password for %s: ' "$PERSON" >&2
    IFS= read -rs password || true
    [ ! -t 0 ] || echo >&2
    [ -n "$password" ] || die "a password is needed, on stdin or typed; the share is there, but $PERSON cannot open it yet"
    printf '%s\n%s\n' "$password" "$password" | as_root pdbedit -s "$SMB_CONF" -a -t -u "$PERSON" >/dev/null
    note "login $PERSON"
}

reload_samba() {
    if [ -d /run/systemd/system ]; then
        as_root systemctl enable --quiet --now smbd
        as_root systemctl reload smbd
    else
        as_root service smbd restart >/dev/null
    fi
}

remove_share() {
    local kind name
    as_root test -f "$SHARE_CONF" || die "the folder is not shared: there is no $SHARE_CONF"
    INBOX="$(shared_folder)"
    as_root sed -i --follow-symlinks "\|^$INCLUDE\$|d" "$SMB_CONF"
    reload_samba
    while read -r kind name; do
        case "$kind" in
        gid) close_inbox "$name" ;;
        login) as_root pdbedit -s "$SMB_CONF" -x -u "$name" >/dev/null || warn "$name keeps its Samba password" ;;
        account) as_root userdel "$name" || warn "the account $name stays" ;;
        group) as_root groupdel "$name" || warn "the group $name stays" ;;
        esac
    done < <(noted | tac)
    as_root rm -f "$SHARE_CONF" "$MADE"
    say "ondol: $INBOX is no longer shared. What lies in it stays, and so does Samba."
}

show_share() {
    local host address
    host="$(uname -n)"
    host="${host%%.*}"
    address="$(hostname -I 2>/dev/null | awk '{print $1}')"
    say "ondol: $INBOX is shared."
    say "  Windows            \\\\$host\\ondol"
    say "  Mac, phone, Linux  smb://$host.local/ondol"
    [ -z "$address" ] || say "  by address         \\\\$address\\ondol   smb://$address/ondol"
    say "Whoever opens it sees all folders in it, also the personal ones."
    [ "$GUEST" = no ] || say "Guests need no password: everybody in the network reads, changes and deletes. Windows 11 may refuse such shares."
    say "New folders that Ondol makes are writable for the group $GROUP from its next start on."
}
