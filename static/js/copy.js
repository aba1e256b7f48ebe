// [data-copy] names the field whose text it copies. Without a script the button stays hidden, and
// the field is there to be selected.
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      let done = false;
      try {
        await navigator.clipboard.writeText(field.value);
        done = true;
      } catch {
        done = document.execCommand("copy");
      }
      document.getElementById("copied").textContent = done ? `${button.dataset.what} copied.` : "Press Ctrl-C to copy.";
    });
  }
})();
