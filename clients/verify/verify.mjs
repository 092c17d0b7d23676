#!/usr/bin/env node
// node verify.mjs ARCHIVE [--log-key HEX] [--json]: 0 every check is good, 1 one is not, 2 no such file or call.
import { readFileSync } from 'node:fs';
import { getSystemErrorMap, parseArgs } from 'node:util';
import { write } from './lib/messages.mjs';
import { verify } from './lib/verify.mjs';

// What was asked; undefined where it cannot be understood.
function asked() {
  const options = { 'log-key': { type: 'string', default: '' }, json: { type: 'boolean', default: false } };
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    return positionals.length === 1 ? { path: positionals[0], values } : undefined;
  } catch {
    return undefined;
  }
}

// In a sentence how many checks failed, and how many were not even made.
function verdict(checks) {
  const failed = checks.filter(({ ok }) => !ok);
  const left = failed.filter(({ first_failure: where }) => where === 'not examined').length;
  const bad = failed.length - left;
  if (!failed.length) return 'Every check is good.';
  return `${bad} ${bad === 1 ? 'check is' : 'checks are'} not good${left ? `, ${left} not examined` : ''}.`;
}

function told(report) {
  const lines = report.checks.map(
    ({ code, ok, count, first_failure: where }) =>
      `${code}  ${ok ? 'good' : 'BAD '}  ${String(count).padStart(9)}  ${where}`.trimEnd(),
  );
  return [
    ...lines,
    `election     ${report.election}`,
    `set-up       ${report.setup}`,
    `head         ${report.head.seq} ${report.head.hash}`,
    `report hash  ${report.report_hash}`,
    verdict(report.checks),
  ].join('\n');
}

function main() {
  const wish = asked();
  if (!wish) {
    console.error('node verify.mjs ARCHIVE [--log-key HEX] [--json]');
    return 2;
  }
  const { path, values } = wish;
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    console.error(`${path}: ${getSystemErrorMap().get(error.errno)?.[1] ?? error.code}`);
    return 2;
  }
  const report = verify(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), values['log-key']);
  console.log(values.json ? write(report) : told(report));
  return report.checks.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = main();
