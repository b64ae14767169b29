"""The figure of terms and paths says what was computed, and its stylesheet knows every number that it uses."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bptt import copies, draws, paths, scalar
from bptt.figures import svg, terms

STYLE = (Path(__file__).parents[3] / "conf" / "static" / "paths.css").read_text(encoding="utf-8")
FOUR = draws.example() | {"x": [0.4, -0.5, 0.7, 0.3]}
FIGURES = {
    "w": lambda **more: terms.draw(**draws.example(), **more),
    "u": lambda **more: terms.draw(**draws.example(), by="U", **more),
    "four steps": lambda **more: terms.draw(**FOUR, **more),
    "one step": lambda **more: terms.draw(**draws.example() | {"x": [0.4]}, **more),
}
every_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


def parsed(drawing):
    html = drawing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "").replace(" checked>", ' checked="">')
    return ET.fromstring(re.sub(r"(<input[^>]*)>", r"\1/>", html))  # noqa: S314  # our own text


def words(node):
    return re.sub(r"\s+", " ", "".join(node.itertext()).replace("\u200b", "")).strip()


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text.replace("\N{MINUS SIGN}", "-"))]


def groups(drawing):
    return [node for node in parsed(drawing).iter("g") if node.get("class", "").startswith("path-")]


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (FIGURES["w"], scalar.terms(**draws.example())),
        (FIGURES["u"], copies.slot_derivatives(**draws.example(), by="u")),
        (FIGURES["four steps"], scalar.terms(**FOUR)),
        (FIGURES["one step"], scalar.terms(**draws.example() | {"x": [0.4]})),
    ],
    ids=FIGURES,
)
def test_every_term_and_every_path_carries_what_was_computed(draw, told):
    rows = list(parsed(draw()).iter("label"))
    assert [numbers(words(row))[0] for row in rows] == pytest.approx(told, abs=5e-5)
    assert numbers(words(parsed(draw()).find(".//p")))[0] == pytest.approx(told.sum(), abs=5e-5)
    for group, term in zip(groups(draw()), told, strict=True):
        factors = [float(value) for text in group.iter("text") for value in numbers(words(text))]
        assert np.prod(factors) == pytest.approx(term, abs=5e-4)
    assert numbers(draw().alt) == pytest.approx(told, abs=5e-5)


def test_the_terms_are_named_as_in_the_formula():
    rows = [words(row) for row in parsed(FIGURES["w"]()).iter("label")]
    assert rows == ["D3 w D2 w D1 s0 = 0.1824", "D3 w D2 s1 = 0.3457", "D3 s2 = 0.1686"]
    assert words(parsed(FIGURES["w"]()).find(".//p")) == "their sum: ds3/dw = 0.6967"
    assert words(parsed(FIGURES["u"]()).find(".//legend")) == "The terms of ds3/du: choose one to see its path"
    rows = [words(row) for row in parsed(FIGURES["u"]()).iter("label")]
    assert rows[1] == "D3 w D2 x2 = \N{MINUS SIGN}0.2922"


@every_figure
def test_every_radio_button_says_what_it_is(draw):
    radios = list(parsed(draw()).iter("input"))
    assert {(radio.get("type"), radio.get("name")) for radio in radios} == {("radio", "path")}
    assert [radio.get("value") for radio in radios] == [str(k) for k in range(1, len(radios) + 1)]
    assert [radio.get("checked") for radio in radios] == [""] + [None] * (len(radios) - 1)
    for radio, row in zip(radios, parsed(draw()).iter("label"), strict=True):
        assert words(row).replace(" ", "") in radio.get("aria-label").replace("_", "").replace(" ", "")
    assert (
        radios[-1]
        .get("aria-label")
        .endswith(f"use of {draw().alt.split('At the top stands ')[1][0]} to s_{len(radios)}")
    )


def test_a_screen_reader_hears_the_way():
    labels = [radio.get("aria-label") for radio in parsed(FIGURES["w"]()).iter("input")]
    assert labels == [
        "D_3 w D_2 w D_1 s_0 = 0.1824, from the first use of w through s_1, s_2 to s_3",
        "D_3 w D_2 s_1 = 0.3457, from the second use of w through s_2 to s_3",
        "D_3 s_2 = 0.1686, from the third use of w to s_3",
    ]
    assert FIGURES["w"]().alt.endswith("; from the third use of w to s_3, D_3 s_2 = 0.1686.")
    assert "From w one way leads to s_1: from" in FIGURES["one step"]().alt


@every_figure
def test_each_path_is_drawn_along_the_path_of_the_graph(draw):
    drawing = draw()
    T = len(groups(drawing))
    by = "W" if "stands w" in drawing.alt else "U"
    for k, (group, path) in enumerate(
        zip(groups(drawing), paths.paths(paths.unrolled(T), (by,), ("s", T)), strict=True), start=1
    ):
        assert group.get("class") == f"path-{k}"
        assert group.get("visibility") == "hidden"
        names = [words(text) for text in group.iter("text") if not numbers(words(text))]
        assert names == [f"{node[0]}{node[1]}" if node[0] == "s" else by.lower() for node in path]
        assert len(list(group.iter("polygon"))) == len(path) - 2  # the weight and its use are one number: no arrow
        colours = {node.get(key) for node in group.iter() for key in ("stroke", "fill")} - {None, "none"}
        assert colours == {svg.ACCENTS[k - 1], svg.INK, svg.PAPER}


def test_a_shared_place_lights_every_path_through_it():
    places = [node.get("class") for node in parsed(FIGURES["w"]()).iter() if "via" in node.get("class", "")]
    assert sorted(places) == sorted(
        ["via-1 via-2 via-3"] * 2  # the weight, s_3
        + ["via-1 via-2"] * 2  # s_2 and the edge from there
        + ["via-1"] * 5  # weight to use, use to s_1, s_1 to s_2; the use, s_1
        + ["via-2"] * 3  # weight to use, use to s_2; the use
        + ["via-3"] * 3
    )


@every_figure
def test_nothing_that_could_clash_or_break_a_strict_page(draw):
    for node in parsed(draw()).iter():
        assert not node.attrib.keys() & {"id", "style", "href", "for", "onclick"}
        assert node.tag not in {"style", "script", "title", "desc", "image"}
        if node.tag == "svg":
            assert node.get("aria-hidden") == "true" or (node.get("role") == "img" and node.get("aria-label"))
    colour = re.compile(r"var\(--(ink|ink-soft|paper|accent-[1-4]), #[0-9a-f]{6}\)")
    for node in parsed(draw()).iter():
        assert all(node.get(key) in {None, "none"} or colour.fullmatch(node.get(key)) for key in ("fill", "stroke"))


@every_figure
def test_everything_lies_inside_the_drawing_and_can_be_read(draw):
    picture = parsed(draw()).find(".//svg")
    width, height = map(float, picture.get("viewBox").split()[2:])
    for node in picture.iter("text"):
        assert 8 <= float(node.get("x")) <= width - 8
        assert 10 <= float(node.get("y")) <= height - 4
        assert float(node.get("font-size")) >= 13
    for node in [*picture.iter("polyline"), *picture.iter("polygon")]:
        for point in node.get("points").split():
            assert all(0 <= float(value) <= most for value, most in zip(point.split(","), (width, height), strict=True))


def test_what_may_be_chosen():
    drawing = FIGURES["w"](chosen=2, name="other", decimals=2, alt="A description of five words.", caption="a < b")
    radios = list(parsed(drawing).iter("input"))
    assert [radio.get("checked") for radio in radios] == [None, "", None]
    assert {radio.get("name") for radio in radios} == {"other"}
    assert [numbers(words(row)) for row in parsed(drawing).iter("label")] == [[0.18], [0.35], [0.17]]
    assert drawing.alt == "A description of five words."
    assert repr(drawing) == "<Drawing: A description of five words.>"
    assert parsed(drawing).find("figcaption").text == "a < b"


def test_the_same_values_give_the_same_bytes():
    assert FIGURES["w"]()._repr_html_() == FIGURES["w"]()._repr_html_()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": []}, "x has 0 entries; this figure has room for 1 to 4 steps."),
        ({"x": np.ones(5)}, "x has 5 entries; this figure has room for 1 to 4 steps."),
        ({"by": "w"}, "by is 'w'; the network has the weights 'W' and 'U'."),
        ({"chosen": 0}, "chosen is 0; with 3 steps it must be from 1 to 3."),
        ({"chosen": 4}, "chosen is 4; with 3 steps it must be from 1 to 3."),
        (
            {"alt": "Short."},
            "alt is 'Short.'; a figure needs its description in words: at least one whole sentence of ",
        ),
        ({"w": float("nan")}, "w holds NaN or infinity: nan; every number must be finite."),
    ],
)
def test_what_cannot_be_drawn(change, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        terms.draw(**draws.example() | change)


def test_the_stylesheet_treats_all_numbers_alike():
    """Every rule that gives a number its light is there once for each, and differs in nothing but the number."""
    style = STYLE.replace("(.term-1, .term-2, .term-3, .term-4)", "(every term)")
    numbered = [line for line in style.splitlines() if re.match(r"\.(path|term)-\d \{|:is\(.*--lit-\d:", line)]
    assert len(numbered) == 4 * terms.MOST_STEPS
    for rule in numbered[:: terms.MOST_STEPS]:
        for k in range(1, terms.MOST_STEPS + 1):
            assert rule.replace("-1", f"-{k}") in numbered, rule


def test_the_stylesheet_knows_every_class():
    html = "".join(draw()._repr_html_() for draw in FIGURES.values())
    used = {name for several in re.findall(r'class="([^"]*)"', html) for name in several.split()}
    assert used <= set(re.findall(r"\.([a-z][\w-]*)", STYLE)) | {"figure"}


def test_the_stylesheet_has_no_colour_of_its_own():
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", STYLE)
