"""The outer files keep their promises: the lock, a reason beside each exception, the pinned actions, the commands."""

import ast
import os
import re
import runpy
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def canonical(requirement):
    """Return the normalised project name of a requirement such as `sphinx>=9,<10`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement).group()
    return re.sub(r"[-_.]+", "-", name).lower()


def with_includes(groups, name):
    """Return the requirements of a dependency group, those of its included groups among them."""
    for entry in groups[name]:
        if isinstance(entry, dict):
            yield from with_includes(groups, entry["include-group"])
        else:
            yield entry


def pins():
    """Return the locked requirements, each as name, marker and the hashes below it."""
    line = r"^([a-z0-9][^\s=]*)==[^\s;]+(?: ; ([^\n]+))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
    return re.findall(line, LOCK, re.MULTILINE)


def test_the_lock_names_no_host_and_has_no_index_line():
    assert not re.findall(r"https?:|^\s*-(?!-hash=)\S*|file:|[\w-]+\.(?:org|com|net|io)\b.*", LOCK, re.MULTILINE)


def test_every_locked_version_has_a_hash_and_stands_once():
    requirements = re.findall(r"^[a-z0-9]\S*==\S+", LOCK, re.MULTILINE)
    assert len(pins()) == len(requirements) > 90
    assert len({name for name, _, _ in pins()}) == len(requirements)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_holds_everything_that_pyproject_names(python, platform):
    project = tomllib.loads(PYPROJECT)
    named = [*project["project"]["dependencies"], *with_includes(project["dependency-groups"], "all")]
    where = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform}
    locked = {canonical(name) for name, marker, _ in pins() if not marker or Marker(marker.rstrip()).evaluate(where)}
    assert {canonical(requirement) for requirement in named} <= locked


def test_what_the_browser_tests_need_is_locked_in_a_file_of_their_own():
    lock = (ROOT / "tests" / "site" / "requirements.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+).*? \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE))
    groups = tomllib.loads(PYPROJECT)["dependency-groups"]
    assert {canonical(requirement) for requirement in groups["browser"]} <= set(locked)
    shared = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCK, re.MULTILINE))
    assert [name for name in locked if shared.get(name, locked[name]) != locked[name]] == []
    assert not re.search(r"https?:|^\s*-(?!-hash=)", lock, re.MULTILINE)


def listed_lines():
    """Return every line of pyproject.toml that holds one dependency or one silenced rule."""
    return [line for line in PYPROJECT.splitlines() if re.match(r'  (?:"[A-Za-z][^"]*"|\{ include-group.*?\}),', line)]


def test_every_dependency_and_every_silenced_rule_has_its_reason_on_its_line():
    lines = [line for line in listed_lines() if not re.match(r'  "[A-Z][\w -]+ ::', line)]
    assert len(lines) > 50
    assert [line for line in lines if not re.fullmatch(r"  (?:\"[^\"]*\"|\{[^}]*\}),\s+# \S+ .+", line)] == []


def test_no_dependency_hides_from_the_line_by_line_reading():
    project = tomllib.loads(PYPROJECT)
    lines = "\n".join(listed_lines())
    groups = [entry for group in project["dependency-groups"].values() for entry in group if isinstance(entry, str)]
    per_file = [code for codes in project["tool"]["ruff"]["lint"]["per-file-ignores"].values() for code in codes]
    entries = [*project["project"]["dependencies"], *groups, *project["tool"]["ruff"]["lint"]["ignore"], *per_file]
    assert [entry for entry in entries if f'"{entry}",' not in lines] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_with_its_version_beside_it(workflow):
    used = re.findall(r"uses:\s*(.+)", workflow.read_text(encoding="utf-8"))
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_the_workflow_runs_nox_and_nothing_else_but_what_brings_fonts(workflow):
    commands = re.findall(r"run:\s*(.+)", workflow.read_text(encoding="utf-8"))
    assert commands
    fonts = r"sudo apt-get update -qq && sudo apt-get install -y -qq fonts-[\w-]+( fonts-[\w-]+)*"
    known = rf"pipx run --python '[^']+' nox -s \w+( \w+)*|{fonts}"
    assert [command for command in commands if not re.fullmatch(known, command)] == []


def test_read_the_docs_installs_nox_and_runs_it():
    text = (ROOT / ".readthedocs.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^\s+- (.+?)(?:\s+#.*)?$", text, re.MULTILINE) == [
        "python -m pip install nox",
        "SITE_URL=$READTHEDOCS_CANONICAL_URL python -m nox -s docs",
    ]
    assert not re.search(r"^sphinx:", text, re.MULTILINE)


@pytest.fixture
def asked(monkeypatch):
    """The names that conf.py looks up in the environment, as it looks them up."""
    names = set()

    class Environment(dict):
        def get(self, name, default=None):
            names.add(name)
            return super().get(name, default)

    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", Environment())
        patch.setattr(sys, "path", [*sys.path])
        runpy.run_path(str(ROOT / "conf" / "conf.py"))
    return names


def test_the_site_that_is_published_and_the_one_that_is_tested_are_given_their_addresses(asked):
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8"))["jobs"]
    steps = [(name, step) for name, job in jobs.items() for step in job["steps"]]
    given = {name: step["env"] for name, step in steps if "env" in step}
    assert {name: set(env) for name, env in given.items()} == {"docs": asked, "browser": asked}
    assert given["docs"] == {
        "SITE_URL": "${{ vars.SITE_URL }}",
        "REPOSITORY_URL": "${{ github.server_url }}/${{ github.repository }}",
    }
    assert [name for name, step in steps if "upload-pages-artifact" in step.get("uses", "")] == ["docs"]


def test_before_the_site_is_published_every_other_job_is_green_and_every_check_of_the_site_has_one():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8"))["jobs"]
    assert set(jobs["publish"]["needs"]) == set(jobs) - {"publish"}
    sessions = {name for job in jobs.values() for step in job["steps"] for name in commands_of(step)}
    assert sessions == {"misprints", "tests", "browser", "pdf", "lint", "fuzz"}


def commands_of(step):
    """Return the sessions of nox that a step runs."""
    return step.get("run", "nox -s ").partition("nox -s ")[2].split()


def test_ci_runs_commands_of_the_readme_and_of_the_noxfile():
    commands = re.findall(r"^timed '(.+)'$", CI, re.MULTILINE)
    assert [command.split()[-1] for command in commands] == ["docs", "misprints", "browser", "tests", "lint", "fuzz"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [command for command in (commands[0], commands[3]) if command not in readme] == []
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert [command for command in commands if f"def {command.split()[-1]}(session" not in noxfile] == []


def test_the_noxfile_can_be_read_by_a_python_that_is_too_old():
    """Python 3.8 must reach the message that it is too old, not a SyntaxError."""
    ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_citation_and_the_package_name_one_version():
    version = tomllib.loads(PYPROJECT)["project"]["version"]
    assert (
        re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1] == version
    )


def own_files():
    """Return the project's own text files: what is built, installed or vendored left out."""
    folders = [ROOT / name for name in ("src", "conf", "docs", "tests", ".github", ".ci")]
    inside = [path for folder in folders for path in folder.rglob("*")]
    texts = (".py", ".md", ".toml", ".txt", ".lark", ".yml", ".yaml", ".cff", ".css", ".js", ".html", ".bib", "")
    foreign = {"__pycache__", "katex", "build"}
    return [
        path
        for path in [*ROOT.iterdir(), *inside]
        if path.is_file() and path.suffix in texts and not foreign & set(path.relative_to(ROOT).parts)
    ]


def test_no_file_names_a_machine_or_a_host_of_packages():
    machine = r"/(?:home|Users|root|work)/[\w.]"  # somebody's own folder
    host = r"(?:pypi|pythonhosted|debian|npmjs)\.(?:org|com)|--(?:extra-)?index-url[ =]h"
    address = r"(?<![\d.])(?!127\.0\.0\.1|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in own_files()
        for hit in re.finditer(
            f"{machine}|{host}" + ("" if path.name == "requirements.txt" else f"|{address}"),
            path.read_text(encoding="utf-8"),
        )
    ]
    assert found == []
