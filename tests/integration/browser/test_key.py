"""A server that wants a key: the page asks for it once the server has refused a photo, and keeps it in memory alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.integration.browser.files import cut_short, drawn
from tests.integration.browser.test_access import FOCUSED, WCAG_AA
from tests.integration.browser.test_photos import choose, line, wait_for_end
from tests.integration.server_process import Server, ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

KEY = "alices-key-0123456789"
CAT, DOG = drawn("cat.jpg", "cat", 0), drawn("dog.jpg", "dog", 3)
BROKEN = cut_short(DOG)
STORED = "() => [localStorage.length, sessionStorage.length, document.cookie, location.href.includes('key')].join()"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "keys").write_text(KEY)
    with ServerProcess(folder, "--keys_file", folder / "keys", "--enable_grpc=false") as server:
        yield server


def field(page: "Page") -> "Locator":
    return page.get_by_label("This server answers only those who have a key")


def refused_without(page: "Page") -> None:
    assert not field(page).is_visible()
    choose(page, [CAT, DOG])
    wait_for_end(page, "0 of 2 photos answered, 2 refused")


def test_photos_are_sent_again_with_the_key(page: "Page") -> None:
    assert page.locator("#call").inner_text().startswith("curl -F file=@photo.jpg ")
    refused_without(page)
    assert line(page, CAT["name"]).locator(".answer").inner_text().startswith("predictions need a key here")
    assert page.evaluate(FOCUSED) == "key"
    assert page.locator("#call").inner_text().startswith("curl -H 'authorization: Bearer KEY' -F file=@photo.jpg ")
    field(page).fill("nobodys-key-0123456789")
    page.get_by_role("button", name="Use this key").click()
    assert field(page).is_visible()
    field(page).fill(KEY)  # perhaps before the photos are refused again
    page.keyboard.press("Enter")
    wait_for_end(page, "2 of 2 photos answered")
    assert line(page, CAT["name"]).locator(".answer").inner_text() == "cat"
    assert not field(page).is_visible()
    choose(page, [BROKEN])
    wait_for_end(page, "2 of 3 photos answered, 1 refused")
    assert not field(page).is_visible()


def test_the_key_is_gone_with_the_page(page: "Page") -> None:
    refused_without(page)
    field(page).fill(KEY)
    page.keyboard.press("Enter")
    wait_for_end(page, "2 of 2 photos answered")
    assert page.evaluate(STORED) == "0,0,,false"
    page.reload()
    refused_without(page)


def test_what_cannot_be_a_key_is_not_sent(page: "Page") -> None:
    refused_without(page)
    for text in ("", "short", "not a key, but some words", "schlüssel-0123456789"):
        field(page).fill(text)
        page.keyboard.press("Enter")
        assert field(page).evaluate("(field) => field.validity.valid") is False
    wait_for_end(page, "0 of 2 photos answered, 2 refused")


def test_axe_finds_nothing_at_the_field(page: "Page") -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: hack/install"
    ).Axe()
    refused_without(page)
    rules = {"runOnly": {"type": "tag", "values": WCAG_AA}}
    found = axe.run(page, options=rules).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
