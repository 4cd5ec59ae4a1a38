// The fields of Twilio's resources, as its published API description has them (twilio-oai,
// spec/json/twilio_api_v2010.json and twilio_studio_v2.json): {name: pattern}; all of these
// are nullable there but status.
'use strict';
const assert = require('assert');

const sid = (prefix) => new RegExp(`^${prefix}[0-9a-fA-F]{32}$`);
const TEXT = /^/;
const RFC2822 = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const URI = /^https?:\/\/[^ ]+$/;

const SHAPES = {
  call: {
    sid: sid('CA'), date_created: RFC2822, date_updated: RFC2822, parent_call_sid: sid('CA'), account_sid: sid('AC'), to: TEXT, to_formatted: TEXT,
    from: TEXT, from_formatted: TEXT, phone_number_sid: sid('PN'), status: /^(queued|ringing|in-progress|completed|busy|failed|no-answer|canceled)$/,
    start_time: RFC2822, end_time: RFC2822, duration: /^\d+$/, price: TEXT, price_unit: /^[A-Z]{3}$/, direction: TEXT, answered_by: TEXT, api_version: TEXT,
    forwarded_from: TEXT, group_sid: sid('GP'), caller_name: TEXT, queue_time: /^\d+$/, trunk_sid: sid('TK'), uri: /^\/2010-04-01\//, subresource_uris: 'object',
  },
  execution: {
    sid: sid('FN'), account_sid: sid('AC'), flow_sid: sid('FW'), contact_channel_address: TEXT, contact_sid: sid('FC'), flow_version: 'number', context: 'object',
    status: /^(active|ended)$/, date_created: ISO, date_updated: ISO, initiated_by: TEXT, url: URI, links: 'object',
  },
  context: { account_sid: sid('AC'), context: 'object', flow_sid: sid('FW'), execution_sid: sid('FN'), url: URI },
  step: {
    sid: sid('FT'), account_sid: sid('AC'), flow_sid: sid('FW'), execution_sid: sid('FN'), parent_step_sid: sid('FT'), name: TEXT, context: 'object',
    transitioned_from: TEXT, transitioned_to: TEXT, type: TEXT, date_created: ISO, date_updated: ISO, url: URI, links: 'object',
  },
  calls: {
    calls: 'object', end: 'number', first_page_uri: TEXT, next_page_uri: TEXT, page: 'number', page_size: 'number', previous_page_uri: TEXT, start: 'number', uri: TEXT,
  },
  executions: { executions: 'object', meta: 'object' },
  meta: { first_page_url: URI, key: TEXT, next_page_url: URI, page: 'number', page_size: 'number', previous_page_url: URI, url: URI },
  error: { code: 'number', message: TEXT, more_info: URI, status: 'number' },
};

// Exactly these fields, each of its type.
function assertShape(kind, json) {
  const shape = SHAPES[kind];
  assert.deepStrictEqual(Object.keys(json).sort(), Object.keys(shape).sort(), `the fields of ${kind}`);
  for (const [name, wanted] of Object.entries(shape)) {
    const value = json[name];
    if (value === null && name !== 'status') continue;
    if (typeof wanted === 'string') assert.strictEqual(typeof value, wanted, `${kind}.${name}`);
    else {
      assert.strictEqual(typeof value, 'string', `${kind}.${name}`);
      assert.match(value, wanted, `${kind}.${name}`);
    }
  }
}

module.exports = { assertShape };
