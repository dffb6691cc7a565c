"""What the server says of itself and of its model: liveness, V1's and V2's lists and metadata, and the model file."""

from collections.abc import Mapping
from typing import Any

from predictor.http.docs_page import docs_page
from predictor.http.openapi.document import openapi_document
from predictor.http.page import Page, json_page
from predictor.http.try_page.build import TwoPages, with_try_page
from predictor.identity import Identity
from predictor.limits import Limits

PLATFORM = "pytorch_torchscript"  # of V2's metadata, as its examples call it
ABOUT_FIELDS = ("network", "classes", "size", "metrics", "unsure", "notes", "data", "revision", "training")


class Description:
    """Documents that never change.

    Args:
        identity: the model's name and version, and the revision of the code.
        metadata: what the model file says (see model/contract/metadata.py).
        inputs, outputs: the tensors of V2.
        limits: the description of the API names them.
        asks_for_keys: whether predictions need a key.
    """

    def __init__(
        self,
        identity: Identity,
        metadata: Mapping[str, Any],
        inputs: list[dict[str, object]],
        outputs: list[dict[str, object]],
        limits: Limits,
        asks_for_keys: bool = False,
    ):
        self._identity, self._metadata, self._limits = identity, metadata, limits
        self._asks_for_keys = asks_for_keys
        self._tensors = {"inputs": inputs, "outputs": outputs}

    def pages(self) -> dict[str, Page]:
        """Each path that answers GET with what never changes, and the answer."""
        api = openapi_document(self._identity, self._metadata["classes"], self._limits, self._asks_for_keys)
        pages = {path: json_page(document) for path, document in self.documents().items()}
        return {**pages, "/openapi.json": json_page(api), "/docs": docs_page(api)}

    def pages_with_one_to_try(self) -> dict[str, Page | TwoPages]:
        """The same, where browsers get a page at / that sends photos."""
        pages = self.pages()
        return {**pages, "/": with_try_page(pages["/"])}

    def documents(self) -> dict[str, dict[str, Any]]:
        """Each path that answers GET with a document, and the document."""
        name, version = self._identity.model_name, self._identity.model_version
        return {
            "/": {"status": "alive"},
            "/v1/models": {"models": [name]},
            "/v2": {"name": "predictor", "version": self._identity.revision, "extensions": ["binary_tensor_data"]},
            "/v2/health/live": {"live": True},
            "/v2/models": {"models": [name]},
            f"/v2/models/{name}": self.model(),
            f"/v2/models/{name}/versions/{version}": self.model(),
            "/model": self.about(),
        }

    def model(self) -> dict[str, Any]:
        """V2's metadata of the model, with what the model file says as its parameters."""
        name, version = self._identity.model_name, self._identity.model_version
        return {"name": name, "versions": [version], "platform": PLATFORM, **self._tensors, "parameters": self.about()}

    def about(self) -> dict[str, Any]:
        """What the model file says: network, classes, figures, data, and the commit that exported it."""
        said = {field: self._metadata[field] for field in ABOUT_FIELDS if field in self._metadata}
        exported = {"exported_by": said.pop("revision", "unknown")}  # beside the revision that serves
        return {"model": self._identity.model_name, **self._identity.fields, **exported, **said}
