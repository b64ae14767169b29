"""The slider figure in a browser: by keyboard, mouse and touch, and without a script. The kernel made the table."""

import pytest

STILL = ["−0.500", "−0.100", "0.000", "0.100", "0.500"]


@pytest.fixture
def opened(browser, address):
    """Open the page with a context of the given options; close all of them at the end."""
    contexts = []

    def open_page(width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(f"{address}not-a-constant.html")
        page.locator(".slider-figure").scroll_into_view_if_needed()
        return page

    yield open_page
    for context in contexts:
        context.close()


def shown(page):
    """The nudges of the rows that a reader sees."""
    return page.locator(".slider-figure tbody tr:visible th").all_inner_texts()


def chosen(page):
    return page.locator(".slider-figure tr.slider-chosen")


def slider_of(page):
    return page.locator(".slider-figure input")


def check_dots(page):
    """The dots stand where the chosen row says."""
    x, *heights = chosen(page).get_attribute("data-places").split()
    for panel, height in zip(page.locator(".slider-dot").all(), heights, strict=True):
        circle, bar = panel.locator("circle"), panel.locator("line")
        assert (circle.get_attribute("cx"), circle.get_attribute("cy")) == (x, height)
        assert [bar.get_attribute(name) for name in ("x1", "x2", "y2")] == [x, x, height]
        assert circle.is_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_by_keyboard(opened, width):
    page = opened(width)
    slider = slider_of(page)
    assert slider.is_visible()
    slider.focus()
    assert shown(page) == ["0.000", "0.250"]
    for key, nudge in (("ArrowRight", "0.275"), ("ArrowLeft", "0.250"), ("Home", "−0.500"), ("End", "0.500")):
        page.keyboard.press(key)
        assert chosen(page).locator("th").inner_text() == nudge
        assert slider.get_attribute("aria-valuetext") == chosen(page).get_attribute("data-words")
        assert slider.get_attribute("aria-valuetext").startswith(f"{nudge}; re-run: s_2 is ")
        check_dots(page)
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    assert shown(page) == ["0.000"]  # no nudge: one row
    assert page.get_by_role("slider", name="nudge ε of w").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.problems == []


def test_by_mouse(opened):
    page = opened()
    box = slider_of(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    assert chosen(page).locator("th").inner_text() == "0.500"
    check_dots(page)
    page.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    assert chosen(page).locator("th").inner_text() == "−0.500"
    check_dots(page)
    assert page.problems == []


def test_by_touch(opened):
    page = opened(390, has_touch=True, is_mobile=True)
    box = slider_of(page).bounding_box()
    assert box["height"] >= 44
    page.touchscreen.tap(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    assert chosen(page).locator("th").inner_text() == "0.500"
    check_dots(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_without_a_script(opened, width):
    page = opened(width, java_script_enabled=False)
    assert not slider_of(page).is_visible()
    assert shown(page) == STILL
    assert page.locator(".slider-still circle:visible").count() == 2 * len(STILL)
    assert not page.locator(".slider-dot circle").first.is_visible()


def test_paper_shows_the_still(opened):
    page = opened()
    slider_of(page).focus()
    page.keyboard.press("ArrowRight")
    page.emulate_media(media="print")
    assert shown(page) == STILL
    assert page.locator(".slider-still circle:visible").count() == 2 * len(STILL)
    assert not page.locator(".slider-dot circle").first.is_visible()


def test_the_text_below_does_not_move(opened):
    still, live = opened(java_script_enabled=False), opened()
    heights = [page.locator(".slider-figure").bounding_box()["height"] for page in (still, live)]
    assert heights[0] == pytest.approx(heights[1], abs=0.5)
    slider_of(live).focus()
    live.keyboard.press("Home")
    assert live.locator(".slider-figure").bounding_box()["height"] == pytest.approx(heights[1], abs=0.5)
