"""Previews and search in a real browser; `nox -s browser` runs these, and elsewhere, without Playwright, they skip."""

import http.server
import shutil
import threading
from functools import partial
from urllib.parse import quote

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="nox -s browser brings Playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning"),  # in MyST
]

WITH = ("recompute.extension", "symbols", "findable")
INDEX = "# Book\n\n```{toctree}\n:numbered:\none\ntwo\n```\n\n```{toctree}\nsymbols\nglossary\nreferences\n```\n"
ONE = (
    "# One\n\nSee {eq}`here`, {eq}`there`, [two](two.md) and {cite:t}`werbos1990`.\n\n"
    "$$\n\\delta_t = E_t\n$$ (here)\n\nA product of weights.\n" + "\nMore words.\n" * 60
)
TWO = "# Two\n\n$$\n\\frac{\\partial E}{\\partial W} = 0\n$$ (there)\n"
SYMBOLS = (
    "# Symbols\n\n```{symbols}\nE_t | loss | number | here\n\\delta_t | error | number | here\n"
    "E | sum | number | there\nW | weights | matrix | there\n```\n\n"
    "| sign | meaning |\n|--|--|\n| $\\partial$ | immediate |\n"
)
GLOSSARY = "# Glossary\n\n```{glossary}\nresidual\n  残差 – How far the sides are apart.\n```\n"
REFERENCES = "# References\n\n```{bibliography}\n```\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def site(build, made):
    if not made:
        pages = {"one": ONE, "two": TWO, "symbols": SYMBOLS, "glossary": GLOSSARY, "references": REFERENCES}
        made["book"] = build(also=WITH, index=INDEX, **pages)
    book = made["book"]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=book.out)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", book
        server.shutdown()


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def errors():
    return []


@pytest.fixture
def tab(browser, errors):
    page = browser.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    return page


def appears(tab):
    tab.wait_for_selector(".preview", timeout=3000)
    return tab.inner_text(".preview")


def test_a_mouse_that_rests_on_a_link_sees_what_it_leads_to(site, tab, errors):
    tab.goto(f"{site[0]}/one.html")
    first, other, _, paper = tab.locator("article p a.internal").all()
    for link, shown in ((first, "δ"), (other, "∂"), (paper, "Werbos")):
        link.hover()
        assert shown in appears(tab)
        assert link.get_attribute("aria-describedby") == "preview"
        assert tab.eval_on_selector_all(".preview [id], .preview [tabindex], .preview a", "found => found.length") == 0
        tab.locator(".preview").hover()
        link.hover()  # back from the box
        tab.wait_for_timeout(500)
        assert tab.locator(".preview").count() == 1
        tab.keyboard.press("Escape")
        assert tab.locator(".preview").count() == 0
        assert link.get_attribute("aria-describedby") is None
    assert "Werbos" in paper.get_attribute("title")
    assert errors == []


def test_the_keyboard_opens_it_and_the_box_stays_while_the_mouse_is_on_it(site, tab):
    tab.goto(f"{site[0]}/one.html")
    first, other, *_ = tab.locator("article p a.internal").all()
    first.focus()
    tab.keyboard.press("Tab")
    assert "∂" in appears(tab)
    tab.keyboard.press("Tab")
    assert tab.locator(".preview").count() == 0
    other.hover()
    appears(tab)
    box = tab.locator(".preview").bounding_box()
    tab.mouse.move(box["x"] + 10, box["y"] + 10, steps=4)
    tab.wait_for_timeout(500)
    assert tab.locator(".preview").count() == 1
    tab.mouse.move(2, 2)
    tab.wait_for_timeout(500)
    assert tab.locator(".preview").count() == 0


def test_a_finger_that_scrolls_opens_nothing(site, browser):
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 600})
    tab = context.new_page()
    tab.goto(f"{site[0]}/one.html")
    box = tab.locator("article p a.internal").first.bounding_box()
    fingers = context.new_cdp_session(tab)
    for kind, up in (("touchStart", 0), ("touchMove", 10), ("touchMove", 60), ("touchEnd", None)):
        points = [] if up is None else [{"x": box["x"] + 4, "y": box["y"] + 4 - up}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    tab.wait_for_timeout(600)
    assert tab.locator(".preview").count() == 0


@pytest.mark.parametrize("how", ["file", "offline"])
def test_without_a_network_it_shows_what_is_on_the_page_and_is_silent_on_the_rest(site, tab, errors, how):
    tab.goto((site[1].out / "one.html").as_uri() if how == "file" else f"{site[0]}/one.html")
    tab.context.set_offline(True)
    first, other, *_ = tab.locator("article p a.internal").all()
    other.hover()
    tab.wait_for_timeout(600)
    assert tab.locator(".preview").count() == 0
    first.hover()
    assert "δ" in appears(tab)
    assert [error for error in errors if "ERR_INTERNET_DISCONNECTED" not in error] == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("δ", "symbols.html#symbol"),
        ("delta", "symbols.html#symbol"),
        ("∂", "symbols.html#symbol"),
        ("W", "symbols.html#symbol"),
        ("E_2", "symbols.html#symbol"),
        ("残差", "glossary.html#term-residual"),
        ("there", "two.html#equation-there"),
        ("(1.1)", "one.html#equation-here"),
        ("products", "one.html"),
    ],
)
def test_search_finds_words_and_symbols(site, tab, errors, typed, first):
    tab.goto(f"{site[0]}/search.html?q={quote(typed)}")
    tab.wait_for_selector("#search-results li p.context")
    found = tab.locator("#search-results li").first
    assert found.locator("a").get_attribute("href").startswith(first)
    assert "\\" not in found.inner_text()
    found.locator("a").click()
    tab.wait_for_load_state()
    tab.wait_for_timeout(100)
    marked = tab.eval_on_selector_all(".highlighted", "found => found.map(one => one.textContent)")
    assert all(len(word) > 1 for word in marked)
    assert errors == []


def test_words_are_marked_within_the_article_alone(site, tab, errors):
    """Furo's icons have titles such as “Menu”, over which Sphinx's script stumbles."""
    tab.goto(f"{site[0]}/one.html?highlight=menu%20words")
    tab.wait_for_selector("article .highlighted")
    assert tab.locator(".highlighted").count() == tab.locator("article .highlighted").count() == 60
    assert errors == []
