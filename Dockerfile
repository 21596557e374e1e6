# syntax=docker/dockerfile:1.7
# Millrace with its own Java run time, started and asked for its health by the program itself.
#   docker build -t millrace .
#   docker run -p 6333:6333 -v millrace:/data millrace
#   docker run --read-only --cap-drop ALL --tmpfs /tmp -p 6333:6333 -v millrace:/data millrace

FROM eclipse-temurin:25-jdk-noble AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# Anything but nothing: with the module that embeds texts, 180 MB more (docs/inference.md).
ARG INFERENCE=
WORKDIR /src
COPY . .
# Maven comes by the wrapper; both it and what it fetches stay in the cache between builds.
RUN --mount=type=cache,target=/root/.m2 \
    scripts/build --fast ${INFERENCE:+--with-inference} && scripts/bill dist/millrace >dist/millrace.cdx.json \
    && scripts/runtime dist/millrace

FROM debian:bookworm-slim
ARG VERSION=development
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Millrace" \
      org.opencontainers.image.description="Vector search fed by Kafka, files and REST, with Qdrant's API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"

# Numbers, so that an orchestrator sees that it is not root. Group 0 owns nothing here.
RUN groupadd --system --gid 10001 millrace \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin millrace \
    && install -d -o 10001 -g 10001 -m 0700 /data /inbox \
    && install -d /etc/millrace
COPY --from=build /src/dist/millrace /opt/millrace
# With what the program is made of; packages of the base image are what dpkg lists.
COPY --from=build /src/LICENSE /src/README.md /src/dist/millrace.cdx.json /usr/share/doc/millrace/
ENV PATH=/opt/millrace/bin:$PATH \
    MILLRACE__SERVICE__HOST=0.0.0.0 \
    MILLRACE__STORAGE__STORAGE_PATH=/data \
    MILLRACE__LOGGER__FORMAT=json \
    MILLRACE_JAVA_OPTS=-XX:MaxRAMPercentage=40

USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 6333
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["/opt/millrace/bin/millrace", "health"]
ENTRYPOINT ["/opt/millrace/bin/millrace"]
CMD ["serve"]
