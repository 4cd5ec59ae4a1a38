// What the pages decide without a page: places, words, segments, percentiles, CSV.
import assert from 'assert/strict';
import { parsePlace } from '../../web/js/place.js';
import { age, left, needOf, spoken, view, health } from '../../web/js/words.js';
import { segmentsOf } from '../../web/js/strip.js';
import { stepName, stepsFor } from '../../web/js/steps.js';
import { csv } from '../../web/js/csv.js';
import { groupsOf, percentile } from '../../web/js/percentile.js';
import { arrange, Orders } from '../../web/js/orders.js';

let failed = 0;
function test(name, body) {
  try {
    body();
    console.log(`ok - ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${name}\n${String(error.stack).replace(/^/gm, '#   ')}`);
  }
}

const AUSTIN = { type: 'Point', coordinates: [-97.74, 30.27] };
for (const text of ['30.27, -97.74', '-97.74 30.27', '30.27,-97.74', ' 30.27N 97.74W ', 'N30.27 W97.74', '30°16′12″N 97°44′24″W', 'lat 30.27 lon -97.74', 'POINT(-97.74 30.27)',
  '−97.74 30.27', '{"type":"Point","coordinates":[-97.74,30.27]}', '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[-97.74,30.27]}}']) {
  test(`a place is understood: ${text}`, () => assert.deepEqual(parsePlace(text).geometry, AUSTIN));
}
test('two numbers that could be either are asked about, both ways', () => {
  const { choices, geometry } = parsePlace('45.1, 12.3');
  assert.equal(geometry, undefined);
  assert.deepEqual(choices.map((one) => one.geometry.coordinates), [[12.3, 45.1], [45.1, 12.3]]);
  assert.notEqual(choices[0].words, choices[1].words);
});
test('the words lat and lon settle which is which', () => assert.deepEqual(parsePlace('lon 45.1 lat 12.3').geometry.coordinates, [45.1, 12.3]));
test('several pairs are a line', () => assert.deepEqual(parsePlace('30.27,-97.74; 30.28,-97.73').geometry, { type: 'LineString', coordinates: [[-97.74, 30.27], [-97.73, 30.28]] }));
for (const text of ['95 200', 'Main St 5', '30.27', '{"type":"Po', '{"type":"Polygon","coordinates":[]}', '200, 10', '1 2 3', '{"type":"Point","coordinates":["a",1]}']) {
  test(`what is no place is refused with a reason: ${text}`, () => assert.match(parsePlace(text).error, /\w/));
}
for (const wrap of [(g) => g, (geometry) => ({ type: 'Feature', geometry }), (geometry) => ({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry }] })]) {
  const named = (name, inside = true) => JSON.stringify(inside ? wrap({ ...AUSTIN, crs: { type: 'name', properties: { name } } }) : { ...wrap(AUSTIN), crs: { type: 'name', properties: { name } } });
  test(`GeoJSON in another system is refused, in longitude and latitude taken: ${wrap(AUSTIN).type}`, () => {
    for (const inside of [true, false]) {
      assert.match(parsePlace(named('urn:ogc:def:crs:EPSG::3857', inside)).error, /another system \(urn:ogc:def:crs:EPSG::3857\)/);
      for (const name of ['urn:ogc:def:crs:OGC:1.3:CRS84', 'EPSG:4326']) assert.deepEqual(parsePlace(named(name, inside)).geometry, AUSTIN);
    }
  });
}
for (const text of ['{"type":"FeatureCollection","features":[null]}', '{"type":"Feature","geometry":null}', '{"type":"Point","coordinates":null}', '{"type":"LineString","coordinates":{}}']) {
  test(`half a GeoJSON is refused with a reason: ${text}`, () => assert.match(parsePlace(text).error, /\w/));
}
test('nothing typed is no error', () => assert.deepEqual(parsePlace('  '), { error: '' }));

const at = (s) => new Date(Date.UTC(2026, 0, 1, 2, 0, 0) + s * 1000).toISOString();
const eco = (more) => ({ eco_id: 'e', job_id: 'E2-00530-2026', osp_tenant: 'osp-fibre', description: 'd', job_type: 'CMR', status: 'OPEN', phase: 'page sent', needs_attention: false, attention_reason: null, created_at: at(0), updated_at: at(0), pager_status: 'calling', version: 1, ...more });
for (const [phase, more, word] of [
  ['sending to Fibre Co', {}, 'sending'], ['page sent', {}, 'paging'], ['calling A. Ortiz · 2 of 3', {}, 'calling'], ['contractor dispatched · A. Ortiz, 01:12 after creation', {}, 'coming'],
  ['nobody answered: act now', { needs_attention: true, attention_reason: 'nobody answered: act now' }, 'ACT NOW'], ["can't reach Fibre Co's work system: act now", { needs_attention: true }, 'ACT NOW'],
  ["can't page: no pager region covers this location", { needs_attention: true }, 'ACT NOW'], ['handled by kim', {}, 'handled'], ['assigned: 0 of 1 tasks complete', {}, 'assigned'],
  ['in progress: 1 of 2 tasks complete', { status: 'IN_PROGRESS' }, 'work'], ['blocked: 0 of 1 tasks complete', { status: 'IN_PROGRESS' }, 'blocked'],
  ['done, under observation until x', { status: 'COMPLETED', grace_until: at(90) }, 'done'], ['back in progress: new work found', { status: 'IN_PROGRESS' }, 'new work'], ['closed', { status: 'HARD_COMPLETE' }, 'closed'], ['canceled: duplicate', { status: 'CANCELED' }, 'canceled'],
]) test(`“${phase}” is ${word}`, () => assert.equal(view(eco({ phase, ...more })).word, word));
test('an alarm that was seen is still an alarm, but silent', () => {
  const seen = view(eco({ phase: 'nobody answered: act now' }));
  assert.deepEqual([seen.word, seen.silent], ['ACT NOW', true]);
});
test('a page that is held up is an alarm whatever its phase', () => assert.equal(needOf(eco({ needs_attention: true, attention_reason: 'the page is held up' })), 0));
test('a step is offered where it can be taken, and has a name', () => {
  const offered = (more) => stepsFor(view(eco(more)));
  for (const [more, repage, retry] of [
    [{ phase: 'sending to Fibre Co', pager_status: 'none' }, false, false],
    [{ phase: 'page sent', pager_status: 'queued' }, false, false],
    [{ phase: 'calling A. Ortiz · 2 of 3', pager_status: 'calling' }, false, false],
    [{ phase: 'contractor dispatched · x', pager_status: 'accepted' }, true, false],
    [{ phase: 'handled by kim', pager_status: 'taken_over' }, true, false],
    [{ phase: 'nobody answered: act now', pager_status: 'exhausted', needs_attention: true }, true, false],
    [{ phase: "can't page: no pager region covers this location", pager_status: 'failed', needs_attention: true }, true, false],
    [{ phase: "can't reach Fibre Co's work system: act now", pager_status: 'none', needs_attention: true, attention_reason: "can't reach Fibre Co's work system: act now" }, true, true],
    [{ phase: 'page sent', pager_status: 'queued', needs_attention: true, attention_reason: 'the page is held up: all lines are busy or in doubt' }, false, false],
    [{ phase: 'done, under observation until x', status: 'COMPLETED', grace_until: at(90), pager_status: 'accepted' }, false, false],
  ]) {
    const steps = offered(more);
    assert.deepEqual([steps.includes('repage'), steps.includes('retry'), steps.includes('reassign')], [repage, retry, true], more.phase);
    for (const kind of steps) assert.match(stepName(kind), /\w/);
  }
  assert.deepEqual(offered({ phase: 'closed', status: 'HARD_COMPLETE' }), ['reopen', 'note']);
  assert.deepEqual(stepsFor(null), []);
});
test('the board is sorted by need, the newest first within', () => {
  const rows = [['a', 'contractor dispatched · x', 1], ['b', 'calling x · 1 of 1', 2], ['c', 'nobody answered: act now', 3], ['d', 'calling y · 1 of 1', 9]].map(([eco_id, phase, s]) => view(eco({ eco_id, phase, created_at: at(s) })));
  assert.deepEqual(arrange(rows).map((one) => one.eco_id), ['c', 'd', 'b', 'a']);
  assert.deepEqual(arrange(rows, { which: 'alarm' }).map((one) => one.eco_id), ['c']);
  assert.deepEqual(arrange(rows, { text: 'DISPATCHED 530' }).map((one) => one.eco_id), ['a']);
  assert.deepEqual(arrange(rows, { ordering: 'oldest' }).map((one) => one.eco_id), ['a', 'b', 'c', 'd']);
});
test('news that comes while all orders are being read is kept; what was closed meanwhile goes', () => {
  const known = new Orders();
  known.put(eco({ eco_id: 'old' }));
  const mark = known.mark();
  known.put(eco({ eco_id: 'new' }));
  let rows = [];
  known.subscribe((all) => (rows = all));
  known.replaceOpen([], [], mark);
  assert.deepEqual(rows.map((one) => one.eco_id), ['new']);
});
test('older news does not overwrite newer', () => {
  const known = new Orders();
  let rows = [];
  known.subscribe((all) => (rows = all));
  known.put(eco({ phase: 'contractor dispatched · x', updated_at: at(5), version: 3 }));
  known.replaceOpen([eco({ updated_at: at(4), version: 2 })], [], known.mark());
  assert.equal(rows[0].word, 'coming');
});
test('ages and what is left', () => {
  assert.deepEqual([48e3, 3899e3, 90000e3, -5].map(age), ['00:48', '1 h 04', '1 d 1 h', '00:00']);
  assert.deepEqual([14e3, 200e3, 19 * 3600e3, -1].map(left), ['14 s', '4 min', '19 h', '0 s']);
  assert.equal(spoken('E2-00524-2025'), 'ECO 524');
});
test('health: grave only when a human must act', () => {
  assert.deepEqual([health([{ check_name: 'workers', ok: false }]).grave, health([{ check_name: 'providers', ok: false }]).grave, health([{ check_name: 'clock', ok: true }]).ok], [true, false, true]);
});

const calls = [
  { page: 1, contact_no: 1, contact_name: 'J. Reyes', begun_at: at(1), ringing_at: at(3), answered_at: null, ended_at: at(33), result: 'no answer' },
  { page: 1, contact_no: 2, contact_name: 'A. Ortiz', begun_at: at(33), ringing_at: at(36), answered_at: at(45), ended_at: at(62), result: 'pressed 1' },
];
const timeline = [{ source: 'order', at: at(0), summary: 'order created' }, { source: 'order', at: at(1), summary: "task made in Fibre Co's work system" }];
test('the strip tells who spent the time, without gaps, until acceptance', () => {
  const { segments, accepted } = segmentsOf(view(eco()), timeline, calls, Date.parse(at(500)));
  assert.deepEqual(segments.map((one) => one.who), ['provider', 'provider', 'person', 'provider', 'person', 'person']);
  assert.equal(accepted, Date.parse(at(62)));
  segments.slice(1).forEach((one, i) => assert.equal(one.from, segments[i].to));
});
test('the strip at an earlier moment knows nothing of later ones', () => {
  const { segments, accepted } = segmentsOf(view(eco()), timeline, calls, Date.parse(at(20)));
  assert.equal(accepted, null);
  assert.equal(segments.at(-1).to, Date.parse(at(20)));
  assert.equal(segments.some((one) => one.label.includes('Ortiz') || one.label.includes('no answer')), false);
});
test('percentiles by contractor and type', () => {
  assert.deepEqual([percentile([], 0.5), percentile([1], 0.9), percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)], [null, 1, 2, 9]);
  const groups = groupsOf([{ osp_tenant: 'a', job_type: 'CMR', seconds_to_acceptance: 4 }, { osp_tenant: 'a', job_type: 'CMR', seconds_to_acceptance: null }], (code) => code);
  assert.deepEqual(groups.map((one) => [one.osp, one.count, one.accepted, one.p50]), [['All', 2, 1, 4], ['a', 2, 1, 4]]);
});
test('CSV: quotes, and no formulas', () => {
  assert.equal(csv([{ a: 'x,"y"', b: '=1+1', c: -5, d: null, e: { f: 1 } }], ['a', 'b', 'c', 'd', 'e']), 'a,b,c,d,e\r\n"x,""y""",\'=1+1,-5,,"{""f"":1}"\r\n');
});
process.exit(failed > 0 ? 1 : 0);
