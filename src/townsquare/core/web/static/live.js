// A live region says when its stream is gone, and loads the page again when it has missed too much.
function tell(event, lost) {
  const note = document.querySelector(`[data-live-lost="${event.target.id}"]`);
  if (note) note.hidden = !lost;
}

document.addEventListener("htmx:sse:error", (event) => tell(event, true));
document.addEventListener("htmx:sse:after:connection", (event) => tell(event, false));
document.querySelectorAll("[data-live]").forEach((region) => {
  region.addEventListener("resync", () => location.reload());
  // htmx may have looked at the page before the script of its streams had come.
  setTimeout(() => {
    if (!region._htmx?.sse && !region.classList.contains("htmx-request")) htmx.process(region);
  }, 50);
});

// A region that shows records is read again after a message, but never under somebody's hands.
const SOON = 300, LATER = 2000;
const planned = new Set();
function again(id, pause) {
  if (planned.has(id)) return;
  planned.add(id);
  setTimeout(() => {
    planned.delete(id);
    const region = document.getElementById(id);
    if (region.contains(document.activeElement) || region.querySelector(":popover-open, dialog[open]")) again(id, LATER);
    else htmx.ajax("GET", location.href, { target: `#${id}`, select: `#${id}`, swap: "outerHTML" });
  }, pause);
}
document.addEventListener("htmx:sse:after:message", (event) => {
  const id = event.target.dataset.fresh;
  if (id) again(id, SOON);
});
