"""What stands on the disk is what a clean build would give, however the build before ended and whatever changed.

Sphinx writes a page when its own text has changed. Six things escape it, and are mended here:
a build that was interrupted had read pages which it never wrote; a page names titles, numbers and labels of other
pages, which change without it; a label that moved stands twice until both pages are read; an extension, a template or a
style sheet of the site was changed; what stood under the entries of an index is lost to the search when its page is not
written again; and two builds in one folder overwrite each other's files.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from sphinx.util.logging import getLogger

try:
    import fcntl
except ImportError:  # Windows has no such lock: there, one build at a time is up to the writer
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.environment import BuildEnvironment
    from sphinx.search import IndexBuilder
    from sphinx.util.typing import ExtensionMetadata

EXTENSIONS = Path(__file__).parent

logger = getLogger(__name__)
locks: dict[Path, IO[str]] = {}  # held by this process


def unfinished(app: Sphinx) -> Path:
    """The file that names the pages which are being read, until they are written."""
    return Path(app.doctreedir, "unfinished.txt")


def lock(app: Sphinx) -> None:
    """Wait until no other process builds in this folder; its end releases the lock, however it ends."""
    path = Path(app.doctreedir, "lock").resolve()
    if fcntl is None or path in locks:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    locks[path] = path.open("w", encoding="utf-8")
    try:
        fcntl.flock(locks[path], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        logger.info("another build is at work in %s; waiting for its end", app.doctreedir)
        fcntl.flock(locks[path], fcntl.LOCK_EX)


def release(app: Sphinx) -> None:
    """Let the next build in."""
    if held := locks.pop(Path(app.doctreedir, "lock").resolve(), None):
        held.close()


def digest(folders: Iterable[Path]) -> str:
    """Digest all files of some folders, with their names."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [(path.name, path.read_bytes()) for path in files if path.suffix != ".pyc"]
    return hashlib.sha256(repr(kept).encode()).hexdigest()


def outdated(app: Sphinx, env: BuildEnvironment, *_changes: set[str]) -> list[str]:
    """Name the pages that an interrupted build has left unwritten, or all when an extension of the site has changed."""
    before, now = getattr(env, "extensions_of_the_site", None), digest([EXTENSIONS])
    env.extensions_of_the_site = now  # type: ignore[attr-defined]
    if before not in {None, now}:
        return sorted(env.found_docs)
    with suppress(OSError, ValueError):
        return sorted(env.found_docs & set(unfinished(app).read_text(encoding="utf-8").splitlines()))
    return []


def note(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Write down which pages are being read, and forget them all: a label may move from the last to the first."""
    if docnames:
        unfinished(app).write_text("\n".join(docnames), encoding="utf-8")
    for docname in docnames:
        app.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)


def said_of_others(app: Sphinx, env: BuildEnvironment) -> str:
    """Digest what a page shows of another, titles, numbers, labels, entries of the bibliography, and what all share."""
    titles = {name: str(title) for name, title in env.titles.items()}
    tables = {name: str(toc) for name, toc in env.tocs.items()}
    numbers = [env.toc_secnumbers, env.toc_fignumbers, env.toctree_includes]
    objects = [(name, sorted(map(repr, domain.get_objects()))) for name, domain in sorted(env.domains.items())]
    equations = sorted(env.domains["math"].data["objects"].items())
    labels = sorted(env.domains["std"].data["anonlabels"].items())
    shared = digest(Path(app.confdir, folder) for folder in app.config.html_static_path + app.config.templates_path)
    parts = [shared, sorted(titles.items()), sorted(tables.items()), *map(_sorted, numbers), objects, equations, labels]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _sorted(table: dict[str, object]) -> str:
    return repr(sorted((name, repr(value)) for name, value in table.items()))


def spread(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write every page again when something has changed that pages show of one another."""
    before, now = getattr(env, "said_of_others", None), said_of_others(app, env)
    if before in {None, now}:
        pages = []
    else:
        pages = sorted(env.found_docs)
        unfinished(app).write_text("\n".join(pages), encoding="utf-8")
    env.said_of_others = now  # type: ignore[attr-defined]
    return pages


def remember(app: Sphinx) -> list[tuple[str, dict[str, object], str]]:
    """Give the search again what Sphinx does not read back from the search index of the build before.

    Sphinx drops the entries of all indexes but those of the pages that it writes (its issue 12599), and keeps words
    that no page says any more. This runs when all pages are written and the old search index still lies on the disk.
    """
    if (indexer := getattr(app.builder, "indexer", None)) is not None:
        with suppress(OSError, ValueError, KeyError):  # a first build, or the index of another version, as in Sphinx
            read_back(indexer, found_before(app))
        for words in (indexer._mapping, indexer._title_mapping):  # noqa: SLF001 - nobody else says what Sphinx holds
            for word in [word for word, pages in words.items() if not pages]:
                del words[word]
    return []  # pages to be written


def found_before(app: Sphinx) -> dict[str, Any]:
    """The search index that still lies on the disk."""
    builder = cast("StandaloneHTMLBuilder", app.builder)
    with Path(app.outdir, builder.searchindex_filename).open(encoding="utf-8") as stream:
        return cast("dict[str, Any]", builder.indexer_format.load(stream))


def read_back(indexer: IndexBuilder, frozen: dict[str, Any]) -> None:
    """Take the entries of those pages that this build has not fed; once Sphinx does it, there will be none."""
    held, titles = indexer._index_entries, indexer._titles  # noqa: SLF001
    missing = titles.keys() - held.keys()
    for entry, places in frozen["indexentries"].items():
        for number, anchor, main in places:
            if (page := frozen["docnames"][number]) in missing:
                held.setdefault(page, []).append((entry, anchor, "main" if main else ""))
    indexer._index_entries = {page: held.get(page, []) for page in sorted(titles)}  # noqa: SLF001 - ordered, as if all were fed


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Everything is written."""
    if exception is None:
        unfinished(app).unlink(missing_ok=True)
    release(app)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Listen to the stages of the build."""
    lock(app)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", note, priority=900)
    app.connect("env-get-updated", spread, priority=900)  # when the numbers are known
    app.connect("html-collect-pages", remember)
    app.connect("build-finished", finish, priority=1000)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
