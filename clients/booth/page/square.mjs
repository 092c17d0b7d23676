// A QR code (ISO/IEC 18004, level L) of an address and digits after it, drawn here on the device: what it
// holds is sent to nobody. The mask is always the first one: what stands in it looks random already.
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15];
const CHECKS = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30];
const LEVEL_L = 1;
const QUIET = 4; // Light modules around a code.

const bitsOf = (number, many) => [...number.toString(2).padStart(many, '0')].map(Number);

function segments(address, digits, version) {
  const [ofBytes, ofDigits] = version < 10 ? [8, 10] : [16, version < 27 ? 12 : 14];
  const bytes = new TextEncoder().encode(address);
  const threes = digits.match(/[0-9]{1,3}/g) ?? [];
  return [
    ...bitsOf(4, 4),
    ...bitsOf(bytes.length, ofBytes),
    ...[...bytes].flatMap((byte) => bitsOf(byte, 8)),
    ...bitsOf(1, 4),
    ...bitsOf(digits.length, ofDigits),
    ...threes.flatMap((three) => bitsOf(Number(three), 1 + 3 * three.length)),
  ];
}

// Places of the middles of alignment patterns, along each side.
function middles(version) {
  if (version === 1) return [];
  const many = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (many * 2 - 2)) * 2;
  const places = Array.from({ length: many - 1 }, (_, at) => version * 4 + 10 - at * step);
  return [6, ...places.reverse()];
}

function codewords(version) {
  const many = middles(version).length;
  const aligned = many ? (25 * many - 10) * many - 55 : 0;
  const modules = (16 * version + 128) * version + 64 - aligned - (version < 7 ? 0 : 36);
  return Math.floor(modules / 8);
}

const room = (version) => codewords(version) - BLOCKS[version - 1] * CHECKS[version - 1];

function product(left, right) {
  let found = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    found = (found << 1) ^ ((found >> 7) * 0x11d);
    found ^= ((right >> bit) & 1) * left;
  }
  return found;
}

function generator(degree) {
  const found = [...new Array(degree - 1).fill(0), 1];
  let root = 1;
  for (let turn = 0; turn < degree; turn += 1) {
    for (let at = 0; at < degree; at += 1) found[at] = product(found[at], root) ^ (found[at + 1] ?? 0);
    root = product(root, 2);
  }
  return found;
}

function checksOf(data, divisor) {
  const rest = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((one, at) => { rest[at] ^= product(one, factor); });
  }
  return rest;
}

function interleaved(data, version) {
  const [blocks, checks] = [BLOCKS[version - 1], CHECKS[version - 1]];
  const short = Math.floor(data.length / blocks);
  const longFrom = blocks - (data.length % blocks);
  const divisor = generator(checks);
  let at = 0;
  const parts = Array.from({ length: blocks }, (_, block) => data.slice(at, (at += short + (block >= longFrom ? 1 : 0))));
  const column = (lists, place) => lists.flatMap((list) => (place < list.length ? [list[place]] : []));
  const over = (lists, length) => Array.from({ length }, (_, place) => column(lists, place)).flat();
  return [...over(parts, short + 1), ...over(parts.map((one) => checksOf(one, divisor)), checks)];
}

function filled(bits, version) {
  const most = room(version) * 8;
  const ended = [...bits, ...new Array(Math.min(4, most - bits.length)).fill(0)];
  while (ended.length % 8) ended.push(0);
  const bytes = ended.join('').match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  for (let pad = 0; bytes.length < most / 8; pad += 1) bytes.push(pad % 2 ? 0x11 : 0xec);
  return bytes;
}

// A field of modules: dark or light, and whether the place is one of the pattern.
class Field {
  constructor(version) {
    this.version = version;
    this.size = version * 4 + 17;
    this.dark = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.fixed = this.dark.map((row) => row.map(() => false));
    this.patterns();
  }

  fix(x, y, dark) {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y][x] = Boolean(dark);
    this.fixed[y][x] = true;
  }

  rings(x, y, reach, lightOn) {
    for (let dy = -reach; dy <= reach; dy += 1) {
      for (let dx = -reach; dx <= reach; dx += 1) this.fix(x + dx, y + dy, !lightOn.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  }

  patterns() {
    const end = this.size - 1;
    for (let at = 0; at <= end; at += 1) {
      this.fix(6, at, at % 2 === 0);
      this.fix(at, 6, at % 2 === 0);
    }
    for (const [x, y] of [[3, 3], [end - 3, 3], [3, end - 3]]) this.rings(x, y, 4, [2, 4]);
    const places = middles(this.version);
    const isCorner = (x, y) => (x === 6 && y === 6) || (x === 6 && y === end - 6) || (x === end - 6 && y === 6);
    for (const x of places) for (const y of places) if (!isCorner(x, y)) this.rings(x, y, 2, [1]);
    this.format();
    if (this.version >= 7) this.told();
  }

  format() {
    const data = LEVEL_L << 3; // And mask 0.
    let rest = data;
    for (let turn = 0; turn < 10; turn += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const bit = (at) => (((data << 10) | rest) ^ 0x5412) >> at & 1;
    const end = this.size - 1;
    for (let at = 0; at <= 5; at += 1) this.fix(8, at, bit(at));
    this.fix(8, 7, bit(6));
    this.fix(8, 8, bit(7));
    this.fix(7, 8, bit(8));
    for (let at = 9; at < 15; at += 1) this.fix(14 - at, 8, bit(at));
    for (let at = 0; at < 8; at += 1) this.fix(end - at, 8, bit(at));
    for (let at = 8; at < 15; at += 1) this.fix(8, this.size - 15 + at, bit(at));
    this.fix(8, this.size - 8, true);
  }

  told() {
    let rest = this.version;
    for (let turn = 0; turn < 12; turn += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = (this.version << 12) | rest;
    for (let at = 0; at < 18; at += 1) {
      const [long, short] = [this.size - 11 + (at % 3), Math.floor(at / 3)];
      this.fix(long, short, bits >> at & 1);
      this.fix(short, long, bits >> at & 1);
    }
  }

  // Fills the free places from the lower right corner, two columns at a time, up and down.
  fill(bits) {
    let at = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      const column = right <= 6 ? right - 1 : right; // The column of the clock pattern is none.
      const isUp = ((right + 1) & 2) === 0;
      for (let step = 0; step < this.size; step += 1) {
        const y = isUp ? this.size - 1 - step : step;
        for (const x of [column, column - 1]) {
          if (!this.fixed[y][x]) this.dark[y][x] = Boolean((bits[at++] ?? 0) ^ ((x + y) % 2 === 0 ? 1 : 0));
        }
      }
    }
  }
}

// Returns rows of modules, true for dark ones; undefined for more than a camera reads from a screen.
export function square(address, digits) {
  const versions = BLOCKS.map((_, at) => at + 1);
  const version = versions.find((one) => segments(address, digits, one).length <= room(one) * 8);
  if (!version) return undefined;
  const data = filled(segments(address, digits, version), version);
  const field = new Field(version);
  field.fill(interleaved(data, version).flatMap((byte) => bitsOf(byte, 8)));
  return field.dark;
}

// Draws the code into an SVG element; returns whether it was possible.
export function draw(svg, address, digits) {
  const found = square(address, digits);
  svg.toggleAttribute('hidden', !found);
  if (!found) return false;
  const side = found.length + 2 * QUIET;
  const marks = found.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])));
  svg.setAttribute('viewBox', `0 0 ${side} ${side}`);
  svg.querySelector('path').setAttribute('d', marks.join(''));
  return true;
}
