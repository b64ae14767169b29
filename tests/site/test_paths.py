"""The figure of one-term-one-path: a term lights its path, by mouse, keyboard and touch, and without a script."""

import pytest
from visit import visiting

PAGE = "one-term-one-path.html"
LIT = """() => [1, 2, 3, 4].filter((k) => document.querySelector(`.path-${k}`)
  && getComputedStyle(document.querySelector(`.path-${k}`)).visibility === "visible")"""
TERMS = [1, 2, 3]
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


@pytest.fixture
def opened(browser, address, scripts):
    with visiting(browser, address, java_script_enabled=scripts) as visit:
        visit.page.goto(f"{address}{PAGE}")
        visit.page.locator(".paths-figure").scroll_into_view_if_needed()
        assert visit.page.evaluate(LIT) == [1]  # what is chosen at first
        yield visit.page
        assert visit.faults == []


@SCRIPTS
@pytest.mark.parametrize("term", TERMS)
def test_the_mouse_on_a_term_of_the_formula_lights_its_path(opened, term):
    opened.locator(f".katex-html .term-{term}").first.hover(force=True)
    assert opened.evaluate(LIT) == [term]
    opened.mouse.move(1, 1)
    assert opened.evaluate(LIT) == [1]


@SCRIPTS
@pytest.mark.parametrize("term", TERMS)
def test_the_mouse_on_a_line_of_the_figure_lights_its_path(opened, term):
    opened.locator(f"label.term-{term} .paths-term").hover()
    assert opened.evaluate(LIT) == [term]


@SCRIPTS
@pytest.mark.parametrize("term", TERMS)
def test_the_mouse_on_a_path_lights_it_and_its_terms(opened, term):
    place = opened.locator(f".via-{term}:not(.via-1, .via-2, .via-3)" if term > 3 else f"[class='via-{term}']").first
    before = colour(opened, term)
    box = place.bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert opened.evaluate(LIT) == [term]
    if term > 1:
        assert colour(opened, term) != before


def colour(page, term):
    return page.locator(f".katex-html .term-{term}").first.evaluate("(one) => getComputedStyle(one).color")


@SCRIPTS
def test_the_keyboard_goes_from_term_to_term(opened):
    radios = opened.locator(".paths-figure input[type=radio]")
    radios.first.focus()
    for term in (2, 3, 1):
        opened.keyboard.press("ArrowDown")
        assert opened.evaluate(LIT) == [term]
        assert radios.nth(term - 1).is_checked()
        radios.nth(term - 1).blur()
        assert opened.evaluate(LIT) == [term]  # it stays lit when the focus goes elsewhere
        radios.nth(term - 1).focus()
    opened.keyboard.press("ArrowUp")
    assert opened.evaluate(LIT) == [3]


@pytest.mark.parametrize("scripts", [True])
def test_the_tab_key_reaches_the_figure(opened):
    opened.locator("h2, h3").first.click()
    for _ in range(80):
        opened.keyboard.press("Tab")
        if opened.evaluate("() => document.activeElement.type") == "radio":
            break
    assert opened.evaluate("() => document.activeElement.closest('.paths-figure') !== null")
    ring = "() => getComputedStyle(document.activeElement.closest('label')).outlineStyle"
    assert opened.evaluate(ring) == "solid"


@SCRIPTS
@pytest.mark.parametrize("term", TERMS[1:])
def test_a_finger_chooses_a_term(browser, address, scripts, term):
    with visiting(browser, address, "phone", has_touch=True, is_mobile=True, java_script_enabled=scripts) as visit:
        visit.page.goto(f"{address}{PAGE}")
        visit.page.locator(f"label.term-{term} .paths-term").tap()
        assert visit.page.evaluate(LIT) == [term]
        assert visit.page.locator(f"label.term-{term} input").is_checked()
        assert visit.faults == []
