// Tests, one after the other, and waiting for conditions.
'use strict';

const BOUND_MS = 60000; // after which what we wait for is called missing
const POLL_MS = 50;

let passed = 0;
let failed = 0;
let only = '';

async function test(name, body) {
  if (only && !name.includes(only)) return;
  const began = Date.now();
  try {
    await body();
    passed++;
    console.log(`ok - ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${name}`);
    console.log(String(error.stack || error).slice(0, 4000).replace(/^/gm, '#   '));
  }
}

// Waits for a condition, not for time; returns what it gave.
async function until(what, condition) {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

module.exports = { test, until, select: (words) => (only = words || ''), counts: () => ({ passed, failed }) };
