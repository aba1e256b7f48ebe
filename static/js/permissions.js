// Client admin is all contact permissions: the others are ticked and greyed. Without a script the
// server reads it so.
(() => {
  "use strict";

  const boxes = [...document.querySelectorAll("[name=permissions]")];
  const admin = boxes.find((box) => box.value === "is_client_admin");
  if (!admin) return;
  const own = new Map();
  const show = () => {
    for (const box of boxes.filter((one) => one !== admin)) {
      if (admin.checked) own.set(box, box.checked);
      box.checked = admin.checked || Boolean(own.get(box));
      box.disabled = admin.checked;
    }
  };
  admin.addEventListener("change", show);
  if (admin.checked) show();
})();
