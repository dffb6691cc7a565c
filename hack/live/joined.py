"""Answers of the request log, joined with the labels that people gave later."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hack.delivery.chance import interval
from hack.delivery.labelled import percent
from hack.live.labels import Labels
from hack.live.request_log import PhotoId, RequestLog, request_ids
from model.contract.classes import caseless

Version = tuple[str, str]  # revision and model version


@dataclass
class Joined:
    """Which photos were labelled, and how many of them were answered right."""

    labels: dict[PhotoId, str] = field(default_factory=dict)
    photos: Counter[Version] = field(default_factory=Counter)
    right: Counter[Version] = field(default_factory=Counter)
    missing: int = 0
    """Ids that the log does not have, or not with such a photo."""
    doubled: int = 0
    """Ids of several requests in the log, and photos that the CSV names twice with different labels."""


def join(log: RequestLog, labels: Labels) -> Joined:
    """Finds the answer to each labelled photo. A label's capital letters do not matter."""
    joined, contradicted = Joined(), set()
    names = {caseless(name): name for name in log.classes}
    for identity, label in labels.by_id.items():
        name = names.get(caseless(label), label)
        if (photo := log.find(identity)) is None:
            is_doubled = not log.doubled.isdisjoint(request_ids([identity]))
            joined.doubled += is_doubled
            joined.missing += not is_doubled
        elif joined.labels.setdefault(photo, name) != name:
            contradicted.add(photo)
    for photo in contradicted:
        del joined.labels[photo]
    joined.doubled += len(contradicted)
    for photo, name in joined.labels.items():
        answers = log.answers[photo.request_id]
        version = (answers.revision, answers.model_version)
        joined.photos[version] += 1
        joined.right[version] += answers.labels[photo.place] == name
    return joined


def table(joined: Joined) -> Iterable[str]:
    """Lines for people: accuracy by revision and model version, those with the most photos first."""
    yield f"{'revision':12}  {'model':12}  {'photos':>8}  {'right':>8}  {'accuracy':>9}  95 % interval"
    for (revision, model_version), photos in joined.photos.most_common():
        yield _row(revision, model_version, joined.right[revision, model_version], photos)
    if len(joined.photos) > 1:
        yield _row("all", "", joined.right.total(), joined.photos.total())


def _row(revision: str, model_version: str, right: int, photos: int) -> str:
    low, high = interval(right, photos)
    counts = f"{photos:8,}  {right:8,}  {percent(right / photos):>9}"
    return f"{revision[:12]:12}  {model_version[:12]:12}  {counts}  {percent(low)} to {percent(high)}"


def notes(joined: Joined, log: RequestLog, labels: Labels) -> Iterable[str]:
    """What was left out, for people."""
    if joined.missing:
        yield f"{joined.missing:,} ids were not found in the log (of several photos of a request, ID-0 is the first)"
    doubled = joined.doubled + len(labels.contradicted)
    if doubled:
        yield f"{doubled:,} ids are doubled, in the log or with two labels in the CSV: left out"
    if labels.repeated:
        yield f"{labels.repeated:,} rows of the CSV say again what another says"
    if labels.malformed:
        yield f"{labels.malformed:,} rows of the CSV are malformed: no id, or a label that cannot be a class"
    if log.foreign:
        yield f"{log.foreign:,} lines of the log are not of a request"
    unknown = sorted(set(joined.labels.values()) - log.classes)
    if unknown:
        yield f"labels that no answer in the log has, and so count as wrong: {', '.join(unknown[:5])}"
