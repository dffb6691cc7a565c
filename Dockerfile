# The serving image: predictor/, model/contract/ (what training and serving share), catdog.pt, and the smoke test.
#
#   docker build --build-arg REVISION=$(git rev-parse HEAD) -t catdog .
#
# Layers go from what changes least to what changes most, so that a new model or a code change moves megabytes.

FROM python:3.11-slim-bookworm AS tools
RUN pip install --no-cache-dir --no-compile --target /tools uv==0.13.9
# torch alone: the server needs no torchvision, and a file of its own keeps the big layer when other pins change
COPY requirements-torch.txt /pins/
RUN grep '^torch==' /pins/requirements-torch.txt > /tools/torch.txt

FROM python:3.11-slim-bookworm
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1
RUN python -m venv --without-pip /venv && useradd --uid 65532 --no-create-home --home-dir /tmp catdog
# The server computes on CPUs. PyTorch's own index has a build for them; where that index does not answer, the ordinary
# index has a build for GPUs, which works on CPUs as well and is 5 GB larger.
RUN --mount=type=bind,from=tools,source=/tools,target=/tools \
    uv() { /tools/bin/uv pip install --quiet --python /venv "$@" -r /tools/torch.txt; }; \
    UV_HTTP_TIMEOUT=5 UV_HTTP_RETRIES=0 uv --torch-backend cpu \
 || { echo "no torch from PyTorch's CPU index: taking the ordinary index's (CUDA, 5 GB larger)"; UV_HTTP_TIMEOUT=180 uv; }
COPY predictor/requirements.txt /venv/requirements.txt
RUN --mount=type=bind,from=tools,source=/tools,target=/tools \
    UV_HTTP_TIMEOUT=180 /tools/bin/uv pip install --quiet --python /venv --require-hashes --no-deps -r /venv/requirements.txt

ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /app
COPY tests/smoke smoke
COPY model/contract model/contract
COPY predictor predictor
COPY catdog.pt .

ARG REVISION=unknown
ENV CATDOG_REVISION=$REVISION
LABEL org.opencontainers.image.title=catdog \
      org.opencontainers.image.description="Tells cats from dogs: a KServe predictor" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.revision=$REVISION
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-m", "smoke", "ready", "http://127.0.0.1:8080"]
CMD ["python", "-m", "predictor", "--model_name", "catdog", "--model_path", "/app/catdog.pt", "--http_port", "8080"]
