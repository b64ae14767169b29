"""The key under which a page's outputs are kept: all that they can depend on, and nothing else.

That is the code of the cells and the formulas that the cells are given (the page's own part), and their surroundings:
the shared definitions that the page loads, the source of every module that the cells import, directly or not, with the
files of data beside it, the versions of the libraries that these import, and Python itself. Prose, line numbers and
conf.py are not among them.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
import sysconfig
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ALWAYS = ("recompute.notebook", "recompute.trial", "IPython", "ipykernel", "nbclient")  # what every page runs on
RUNNER = Path(__file__).with_name("kernel.py")  # it decides what the outputs look like


def digest(*parts: object) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


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
    return {name for node in ast.walk(tree) for name in _named(node, package)}


def _named(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, node.module] if node.module else above)
        yield from (base, *(f"{base}.{alias.name}" for alias in node.names))


class Surroundings:
    """What the cells of pages import, as it is on the disk now: every file is read once, and kept for all pages.

    Args:
        sources: folders that hold the modules of the project.
        memory: what files of a known digest import, from builds before; new ones are added.
    """

    def __init__(self, sources: Sequence[Path], memory: dict[str, list[str]] | None = None) -> None:
        self.sources = tuple(sources)
        self.memory = {} if memory is None else memory
        self._files: dict[str, Path | None] = {}
        self._read: dict[Path, tuple[str, set[str]]] = {}
        self._data: dict[Path, dict[str, str]] = {}

    def key(self, names: Iterable[str]) -> str:
        """A digest of all that importing modules can load."""
        modules, libraries = self.closure([*names, *ALWAYS])
        code = {name: self._source(name, path)[0] for name, path in modules.items()}
        data = {name: self._beside(path) for name, path in modules.items()}
        return digest(sys.version, sysconfig.get_platform(), _sha256(RUNNER), code, data, versions(libraries))

    def closure(self, names: Iterable[str]) -> tuple[dict[str, Path], set[str]]:
        """The project's modules that importing `names` can load, with their files, and the libraries they name."""
        waiting, modules, libraries = list(names), dict[str, Path](), set[str]()
        while waiting:
            name = waiting.pop()
            path = self.locate(name)
            if path is None:
                libraries.add(name.partition(".")[0])
            elif name not in modules:
                modules[name] = path
                waiting += [*self._source(name, path)[1], *([name.rpartition(".")[0]] if "." in name else [])]
        own = {name.partition(".")[0] for name in modules}
        return modules, libraries - own - set(sys.stdlib_module_names)

    def locate(self, name: str) -> Path | None:
        """The file of a module of the project, or None for all others."""
        if name not in self._files:
            stems = [source.joinpath(*name.split(".")) for source in self.sources]
            candidates = [path for stem in stems for path in (stem / "__init__.py", stem.with_suffix(".py"))]
            self._files[name] = next((path for path in candidates if path.is_file()), None)
        return self._files[name]

    def _source(self, name: str, path: Path) -> tuple[str, set[str]]:
        if path not in self._read:
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            code = path.read_bytes()
            found = hashlib.sha256(code).hexdigest()
            if f"{package} {found}" not in self.memory:
                self.memory[f"{package} {found}"] = sorted(imports(code.decode(), package))
            self._read[path] = found, set(self.memory[f"{package} {found}"])
        return self._read[path]

    def _beside(self, path: Path) -> dict[str, str]:
        """The files of data of a package, which its modules may open."""
        if path.parent not in self._data:
            found = path.parent.iterdir() if path.parent in self.sources else path.parent.rglob("*")
            data = sorted(file for file in found if file.is_file() and file.suffix not in {".py", ".pyc"})
            self._data[path.parent] = {file.relative_to(path.parent).as_posix(): _sha256(file) for file in data}
        return self._data[path.parent]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """The versions of the distributions that libraries come from; a library that is not installed is named too."""
    return {name: found for library in sorted(libraries) for name, found in _installed(library).items()}


def _installed(library: str) -> dict[str, str]:
    try:
        return {library: version(library)}
    except PackageNotFoundError:
        return {name: version(name) for name in _distributions().get(library, [])} or {library: "not installed"}


@cache
def _distributions() -> dict[str, list[str]]:
    return {library: sorted(set(names)) for library, names in packages_distributions().items()}
