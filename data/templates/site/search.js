// Finds rules by words, on the page itself: there is nothing to ask and nobody to tell.
"use strict";

(() => {
  const field = document.querySelector(".find input");
  const rows = [...document.querySelectorAll("[data-find]")];
  const onIndex = document.querySelector(".nothing") !== null;

  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.dataset.find.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    for (const family of document.querySelectorAll(".family")) {
      family.hidden = family.querySelector("[data-find]:not([hidden])") === null;
    }
    document.querySelector(".nothing").hidden = rows.some((row) => !row.hidden);
  };

  if (onIndex) {
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    field.addEventListener("input", show);
    field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = rows.find((row) => !row.hidden);
      if (field.value && first) first.querySelector("a").click();
    });
    show();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
    if (event.key === "Escape" && document.activeElement === field) field.blur();
  });
})();
