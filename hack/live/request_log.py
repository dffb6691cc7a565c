"""The request log of the predictor: JSON lines, of which some have the answers to photos."""

import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from hack.delivery.command import CommandError
from hack.delivery.labelled import show_progress
from model.settings import NAME, NAMESPACE

OF_PHOTO = re.compile(r"(.+)-(\d{1,4})", re.DOTALL)  # a request's id and the place of a photo in it, from 0
TOLD_EACH = 50_000  # lines, between two looks at the terminal


class Answers(NamedTuple):
    """What one request was answered: the label of each of its photos, and by whom."""

    labels: tuple[str, ...]
    revision: str
    model_version: str


class PhotoId(NamedTuple):
    """One photo of one request, the first is 0."""

    request_id: str
    place: int


@dataclass
class RequestLog:
    """What the log says of those requests that somebody asks for."""

    answers: dict[str, Answers] = field(default_factory=dict)
    """By request id; without those that are in `doubled`."""
    doubled: set[str] = field(default_factory=set)
    """Ids that several answered requests have: nobody knows which of them is meant."""
    classes: set[str] = field(default_factory=set)
    """All labels in it, of other requests too."""
    foreign: int = 0
    """Lines that are not of a request log."""

    def find(self, identity: str) -> PhotoId | None:
        """The photo that an id of a CSV means; None if the log does not have it.

        Args:
            identity: of a request with one photo, or ID-0, ID-1 and so on.
        """
        if identity in self.answers:
            return PhotoId(identity, 0) if len(self.answers[identity].labels) == 1 else None
        if (match := OF_PHOTO.fullmatch(identity)) and (found := self.answers.get(match[1])):
            return PhotoId(match[1], int(match[2])) if int(match[2]) < len(found.labels) else None
        return None


def request_ids(identities: Iterable[str]) -> set[str]:
    """The ids that requests may have which are meant by ids of a CSV."""
    wanted = set(identities)
    return wanted | {match[1] for identity in wanted if (match := OF_PHOTO.fullmatch(identity))}


def read_logs(paths: Sequence[Path], wanted: Collection[str]) -> RequestLog:
    """Reads logs, in memory for those requests that somebody asks for.

    Args:
        paths: files of JSON lines, in any order; "-" is stdin. What stands before a line's "{" is left out, so that
            `kubectl logs --prefix` will do.
        wanted: ids of requests.

    Raises:
        CommandError: one cannot be read, or none has a line of a request log.
    """
    log, lines = RequestLog(), 0
    for path in paths:
        with _open(path) as file:
            for line in file:
                lines += 1
                _read_line(log, line, wanted)
                if lines % TOLD_EACH == 0:
                    show_progress(lines, lines, "lines of the log")
    if lines == log.foreign:
        raise CommandError(
            f"{', '.join(map(str, paths))} has no line of a request log",
            f"kubectl -n {NAMESPACE} logs -l app=isvc.{NAME}-predictor -c kserve-container --tail -1 > LOG",
        )
    return log


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise CommandError(f"the log {path} cannot be read: {error.strerror}") from None


def _read_line(log: RequestLog, line: bytes, wanted: Collection[str]) -> None:
    try:
        entry = json.loads(line[max(0, line.find(b"{")) :])
        request_id = str(entry["request_id"])
        labels = tuple(str(label) for label in entry.get("labels", ()))
        answers = Answers(labels, str(entry["revision"]), str(entry["model_version"]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        log.foreign += bool(line.strip())
        return
    log.classes.update(labels)
    if not labels or request_id not in wanted or request_id in log.doubled:
        return
    if request_id in log.answers:
        log.doubled.add(request_id)
        del log.answers[request_id]
    else:
        log.answers[request_id] = answers
