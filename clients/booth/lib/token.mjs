// Tokens as voters type them, and the credential that each stands for (annex A5).
import { base, challenge, hash, text } from './group.mjs';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 24;
const READ_AS = { O: '0', I: '1', L: '1' };

// Returns the 25 characters of what was typed, or undefined where it is no token: wrong length, a
// character that no token has, or a last character that does not fit the others.
export function readToken(typed) {
  const token = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[OIL]/g, (letter) => READ_AS[letter]);
  if (token.length !== LENGTH + 1 || [...token].some((letter) => !ALPHABET.includes(letter))) return undefined;
  const check = ALPHABET[hash('credential-check', text(token.slice(0, LENGTH)))[0] & 31];
  return token[LENGTH] === check ? token : undefined;
}

export const secretOf = (election, token) => challenge('credential', election, text(token.slice(0, LENGTH)));
export const publicOf = (secret) => base(secret);

// Returns the characters by which a voter finds a ballot again, in groups of four.
export function trackerOf(digest) {
  const bits = [...digest.slice(0, 15)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits.match(/.{5}/g).map((five) => ALPHABET[Number.parseInt(five, 2)]);
  return letters.join('').match(/.{4}/g).join('-');
}
