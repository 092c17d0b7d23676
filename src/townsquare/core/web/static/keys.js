// Shortcuts for people who work in lists all day: / searches, j and k move, Enter opens, ? explains.
// They are off while somebody types, and for whoever has switched them off.
const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");

function move(step) {
  const links = [...document.querySelectorAll("[data-row-link]")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
}

function explain() {
  const help = document.getElementById("keys");
  if (!help) return;
  help.open = !help.open;
  help.querySelector("summary").focus();
}

const ACTS = {
  "/": () => (document.querySelector("main input[type=search]") ?? document.getElementById("q")).focus(),
  j: () => move(1),
  k: () => move(-1),
  "?": explain,
};

document.addEventListener("keydown", (event) => {
  if (typing() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.documentElement.dataset.keys === "off" || !ACTS[event.key]) return;
  event.preventDefault();
  ACTS[event.key]();
});
