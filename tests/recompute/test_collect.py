"""Every formula of a page is found, wherever it stands, with its line and with the characters that are typeset."""

import re
import runpy
from pathlib import Path

import pytest

from recompute.collect import SYNTAX, VERBATIM, Collected, Settings, Shared, collect, shared_of

ROOT = Path(__file__).parents[2]

PAGE = r"""---
recompute:
  use: [state]
  abbreviations: [top]
  prime: w
---
# A title with {claim}`in = title`

Text over lines, {claim}`first = 1` and
more text, {claim}`second = 2`,
and $not = collected$, {math}`neither = this`.

$$
top = level
$$ (top)

$$ one = line $$ (one)

$$
two = \\
lines
$$ (two)

- in a list {claim}`list = 1`

  $$
  listed = formula
  $$ (listed)

1. nested
   - deeper

     $$
     deeper = formula
     $$ (deeper)

> $$
> quoted = formula
> $$ (quoted)

| a | table |
|--|--|
| row | {claim}`cell = 1` |

Term
: A definition, {claim}`defined = 1`

  $$
  in = definition
  $$ (in-definition)

:field: {claim}`field = 1`

```{math}
:label: fenced
fenced = math
```

```{math} argument = math
:label: argued
more = math
```

:::{math}
:label: colon
colon = math
:::

```{math}
:name: named

named = math

```

::::{dropdown} A title, {claim}`drop = title`
:open:

$$
dropped = down
$$ (dropped)

:::{admonition} Another {claim}`admonition = title`
:class: tip

$$
doubly = nested
$$ (nested)

```{note}
$$
triply = nested
$$ (triply)
```
:::
::::

:::::{solution} exercise
::::{tab-set}
:::{tab-item} Tab
$$
solved = here
$$ (solved)
:::
::::
:::::

:::{figure} picture.svg
:alt: no = formula

A caption with {claim}`caption = 1`.
:::

```python
"$$ code = no $$"
```

```{code-block} text
$$ block = no $$ (no)
```

`$$ span = no $$` and \$ escaped = no \$.

% $$ comment = no $$

<!-- $$ html = no $$ -->

A footnote.[^note]

[^note]: With {claim}`foot = note`.

$$
un = labelled
$$

```{code-cell} ipython3
first = "cell"
```

```{code-cell} ipython3
:tags: [hide-input]
second = "cell"
more = 1
```

```{code-cell} ipython3
---
tags: [remove-cell]
---

third = "cell"
```
"""

FOUND = [
    (None, "in = title"),
    (None, "first = 1"),
    (None, "second = 2"),
    ("top", "top = level"),
    ("one", " one = line "),
    ("two", "two = \\\\\nlines"),
    (None, "list = 1"),
    ("listed", "  listed = formula"),
    ("deeper", "     deeper = formula"),
    ("quoted", "quoted = formula"),
    (None, "cell = 1"),
    (None, "defined = 1"),
    ("in-definition", "  in = definition"),
    (None, "field = 1"),
    ("fenced", "fenced = math"),
    ("argued", "argument = math\n\nmore = math"),
    ("colon", "colon = math"),
    ("named", "named = math"),
    (None, "drop = title"),
    ("dropped", "dropped = down"),
    (None, "admonition = title"),
    ("nested", "doubly = nested"),
    ("triply", "triply = nested"),
    ("solved", "solved = here"),
    (None, "caption = 1"),
    (None, "un = labelled"),
    (None, "foot = note"),
]


def page():
    return collect(PAGE)


def test_every_formula_is_found_and_nothing_else():
    found = [(formula.label, formula.tex) for formula in page().formulas]
    assert sorted(found, key=str) == sorted(FOUND, key=str)


@pytest.mark.parametrize("formula", page().formulas, ids=lambda f: f.name)
def test_a_formula_knows_its_line(formula):
    line = PAGE.splitlines()[formula.line - 1]
    if formula.inline:
        assert f"{{claim}}`{formula.tex}`" in line
    else:
        assert formula.tex.split()[0] in line


def test_cells_have_the_line_of_their_first_line_of_code():
    cells = page().cells
    assert [code.splitlines()[0] for _, code in cells] == ['first = "cell"', 'second = "cell"', 'third = "cell"']
    for line, code in cells:
        assert PAGE.splitlines()[line - 1] == code.splitlines()[0]


def test_a_cell_inside_a_directive_is_not_run_by_the_site_and_not_by_us():
    assert collect(":::{note}\n```{code-cell} python\nx = 1\n```\n:::\n").cells == ()


def test_the_settings_at_the_head():
    assert page().settings == Settings(("state",), ("top",), "w")
    assert collect("# No head\n").settings == Settings()
    assert collect("---\ntitle: x\n---\n").settings == Settings()


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("recompute: [a]", "takes use, abbreviations and prime"),
        ("recompute: {uses: [a]}", "takes use, abbreviations and prime"),
        ("recompute: {use: a}", "“recompute: use:” is a list of labels"),
        ("recompute: {abbreviations: [1]}", "is a list of labels"),
        ("recompute: {prime: 3}", "“recompute: prime:” is a letter"),
        ("recompute: {use: [a", "the head of the page is not YAML"),
        ("- a\n- b", "the head of the page is"),
    ],
    ids=["a list", "misspelt", "no list", "no label", "no letter", "no yaml", "no mapping"],
)
def test_a_head_that_cannot_be_read_is_an_error(head, problem):
    with pytest.raises(ValueError, match=problem):
        collect(f"---\n{head}\n---\n# Title\n")


def test_what_cells_are_told():
    data = page().data({"state": Shared("s_t = 1", abbreviation=True)})
    assert '"use": [{"label": "state", "tex": "s_t = 1", "abbreviation": true}]' in data
    assert '"prime": "w"' in data
    with pytest.raises(KeyError, match="“recompute: use:” names state; shared definitions are other"):
        page().data({"other": Shared("a = 1", abbreviation=False)})
    with pytest.raises(KeyError, match="“recompute: abbreviations:” names nowhere"):
        collect("---\nrecompute: {abbreviations: [nowhere]}\n---\n").data({})


def test_claims_once_each_and_labels_first_come():
    twice = collect("{claim}`a = 1` {claim}`a = 1`\n\n$$\nb\n$$ (x)\n\n$$\nc\n$$ (x)\n")
    assert (twice.claims(), twice.labelled()) == (("a = 1",), {"x": "b"})
    assert len(twice.formulas) == 4


def test_shared_definitions_know_their_kind():
    pages = [collect("---\nrecompute: {abbreviations: [a]}\n---\n$$\nx\n$$ (a)\n\n$$\ny\n$$ (b)\n")]
    assert shared_of(pages) == {"a": Shared("x", abbreviation=True), "b": Shared("y", abbreviation=False)}
    assert shared_of([Collected()]) == {}


def test_pages_are_read_with_the_syntax_of_the_site(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "conf" / "extensions"))
    conf = runpy.run_path(str(ROOT / "conf" / "conf.py"))
    assert set(conf["myst_enable_extensions"]) == SYNTAX
    assert not conf.get("myst_dmath_double_inline", False)


def test_every_formula_of_the_book_is_found():
    """Counted by eye in the source: displayed formulas stand in `$$` with a label behind."""
    for path in (ROOT / "docs").glob("*.md"):
        text = re.sub(r"(?ms)^````\w+$.*?^````$", "", path.read_text(encoding="utf-8"))  # quoted, to be copied
        labels = re.findall(r"(?m)^\s*\$\$ \(([\w-]+)\)$", text)
        assert set(labels) <= {formula.label for formula in collect(text).formulas}
        assert len([f for f in collect(text).formulas if f.inline]) == len(re.findall(r"\{claim\}`", text))


def test_a_verbatim_directive_is_no_place_for_formulas():
    for name in VERBATIM - {"math"}:
        assert collect(f"```{{{name}}}\n$$\na\n$$ (x)\n```\n").formulas == ()
