// The form of a return goes over a line that stays open while there is one, and as a form otherwise.
// A message keeps its client_id until it is answered: sent again after a break it is stored once.
const form = document.querySelector("form[data-line]");
const log = document.querySelector("[data-line-log]");
const NUMBERS = ["ballots", "blank", "spoiled", "version"];
let line, wish, pause = 1000, failed = 0;

function note(words) {
  const entry = document.createElement("li");
  entry.textContent = `${new Date().toLocaleTimeString(document.documentElement.lang, { timeZone: log.dataset.zone })} ${words}`;
  log.prepend(entry);
  while (log.children.length > 20) log.lastChild.remove();
}

function typed(place) {
  const told = { ...JSON.parse(place.dataset.wish), lines: {} };
  for (const [name, text] of new FormData(place)) {
    if (name.startsWith("votes-")) told.lines[name.slice(6)] = number(text);
    else if (NUMBERS.includes(name)) told[name] = number(text || "0");
    else if (["evidence", "note"].includes(name)) told[name] = text;
  }
  return told;
}

function number(text) {
  if (!/^\s*\d+\s*$/.test(text)) throw new RangeError(text);
  return Number(text);
}

function heard(told) {
  if (!wish || told.client_id !== wish.client_id) return;
  wish = undefined;
  if (told.type === "return_stored") {
    note(log.dataset.stored.replace("{}", told.version));
    // By the address of the form: what a refusal stands under can only be sent to.
    htmx.ajax("GET", form.getAttribute("action"), { target: "#return-now", select: "#return-now", swap: "outerHTML" });
  } else {
    note(told.detail);
    if (told.code !== "elections.stale-version") document.querySelector("form[data-line]").submit(); // Its page says where.
  }
}

function open() {
  line = new WebSocket(new URL(form.dataset.line, location.href.replace(/^http/, "ws")));
  line.onopen = () => {
    [pause, failed] = [1000, 0];
    note(log.dataset.open);
    if (wish) line.send(JSON.stringify(wish));
  };
  line.onmessage = ({ data }) => heard(JSON.parse(data));
  line.onclose = () => {
    note(log.dataset.closed);
    // A line that is never opened is not for us; the form goes its usual way.
    if (++failed < 5) setTimeout(open, (pause = Math.min(pause * 2, 60000)));
  };
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-line]") || line?.readyState !== WebSocket.OPEN) return;
  try {
    wish = { type: "enter_return", client_id: `${Date.now()}-${Math.random()}`, ...typed(event.target) };
  } catch {
    return; // What is no number is refused in words, at its field.
  }
  event.preventDefault();
  line.send(JSON.stringify(wish));
});

if (form) {
  log.closest("section").hidden = false;
  open();
}
