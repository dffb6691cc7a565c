"""The ports that hack/up's cluster opens on this machine."""

import os
import re
import socket
import subprocess
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[3]
VERSIONS = (PROJECT / "hack/versions.env").read_text()
PORTS = {name: int(port) for name, port in re.findall(r"SERVING_PORT_(\w+):=(\d+)", VERSIONS)}


def run(function: str, **settings: str) -> subprocess.CompletedProcess[str]:
    script = "set -euo pipefail; source hack/common.sh; source hack/ports.sh; " + function
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SERVING_PORT_")} | settings
    return subprocess.run(["bash", "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True)


def free_ports() -> dict[str, str]:
    sockets = [socket.socket() for _ in PORTS]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return {f"SERVING_PORT_{name}": port for name, port in zip(PORTS, ports, strict=True)}


def node_ports() -> set[int]:
    files = [PROJECT / "hack/platform/ports.yaml", *(PROJECT / "hack/platform/monitoring").glob("*.yaml")]
    return {int(port) for file in files for port in re.findall(r"nodePort: (\d+)", file.read_text())}


def test_every_port_is_mapped_on_loopback() -> None:
    mappings = yaml.safe_load(run("port_mappings").stdout)
    assert {m["hostPort"] for m in mappings} == set(PORTS.values())
    assert {m["listenAddress"] for m in mappings} == {"127.0.0.1"}


def test_every_mapping_leads_to_a_service() -> None:
    mappings = yaml.safe_load(run("port_mappings").stdout)
    assert {m["containerPort"] for m in mappings} == node_ports()


def test_free_ports_pass() -> None:
    done = run("check_ports", **free_ports())
    assert (done.returncode, done.stderr) == (0, "")


def test_all_taken_ports_are_named_at_once() -> None:
    settings = free_ports()
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        ports = [str(server.getsockname()[1]) for server in (first, second)]
        done = run("check_ports", **settings | {"SERVING_PORT_API": ports[0], "SERVING_PORT_GRAFANA": ports[1]})
    assert done.returncode == 1
    assert f"taken on this machine: port {ports[0]} {ports[1]}" in done.stderr
    assert "SERVING_PORT_API=PORT SERVING_PORT_GRAFANA=PORT hack/up" in done.stderr


def test_addresses_for_people_follow_the_settings() -> None:
    """A cluster that does not exist has no ports of its own yet."""
    done = run("browser_address GRAFANA", **free_ports() | {"SERVING_PORT_GRAFANA": "3456", "SERVING_CLUSTER": "none"})
    assert done.stdout.strip() == "http://localhost:3456"


def test_what_is_no_port_is_named() -> None:
    for wrong in ("0", "65536", "web", "-1"):
        done = run("check_ports", **free_ports() | {"SERVING_PORT_MAIL": wrong})
        assert done.returncode == 1
        assert f"SERVING_PORT_MAIL is no port: {wrong}" in done.stderr


def test_one_port_for_two_is_refused() -> None:
    settings = free_ports()
    settings["SERVING_PORT_MAIL"] = settings["SERVING_PORT_API"]
    done = run("check_ports", **settings)
    assert done.returncode == 1
    assert "another SERVING_PORT_" in done.stderr
