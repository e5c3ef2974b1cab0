#!/usr/bin/env bash
# Tasks under a real Slurm: test.sh ZARRIO PYTHON
# 24 files; a job in front of the tasks makes the archive, or keeps them from starting; two tasks are
# killed, and so is a node under a third one. In the end every point is there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export ZARRIO=$1
python=$2
TEST_DIRECTORY=$(mktemp -d)
export TEST_DIRECTORY
# What is written twice is the same.
export SOURCE_DATE_EPOCH=0
# The keeper of credentials is another user.
chmod 755 "$TEST_DIRECTORY"
lab=$TEST_DIRECTORY/slurm
export SLURM_CONF=$lab/slurm.conf

end() {
    local code=$?
    "$here/cluster.sh" down "$lab" || true
    if [ $code != 0 ]; then
        tail -n 40 "$TEST_DIRECTORY"/plan.slurm/*.log "$TEST_DIRECTORY/started" "$lab"/log/slurmctld.log >&2 || true
    fi
    rm -rf "$TEST_DIRECTORY"
    exit $code
}
trap end EXIT
trap 'exit 143' TERM INT

fail() {
    echo "error: $*" >&2
    exit 1
}
# until_true SECONDS COMMAND...: waits until it succeeds.
until_true() {
    local last=$((SECONDS + $1))
    shift
    until "$@"; do
        if [ $SECONDS -ge $last ]; then fail "this does not come true: $*"; fi
        sleep 0.2
    done
}
expect() { grep -q -- "$1" "$2" || fail "$2 does not say: $1"; }
over() { [ -z "$(squeue --noheader --jobs "$1" --states PENDING,RUNNING,COMPLETING,SUSPENDED,REQUEUED 2>&1)" ]; }

"$here/cluster.sh" up "$lab"
cd "$TEST_DIRECTORY"
mkdir files
"$python" "$here/files.py" files 24
"$ZARRIO" create-template files/day-00.nc out.zarr --global-end 2021-01-24 --quiet \
    --chunking time:24 --compression gzip:9
"$ZARRIO" plan 'files/*.nc' out.zarr --output plan.json --quiet
[ "$(grep -c '"files":' plan.json)" = 24 ] || fail "there are not 24 tasks"

# The archive is made by the job in front of the tasks, or not at all.
mv out.zarr planned.zarr
submit() {
    "$ZARRIO" submit plan.json --engine slurm --program "$here/program" --array-limit 4 "$@" \
        -- --fsync 2>said
    cat said >&2
}
ended() { [ "$(squeue --noheader --jobs "$1" --states all --format %T | sort -u)" = "$2" ]; }
job=$(submit --before 'false')
until_true 60 ended "$job" CANCELLED
until_true 60 compgen -G 'plan.slurm/finalize-*.log' >/dev/null
until_true 60 grep -q '^error: ' plan.slurm/finalize-*.log
if grep -v "^none " started; then fail "tasks started although what comes before them had failed"; fi
rm plan.slurm/finalize-*.log

template="'$ZARRIO' create-template files/day-00.nc out.zarr --global-end 2021-01-24 --quiet"
job=$(submit --before "$template --chunking time:24 --compression gzip:9")
expect 'after job' said
expect 'a task takes up to about' said

# A node dies with the daemon and what it watches; the task goes on, unseen, as on a machine
# that is only cut off.
until_true 60 test -s waiting
read -r lost node <waiting
kill -9 "$(cat "$lab/run/$node")"
for process in /proc/[0-9]*; do
    if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q "^slurmstepd: \[$lost\."; then
        kill -9 "${process#/proc/}"
    fi
done
rm "$lab/run/$node"
until_true 60 test -e go-on
"$here/cluster.sh" node "$lab" "${node#n}"
until_true 60 test -s went-on
[ "$(cat went-on)" = 0 ] || fail "who wrote beside the second one failed: $(cat went-on)"

until_true 60 over "$job"
report() { compgen -G 'plan.slurm/finalize-*.log' >/dev/null && grep -q 'tasks are done' plan.slurm/finalize-*.log; }
until_true 60 report
[ "$(sort -n killed)" = $'5\n11' ] || fail "not all were killed: $(cat killed)"
grep -q '^5 .* 1$' started || fail "what was killed was not queued again"
grep -q '^17 .* 1$' started || fail "what was on the dead node was not queued again"
expect '^23 of 24 tasks are done$' plan.slurm/finalize-*.log
expect '^not done: 11$' plan.slurm/finalize-*.log

# What is left is submitted by one line.
rm plan.slurm/finalize-*.log
left=$("$ZARRIO" status --pending-ids plan.json)
[ "$left" = 11 ] || fail "left are: $left"
job=$(submit --array "$left")
until_true 60 over "$job"
until_true 60 report
expect '^24 of 24 tasks are done$' plan.slurm/finalize-*.log
[ -z "$("$ZARRIO" status --pending-ids plan.json)" ] || fail "something is still left"

"$ZARRIO" finalize plan.json --full >full || fail "$(cat full)"
"$ZARRIO" verify out.zarr 'files/*.nc' >points || fail "$(cat points)"
"$ZARRIO" status out.zarr --require-complete >/dev/null
diff planned.zarr/zarr.json out.zarr/zarr.json || fail "the archive is not the one that was planned for"
echo "24 tasks, two killed and one on a node that died: every point is there"
