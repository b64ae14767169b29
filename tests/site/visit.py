"""Visits to a page in a real browser, and what is found wrong there, in words.

Every check returns a list of faults, so that the same code judges the site and the pages with planted faults.
"""

from __future__ import annotations

from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

WIDTHS = {"desktop": 1280, "phone": 390}
VARIANTS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]

TOO_WIDE = """() => { // furo gives a phone's text a frame of its own that scrolls: what is too wide shows there alone
  const frames = [document.documentElement, document.body, ...document.querySelectorAll(".content")];
  const frame = frames.find((one) => one.scrollWidth > one.clientWidth);
  if (!frame) return "";
  const scrolls = (one) => !frames.includes(one) && /auto|scroll|hidden/.test(getComputedStyle(one).overflowX);
  const inside = (one) => one && (scrolls(one) || inside(one.parentElement));
  const edge = frame.getBoundingClientRect().left + frame.clientLeft + frame.clientWidth;
  const wide = [...frame.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > edge + 0.5 && !inside(one.parentElement));
  const names = wide.slice(-3).map((one) => `<${one.localName} class="${one.getAttribute("class") ?? ""}">`);
  return `${frame.scrollWidth} px wide where there is room for ${frame.clientWidth} px: ${names.join(", ")}`;
}"""
ASIDE = """() => { // what the keyboard reaches and the eye does not, as in a drawer that is only pushed away
  const wanted = 'a[href], button, input:not([type="checkbox"]), summary, [tabindex="0"]';
  const aside = ({left, right}) => right <= 0 || left >= innerWidth;
  return [...document.querySelectorAll(wanted)]
    .filter((one) => one.checkVisibility({checkVisibilityCSS: true}) && one.tabIndex >= 0 && !one.disabled)
    .filter((one) => aside(one.getBoundingClientRect()))
    .map((one) => `<${one.localName} class="${one.className}">`);
}"""
BACKGROUND = """() => { // how light the page is, from 0 to 255
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
  return (red + green + blue) / 3;
}"""
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const elements = entry.sources.map(({node}) => (node?.nodeType === Node.TEXT_NODE ? node.parentNode : node));
    const names = elements.map((one) => `<${one?.localName} class="${one?.getAttribute("class") ?? ""}">`).join(", ");
    if (!entry.hadRecentInput) window.shifts.push([entry.value, names]);
  }
}).observe({type: "layout-shift", buffered: true});
"""
SETTLED = "() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))))"
SHIFT = 0.02  # the most that a page may move by itself, as Chromium adds it up
LATE = 300  # milliseconds in which what a page does late, an error or a move, is waited for
AXE = {"resultTypes": ["violations"]}  # what is in order needs no list
DARK = 128
SWITCHES = ".sidebar-toggle"  # before all landmarks, so that styles can follow them; test_keyboard looks at them


class Visit:
    """A page that is being looked at: what went wrong so far, what was fetched, and how heavy that was."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.faults, self.fetched, self.weight = [], [], 0
        page.on(
            "console", lambda said: said.type == "error" and self.note(f"console: {said.text} ({said.location['url']})")
        )
        page.on("pageerror", lambda error: self.note(f"error of a script: {error}"))
        page.on("request", self.asked)
        page.on("requestfailed", self.failed)
        page.on("response", self.answered)
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", self.arrived)

    def note(self, fault):
        self.faults.append(fault)

    def asked(self, request):
        self.fetched.append(request.url)
        where = urlsplit(request.url)
        if where.scheme not in {"data", "blob", "file"} and where.netloc != urlsplit(self.address).netloc:
            self.note(f"another host: {request.url}")

    def failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # so ends what is under way when the reader goes on to another page
            self.note(f"failed: {request.url} ({request.failure})")

    def answered(self, response):
        if response.status >= 400:
            self.note(f"failed: {response.url} ({response.status})")

    def arrived(self, told):
        self.weight += max(told["encodedDataLength"], 0)

    def go(self, name):
        self.page.goto(f"{self.address}{name}")
        self.page.evaluate(SETTLED)

    def dress(self, width, scheme):
        """Take the window of a desktop or a phone, and the colours of day or night."""
        self.page.set_viewport_size({"width": WIDTHS[width], "height": 844})
        self.page.emulate_media(color_scheme=scheme)


@contextmanager
def visiting(browser, address, width="desktop", scheme="light", **options):
    """Open a browser that has never been here, and close it again."""
    size = {"width": WIDTHS[width], "height": 844}
    context = browser.new_context(viewport=size, color_scheme=scheme, **options)
    context.set_default_timeout(15_000)
    try:
        yield Visit(context.new_page(), address)
    finally:
        context.close()


def looks(visit, name, variants=VARIANTS):
    """Look at a page in its variants; a width is a visit of its own, the colours change while the page is open."""
    visit.page.add_init_script(SHIFTS)
    last = None
    for width, scheme in variants:
        visit.dress(width, scheme)
        if width != last:
            visit.go(name)
            visit.page.wait_for_timeout(LATE)
            moves = visit.page.evaluate("() => window.shifts")
            if (moved := sum(by for by, _ in moves)) > SHIFT:
                what = "; ".join(f"{by:.3f}: {what}" for by, what in moves)
                visit.note(f"{width}: moves by {moved:.3f} while it is loaded: {what}")
        last = width
        if wide := visit.page.evaluate(TOO_WIDE):
            visit.note(f"{width}, {scheme}: {wide}")
        if aside := visit.page.evaluate(ASIDE):
            visit.note(
                f"{width}, {scheme}: {len(aside)} stops of the keyboard beside the window: {', '.join(aside[:3])}"
            )
        if (visit.page.evaluate(BACKGROUND) < DARK) != (scheme == "dark"):
            visit.note(f"{width}, {scheme}: the background is not {scheme}")
    return visit.faults


def obstacles(page, *left_out, contrast=True):
    """What axe finds in the way of a reader who does not see, hear or point; some elements may be left out."""
    options = AXE if contrast else {**AXE, "rules": {"color-contrast": {"enabled": False}}}
    where = {"exclude": [[selector] for selector in (SWITCHES, *left_out)]}
    return [
        f"axe, {found['impact']}: {found['id']}, {found['help']}: "
        + "; ".join(f"{node['target']} {node['html'][:120]}" for node in found["nodes"][:3])
        for found in Axe().run(page, context=where, options=options).response["violations"]
    ]
