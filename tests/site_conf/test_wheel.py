"""The wheel beside the notebooks is one that installers take, with the code of this checkout in it."""

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from io import BytesIO
from pathlib import Path

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
    assert "Requires-Dist: numpy" in archive.read(f"{info}/METADATA").decode()


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
