#!/usr/bin/env bash
# update.sh [REF]: brings this git checkout to a newer version without stranding the house. Backup; the new version is set
# up beside this one and tries its step on a copy of the data; only then the files change and the house restarts. What
# fails after that is undone. Whenever it is interrupted, the same command goes on.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/appliance.sh"
NEXT="$CACHE/next"     # the new version, beside this one
BEFORE="$CACHE/before" # what this one was made of, for the way back
STATE="$CACHE/update"  # `forward` or `back`, and from which commit to which; there while the files are between versions
LONGEST_S=900          # a large database is copied and checked on a slow card meanwhile
LONGEST_AWAY_S=60      # so long may there be none
DEATHS=3               # so often may the new page's server end before it counts as broken

# Everything is read before anything is done: this file changes under it.
main() {
    local direction="" old="" new=""
    check_checkout
    exec 8>"$CACHE/update.lock"
    flock -n 8 || die "another update is at work in $ROOT"
    preflight --running
    read -r direction old new < <(cat "$STATE" 2>/dev/null) || true
    case "$(commit HEAD)" in
        "$old" | "$new") go_on "$direction" "$old" "$new" ;;
        *)
            rm -f "$STATE"
            begin "${1:-}"
            ;;
    esac
}

# go_on forward|back OLD NEW: what was interrupted. git may have been, too; that nobody's changes lay here was seen before.
go_on() {
    say "ondol: going on with the update that was interrupted"
    rm -f "$(git_here rev-parse --git-path index.lock)"
    git_here diff --binary HEAD >"$LOGS/update-interrupted.patch" || true # should somebody have worked here since
    if [ "$1" = forward ]; then
        git_here reset --quiet --hard "$3"
        sync
        finish "$2" "$3"
    else
        git_here reset --quiet --hard "$2"
        go_back "$2" "$3" "it was interrupted"
    fi
}

# Without the housekeeping that git leaves running: it would hold our lock.
git_here() { git -C "$ROOT" -c gc.auto=0 -c maintenance.auto=false "$@"; }
commit() { git_here rev-parse --verify --quiet "$1^{commit}"; }
version_of() { (cd "$1" && "$PY" -c 'from services.core.version import running_version; print(running_version())'); }
write_state() { printf '%s\n' "$*" >"$STATE.part" && sync "$STATE.part" && mv "$STATE.part" "$STATE" && sync "$CACHE"; }

check_checkout() {
    local told changed owner
    [ -e "$ROOT/.git" ] || die "$ROOT is no git checkout: install the new version the way this one came (a container gets a new image)"
    owner="$(stat -c %U "$ROOT")"
    [ "$(id -un)" = "$owner" ] || die "$ROOT belongs to $owner: update as that user"
    [ ! -d "$ONDOL_HOME/db" ] || [ -w "$ONDOL_HOME/db" ] || die "$ONDOL_HOME belongs to $(stat -c %U "$ONDOL_HOME/db"), $ROOT to $owner: see \"Updating\" in README.md"
    told="$(git_here rev-parse --show-toplevel 2>&1)" || die "git: $told"
    [ -x "$PY" ] || die "not set up yet: run make run once in $ROOT"
    [ ! -e "$STATE" ] || return 0
    changed="$(git_here status --porcelain --untracked-files=no | head -n 5)"
    [ -z "$changed" ] || die "files of this checkout were changed; take the changes back or commit them first (git status):"$'\n'"$changed"
}

# --- beside the running version ---------------------------------------------------------------------------------------

begin() {
    local old new
    old="$(commit HEAD)"
    say "ondol: asking for newer versions"
    logged update-fetch git_here fetch --tags --quiet
    new="$(target "$1")"
    if git_here merge-base --is-ancestor "$new" "$old"; then
        say "Nothing is newer: this is $(version_of "$ROOT")."
        return 0
    fi
    git_here merge-base --is-ancestor "$old" "$new" || die "${1:-the newer version} does not follow from what is here: this checkout has commits of its own"
    if [ -e "$ONDOL_HOME/db/ondol.db" ]; then
        say "ondol: backup"
        "$ROOT/scripts/data.sh" backup
    fi
    prepare "$new"
    rehearse
    switch "$old" "$new"
}

# target REF: the commit to go to. A branch is meant as it stands where it came from.
target() {
    if [ -z "$1" ]; then
        commit '@{upstream}' || die "this branch follows none: name the version (ondol update REF)"
    else
        commit "refs/remotes/origin/$1" || commit "$1" || die "no such version: $1"
    fi
}

prepare() {
    say "ondol: getting the new version ready beside this one"
    drop_next
    logged update-worktree git_here worktree add --force --detach "$NEXT" "$1"
    seed
    nice -n 10 "$NEXT/scripts/setup.sh" run || die "the new version could not be set up; nothing was changed"
}

# same FILE…: whether these are equal in both versions.
same() {
    local file
    for file in "$@"; do cmp -s "$ROOT/$file" "$NEXT/$file" || return 1; done
}

# What is equal is not made again: a Raspberry Pi compiles for half an hour. Files are linked, not copied.
seed() {
    mkdir -p "$NEXT/.cache"
    cp -a "$STAMPS" "$CACHE/python" "$NEXT/.cache/"
    link_tree "$CACHE/models" "$NEXT/.cache/models"
    ! same scripts/models.sha256 requirements/models.txt scripts/make_embedder.py scripts/steps/models.sh || mark_done "$NEXT" models
    if same_packages; then
        ln -s "$VENV" "$NEXT/.venv"
        mark_done "$NEXT" venv
    fi
    ! same frontend/package.json frontend/package-lock.json || ln -s "$ROOT/frontend/node_modules" "$NEXT/frontend/node_modules"
    [ ! -d "$ROOT/frontend/dist" ] || link_tree "$ROOT/frontend/dist" "$NEXT/frontend/dist"
}

same_packages() { same requirements/pip.txt requirements/runtime.txt scripts/steps/venv.sh; }

link_tree() {
    mkdir -p "$2" || return 1
    cp -alf "$1/." "$2/" 2>/dev/null || cp -af "$1/." "$2/"
}

# mark_done FOLDER STEP: what the step makes is there already.
mark_done() {
    bash -c 'source "$1/scripts/ensure.sh" && source "$ROOT/scripts/steps/$2.sh" && inputs | fingerprint >"$STAMPS/$2"' _ "$@"
}

# With the code of the new version: does it load, does it take the settings, and can it bring a copy of the data to its form?
rehearse() {
    local modules="import services.web.__main__, services.model.__main__, services.ingest.__main__, services.sentinel.__main__"
    say "ondol: rehearsing on a copy of the data"
    (cd "$NEXT" && .venv/bin/python -c "$modules" && nice -n 10 .venv/bin/python -m services.web.safety rehearse) && return 0
    drop_next
    die "the new version does not take this house's data or settings; nothing was changed"
}

drop_next() {
    rm -rf "$NEXT"
    git_here worktree prune
}

# --- between the versions ---------------------------------------------------------------------------------------------

switch() {
    keep_before
    version_of "$ROOT" >"$BEFORE/version"
    version_of "$NEXT" >"$BEFORE/after"
    write_state forward "$1" "$2"
    if ! git_here merge --ff-only --quiet "$2"; then
        rm -f "$STATE"
        drop_next
        die "git could not bring the files to the new version; nothing was changed"
    fi
    sync # git does not: after a power cut files would be empty
    finish "$1" "$2"
}

keep_before() {
    rm -rf "$BEFORE"
    mkdir -p "$BEFORE"
    cp -a "$STAMPS" "$BEFORE/stamps"
    [ ! -d "$ROOT/frontend/dist" ] || link_tree "$ROOT/frontend/dist" "$BEFORE/dist"
    same_packages || link_tree "$VENV" "$BEFORE/venv"
}

# finish OLD NEW: the files are the new version's; the rest follows, or everything goes back.
finish() {
    local why="it could not be set up"
    if take_over && "$ROOT/scripts/setup.sh" run && why="the house did not open with it" && restart; then
        rm -f "$STATE"
        rm -rf "$BEFORE"
        drop_next
        say "Ondol is updated to $(version_of "$ROOT")."
        return 0
    fi
    go_back "$1" "$2" "$why"
}

# The page and the models that were made beside are used, not made again.
take_over() {
    [ -e "$NEXT/frontend/dist/index.html" ] || return 0
    link_tree "$NEXT/.cache/models" "$CACHE/models" && replace_dist "$NEXT/frontend/dist" &&
        cp "$NEXT/.cache/stamps/frontend" "$STAMPS/frontend"
}

replace_dist() {
    rm -rf "$CACHE/dist" && link_tree "$1" "$CACHE/dist" && rm -rf "$ROOT/frontend/dist" &&
        mv "$CACHE/dist" "$ROOT/frontend/dist"
}

# go_back OLD NEW WHY: files, packages, page and data as they were. Ends with 1.
go_back() {
    local before after
    before="$(cat "$BEFORE/version" 2>/dev/null || echo "${1:0:7}")"
    after="$(cat "$BEFORE/after" 2>/dev/null || echo "${2:0:7}")"
    warn "the update to $after did not work: $3. Going back to $before"
    write_state back "$1" "$2"
    "$VENV/bin/supervisorctl" -c "$CONFIG" stop ondol:web >/dev/null 2>&1 || true
    git_here reset --quiet --keep "$1" || die "git could not go back to $1; see git status, then run the same command again"
    put_back_files
    "$ROOT/scripts/setup.sh" run || die "the former version could not be set up; run the same command again"
    if ! "$PY" -m services.web.safety undo --before "$before" --after "$after"; then
        git_here merge --quiet --ff-only "$2"
        rm -f "$STATE"
        if "$ROOT/scripts/setup.sh" run; then restart || true; fi
        warn "the data stay with $after, and so does Ondol. A mended version comes with the next ondol update. To give up what was written"
        die "since: ondol stop; git reset --keep ${1:0:7}; ondol restore FILE, with the backup that was made above"
    fi
    restart || warn "the former version does not open either; see $ONDOL_HOME/logs/web.log"
    rm -f "$STATE"
    rm -rf "$BEFORE"
    drop_next
    die "Ondol is $before as before; nothing was lost"
}

put_back_files() {
    [ ! -d "$BEFORE/dist" ] || replace_dist "$BEFORE/dist"
    if [ -d "$BEFORE/venv" ]; then
        rm -rf "$VENV"
        mv "$BEFORE/venv" "$VENV"
    fi
    [ ! -d "$BEFORE/stamps" ] || cp -a "$BEFORE/stamps/." "$STAMPS/"
}

# --- the house --------------------------------------------------------------------------------------------------------

# restart: 0 when the house answers again, or did not run. One whose supervisor ended over it is started in the background.
restart() {
    local pid web
    running || [ -e "$BEFORE/ran" ] || return 0
    [ ! -d "$BEFORE" ] || touch "$BEFORE/ran"
    web="$(cat "$RUN/web.lock" 2>/dev/null || true)"
    pid="$(cat "$RUN/supervisord.pid" 2>/dev/null || true)"
    if running && [ -n "$pid" ]; then
        say "ondol: restarting"
        kill -HUP "$pid"
    else
        "$ROOT/scripts/start.sh" 8>&- || return 1
    fi
    await_new "$web"
}

# await_new PID: returns 0 when another web process than PID answers, 1 when none begins, it ends again and again, stays
# shut, or takes too long.
await_new() {
    local last="$1" now deaths=0 away=0 begun=$SECONDS
    while ((SECONDS - begun < LONGEST_S && deaths < DEATHS && away < LONGEST_AWAY_S * 5)); do
        sleep 0.2
        now="$(cat "$RUN/web.lock" 2>/dev/null || true)"
        if [ -n "$now" ] && kill -0 "$now" 2>/dev/null; then
            away=0
            if [ "$now" != "$last" ] && healthz; then
                closed || return 0
                warn "$CLOSED"
                return 1
            fi
        else
            away=$((away + 1))
            [ "$now" = "$last" ] || deaths=$((deaths + 1))
            last="$now"
        fi
    done
    tail -n 3 "$ONDOL_HOME/logs/web.log" >&2
    return 1
}

main "$@"
exit
