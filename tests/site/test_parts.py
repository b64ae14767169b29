"""No page has lost a part of it, as a description or the way to the next page; each part is taken away once."""

import re
import shutil

import pytest
from parts import lacks

CHAPTER, READING = "lstm.html", "readings/lstm.html"
SITE_AT = "https://book.example/"


def test_every_page_has_all_its_parts(site):
    assert lacks(site) == []


@pytest.fixture(scope="module")
def small(site, tmp_path_factory):
    """The pages of the site, and what lies beside them for servers."""
    folder = tmp_path_factory.mktemp("parts")
    for path in [*site.rglob("*.html"), site / "_headers", site / "robots.txt"]:
        place = folder / path.relative_to(site)
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, place)
    return folder


@pytest.mark.parametrize(
    ("name", "pattern", "instead", "said"),
    [
        (CHAPTER, '<meta name="description"[^>]*>', "", ["lstm.html: no description"]),
        (READING, '<meta name="description"[^>]*>', "", ["readings/lstm.html: no description"]),
        (CHAPTER, '<link rel="shortcut icon"[^>]*>', "", ["lstm.html: no icon"]),
        (READING, '<meta http-equiv="Content-S[^>]*>', "", ["readings/lstm.html: its policy is None"]),
        (CHAPTER, "img-src 'self'", "img-src *", ["lstm.html: its policy is default-src 'none'; "]),
        (CHAPTER, "(?=</head>)", '<link rel="preconnect" href="//a">', ["lstm.html: turns to a host: <link rel="]),
        ("404.html", "(?=</head>)", "<link href='//a' rel=dns-prefetch>", ["404.html: turns to a host: <link href="]),
        (CHAPTER, '<a class="prev-page".*?</a>', "", ["lstm.html: prev is None, not trading-memory-for-time.html"]),
        (CHAPTER, '(?<="next-page" href=")gru', "errata", ["lstm.html: next is errata.html, not gru.html"]),
        ("api.html", '<a class="prev-page".*?</a>', "", ["api.html: prev is None, not errata.html"]),
        (CHAPTER, '<nav class="page-links".*?</nav>', "", ["lstm.html: no notebook below the page: no “This page”"]),
        (CHAPTER, "(?<=notebooks/)lstm", "gru", ["lstm.html: no notebook below the page: \n<ul>"]),
        (READING, '<a class="[^"]*" href="../gru.html">', "<a>", ["readings/lstm.html: not in its menu: gru.html"]),
        ("_headers", "nosniff", "", ["_headers: for all pages, and with nosniff, "]),
        ("robots.txt", "Allow", "Disallow", ["robots.txt: 'User-agent: *"]),
        ("robots.txt", r"\Z", f"Sitemap: {SITE_AT}sitemap.xml\n", ["robots.txt: 'User-agent: *"]),
    ],
)
def test_a_part_that_is_gone_is_missed(small, name, pattern, instead, said):
    path = small / name
    whole = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, instead, whole, flags=re.DOTALL), encoding="utf-8")
    found = lacks(small)
    path.write_text(whole, encoding="utf-8")
    assert len(found) == len(said), found
    assert all(lack.startswith(words) for lack, words in zip(found, said, strict=True)), found


def test_the_map_of_a_site_with_an_address_leaves_no_page_out(small):
    index, robots, sitemap = (small / name for name in ("index.html", "robots.txt", "sitemap.xml"))
    html, said = index.read_text(encoding="utf-8"), robots.read_text(encoding="utf-8")
    pages = [path.relative_to(small).as_posix() for path in small.rglob("*.html")]
    listed = [page for page in pages if page not in {"404.html", "genindex.html", "py-modindex.html", "search.html"}]
    index.write_text(html.replace("</head>", f'<link rel="canonical" href="{SITE_AT}index.html"></head>'), "utf-8")
    robots.write_text(f"{said}Sitemap: {SITE_AT}sitemap.xml\n", encoding="utf-8")
    sitemap.write_text("".join(f"<loc>{SITE_AT}{page}</loc>" for page in listed), encoding="utf-8")
    whole = lacks(small)
    sitemap.write_text(sitemap.read_text("utf-8").replace(READING, "planted.html"), encoding="utf-8")
    wrong = lacks(small)
    sitemap.unlink()
    gone = lacks(small)
    index.write_text(html, encoding="utf-8")
    robots.write_text(said, encoding="utf-8")
    assert whole == []
    assert wrong == [f"sitemap.xml: {SITE_AT}{page} on one side only" for page in ("planted.html", READING)]
    assert len(gone) == len(listed)


def test_a_page_that_is_not_there_is_missed(small):
    page = small / CHAPTER
    html = page.read_text(encoding="utf-8")
    page.unlink()
    found = lacks(small)
    page.write_text(html, encoding="utf-8")
    assert found == ["lstm.html: not there"]
