# shellcheck shell=bash
# What run, start, stop, status and logs share: the state folder, the lock that says that it runs, where it answers.
source "$(dirname "${BASH_SOURCE[0]}")/ensure.sh"
cd "$ROOT" || exit
ONDOL_HOME="$(realpath -m "${ONDOL_HOME:-$ROOT/var}")"
export ONDOL_HOME
RUN="$ONDOL_HOME/run"
export CONFIG="$ROOT/config/supervisord.conf"

# preflight [--running] [--anyway]: sets WEB_HOST, WEB_PORT, ADDRESSES and what supervisord.conf asks for, or ends with the one line that says why not.
preflight() {
    local answer lines
    answer="$("$PY" -m scripts.preflight "$@")" || exit $?
    mapfile -t lines <<<"$answer"
    read -r WEB_HOST WEB_PORT ONDOL_STOP_TIMEOUT_S <<<"${lines[0]}"
    export ONDOL_STOP_TIMEOUT_S
    ADDRESSES=("${lines[@]:1}")
}

show_addresses() {
    say "  on this machine    ${ADDRESSES[0]}"
    [ ${#ADDRESSES[@]} -lt 2 ] || say "  in your network    ${ADDRESSES[1]}"
}

# Takes the lock that supervisord then inherits on descriptor 4 and holds for as long as it lives.
take_lock() {
    mkdir -p "$ONDOL_HOME" 2>/dev/null || die "ONDOL_HOME cannot be made: $ONDOL_HOME"
    [ -d "$RUN" ] || mkdir -m 700 "$RUN" || die "cannot write to $ONDOL_HOME"
    [ -w "$RUN" ] || die "$RUN belongs to another user"
    exec 4>>"$RUN/appliance.lock"
    flock -n 4
}

# Where the drop folder is shared (scripts/share-inbox.sh), what Ondol makes is writable for the folder's group too.
share_umask() {
    local mode
    mode="$(stat -c %a "$ONDOL_HOME/inbox" 2>/dev/null)" || return 0
    [ $((8#$mode & 8#2020)) != $((8#2020)) ] || umask g=rwx
}

running() {
    [ -e "$RUN/appliance.lock" ] && ! flock -n "$RUN/appliance.lock" true
}

# A new state folder gets the embedded models without a network: the same bytes by hard link, else a copy.
place_models() {
    local model target
    for model in "$CACHE"/models/*.gguf; do
        target="$ONDOL_HOME/models/${model##*/}"
        if [ ! -e "$model" ] || [ -e "$target" ]; then continue; fi
        ln "$model" "$target" 2>/dev/null && continue
        if ! { cp "$model" "$target.part" && mv "$target.part" "$target"; }; then
            rm -f "$target.part"
            die "cannot put ${model##*/} into $ONDOL_HOME/models: is the disk full?"
        fi
    done
}

# healthz: whether the page's server answers.
healthz() (
    { exec 3<>"/dev/tcp/$WEB_HOST/$WEB_PORT"; } 2>/dev/null || exit 1
    printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    read -r -t 2 line <&3 && [[ "$line" == *" 200"* ]]
)

# closed: whether the house stays shut for now, as when its data cannot be opened; CLOSED says why, in lines for people.
closed() {
    CLOSED="$(
        { exec 3<>"/dev/tcp/$WEB_HOST/$WEB_PORT"; } 2>/dev/null || exit 0
        printf 'GET / HTTP/1.0\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n' >&3
        read -r -t 2 line <&3 && [[ "$line" == *" 503"* ]] || exit 0
        while read -r -t 2 line <&3 && [ -n "${line%$'\r'}" ]; do :; done
        timeout 2 cat <&3 || true
    )"
    [ -n "$CLOSED" ]
}

# await_web PID: returns 0 when the page answers, 1 when PID is gone, 2 when the house stays shut for now (see closed);
# after 20 s it says what web's log says, once.
await_web() {
    local told="" begun=$SECONDS
    until healthz; do
        kill -0 "$1" 2>/dev/null || return 1
        if [ -z "$told" ] && ((SECONDS - begun >= 20)); then
            told=1
            warn "the page does not answer yet. The last lines of $ONDOL_HOME/logs/web.log:"
            tail -n 10 "$ONDOL_HOME/logs/web.log" 2>/dev/null | cut -c1-200 | sed 's/^/    /' >&2
        fi
        sleep 0.1
    done
    ! closed || return 2
}
