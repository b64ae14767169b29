"""Who may import whom: the reader of formulas knows no network, and its core knows no site."""

import ast
import sys
from pathlib import Path

import pytest

import recompute

ROOT = Path(recompute.__file__).parent
CORE = sorted(ROOT.glob("*.py"))
EVERY = sorted(ROOT.rglob("*.py"))
SITE = {"sphinx", "myst_nb", "nbformat", "nbclient", "jupyter_client"}
LIBRARIES = {"numpy", "lark", "sympy", "yaml", "docutils", "markdown_it", "myst_parser", "IPython"}


def imports(path):
    """Every imported module, relative imports spelled out, wherever in the file the import stands."""
    package = ["recompute", *path.relative_to(ROOT).parent.parts]
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
    assert {"parse.py", "world.py", "evaluate.py", "verdict.py", "notebook.py"} <= {path.name for path in CORE}
    assert any("sphinx" in name for path in EVERY for name in imports(path))


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_nothing_here_imports_the_network(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "bptt"]


@pytest.mark.parametrize("path", CORE, ids=named)
def test_the_core_knows_neither_the_site_nor_its_extension(path):
    found = list(imports(path))
    assert not [name for name in found if name.startswith("recompute.extension") or name.split(".")[0] in SITE]
    tops = {name.split(".")[0] for name in found} - {"recompute"}
    assert tops - set(sys.stdlib_module_names) <= LIBRARIES
