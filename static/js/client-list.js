// The client list beside its plain page: row menus open in place, empty filters leave the URL.
(() => {
  const menu = document.createElement("div");
  menu.className = "items";
  menu.setAttribute("role", "group");

  const close = () => {
    const owner = menu.parentElement?.querySelector("a.more");
    menu.remove();
    return owner;
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
    link.parentElement.append(menu);
    menu.querySelector("a")?.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.isConnected) close().focus();
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "filters") return;
    const asked = event.detail.parameters;
    for (const name of Object.keys(asked)) if (asked[name] === "") delete asked[name];
  });
})();
