"""A server that cannot start says why in one sentence, and ends."""

import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.integration.server_process import MODEL, ServerProcess
from tests.integration.wrapped_model import write_wrapped

NOT_A_MODEL = "is not a model that model.export wrote"


class Swapped(torch.nn.Module):
    """Takes cats for dogs."""

    def __init__(self, script: torch.jit.ScriptModule):
        super().__init__()
        self.script = script

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        probabilities: torch.Tensor = self.script(pixels)
        return probabilities.flip(1)


def write_models(folder: Path) -> dict[str, Path]:
    paths = {name: folder / f"{name}.pt" for name in ("missing", "cut short", "zip", "swapped")}
    whole = MODEL.read_bytes()
    paths["cut short"].write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(paths["zip"], "w") as file:
        file.writestr("hello", "world")
    write_wrapped(paths["swapped"], Swapped)
    return paths


def write_key(folder: Path, key: str) -> Path:
    (folder / "key.txt").write_text(f"{key}\n")
    return folder / "key.txt"


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[ServerProcess, str]]]:
    """Servers that cannot start, all at once, and what each should say."""
    folder = tmp_path_factory.mktemp("startup")
    models = write_models(folder)
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
        cases: dict[str, tuple[list[object], Path, str]] = {
            "limit": (["--max_waiting", 0], MODEL, "--max_waiting must be above zero, not 0"),
            "workers": (["--workers", 2], MODEL, "--workers must be 1"),
            "TLS": (
                ["--ssl_certfile", "x", "--ssl_keyfile", "y"],
                MODEL,
                "--ssl_certfile does nothing here: the server",
            ),
            "messages": (
                ["--grpc_max_receive_message_length", 5],
                MODEL,
                "--grpc_max_receive_message_length does nothing here: --max_body_bytes is the limit",
            ),
            "missing": ([], models["missing"], f"there is no model file {models['missing']}"),
            "cut short": ([], models["cut short"], f"{models['cut short']} {NOT_A_MODEL}"),
            "zip": ([], models["zip"], f"{models['zip']} {NOT_A_MODEL}"),
            "swapped": (
                [],
                models["swapped"],
                "the model's answer to golden photo 1 (PNG of the input's size) is wrong",
            ),
            "HTTP port": (["--http_port", port], MODEL, f"port {port} is taken"),
            "log file": (["--log_file", folder], MODEL, f"--log_file {folder} is a folder: name a file"),
            "photos": (["--keep_photos", MODEL], MODEL, f"--keep_photos {MODEL} is not a folder"),
            "no keys": (["--keys_file", folder / "nobody"], MODEL, f"the keys in {folder / 'nobody'} cannot be read"),
            "short key": (["--keys_file", write_key(folder, "secret")], MODEL, "line 1 of "),
            "gRPC port": (["--grpc_port", port], MODEL, f"port {port} is taken"),
        }
        started = {}
        for name, (flags, model, sentence) in cases.items():
            started[name] = ServerProcess(folder / name, *flags, model=model), f"error: {sentence}"
        yield started
        for server, _ in started.values():
            server.kill()


@pytest.mark.parametrize(
    "name",
    [
        "limit",
        "workers",
        "TLS",
        "messages",
        "missing",
        "cut short",
        "zip",
        "swapped",
        "HTTP port",
        "log file",
        "photos",
        "no keys",
        "short key",
        "gRPC port",
    ],
)
def test_failure_is_one_sentence(failures: dict[str, tuple[ServerProcess, str]], name: str) -> None:
    server, sentence = failures[name]
    assert server.end() == 1
    *before, last = [line for line in server.errors.read_text().splitlines() if line]
    assert last.startswith(sentence)
    assert not [line for line in before if "INFO" not in line]
    assert server.output.read_text() == ""
