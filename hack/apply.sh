# shellcheck shell=bash disable=SC2154
# Sourced after common.sh by hack/up-platform and hack/up-monitoring: manifests of others, with our changes.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # MANIFEST (address or file)
  if [[ $1 == *://* ]]; then curl -fsSL --retry 3 "$1" || die "cannot download $1"; else cat "$1" || die "cannot read $1"; fi
}

render() { # PART MANIFEST: the release's manifest with our changes
  mkdir -p "$(dirname "$work/$1")"
  cp -r "$root/hack/platform/$1" "$work/$1"
  fetch "$2" > "$work/$1/upstream.yaml"
  kubectl kustomize "$work/$1"
}

apply() { # [OWNER]: server-side, because CRDs of this size do not fit into kubectl's annotation, and for shared ConfigMaps
  cat > "$work/objects.yaml"
  # again and again for a minute: the API server of a cluster that has just started is slow
  retry 60 kubectl --context "$CONTEXT" apply --server-side --force-conflicts --field-manager "${1:-kubectl}" -f "$work/objects.yaml"
}

# shellcheck disable=SC2016 # what stands in quotes is sed's
fill_in() { # settings, where kustomize does not do it
  sed -e "$(sed -n 's/^\([A-Z_]*\)=\(.*\)/s#$(\1)#\2#g/p' "$root/manifests/settings/settings.env")"
}

namespace() { kube get namespace "$1" > /dev/null 2>&1 || kube create namespace "$1" > /dev/null; }
