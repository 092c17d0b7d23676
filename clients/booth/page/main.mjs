// What the pages of the booth load: the booth itself, or the look at a challenged ballot.
import { Booth } from './booth.mjs';
import { Check } from './check.mjs';
import { part } from './showing.mjs';

document.addEventListener('DOMContentLoaded', async () => {
  const booth = document.querySelector('[data-booth]');
  if (booth) {
    try {
      await new Booth(booth).open();
    } catch {
      part(document, 'preparing').hidden = true;
      part(document, 'failed').hidden = false;
    }
  }
  const check = document.querySelector('[data-check]');
  if (check) new Check(check).open();
});
