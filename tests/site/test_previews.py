"""What a link to a formula leads to is shown beside it: to the mouse, and to the keyboard."""

from visit import visiting

LINK = 'article a.internal[href="#equation-growth"]'


def test_the_mouse_and_the_keyboard_see_the_formula(browser, address):
    with visiting(browser, address) as visit:
        visit.go("product-rule.html")
        link, box = visit.page.locator(LINK).first, visit.page.locator("#preview")
        assert box.count() == 0
        link.hover()
        box.wait_for()
        formula = visit.page.locator("#equation-growth annotation").first.text_content()
        assert box.locator("annotation").first.text_content() == formula
        assert box.locator(".katex-html").first.bounding_box()["width"] > 0
        visit.page.keyboard.press("Escape")
        assert box.count() == 0
        visit.page.mouse.move(1, 1)
        link.evaluate("(one) => one.previousElementSibling?.blur()")
        visit.page.keyboard.press("Tab")
        link.focus()
        box.wait_for()
        assert link.get_attribute("aria-describedby") == "preview"
        visit.page.keyboard.press("Shift+Tab")
        assert box.count() == 0
        assert visit.faults == []


def test_a_finger_follows_the_link_instead(browser, address):
    with visiting(browser, address, "phone", has_touch=True, is_mobile=True) as visit:
        visit.go("product-rule.html")
        visit.page.locator(LINK).first.tap()
        visit.page.wait_for_function("() => location.hash === '#equation-growth'")
        assert visit.page.locator("#preview").count() == 0
        assert visit.faults == []
