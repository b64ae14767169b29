"""The same loss and the same gradients by `bptt.fast` and by its peers, each in its best idiom, on one thread.

Each function takes the letters of a minibatch, as `draw` makes them, and returns two functions: one that computes the
loss and the gradients once, to its end, and one that hands the last results over as NumPy arrays.

A peer keeps its parameters in the layout that suits it, and sees each of them as its own framework wants it: PyTorch's
loop takes the inputs apart with `unbind`, for indexing a tensor in the loop costs time that grows with T**2; its own
layer takes one-hot inputs, made once, outside of what is timed; in JAX the inputs and the logits stand outside `scan`,
and all is compiled before it is timed.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Letters = dict[str, np.ndarray[Any, Any]]
    Peer = tuple[Callable[[], Any], Callable[[], dict[str, Any]]]

NAMES = ("U", "W", "V", "b", "c", "s_0")


def draw(T: int, n: int, v: int, B: int, dtype: str) -> Letters:
    """Draw a minibatch of B sequences of T tokens out of v, and a network with n units."""
    rng = np.random.default_rng(0)
    sizes = {"U": (n, v), "W": (n, n), "V": (v, n), "b": n, "c": v, "s_0": (B, n)}
    letters = {name: (rng.standard_normal(size) / np.sqrt(n)).astype(dtype) for name, size in sizes.items()}
    return letters | {name: rng.integers(v, size=(T, B)) for name in ("x", "y")}


def ours(letters: Letters) -> Peer:
    """Prepare `bptt.fast`, which checks its arguments in every call."""
    from bptt import fast  # noqa: PLC0415  # each process imports its own peer alone

    found: list[Any] = [None]

    def run() -> None:
        found[0] = fast.gradients(**letters)

    return run, lambda: {"E": found[0].E} | {name: getattr(found[0], name) for name in NAMES}


def torch_loop(letters: Letters) -> Peer:
    """Prepare a loop over the steps in PyTorch."""
    import torch  # noqa: PLC0415  # as above

    torch.set_num_threads(1)
    columns = torch.tensor(np.ascontiguousarray(letters["U"].T), requires_grad=True)
    W, V, b, c, s_0 = (torch.tensor(letters[name], requires_grad=True) for name in NAMES[1:])
    x, y = torch.tensor(letters["x"]), torch.tensor(letters["y"]).reshape(-1)
    found: list[Any] = [None, None]

    def run() -> None:
        s, states, W_T = s_0, [], W.t()
        for a in (torch.nn.functional.embedding(x, columns) + b).unbind(0):
            s = torch.tanh(torch.addmm(a, s, W_T))
            states.append(s)
        logits = torch.nn.functional.linear(torch.stack(states), V, c).reshape(len(y), -1)
        E = torch.nn.functional.cross_entropy(logits, y, reduction="sum")
        found[:] = E, torch.autograd.grad(E, (columns, W, V, b, c, s_0))

    def read() -> dict[str, Any]:
        by_columns, *others = (gradient.numpy() for gradient in found[1])
        return {"E": found[0].item()} | dict(zip(NAMES, (by_columns.T, *others), strict=True))

    return run, read


def torch_layer(letters: Letters) -> Peer:
    """Prepare PyTorch's own recurrent layer."""
    import torch  # noqa: PLC0415  # as above

    torch.set_num_threads(1)
    U, W, V, b, c, s_0 = (torch.tensor(letters[name]) for name in NAMES)
    layer = torch.nn.RNN(U.shape[1], U.shape[0], dtype=U.dtype)
    out = torch.nn.Linear(V.shape[1], V.shape[0], dtype=V.dtype)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (U, W, b, torch.zeros_like(b)), strict=True):
            parameter.copy_(value)
        out.weight.copy_(V)
        out.bias.copy_(c)
    start = s_0.unsqueeze(0).requires_grad_()
    U, W, b, _ = layer.parameters()
    one_hot = torch.nn.functional.one_hot(torch.tensor(letters["x"]), U.shape[1]).to(U.dtype)
    y = torch.tensor(letters["y"]).reshape(-1)
    found: list[Any] = [None, None]

    def run() -> None:
        states, _ = layer(one_hot, start)
        E = torch.nn.functional.cross_entropy(out(states).reshape(len(y), -1), y, reduction="sum")
        found[:] = E, torch.autograd.grad(E, (U, W, out.weight, b, out.bias, start))

    def read() -> dict[str, Any]:
        *others, by_start = (gradient.numpy() for gradient in found[1])
        return {"E": found[0].item()} | dict(zip(NAMES, (*others, by_start[0]), strict=True))

    return run, read


def jax(letters: Letters) -> Peer:
    """Prepare and compile a scan in JAX."""
    import jax  # noqa: PLC0415  # as above
    from jax import numpy as jnp  # noqa: PLC0415  # as above

    jax.config.update("jax_enable_x64", val=True)

    def loss(parameters: dict[str, Any], x: Any, y: Any) -> Any:  # noqa: ANN401  # arrays of JAX
        U, W, V, b, c, s_0 = (parameters[name] for name in NAMES)

        def step(s: Any, a: Any) -> tuple[Any, Any]:  # noqa: ANN401  # as above
            s = jnp.tanh(a + s @ W.T)
            return s, s

        _, states = jax.lax.scan(step, s_0, U.T[x] + b)
        logits = states @ V.T + c
        right = jnp.take_along_axis(logits, y[..., None], axis=-1)[..., 0]
        return (jax.nn.logsumexp(logits, axis=-1) - right).sum()

    arrays = {name: jnp.asarray(value) for name, value in letters.items()}
    x, y = arrays.pop("x"), arrays.pop("y")
    compiled = jax.jit(jax.value_and_grad(loss))
    found: list[Any] = [None]

    def run() -> None:
        found[0] = jax.block_until_ready(compiled(arrays, x, y))

    def read() -> dict[str, Any]:
        E, gradients = found[0]
        return {"E": float(E)} | {name: np.asarray(gradient) for name, gradient in gradients.items()}

    return run, read


PEERS = {"bptt.fast": ours, "PyTorch": torch_loop, "torch.nn.RNN": torch_layer, "JAX": jax}
PACKAGE = {"bptt.fast": "bptt", "PyTorch": "torch", "torch.nn.RNN": "torch", "JAX": "jax"}


def prepare(peer: str, size: tuple[int, ...], dtype: str) -> Peer:
    """Prepare what a peer has to do for a size."""
    return PEERS[peer](draw(*size, dtype))


def installed() -> list[str]:
    """Return the names of the peers that can be compared with here, ours first."""
    return [name for name in PEERS if importlib.util.find_spec(PACKAGE[name])]
