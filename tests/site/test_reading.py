"""What a reader does with the site: search, follow links, copy, read at night, without a network, without scripts."""

import re

import pytest
from visit import BACKGROUND, DARK, SETTLED, visiting

SET = '() => [...document.querySelectorAll(".katex-html")].filter((one) => one.checkVisibility()).length'
UNSET = """() => [...document.querySelectorAll(".katex-html")].filter((one) => one.checkVisibility())
  .map((one) => one.getBoundingClientRect()).filter((box) => !(box.width > 0 && box.height > 0)).length"""
LETTERS = '() => [...document.fonts].filter((one) => one.family === "KaTeX_Main" && one.status === "loaded").length'


@pytest.fixture
def visit(browser, address):
    """A desktop by day; at the end nothing may have gone wrong."""
    with visiting(browser, address) as visit:
        yield visit
        assert visit.faults == []


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("truncation", "truncation.html"),
        ("checkpointing memory", "trading-memory-for-time.html"),
        ("δ_t", "symbols.html"),
        ("s_2", "symbols.html"),
        ("⊙", "symbols.html"),
        ("梯度", "glossary.html"),
    ],
)
def test_the_search_finds_words_and_symbols(visit, typed, page):
    visit.go("index.html")
    field = visit.page.get_by_label("Search", exact=True)
    field.fill(typed)
    field.press("Enter")
    visit.page.locator("#search-results li a").first.wait_for()
    visit.page.wait_for_function("() => /found/.test(document.querySelector('.search-summary')?.textContent)")
    first = [one.get_attribute("href") for one in visit.page.locator("#search-results li > a").all()[:3]]
    assert [one for one in first if one.startswith(page)], first


def test_the_search_says_when_it_finds_nothing(visit):
    visit.go("search.html?q=xylophone")
    visit.page.wait_for_function("() => /did not match/.test(document.querySelector('.search-summary')?.textContent)")
    assert visit.page.locator("#search-results li").count() == 0


def test_the_colours_can_be_chosen_and_stay_chosen(visit):
    visit.go("index.html")
    toggle = visit.page.locator(".theme-toggle:visible")
    seen = [visit.page.evaluate(BACKGROUND) < DARK]
    for _ in range(3):
        toggle.click()
        seen.append(visit.page.evaluate(BACKGROUND) < DARK)
    assert seen == [False, True, False, False]  # by the system, dark, light, by the system
    toggle.click()
    visit.go("product-rule.html")
    assert visit.page.evaluate(BACKGROUND) < DARK


def test_a_link_opens_the_folded_solution(visit):
    visit.go("product-rule.html")
    assert visit.page.locator("details.solution[open]").count() == 0
    visit.go("solutions.html")
    link = visit.page.locator('a[href*="product-rule.html#solution-of"]').first
    anchor = link.get_attribute("href").partition("#")[2]
    link.click()
    fold = visit.page.locator(f"details.solution:has(#{anchor})")
    visit.page.wait_for_function("() => document.querySelector('details.solution[open]')")
    assert fold.get_attribute("open") is not None
    assert visit.page.locator("details.solution[open]").count() == 1
    in_view = "(one) => { const {top} = one.getBoundingClientRect(); return top > -100 && top < innerHeight; }"
    visit.page.wait_for_function(in_view, arg=fold.element_handle(), timeout=10_000)


def test_the_copy_button_copies_the_cell(visit):
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.go("the-whole-gradient.html")
    cell = visit.page.locator(".cell_input .highlight:visible").first
    cell.hover()
    cell.locator("button.copybtn").click()
    copied = visit.page.wait_for_function("() => navigator.clipboard.readText()").json_value()
    assert copied.strip() == cell.locator("pre").inner_text().strip()
    assert "\n" in copied


def test_the_lost_find_their_way_back(visit):
    visit.page.goto(f"{visit.address}some/where.html")
    assert visit.page.get_by_role("heading", name="There is no page here").is_visible()
    visit.faults = [fault for fault in visit.faults if "404" not in fault]  # that one is meant
    visit.page.get_by_role("link", name=re.compile("From the Product Rule")).last.click()
    assert visit.page.url == f"{visit.address}index.html"


def but_for_fonts(faults):
    """Leave out the fonts that a page asks for early: from a folder Chromium grants them to the style sheet alone."""
    return [fault for fault in faults if ".woff2" not in fault]


@pytest.mark.parametrize("page", ["index.html", "the-whole-derivation.html"])
def test_from_a_folder_and_without_a_network_the_page_is_whole(browser, site, page):
    with visiting(browser, f"{site.as_uri()}/") as visit:
        visit.page.context.set_offline(offline=True)
        visit.go(page)
        assert but_for_fonts(visit.faults) == []
        assert visit.page.evaluate(SET) > 5
        assert visit.page.evaluate(UNSET) == 0
        assert visit.page.evaluate(LETTERS) >= 1  # the fonts are there all the same
        assert visit.page.locator("article").bounding_box()["width"] < 800  # laid out, not one long line
        visit.page.locator("article a.internal[href$='.html']").first.click()
        visit.page.evaluate(SETTLED)
        assert visit.page.url.startswith(site.as_uri())
        assert but_for_fonts(visit.faults) == []


@pytest.mark.parametrize("page", ["index.html", "one-term-one-path.html", "the-whole-gradient.html"])
def test_without_scripts_the_mathematics_is_there(browser, address, page):
    with visiting(browser, address, java_script_enabled=False) as visit:
        visit.page.goto(f"{address}{page}")
        assert visit.page.evaluate("() => typeof window.Search + typeof window.ClipboardJS") == "undefined" * 2
        assert visit.page.evaluate(SET) > 5
        assert visit.page.evaluate(UNSET) == 0
        assert visit.page.locator("button.copybtn").count() == 0  # no button that does nothing
        assert visit.page.locator("article h1").is_visible()
        assert visit.faults == []
