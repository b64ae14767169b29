"""What one can do with this checkout: `nox -l` lists it.

`nox -s docs` builds the site, `nox -s tests` runs the tests, `nox -s live` rebuilds while one writes, `nox -s lint`
runs the linters, `nox -s check -- docs/page.md` judges one page's formulas, `nox -s misprints` builds
the site and tries every misprint of every formula, `nox -s browser` tests the built site in Chromium,
`nox -s fuzz` looks for texts that break the language,
`nox -s mutants` tries small errors in the code that judges formulas and says which ones no test notices,
`nox -s bench` times builds, checks and gradients, `nox -s pdf` prints the site as one book,
`nox -s lock` renews the locked versions.
All but the last share one environment per Python. It is installed once, and again when pyproject.toml or
requirements.txt has changed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older Pythons do reach this line, and are told what to do
    sys.exit(
        f"This project needs Python 3.11 or newer, but this nox runs on {sys.version.split()[0]} ({sys.executable}).\n"
        "Install a newer Python and name it when you set up, for example:\n"
        "    rm -rf .venv\n"
        "    python3.13 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s docs\n"
        "or, where uv is installed, let it bring one:\n"
        "    uvx --python 3.13 nox -s docs"
    )

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.envdir = f".nox/python{sys.version_info.major}.{sys.version_info.minor}"
nox.options.sessions = ["docs", "tests", "lint"]

ROOT = Path(__file__).parent
LOCK = ROOT / "requirements.txt"
PYPROJECT = ROOT / "pyproject.toml"
SITE = Path(os.environ.get("READTHEDOCS_OUTPUT", "build")) / "html"
SPHINX = ("-c", "conf", "-n", "-b", "html")
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


@nox.session(reuse_venv=True)
def env(session: nox.Session) -> None:
    """Install the environment that the other sessions share."""
    if session.venv_backend == "none":
        session.error("the sessions share an environment of their own: leave --no-venv out")
    stamp = Path(session.env_dir, "installed")
    state = hashlib.sha256(b"\0".join((bytes(ROOT), PYPROJECT.read_bytes(), LOCK.read_bytes()))).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return
    stamp.unlink(missing_ok=True)
    session.env.update({"UV_COMPILE_BYTECODE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    session.install("--require-hashes", "-r", LOCK)
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    stamp.write_text(state, encoding="utf-8")


def python(session: nox.Session, *args: str, **variables: str) -> None:
    """Run the shared environment's Python with `args`, BLAS on one thread and the environment `variables` set."""
    home = Path(session.env_dir).with_name("env").resolve()
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    path = os.pathsep.join([str(scripts), os.environ.get("PATH", os.defpath)])
    surroundings = {"VIRTUAL_ENV": str(home), "PATH": path, **ONE_THREAD, **variables}
    session.run(str(scripts / "python"), *args, env=surroundings, external=True)


def commit_time() -> dict[str, str]:
    """Return SOURCE_DATE_EPOCH, the time of the last commit, so that a rebuilt site is the same byte for byte."""
    git = shutil.which("git")
    if git is None or "SOURCE_DATE_EPOCH" in os.environ:
        return {}
    last = [git, "log", "-1", "--format=%ct"]
    time = subprocess.run(last, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - git
    return {"SOURCE_DATE_EPOCH": time} if time else {}


@nox.session(venv_backend="none", requires=["env"])
def docs(session: nox.Session) -> None:
    """Build the site into build/html; any warning is an error. Options of sphinx-build go behind `--`."""
    build(session)


def build(session: nox.Session, jobs: str = "auto", **variables: str) -> None:
    """Build the site with the options behind `--`, and say where it is."""
    strict = ("-W", "--keep-going", "-j", jobs, "-d", "build/doctrees")
    options = () if session.name == "browser" else session.posargs  # there, they are meant for pytest
    command = ("-m", "sphinx", *SPHINX, *strict, *options, "docs", str(SITE))
    python(session, *command, **commit_time(), **variables)
    page = SITE / "index.html"
    print(f"\nThe site is built. Open {page} in a browser:\n    {page.resolve().as_uri()}\n", flush=True)


@nox.session(venv_backend="none", requires=["env"])
def misprints(session: nox.Session) -> None:
    """Build the site with every misprint of every formula tried; a misprint that a check lets pass is an error."""
    jobs = 2 * (os.cpu_count() or 1)  # Sphinx hands out pages in a few lots, and some lots take much longer here
    build(session, str(jobs), RECOMPUTE_MISPRINTS="1")


@nox.session(venv_backend="none", requires=["env"])
def tests(session: nox.Session) -> None:
    """Run the tests. Options of pytest go behind `--`."""
    python(session, "-m", "pytest", "-n", "auto", *session.posargs)


@nox.session(reuse_venv=True, default=False, requires=["env"])
def browser(session: nox.Session) -> None:
    """Look at every page of the site in Chromium, and at its links and its HTML. Options of pytest go behind `--`.

    The site is the one in build/html, which is built where there is none, or the one in the folder SITE. What has to be
    installed besides, Chromium and Java, the session tells where it is missing.
    """
    site = Path(os.environ.get("SITE", SITE)).resolve()
    if site == SITE.resolve() and not (site / "index.html").is_file():
        build(session)
    session.install("--require-hashes", "-r", "tests/site/requirements.txt")
    where = {"SITE": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    session.run("python", "-m", "pytest", "-n", "auto", "tests/site", *session.posargs, env=where)
    # Books made for a test need Sphinx, so these run in the shared environment, with this one's Playwright.
    platlib = str(session.run("python", "-c", "import sysconfig; print(sysconfig.get_path('platlib'))", silent=True))
    small = ("tests/site_conf/test_previews.py", "tests/site_conf/test_found.py")
    python(session, "-m", "pytest", "-n", "auto", *small, PYTHONPATH=platlib.strip())


@nox.session(venv_backend="none", requires=["env"])
def live(session: nox.Session) -> None:
    """Serve the site on localhost, rebuild and reload while one writes."""
    watch = ("--watch", "src", "--watch", "conf", "--re-ignore", r"__pycache__|\.egg-info")
    folders = ("-d", "build/live/doctrees", "docs", "build/live/html")
    python(session, "-m", "sphinx_autobuild", *SPHINX, *watch, *session.posargs, *folders)


@nox.session(venv_backend="none", requires=["env"])
def lint(session: nox.Session) -> None:
    """Run ruff with every rule, its formatter, mypy on src and codespell; `-- --fix` mends what ruff can mend."""
    linters = {
        "ruff check": ("ruff", "check", *session.posargs),
        "ruff format": ("ruff", "format", *(() if "--fix" in session.posargs else ("--check",))),
        "mypy": ("mypy",),
        "codespell": ("codespell_lib",),
    }
    red = []
    for name, command in linters.items():
        try:
            python(session, "-m", *command)
        except nox.command.CommandFailed:
            red.append(name)
    if red:
        session.error(f"red: {', '.join(red)}; the reasons stand above")


@nox.session(venv_backend="none", requires=["env"])
def check(session: nox.Session) -> None:
    """Judge the formulas of the pages named behind `--`, without Sphinx."""
    if not session.posargs:
        session.error("name the page: nox -s check -- docs/page.md")
    python(session, "-m", "recompute", *session.posargs)


@nox.session(venv_backend="none", requires=["env"], default=False)
def bench(session: nox.Session) -> None:
    """Print how long builds and checks take, beside the limits, and how long gradients take."""
    python(session, "benchmarks/speed.py")
    python(session, "benchmarks/gradients.py")
    python(session, "benchmarks/kernels.py")


@nox.session(reuse_venv=True, default=False)
def peers(session: nox.Session) -> None:
    """Compare gradients, times and memory with PyTorch and JAX, in an environment of their own.

    Options of benchmarks/gradients.py and of benchmarks/kernels.py go behind `--`. Where uv installs, what PyTorch
    needs for graphics cards, which is most of it, is left out.
    """
    session.env["UV_TORCH_BACKEND"] = os.environ.get("UV_TORCH_BACKEND", "cpu")
    session.install(*nox.project.dependency_groups(nox.project.load_toml(PYPROJECT), "peers"))
    session.env.update({**ONE_THREAD, "PYTHONPATH": str(ROOT / "src")})
    session.run(
        "python",
        "-m",
        "pytest",
        "-n",
        "auto",
        *(str(path) for peer in ("torch", "jax") for path in sorted(ROOT.glob(f"tests/bptt/test_*_{peer}.py"))),
    )
    session.run("python", "benchmarks/gradients.py", *session.posargs)
    session.run("python", "benchmarks/kernels.py", *session.posargs)


@nox.session(reuse_venv=True, default=False, requires=["env"])
def fuzz(session: nox.Session) -> None:
    """Look for a minute, or the seconds behind `--`, for a text that is neither computed nor refused. Linux alone."""
    if sys.platform != "linux":
        session.skip("Atheris, which writes the texts, runs on Linux alone")
    if sys.version_info >= (3, 14):
        session.skip("Atheris 3.0 has no wheel for this Python")
    session.install("--require-hashes", "--only-binary", ":all:", "-r", "tests/recompute/fuzz.txt")
    platlib = str(session.run("python", "-c", "import sysconfig; print(sysconfig.get_path('platlib'))", silent=True))
    python(session, "tests/recompute/fuzz.py", *(session.posargs or ["60"]), PYTHONPATH=platlib.strip())


@nox.session(reuse_venv=True, default=False, requires=["env"])
def mutants(session: nox.Session) -> None:
    """Try small errors in the modules that judge formulas, or in those named behind `--`; say which no test notices.

    It takes some minutes on two cores. An error that no test notices wants a sharper test, simpler code, or its reason
    in EXPLAINED in tests/recompute/mutants.py; without one this is red.
    """
    if not hasattr(os, "fork"):
        session.skip("every error is tried in a fork, which this system does not have")
    session.install("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", "tests/recompute/mutants.txt")
    platlib = str(session.run("python", "-c", "import sysconfig; print(sysconfig.get_path('platlib'))", silent=True))
    python(session, "tests/recompute/mutants.py", *session.posargs, PYTHONPATH=platlib.strip())


@nox.session(reuse_venv=True, default=False, requires=["docs"])
def pdf(session: nox.Session) -> None:
    """Print the site as one book, build/book.pdf, and compare it with the site. Chromium prints, minutes long."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml(PYPROJECT), "pdf"))
    book = SITE.parent / "book.pdf"
    session.run("python", "conf/pdf/press.py", str(SITE), str(book), env=commit_time())
    where = {"BOOK": str(book.resolve()), "SITE": str(SITE.resolve())}
    session.run("python", "-m", "pytest", "-n", "0", "tests/pdf", env=where)


@nox.session(reuse_venv=True, default=False)
def lock(session: nox.Session) -> None:
    """Write the locked versions anew; `-- --upgrade` takes the newest versions that pyproject.toml allows."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml(PYPROJECT), "lock"))
    where = ("--universal", "--python-version", "3.11", "--fork-strategy", "fewest")
    how = ("--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet", *where, *session.posargs)
    session.run("uv", "pip", "compile", "pyproject.toml", "--group", "all", *how, "--output-file", "requirements.txt")
    own = ("--group", "browser", "--constraints", "requirements.txt", "--no-annotate")
    session.run("uv", "pip", "compile", *own, *how, "--output-file", "tests/site/requirements.txt")
