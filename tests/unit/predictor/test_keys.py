import hmac
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from model.contract.errors import Mistake
from predictor.keys import LOOK_SECONDS, MOST_KEYS, OWN_KEY_FILE, Keys, own_headers, read_keys

KEYS = [f"{name}-0123456789abcdef" for name in ("first", "second", "third")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "keys", *KEYS)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets some seconds pass."""
    passed = [0.0]
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed[0])
    return lambda seconds: passed.__setitem__(0, passed[0] + seconds)


def write(path: Path, *lines: str) -> Path:
    """As Kubernetes changes a Secret that is mounted: another file takes the place of the one before."""
    path.with_suffix(".new").write_text("".join(f"{line}\n" for line in lines))
    return path.with_suffix(".new").replace(path)


def bearer(key: str) -> bytes:
    return f"Bearer {key}".encode()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER   {}", " Bearer {} "])
def test_each_key_is_right(path: Path, key: str, form: str) -> None:
    keys, header = Keys(path), form.format(key).encode()
    assert keys.allow(header)
    assert keys.refusal(header) is None


@pytest.mark.parametrize(
    "header",
    [
        *("", "Bearer", "Bearer ", KEYS[0], f"Basic {KEYS[0]}", f"Bearer{KEYS[0]}", f"Bearer {KEYS[0][:-1]}"),
        *(f"Bearer {KEYS[0]}x", f"Bearer {KEYS[0]} {KEYS[1]}", f"Bearer {KEYS[0].upper()}", "Bearer \xff\x00é"),
    ],
)
def test_all_else_is_wrong_and_the_answer_is_always_the_same(path: Path, header: str) -> None:
    refusal = Keys(path).refusal(header.encode("latin-1"))
    assert refusal
    assert refusal.status == 401
    assert refusal.headers == [(b"www-authenticate", b"Bearer")]
    assert refusal.sentence == "predictions need a key here: send a valid one in the header authorization: Bearer KEY"


@pytest.mark.parametrize("key", [*KEYS, "first-0123456789abcdeg", "x", "", "x" * 5000])
def test_every_request_is_compared_with_all_keys_at_one_length(
    path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the time that it takes says nothing of how much of a key is right, or of which one it is."""
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def count(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", count)
    assert Keys(path).allow(bearer(key)) is (key in KEYS)
    assert compared == [(32, 32)] * len(KEYS)


def test_a_file_that_changes_is_read_again(path: Path, later: Callable[[float], None]) -> None:
    keys = Keys(path)
    write(path, KEYS[1], "fourth-0123456789abcdef")
    later(LOOK_SECONDS)
    assert not keys.allow(bearer(KEYS[0]))
    assert keys.allow(bearer(KEYS[1]))
    assert keys.allow(bearer("fourth-0123456789abcdef"))


def test_it_is_looked_at_once_a_second_and_read_only_when_it_changed(
    path: Path, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, looks, reads = Keys(path), [0], [0]
    stat, read = os.stat, Path.read_bytes

    def look(*arguments: object, **options: object) -> os.stat_result:
        looks[0] += arguments[0] == path
        return stat(*arguments, **options)  # type: ignore[arg-type]

    def count_read(self: Path) -> bytes:
        reads[0] += self == path
        return read(self)

    monkeypatch.setattr(os, "stat", look)
    monkeypatch.setattr(Path, "read_bytes", count_read)
    later(LOOK_SECONDS)
    for _ in range(10):
        assert keys.allow(bearer(KEYS[0]))
    assert (looks, reads) == ([1], [0])


@pytest.mark.parametrize("lines", [[], ["short"], ["secret words that are no key"]])
def test_a_change_that_makes_no_sense_leaves_the_keys_and_is_told_once(
    path: Path, later: Callable[[float], None], capsys: pytest.CaptureFixture[str], lines: list[str]
) -> None:
    keys = Keys(path)
    write(path, *lines)
    for _ in range(3):
        later(LOOK_SECONDS)
        assert keys.allow(bearer(KEYS[0]))
    said = capsys.readouterr().err
    assert said.startswith("warning: ")
    assert said.endswith("; the keys of before stay\n")
    assert said.count("\n") == 1
    assert "secret" not in said
    write(path, KEYS[1])
    later(LOOK_SECONDS)
    assert not keys.allow(bearer(KEYS[0]))
    assert keys.allow(bearer(KEYS[1]))


def test_a_file_that_is_gone_leaves_the_keys(
    path: Path, later: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    keys = Keys(path)
    path.unlink()
    later(LOOK_SECONDS)
    assert keys.allow(bearer(KEYS[0]))
    assert "cannot be read: No such file or directory; the keys of before stay" in capsys.readouterr().err


def test_lines(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"\r\n0123456789abcdef\r\n\n  AZaz09._~+/-=====  ")
    assert read_keys(path) == [b"0123456789abcdef", b"AZaz09._~+/-====="]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has 0 keys: it needs 1 to 1,000, one a line"),
        (b"\n \n", "has 0 keys"),
        (b"0123456789abcdef\n0123456789abcde\n", "line 2 of .*/keys is no key: it needs 16 or more of A-Z a-z"),
        (b"# a comment, which is no key", "line 1 of .*/keys is no key"),
        (b"\xff" * 20, "line 1 of .*/keys is no key"),
        (b"0123456789abcdef\n" * (MOST_KEYS + 1), "has 1,001 keys"),
    ],
)
def test_what_is_no_file_of_keys(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(Mistake, match=sentence) as raised:
        Keys(tmp_path / "keys")
    assert "0123456789abcde" not in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"the keys in .*/keys cannot be read: No such file or directory"):
        Keys(tmp_path / "keys")


def test_what_a_client_sends(path: Path) -> None:
    assert own_headers({}) == own_headers({OWN_KEY_FILE: ""}) == {}
    assert own_headers({OWN_KEY_FILE: str(path)}) == {"Authorization": f"Bearer {KEYS[0]}"}
    with pytest.raises(Mistake, match="cannot be read"):
        own_headers({OWN_KEY_FILE: f"{path}-of-nobody"})
