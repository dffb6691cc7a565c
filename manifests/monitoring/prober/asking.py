"""One round: each photo is asked about once, and the answers are compared with what they should be."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prober.figures import measure
from prober.metrics import Metrics
from prober.photos import GOLDEN, LABELLED, Photo, golden_photos, labelled_photos
from tests.smoke.checks import another_form, in_order, predictions_of, require_success
from tests.smoke.client import Client, Failed
from tests.smoke.expected import Expected, read_expected

PERIOD_SECONDS = 60.0  # from the beginning of a round to that of the next
MOST_PAUSE_SECONDS = 0.5  # between two photos: nobody's traffic waits for a burst of them
ENOUGH_FAILURES = 3  # in a row: the server is gone, and the rest of the round would only wait for it
VERSIONS = 4  # of the model, whose first answers are remembered


@dataclass(frozen=True)
class Answer:
    """What was said of a photo, and by whom."""

    photo: Photo
    label: str
    probabilities: dict[str, float]
    revision: str
    model_version: str


@dataclass
class Prober:
    """Asks again and again.

    Args:
        client: of the service.
        golden: the folder with expected.json, which a release changes.
        labelled: the folder of labelled photos, which need not be there.
        metrics: get what was seen.
        period: seconds from the beginning of a round to that of the next.
    """

    client: Client
    golden: Path
    labelled: Path
    metrics: Metrics
    period: float = PERIOD_SECONDS
    first_answers: dict[str, dict[str, str]] = field(default_factory=dict)
    """By model version and photo."""
    said: str = ""

    def run(self) -> None:
        """Asks until the process is ended."""
        while True:
            begin = time.monotonic()
            self.run_round()
            time.sleep(max(0.0, begin + self.period - time.monotonic()))

    def run_round(self) -> None:
        """Asks about all photos once; without any answer, the figures of the round before stay."""
        try:
            expected = read_expected(self.golden, "")
            photos = [*golden_photos(expected), *self._labelled(expected)]
        except Failed as failure:
            self._fail(str(failure))
            self.metrics.end_round()
            return
        answers = list(self._ask_all(photos))
        if answers:
            self._report(answers, expected)
        self.metrics.end_round()

    def _labelled(self, expected: Expected) -> list[Photo]:
        photos = labelled_photos(self.labelled)
        known = [photo for photo in photos if photo.label in expected.classes]
        if not known:
            self._say("there are no labelled photos: the figures are those of the golden ones")
        elif len(known) < len(photos):
            self._say(f"{len(photos) - len(known):,} labelled photos are of no class of the model: left out")
        else:
            self._say(f"{len(known):,} labelled photos: the figures are theirs")
        return known

    def _ask_all(self, photos: list[Photo]) -> Iterator[Answer]:
        pause, failures = min(MOST_PAUSE_SECONDS, self.period / 2 / len(photos)), 0
        for photo in photos:
            try:
                yield self._ask(photo)
                failures = 0
            except Failed as failure:
                failures += 1
                self._fail(f"{photo.name}: {failure}")
            if failures == ENOUGH_FAILURES:
                return
            time.sleep(pause)

    def _ask(self, photo: Photo) -> Answer:
        """The answer about a photo; raises Failed if there is none of the agreed form."""
        response = self.client.predict(photo.data)
        (prediction,) = predictions_of(require_success(response), 1)
        try:
            answer = Answer(
                photo, str(prediction["label"]), dict(prediction["probabilities"]),
                response.headers["x-model-revision"], response.headers["x-model-version"],
            )  # fmt: skip
        except (LookupError, TypeError, ValueError) as error:
            raise Failed(another_form(error)) from None
        self.metrics.observe_latency(response.seconds)
        return answer

    def _report(self, answers: list[Answer], expected: Expected) -> None:
        """Passes on what those answers say that are of the version which answered last."""
        last = answers[-1]
        newest = [a for a in answers if (a.revision, a.model_version) == (last.revision, last.model_version)]
        # while a release is rolled out, expected.json is of a model that does not answer yet
        is_as_expected = last.model_version == expected.model_version
        golden = [each for each in newest if each.photo.kind == GOLDEN and is_as_expected]
        labelled = [each for each in newest if each.photo.kind == LABELLED]
        changed = sum(self._has_changed(each, expected) for each in (*golden, *labelled))
        pairs = [(each.photo.label, each.label) for each in labelled or golden]
        self.metrics.report(
            (last.revision, last.model_version),
            {LABELLED: len(labelled), GOLDEN: len(golden)},
            changed,
            measure(pairs) if pairs else None,
            expected.classes,
        )

    def _has_changed(self, answer: Answer, expected: Expected) -> bool:
        """Whether it differs from the exported one or, of a labelled photo, from the first one of the same model."""
        if answer.photo.golden:
            try:
                return answer.photo.golden.wrong_class(in_order(answer.probabilities, expected)) is not None
            except (TypeError, ValueError, ArithmeticError):
                return True
        first = self.first_answers.setdefault(answer.model_version, {})
        while len(self.first_answers) > VERSIONS:
            del self.first_answers[next(iter(self.first_answers))]
        return first.setdefault(answer.photo.name, answer.label) != answer.label

    def _fail(self, reason: str) -> None:
        self.metrics.count_failure()
        print(f"no answer: {reason}", flush=True)

    def _say(self, sentence: str) -> None:
        """Prints a sentence that was not the last one."""
        if sentence != self.said:
            self.said = sentence
            print(sentence, flush=True)
