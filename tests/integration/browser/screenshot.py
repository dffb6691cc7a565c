"""Takes pictures of the page: `python -m tests.integration.browser.screenshot FOLDER`.

README.md shows one of them, light.png, which is here as page.png.
"""

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.integration.browser.files import cut_short, drawn
from tests.integration.browser.found import find_browser
from tests.integration.server_process import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = {"width": 960, "height": 1090}, {"width": 390, "height": 844}
WINDOWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESKTOP, "device_scale_factor": 2},
    "dark": {"viewport": DESKTOP, "device_scale_factor": 2, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
}
PHOTOS = [drawn("tilly.jpg", "cat", 0), drawn("in-the-garden.jpg", "dog", 3), drawn("far-away.jpg", "dog", 21)]
COLOURS = 128  # as many make a file a third as large, and nobody sees it


def take(browser: "Browser", url: str, name: str, out: Path) -> None:
    """Of the page as it is opened, and as it is with answers."""
    page = browser.new_page(**WINDOWS[name])
    page.goto(url)
    page.get_by_text("Hash of the data").wait_for()
    save(page, out / f"{name}-empty.png")
    for _ in range(2):  # the first answers of a server take longer
        page.get_by_label("Choose photos").set_input_files([*PHOTOS, cut_short(PHOTOS[0])])
        page.get_by_text("3 of 4 photos answered, 1 refused", exact=True).wait_for()
        save(page, out / f"{name}.png")
        page.get_by_role("button", name="Clear").click()
    page.close()


def save(page: "Page", path: Path) -> None:
    page.mouse.move(0, 0)
    image = Image.open(io.BytesIO(page.screenshot(full_page=path.stem.startswith("phone"))))
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    os.environ["HOSTNAME"] = "predictor-5c9f7d8b6-x2x7k"
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder)) as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_browser())
        for name in WINDOWS:
            take(browser, server.url, name, out)
        browser.close()


if __name__ == "__main__":
    main()
