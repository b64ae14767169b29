"""The key under which a page's outputs are kept: all that they can depend on, and nothing else.

That is the code of the cells, the formulas and shared definitions that the cells are given, the source of every module
that the cells import, directly or not, the versions of the libraries that these import, and the version of Python.
Prose, line numbers and conf.py are not among them.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FORMAT = 1  # of the files in the cache
ALWAYS = ("recompute.notebook", "IPython", "ipykernel")  # what every page runs on


def key(data: str, cells: Sequence[str], sources: Sequence[Path]) -> str:
    """The key of a page.

    Args:
        data: what the cells are given, see `recompute.collect.Collected.data`.
        cells: their code, with their tags.
        sources: folders that hold the modules of the project.
    """
    modules, libraries = closure([*(name for cell in cells for name in imports(cell)), *ALWAYS], sources)
    parts = [FORMAT, sys.version, data, list(cells), {name: digest(path) for name, path in sorted(modules.items())}, versions(libraries)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def imports(code: str, package: str = "") -> set[str]:
    """The modules that a piece of code names in import statements: of `from a import b` both `a` and `a.b`.

    >>> sorted(imports("from bptt import scalar"))
    ['bptt', 'bptt.scalar']
    """
    plain = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", code)
    try:
        tree = ast.parse(plain)
    except SyntaxError:  # the cell will say so itself
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (above, node.module) if part)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def closure(names: Iterable[str], sources: Sequence[Path]) -> tuple[dict[str, Path], set[str]]:
    """The project's modules that importing `names` can load, with their files, and the libraries that these name."""
    waiting, modules, libraries = list(names), dict[str, "Path"](), set[str]()
    while waiting:
        name = waiting.pop()
        path = locate(name, tuple(sources))
        if path is None:
            libraries.add(name.partition(".")[0])
        elif name not in modules:
            modules[name] = path
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            waiting += imports(path.read_text(encoding="utf-8"), package)
            waiting += [name.rpartition(".")[0]] if "." in name else []
            modules |= {str(extra): extra for extra in path.parent.iterdir() if extra.is_file() and extra.suffix not in {".py", ".pyc"}}
    own = {name.partition(".")[0] for name in modules}
    return modules, libraries - own - set(sys.stdlib_module_names)


def locate(name: str, sources: Sequence[Path]) -> Path | None:
    """The file of a module of the project, or None; for a name inside a module, the module's file."""
    for source in sources:
        for candidate in (source.joinpath(*name.split("."), "__init__.py"), source.joinpath(*name.split(".")).with_suffix(".py")):
            if candidate.is_file():
                return candidate
    return None


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _distributions() -> dict[str, list[str]]:
    return {name: list(found) for name, found in packages_distributions().items()}


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """The installed versions of the distributions that libraries come from; a library that is not installed is named too."""
    found = {}
    for library in sorted(libraries):
        for distribution in _distributions().get(library, [library]):
            try:
                found[distribution] = version(distribution)
            except PackageNotFoundError:
                found[distribution] = "not installed"
    return found
