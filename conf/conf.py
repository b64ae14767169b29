"""How the site is built: `sphinx-build -c conf -n -W --keep-going -d build/doctrees docs build/html`."""

import os
import re
import sys
from pathlib import Path

from sphinx.errors import ConfigError

sys.path.insert(0, str(Path(__file__).with_name("extensions")))  # our own extensions, one file each

project = "From the Product Rule to BPTT"
author = f"The authors of {project}"
copyright = f"2026, {author}. Text: CC BY 4.0, code: MIT"
language = "en"


def address(name: str) -> str:
    """A public address from the environment; unset, whatever needs it is left out."""
    given = os.environ.get(name, "")
    if given and not re.fullmatch(r"https?://[^\s/]\S*", given):
        raise ConfigError(
            f"{name} is {given!r}, which is no address of a site: it has to begin with https:// or http://, as "
            f"https://example.org/book does. Without {name}, the links that need it are left out."
        )
    return given


site_url = address("SITE_URL").removesuffix("/") + "/" * bool(address("SITE_URL"))
repository_url = address("REPOSITORY_URL")

extensions = [
    "stay_red",  # first: it notes the warnings of all others
    "stay_fresh",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "recompute.extension",
    "typeset",
    "mathenv",
    "solutions",
    "symbols",
    "minutes",
    "notebooks",
    "wheel",
    "citation",
    "addresses",
    "findable",
    "lint",
    "access",
    "sheets",
    "policy",
]
templates_path = ["templates"]
exclude_patterns = ["**/.ipynb_checkpoints"]
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(np|numpy|sympy|lark|matplotlib|collections)\..*")
]  # an inventory would come from another host

# Pages
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_block", "attrs_inline", "deflist", "fieldlist"]
myst_dmath_double_inline = False  # $$…$$ within a sentence would be a displayed formula without a label
myst_heading_anchors = 3
myst_update_mathjax = False  # there is no MathJax
nb_execution_mode = "off"  # the reader below runs the cells, when something that they depend on has changed
nb_custom_formats = {".md": ["recompute.extension.reader.read", {}, False]}
nb_output_stderr = "show"  # the reader reports it, with the place and the words
recompute_shared = ["notation"]  # other pages load its definitions by label
recompute_sources = ["../src"]  # a page runs again when a module changes that its cells import
bibtex_bibfiles = ["references.bib"]
autodoc_typehints = "none"
napoleon_attr_annotations = False  # the docstrings say shapes and units, which types do not
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False  # docstrings are in Google's style

# Numbers
html_math_renderer = "katex"
numfig = True
math_numfig = True  # (2.3) instead of a (3) on every page
numfig_secnum_depth = 1
numfig_format = {
    "theorem": "Theorem %s",
    "definition": "Definition %s",
    "lemma": "Lemma %s",
    "exercise": "Exercise %s",
}

# Looks
html_theme = "furo"
html_title = project
html_baseurl = site_url
html_static_path = ["static"]
html_search_scorer = str(Path(__file__).with_name("static") / "scorer.js")
html_css_files = ["book.css", "paths.css", "sweep.css", "slider.css", "previews.css", "print.css"]
html_js_files = [("previews.js", {"defer": "defer"}), ("close.js", {"defer": "defer"})]
html_additional_pages = {"404": "404.html"}
html_favicon = "static/favicon.svg"
html_copy_source = False  # the pages link to no source files, so none are published
html_permalinks_icon = "¶"
pygments_style = "github-light-high-contrast"  # contrast of every token at least 4.6 on our background
pygments_dark_style = "github-dark-colorblind"  # 6.7
copybutton_exclude = ".linenos, .gp, .go"  # prompts and output are not code
serif = 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif'  # no font is fetched
html_theme_options = {
    "top_of_page_buttons": [],
    # Figures and marks take their colours from here, so that they follow the theme. On paper: contrast at least 4.5.
    "light_css_variables": {
        "font-stack": serif,
        "font-stack--headings": serif,
        "color-background-primary": "#fffffc",
        "color-background-secondary": "#f7f6f2",
        "color-background-hover": "#eeece5",
        "color-background-hover--transparent": "#eeece500",
        "color-background-border": "#e3e0d8",
        "color-foreground-primary": "#1d2125",
        "color-foreground-secondary": "#4f565e",
        "color-foreground-muted": "#626971",
        "color-brand-primary": "#1d2125",
        "color-brand-content": "#0b5a9d",
        "color-brand-visited": "#6a3d94",
        "color-code-background": "#f7f6f2",
        "ink": "#1d2125",
        "ink-soft": "#5a626a",
        "paper": "#fffffc",
        "accent-1": "#0b5a9d",  # blue
        "accent-2": "#b0440c",  # vermilion
        "accent-3": "#1c7348",  # green
        "accent-4": "#7a3f9d",  # purple
        "alarm": "#b3261e",
    },
    "dark_css_variables": {
        "color-background-primary": "#16191c",
        "color-background-secondary": "#1c2024",
        "color-background-hover": "#272c31",
        "color-background-hover--transparent": "#272c3100",
        "color-background-border": "#31373d",
        "color-foreground-primary": "#d9dce0",
        "color-foreground-secondary": "#a9b0b8",
        "color-foreground-muted": "#939ba4",
        "color-brand-primary": "#d9dce0",
        "color-brand-content": "#7db7ee",
        "color-brand-visited": "#c5a3e6",
        "color-code-background": "#1c2024",
        "ink": "#d9dce0",
        "ink-soft": "#a0a8b0",
        "paper": "#16191c",
        "accent-1": "#7db7ee",
        "accent-2": "#f0a07a",
        "accent-3": "#7fcb9c",
        "accent-4": "#c9a2ea",
        "alarm": "#ff938a",
    },
}

if site_url:
    extensions += ["sphinx_sitemap", "sphinxext.opengraph"]
    sitemap_url_scheme = "{link}"  # one language, one version
    sitemap_excludes = ["search.html", "genindex.html", "404.html", "py-modindex.html"]
    sitemap_show_lastmod = False  # it would ask git, and differ from build to build
    ogp_site_url = site_url
    ogp_enable_meta_description = False  # the page template writes it
    ogp_social_cards = {"enable": False}  # they would be drawn by matplotlib for every page
