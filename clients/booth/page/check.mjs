// The second device: makes a challenged ballot anew from its opening, and shows what is in it.
import { bodyHash, isOpening, readSetup } from '../lib/ballot.mjs';
import { choicesOf, ofDigits, readPacket } from '../lib/packet.mjs';
import { trackerOf } from '../lib/token.mjs';
import { complain, part, rows, show, word } from './showing.mjs';
import { ask } from './town.mjs';

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

export class Check {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector('[data-step="asked"]');
  }

  open() {
    this.root.hidden = false;
    show(this.root, 'asked');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.look(() => this.pasted(part(this.form, 'typed').value));
    });
    part(this.form, 'upload').addEventListener('change', async ({ target }) => {
      part(this.form, 'typed').value = await target.files[0].text();
    });
    addEventListener('hashchange', () => this.scanned());
    this.scanned();
  }

  scanned() {
    const digits = location.hash.slice(1);
    if (digits) this.look(() => this.linked(digits));
  }

  async look(read) {
    try {
      await this.tell(await read());
    } catch {
      show(this.root, 'asked');
      complain(this.form, word(this.root, 'unreadable'));
    }
  }

  async pasted(text) {
    const told = JSON.parse(text);
    await this.load(told.election);
    return told;
  }

  async linked(digits) {
    const { id, reader } = ofDigits(digits);
    await this.load(id);
    return readPacket(this.election, reader);
  }

  async load(id) {
    if (!ULID.test(id)) throw new Error('id');
    const place = `${this.root.dataset.elections}${id}`;
    const [setup, told] = await Promise.all([ask(`${place}/setup`), ask(place)]);
    this.election = readSetup(setup.told.message ?? {});
    this.titles = new Map(told.told.contests.map((contest) => [contest.code, contest]));
    this.told = told.told;
  }

  tell({ ballot, opening }) {
    const holds = isOpening(this.election, ballot, opening);
    complain(this.form);
    if (!holds) return show(this.root, 'differs');
    const section = show(this.root, 'shown');
    part(section, 'tracker').textContent = trackerOf(bodyHash(ballot));
    part(section, 'election').textContent = this.told.title;
    rows(part(section, 'answers'), choicesOf(this.election, opening).map((answer) => this.inWords(answer)));
    return section;
  }

  inWords({ contest, marked }) {
    const { title, options } = this.titles.get(contest);
    const { kind } = this.election.contests.get(contest);
    const graded = kind === 'grid' ? options.flatMap((one, row) => this.election.contests.get(contest).columns.map((_, at) => [`cell:${row}:${at}`, `${one.title}: ${word(this.root, `grade-${at}`)}`])) : [];
    const named = new Map([...options.map((one) => [`option:${one.code}`, one.title]), ...graded, ['blank', word(this.root, 'blank')]]);
    const told = ({ label, value }) => (kind === 'score' ? `${named.get(label)}: ${value}` : named.get(label));
    return [title, marked.map(told).join(', ') || word(this.root, 'nothing')];
  }
}
