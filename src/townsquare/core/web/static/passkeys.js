// Passkeys: ask the town for a challenge, let the browser answer it, send the answer as a form.
const read = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const write = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

async function answer(form) {
  const csrf_token = form.elements.csrf_token.value;
  const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams({ csrf_token }) });
  if (!asked.ok) throw new Error(asked.statusText);
  const publicKey = await asked.json();
  publicKey.challenge = read(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = read(publicKey.user.id);
  publicKey.excludeCredentials?.forEach((one) => { one.id = read(one.id); });
  const made = await navigator.credentials[publicKey.user ? "create" : "get"]({ publicKey });
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = write(made.response[part]);
  }
  return JSON.stringify({ id: made.id, rawId: write(made.rawId), type: made.type, response });
}

async function show(event) {
  event.preventDefault();
  const form = event.target, failed = form.querySelector("[data-passkey-failed]"), button = form.querySelector("button");
  if (!form.reportValidity()) return;
  failed.hidden = button.disabled = true;
  try {
    form.elements.answer.value = await answer(form);
    if (form.elements.remember) form.elements.remember.value = document.getElementById("f-remember")?.checked ? "yes" : "";
    form.submit();
  } catch {
    failed.hidden = button.disabled = false;
  }
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-missing]").forEach((note) => { note.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", show);
  });
}
