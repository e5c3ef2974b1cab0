#!/usr/bin/env bash
# Garage on this machine: a server of the S3 protocol that accepts conditional writes and ignores
# the conditions. It is built with cargo, once, in some minutes.
#
#   source <(tests/remote/garage.sh up DIRECTORY)   starts it, and tells the environment of clients
#   tests/remote/garage.sh down DIRECTORY           stops it
#
# With GARAGE_BIN a program that is there already is taken.
set -euo pipefail
version=2.5.0 port=13900 bucket=archives
what=${1:?up or down} place=$(realpath -m "${2:?a directory}")
program=${GARAGE_BIN:-$place/bin/garage}

down() {
    if [ -s "$place/pid" ]; then
        kill "$(cat "$place/pid")" 2>/dev/null || true
        rm -f "$place/pid"
    fi
}

build() {
    # Few of its features are needed here, and no speed.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install garage --version "$version" --locked --root "$place" \
        --no-default-features --features bundled-libs,sqlite >&2
}

configure() {
    (umask 077 && cat >garage.toml) <<END
metadata_dir = "$place/meta"
data_dir = "$place/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$((port + 1))"
rpc_public_addr = "127.0.0.1:$((port + 1))"
rpc_secret = "$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n')"
[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:$port"
END
}

garage() { "$program" -c garage.toml "$@"; }

up() {
    mkdir -p "$place"
    cd "$place"
    [ -x "$program" ] || build
    rm -rf meta data garage.toml
    mkdir meta data
    configure
    RUST_LOG=garage=info "$program" -c garage.toml server >log 2>&1 &
    echo $! >pid
    for _ in $(seq 100); do
        if garage status >/dev/null 2>&1; then break; fi
        sleep 0.1
    done
    garage layout assign -z here -c 20G "$(garage node id -q | cut -d@ -f1)" >/dev/null 2>&1
    garage layout apply --version 1 >/dev/null 2>&1
    for _ in $(seq 50); do
        if garage bucket create "$bucket" >/dev/null 2>&1; then break; fi
        sleep 0.2
    done
    garage key create tests >key 2>/dev/null
    garage bucket allow --read --write --owner "$bucket" --key tests >/dev/null 2>&1
    echo "export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=garage"
    echo "export AWS_ACCESS_KEY_ID=$(awk '/Key ID/ {print $NF}' key)"
    echo "export AWS_SECRET_ACCESS_KEY=$(awk '/Secret key/ {print $NF}' key)"
    echo "export S3_BUCKET=$bucket"
}

case $what in
up) up ;;
down) down ;;
*)
    echo "up or down?" >&2
    exit 2
    ;;
esac
