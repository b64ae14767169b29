// Show what a link leads to, a formula or a reference, in a small box beside it: for the mouse that rests on it and for
// the keyboard that reaches it. A finger has no such state: it follows the link. What cannot be fetched is not shown.
"use strict";
(() => {
  const LINKS = 'article a.internal[href*="#equation-"], article a.internal[href*="#"]:is([title], [data-title])';
  const TARGETS = ".equation, .citation";
  const OPEN = 150, CLOSE = 250; // milliseconds
  const pages = new Map();
  const box = document.createElement("div");
  box.className = "preview";
  box.id = "preview";
  box.setAttribute("role", "tooltip");
  let link = null, timer = 0;

  const page = (url) => { // another page of this site, parsed once
    if (location.protocol === "file:" || url.origin !== location.origin) return Promise.resolve(null);
    if (!pages.has(url.pathname)) {
      pages.set(url.pathname, fetch(url.pathname).then((answer) => (answer.ok ? answer.text() : Promise.reject()))
        .then((text) => new DOMParser().parseFromString(text, "text/html"))
        .catch(() => { pages.delete(url.pathname); return null; }));
    }
    return pages.get(url.pathname);
  };

  const content = async (url) => {
    const here = url.pathname === location.pathname && url.origin === location.origin;
    const found = (here ? document : await page(url))?.getElementById(decodeURIComponent(url.hash.slice(1)));
    const target = found?.closest(TARGETS);
    if (!target) return null;
    const copy = document.importNode(target.querySelector(".eqbody") ?? target, true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
      for (const name of ["id", "tabindex", "role", "aria-label"]) one.removeAttribute(name);
    }
    copy.dataset.refuted = target.querySelector(".verdict.refuted") ? "yes" : "no"; // else it would pass for a right one
    copy.querySelectorAll("a").forEach((one) => one.replaceWith(...one.childNodes)); // a tooltip holds nothing to click
    return copy;
  };

  const place = () => { // below the link, or above it where there is more room
    const [line] = link.getClientRects(), width = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(line.left, width - box.offsetWidth - 8));
    const below = line.bottom + box.offsetHeight + 8 < innerHeight || line.top < box.offsetHeight + 8;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${scrollY + (below ? line.bottom + 6 : line.top - box.offsetHeight - 6)}px`;
  };

  const close = () => {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    if (link?.dataset.title) {
      link.title = link.dataset.title;
      delete link.dataset.title;
    }
    link = null;
    box.remove();
  };

  const open = async (wanted) => {
    if (wanted === link && box.isConnected) return;
    close();
    link = wanted;
    const copy = await content(new URL(wanted.href));
    if (!copy || link !== wanted) return;
    box.classList.toggle("refuted", copy.dataset.refuted === "yes");
    if (wanted.title) { // the browser would show it as well
      wanted.dataset.title = wanted.title;
      wanted.removeAttribute("title");
    }
    box.replaceChildren(copy);
    document.body.append(box);
    wanted.setAttribute("aria-describedby", box.id);
    place();
  };

  const later = (what, wait) => { clearTimeout(timer); timer = setTimeout(what, wait); };
  const linkOf = (event) => (event.target instanceof Element ? event.target.closest(LINKS) : null);

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const wanted = linkOf(event);
    if (wanted) later(() => open(wanted), OPEN);
    else if (box.contains(event.target)) clearTimeout(timer);
    else later(() => document.activeElement === link || close(), CLOSE);
  });
  document.addEventListener("focusin", (event) => {
    const wanted = linkOf(event);
    if (wanted?.matches(":focus-visible")) open(wanted);
  });
  document.addEventListener("focusout", () => close());
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("click", () => close());
})();
