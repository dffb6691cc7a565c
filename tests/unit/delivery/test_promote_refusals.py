"""What hack/promote and hack/release refuse where files of the project are damaged, and that nothing is left behind."""

import re

import pytest

from hack.delivery.environments import STAGING_FILE
from hack.delivery.promotion import FILE
from model.settings import FILE as SETTINGS
from model.settings import parse_settings
from tests.unit.delivery.clones import Clone, write_program
from tests.unit.delivery.promotions import TWO, promoted, with_staging


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    return with_staging(clones[0])


@pytest.mark.usefixtures("kubectl")
def test_what_cannot_be_rendered_for_production_is_refused(clone: Clone) -> None:
    clone.commit("manifests/production/kustomization.yaml", "resources: [missing.yaml]\n", "Production alone")
    status, said = clone.run("hack/promote")
    assert (status, "cannot be rendered" in said, promoted(clone)) == (1, True, "")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"spec: {}\n"], ids=["missing", "not text", "without the line"])
def test_a_damaged_file_is_refused(clone: Clone, content: bytes | None) -> None:
    file = clone.folder / FILE
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    clone.git("commit", "-q", "-a", "-m", "Damage")
    clone.git("push", "-q")
    status, said = clone.run("hack/promote")
    assert (status, "has no line targetRevision:" in said, "Traceback" in said) == (1, True, False)
    assert clone.git("status", "--porcelain") == ""


def test_a_hook_that_refuses_leaves_nothing_behind(clone: Clone) -> None:
    write_program(clone.folder / ".git/hooks", "pre-commit", "echo not today; exit 1")
    for command in (["hack/promote"], ["hack/release", "--tag", TWO]):
        status, said = clone.run(*command)
        assert (status, "not today" in said, clone.git("status", "--porcelain")) == (1, True, ""), said


@pytest.mark.parametrize("line", ["NAMESPACE", "APPLICATION", "ENVIRONMENT"])
@pytest.mark.parametrize("change", ["is missing", "is production's"])
def test_a_staging_that_would_be_production_is_refused(clone: Clone, line: str, change: str) -> None:
    text = (clone.folder / STAGING_FILE).read_text()
    values = parse_settings((clone.folder / SETTINGS).read_text())
    other = "" if change == "is missing" else f"{line}={values[line]}\n"
    clone.commit(STAGING_FILE, re.sub(rf"^{line}=.*\n", other, text, flags=re.MULTILINE), "Mistake")
    for command in (["hack/promote"], ["hack/release", "--tag", TWO], ["hack/verdict"]):
        status, said = clone.run(*command)
        assert (status > 0, STAGING_FILE in said, "Traceback" in said) == (True, True, False), said
    assert promoted(clone) == ""
