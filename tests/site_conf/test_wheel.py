"""The wheel beside the notebooks is one that installers take, with the code of this checkout in it."""

import hashlib
import tomllib
import zipfile
from base64 import urlsafe_b64encode
from io import BytesIO
from pathlib import Path

from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename
from wheel import name, packed

SRC = Path(__file__).parents[2] / "src"


def test_its_name_and_its_record_are_as_the_standard_says():
    distribution, version, _, tags = parse_wheel_filename(name())
    assert distribution == "product-rule-to-bptt"
    assert {str(tag) for tag in tags} == {"py3-none-any"}
    archive = zipfile.ZipFile(BytesIO(packed()))
    info = f"product_rule_to_bptt-{version}.dist-info"
    record = archive.read(f"{info}/RECORD").decode().splitlines()
    assert record.pop() == f"{info}/RECORD,,"
    assert [line.split(",")[0] for line in record] == archive.namelist()[:-1]
    for path, digest, size in (line.split(",") for line in record):
        content = archive.read(path)
        assert int(size) == len(content)
        assert digest == "sha256=" + urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def test_it_asks_for_what_pyproject_names_and_not_for_what_is_installed(monkeypatch):
    monkeypatch.setattr("importlib.metadata.PathDistribution.read_text", lambda *_: "Name: stale\nVersion: 0\n")
    project = tomllib.loads((SRC.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    archive = zipfile.ZipFile(BytesIO(packed()))
    (path,) = (path for path in archive.namelist() if path.endswith("/METADATA"))
    told = Metadata.from_email(archive.read(path))  # it refuses what the standard does not know
    assert set(told.requires_dist) == {Requirement(one) for one in project["dependencies"]}
    assert (told.name, str(told.version)) == (project["name"], project["version"])
    assert str(told.requires_python) == project["requires-python"]
    assert told.license_expression == project["license"]
    assert [f"{path.removesuffix('METADATA')}licenses/{one}" for one in told.license_files] == [
        one for one in archive.namelist() if "/licenses/" in one
    ]


def test_it_holds_every_file_of_both_packages():
    archive = zipfile.ZipFile(BytesIO(packed()))
    tracked = {
        path.relative_to(SRC).as_posix() for package in ("bptt", "recompute") for path in (SRC / package).rglob("*")
    }
    expected = {path for path in tracked if (SRC / path).is_file() and "__pycache__" not in path}
    assert {path for path in archive.namelist() if ".dist-info/" not in path} == expected
    assert {"recompute/carried.py", "bptt/__init__.py"} <= expected


def test_it_is_the_same_twice():
    assert packed() == packed()
    assert {entry.date_time for entry in zipfile.ZipFile(BytesIO(packed())).infolist()} == {(1980, 1, 1, 0, 0, 0)}
