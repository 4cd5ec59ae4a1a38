// Strike's time, as the server told it, and one tick a second for everything that ages.  While the
// connection is lost the time stands still: what is shown is as of then.
let offset = 0;
let frozenAt = null;
const tickers = new Set();

export const now = () => (frozenAt === null ? Date.now() + offset : frozenAt);
export const setServerTime = (iso, roundTripMs = 0) => {
  const server = Date.parse(iso);
  if (Number.isFinite(server)) offset = server + roundTripMs / 2 - Date.now();
};
export const freeze = (at) => {
  if (frozenAt !== null) return;
  frozenAt = at;
  tickAll();
};
export const thaw = () => {
  if (frozenAt === null) return;
  frozenAt = null;
  tickAll();
};

// tick(nowMs) at once and then each second; returns how to end it
export function onTick(tick) {
  tickers.add(tick);
  tick(now());
  return () => tickers.delete(tick);
}

function tickAll() {
  const at = now();
  for (const tick of tickers) tick(at);
}

export function startClock() {
  setInterval(tickAll, 1000);
}
