"""What all figures have in common, and that each shows the numbers that were computed."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import bptt.figures
from bptt import draws, oracle, scalar
from bptt.figures import costs, nudge, product_rule, svg, unrolled, v_curves

SIDES = {"u": 1.2, "v": 0.9, "du": 0.35, "dv": 0.25}
FIGURES = {
    "product rule": lambda **more: product_rule.draw(**SIDES, **more),
    "nudge": lambda **more: nudge.draw(**draws.example(), **more),
    "costs": costs.draw,
    "v curves": lambda **more: v_curves.draw(**draws.example(), **more),
    "unrolled": unrolled.draw,
    "unrolled, first": lambda **more: unrolled.draw(1, **more),
    "unrolled, second": lambda **more: unrolled.draw(2, **more),
    "unrolled, third": lambda **more: unrolled.draw(3, **more),
}
every_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


def html(drawing):
    return drawing._repr_html_()


def parsed(drawing):
    return ET.fromstring(html(drawing).replace(' xmlns="http://www.w3.org/2000/svg"', ""))  # noqa: S314  # our own text


def texts(drawing):
    return ["".join(node.itertext()).replace("\u200b", "") for node in parsed(drawing).iter("text")]


def numbers(words):
    return [float(found) for found in re.findall(r"-?\d+\.\d+", words.replace("\N{MINUS SIGN}", "-"))]


@every_figure
def test_the_page_gets_a_figure_that_describes_itself(draw):
    figure = parsed(draw())
    (picture,) = figure
    assert figure.attrib == {"class": "figure"}
    assert picture.tag == "svg"
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == draw().alt
    assert repr(draw()) == f"<Drawing: {draw().alt}>"
    left, top, width, height = map(float, picture.get("viewBox").split())
    assert (left, top, width) == (0, 0, svg.WIDTH)
    assert float(picture.get("width")) / float(picture.get("height")) == pytest.approx(width / height, rel=0.01)


@every_figure
def test_alt_and_caption_may_be_given(draw):
    figure = parsed(draw(alt="A <figure> & a description of it.", caption="What a < b means."))
    assert figure[0].get("aria-label") == "A <figure> & a description of it."
    assert figure.find("figcaption").text == "What a < b means."


@pytest.mark.parametrize("alt", ["", "   ", "A picture."])
def test_a_figure_without_a_sentence_is_refused(alt):
    with pytest.raises(ValueError, match=r"a figure needs its description in words: at least one whole sentence"):
        svg.Drawing([], alt, height=10)


@pytest.mark.parametrize("alt", ["Five words without a stop", "Only four words here."])
def test_a_sentence_has_five_words_and_a_stop(alt):
    with pytest.raises(ValueError, match=r"^alt is "):
        svg.Drawing([], alt, height=10)


@every_figure
def test_every_colour_follows_the_theme_and_has_a_fallback(draw):
    colour = re.compile(r"var\(--(ink|ink-soft|paper|accent-[1-4]), #[0-9a-f]{6}\)")
    found = [
        value
        for node in parsed(draw()).iter()
        for key, value in node.attrib.items()
        if key in {"fill", "stroke"} and value != "none"
    ]
    assert len(found) > 10
    assert all(colour.fullmatch(value) for value in found)
    assert "#" not in colour.sub("", html(draw()))
    assert all(node.get("fill") for node in parsed(draw()).iter("text"))


def test_no_module_names_a_colour_of_its_own():
    for path in Path(bptt.figures.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<!, )#[0-9a-fA-F]{3,8}\b", source), path.name
        assert path.name == "svg.py" or "var(" not in source, path.name


@every_figure
def test_nothing_that_could_clash_with_another_figure_or_a_strict_page(draw):
    for node in parsed(draw()).iter():
        assert not node.attrib.keys() & {"id", "style", "href"}
        assert node.tag not in {"style", "script", "title", "desc", "image"}


@every_figure
def test_type_is_readable_on_a_phone(draw):
    sizes = [float(node.get("font-size")) for node in parsed(draw()).iter("text")]
    assert min(sizes) >= 13


@every_figure
def test_everything_lies_inside_the_drawing(draw):
    picture = parsed(draw())[0]
    width, height = map(float, picture.get("viewBox").split()[2:])
    for node in picture.iter("text"):
        assert 0 <= float(node.get("x")) <= width
        assert 10 <= float(node.get("y")) <= height - 4
    for node in [*picture.iter("polyline"), *picture.iter("polygon")]:
        for point in node.get("points").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_the_same_values_give_the_same_bytes_in_another_process():
    program = (
        "import sys; sys.stdout.reconfigure(encoding='utf-8'); "
        "from bptt import draws; from bptt.figures import nudge, product_rule, unrolled; "
        f"print(*(d._repr_html_() for d in (product_rule.draw(**{SIDES}), nudge.draw(**draws.example()), "
        "unrolled.draw(2))), sep='', end='')"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, env={"PYTHONHASHSEED": "7"} | path()
    )
    drawn = [FIGURES[name]() for name in ("product rule", "nudge", "unrolled, second")]
    assert other.stdout.decode() == "".join(html(drawing) for drawing in drawn)


def path():
    return {"PYTHONPATH": str(Path(bptt.figures.__file__).parents[2])}


def test_the_rectangle_shows_its_numbers_and_is_to_scale():
    u, v, du, dv = SIDES.values()
    drawing = product_rule.draw(**SIDES)
    drawn = [(float(r.get("width")), float(r.get("height"))) for r in parsed(drawing).iter("rect")]
    scale = drawn[0][0] / u
    expected = [(u, v), (du, v), (u, dv), (du, dv)]
    np.testing.assert_allclose(drawn, scale * np.array(expected), atol=0.01)
    told = [value for words in texts(drawing) for value in numbers(words)]
    assert sorted(told) == pytest.approx(sorted([u, v, du, dv, u * v, du * v, u * dv, du * dv]), abs=5e-5)
    assert sum(a * b for a, b in expected) == pytest.approx((u + du) * (v + dv))
    assert set(numbers(drawing.alt)) <= set(told)


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("value", [0.0, -0.1, float("nan"), float("inf")])
def test_a_rectangle_needs_positive_sides(name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value}; the sides of a rectangle and what they grow by must be"):
        product_rule.draw(**SIDES | {name: value})


def test_a_rectangle_too_slim_for_its_labels_is_refused():
    with pytest.raises(ValueError, match=r"^the sides 9\.35 and 1\.15 make a rectangle too slim to be labelled"):
        product_rule.draw(**SIDES | {"u": 9.0})


def test_the_nudge_is_measured_by_running_the_network():
    letters = draws.example()
    run = nudge.measure(**letters)
    w, s = letters["w"], scalar.states(**letters)
    nudged = scalar.states(**letters | {"w": w + run.nudge[0]})
    assert run.nudge[[0, 20, 40]].tolist() == pytest.approx([-0.5, 0, 0.5], abs=1e-15)
    assert run.rerun[0] == pytest.approx(nudged[-1] - s[-1], rel=1e-14)
    assert run.frozen[0] == pytest.approx(
        np.tanh(letters["u"] * letters["x"][-1] + (w + run.nudge[0]) * s[-2]) - s[-1], rel=1e-14
    )
    programs = (lambda z: scalar.states(**letters | {"w": z})[-1], lambda z: scalar.frozen_state(z, **letters))
    slopes = tuple(float(oracle.complex_step(program, w)) for program in programs)
    assert (run.rerun_slope, run.frozen_slope) == pytest.approx(slopes, rel=1e-13)


@pytest.mark.parametrize("letters", [draws.example(), draws.scalar(3), draws.scalar(5)], ids=["example", "3", "5"])
def test_the_nudge_draws_what_was_measured(letters):
    """Read the curves back from the picture with the help of its own ticks."""
    drawing, run = nudge.draw(**letters), nudge.measure(**letters)
    ticks = {}
    for node in parsed(drawing).iter("text"):
        words = "".join(node.itertext()).replace("\N{MINUS SIGN}", "-")
        if re.fullmatch(r"-?\d+(\.\d+)?", words):
            axis = "y" if node.get("text-anchor") == "end" else "x"
            place = float(node.get("y")) - 4.5 if axis == "y" else float(node.get("x"))
            ticks.setdefault(axis, []).append((place, float(words)))
    assert min(len(ticks["x"]), len(ticks["y"])) >= 3

    def values(axis, places):
        (first, first_value), *_, (last, last_value) = ticks[axis]
        return first_value + (places - first) / (last - first) * (last_value - first_value)

    lines = [np.array([p.split(",") for p in n.get("points").split()], float) for n in parsed(drawing).iter("polyline")]
    curves = [points for points in lines if len(points) == nudge.POINTS]
    for points, measured in zip(curves, (run.frozen, run.rerun), strict=True):
        np.testing.assert_allclose(values("x", points[:, 0]), run.nudge, atol=1e-3)
        np.testing.assert_allclose(values("y", points[:, 1]), measured, atol=2e-3)
    tangents = [n for n in parsed(drawing).iter("polyline") if n.get("stroke-dasharray")]
    for node, slope in zip(tangents, (run.frozen_slope, run.rerun_slope), strict=True):
        (x_0, y_0), (x, y) = (tuple(map(float, p.split(","))) for p in node.get("points").split())
        drawn = (values("y", y) - values("y", y_0)) / (values("x", x) - values("x", x_0))
        assert drawn == pytest.approx(slope, abs=2e-3)
    told = [numbers(words)[0] for words in texts(drawing) if words.startswith("slope")]
    assert told == pytest.approx([run.rerun_slope, run.frozen_slope], abs=5e-5)
    assert set(told) <= set(numbers(drawing.alt))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [0.5]}, "x has 1 entries; it must have at least 2, for with one step there is nothing to freeze."),
        ({"x": np.ones(10)}, "x has 10 entries; the labels of this figure have room for at most 9 steps."),
        ({"reach": 0.0}, "reach is 0.0; it must be a positive, finite number."),
    ],
)
def test_a_nudge_that_cannot_be_drawn(change, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        nudge.draw(**draws.example() | change)


def test_the_labels_of_two_curves_never_touch():
    for seed in range(40):
        places = [
            float(node.get("y"))
            for node in parsed(nudge.draw(**draws.scalar(seed))).iter("text")
            if float(node.get("x")) == nudge.RIGHT + 10
        ]
        assert np.diff(sorted(places)).min() >= 15, seed


def test_the_unrolled_network_has_every_letter():
    assert sorted(texts(unrolled.draw())) == sorted(
        ["s0", "s1", "s2", "s3", "x1", "x2", "x3", "w", "w", "w", "u", "u", "u", "E3"]
    )


@pytest.mark.parametrize("k", [1, 2, 3])
def test_term_k_runs_from_the_k_th_use_of_w_to_s_3(k):
    picture = parsed(unrolled.draw(k))
    chosen = [i for i, box in enumerate(picture.iter("rect"), start=1) if box.get("fill") == svg.ACCENTS[1]]
    lit = [t for t, ring in enumerate(picture.iter("circle")) if ring.get("stroke") == svg.ACCENTS[1]]
    arrows = [head for head in picture.iter("polygon") if head.get("fill") == svg.ACCENTS[1]]
    assert chosen == [k]
    assert lit == list(range(k, 4))
    assert len(arrows) == 4 - k
    assert unrolled.draw(k).alt.endswith(
        (
            "Lit is the way from the first use of w through s_1 and s_2 to s_3.",
            "Lit is the way from the second use of w through s_2 to s_3.",
            "Lit is the way from the third use of w to s_3.",
        )[k - 1]
    )


def test_nothing_is_lit_unless_asked_for():
    assert not [ring for ring in parsed(unrolled.draw()).iter("circle") if ring.get("stroke") != svg.INK]


@pytest.mark.parametrize("k", [0, 4, -1, "2"])
def test_there_are_three_uses(k):
    with pytest.raises(ValueError, match="^" + re.escape(f"highlight is {k!r}; w is used 3 times, so it must be")):
        unrolled.draw(k)


def test_mathematics_between_dollar_signs():
    drawn = ET.fromstring(svg.text(0, 0, "a $Δs_2$ < $b$"))  # noqa: S314  # our own text
    assert "".join(drawn.itertext()).replace("\u200b", "") == "a Δs2 < b"
    italic = [node.text for node in drawn if node.get("font-style") == "italic"]
    assert italic == ["s", "b"]
    below = [node.text for node in drawn if float(node.get("dy", 0)) > 0]
    assert below == ["2"]
    assert sum(float(node.get("dy", 0)) for node in drawn) == pytest.approx(0)


def test_numbers_are_written_short_and_with_a_true_minus():
    assert [svg.written(value) for value in (1.0, 0.123456, -0.001, 12345.678, "1e3")] == [
        "1", "0.12", "0", "12345.68", "1e3",
    ]  # fmt: skip
    assert svg.number(-0.5, 2) == "\N{MINUS SIGN}0.50"
