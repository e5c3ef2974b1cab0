# What both commands share. Read by them, not run.

# The tools of the system speak English, and nothing asks questions.
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for hint in "$@"; do printf '  hint: %s\n' "$hint" >&2; done
    exit 1
}

# The Rust toolchain and a C compiler are the user's part.
require_toolchain() {
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    command -v cargo >/dev/null ||
        fail "cargo is not installed" "install the Rust toolchain, 1.91 or newer: https://rustup.rs"
    command -v cc >/dev/null ||
        fail "there is no C compiler" "install one: apt-get install gcc"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Installs those of the given Debian packages that are missing.
require_packages() {
    local missing=() package
    for package in "$@"; do installed "$package" || missing+=("$package"); done
    if [ ${#missing[@]} = 0 ]; then return; fi
    command -v apt-get >/dev/null ||
        fail "missing: ${missing[*]} (names of Debian packages)" "install them by the tools of this system"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        fail "missing: ${missing[*]}" "run this as root, or install sudo, or install them yourself"
    say "Installing ${missing[*]}"
    # The list of packages once; and apt's chatter only when something goes wrong.
    if [ -z "${apt_updated-}" ]; then
        quietly as_root apt-get update -q
        apt_updated=yes
    fi
    quietly as_root env DEBIAN_FRONTEND="$DEBIAN_FRONTEND" \
        apt-get install -y -q --no-install-recommends "${missing[@]}"
}

quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "this failed: $*"
    fi
    rm -f "$log"
}

# Sets PYTHON to an interpreter of 3.11 or newer that can make virtual environments.
find_python() {
    local candidate
    for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c \
            'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            PYTHON=$candidate
            return
        fi
    done
    require_packages python3 python3-venv
    PYTHON=/usr/bin/python3
}

# require_venv DIRECTORY REQUIREMENTS: a virtual environment with exactly these packages.
require_venv() {
    local directory=$1 requirements=$2
    if [ -x "$directory/bin/python" ] && cmp -s "$requirements" "$directory/requirements"; then
        return
    fi
    find_python
    say "Installing Python packages into $directory"
    rm -rf "$directory"
    "$PYTHON" -m venv "$directory"
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$requirements"
    # Last: it says that all of the above went well.
    cp "$requirements" "$directory/requirements"
}
