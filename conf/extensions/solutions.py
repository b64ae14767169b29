"""The list of all exercises, each with a link to its folded solution: nobody keeps it by hand.

    ```{solutions}
    ```

Every exercise needs a solution, inside it or behind it before the next exercise; one without is a warning, which `-W`
makes an error.
A solution gets the id `solution-of-…`, on an empty element inside the fold: browsers unfold `<details>` when what an
address points at lies within.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from mathenv import exercise, solution
from sphinx.domains import Domain
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from recompute.extension.domain import Everything, domain_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

UNSOLVED = "the exercise “%s” has no solution: write one behind it, :::{solution} … :::"
ALONE = "this solution belongs to no exercise: write it behind one"

logger = getLogger(__name__)


@dataclass(frozen=True)
class Exercise:
    """An exercise: its id, the id of its solution, and its title in pieces (whether mathematics, text)."""

    anchor: str
    solved: str
    title: tuple[tuple[bool, str], ...]


class Exercises(Domain):
    """The exercises by page; forgotten and merged by Sphinx's own hooks."""

    name = "exercises"
    label = "Exercises and solutions"
    initial_data = {"pages": {}}  # noqa: RUF012 - Sphinx prescribes a plain class attribute

    @property
    def pages(self) -> dict[str, Sequence[Exercise]]:
        """What is known, by page."""
        found: dict[str, Sequence[Exercise]] = self.data["pages"]
        return found

    def clear_doc(self, docname: str) -> None:
        """Forget a page that is read again or gone."""
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Any, otherdata: dict[str, Any]) -> None:  # noqa: ANN401 - a set or a list
        """Take over what another process has read."""
        self.data["pages"] |= {name: found for name, found in otherdata["pages"].items() if name in docnames}

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Note the exercises of a page, and give their solutions ids."""
        self.pages[docname] = list(exercises(document))

    def resolve_any_xref(self, *_: object) -> list[tuple[str, nodes.reference]]:
        """Exercises are referred to by {numref}."""
        return []


def exercises(document: nodes.document) -> Iterator[Exercise]:
    """Every exercise of a page with its solution; warns of either without the other."""
    solved = set[int]()
    for task in document.findall(exercise):
        answer = solution_of(task)
        if answer is None:
            logger.warning(UNSOLVED, task[0].astext(), location=task, type="exercise")
            continue
        solved.add(id(answer))
        anchor = task["ids"][0]
        answer.insert(1, nodes.target("", "", ids=[f"solution-of-{anchor}"]))
        yield Exercise(anchor, f"solution-of-{anchor}", pieces(task[0]))
    for answer in document.findall(solution):
        if id(answer) not in solved:
            logger.warning(ALONE, location=answer, type="exercise")


def pieces(title: nodes.Node) -> tuple[tuple[bool, str], ...]:
    """A title as plain data."""
    return tuple((isinstance(part, nodes.math), part.astext()) for part in title.children)


def solution_of(task: exercise) -> solution | None:
    """The solution inside an exercise, or the next one behind it, before another exercise begins."""
    if inside := next(task.findall(solution), None):
        return inside
    behind = task.parent.children[task.parent.index(task) + 1 :]
    first = next((node for node in behind if isinstance(node, solution | exercise)), None)
    return first if isinstance(first, solution) else None


class solutions(Everything):  # noqa: N801 - docutils names nodes in lower case
    """Where the list goes."""


class Solutions(SphinxDirective):
    """`{solutions}`: the exercises of the whole book."""

    def run(self) -> list[nodes.Node]:
        """Leave the place; the exercises are known only when every page has been read."""
        return [solutions("")]


def fill(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the list in: for every page with exercises its title, and a line for each of them."""
    pages = app.env.domains["exercises"].pages  # type: ignore[attr-defined]
    for node in list(document.findall(solutions)):
        parts: list[nodes.Node] = []
        for page in (page for page in domain_of(app.env).ordered() if pages.get(page)):
            uri = app.builder.get_relative_uri(docname, page)
            title = link(uri, [(False, chapter(app.env, page)), *pieces(app.env.titles[page])])
            parts.append(nodes.rubric("", "", title))
            lines = [line(uri, task, number(app.env, page, task)) for task in pages[page]]
            parts.append(nodes.bullet_list("", *lines, classes=["solutions"]))
        node.replace_self(parts)


def line(uri: str, task: Exercise, number: str) -> nodes.list_item:
    """Number and title, which lead to the exercise, and a link to the solution."""
    to = link(f"{uri}#{task.anchor}", [(False, f"{number} "), *task.title])
    answer = link(f"{uri}#{task.solved}", [(False, _("solution"))])
    return nodes.list_item("", nodes.paragraph("", "", to, nodes.Text(" ·\N{NO-BREAK SPACE}"), answer))


def link(uri: str, words: Sequence[tuple[bool, str]]) -> nodes.reference:
    """A link whose words may hold mathematics."""
    parts = [nodes.math(text, text) if is_math else nodes.Text(text) for is_math, text in words]
    return nodes.reference("", "", *parts, internal=True, refuri=uri)


def number(env: BuildEnvironment, page: str, task: Exercise) -> str:
    """The number of an exercise, as its page shows it; nothing on a page that has none."""
    found = env.toc_fignumbers.get(page, {}).get("exercise", {}).get(task.anchor, ())
    return ".".join(map(str, found))


def chapter(env: BuildEnvironment, page: str) -> str:
    """The number of a chapter as the contents write it, with the space behind it, or nothing."""
    found = env.toc_secnumbers.get(page, {}).get("") or ()
    return ".".join(map(str, found)) + ". " * bool(found)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the domain, the directive and its node."""
    app.add_domain(Exercises)
    app.add_node(solutions)
    app.add_directive("solutions", Solutions)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
