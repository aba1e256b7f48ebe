// A search field with suggestions: the palette at the top of the page (Ctrl-K or /) and pickers in
// forms. The server answers `data-source?q=…` with lines of [role=option]: links are followed, lines
// with data-value are chosen into the hidden field that the picker names in data-for.
(() => {
  "use strict";

  const WAIT = 120; // milliseconds after the last key

  class Suggestions {
    constructor(box) {
      this.box = box;
      this.input = box.querySelector("input:not([type=hidden])");
      this.list = box.querySelector("[role=listbox]");
      this.asked = 0;
      Object.assign(this.input, { role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list" });
      this.input.setAttribute("aria-controls", this.list.id);
      this.input.addEventListener("input", () => this.later());
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.input.addEventListener("focus", () => this.input.value && this.later());
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.choose(option, event);
      });
      box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || this.close());
    }

    later() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), WAIT);
    }

    async ask() {
      const text = this.input.value.trim();
      const mine = ++this.asked;
      if (!text && !("open" in this.box.dataset)) return this.close();
      const url = new URL(this.box.dataset.source, location.href);
      url.searchParams.set("q", text);
      const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (mine !== this.asked || !answer?.ok || document.activeElement !== this.input) return;
      this.list.innerHTML = await answer.text();
      this.options().forEach((option, i) => {
        option.id ||= `${this.list.id}-${i}`;
        option.tabIndex = -1;
      });
      this.show(this.list.childElementCount > 0);
    }

    options() {
      return [...this.list.querySelectorAll("[role=option]")];
    }

    show(open) {
      this.list.hidden = !open;
      this.input.ariaExpanded = String(open);
      if (!open) this.input.removeAttribute("aria-activedescendant");
    }

    close() {
      clearTimeout(this.timer);
      this.asked++;
      this.show(false);
    }

    active() {
      return this.list.hidden ? null : this.list.querySelector("[aria-selected=true]");
    }

    move(by) {
      const all = this.options();
      const next = all[(all.indexOf(this.active()) + by + all.length + (by < 0 && !this.active())) % all.length];
      for (const option of all) option.ariaSelected = String(option === next);
      if (!next) return;
      this.input.setAttribute("aria-activedescendant", next.id);
      next.scrollIntoView({ block: "nearest" });
    }

    choose(option, event) {
      const target = document.getElementById(this.box.dataset.for);
      if (!target) return option === event.target.closest("a") || option.click();
      event.preventDefault();
      target.value = option.dataset.value;
      this.input.value = option.dataset.label || option.textContent.trim();
      target.dispatchEvent(new Event("change", { bubbles: true }));
      this.close();
    }

    key(event) {
      const active = this.active();
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (this.list.hidden) this.ask();
        else this.move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && active) {
        event.preventDefault();
        this.choose(active, event);
      } else if (event.key === "Escape") {
        if (this.list.hidden) this.input.blur();
        else event.preventDefault();
        this.close();
      }
    }
  }

  const enhance = (root) => {
    for (const box of root.querySelectorAll("[data-source]")) {
      if (!box.dataset.source || box.suggestions) continue;
      box.suggestions = new Suggestions(box);
    }
  };

  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing(event.target));
    const field = wanted && document.querySelector(".jump input");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  enhance(document);
  document.addEventListener("htmx:load", (event) => enhance(event.target));
})();
