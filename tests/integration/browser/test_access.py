"""The page for all: keyboard, screen reader, dark and light, phone; and what it says when nothing answers."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.browser.files import as_data_transfer, cut_short, drawn
from tests.integration.browser.test_photos import choose, line, wait_for_end

if TYPE_CHECKING:
    from playwright.sync_api import Page

CAT, UNSURE = drawn("cat.jpg", "cat", 0), drawn("far-away.jpg", "dog", 21)
BROKEN = cut_short(CAT)
LIGHT: dict[str, Any] = {"color_scheme": "light"}
DARK: dict[str, Any] = {"color_scheme": "dark"}
PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
WCAG_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTROLS = ("button", "link", "textbox", "progressbar", "checkbox", "combobox")

FOCUSED = """() => document.activeElement.id || document.activeElement.textContent"""
OUTLINE = """() => {
  const element = document.activeElement;
  return getComputedStyle(element.closest('.drop') ?? element).outlineStyle;
}"""


def with_answers(page: "Page") -> None:
    choose(page, [CAT, UNSURE, BROKEN])
    wait_for_end(page, "2 of 3 photos answered, 1 refused")


@pytest.mark.parametrize("options", [LIGHT, DARK, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(page: "Page", options: dict[str, Any]) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: hack/install"
    ).Axe()
    rules = {"runOnly": {"type": "tag", "values": WCAG_AA}}
    for prepare in (lambda _: None, with_answers):
        prepare(page)
        found = axe.run(page, options=rules).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_every_control_has_a_name(page: "Page") -> None:
    with_answers(page)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in nodes if node["role"]["value"] in CONTROLS and not node["ignored"]]
    names = [node["name"]["value"] for node in controls]
    assert len(names) >= 9
    assert all(names)
    assert len({*names}) == len(names)


def test_the_keyboard_is_enough(page: "Page") -> None:
    page.on("filechooser", lambda _: None)  # asked for later, Playwright may miss one on a busy machine
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "file"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([CAT])
    wait_for_end(page, "1 of 1 photo answered")
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
        assert page.evaluate(OUTLINE) == "solid"
    assert order == ["clear", "call-box", "copy", "API", "OpenAPI", "Metrics", "Statistics", "Model file"]
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "file"
    assert page.evaluate(OUTLINE) == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("list", name="Answers").get_by_role("listitem").count() == 0
    assert page.evaluate(FOCUSED) == "file"


def test_a_picture_of_the_clipboard_is_pasted_with_the_keyboard(page: "Page") -> None:
    page.evaluate(
        """async (transfer) => {
          const bitmap = await createImageBitmap(transfer.files[0]);
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          canvas.getContext('2d').drawImage(bitmap, 0, 0);
          const png = await canvas.convertToBlob({ type: 'image/png' });
          await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
        }""",
        as_data_transfer(page, [CAT]),
    )
    page.keyboard.press("ControlOrMeta+V")
    wait_for_end(page, "1 of 1 photo answered")
    assert line(page, "image.png").locator(".answer").inner_text() == "cat"


@pytest.mark.parametrize(("options", "is_dark"), [(LIGHT, False), (DARK, True)], ids=["light", "dark"])
def test_colours_are_those_of_the_system(page: "Page", options: dict[str, Any], is_dark: bool) -> None:
    colour = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) / 3
    assert (brightness < 64) if is_dark else (brightness > 192)


@pytest.mark.parametrize("options", [PHONE], ids=["phone"])
def test_a_phone_need_not_scroll_sideways(page: "Page", options: dict[str, Any]) -> None:
    with_answers(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= options["viewport"]["width"]


def test_the_command_is_copied_and_can_be_run(page: "Page", folder: Path) -> None:
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    command = page.evaluate("() => navigator.clipboard.readText()")
    (folder / "photo.jpg").write_bytes(CAT["buffer"])
    asked = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    assert asked.stdout.startswith('{"predictions":[{"label":"cat"')
    page.get_by_role("button", name="Copy").wait_for()  # again


def test_the_command_is_copied_where_pages_have_no_clipboard(page: "Page") -> None:
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    page.keyboard.press("ControlOrMeta+V")  # nothing: text is no photo
    assert page.get_by_role("list", name="Answers").get_by_role("listitem").count() == 0


def test_without_a_network_a_photo_can_be_sent_again(page: "Page") -> None:
    page.context.set_offline(True)
    choose(page, [CAT])
    wait_for_end(page, "0 of 1 photo answered, 1 refused")
    assert "No answer" in line(page, CAT["name"]).locator(".answer").inner_text()
    page.context.set_offline(False)
    page.get_by_role("button", name=f"Try again: {CAT['name']}").click()
    wait_for_end(page, "1 of 1 photo answered")
    assert line(page, CAT["name"]).locator(".answer").inner_text() == "cat"
