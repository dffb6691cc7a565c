"""Forms with files (multipart/form-data, RFC 7578), bounded in parts and bytes."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from predictor.errors import Refused
from predictor.limits import Limits

FORM = "multipart/form-data"
NOT_A_FORM = f"the body is not a form with files ({FORM}): send photos as curl -F file=@dog.jpg does"


class Form:
    """The files of a form in their order, and its other parts by name.

    Args:
        content_type: the request's; it has the boundary.
        body: the whole form.
        limits: `max_instances` counts here.

    Raises:
        Refused: 400, it is no form, is cut short, or has too many parts.
    """

    def __init__(self, content_type: bytes, body: bytes, limits: Limits):
        self.files: list[bytes] = []
        self.fields: dict[str, str] = {}
        self._most, self._is_whole = limits.max_instances, False
        # no file goes to the disk, which is read-only; an unknown encoding is an error
        config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1, "UPLOAD_ERROR_ON_BAD_CTE": True}
        boundary = parse_options_header(content_type)[1].get(b"boundary") or None  # an empty one is none
        try:
            parser = FormParser(FORM, self._add_field, self._add_file, self._end, boundary, config=config)
            parser.write(body)
            parser.finalize()
        except FormParserError:
            raise Refused(400, NOT_A_FORM) from None
        if not self._is_whole:
            raise Refused(400, f"the form is cut short or has another boundary; {NOT_A_FORM}")

    def _add_file(self, file: File) -> None:
        if len(self.files) == self._most:
            raise Refused(400, f"the form has more files than the limit of {self._most}")
        file.file_object.seek(0)
        self.files.append(file.file_object.read())

    def _add_field(self, field: Field) -> None:
        if len(self.fields) == self._most:
            raise Refused(400, f"the form has more than {self._most} parts that are no files")
        self.fields[(field.field_name or b"").decode("latin-1")] = (field.value or b"").decode("latin-1")

    def _end(self) -> None:
        self._is_whole = True
