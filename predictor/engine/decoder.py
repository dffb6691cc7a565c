"""From a request to the pixels of its photos, within the bounds of the server, and those of the event loop."""

import time

from model.contract.errors import BadImage, TooLarge
from model.contract.preprocess import read_photo
from model.contract.structure import JPEG, PNG
from predictor.engine.job import Job
from predictor.engine.memory import DecodingMemory
from predictor.errors import Refused
from predictor.limits import Limits

# what the event loop decodes itself, so that others wait for some 0.1 s at most
QUICK_PIXELS = 2_000_000  # of all photos of a request; JPEGs may store more, as everywhere
QUICK_FORMATS = (JPEG, PNG)  # the time of others depends on more than their pixels


class TakesLong(Exception):
    """The request is for a thread."""


class Decoder:
    """Decodes the photos of requests for a model whose input has sides of `size` pixels.

    `max_pixels` and `max_decode_bytes` of the limits count here.
    """

    def __init__(self, size: int, limits: Limits):
        self._size, self._max_pixels = size, limits.max_pixels
        self._memory = DecodingMemory(limits.max_decode_bytes)

    def decode(self, job: Job) -> int:
        """Fills in the job's pixels, or its result when it is refused. Returns the number of photos.

        Raises:
            TakesLong: the job is on the event loop, and should not be.
        """
        job.taken_at = time.perf_counter()
        try:
            for index, data in enumerate([] if job.is_over else job.decode()):
                job.result = self._read(job, index, data)
                if job.result or job.is_over:
                    break
        except TakesLong:
            raise
        except Refused as refused:
            job.result = refused.with_traceback(None)  # whose frames hold the request, in a cycle with the job
        except Exception as error:
            job.result = error
        if job.is_over:
            job.result = Refused(499, "the client has left")
        return len(job.pixels)

    def _read(self, job: Job, index: int, data: bytes) -> Refused | None:
        """Adds one photo to the job, or says what is wrong with it."""
        try:
            pixels, size = read_photo(data, self._size, self._pixels_left(job, data), self._memory.share)
            job.pixels.append(pixels)
            job.sizes.append(size)
            return None
        except BadImage as error:
            if job.is_on_event_loop and isinstance(error, TooLarge):
                raise TakesLong from None
            sentence = f"instance {index}: {error}"
        return Refused(400, sentence)  # out here, it does not keep the error, whose frames hold the decoded photo

    def _pixels_left(self, job: Job, data: bytes) -> int:
        """The most that the next photo may have."""
        if not job.is_on_event_loop:
            return self._max_pixels
        if not data.startswith(QUICK_FORMATS):
            raise TakesLong
        return min(self._max_pixels, QUICK_PIXELS - sum(width * height for width, height in job.sizes))
