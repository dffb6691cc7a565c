"""An exported file, read back: its golden answers, its version, and files that are refused."""

import errno
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from model.contract.errors import Mistake
from model.contract.exported import ExportedModel, check_golden, load_exported
from model.contract.golden_photos import GoldenPhoto
from model.contract.metadata import Tolerance, model_version
from model.contract.squares import ORIENTATION
from model.export.frozen import freeze
from model.train.network import build
from tests.unit.conftest import PREPARE
from tests.unit.predictor.model_files import PHOTO, described

SIZE = PREPARE.size


def test_golden_photos_are_of_all_kinds(exported: Path) -> None:
    goldens = load_exported(exported).goldens
    images = [Image.open(io.BytesIO(golden.photo)) for golden in goldens]
    assert {image.format for image in images} == {"PNG", "JPEG", "WEBP"}
    jpegs = [image for image in images if image.format == "JPEG"]
    assert {image.mode for image in jpegs} == {"RGB", "L"}
    assert [image.getexif().get(ORIENTATION) for image in jpegs].count(6) == 1
    assert sum("progressive" in image.info for image in jpegs) == 1
    assert all(min(image.size) > SIZE for image in images if image.format != "PNG")


def test_golden_answers_hold(exported: Path) -> None:
    model = load_exported(exported)
    check_golden(model)
    for golden in model.goldens:
        assert golden.wrong_class(golden.probabilities) is None
        assert golden.tolerance["reason"]


def test_a_photo_that_is_not_turned_is_noticed(exported: Path) -> None:
    model = load_exported(exported)
    (turned,) = [golden for golden in model.goldens if "EXIF" in golden.what]
    lying = replace(turned, photo=turned.photo.replace(b"Exif\0\0", b"Exit\0\0"))
    with pytest.raises(Mistake, match=r"golden photo 1 \(JPEG with EXIF orientation 6\) is wrong: (cat|dog) 0\.\d+"):
        check_golden(ExportedModel(model.script, model.metadata, [lying]))


def test_exchanged_classes_are_noticed(exported: Path) -> None:
    """By every golden photo."""
    model = load_exported(exported)
    for golden in model.goldens:
        exchanged = replace(golden, probabilities=golden.probabilities[::-1])
        with pytest.raises(Mistake, match=r"is wrong: .* exported as .*: not served"):
            check_golden(ExportedModel(model.script, model.metadata, [exchanged]))


def test_a_golden_photo_that_is_none(exported: Path) -> None:
    model = load_exported(exported)
    with pytest.raises(Mistake, match=r"golden photo 1 .* cannot be read, the bytes are not a JPEG"):
        check_golden(ExportedModel(model.script, model.metadata, [replace(model.goldens[0], photo=b"text")]))


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ([0.9, 0.0995, 0.0005], None),
        ([0.905, 0.0945, 0.0005], None),  # within the difference
        ([0.88, 0.1, 0.0005], 0),
        ([0.9, 0.0995, 0.0009], 2),  # within the difference, beyond the ratio
        ([0.9, 0.0995, 0.0], 2),
        ([float("nan"), 0.0995, 0.0005], 0),
    ],
)
def test_tolerance(found: list[float], wrong: int | None) -> None:
    tolerance: Tolerance = {"probability": 0.01, "factor": 1.5, "reason": ""}
    assert GoldenPhoto("PNG", b"", (0.9, 0.0995, 0.0005), tolerance).wrong_class(found) == wrong


def test_the_version_is_the_hash_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert model_version(tmp_path / "file") == "ba7816bf8f01"  # FIPS 180-2, appendix B.1


@pytest.mark.parametrize("content", [b"", b"words", b"PK\3\4" + bytes(200)])
def test_files_that_are_not_exported_models(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "model.pt")


def test_torchscript_without_metadata(tmp_path: Path) -> None:
    frozen = freeze(build("compact", 2).eval(), 1.0, 32)
    with pytest.warns((FutureWarning, DeprecationWarning), match="torch"):
        torch.jit.save(frozen, str(tmp_path / "other.pt"))
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "other.pt")


def test_a_damaged_file(exported: Path, tmp_path: Path) -> None:
    content = bytearray(exported.read_bytes())
    with zipfile.ZipFile(exported) as archive:
        largest = max(archive.infolist(), key=lambda member: member.file_size)
    start = largest.header_offset + largest.file_size // 2
    content[start : start + 64] = bytes(each ^ 255 for each in content[start : start + 64])
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(Mistake, match=r"is damaged, in '.*/constants/\d+': copy it again, or write it anew"):
        load_exported(tmp_path / "model.pt")


def test_a_file_that_must_not_be_read(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Mistake, match=f"{tmp_path} is a folder: name a model file"):
        load_exported(tmp_path)

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "", path)

    monkeypatch.setattr(zipfile, "ZipFile", refuse)  # root may read all files
    with pytest.raises(Mistake, match="cannot be read: Permission denied"):
        load_exported(exported)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is no model file"):
        load_exported(tmp_path / "none.pt")


def test_metadata_without_torchscript(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.pt", "w") as archive:
        archive.writestr("other/extra/metadata.json", json.dumps(described()))
        archive.writestr("other/extra/golden/1.png", PHOTO)
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "other.pt")
