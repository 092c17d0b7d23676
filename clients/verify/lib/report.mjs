// What each check has seen, and the report that is made of it.
import { h32, hex, utf8 } from './group.mjs';
import { write } from './messages.mjs';

const two = (letter, many) => Array.from({ length: many }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`);
export const CODES = [
  ...two('C', 4), ...two('S', 5), ...two('L', 2), ...two('V', 1), ...two('B', 16),
  ...two('X', 2), ...two('D', 3), ...two('R', 3), ...two('Z', 2), ...two('N', 2),
];
const NOT_EXAMINED = 'not examined';

export class Notes {
  constructor() {
    this.checks = new Map(CODES.map((code) => [code, { code, ok: true, count: 0, first_failure: '' }]));
  }

  note(code, ok, ...where) {
    const check = this.checks.get(code);
    check.count += 1;
    if (!ok && check.ok) Object.assign(check, { ok: false, first_failure: where.join(', ') });
    return ok;
  }

  get good() {
    return [...this.checks.values()].every((check) => check.ok);
  }

  isGood(code) {
    return this.checks.get(code).ok;
  }

  leaveOut(...codes) {
    for (const code of codes) Object.assign(this.checks.get(code), { ok: false, count: 0, first_failure: NOT_EXAMINED });
  }

  leaveOutAfter(code) {
    this.leaveOut(...CODES.slice(CODES.indexOf(code) + 1));
  }
}

export function report({ election, setup, head, result }, notes) {
  const checks = [...notes.checks.values()];
  const hashed = h32('verify-report', setup, head.hash, utf8(write(checks)), utf8(write(result)));
  return {
    v: 1,
    election,
    setup: hex(setup),
    head: { seq: head.seq, hash: hex(head.hash) },
    implementation: 'verify.mjs',
    version: '0.1.0',
    checks,
    result,
    report_hash: hex(hashed),
  };
}
