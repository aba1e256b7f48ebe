// Menus (details.menu) close on Escape, on a click beside them and when focus leaves; arrows walk
// through their lines. Dialogs open from [data-dialog]. The theme changes without a new page.
(() => {
  "use strict";

  const openMenus = () => document.querySelectorAll("details.menu[open]");
  const lines = (menu) => [...menu.querySelectorAll(".items :is(a, button):not([hidden])")];

  const step = (menu, by) => {
    const all = lines(menu);
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]?.focus();
  };

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  });

  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest("details.menu[open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(menu, event.key === "ArrowDown" ? 1 : -1);
    }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-theme-switch]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    const body = new FormData(form, event.submitter);
    if (!(await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => 0))) return;
    const root = document.documentElement;
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    document.querySelector("meta[name=color-scheme]").content = theme === "auto" ? "light dark" : theme;
    for (const button of form.elements) if (button.name === "theme") button.ariaPressed = String(button.value === theme);
  });
})();
