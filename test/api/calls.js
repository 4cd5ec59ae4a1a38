// What several tests ask for and expect.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { until } = require('./harness');
const stack = require('./stack');

const AUSTIN = { type: 'Point', coordinates: [-97.74, 30.27] };

// An order of somebody's, in a scenario.
async function callOut(person, { osp = 'osp-fibre', scenario, description = 'Fiber cut on Main St', location = AUSTIN, ...rest } = {}) {
  if (scenario) await stack.scenario(scenario);
  const answer = await person.rpc('strike_create_eco', {
    noc_tenant: person.claims.tenant, osp_tenant: osp, job_type: 'CMR', description, location, request_id: crypto.randomUUID(), ...rest,
  });
  assert.strictEqual(answer.status, 200, answer.text);
  return answer.body;
}

const order = async (person, id) => (await person.get(`/noc_ecos?eco_id=eq.${id}`)).body[0];

// Waits until the order is so; gives it.
function reaches(person, id, what, condition) {
  let seen;
  return until(() => what, async () => {
    seen = await order(person, id);
    return seen && condition(seen) && seen;
  }).catch((error) => {
    throw new Error(`${error.message} ${what}: ${JSON.stringify(seen)}`);
  });
}

// A refusal as PostgREST words it: status, SQLSTATE, message, and a hint that says what to do.
function refused(answer, status, code, message) {
  assert.deepStrictEqual([answer.status, answer.body && answer.body.code], [status, code], answer.text);
  if (message instanceof RegExp) assert.match(answer.body.message, message);
  else if (message) assert.strictEqual(answer.body.message, message);
  if (code !== '42501' || !/^permission denied/.test(answer.body.message)) assert.ok(answer.body.hint, `no hint: ${answer.text}`);
}

module.exports = { AUSTIN, callOut, order, reaches, refused };
