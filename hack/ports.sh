# shellcheck shell=bash
# Sourced after common.sh: the ports that a person opens in a browser. kind fixes them when a cluster is made, so each
# cluster has all of them. NAME NODE-PORT SCHEME; the Services with these node ports are in hack/platform/.
PORTS='API 30080 http
ARGOCD 30443 https
PROMETHEUS 30090 http
ALERTMANAGER 30093 http
GRAFANA 30300 http
MAIL 30025 http'

host_port() { # NAME
  local variable=SERVING_PORT_$1
  echo "${!variable}"
}

port_is_taken() { (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

check_ports() { # before a cluster is made
  local name port seen=' ' taken='' others=''
  while read -r name _; do
    port=$(host_port "$name")
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] || die "SERVING_PORT_$name is no port: $port"
    [[ $seen != *" $port "* ]] || die "SERVING_PORT_$name names port $port, which another SERVING_PORT_… names too"
    seen="$seen$port "
    if port_is_taken "$port"; then
      taken="$taken $port"
      others="${others}SERVING_PORT_$name=PORT "
    fi
  done <<< "$PORTS"
  [[ -z $taken ]] || die "taken on this machine: port${taken}" "Choose another for each: ${others}hack/up"
}

port_mappings() { # for kind's configuration, below "extraPortMappings:"
  local name node
  while read -r name node _; do
    echo "      - {containerPort: $node, hostPort: $(host_port "$name"), listenAddress: 127.0.0.1, protocol: TCP}"
  done <<< "$PORTS"
}

mapped_port() { # NODE-PORT: the port of this machine that an existing cluster has for it; nothing if it has none
  { docker port "$CLUSTER-control-plane" "$1/tcp" 2> /dev/null || true; } | sed -n 's/^127\.0\.0\.1://p'
}

browser_address() { # NAME: where a person on this machine finds it
  local name node scheme port
  while read -r name node scheme; do
    [[ $name == "$1" ]] || continue
    port=$(mapped_port "$node")
    echo "$scheme://localhost:${port:-$(host_port "$name")}"
  done <<< "$PORTS"
}

tell_missing_ports() {
  local name node missing=
  while read -r name node _; do [[ -n $(mapped_port "$node") ]] || missing="$missing $name"; done <<< "$PORTS"
  [[ -z $missing ]] || say "cluster $CLUSTER was made without ports for:$missing. To get them: hack/down --keep-images, then hack/up"
}

print_addresses() { # those that answer
  local name node scheme port
  while read -r name node scheme; do
    port=$(mapped_port "$node")
    [[ -n $port ]] || continue
    ! curl -ksS -o /dev/null --max-time 3 "$scheme://127.0.0.1:$port/" 2> /dev/null || printf '  %-13s %s\n' "$name" "$scheme://localhost:$port"
  done <<< "$PORTS"
}
