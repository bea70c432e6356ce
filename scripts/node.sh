# shellcheck shell=bash
# find_node: prints the folder of the first node on PATH that is version 18 or newer and has npm beside it.
find_node() {
    local node version
    while IFS= read -r node; do
        [ -x "$(dirname "$node")/npm" ] || continue
        version="$("$node" --version 2>/dev/null)" || continue
        version="${version#v}"
        if [ "${version%%.*}" -ge 18 ] 2>/dev/null; then
            dirname "$node"
            return 0
        fi
    done < <(type -ap node; echo /usr/bin/node)
}
