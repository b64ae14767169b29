import hashlib
import io
import json
import re
import tarfile

import pytest
import renew_katex as renew

CONF = renew.CONF
SUMS = CONF / renew.PROGRAM / "SHA256SUMS"


def test_every_file_of_katex_is_listed_and_unchanged():
    rows = [row.split("  ", 1) for row in SUMS.read_text().splitlines() if not row.startswith("#")]
    here = {
        path.relative_to(CONF).as_posix()
        for folder in (renew.PROGRAM, renew.SITE)
        for path in (CONF / folder).rglob("*")
        if path.is_file() and path != SUMS
    }
    assert {path for _, path in rows} == here
    for digest, path in rows:
        assert hashlib.sha256((CONF / path).read_bytes()).hexdigest() == digest, path


def test_the_version_is_that_of_the_program_and_of_the_package():
    version = (CONF / renew.PROGRAM / "VERSION").read_text().strip()
    assert f'"{version}"' in (CONF / renew.PROGRAM / "katex.min.js").read_text(encoding="utf-8")
    assert re.fullmatch(rf"# [0-9a-f]{{64}}  katex-{re.escape(version)}\.tgz, .*", SUMS.read_text().splitlines()[0])


def test_readers_get_css_fonts_and_the_licence_but_no_program():
    site = CONF / renew.SITE
    css = (site / "katex.min.css").read_text(encoding="utf-8")
    assert sorted(renew.URL.findall(css)) == sorted(f"fonts/{font.name}" for font in (site / "fonts").iterdir())
    assert "MIT" in (site / "LICENSE").read_text()
    assert not list(site.rglob("*.js"))


OLD = ',url(fonts/KaTeX_A.woff) format("woff")'
CSS = '@font-face{font-family:KaTeX_A;src:url(fonts/KaTeX_A.woff2) format("woff2")' + OLD + "}"
FILES = {
    "package.json": json.dumps({"name": "katex", "version": "9.9.9"}),
    "LICENSE": "MIT",
    "dist/katex.min.js": 'version:"9.9.9"',
    "dist/katex.min.css": CSS,
    "dist/fonts/KaTeX_A.woff2": "font",
    "dist/fonts/KaTeX_A.woff": "old font",
}


def pack(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def test_renewing_replaces_both_folders_and_leaves_nothing_of_the_old_ones(tmp_path):
    conf = tmp_path / "conf"
    (conf / renew.SITE).mkdir(parents=True)
    (conf / renew.SITE / "left-over.css").touch()
    tarball = pack(tmp_path / "katex-9.9.9.tgz", FILES)
    assert renew.renew(tarball, conf) == "9.9.9"
    here = {path.relative_to(conf).as_posix() for path in conf.rglob("*") if path.is_file()}
    assert here == {
        *(f"extensions/katex/{name}" for name in ("LICENSE", "SHA256SUMS", "VERSION", "katex.min.js")),
        *(f"static/katex/{name}" for name in ("LICENSE", "katex.min.css", "fonts/KaTeX_A.woff2")),
    }
    assert (conf / renew.SITE / "katex.min.css").read_text() == CSS.replace(OLD, "")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"package.json": '{"name": "evil"}'}, "is the package 'evil', expected 'katex'"),
        ({"dist/katex.min.js": 'version:"9.9.8"'}, "does not carry the version 9.9.9"),
        ({"dist/katex.min.css": CSS + "@import url(//cdn.example/x.css)"}, "1 font faces with 2 addresses"),
        ({"dist/katex.min.css": CSS.replace("fonts/KaTeX_A.woff2", "//cdn.example/A.woff2")}, "not WOFF2: ['//cdn"),
        ({"dist/katex.min.css": CSS.replace("A.woff2", "B.woff2")}, "has no file 'dist/fonts/KaTeX_B.woff2'"),
    ],
)
def test_a_package_that_is_not_as_expected_changes_nothing(tmp_path, changed, message):
    tarball = pack(tmp_path / "katex-9.9.9.tgz", FILES | changed)
    with pytest.raises(renew.PackageError, match=re.escape(message)):
        renew.renew(tarball, tmp_path / "conf")
    assert not (tmp_path / "conf").exists()
