"""Every page of the site: it fits, stands still, nothing fails, nobody else is asked, axe finds nothing."""

import gzip

import pytest
from visit import VARIANTS, looks, obstacles, visiting

THREE = ["index.html", "one-term-one-path.html", "not-a-constant.html"]
READING = "readings/the-whole-gradient.html"  # the longest
KILOBYTE = 1000


def test_the_page_fits_fails_nowhere_and_asks_nobody_else(browser, address, each_page):
    reading = each_page.startswith("readings/")  # tables of one kind: a phone has the least room for them
    with visiting(browser, address) as visit:
        looks(visit, each_page, [one for one in VARIANTS if one[0] == "phone" or not reading])
        # In the last variant: a phone in the dark. Formulas are most of the elements, and axe has no rule on MathML:
        # they are looked at on the three pages below. Of the readings, one stands for all. The reference has its
        # colours from other pages, in so many pieces of code that to look at each would take eleven seconds.
        elsewhere = each_page in THREE or (reading and each_page != READING)
        found = [] if elsewhere else obstacles(visit.page, ".katex", contrast=each_page != "api.html")
        assert visit.faults + found == []


@pytest.mark.parametrize(("width", "scheme"), VARIANTS)
@pytest.mark.parametrize("page", THREE)
def test_axe_finds_nothing_in_any_variant(browser, address, page, width, scheme):
    with visiting(browser, address, width, scheme) as visit:
        visit.go(page)
        assert obstacles(visit.page) == []


def test_the_longest_chapter_is_light(browser, address, site):
    chapters = [path for path in site.glob("*.html") if (site / "notebooks" / f"{path.stem}.ipynb").is_file()]
    longest = max(chapters, key=lambda path: path.stat().st_size)
    with visiting(browser, address) as visit:
        visit.go(longest.name)
        assert visit.weight <= 300 * KILOBYTE, f"{longest.name}: {visit.weight} bytes, compressed"
        assert len(visit.fetched) <= 30, visit.fetched


def test_the_ledger_is_light(site):
    assert (site / "ledger.html").stat().st_size <= 500 * KILOBYTE
    assert len(gzip.compress((site / "ledger.json").read_bytes())) <= 500 * KILOBYTE  # a host sends it compressed
