# One image per service:
#
#   docker build --build-arg SERVICE=planner -t cledit/planner:dev .
#   docker build --build-arg SERVICE=upstream-sim --build-arg MODULE=sim -t cledit/upstream-sim:dev .
#
# Only the module of the service and pkg are there to compile, so a service that
# imports another does not build. GOWORK=off: the image is what its go.mod says.
ARG GO_IMAGE=golang:1.26
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM ${GO_IMAGE} AS build
ARG SERVICE
ARG MODULE=services/${SERVICE}
WORKDIR /src
# The services' go.mod names sim for their tests alone; its own go.mod suffices.
COPY sim/go.mod sim/go.sum sim/
COPY pkg pkg
COPY ${MODULE} ${MODULE}
ARG VERSION=unknown
# grpcnotrace: the OTLP exporter brings gRPC, whose debug pages bring html/template,
# which makes the linker keep every method of every type.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    mkdir -p /out/usr/local/bin && \
    GOWORK=off CGO_ENABLED=0 go build -C ${MODULE} -mod=readonly -tags grpcnotrace -trimpath -buildvcs=false \
    -ldflags "-s -w -X github.com/cledit/pipeline/pkg/service.version=${VERSION}" \
    -o /out/usr/local/bin/${SERVICE} ./cmd/${SERVICE} && \
    ln -s ${SERVICE} /out/usr/local/bin/service

FROM ${BASE_IMAGE}
ARG SERVICE
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cledit ${SERVICE}" \
      org.opencontainers.image.description="Film and drama data from KOBIS and TMDB: ${SERVICE}" \
      org.opencontainers.image.source="https://github.com/cledit/pipeline" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/ /
USER 65532:65532
EXPOSE 8080
# The same binary under a name that does not depend on SERVICE.
ENTRYPOINT ["/usr/local/bin/service"]
HEALTHCHECK --interval=5s --timeout=6s --start-period=60s --retries=3 CMD ["/usr/local/bin/service", "health"]
