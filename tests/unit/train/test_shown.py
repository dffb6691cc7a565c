"""The batches of an epoch."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.teach.answers import Answers
from model.teach.ask import ask
from model.train.shown import Kept, Streamed
from model.train.views import Views, blend
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")
MIXED = replace(TRAIN, distillation=1.0, views=4, mixup=1.0)  # two plain views, and two of mixed photos
ORDER = [[3, 1, 4], [0, 5, 2]]


@pytest.fixture
def learned(trained: Path, prepared: Path, tmp_path: Path) -> Answers:
    ask(trained / "best.pt", prepared, tmp_path, MIXED, CPU)
    return Answers(tmp_path, prepared, MIXED)


@pytest.mark.parametrize("view", [0, 3])
def test_what_is_kept_is_what_is_made_anew(learned: Answers, prepared: Path, view: int) -> None:
    kept, streamed = (kind(Views(prepared, MIXED), learned, CPU) for kind in (Kept, Streamed))
    first, again, anew = (list(each.batches(view, ORDER)) for each in (kept, kept, streamed))
    assert len(first) == len(anew) == 2
    for one, other, new in zip(first, again, anew, strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[0], new[0])
        assert torch.equal(one[1], new[1])
        assert one[2] is not None
        assert new[2] is not None
        assert torch.equal(one[2][0], new[2][0])
        assert torch.allclose(one[2][1], new[2][1], atol=1e-3)


def test_the_second_half_of_the_views_is_of_mixed_photos(prepared: Path) -> None:
    photos, plain = Views(prepared, MIXED), Views(prepared, replace(MIXED, mixup=0.0))
    assert all(torch.equal(photos[view, 3][0], plain[view, 3][0]) for view in (0, 1))
    partners, shares = photos.mixture(3)
    image, label, _ = photos[3, 3]
    other, same = plain[1, int(partners[3])][0], plain[1, 3][0]
    assert torch.equal(image, blend(same[None], other[None], shares[3:4])[0])
    assert sorted(partners.tolist()) == list(range(len(photos)))
    assert ((shares >= 0.5) & (shares <= 1)).all()
    assert label == int(photos.labels[3])
    assert not torch.equal(photos.mixture(2)[1], shares)


def test_without_a_teacher_views_are_not_mixed(prepared: Path) -> None:
    """Their batches are."""
    photos, plain = (Views(prepared, replace(TRAIN, mixup=mixup, views=2)) for mixup in (1.0, 0.0))
    assert torch.equal(photos[1, 0][0], plain[1, 0][0])


def test_a_blend_is_rounded() -> None:
    images, others = (torch.full((1, 3, 1, 1), value, dtype=torch.uint8) for value in (200, 101))
    assert blend(images, others, torch.tensor([0.5])).flatten().tolist() == [150, 150, 150]
    assert torch.equal(blend(images, others, torch.tensor([1.0])), images)
