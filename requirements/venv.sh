#!/bin/sh
# Makes a virtual environment from a lock file and puts packages of this repository into it, editable.
#
#     requirements/venv.sh FOLDER LOCKFILE [PACKAGE...]
#
# It finds a Python of its own; PYTHON=/path/to/python overrides the search. FOLDER/ready is written last: an environment without it was
# never complete, and is made from scratch.
set -eu

folder=$1
lock=$2
shift 2

say() { printf '%s\n' "$*" >&2; }

# A name on the PATH is not enough: a version manager's shim may stand for a Python that is not selected.
recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
complete() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_python() {
    incomplete=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        recent "$candidate" || continue
        if complete "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
        incomplete=${incomplete:-$candidate}
    done
    if [ -n "$incomplete" ]; then
        say "$incomplete cannot make virtual environments: its venv module is missing."
        say "On Debian and Ubuntu install the package python3-venv, or name another Python: make PYTHON=/path/to/python"
    else
        say "No Python 3.11 or later was found among: ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}"
        say "Install one (on Debian and Ubuntu: python3 and python3-venv), or name one: make PYTHON=/path/to/python"
    fi
    exit 1
}

export PIP_DISABLE_PIP_VERSION_CHECK=1

if [ ! -e "$folder/ready" ] || ! "$folder/bin/python" -c '' >/dev/null 2>&1; then
    python=$(find_python)
    say "Making $folder with $("$python" --version), once; this may take a minute."
    rm -rf "$folder"
    "$python" -m venv "$folder"
else
    say "Bringing $folder up to date."
fi

"$folder/bin/python" -m pip install -qq --require-hashes -r "$lock"
if [ $# -gt 0 ]; then
    for package in "$@"; do set -- "$@" -e "./$package"; shift; done
    # Hashed requirements refuse local folders, so these come in a second step, built by the locked hatchling.
    "$folder/bin/python" -m pip install -qq --no-deps --no-build-isolation "$@"
fi
: >"$folder/ready"
