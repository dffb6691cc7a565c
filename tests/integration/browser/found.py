"""Which browser the tests of the page take: `python -m tests.integration.browser.found` prints it, or fails."""

import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = ("Google Chrome", "Chromium")  # of macOS
HOW_TO_GET_ONE = "hack/tools installs Chromium on Linux (x86_64); elsewhere install Google Chrome"


def find_browser() -> Path | None:
    """Chromium or Chrome: that of this environment (hack/tools), one on PATH, or macOS's application."""
    beside_python = Path(sys.executable).parent / NAMES[0]
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name))]
    applications = [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in APPLICATIONS]
    return next((path for path in [beside_python, *on_path, *applications] if path.exists()), None)


if __name__ == "__main__":
    print(find_browser() or sys.exit(f"there is no browser here: {HOW_TO_GET_ONE}"))
