#!/bin/sh
# Compiles every lock file for all supported Pythons: pinned, hashed, and without a word about where packages come from.
#
#     requirements/compile.sh PYTHON     (a Python that has uv and pip; `make requirements` makes one)
set -eu

python=$1

# uv does not read pip's configuration; the index that pip is set up for is the one to ask.
index=$("$python" -m pip config get global.index-url 2>/dev/null || true)
index=${PIP_INDEX_URL:-$index}
if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi

compile() {
    # shellcheck disable=SC2086 # ARGS is a list of options
    "$python" -m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements' \
        ${ARGS:-} --output-file "$2" "$1"
    printf '%s\n' "$2"
}

compile requirements/lock.in requirements/lock.txt
compile requirements/runtime.in requirements/runtime.txt
compile requirements/dev.in requirements/dev.txt
"$python" requirements/lowest.py | compile - requirements/lowest.txt
compile requirements/fuzz.in requirements/fuzz.txt
compile benchmarks/requirements.in benchmarks/requirements.txt
