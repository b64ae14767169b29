"""The triangles: a disc for each term, filled where it is kept, in the order of their sizes."""

import re

import numpy as np
import pytest

from bptt import draws, kept
from bptt.figures import kept as figure

LETTERS = draws.rnn(6)
T = len(LETTERS["x"])
SCHEMES = [("window of 3", kept.sliding(T, 3)), ("chunks of 3", kept.chunked(T, 3))]


def circles(drawing):
    found = re.findall(r'<circle cx="([0-9.]+)" cy="([0-9.]+)" r="([0-9.]+)" fill="(\w+)', drawing._repr_html_())
    return [(float(x), float(y), float(r), fill != "none") for x, y, r, fill in found]


def test_the_filled_discs_are_the_terms_that_are_kept():
    found = circles(figure.draw(SCHEMES, kept.sizes(**LETTERS)))
    each = T * (T + 1) // 2
    assert len(found) == 2 * each
    rows, columns = np.tril_indices(T)
    for part, (_, table) in zip((found[:each], found[each:]), SCHEMES, strict=True):
        assert [filled for *_, filled in part] == table[rows, columns].tolist()
        heights = sorted({y for _, y, _, _ in part})
        assert [heights.index(y) for _, y, _, _ in part] == rows.tolist()


def test_a_larger_term_has_a_larger_disc_and_none_touches_its_neighbour():
    sizes = kept.sizes(**LETTERS)
    found = circles(figure.draw(SCHEMES[:1], sizes))
    order = np.argsort(sizes[np.tril_indices(T)])
    radii = np.array([r for _, _, r, _ in found])
    assert (np.diff(radii[order]) >= 0).all()
    cell = found[1][1] - found[0][1]
    assert 2 * radii.max() < cell


def test_the_description_counts():
    drawing = figure.draw(SCHEMES, kept.sizes(**LETTERS))
    assert f"{T * (T + 1) // 2} terms in all: window of 3 keeps {3 * T - 3} of them" in drawing.alt


@pytest.mark.parametrize(
    ("schemes", "sizes", "message"),
    [
        (SCHEMES * 2, kept.sizes(**LETTERS), r"there are 4 schemes of 8 steps; the figure has room for 2 of 10"),
        ([("all", np.ones((3, 3)))], np.ones((4, 4)), r"the table of all has shape \(3, 3\); it must be \(4, 4\)"),
    ],
)
def test_what_has_no_room_is_refused(schemes, sizes, message):
    with pytest.raises(ValueError, match=message):
        figure.draw(schemes, sizes)
