"""What is missing is named, with the way to get it."""

import pytest
import tools


@pytest.fixture
def bare(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CHROMIUM", "JAVA", "LYCHEE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("find", "variable", "name"),
    [
        (tools.chromium, "CHROMIUM", "chromium"),
        (tools.chromium, "CHROMIUM", "google-chrome"),
        (tools.java, "JAVA", "java"),
        (tools.lychee, "LYCHEE", "lychee"),
    ],
)
def test_a_program_is_found_on_the_path_or_by_its_variable(bare, monkeypatch, find, variable, name):
    with pytest.raises(FileNotFoundError) as missing:
        find()
    for words in (name, "apt-get install chromium", "brew install", "winget install", f"{variable}=/path/to/"):
        assert words in str(missing.value)
    place = bare / name
    place.write_text("#!/bin/sh\n")
    place.chmod(0o755)
    assert find() == str(place)
    other = place.rename(bare / "elsewhere")
    monkeypatch.setenv(variable, str(other))
    assert find() == str(other)
    monkeypatch.setenv(variable, str(bare / "nowhere"))
    with pytest.raises(FileNotFoundError, match=f"{variable} is .*nowhere, and there is no program of that name"):
        find()
