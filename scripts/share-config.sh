# shellcheck shell=bash
# What Samba is told about the share. Prints only.
#   INBOX  the folder (absolute)         GROUP  the group of all that is put there
#   OWNER  the user that Ondol runs as   GUEST  "yes" or "no"
#
# Every access happens as OWNER: what a phone puts there is then Ondol's own file, which it may read and delete, also where
# the folder lies in a home that is closed to others. Nobody gets root's rights: then it happens as who logs in.
share_config() {
    echo "# Written by Ondol's scripts/share-inbox.sh, which writes it anew each time."
    if [ "$GUEST" = yes ]; then
        printf '[global]\n    map to guest = Bad User\n\n'
    fi
    cat <<EOF
[ondol]
    comment = Documents for Ondol
    path = $INBOX
    read only = no
    guest ok = $GUEST
EOF
    [ "$OWNER" = root ] || echo "    force user = $OWNER"
    cat <<EOF
    force group = $GROUP
    create mask = 0660
    force create mode = 0660
    directory mask = 2770
    force directory mode = 2770
    # Rights set by a PC would lock out the others, and links would lead out of the folder.
    nt acl support = no
    follow symlinks = no
    # For Macs: names, and what Finder keeps beside a file.
    vfs objects = catia fruit streams_xattr
    fruit:metadata = stream
    fruit:posix_rename = yes
    fruit:wipe_intentionally_left_blank_rfork = yes
    fruit:delete_empty_adfiles = yes
EOF
}
