#!/usr/bin/env bash
# One plan by several engines: test.sh ZARRIO READERS ENGINES
# READERS is a Python with netCDF4, ENGINES one with what requirements.txt names. Where RAY_PYTHON
# is a Python with Ray, that is tried too.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples
export REAL_ZARRIO=$1
readers=$2
engines=$3
TEST_DIRECTORY=$(mktemp -d)
export TEST_DIRECTORY
trap 'rm -rf "$TEST_DIRECTORY"' EXIT
trap 'exit 143' TERM INT
cd "$TEST_DIRECTORY"

fail() {
    echo "error: $*" >&2
    exit 1
}
# A new archive and its plan, for the engine of this name.
begin() {
    export TEST_ENGINE=$1
    rm -rf out.zarr plan.json looked
    cp -r template.zarr out.zarr
    "$REAL_ZARRIO" plan 'files/*.nc' out.zarr --output plan.json --quiet
}
# The archive is what one process writes, and all is on record.
check() {
    diff -r --exclude=.zarrio alone.zarr out.zarr || fail "$TEST_ENGINE: the archive differs"
    "$REAL_ZARRIO" finalize plan.json --full >report || fail "$TEST_ENGINE: $(cat report)"
    echo "$TEST_ENGINE: every point is there"
}

mkdir files
"$readers" "$here/../slurm/files.py" files 6
"$REAL_ZARRIO" create-template files/day-00.nc template.zarr --global-end 2021-01-06 --quiet \
    --chunking time:24 --compression zstd:9
cp -r template.zarr alone.zarr
"$REAL_ZARRIO" write-region 'files/*.nc' alone.zarr --quiet

begin parallel
code=0
seq 0 5 | parallel -j 2 --retries 3 --joblog log \
    "$here/failing" run plan.json --task-id {} --jobs 1 --quiet || code=$?
[ $code = 1 ] || fail "parallel ended with $code, and one task had failed"
[ "$("$REAL_ZARRIO" status --pending-ids plan.json)" = 3 ] || fail "not only task 3 is left"
touch looked
seq 0 5 | parallel -j 2 --resume-failed --joblog log \
    "$here/failing" run plan.json --task-id {} --jobs 1 --quiet
[ "$(wc -l <log)" = 8 ] || fail "more than what had failed was run again: $(cat log)"
check

begin dask
touch looked
ZARRIO=$here/failing "$engines" "$examples/dask_tasks.py" plan.json >said 2>&1 || fail "$(cat said)"
check

begin kubernetes
touch looked
"$REAL_ZARRIO" submit plan.json --engine kubernetes --image zarrio:1 --volume data:/data --secret store \
    --task-count 4 --dry-run >job.json
valid() {
    "$engines" - "$1" <<'PYTHON'
import json, sys
import kubernetes_validate

job = json.load(open(sys.argv[1]))
for version in ("1.29", "1.34"):
    kubernetes_validate.validate(job, version, strict=True)
PYTHON
}
valid job.json
sed 's/"completionMode"/"completionMood"/' job.json >wrong.json
if valid wrong.json 2>said; then fail "anything is a manifest"; fi
grep -q completionMood said || fail "$(cat said)"
mkdir bin
ln -s "$here/failing" bin/zarrio
printf '#!/bin/sh\ncat >given.json\necho job.batch/zarrio-1\n' >bin/kubectl
chmod +x bin/kubectl
said=$(PATH=$PWD/bin:$PATH "$REAL_ZARRIO" submit plan.json --engine kubernetes --image zarrio:1 \
    --volume data:/data --secret store --task-count 4 --quiet)
[ "$said" = job.batch/zarrio-1 ] || fail "submit said: $said"
# What the pods would do, by the rules of the job.
PATH=$PWD/bin:$PATH "$engines" - <<'PYTHON'
import json, os, subprocess

job, given = (json.load(open(name)) for name in ("job.json", "given.json"))
assert job == given, given
spec = job["spec"]
(container,) = spec["template"]["spec"]["containers"]
no_retry = spec["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"]
for index in range(spec["completions"]):
    for attempt in range(spec["backoffLimitPerIndex"] + 1):
        environment = dict(os.environ, JOB_COMPLETION_INDEX=str(index))
        code = subprocess.run(container["command"], env=environment).returncode
        if code == 0:
            break
        assert code not in no_retry, (index, code)
    assert code == 0, (index, code)
PYTHON
check

# The four writers of compose.yaml share chunks; the second time there is nothing to do.
mkdir folder
cp files/* folder
for _ in 1 2; do
    CHUNKING=time:36 "$engines" "$here/containers.py" "$REAL_ZARRIO" folder >report 2>said || fail "$(cat said)"
done
[ "$(grep -c '"files":' folder/plan.json)" = 6 ] || fail "there are not 6 tasks: $(cat folder/plan.json)"
grep -q '^4 of 4 tasks are done$' report || fail "$(cat report)"
if ! grep -q 'on record already' said; then fail "it was done again: $(cat said)"; fi
"$REAL_ZARRIO" verify folder/archive.zarr 'folder/*.nc' >points || fail "$(cat points)"
"$REAL_ZARRIO" status folder/archive.zarr --require-complete >/dev/null
echo "compose.yaml: every point is there"

if [ -n "${RAY_PYTHON-}" ]; then
    begin ray
    touch looked
    ZARRIO=$here/failing "$RAY_PYTHON" "$examples/ray_tasks.py" plan.json >said 2>&1 || fail "$(cat said)"
    check
fi
