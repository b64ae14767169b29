"""The slider figure tells what the two networks answer, row for row, and its files know each other's names."""

import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bptt import draws, scalar
from bptt.figures import slider, svg

STATIC = Path(__file__).parents[3] / "conf" / "static"
FIVE = {"w": -0.7, "u": 0.9, "x": [0.4, -0.5, 0.7, 0.3, -0.2], "s_0": 0.3}
FIGURES = {"example": draws.example(), "five steps": FIVE}
every_network = pytest.mark.parametrize("network", FIGURES.values(), ids=FIGURES)


def parsed(drawing):
    html = drawing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return ET.fromstring(re.sub(r"(<input[^>]*)>", r"\1/>", html))  # noqa: S314  # our own text


def words(node):
    return re.sub(r"\s+", " ", "".join(node.itertext()).replace("\u200b", "")).strip()


def value(told):
    return float(told.replace("\N{MINUS SIGN}", "-"))


def rows(network):
    return list(parsed(slider.draw(**network)).iter("tr"))[2:]


def cells(row):
    return [value(words(cell)) for cell in row]


def answers(network, epsilon):
    """Run both networks once more, with math alone: s_{T-1} and s_T, re-run and frozen."""
    w, u, x, s = (network[name] for name in ("w", "u", "x", "s_0"))
    kept = s
    for x_t in x:
        before, s = s, math.tanh(u * x_t + (w + epsilon) * s)
    for x_t in x[:-1]:
        kept = math.tanh(u * x_t + w * kept)
    return before, s, kept, math.tanh(u * x[-1] + (w + epsilon) * kept)


@every_network
def test_every_row_is_what_both_networks_answer(network):
    unmoved = answers(network, 0)[1]
    found = rows(network)
    assert [cells(row)[0] for row in found] == pytest.approx([i / 40 for i in range(-20, 21)], abs=1e-12)
    for row in found:
        epsilon, before, ratio, kept, frozen_ratio = cells(row)
        if not epsilon:
            continue
        rerun = answers(network, epsilon)
        assert (before, kept) == pytest.approx((rerun[0], rerun[2]), abs=5.1e-5)
        expected = ((rerun[1] - unmoved) / epsilon, (rerun[3] - unmoved) / epsilon)
        assert (ratio, frozen_ratio) == pytest.approx(expected, abs=5.1e-5)


@every_network
def test_the_row_of_no_nudge_has_the_slopes(network):
    (nought,) = [row for row in rows(network) if row.get("class") == "slider-nought"]
    h = 1e-5
    forth, back = answers(network, h), answers(network, -h)
    quotients = [(forth[i] - back[i]) / (2 * h) for i in (1, 3)]
    assert cells(nought)[2::2] == pytest.approx(quotients, abs=5.1e-5)
    assert cells(nought)[2::2] == pytest.approx([scalar.derivative(**network), scalar.frozen(**network)], abs=5.1e-5)
    assert cells(nought)[1] == cells(nought)[3]
    for told, slope in zip(("re-run", "frozen"), quotients, strict=True):
        panel = next(g for g in parsed(slider.draw(**network)).iter("g") if told in words(g))
        assert f"slope {svg.number(slope, 4)}" in words(panel)


@every_network
def test_a_row_names_the_places_of_its_dots(network):
    figure = parsed(slider.draw(**network))
    panels = [g for g in figure.iter("g") if g.get("transform")]
    curves = [max(g.iter("polyline"), key=lambda shape: len(shape.get("points"))) for g in panels]
    corners = [[tuple(map(float, point.split(","))) for point in curve.get("points").split()] for curve in curves]
    changes = []
    for i, row in enumerate(rows(network)):
        x, *heights = map(float, row.get("data-places").split())
        assert [(x, y) for y in heights] == [corner[i] for corner in corners]
        changes.append((cells(row)[0] * cells(row)[2], cells(row)[0] * cells(row)[4], *heights))
    zero = changes[len(changes) // 2][2]
    scale = (zero - changes[-1][2]) / changes[-1][0]
    assert scale > 0  # up is more
    for rerun, frozen, first, second in changes:
        assert (zero - first, zero - second) == pytest.approx((rerun * scale, frozen * scale), abs=0.05)


def test_a_screen_reader_hears_what_the_row_says():
    network = draws.example()
    unmoved = answers(network, 0)[1]
    for row in rows(network):
        told = [value(found) for found in re.findall(r"[\N{MINUS SIGN}]?\d+\.\d+", row.get("data-words"))]
        epsilon, before, _, kept, _ = cells(row)
        rerun = answers(network, epsilon)
        assert told[0] == epsilon
        assert (told[1], told[3]) == (before, kept)
        assert (told[2], told[4]) == pytest.approx((rerun[1] - unmoved, rerun[3] - unmoved), abs=5.1e-5)
    (control,) = parsed(slider.draw(**network)).iter("input")
    assert control.get("aria-valuetext") == rows(network)[int(control.get("value"))].get("data-words")
    assert (control.get("min"), control.get("max")) == ("0", str(len(rows(network)) - 1))


def test_without_a_script_some_rows_stand_there_and_no_slider():
    figure = parsed(slider.draw(**draws.example()))
    shown = [row for row in rows(draws.example()) if row.get("hidden") is None]
    assert [cells(row)[0] for row in shown] == list(slider.STILL)
    assert figure.find(".//label").get("hidden") == ""
    stills = [g for g in figure.iter("g") if g.get("class") == "slider-still"]
    assert [len(list(still)) for still in stills] == [len(slider.STILL)] * 2
    assert {g.get("visibility") for g in figure.iter("g") if g.get("class") == "slider-dot"} == {"hidden"}


def test_script_and_style_use_only_names_that_the_figure_has():
    html = slider.draw(**draws.example())._repr_html_()
    given = {name for classes in re.findall(r'class="([^"]*)"', html) for name in classes.split()}
    script = (STATIC / "slider.js").read_text(encoding="utf-8")
    style = (STATIC / "slider.css").read_text(encoding="utf-8")
    put = set(re.findall(r'(?i:classlist)\.(?:add|toggle)\("([\w-]+)"', script))
    asked = set(re.findall(r"\.(slider-[\w-]+)", re.sub(r"/\*.*?\*/", "", style) + re.sub(r"//.*", "", script)))
    assert asked - {"slider-js", "slider-css"} <= given | put
    assert set(re.findall(r"dataset\.(\w+)", script)) == {"places", "words"} == set(re.findall(r"data-(\w+)=", html))


def test_the_script_computes_nothing():
    script = re.sub(r"//.*", "", (STATIC / "slider.js").read_text(encoding="utf-8"))
    assert not re.findall(r"Math\.|tanh|[^=]\*|\d\.\d|parseFloat|Number", script)


def test_what_the_figure_has_no_room_for_is_refused():
    with pytest.raises(ValueError, match="x has 10 entries; the labels of this figure have room for at most 9 steps"):
        slider.draw(**draws.example() | {"x": [0.1] * 10})
    with pytest.raises(ValueError, match="x has 1 entries; it must have at least 2"):
        slider.draw(**draws.example() | {"x": [0.1]})


def test_the_figure_is_described_and_always_the_same():
    drawing = slider.draw(**draws.example(), caption="w < 1")
    assert "slope 0.6967 at 0. With s_2 frozen it has slope 0.1686" in drawing.alt
    assert "<figcaption>w &lt; 1</figcaption>" in drawing._repr_html_()
    assert drawing._repr_html_() == slider.draw(**draws.example(), caption="w < 1")._repr_html_()
    assert not re.search(r' (?:style|id|on\w+)="', drawing._repr_html_())
