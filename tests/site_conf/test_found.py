"""The search page in a real browser; `nox -s browser` runs these, and elsewhere, without Playwright, they skip."""

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

PAGES = {
    "index": "# Book\n\n```{toctree}\n:numbered:\nexpense\napi\n```\n",
    "expense": "# What it costs\n\nThe xylophone of $s_2$, $s_{t-1}$ and $\\frac{a}{b}$.\n\n"
    "```{code-cell} python\nhidden = 1\n```\n\n$$\nE = 1\n$$ (cost-one)\n",
    "api": "# Reference\n\n```{py:function} cost(a)\nSays nothing.\n```\n",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def folder(build, made):
    if not made:
        made["out"] = build(also=("recompute.extension", "findable"), **PAGES).out
    return made["out"]


@pytest.fixture
def site(folder):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def look():
    """Open an address on a phone."""
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])

        def look(address, **how):
            tab = browser.new_context(viewport={"width": 390, "height": 800}, **how).new_page()
            tab.said = []
            tab.on("console", lambda line: tab.said.append(line.text))
            tab.on("pageerror", lambda error: tab.said.append(str(error)))
            tab.goto(address)
            return tab

        yield look
        browser.close()


def results(tab):
    tab.wait_for_function("() => /found|did not/.test(document.querySelector('.search-summary')?.textContent)")
    return [one.get_attribute("href") for one in tab.locator("#search-results li > a").all()]


def test_a_phone_has_a_field_that_holds_what_was_sought(site, look):
    tab = look(f"{site}/search.html?q=cost")
    field = tab.get_by_role("searchbox", name="Search the book")
    assert field.is_visible()
    assert field.input_value() == "cost"
    field.fill("xylophone")
    field.press("Enter")
    tab.wait_for_url(f"{site}/search.html?q=xylophone")
    assert results(tab) == ["expense.html"]


def test_without_scripts_the_page_says_what_it_needs(site, look):
    tab = look(f"{site}/search.html", java_script_enabled=False)
    assert "JavaScript" in tab.locator("article").inner_text()


def test_a_chapter_comes_before_a_label_and_a_function(site, look):
    found = results(look(f"{site}/search.html?q=cost"))
    assert found[0] == "expense.html"
    assert {"api.html#cost", "expense.html#equation-cost-one"} <= set(found[2:])


@pytest.mark.parametrize("typed", ["cost-one", "(1.1)", "equation 1.1"])
def test_a_label_or_a_number_as_it_is_leads_to_its_formula(site, look, typed):
    assert results(look(f"{site}/search.html?q={quote(typed)}"))[0] == "expense.html#equation-cost-one"


def test_an_excerpt_keeps_indices_and_fractions_and_holds_no_code(site, look):
    tab = look(f"{site}/search.html?q=xylophone")
    tab.wait_for_selector("#search-results li p.context")
    said = tab.locator("#search-results li").first.inner_text().replace("\u2060", "")
    assert "xylophone of s_2, s_(t−1) and a/b." in said
    assert "hidden" not in said


def test_the_summary_counts_places_and_is_said_aloud(site, look):
    tab = look(f"{site}/search.html?q=cost")
    places = len(results(tab))
    assert tab.get_by_role("status").inner_text() == f"Search finished, found {places} places."
    tab = look(f"{site}/search.html?q=xylophone")
    results(tab)
    assert tab.get_by_role("status").inner_text() == "Search finished, found one place."


def test_from_a_folder_it_finds_and_makes_no_errors(folder, look):
    tab = look(f"{(folder / 'search.html').as_uri()}?q=xylophone")
    assert results(tab) == ["expense.html"]
    tab.wait_for_timeout(100)
    assert tab.said == []
