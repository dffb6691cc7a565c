"""Photos in and answers out, in a real browser: chosen, dropped and pasted."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.browser.conftest import POD
from tests.integration.browser.files import as_data_transfer, cut_short, drawn, heic, payload
from tests.integration.server_process import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import FilePayload, Locator, Page

    HandOver = Callable[[Page, list[FilePayload]], None]

CAT, DOG, UNSURE = drawn("cat.jpg", "cat", 0), drawn("dog.jpg", "dog", 3), drawn("far-away.jpg", "dog", 21)
BROKEN = cut_short(DOG)
BROKEN_SENTENCE = "This photo: the image is damaged or cut short"
AT_ONCE = 3

# when each photo was on its way, in milliseconds
SPANS = """() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith(':predict'))
  .map(({ startTime, responseEnd }) => [startTime, responseEnd])"""
PASTE = """(transfer) => document.dispatchEvent(
  new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))"""


def choose(page: "Page", files: "list[FilePayload]") -> None:
    page.get_by_label("Choose photos").set_input_files(files)


def drop(page: "Page", files: "list[FilePayload]") -> None:
    transfer = as_data_transfer(page, files)
    page.dispatch_event("h1", "dragover", {"dataTransfer": transfer})
    assert page.locator("#drop.is-over").count() == 1
    page.dispatch_event("h1", "drop", {"dataTransfer": transfer})
    assert page.locator("#drop.is-over").count() == 0


def paste(page: "Page", files: "list[FilePayload]") -> None:
    page.evaluate(PASTE, as_data_transfer(page, files))


def line(page: "Page", name: str) -> "Locator":
    return page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))


def wait_for_end(page: "Page", summary: str) -> None:
    page.get_by_text(summary, exact=True).first.wait_for()
    progress = page.get_by_role("progressbar", name=summary)
    assert progress.evaluate("(bar) => bar.value === bar.max")


@pytest.mark.parametrize("hand_over", [choose, drop, paste])
def test_three_photos_one_of_them_broken(page: "Page", hand_over: "HandOver") -> None:
    hand_over(page, [CAT, DOG, BROKEN])
    wait_for_end(page, "2 of 3 photos answered, 1 refused")
    for photo, label in ((CAT, "cat"), (DOG, "dog")):
        assert line(page, photo["name"]).locator(".answer").inner_text() == label
        text = line(page, photo["name"]).inner_text()
        assert re.search(r"9\d\.\d\s% confidence", text)
        assert re.search(r"\d\sms\b.*\d\sms inference", text, re.DOTALL)
    assert line(page, BROKEN["name"]).locator(".answer").inner_text() == BROKEN_SENTENCE
    assert page.get_by_role("list", name="Answers").get_by_role("listitem").count() == 3
    assert page.locator("#spoken").inner_text().endswith("2 of 3 photos answered, 1 refused")


def test_many_photos_are_sent_a_few_at_a_time(page: "Page") -> None:
    choose(page, [drawn(f"{seed}.jpg", ("cat", "dog")[seed % 2], seed) for seed in range(12)])
    wait_for_end(page, "12 of 12 photos answered")
    spans = page.evaluate(SPANS)
    assert len(spans) == 12
    most = max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)
    assert 1 < most <= AT_ONCE
    assert page.get_by_text("12 photos", exact=True).is_visible()
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_role("list", name="Answers").get_by_role("listitem").count() == 0
    assert page.get_by_role("progressbar").count() == 0


def test_unsure_answers_are_marked(page: "Page") -> None:
    choose(page, [UNSURE, DOG])
    wait_for_end(page, "2 of 2 photos answered")
    assert line(page, UNSURE["name"]).get_by_text("unsure", exact=True).is_visible()
    assert not line(page, DOG["name"]).get_by_text("unsure", exact=True).count()


def test_who_answered(page: "Page", server: Server) -> None:
    about = server.get("/model").json()
    choose(page, [CAT, DOG])
    wait_for_end(page, "2 of 2 photos answered")
    who = page.locator("#servers").inner_text()
    assert f"revision {about['revision']}, model version {about['model_version']}" in who
    assert f"pod {POD}" in who
    assert "2 photos" in who


def test_a_photo_that_browsers_cannot_show_has_a_placeholder(page: "Page") -> None:
    pytest.importorskip("pillow_heif", reason="pillow-heif is not installed: hack/install")
    choose(page, [heic("IMG_1.heic", "cat", 0), CAT])
    wait_for_end(page, "2 of 2 photos answered")
    assert line(page, "IMG_1.heic").locator(".answer").inner_text() == "cat"
    assert not line(page, "IMG_1.heic").locator("img").is_visible()
    assert line(page, "IMG_1.heic").locator(".thumbnail").inner_text() == "HEIC"
    assert line(page, CAT["name"]).locator("img").is_visible()


def test_names_of_files_are_text(page: "Page") -> None:
    name = "<img src=x onerror=document.title='hacked'>.jpg"
    choose(page, [payload(name, b"no photo")])
    wait_for_end(page, "0 of 1 photo answered, 1 refused")
    assert line(page, name).is_visible()
    assert "hacked" not in page.title()
