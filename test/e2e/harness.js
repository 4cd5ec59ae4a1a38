// Tests, run side by side in groups, and waiting for conditions.
'use strict';

const BOUND_MS = 90000; // after which what we wait for is called missing
const POLL_MS = 40;

let passed = 0;
let failed = 0;
const groups = [];

// Tests of a group run side by side, groups one after the other; before() runs first.
function group(name, before = async () => {}) {
  groups.push({ name, before, tests: [] });
}

function test(name, body) {
  groups[groups.length - 1].tests.push({ name, body });
}

function report(name, seconds, error) {
  if (!error) {
    passed++;
    console.log(`ok - ${name} (${seconds} s)`);
    return;
  }
  failed++;
  console.log(`not ok - ${name}`);
  console.log(String(error.stack || error).replace(/^/gm, '#   '));
}

async function attempt(name, body) {
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
  try {
    await body();
    report(name, seconds());
  } catch (error) {
    report(name, seconds(), error);
  }
}

// around(body) runs one test's body; only: run tests whose name contains it.
async function runAll(around, only) {
  for (const { name, before, tests } of groups) {
    const chosen = tests.filter((one) => !only || one.name.includes(only));
    if (chosen.length === 0) continue;
    const began = Date.now();
    await before();
    await Promise.all(chosen.map((one) => attempt(one.name, () => around(one.body))));
    console.log(`# ${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
  groups.length = 0; // done; more may follow
}

// Waits for a condition, not for time; returns what it gave.  what may be a function, asked late.
async function until(what, condition) {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never: ${typeof what === 'function' ? await what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

module.exports = { group, test, attempt, runAll, until, counts: () => ({ passed, failed }) };
