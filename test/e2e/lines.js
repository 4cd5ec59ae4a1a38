// Telephone lines: one call at a time to each.
'use strict';
const assert = require('assert');
const { PEOPLE } = require('./world');

// No number had two calls at the same time, as the telephone service saw it.
async function oneCallAtATime(orders) {
  const calls = (await Promise.all(orders.map((order) => order.mock.eco(order.subsector)))).flatMap((eco) => eco.calls);
  calls.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  const last = new Map();
  for (const call of calls) {
    const before = last.get(call.to);
    if (before && before.sid === call.sid) continue; // one call, several orders
    assert(!before || Date.parse(before.ended_at) <= Date.parse(call.created_at), `two calls at once to ${call.to}`);
    last.set(call.to, call);
  }
}

// A line that the provider hasn't given free yet is looked at and tried again, which stands in the
// journal with either order and rings nobody.
const lookedAt = ['context', 'ask', 'end'].flatMap((what) => PEOPLE.map((name) => `${what} ${name} 200`)).concat(PEOPLE.map((name) => `call ${name} 409`));

module.exports = { oneCallAtATime, lookedAt };
