"""The figure of a tape: its numbers are those of the tape, and an arc stands for every use of a line."""

import re

import pytest

from bptt import oracle
from bptt.autodiff import Tape, exp, tanh
from bptt.figures import tape as figure


def small():
    tape = Tape()
    w, s = tape.input(0.9), tape.input(-0.5)
    z = tanh(w * s)
    return tape, z * w


def texts(drawing):
    found = re.findall(r"<text[^>]*>(.*?)</text>", drawing._repr_html_())
    return [re.sub(r"<[^>]*>|\u200b", "", one) for one in found]


def test_every_line_stands_with_its_value_and_its_adjoint():
    tape, z = small()
    words = texts(figure.draw(tape, {0: "w", 1: "s_0"}))
    assert words[3::3] == ["v1 = w", "v2 = s0", "v3 = v1 v2", "v4 = tanh v3", "v5 = v4 v1"]
    assert words[4::3] == [f"{float(line.value):.4f}".replace("-", "\N{MINUS SIGN}") for line in tape.lines]
    told = float(oracle.complex_step(lambda w: w * oracle.np.tanh(-0.5 * w), 0.9))
    assert words[5] == f"{told:.4f}".replace("-", "\N{MINUS SIGN}")
    assert words[-1] == "1.0000"
    assert z.index == 4


def test_there_is_an_arc_for_every_use():
    tape, _ = small()
    assert figure.draw(tape, {})._repr_html_().count("<path") == 5
    assert "v_1 = 0.9000" in figure.draw(tape, {}).alt


def test_arcs_stay_inside_the_figure():
    tape = Tape()
    x = y = tape.input(0.5)
    for _ in range(8):
        y = x + y
    arcs = re.findall(r'd="M [0-9. ]+C (-?[0-9.]+)', figure.draw(tape, {})._repr_html_())
    assert len(arcs) == 15
    assert min(0.75 * float(x) + 0.25 * (figure.DOTS - 14) for x in arcs) > 0


@pytest.mark.parametrize("length", [0, 10])
def test_a_tape_without_room(length):
    tape = Tape()
    for _ in range(length):
        tape.input(1.0)
    with pytest.raises(ValueError, match="there must be 1 to 9 lines"):
        figure.draw(tape, {})


def test_a_tape_of_columns_is_refused():
    tape = Tape()
    exp(tape.input([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"the lines have shapes \(2,\), \(2,\)"):
        figure.draw(tape, {})
