"""Checkpointed gradients bit for bit against the plain sweep; prices against counting, and against a search that knows
no binomial coefficient and no recursion."""

import heapq
import inspect
import itertools
import time
import tracemalloc
from collections import Counter
from functools import cache
from math import comb, isqrt, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, checkpoint, draws, fast, oracle, rnn

PARAMETERS = ("U", "W", "V", "b", "c", "s_0")


def draw(seed, *, T=9, n=3, m=2, q=4, dtype=float):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.standard_normal(size).astype(dtype) for name, size in sizes.items()}
    return letters | {"y": rng.integers(q, size=T), "mask": rng.uniform(size=T)}


def schedules(T):
    yield checkpoint.segments(T)
    yield checkpoint.segments(T, max(T, 1))
    yield checkpoint.segments(T, 2)
    for K in (1, 2, 4, T + 3):
        yield checkpoint.revolve(T, K)
        yield checkpoint.dynamic(T, K)


def assert_same_bits(found, told):
    for name in PARAMETERS:
        ours, plain = getattr(found, name), getattr(told, name)
        assert (ours.dtype, ours.shape) == (plain.dtype, plain.shape), name
        assert ours.tobytes() == plain.tobytes(), (name, ours, plain)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 23),
    n=st.integers(1, 9),
    m=st.integers(1, 4),
    q=st.integers(1, 5),
    dtype=st.sampled_from([np.float64, np.float32, np.complex128]),
)
def test_every_schedule_gives_the_bits_of_the_plain_sweep(*, seed, T, n, m, q, dtype):
    letters = draw(seed, T=T, n=n, m=m, q=q, dtype=dtype)
    told, total = backward.backward(**letters), rnn.loss(**letters)
    for schedule in schedules(T):
        found = checkpoint.gradients(**letters, schedule=schedule)
        assert_same_bits(found, told)
        assert found.total == total


@pytest.mark.parametrize("mixed", PARAMETERS)
def test_parameters_of_mixed_precision_give_the_same_bits_too(mixed):
    letters = draw(1, dtype=np.float32)
    letters[mixed] = letters[mixed].astype(float)
    assert_same_bits(checkpoint.gradients(**letters, schedule=checkpoint.revolve(9, 3)), backward.backward(**letters))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 60), K=st.integers(1, 8))
def test_the_fast_sweep_is_at_most_1e_13_away(*, seed, T, K):
    """The fast one takes slopes from states, so no state may be where tanh is flat."""
    letters = draw(seed, T=T)
    letters |= {name: 0.3 * letters[name] for name in ("U", "W", "b")}
    found = checkpoint.gradients(**letters, schedule=checkpoint.revolve(T, K))
    several = letters | {name: letters[name][:, np.newaxis] for name in ("x", "y", "mask")}
    told = fast.gradients(**several)
    for name in PARAMETERS:
        ours, theirs = getattr(found, name), np.asarray(getattr(told, name)).reshape(getattr(found, name).shape)
        assert np.abs(ours - theirs).max() <= 1e-13 * np.abs(theirs).max(), name


def test_a_complex_step_agrees():
    letters = draw(3)
    found = checkpoint.gradients(**letters, schedule=checkpoint.segments(9))
    for name in PARAMETERS:
        told = oracle.complex_step(lambda z, name=name: rnn.loss(**letters | {name: z}), letters[name])
        assert np.abs(getattr(found, name) - told).max() <= 1e-12 * np.abs(told).max()


def test_tokens_and_one_hot_rows_give_the_same_bits():
    letters = draw(4, m=3)
    tokens = letters | {"x": np.array([2, 0, 1, 1, 2, 0, 0, 1, 2])}
    rows = letters | {"x": np.eye(3)[tokens["x"]], "y": np.eye(4)[letters["y"]]}
    schedule = checkpoint.revolve(9, 2)
    assert_same_bits(checkpoint.gradients(**tokens, schedule=schedule), checkpoint.gradients(**rows, schedule=schedule))


def test_nothing_given_is_changed_and_nothing_returned_is_shared():
    letters = draw(5)
    before = {name: np.array(value) for name, value in letters.items()}
    schedule = checkpoint.segments(9)
    listed = list(schedule)
    found = checkpoint.gradients(**letters, schedule=schedule)
    assert schedule == listed
    for name, value in letters.items():
        assert (value == before[name]).all()
        assert not any(np.shares_memory(value, getattr(found, parameter)) for parameter in PARAMETERS)


def watched(schedule, T):
    """Run a schedule with counters that belong to nobody else: calls of each step, and the order of the walk."""
    advanced, walked = Counter(), []

    def forward(t, s):
        assert s == t - 1
        advanced[t] += 1
        return t

    def back(t, s):
        assert s == t - 1
        walked.append(t)

    counted = checkpoint.run(schedule, T, 0, forward, back)
    assert walked == list(range(T, 0, -1))
    assert counted.steps == advanced.total() + T
    return counted, advanced


def held(schedule):
    """The most states that are held at a time, when each is forgotten after its last use."""
    places = {}
    for place, (verb, t) in enumerate(schedule):
        if verb == "store":
            places.setdefault(t, []).append([place, place])
        elif verb == "restore":
            places[t][-1][1] = place
        elif verb == "back" and t - 1 in places:
            places[t - 1][-1][1] = place
    spans = list(itertools.chain.from_iterable(places.values()))
    return max((sum(begin <= place <= end for begin, end in spans) for place, _ in spans), default=0)


@pytest.mark.parametrize("K", range(1, 16))
def test_revolve_and_the_table_advance_as_often_as_the_closed_form_says(K):
    table = checkpoint.prices(40, K)
    for T in range(1, 41):
        r = next(r for r in itertools.count() if comb(K + r, K) >= T)
        least = r * T - (comb(K + r, r - 1) if r else 0)
        assert table[T - 1, K - 1] == least
        for schedule in (checkpoint.revolve(T, K), checkpoint.dynamic(T, K)):
            counted, advanced = watched(schedule, T)
            assert counted.steps - T == least
            assert counted.peak == held(schedule) <= K
            assert max(advanced.values(), default=0) == r == checkpoint.repeats(T, K)


def least_by_search(T, K):
    """Dijkstra through everything that may be done, with up to K states stored in any place, forgotten at any time."""
    start = (0, T, frozenset())
    best, queue, order = {start: 0}, [(0, 0, start)], itertools.count(1)
    while queue:
        price, _, node = heapq.heappop(queue)
        at, left, stored = node
        if not left:
            return price
        if price > best[node]:
            continue
        nexts = [(0, (j, left, stored)) for j in stored if j < left]
        nexts += [(0, (at, left, stored - {j})) for j in stored]
        if len(stored) < K:
            nexts.append((0, (at, left, stored | {at})))
        if at < left:  # one step short of what is left one sweeps back; from further off one advances
            nexts.append((0, (at, left - 1, stored)) if at == left - 1 else (1, (at + 1, left, stored)))
        for more, following in nexts:
            if price + more < best.get(following, 10**9):
                best[following] = price + more
                heapq.heappush(queue, (price + more, next(order), following))
    return None


@pytest.mark.parametrize(("T", "K"), [(T, K) for T in range(1, 10) for K in range(1, 5)])
def test_no_way_at_all_advances_less(T, K):
    assert checkpoint.prices(T, K)[-1, -1] == least_by_search(T, K)


@cache
def fewest_repeats(T, K):
    """How often some step has to be advanced, by trying all places for the next snapshot."""
    if T == 1:
        return 0
    if K == 1:
        return T - 1
    return min(max(1 + fewest_repeats(h, K), fewest_repeats(T - h, K - 1)) for h in range(1, T))


@pytest.mark.parametrize("K", range(1, 8))
def test_the_longest_sequence_for_so_many_repeats(K):
    for r in range(6):
        T = checkpoint.longest(K, r)
        if T < 80:
            assert fewest_repeats(T, K) == r < fewest_repeats(T + 1, K)
    assert checkpoint.longest(K, -1) == 0


def can_be_swept(T, K, r):
    """Go through everything that may be done, in any order, while no step is advanced more than r times."""
    start = (0, T, frozenset(), (0,) * T)
    seen, todo = {start}, [start]
    while todo:
        at, left, stored, advanced = todo.pop()
        if not left:
            return True
        nexts = [(j, left, stored, advanced) for j in stored if j < left]
        if len(stored) < K:
            nexts.append((at, left, stored | {at}, advanced))
        else:  # to forget a state before its place is needed helps nobody
            nexts += [(at, left, stored - {j} | {at}, advanced) for j in stored]
        if at == left - 1:
            nexts.append((at, at, frozenset(j for j in stored if j < at), advanced[:at]))
        elif at < left and advanced[at] < r:
            nexts.append((at + 1, left, stored, (*advanced[:at], advanced[at] + 1, *advanced[at + 1 :])))
        todo += [node for node in nexts if node not in seen]
        seen |= set(nexts)
    return False


@pytest.mark.parametrize(("K", "r"), [(1, 1), (2, 1), (3, 1), (5, 1), (1, 2), (2, 2), (1, 3), (1, 4)])
def test_no_way_at_all_goes_farther(K, r):
    T = checkpoint.longest(K, r)
    assert can_be_swept(T, K, r)
    assert not can_be_swept(T + 1, K, r)


def test_segments_of_the_root_stay_below_twice_the_root():
    for T in range(1, 130):
        schedule, k = checkpoint.segments(T), isqrt(T - 1) + 1
        counted, advanced = watched(schedule, T)
        pieces, last = -(-T // k), (T - 1) % k + 1
        assert counted.steps == T + (pieces - 1) * k + T - pieces
        assert counted.peak == held(schedule) < 2 * sqrt(T)
        assert counted.peak == max(pieces + last - 1, pieces + k - 2 if pieces > 1 else 0)
        assert max(advanced.values(), default=0) <= 2


def test_no_length_of_equal_segments_stores_fewer_states_than_the_root():
    for T in (4, 9, 16, 36, 100, 144):
        found = {k: checkpoint.count(checkpoint.segments(T, k), T) for k in range(1, T + 1) if T % k == 0}
        assert found == {k: (3 * T - k - T // k, k + T // k - 1) for k in found}
        assert found[isqrt(T)].peak == min(counted.peak for counted in found.values()) == 2 * isqrt(T) - 1


def test_every_state_kept_is_one_segment_or_segments_of_one():
    for T in range(1, 12):
        assert checkpoint.count(checkpoint.segments(T, T), T) == (2 * T - 1, T)
        assert checkpoint.count(checkpoint.segments(T, 1), T) == (2 * T - 1, T)


def test_no_step_is_no_action():
    for schedule in (checkpoint.segments(0), checkpoint.revolve(0, 3), checkpoint.dynamic(0, 3)):
        assert schedule == []
        assert checkpoint.count(schedule, 0) == (0, 0)
    assert checkpoint.prices(0, 3).shape == (0, 3)


def test_more_snapshots_than_steps_cost_nothing():
    """100,000 columns, each computed, would take half a minute."""
    begun = time.process_time()
    table = checkpoint.prices(4, 10**5)
    assert time.process_time() - begun < 1
    assert (table[:, 3:] == checkpoint.prices(4, 4)[:, [3]]).all()
    assert (table[:, :5] == checkpoint.prices(4, 5)).all()
    assert checkpoint.dynamic(4, 10**5) == checkpoint.dynamic(4, 4)


def test_the_whole_numbers_of_numpy_are_whole_numbers():
    plain = checkpoint.revolve(9, 3)
    counted = checkpoint.count([(verb, np.int64(t)) for verb, t in plain], np.int64(9))
    assert counted == checkpoint.count(plain, 9)
    assert {type(price) for price in counted} == {int}


def test_ten_thousand_steps_need_no_recursion():
    T = 10_000
    for K in (100, T):
        assert checkpoint.count(checkpoint.revolve(T, K), T).peak <= K
    assert checkpoint.count(checkpoint.revolve(300, 1), 300) == (300 * 301 // 2, 1)


def test_the_memory_of_the_runner_is_that_of_the_stored_states():
    """Long states and a single class, so that nothing but the states matters."""
    T, n = 300, 4000
    s_0, states = np.zeros(n), 8 * n

    def peak(schedule):
        tracemalloc.start()
        counted = checkpoint.run(schedule, T, s_0, lambda t, s: s + t, lambda _, s: s.sum())
        measured = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return counted.peak, measured / states

    for schedule in (checkpoint.segments(T), checkpoint.revolve(T, 8), checkpoint.segments(T, T)):
        stored, measured = peak(schedule)
        assert stored - 2 <= measured <= stored + 4


def test_gradients_take_less_memory_than_the_plain_sweep():
    letters = draw(0, T=1500, n=40, m=1, q=1)
    schedule = checkpoint.revolve(1500, 12)

    def peak(compute):
        tracemalloc.start()
        compute()
        measured = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return measured

    plain = peak(lambda: backward.backward(**letters))
    assert peak(lambda: checkpoint.gradients(**letters, schedule=schedule)) < plain / 5


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ([("advance", 3)], r"^action 1 of the schedule is \('advance', 3\), which cannot be done at s_0 "),
        ([("advance", 3)], r" with nothing stored and steps 1 to 3 left; advance goes to a later state below s_3, "),
        ([("store", 0), ("advance", 2), ("advance", 1)], r"^action 3 .* at s_2 with s_0 stored and steps 1 to 3 left"),
        ([("store", 1)], r"^action 1 of the schedule is \('store', 1\), .* store keeps the state that one is at"),
        ([("store", 0), ("restore", 1)], r"restore takes a stored one"),
        ([("back", 3)], r"back takes step 3 from s_2\.$"),
        ([("store", 0), ("advance", 2), ("back", 3), ("restore", 2)], r"^action 4 .* with s_0 stored"),
        ([("store", 0), ("advance", 2), ("store", 2), ("back", 3), ("store", 2)], r"^action 5 "),
        ([("leap", 1)], r"^action 1 of the schedule is \('leap', 1\), which cannot be done"),
        ([("advance", 1.5)], r"^action 1 of the schedule is \('advance', 1\.5\), which cannot be done"),
        ([("advance",)], r"^action 1 of the schedule is \('advance',\), which cannot be done"),
        ([checkpoint.Action("advance", 7)], r"^action 1 of the schedule is Action\(verb='advance', t=7\), which"),
        ([("advance", 2), ("back", 3)], r"^the schedule ends with steps 1 to 2 of 3 left; it must sweep back through"),
        ([], r"^the schedule ends with steps 1 to 3 of 3 left"),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_done_is_refused(schedule, message):
    with pytest.raises(ValueError, match=message):
        checkpoint.count(schedule, 3)


def test_a_schedule_for_another_length_is_refused():
    with pytest.raises(ValueError, match=r"^action 2 of the schedule is Action\(verb='advance', t=9\)"):
        checkpoint.gradients(**draw(0), schedule=checkpoint.segments(13, 9))
    with pytest.raises(ValueError, match=r"^action 3 of the schedule is Action\(verb='back', t=8\), .* takes step 9 "):
        checkpoint.gradients(**draw(0), schedule=checkpoint.revolve(8, 1))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: checkpoint.revolve(-1, 2), ValueError, r"^T is -1; it must be at least 0\.$"),
        (lambda: checkpoint.segments(2.0), TypeError, r"^T is 2\.0; it must be a whole number, at least 0\.$"),
        (
            lambda: checkpoint.prices(T=True, snapshots=1),
            TypeError,
            r"^T is True; it must be a whole number, at least 0\.$",
        ),
        (lambda: checkpoint.repeats(5, -3), ValueError, r"^snapshots is -3; it must be at least 1\.$"),
        (lambda: checkpoint.repeats(-5, 1), ValueError, r"^T is -5; it must be at least 0\.$"),
        (lambda: checkpoint.longest(-1, 2), ValueError, r"^snapshots is -1; it must be at least 1\.$"),
        (lambda: checkpoint.dynamic(5, 0), ValueError, r"^snapshots is 0; it must be at least 1\.$"),
        (lambda: checkpoint.revolve(5, 1.5), TypeError, r"^snapshots is 1\.5; it must be a whole number"),
        (lambda: checkpoint.segments(5, 0), ValueError, r"^length is 0; it must be at least 1\.$"),
        (lambda: checkpoint.count([], None), TypeError, r"^T is None; it must be a whole number, at least 0\.$"),
    ],
)
def test_sizes_that_are_none_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.filterwarnings("error")
def test_bad_letters_and_overflow_are_named():
    schedule = checkpoint.revolve(9, 2)
    with pytest.raises(ValueError, match=r"^b has shape \(1,\); it must be \(n,\) with n = 3 as in W\.$"):
        checkpoint.gradients(**draw(0) | {"b": [0.0]}, schedule=schedule)
    with pytest.raises(OverflowError, match=r"^a_1 is \[.*inf.*\]: numbers became too large"):
        checkpoint.gradients(**draw(0) | {"U": np.full((3, 2), 1e308), "x": np.full((9, 2), 9)}, schedule=schedule)
    with pytest.raises(OverflowError, match=r"^o_9 is \[.*inf.*\]: numbers became too large"):
        checkpoint.gradients(
            **draw(0) | {"V": np.full((4, 3), 1.7e308), "b": np.ones(3), "W": np.eye(3), "U": np.zeros((3, 2))},
            schedule=schedule,
        )
    huge = draw(0) | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": np.zeros(3), "s_0": np.zeros(3)}
    with pytest.raises(OverflowError, match=r"^the gradient by [UWVbcs_0]+ is not finite"):
        checkpoint.gradients(**huge, schedule=schedule)


MISTAKES = {
    "W for its transpose": ("self.W.T @ self.delta_next)\n", "self.W @ self.delta_next)\n"),
    "the slope of the state": ("slopes(a_t)", "np.diag(1 - s_t**2)"),
    "the state after the step": ("np.outer(delta_t, s)", "np.outer(delta_t, s_t)"),
    "no mask": ("m_t * np.where", "np.where"),
    "a subtraction": ("np.where(y_t == 1, np.expm1(-E_t), np.exp(log_y_hat_t))", "(np.exp(log_y_hat_t) - y_t)"),
    "a delta that is not carried": ("self.delta_next = delta_t", "pass"),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(right, wrong):
    source = inspect.getsource(checkpoint)
    assert source.count(right) == 1
    mistaken = dict(vars(checkpoint))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    letters = draw(7)
    found = mistaken["gradients"](**letters, schedule=checkpoint.revolve(9, 3))
    with pytest.raises(AssertionError):
        assert_same_bits(found, backward.backward(**letters))


def test_a_draw_of_the_book_gives_the_same_bits():
    for seed in range(7):
        letters = draws.rnn(seed)
        T = len(letters["x"])
        assert_same_bits(checkpoint.gradients(**letters, schedule=checkpoint.segments(T)), backward.backward(**letters))
