"""Labels that people gave to photos of requests, after the answer: a CSV with the columns `id` and `label`."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from hack.delivery.command import CommandError

COLUMNS = ("id", "label")
FORM = "Its first line names the columns: id,label. An id is a request's x-request-id, or ID-0, ID-1, … for its photos."


@dataclass
class Labels:
    """What a CSV says."""

    by_id: dict[str, str] = field(default_factory=dict)
    """Without those that have two labels."""
    repeated: int = 0
    """Rows that say again what a row before them says."""
    contradicted: set[str] = field(default_factory=set)
    """Ids with two labels: they have none."""
    malformed: int = 0
    """Rows without an id, or without a label that could be the name of a class."""

    def add(self, identity: str, label: str) -> None:
        """Takes one row."""
        known = self.by_id.get(identity)
        if not identity or not is_name(label):
            self.malformed += 1
        elif identity in self.contradicted:
            return
        elif known is None:
            self.by_id[identity] = label
        elif known == label:
            self.repeated += 1
        else:
            self.contradicted.add(identity)
            del self.by_id[identity]


def read_labels(path: Path) -> Labels:
    """Reads the CSV; other columns than `id` and `label` may be there.

    Raises:
        CommandError: it cannot be read, or has no such columns.
    """
    labels = Labels()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
                raise CommandError(f"{path} has no column {missing[0]}", FORM)
            rows = list(table)
            for row in rows:
                labels.add(*((row[name] or "").strip() for name in COLUMNS))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} is no CSV in UTF-8: {error}", FORM) from None
    if not rows:
        raise CommandError(f"{path} has no rows", FORM)
    return labels


def is_name(label: str) -> bool:
    """Whether a class can be called so: it becomes the name of a folder."""
    return bool(label) and label.isprintable() and "/" not in label and label[0] != "."
