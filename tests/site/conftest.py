"""One browser and one server for each worker. SITE names the folder of the built site; build/html unless given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tools
from playwright.sync_api import sync_playwright
from serve import Server

SITE = Path(os.environ.get("SITE", Path(__file__).parents[2] / "build" / "html")).resolve()
# Nothing is looked up but this machine: a page that asks another host is noticed, and no host is told.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def pytest_configure():
    """Before anything is run, say what is missing."""
    try:
        tools.chromium(), tools.java(), tools.lychee()
    except FileNotFoundError as missing:
        raise pytest.UsageError(str(missing)) from None
    if not (SITE / "index.html").is_file():
        raise pytest.UsageError(f"There is no site in {SITE}: build it with nox -s docs, or name its folder in SITE.")


def pytest_generate_tests(metafunc):
    """A test with the argument `each_page` runs for every page of the site, the heaviest first."""
    if "each_page" in metafunc.fixturenames:
        pages = sorted(SITE.rglob("*.html"), key=lambda path: (-path.stat().st_size, path))
        metafunc.parametrize("each_page", [path.relative_to(SITE).as_posix() for path in pages])


@pytest.fixture(scope="session")
def site():
    return SITE


@pytest.fixture(scope="session")
def address():
    return Server(SITE).address


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.chromium(), args=FLAGS)
        yield browser
        browser.close()
