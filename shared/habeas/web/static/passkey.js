// Gives a page's challenge to the browser and the device's answer to the page's form; nothing is sent anywhere else.
"use strict";
(() => {
  const place = document.querySelector("[data-passkey]");
  const form = place.querySelector("form");
  const answer = form.elements.namedItem("answer");
  const told = form.querySelector("[role=status]");
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  function options() {
    const asked = JSON.parse(place.dataset.options);
    asked.challenge = bytes(asked.challenge);
    if (place.dataset.passkey === "create") {
      asked.user.id = bytes(asked.user.id);
      asked.excludeCredentials = known(asked.excludeCredentials);
    } else {
      asked.allowCredentials = known(asked.allowCredentials);
    }
    return { publicKey: asked };
  }

  function written(made) {
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
  }

  async function ask() {
    if (!window.PublicKeyCredential) {
      told.textContent = place.dataset.missing;
      return;
    }
    told.textContent = place.dataset.waiting;
    try {
      answer.value = written(await navigator.credentials[place.dataset.passkey](options()));
    } catch {
      told.textContent = place.dataset.failed;
      return;
    }
    form.submit();
  }

  document.querySelector("[data-without-script]").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  ask();
})();
