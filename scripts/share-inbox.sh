#!/usr/bin/env bash
# share-inbox.sh --user NAME | --guest | --print | --remove [--inbox FOLDER] [--group NAME]
# Makes the drop folder ($ONDOL_HOME/inbox) a network folder named "ondol" for Windows, Macs and phones, with Samba.
#   --user NAME     NAME may open it, with a password that is asked for (or read from stdin). May be run again for others.
#   --guest         whoever is in the network may open it, without a password
#   --print         only prints the share's configuration
#   --remove        takes the share away again; Samba itself stays
#   --inbox FOLDER  another folder, such as the one that a container has mounted
#   --group NAME    another group than "ondol"
# Of smb.conf (SMB_CONF names another than Samba's) one line is ever added, which includes a file of our own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/scripts/apt.sh"
source "$ROOT/scripts/share-config.sh"
source "$ROOT/scripts/share-steps.sh"

usage() { sed -n '2,10s/^# //p' "${BASH_SOURCE[0]}"; }

CALLED="$0 $*"
GROUP=ondol GUEST=no TASK=install PERSON=
INBOX="${ONDOL_HOME:-$ROOT/var}/inbox"
while [ $# -gt 0 ]; do
    case "$1" in
    --user | --inbox | --group)
        [ -n "${2:-}" ] || die "$1 wants a value"
        case "$1" in --user) PERSON="$2" ;; --inbox) INBOX="$2" ;; --group) GROUP="$2" ;; esac
        shift
        ;;
    --guest) GUEST=yes ;;
    --print | --remove) TASK="${1#--}" ;;
    -h | --help) usage && exit 0 ;;
    *) die "no such option: $1 (--help lists them)" ;;
    esac
    shift
done
INBOX="$(realpath -m "$INBOX")"
SMB_CONF="$(realpath -m "${SMB_CONF:-/etc/samba/smb.conf}")"
SHARE_CONF="$(dirname "$SMB_CONF")/ondol.conf"
MADE="$SHARE_CONF.made"
INCLUDE="include = $SHARE_CONF"
PATH="$PATH:/usr/sbin:/sbin"
case "$INBOX" in *[\"%$'\n']*) die "Samba cannot share a folder with such a name: $INBOX" ;; esac

if [ "$TASK" = print ]; then
    OWNER="$(owner_of_inbox)"
    share_config
    exit 0
fi
need_root "Sharing a folder" "$CALLED"
if [ "$TASK" = remove ]; then
    remove_share
    exit 0
fi

[ -n "$PERSON" ] || [ "$GUEST" = yes ] || die "who may open the folder? --user NAME, or --guest for everybody in the network"
case "$PERSON" in [!a-z_]* | *[!a-z0-9_-]*) die "a login of Samba has small Latin letters and digits only: $PERSON" ;; esac
as_root test -d "$INBOX" || die "there is no $INBOX: start Ondol once, or name the folder with ONDOL_HOME or --inbox"
install_samba
make_group
OWNER="$(owner_of_inbox)"
[ "$OWNER" != UNKNOWN ] || make_owner
check_config
open_inbox
check_way
place_config
[ -z "$PERSON" ] || make_person
reload_samba
show_share
