"""What lies over the text, by keyboard: it opens, it closes, and what is closed is not in the way."""

import pytest
from visit import visiting

PAGE = "one-term-one-path.html"
DRAWERS = [("phone", "__navigation", ".sidebar-drawer"), ("phone", "__toc", ".toc-drawer")]
DRAWERS += [("desktop", "__toc", ".toc-drawer")]  # at 1280 px the contents of the page are a drawer, too
FOCUSED = "(one) => one === document.activeElement"
COVERED = """() => { // whether the header of a phone lies over what has the focus
  const one = document.activeElement, {left, top, width, height} = one.getBoundingClientRect();
  const seen = document.elementFromPoint(left + width / 2, top + height / 2);
  return !one.closest(".mobile-header") && !!seen && !!seen.closest(".mobile-header");
}"""


def reach(page, wanted):
    """Press Tab until an element has the focus, as a reader would: a few times."""
    for _ in range(6):
        page.keyboard.press("Tab")
        if wanted.evaluate(FOCUSED):
            return
    pytest.fail("the keyboard does not get there")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("where", DRAWERS)
def test_a_drawer_opens_with_the_space_bar(browser, address, where, script):
    width, name, drawer = where
    with visiting(browser, address, width, java_script_enabled=script) as visit:
        visit.page.goto(f"{address}{PAGE}")
        switch, inside = visit.page.locator(f"#{name}"), visit.page.locator(f"{drawer} a").last
        assert not inside.is_visible()
        reach(visit.page, switch)
        visit.page.keyboard.press("Space")
        assert inside.is_visible()
        visit.page.keyboard.press("Escape" if script else "Space")
        assert not inside.is_visible()
        assert switch.evaluate(FOCUSED)


def test_a_verdict_closes_with_escape_and_with_a_press_beside_it(browser, address):
    with visiting(browser, address) as visit:
        visit.go(PAGE)
        marks = visit.page.locator(".eqmark details")
        first, second = marks.nth(0), marks.nth(1)
        first.locator("summary").focus()
        visit.page.keyboard.press("Enter")
        assert first.get_attribute("open") is not None
        visit.page.keyboard.press("Escape")
        assert first.get_attribute("open") is None
        assert first.locator("summary").evaluate(FOCUSED)
        first.locator("summary").click()
        first.locator("dl").click()
        assert first.get_attribute("open") is not None
        second.locator("summary").click()
        assert (first.get_attribute("open"), second.get_attribute("open") is not None) == (None, True)
        visit.page.locator("h1").click()
        assert second.get_attribute("open") is None


def test_on_a_phone_no_stop_lies_below_the_header_when_one_goes_back(browser, address):
    with visiting(browser, address, "phone", reduced_motion="reduce") as visit:
        visit.go(PAGE)
        visit.page.locator("footer a").last.focus()
        covered = []
        for _ in range(45):
            visit.page.keyboard.press("Shift+Tab")
            if visit.page.evaluate(COVERED):
                covered.append(visit.page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
        assert covered == []


def test_where_less_motion_is_wanted_nothing_glides(browser, address):
    with visiting(browser, address, reduced_motion="reduce") as visit:
        visit.go(PAGE)
        assert visit.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
        moving = """[...document.querySelectorAll("*")].filter((one) => {
          const {transitionDuration, animationDuration} = getComputedStyle(one);
          return /[1-9]/.test(transitionDuration + animationDuration);
        }).map((one) => one.className)"""
        assert visit.page.evaluate(moving) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_colours_of_its_own_a_system_can_read_the_figures(browser, address, scheme):
    with visiting(browser, address, scheme=scheme, forced_colors="active") as visit:
        visit.page.add_init_script('localStorage.setItem("theme", "light")')
        visit.go(PAGE)
        ink, paper = visit.page.evaluate("""() => {
          const probe = document.body.appendChild(document.createElement("i"));
          probe.style.forcedColorAdjust = "none";
          return ["--ink", "--paper"].map((name) => {
            probe.style.color = `var(${name})`;
            return getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0);
          });
        }""")
        assert (ink > paper) == (scheme == "dark")
        assert abs(ink - paper) > 600


def test_a_finger_sees_the_button_that_copies(browser, address):
    with visiting(browser, address, "phone", has_touch=True, is_mobile=True) as visit:
        visit.go("not-a-constant.html")
        assert float(visit.page.locator(".copybtn").first.evaluate("one => getComputedStyle(one).opacity")) >= 0.5
