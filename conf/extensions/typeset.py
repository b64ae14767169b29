r"""Set every formula while the site builds: KaTeX runs inside the Sphinx process, and no script reaches a reader.

    html_math_renderer = "katex"        # in conf.py: every $…$ and $$…$$ becomes HTML and MathML
    katex_macros = {r"\E": r"\mathbb{E}"}
    typeset.render(r"s_t = \tanh a_t", display=True)    # the same for one formula, as a string of HTML

A formula that KaTeX refuses, or whose MathML a screen reader could not read, is a warning with file and line. With
`-W` it makes the build red, and all such formulas of the book are listed in one run.

A displayed formula becomes

    <div class="equation" id="equation-LABEL">
      <div class="eqbody">…</div><div class="eqmark">MARK</div><span class="eqno">(2.3)…</span></div>

where MARK is the HTML in `node["mark"]`, if another extension has put some there; inline formulas take it likewise.
With `node["mathml"]` the body is MathML alone, for a page with hundreds of formulas.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

import quickjs
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import getLogger
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

PROGRAM = Path(__file__).with_name("katex") / "katex.min.js"

# One call in, one JSON string out: quickjs cannot hand over the long concatenated strings that KaTeX returns.
# strict: whatever LaTeX would not accept is an error. Only \htmlClass is let through, because figures point at terms.
CALL = r"""
function set(request) {
  const {tex, display, macros, output} = JSON.parse(request);
  try {
    return JSON.stringify({html: katex.renderToString(tex, {
      displayMode: display, macros, output, throwOnError: true, errorColor: "#cc0000",
      strict: code => code === "htmlExtension" ? "ignore" : "error",
      trust: context => context.command === "\\htmlClass",
    })});
  } catch (error) {
    return JSON.stringify({error: error.rawMessage || String(error), position: error.position ?? null});
  }
}
"""

STRICT = "LaTeX-incompatible input and strict mode is set to 'error': "  # what KaTeX puts before such errors

REFUSED = (  # what KaTeX would set, but not as a reader needs it: pattern, what to do
    (r"\n[ \t]*\n", "a blank line does not separate formulas: write two formulas, or one with aligned"),
    (r"\\(?:text|page)?color(?:box)?\b|\\fcolorbox\b", r"a colour is unreadable on light or on dark: use \htmlClass"),
    (r"\\tag\b", "the number comes from the label: write (label) after the closing $$"),
)
NESTING = re.compile(r"(?P<open>\\begin\b|\{)|(?P<close>\\end\b|\})|(?P<newline>\\\\)|\\.")
NUMBERING = re.compile(r"\\(?:begin|end)\{(?:align|alignat|gather|equation)(?=\})")

SHORT = 24  # so many signs of an inline formula stay on one line, on a phone as well

CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
TOKENS = {"mi", "mn", "mo", "mtext", "mspace", "ms"}  # they hold characters, never elements
ADVICE = {  # parent of the invalid element -> what to write instead
    "msub": r"an operator as index is in braces with \mathrm: \sigma_{\mathrm{max}}, not \sigma_{\max}",
    "msup": r"an operator as exponent is in braces with \mathrm: a^{\mathrm{max}}, not a^{\max}",
    "msubsup": r"an operator as index is in braces with \mathrm: \sigma_{\mathrm{max}}^2, not \sigma_{\max}^2",
    "mo": r"\overset, \underset and \stackrel hide what is below: use \underbrace, \xrightarrow or say it in words",
    "mi": r"\overset, \underset and \stackrel hide what is below: use \underbrace or say it in words",
}

logger = getLogger(__name__)


class TypesettingError(ExtensionError):
    """A formula cannot be set, or not so that everybody can read it."""


class Fault(NamedTuple):
    """What is wrong with a formula, and at which character (None: the formula as a whole)."""

    message: str
    position: int | None = None


@cache
def engine() -> Any:  # noqa: ANN401 (quickjs has no types)
    """Start KaTeX, once in a process and only when a formula is to be set; a forked process keeps its own copy."""
    context = quickjs.Context()
    context.eval(PROGRAM.read_text(encoding="utf-8"))
    context.eval(CALL)
    return context.get("set")


def unnumbered(tex: str) -> str:
    """Star the environments that would print numbers of their own beside Sphinx' number."""
    return NUMBERING.sub(lambda begin: begin[0] + "*", tex)


def position_in(tex: str, position: int | None) -> int | None:
    """Lead a position in `unnumbered(tex)` back to the formula as it was written."""
    if position is None:
        return None
    stars = [begin.end() + count for count, begin in enumerate(NUMBERING.finditer(tex))]
    return position - sum(star < position for star in stars)


def quote(tex: str, position: int | None) -> str:
    """Quote a formula, with a caret below the character at `position`."""
    rows, start = [], 0
    for row in tex.split("\n"):
        rows.append(f"    {row}")
        if position is not None and start <= position <= start + len(row):
            rows.append(" " * (4 + position - start) + "^")
        start += len(row) + 1
    return "\n".join(rows)


def lint_source(tex: str) -> Iterator[Fault]:
    """Find what KaTeX would set, but not as a reader needs it."""
    for pattern, advice in REFUSED:
        if found := re.search(pattern, tex):
            yield Fault(advice, found.start())
    depth = 0
    for token in NESTING.finditer(tex):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if token["newline"] and not depth:
            yield Fault(r"\\ breaks no line here: write \begin{aligned} … \end{aligned} around it", token.start())


def lint_mathml(html: str) -> Iterator[Fault]:
    """Find elements that assistive technology drops: a wrong number of children, or elements inside a token."""
    for parent in ET.fromstring(html[html.index("<math") : html.index("</math>") + 7]).iter():  # noqa: S314 (our own)
        name = parent.tag.rpartition("}")[2]
        expected = 0 if name in TOKENS else CHILDREN.get(name, len(parent))
        if len(parent) != expected:
            inside = " ".join(child.tag.rpartition("}")[2] for child in parent)
            advice = ADVICE.get(name, "write it another way")
            yield Fault(f"its MathML would be invalid (<{name}> holds {inside or 'nothing'}): {advice}")


def lint(tex: str, html: str) -> Iterator[Fault]:
    """Find everything that makes a formula which KaTeX accepts unfit for the page."""
    yield from lint_source(tex)
    yield from lint_mathml(html)
    if "#cc0000" in html:  # KaTeX prints a command that it does not trust in red instead of raising
        yield Fault(r"it holds a command that is not let through, such as \href or \includegraphics")


@cache
def set_formula(
    tex: str,
    display: bool,  # noqa: FBT001
    macros: tuple[tuple[str, str], ...],
    output: str = "htmlAndMathml",
) -> str | Fault:
    """Set one formula: its HTML, or the first fault. Equal formulas are set once in a process."""
    request = {"tex": unnumbered(tex), "display": display, "macros": dict(macros), "output": output}
    answer = json.loads(engine()(json.dumps(request)))
    if "error" in answer:
        return Fault(answer["error"].removeprefix(STRICT), position_in(tex, answer["position"]))
    return next(lint(tex, answer["html"]), answer["html"])


def render(
    tex: str,
    display: bool,  # noqa: FBT001
    macros: Iterable[tuple[str, str]] = (),
    output: str = "htmlAndMathml",
) -> str:
    r"""Set one formula as HTML and MathML.

    Args:
        tex: The LaTeX between the dollar signs.
        display: Set it as a displayed formula, with limits above and below.
        macros: Pairs of a macro's name and its expansion, as in `katex_macros.items()`.
        output: What KaTeX writes: "htmlAndMathml", or "mathml" alone, which takes a third of the time.

    Returns:
        HTML that needs the stylesheet `katex/katex.min.css` and no script.

    Raises:
        TypesettingError: KaTeX refuses the formula, or its MathML would be invalid.
    """
    result = set_formula(tex, display, tuple(macros), output)
    if isinstance(result, Fault):
        where = "" if result.position is None else f" from character {result.position + 1} on"
        raise TypesettingError(f"cannot be set{where}: {result.message}\n{quote(tex, result.position)}")
    return result


def set_node(writer: HTML5Translator, node: nodes.math | nodes.math_block) -> str:
    """Set the formula of a node; if it cannot be set, warn with its place and show its source instead."""
    tex, macros = node.astext(), sorted(writer.config.katex_macros.items())
    try:
        return render(
            tex, isinstance(node, nodes.math_block), macros, "mathml" if node.get("mathml") else "htmlAndMathml"
        )
    except TypesettingError as error:
        name = f"the formula ({node['label']})" if node.get("label") else "a formula"
        logger.warning("%s %s", name, error, location=node, type="typeset", subtype="formula")
        return f'<code class="formula-error">{writer.encode(tex)}</code>'


def mathml(html: str) -> str:
    """Of a formula that is set, the MathML alone: a tenth of the size, and the browser does the rest."""
    start, end = html.find("<math"), html.find("<annotation")
    return f"{html[start:end]}</semantics></math>" if start >= 0 else html


def visit_inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula and its mark."""
    html = set_node(writer, node)
    signs = re.sub(r"<[^>]*>", "", html.rpartition("</math>")[2])
    size = "math short" if len(signs) <= SHORT else "math"
    # The word joiner keeps the comma after a short formula on its line.
    writer.body += [writer.starttag(node, "span", "", CLASS=size), html, node.get("mark", ""), "&#8288;</span>"]
    raise nodes.SkipNode


def visit_block(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula: the body, which scrolls when it is too wide, the mark, and the number."""
    html = mathml(set_node(writer, node)) if node.get("mathml") else set_node(writer, node)
    number = get_node_equation_number(writer, node) if node["number"] else ""
    name = _("Equation") + (f" ({number})" if number else "")
    writer.body += [
        writer.starttag(node, "div", "", CLASS="equation"),
        # A box that can scroll must be within reach of the keyboard, and what can be reached must have a name.
        f'<div class="eqbody" tabindex="0" role="group" aria-label="{name}">{html}</div>',
    ]
    if mark := node.get("mark"):
        writer.body.append(f'<div class="eqmark">{mark}</div>')
    if number:
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, _("Link to this equation"))
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


class OneIdEach(SphinxPostTransform):
    """Undo furo's boxes around formulas and tables as far as they repeat the ids of what they hold."""

    default_priority = 510  # furo wraps at 500
    formats = ("html",)

    def run(self, **_kwargs: object) -> None:
        """Unwrap formulas, which bring their own box, and leave the id of a table to the table."""
        for box in list(self.document.findall(nodes.container)):
            if "math-wrapper" in box["classes"]:
                box.parent.replace(box, box.children)
            elif "table-wrapper" in box["classes"]:
                box["ids"] = []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer `katex`, its stylesheet and its table of macros."""
    app.add_html_math_renderer("katex", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None))
    app.add_config_value("katex_macros", {}, "env", dict)
    app.add_css_file("katex/katex.min.css")
    app.add_post_transform(OneIdEach)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
