"""hack/prober-photos: which photos go into the ConfigMap, and how it gets to the cluster."""

import base64
import json
from pathlib import Path

import pytest

from hack.delivery.command import CommandError
from hack.delivery.labelled import find_photos
from hack.live.prober_photos import MOST_BYTES, choose, configmap, main
from model.settings import NAME, NAMESPACE
from tests.unit.delivery.clones import write_program

KUBERNETES_BYTES = 2**20  # of data and binaryData of a ConfigMap


def make(folder: Path, counts: dict[str, int], size: int) -> Path:
    for label, count in counts.items():
        (folder / label).mkdir(parents=True)
        for number in range(count):
            (folder / label / f"{number:03}.jpg").write_bytes(f"{label} {number} ".encode().ljust(size, b"."))
    return folder


def test_as_many_of_each_class_as_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(tmp_path / "photos", {"cat": 10, "dog": 90}, 30_000)
    (folder / "dog/large.jpg").write_bytes(b"x" * 2**17)
    for _ in range(2):  # the second time over the file of the first
        assert main([str(folder), "--out", str(tmp_path / "new/photos.json")]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[1] == (
        f"kubectl --context kind-{NAME} apply --server-side --force-conflicts --field-manager hack "
        f"-f {tmp_path}/new/photos.json"
    )
    assert "33 of 101 photos, 990,000 bytes" in said.err
    content = json.loads((tmp_path / "new/photos.json").read_text())
    labels = json.loads(content["data"]["labels.json"])
    assert (list(labels.values()).count("cat"), list(labels.values()).count("dog")) == (10, 23)
    sizes = [len(base64.b64decode(data)) for data in content["binaryData"].values()]
    assert sum(sizes) <= MOST_BYTES
    assert sum(sizes) + len(content["data"]["labels.json"]) < KUBERNETES_BYTES
    assert labels.keys() == content["binaryData"].keys()
    assert content["metadata"] == {
        "name": f"{NAME}-prober-photos", "namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": NAME},
    }  # fmt: skip


def test_it_is_applied_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = make(tmp_path / "photos", {"cat": 1, "dog": 1}, 100)
    write_program(tmp_path / "programs", "kubectl", f'echo "$@"; cat > {tmp_path}/applied; [[ ! -e {tmp_path}/fails ]]')
    monkeypatch.setenv("PATH", f"{tmp_path}/programs:/usr/bin:/bin")
    monkeypatch.setenv("SERVING_CONTEXT", "mine")
    assert main([str(folder), "--apply"]) == 0
    assert "--context mine apply --server-side --force-conflicts --field-manager hack -f -" in capfd.readouterr().err
    assert json.loads((tmp_path / "applied").read_text())["kind"] == "ConfigMap"
    (tmp_path / "fails").touch()
    with pytest.raises(CommandError, match="kubectl could not apply the ConfigMap"):
        main([str(folder), "--apply"])


def test_mistakes(tmp_path: Path) -> None:
    folder = make(tmp_path / "photos", {"cat": 1, "dog": 1}, 100)
    (tmp_path / "taken").write_text("words")
    for arguments, words in {
        ("none",): "there is no folder none of labelled photos",
        (str(folder), "--out", str(tmp_path / "taken")): "taken exists, and this command did not make it",
        (str(folder), "--out", str(tmp_path)): "cannot be written|cannot be read|exists",
    }.items():
        with pytest.raises(CommandError, match=words):
            main(arguments)
    (folder / "cat/000.jpg").write_bytes((folder / "dog/000.jpg").read_bytes())
    with pytest.raises(CommandError, match="is in two classes: cat and dog"):
        configmap(choose(find_photos(folder, ("cat", "dog"))))
    (folder / "cat/000.jpg").write_bytes(b"x" * 2**17)
    with pytest.raises(CommandError, match="no photo of cat has at most 65,536 bytes"):
        choose(find_photos(folder, ("cat", "dog")))
    (folder / "cat/000.jpg").unlink()
    (folder / "cat/000.jpg").mkdir()
    with pytest.raises(CommandError, match=r"000.jpg cannot be read: Is a directory"):
        choose(find_photos(folder, ("cat", "dog")))
