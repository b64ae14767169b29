r"""What the tests of hostile input share; and, run by `nox -s fuzz`, a fuzzer that is guided by the lines it reaches.

Whatever is written, `judged` gives a verdict or a FormulaError. `python tests/recompute/fuzz.py 60` looks for a minute
for a text with which it does not, and prints it: it needs Atheris, which runs on Linux alone.
"""

import re
import sys
import tempfile
import time
import types
import warnings
from pathlib import Path

from recompute import examples
from recompute.collect import collect
from recompute.errors import FormulaError
from recompute.parse import parse
from recompute.verdict import Verdict, check, refute
from recompute.world import Definition, World

SLOW = 10  # seconds after which a text counts as one that never ends
FORMULAS = [f"{tex} = 1" for tex, *_ in examples.ACCEPTED] + [tex for tex, _ in examples.CLAIMS]
FORMULAS += [tex for tex, *_ in examples.REFUSED]
DOCS = Path(__file__).parents[2] / "docs"
BOOK = [formula.tex for page in sorted(DOCS.glob("*.md")) for formula in collect(page.read_text("utf-8")).formulas]
TOKENS = sorted({
    *"abcdehikstuwxyzABETWUVE0123456789 ()[]{}^_+-='<>,.;&|/*%~\n\\$∑−",
    *(command for tex in FORMULAS for command in re.findall(r"\\[a-zA-Z]+|\\.", tex)),
    r"\mathrm d", r"\operatorname{vec}", r"\operatorname{diag}", r"\operatorname{softmax}", r"\operatorname{tr}",
    r"\mathbb R", r"\text{x}", "s_t", "s_{t-1}", "s_0", "^{-1}", "^2", r"^\top", "10^{99}", "0.5", "{T}", "_{k=1}^{3}",
    r"_{3 \ge k > 0}", r"\begin{aligned}", r"\end{aligned}", "=0", "a^{a^{a}}", "f(a)", "f'", "B_k", "x_1", "A_{1,2}",
    r"\frac{1}{0}", r"\log(-1)", r"\sigma'(", r"\sigma_{\max}(", r"\binom{3}{2}", r"\mathbf 1_2", r"\max(a, b)",
})  # fmt: skip


def world(letters, *definitions):
    return World(letters, [Definition.of(parse(tex)) for tex in definitions], "w")


WORLD = world(examples.LETTERS, *examples.DEFINITIONS, "g(z) = g(z - 1)", "v_t = v_{t-1} + 1")
MONSTER_WORLD = world(
    examples.LETTERS, *examples.DEFINITIONS, "g(z) = g(z - 1)", "v_t = v_{t-1} + 1", "p = q", "q = p",
    "r_t = r_{t+1} + r_{t-1}", "c_t = c_{t-1} + c_{t-2}", "h(z) = h(h(z))", r"\mathbf q = \mathbf 1_{100000}",
)  # fmt: skip
BOOK_WORLD = world(  # letters as the pages of the book use them, with two units
    {
        "w": 0.8, "u": 0.5, "h": 0.1, "n": 2, "m": 2, "q": 2, "T": 3, "s_0": [0.3, -0.4], "b": [0.1, 0.2],
        "x_t": {t: [0.2 * t, -0.5] for t in (1, 2, 3)}, "y_t": {t: [1.0, 0.0] for t in (1, 2, 3)}, "c": [0.3, -0.1],
        "U": [[0.3, 0.5], [0.7, -0.4]], "W": [[0.6, -0.2], [0.1, 0.9]], "V": [[0.2, 0.4], [-0.3, 0.8]],
        "I": [[1.0, 0.0], [0.0, 1.0]],
    },
    r"a_t = U x_t + W s_{t-1} + b \qquad 1 \le t \le T", r"s_t = \tanh(a_t) \qquad 1 \le t \le T",
    r"o_t = V s_t + c", r"\hat y_t = \operatorname{softmax}(o_t)", r"E_t = -y_t^\top \log(\hat y_t)",
    r"E = \sum_{t=1}^{T} E_t", r"D_t = \operatorname{diag}(1 - s_t^2)",
)  # fmt: skip


def judged(tex, worlds=(WORLD,)):
    """The verdict, or the refusal; anything else escapes, warnings included."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            formula = parse(tex)
            found = check(formula, worlds)
            assert isinstance(refute(formula, worlds), Verdict)
        except FormulaError as error:
            found = error
    assert str(found)
    if isinstance(found, Verdict):
        assert isinstance(found.summary() + found.report(tex), str)
        assert found.as_dict()["kind"] in {"holds", "fails", "vacuous"}
    return found


def read(data):
    """Bytes as a text: as they are, or each as a token of the language."""
    if data[:1] == b"\0":
        return "".join(TOKENS[byte % len(TOKENS)] for byte in data[1:])
    return data.decode("utf-8", "replace")


def attack(data):
    """Judge what the fuzzer wrote."""
    tex = read(data)
    began = time.perf_counter()
    try:
        for where in (WORLD, BOOK_WORLD):
            judged(tex, (where,))
        assert time.perf_counter() - began < SLOW, "too slow"
    except BaseException:
        sys.stderr.write(f"\nThis text gives neither a verdict nor a refusal, or not in time:\n    {tex!r}\n")
        raise


def fuzz(seconds, folder):
    """Let Atheris write texts for so many seconds; this ends the process."""
    import atheris  # noqa: PLC0415 - the tests have no need of it

    corpus = folder / "corpus"
    corpus.mkdir()
    for count, tex in enumerate([*FORMULAS, *BOOK]):
        (corpus / str(count)).write_bytes(tex.encode())
    words = ("".join(f"\\x{byte:02X}" for byte in token.encode()) for token in TOKENS)
    (folder / "words").write_text("".join(f'"{word}"\n' for word in words), encoding="ascii")
    for name in [name for name in sys.modules if name.startswith("recompute.")]:
        for function in functions(sys.modules[name]):
            atheris.instrument_func(function)
    options = [f"-max_total_time={seconds}", f"-dict={folder / 'words'}", f"-timeout={SLOW}", "-rss_limit_mb=2048"]
    options += ["-max_len=200", "-print_final_stats=1", f"-artifact_prefix={folder}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], attack)
    atheris.Fuzz()


def functions(module):
    """The functions of a module, and those of its classes."""
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) == module.__name__:
            inner = vars(value).values() if isinstance(value, type) else [value]
            yield from (function for function in inner if isinstance(function, types.FunctionType))


if __name__ == "__main__":
    fuzz(int(sys.argv[1]), Path(tempfile.mkdtemp()))
