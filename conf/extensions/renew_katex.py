r"""Replace the copy of KaTeX that sets this book, from one npm package file.

    npm pack katex@0.19.1
    python conf/extensions/renew_katex.py katex-0.19.1.tgz

What is needed is taken from the package and nothing else: the program, which only the build runs
(`conf/extensions/katex`), and the stylesheet with its WOFF2 fonts, which readers get (`conf/static/katex`).
Both folders are exchanged only after everything was verified. `SHA256SUMS` lists every file, so
`cd conf && sha256sum --check extensions/katex/SHA256SUMS` tells whether one was touched later.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import tarfile
from pathlib import Path

CONF = Path(__file__).resolve().parent.parent
PROGRAM, SITE = Path("extensions/katex"), Path("static/katex")  # relative to conf/
FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
OLDER_FORMATS = re.compile(r",url\([^)]*\.(?:woff|ttf)\) format\(\"[^\"]*\"\)")
URL = re.compile(r"url\(([^)]*)\)")


class PackageError(ValueError):
    """The package does not have the structure that is expected of KaTeX."""


def read_package(tarball: Path) -> dict[str, bytes]:
    """Read an npm package file: path inside the package -> content.

    Raises:
        PackageError: The file is no npm package of KaTeX.
    """
    with tarfile.open(tarball) as archive:
        members = {m.name.removeprefix("package/"): m for m in archive if m.isfile()}
        content = {name: file.read() for name, m in members.items() if (file := archive.extractfile(m))}
    name = json.loads(content.get("package.json", b"{}")).get("name")
    if name != "katex":
        message = f"{tarball.name} is the package {name!r}, expected 'katex': get it by `npm pack katex@VERSION`"
        raise PackageError(message)
    return content


def lean_css(css: str) -> str:
    """Keep one format per font, WOFF2, which every browser of the last eight years reads.

    Raises:
        PackageError: The stylesheet would fetch anything but its own WOFF2 fonts.
    """
    css = OLDER_FORMATS.sub("", css)
    urls, faces = URL.findall(css), FONT_FACE.findall(css)
    foreign = [url for url in urls if not re.fullmatch(r"fonts/KaTeX_[\w-]+\.woff2", url)]
    if foreign or len(urls) != len(faces) or "@import" in css:
        message = f"katex.min.css has {len(faces)} font faces with {len(urls)} addresses; not WOFF2: {foreign}"
        raise PackageError(message)
    return css


def select(package: dict[str, bytes]) -> dict[Path, bytes]:
    """Choose the files of the book from the package: path relative to conf/ -> content.

    Raises:
        PackageError: A file is missing, or the program does not carry the version of the package.
    """
    version = str(json.loads(package["package.json"])["version"])
    try:
        css = lean_css(package["dist/katex.min.css"].decode())
        fonts = {SITE / url: package[f"dist/{url}"] for url in URL.findall(css)}
        program, licence = package["dist/katex.min.js"], package["LICENSE"]
    except KeyError as missing:
        message = f"the package katex {version} has no file {missing}: its layout changed, adapt this program"
        raise PackageError(message) from missing
    if f'"{version}"'.encode() not in program:
        message = f"katex.min.js does not carry the version {version} of its package"
        raise PackageError(message)
    return {
        PROGRAM / "katex.min.js": program,
        PROGRAM / "LICENSE": licence,
        PROGRAM / "VERSION": f"{version}\n".encode(),
        SITE / "katex.min.css": css.encode(),
        SITE / "LICENSE": licence,
        **fonts,
    }


def checksums(files: dict[Path, bytes], tarball: Path) -> bytes:
    """List the checksums as `sha256sum --check` reads them; that of the package is a comment."""
    rows = [f"{hashlib.sha256(content).hexdigest()}  {path.as_posix()}" for path, content in sorted(files.items())]
    origin = f"# {hashlib.sha256(tarball.read_bytes()).hexdigest()}  {tarball.name}, the package they come from"
    return "\n".join([origin, *rows, ""]).encode()


def exchange(folder: Path, files: dict[Path, bytes]) -> None:
    """Write the files into a new folder beside the old one, then let it take the old one's place."""
    fresh, stale = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    for left_over in (fresh, stale):
        shutil.rmtree(left_over, ignore_errors=True)
    for path, content in files.items():
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        (fresh / path).write_bytes(content)
    if folder.exists():
        folder.rename(stale)
    fresh.rename(folder)
    shutil.rmtree(stale, ignore_errors=True)


def renew(tarball: Path, conf: Path = CONF) -> str:
    """Verify the package, exchange both folders under `conf`, and return the version."""
    files = select(read_package(tarball))
    files[PROGRAM / "SHA256SUMS"] = checksums(files, tarball)
    for folder in (PROGRAM, SITE):
        inside = {path.relative_to(folder): data for path, data in files.items() if path.is_relative_to(folder)}
        exchange(conf / folder, inside)
    return files[PROGRAM / "VERSION"].decode().strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Replace the vendored KaTeX by the one in an npm package file.")
    parser.add_argument("tarball", type=Path, help="the file that `npm pack katex@VERSION` wrote")
    sys.stdout.write(f"KaTeX {renew(parser.parse_args().tarball)} is in place; run the tests, then look at a page.\n")
