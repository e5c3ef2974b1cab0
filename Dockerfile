# zarrio in an image of its own: the program, certificates, and nothing else.
# docs/src/guides/containers.md tells how it is used.
#
#   docker build -t zarrio .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" zarrio convert in.nc out.zarr

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# The one way in which a static program is built, which also converts a file with it.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    scripts/setup --static \
    && install -D target/release/zarrio /image/usr/local/bin/zarrio
# What the program looks for at run time: whom TLS trusts, how names are found (in the files that
# the engine mounts, and then by DNS), and a place for files that are downloaded.
RUN install -D -m 644 -t /image/etc/ssl/certs /etc/ssl/certs/ca-certificates.crt \
    && echo 'hosts: files dns' >/image/etc/nsswitch.conf \
    && install -d -m 1777 /image/tmp

FROM scratch
LABEL org.opencontainers.image.title="zarrio" \
      org.opencontainers.image.description="Turns NetCDF files, one or many thousands, into one Zarr archive" \
      org.opencontainers.image.source="https://github.com/zarrio/zarrio" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /image /
# Nobody, unless --user says who.
USER 65534:65534
WORKDIR /data
ENTRYPOINT ["zarrio"]
CMD ["--help"]
