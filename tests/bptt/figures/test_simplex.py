"""The triangle of predictions: points, arrows and the curve stand where the numbers say."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bptt import draws, softmax
from bptt.figures import simplex, svg

EXAMPLE = {"o": np.log([2.0, 1.0, 5.0]), "y": [1, 0, 0]}
SECOND = {"o": draws.logits(0)["o"], "y": [0, 1, 0]}
every_figure = pytest.mark.parametrize("letters", [EXAMPLE, SECOND], ids=["example", "second class"])


def parsed(drawing):
    html = drawing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return ET.fromstring(html)[0]  # noqa: S314  # our own text


def points(node):
    return np.array([point.split(",") for point in node.get("points").split()], float)


def corners(right):
    others = [i for i in range(3) if i != right]
    found = np.empty((3, 2))
    found[[right, *others]] = simplex.TOP, simplex.LEFT, simplex.RIGHT
    return found


@every_figure
def test_the_prediction_and_its_arrow_stand_where_the_numbers_say(letters):
    picture, place = parsed(simplex.draw(**letters)), corners(int(np.argmax(letters["y"])))
    odds = np.exp(letters["o"])
    dot = picture.findall("circle")[-1]
    middle = np.array([dot.get("cx"), dot.get("cy")], float)
    np.testing.assert_allclose(middle, odds / odds.sum() @ place, atol=0.01)
    tip = points(picture.findall("polygon")[-1])[0]
    corner = place[int(np.argmax(letters["y"]))]
    np.testing.assert_allclose(tip - middle, simplex.SHARE * (corner - middle), atol=0.02)


@every_figure
def test_every_other_arrow_points_at_the_right_corner(letters):
    picture, corner = parsed(simplex.draw(**letters)), np.array(simplex.TOP)
    dots, heads = picture.findall("circle"), picture.findall("polygon")
    assert len(dots) == len(heads) == len(simplex.OTHERS) + 1
    for dot, head in zip(dots, heads, strict=True):
        middle = np.array([dot.get("cx"), dot.get("cy")], float)
        np.testing.assert_allclose(points(head)[0] - middle, simplex.SHARE * (corner - middle), atol=0.02)


@every_figure
def test_the_curve_is_where_descent_goes(letters):
    picture, place = parsed(simplex.draw(**letters)), corners(int(np.argmax(letters["y"])))
    curve = max(map(points, picture.findall("polyline")), key=len)
    np.testing.assert_allclose(curve, simplex.descend(**letters) @ place, atol=0.01)


def test_descent_on_the_logits_ends_at_the_right_class_and_never_climbs():
    way = simplex.descend(**EXAMPLE)
    assert way.shape == (simplex.STEPS + 1, 3)
    assert way[0].tolist() == pytest.approx([0.25, 0.125, 0.625], rel=1e-14)
    assert (np.diff(way[:, 0]) > 0).all()
    assert way[-1, 0] > 0.95
    o = EXAMPLE["o"] - simplex.RATE * (np.array([0.25, 0.125, 0.625]) - [1, 0, 0])
    np.testing.assert_allclose(way[1], np.exp(o) / np.exp(o).sum(), rtol=1e-14)


def test_the_levels_are_where_the_loss_is():
    picture = parsed(simplex.draw(**EXAMPLE))
    rows = [points(node) for node in picture.findall("polyline") if node.get("stroke-dasharray") == "1 4"]
    told = [words for node in picture.findall("text") if "=" in (words := "".join(node.itertext()))]
    for row, words, level in zip(rows, told, simplex.LEVELS, strict=True):
        assert words.replace("\u200b", "") == f"E = {level}"
        height = (simplex.LEFT[1] - row[:, 1]) / (simplex.LEFT[1] - simplex.TOP[1])
        for share in height:
            rest = (1 - share) / 2
            o, y = np.log([share, rest, rest]), [1, 0, 0]
            assert softmax.cross_entropy(o, y) == pytest.approx(level, abs=1e-3)


@every_figure
def test_the_description_and_the_theme(letters):
    drawing = simplex.draw(**letters)
    told = [float(n) for n in re.findall(r"-?\d+\.\d+", drawing.alt.replace("\N{MINUS SIGN}", "-"))]
    y_hat = softmax.softmax(letters["o"])
    assert told == pytest.approx([*y_hat, *(y_hat - letters["y"])], abs=5e-4)
    assert f"Its top is class {np.argmax(letters['y']) + 1}, the right one." in drawing.alt
    colour = re.compile(r"var\(--(ink|ink-soft|paper|accent-[1-4]), #[0-9a-f]{6}\)")
    picture = parsed(drawing)
    for node in picture.iter():
        assert not node.attrib.keys() & {"id", "style", "href"}
        assert all(node.get(key) in {None, "none"} or colour.fullmatch(node.get(key)) for key in ("fill", "stroke"))
    for node in picture.iter("text"):
        assert 0 <= float(node.get("x")) <= svg.WIDTH
        assert 10 <= float(node.get("y")) <= simplex.HEIGHT - 4
        assert float(node.get("font-size")) >= 13
    for node in [*picture.iter("polyline"), *picture.iter("polygon")]:
        assert (points(node) >= 0).all()
        assert (points(node) <= [svg.WIDTH, simplex.HEIGHT]).all()
    assert drawing._repr_html_() == simplex.draw(**letters)._repr_html_()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"o": [1.0, 2.0], "y": [1, 0]}, "y has shape (2,); the triangle has corners for 3 classes."),
        ({"y": [0.5, 0.5, 0]}, "y is [0.5, 0.5, 0.0]; it must be one-hot, because its corner is drawn on top."),
        ({"y": [1, 1, 0]}, "y is [1.0, 1.0, 0.0]; it must hold probabilities"),
        ({"alt": "Short."}, "alt is 'Short.'; a figure needs its description in words"),
    ],
)
def test_what_cannot_be_drawn(change, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        simplex.draw(**EXAMPLE | change)
