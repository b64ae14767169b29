"""Who may import whom: the mathematics knows neither the formula reader nor its own figures."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bptt

ROOT = Path(bptt.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
INSIDE_FIGURES = [path for path in MODULES if path.parent != ROOT]
OUTSIDE_FIGURES = [path for path in MODULES if path.parent == ROOT]


def imports(path):
    """Every imported module, relative imports spelled out, wherever in the file the import stands."""
    package = ["bptt", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def named(path):
    return str(path.relative_to(ROOT))


def test_there_is_something_to_look_at():
    assert {"__init__.py", "scalar.py", "rnn.py", "oracle.py", "draws.py"} <= {path.name for path in OUTSIDE_FIGURES}
    assert {"svg.py", "product_rule.py", "nudge.py", "unrolled.py"} <= {path.name for path in INSIDE_FIGURES}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_nothing_here_imports_the_formula_reader(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "recompute"]


@pytest.mark.parametrize("path", OUTSIDE_FIGURES, ids=named)
def test_the_mathematics_needs_numpy_alone(path):
    """Training shows a progress bar besides."""
    allowed = {"numpy", *sys.stdlib_module_names} | ({"tqdm"} if path.stem == "train" else set())
    for name in imports(path):
        assert name.split(".")[0] in allowed or name.startswith("bptt."), name
        assert not name.startswith("bptt.figures"), name


@pytest.mark.parametrize("path", INSIDE_FIGURES, ids=named)
def test_figures_may_use_bptt_and_matplotlib_besides(path):
    for name in imports(path):
        top = name.split(".")[0]
        assert top in {"numpy", "matplotlib", "bptt"} or top in sys.stdlib_module_names, name


@pytest.mark.parametrize("module", ["bptt", "bptt.scalar", "bptt.rnn", "bptt.oracle", "bptt.draws"])
def test_a_module_brings_no_other(module):
    """A page that uses one module must not depend on the others."""
    program = f"import sys, {module}; print(*sorted(name for name in sys.modules if name.split('.')[0] == 'bptt'))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == sorted({"bptt", module} | ({"bptt.arguments"} if module == "bptt.rnn" else set()))


def test_no_figure_loads_matplotlib_before_it_draws():
    program = "import sys, bptt.figures.nudge, bptt.figures.product_rule; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"
