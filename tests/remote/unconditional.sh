#!/usr/bin/env bash
# Writes to a server of the S3 protocol that does not keep conditional writes: what shares chunks
# is refused with the way out, before anything is written, and everything else works.
#
#   tests/remote/unconditional.sh ZARRIO PYTHON
#
# The server and its bucket, S3_BUCKET, are those of the environment, as tests/remote/ceph.sh up or
# tests/remote/garage.sh up tells it. Not a part of scripts/test: such servers take long to install.
set -euo pipefail
zarrio=$(realpath "$1") python=$2
tests=$(dirname "$(realpath "$0")")/..
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
at="s3://$S3_BUCKET/unconditional-$$"

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
quietly() { "$zarrio" "$@" --quiet; }

"$python" "$tests/regions/year.py" .

echo "== a whole archive"
quietly convert 2021-01.nc one.zarr
quietly convert 2021-01.nc "$at/one.zarr"
"$zarrio" verify "$at/one.zarr" 2021-01.nc
[ "$("$zarrio" digest --json one.zarr | grep -c '"digest"')" -gt 0 ]
diff <("$zarrio" digest one.zarr | tail -n +2) <("$zarrio" digest "$at/one.zarr" | tail -n +2)
quietly convert 2021-02.nc "$at/one.zarr" --overwrite
"$zarrio" verify "$at/one.zarr" 2021-02.nc

template() {
    quietly create-template 2021-01.nc "$1" --global-start 2021-01-01 --global-end 2021-12-31 \
        --chunking "time:$2"
}

echo "== files that share chunks are refused"
template "$at/shared.zarr" 100
if "$zarrio" write-region 2021-01.nc "$at/shared.zarr" 2>said; then
    fail "shared chunks were written"
fi
cat said
grep -q "cannot share" said || fail "no reason"
grep -q "make an archive whose chunks end where files end" said || fail "no way out"
if "$zarrio" status --require-complete "$at/shared.zarr" >status.txt; then
    fail "something was written"
fi

echo "== chunks that end where files end, four writers at once"
template "$at/own.zarr" 4
months=(2021-*.nc)
writers=()
for i in 0 1 2 3; do
    (for n in "$i" "$((i + 4))" "$((i + 8))"; do
        quietly write-region "${months[n]}" "$at/own.zarr"
    done) &
    writers+=($!)
done
for writer in "${writers[@]}"; do wait "$writer"; done
"$zarrio" status --require-complete "$at/own.zarr"
"$zarrio" verify "$at/own.zarr" 2021-*.nc
"$zarrio" write-region 2021-03.nc "$at/own.zarr" --resume

echo "== one that was killed"
"$zarrio" write-region 2021-05.nc "$at/own.zarr" --quiet &
killed=$!
sleep 0.3
kill -9 "$killed" 2>/dev/null || true
wait "$killed" 2>/dev/null || true
quietly write-region 2021-05.nc "$at/own.zarr"
"$zarrio" verify "$at/own.zarr" 2021-*.nc
quietly clean "$at/own.zarr"
echo "passed"
