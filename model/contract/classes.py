"""The names of the classes. They are a property of the data, and travel in the model file."""

import unicodedata
from collections.abc import Iterable

from model.contract.errors import Mistake

MOST_CLASSES = 1000


def check_classes(names: Iterable[str]) -> tuple[str, ...]:
    """The names as a tuple, in the same order, which is that of the model's outputs.

    Raises:
        Mistake: there are not 2 to MOST_CLASSES of them, or they are not printable names without "/",
            distinct also without capital letters.
    """
    classes = tuple(names)
    for name in classes:
        if not isinstance(name, str) or not name or not name.isprintable() or "/" in name or name != name.strip():
            raise Mistake(
                f"{name!r} cannot be the name of a class: use printable characters, without / and spaces around them"
            )
    called = [caseless(name) for name in classes]
    if len(set(called)) != len(called):
        twice = next(name for name, key in zip(classes, called, strict=True) if called.count(key) > 1)
        raise Mistake(f"two classes are called {twice}: each needs a name of its own, also without capital letters")
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise Mistake(f"a model needs 2 to {MOST_CLASSES:,} classes, not {len(classes):,}")
    return classes


def caseless(name: str) -> str:
    """The same for names that differ only in case or in Unicode's form: one class, and one file on many systems."""
    return unicodedata.normalize("NFC", name).casefold()
