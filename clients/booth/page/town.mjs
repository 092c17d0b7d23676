// What the booth asks the town and tells it: never a token, a choice or a secret.
const PATIENCE = 20_000; // Milliseconds until an answer is given up.
const AGAIN = [1000, 3000]; // Milliseconds before the same is sent once more.

export class Unanswered extends Error {}

const wait = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

async function once(address, options) {
  try {
    const answer = await fetch(address, { ...options, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    const told = await answer.json().catch(() => ({}));
    if (answer.status >= 500) throw new Unanswered(String(answer.status));
    return { status: answer.status, told };
  } catch (error) {
    throw new Unanswered(error.message);
  }
}

// Returns status and content of an answer; the same is sent three times before Unanswered.
export async function ask(address, body, token) {
  const headers = { Accept: 'application/json' };
  const options = body && { method: 'POST', body, headers: { ...headers, 'Content-Type': 'application/json', 'X-CSRF-Token': token } };
  for (const pause of AGAIN) {
    try {
      return await once(address, options ?? { headers });
    } catch {
      await wait(pause);
    }
  }
  return once(address, options ?? { headers });
}
