// The client list beside its plain page: row menus open in place, empty filters leave the URL.
(() => {
  "use strict";

  // In the top layer, so that a list that scrolls sideways or has one row does not cut it off.
  const menu = document.createElement("div");
  menu.className = "items row-menu";
  menu.popover = "manual";

  const close = () => {
    const owner = menu.parentElement?.querySelector("a.more");
    menu.remove();
    return owner;
  };

  const show = (link) => {
    link.parentElement.append(menu);
    menu.showPopover();
    const at = link.getBoundingClientRect();
    const below = at.bottom + menu.offsetHeight < innerHeight;
    menu.style.top = `${below ? at.bottom : Math.max(4, at.top - menu.offsetHeight)}px`;
    menu.style.left = `${Math.max(4, at.right - menu.offsetWidth)}px`;
    menu.querySelector("a")?.focus({ preventScroll: true });
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a.more");
    if (!link) {
      if (!menu.contains(event.target)) close();
      return;
    }
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (close() === link) return;
    const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (!response.ok) {
      location.assign(link.href);
      return;
    }
    menu.innerHTML = await response.text();
    show(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.isConnected) close().focus();
  });
  document.addEventListener("scroll", (event) => menu.contains(event.target) || close(), true);

  // How many are ticked stands on the button; all that match, or those of this page.
  const count = () => {
    const all = document.querySelector("#rows [data-everything]");
    const rows = document.querySelectorAll("#rows tbody td:first-child input");
    const ticked = [...rows].filter((box) => box.checked).length;
    const page = document.querySelector("#rows [data-select-all]");
    if (page) {
      page.checked = ticked > 0 && ticked === rows.length;
      page.indeterminate = ticked > 0 && ticked < rows.length;
    }
    const shown = document.querySelector("[data-picked]");
    if (shown) shown.textContent = all?.checked ? all.dataset.everything : ticked || "";
  };

  document.addEventListener("change", (event) => event.target.closest("#rows") && setTimeout(count));
  document.addEventListener("htmx:afterSettle", count);
  addEventListener("pageshow", count);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "filters") return;
    const asked = event.detail.parameters;
    delete asked.find;
    for (const name of Object.keys(asked)) if (asked[name] === "") delete asked[name];
  });
})();
