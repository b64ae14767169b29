// In the texts that a search has found, let a formula stand once, and leave out the verdict beside it: a page holds each
// formula three times, for the eye, for the ear and as LaTeX. Leave out code as well. And on the page that is opened
// then, do not mark single letters: they stand in every word.
"use strict";
{
  const whole = Search.htmlToText, parse = Search._parseQuery, run = Search.query;
  const LEFT_OUT = ".katex-html, annotation, .eqmark, .verdict, .cell_input, summary code";
  const counted = "Search finished, found one page matching the search query.";
  Documentation.TRANSLATIONS[counted] ??= ["Search finished, found one place.", "Search finished, found ${resultCount} places."];
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false; // there, no page may read another
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(LEFT_OUT).forEach((one) => one.remove());
    page.querySelectorAll("mfrac").forEach((one) => one.children[1].before("/")); // dE/dW, not dEdW
    page.querySelectorAll("msub, msubsup").forEach((one) => { // s_2 and s_(t−1), not s2 and st−1
      const index = one.children[1], long = index.textContent.length > 1;
      index.before(long ? "_(" : "_");
      if (long) index.after(")");
    });
    return whole(page.documentElement.outerHTML, anchor);
  };
  Search._parseQuery = (query) => {
    const found = parse(query);
    const marked = [...found[3]].filter((word) => /^(\p{Script=Han}+|\p{L}{3,})$/u.test(word));
    localStorage.setItem("sphinx_highlight_terms", marked.join(" "));
    found[3] = new Set(marked);
    return found;
  };
  Search.query = (query) => {
    Search.status.setAttribute("role", "status");
    setTimeout(() => run(query), 100); // a voice says only what changes after the role was there
  };
}
