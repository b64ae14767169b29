"""What needs a public address stands on a page where there is one; dead links find home from any depth."""

import re
from urllib.parse import unquote, urljoin

import pytest
from sphinx.errors import ConfigError

WITH = ("recompute.extension", "notebooks", "wheel", "addresses")
WITH_SITE = (*WITH, "sphinx_sitemap", "sphinxext.opengraph")
INDEX = "# Book\n\n```{toctree}\none\n```\n"
ONE = "---\ndescription: What one says.\n---\n\n# Why $E_2$ & more\n\n```{code-cell}\n1\n```\n"
SITE, REPOSITORY = "https://a.example/book", "https://code.example/me/book"
FURO = re.compile(r"(?:www\.)?(?:sphinx-doc\.org|pradyunsg\.me|github\.com/pradyunsg)")


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setenv("SITE_URL", SITE)
    monkeypatch.setenv("REPOSITORY_URL", REPOSITORY)


@pytest.fixture
def unknown(monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)
    monkeypatch.delenv("REPOSITORY_URL", raising=False)


def links(html):
    return dict(re.findall(r'<li><a href="([^"]*)"[^>]*>([^<]*)</a></li>', html))


@pytest.mark.usefixtures("known")
def test_with_addresses_a_page_leads_to_them(build):
    html = build(also=WITH_SITE, cells=True, index=INDEX, one=ONE).html("one")
    found = {words: address for address, words in links(html).items()}
    assert found["Edit this page"] == f"{REPOSITORY}/edit/main/docs/one.md"
    assert found["Open in Colab"].endswith(f"{SITE}/notebooks/one.ipynb")
    report, _, title = found["Report an error"].partition("?title=")
    assert (report, unquote(title)) == (f"{REPOSITORY}/issues/new", "Why E₂ & more: ")
    assert f'<link rel="canonical" href="{SITE}/one.html">' in html
    assert '<meta property="og:title" content="Why E₂ &amp; more" />' in html
    assert '<meta property="og:description" content="What one says." />' in html


@pytest.mark.usefixtures("unknown")
def test_without_them_it_does_not(build):
    html = build(also=WITH, cells=True, index=INDEX, one=ONE).html("one")
    assert [*links(html).values()] == ["Download as notebook", "Packages of the notebook"]
    assert "canonical" not in html
    assert "og:" not in html
    foreign = set(re.findall(r'(?:href|src|action|content)="(\w+://[^"]*)"', html))
    assert [address for address in foreign if not FURO.search(address)] == []


@pytest.mark.parametrize("name", ["SITE_URL", "REPOSITORY_URL"])
@pytest.mark.parametrize("given", ["a.example/book", "//a.example", "ftp://a.example", "https://", "https:/a.example"])
def test_what_is_no_address_is_refused(build, monkeypatch, name, given):
    monkeypatch.setenv(name, given)
    said = f"{name} is '{given}', which is no address of a site: it has to begin with https:// or http://, as https://"
    with pytest.raises(ConfigError, match=re.escape(said)):
        build(index="# Book\n")


@pytest.mark.usefixtures("known")
def test_robots_are_told_of_the_site_map_which_has_no_lists_of_names(build):
    book = build(also=WITH_SITE, index=INDEX, one=f"{ONE}\n```{{py:module}} tools\n```\n")
    assert (book.out / "py-modindex.html").is_file()
    robots = (book.out / "robots.txt").read_text(encoding="utf-8")
    assert robots == f"User-agent: *\nAllow: /\nSitemap: {SITE}/sitemap.xml\n"
    pages = re.findall("<loc>(.*?)</loc>", (book.out / "sitemap.xml").read_text(encoding="utf-8"))
    assert sorted(pages) == [f"{SITE}/index.html", f"{SITE}/one.html"]


@pytest.mark.parametrize("site", ["known", "unknown"])
def test_every_link_of_the_page_for_dead_links_works_from_any_depth(build, request, site):
    request.getfixturevalue(site)
    book = build(also=WITH, index=INDEX, one=ONE)
    html, root = book.html("404"), f"{SITE}/" if site == "known" else "http://localhost/"
    found = re.findall(r'(?:href|src|action|data-content_root)="(?!\w+:|#)([^"]*)"', html)
    assert len(found) > 20
    assert "canonical" not in html
    for address in found:
        assert urljoin(f"{root}no/such/page.html", address).startswith(root)
        path = urljoin(f"{root}no/such/page.html", address).removeprefix(root).partition("?")[0].partition("#")[0]
        assert (book.out / path).exists(), address
