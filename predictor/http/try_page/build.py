"""Makes one page of page.html and of the files that it names, so that one answer brings all of one version."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from predictor.http.exchange import Exchange
from predictor.http.page import Page

HERE = Path(__file__).parent
STYLE = re.compile(r'<link rel="stylesheet" href="(\w+\.css)">')
SCRIPT = re.compile(r'<script src="(\w+\.js)"></script>')
INLINE = re.compile(r"<(style|script)>(.*?)</\1>", re.DOTALL)
VARY = (b"vary", b"accept")
HTML, JSON = "text/html", "application/json"


@dataclass(frozen=True, slots=True)
class TwoPages:
    """Programs get one page and browsers another at the same path.

    Args:
        for_programs: for whoever does not ask for HTML; curl, probes and most clients take anything.
        for_browsers: for whoever names HTML among what they take, and not JSON.
    """

    for_programs: Page
    for_browsers: Page

    async def send(self, exchange: Exchange) -> None:
        """Answers a request with the page that its header accept asks for."""
        page = self.for_browsers if wants_html(exchange.headers.get(b"accept", b"")) else self.for_programs
        await page.send(exchange)


def wants_html(accept: bytes) -> bool:
    """Whether a header accept names HTML, and not JSON, as those of browsers do."""
    kinds = [kind.replace(" ", "").lower() for kind in accept.decode("latin-1").split(",")]
    wanted = {kind.partition(";")[0] for kind in kinds if not re.search(r";q=0(\.0*)?$", kind)}
    return HTML in wanted and JSON not in wanted


def with_try_page(for_programs: Page) -> TwoPages:
    """The page to try the model, for browsers, beside the one that programs get."""
    text = put_together(HERE / "page.html")
    headers = (
        (b"content-security-policy", policy_of(text).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),  # a rollout brings a new one
        VARY,
    )
    for_browsers = Page(text.encode(), b"text/html; charset=utf-8", headers)
    return TwoPages(Page(for_programs.body, for_programs.content_type, (*for_programs.headers, VARY)), for_browsers)


def put_together(path: Path) -> str:
    """The text of a page with its style and its scripts in it: the files beside it that it names."""
    text = STYLE.sub(lambda found: f"<style>{_read(path, found)}</style>", path.read_text(encoding="utf-8"))
    return SCRIPT.sub(lambda found: f"<script>{_read(path, found)}</script>", text)


def policy_of(text: str) -> str:
    """A Content-Security-Policy that allows what is in a page, and requests to the server it came from."""
    hashes: dict[str, list[str]] = {"style": [], "script": []}
    for kind, content in INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    return "; ".join(
        [
            "default-src 'none'",
            *(f"{kind}-src {' '.join(allowed)}" for kind, allowed in hashes.items()),
            "connect-src 'self'",
            "img-src blob: data:",  # photos that somebody chose, and the icon, which is in the page
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _read(page: Path, found: re.Match[str]) -> str:
    return (page.parent / found[1]).read_text(encoding="utf-8")
