// Canonical JSON: one text for one message (annex A4).
import { Malformed, text } from './group.mjs';

const KEY = /^[a-z0-9_]+$/;
const DEEPEST = 12;
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function written(value, depth) {
  if (typeof value === 'string') {
    if (HALF.test(value) || value !== value.normalize('NFC')) throw new Malformed('text');
    return JSON.stringify(value);
  }
  if (typeof value === 'boolean') return String(value);
  if (Number.isSafeInteger(value) && value >= 0) return String(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) throw new Malformed('value');
  if (Array.isArray(value)) return `[${value.map((one) => written(one, depth + 1)).join(',')}]`;
  const keys = Object.keys(value).sort();
  if (!keys.every((key) => KEY.test(key))) throw new Malformed('key');
  return `{${keys.map((key) => `"${key}":${written(value[key], depth + 1)}`).join(',')}}`;
}

// Returns the one text of a message; Malformed for what no message holds.
export const write = (message) => written(message, 1);
export const bytes = (message) => text(write(message));
