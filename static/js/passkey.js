// Forms with [data-passkey]: the browser makes a passkey ("create") or asks for one ("get"), and its
// answer goes with the form. The question stands in the page ([data-question]) or is fetched from the
// form's address. What is [hidden] shows where the browser knows passkeys.
(() => {
  "use strict";

  const PROBLEMS = {
    NotAllowedError: "No passkey was given, or it took too long. Try again.",
    InvalidStateError: "This device holds a passkey for you already.",
    SecurityError: "Passkeys do not work at this address.",
    AbortError: "You stopped it. Try again.",
  };
  const UNKNOWN = "That did not work. Try again, or use another way.";
  const ALONE = { residentKey: "required", requireResidentKey: true, userVerification: "required" };

  const question = async (form) => {
    const known = document.getElementById(form.dataset.question);
    if (known) return JSON.parse(known.textContent);
    const response = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`${response.status}`);
    return response.json();
  };

  const answer = async (form) => {
    const asked = await question(form);
    if (form.dataset.passkey === "get") return webauthnJSON.get(asked.request_options);
    const making = asked.creation_options;
    if (form.elements.passwordless?.checked) {
      making.publicKey.authenticatorSelection = { ...making.publicKey.authenticatorSelection, ...ALONE };
    }
    return webauthnJSON.create(making);
  };

  const say = (form, words) => {
    const line = form.querySelector("[data-problem]");
    line.textContent = words;
    line.hidden = !words;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-passkey]");
    if (!form || !window.webauthnJSON?.supported()) return;
    event.preventDefault();
    say(form, "");
    try {
      form.elements.credential.value = JSON.stringify(await answer(form));
      form.submit();
    } catch (problem) {
      say(form, PROBLEMS[problem.name] ?? UNKNOWN);
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!window.webauthnJSON?.supported()) return;
    for (const part of document.querySelectorAll("[data-with-passkeys]")) part.hidden = false;
  });
})();
