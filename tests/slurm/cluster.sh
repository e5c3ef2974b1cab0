#!/usr/bin/env bash
# A Slurm of two virtual nodes on this machine, on loopback ports, as root and without systemd.
#   cluster.sh up DIRECTORY      starts it; everything that it writes lies in DIRECTORY
#   cluster.sh node DIRECTORY N  starts the daemon of node N again
#   cluster.sh down DIRECTORY    stops what was started, by recorded process numbers
# Needs the Debian packages slurm-wlm and munge. The system's own Slurm and munge are not touched.
set -euo pipefail
lab=$2
host=$(hostname -s)
export SLURM_CONF=$lab/slurm.conf
socket=$lab/munge/socket/munge

# A process that was killed and that nobody has waited for is not alive.
alive() {
    [ -s "$1" ] && grep -qs '^State:.[^Z]' "/proc/$(cat "$1")/status"
}

# start NAME COMMAND...: a daemon in the foreground of a session of its own, and its number.
start() {
    local name=$1
    shift
    if alive "$lab/run/$name"; then return; fi
    setsid "$@" >"$lab/log/$name.out" 2>&1 &
    echo $! >"$lab/run/$name"
}

start_node() {
    mkdir -p "$lab/spool.n$1"
    start "n$1" slurmd -D -f "$SLURM_CONF" -N "n$1"
}

stop() {
    local file=$1
    if alive "$file"; then kill "$(cat "$file")" || true; fi
    for _ in $(seq 50); do
        alive "$file" || break
        sleep 0.1
    done
    if alive "$file"; then kill -KILL "$(cat "$file")" || true; fi
    rm -f "$file"
}

configure() {
    local memory
    memory=$(awk '/MemTotal/ { print int($2 / 1024 * 0.45) }' /proc/meminfo)
    cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=16827
AuthType=auth/munge
# What is requeued waits until credentials have expired: two minutes by default.
AuthInfo=socket=$socket,cred_expire=5
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$lab/state
SlurmdSpoolDir=$lab/spool.%n
SlurmctldPidFile=$lab/own/slurmctld.pid
SlurmdPidFile=$lab/own/slurmd.%n.pid
SlurmctldLogFile=$lab/log/slurmctld.log
SlurmdLogFile=$lab/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
PropagateResourceLimits=NONE
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=2
JobRequeue=1
MinJobAge=3600
KillWait=2
SlurmdTimeout=5
AccountingStorageType=accounting_storage/none
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17011-17012] CPUs=2 RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

up() {
    umask 022
    mkdir -p "$lab"/{run,own,log,state,munge/socket,munge/log}
    chmod 755 "$lab"
    getent hosts "$host" >/dev/null || echo "127.0.0.1 $host" >>/etc/hosts
    dd if=/dev/urandom of="$lab/munge/key" bs=128 count=1 status=none
    chown -R munge:munge "$lab/munge"
    chmod 711 "$lab/munge"
    chmod 755 "$lab/munge/socket"
    chmod 700 "$lab/munge/log"
    chmod 400 "$lab/munge/key"
    start munged setpriv --reuid=munge --regid=munge --clear-groups munged --foreground --force \
        --key-file="$lab/munge/key" --socket="$socket" --pid-file="$lab/munge/socket/pid" \
        --log-file="$lab/munge/log/log" --seed-file="$lab/munge/log/seed" --num-threads=2
    for _ in $(seq 100); do
        if [ -S "$socket" ]; then break; fi
        sleep 0.1
    done
    if ! [ -S "$socket" ]; then
        cat "$lab/log/munged.out" >&2
        echo "error: munged does not start" >&2
        return 1
    fi
    configure
    start slurmctld slurmctld -D -f "$SLURM_CONF"
    start_node 1
    start_node 2
    for _ in $(seq 150); do
        if [ "$(timeout 5 sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" = 2 ]; then return; fi
        sleep 0.2
    done
    tail -n 20 "$lab"/log/* >&2
    echo "error: the nodes of Slurm do not become idle" >&2
    return 1
}

down() {
    if alive "$lab/run/slurmctld"; then
        timeout 10 scancel --user="$(id -un)" 2>/dev/null || true
        sleep 1
    fi
    for name in n1 n2 slurmctld munged; do stop "$lab/run/$name"; done
}

case $1 in
    up) up ;;
    node) start_node "$3" ;;
    down) down ;;
esac
