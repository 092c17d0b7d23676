// Small things that both pages do to what the server has rendered. Text goes in as text alone.
export const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
export const word = (root, name) => part(root, 'words').querySelector(`[data-word="${name}"]`).textContent;

export function element(name, attributes = {}, ...inner) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inner);
  return made;
}

// Shows one step and hides the others; the heading gets the focus and names the page.
export function show(root, step) {
  for (const section of root.querySelectorAll('[data-step]')) section.hidden = section.dataset.step !== step;
  const heading = root.querySelector(`[data-step="${step}"] h1`);
  heading.tabIndex = -1;
  heading.focus();
  scrollTo(0, 0);
  document.title = document.title.replace(/^.*(?= – )/, heading.textContent.trim());
  return root.querySelector(`[data-step="${step}"]`);
}

// Says what is wrong at the top of a step, or takes it back.
export function complain(section, text = '') {
  const box = part(section, 'error');
  box.hidden = !text;
  part(box, 'said').textContent = text;
  if (!text) return;
  box.tabIndex = -1;
  box.focus();
}

// Returns rows of a list of answers: each question, and in words what is marked.
export function rows(list, answers) {
  list.replaceChildren(...answers.map(([title, said, ...more]) => element('div', {}, element('dt', {}, title), element('dd', {}, said), ...more)));
}

// Lets the page be drawn before something that takes long.
export const drawn = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
