// The group ristretto255, its scalars and the transcripts that are hashed (annex A2, A3).
// Noble lies beside the verifier; nothing else of the verifier is used here.
import { ristretto255 } from '../../verify/node_modules/@noble/curves/ed25519.js';
import { sha256, sha512 } from '../../verify/node_modules/@noble/hashes/sha2.js';

const { Point } = ristretto255;
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SIZE = 32;
const HEX = /^[0-9a-f]{64}$/;
const encoder = new TextEncoder();

export class Malformed extends Error {}

export const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
export const text = (value) => encoder.encode(value.normalize('NFC'));

export function fromHex(digits) {
  if (!HEX.test(digits)) throw new Malformed(digits);
  return Uint8Array.from({ length: SIZE }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

// Returns an element other than the identity; Malformed for every other text.
export function readElement(digits) {
  let found;
  try {
    found = Point.fromBytes(fromHex(digits));
  } catch {
    throw new Malformed(digits);
  }
  if (found.is0()) throw new Malformed(digits);
  return found;
}

const little = (bytes) => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);

export function readScalar(digits) {
  const found = little(fromHex(digits));
  if (found >= ORDER) throw new Malformed(digits);
  return found;
}

export const scalarHex = (scalar) => toHex(big(scalar, SIZE).reverse());
export const modulo = (number) => ((number % ORDER) + ORDER) % ORDER;
export const times = (scalar, element) => (modulo(scalar) === 0n ? Point.ZERO : element.multiply(modulo(scalar)));

// The same, faster, where the time it takes may be seen: for scalars that are published.
export const openTimes = (scalar, element) => element.multiplyUnsafe(modulo(scalar));
export const base = (scalar) => times(scalar, Point.BASE);

// Returns a secret scalar other than 0 from the randomness of the device: 512 bits, so that the
// remainder is even to 2^-256.
export function draw() {
  const scalar = modulo(little(crypto.getRandomValues(new Uint8Array(64))));
  return scalar === 0n ? draw() : scalar;
}

function big(number, size) {
  const digits = BigInt(number).toString(16).padStart(2 * size, '0');
  return Uint8Array.from({ length: size }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

export const count = (number) => big(number, 8);

function join(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

function bytesOf(field) {
  if (typeof field === 'string') return text(field);
  return field instanceof Point ? field.toBytes() : field;
}

// A field is an element, a text, or bytes as they are.
export function transcript(tag, fields) {
  const measured = [tag, ...fields].map(bytesOf).map((field) => join([big(field.length, 4), field]));
  return join([text('TSV1'), measured[0], big(fields.length, 2), ...measured.slice(1)]);
}

export const hash = (tag, ...fields) => sha256(transcript(tag, fields));
export const challenge = (tag, ...fields) => modulo(little(sha512(transcript(tag, fields))));
