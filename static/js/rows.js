// A list under the hand: J and K walk from name to name, X ticks the row, Enter (the link's own)
// opens it. The box in the head ticks the whole page.
(() => {
  "use strict";

  const NAMES = "table.list tbody .nm[href]";

  const walk = (by) => {
    const all = [...document.querySelectorAll(NAMES)];
    const at = all.indexOf(document.activeElement.closest("tr")?.querySelector(".nm[href]"));
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.closest("tr").scrollIntoView({ block: "nearest" });
    return next;
  };

  const tick = () => {
    const box = document.activeElement.closest("tr")?.querySelector("td input[type=checkbox]");
    box?.click();
    return box;
  };

  const keys = { j: () => walk(1), k: () => walk(-1), x: tick };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog, .menu[open]")) return;
    if (keys[event.key]?.()) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-select-all]")) return;
    const boxes = event.target.closest("table").querySelectorAll("tbody td:first-child input[type=checkbox]");
    for (const box of boxes) box.checked = event.target.checked;
  });
})();
