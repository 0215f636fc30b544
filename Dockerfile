# The extension's image: a Node runtime and the bundle. `make image` builds it; by hand it is `make build sbom` and `docker build .`
# The bundle comes from outside: it is the same bytes for every architecture, so no platform is emulated, no registry of
# packages is needed here, and what the tests ran is what is shipped (docs/decisions/0010-image.md).

# Any image with a Node >= 24.6 in /nodejs/bin, /usr/local/bin or /usr/bin. `make image BASE=local` makes one without pulling.
ARG BASE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM scratch AS bundle
COPY dist/netext*.js dist/sbom.cdx.json dist/licenses.txt /netext/

FROM ${BASE}
ARG BASE
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="gardener-extension-networking" \
      org.opencontainers.image.description="Gardener network extension for Calico and Cilium" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=bundle /netext /netext
# The root file system is read-only, so a cache of compiled code has no place.
# One arena of malloc, because each of Node's threads would keep one of its own and use little of it; and what is freed goes back to the system
# from this many bytes on, where malloc by itself soon keeps up to 64 MiB.
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin NODE_DISABLE_COMPILE_CACHE=1 MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
# A number, because the kubelet checks runAsNonRoot without reading /etc/passwd.
USER 65532:65532
WORKDIR /
# Node is PID 1 and gets the signals itself. The flags are measured in 0010-image.md: a heap that grows slowly, and that stays below the cgroup's limit.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=20", "--max-old-space-size-percentage=60", "/netext/netext.js"]
CMD ["--help"]
