// ristretto255: points are decoded once, strictly; scalars are BigInts below ORDER.
import { ristretto255 } from '@noble/curves/ed25519.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

export const { Point } = ristretto255;
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const HEX = /^[0-9a-f]{64}$/;
const encoder = new TextEncoder();

export class Refused extends Error {}

export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
export const utf8 = (text) => encoder.encode(text.normalize('NFC'));

export function join(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function point(text) {
  if (!HEX.test(text)) throw new Refused(text);
  try {
    return Point.fromHex(text);
  } catch {
    throw new Refused(text);
  }
}

export function solidPoint(text) {
  const found = point(text);
  if (found.equals(Point.ZERO)) throw new Refused(text);
  return found;
}

const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

export function scalar(text) {
  if (!HEX.test(text)) throw new Refused(text);
  const found = number(unhex(text));
  if (found >= ORDER) throw new Refused(text);
  return found;
}

const whole = (n) => ((n % ORDER) + ORDER) % ORDER;
export const times = (n, p) => p.multiplyUnsafe(whole(n));
export const base = (n) => (whole(n) === 0n ? Point.ZERO : Point.BASE.multiply(whole(n)));
export const sum = (points) => points.reduce((left, right) => left.add(right), Point.ZERO);

export const inverse = (n) => Point.Fn.inv(whole(n));

// Transcripts: a tag and fields, each led by its length.
function bytesOf(value, size) {
  const out = new Uint8Array(size);
  let rest = BigInt(value);
  for (let at = size - 1; at >= 0; at -= 1) {
    out[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return out;
}

export const u64 = (value) => bytesOf(value, 8);
const led = (field) => join([bytesOf(field.length, 4), field]);
const field = (value) => (value instanceof Point ? value.toBytes() : typeof value === 'string' ? utf8(value) : value);

function transcript(tag, fields) {
  return join([utf8('TSV1'), led(utf8(tag)), bytesOf(fields.length, 2), ...fields.map((one) => led(field(one)))]);
}

export const h32 = (tag, ...fields) => sha256(transcript(tag, fields));
export const hs = (tag, ...fields) => number(sha512(transcript(tag, fields))) % ORDER;
