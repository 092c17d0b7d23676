// The booth: a token, one question a page, a look at everything, then cast or check.
import { readSetup, seal } from '../lib/ballot.mjs';
import { write } from '../lib/canonical.mjs';
import { toHex } from '../lib/group.mjs';
import { BLANK, cellsOf, isAnswer } from '../lib/marks.mjs';
import { packet, toDigits } from '../lib/packet.mjs';
import { publicOf, readToken, secretOf, trackerOf } from '../lib/token.mjs';
import { complain, drawn, element, part, rows, show, word } from './showing.mjs';
import { draw } from './square.mjs';
import { ask, Unanswered } from './town.mjs';

const AT_WORK = 'beforeunload';
const leaving = (event) => event.preventDefault();

export class Booth {
  marks = new Map();

  constructor(root) {
    this.root = root;
    this.places = root.dataset;
    this.step = (name) => root.querySelector(`[data-step="${name}"]`);
    this.said = (name) => word(root, name);
  }

  async open() {
    part(document, 'preparing').hidden = false;
    const { id, hash } = this.places;
    const [setup, told] = await Promise.all([ask(this.places.setup), ask(this.places.election)]);
    this.election = readSetup(setup.told.message ?? {});
    if (setup.status !== 200 || toHex(this.election.hash) !== hash || this.election.id !== id) throw new Error('setup');
    this.titles = new Map(told.told.contests.map((contest) => [contest.code, contest]));
    this.on('token', 'submit', () => this.readToken());
    this.on('question', 'submit', () => this.answer());
    this.press('question', 'back', () => this.ask(this.place - 1));
    this.press('review', 'encrypt', () => this.encrypt());
    this.press('sealed', 'cast', () => this.cast());
    this.press('sealed', 'check', () => this.challenge());
    this.press('unsure', 'again', () => this.cast());
    this.press('refused', 'anew', () => this.anew());
    this.press('challenged', 'anew', () => this.encrypt());
    part(document, 'preparing').hidden = true;
    this.root.hidden = false;
    this.show('token');
  }

  on(step, event, act) {
    this.step(step).addEventListener(event, (happened) => {
      happened.preventDefault();
      act();
    });
  }

  press(step, name, act) {
    part(this.step(step), name).addEventListener('click', act);
  }

  show(step) {
    this.notCast(step !== 'cast' && step !== 'unsure');
    part(document, 'server').hidden = step === 'cast';
    return show(this.root, step);
  }

  notCast(isSo) {
    part(document, 'not-cast').hidden = !isSo;
  }

  async readToken() {
    const field = part(this.step('token'), 'typed');
    const token = readToken(field.value);
    field.classList.toggle('is-invalid', !token);
    field.setAttribute('aria-invalid', String(!token));
    if (!token) return complain(this.step('token'), this.said('mistyped'));
    this.secret = secretOf(this.election.id, token);
    const credential = publicOf(this.secret).toHex();
    const { status, told } = await ask(`${this.places.credentials}${credential}`).catch(() => ({ status: 0, told: {} }));
    if (status !== 200) return complain(this.step('token'), told.detail ?? this.said('unanswered'));
    field.value = '';
    complain(this.step('token'));
    addEventListener(AT_WORK, leaving);
    this.hand = { secret: this.secret, style: told.style, sequence: told.next, channel: 'browser' };
    this.contests = this.election.styles.get(told.style).map((contest) => this.election.contests.get(contest));
    return this.ask(0);
  }

  ask(place) {
    if (place < 0) return this.show('token');
    if (place >= this.contests.length) return this.review();
    this.place = place;
    const contest = this.contests[place];
    const section = this.step('question');
    const titled = this.titles.get(contest.id);
    part(section, 'title').textContent = titled.title;
    part(section, 'asked').textContent = `${this.said('place').replace('{place}', place + 1).replace('{all}', this.contests.length)} ${this.asked(contest)}`;
    part(section, 'options').replaceChildren(...(contest.kind === 'choose' ? this.choices(contest) : this.numbers(contest)));
    complain(section);
    return this.show('question');
  }

  choices(contest) {
    const { options } = this.titles.get(contest.id);
    const all = [...options.map(({ code, title }) => [code, title]), ...(contest.blank ? [[BLANK, this.said('blank')]] : [])];
    return all.map((option) => this.option(contest, ...option));
  }

  // Points or grades: a list of them beside each option.
  numbers(contest) {
    const most = contest.kind === 'score' ? contest.max_score : contest.columns.length - 1;
    const given = this.marks.get(contest.id) ?? {};
    return this.titles.get(contest.id).options.map(({ code, title }) => {
      const select = element('select', { class: 'form-select w-50', 'data-code': code });
      for (let number = 0; number <= most; number += 1) select.append(element('option', { value: number }, this.number(contest, number)));
      select.value = String(given[code] ?? 0);
      return element('label', { class: 'd-flex gap-2 mb-2 align-items-center' }, select, title);
    });
  }

  number({ kind }, number) {
    return kind === 'grid' ? this.said(`grade-${number}`) : String(number);
  }

  asked({ kind, min, max, blank }) {
    if (kind !== 'choose') return this.said(kind);
    const many = max === 1 ? this.said('one') : this.said('many').replace('{min}', min).replace('{max}', max);
    return blank ? `${many} ${this.said('or-blank')}` : many;
  }

  option(contest, code, title) {
    const kind = contest.max === 1 ? 'radio' : 'checkbox';
    const input = element('input', { class: 'form-check-input', type: kind, name: 'mark', value: code });
    input.checked = (this.marks.get(contest.id) ?? []).includes(code);
    return element('label', { class: 'form-check d-block' }, input, title);
  }

  answer() {
    const section = this.step('question');
    const contest = this.contests[this.place];
    const chosen = () => [...section.querySelectorAll('[name="mark"]:checked')].map((input) => input.value);
    const numbered = () => Object.fromEntries([...section.querySelectorAll('[data-code]')].map((one) => [one.dataset.code, Number(one.value)]));
    const marks = contest.kind === 'choose' ? chosen() : numbered();
    if (!isAnswer(contest, marks)) return complain(section, this.asked(contest));
    this.marks.set(contest.id, marks);
    return this.ask(this.place + 1);
  }

  inWords(contest) {
    const { title, options } = this.titles.get(contest.id);
    const marks = this.marks.get(contest.id);
    const chosen = contest.kind === 'choose'
      ? options.filter((option) => marks.includes(option.code)).map((option) => option.title)
      : options.map((option) => `${option.title}: ${this.number(contest, marks[option.code])}`);
    return [title, chosen.join(', ') || this.said('blank')];
  }

  review() {
    const answers = this.contests.map((contest, place) => {
      const name = element('span', { class: 'visually-hidden' }, ` ${this.titles.get(contest.id).title}`);
      const change = element('button', { class: 'btn btn-outline-primary btn-sm', type: 'button' }, this.said('change'), name);
      change.addEventListener('click', () => this.ask(place));
      return [...this.inWords(contest), element('dd', {}, change)];
    });
    rows(part(this.step('review'), 'answers'), answers);
    this.show('review');
  }

  async encrypt() {
    const busy = part(this.step('review'), 'busy');
    busy.hidden = false;
    await drawn();
    const choices = Object.fromEntries(this.contests.map((contest) => [contest.id, cellsOf(contest, this.marks.get(contest.id))]));
    this.sealed = seal(this.election, this.hand, choices);
    this.tracker = trackerOf(this.sealed.digest);
    busy.hidden = true;
    for (const shown of this.root.querySelectorAll('[data-part="tracker"]')) shown.textContent = this.tracker;
    this.show('sealed');
  }

  // The body is sent as it was made, however often: the town takes it once.
  async cast() {
    const busy = part(this.step('sealed'), 'busy');
    const buttons = this.root.querySelectorAll('[data-step="sealed"] button, [data-step="unsure"] button');
    for (const button of buttons) button.disabled = true;
    busy.hidden = false;
    try {
      const { status, told } = await ask(this.places.ballots, write(this.sealed.body), this.places.csrf);
      if (status === 201 || status === 200) return this.isCast(told);
      return this.refuse(told);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      return this.show('unsure');
    } finally {
      busy.hidden = true;
      for (const button of buttons) button.disabled = false;
    }
  }

  isCast(told) {
    if (told.tracker !== this.tracker) return this.refuse({ detail: this.said('other-tracker') });
    removeEventListener(AT_WORK, leaving);
    this.forget();
    return this.show('cast');
  }

  refuse({ code = '', detail }) {
    const section = this.step('refused');
    part(section, 'why').textContent = detail ?? this.said('unanswered');
    part(section, 'sequence').hidden = code !== 'elections.sequence-taken';
    this.show('refused');
  }

  // Begins with the token again: the town may know of another ballot by now.
  anew() {
    this.forget();
    this.show('token');
  }

  forget() {
    this.secret = this.hand = this.sealed = undefined;
    this.marks.clear();
  }

  // The town bars the ballot first: only then does the device show what is in it.
  async challenge() {
    const barred = JSON.stringify({ body_hash: toHex(this.sealed.digest) });
    const { status, told } = await ask(this.places.challenges, barred, this.places.csrf).catch(() => ({ status: 0, told: {} }));
    if (status !== 200 && status !== 201) return complain(this.step('sealed'), told.detail ?? this.said('unanswered'));
    complain(this.step('sealed'));
    const shown = packet(this.election, this.sealed);
    const section = this.step('challenged');
    const text = write(shown);
    part(section, 'opening').value = text;
    part(section, 'file').href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    const [address, digits] = [`${this.places.second}#`, toDigits(this.election, shown)];
    part(section, 'link').href = address + digits;
    part(section, 'too-large').hidden = draw(part(section, 'square'), address, digits);
    return this.show('challenged');
  }
}
