"""Photos as they are, on V1's path: `curl --data-binary @dog.jpg` and `curl -F file=@dog.jpg`, answered as JSON is."""

from predictor.errors import Refused
from predictor.identity import Identity
from predictor.limits import Limits
from predictor.protocols.form import FORM, Form
from predictor.protocols.protocol import HTTPProtocol, HTTPRequest
from predictor.protocols.top_k import read_top_k
from predictor.protocols.v1 import V1

TOP_K = "top_k"  # the one part of a form that is no file


class PhotoBody(V1):
    """The body is one photo; content type image/… or application/octet-stream."""

    def decode(self) -> list[bytes]:
        return self._within_limit([self.body()])

    def _within_limit(self, photos: list[bytes]) -> list[bytes]:
        limit = self.limits.max_image_bytes
        for index, photo in enumerate(photos):
            if len(photo) > limit:
                raise Refused(400, f"instance {index} has more than the limit of {limit:,} bytes")
        return photos


class FormBody(PhotoBody):
    """The files of a form are the photos; its part top_k is the parameter of that name."""

    def decode(self) -> list[bytes]:
        form = Form(self.request.headers[b"content-type"], self.body(), self.limits)
        if not form.files:
            raise Refused(400, "the form has no file: send at least one photo")
        if form.fields.keys() - {TOP_K}:
            raise Refused(
                400, f"the form has a part that is neither a file nor {TOP_K}: send photos as files, with names"
            )
        if number := form.fields.get(TOP_K):
            self.top_k = read_top_k({TOP_K: int(number) if number.isdecimal() and len(number) < 10 else number})
        return self._within_limit(form.files)


def v1_protocol(request: HTTPRequest, identity: Identity, limits: Limits) -> HTTPProtocol:
    """The protocol of a request on V1's path, by its content type; JSON where it says nothing that we know."""
    content_type = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if content_type == FORM.encode():
        return FormBody(request, identity, limits)
    if content_type.startswith(b"image/") or content_type == b"application/octet-stream":
        return PhotoBody(request, identity, limits)
    return V1(request, identity, limits)
