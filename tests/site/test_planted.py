"""The checks see what they are there for: each fault is planted in a page that is whole otherwise."""

import base64
import random

import pytest
from files import dead_links, invalid
from serve import Server
from visit import VARIANTS, WIDTHS, looks, obstacles, visiting

NOISE = 300_000  # bytes that nothing makes smaller
WHOLE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Whole</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>:root {{ color-scheme: light dark }} body {{ background: Canvas; color: CanvasText }}</style></head>
<body><main><h1 id="whole">Whole</h1>
<p>As it should be: <a href="#whole">a link</a>.</p>
{planted}
</main></body></html>
"""
PLANTED = {
    "whole": "",
    "scrolled": '<pre tabindex="0" role="group" aria-label="Code" style="overflow-x: auto">' + "long " * 400 + "</pre>",
    "wide": '<p style="width: 500px">As wide as a phone is not.</p>',
    "framed": "<style>html { overflow-x: hidden } .content { overflow-x: auto; width: 100% }</style>"
    '<div class="content"><div class="planted" style="width: 450px">Furo\'s frame hides how wide this is.</div></div>',
    "aside": '<p style="position: fixed; left: -300px; width: 200px"><a href="#whole">Pushed away</a></p>',
    "light": "<style>body { background: white; color: black }</style>",
    "console": '<script>console.error("planted")</script>',
    "late": '<script>setTimeout(() => console.error("late"), 250)</script>',
    "thrown": "<script>planted()</script>",
    "foreign": '<img alt="From elsewhere" src="https://elsewhere.example/planted.png">',
    "gone": '<img alt="Nowhere" src="planted.png">',
    "alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">',
    "pale": '<p style="color: #999; background: #fff">Hard to read.</p>',
    "unnamed": "<input>",
    "jumpy": '<script>const jump = () => { document.querySelector("h1").style.marginTop = "200px"; };'
    "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(jump, 50)))</script>",
    "fragment": '<p><a href="whole.html#planted">A place that is not there</a></p>',
    "page": '<p><a href="planted.html">A page that is not there</a></p>',
    "unclosed": "<section><h2>Open</h2>",
    "twice": '<p id="whole">A name that is taken.</p>',
    "heavy": '<script src="noise.js"></script>',
    "packed": '<img alt="" src="zeros.svg">',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    for name, planted in PLANTED.items():
        (folder / f"{name}.html").write_text(WHOLE.format(planted=planted), encoding="utf-8")
    noise = base64.b64encode(random.Random(0).randbytes(NOISE))  # noqa: S311 - nothing is to be kept secret
    (folder / "noise.js").write_bytes(b"//" + noise)
    (folder / "zeros.svg").write_bytes(b"0" * 400_000)
    return folder


@pytest.fixture
def visit(browser, folder):
    server = Server(folder)
    with visiting(browser, server.address) as visit:
        yield visit
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["whole", "scrolled", "heavy", "packed"])
def test_what_is_whole_has_no_fault(visit, name):
    assert looks(visit, f"{name}.html") == []
    assert obstacles(visit.page) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wide", [f"phone, {one}: 508 px wide where there is room for 390 px: <p " for one in ("light", "dark")]),
        (
            "framed",
            [
                f'phone, {one}: 450 px wide where there is room for 374 px: <div class="planted">'
                for one in ("light", "dark")
            ],
        ),
        ("aside", [f"{width}, {one}: 1 stops of the keyboard beside the window: <a " for width, one in VARIANTS]),
        ("light", ["desktop, dark: the background is not dark", "phone, dark: the background is not dark"]),
        ("console", ["console: planted"] * 2),
        ("late", ["console: late"] * 2),
        ("jumpy", [f"{width}: moves by 0." for width in WIDTHS]),
        ("thrown", ["error of a script: planted is not defined"] * 2),
        ("foreign", ["another host: https://elsewhere.example/planted.png", "failed: https://elsewhere.example"] * 2),
        ("gone", ["failed: http://127.0.0.1:"] * 2),
    ],
)
def test_a_planted_fault_is_seen(visit, name, said):
    seen = [fault for fault in looks(visit, f"{name}.html") if "Failed to load resource" not in fault]
    assert len(seen) == len(said)
    assert [fault for fault, words in zip(sorted(seen), sorted(said), strict=True) if not fault.startswith(words)] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("alt", "axe, critical: image-alt"),
        ("pale", "axe, serious: color-contrast"),
        ("unnamed", "axe, critical: label"),
    ],
)
def test_axe_sees_what_is_planted(visit, name, said):
    visit.go(f"{name}.html")
    assert [fault[: len(said)] for fault in obstacles(visit.page)] == [said]


def test_the_weight_is_what_comes_over_the_wire(visit):
    for name, least, most in (("whole", 400, 2_000), ("packed", 400, 4_000), ("heavy", NOISE, 1.02 * NOISE)):
        visit.weight = 0
        visit.go(f"{name}.html")
        assert least < visit.weight < most, name


def test_dead_links_are_seen(folder):
    followed, dead = dead_links(folder)
    assert followed >= len(PLANTED)
    seen = [(page.rpartition("/")[2], url.rpartition("/")[2]) for page, _, url in (one.partition(": ") for one in dead)]
    assert seen == [
        ("fragment.html", "whole.html#planted"),
        ("gone.html", "planted.png"),
        ("page.html", "planted.html"),
    ]


def test_invalid_html_is_seen(folder):
    seen = {}
    for one in invalid(folder):
        page, _, words = one.partition(".html:")
        seen.setdefault(page, words)
    assert set(seen) == {"alt", "framed", "light", "twice", "unclosed"}
    assert "Duplicate ID" in seen["twice"]
    assert "section" in seen["unclosed"]
