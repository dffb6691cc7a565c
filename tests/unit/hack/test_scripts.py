"""The commands of hack/: each explains itself at once, also where nothing is installed, and uses
nothing that is known to be missing in bash 3.2 and the BSD tools.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
COMMANDS = sorted(path.name for path in (PROJECT / "hack").iterdir() if path.is_file() and os.access(path, os.X_OK))
SHELL = [path for path in (PROJECT / "hack").iterdir() if path.name in COMMANDS or path.suffix == ".sh"]
HELP_SECONDS = 5  # it takes a tenth of one; the machine may be busy with other tests
PASS_ON = {
    "assess",
    "bench",
    "e2e",
    "lock",
    "predict",
    "serve",
    "test",
}  # whose arguments are checked by the program that they call

# macOS has bash 3.2 and the BSD tools
MISSING_ON_MACOS = {
    "mapfile, readarray": r"\b(mapfile|readarray)\b",
    "associative array": r"\b(declare|local|typeset) -A\b",
    "expansion of bash 4": r"\$\{\w+(@[QEPAa]|,,?|\^\^?)\}",
    "wait -n": r"\bwait -n\b",
    "&>>, |&": r"&>>|\|&",
    "} after a command in sed without ;": r"sed [^|]*;p\}",
    "sed -i without a suffix, sed -r": r"\bsed (-\w*r|-i )",
    "new line in a replacement of sed": r"\bsed ['\"]s.*\\n\\1",
    "grep -P": r"\bgrep -\w*P",
    "head or tail of all but": r"\bhead -n? ?-\d",
    "flags of GNU": r"\b(readlink -f|date -d|stat -c|sort -V|find .* -printf|find .* -quit|xargs -r|cp -a|base64 -w)\b",
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's commands without an environment."""
    folder = tmp_path_factory.mktemp("bare")
    for name in ("argocd", "hack", "manifests", "model", "tests/smoke"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def call(folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "hack" / command, *arguments],
        cwd=folder, capture_output=True, text=True, timeout=HELP_SECONDS, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help(bare: Path, command: str, flag: str) -> None:
    done = call(bare, command, flag)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 60
    assert f"hack/{command}" in done.stdout
    assert done.stderr == ""
    assert not (bare / ".venv").exists()


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - PASS_ON))
def test_an_unknown_argument_is_refused_before_anything_happens(bare: Path, command: str) -> None:
    done = call(bare, command, "--no-such-option")
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert 0 < len(done.stderr.splitlines()) <= 3
    assert not (bare / ".venv").exists()


@pytest.mark.parametrize("what", MISSING_ON_MACOS)
def test_bash_and_tools_of_macos_must_do(what: str) -> None:
    assert len(SHELL) > 15
    for path in SHELL:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.lstrip().startswith("#"):
                assert not re.search(MISSING_ON_MACOS[what], line), f"{path.name}:{number}: {line}"


def test_every_command_uses_the_one_library() -> None:
    for path in SHELL:
        if path.suffix != ".sh":
            text = path.read_text()
            assert 'source "$(dirname "$0")/common.sh"' in text
            assert not re.search(r"^(say|die|fail|help)\(\)", text, re.MULTILINE)


@pytest.mark.parametrize(
    "name", ["README.md", "predictor/README.md", "model/README.md", "manifests/monitoring/runbook.md"]
)
def test_commands_can_be_pasted_into_zsh(name: str) -> None:
    """It takes a comment behind a command for arguments, unless somebody has set interactivecomments."""
    lines = (PROJECT / name).read_text().splitlines()
    commands = [line for line in lines if line.startswith("    ") and not line.lstrip().startswith(("{", '"'))]
    assert [line for line in commands if re.search(r"\s# ", line)] == []
