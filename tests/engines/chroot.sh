#!/usr/bin/env bash
# What the image has, in an empty directory: chroot.sh PROGRAM, as root
# PROGRAM is what `scripts/setup --static` has built. It runs as a user whom nobody knows, in a root
# with what the Dockerfile puts there, and with the files that an engine mounts. Needs openssl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$1
data=$here/../data
root=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$root"' EXIT

fail() {
    echo "error: $*" >&2
    exit 1
}
if readelf --dynamic "$program" | grep -q NEEDED; then fail "$program needs libraries"; fi

# The second step of the build.
install -D "$program" "$root/usr/local/bin/zarrio"
step=$(sed -e ':a; /\\$/ { N; s/\\\n//; ba }' "$here/../../Dockerfile" | sed -n 's/^RUN \(.*ca-certificates.*\)/\1/p')
[ -n "$step" ] || fail "the Dockerfile has no step with certificates"
sh -euc "${step//\/image/$root}"
mkdir -p "$root/data" "$root/dev"
# Where an engine mounts all of /dev; without it there are no random numbers.
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
cp "$data"/*.nc "$data"/*.nc4 "$root/data"
printf 'nameserver 127.0.0.77\n' >"$root/etc/resolv.conf"
printf '127.0.0.1 file.test\n' >"$root/etc/hosts"
chown -R 12345:12345 "$root/data"
chmod 755 "$root"
zarrio() {
    env -i PATH=/usr/local/bin ZARRIO_REMOTE_RETRIES=1 "$(command -v unshare)" --root="$root" --wd=/data --setgid=12345 --setuid=12345 \
        zarrio "$@" --progress never
}

zarrio convert wind.nc wind.zarr
zarrio verify wind.zarr wind.nc >/dev/null
# The netCDF C library is in the program.
zarrio convert sst.nc sst.zarr --reader c
zarrio verify sst.zarr sst.nc --reader rust >/dev/null

# Four writers that share chunks.
zarrio create-template 'tas-*.nc' tas.zarr --chunking time:128
writers=()
for file in tas-2005.nc tas-2030.nc tas-2055.nc tas-2030.nc; do
    zarrio write-region "$file" tas.zarr &
    writers+=($!)
done
code=0
for writer in "${writers[@]}"; do wait "$writer" || code=$?; done
[ $code = 0 ] || [ $code = 75 ] || fail "a writer ended with $code"
zarrio verify tas.zarr 'tas-*.nc' >/dev/null
zarrio status tas.zarr --require-complete >/dev/null
[ "$(stat -c %u "$root/data/tas.zarr/zarr.json")" = 12345 ] || fail "somebody else has written"

# A server that is found by a file and by DNS, over TLS.
tls=$root/tls
mkdir "$tls"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=dns.test -keyout "$tls/key.pem" -out "$tls/request" 2>/dev/null
openssl x509 -req -days 2 -in "$tls/request" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial \
    -out "$tls/cert.pem" -extfile <(echo subjectAltName=DNS:dns.test,DNS:file.test) 2>/dev/null
python3 - "$tls" "$data" <<'PYTHON' &
import http.server, os, socket, ssl, struct, sys, threading

def names():
    """Answers for dns.test; knows of nobody else."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.77", 53))
    while True:
        asked, client = udp.recvfrom(512)
        end = asked.index(b"\0", 12) + 5
        known, address = asked[12:].startswith(b"\3dns\4test\0"), asked[end - 4 : end - 2] == b"\0\1"
        head = asked[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, known and address, 0, 0)
        answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + b"\x7f\0\0\1"
        udp.sendto(head + asked[12:end] + (answer if known and address else b""), client)

class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

tls, data = map(os.path.abspath, sys.argv[1:])
os.chdir(data)
threading.Thread(target=names, daemon=True).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(tls + "/cert.pem", tls + "/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(tls + "/new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(tls + "/new", tls + "/port")
server.serve_forever()
PYTHON
server=$!
for _ in $(seq 100); do
    if [ -e "$tls/port" ]; then break; fi
    sleep 0.1
done
port=$(cat "$tls/port")
said=$(zarrio info "https://dns.test:$port/wind.nc" 2>&1) && fail "anybody is trusted"
echo "without the certificate: $said"
cat "$tls/ca.pem" >>"$root/etc/ssl/certs/ca-certificates.crt"
for host in dns.test file.test; do
    zarrio convert "https://$host:$port/wind.nc" "$host.zarr"
    zarrio verify "$host.zarr" wind.nc >/dev/null
done
said=$(zarrio info "https://nobody.test:$port/wind.nc" 2>&1) && fail "there is no such host"
echo "of a host that there is not: $said"
[ -z "$(ls -A "$root/tmp")" ] || fail "something is left in /tmp"
echo "an empty root: converted, written by four at once, and read over TLS from hosts of a file and of DNS"
