"""LSTM, GRU, and training a GRU, by `bptt` and by its peers, in the form that `peers` describes.

The peers stack the gates, so that a step has one product with all of W. PyTorch adds two biases where one is enough:
the second stays zero, but for that part of it which the GRU calls beta.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from bptt import gru, lstm, text, train

if TYPE_CHECKING:
    from peers import Letters, Peer

    Size = tuple[int, ...]

MODULES = {"lstm": lstm, "gru": gru}
ORDER = {"lstm": ("i", "f", "g", "omega"), "gru": ("r", "z", "g")}
"""How the peers stack the gates: the order of PyTorch."""
STARTS = {"lstm": ("s_0", "kappa_0"), "gru": ("s_0",)}
STEPS, RATE = 20, 0.02
"""How many steps of training are timed together, and the first rate."""


def draw(kernel: str, size: Size, dtype: str) -> Letters:
    """Draw a minibatch of B sequences of T tokens out of v, and a network with n units."""
    (T, n, v, B), rng = size, np.random.default_rng(0)
    sizes = {"n": n, "m": v, "q": v}
    shapes = {name: tuple(sizes[axis] for axis in axes) for name, axes in MODULES[kernel].AXES.items()}
    shapes |= dict.fromkeys(STARTS[kernel], (B, n))
    letters = {name: (rng.standard_normal(shape) / np.sqrt(n)).astype(dtype) for name, shape in shapes.items()}
    return letters | {name: rng.integers(v, size=(T, B)) for name in ("x", "y")}


def stack(kernel: str, letters: Letters) -> Letters:
    """Put the U, the W and the b of all gates below each other; leave the data out."""
    rows = {name: np.concatenate([letters[f"{name}_{gate}"] for gate in ORDER[kernel]]) for name in "UWb"}
    return rows | {name: letters[name] for name in ("beta", "V", "c", *STARTS[kernel]) if name in letters}


def apart(kernel: str, found: dict[str, Any]) -> dict[str, Any]:
    """Undo `stack`."""
    gates = ORDER[kernel]
    rows = {name: dict(zip(gates, np.split(found[name], len(gates)), strict=True)) for name in "UWb"}
    return {f"{name}_{gate}": rows[name][gate] for name in "UWb" for gate in gates} | {
        name: value for name, value in found.items() if name not in rows
    }


def ours(kernel: str, letters: Letters) -> Peer:
    """Prepare `bptt.lstm` or `bptt.gru`, which check their arguments in every call."""
    parameters = {name: letters[name] for name in MODULES[kernel].PARAMETERS}
    others = [letters[name] for name in (*STARTS[kernel], "x", "y")]
    found: list[Any] = [None]

    def run() -> None:
        found[0] = MODULES[kernel].gradients(parameters, *others)

    return run, lambda: {"E": found[0].E} | found[0].by


def torch_network(kernel: str, stacked: Letters) -> tuple[Any, Any, dict[str, Any]]:
    """Make PyTorch's own layer and the output behind it, and name their parameters."""
    import torch  # noqa: PLC0415  # each process imports its own peer alone

    torch.set_num_threads(1)
    (rows, v), n, dtype = stacked["U"].shape, stacked["W"].shape[1], torch.tensor(stacked["U"]).dtype
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kernel](v, n, dtype=dtype)
    out = torch.nn.Linear(n, v, dtype=dtype)
    parameters = dict(zip(("U", "W", "b", "second"), layer.parameters(), strict=True))
    parameters |= {"V": out.weight, "c": out.bias}
    second = np.zeros(rows)
    if kernel == "gru":
        second[2 * n :] = stacked["beta"]
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.tensor(second if name == "second" else stacked[name]))
    return layer, out, parameters


def by_torch(kernel: str, letters: Letters) -> Peer:
    """Prepare PyTorch's own layer."""
    import torch  # noqa: PLC0415  # as above

    layer, out, parameters = torch_network(kernel, stack(kernel, letters))
    (_, v), n = out.weight.shape[::-1], out.weight.shape[1]
    starts = {name: torch.tensor(letters[name][np.newaxis], requires_grad=True) for name in STARTS[kernel]}
    begun = tuple(starts.values()) if kernel == "lstm" else starts["s_0"]
    one_hot = torch.nn.functional.one_hot(torch.tensor(letters["x"]), v).to(out.weight.dtype)
    y, wanted = torch.tensor(letters["y"]).reshape(-1), parameters | starts
    found: list[Any] = [None, None]

    def run() -> None:
        states, _ = layer(one_hot, begun)
        E = torch.nn.functional.cross_entropy(out(states).reshape(len(y), -1), y, reduction="sum")
        found[:] = E, torch.autograd.grad(E, tuple(wanted.values()))

    def read() -> dict[str, Any]:
        by = {name: gradient.numpy() for name, gradient in zip(wanted, found[1], strict=True)}
        second = by.pop("second")
        by |= {name: by[name][0] for name in starts} | ({"beta": second[2 * n :]} if kernel == "gru" else {})
        return {"E": found[0].item()} | apart(kernel, by)

    return run, read


def jax_loss(kernel: str, parameters: Any, x: Any, y: Any) -> Any:  # noqa: ANN401  # arrays of JAX
    """Run a scan over the steps; return the sum of the losses and the last states."""
    import jax  # noqa: PLC0415  # as above
    from jax import numpy as jnp  # noqa: PLC0415  # as above

    U, W, b, V, c = (parameters[name] for name in "UWbVc")

    def lstm_step(before: Any, a: Any) -> tuple[Any, Any]:  # noqa: ANN401  # as above
        s, kappa = before
        i, f, g, omega = jnp.split(a + s @ W.T, 4, axis=-1)
        kappa = jax.nn.sigmoid(f) * kappa + jax.nn.sigmoid(i) * jnp.tanh(g)
        s = jax.nn.sigmoid(omega) * jnp.tanh(kappa)
        return (s, kappa), s

    def gru_step(before: Any, a: Any) -> tuple[Any, Any]:  # noqa: ANN401  # as above
        (s,) = before
        (a_r, a_z, a_g), (r, z, mu) = jnp.split(a, 3, axis=-1), jnp.split(s @ W.T, 3, axis=-1)
        r, z = jax.nn.sigmoid(a_r + r), jax.nn.sigmoid(a_z + z)
        g = jnp.tanh(a_g + r * (mu + parameters["beta"]))
        s = (1 - z) * g + z * s
        return (s,), s

    begun = tuple(parameters[name] for name in STARTS[kernel])
    last, states = jax.lax.scan({"lstm": lstm_step, "gru": gru_step}[kernel], begun, U.T[x] + b)
    logits = states @ V.T + c
    right = jnp.take_along_axis(logits, y[..., None], axis=-1)[..., 0]
    return (jax.nn.logsumexp(logits, axis=-1) - right).sum(), last


def by_jax(kernel: str, letters: Letters) -> Peer:
    """Prepare and compile a scan in JAX."""
    import jax  # noqa: PLC0415  # as above

    jax.config.update("jax_enable_x64", val=True)
    arrays = jax.tree.map(jax.numpy.asarray, stack(kernel, letters))
    x, y = (jax.numpy.asarray(letters[name]) for name in ("x", "y"))
    compiled = jax.jit(jax.value_and_grad(lambda *given: jax_loss(kernel, *given), has_aux=True))
    found: list[Any] = [None]

    def run() -> None:
        found[0] = jax.block_until_ready(compiled(arrays, x, y))

    def read() -> dict[str, Any]:
        (E, _), by = found[0]
        return {"E": float(E)} | apart(kernel, {name: np.asarray(gradient) for name, gradient in by.items()})

    return run, read


def begin(size: Size) -> tuple[train.Training, text.Tokens]:
    """Start the character model of the book, and cut off as much of its text as is read in STEPS minibatches."""
    T, n, _, B = size
    whole = text.load()
    vocabulary = text.Vocabulary.of(whole)
    learnt, _ = text.split(vocabulary.encode(whole))
    start = train.begin(train.GRU, learnt, vocabulary.size, n, seed=0)
    return start, learnt[: STEPS * T * B + 1]


def our_training(size: Size, _: str) -> Peer:
    """Prepare `bptt.train`, without its progress bar."""
    (T, _, _, B), (start, tokens) = size, begin(size)
    found: list[Any] = [None]

    def run() -> None:
        with contextlib.redirect_stderr(io.StringIO()):
            found[0] = train.train(train.GRU, start, tokens, T=T, B=B, steps=STEPS, rate=RATE)

    return run, lambda: {"losses": found[0].losses} | found[0].parameters


def torch_training(size: Size, _: str) -> Peer:
    """Prepare the same with PyTorch's layer, clipping, optimiser and schedule of rates."""
    import torch  # noqa: PLC0415  # as above

    (T, n, v, B), (start, tokens) = size, begin(size)
    stacked = stack("gru", start.parameters | {"s_0": np.zeros((B, n))})
    batches = [
        (torch.nn.functional.one_hot(torch.tensor(x), v).double(), torch.tensor(y).reshape(-1))
        for x, y in text.minibatches(tokens, T, B)
    ]
    found: list[Any] = [None, None]

    def run() -> None:
        layer, out, parameters = torch_network("gru", stacked)
        is_beta = torch.arange(3 * n) >= 2 * n
        parameters["second"].register_hook(lambda gradient: gradient * is_beta)  # one bias for the gates, as ours
        optimiser = torch.optim.Adam(parameters.values(), lr=RATE, fused=True)
        rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=STEPS)
        state, losses = torch.zeros(1, B, n, dtype=torch.float64), []
        for one_hot, y in batches:
            states, state = layer(one_hot, state.detach())
            loss = torch.nn.functional.cross_entropy(out(states).reshape(len(y), -1), y)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
            optimiser.step()
            rates.step()
            losses.append(loss.detach())
        found[:] = torch.stack(losses), parameters

    def read() -> dict[str, Any]:
        moved = {name: parameter.detach().numpy() for name, parameter in found[1].items()}
        moved["beta"] = moved.pop("second")[2 * n :]
        return {"losses": found[0].numpy() / np.log(2)} | apart("gru", moved)

    return run, read


def jax_training(size: Size, _: str) -> Peer:
    """Prepare the same in JAX, one compiled function for a step. JAX has no optimisers: Adam is written out."""
    import jax  # noqa: PLC0415  # as above
    from jax import numpy as jnp  # noqa: PLC0415  # as above

    jax.config.update("jax_enable_x64", val=True)
    (T, n, _, B), (start, tokens) = size, begin(size)
    rest = jnp.zeros((B, n))
    drawn = jax.tree.map(jnp.asarray, stack("gru", dict(start.parameters)))
    batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in text.minibatches(tokens, T, B)]

    def loss(parameters: Any, s: Any, x: Any, y: Any) -> Any:  # noqa: ANN401  # as above
        E, (s,) = jax_loss("gru", parameters | {"s_0": s}, x, y)
        return E / y.size, s

    @jax.jit
    def step(k: Any, reached: Any, batch: Any) -> Any:  # noqa: ANN401  # as above
        parameters, means, squares, s = reached
        (E, s), by = jax.value_and_grad(loss, has_aux=True)(parameters, s, *batch)
        shorter = 1 / jnp.maximum(1, jnp.sqrt(sum((gradient**2).sum() for gradient in by.values())))
        by = {name: shorter * gradient for name, gradient in by.items()}
        means = {name: 0.9 * means[name] + 0.1 * gradient for name, gradient in by.items()}
        squares = {name: 0.999 * squares[name] + 0.001 * gradient**2 for name, gradient in by.items()}
        rate = RATE * (1 + jnp.cos(jnp.pi * k / STEPS)) / 2
        parameters = {
            name: value
            - rate * means[name] / (1 - 0.9 ** (k + 1)) / (jnp.sqrt(squares[name] / (1 - 0.999 ** (k + 1))) + 1e-8)
            for name, value in parameters.items()
        }
        return E, (parameters, means, squares, s)

    found: list[Any] = [None, None]

    def run() -> None:
        zeros = jax.tree.map(jnp.zeros_like, drawn)
        reached, losses = (drawn, zeros, zeros, rest), []
        for k, batch in enumerate(batches):
            E, reached = step(k, reached, batch)
            losses.append(E)
        found[:] = jax.block_until_ready((losses, reached[0]))

    def read() -> dict[str, Any]:
        moved = {name: np.asarray(value) for name, value in found[1].items()}
        return {"losses": np.array(found[0]) / np.log(2)} | apart("gru", moved)

    return run, read
