"""The helper packages of the book as a wheel beside the notebooks, so that `pip install` needs nothing but this site.

A wheel of pure Python is a folder in an archive, with a list of its files: it is written here in a few lines, so that
two builds give the same bytes and none calls another program. What it says of itself stands in pyproject.toml, not in
what happens to be installed, which may be older.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FOLDER = "notebooks"
ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LEFT_OUT = {".pyc"}
WHEEL = "Wheel-Version: 1.0\nGenerator: the book\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def stem() -> str:
    """Name and version as the standard writes them."""
    return f"{PROJECT['name'].replace('-', '_')}-{PROJECT['version']}"


def name() -> str:
    """The file's name."""
    return f"{stem()}-py3-none-any.whl"


def metadata() -> str:
    """What installers ask of a package, in the words of the standard."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {PROJECT['name']}",
        f"Version: {PROJECT['version']}",
        f"Summary: {PROJECT['description']}",
        f"License-Expression: {PROJECT['license']}",
        "License-File: LICENSE",
        f"Requires-Python: {PROJECT['requires-python']}",
        *(f"Requires-Dist: {one}" for one in PROJECT["dependencies"]),
    ]
    return "\n".join(lines) + "\n"


def files() -> dict[str, bytes]:
    """What the wheel holds, by path: the packages, and what tells of them."""
    info = f"{stem()}.dist-info"
    packages = sorted(path.parent for path in (ROOT / "src").glob("*/__init__.py"))
    found = sorted(path for package in packages for path in package.rglob("*") if path.is_file())
    code = {
        path.relative_to(ROOT / "src").as_posix(): path.read_bytes() for path in found if path.suffix not in LEFT_OUT
    }
    return code | {
        f"{info}/METADATA": metadata().encode(),
        f"{info}/WHEEL": WHEEL.encode(),
        f"{info}/licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
    }


def packed() -> bytes:
    """The archive."""
    held = files()
    record = f"{stem()}.dist-info/RECORD"
    lines = [f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in held.items()]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as wheel:
        for path, content in (held | {record: "".join([*lines, f"{record},,\n"]).encode()}).items():
            entry = zipfile.ZipInfo(path)  # without a time: that of 1980
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return archive.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the wheel beside the notebooks."""
    folder = Path(app.outdir, FOLDER)
    if exception is None and folder.is_dir():
        (folder / name()).write_bytes(packed())


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write it when the notebooks are there."""
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
