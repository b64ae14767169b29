// What lies over the text goes away with Escape, and with a press beside it: the figures of a verdict, furo's drawers.
"use strict";
(() => {
  const VERDICTS = ".eqmark details[open]", DRAWERS = ".sidebar-toggle:checked";

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const one of document.querySelectorAll(VERDICTS)) {
      one.open = false;
      if (one.contains(document.activeElement)) one.querySelector("summary").focus();
    }
    for (const one of document.querySelectorAll(DRAWERS)) {
      one.checked = false;
      one.focus(); // the drawer that held the focus is no longer there
    }
  });
  document.addEventListener("click", (event) => {
    for (const one of document.querySelectorAll(VERDICTS)) one.open = one.contains(event.target);
  });
})();
