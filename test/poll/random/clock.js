// Strike's clock beside the wall's.  clock: [{ at: wall ms, ahead: ms from then on, at the latest }]
'use strict';

// Strike's time at a moment of the wall clock, at the latest, ms.
function latest(clock, at) {
  let ahead = clock[0].ahead;
  for (const one of clock) if (one.at <= at) ahead = Math.max(ahead, one.ahead);
  return at + ahead;
}

// The wall's time at a moment of Strike's, ms.
function wallOf(clock, at) {
  let wall = at - clock[0].ahead;
  for (const one of clock) if (at - one.ahead >= one.at) wall = at - one.ahead;
  return wall;
}

module.exports = { latest, wallOf };
