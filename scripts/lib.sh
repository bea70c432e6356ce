# shellcheck shell=bash
# Shared by every script here: where things are, how to speak, how to run a long command and explain its failure.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
CACHE="$ROOT/.cache"
STAMPS="$CACHE/stamps"
LOGS="$CACHE/logs"
VENV="$ROOT/.venv"
PY="$VENV/bin/python"
export ROOT CACHE STAMPS LOGS VENV PY
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "$*"; }
warn() { printf 'ondol: %s\n' "$*" >&2; }
die() {
    warn "$@"
    exit 1
}

# Hashes what it reads, so that a step can tell whether its inputs changed.
fingerprint() {
    local sum
    read -r sum _ < <(sha256sum)
    printf '%s' "${sum:0:32}"
}

AS_ROOT=()
[ "$(id -u)" = 0 ] || AS_ROOT=(sudo)

# need_root WHAT: makes sure that commands after "${AS_ROOT[@]}" will work, or says what to do instead.
need_root() {
    [ ${#AS_ROOT[@]} -gt 0 ] || return 0
    command -v sudo >/dev/null || die "$1 needs root, and there is no sudo here. As root, run: $2"
    if [ -t 0 ]; then
        sudo -v || die "$1 needs root and sudo refused. As root, run: $2"
    else
        sudo -n true 2>/dev/null || die "$1 needs root and sudo asks for a password. As root, run: $2"
    fi
}

JOB=
stop_job() {
    [ -n "$JOB" ] || return 0
    signal_job TERM
    await_job_end 30 || { signal_job KILL && await_job_end 10; } || true
    JOB=
}

# Of a job that runs as root through sudo, only root may end the processes.
signal_job() {
    kill "-$1" -- "-$JOB" 2>/dev/null || "${AS_ROOT[@]}" kill "-$1" -- "-$JOB" 2>/dev/null
}

# await_job_end TENTHS: 0 when the whole process group is gone within that many tenths of a second.
await_job_end() {
    local left
    for ((left = $1; left > 0; left--)); do
        kill -0 -- "-$JOB" 2>/dev/null || return 0
        sleep 0.1
    done
    return 1
}
trap 'stop_job; warn "interrupted; run the same command again to go on"; exit 130' INT TERM HUP

# job LOG COMMAND…: runs it with its output in LOG, a line every 10 s, and gives its exit status.
# The command gets its own process group, because a trap does not run while a foreground command does.
job() {
    local log="$1" rc=0 begun=$SECONDS shown=$SECONDS
    shift
    mkdir -p "$LOGS"
    set -m
    "$@" >"$log" 2>&1 </dev/null 9>&- &
    JOB=$!
    set +m
    while kill -0 "$JOB" 2>/dev/null; do
        sleep 0.1
        if ((SECONDS - shown >= 10)); then
            shown=$SECONDS
            say "     $((SECONDS - begun)) s  $(tail -c 400 "$log" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | cut -c1-90)"
        fi
    done
    wait "$JOB" || rc=$?
    JOB=
    return "$rc"
}

# logged NAME COMMAND…: a job that must succeed: if it does not, this says why and what to do, and ends the script.
logged() {
    local rc=0 log="$LOGS/$1.log"
    job "$log" "${@:2}" || rc=$?
    [ "$rc" = 0 ] || { explain "$1" "$log" "$rc"; exit 1; }
}

explain() {
    local name="$1" log="$2" rc="$3"
    local advice="see $log"
    warn "$name failed (exit $rc). Its last lines:"
    tail -n 15 "$log" | cut -c1-200 | sed 's/^/    /' >&2
    if grep -qiE 'no space left|ENOSPC' "$log"; then
        advice="the disk is full: free some space"
    elif grep -qiE 'name resolution|could not resolve|ENOTFOUND|EAI_AGAIN|network is unreachable|max retries|ECONNREFUSED|NewConnectionError' "$log"; then
        advice="the network did not answer: check the connection"
    elif grep -qiE 'do not match the hashes|EINTEGRITY' "$log"; then
        advice="a download is not the file that the lock names: a proxy may have changed it, or it was cut short"
    elif [ "$rc" = 137 ] || grep -qiE 'killed signal|fatal error: killed' "$log"; then
        advice="memory ran out: close other programs, or set CMAKE_BUILD_PARALLEL_LEVEL=1"
    elif grep -qiE 'permission denied|EACCES' "$log"; then
        advice="a file here belongs to another user: check who owns $ROOT"
    fi
    warn "What to do: $advice; then run the same command again, it goes on from here. Whole log: $log"
}
