// In the texts that a search has found, let a formula stand once, and leave out the verdict beside it: a page holds each
// formula three times, for the eye, for the ear and as LaTeX. And on the page that is opened then, do not mark single
// letters: they stand in every word.
"use strict";
{
  const whole = Search.htmlToText, parse = Search._parseQuery;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(".katex-html, annotation, .eqmark, .verdict").forEach((one) => one.remove());
    return whole(page.documentElement.outerHTML, anchor);
  };
  Search._parseQuery = (query) => {
    const found = parse(query);
    const marked = [...found[3]].filter((word) => /^(\p{Script=Han}+|\p{L}{3,})$/u.test(word));
    localStorage.setItem("sphinx_highlight_terms", marked.join(" "));
    found[3] = new Set(marked);
    return found;
  };
}
