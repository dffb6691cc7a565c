"""A docker that only says what it is asked to say, for hack/run-image; what it is said to run is served by the test."""

import sys

from tests.unit.delivery.clones import Clone, write_program

DOCKER = """cd {folder}
echo "$@" >> calls
case "$*" in
  info) ;;
  "image inspect -f "*revision*) [[ ${{@: -1}} == {image} ]] && cat revision ;;
  "image inspect -f "*Size*) echo 2000000000 ;;
  "image inspect "* | pull*) grep -qx "${{@: -1}}" known ;;
  run*) echo "${{@: -1}}" > current ;;
  port*) echo "127.0.0.1:$(grep "^$(cat current) " ports | cut -d' ' -f2)" ;;
  inspect*Health*) echo "${{HEALTH:-healthy}}" ;;
  inspect*ExitCode*) echo "${{CODE:-0}}" ;;
  logs*) echo "its last lines" ;;
esac"""
PYTHON = """[[ $* == "-m pytest "* ]] || exec {python} "$@"
echo "$SERVING_TEST_SERVER $*" > {folder}/tested
cmp "$SERVING_TEST_MODEL" model.pt && echo "7 passed in 3 s"
exit "${{TESTED:-0}}"
"""


def use_docker(clone: Clone, image: str) -> None:
    """Gives a clone a docker that has one image, of HEAD, and an environment whose pytest only notes what it is asked.

    The file `ports` in the clone's folder of programs says on which port each image serves, and `known` names others.
    """
    (clone.folder / ".git/info/exclude").write_text(".venv\ndata\n")
    folder = clone.programs
    write_program(folder, "docker", DOCKER.format(folder=folder, image=image))
    (clone.folder / ".venv").mkdir()
    write_program(clone.folder / ".venv/bin", "python", PYTHON.format(folder=folder, python=sys.executable))
    (folder / "revision").write_text(clone.git("rev-parse", "HEAD"))
    (folder / "known").write_text("")
    clone.environment["SERVING_IMAGE"] = image


def calls(clone: Clone) -> list[str]:
    return (clone.programs / "calls").read_text().splitlines()


def is_removed(clone: Clone) -> bool:
    """Whether each container that was started was removed."""
    names = [call.split()[3] for call in calls(clone) if call.startswith("run ")]
    return bool(names) and all(f"rm -f {name}" in calls(clone) for name in names)
