# The image of the extension: a Node runtime and the bundle. `make image` builds it; the manual way is `make build sbom` and `docker build .`
# The bundle is built outside: it is equal on every architecture, so the build needs no emulation and no package registry, and the image contains
# the bundle that the tests ran (docs/decisions/0010-image.md).

# Any image with Node >= 24.6 in /nodejs/bin, /usr/local/bin or /usr/bin. `make image BASE=local` creates one without pulling.
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
# The root file system is read-only, so the cache of compiled code is disabled.
# malloc uses one arena, because each thread of Node would otherwise keep its own and use little of it. It returns freed memory to the system above
# this number of bytes; by default it soon retains up to 64 MiB.
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin NODE_DISABLE_COMPILE_CACHE=1 MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
# A numeric user, because the kubelet verifies runAsNonRoot without reading /etc/passwd.
USER 65532:65532
WORKDIR /
# Node is PID 1 and receives signals directly. The flags, measured in docs/decisions/0010-image.md, make the heap grow slowly and stay below the limit
# of the cgroup.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=20", "--max-old-space-size-percentage=60", "/netext/netext.js"]
CMD ["--help"]
