#!/usr/bin/env bash
# A Ceph object gateway on this machine, with its data in memory: a server of the S3 protocol that
# refuses conditional writes in the form that everybody else takes. Needs root to install it.
#
#   source <(tests/remote/ceph.sh up DIRECTORY)   starts it, and tells the environment of clients
#   tests/remote/ceph.sh down DIRECTORY           stops it
set -euo pipefail
port=17480 key=AKTEST secret=SKTEST bucket=archives
what=${1:?up or down} place=$(realpath -m "${2:?a directory}")

down() {
    for name in rgw osd mon; do
        if [ -s "$place/$name.pid" ]; then
            kill "$(cat "$place/$name.pid")" 2>/dev/null || true
            rm -f "$place/$name.pid"
        fi
    done
}

configure() {
    cat >ceph.conf <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:13300,v1:127.0.0.1:16789]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data = $place/mon
mon cluster log file = $place/cluster.log
osd data = $place/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd numa auto affinity = false
run dir = $place
admin socket = $place/\$name.asok
log file = $place/\$name.log
pid file =
keyring = $place/keyring
crash dir = $place
[osd]
keyring = $place/osd/keyring
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
END
}

# Runs a command until it succeeds.
patiently() {
    for _ in $(seq 200); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.3
    done
    echo "ceph: in vain: $*" >&2
    return 1
}

has_osd() { ceph -c ceph.conf osd stat | grep -q '1 up'; }

up() {
    if ! command -v radosgw ceph-mon ceph-osd >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            ceph-mon ceph-osd ceph-common radosgw
    fi
    down
    rm -rf "$place"
    mkdir -p "$place"/{mon,osd}
    cd "$place"
    configure
    local fsid osd authority
    fsid=$(sed -n 's/^fsid = //p' ceph.conf) osd=$(cat /proc/sys/kernel/random/uuid)
    ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    monmaptool --create --fsid "$fsid" --addv a '[v2:127.0.0.1:13300,v1:127.0.0.1:16789]' monmap
    ceph-mon -c ceph.conf --mkfs -i a --monmap monmap --keyring keyring
    setsid ceph-mon -c ceph.conf -i a -f >mon.out 2>&1 &
    echo $! >mon.pid
    authority=$(ceph-authtool --gen-print-key)
    echo "{\"cephx_secret\":\"$authority\"}" | timeout 60 ceph -c ceph.conf osd new "$osd" -i -
    ceph-authtool osd/keyring --create-keyring -n osd.0 --add-key "$authority"
    ceph-osd -c ceph.conf -i 0 --mkfs --osd-uuid "$osd" --no-mon-config
    setsid ceph-osd -c ceph.conf -i 0 -f >osd.out 2>&1 &
    echo $! >osd.pid
    patiently has_osd
    timeout 60 ceph -c ceph.conf auth get-or-create client.rgw.a mon 'allow rw' osd 'allow rwx' \
        >>keyring
    setsid radosgw -c ceph.conf -n client.rgw.a -f >rgw.out 2>&1 &
    echo $! >rgw.pid
    patiently curl -s "http://127.0.0.1:$port/"
    timeout 60 radosgw-admin -c ceph.conf user create --uid=test --display-name=test \
        --access-key=$key --secret-key=$secret
    # The hash of nothing, without which this server takes no signature, and curl says none.
    local empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    patiently curl -s -f -X PUT -H "x-amz-content-sha256: $empty" \
        --aws-sigv4 aws:amz:default:s3 --user "$key:$secret" "http://127.0.0.1:$port/$bucket"
}

case $what in
    up)
        up >&2
        cat <<END
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=default S3_BUCKET=$bucket
export AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret
END
        ;;
    down) down ;;
    *) sed -n 2,6p "$0" >&2 && exit 2 ;;
esac
