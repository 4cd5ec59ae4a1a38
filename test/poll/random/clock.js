// Strike's clock beside the wall's.  clock: [{ at: wall ms, ahead: ms from then on, at the latest }]
'use strict';

const ASKING_MS = 200; // from the decision to ask to the request's arrival, a token included

// Strike's time at a moment of the wall clock, at the latest, ms.
function latest(clock, at) {
  let ahead = clock[0].ahead;
  for (const one of clock) if (one.at <= at) ahead = Math.max(ahead, one.ahead);
  return at + ahead;
}

// Strike's time when somebody asked whose request arrived at that moment of the wall clock, at the
// earliest, ms.
function earliest(clock, at) {
  return latest(clock, at - ASKING_MS);
}

// The wall's time at a moment of Strike's, ms.
function wallOf(clock, at) {
  let wall = at - clock[0].ahead;
  for (const one of clock) if (at - one.ahead >= one.at) wall = at - one.ahead;
  return wall;
}

module.exports = { latest, earliest, wallOf };
