# shellcheck shell=bash
# Sourced by the cluster scripts: names, and how they speak. Every name can be overridden by its variable.

# shellcheck disable=SC2034  # the scripts that source this use what is set here
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=versions.env
source "$root/hack/versions.env"

CLUSTER=${CATDOG_CLUSTER:-catdog}
REPOSITORY=${CATDOG_REPO:-$root}            # the git working copy that Argo CD follows
REGISTRY=${CATDOG_REGISTRY:-catdog-registry} # container; the node pulls ghcr.io from it
REGISTRY_PORT=${CATDOG_REGISTRY_PORT:-5001}
PUSH=${CATDOG_PUSH:-localhost:$REGISTRY_PORT} # where images are pushed to and looked for
CONTEXT=${CATDOG_CONTEXT:-kind-$CLUSTER}
# ghcr.io/… in manifests, localhost:PORT/… on this machine
IMAGE=$(sed -n 's#^ *- name: ghcr.io/##p' "$root/manifests/kustomization.yaml")

# to stderr: what a script prints to stdout is for other scripts
say() { printf '\e[1m%s:\e[0m %s\n' "$(basename "$0")" "$*" >&2; }
die() { printf '\e[1;31m%s:\e[0m %s\n' "$(basename "$0")" "$1" >&2; [[ -z ${2:-} ]] || printf '  %s\n' "$2" >&2; exit 1; }
k() { kubectl --context "$CONTEXT" "$@"; }

# the header of a script is its help
help() { sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$0"; }

need() { # COMMAND HOW-TO-GET-IT
  command -v "$1" > /dev/null || die "$1 is missing" "$2"
}

need_docker() {
  need docker "Install Docker Engine or Docker Desktop: https://docs.docker.com/get-docker/"
  docker info > /dev/null 2>&1 || die "Docker is installed, but its engine does not answer" "Start it, or add yourself to the group docker."
}

# a docker command that builds with BuildKit: one with buildx, or one from before buildx was needed for that
builder() {
  local command
  while read -r command; do
    "$command" buildx version > /dev/null 2>&1 && { echo "$command"; return; }
    [[ $("$command" version --format '{{.Client.Version}}' 2> /dev/null) =~ ^(18|19|20)\. ]] && { echo "$command"; return; }
  done < <(type -ap docker)
  die "docker cannot build with BuildKit" "Install the buildx plugin: https://docs.docker.com/go/buildx/"
}

need_digest() { # IMAGE
  [[ $1 == *@sha256:* ]] || die "$1 is no digest" "A tag may lead to another image a moment later. hack/$(basename "$0") --help"
}

revision_of() { # IMAGE: the commit that it was built from
  docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$1"
}

push_image() { # IMAGE:TAG: prints the digest that the registry gave it
  local log
  log=$(docker push "$1" 2>&1) || { tail -5 <<< "$log" >&2; die "$1 cannot be pushed" "Is the registry there? hack/up starts it; another one wants a docker login."; }
  sed -n 's/.*digest: \(sha256:[0-9a-f]\{64\}\).*/\1/p' <<< "$log" | grep . || die "docker push named no digest of $1"
}

registry_has() { # TAG
  [[ $PUSH == localhost:* ]] || { docker manifest inspect "$PUSH/$IMAGE:$1" > /dev/null 2>&1; return; }
  curl -fsS -o /dev/null -H 'Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json' \
    "http://localhost:$REGISTRY_PORT/v2/$IMAGE/manifests/$1" 2> /dev/null
}

followed() { # the folder that an existing cluster follows
  docker inspect -f '{{range .Mounts}}{{if eq .Destination "/repo"}}{{.Source}}{{end}}{{end}}' "$CLUSTER-control-plane"
}

current_tag() { # REVISION: the tag that its manifests name
  git -C "$REPOSITORY" show "$1:manifests/kustomization.yaml" | sed -n 's/^ *newTag: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p'
}

retry() { # SECONDS COMMAND...: until it succeeds
  local until=$((SECONDS + $1)) log
  shift
  until log=$("$@" 2>&1); do
    ((SECONDS < until)) || { printf '%s\n' "$log" >&2; return 1; }
    sleep 1
  done
}

run_python() { # MODULE ARGUMENTS...: in the environment where there is one, else with any Python that is new enough
  local python
  export PYTHONPATH=$root PYTHONSAFEPATH=1 # our modules, not those of the folder that somebody stands in
  [[ ! -x $root/.venv/bin/python ]] || exec "$root/.venv/bin/python" -m "$@"
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && exec "$python" -m "$@"
  done
  die "Python 3.11 or newer is missing" "https://www.python.org/downloads/"
}
