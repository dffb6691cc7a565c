import argparse
from dataclasses import asdict, fields

import pytest

from model.contract.errors import Mistake
from predictor.limits import HELP, Limits, add_limit_flags, limits_of


def parse(*flags: str) -> Limits:
    parser = argparse.ArgumentParser()
    add_limit_flags(parser)
    return limits_of(parser.parse_args(flags))


def test_defaults() -> None:
    assert parse() == Limits()


def test_each_limit_is_a_flag() -> None:
    flags = [part for number, field in enumerate(fields(Limits), 3) for part in (f"--{field.name}", str(number))]
    assert list(asdict(parse(*flags)).values()) == list(range(3, 3 + len(fields(Limits))))


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_limit_must_be_above_zero(name: str, value: str) -> None:
    with pytest.raises(Mistake, match=f"--{name} must be above zero"):
        parse(f"--{name}", value)


def test_each_limit_is_explained() -> None:
    assert set(HELP) == {field.name for field in fields(Limits)}
