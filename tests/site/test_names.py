"""What Chromium tells a screen reader: the names of headings, links and folds, and what a link unfolds."""

import pytest
from visit import visiting

OF_INTEREST = {"heading", "link", "DisclosureTriangle", "navigation", "complementary"}


@pytest.fixture
def visit(browser, address):
    with visiting(browser, address) as visit:
        yield visit
        assert visit.faults == []


def names(visit, page):
    """The names on a page by role, without the sign that keeps a formula and the comma behind it together."""
    visit.go(page)
    wire = visit.page.context.new_cdp_session(visit.page)
    found = {role: [] for role in OF_INTEREST}
    for node in wire.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in OF_INTEREST and not node["ignored"]:
            words = node.get("name", {}).get("value", "").replace("\N{WORD JOINER}", "")
            found[role].append(" ".join(words.split()))
    return found


def test_headings_and_links_are_called_by_all_their_words(visit):
    found = names(visit, "not-a-constant.html")
    assert "3. Why s₂ is not a constant" in found["heading"]
    assert found["link"].count("3. Why s₂ is not a constant") == 1  # the menu; the other is the top of this page
    assert "Next 4. One weight in many places" in found["link"]
    assert "Previous 2. One product, one rule" in found["link"]
    assert "Show code cell source" in found["DisclosureTriangle"]
    assert "Verdict on formula (3.2): agrees" in found["DisclosureTriangle"]
    assert "Next 3. Why s₂ is not a constant" in names(visit, "product-rule.html")["link"]


def test_no_two_landmarks_have_the_same_name(visit):
    visit.page.set_viewport_size({"width": 1400, "height": 844})  # so wide that both drawers stand beside the text
    found = names(visit, "not-a-constant.html")
    assert sorted(found["complementary"]) == ["Contents", "On this page"]
    expected = ["Chapters", "Previous and next page", "Sections of this page", "This page"]
    assert sorted(found["navigation"]) == expected


@pytest.mark.parametrize("kind", ["formula", "claim"])
def test_a_link_opens_the_row_of_the_ledger(visit, kind):
    visit.go("ledger.html")
    row = visit.page.locator(f'.ledger-rows [id^="{kind}-"]').last.get_attribute("id")
    assert visit.page.locator(".ledger-rows [open]").count() == 0
    visit.go("not-a-constant.html")
    visit.go(f"ledger.html#{row}")
    visit.page.wait_for_function("() => document.querySelector('.ledger-rows [open]')")
    assert visit.page.locator(f".ledger-rows [open] #{row}").is_visible()
    assert visit.page.locator(".ledger-rows [open]").count() == 1
