"""What the site's policy forbids makes the build red, with its place and what to do; what it allows does not."""

import doctest
import re

import policy
import pytest
from sphinx.errors import ThemeError

PAGE = "# One\n\nText.\n\n{}\n"
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw="

REFUSED = {
    "<script>alert(1)</script>": "a script stands in the page",
    '<script type="module">alert(1)</script>': "a script stands in the page",
    '<SCRIPT SRC="//a.example/b.js"></SCRIPT>': "src of <script> leads to //a.example/b.js",
    '<button onclick="alert(1)">x</button>': "onclick is a script in an attribute",
    "<svg/onload=alert(1)></svg>": "onload is a script in an attribute",
    '<a href="javascript:alert(1)">x</a>': "href is a script in an address",
    '<a href=" &#106;ava&#10;script:alert(1)">x</a>': "href is a script in an address",
    '<svg><a xlink:href="javascript:alert(1)"></a></svg>': "xlink:href is a script in an address",
    '<img alt="" src="https://a.example/b.png">': "src of <img> leads to https://a.example/b.png",
    '<img alt="" src=https://a.example/b.png>': "src of <img> leads to https://a.example/b.png",
    '<img alt="" src="/\\a.example/b.png">': "src of <img> leads to",
    '<img alt="" src="a.png" srcset="a.png 1x, //a.example/b.png 2x">': "srcset of <img> leads to //a.example/b.png",
    '<link rel="stylesheet" href="https://a.example/b.css">': "href of <link> leads to https://a.example/b.css",
    '<link rel="preconnect" href="https://a.example">': "href of <link> leads to https://a.example",
    '<link rel="next prefetch" href="//a.example">': "href of <link> leads to //a.example",
    "<style>p { color: red }</style>": "a style stands in the page",
    '<p style="background: url(https://a.example/b.png)">x</p>': "the style fetches https://a.example/b.png",
    "<p style=\"background: url('//a.example/b.png')\">x</p>": "the style fetches //a.example/b.png",
    '<form action="https://a.example/"></form>': "action of <form> leads to https://a.example/",
    '<form><button formaction="//a.example">x</button></form>': "formaction of <button> leads to //a.example",
    '<iframe src="a.html"></iframe>': "<iframe> holds another page",
    '<object data="a.svg"></object>': "<object> holds another page",
    '<embed src="a.svg">': "<embed> holds another page",
    '<video src="a.mp4"></video>': "<video> plays sound or film",
    '<base href="/b/">': "<base> changes where every address",
    '<svg><use href="https://a.example/b.svg#c"></use></svg>': "href of <use> leads to https://a.example/b.svg#c",
    '<svg><image href="//a.example/b.png"></image></svg>': "href of <image> leads to //a.example/b.png",
    f'<svg><use href="{DOT}"></use></svg>': "href of <use> leads to data:image/gif",
    '<svg><animate attributeName="href" to="javascript:alert(1)"/></svg>': "to is a script in an address",
    '<a href="a.html" ping="https://a.example/">x</a>': "ping of <a> leads to https://a.example/",
    '<meta http-equiv="refresh" content="0; url=https://a.example/">': "content of <meta> leads to https://a.example/",
    '<p title="a>b" onclick="x">x</p>': "onclick is a script in an attribute",
    "<!-- <script> --><b onclick=x>x</b>": "onclick is a script in an attribute",
    '<meta http-equiv="refresh" content="0; https://a.example/">': "content of <meta> leads to https://a.example/",
    '<meta http-equiv="refresh" content=" .5,//a.example/">': "content of <meta> leads to //a.example/",
    '<meta http-equiv="Refresh" content="0;\'https://a.example/?b=c\'">': "content of <meta> leads to https://a.example/",
    "<!--><script>alert(1)</script> -->": "a script stands in the page",
    "<!---><script>alert(2)</script> -->": "a script stands in the page",
    "<!-- a --!><script>alert(3)</script> -->": "a script stands in the page",
    "<title><!--</title><b onclick=1>x</b>": "onclick is a script in an attribute",
    "<textarea><!--</textarea><b onclick=2>x</b>": "onclick is a script in an attribute",
    "<xmp><!--</xmp><b onclick=3>x</b>": "onclick is a script in an attribute",
    "<noscript><!--</noscript><b onclick=7>x</b>": "onclick is a script in an attribute",
    "<svg><title><img alt onerror=x></title></svg>": "onerror is a script in an attribute",
    '<? <p a="><b onclick=4>x</b>">': "onclick is a script in an attribute",
    '</ <p a="><b onclick=5>x</b>">': "onclick is a script in an attribute",
    "</p a=\"<p b='\"><b onclick=6>x</b>'>": "onclick is a script in an attribute",
    '<p a"><script>alert(4)</script>">': "a script stands in the page",
    '<p a=b"><script>alert(5)</script>">': "a script stands in the page",
    '<svg><path fill="url(https://a.example/b.svg#c)"/></svg>': "the style fetches https://a.example/b.svg#c",
    "<svg><g mask='url(\"//a.example/b.svg#c\")'></g></svg>": "the style fetches //a.example/b.svg#c",
    r'<svg><g filter="u\72l(\68ttps://a.example/c.svg#d)"></g></svg>': "the style fetches https://a.example/c.svg#d",
    '<svg><set attributeName="href" to="https://a.example/b.svg"/></svg>': "to of <set> leads to https://a.example/b.svg",
    '<svg><animate attributeName="xlink:href" values="#a;//b.ex"/></svg>': "values of <animate> leads to //b.ex",
    '<p title="never closed>x</p>': "a tag does not end",
}
ALLOWED = [
    '<a href="https://a.example/">x</a>',
    '<a href="mailto:a@a.example">x</a>',
    '<link rel="canonical" href="https://a.example/">',
    f'<img alt="" src="{DOT}">',
    f'<img alt="" src="a.png" srcset="{DOT} 1x, a.png 2x">',
    '<p style="color: red">x</p>',
    f'<p style="background: url({DOT})">x</p>',
    '<script type="application/ld+json">{"url": "https://a.example/<img onclick=x>"}</script>',
    '<script src="a.js"></script>',
    "<p>&lt;script&gt;onclick=x&lt;/script&gt; 1 < 2 and javascript:alert(1)</p>",
    '<!-- <script>alert(1)</script> <img src="//a.example"> -->',
    '<form action="search.html"></form>',
    '<button data-onclick="x" title="onclick=x">x</button>',
    '<meta http-equiv="refresh" content="0; url=\'a.html?b=https://a.example/\'">',
    '<meta http-equiv="refresh" content="5">',
    '<meta name="description" content="0; https://a.example/">',
    "<!-- a -- ! --!- > <b onclick=x> -->",
    "<!----><p>x</p><!---!><b onclick=x> -->",
    "<title>a &lt;!-- b</title><textarea></textarea><p>x</p>",
    '<svg><title>x</title><path fill="url(#a)" mask="url(a.svg#b)"/><set attributeName="href" to="#a"/></svg>',
    '<svg><set attributeName="fill" to="a:b"/></svg>',
    "<p a=>x</p><p a = /b>",
    "<p title = 'a>b' data-a= \"<b onclick='x'>\">x</p>",
]
CSS_REFUSED = [
    '@import "https://a.example/b.css";',
    "@import url(//a.example/b.css);",
    r"@\69mport/* a */'//a.example/b.css';",
    "p {}\n q { background: URL( 'https://a.example/b.png' ) }",
    "@font-face { src: url(data:font/woff2;base64,AAAA) }",
    r"p { background: u\72l(//a.example/b.png) }",
    r"p { background: \000055 \R\4c('//a.example/b.png') }",
    r"p { background: url(\68ttps://a.example/b.png) }",
    r"p { background: url('\68 ttps\:\2f/a.example/b.png') }",
    'p { content: "/*" }\nq { background: url(//a.example/b.png) } /* */',
    r'p { content: "\"/*" } q { background: url(//a.example/b.png) } /* */',
    "p { background: url(a/*b), url(//a.example/b.png) } /* */",
    "p { background: url(a b'), url(//a.example/b.png) }",
    'p { background: image-set("a.png" 1x, url(b.png) 2x, "//a.example/b.png" 3x) }',
    "@namespace url(http://www.w3.org/1999/xhtml); p { background: url(//a.example/b.png) }",
]
CSS_ALLOWED = [
    f"/* url(https://a.example) */ p {{ background: url({DOT}), url(a.png), url('#b') }}",
    "@namespace url(http://www.w3.org/1999/xhtml);",
    "@namespace svg url('http://www.w3.org/2000/svg');",
    "@namespace 'http://www.w3.org/1999/xhtml';",
    'a[href^="https://a.example"]::after { content: "url(https://a.example)" }',
    r"p { content: '\'; url(//a.example)' } /* url(//a.example)",
    "p { background: -curl(//a.example); mask: url('a.png') }",
    r"p { background: url(\ffffff\0) }",
]


def raw(html):
    return PAGE.format(f"```{{raw}} html\n{html}\n```")


@pytest.mark.parametrize("html", REFUSED)
def test_a_planted_violation_is_seen(html):
    page = f"<html>\n<body>\n{html}\n</body></html>"
    found = list(policy.in_page(page))
    assert [breach.line for breach in found] == [3]
    assert found[0].what.startswith(REFUSED[html])


@pytest.mark.parametrize("html", ALLOWED)
def test_what_the_policy_allows_is_let_through(html):
    assert list(policy.in_page(html)) == []


def test_all_that_is_planted_on_one_page_makes_the_build_red(build):
    book = build(index=raw("<p>Fine.</p>\n" + "\n".join(html for html in REFUSED if "never closed" not in html)))
    assert book.status == 1
    assert set(REFUSED.values()) - {"a tag does not end"} == {
        words for words in REFUSED.values() if words in book.warnings
    }


def test_the_warning_names_the_page_the_line_and_what_to_do(build):
    book = build(index=raw('<button onclick="alert(1)">x</button>'))
    line = book.html().split("<button onclick")[0].count("\n") + 1
    said = book.warnings
    assert f"/docs/index.md:6: WARNING: index.html:{line}: onclick is a script in an attribute, which the" in said
    assert "; listen to the event: put it into a file of conf/static and name that file in html_js_files" in said
    assert '\n    <button onclick="alert(1)">' in said


def test_a_page_that_is_not_written_again_stays_red_until_it_is_mended(build):
    assert build(index=raw("<b onclick=x>x</b>"), two="---\norphan: true\n---\n# Two\n").status == 1
    assert build(two="---\norphan: true\n---\n# Two\n\nMore.\n").status == 1
    assert build(index=raw("<b>x</b>")).status == 0


def test_a_plain_book_says_the_policy_at_the_head_of_every_page_and_is_green(build):
    book = build(index="# One\n\n```{toctree}\n:hidden:\ntwo\n```\n\n$x$ and `onclick`\n", two="# Two\n\n$$ x $$ (x)\n")
    assert (book.status, book.warnings) == (0, "")
    for page in ("index", "two", "search", "genindex", "404"):
        head, meta, rest = book.html(page).partition(policy.META)
        assert meta
        assert "<script" not in head
        assert "<link" not in head
        assert "<style" not in rest
        assert re.search(r'<script src="/?_static/theme\.js\?v=\w{8}"></script>', rest)
        assert re.search(r'<link rel="stylesheet" href="/?_static/colours\.css\?v=\w{8}">', rest)
    assert "localStorage" in (book.out / "_static" / "theme.js").read_text(encoding="utf-8")
    colours = (book.out / "_static" / "colours.css").read_text(encoding="utf-8")
    assert "--accent-1: #0b5a9d;" in colours
    assert 'body[data-theme="dark"]' in colours
    assert "<" not in colours
    headers = (book.out / "_headers").read_text(encoding="utf-8")
    assert f"Content-Security-Policy: {policy.POLICY}; frame-ancestors 'none'\n" in headers


@pytest.mark.parametrize("css", CSS_REFUSED)
def test_a_style_sheet_that_asks_elsewhere_is_seen(css):
    (found,) = policy.in_sheet(f"\n{css}")
    assert found.line == 2 + css.count("\n")
    assert found.what.startswith("the style fetches")


@pytest.mark.parametrize("css", CSS_ALLOWED)
def test_a_style_sheet_may_hold_images_and_speak_of_addresses(css):
    assert list(policy.in_sheet(css)) == []


def test_a_drawing_keeps_its_style_and_no_script():
    assert list(policy.in_drawing("<svg><style>a { fill: red }</style></svg>")) == []
    found = [*policy.in_drawing("<svg>\n<style>a { fill: url(//a.example/b) }</style><script>1</script></svg>")]
    assert [(one.line, one.what) for one in found] == [
        (2, "a script stands in the page"),
        (2, "the style fetches //a.example/b"),
    ]


def test_what_goes_into_a_file_is_the_same_for_every_page(build, monkeypatch):
    asked = iter(range(100))
    move = policy.Files.move
    monkeypatch.setattr(
        policy.Files, "move", lambda self, html, name: move(self, html.replace("auto", f"auto{next(asked)}"), name)
    )
    with pytest.raises(ThemeError, match=r"theme\.js would be different for different pages"):
        build(index="# One\n")


def test_the_examples_hold():
    assert doctest.testmod(policy).failed == 0
