"""The README shows what the machine says, to the letter."""

import re
from pathlib import Path

from recompute.judge import judge

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_message_is_the_real_one(tmp_path):
    shown = re.search(r"(?s)```text\n(.*?)\n```", README)[1]
    formula = re.search(r"(?s)```markdown\n\$\$\n(.*?)\n\$\$ \((.*?)\)\n```", README)
    text = (ROOT / "docs" / "not-a-constant.md").read_text(encoding="utf-8")
    assert formula[0].removeprefix("```markdown\n").removesuffix("\n```") in text
    broken = tmp_path / "not-a-constant.md"
    broken.write_text(text.replace(f"\n{formula[1]}\n", "\n(w s_2)' = s_2\n", 1), encoding="utf-8")
    found = [finding for finding in judge(broken, ROOT / "docs" / "notation.md") if not finding.passes]
    assert [finding.report.replace(str(broken), "docs/not-a-constant.md") for finding in found] == [shown]


def test_files_that_it_names_exist():
    named = re.findall(r"\]\(([^):#]+)\)", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_page_in_contributing_works_as_it_stands(tmp_path):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 45
    block = re.search(r"(?m)^    ---\n(?:    .*\n|\n)*?    ```\n(?!    )", text)[0]
    page = tmp_path / "mine.md"
    page.write_text(re.sub(r"(?m)^    ", "", block), encoding="utf-8")
    found = judge(page, ROOT / "docs" / "notation.md")
    assert [(finding.name, finding.verdict.kind) for finding in found] == [("second-state", "exact")]
