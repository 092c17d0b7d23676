// The numbers of a result follow its stream: data-said names a number of the message (dots
// lead into a part of it), data-contest and data-option whose it is, data-of the number of which it is a
// share in percent, data-words the sentence around it.
function said(place, told) {
  const { contest, option, said: name } = place.dataset;
  const asked = contest ? told.contests?.find((one) => one.code === contest) : told;
  const whose = option ? asked?.options.find((one) => one.code === option) : asked;
  const number = name.split(".").reduce((found, part) => found?.[part], whose);
  return place.dataset.of ? (100 * number) / (whose?.[place.dataset.of] || 1) : number;
}

// Who was struck stands there in words: what shows them is read again, by a crowd not all at once.
function reread(shown, told) {
  const struck = told.contests?.flatMap((one) => one.struck ?? []).length;
  if (shown && struck !== undefined && struck !== Number(shown.dataset.struck)) again(shown.id, Math.random() * LATER);
}

// A page goes on from where it was made, also when its line breaks before the first message.
document.addEventListener("htmx:sse:after:connection", ({ target, detail }) => {
  detail.connection.lastEventId ||= target.dataset.since ?? "";
});

document.addEventListener("htmx:sse:after:message", (event) => {
  const { data } = event.detail.message;
  if (!data.startsWith("{")) return;
  const told = JSON.parse(data);
  reread(event.target.querySelector("[data-struck]"), told);
  event.target.querySelectorAll("[data-said]").forEach((place) => {
    const number = said(place, told);
    if (!Number.isFinite(number)) return;
    if (place.matches("meter, progress")) {
      place.max = Math.max(place.max, number);
      place.value = number;
      return;
    }
    const digits = { minimumFractionDigits: place.dataset.of ? 1 : 0, maximumFractionDigits: 1 };
    const shown = number.toLocaleString(document.documentElement.lang, digits);
    place.textContent = (place.dataset.words ?? "{}").replace("{}", shown);
  });
});
