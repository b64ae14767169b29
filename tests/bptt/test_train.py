"""Training: Adam against the paper's lines, Ctrl-C for real, checkpoints that are killed while they are written."""

import hashlib
import io
import os
import re
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from bptt import fast, rnn, text, train

SIZE, UNITS, HOW = 5, 4, {"T": 3, "B": 2, "steps": 40}
TOKENS = np.random.default_rng(3).integers(SIZE, size=200)  # 33 minibatches: within 40 steps the text is read again


def begun(seed=0):
    return train.begin(train.RNN, TOKENS, SIZE, UNITS, seed=seed)


def same(one, other):
    """Bit for bit, dtypes and names as well."""
    groups = ("parameters", "mean", "square", "state")
    pairs = [(getattr(one, group), getattr(other, group)) for group in groups]
    return (one.step, one.losses, one.how) == (other.step, other.losses, other.how) and all(
        [*a] == [*b] and all((a[k].dtype, a[k].tobytes()) == (b[k].dtype, b[k].tobytes()) for k in a) for a, b in pairs
    )


def one_after_the_other(steps, *, T, B, rate, threshold):
    """The whole of training in plain lines, on one vector of all weights, with nothing of bptt.train."""
    shapes = {"U": (UNITS, SIZE), "W": (UNITS, UNITS), "V": (SIZE, UNITS), "b": (UNITS,), "c": (SIZE,)}
    first = begun().parameters
    weights = np.concatenate([first[name].ravel() for name in shapes])
    mean, square, losses = np.zeros_like(weights), np.zeros_like(weights), []
    length = (len(TOKENS) - 1) // B
    for k in range(1, steps + 1):
        at = (k - 1) % (length // T) * T
        if at == 0:
            s_0 = np.zeros((B, UNITS))
        x = np.array([[TOKENS[b * length + at + t] for b in range(B)] for t in range(T)])
        y = np.array([[TOKENS[b * length + at + t + 1] for b in range(B)] for t in range(T)])
        cuts = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1]
        named = {n: part.reshape(shapes[n]) for n, part in zip(shapes, np.split(weights, cuts), strict=True)}
        found = fast.gradients(**named, s_0=s_0, x=x, y=y)
        s_0 = found.s_T
        g = np.concatenate([getattr(found, name).ravel() for name in shapes]) / (T * B)
        g = g * min(1, threshold / np.linalg.norm(g))
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        eta = rate * (1 + np.cos(np.pi * (k - 1) / steps)) / 2
        weights = weights - eta * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
        losses.append(found.E / (T * B) / np.log(2))
    return weights, losses


@pytest.mark.parametrize("threshold", [0.2, 100.0])
def test_training_is_what_the_plain_lines_do(threshold):
    done = train.train(train.RNN, begun(), TOKENS, **HOW, rate=0.05, threshold=threshold)
    weights, losses = one_after_the_other(**HOW, rate=0.05, threshold=threshold)
    np.testing.assert_allclose(done.losses, losses, rtol=1e-9)
    mine = np.concatenate([done.parameters[name].ravel() for name in ("U", "W", "V", "b", "c")])
    np.testing.assert_allclose(mine, weights, rtol=1e-8, atol=1e-10)


def test_the_start_knows_how_often_each_character_occurs():
    counts = np.array([TOKENS.tolist().count(i) for i in range(SIZE)]) + 1
    np.testing.assert_allclose(np.exp(begun().parameters["c"]), counts / counts.sum(), rtol=1e-14)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_every_network_follows_its_gradient_downhill(name):
    """A tiny step along the gradient changes the loss by what the gradient says, with states that are carried."""
    model = getattr(train, name)
    parameters = train.begin(model, TOKENS, SIZE, UNITS, seed=1).parameters
    x, y = next(text.minibatches(TOKENS, 6, 2))
    _, _, state = model.gradients(parameters, model.rest(parameters, 2), x, y)
    _, gradients, after = model.gradients(parameters, state, x, y)
    assert gradients.keys() == parameters.keys()
    assert {key: value.shape for key, value in after.items()} == {key: value.shape for key, value in state.items()}
    slope = sum((g**2).sum() for g in gradients.values())
    there, back = (
        model.gradients({key: value - h * gradients[key] for key, value in parameters.items()}, state, x, y)[0]
        for h in (1e-6, -1e-6)
    )
    assert (back - there) / 2e-6 == pytest.approx(slope, rel=1e-6)
    done = train.train(model, train.begin(model, TOKENS, SIZE, UNITS, seed=1), TOKENS, T=10, B=4, steps=60)
    assert done.losses[-1] < done.losses[0]


def test_it_learns():
    tokens = np.resize([0, 1, 2, 0, 3], 400)
    done = train.train(train.RNN, begun(), tokens, T=8, B=4, steps=300, rate=0.03)
    assert train.bits(train.RNN, done.parameters, tokens) < 0.05
    written = train.sample(train.RNN, done.parameters, [1, 2, 0], 20, seed=0, temperature=0.5)
    assert written.tolist() == np.resize([3, 0, 1, 2, 0], 20).tolist()


def test_the_same_arguments_give_the_same_bits_and_nothing_given_is_changed():
    begins = begun()
    tokens, before = TOKENS.copy(), {name: value.copy() for name, value in begins.parameters.items()}
    one, other = (train.train(train.RNN, begins, tokens, **HOW) for _ in range(2))
    assert same(one, other)
    assert (tokens == TOKENS).all()
    assert all((before[name] == begins.parameters[name]).all() for name in before)
    assert not same(one, train.train(train.RNN, begun(1), tokens, **HOW))


def test_bits_are_the_loss_of_the_plain_network_per_character():
    parameters = begun().parameters
    run = rnn.forward(**parameters, s_0=np.zeros(UNITS), x=TOKENS[:-1], y=TOKENS[1:])
    told = run.total / np.log(2) / (len(TOKENS) - 1)
    assert train.bits(train.RNN, parameters, TOKENS) == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_a_prediction_keeps_the_digits_of_every_class(name):
    model, logits = getattr(train, name), np.array([-60.0, 30.0, -20.0, 0.0, -40.0])
    for order in (logits, logits[::-1], np.array([60.0, 0.0, 0.0, 0.0, 0.0])):
        parameters = {
            key: 0 * value for key, value in train.begin(model, TOKENS, SIZE, UNITS, seed=0).parameters.items()
        }
        y_hat, _ = train.predictions(model, parameters | {"c": order}, model.rest(parameters, 1), 2)
        np.testing.assert_allclose(y_hat, np.exp(order - np.log(np.exp(order).sum())), rtol=1e-13)


def test_predictions_are_those_of_the_plain_network():
    parameters, state = begun().parameters, {"s_0": np.zeros((1, UNITS))}
    run = rnn.forward(**parameters, s_0=np.zeros(UNITS), x=TOKENS[:9], y=TOKENS[1:10])
    for token, wanted in zip(TOKENS[:9], run.y_hat, strict=True):
        y_hat, state = train.predictions(train.RNN, parameters, state, token)
        np.testing.assert_allclose(y_hat, wanted, rtol=1e-12)


def test_a_sample_has_the_frequencies_of_the_prediction_at_its_temperature():
    logits = np.array([0.0, 1.0, 2.0, -1.0, 0.5])
    parameters = {name: 0 * value for name, value in begun().parameters.items()} | {"c": logits}
    for temperature in (1.0, 0.5, 2.0):
        drawn = train.sample(train.RNN, parameters, [0], 4000, seed=1, temperature=temperature)
        wanted = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
        np.testing.assert_allclose(np.bincount(drawn, minlength=SIZE) / 4000, wanted, atol=0.025)
    for temperature in (1e-3, 5e-324):
        cold = train.sample(train.RNN, parameters, [0], 50, seed=1, temperature=temperature)
        assert cold.tolist() == [2] * 50
    np.testing.assert_array_equal(train.tempered(np.array([0.3, 0.0, 0.7]), 5e-324), [0, 0, 1])


def test_single_steps_shrink_along_the_cosine():
    """With gradients that are all alike, Adam's step is its rate: 1, then (1 + cos(pi k / steps)) / 2 of it."""
    model = train.RNN._replace(gradients=lambda *given: (1.0, {"c": np.full(SIZE, 1e-3)}, given[1]))
    begins = train.Training(0, *({"c": np.zeros(SIZE)} for _ in range(3)), {}, ())
    model = model._replace(rest=lambda *_: {})
    before, moved = begins, []
    for k in range(1, 5):
        after = train.train(until(model, k), begins, TOKENS, T=3, B=2, steps=4, rate=0.1)
        moved.append(float((before.parameters["c"] - after.parameters["c"])[0]))
        before = after
    np.testing.assert_allclose(moved, 0.1 * np.array([1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2]), rtol=1e-4)


def until(model, step):
    """A model that presses Ctrl-C when one step more would be taken."""
    calls = []

    def gradients(*given):
        calls.append(None)
        if len(calls) > step:
            raise KeyboardInterrupt
        return model.gradients(*given)

    return model._replace(gradients=gradients)


def test_ctrl_c_returns_what_there_is_and_one_can_go_on():
    half = train.train(until(train.RNN, 17), begun(), TOKENS, **HOW)
    assert half.step == len(half.losses) == 17
    whole = train.train(train.RNN, begun(), TOKENS, **HOW)
    assert whole.losses[:17] == half.losses
    assert same(train.train(train.RNN, half, TOKENS, **HOW), whole)


def pressed_at(event):
    """Train, with Ctrl-C before one line of `train`: the lines are counted from the first step on."""
    seen = 0

    def line(frame, kind, _):
        nonlocal seen
        if kind == "line" and "step" in frame.f_locals:
            seen += 1
            if seen == event:
                raise KeyboardInterrupt
        return line

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: line if frame.f_code is train.train.__code__ else None)
    try:
        return train.train(train.RNN, begun(), TOKENS, **HOW)
    finally:
        sys.settrace(before)


def test_ctrl_c_at_any_line_leaves_no_step_half_done():
    steps = [train.train(until(train.RNN, k), begun(), TOKENS, **HOW) for k in range(5)]
    found = [pressed_at(event) for event in range(1, 40)]
    assert {kept.step for kept in found} >= {0, 1, 2}
    assert all(same(kept, steps[kept.step]) for kept in found)


def test_a_start_has_two_means_and_not_one_twice():
    assert begun().mean is not begun().square
    assert begun().mean["W"] is not begun().square["W"]


OTHERWISE = [
    ({"T": 4}, "T is 4, but training began with 3; go on as it began, or begin anew."),
    ({"B": 3}, "B is 3, but training began with 2;"),
    ({"steps": 41}, "steps is 41, but training began with 40;"),
    ({"rate": 0.02}, "rate is 0.02, but training began with 0.01;"),
    ({"threshold": 2.0}, "threshold is 2.0, but training began with 1.0;"),
    ({"tokens": TOKENS[:-1]}, "SHA-256 of tokens is '"),
]


@pytest.mark.parametrize(("change", "message"), OTHERWISE)
def test_whoever_goes_on_otherwise_is_refused(tmp_path, change, message):
    half = train.train(until(train.RNN, 17), begun(), TOKENS, **HOW)
    train.save(tmp_path / "kept", half)
    for training in (half, train.load(tmp_path / "kept")):
        with pytest.raises(ValueError, match="^" + re.escape(message)):
            train.train(train.RNN, training, **{"tokens": TOKENS} | HOW | change)


@pytest.mark.parametrize(("trained", "other"), [("GRU", "RNN"), ("GRU", "LSTM"), ("RNN", "GRU"), ("LSTM", "GRU")])
def test_another_network_is_refused(trained, other):
    model = getattr(train, trained)
    half = train.train(until(model, 3), train.begin(model, TOKENS, SIZE, UNITS, seed=0), TOKENS, **HOW)
    with pytest.raises(ValueError, match=r"^the parameters are U\w*, .*; this network has U\w*, .*\. Are they another"):
        train.train(getattr(train, other), half, TOKENS, **HOW)
    with pytest.raises(ValueError, match=r"^the states are none; this network has s_0"):
        model.gradients(half.parameters, {}, TOKENS[:4].reshape(2, 2), TOKENS[:4].reshape(2, 2))


PROGRAM = """
import sys
import numpy as np
sys.path.insert(0, {here!r})
from test_train import *

def gradients(*given):
    global calls
    calls += 1
    if calls == 500:
        print("ready", flush=True)
    return train.RNN.gradients(*given)

calls = 0
HOW["steps"] = 10**9
done = train.train(train.RNN._replace(gradients=gradients), begun(), TOKENS, **HOW)
train.save({path!r}, done)
print(done.step)
"""


def running(program, **more):
    program = textwrap.dedent(program).format(here=str(Path(__file__).parent), **more)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_real_ctrl_c(tmp_path):
    """What comes back is what training had at that step, not half of the step that was under way."""
    path = tmp_path / "kept"
    with running(PROGRAM, path=str(path)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    kept = train.load(path)
    assert kept.step == len(kept.losses) == int(out) >= 499
    again = train.train(until(train.RNN, kept.step), begun(), TOKENS, **HOW | {"steps": 10**9})
    assert same(kept, again)


def test_a_checkpoint_comes_back_to_the_last_bit(tmp_path):
    path = tmp_path / "kept"
    half = train.train(until(train.RNN, 17), begun(), TOKENS, **HOW)
    train.save(path, half)
    back = train.load(path)
    assert same(back, half)
    assert same(
        train.train(train.RNN, back, TOKENS, **HOW), train.train(train.RNN, begun(), TOKENS, **HOW)
    )  # and the rest of training is the same
    train.save(path, begun())
    assert same(train.load(path), begun())
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_new_file_has_the_usual_permissions_and_an_old_one_its_own(tmp_path):
    path = tmp_path / "kept"
    before = os.umask(0o027)
    try:
        train.save(path, begun())
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        train.save(path, begun(1))
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    link, path = tmp_path / "link", tmp_path / "folder" / "kept"
    link.symlink_to(path)
    for seed in (0, 1):  # the file is not there yet, and is there
        train.save(link, begun(seed))
        assert link.is_symlink()
        assert same(train.load(path), begun(seed))
    assert list((tmp_path / "folder").iterdir()) == [path]


@pytest.mark.parametrize("value", [1.0, np.array(["w"]), np.array([None]), np.ma.array([1.0])])
def test_what_would_not_come_back_is_not_saved(tmp_path, value):
    with pytest.raises(
        TypeError, match=r"(?s)^mean\.c is .*; it must be an array of numbers, for no other comes back\.$"
    ):
        train.save(tmp_path / "kept", begun()._replace(mean={"c": value}))
    assert list(tmp_path.iterdir()) == []


def archive(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"words", b"PK" + 20 * b"\0", archive(step=1), archive(losses=[1.0], step="a"),
        archive(losses=[1.0], step=[1, 2]), archive(losses=1.0, step=1),
        archive(losses=[1.0], step=1, **{"other.W": 1.0}), archive(losses=[None], step=1),
        archive(losses=[1.0], step=1, **{"how.T": [1, 2]}),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_whole_file_with_other_content_is_refused(tmp_path, content):
    path = tmp_path / "kept"
    path.write_bytes(b"bptt checkpoint 1\n" + hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    with pytest.raises(ValueError, match="kept is whole, but holds something else than `save` writes"):
        train.load(path)


KILLED = """
import os, signal, sys
sys.path.insert(0, {here!r})
from test_train import *
os.{when} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
train.save({path!r}, begun(seed=1))
"""


@pytest.mark.parametrize("when", ["fsync", "replace"])
@pytest.mark.parametrize("before", ["a file", "none"])
def test_whoever_is_killed_while_writing_leaves_the_file_as_it_was(tmp_path, when, before):
    path = tmp_path / "kept"
    if before == "a file":
        train.save(path, begun())
    with running(KILLED, path=str(path), when=when) as process:
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1 + (before == "a file")  # what was begun lies beside it
    assert path.exists() == (before == "a file")
    if path.exists():
        assert same(train.load(path), begun())
    train.save(path, begun(seed=2))  # and is in nobody's way
    assert same(train.load(path), begun(seed=2))


WRITING = """
import sys
sys.path.insert(0, {here!r})
from test_train import *
large = train.Training(0, {{"W": np.ones((300, 300))}}, {{}}, {{}}, {{}}, ())
while True:
    train.save({path!r}, large)
    print("saved", flush=True)
"""


@pytest.mark.parametrize("wait", [0.002, 0.009, 0.02])
def test_whoever_is_killed_at_any_time_leaves_a_whole_file(tmp_path, wait):
    path = tmp_path / "kept"
    with running(WRITING, path=str(path)) as process:
        assert process.stdout.readline() == "saved\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(wait)
        process.kill()
        process.communicate()
    assert (train.load(path).parameters["W"] == 1).all()


@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch, error, call):
    path = tmp_path / "kept"
    train.save(path, begun())

    def fail(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(type(error)):
            train.save(path, begun(1))
    assert list(tmp_path.iterdir()) == [path]
    assert same(train.load(path), begun())


@pytest.mark.parametrize("place", [0, 5, 18, 40, 83, 84, 200, -1])
def test_a_changed_byte_is_noticed(tmp_path, place):
    path = tmp_path / "kept"
    train.save(path, begun())
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"is damaged|is no checkpoint"):
        train.load(path)


NOT_OURS = (
    "kept is no checkpoint of bptt.train: it begins with {!r}, and must begin with b'bptt checkpoint 1\\n'. Name a "
    "file that this version's `save` has written."
)
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # the SHA-256 of nothing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda whole: whole[:-1], "bytes of content have SHA-256 "),
        (lambda whole: whole[:30], f"kept is damaged: its 0 bytes of content have SHA-256 {NOTHING}, and its second "),
        (lambda whole: whole[:18], "line promises ''. It was cut off or changed: take another copy, or train anew."),
        (lambda whole: whole + b"more", "kept is damaged"),
        (lambda whole: whole[:0], NOT_OURS.format(b"")),
        (lambda whole: b"PK" + whole, NOT_OURS.format(b"PKbptt checkpoint ")),
        (lambda whole: whole.replace(b"checkpoint 1", b"checkpoint 2"), NOT_OURS.format(b"bptt checkpoint 2\n")),
    ],
)
def test_damaged_and_foreign_files(tmp_path, change, message):
    path = tmp_path / "kept"
    train.save(path, begun())
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        train.load(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_and_a_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="kept"):
        train.load(tmp_path / "kept")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        train.save(tmp_path / "nowhere" / "kept", begun())


class Terminal:
    def __init__(self, terminal):
        self.told, self.isatty = "", lambda: terminal

    def write(self, words):
        self.told += words

    def flush(self):
        pass


def test_the_progress_is_shown_to_a_terminal_alone(monkeypatch):
    for terminal in (True, False):
        monkeypatch.setattr(sys, "stderr", err := Terminal(terminal))
        train.train(train.RNN, begun(), TOKENS, **HOW)
        if terminal:
            assert re.search(r"\r100%\|.*\| 40/40 \[.*step/s, \d\.\d{3} bits per character\]\n$", err.told)
        else:
            assert err.told == ""


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: train.begin(train.RNN, TOKENS, 0, 3, seed=0), ValueError, "size is 0; it must be at least 1."),
        (lambda: train.begin(train.RNN, TOKENS, 5, 1.5, seed=0), TypeError,
         "units is 1.5; it must be a whole number, at least 1."),
        (lambda: train.begin(train.RNN, [0, 7], 5, 3, seed=0), ValueError,
         "tokens holds 7 at index 1; it must be at least 0 and below 5, the number of characters."),
        (lambda: train.train(train.RNN, begun(), TOKENS, T=3, B=2, steps=0), ValueError,
         "steps is 0; it must be at least 1."),
        (lambda: train.train(train.RNN, begun()._replace(step=9), TOKENS, T=3, B=2, steps=5), ValueError,
         "steps is 5, but training has 9 steps behind it; it must be at least that."),
        (lambda: train.train(train.RNN, begun(), TOKENS, **HOW, rate=0), ValueError,
         "rate is 0; it must be a finite number above 0."),
        (lambda: train.train(train.RNN, begun(), TOKENS, **HOW, threshold=-1), ValueError,
         "threshold is -1; it must be a finite number above 0."),
        (lambda: train.train(train.RNN, begun(), [0, 1, 2], **HOW), ValueError,
         "tokens has shape (3,); a minibatch of T = 3 and B = 2 needs 7."),
        (lambda: train.train(train.RNN, begun(), TOKENS + 3, **HOW), ValueError,
         "x holds 7 at index (0, 0); it must be at least 0 and below 5, the number of columns of U."),
        (lambda: train.bits(train.RNN, begun().parameters, [1]), ValueError,
         "tokens has shape (1,); a minibatch of T = 1 and B = 1 needs 2."),
        (lambda: train.sample(train.RNN, begun().parameters, [], 3, seed=0), ValueError,
         "prompt has shape (0,); it must be (N,) with N at least 1."),
        (lambda: train.sample(train.RNN, begun().parameters, [9], 3, seed=0), ValueError,
         "x holds 9 at index (0, 0); it must be at least 0 and below 5, the number of columns of U."),
        (lambda: train.begin(train.RNN, TOKENS, 5, 3, seed=-1), ValueError, "seed is -1; it must be at least 0."),
        (lambda: train.sample(train.RNN, begun().parameters, [0], 3, seed=-2), ValueError,
         "seed is -2; it must be at least 0."),
        (lambda: train.train(train.RNN, begun(), TOKENS, **HOW, rate="a"), TypeError,
         "rate is 'a'; it must be a number."),
        (lambda: train.train(train.RNN, begun(), TOKENS, **HOW, rate=None), TypeError,
         "rate is None; it must be a number."),
        (lambda: train.train(train.RNN, begun(), TOKENS, **HOW, threshold="a"), TypeError,
         "threshold is 'a'; it must be a number above 0."),
        (lambda: train.sample(train.RNN, begun().parameters, [0], 3, seed=0, temperature="1"), TypeError,
         "temperature is '1'; it must be a number."),
        (lambda: train.sample(train.RNN, begun().parameters, [0], 0, seed=0), ValueError,
         "length is 0; it must be at least 1."),
        (lambda: train.sample(train.RNN, begun().parameters, [0], 3, seed=0, temperature=0), ValueError,
         "temperature is 0; it must be a finite number above 0."),
    ],
)  # fmt: skip
def test_bad_arguments(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
