"""What is smuggled into a page does not run and asks nobody, from a server and from a folder alike."""

from contextlib import contextmanager

import pytest

PAGES = ["index.html", "one-term-one-path.html", "search.html", "genindex.html", "404.html", "ledger.html"]
SMUGGLED = """() => {
  window.ran = [];
  const add = (html) => document.body.append(document.createRange().createContextualFragment(html));
  add('<script>window.ran.push("a script")</script>');
  add('<button id="smuggled" onclick="window.ran.push(\\'an attribute\\')">x</button>');
  add('<a id="leading" href="javascript:void window.ran.push(\\'an address\\')">x</a>');
  add('<style>#smuggled { margin-left: 77px }</style>');
  add('<span id="placed" style="margin-left: 55px">x</span>');
  document.querySelector("#smuggled").click();
  document.querySelector("#leading").click();
  return new Promise((done) => setTimeout(() => done({
    ran: window.ran,
    styled: getComputedStyle(document.querySelector("#smuggled")).marginLeft === "77px",
    placed: getComputedStyle(document.querySelector("#placed")).marginLeft === "55px",
  }), 100));
}"""
ASKED = """() => new Promise((done) => {
  const refused = [];
  document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
  const image = new Image();
  image.src = "http://a.example/b.png";
  document.body.append(image);
  fetch("http://a.example/").catch(() => setTimeout(() => done(refused.sort()), 100));
})"""


@contextmanager
def opened(browser, address, **how):
    context = browser.new_context(**how)
    page = context.new_page()
    page.goto(address, wait_until="load")
    yield page
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_is_smuggled_in_runs(browser, address, name):
    with opened(browser, f"{address}{name}") as page:
        assert page.evaluate(SMUGGLED) == {"ran": [], "styled": False, "placed": True}
        assert page.evaluate(ASKED) == ["connect-src", "img-src"]


def test_without_the_policy_it_would(browser, address):
    with opened(browser, f"{address}/index.html", bypass_csp=True) as page:
        found = page.evaluate(SMUGGLED)
        assert found == {"ran": ["a script", "an attribute", "an address"], "styled": True, "placed": True}


@pytest.mark.parametrize("name", PAGES[:2])
def test_the_policy_lets_a_page_be_read_from_a_folder(browser, site, name):
    with opened(browser, (site / name).as_uri()) as page:
        page.wait_for_function("document.body.dataset.theme && !document.documentElement.matches('.no-js')")
        assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--accent-1')") == "#0b5a9d"
        page.evaluate("document.fonts.ready.then(() => 0)")
        assert page.evaluate("document.fonts.check('16px KaTeX_Main')")
        assert page.evaluate(SMUGGLED)["ran"] == []
