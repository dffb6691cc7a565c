# shellcheck shell=bash
# Sourced by every command of hack/: its messages, its help, the names of things, and what several commands need.
# bash 3.2 and BSD tools must do, because that is what macOS has. Names in capitals can be overridden by variables.

# shellcheck disable=SC2034,SC2153  # the scripts that source this use what is set here; settings.sh sets others
unset CDPATH # with it "cd" may go elsewhere, and prints where it goes
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=versions.env
source "$root/hack/versions.env"
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$root/hack/settings.sh"
read_settings settings.env NAME NAMESPACE APPLICATION IMAGE RELEASE_TO
[[ $RELEASE_TO =~ ^(production|staging)$ ]] || { echo "RELEASE_TO=$RELEASE_TO in manifests/settings/settings.env must be production or staging" >&2; exit 2; }
ENVIRONMENT=${SERVING_ENVIRONMENT:-$RELEASE_TO}
[[ $ENVIRONMENT =~ ^(production|staging)$ ]] || { echo "SERVING_ENVIRONMENT=$ENVIRONMENT must be production or staging" >&2; exit 2; }
[[ $ENVIRONMENT != staging ]] || read_settings staging/staging.env NAMESPACE APPLICATION
export SERVING_NAME=$NAME SERVING_NAMESPACE=$NAMESPACE # for the server and the judge

CLUSTER=${SERVING_CLUSTER:-$NAME}
REPOSITORY=${SERVING_REPO:-$root}             # the git working copy that Argo CD follows
REGISTRY=${SERVING_REGISTRY:-$NAME-registry} # container; the node pulls $IMAGE from it
REGISTRY_PORT=${SERVING_REGISTRY_PORT:-5001}
PUSH=${SERVING_PUSH:-localhost:$REGISTRY_PORT} # the registry that images are pushed to, looked up in and released from
CONTEXT=${SERVING_CONTEXT:-kind-$CLUSTER}
[[ $ENVIRONMENT != production || -z ${SERVING_PRODUCTION_CONTEXT:-} ]] || CONTEXT=$SERVING_PRODUCTION_CONTEXT
# IMAGE in two parts: in manifests its own registry is before the second, on this machine localhost:PORT
IMAGE_HOST=docker.io IMAGE_PATH=$IMAGE
[[ ! $IMAGE =~ ^([^/]*[.:][^/]*|localhost)/ ]] || IMAGE_HOST=${IMAGE%%/*} IMAGE_PATH=${IMAGE#*/}
[[ $PUSH != public ]] || PUSH=$IMAGE_HOST

# Messages go to stderr: what a command prints to stdout is for other programs.
bold='' red='' plain=''
[[ ! -t 2 ]] || { bold=$'\033[1m' red=$'\033[1;31m' plain=$'\033[0m'; }

say() { printf '%s%s:%s %s\n' "$bold" "$(basename "$0")" "$plain" "$*" >&2; }

die() { # MESSAGE [WHAT-TO-DO-NEXT [EXIT-STATUS]]
  printf '%s%s:%s %s\n' "$red" "$(basename "$0")" "$plain" "$1" >&2
  [[ -z ${2:-} ]] || printf '  %s\n' "$2" >&2
  exit "${3:-1}"
}

# The comment at the head of a script is its help.
help() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

help_if_asked() { # ARGUMENTS...
  case ${1:-} in -h | --help) help; exit ;; esac
}

no_arguments() { # ARGUMENTS...: for commands that take none
  help_if_asked "$@"
  at_most 0 "$@"
}

no_options() { # ARGUMENTS...: for commands that take names of files, images or commits
  help_if_asked "$@"
  local argument
  for argument; do [[ $argument != -* ]] || unknown_argument "$argument"; done
}

need_arguments() { # NUMBER WHAT ARGUMENTS...: exactly so many
  local number=$1 what=$2
  shift 2
  [[ $# -ge $number ]] || die "missing argument: $what" "hack/$(basename "$0") --help"
  at_most "$number" "$@"
}

at_most() { # NUMBER ARGUMENTS...
  local number=$1
  shift
  [[ $# -le $number ]] || unknown_argument "${*:$((number + 1)):1}"
}

unknown_argument() { die "unknown argument: $1" "hack/$(basename "$0") --help"; }

find_python() { # prints the first Python that is new enough; PYTHON names another one
  local python
  for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && { echo "$python"; return; }
  done
  # not 1, which means red to those who ask for a verdict
  die "Python 3.11 or newer is needed and was not found" "Install it, or name it with PYTHON=/path/to/python3" 2
}

run_python() { # MODULE ARGUMENTS...: in .venv; where there is none, the module gets the standard library alone
  local python=$root/.venv/bin/python
  [[ -x $python ]] || python=$(find_python)
  export PYTHONPATH=$root PYTHONSAFEPATH=1 # our modules, not those of the current folder
  exec "$python" -m "$@"
}

need() { # COMMAND HOW-TO-GET-IT
  command -v "$1" > /dev/null || die "$1 is missing" "$2"
}

need_docker() {
  need docker "Install Docker Engine or Docker Desktop: https://docs.docker.com/get-docker/"
  docker info > /dev/null 2>&1 || die "Docker is installed, but its engine does not answer" "Start it, or add yourself to the group docker."
}

need_kind() { need kind "https://kind.sigs.k8s.io/docs/user/quick-start/#installation"; }

need_kubectl() { need kubectl "https://kubernetes.io/docs/tasks/tools/"; }

kube() { kubectl --context "$CONTEXT" "$@"; }

use_own_cluster() { # whatever SERVING_CONTEXT names for hack/verdict: only the cluster that hack/up made is changed
  CONTEXT=kind-$CLUSTER
  export SERVING_CONTEXT=$CONTEXT
  unset SERVING_PRODUCTION_CONTEXT
}

retry() { # SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1)) log
  shift
  until log=$("$@" 2>&1); do
    ((SECONDS < end)) || { printf '%s\n' "$log" >&2; return 1; }
    sleep 1
  done
}

cluster_exists() { kind get clusters 2> /dev/null | grep -qx "$CLUSTER"; }

mounted_repository() { # the folder that an existing cluster follows
  docker inspect -f '{{range .Mounts}}{{if eq .Destination "/repo"}}{{.Source}}{{end}}{{end}}' "$CLUSTER-control-plane"
}

is_ours() { # container|volume NAME: made by hack/up, or not there at all
  local about
  about=$(docker "$1" inspect "$2" 2> /dev/null) || return 0
  # a registry of the release before has no label, but its volume
  grep -q '"hack/up": ""' <<< "$about" || [[ $1 == container && $about == *"\"Name\": \"$REGISTRY\""*'"/var/lib/registry"'* ]]
}

current_image() { # COMMIT: the image that its manifests name, as three words: name, revision, and digest or nothing
  (run_python hack.delivery.kustomization "$1")
}

# --- images

# a docker command that builds with BuildKit: one with buildx, or one from before buildx was needed for that
builder() {
  local command
  while read -r command; do
    "$command" buildx version > /dev/null 2>&1 && { echo "$command"; return; }
    [[ $("$command" version --format '{{.Client.Version}}' 2> /dev/null) =~ ^(18|19|20)\. ]] && { echo "$command"; return; }
  done < <(type -ap docker)
  die "docker cannot build with BuildKit" "Install the buildx plugin: https://docs.docker.com/go/buildx/"
}

image_of() { # NAME:TAG@DIGEST: by its digest where docker can have it so; an image of that tag made on this machine else
  local tagged=${1%@*} digest=${1##*@}
  if docker image inspect "${tagged%:*}@$digest" > /dev/null 2>&1 || docker pull -q "${tagged%:*}@$digest" > /dev/null 2>&1; then
    echo "$1"
  elif [[ $(docker image inspect -f '{{len .RepoDigests}}' "$tagged" 2> /dev/null) == 0 ]]; then
    say "$1 cannot be pulled: taking the $tagged that was built on this machine"
    echo "$tagged"
  else
    die "$1 cannot be pulled" "Is its registry reachable?"
  fi
}

render_argocd() { # FOLDER of argocd/: with the plain Python image by its digest where this machine can have it so
  local image present
  image=$(sed -n 's/^ *image: *//p' "$root/argocd/steward/deployment.yaml")
  present=$(image_of "$image")
  # kubectl warns of what manifests/settings means to do
  kubectl kustomize "$root/argocd/$1" 2> >(grep -v "'vars' is deprecated\|were never replaced" >&2) | sed "s#$image#$present#"
}

need_digest() { # IMAGE
  [[ $1 == *@sha256:* ]] || die "$1 has no digest" "NAME@sha256:… is needed, because a tag may be moved to another image. hack/$(basename "$0") --help"
}

revision_of() { # IMAGE: the commit that it was built from
  docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$1"
}

push_image() { # IMAGE:TAG: prints the digest that the registry gave it
  local log
  log=$(docker push "$1" 2>&1) || { tail -5 <<< "$log" >&2; die "$1 cannot be pushed" "Is the registry running? hack/up starts it; another one needs a docker login."; }
  sed -n 's/.*digest: \(sha256:[0-9a-f]\{64\}\).*/\1/p' <<< "$log" | grep . || die "docker push named no digest of $1"
}

find_digest() { # NAME:TAG: prints the digest that its registry has; nothing if that has no such image
  local status=0
  (run_python hack.delivery.registry "$1") || status=$?
  case $status in
    0 | 3) ;; # 3: the registry says that it has none
    *) exit 2 ;; # no answer is not "absent": nothing may be built or tagged because of it
  esac
}
