"""`python -m recompute page.md` judges a page as the site would, in two seconds, and says so with its exit code."""

import re
import resource
import subprocess
import sys

import pytest

from recompute.__main__ import main
from recompute.judge import judge

GOOD = r"""# A page

$$
(a + b)^2 = a^2 + 2 a b + b^2
$$ (square)

Inline: {claim}`a < 2`.

```{code-cell} python
from recompute import page
page.draw(lambda seed: {"a": 0.5 + seed / 300, "b": -0.25})
page.check()
```
"""
CELL = GOOD.partition("```{code-cell}")[1] + GOOD.partition("```{code-cell}")[2]


def written(folder, text, name="page.md"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments):
    """The finished process, and the seconds that it computed: the same on a busy machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "recompute", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_good_page(tmp_path, capsys):
    path = written(tmp_path, GOOD)
    assert main([str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}:4: (square) ")
    assert lines[1].startswith(
        f"{path}:7: (a < 2) holds: residual 0, the smaller side reaches 42% of the larger, 100 comparisons"
    )
    assert lines[2:] == [f"{path}: 2 of 2 pass"]
    assert main([str(path), "--quiet"]) == 0
    assert capsys.readouterr().out == f"{path}: 2 of 2 pass\n"


def test_misprints_are_tried_when_asked_for(tmp_path, capsys):
    path = written(tmp_path, GOOD.replace('"b": -0.25', '"b": -0.25 if seed < 150 else 3.0'))
    assert main([str(path), "--misprints"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"page.md:4: \(square\) \d+ misprints: \d+ noticed by numbers.*; \d+ equally true", out)
    assert re.search(r"page.md:7: \(a < 2\) \d+ misprints: .* missed\n    name: b < 2\n", out)
    better = GOOD.replace("Inline: {claim}`a < 2`.", "").replace('"b": -0.25', '"b": 1.5 - seed / 70')
    assert main([str(written(tmp_path, better)), "--misprints", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "missed" not in out
    assert re.search(r"page.md: \d+ misprints: \d\d+ noticed by numbers", out)


BAD = {
    "a flipped sign": (GOOD.replace("+ 2 a b", "- 2 a b"), 4, "(square) fails", "The two sides differ."),
    "a dropped term": (GOOD.replace("+ 2 a b", ""), 4, "(square) fails", "The two sides differ."),
    "a wrong claim": (GOOD.replace("a < 2", "a < 0.7"), 7, "(a < 0.7) fails", "at draw"),
    "nobody checked": (
        GOOD.replace("page.check()", "page.check('square')"),
        7,
        "(a < 2) unchecked",
        "No code cell has judged this formula.",
    ),
    "no label": (
        GOOD.replace(" (square)", ""),
        4,
        "unchecked",
        "This formula has no label. Write (a-label) behind the closing $$.",
    ),
    "a check that names no formula": (
        GOOD.replace("check()", "check(); page.check('sqare')"),
        12,
        "(sqare) fails",
        "no formula on this page has the label 'sqare'; did you mean 'square'?",
    ),
    "the same label twice": (
        GOOD + "\n$$\na = a + b - b\n$$ (square)\n",
        16,
        "(square) fails",
        "Two formulas of this page have this label.",
    ),
    "outside the language": (
        GOOD.replace("2 a b", "2 a/b"),
        4,
        "(square) fails",
        "a slash leaves open what it divides by.",
    ),
    "a cell that raises": (
        GOOD.replace("page.check()", "page.check()\n1 / 0"),
        13,
        "(code cell) fails",
        "This cell raised ZeroDivisionError: division by zero",
    ),
    "a cell that is no Python": (
        GOOD.replace("page.check()", "page.check()\n)"),
        13,
        "(code cell) fails",
        "This cell raised SyntaxError",
    ),
    "a cell that exits": (
        GOOD.replace("page.check()", "page.check(); raise SystemExit(0)"),
        12,
        "(code cell) fails",
        "This cell raised SystemExit: 0",
    ),
    "a cell that writes to stderr": (
        GOOD.replace("page.check()", "page.check()\nimport sys; print('hm', file=sys.stderr)"),
        10,
        "(code cell) fails",
        "This cell wrote to stderr: hm",
    ),
    "a vanishing summand": (
        GOOD.replace("+ b^2", "+ b^2 + (a - a)"),
        4,
        "(square) vacuous",
        "This summand vanishes on every draw",
    ),
    "no number": (GOOD.replace("+ b^2", r"+ b^2 + \log b"), 4, "(square) fails", "this side is not finite: nan."),
    "the formula was changed by a cell": (
        GOOD.replace("page.check()", "page.formulas['square'] = 'a + b = b + a'; page.check()").replace(
            "+ 2 a b", "- 2 a b"
        ),
        4,
        "(square) unchecked",
        "No code cell",
    ),
    "inside a folded solution": (
        GOOD
        + "\n:::{admonition} Solution\n:class: dropdown\n$$\na = b\n$$ (deep)\n:::\n\n"
        + "```{code-cell} python\npage.check()\n```\n",
        18,
        "(deep) fails",
        "differ",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_page_fails_with_place_label_and_reason(tmp_path, capsys, kind):
    text, line, head, note = BAD[kind]
    path = written(tmp_path, text)
    assert main([str(path), "--quiet"]) == 1
    out = capsys.readouterr().out
    assert f"{path}:{line}: " in out
    assert head in out
    assert note in out
    first, last = out.splitlines()[-1].split(": ")[-1].split(" of ")
    assert int(first) < int(last.split()[0])


def test_all_errors_are_listed_and_later_cells_run(tmp_path):
    text = (
        GOOD.replace("page.check()", "page.check()\n1 / 0")
        + "\n$$\na = b\n$$ (second)\n\n```{code-cell} python\npage.check()\n```\n"
    )
    found = judge(written(tmp_path, text))
    assert [(f.name, f.verdict.kind) for f in found if not f.passes] == [("code cell", "fails"), ("second", "fails")]
    assert found[0].line == 13


def test_shared_definitions_come_from_the_page_beside_it_or_the_one_that_is_named(tmp_path, capsys):
    text = "---\nrecompute: {use: [double]}\n---\n" + GOOD.replace("(a + b)^2 = a^2 + 2 a b + b^2", "r = a + a + b - b")
    path = written(tmp_path, text)
    assert main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}: “recompute: use:” names double; shared definitions are none\n"
    written(tmp_path, "$$\nr = 2 a\n$$ (double)\n", "notation.md")
    assert main([str(path)]) == 0
    other = written(tmp_path, "$$\nr = 3 a\n$$ (double)\n", "other.md")
    assert main([str(path), "--shared", str(other)]) == 1


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("recompute: [", "the head of the page is not YAML"),
        ("recompute: {prime: 1}", "“recompute: prime:” is a letter; it is 1"),
    ],
    ids=["no yaml", "no letter"],
)
def test_a_head_that_cannot_be_read_is_reported(tmp_path, capsys, head, message):
    path = written(tmp_path, f"---\n{head}\n---\n{GOOD}")
    assert main([str(path)]) == 1
    assert f"{path}: {message}" in capsys.readouterr().out


def test_a_shared_definition_that_cannot_be_read_is_reported(tmp_path, capsys):
    written(tmp_path, "$$\nr + 1 = 2 a\n$$ (double)\n", "notation.md")
    path = written(tmp_path, "---\nrecompute: {use: [double]}\n---\n" + GOOD)
    assert main([str(path)]) == 1
    assert "the left side of a definition is a letter\n    r + 1 = 2 a\n    ^^^^^" in capsys.readouterr().out


def test_a_missing_file_is_a_mistake_of_the_command(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main([str(tmp_path / "nowhere.md")])
    assert caught.value.code == 2
    assert "nowhere.md: no such file" in capsys.readouterr().err


def test_several_pages_fail_together_if_one_fails(tmp_path, capsys):
    good, bad = written(tmp_path, GOOD), written(tmp_path, GOOD.replace("+ 2", "- 2"), "bad.md")
    assert main(["--quiet", str(bad), str(good)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"{good}: 2 of 2 pass"


def test_the_command_leaves_its_exit_code(tmp_path):
    good, bad = written(tmp_path, GOOD), written(tmp_path, GOOD.replace("+ 2", "- 2"), "bad.md")
    done, _ = run(good)
    assert (done.returncode, done.stderr) == (0, "")
    assert run(bad)[0].returncode == 1
    warns = written(tmp_path, GOOD + "\n```{code-cell} python\nimport warnings; warnings.warn('hm')\n```\n", "warns.md")
    assert "wrote to stderr" in run(warns)[0].stdout
    assert run(tmp_path / "nowhere.md")[0].returncode == 2
