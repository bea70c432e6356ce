# shellcheck shell=bash
# ensure GOAL: brings this checkout to the state that GOAL (tools, image, run, test) needs. What is done already is skipped by
# comparing fingerprints, so that a second run takes no network and next to no time.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

steps_of() {
    case "$1" in
    tools) echo packages python venv ;;
    image) echo packages python venv models ;;
    run) echo packages python venv models frontend-packages frontend ;;
    test) echo packages packages-test samba python venv venv-dev models frontend-packages frontend ;;
    *) die "no such goal: $1" ;;
    esac
}

# A step file defines: title, inputs (printed, then hashed), outputs (files that must be there), work.
# Nothing is pending when the stamp holds the fingerprint of the inputs and all outputs are there.
pending() (
    # shellcheck source=/dev/null
    source "$ROOT/scripts/steps/$1.sh"
    [ "$(inputs | fingerprint)" = "$(cat "$STAMPS/$1" 2>/dev/null)" ] || return 0
    while IFS= read -r output; do
        [ -e "$output" ] || return 0
    done < <(outputs)
    return 1
)

# Runs in this very shell: a subshell would not see the trap that ends a running command.
do_step() {
    # shellcheck source=/dev/null
    source "$ROOT/scripts/steps/$1.sh"
    say "ondol: $(title)"
    rm -f "$STAMPS/$1"
    work
    inputs | fingerprint >"$STAMPS/$1"
}

ensure() {
    local step todo="" steps
    read -ra steps < <(steps_of "$1")
    for step in "${steps[@]}"; do
        if pending "$step"; then todo="$step" && break; fi
    done
    [ -n "$todo" ] || return 0
    mkdir -p "$STAMPS"
    exec 9>"$CACHE/setup.lock"
    if ! flock -n 9; then
        say "ondol: another set-up is at work in this folder, waiting for it"
        until flock -w 1 9; do :; done
    fi
    for step in "${steps[@]}"; do
        if pending "$step"; then do_step "$step"; fi
    done
    exec 9>&-
}
