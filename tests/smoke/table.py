"""What was checked, for people."""

from collections.abc import Sequence
from typing import NamedTuple

NOT_MEASURED = "not measured"  # how a row begins that could not be judged


class Row(NamedTuple):
    """A line of the table: who was asked, what was checked, whether it holds, what was seen."""

    target: str
    check: str
    holds: bool
    seen: str

    def __str__(self) -> str:
        return f"{self.target}: {self.check}: {self.seen}"


def print_table(rows: Sequence[Row]) -> None:
    """Prints the rows in columns."""
    target_width = max((len(row.target) for row in rows), default=0)
    check_width = max((len(row.check) for row in rows), default=0)
    for row in rows:
        result = "FAIL" if not row.holds else "?   " if row.seen.startswith(NOT_MEASURED) else "ok  "
        print(f"{row.target:<{target_width}}  {row.check:<{check_width}}  {result}  {row.seen}", flush=True)
