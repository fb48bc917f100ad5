/* Passkeys: the browser's part of logging in, confirming and adding. The server's part are ordinary forms.

   <form data-passkey="login">    asks the server for a challenge when used
   <form data-passkey="confirm">  has the challenge in <script id="passkey-options" type="application/json">
   <form data-passkey="add">      likewise, and makes a new passkey
   The answer goes into the field "credential" and the form is sent. */
"use strict";

(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const missing = form.querySelector("[data-passkey-missing]");
  if (!window.PublicKeyCredential || !navigator.credentials) {
    if (missing) missing.hidden = false;
    return;
  }

  /* Binary travels as base64url in JSON */
  const toBytes = (text) => {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const decoded = (options) => {
    const given = structuredClone(options.publicKey);
    given.challenge = toBytes(given.challenge);
    if (given.user) given.user.id = toBytes(given.user.id);
    for (const list of [given.allowCredentials, given.excludeCredentials]) {
      (list || []).forEach((entry) => { entry.id = toBytes(entry.id); });
    }
    return given;
  };

  const BINARY = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const encoded = (credential) => {
    const response = {};
    for (const name of BINARY) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      authenticatorAttachment: credential.authenticatorAttachment || null,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  };

  const kind = form.dataset.passkey;
  const trouble = form.querySelector("[data-passkey-trouble]");
  let asking = null;
  let leaving = false;
  const challenge = async () => {
    if (kind !== "login") return JSON.parse(document.getElementById("passkey-options").textContent);
    const fetched = fetch(form.action, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(3000) });
    asking = fetched.catch(() => {}).then(() => { asking = null; });
    const answer = await fetched;
    if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
    return (await answer.json()).request_options;
  };

  /* The challenge and the code's form both write the session. Side by side the last answer would win, and the code just
     sent could belong to a session the browser no longer has: the form waits for the challenge. */
  document.addEventListener("submit", (event) => {
    if (event.target === form) return;
    leaving = true;
    if (!asking) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    asking.then(() => target.requestSubmit(submitter));
  }, true);

  let waiting = null;
  const ask = async (more = {}) => {
    if (waiting) waiting.abort();
    waiting = new AbortController();
    const options = { publicKey: decoded(await challenge()), signal: waiting.signal, ...more };
    const credential = await (kind === "add" ? navigator.credentials.create(options) : navigator.credentials.get(options));
    form.elements.credential.value = JSON.stringify(encoded(credential));
    form.submit();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      await ask();
    } catch (error) {
      if (error.name === "AbortError") return;
      trouble.textContent = form.dataset.trouble;
      trouble.hidden = false;
    }
  });

  form.hidden = false;
  const button = form.querySelector("[data-passkey-button]");
  if (button) button.disabled = false;

  /* The address field offers the passkeys of this device among its suggestions */
  const address = document.querySelector('input[autocomplete~="webauthn"]');
  if (kind === "login" && address && PublicKeyCredential.isConditionalMediationAvailable) {
    address.addEventListener("focus", async () => {
      if (await PublicKeyCredential.isConditionalMediationAvailable() && !leaving) {
        ask({ mediation: "conditional" }).catch(() => {});
      }
    }, { once: true });
  }
})();
