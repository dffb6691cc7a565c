# The serving image: predictor/, model/contract/ (what training and serving share) and model.pt. Nothing that judges it
# is in it.
#
#   docker build --build-arg REVISION=$(git rev-parse HEAD) -t photos .
#
# The target training is an image for python -m model.train and the other steps of model/, for machines without a checkout.
# Its files come from git, because .dockerignore lets in, and a release depends on, only what the serving image is made of:
#
#   git archive HEAD ':!.dockerignore' | docker build --target training -t photos-training -
#   docker run --shm-size=2g -v "$PWD/data:/app/data" -v "$PWD/runs:/app/runs" -e MLFLOW_TRACKING_URI=sqlite:////app/runs/mlflow.db \
#     photos-training python -m model.train data/prepared runs/train --answers data/answers
#
# The processes that load photos (DataLoader) hand them over in /dev/shm, for which the 64 MB that docker gives are too few. The
# commit's params.yaml is /app/params.yaml; mount yours over it. The user is 65532, who must be able to write to runs.
#
# PYTHON_IMAGE    another image of the same Python, where this one cannot be pulled
# TORCH_BACKEND   which build of torch: cpu, from PyTorch's own index; another one that this index has, such as cu130; or
#                 default, from the ordinary index: for GPUs, 5 GB larger, works on CPUs as well
#
# Layers go from what changes least to what changes most, so that a new model or a code change moves megabytes.

ARG PYTHON_IMAGE=python
# Dependabot keeps this digest fresh; it understands no ARG
FROM python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84 AS python

FROM $PYTHON_IMAGE AS tools
RUN pip install --no-cache-dir --no-compile --target /tools uv==0.13.9
# torch alone: the server needs no torchvision, and a file of its own keeps the big layer when other pins change
COPY requirements-torch.txt /pins/
RUN grep '^torch==' /pins/requirements-torch.txt > /tools/torch.txt

# what both images have, so that a node or a registry that has one needs these layers no second time
FROM $PYTHON_IMAGE AS packages
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1
RUN python -m venv --without-pip /venv && useradd --uid 65532 --no-create-home --home-dir /tmp server
# An image is what its label says, or is not built: where an index does not answer, no other build of torch is taken.
ARG TORCH_BACKEND=cpu
RUN --mount=type=bind,from=tools,source=/tools,target=/tools \
    uv() { UV_HTTP_TIMEOUT=180 /tools/bin/uv pip install --quiet --python /venv "$@" -r /tools/torch.txt; }; \
    if [ "$TORCH_BACKEND" = default ]; then uv; exit; fi; \
    uv --torch-backend "$TORCH_BACKEND" && test -d /venv/lib/python3*/site-packages/torch-*+"$TORCH_BACKEND".dist-info \
 || { echo "PyTorch's own index gave no build $TORCH_BACKEND of torch; TORCH_BACKEND=default takes the ordinary index's" >&2; exit 1; }
COPY predictor/requirements.txt /venv/requirements.txt
RUN --mount=type=bind,from=tools,source=/tools,target=/tools \
    UV_HTTP_TIMEOUT=180 /tools/bin/uv pip install --quiet --python /venv --require-hashes --no-deps -r /venv/requirements.txt

ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /app

FROM packages AS training
COPY requirements-torch.txt requirements.txt /pins/
# A build of torchvision for another build of torch than the one above would not be imported.
RUN --mount=type=bind,from=tools,source=/tools,target=/tools \
    if [ "$TORCH_BACKEND" = default ]; then set --; else set -- --torch-backend "$TORCH_BACKEND"; fi; \
    UV_HTTP_TIMEOUT=180 /tools/bin/uv pip install --quiet --python /venv "$@" -r /pins/requirements-torch.txt \
 && python -c 'import torchvision'
RUN --mount=type=bind,from=tools,source=/tools,target=/tools \
    UV_HTTP_TIMEOUT=180 /tools/bin/uv pip install --quiet --python /venv --require-hashes --no-deps -r /pins/requirements.txt
# MLflow looks for a checkout, and without this it would say at length that there is no git here
ENV GIT_PYTHON_REFRESH=quiet
COPY params.yaml .
COPY model model
COPY manifests/settings manifests/settings
LABEL org.opencontainers.image.title=photos-training \
      org.opencontainers.image.licenses=Apache-2.0 \
      predictor.torch-backend=$TORCH_BACKEND
USER 65532:65532
CMD ["python", "-m", "model.train", "--help"]

FROM packages
COPY model/contract model/contract
COPY predictor predictor
COPY model.pt .

ARG REVISION=unknown
ENV SERVING_REVISION=$REVISION
LABEL org.opencontainers.image.title=predictor \
      org.opencontainers.image.description="Says what is on photos: a KServe predictor" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.revision=$REVISION \
      predictor.torch-backend=$TORCH_BACKEND
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; \
         u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8080/v2/health/ready', timeout=3)"]
CMD ["python", "-m", "predictor", "--model_path", "/app/model.pt", "--http_port", "8080"]
