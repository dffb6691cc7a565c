"""A browser, and a page in it that must stay on our server and log no error."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.browser.found import HOW_TO_GET_ONE, find_browser
from tests.integration.server_process import Server, ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


POD = "predictor-5c9f7d8b6-x2x7k"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that says which pod it is."""
    with pytest.MonkeyPatch.context() as variables:
        variables.setenv("HOSTNAME", POD)
        started = ServerProcess(tmp_path_factory.mktemp("server"))
    with started as server:
        yield server


@pytest.fixture(scope="module")  # its event loop would be in the way of later tests that run one of their own
def browser() -> "Iterator[Browser]":
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: hack/install")
    path = find_browser()
    if path is None:
        pytest.skip(f"there is no browser here: {HOW_TO_GET_ONE}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-quic"])
        yield browser
        browser.close()


@pytest.fixture
def options() -> dict[str, Any]:
    """Of the window: a test's parameters may replace them."""
    return {}


@pytest.fixture
def page(browser: "Browser", server: Server, options: dict[str, Any]) -> "Iterator[Page]":
    """The page, opened."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url)
    page.get_by_text("Hash of the data").wait_for()
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((server.url, "blob:", "data:image/"))] == []
    # Chromium itself logs what the server refuses, and that there is no network
    by_chromium = re.compile(r"Failed to load resource: .*(status of 40[01]|ERR_INTERNET_DISCONNECTED)")
    assert [error for error in errors if not by_chromium.match(error)] == []
