"""Every page of the site, in the four variants: it fits, nothing fails, nobody else is asked, axe finds nothing."""

import pytest
from visit import VARIANTS, looks, obstacles, shifted, visiting

THREE = ["index.html", "one-term-one-path.html", "not-a-constant.html"]
KILOBYTE = 1000


def test_the_page_fits_fails_nowhere_and_asks_nobody_else(browser, address, each_page):
    with visiting(browser, address) as visit:
        assert looks(visit, each_page) == []
        # In the last variant: a phone in the dark. Formulas are most of the elements, and axe has no rule on MathML:
        # they are looked at on the three pages below.
        assert obstacles(visit.page, ".katex") == []


@pytest.mark.parametrize(("width", "scheme"), VARIANTS)
@pytest.mark.parametrize("page", THREE)
def test_axe_finds_nothing_in_any_variant(browser, address, page, width, scheme):
    with visiting(browser, address, width, scheme) as visit:
        visit.go(page)
        assert obstacles(visit.page) == []


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("page", [*THREE[:2], "the-whole-gradient.html"])  # the last is the longest chapter
def test_the_page_stands_still_while_it_is_loaded(browser, address, page, width):
    with visiting(browser, address, width) as visit:
        moved, what = shifted(visit, page)
        assert moved <= 0.02, what


def test_the_longest_chapter_is_light(browser, address, site):
    chapters = [path for path in site.glob("*.html") if (site / "notebooks" / f"{path.stem}.ipynb").is_file()]
    longest = max(chapters, key=lambda path: path.stat().st_size)
    with visiting(browser, address) as visit:
        visit.go(longest.name)
        assert visit.weight <= 300 * KILOBYTE, f"{longest.name}: {visit.weight} bytes, compressed"
        assert len(visit.fetched) <= 30, visit.fetched


def test_the_ledger_is_light(site):
    assert (site / "ledger.html").stat().st_size <= 500 * KILOBYTE
