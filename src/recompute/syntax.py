"""The nodes that a formula is read into; each knows its place in the LaTeX, and two nodes are equal by meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recompute.errors import Span


@dataclass(frozen=True)
class Node:
    """A piece of a formula. `span` is its place in the LaTeX and does not count in comparisons."""

    span: Span = field(default=(0, 0), compare=False, kw_only=True, repr=False)

    def children(self) -> list[Node]:
        """The nodes directly inside this one, from left to right."""
        found: list[Node] = []
        for name in parts(self):
            value = getattr(self, name)
            found += [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, Node)]
        return found

    def walk(self) -> list[Node]:
        """This node and all nodes inside it, outermost first."""
        return [self, *(inner for child in self.children() for inner in child.walk())]

    @cached_property
    def letters(self) -> frozenset[str]:
        """The names of all letters in it."""
        return frozenset(inner.name for inner in self.walk() if isinstance(inner, Symbol))

    @cached_property
    def stripped(self) -> Node:
        """This node without brackets and remarks."""
        return _bare(self, {})


@dataclass(frozen=True)
class Number(Node):
    r"""A printed number; `text` keeps its decimals, which `\approx` counts."""

    text: str


@dataclass(frozen=True)
class Symbol(Node):
    r"""A letter with what hangs on it: `\hat y_{t,i}` has the name `y_hat` and two subscripts."""

    name: str
    subscripts: tuple[Node, ...] = ()
    primed: bool = False


@dataclass(frozen=True)
class Sum(Node):
    """Terms with their signs: `a - b` has the signs (1, -1)."""

    terms: tuple[Node, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True)
class Product(Node):
    r"""Factors side by side; `dots` says before which of them a `\cdot` stands."""

    factors: tuple[Node, ...]
    dots: tuple[bool, ...]


@dataclass(frozen=True)
class Hadamard(Node):
    r"""The entrywise product `a \odot b`."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Kron(Node):
    r"""The Kronecker product `a \otimes b`."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Power(Node):
    """A power: entrywise of a column, by matrix products of a matrix."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Transpose(Node):
    """A transpose."""

    operand: Node


@dataclass(frozen=True)
class Group(Node):
    """Something in brackets."""

    operand: Node


@dataclass(frozen=True)
class Primed(Node):
    """`(w s_2)'`: the total derivative by the letter that the page's primes differentiate by."""

    operand: Node


@dataclass(frozen=True)
class Remark(Node):
    r"""`\underbrace{...}_{\text{...}}`: the words do not change the value."""

    operand: Node
    text: str


@dataclass(frozen=True)
class Norm(Node):
    r"""`\left\| ... \right\|`: the Euclidean norm of a column, the largest singular value of a matrix."""

    operand: Node


@dataclass(frozen=True)
class Fraction(Node):
    """A quotient by a number."""

    numerator: Node
    denominator: Node


@dataclass(frozen=True)
class Apply(Node):
    r"""A function that the language knows, such as tanh or `\lvert … \rvert`, or its slope, applied to its argument."""

    function: str
    argument: Node
    primed: bool = False


@dataclass(frozen=True)
class Pair(Node):
    r"""A function of two numbers: `\max(a, b)`, `\min(a, b)`, `\binom{n}{k}`."""

    function: str
    first: Node
    second: Node


@dataclass(frozen=True)
class Ones(Node):
    r"""`\mathbf 1_n`: the column of n ones."""

    size: Node


@dataclass(frozen=True)
class Big(Node):
    r"""`\sum` or `\prod` over an index. `factor` is what stands before it, and multiplies it from the left."""

    operator: str
    bounds: tuple[Node, ...]
    relations: tuple[str, ...]
    upper: Node | None
    body: Node
    factor: Node | None


@dataclass(frozen=True)
class Limit(Node):
    r"""`\lim_{h \to 0}` of a body that is analytic in h near 0, save perhaps at 0 itself."""

    variable: str
    target: Node
    body: Node


@dataclass(frozen=True)
class Derivative(Node):
    """d (total) or ∂ (immediate) of `operand` with respect to `variable`, column by column if `vec`."""

    total: bool
    operand: Node
    variable: Symbol
    vec: bool


@dataclass(frozen=True)
class Gradient(Node):
    r"""`\nabla_W E`: the numbers of the total derivative, arranged like what is differentiated by."""

    derivative: Derivative


@dataclass(frozen=True)
class Space(Node):
    r"""`\mathbb R^{n \times m}`: the side of a claim about shape."""

    sizes: tuple[Node, ...]


@dataclass(frozen=True)
class Relation(Node):
    """One relation of a chain: `left` sign `right`."""

    left: Node
    sign: str
    right: Node


@dataclass(frozen=True)
class Condition(Node):
    r"""`1 \le t \le T` after `\qquad`: the indices for which the formula is claimed."""

    parts: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Formula(Node):
    """A displayed formula: every relation of its chain is a claim of its own."""

    relations: tuple[Relation, ...]
    conditions: tuple[Condition, ...] = ()
    tex: str = field(default="", compare=False, kw_only=True)


def bare(node: Node, names: Mapping[str, str] | None = None) -> Node:
    """`node` without brackets and remarks, and with letters renamed: two nodes that say the same are then equal."""
    return _bare(node, names) if names else node.stripped


def _bare(node: Node, names: Mapping[str, str]) -> Node:
    if isinstance(node, Group | Remark):
        return bare(node.operand, names)
    changed: dict[str, object] = {}
    for name in parts(node):
        value = getattr(node, name)
        if isinstance(value, Node):
            changed[name] = bare(value, names)
        elif isinstance(value, tuple):
            changed[name] = tuple(bare(v, names) if isinstance(v, Node) else v for v in value)
    if isinstance(node, Symbol) and names:
        changed["name"] = names.get(node.name, node.name)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]  # mypy reads the fields of Node alone


def label_of(node: Node) -> str | None:
    r"""Of `W_f` and `a_{f,t}` the names W_f and a_f, which a page may have given; None if no letter stands below."""
    match node:
        case Symbol(subscripts=(Symbol(subscripts=(), primed=False) as first, *_)):
            return f"{node.name}_{first.name}"
    return None


def named(node: Node, names: Collection[str]) -> Node:
    """`node` with the letter W_f put for W with an index f, wherever W_f is one of `names`."""
    if not names:
        return node
    if isinstance(node, Symbol) and (name := label_of(node)) in names:
        node = replace(node, name=str(name), subscripts=node.subscripts[1:])
    changed: dict[str, object] = {}
    for part in parts(node):
        value = getattr(node, part)
        if isinstance(value, Node):
            changed[part] = named(value, names)
        elif isinstance(value, tuple):
            changed[part] = tuple(named(v, names) if isinstance(v, Node) else v for v in value)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]  # mypy reads the fields of Node alone


def parts(node: Node) -> tuple[str, ...]:
    """The names of what a node holds, besides its place."""
    return _parts(type(node))  # type: ignore[arg-type]  # mypy takes the class of a dataclass for one without a hash


@cache
def _parts(kind: type[Any]) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind) if entry.compare)


def mentions(node: Node, name: str) -> bool:
    """Whether the letter `name` stands in `node`."""
    return name in node.letters
