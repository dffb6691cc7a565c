"""hack/build-image: from what it builds, and what it says when that fails. Docker only says what it is asked to say."""

import pytest

from tests.unit.delivery.clones import Clone, write_program

DIGEST = f"sha256:{'b' * 64}"
PYTHON = f"python:3.11-slim-bookworm@{DIGEST}"
NOWHERE = 'case "$*" in *RepoDigests*) echo {} ;; *) echo "no such host" >&2; exit 1 ;; esac'


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    return clones[0]


@pytest.mark.parametrize(
    ("docker", "status", "expected"),
    [
        (f'[[ $* == "image inspect python@{DIGEST}" ]]', 0, f"{PYTHON}\n"),
        (f'[[ $* == "pull -q python@{DIGEST}" ]]', 0, f"{PYTHON}\n"),
        (NOWHERE.format(0), 0, "python:3.11-slim-bookworm\n"),  # built on this machine
        (NOWHERE.format(1), 1, ""),  # pulled once, so it may be another one
        ("exit 1", 1, ""),
    ],
)
def test_an_image_that_is_not_ours_is_taken_by_its_digest(
    clone: Clone, docker: str, status: int, expected: str
) -> None:
    write_program(clone.programs, "docker", docker)
    write_program(clone.folder / "hack", "ask", f"source hack/common.sh; image_of {PYTHON} 2> said")
    assert clone.run("hack/ask") == (status, expected)
    said = (clone.folder / "said").read_text()
    assert ("built on this machine" in said, "cannot be pulled" in said) == (
        expected == "python:3.11-slim-bookworm\n",
        DIGEST not in expected,
    )


BUILDER = """case $1 in
  buildx | info) ;;
  image) exit 0 ;;
  build) echo "$@" > {folder}/build; tar -t > {folder}/context; {build} ;;
esac"""


@pytest.fixture
def source(clone: Clone) -> Clone:
    """A clone with files of an image and of none."""
    clone.commit("Dockerfile", f"FROM {PYTHON} AS python\n", "Dockerfile")
    clone.commit("predictor/README.md", "words\n", "Words")
    for file in ("requirements-torch.txt", "predictor/server.py", "model.pt"):
        clone.commit(file, "1\n", file)
    return clone


def build(clone: Clone, then: str = "exit 0", **environment: str) -> tuple[int, str]:
    write_program(clone.programs, "docker", BUILDER.format(folder=clone.programs, build=then))
    return clone.run("hack/build-image", SERVING_PUSH="none", **environment)


@pytest.mark.parametrize("backend", ["", "cpu", "cu130", "default"])
def test_the_build_is_told_what_to_take(source: Clone, backend: str) -> None:
    status, said = build(source, TORCH_BACKEND=backend)
    assert status == 0, said
    arguments = (source.programs / "build").read_text()
    assert f"--build-arg TORCH_BACKEND={backend or 'cpu'} " in arguments
    assert f"--build-arg PYTHON_IMAGE={PYTHON} " in arguments
    assert f"--build-arg REVISION={source.git('rev-parse', 'HEAD')} " in arguments


def test_words_do_not_get_into_an_image(source: Clone) -> None:
    assert build(source)[0] == 0
    context = (source.programs / "context").read_text().split()
    assert {"Dockerfile", "predictor/server.py", "model.pt"} <= set(context)
    assert not [file for file in context if file.endswith(".md") or file.startswith("hack")]


@pytest.mark.parametrize(
    ("printed", "is_the_index"),
    [
        ("#9 12.16 PyTorch's own index gave no build cpu of torch", True),
        (
            "#9 [3/10] RUN echo PyTorch's own index gave no build cpu",
            False,
        ),  # the text of the step, which is always there
    ],
)
def test_an_index_that_cannot_be_reached_is_said(source: Clone, printed: str, is_the_index: bool) -> None:
    status, said = build(source, f'echo "{printed}"; echo "the last line"; exit 1')
    assert (status, "the last line" in said) == (1, True)
    assert ("TORCH_BACKEND=default takes the ordinary index's build" in said) == is_the_index


def test_this_machines_gpu_is_no_build_for_an_image(source: Clone) -> None:
    status, said = build(source, TORCH_BACKEND="auto")
    assert (status, "an image runs on others" in said) == (1, True)
