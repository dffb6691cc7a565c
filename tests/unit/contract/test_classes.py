"""Names of classes: two to a thousand, and such that everything can show them."""

import pytest

from model.contract.classes import check_classes
from model.contract.errors import Mistake


@pytest.mark.parametrize("names", [["cat", "dog"], ["dog", "cat"], ["größe", "日本 語", "a,b"], map(str, range(1000))])
def test_good_names_keep_their_order(names: list[str]) -> None:
    wanted = list(names)
    assert check_classes(iter(wanted)) == tuple(wanted)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "a model needs 2 to 1,000 classes, not 0"),
        (["cat"], "a model needs 2 to 1,000 classes, not 1"),
        ([str(number) for number in range(1001)], "a model needs 2 to 1,000 classes, not 1,001"),
        (["cat", "dog", "cat"], "two classes are called cat"),
        (["cat", ""], "'' cannot be the name of a class"),
        (["cat", "a/b"], "'a/b' cannot be the name of a class"),
        (["cat", " dog"], "' dog' cannot be the name of a class"),
        (["cat", "do\ng"], "cannot be the name of a class"),
        (["cat", "dog\udcff"], "cannot be the name of a class"),
    ],
)
def test_bad_names_are_refused_with_one_sentence(names: list[str], reason: str) -> None:
    with pytest.raises(Mistake, match=reason):
        check_classes(names)
