// One archive in, one report out. docs/elections/verifying.md tells the stages.
import { examineBoard, read } from './archive.mjs';
import { examineParts, examineResult, examineTally } from './counting.mjs';
import { Election } from './election.mjs';
import { examineRoll, examineSetup, examineTrustees } from './foundation.mjs';
import { h32, unhex, utf8 } from './group.mjs';
import { fits, write } from './messages.mjs';
import { examineOutcome } from './outcome.mjs';
import { Notes, report } from './report.mjs';
import { examineVoting } from './voting.mjs';

// The last code that was looked at: that of the stage that failed, or the very last.
function run(archive, notes, logKey) {
  examineBoard(archive, notes, logKey);
  if (!notes.good) return 'C04';
  const setup = archive.one('setup');
  examineSetup(setup, notes);
  if (notes.good) examineTrustees(setup, archive.one('ceremony'), notes);
  if (!notes.good) return 'S05';
  const election = new Election(setup);
  examineRoll(election, archive.one('roll'), notes);
  if (!notes.good) return 'L02';
  const voting = examineVoting(election, archive, notes);
  if (!notes.good) return 'B16';
  const counted = examineTally(voting, archive, notes);
  if (!notes.good) return 'X02';
  const parts = examineParts(election, archive, notes);
  if (!notes.good) return 'D03';
  examineResult(election, archive, { parts, counted, notes });
  if (!notes.good) return 'R03';
  examineOutcome(election, archive, notes);
  return 'N02';
}

function subject(archive) {
  const nothing = { groups: [], trustees: [] };
  if (!archive.entries.length) {
    return { election: '', setup: new Uint8Array(32), head: { seq: 0, hash: new Uint8Array(32) }, result: nothing };
  }
  const head = archive.entries.at(-1);
  return {
    // People read it on a terminal: what is no name of an election is not shown.
    election: fits('ulid', archive.id) ? archive.id : '',
    setup: h32('setup', utf8(write(archive.entries[0].body))),
    head: { seq: head.seq, hash: unhex(head.hash) },
    result: archive.of('result')[0]?.body ?? nothing,
  };
}

export function verify(bytes, logKey = '') {
  const notes = new Notes();
  const archive = read(bytes, notes);
  notes.leaveOutAfter(notes.good ? run(archive, notes, logKey) : 'C01');
  return report(subject(archive), notes);
}
