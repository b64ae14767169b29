"""The other kernels of the book, by `bptt` and by their peers, in the form that `peers` describes.

- `lstm` and `gru`: see `gated`, where `train` is, too: STEPS steps of it.
- `rtrl`: the peers carry derivatives forward with `jacfwd`, by every entry of every parameter. Ours carries those of
  the states, and takes the gradients by V and c from each step as they are.
- `taped`: the tape, beside PyTorch's loop and JAX's scan of `peers`.
- `checkpoint`: the peers compute a segment once more on the way back, with `torch.utils.checkpoint` and
  `jax.checkpoint`.
- `text`: counting all strings of up to five characters, and measuring the text held out. It has no peer.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any

import gated
import numpy as np
import peers

from bptt import checkpoint, rtrl, taped, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from peers import Letters, Peer

LENGTH = 25
"""How many steps a segment has."""


def alone(letters: Letters, gradients: Callable[..., tuple[float, Any]]) -> Peer:
    """Prepare one of our functions, for the only sequence of a minibatch."""
    sequence = letters | {"s_0": letters["s_0"][0], "x": letters["x"][:, 0], "y": letters["y"][:, 0]}
    found: list[Any] = [None, None]

    def run() -> None:
        found[:] = gradients(**sequence)

    def read() -> dict[str, Any]:
        by = {name: getattr(found[1], name).reshape(letters[name].shape) for name in peers.NAMES}
        return {"E": found[0]} | by

    return run, read


def our_rtrl(letters: Letters) -> Peer:
    """Prepare `bptt.rtrl`."""

    def gradients(**sequence: Any) -> tuple[float, Any]:  # noqa: ANN401  # arrays
        found = rtrl.gradients(**sequence)
        return found.E, found

    return alone(letters, gradients)


def our_checkpoint(letters: Letters) -> Peer:
    """Prepare `bptt.checkpoint`; the schedule is made once."""
    schedule = checkpoint.segments(len(letters["x"]), LENGTH)

    def gradients(**sequence: Any) -> tuple[float, Any]:  # noqa: ANN401  # arrays
        found = checkpoint.gradients(**sequence, schedule=schedule)
        return found.total, found

    return alone(letters, gradients)


def torch_segment(columns: Any, W: Any, V: Any, b: Any, c: Any, s: Any, x: Any, y: Any) -> tuple[Any, Any]:  # noqa: ANN401, PLR0913, PLR0917  # tensors, as many as the formula has letters
    """Run some steps in PyTorch; return the last state and the sum of the losses."""
    import torch  # noqa: PLC0415  # each process imports its own peer alone

    states, W_T = [], W.t()
    for a in (torch.nn.functional.embedding(x, columns) + b).unbind(0):
        s = torch.tanh(torch.addmm(a, s, W_T))
        states.append(s)
    logits = torch.nn.functional.linear(torch.stack(states), V, c).reshape(y.numel(), -1)
    return s, torch.nn.functional.cross_entropy(logits, y.reshape(-1), reduction="sum")


def torch_parameters(letters: Letters) -> list[Any]:
    """Make tensors of the parameters in the order of `peers.NAMES`, U by columns, and of x and y."""
    import torch  # noqa: PLC0415  # as above

    torch.set_num_threads(1)
    columns = {"U": np.ascontiguousarray(letters["U"].T)}
    return [torch.tensor((letters | columns)[name]) for name in (*peers.NAMES, "x", "y")]


def torch_rtrl(letters: Letters) -> Peer:
    """Prepare PyTorch's forward mode."""
    import torch  # noqa: PLC0415  # as above

    *parameters, x, y = torch_parameters(letters)
    found: list[Any] = [None, None]

    def loss(*given: Any) -> tuple[Any, Any]:  # noqa: ANN401  # tensors
        _, E = torch_segment(*given, x, y)
        return E, E

    forward = torch.func.jacfwd(loss, argnums=tuple(range(len(parameters))), has_aux=True)

    def run() -> None:
        found[:] = forward(*parameters)

    def read() -> dict[str, Any]:
        by_columns, *others = (gradient.numpy() for gradient in found[0])
        return {"E": found[1].item()} | dict(zip(peers.NAMES, (by_columns.T, *others), strict=True))

    return run, read


def torch_checkpoint(letters: Letters) -> Peer:
    """Prepare PyTorch's loop in segments, of which each is computed once more on the way back."""
    from torch import autograd  # noqa: PLC0415  # as above
    from torch.utils.checkpoint import checkpoint as again  # noqa: PLC0415  # as above

    *parameters, x, y = torch_parameters(letters)
    *shared, s_0 = (parameter.requires_grad_() for parameter in parameters)
    found: list[Any] = [None, None]

    def run() -> None:
        s, E = s_0, 0
        for part in zip(x.split(LENGTH), y.split(LENGTH), strict=True):
            s, E_part = again(torch_segment, *shared, s, *part, use_reentrant=False)
            E = E + E_part
        found[:] = E, autograd.grad(E, parameters)

    def read() -> dict[str, Any]:
        by_columns, *others = (gradient.numpy() for gradient in found[1])
        return {"E": found[0].item()} | dict(zip(peers.NAMES, (by_columns.T, *others), strict=True))

    return run, read


def jax_segment(parameters: Any, s: Any, x: Any, y: Any) -> tuple[Any, Any]:  # noqa: ANN401  # arrays of JAX
    """Run some steps in JAX; return the last state and the sum of the losses."""
    import jax  # noqa: PLC0415  # as above
    from jax import numpy as jnp  # noqa: PLC0415  # as above

    U, W, V, b, c, _ = (parameters[name] for name in peers.NAMES)

    def step(s: Any, a: Any) -> tuple[Any, Any]:  # noqa: ANN401  # as above
        s = jnp.tanh(a + s @ W.T)
        return s, s

    s, states = jax.lax.scan(step, s, U.T[x] + b)
    logits = states @ V.T + c
    right = jnp.take_along_axis(logits, y[..., None], axis=-1)[..., 0]
    return s, (jax.nn.logsumexp(logits, axis=-1) - right).sum()


def compiled(letters: Letters, derivative: Any, loss: Any) -> Peer:  # noqa: ANN401  # functions of JAX
    """Prepare and compile a derivative in JAX, of a function that returns the loss twice."""
    import jax  # noqa: PLC0415  # as above

    jax.config.update("jax_enable_x64", val=True)
    arrays = {name: jax.numpy.asarray(value) for name, value in letters.items()}
    x, y = arrays.pop("x"), arrays.pop("y")
    program = jax.jit(derivative(loss, has_aux=True))
    found: list[Any] = [None]

    def run() -> None:
        found[0] = jax.block_until_ready(program(arrays, x, y))

    def read() -> dict[str, Any]:
        by, E = found[0]
        return {"E": float(E)} | {name: np.asarray(gradient) for name, gradient in by.items()}

    return run, read


def jax_rtrl(letters: Letters) -> Peer:
    """Prepare forward mode through a scan in JAX."""
    import jax  # noqa: PLC0415  # as above

    def loss(parameters: Any, x: Any, y: Any) -> tuple[Any, Any]:  # noqa: ANN401  # as above
        _, E = jax_segment(parameters, parameters["s_0"], x, y)
        return E, E

    return compiled(letters, jax.jacfwd, loss)


def jax_checkpoint(letters: Letters) -> Peer:
    """Prepare a scan over segments in JAX, of which each is computed once more on the way back."""
    import jax  # noqa: PLC0415  # as above

    def loss(parameters: Any, x: Any, y: Any) -> tuple[Any, Any]:  # noqa: ANN401  # as above
        parts = tuple(tokens.reshape(-1, LENGTH, *tokens.shape[1:]) for tokens in (x, y))
        again = jax.checkpoint(lambda s, part: jax_segment(parameters, s, *part))
        _, E = jax.lax.scan(again, parameters["s_0"], parts)
        return E.sum(), E.sum()

    return compiled(letters, jax.grad, loss)


def our_text(_: tuple[int, ...], __: str) -> Peer:
    """Prepare `bptt.text`."""
    whole = text.load()
    vocabulary = text.Vocabulary.of(whole)
    learnt, held_out = text.split(vocabulary.encode(whole))
    found: list[Any] = [None]

    def run() -> None:
        found[0] = text.WittenBell(learnt, vocabulary.size, 5).bits(held_out)

    return run, lambda: {"bits": found[0]}


def drawn(prepare: Callable[[Letters], Peer]) -> Callable[..., Peer]:
    """Let a peer have the letters that `peers.draw` draws."""
    return lambda size, dtype: prepare(peers.draw(*size, dtype))


def drawn_gates(kernel: str, prepare: Callable[[str, Letters], Peer]) -> Callable[..., Peer]:
    """Let a peer have the letters that `gated.draw` draws."""
    return lambda size, dtype: prepare(kernel, gated.draw(kernel, size, dtype))


PACKAGE = {"bptt": "bptt", "PyTorch": "torch", "JAX": "jax"}
PREPARE: dict[str, tuple[Callable[..., Peer], ...]] = {  # ours, PyTorch's and JAX's
    **{
        kernel: tuple(drawn_gates(kernel, prepare) for prepare in (gated.ours, gated.by_torch, gated.by_jax))
        for kernel in ("lstm", "gru")
    },
    "rtrl": tuple(map(drawn, (our_rtrl, torch_rtrl, jax_rtrl))),
    "taped": tuple(map(drawn, (functools.partial(alone, gradients=taped.gradients), peers.torch_loop, peers.jax))),
    "checkpoint": tuple(map(drawn, (our_checkpoint, torch_checkpoint, jax_checkpoint))),
    "train": (gated.our_training, gated.torch_training, gated.jax_training),
    "text": (our_text,),
}


def prepare(peer: str, kernel: str, size: tuple[int, ...], dtype: str) -> Peer:
    """Prepare what a peer has to do for a kernel."""
    return dict(zip(PACKAGE, PREPARE[kernel], strict=False))[peer](size, dtype)


def installed(kernel: str) -> list[str]:
    """Return the names of the peers that a kernel can be compared with here, ours first."""
    names = list(PACKAGE)[: len(PREPARE[kernel])]
    return [name for name in names if importlib.util.find_spec(PACKAGE[name])]
