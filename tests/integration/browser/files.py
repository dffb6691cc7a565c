"""Photos as a browser takes them: chosen, or as JavaScript has them."""

import base64
import io
from typing import TYPE_CHECKING, Any

from model.fetch.sample import draw
from tests.unit.photos import encoded

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, JSHandle, Page

AS_DATA_TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const { name, mimeType, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: mimeType }));
  }
  return transfer;
}"""


def payload(name: str, data: bytes, mime_type: str = "image/jpeg") -> "FilePayload":
    return {"name": name, "mimeType": mime_type, "buffer": data}


def drawn(name: str, label: str, seed: int) -> "FilePayload":
    """One of our own drawings."""
    return payload(name, encoded(draw(label, seed), "JPEG", quality=92))


def heic(name: str, label: str, seed: int) -> "FilePayload":
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(draw(label, seed)).save(file)
    return payload(name, file.getvalue(), "image/heic")


def cut_short(photo: "FilePayload") -> "FilePayload":
    return {**photo, "name": f"cut-short-{photo['name']}", "buffer": photo["buffer"][:3000]}


def as_data_transfer(page: "Page", files: "list[FilePayload]") -> "JSHandle":
    """What a browser hands over when files are dropped or pasted."""
    encoded_files: list[dict[str, Any]] = [
        {"name": file["name"], "mimeType": file["mimeType"], "base64": base64.b64encode(file["buffer"]).decode()}
        for file in files
    ]
    return page.evaluate_handle(AS_DATA_TRANSFER, encoded_files)
