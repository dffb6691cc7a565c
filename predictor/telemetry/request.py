"""What is known of a request when its response is sent."""

from dataclasses import dataclass

from predictor.engine.answer import Answer


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """`status` is HTTP's, also for gRPC; `seconds` run from the request's headers to the end of its response."""

    request_id: str
    route: str
    status: int
    seconds: float
    answer: Answer | None = None
    error: str | None = None
