// Move the focus where the page has moved. The server marks at most one element of its answer with
// data-focus: the error summary, or the heading of a new page. Without a mark the focus stays.
function focusMarked() {
  const marked = document.querySelector("[data-focus]");
  if (!marked) return;
  marked.removeAttribute("data-focus");
  marked.tabIndex = -1;
  marked.focus();
}

// A browser looks through autofocus (of closed dialogs, too) before its first frame, and complains of a
// focus that is there already.
document.addEventListener("DOMContentLoaded", () => requestAnimationFrame(focusMarked));
document.addEventListener("htmx:after:swap", focusMarked); // htmx 4
document.addEventListener("htmx:afterSwap", focusMarked); // htmx 2

// A menu closes when somebody clicks elsewhere, leaves it, or presses Escape.
function closeMenus(except) {
  document.querySelectorAll(".ts-menu[open]").forEach((menu) => {
    if (!menu.contains(except)) menu.open = false;
  });
}

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("focusin", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest(".ts-menu[open]");
  if (!menu) return;
  menu.querySelector("summary").focus();
  menu.open = false;
});

// The browser opens a dialog by itself; with a script it is modal, so that the focus stays inside.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[popovertarget]");
  const dialog = opener && document.getElementById(opener.getAttribute("popovertarget"));
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else dialog.showModal();
});

// Buttons that only a script can serve are hidden until there is one.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});

// What is told only once is asked for once: a second press would lose the answer of the first.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("sentOnce" in form.dataset)) return;
  if (form.dataset.sentOnce) event.preventDefault();
  form.dataset.sentOnce = "sent";
});
addEventListener("pageshow", () => { // Somebody has gone back to it.
  document.querySelectorAll("[data-sent-once]").forEach((form) => { form.dataset.sentOnce = ""; });
});

// On a phone the ways inside a service are a row longer than the screen: show the one we are on.
const way = document.querySelector(".ts-ways [aria-current]"), row = way?.closest(".ts-ways");
row?.scrollBy(way.getBoundingClientRect().left - row.getBoundingClientRect().left - 48, 0);
