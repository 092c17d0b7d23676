// Townsquare's booth, made by scripts/booth.py from sources 6aed2917dd9fd49bf7d145bfa26c86634a0c3733f22186d8fa7f3bcd1d962fe5
(() => {
  // ../verify/node_modules/@noble/hashes/_u64.js
  var U32_MASK64 = /* @__PURE__ */ (() => BigInt(2 ** 32 - 1))();
  var _32n = /* @__PURE__ */ BigInt(32);
  function fromBig(n, le = false) {
    if (le)
      return { h: Number(n & U32_MASK64), l: Number(n >> _32n & U32_MASK64) };
    return { h: Number(n >> _32n & U32_MASK64) | 0, l: Number(n & U32_MASK64) | 0 };
  }
  function split(lst, le = false) {
    const len = lst.length;
    let Ah = new Uint32Array(len);
    let Al = new Uint32Array(len);
    for (let i = 0; i < len; i++) {
      const { h, l } = fromBig(lst[i], le);
      [Ah[i], Al[i]] = [h, l];
    }
    return [Ah, Al];
  }
  var fromNumH = (n) => n / 2 ** 32 | 0;
  var fromNumL = (n) => n >>> 0;
  function setU64FromNum(view, byteOffset, n, isLE) {
    const h = fromNumH(n);
    const l = fromNumL(n);
    view.setUint32(byteOffset, isLE ? l : h, isLE);
    view.setUint32(byteOffset + 4, isLE ? h : l, isLE);
  }
  var shrSH = (h, _l, s) => h >>> s;
  var shrSL = (h, l, s) => h << 32 - s | l >>> s;
  var rotrSH = (h, l, s) => h >>> s | l << 32 - s;
  var rotrSL = (h, l, s) => h << 32 - s | l >>> s;
  var rotrBH = (h, l, s) => h << 64 - s | l >>> s - 32;
  var rotrBL = (h, l, s) => h >>> s - 32 | l << 64 - s;
  function add(Ah, Al, Bh, Bl) {
    const l = (Al >>> 0) + (Bl >>> 0);
    return { h: Ah + Bh + (l / 2 ** 32 | 0) | 0, l: l | 0 };
  }
  var add3L = (Al, Bl, Cl) => (Al >>> 0) + (Bl >>> 0) + (Cl >>> 0);
  var add3H = (low, Ah, Bh, Ch) => Ah + Bh + Ch + (low / 2 ** 32 | 0) | 0;
  var add4L = (Al, Bl, Cl, Dl) => (Al >>> 0) + (Bl >>> 0) + (Cl >>> 0) + (Dl >>> 0);
  var add4H = (low, Ah, Bh, Ch, Dh) => Ah + Bh + Ch + Dh + (low / 2 ** 32 | 0) | 0;
  var add5L = (Al, Bl, Cl, Dl, El) => (Al >>> 0) + (Bl >>> 0) + (Cl >>> 0) + (Dl >>> 0) + (El >>> 0);
  var add5H = (low, Ah, Bh, Ch, Dh, Eh) => Ah + Bh + Ch + Dh + Eh + (low / 2 ** 32 | 0) | 0;

  // ../verify/node_modules/@noble/hashes/utils.js
  function isBytes(a) {
    return a instanceof Uint8Array || ArrayBuffer.isView(a) && a.constructor.name === "Uint8Array" && "BYTES_PER_ELEMENT" in a && a.BYTES_PER_ELEMENT === 1;
  }
  var atitle = (title) => title ? `"${title}" ` : "";
  function anumber(n, title = "") {
    if (typeof n !== "number")
      throw new TypeError(atitle(title) + "expected number, got " + typeof n);
    if (!Number.isSafeInteger(n) || n < 0)
      throw new RangeError(atitle(title) + "expected integer >= 0, got " + n);
    return n;
  }
  function abytes(value, length, title = "") {
    if (isBytes(value) && (length === void 0 || value.length === length))
      return value;
    if (length !== void 0)
      anumber(length, "length");
    const bytes2 = isBytes(value);
    const ofLen = length !== void 0 ? ` of length ${length}` : "";
    const got = bytes2 ? `length=${value.length}` : `type=${typeof value}`;
    const message = atitle(title) + "expected Uint8Array" + ofLen + ", got " + got;
    if (!bytes2)
      throw new TypeError(message);
    throw new RangeError(message);
  }
  var aobject = (value, label) => {
    if (value === null || typeof value !== "object" || Array.isArray(value))
      throw new TypeError((label === "object" ? "" : `"${label}" `) + "expected object, got type=" + typeof value);
  };
  var aopts = (value, label) => {
    aobject(value, label);
    const proto = Object.getPrototypeOf(value);
    if (proto !== Object.prototype && proto !== null)
      throw new TypeError(`"${label}" expected plain object`);
    if (Object.hasOwn(value, "__proto__"))
      throw new TypeError(`"${label}.__proto__" is not allowed`);
  };
  function aexists(instance, checkFinished = true) {
    if (instance.destroyed)
      throw new Error("hash was destroyed");
    if (checkFinished && instance.finished)
      throw new Error("digest() was already called");
  }
  function aoutput(out, instance) {
    abytes(out, void 0, "output");
    const min = instance.outputLen;
    if (!(out.length >= min)) {
      throw new RangeError('"output" expected length >= ' + min);
    }
  }
  function clean(...arrays) {
    for (let i = 0; i < arrays.length; i++) {
      arrays[i].fill(0);
    }
  }
  function createView(arr) {
    return new DataView(arr.buffer, arr.byteOffset, arr.byteLength);
  }
  function rotr(word2, shift) {
    return word2 << 32 - shift | word2 >>> shift;
  }
  var hasHexBuiltin = /* @__PURE__ */ (() => (
    // @ts-ignore
    typeof Uint8Array.from([]).toHex === "function" && typeof Uint8Array.fromHex === "function"
  ))();
  var hexes = /* @__PURE__ */ Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
  function bytesToHex(bytes2) {
    abytes(bytes2);
    if (hasHexBuiltin)
      return bytes2.toHex();
    let hex = "";
    for (let i = 0; i < bytes2.length; i++) {
      hex += hexes[bytes2[i]];
    }
    return hex;
  }
  function asciiToBase16(ch) {
    return ch >= 48 && ch <= 57 ? ch - 48 : ch >= 65 && ch <= 70 ? ch - (65 - 10) : ch >= 97 && ch <= 102 ? ch - (97 - 10) : void 0;
  }
  function hexToBytes(hex) {
    if (typeof hex !== "string")
      throw new TypeError("hex string expected, got " + typeof hex);
    if (hasHexBuiltin) {
      try {
        return Uint8Array.fromHex(hex);
      } catch (error) {
        if (error instanceof SyntaxError)
          throw new RangeError(error.message);
        throw error;
      }
    }
    const hl = hex.length;
    const al = hl / 2;
    if (hl % 2)
      throw new RangeError("hex string expected, got unpadded hex of length " + hl);
    const array = new Uint8Array(al);
    for (let ai = 0, hi = 0; ai < al; ai++, hi += 2) {
      const n1 = asciiToBase16(hex.charCodeAt(hi));
      const n2 = asciiToBase16(hex.charCodeAt(hi + 1));
      if (n1 === void 0 || n2 === void 0) {
        const char = hex[hi] + hex[hi + 1];
        throw new RangeError('hex string expected, got non-hex character "' + char + '" at index ' + hi);
      }
      array[ai] = n1 * 16 + n2;
    }
    return array;
  }
  function checkOpts(defaults, opts, title = "opts") {
    aopts(defaults, "defaults");
    if (opts !== void 0)
      aopts(opts, title);
    const merged = Object.assign(/* @__PURE__ */ Object.create(null), defaults, opts);
    return merged;
  }
  function createHasher(hashCons, info = {}) {
    if (typeof hashCons !== "function")
      throw new TypeError('"hashCons" expected function, got type=' + typeof hashCons);
    info = checkOpts({}, info, "info");
    const hashC = (msg, opts) => hashCons(opts).update(msg).digest();
    const tmp = hashCons(void 0);
    hashC.outputLen = tmp.outputLen;
    hashC.blockLen = tmp.blockLen;
    hashC.canXOF = tmp.canXOF;
    hashC.create = (opts) => hashCons(opts);
    Object.assign(hashC, info);
    return Object.freeze(hashC);
  }
  function randomBytes(bytesLength = 32) {
    anumber(bytesLength, "bytesLength");
    const cr = typeof globalThis === "object" ? globalThis.crypto : null;
    if (typeof cr?.getRandomValues !== "function")
      throw new Error("crypto.getRandomValues must be defined");
    if (bytesLength > 65536)
      throw new RangeError(`"bytesLength" expected <= 65536, got ${bytesLength}`);
    return cr.getRandomValues(new Uint8Array(bytesLength));
  }
  var oidNist = (suffix) => ({
    // Current NIST hashAlgs suffixes used here fit in one DER subidentifier octet.
    // Larger suffix values would need base-128 OID encoding and a different length byte.
    oid: Uint8Array.from([6, 9, 96, 134, 72, 1, 101, 3, 4, 2, suffix])
  });

  // ../verify/node_modules/@noble/hashes/_md.js
  function Chi(a, b, c) {
    return a & b ^ ~a & c;
  }
  function Maj(a, b, c) {
    return a & b ^ a & c ^ b & c;
  }
  var HashMD = class {
    blockLen;
    outputLen;
    canXOF = false;
    padOffset;
    isLE;
    // For partial updates less than block size
    buffer;
    view;
    finished = false;
    length = 0;
    pos = 0;
    destroyed = false;
    constructor(blockLen, outputLen, padOffset, isLE) {
      this.blockLen = blockLen;
      this.outputLen = outputLen;
      this.padOffset = padOffset;
      this.isLE = isLE;
      this.buffer = new Uint8Array(blockLen);
      this.view = createView(this.buffer);
    }
    update(data) {
      aexists(this);
      abytes(data);
      const { view, buffer, blockLen } = this;
      const len = data.length;
      let processed = false;
      for (let pos = 0; pos < len; ) {
        const take = Math.min(blockLen - this.pos, len - pos);
        if (take === blockLen) {
          const dataView = createView(data);
          for (; blockLen <= len - pos; pos += blockLen)
            this.process(dataView, pos);
          processed = true;
          continue;
        }
        buffer.set(pos === 0 && take === len ? data : data.subarray(pos, pos + take), this.pos);
        this.pos += take;
        pos += take;
        if (this.pos === blockLen) {
          this.process(view, 0);
          this.pos = 0;
          processed = true;
        }
      }
      this.length += data.length;
      if (processed)
        this.roundClean();
      return this;
    }
    digestInto(out) {
      aexists(this);
      aoutput(out, this);
      this.finished = true;
      const { buffer, view, blockLen, isLE } = this;
      let { pos } = this;
      buffer[pos++] = 128;
      buffer.fill(0, pos);
      if (this.padOffset > blockLen - pos) {
        this.process(view, 0);
        buffer.fill(0);
      }
      setU64FromNum(view, blockLen - 8, this.length * 8, isLE);
      this.process(view, 0);
      this.roundClean();
      const oview = out === buffer ? view : createView(out);
      const len = this.outputLen;
      const outLen = len / 4;
      const state = this.get();
      if (len % 4 || outLen > state.length)
        throw new Error("invalid outputLen");
      for (let i = 0; i < outLen; i++)
        oview.setUint32(4 * i, state[i], isLE);
    }
    digest() {
      const { buffer, outputLen } = this;
      this.digestInto(buffer);
      const res = buffer.slice(0, outputLen);
      this.destroy();
      return res;
    }
    _cloneIntoMeta(to) {
      const { buffer, length, finished, destroyed, pos } = this;
      to.destroyed = destroyed;
      to.finished = finished;
      to.length = length;
      to.pos = pos;
      if (pos)
        to.buffer.set(buffer);
      return to;
    }
    clone() {
      return this._cloneInto();
    }
  };
  var SHA256_IV = /* @__PURE__ */ Uint32Array.from([
    1779033703,
    3144134277,
    1013904242,
    2773480762,
    1359893119,
    2600822924,
    528734635,
    1541459225
  ]);
  var SHA512_IV = /* @__PURE__ */ Uint32Array.from([
    1779033703,
    4089235720,
    3144134277,
    2227873595,
    1013904242,
    4271175723,
    2773480762,
    1595750129,
    1359893119,
    2917565137,
    2600822924,
    725511199,
    528734635,
    4215389547,
    1541459225,
    327033209
  ]);

  // ../verify/node_modules/@noble/hashes/sha2.js
  var SHA256_K = /* @__PURE__ */ Uint32Array.from([
    1116352408,
    1899447441,
    3049323471,
    3921009573,
    961987163,
    1508970993,
    2453635748,
    2870763221,
    3624381080,
    310598401,
    607225278,
    1426881987,
    1925078388,
    2162078206,
    2614888103,
    3248222580,
    3835390401,
    4022224774,
    264347078,
    604807628,
    770255983,
    1249150122,
    1555081692,
    1996064986,
    2554220882,
    2821834349,
    2952996808,
    3210313671,
    3336571891,
    3584528711,
    113926993,
    338241895,
    666307205,
    773529912,
    1294757372,
    1396182291,
    1695183700,
    1986661051,
    2177026350,
    2456956037,
    2730485921,
    2820302411,
    3259730800,
    3345764771,
    3516065817,
    3600352804,
    4094571909,
    275423344,
    430227734,
    506948616,
    659060556,
    883997877,
    958139571,
    1322822218,
    1537002063,
    1747873779,
    1955562222,
    2024104815,
    2227730452,
    2361852424,
    2428436474,
    2756734187,
    3204031479,
    3329325298
  ]);
  var SHA256_W = /* @__PURE__ */ new Uint32Array(64);
  var SHA2_32B = class extends HashMD {
    // We cannot use array here since array allows indexing by variable
    // which means optimizer/compiler cannot use registers.
    // Numeric initializers matter: starting the fields as `undefined` changes
    // V8's field representation and makes sha256 3x slower (measured).
    A = 0;
    B = 0;
    C = 0;
    D = 0;
    E = 0;
    F = 0;
    G = 0;
    H = 0;
    constructor(outputLen, IV) {
      super(64, outputLen, 8, false);
      this.A = IV[0] | 0;
      this.B = IV[1] | 0;
      this.C = IV[2] | 0;
      this.D = IV[3] | 0;
      this.E = IV[4] | 0;
      this.F = IV[5] | 0;
      this.G = IV[6] | 0;
      this.H = IV[7] | 0;
    }
    get() {
      const { A, B, C, D, E, F, G, H } = this;
      return [A, B, C, D, E, F, G, H];
    }
    // prettier-ignore
    set(A, B, C, D, E, F, G, H) {
      this.A = A | 0;
      this.B = B | 0;
      this.C = C | 0;
      this.D = D | 0;
      this.E = E | 0;
      this.F = F | 0;
      this.G = G | 0;
      this.H = H | 0;
    }
    _cloneInto(to) {
      (to ||= new this.constructor()).set(...this.get());
      return this._cloneIntoMeta(to);
    }
    process(view, offset) {
      for (let i = 0; i < 16; i++, offset += 4)
        SHA256_W[i] = view.getUint32(offset, false);
      for (let i = 16; i < 64; i++) {
        const W15 = SHA256_W[i - 15];
        const W2 = SHA256_W[i - 2];
        const s0 = rotr(W15, 7) ^ rotr(W15, 18) ^ W15 >>> 3;
        const s1 = rotr(W2, 17) ^ rotr(W2, 19) ^ W2 >>> 10;
        SHA256_W[i] = s1 + SHA256_W[i - 7] + s0 + SHA256_W[i - 16] | 0;
      }
      let { A, B, C, D, E, F, G, H } = this;
      for (let i = 0; i < 64; i++) {
        const sigma1 = rotr(E, 6) ^ rotr(E, 11) ^ rotr(E, 25);
        const T1 = H + sigma1 + Chi(E, F, G) + SHA256_K[i] + SHA256_W[i] | 0;
        const sigma0 = rotr(A, 2) ^ rotr(A, 13) ^ rotr(A, 22);
        const T2 = sigma0 + Maj(A, B, C) | 0;
        H = G;
        G = F;
        F = E;
        E = D + T1 | 0;
        D = C;
        C = B;
        B = A;
        A = T1 + T2 | 0;
      }
      A = A + this.A | 0;
      B = B + this.B | 0;
      C = C + this.C | 0;
      D = D + this.D | 0;
      E = E + this.E | 0;
      F = F + this.F | 0;
      G = G + this.G | 0;
      H = H + this.H | 0;
      this.set(A, B, C, D, E, F, G, H);
    }
    roundClean() {
      clean(SHA256_W);
    }
    destroy() {
      this.destroyed = true;
      this.set(0, 0, 0, 0, 0, 0, 0, 0);
      clean(this.buffer);
    }
  };
  var _SHA256 = class extends SHA2_32B {
    constructor() {
      super(32, SHA256_IV);
    }
  };
  var K512 = /* @__PURE__ */ (() => split([
    "0x428a2f98d728ae22",
    "0x7137449123ef65cd",
    "0xb5c0fbcfec4d3b2f",
    "0xe9b5dba58189dbbc",
    "0x3956c25bf348b538",
    "0x59f111f1b605d019",
    "0x923f82a4af194f9b",
    "0xab1c5ed5da6d8118",
    "0xd807aa98a3030242",
    "0x12835b0145706fbe",
    "0x243185be4ee4b28c",
    "0x550c7dc3d5ffb4e2",
    "0x72be5d74f27b896f",
    "0x80deb1fe3b1696b1",
    "0x9bdc06a725c71235",
    "0xc19bf174cf692694",
    "0xe49b69c19ef14ad2",
    "0xefbe4786384f25e3",
    "0x0fc19dc68b8cd5b5",
    "0x240ca1cc77ac9c65",
    "0x2de92c6f592b0275",
    "0x4a7484aa6ea6e483",
    "0x5cb0a9dcbd41fbd4",
    "0x76f988da831153b5",
    "0x983e5152ee66dfab",
    "0xa831c66d2db43210",
    "0xb00327c898fb213f",
    "0xbf597fc7beef0ee4",
    "0xc6e00bf33da88fc2",
    "0xd5a79147930aa725",
    "0x06ca6351e003826f",
    "0x142929670a0e6e70",
    "0x27b70a8546d22ffc",
    "0x2e1b21385c26c926",
    "0x4d2c6dfc5ac42aed",
    "0x53380d139d95b3df",
    "0x650a73548baf63de",
    "0x766a0abb3c77b2a8",
    "0x81c2c92e47edaee6",
    "0x92722c851482353b",
    "0xa2bfe8a14cf10364",
    "0xa81a664bbc423001",
    "0xc24b8b70d0f89791",
    "0xc76c51a30654be30",
    "0xd192e819d6ef5218",
    "0xd69906245565a910",
    "0xf40e35855771202a",
    "0x106aa07032bbd1b8",
    "0x19a4c116b8d2d0c8",
    "0x1e376c085141ab53",
    "0x2748774cdf8eeb99",
    "0x34b0bcb5e19b48a8",
    "0x391c0cb3c5c95a63",
    "0x4ed8aa4ae3418acb",
    "0x5b9cca4f7763e373",
    "0x682e6ff3d6b2b8a3",
    "0x748f82ee5defb2fc",
    "0x78a5636f43172f60",
    "0x84c87814a1f0ab72",
    "0x8cc702081a6439ec",
    "0x90befffa23631e28",
    "0xa4506cebde82bde9",
    "0xbef9a3f7b2c67915",
    "0xc67178f2e372532b",
    "0xca273eceea26619c",
    "0xd186b8c721c0c207",
    "0xeada7dd6cde0eb1e",
    "0xf57d4f7fee6ed178",
    "0x06f067aa72176fba",
    "0x0a637dc5a2c898a6",
    "0x113f9804bef90dae",
    "0x1b710b35131c471b",
    "0x28db77f523047d84",
    "0x32caab7b40c72493",
    "0x3c9ebe0a15c9bebc",
    "0x431d67c49c100d4c",
    "0x4cc5d4becb3e42b6",
    "0x597f299cfc657e2a",
    "0x5fcb6fab3ad6faec",
    "0x6c44198c4a475817"
  ].map((n) => BigInt(n))))();
  var SHA512_Kh = /* @__PURE__ */ (() => K512[0])();
  var SHA512_Kl = /* @__PURE__ */ (() => K512[1])();
  var SHA512_W_H = /* @__PURE__ */ new Uint32Array(80);
  var SHA512_W_L = /* @__PURE__ */ new Uint32Array(80);
  var SHA2_64B = class extends HashMD {
    // We cannot use array here since array allows indexing by variable
    // which means optimizer/compiler cannot use registers.
    // h -- high 32 bits, l -- low 32 bits
    // Numeric initializers matter: starting the fields as `undefined` changes
    // V8's field representation and slows hashing down (measured on sha256).
    Ah = 0;
    Al = 0;
    Bh = 0;
    Bl = 0;
    Ch = 0;
    Cl = 0;
    Dh = 0;
    Dl = 0;
    Eh = 0;
    El = 0;
    Fh = 0;
    Fl = 0;
    Gh = 0;
    Gl = 0;
    Hh = 0;
    Hl = 0;
    constructor(outputLen, IV) {
      super(128, outputLen, 16, false);
      this.Ah = IV[0] | 0;
      this.Al = IV[1] | 0;
      this.Bh = IV[2] | 0;
      this.Bl = IV[3] | 0;
      this.Ch = IV[4] | 0;
      this.Cl = IV[5] | 0;
      this.Dh = IV[6] | 0;
      this.Dl = IV[7] | 0;
      this.Eh = IV[8] | 0;
      this.El = IV[9] | 0;
      this.Fh = IV[10] | 0;
      this.Fl = IV[11] | 0;
      this.Gh = IV[12] | 0;
      this.Gl = IV[13] | 0;
      this.Hh = IV[14] | 0;
      this.Hl = IV[15] | 0;
    }
    // prettier-ignore
    get() {
      const { Ah, Al, Bh, Bl, Ch, Cl, Dh, Dl, Eh, El, Fh, Fl, Gh, Gl, Hh, Hl } = this;
      return [Ah, Al, Bh, Bl, Ch, Cl, Dh, Dl, Eh, El, Fh, Fl, Gh, Gl, Hh, Hl];
    }
    // prettier-ignore
    set(Ah, Al, Bh, Bl, Ch, Cl, Dh, Dl, Eh, El, Fh, Fl, Gh, Gl, Hh, Hl) {
      this.Ah = Ah | 0;
      this.Al = Al | 0;
      this.Bh = Bh | 0;
      this.Bl = Bl | 0;
      this.Ch = Ch | 0;
      this.Cl = Cl | 0;
      this.Dh = Dh | 0;
      this.Dl = Dl | 0;
      this.Eh = Eh | 0;
      this.El = El | 0;
      this.Fh = Fh | 0;
      this.Fl = Fl | 0;
      this.Gh = Gh | 0;
      this.Gl = Gl | 0;
      this.Hh = Hh | 0;
      this.Hl = Hl | 0;
    }
    _cloneInto(to) {
      (to ||= new this.constructor()).set(...this.get());
      return this._cloneIntoMeta(to);
    }
    process(view, offset) {
      for (let i = 0; i < 16; i++, offset += 4) {
        SHA512_W_H[i] = view.getUint32(offset);
        SHA512_W_L[i] = view.getUint32(offset += 4);
      }
      for (let i = 16; i < 80; i++) {
        const W15h = SHA512_W_H[i - 15] | 0;
        const W15l = SHA512_W_L[i - 15] | 0;
        const s0h = rotrSH(W15h, W15l, 1) ^ rotrSH(W15h, W15l, 8) ^ shrSH(W15h, W15l, 7);
        const s0l = rotrSL(W15h, W15l, 1) ^ rotrSL(W15h, W15l, 8) ^ shrSL(W15h, W15l, 7);
        const W2h = SHA512_W_H[i - 2] | 0;
        const W2l = SHA512_W_L[i - 2] | 0;
        const s1h = rotrSH(W2h, W2l, 19) ^ rotrBH(W2h, W2l, 61) ^ shrSH(W2h, W2l, 6);
        const s1l = rotrSL(W2h, W2l, 19) ^ rotrBL(W2h, W2l, 61) ^ shrSL(W2h, W2l, 6);
        const SUMl = add4L(s0l, s1l, SHA512_W_L[i - 7], SHA512_W_L[i - 16]);
        const SUMh = add4H(SUMl, s0h, s1h, SHA512_W_H[i - 7], SHA512_W_H[i - 16]);
        SHA512_W_H[i] = SUMh | 0;
        SHA512_W_L[i] = SUMl | 0;
      }
      let { Ah, Al, Bh, Bl, Ch, Cl, Dh, Dl, Eh, El, Fh, Fl, Gh, Gl, Hh, Hl } = this;
      for (let i = 0; i < 80; i++) {
        const sigma1h = rotrSH(Eh, El, 14) ^ rotrSH(Eh, El, 18) ^ rotrBH(Eh, El, 41);
        const sigma1l = rotrSL(Eh, El, 14) ^ rotrSL(Eh, El, 18) ^ rotrBL(Eh, El, 41);
        const CHIh = Eh & Fh ^ ~Eh & Gh;
        const CHIl = El & Fl ^ ~El & Gl;
        const T1ll = add5L(Hl, sigma1l, CHIl, SHA512_Kl[i], SHA512_W_L[i]);
        const T1h = add5H(T1ll, Hh, sigma1h, CHIh, SHA512_Kh[i], SHA512_W_H[i]);
        const T1l = T1ll | 0;
        const sigma0h = rotrSH(Ah, Al, 28) ^ rotrBH(Ah, Al, 34) ^ rotrBH(Ah, Al, 39);
        const sigma0l = rotrSL(Ah, Al, 28) ^ rotrBL(Ah, Al, 34) ^ rotrBL(Ah, Al, 39);
        const MAJh = Ah & Bh ^ Ah & Ch ^ Bh & Ch;
        const MAJl = Al & Bl ^ Al & Cl ^ Bl & Cl;
        Hh = Gh | 0;
        Hl = Gl | 0;
        Gh = Fh | 0;
        Gl = Fl | 0;
        Fh = Eh | 0;
        Fl = El | 0;
        ({ h: Eh, l: El } = add(Dh | 0, Dl | 0, T1h | 0, T1l | 0));
        Dh = Ch | 0;
        Dl = Cl | 0;
        Ch = Bh | 0;
        Cl = Bl | 0;
        Bh = Ah | 0;
        Bl = Al | 0;
        const All = add3L(T1l, sigma0l, MAJl);
        Ah = add3H(All, T1h, sigma0h, MAJh);
        Al = All | 0;
      }
      ({ h: Ah, l: Al } = add(this.Ah | 0, this.Al | 0, Ah | 0, Al | 0));
      ({ h: Bh, l: Bl } = add(this.Bh | 0, this.Bl | 0, Bh | 0, Bl | 0));
      ({ h: Ch, l: Cl } = add(this.Ch | 0, this.Cl | 0, Ch | 0, Cl | 0));
      ({ h: Dh, l: Dl } = add(this.Dh | 0, this.Dl | 0, Dh | 0, Dl | 0));
      ({ h: Eh, l: El } = add(this.Eh | 0, this.El | 0, Eh | 0, El | 0));
      ({ h: Fh, l: Fl } = add(this.Fh | 0, this.Fl | 0, Fh | 0, Fl | 0));
      ({ h: Gh, l: Gl } = add(this.Gh | 0, this.Gl | 0, Gh | 0, Gl | 0));
      ({ h: Hh, l: Hl } = add(this.Hh | 0, this.Hl | 0, Hh | 0, Hl | 0));
      this.set(Ah, Al, Bh, Bl, Ch, Cl, Dh, Dl, Eh, El, Fh, Fl, Gh, Gl, Hh, Hl);
    }
    roundClean() {
      clean(SHA512_W_H, SHA512_W_L);
    }
    destroy() {
      this.destroyed = true;
      clean(this.buffer);
      this.set(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
  };
  var _SHA512 = class extends SHA2_64B {
    constructor() {
      super(64, SHA512_IV);
    }
  };
  var sha256 = /* @__PURE__ */ createHasher(
    () => new _SHA256(),
    /* @__PURE__ */ oidNist(1)
  );
  var sha512 = /* @__PURE__ */ createHasher(
    () => new _SHA512(),
    /* @__PURE__ */ oidNist(3)
  );

  // ../verify/node_modules/@noble/curves/utils.js
  /*! noble-curves - MIT License (c) 2022 Paul Miller (paulmillr.com) */
  function aarray(item, title, inner = () => {
  }) {
    if (!Array.isArray(item))
      throw new TypeError(`"${title}" expected array, got type=${typeof item}`);
    for (let i = 0; i < item.length; i++)
      inner(item[i], `${title}[${i}]`);
    return item;
  }
  var abytes2 = (value, length, title) => abytes(value, length, title);
  var anumber2 = anumber;
  function aobject2(value, title = "object") {
    if (value === null || typeof value !== "object" || Array.isArray(value))
      throw new TypeError(title === "object" ? "expected valid options object" : `"${title}" expected object, got type=${typeof value}`);
    return value;
  }
  function afunction(value, title) {
    if (typeof value !== "function")
      throw new TypeError(`"${title}" is invalid: expected function, got ${typeof value}`);
    return value;
  }
  var bytesToHex2 = bytesToHex;
  var hexToBytes2 = (hex) => hexToBytes(hex);
  var isBytes2 = isBytes;
  var randomBytes2 = (bytesLength) => randomBytes(bytesLength);
  var _0n = /* @__PURE__ */ BigInt(0);
  var _1n = /* @__PURE__ */ BigInt(1);
  var atitle2 = (title) => title ? `"${title}" ` : "";
  function abool(value, title = "") {
    if (typeof value !== "boolean")
      throw new TypeError(atitle2(title) + "expected boolean, got type=" + typeof value);
    return value;
  }
  function abignumber(n) {
    if (typeof n === "bigint") {
      if (!isPosBig(n))
        throw new RangeError("positive bigint expected, got " + n);
    } else
      anumber2(n);
    return n;
  }
  function asafenumber(value, title = "") {
    if (typeof value !== "number") {
      const prefix = title && `"${title}" `;
      throw new TypeError(prefix + "expected number, got type=" + typeof value);
    }
    if (!Number.isSafeInteger(value)) {
      const prefix = title && `"${title}" `;
      throw new RangeError(prefix + "expected safe integer, got " + value);
    }
  }
  function hexToNumber(hex) {
    if (typeof hex !== "string")
      throw new TypeError("hex string expected, got " + typeof hex);
    return hex === "" ? _0n : BigInt("0x" + hex);
  }
  function bytesToNumberBE(bytes2) {
    return hexToNumber(bytesToHex(bytes2));
  }
  function bytesToNumberLE(bytes2) {
    return hexToNumber(bytesToHex(copyBytes(abytes(bytes2)).reverse()));
  }
  function numberToBytesBE(n, len) {
    anumber(len);
    if (len === 0)
      throw new Error("zero output length is invalid");
    n = abignumber(n);
    const expectedLen = len * 2;
    const hex = n.toString(16);
    if (hex.length > expectedLen)
      throw new RangeError("number is too large");
    return hexToBytes(hex.padStart(expectedLen, "0"));
  }
  function numberToBytesLE(n, len) {
    return numberToBytesBE(n, len).reverse();
  }
  function equalBytes(a, b) {
    a = abytes2(a);
    b = abytes2(b);
    if (a.length !== b.length)
      return false;
    let diff = 0;
    for (let i = 0; i < a.length; i++)
      diff |= a[i] ^ b[i];
    return diff === 0;
  }
  function copyBytes(bytes2) {
    return Uint8Array.from(abytes2(bytes2));
  }
  function isPosBig(n) {
    return typeof n === "bigint" && _0n <= n;
  }
  function inRange(n, min, max) {
    return isPosBig(n) && isPosBig(min) && isPosBig(max) && min <= n && n < max;
  }
  function aInRange(title, n, min, max) {
    if (!inRange(n, min, max))
      throw new RangeError("expected valid " + title + ": " + min + " <= n < " + max + ", got " + n);
  }
  function bitLen(n) {
    if (n < _0n)
      throw new Error("expected non-negative bigint, got " + n);
    return n === _0n ? 0 : n.toString(2).length;
  }
  var bitMask = (n) => {
    asafenumber(n, "n");
    return (_1n << BigInt(n)) - _1n;
  };
  function validateObject(object, fields = {}, optFields = {}, title = "object") {
    aobject2(object, title);
    aobject2(fields, "fields");
    aobject2(optFields, "optFields");
    function checkField(fieldName, expectedType, isOpt) {
      const label = title === "object" ? `param "${String(fieldName)}"` : `"${title}.${String(fieldName)}"`;
      const val = object[fieldName];
      if (!Object.hasOwn(object, fieldName) && (isOpt ? val !== void 0 : expectedType !== "function")) {
        throw new TypeError(`${label} is invalid: expected own property`);
      }
      if (isOpt && val === void 0)
        return;
      const current = typeof val;
      if (current !== expectedType || val === null)
        throw new TypeError(`${label} is invalid: expected ${expectedType}, got ${current}`);
    }
    const iter = (f, isOpt) => Object.entries(f).forEach(([k, v]) => checkField(k, v, isOpt));
    iter(fields, false);
    iter(optFields, true);
  }
  var notImplemented = () => {
    throw new Error("not implemented");
  };

  // ../verify/node_modules/@noble/curves/abstract/modular.js
  /*! noble-curves - MIT License (c) 2022 Paul Miller (paulmillr.com) */
  var _0n2 = /* @__PURE__ */ BigInt(0);
  var _1n2 = /* @__PURE__ */ BigInt(1);
  var _2n = /* @__PURE__ */ BigInt(2);
  var _3n = /* @__PURE__ */ BigInt(3);
  var _4n = /* @__PURE__ */ BigInt(4);
  var _5n = /* @__PURE__ */ BigInt(5);
  var _7n = /* @__PURE__ */ BigInt(7);
  var _8n = /* @__PURE__ */ BigInt(8);
  var _9n = /* @__PURE__ */ BigInt(9);
  var _15n = /* @__PURE__ */ BigInt(15);
  var _16n = /* @__PURE__ */ BigInt(16);
  var POW_WINDOWED_MIN = /* @__PURE__ */ BigInt("0x10000000000000000");
  function mod(a, b) {
    if (b <= _0n2)
      throw new Error("mod: expected positive modulus, got " + b);
    const result = a % b;
    return result >= _0n2 ? result : b + result;
  }
  function pow(num, power, modulo2) {
    if (modulo2 <= _1n2)
      throw new Error("pow: expected modulus > 1, got " + modulo2);
    if (typeof power !== "bigint")
      throw new TypeError("invalid exponent: expected bigint, got " + typeof power);
    if (power < _0n2)
      throw new Error("invalid exponent, negatives unsupported");
    if (power === _0n2)
      return _1n2;
    if (power === _1n2)
      return num;
    let d = num % modulo2;
    if (d < _0n2)
      d += modulo2;
    if (power < POW_WINDOWED_MIN) {
      let p2 = _1n2;
      while (power > _0n2) {
        if (power & _1n2)
          p2 = p2 * d % modulo2;
        d = d * d % modulo2;
        power >>= _1n2;
      }
      return p2;
    }
    const digits = [];
    while (power > _0n2) {
      digits.push(Number(power & _15n));
      power >>= _4n;
    }
    const table = new Array(16);
    table[0] = _1n2;
    table[1] = d;
    for (let i = 2; i < 16; i++)
      table[i] = table[i - 1] * d % modulo2;
    let p = table[digits[digits.length - 1]];
    for (let w = digits.length - 2; w >= 0; w--) {
      p = p * p % modulo2;
      p = p * p % modulo2;
      p = p * p % modulo2;
      p = p * p % modulo2;
      const digit = digits[w];
      if (digit !== 0)
        p = p * table[digit] % modulo2;
    }
    return p;
  }
  function pow2(x, power, modulo2) {
    if (modulo2 <= _1n2)
      throw new Error("pow2: expected modulus > 1, got " + modulo2);
    if (power < _0n2)
      throw new Error("pow2: expected non-negative exponent, got " + power);
    let res = x;
    while (power-- > _0n2) {
      res *= res;
      res %= modulo2;
    }
    return res;
  }
  function invert(number, modulo2) {
    if (number === _0n2)
      throw new Error("invert: expected non-zero number");
    if (modulo2 <= _1n2)
      throw new Error("invert: expected modulus > 1, got " + modulo2);
    let a = mod(number, modulo2);
    let b = modulo2;
    let x = _0n2, u = _1n2;
    while (a !== _0n2) {
      const q = b / a;
      const r = b - a * q;
      const m = x - u * q;
      b = a, a = r, x = u, u = m;
    }
    const gcd = b;
    if (gcd !== _1n2)
      throw new Error("invert: does not exist");
    return mod(x, modulo2);
  }
  function assertIsSquare(Fp2, root, n) {
    const F = Fp2;
    if (!F.eql(F.sqr(root), n))
      throw new Error("Cannot find square root");
  }
  function aoddModulus(order, fnName) {
    if ((order & _1n2) === _0n2)
      throw new Error(fnName + ": expected odd modulus, got " + order);
  }
  function sqrt3mod4(Fp2, n) {
    const F = Fp2;
    const p1div4 = (F.ORDER + _1n2) / _4n;
    const root = F.pow(n, p1div4);
    assertIsSquare(F, root, n);
    return root;
  }
  function sqrt5mod8(Fp2, n) {
    const F = Fp2;
    const p5div8 = (F.ORDER - _5n) / _8n;
    const n2 = F.mul(n, _2n);
    const v = F.pow(n2, p5div8);
    const nv = F.mul(n, v);
    const i = F.mul(F.mul(nv, _2n), v);
    const root = F.mul(nv, F.sub(i, F.ONE));
    assertIsSquare(F, root, n);
    return root;
  }
  function sqrt9mod16(P) {
    const Fp_ = Field(P);
    const tn = tonelliShanks(P);
    const c1 = tn(Fp_, Fp_.neg(Fp_.ONE));
    const c2 = tn(Fp_, c1);
    const c3 = tn(Fp_, Fp_.neg(c1));
    const c4 = (P + _7n) / _16n;
    return ((Fp2, n) => {
      const F = Fp2;
      let tv1 = F.pow(n, c4);
      let tv2 = F.mul(tv1, c1);
      const tv3 = F.mul(tv1, c2);
      const tv4 = F.mul(tv1, c3);
      const e1 = F.eql(F.sqr(tv2), n);
      const e2 = F.eql(F.sqr(tv3), n);
      tv1 = F.cmov(tv1, tv2, e1);
      tv2 = F.cmov(tv4, tv3, e2);
      const e3 = F.eql(F.sqr(tv2), n);
      const root = F.cmov(tv1, tv2, e3);
      assertIsSquare(F, root, n);
      return root;
    });
  }
  function tonelliShanks(P) {
    if (P < _3n)
      throw new Error("sqrt is not defined for small field");
    aoddModulus(P, "tonelliShanks");
    let Q = P - _1n2;
    let S = 0;
    while (Q % _2n === _0n2) {
      Q /= _2n;
      S++;
    }
    let Z = _2n;
    const _Fp = Field(P);
    while (FpLegendre(_Fp, Z) === 1) {
      if (Z++ > 1e3)
        throw new Error("Cannot find square root: probably non-prime P");
    }
    if (S === 1)
      return sqrt3mod4;
    let cc = _Fp.pow(Z, Q);
    const Q1div2 = (Q + _1n2) / _2n;
    return function tonelliSlow(Fp2, n) {
      const F = Fp2;
      if (F.is0(n))
        return n;
      if (FpLegendre(F, n) !== 1)
        throw new Error("Cannot find square root");
      let M = S;
      let c = F.mul(F.ONE, cc);
      let t = F.pow(n, Q);
      let R = F.pow(n, Q1div2);
      while (!F.eql(t, F.ONE)) {
        if (F.is0(t))
          throw new Error("Cannot find square root: probably non-prime P");
        let i = 1;
        let t_tmp = F.sqr(t);
        while (!F.eql(t_tmp, F.ONE)) {
          i++;
          t_tmp = F.sqr(t_tmp);
          if (i === M)
            throw new Error("Cannot find square root");
        }
        const exponent = _1n2 << BigInt(M - i - 1);
        const b = F.pow(c, exponent);
        M = i;
        c = F.sqr(b);
        t = F.mul(t, c);
        R = F.mul(R, b);
      }
      return R;
    };
  }
  function FpSqrt(P) {
    aoddModulus(P, "Fp.sqrt");
    if (P % _4n === _3n)
      return sqrt3mod4;
    if (P % _8n === _5n)
      return sqrt5mod8;
    if (P % _16n === _9n)
      return sqrt9mod16(P);
    return tonelliShanks(P);
  }
  var isNegativeLE = (num, modulo2) => (mod(num, modulo2) & _1n2) === _1n2;
  var FIELD_FIELDS = [
    "create",
    "isValid",
    "is0",
    "neg",
    "inv",
    "sqrt",
    "sqr",
    "eql",
    "add",
    "sub",
    "mul",
    "pow",
    "div",
    "addN",
    "subN",
    "mulN",
    "sqrN"
  ];
  function validateField(field) {
    aobject2(field, "field");
    if (typeof field.ORDER !== "bigint")
      throw new TypeError('param "ORDER" is invalid: expected bigint, got ' + typeof field.ORDER);
    asafenumber(field.BYTES, "BYTES");
    asafenumber(field.BITS, "BITS");
    for (const name of FIELD_FIELDS)
      afunction(field[name], "field." + name);
    if (field.BYTES < 1 || field.BITS < 1)
      throw new Error("invalid field: expected BYTES/BITS > 0");
    if (field.ORDER <= _1n2)
      throw new Error("invalid field: expected ORDER > 1, got " + field.ORDER);
    return field;
  }
  function FpInvertBatch(Fp2, nums, passZero = false) {
    validateField(Fp2);
    aarray(nums, "nums");
    abool(passZero, "passZero");
    const F = Fp2;
    const inverted = new Array(nums.length).fill(passZero ? F.ZERO : void 0);
    const multipliedAcc = nums.reduce((acc, num, i) => {
      if (F.is0(num))
        return acc;
      inverted[i] = acc;
      return F.mul(acc, num);
    }, F.ONE);
    const invertedAcc = F.inv(multipliedAcc);
    nums.reduceRight((acc, num, i) => {
      if (F.is0(num))
        return acc;
      inverted[i] = F.mul(acc, inverted[i]);
      return F.mul(acc, num);
    }, invertedAcc);
    return inverted;
  }
  function FpLegendre(Fp2, n) {
    validateField(Fp2);
    const F = Fp2;
    aoddModulus(F.ORDER, "FpLegendre");
    const p1mod2 = (F.ORDER - _1n2) / _2n;
    const powered = F.pow(n, p1mod2);
    const yes = F.eql(powered, F.ONE);
    const zero = F.eql(powered, F.ZERO);
    const no = F.eql(powered, F.neg(F.ONE));
    if (!yes && !zero && !no)
      throw new Error("invalid Legendre symbol result");
    return yes ? 1 : zero ? 0 : -1;
  }
  function nLength(n, nBitLength) {
    if (nBitLength !== void 0)
      anumber2(nBitLength);
    if (n <= _0n2)
      throw new Error("invalid n length: expected positive n, got " + n);
    if (nBitLength !== void 0 && nBitLength < 1)
      throw new Error("invalid n length: expected positive bit length, got " + nBitLength);
    const bits = bitLen(n);
    if (nBitLength !== void 0 && nBitLength < bits)
      throw new Error(`invalid n length: expected nBitLength (${nBitLength}) >= bitLen(n) (${bits})`);
    const _nBitLength = nBitLength !== void 0 ? nBitLength : bits;
    const nByteLength = Math.ceil(_nBitLength / 8);
    return { nBitLength: _nBitLength, nByteLength };
  }
  var FIELD_SQRT = /* @__PURE__ */ new WeakMap();
  var _Field = class {
    ORDER;
    BITS;
    BYTES;
    isLE;
    ZERO = _0n2;
    ONE = _1n2;
    _lengths;
    _mod;
    constructor(ORDER2, opts = {}) {
      if (ORDER2 <= _1n2)
        throw new Error("invalid field: expected ORDER > 1, got " + ORDER2);
      let _nbitLength = void 0;
      this.isLE = false;
      if (opts != null && typeof opts === "object") {
        if (typeof opts.BITS === "number")
          _nbitLength = opts.BITS;
        if (typeof opts.sqrt === "function")
          Object.defineProperty(this, "sqrt", { value: opts.sqrt, enumerable: true });
        if (typeof opts.isLE === "boolean")
          this.isLE = opts.isLE;
        if (opts.allowedLengths)
          this._lengths = Object.freeze(opts.allowedLengths.slice());
        if (typeof opts.modFromBytes === "boolean")
          this._mod = opts.modFromBytes;
      }
      const { nBitLength, nByteLength } = nLength(ORDER2, _nbitLength);
      if (nByteLength > 2048)
        throw new Error("invalid field: expected ORDER of <= 2048 bytes");
      this.ORDER = ORDER2;
      this.BITS = nBitLength;
      this.BYTES = nByteLength;
      Object.freeze(this);
    }
    create(num) {
      return mod(num, this.ORDER);
    }
    isValid(num) {
      if (typeof num !== "bigint")
        throw new TypeError("invalid field element: expected bigint, got " + typeof num);
      return _0n2 <= num && num < this.ORDER;
    }
    is0(num) {
      return num === _0n2;
    }
    // is valid and invertible
    isValidNot0(num) {
      return !this.is0(num) && this.isValid(num);
    }
    isOdd(num) {
      return (num & _1n2) === _1n2;
    }
    neg(num) {
      return mod(-num, this.ORDER);
    }
    eql(lhs, rhs) {
      return lhs === rhs;
    }
    sqr(num) {
      return mod(num * num, this.ORDER);
    }
    add(lhs, rhs) {
      return mod(lhs + rhs, this.ORDER);
    }
    sub(lhs, rhs) {
      return mod(lhs - rhs, this.ORDER);
    }
    mul(lhs, rhs) {
      return mod(lhs * rhs, this.ORDER);
    }
    pow(num, power) {
      return pow(num, power, this.ORDER);
    }
    div(lhs, rhs) {
      return mod(lhs * invert(rhs, this.ORDER), this.ORDER);
    }
    // Same as above, but doesn't normalize
    sqrN(num) {
      return num * num;
    }
    addN(lhs, rhs) {
      return lhs + rhs;
    }
    subN(lhs, rhs) {
      return lhs - rhs;
    }
    mulN(lhs, rhs) {
      return lhs * rhs;
    }
    inv(num) {
      return invert(num, this.ORDER);
    }
    sqrt(num) {
      let sqrt = FIELD_SQRT.get(this);
      if (!sqrt)
        FIELD_SQRT.set(this, sqrt = FpSqrt(this.ORDER));
      return sqrt(this, num);
    }
    toBytes(num) {
      return this.isLE ? numberToBytesLE(num, this.BYTES) : numberToBytesBE(num, this.BYTES);
    }
    fromBytes(bytes2, skipValidation = false) {
      abytes2(bytes2);
      const { _lengths: allowedLengths, BYTES, isLE, ORDER: ORDER2, _mod: modFromBytes } = this;
      if (allowedLengths) {
        if (bytes2.length < 1 || !allowedLengths.includes(bytes2.length) || bytes2.length > BYTES) {
          throw new Error("Field.fromBytes: expected " + allowedLengths + " bytes, got " + bytes2.length);
        }
        const padded = new Uint8Array(BYTES);
        padded.set(bytes2, isLE ? 0 : padded.length - bytes2.length);
        bytes2 = padded;
      }
      if (bytes2.length !== BYTES)
        throw new Error("Field.fromBytes: expected " + BYTES + " bytes, got " + bytes2.length);
      let scalar = isLE ? bytesToNumberLE(bytes2) : bytesToNumberBE(bytes2);
      if (modFromBytes)
        scalar = mod(scalar, ORDER2);
      if (!skipValidation) {
        if (!this.isValid(scalar))
          throw new Error("invalid field element: outside of range 0..ORDER");
      }
      return scalar;
    }
    // TODO: we don't need it here, move out to separate fn
    invertBatch(lst) {
      return FpInvertBatch(this, lst, true);
    }
    // We can't move this out because Fp6, Fp12 implement it
    // and it's unclear what to return in there.
    cmov(a, b, condition) {
      abool(condition, "condition");
      return condition ? b : a;
    }
  };
  function Field(ORDER2, opts = {}) {
    Object.freeze(_Field.prototype);
    return new _Field(ORDER2, opts);
  }

  // ../verify/node_modules/@noble/curves/abstract/curve.js
  /*! noble-curves - MIT License (c) 2022 Paul Miller (paulmillr.com) */
  var _0n3 = /* @__PURE__ */ BigInt(0);
  var _1n3 = /* @__PURE__ */ BigInt(1);
  var _4n2 = /* @__PURE__ */ BigInt(4);
  var BLIND_BYTES = 16;
  var BLIND_BITS = 128;
  var FW_WINDOW = 5;
  var TABLE_BYTES_MAX = /* @__PURE__ */ (() => 2 ** 31)();
  function validatePointCons(Point2) {
    const pc = Point2;
    if (typeof pc !== "function")
      throw new TypeError('"Point" expected constructor, got type=' + typeof Point2);
    afunction(pc.fromAffine, "Point.fromAffine");
    afunction(pc.fromBytes, "Point.fromBytes");
    afunction(pc.fromHex, "Point.fromHex");
    aobject2(pc.BASE, "Point.BASE");
    aobject2(pc.ZERO, "Point.ZERO");
    validateField(pc.Fp);
    validateField(pc.Fn);
  }
  function normalizeZ(c, points) {
    validatePointCons(c);
    validateMSMPoints(points, c);
    const invertedZs = FpInvertBatch(c.Fp, points.map((p) => p.Z));
    return points.map((p, i) => c.fromAffine(p.toAffine(invertedZs[i])));
  }
  function validateW(W, bits, min = 1) {
    if (!Number.isSafeInteger(W) || W < min || W > bits)
      throw new Error("invalid window size, expected [" + min + ".." + bits + "], got W=" + W);
  }
  function validateTableBytes(numPoints, fpBytes) {
    const bytes2 = numPoints * (4 * fpBytes + 128);
    if (bytes2 > TABLE_BYTES_MAX)
      throw new Error("invalid window size: table would need ~" + Math.ceil(bytes2 / 2 ** 20) + " MiB, max " + TABLE_BYTES_MAX / 2 ** 20 + " MiB");
  }
  function probeRandomBytes(randomBytes3, length) {
    if (randomBytes3 === void 0)
      return void 0;
    afunction(randomBytes3, "randomBytes");
    try {
      const probe = randomBytes3(length);
      if (!isBytes2(probe) || probe.length !== length)
        return void 0;
    } catch {
      return void 0;
    }
    return randomBytes3;
  }
  function validateMSMPoints(points, c) {
    aarray(points, "points");
    points.forEach((p, i) => {
      if (!(p instanceof c))
        throw new Error("invalid point at index " + i);
    });
  }
  function validateMSMScalars(scalars, field, maxScalar) {
    if (!Array.isArray(scalars))
      throw new Error("array of scalars expected");
    scalars.forEach((s, i) => {
      const ok = maxScalar === void 0 ? field.isValid(s) : isPosBig(s) && s < maxScalar;
      if (!ok)
        throw new Error("invalid scalar at index " + i);
    });
  }
  var pointWindowSizes = /* @__PURE__ */ new WeakMap();
  function getWindowSize(P) {
    return pointWindowSizes.get(P) || 1;
  }
  function oddMultiples(p, size) {
    const dbl = p.double();
    const t = [p];
    for (let j = 1; j < size; j++)
      t.push(t[j - 1].add(dbl));
    return t;
  }
  function wnafDigits(n, W) {
    const size = 2 ** W;
    const half = size / 2;
    const mask = BigInt(size - 1);
    const d = [];
    while (n > _0n3) {
      let w = 0;
      if (n & _1n3) {
        w = Number(n & mask);
        if (w >= half)
          w -= size;
        n -= BigInt(w);
      }
      d.push(w);
      n >>= _1n3;
    }
    return d;
  }
  function signedWindowDigits(n, W, windows) {
    const size = 2 ** W;
    const half = size / 2;
    const mask = BigInt(size - 1);
    const shiftBy = BigInt(W);
    const d = [];
    for (let w = 0; w < windows; w++) {
      let v = Number(n & mask);
      n >>= shiftBy;
      if (v > half) {
        v -= size;
        n += _1n3;
      }
      d.push(v);
    }
    if (n !== _0n3)
      throw new Error("invalid wnaf");
    return d;
  }
  function wnafWalk(zero, tables, digits) {
    let max = 0;
    for (const d of digits)
      max = Math.max(max, d.length);
    let acc = zero;
    for (let bit = max - 1; bit >= 0; bit--) {
      if (bit !== max - 1)
        acc = acc.double();
      for (let i = 0; i < digits.length; i++) {
        const w = digits[i][bit];
        if (w) {
          const item = tables[i][Math.abs(w) - 1 >> 1];
          acc = acc.add(w < 0 ? item.negate() : item);
        }
      }
    }
    return acc;
  }
  var ScalarMultiplier = class {
    Point;
    BASE;
    ZERO;
    randomBytes;
    wnafPrecomputes = /* @__PURE__ */ new WeakMap();
    baseCanBeBlinded;
    bits;
    // Parametrized with a given Point class (not individual point)
    constructor(Point2, randomBytes3) {
      validatePointCons(Point2);
      this.randomBytes = probeRandomBytes(randomBytes3, BLIND_BYTES);
      this.Point = Point2;
      this.BASE = Point2.BASE;
      this.ZERO = Point2.ZERO;
      this.bits = Point2.Fn.BITS;
    }
    /**
     * Creates a signed fixed-window wNAF precomputation table: for every window w, the
     * multiples `[1..2^(W−1)]⋅2^(w⋅W)⋅P`, flattened. All doublings are baked into the table,
     * so cached multiplication is additions-only. `windows = ceil(bits/W) + 1`: the extra
     * window absorbs the final carry of signed-digit recoding.
     * For a 256-bit curve and W=6, the table is 44⋅32 = 1408 points.
     * @param point - Point instance
     * @param W - window size
     * @param bits - scalar bitlength the table must cover
     */
    buildWnafTable(point, W, bits) {
      const windows = Math.ceil(bits / W) + 1;
      const half = 2 ** (W - 1);
      const comp = [];
      let base2 = point;
      for (let w = 0; w < windows; w++) {
        let acc = base2;
        for (let i = 0; i < half; i++) {
          comp.push(acc);
          acc = acc.add(base2);
        }
        base2 = comp[comp.length - 1].double();
      }
      return { W, bits, windows, comp };
    }
    /**
     * Implements ec multiplication using precomputed signed fixed-window wNAF tables.
     * Constant-time: fixed window count with one table addition per window — zero digits feed
     * the fake accumulator — and no doublings; the lookup scans the whole window slice.
     * Scalar bounds are validated by the public entry points ({@link ScalarMultiplier.mulCT},
     * {@link ScalarMultiplier.mulCTBlinded}, {@link ScalarMultiplier.mulUnsafe});
     * signedWindowDigits throws if `n` exceeds the table.
     * @returns real and fake (for const-time) points
     */
    wnafCachedCT(precomputes, n) {
      const { W, windows, comp } = precomputes;
      const half = 2 ** (W - 1);
      const digits = signedWindowDigits(n, W, windows);
      let p = this.ZERO;
      let f = this.BASE;
      for (let w = 0; w < windows; w++) {
        const digit = digits[w];
        const start = w * half;
        const idx = Math.abs(digit) - 1;
        let sel = comp[start];
        for (let i = 1; i < half; i++)
          sel = i === idx ? comp[start + i] : sel;
        const neg = sel.negate();
        if (digit === 0)
          f = f.add(comp[start]);
        else
          p = p.add(digit < 0 ? neg : sel);
      }
      return { p, f };
    }
    // Cache key is point identity plus (W, bits); at most two entries exist per point (public-width
    // `Fn.BITS` and blinded `Fn.BITS + BLIND_BITS`). Callers must not reuse the same point with
    // incompatible `transform(...)` layouts and expect a separate cache entry.
    getWnafPrecomputes(W, point, bits, transform) {
      let entries = this.wnafPrecomputes.get(point);
      let comp = entries?.find((entry) => entry.W === W && entry.bits === bits);
      if (!comp) {
        comp = this.buildWnafTable(point, W, bits);
        if (typeof transform === "function")
          comp = { ...comp, comp: transform(comp.comp) };
        if (!entries) {
          entries = [];
          this.wnafPrecomputes.set(point, entries);
        }
        entries.push(comp);
      }
      return comp;
    }
    assertPoint(point) {
      if (!(point instanceof this.Point))
        throw new TypeError('"point" expected Point instance, got type=' + typeof point);
    }
    // Shared prologue of the constant-time entry points. Rejects scalar 0: in key/signature-style
    // callers a zero scalar means broken upstream plumbing, and concrete Points already reject it.
    // Uses inRange instead of Fn.isValidNot0: validateField() only certifies the arithmetic subset.
    validateMulInput(point, scalar) {
      this.assertPoint(point);
      if (!inRange(scalar, _1n3, this.Point.Fn.ORDER))
        throw new Error("invalid scalar");
    }
    // Constant-time dispatch shared by mulCT / mulCTBlinded. Un-precomputed points (W===1, e.g.
    // ECDH peer keys) skip building a throwaway cached table in favor of a small fixed-window
    // multiply. `n` must be < 2^bits.
    runCT(point, n, bits, transform) {
      const W = getWindowSize(point);
      if (W === 1)
        return this.fixedWindowCT(point, n, bits);
      return this.wnafCachedCT(this.getWnafPrecomputes(W, point, bits, transform), n);
    }
    mulCT(point, scalar, transform) {
      this.validateMulInput(point, scalar);
      return this.runCT(point, scalar, this.bits, transform);
    }
    mulCTBlinded(point, scalar, transform) {
      this.validateMulInput(point, scalar);
      if (this.randomBytes === void 0)
        throw new Error("randomBytes is required for scalar blinding");
      const bits = this.Point.Fn.BITS + BLIND_BITS;
      const blind = this.randomBytes(BLIND_BYTES);
      if (!isBytes2(blind) || blind.length !== BLIND_BYTES)
        throw new Error("randomBytes returned invalid byte array");
      blind[0] = blind[0] & 63 | 128;
      const n = scalar + bytesToNumberBE(blind) * this.Point.Fn.ORDER;
      return this.runCT(point, n, bits, transform);
    }
    /**
     * Constant-time multiplication `n*point` for an un-precomputed point, via a small fixed window.
     * A cached wNAF table only pays off when reused; a flat 2^FW_WINDOW table (`size-1` adds) is
     * far cheaper to build for a single use. The point-operation sequence is independent of `n`:
     * build the table, then per window exactly FW_WINDOW doublings, a data-oblivious scan over
     * every table entry, and one addition (adds the identity when the window digit is 0 — never
     * skipped).
     *
     * `n` must be `< 2^bits`. Assumes complete addition (adding the identity costs the same as any
     * add), which holds for the Weierstrass/Edwards point types used here. The table is left in
     * projective form (no normalizeZ): normalizing this small a table costs more than the
     * mixed-add savings it would buy for a single multiply.
     * @returns real point `p`; `f` duplicates it only to match {@link wnafCachedCT}'s return shape
     * (this path needs no fake accumulator — its op-count is already scalar-independent).
     */
    fixedWindowCT(point, n, bits) {
      const W = FW_WINDOW;
      const size = 1 << W;
      const mask = bitMask(W);
      const table = new Array(size);
      table[0] = this.ZERO;
      for (let i = 1; i < size; i++)
        table[i] = table[i - 1].add(point);
      const windows = Math.ceil(bits / W);
      let acc = this.ZERO;
      for (let window = windows - 1; window >= 0; window--) {
        if (window !== windows - 1)
          for (let d = 0; d < W; d++)
            acc = acc.double();
        const digit = Number(n >> BigInt(window * W) & mask);
        let sel = table[0];
        for (let i = 1; i < size; i++)
          sel = i === digit ? table[i] : sel;
        acc = acc.add(sel);
      }
      return { p: acc, f: acc };
    }
    shouldBlind(point, cofactor) {
      if (this.randomBytes === void 0)
        return false;
      if (cofactor === _1n3)
        return true;
      if (point !== this.BASE)
        return false;
      if (this.baseCanBeBlinded === void 0)
        this.baseCanBeBlinded = this.mulUnsafe(this.BASE, this.Point.Fn.ORDER).is0();
      return this.baseCanBeBlinded;
    }
    mulSecret(point, scalar, cofactor, transform) {
      return this.shouldBlind(point, cofactor) ? this.mulCTBlinded(point, scalar, transform) : this.mulCT(point, scalar, transform);
    }
    mulUnsafe(point, scalar, transform) {
      this.assertPoint(point);
      if (!isPosBig(scalar))
        throw new Error("invalid scalar");
      const W = getWindowSize(point);
      if (W === 1 || scalar >= this.Point.Fn.ORDER)
        return mulAddUnsafe(this.Point, [point], [scalar], true);
      const precomputes = this.getWnafPrecomputes(W, point, this.bits, transform);
      return this.wnafCachedCT(precomputes, scalar).p;
    }
    // Remembers the window size used for precomputed wNAF multiplication of the given point
    // and drops any previously built tables. Usually only the base point is precomputed.
    // W=1 resets the point to the un-precomputed (table-less) paths.
    // W is additionally capped so tables stay under ~2 GiB ({@link TABLE_BYTES_MAX}).
    setWindowSize(point, W) {
      this.assertPoint(point);
      validateW(W, this.bits);
      const windows = Math.ceil((this.bits + BLIND_BITS) / W) + 1;
      validateTableBytes(windows * 2 ** (W - 1), this.Point.Fp.BYTES);
      pointWindowSizes.set(point, W);
      this.wnafPrecomputes.delete(point);
    }
    // True when a window size is set: tables themselves are built lazily on first multiply.
    hasWindowSize(point) {
      return getWindowSize(point) !== 1;
    }
  };
  function mulAddUnsafe(c, points, scalars, allowOversized = false) {
    validatePointCons(c);
    validateMSMPoints(points, c);
    abool(allowOversized, "allowOversized");
    validateMSMScalars(scalars, c.Fn, allowOversized ? c.Fn.ORDER ** _4n2 : void 0);
    if (points.length !== scalars.length)
      throw new Error("arrays of points and scalars must have equal length");
    const tables = points.map((p) => oddMultiples(p, 4));
    const digits = scalars.map((n) => wnafDigits(n, 4));
    return wnafWalk(c.ZERO, tables, digits);
  }
  function createField(order, field, isLE) {
    if (field) {
      if (field.ORDER !== order)
        throw new Error("Field.ORDER must match order: Fp == p, Fn == n");
      validateField(field);
      return field;
    } else {
      return Field(order, { isLE });
    }
  }
  function createCurveFields(type, CURVE, curveOpts = {}, FpFnLE) {
    if (type !== "weierstrass" && type !== "edwards")
      throw new Error('expected curve type "weierstrass" or "edwards"');
    if (FpFnLE === void 0)
      FpFnLE = type === "edwards";
    if (!CURVE || typeof CURVE !== "object")
      throw new Error(`expected valid ${type} CURVE object`);
    validateObject(curveOpts);
    for (const p of ["p", "n", "h"]) {
      const val = CURVE[p];
      if (!(isPosBig(val) && val !== _0n3))
        throw new Error(`CURVE.${p} must be positive bigint`);
    }
    const Fp2 = createField(CURVE.p, curveOpts.Fp, FpFnLE);
    const Fn2 = createField(CURVE.n, curveOpts.Fn, FpFnLE);
    const _b = type === "weierstrass" ? "b" : "d";
    const params = ["Gx", "Gy", "a", _b];
    for (const p of params) {
      if (!Fp2.isValid(CURVE[p]))
        throw new Error(`CURVE.${p} must be valid field element of CURVE.Fp`);
    }
    CURVE = Object.freeze(Object.assign({}, CURVE));
    return { CURVE, Fp: Fp2, Fn: Fn2 };
  }

  // ../verify/node_modules/@noble/curves/abstract/edwards.js
  /*! noble-curves - MIT License (c) 2022 Paul Miller (paulmillr.com) */
  var _0n4 = /* @__PURE__ */ BigInt(0);
  var _1n4 = /* @__PURE__ */ BigInt(1);
  var _2n2 = /* @__PURE__ */ BigInt(2);
  var _4n3 = /* @__PURE__ */ BigInt(4);
  var _8n2 = /* @__PURE__ */ BigInt(8);
  function isEdValidXY(Fp2, CURVE, x, y) {
    const x2 = Fp2.sqr(x);
    const y2 = Fp2.sqr(y);
    const left = Fp2.add(Fp2.mul(CURVE.a, x2), y2);
    const right = Fp2.add(Fp2.ONE, Fp2.mul(CURVE.d, Fp2.mul(x2, y2)));
    return Fp2.eql(left, right);
  }
  function edwards(params, extraOpts = {}) {
    validateObject(extraOpts, {}, {}, "extraOpts");
    const opts = extraOpts;
    const validated = createCurveFields("edwards", params, opts, opts.FpFnLE);
    const { Fp: Fp2, Fn: Fn2 } = validated;
    let CURVE = validated.CURVE;
    const { h: cofactor } = CURVE;
    if (FpLegendre(Fp2, CURVE.a) !== 1)
      throw new Error("edwards: CURVE.a must be a square in Fp for complete addition formulas");
    if (FpLegendre(Fp2, CURVE.d) !== -1)
      throw new Error("edwards: CURVE.d must be a non-square in Fp for complete addition formulas");
    validateObject(opts, {}, { uvRatio: "function", randomBytes: "function" });
    const randomBytes3 = opts.randomBytes === void 0 ? randomBytes2 : opts.randomBytes;
    const MASK = _2n2 << BigInt(Fp2.BYTES * 8) - _1n4;
    function isOdd(n) {
      if (!Fp2.isOdd)
        throw new Error("Field does not have .isOdd()");
      return Fp2.isOdd(n);
    }
    const uvRatio2 = opts.uvRatio === void 0 ? (u, v) => {
      try {
        return { isValid: true, value: Fp2.sqrt(Fp2.div(u, v)) };
      } catch (e) {
        return { isValid: false, value: _0n4 };
      }
    } : opts.uvRatio;
    if (!isEdValidXY(Fp2, CURVE, CURVE.Gx, CURVE.Gy))
      throw new Error("bad curve params: generator point");
    const mulA = Fp2.eql(CURVE.a, Fp2.neg(Fp2.ONE)) ? (x) => Fp2.neg(x) : Fp2.eql(CURVE.a, Fp2.ONE) ? (x) => x : (x) => Fp2.mul(CURVE.a, x);
    function acoord(title, n, banZero = false) {
      const min = banZero ? _1n4 : _0n4;
      aInRange("coordinate " + title, n, min, MASK);
      return n;
    }
    function aedpoint(other) {
      if (!(other instanceof Point2))
        throw new Error("EdwardsPoint expected");
    }
    class Point2 {
      static BASE = new Point2(CURVE.Gx, CURVE.Gy, Fp2.ONE, Fp2.mul(CURVE.Gx, CURVE.Gy));
      static ZERO = new Point2(Fp2.ZERO, Fp2.ONE, Fp2.ONE, Fp2.ZERO);
      static Fp = Fp2;
      static Fn = Fn2;
      X;
      Y;
      Z;
      T;
      constructor(X, Y, Z, T) {
        this.X = acoord("x", X);
        this.Y = acoord("y", Y);
        this.Z = acoord("z", Z, true);
        this.T = acoord("t", T);
        Object.freeze(this);
      }
      static CURVE() {
        return CURVE;
      }
      /**
       * Create one extended Edwards point from affine coordinates.
       * Does NOT validate that the point is on-curve or torsion-free.
       * Use `.assertValidity()` on adversarial inputs.
       */
      static fromAffine(p) {
        if (p instanceof Point2)
          throw new Error("extended point not allowed");
        const { x, y } = p || {};
        acoord("x", x);
        acoord("y", y);
        return new Point2(x, y, Fp2.ONE, Fp2.mul(x, y));
      }
      // Uses algo from RFC8032 5.1.3.
      static fromBytes(bytes2, zip215 = false) {
        const len = Fp2.BYTES;
        const { a, d } = CURVE;
        bytes2 = copyBytes(abytes2(bytes2, len, "point"));
        abool(zip215, "zip215");
        const normed = copyBytes(bytes2);
        const lastByte = bytes2[len - 1];
        normed[len - 1] = lastByte & ~128;
        const y = bytesToNumberLE(normed);
        const max = zip215 ? MASK : Fp2.ORDER;
        aInRange("point.y", y, _0n4, max);
        const y2 = Fp2.sqr(y);
        const u = Fp2.sub(y2, Fp2.ONE);
        const v = Fp2.sub(Fp2.mulN(d, y2), a);
        let { isValid, value: x } = uvRatio2(u, v);
        if (!isValid)
          throw new Error("bad point: invalid y coordinate");
        const isXOdd = isOdd(x);
        const isLastByteOdd = (lastByte & 128) !== 0;
        if (!zip215 && Fp2.is0(x) && isLastByteOdd)
          throw new Error("bad point: x=0 and x_0=1");
        if (isLastByteOdd !== isXOdd)
          x = Fp2.neg(x);
        return Point2.fromAffine({ x, y });
      }
      static fromHex(hex, zip215 = false) {
        return Point2.fromBytes(hexToBytes2(hex), zip215);
      }
      get x() {
        return this.toAffine().x;
      }
      get y() {
        return this.toAffine().y;
      }
      precompute(windowSize = 6, isLazy = true) {
        wnaf.setWindowSize(this, windowSize);
        if (!isLazy)
          this.multiply(_2n2);
        return this;
      }
      // Useful in fromAffine() - not for fromBytes(), which always created valid points.
      assertValidity() {
        const p = this;
        const { a, d } = CURVE;
        if (p.is0())
          throw new Error("bad point: ZERO");
        const { X, Y, Z, T } = p;
        const X2 = Fp2.sqr(X);
        const Y2 = Fp2.sqr(Y);
        const Z2 = Fp2.sqr(Z);
        const Z4 = Fp2.sqr(Z2);
        const aX2 = Fp2.mul(X2, a);
        const left = Fp2.mul(Fp2.add(aX2, Y2), Z2);
        const right = Fp2.add(Z4, Fp2.mul(d, Fp2.mul(X2, Y2)));
        if (!Fp2.eql(left, right))
          throw new Error("bad point: equation left != right (1)");
        const XY = Fp2.mul(X, Y);
        const ZT = Fp2.mul(Z, T);
        if (!Fp2.eql(XY, ZT))
          throw new Error("bad point: equation left != right (2)");
      }
      // Compare one point to another.
      equals(other) {
        aedpoint(other);
        const { X: X1, Y: Y1, Z: Z1 } = this;
        const { X: X2, Y: Y2, Z: Z2 } = other;
        const X1Z2 = Fp2.mul(X1, Z2);
        const X2Z1 = Fp2.mul(X2, Z1);
        const Y1Z2 = Fp2.mul(Y1, Z2);
        const Y2Z1 = Fp2.mul(Y2, Z1);
        return Fp2.eql(X1Z2, X2Z1) && Fp2.eql(Y1Z2, Y2Z1);
      }
      is0() {
        return this.equals(Point2.ZERO);
      }
      negate() {
        return new Point2(Fp2.neg(this.X), this.Y, this.Z, Fp2.neg(this.T));
      }
      // Fast algo for doubling Extended Point.
      // https://hyperelliptic.org/EFD/g1p/auto-twisted-extended.html#doubling-dbl-2008-hwcd
      // Cost: 4M + 4S + 1*a + 6add + 1*2.
      double() {
        const { X: X1, Y: Y1, Z: Z1 } = this;
        const A = Fp2.sqr(X1);
        const B = Fp2.sqr(Y1);
        const C = Fp2.mul(Fp2.sqr(Z1), _2n2);
        const D = mulA(A);
        const x1y1 = Fp2.addN(X1, Y1);
        const E = Fp2.sub(Fp2.subN(Fp2.sqr(x1y1), A), B);
        const G = Fp2.addN(D, B);
        const F = Fp2.subN(G, C);
        const H = Fp2.subN(D, B);
        const X3 = Fp2.mul(E, F);
        const Y3 = Fp2.mul(G, H);
        const T3 = Fp2.mul(E, H);
        const Z3 = Fp2.mul(F, G);
        return new Point2(X3, Y3, Z3, T3);
      }
      // Fast algo for adding 2 Extended Points.
      // https://hyperelliptic.org/EFD/g1p/auto-twisted-extended.html#addition-add-2008-hwcd
      // Cost: 9M + 1*a + 1*d + 7add.
      add(other) {
        aedpoint(other);
        const { d } = CURVE;
        const { X: X1, Y: Y1, Z: Z1, T: T1 } = this;
        const { X: X2, Y: Y2, Z: Z2, T: T2 } = other;
        const A = Fp2.mul(X1, X2);
        const B = Fp2.mul(Y1, Y2);
        const C = Fp2.mul(Fp2.mulN(T1, d), T2);
        const D = Fp2.mul(Z1, Z2);
        const E = Fp2.sub(Fp2.subN(Fp2.mulN(Fp2.addN(X1, Y1), Fp2.addN(X2, Y2)), A), B);
        const F = Fp2.subN(D, C);
        const G = Fp2.addN(D, C);
        const H = Fp2.sub(B, mulA(A));
        const X3 = Fp2.mul(E, F);
        const Y3 = Fp2.mul(G, H);
        const T3 = Fp2.mul(E, H);
        const Z3 = Fp2.mul(F, G);
        return new Point2(X3, Y3, Z3, T3);
      }
      subtract(other) {
        aedpoint(other);
        return this.add(other.negate());
      }
      // Constant-time multiplication.
      multiply(scalar) {
        if (!Fn2.isValidNot0(scalar))
          throw new RangeError("invalid scalar: expected 1 <= sc < curve.n");
        const { p, f } = wnaf.mulSecret(this, scalar, cofactor, normalize);
        return normalize([p, f])[0];
      }
      // Non-constant-time multiplication. Uses double-and-add algorithm.
      // It's faster, but should only be used when you don't care about
      // an exposed private key e.g. sig verification.
      // Keeps the same subgroup-scalar contract: 0 is allowed for public-scalar callers, but
      // n and larger values are rejected instead of being reduced mod n to the identity point.
      multiplyUnsafe(scalar) {
        if (!Fn2.isValid(scalar))
          throw new RangeError("invalid scalar: expected 0 <= sc < curve.n");
        if (scalar === _0n4)
          return Point2.ZERO;
        if (this.is0() || scalar === _1n4)
          return this;
        return wnaf.mulUnsafe(this, scalar, normalize);
      }
      // Checks if point is of small order.
      // If you add something to small order point, you will have "dirty"
      // point with torsion component.
      // Clears cofactor and checks if the result is 0.
      isSmallOrder() {
        return this.clearCofactor().is0();
      }
      // Multiplies point by curve order and checks if the result is 0.
      // Returns `false` is the point is dirty.
      isTorsionFree() {
        return wnaf.mulUnsafe(this, CURVE.n).is0();
      }
      // Converts Extended point to default (x, y) coordinates.
      // Can accept precomputed Z^-1 - for example, from invertBatch.
      toAffine(invertedZ) {
        const p = this;
        let iz = invertedZ;
        if (iz != null && typeof iz !== "bigint")
          throw new TypeError('"invertedZ" expected bigint, got type=' + typeof iz);
        const { X, Y, Z } = p;
        const is0 = p.is0();
        if (iz == null)
          iz = is0 ? Fp2.create(_8n2) : Fp2.inv(Z);
        const x = Fp2.mul(X, iz);
        const y = Fp2.mul(Y, iz);
        const zz = Fp2.mul(Z, iz);
        if (is0)
          return { x: Fp2.ZERO, y: Fp2.ONE };
        if (!Fp2.eql(zz, Fp2.ONE))
          throw new Error("invZ was invalid");
        return { x, y };
      }
      clearCofactor() {
        if (cofactor === _1n4)
          return this;
        if (cofactor === _2n2)
          return this.double();
        if (cofactor === _4n3)
          return this.double().double();
        if (cofactor === _8n2)
          return this.double().double().double();
        return this.multiplyUnsafe(cofactor);
      }
      toBytes() {
        const { x, y } = this.toAffine();
        const bytes2 = Fp2.toBytes(y);
        bytes2[bytes2.length - 1] |= isOdd(x) ? 128 : 0;
        return bytes2;
      }
      toHex() {
        return bytesToHex2(this.toBytes());
      }
      toString() {
        return `<Point ${this.is0() ? "ZERO" : this.toHex()}>`;
      }
    }
    const normalize = (points) => normalizeZ(Point2, points);
    const wnaf = new ScalarMultiplier(Point2, randomBytes3);
    if (wnaf.bits >= 6)
      Point2.BASE.precompute(6);
    Object.freeze(Point2.prototype);
    Object.freeze(Point2);
    return Point2;
  }
  var PrimeEdwardsPoint = class {
    static BASE;
    static ZERO;
    static Fp;
    static Fn;
    ep;
    /**
     * Wrap one internal Edwards representative directly.
     * This is not a canonical encoding boundary: alternate Edwards
     * representatives may still describe the same abstract wrapper element.
     */
    constructor(ep) {
      this.ep = ep;
    }
    // Static methods that must be implemented by subclasses
    static fromBytes(_bytes) {
      notImplemented();
    }
    static fromHex(_hex) {
      notImplemented();
    }
    get x() {
      return this.toAffine().x;
    }
    get y() {
      return this.toAffine().y;
    }
    // Common implementations
    clearCofactor() {
      return this;
    }
    assertValidity() {
      this.ep.assertValidity();
    }
    /**
     * Return affine coordinates of the current internal Edwards representative.
     * This is a convenience helper, not a canonical Ristretto/Decaf encoding.
     * Equal abstract elements may expose different `x` / `y`; use
     * `toBytes()` / `fromBytes()` for canonical roundtrips.
     */
    toAffine(invertedZ) {
      return this.ep.toAffine(invertedZ);
    }
    toHex() {
      return bytesToHex2(this.toBytes());
    }
    toString() {
      return this.toHex();
    }
    isTorsionFree() {
      return true;
    }
    isSmallOrder() {
      return false;
    }
    add(other) {
      this.assertSame(other);
      return this.init(this.ep.add(other.ep));
    }
    subtract(other) {
      this.assertSame(other);
      return this.init(this.ep.subtract(other.ep));
    }
    multiply(scalar) {
      return this.init(this.ep.multiply(scalar));
    }
    multiplyUnsafe(scalar) {
      return this.init(this.ep.multiplyUnsafe(scalar));
    }
    double() {
      return this.init(this.ep.double());
    }
    negate() {
      return this.init(this.ep.negate());
    }
    precompute(windowSize, isLazy) {
      this.ep.precompute(windowSize, isLazy);
      return this;
    }
  };

  // ../verify/node_modules/@noble/curves/ed25519.js
  /*! noble-curves - MIT License (c) 2022 Paul Miller (paulmillr.com) */
  var _1n5 = /* @__PURE__ */ BigInt(1);
  var _2n3 = /* @__PURE__ */ BigInt(2);
  var _5n2 = /* @__PURE__ */ BigInt(5);
  var _8n3 = /* @__PURE__ */ BigInt(8);
  var ed25519_CURVE_p = /* @__PURE__ */ BigInt("0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  var ed25519_CURVE = /* @__PURE__ */ (() => ({
    p: ed25519_CURVE_p,
    n: BigInt("0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"),
    h: _8n3,
    a: BigInt("0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
    d: BigInt("0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"),
    Gx: BigInt("0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a"),
    Gy: BigInt("0x6666666666666666666666666666666666666666666666666666666666666658")
  }))();
  function ed25519_pow_2_252_3(x) {
    const _10n = BigInt(10), _20n = BigInt(20), _40n = BigInt(40), _80n = BigInt(80);
    const P = ed25519_CURVE_p;
    const x2 = x * x % P;
    const b2 = x2 * x % P;
    const b4 = pow2(b2, _2n3, P) * b2 % P;
    const b5 = pow2(b4, _1n5, P) * x % P;
    const b10 = pow2(b5, _5n2, P) * b5 % P;
    const b20 = pow2(b10, _10n, P) * b10 % P;
    const b40 = pow2(b20, _20n, P) * b20 % P;
    const b80 = pow2(b40, _40n, P) * b40 % P;
    const b160 = pow2(b80, _80n, P) * b80 % P;
    const b240 = pow2(b160, _80n, P) * b80 % P;
    const b250 = pow2(b240, _10n, P) * b10 % P;
    const pow_p_5_8 = pow2(b250, _2n3, P) * x % P;
    return { pow_p_5_8, b2 };
  }
  var ED25519_SQRT_M1 = /* @__PURE__ */ BigInt("19681161376707505956807079304988542015446066515923890162744021073123829784752");
  function uvRatio(u, v) {
    const P = ed25519_CURVE_p;
    const v3 = mod(v * v * v, P);
    const v7 = mod(v3 * v3 * v, P);
    const pow3 = ed25519_pow_2_252_3(u * v7).pow_p_5_8;
    let x = mod(u * v3 * pow3, P);
    const vx2 = mod(v * x * x, P);
    const root1 = x;
    const root2 = mod(x * ED25519_SQRT_M1, P);
    const useRoot1 = vx2 === u;
    const useRoot2 = vx2 === mod(-u, P);
    const noRoot = vx2 === mod(-u * ED25519_SQRT_M1, P);
    if (useRoot1)
      x = root1;
    if (useRoot2 || noRoot)
      x = root2;
    if (isNegativeLE(x, P))
      x = mod(-x, P);
    return { isValid: useRoot1 || useRoot2, value: x };
  }
  var ed25519_Point = /* @__PURE__ */ edwards(ed25519_CURVE, { uvRatio });
  var Fp = /* @__PURE__ */ (() => ed25519_Point.Fp)();
  var Fn = /* @__PURE__ */ (() => ed25519_Point.Fn)();
  var SQRT_M1 = ED25519_SQRT_M1;
  var INVSQRT_A_MINUS_D = /* @__PURE__ */ BigInt("54469307008909316920995813868745141605393597292927456921205312896311721017578");
  var invertSqrt = (number) => uvRatio(_1n5, number);
  var MAX_255B = /* @__PURE__ */ BigInt("0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  var bytes255ToNumberLE = (bytes2) => Fp.create(bytesToNumberLE(bytes2) & MAX_255B);
  var _RistrettoPoint = class __RistrettoPoint extends PrimeEdwardsPoint {
    // Do NOT change syntax: the following gymnastics is done,
    // because typescript strips comments, which makes bundlers disable tree-shaking.
    // prettier-ignore
    static BASE = /* @__PURE__ */ (() => new __RistrettoPoint(ed25519_Point.BASE))();
    // prettier-ignore
    static ZERO = /* @__PURE__ */ (() => new __RistrettoPoint(ed25519_Point.ZERO))();
    // prettier-ignore
    static Fp = /* @__PURE__ */ (() => Fp)();
    // prettier-ignore
    static Fn = /* @__PURE__ */ (() => Fn)();
    constructor(ep) {
      super(ep);
    }
    /**
     * Create one Ristretto255 point from affine Edwards coordinates.
     * This wraps the internal Edwards representative directly and is not a
     * canonical ristretto255 decoding path.
     * Use `toBytes()` / `fromBytes()` if canonical ristretto255 bytes matter.
     */
    static fromAffine(ap) {
      return new __RistrettoPoint(ed25519_Point.fromAffine(ap));
    }
    assertSame(other) {
      if (!(other instanceof __RistrettoPoint))
        throw new Error("RistrettoPoint expected");
    }
    init(ep) {
      return new __RistrettoPoint(ep);
    }
    static fromBytes(bytes2) {
      abytes(bytes2, 32);
      const { a, d } = ed25519_CURVE;
      const s = bytes255ToNumberLE(bytes2);
      if (!equalBytes(Fp.toBytes(s), bytes2) || Fp.isOdd(s))
        throw new Error("invalid ristretto255 encoding 1");
      const s2 = Fp.sqr(s);
      const u1 = Fp.add(_1n5, Fp.mulN(a, s2));
      const u2 = Fp.sub(_1n5, Fp.mulN(a, s2));
      const u1_2 = Fp.sqr(u1);
      const u2_2 = Fp.sqr(u2);
      const v = Fp.sub(Fp.mulN(Fp.mulN(a, d), u1_2), u2_2);
      const { isValid, value: I } = invertSqrt(Fp.mul(v, u2_2));
      const Dx = Fp.mul(I, u2);
      const Dy = Fp.mul(Fp.mulN(I, Dx), v);
      let x = Fp.mul(Fp.addN(s, s), Dx);
      if (Fp.isOdd(x))
        x = Fp.neg(x);
      const y = Fp.mul(u1, Dy);
      const t = Fp.mul(x, y);
      if (!isValid || Fp.isOdd(t) || Fp.is0(y))
        throw new Error("invalid ristretto255 encoding 2");
      return new __RistrettoPoint(new ed25519_Point(x, y, Fp.ONE, t));
    }
    /**
     * Converts ristretto-encoded string to ristretto point.
     * Described in [RFC9496](https://www.rfc-editor.org/rfc/rfc9496#name-decode).
     * @param hex - Ristretto-encoded 32 bytes. Not every 32-byte string is valid ristretto encoding
     */
    static fromHex(hex) {
      return __RistrettoPoint.fromBytes(hexToBytes(hex));
    }
    /**
     * Encodes ristretto point to Uint8Array.
     * Described in [RFC9496](https://www.rfc-editor.org/rfc/rfc9496#name-encode).
     */
    toBytes() {
      let { X, Y, Z, T } = this.ep;
      const u1 = Fp.mul(Fp.add(Z, Y), Fp.sub(Z, Y));
      const u2 = Fp.mul(X, Y);
      const u2sq = Fp.sqr(u2);
      const { value: invsqrt } = invertSqrt(Fp.mul(u1, u2sq));
      const D1 = Fp.mul(invsqrt, u1);
      const D2 = Fp.mul(invsqrt, u2);
      const zInv = Fp.mul(Fp.mulN(D1, D2), T);
      let D;
      if (Fp.isOdd(Fp.mul(T, zInv))) {
        let _x = Fp.mul(Y, SQRT_M1);
        let _y = Fp.mul(X, SQRT_M1);
        X = _x;
        Y = _y;
        D = Fp.mul(D1, INVSQRT_A_MINUS_D);
      } else {
        D = D2;
      }
      if (Fp.isOdd(Fp.mul(X, zInv)))
        Y = Fp.neg(Y);
      let s = Fp.mul(Fp.subN(Z, Y), D);
      if (Fp.isOdd(s))
        s = Fp.neg(s);
      return Fp.toBytes(s);
    }
    /**
     * Compares two Ristretto points.
     * Described in [RFC9496](https://www.rfc-editor.org/rfc/rfc9496#name-equals).
     */
    equals(other) {
      this.assertSame(other);
      const { X: X1, Y: Y1 } = this.ep;
      const { X: X2, Y: Y2 } = other.ep;
      const one = Fp.eql(Fp.mul(X1, Y2), Fp.mul(Y1, X2));
      const two = Fp.eql(Fp.mul(Y1, Y2), Fp.mul(X1, X2));
      return one || two;
    }
    is0() {
      return this.equals(__RistrettoPoint.ZERO);
    }
  };
  var ristretto255 = /* @__PURE__ */ (() => {
    Object.freeze(_RistrettoPoint.BASE);
    Object.freeze(_RistrettoPoint.ZERO);
    Object.freeze(_RistrettoPoint.prototype);
    Object.freeze(_RistrettoPoint);
    return Object.freeze({ Point: _RistrettoPoint });
  })();

  // lib/group.mjs
  var { Point } = ristretto255;
  var ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
  var SIZE = 32;
  var HEX = /^[0-9a-f]{64}$/;
  var encoder = new TextEncoder();
  var Malformed = class extends Error {
  };
  var toHex = (bytes2) => [...bytes2].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  var text = (value) => encoder.encode(value.normalize("NFC"));
  function fromHex(digits) {
    if (!HEX.test(digits)) throw new Malformed(digits);
    return Uint8Array.from({ length: SIZE }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  }
  function readElement(digits) {
    let found;
    try {
      found = Point.fromBytes(fromHex(digits));
    } catch {
      throw new Malformed(digits);
    }
    if (found.is0()) throw new Malformed(digits);
    return found;
  }
  var little = (bytes2) => BigInt(`0x${toHex(Uint8Array.from(bytes2).reverse())}`);
  function readScalar(digits) {
    const found = little(fromHex(digits));
    if (found >= ORDER) throw new Malformed(digits);
    return found;
  }
  var scalarHex = (scalar) => toHex(big(scalar, SIZE).reverse());
  var modulo = (number) => (number % ORDER + ORDER) % ORDER;
  var times = (scalar, element2) => modulo(scalar) === 0n ? Point.ZERO : element2.multiply(modulo(scalar));
  var openTimes = (scalar, element2) => element2.multiplyUnsafe(modulo(scalar));
  var base = (scalar) => times(scalar, Point.BASE);
  function draw() {
    const scalar = modulo(little(crypto.getRandomValues(new Uint8Array(64))));
    return scalar === 0n ? draw() : scalar;
  }
  function big(number, size) {
    const digits = BigInt(number).toString(16).padStart(2 * size, "0");
    return Uint8Array.from({ length: size }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  }
  var count = (number) => big(number, 8);
  function join(parts) {
    const whole = new Uint8Array(parts.reduce((size, part2) => size + part2.length, 0));
    parts.reduce((at, part2) => (whole.set(part2, at), at + part2.length), 0);
    return whole;
  }
  function bytesOf(field) {
    if (typeof field === "string") return text(field);
    return field instanceof Point ? field.toBytes() : field;
  }
  function transcript(tag, fields) {
    const measured = [tag, ...fields].map(bytesOf).map((field) => join([big(field.length, 4), field]));
    return join([text("TSV1"), measured[0], big(fields.length, 2), ...measured.slice(1)]);
  }
  var hash = (tag, ...fields) => sha256(transcript(tag, fields));
  var challenge = (tag, ...fields) => modulo(little(sha512(transcript(tag, fields))));

  // lib/canonical.mjs
  var KEY = /^[a-z0-9_]+$/;
  var DEEPEST = 12;
  var HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
  function written(value, depth) {
    if (typeof value === "string") {
      if (HALF.test(value) || value !== value.normalize("NFC")) throw new Malformed("text");
      return JSON.stringify(value);
    }
    if (typeof value === "boolean") return String(value);
    if (Number.isSafeInteger(value) && value >= 0) return String(value);
    if (typeof value !== "object" || value === null || depth > DEEPEST) throw new Malformed("value");
    if (Array.isArray(value)) return `[${value.map((one) => written(one, depth + 1)).join(",")}]`;
    const keys = Object.keys(value).sort();
    if (!keys.every((key) => KEY.test(key))) throw new Malformed("key");
    return `{${keys.map((key) => `"${key}":${written(value[key], depth + 1)}`).join(",")}}`;
  }
  var write = (message) => written(message, 1);
  var bytes = (message) => text(write(message));

  // lib/questions.mjs
  var upTo = (least, most) => Array.from({ length: most - least + 1 }, (_, at) => least + at);
  var named = (options) => options.map((option) => `option:${option}`);
  function choose({ options, min, max, blank }) {
    const many = options.length;
    const sum = { label: "sum", values: upTo(min, max), terms: options.map((_, at) => [at, 1]) };
    if (!blank) return { labels: named(options), values: [0, 1], sums: [sum] };
    sum.values.push(many + 1);
    sum.terms.push([many, many + 1]);
    return { labels: [...named(options), "blank"], values: [0, 1], sums: [sum] };
  }
  function score({ options, max_score: most }) {
    return { labels: named(options), values: upTo(0, most), sums: [] };
  }
  function grid({ rows: rows2, columns, row_sums: across, column_sums: down }) {
    const wide = columns.length;
    const labels = rows2.flatMap((_, row) => columns.map((__, column) => `cell:${row}:${column}`));
    const rowSums = rows2.map((_, row) => ({
      label: `row:${row}`,
      values: across,
      terms: columns.map((__, column) => [row * wide + column, 1])
    }));
    const columnSums = columns.map((_, column) => ({
      label: `column:${column}`,
      values: down,
      terms: rows2.map((__, row) => [row * wide + column, 1])
    }));
    return { labels, values: [0, 1], sums: [...across.length ? rowSums : [], ...down.length ? columnSums : []] };
  }
  var KINDS = { choose, score, grid };
  var questionOf = (contest) => KINDS[contest.kind](contest);

  // lib/token.mjs
  var ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  var LENGTH = 24;
  var READ_AS = { O: "0", I: "1", L: "1" };
  function readToken(typed) {
    const token = typed.toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (letter) => READ_AS[letter]);
    if (token.length !== LENGTH + 1 || [...token].some((letter) => !ALPHABET.includes(letter))) return void 0;
    const check = ALPHABET[hash("credential-check", text(token.slice(0, LENGTH)))[0] & 31];
    return token[LENGTH] === check ? token : void 0;
  }
  var secretOf = (election, token) => challenge("credential", election, text(token.slice(0, LENGTH)));
  var publicOf = (secret) => base(secret);
  function trackerOf(digest) {
    const bits = [...digest.slice(0, 15)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const letters = bits.match(/.{5}/g).map((five) => ALPHABET[Number.parseInt(five, 2)]);
    return letters.join("").match(/.{4}/g).join("-");
  }

  // lib/ballot.mjs
  function readSetup(setup) {
    return {
      id: setup.election,
      hash: hash("setup", bytes(setup)),
      key: readElement(setup.public_key).precompute(),
      // Multiplied again and again.
      contests: new Map(setup.contests.map((contest) => [contest.id, contest])),
      questions: new Map(setup.contests.map((contest) => [contest.id, questionOf(contest)])),
      styles: new Map(setup.styles.map((style) => [style.id, style.contests]))
    };
  }
  function bodyHash({ signature, ...body }) {
    return hash("ballot-body", bytes(body));
  }
  function encrypt(key, value, r) {
    return { a: base(r), b: base(BigInt(value)).add(times(r, key)) };
  }
  var toldCell = ({ a, b }) => ({ a: a.toHex(), b: b.toHex() });
  var toldProof = ({ c, z }) => ({ c: scalarHex(c), z: scalarHex(z) });
  function proveMember({ about, key, values }, { value, r }, source) {
    const { a, b } = encrypt(key, value, r);
    const truth = values.indexOf(value);
    if (truth < 0) throw new Malformed("value");
    const nonce = source();
    const branches = values.map((_, at) => at === truth ? { c: 0n, z: nonce } : { c: source(), z: source() });
    const commitments = branches.flatMap(({ c: c2, z }, at) => [
      base(z).subtract(openTimes(c2, a)),
      times(z, key).subtract(openTimes(c2, b.subtract(base(BigInt(values[at])))))
    ]);
    const whole = challenge("member", ...about, key, a, b, count(values.length), ...values.map(count), ...commitments);
    const c = modulo(whole - branches.reduce((sum, branch) => sum + branch.c, 0n));
    branches[truth] = { c, z: modulo(nonce + c * r) };
    return branches.map(toldProof);
  }
  function added({ terms }, openings) {
    const sum = (of) => terms.reduce((total, [at, many]) => total + of(openings[at], many), 0n);
    const value = Number(sum((opening, many) => BigInt(many * opening.value)));
    return { value, r: modulo(sum((opening, many) => BigInt(many) * opening.r)) };
  }
  function answer({ about, key }, question, { values, source }) {
    if (values.length !== question.labels.length) throw new Malformed("cells");
    const openings = [];
    const cells2 = question.labels.map((label, at) => {
      const opening = { value: values[at], r: source() };
      openings.push(opening);
      const proof = proveMember({ about: [...about, label], key, values: question.values }, opening, source);
      return { ...toldCell(encrypt(key, opening.value, opening.r)), proof };
    });
    const sums = question.sums.map((one) => {
      const claim = { about: [...about, one.label], key, values: one.values };
      return { label: one.label, proof: proveMember(claim, added(one, openings), source) };
    });
    return { cells: cells2, sums, openings };
  }
  function sign({ election, credential, secret, digest }, source) {
    const nonce = source();
    const c = challenge("ballot-sign", election, credential, base(nonce), digest);
    return toldProof({ c, z: modulo(nonce + c * secret) });
  }
  function seal(election, hand, choices, source = draw) {
    const credential = publicOf(hand.secret);
    const answers = [];
    const opened = [];
    for (const contest of election.styles.get(hand.style)) {
      const about = [election.hash, credential, contest];
      const values = choices[contest];
      const { cells: cells2, sums, openings } = answer({ about, key: election.key }, election.questions.get(contest), { values, source });
      answers.push({ contest, cells: cells2, sums });
      opened.push({ contest, cells: openings.map(({ value, r }) => ({ value, r: scalarHex(r) })) });
    }
    const body = {
      v: 1,
      election: toHex(election.hash),
      channel: hand.channel ?? "browser",
      style: hand.style,
      credential: credential.toHex(),
      sequence: hand.sequence,
      answers
    };
    const digest = bodyHash(body);
    const signature = sign({ election: election.hash, credential, secret: hand.secret, digest }, source);
    return { body: { ...body, signature }, digest, opening: { v: 1, body_hash: toHex(digest), answers: opened } };
  }
  function isOpening(election, body, opening) {
    if (toHex(bodyHash(body)) !== opening.body_hash || body.election !== toHex(election.hash)) return false;
    if (opening.answers.length !== body.answers.length) return false;
    return opening.answers.every(({ contest, cells: cells2 }, place) => {
      const shown = body.answers[place];
      if (shown.contest !== contest || shown.cells.length !== cells2.length) return false;
      return cells2.every(({ value, r }, at) => {
        const { a, b } = toldCell(encrypt(election.key, value, readScalar(r)));
        return a === shown.cells[at].a && b === shown.cells[at].b;
      });
    });
  }

  // lib/marks.mjs
  var BLANK = "blank";
  function isAnswer({ kind, min, max, blank }, marks) {
    if (kind !== "choose") return true;
    if (marks.includes(BLANK)) return blank && marks.length === 1;
    return min <= marks.length && marks.length <= max && new Set(marks).size === marks.length;
  }
  var cells = {
    choose: ({ options, blank }, marks) => [...options, ...blank ? [BLANK] : []].map((code) => marks.includes(code) ? 1 : 0),
    score: ({ options }, marks) => options.map((code) => marks[code] ?? 0),
    grid: ({ rows: rows2, columns }, marks) => rows2.flatMap((code) => columns.map((_, at) => (marks[code] ?? 0) === at ? 1 : 0))
  };
  var cellsOf = (contest, marks) => cells[contest.kind](contest, marks);

  // lib/packet.mjs
  var ID = 26;
  var FIRST = 1;
  var partsOf = ({ proof }) => proof.flatMap(({ c, z }) => [c, z]);
  function packet(election, { body, opening }) {
    const { signature, ...unsigned } = body;
    return { v: 1, election: election.id, ballot: unsigned, opening };
  }
  function toDigits(election, { ballot, opening }) {
    const styles = [...election.styles.keys()];
    const parts = [styles.indexOf(ballot.style), ...count(ballot.sequence).slice(6), ...fromHex(ballot.credential)];
    ballot.answers.forEach(({ cells: cells2, sums }, place) => {
      const opened = opening.answers[place].cells;
      cells2.forEach((cell, at) => {
        parts.push(opened[at].value, ...[opened[at].r, ...partsOf(cell)].flatMap((one) => [...fromHex(one)]));
      });
      parts.push(...sums.flatMap(partsOf).flatMap((one) => [...fromHex(one)]));
    });
    const named2 = [...election.id].map((letter) => letter.charCodeAt(0));
    return BigInt(`0x${toHex([FIRST, ...named2, ...parts])}`).toString();
  }
  var Reader = class {
    constructor(bytes2) {
      this.bytes = bytes2;
      this.at = 0;
    }
    take(many) {
      if (this.at + many > this.bytes.length) throw new Malformed("short");
      this.at += many;
      return this.bytes.slice(this.at - many, this.at);
    }
    hex() {
      return toHex(this.take(32));
    }
    proof({ values }) {
      return values.map(() => ({ c: this.hex(), z: this.hex() }));
    }
  };
  function ofDigits(digits) {
    if (!/^[1-9][0-9]*$/.test(digits)) throw new Malformed("digits");
    const hex = BigInt(digits).toString(16);
    const pairs = (hex.length % 2 ? `0${hex}` : hex).match(/../g);
    const reader = new Reader(pairs.map((pair) => Number.parseInt(pair, 16)));
    if (reader.take(1)[0] !== FIRST) throw new Malformed("digits");
    return { id: String.fromCharCode(...reader.take(ID)), reader };
  }
  function readPacket(election, reader) {
    const style = [...election.styles.keys()][reader.take(1)[0]];
    if (style === void 0) throw new Malformed("style");
    const [high, low] = reader.take(2);
    const credential = reader.hex();
    const opened = [];
    const answers = election.styles.get(style).map((contest) => {
      const question = election.questions.get(contest);
      const shown = [];
      const cells2 = question.labels.map(() => {
        shown.push({ value: reader.take(1)[0], r: reader.hex() });
        const { value, r } = shown.at(-1);
        return { ...toldCell(encrypt(election.key, value, readScalar(r))), proof: reader.proof(question) };
      });
      opened.push({ contest, cells: shown });
      return { contest, cells: cells2, sums: question.sums.map((one) => ({ label: one.label, proof: reader.proof(one) })) };
    });
    if (reader.at !== reader.bytes.length) throw new Malformed("long");
    const ballot = { v: 1, election: toHex(election.hash), channel: "browser", style, credential, sequence: high * 256 + low, answers };
    return { v: 1, election: election.id, ballot, opening: { v: 1, body_hash: toHex(bodyHash(ballot)), answers: opened } };
  }
  function choicesOf(election, opening) {
    return opening.answers.map(({ contest, cells: cells2 }) => {
      const { labels } = election.questions.get(contest);
      return { contest, marked: cells2.flatMap(({ value }, at) => value ? [{ label: labels[at], value }] : []) };
    });
  }

  // page/showing.mjs
  var part = (root, name) => root.querySelector(`[data-part="${name}"]`);
  var word = (root, name) => part(root, "words").querySelector(`[data-word="${name}"]`).textContent;
  function element(name, attributes = {}, ...inner) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inner);
    return made;
  }
  function show(root, step) {
    for (const section of root.querySelectorAll("[data-step]")) section.hidden = section.dataset.step !== step;
    const heading = root.querySelector(`[data-step="${step}"] h1`);
    heading.tabIndex = -1;
    heading.focus();
    scrollTo(0, 0);
    document.title = document.title.replace(/^.*(?= – )/, heading.textContent.trim());
    return root.querySelector(`[data-step="${step}"]`);
  }
  function complain(section, text2 = "") {
    const box = part(section, "error");
    box.hidden = !text2;
    part(box, "said").textContent = text2;
    if (!text2) return;
    box.tabIndex = -1;
    box.focus();
  }
  function rows(list, answers) {
    list.replaceChildren(...answers.map(([title, said, ...more]) => element("div", {}, element("dt", {}, title), element("dd", {}, said), ...more)));
  }
  var drawn = () => new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
  });

  // page/square.mjs
  var BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15];
  var CHECKS = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30];
  var LEVEL_L = 1;
  var QUIET = 4;
  var bitsOf = (number, many) => [...number.toString(2).padStart(many, "0")].map(Number);
  function segments(address, digits, version) {
    const [ofBytes, ofDigits2] = version < 10 ? [8, 10] : [16, version < 27 ? 12 : 14];
    const bytes2 = new TextEncoder().encode(address);
    const threes = digits.match(/[0-9]{1,3}/g) ?? [];
    return [
      ...bitsOf(4, 4),
      ...bitsOf(bytes2.length, ofBytes),
      ...[...bytes2].flatMap((byte) => bitsOf(byte, 8)),
      ...bitsOf(1, 4),
      ...bitsOf(digits.length, ofDigits2),
      ...threes.flatMap((three) => bitsOf(Number(three), 1 + 3 * three.length))
    ];
  }
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
  var room = (version) => codewords(version) - BLOCKS[version - 1] * CHECKS[version - 1];
  function product(left, right) {
    let found = 0;
    for (let bit = 7; bit >= 0; bit -= 1) {
      found = found << 1 ^ (found >> 7) * 285;
      found ^= (right >> bit & 1) * left;
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
      divisor.forEach((one, at) => {
        rest[at] ^= product(one, factor);
      });
    }
    return rest;
  }
  function interleaved(data, version) {
    const [blocks, checks] = [BLOCKS[version - 1], CHECKS[version - 1]];
    const short = Math.floor(data.length / blocks);
    const longFrom = blocks - data.length % blocks;
    const divisor = generator(checks);
    let at = 0;
    const parts = Array.from({ length: blocks }, (_, block) => data.slice(at, at += short + (block >= longFrom ? 1 : 0)));
    const column = (lists, place) => lists.flatMap((list) => place < list.length ? [list[place]] : []);
    const over = (lists, length) => Array.from({ length }, (_, place) => column(lists, place)).flat();
    return [...over(parts, short + 1), ...over(parts.map((one) => checksOf(one, divisor)), checks)];
  }
  function filled(bits, version) {
    const most = room(version) * 8;
    const ended = [...bits, ...new Array(Math.min(4, most - bits.length)).fill(0)];
    while (ended.length % 8) ended.push(0);
    const bytes2 = ended.join("").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
    for (let pad = 0; bytes2.length < most / 8; pad += 1) bytes2.push(pad % 2 ? 17 : 236);
    return bytes2;
  }
  var Field2 = class {
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
      const isCorner = (x, y) => x === 6 && y === 6 || x === 6 && y === end - 6 || x === end - 6 && y === 6;
      for (const x of places) for (const y of places) if (!isCorner(x, y)) this.rings(x, y, 2, [1]);
      this.format();
      if (this.version >= 7) this.told();
    }
    format() {
      const data = LEVEL_L << 3;
      let rest = data;
      for (let turn = 0; turn < 10; turn += 1) rest = rest << 1 ^ (rest >> 9) * 1335;
      const bit = (at) => ((data << 10 | rest) ^ 21522) >> at & 1;
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
      for (let turn = 0; turn < 12; turn += 1) rest = rest << 1 ^ (rest >> 11) * 7973;
      const bits = this.version << 12 | rest;
      for (let at = 0; at < 18; at += 1) {
        const [long, short] = [this.size - 11 + at % 3, Math.floor(at / 3)];
        this.fix(long, short, bits >> at & 1);
        this.fix(short, long, bits >> at & 1);
      }
    }
    // Fills the free places from the lower right corner, two columns at a time, up and down.
    fill(bits) {
      let at = 0;
      for (let right = this.size - 1; right >= 1; right -= 2) {
        const column = right <= 6 ? right - 1 : right;
        const isUp = (right + 1 & 2) === 0;
        for (let step = 0; step < this.size; step += 1) {
          const y = isUp ? this.size - 1 - step : step;
          for (const x of [column, column - 1]) {
            if (!this.fixed[y][x]) this.dark[y][x] = Boolean((bits[at++] ?? 0) ^ ((x + y) % 2 === 0 ? 1 : 0));
          }
        }
      }
    }
  };
  function square(address, digits) {
    const versions = BLOCKS.map((_, at) => at + 1);
    const version = versions.find((one) => segments(address, digits, one).length <= room(one) * 8);
    if (!version) return void 0;
    const data = filled(segments(address, digits, version), version);
    const field = new Field2(version);
    field.fill(interleaved(data, version).flatMap((byte) => bitsOf(byte, 8)));
    return field.dark;
  }
  function draw2(svg, address, digits) {
    const found = square(address, digits);
    svg.toggleAttribute("hidden", !found);
    if (!found) return false;
    const side = found.length + 2 * QUIET;
    const marks = found.flatMap((row, y) => row.flatMap((dark, x) => dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : []));
    svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
    svg.querySelector("path").setAttribute("d", marks.join(""));
    return true;
  }

  // page/town.mjs
  var PATIENCE = 2e4;
  var AGAIN = [1e3, 3e3];
  var Unanswered = class extends Error {
  };
  var wait = (milliseconds) => new Promise((done) => {
    setTimeout(done, milliseconds);
  });
  async function once(address, options) {
    try {
      const answer2 = await fetch(address, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      const told = await answer2.json().catch(() => ({}));
      if (answer2.status >= 500) throw new Unanswered(String(answer2.status));
      return { status: answer2.status, told };
    } catch (error) {
      throw new Unanswered(error.message);
    }
  }
  async function ask(address, body, token) {
    const headers = { Accept: "application/json" };
    const options = body && { method: "POST", body, headers: { ...headers, "Content-Type": "application/json", "X-CSRF-Token": token } };
    for (const pause of AGAIN) {
      try {
        return await once(address, options ?? { headers });
      } catch {
        await wait(pause);
      }
    }
    return once(address, options ?? { headers });
  }

  // page/booth.mjs
  var AT_WORK = "beforeunload";
  var leaving = (event) => event.preventDefault();
  var Booth = class {
    marks = /* @__PURE__ */ new Map();
    constructor(root) {
      this.root = root;
      this.places = root.dataset;
      this.step = (name) => root.querySelector(`[data-step="${name}"]`);
      this.said = (name) => word(root, name);
    }
    async open() {
      part(document, "preparing").hidden = false;
      const { id, hash: hash2 } = this.places;
      const [setup, told] = await Promise.all([ask(this.places.setup), ask(this.places.election)]);
      this.election = readSetup(setup.told.message ?? {});
      if (setup.status !== 200 || toHex(this.election.hash) !== hash2 || this.election.id !== id) throw new Error("setup");
      this.titles = new Map(told.told.contests.map((contest) => [contest.code, contest]));
      this.on("token", "submit", () => this.readToken());
      this.on("question", "submit", () => this.answer());
      this.press("question", "back", () => this.ask(this.place - 1));
      this.press("review", "encrypt", () => this.encrypt());
      this.press("sealed", "cast", () => this.cast());
      this.press("sealed", "check", () => this.challenge());
      this.press("unsure", "again", () => this.cast());
      this.press("refused", "anew", () => this.anew());
      this.press("challenged", "anew", () => this.encrypt());
      part(document, "preparing").hidden = true;
      this.root.hidden = false;
      this.show("token");
    }
    on(step, event, act) {
      this.step(step).addEventListener(event, (happened) => {
        happened.preventDefault();
        act();
      });
    }
    press(step, name, act) {
      part(this.step(step), name).addEventListener("click", act);
    }
    show(step) {
      this.notCast(step !== "cast" && step !== "unsure");
      part(document, "server").hidden = step === "cast";
      return show(this.root, step);
    }
    notCast(isSo) {
      part(document, "not-cast").hidden = !isSo;
    }
    async readToken() {
      const field = part(this.step("token"), "typed");
      const token = readToken(field.value);
      field.classList.toggle("is-invalid", !token);
      field.setAttribute("aria-invalid", String(!token));
      if (!token) return complain(this.step("token"), this.said("mistyped"));
      this.secret = secretOf(this.election.id, token);
      const credential = publicOf(this.secret).toHex();
      const { status, told } = await ask(`${this.places.credentials}${credential}`).catch(() => ({ status: 0, told: {} }));
      if (status !== 200) return complain(this.step("token"), told.detail ?? this.said("unanswered"));
      field.value = "";
      complain(this.step("token"));
      addEventListener(AT_WORK, leaving);
      this.hand = { secret: this.secret, style: told.style, sequence: told.next, channel: "browser" };
      this.contests = this.election.styles.get(told.style).map((contest) => this.election.contests.get(contest));
      return this.ask(0);
    }
    ask(place) {
      if (place < 0) return this.show("token");
      if (place >= this.contests.length) return this.review();
      this.place = place;
      const contest = this.contests[place];
      const section = this.step("question");
      const titled = this.titles.get(contest.id);
      part(section, "title").textContent = titled.title;
      part(section, "asked").textContent = `${this.said("place").replace("{place}", place + 1).replace("{all}", this.contests.length)} ${this.asked(contest)}`;
      part(section, "options").replaceChildren(...contest.kind === "choose" ? this.choices(contest) : this.numbers(contest));
      complain(section);
      return this.show("question");
    }
    choices(contest) {
      const { options } = this.titles.get(contest.id);
      const all = [...options.map(({ code, title }) => [code, title]), ...contest.blank ? [[BLANK, this.said("blank")]] : []];
      return all.map((option) => this.option(contest, ...option));
    }
    // Points or grades: a list of them beside each option.
    numbers(contest) {
      const most = contest.kind === "score" ? contest.max_score : contest.columns.length - 1;
      const given = this.marks.get(contest.id) ?? {};
      return this.titles.get(contest.id).options.map(({ code, title }) => {
        const select = element("select", { class: "form-select w-50", "data-code": code });
        for (let number = 0; number <= most; number += 1) select.append(element("option", { value: number }, this.number(contest, number)));
        select.value = String(given[code] ?? 0);
        return element("label", { class: "d-flex gap-2 mb-2 align-items-center" }, select, title);
      });
    }
    number({ kind }, number) {
      return kind === "grid" ? this.said(`grade-${number}`) : String(number);
    }
    asked({ kind, min, max, blank }) {
      if (kind !== "choose") return this.said(kind);
      const many = max === 1 ? this.said("one") : this.said("many").replace("{min}", min).replace("{max}", max);
      return blank ? `${many} ${this.said("or-blank")}` : many;
    }
    option(contest, code, title) {
      const kind = contest.max === 1 ? "radio" : "checkbox";
      const input = element("input", { class: "form-check-input", type: kind, name: "mark", value: code });
      input.checked = (this.marks.get(contest.id) ?? []).includes(code);
      return element("label", { class: "form-check d-block" }, input, title);
    }
    answer() {
      const section = this.step("question");
      const contest = this.contests[this.place];
      const chosen = () => [...section.querySelectorAll('[name="mark"]:checked')].map((input) => input.value);
      const numbered = () => Object.fromEntries([...section.querySelectorAll("[data-code]")].map((one) => [one.dataset.code, Number(one.value)]));
      const marks = contest.kind === "choose" ? chosen() : numbered();
      if (!isAnswer(contest, marks)) return complain(section, this.asked(contest));
      this.marks.set(contest.id, marks);
      return this.ask(this.place + 1);
    }
    inWords(contest) {
      const { title, options } = this.titles.get(contest.id);
      const marks = this.marks.get(contest.id);
      const chosen = contest.kind === "choose" ? options.filter((option) => marks.includes(option.code)).map((option) => option.title) : options.map((option) => `${option.title}: ${this.number(contest, marks[option.code])}`);
      return [title, chosen.join(", ") || this.said("blank")];
    }
    review() {
      const answers = this.contests.map((contest, place) => {
        const name = element("span", { class: "visually-hidden" }, ` ${this.titles.get(contest.id).title}`);
        const change = element("button", { class: "btn btn-outline-primary btn-sm", type: "button" }, this.said("change"), name);
        change.addEventListener("click", () => this.ask(place));
        return [...this.inWords(contest), element("dd", {}, change)];
      });
      rows(part(this.step("review"), "answers"), answers);
      this.show("review");
    }
    async encrypt() {
      const busy = part(this.step("review"), "busy");
      busy.hidden = false;
      await drawn();
      const choices = Object.fromEntries(this.contests.map((contest) => [contest.id, cellsOf(contest, this.marks.get(contest.id))]));
      this.sealed = seal(this.election, this.hand, choices);
      this.tracker = trackerOf(this.sealed.digest);
      busy.hidden = true;
      for (const shown of this.root.querySelectorAll('[data-part="tracker"]')) shown.textContent = this.tracker;
      this.show("sealed");
    }
    // The body is sent as it was made, however often: the town takes it once.
    async cast() {
      const busy = part(this.step("sealed"), "busy");
      const buttons = this.root.querySelectorAll('[data-step="sealed"] button, [data-step="unsure"] button');
      for (const button of buttons) button.disabled = true;
      busy.hidden = false;
      try {
        const { status, told } = await ask(this.places.ballots, write(this.sealed.body), this.places.csrf);
        if (status === 201 || status === 200) return this.isCast(told);
        return this.refuse(told);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        return this.show("unsure");
      } finally {
        busy.hidden = true;
        for (const button of buttons) button.disabled = false;
      }
    }
    isCast(told) {
      if (told.tracker !== this.tracker) return this.refuse({ detail: this.said("other-tracker") });
      removeEventListener(AT_WORK, leaving);
      this.forget();
      return this.show("cast");
    }
    refuse({ code = "", detail }) {
      const section = this.step("refused");
      part(section, "why").textContent = detail ?? this.said("unanswered");
      part(section, "sequence").hidden = code !== "elections.sequence-taken";
      this.show("refused");
    }
    // Begins with the token again: the town may know of another ballot by now.
    anew() {
      this.forget();
      this.show("token");
    }
    forget() {
      this.secret = this.hand = this.sealed = void 0;
      this.marks.clear();
    }
    // The town bars the ballot first: only then does the device show what is in it.
    async challenge() {
      const barred = JSON.stringify({ body_hash: toHex(this.sealed.digest) });
      const { status, told } = await ask(this.places.challenges, barred, this.places.csrf).catch(() => ({ status: 0, told: {} }));
      if (status !== 200 && status !== 201) return complain(this.step("sealed"), told.detail ?? this.said("unanswered"));
      complain(this.step("sealed"));
      const shown = packet(this.election, this.sealed);
      const section = this.step("challenged");
      const text2 = write(shown);
      part(section, "opening").value = text2;
      part(section, "file").href = URL.createObjectURL(new Blob([text2], { type: "application/json" }));
      const [address, digits] = [`${this.places.second}#`, toDigits(this.election, shown)];
      part(section, "link").href = address + digits;
      part(section, "too-large").hidden = draw2(part(section, "square"), address, digits);
      return this.show("challenged");
    }
  };

  // page/check.mjs
  var ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
  var Check = class {
    constructor(root) {
      this.root = root;
      this.form = root.querySelector('[data-step="asked"]');
    }
    open() {
      this.root.hidden = false;
      show(this.root, "asked");
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.look(() => this.pasted(part(this.form, "typed").value));
      });
      part(this.form, "upload").addEventListener("change", async ({ target }) => {
        part(this.form, "typed").value = await target.files[0].text();
      });
      addEventListener("hashchange", () => this.scanned());
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
        show(this.root, "asked");
        complain(this.form, word(this.root, "unreadable"));
      }
    }
    async pasted(text2) {
      const told = JSON.parse(text2);
      await this.load(told.election);
      return told;
    }
    async linked(digits) {
      const { id, reader } = ofDigits(digits);
      await this.load(id);
      return readPacket(this.election, reader);
    }
    async load(id) {
      if (!ULID.test(id)) throw new Error("id");
      const place = `${this.root.dataset.elections}${id}`;
      const [setup, told] = await Promise.all([ask(`${place}/setup`), ask(place)]);
      this.election = readSetup(setup.told.message ?? {});
      this.titles = new Map(told.told.contests.map((contest) => [contest.code, contest]));
      this.told = told.told;
    }
    tell({ ballot, opening }) {
      const holds = isOpening(this.election, ballot, opening);
      complain(this.form);
      if (!holds) return show(this.root, "differs");
      const section = show(this.root, "shown");
      part(section, "tracker").textContent = trackerOf(bodyHash(ballot));
      part(section, "election").textContent = this.told.title;
      rows(part(section, "answers"), choicesOf(this.election, opening).map((answer2) => this.inWords(answer2)));
      return section;
    }
    inWords({ contest, marked }) {
      const { title, options } = this.titles.get(contest);
      const { kind } = this.election.contests.get(contest);
      const graded = kind === "grid" ? options.flatMap((one, row) => this.election.contests.get(contest).columns.map((_, at) => [`cell:${row}:${at}`, `${one.title}: ${word(this.root, `grade-${at}`)}`])) : [];
      const named2 = new Map([...options.map((one) => [`option:${one.code}`, one.title]), ...graded, ["blank", word(this.root, "blank")]]);
      const told = ({ label, value }) => kind === "score" ? `${named2.get(label)}: ${value}` : named2.get(label);
      return [title, marked.map(told).join(", ") || word(this.root, "nothing")];
    }
  };

  // page/main.mjs
  document.addEventListener("DOMContentLoaded", async () => {
    const booth = document.querySelector("[data-booth]");
    if (booth) {
      try {
        await new Booth(booth).open();
      } catch {
        part(document, "preparing").hidden = true;
        part(document, "failed").hidden = false;
      }
    }
    const check = document.querySelector("[data-check]");
    if (check) new Check(check).open();
  });
})();
