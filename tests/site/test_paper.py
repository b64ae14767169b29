"""On paper a page is text, formulas and figures alone, black on white, also where the screen was dark."""

import pytest
from visit import visiting

PAPERS = [1280, 423]  # pixels: wider than any, where furo has its sidebars, and A5 without the margins of print.css
BESIDE = "aside, button, nav, [role=navigation], .mobile-header, .back-to-top, .content-icon-container, .related-pages"
SHOWN = """(wanted) => [...document.querySelectorAll(wanted)]
  .filter((one) => one.checkVisibility({checkVisibilityCSS: true, checkOpacity: true}) && one.getClientRects().length)
  .map((one) => `<${one.localName} class="${one.className}">`)"""
SHEETS = """() => ["html", "body", ".page", ".main", ".content", "article"]
  .map((wanted) => getComputedStyle(document.querySelector(wanted)).backgroundColor)
  .filter((colour) => colour !== "rgba(0, 0, 0, 0)")"""
INKS = """() => [...new Set([...document.querySelectorAll("article :is(h1, h2, p:not(.caption), li, td, .katex-html)")]
  .map((one) => getComputedStyle(one).color))]"""
PALE = """() => [...document.querySelectorAll("article *")] // contrast with white paper below 4.5, as in WCAG
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .filter((one) => one.checkVisibility({checkVisibilityCSS: true}) && one.getClientRects().length)
  .filter((one) => {
    const [red, green, blue] = getComputedStyle(one).color.match(/[\\d.]+/g).slice(0, 3)
      .map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) < 4.5;
  })
  .map((one) => `${getComputedStyle(one).color} <${one.localName} class="${one.getAttribute("class")}">`)"""
CLIPPED = """() => [...document.querySelectorAll("article pre")].filter((one) => one.checkVisibility())
  .filter((pre) => {
    for (let one = pre; one.localName !== "article"; one = one.parentElement) {
      const larger = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
      if (larger && getComputedStyle(one).overflow !== "visible") return true;
    }
    const text = document.createRange();
    text.selectNodeContents(pre);
    return pre.scrollWidth > pre.clientWidth || text.getBoundingClientRect().right > innerWidth;
  })
  .map((one) => one.textContent.slice(0, 60))"""


@pytest.fixture(params=["one-term-one-path.html", "the-whole-gradient.html"])
def paper(request, browser, address):
    """A page that is read in the dark, as a printer gets it."""
    with visiting(browser, address, scheme="dark") as visit:
        visit.page.add_init_script('localStorage.setItem("theme", "dark")')
        visit.go(request.param)
        assert visit.page.evaluate(SHOWN, BESIDE) != []
        assert visit.page.evaluate(SHEETS) != ["rgb(255, 255, 255)"]
        visit.page.emulate_media(media="print")
        yield visit.page
        assert visit.faults == []


def test_a_printed_page_is_text_alone_black_on_white(paper):
    for width in PAPERS:
        paper.set_viewport_size({"width": width, "height": 900})
        assert paper.evaluate(SHOWN, BESIDE) == []
        assert paper.evaluate(CLIPPED) == []
    assert set(paper.evaluate(SHEETS)) == {"rgb(255, 255, 255)"}
    assert paper.evaluate(INKS) == ["rgb(0, 0, 0)"]
    assert paper.evaluate(PALE) == []
    assert paper.locator("article pre:visible").count() > 0
