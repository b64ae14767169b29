"""The pictures of schedules: what is drawn is what a run did, and what the other counters count."""

import re

import numpy as np
import pytest

from bptt import checkpoint
from bptt.figures import loglog, schedules, svg

T = 16
PANELS = [("segments of 4", checkpoint.segments(T, 4)), ("revolve with 3", checkpoint.revolve(T, 3))]


def lines(drawing, colour, *, wide=None):
    width = "" if wide is None else rf' stroke-width="{wide}"'
    found = re.findall(
        rf'<polyline points="([^"]+)" fill="none" stroke="{re.escape(colour)}"{width}', drawing._repr_html_()
    )
    return [[tuple(map(float, point.split(","))) for point in one.split()] for one in found]


@pytest.mark.parametrize(("name", "schedule"), PANELS)
def test_a_trace_has_the_steps_and_the_states_that_the_runner_counts(name, schedule):
    found = schedules.trace(schedule, T)
    counted = checkpoint.count(schedule, T)
    assert name
    assert len(found.moves) == counted.steps
    assert schedules._most(found) == counted.peak
    assert [t for t, back in found.moves if back] == list(range(T, 0, -1))
    assert all(span.begin < span.end for span in found.spans)
    for span in found.spans:  # a state is kept until the step behind it has been swept
        assert found.moves[span.end - 1] == (span.t + 1, True)


def test_every_computed_step_is_drawn_where_it_happened():
    drawing = schedules.draw(PANELS[:1], T)
    moves = schedules.trace(PANELS[0][1], T).moves
    advances, backs = (lines(drawing, svg.ACCENTS[back], wide=wide) for back, wide in ((0, 1.75), (1, 2.75)))
    assert len(advances) == sum(not back for _, back in moves)
    assert len(backs) == T
    step = backs[0][1][0] - backs[0][0][0]
    for drawn, wanted in ((advances, False), (backs, True)):
        places = [i for i, (_, back) in enumerate(moves) if back == wanted]
        for ((x, y), (x_end, y_end)), place in zip(drawn, places, strict=True):
            assert x == pytest.approx(schedules.LEFT + place * step, abs=0.2)
            assert y_end - y == pytest.approx(-schedules.ROW)
            assert x_end - x == pytest.approx(step, abs=0.02)
            assert (schedules.TOP + T * schedules.ROW - y) / schedules.ROW == moves[place][0] - 1


def test_as_many_lines_of_stored_states_lie_above_each_other_as_are_stored():
    for name, schedule in PANELS:
        spans = lines(schedules.draw([(name, schedule)], T), svg.ACCENTS[2])
        middles = {(begin[0] + 0.1) for begin, _ in spans}
        most = max(sum(begin[0] <= x <= end[0] for begin, end in spans) for x in middles)
        assert most == checkpoint.count(schedule, T).peak


def test_the_pictures_stay_inside_and_describe_themselves():
    drawing = schedules.draw(PANELS, T)
    for colour in (*svg.ACCENTS[:3], svg.INK_SOFT):
        for one in lines(drawing, colour):
            assert all(0 <= x <= svg.WIDTH and 0 <= y <= drawing._height for x, y in one)
    for name, schedule in PANELS:
        counted = checkpoint.count(schedule, T)
        assert f"{name}: {counted.steps} steps are computed and at most {counted.peak} states" in drawing.alt
        assert f"{counted.peak} stored, {counted.steps - T} advances" in re.sub("<[^>]+>", "", drawing._repr_html_())
    assert schedules.draw(PANELS, T, alt="A picture of nothing much.").alt == "A picture of nothing much."


def test_a_schedule_that_cannot_be_done_is_not_drawn():
    with pytest.raises(ValueError, match=r"^action 1 of the schedule is \('back', 3\)"):
        schedules.draw([("wrong", [("back", 3)])], T)


def test_the_dots_of_the_trade_stand_where_the_counts_are():
    drawing = schedules.trade(1000)
    found = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="3.2" fill="([^"]+)"', drawing._repr_html_())
    plane = loglog.Plane((1, 1000), (0.5, 1000), right=370)
    for colour, counts in (
        (svg.ACCENTS[0], [checkpoint.count(checkpoint.revolve(1000, K), 1000) for K in schedules.STORES]),
        (svg.ACCENTS[1], [checkpoint.count(checkpoint.segments(1000, k), 1000) for k in (1, 2, 4, 5, 8, 10, 20, 25)]),
    ):
        drawn = np.array([(float(x), float(y)) for x, y, fill in found if fill == colour])
        told = [(plane.x(c.peak), plane.y((c.steps - 1000) / 1000)) for c in counts]
        np.testing.assert_allclose(drawn, told, atol=0.006)
    least = checkpoint.count(checkpoint.revolve(1000, 44), 1000)
    assert f"with 44 {least.steps / 1000 - 1:.2f};" in drawing.alt
