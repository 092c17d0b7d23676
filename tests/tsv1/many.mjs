// Verifies one archive after the other: each comes after its length in 4 bytes, each report is a line.
import { readFileSync } from 'node:fs';
import { write } from '../../clients/verify/lib/messages.mjs';
import { verify } from '../../clients/verify/lib/verify.mjs';

const bytes = new Uint8Array(readFileSync(0));
const view = new DataView(bytes.buffer);
for (let at = 0; at < bytes.length; ) {
  const size = view.getUint32(at);
  console.log(write(verify(bytes.subarray(at + 4, at + 4 + size))));
  at += 4 + size;
}
