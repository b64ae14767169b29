// The slider of bptt.figures.slider. It chooses a row of the figure's table, which the kernel has computed, and puts the
// dots where the row says; nothing is computed here. Without this script some rows and their dots are shown.
"use strict";
for (const figure of document.querySelectorAll(".slider-figure")) {
  const [below, control, slider] = [".slider-below", ".slider-control", "input"].map((name) => figure.querySelector(name));
  const rows = [...figure.querySelectorAll("tbody tr")], dots = figure.querySelectorAll(".slider-dot");
  const choose = () => {
    const row = rows[slider.value], [x, ...heights] = row.dataset.places.split(" ");
    for (const other of rows) other.classList.toggle("slider-chosen", other === row);
    dots.forEach((dot, i) => {
      for (const [name, value] of [["x1", x], ["x2", x], ["y2", heights[i]]]) dot.querySelector("line").setAttribute(name, value);
      for (const [name, value] of [["cx", x], ["cy", heights[i]]]) dot.querySelector("circle").setAttribute(name, value);
    });
    slider.setAttribute("aria-valuetext", row.dataset.words);
  };
  below.style.minHeight = `${below.offsetHeight}px`; // the text below stays where it is
  figure.classList.add("slider-live");
  control.hidden = false;
  slider.addEventListener("input", choose);
  choose();
}
