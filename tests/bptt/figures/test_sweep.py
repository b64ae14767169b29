"""The figure of the sweep says what was computed, and its stylesheet hides what the sweep has not reached."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bptt import draws, oracle, scalar
from bptt.figures import sweep

STYLES = Path(__file__).parents[3] / "conf" / "static"
STYLE = (STYLES / "sweep.css").read_text(encoding="utf-8")
V, TARGETS = 1.4, np.array([0.3, 0.7, 0.4, 0.1])


def letters(T):
    drawn = draws.example() | {"x": np.array([0.4, -0.5, 0.7, 0.3])[:T]}
    s = scalar.states(**drawn)
    return {"slopes": scalar.slopes(s)[1:], "w": drawn["w"], "rows": V * (V * s[1:] - TARGETS[:T])}


def losses(shift, w, u, x, s_0):
    """Half the squared distance at every step, with the argument of tanh moved at every step."""
    s, found = s_0, []
    for x_t, y_t, shift_t in zip(x, TARGETS[: len(x)], shift, strict=True):
        s = np.tanh(u * x_t + w * s + shift_t)
        found.append((V * s - y_t) ** 2 / 2)
    return np.array(found)


every_length = pytest.mark.parametrize("T", [1, 2, 3, 4])


def parsed(drawing):
    html = drawing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "").replace(" checked>", ' checked="">')
    return ET.fromstring(re.sub(r"(<input[^>]*)>", r"\1/>", html).replace("&nbsp;", " "))  # noqa: S314  # our own text


def words(node):
    return re.sub(r"\s+", " ", "".join(node.itertext()).replace("\u200b", "")).strip()


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text.replace("\N{MINUS SIGN}", "-"))]


def group(drawing, name):
    (found,) = [node for node in parsed(drawing).iter("g") if node.get("class") == name]
    return found


@every_length
def test_every_term_is_what_one_loss_says_to_one_place(T):
    drawn = draws.example() | {"x": np.array([0.4, -0.5, 0.7, 0.3])[:T]}
    outside = oracle.complex_step(lambda shift: losses(shift, **drawn), np.zeros(T))
    drawing = sweep.draw(**letters(T))
    for k in range(T):
        told = [numbers(words(text))[0] for text in group(drawing, f"sweep-sum-{k + 1}").iter("text")]
        assert told == pytest.approx([*outside[k:, k], outside[:, k].sum()], abs=5.1e-5)
    assert numbers(drawing.alt) == pytest.approx(
        [value for k in reversed(range(T)) for value in (*outside[k:, k], outside[:, k].sum())], abs=5.1e-5
    )


@every_length
def test_every_step_of_the_sweep_can_be_followed_in_its_line(T):
    given = letters(T)
    rows = list(parsed(sweep.draw(**given)).iter("label"))
    assert [row.get("class") for row in rows] == [f"sweep-step-{t}" for t in range(T, 0, -1)]
    behind = 0.0
    for t, row in zip(range(T, 0, -1), rows, strict=True):
        slope, own, *carried, delta = numbers(words(row).replace("\N{MINUS SIGN} ", "\N{MINUS SIGN}"))
        assert (slope, own) == pytest.approx((given["slopes"][t - 1], given["rows"][t - 1]), abs=5.1e-5)
        assert carried == pytest.approx([given["w"] * behind] if t < T else [], abs=5.1e-5)
        behind = given["slopes"][t - 1] * (given["rows"][t - 1] + given["w"] * behind)
        assert delta == pytest.approx(behind, abs=5.1e-5)
        lit = [numbers(words(text)) for text in group(sweep.draw(**given), f"sweep-now-{t}").iter("text")]
        assert sorted(value for several in lit for value in several) == pytest.approx(sorted([own, *carried]))


def test_the_lines_are_named_as_in_the_book():
    figure = parsed(sweep.draw(**letters(3)))
    assert [words(row) for row in figure.iter("label")] == [
        "δ3 = D3 (dE3/ds3) = 0.7676 (0.3848) = 0.2954",
        "δ2 = D2 (dE2/ds2 + w δ3) = 0.9518 (\N{MINUS SIGN}0.5496 + 0.2363) = \N{MINUS SIGN}0.2982",
        "δ1 = D1 (dE1/ds1 + w δ2) = 0.6501 (0.7394 \N{MINUS SIGN} 0.2386) = 0.3256",
    ]
    for radio, row in zip(figure.iter("input"), figure.iter("label"), strict=True):
        assert radio.get("aria-label").replace("_", "") == words(row)
    assert words(figure.find(".//legend")) == "The steps of the sweep, from the last to the first: choose one"


def test_the_sweep_begins_at_the_last_step_unless_another_is_chosen():
    for chosen, expected in ((None, "3"), (1, "1")):
        radios = list(parsed(sweep.draw(**letters(3), chosen=chosen, name="other")).iter("input"))
        assert [radio.get("value") for radio in radios if radio.get("checked") is not None] == [expected]
        assert {(radio.get("type"), radio.get("name")) for radio in radios} == {("radio", "other")}


@every_length
def test_everything_lies_inside_the_drawing_and_can_be_read(T):
    picture = parsed(sweep.draw(**letters(T))).find(".//svg")
    width, height = map(float, picture.get("viewBox").split()[2:])
    for node in picture.iter("text"):
        assert 8 <= float(node.get("x")) <= width - 8
        assert 10 <= float(node.get("y")) <= height - 4
        assert float(node.get("font-size")) >= 13
    for node in [*picture.iter("polyline"), *picture.iter("polygon")]:
        for point in node.get("points").split():
            assert all(0 <= float(value) <= most for value, most in zip(point.split(","), (width, height), strict=True))


@every_length
def test_nothing_that_could_clash_or_break_a_strict_page(T):
    colour = re.compile(r"var\(--(ink|ink-soft|paper|accent-[1-4]), #[0-9a-f]{6}\)")
    for node in parsed(sweep.draw(**letters(T))).iter():
        assert not node.attrib.keys() & {"id", "style", "href", "for", "onclick"}
        assert node.tag not in {"style", "script", "title", "desc", "image"}
        assert all(node.get(key) in {None, "none"} or colour.fullmatch(node.get(key)) for key in ("fill", "stroke"))
    assert sweep.draw(**letters(T))._repr_html_() == sweep.draw(**letters(T))._repr_html_()


def test_the_stylesheet_hides_what_the_sweep_has_not_reached():
    screen = STYLE[STYLE.index("@media screen") : STYLE.index("\n}\n")]
    for chosen in range(1, sweep.MOST_STEPS + 1):
        rules = re.findall(rf"step-{chosen} > :checked\) (:is\([^)]*\)|\.[\w-]+)", screen)
        hidden, lit = [rule for rule in rules if "sum" in rule], [rule for rule in rules if "now" in rule]
        assert {int(k) for rule in hidden for k in re.findall(r"sweep-sum-(\d)", rule)} == set(range(1, chosen))
        assert lit == [f".sweep-now-{chosen}"]
    assert "visibility" not in STYLE.replace(screen, "")  # in print, and without the rules, the table is whole


def test_the_stylesheets_know_every_class():
    html = "".join(sweep.draw(**letters(T))._repr_html_() for T in (1, 4))
    used = {name for several in re.findall(r'class="([^"]*)"', html) for name in several.split()}
    known = set(re.findall(r"\.([a-z][\w-]*)", STYLE + (STYLES / "paths.css").read_text(encoding="utf-8")))
    assert used <= known | {"figure", f"sweep-sum-{sweep.MOST_STEPS}"}  # the sweep begins there, so it never hides
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", STYLE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slopes": [], "rows": []}, "slopes has 0 entries; this figure has room for 1 to 4 steps."),
        ({"slopes": np.ones(5), "rows": np.ones(5)}, "slopes has 5 entries; this figure has room for 1 to 4 steps."),
        ({"chosen": 0}, "chosen is 0; with 3 steps it must be from 1 to 3."),
        ({"rows": [1.0]}, "rows has shape (1, 1); it must have the shape of D, (3, 1)."),
        ({"w": float("nan")}, "W holds nan at index (0, 0)"),
        ({"alt": "Short."}, "alt is 'Short.'; a figure needs its description in words"),
    ],
)
def test_what_cannot_be_drawn(change, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        sweep.draw(**letters(3) | change)


def test_a_caption_and_a_description_may_be_given():
    drawing = sweep.draw(**letters(2), alt="A description of five words.", caption="a < b")
    assert drawing.alt == "A description of five words."
    assert parsed(drawing).find("figcaption").text == "a < b"
