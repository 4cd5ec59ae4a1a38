// The board: each scenario's visible ending, alarms until somebody has seen them, ages, order.
'use strict';
const assert = require('assert/strict');
const { test, until } = require('../e2e/harness');
const { sql } = require('../e2e/server');
const { visit, done, saysNothingInternal, isAccessible, picture, USERS } = require('./browser');
const { contractor, order, phase, mock } = require('./orders');


const ENDINGS = [
  ['happy-path', /coming.*contractor dispatched · J\. Reyes, \d\d:\d\d after creation/],
  ['second-accepts', /coming.*contractor dispatched · A\. Ortiz, \d\d:\d\d after creation/],
  ['slow-render', /coming.*contractor dispatched · J\. Reyes, \d\d:\d\d after creation/],
  ['pager-declined', /ACT NOW.*nobody answered: act now/],
  ['pager-exhausted', /ACT NOW.*nobody answered: act now/],
  ['pager-timeout', /ACT NOW.*nobody answered: act now/],
  ['render-fails', /ACT NOW.*can't reach Splicers \d+'s work system: act now/],
];
const row = (page, made) => page.locator(`#row-${made.eco_id}`);
const text = async (page, made) => (await row(page, made).textContent()).replace(/\s+/g, ' ');

module.exports = ({ url }) => {
  test("every scenario's ending is seen live, in the words people read; what needs a human stands first", async () => {
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    const made = [];
    for (const [scenario] of ENDINGS) made.push(await order(await contractor(), `Scenario ${scenario}`, { scenario }));
    await Promise.all(ENDINGS.map(([scenario, ending], i) => until(`${scenario} to end as ${ending}`, async () => (await row(page, made[i]).count()) > 0 && ending.test(await text(page, made[i])))));
    const needs = await page.locator('.order .chip').allTextContents();
    const firstOther = needs.findIndex((one) => one !== 'ACT NOW');
    assert.equal(needs.slice(firstOther).includes('ACT NOW'), false, 'alarms come first');
    assert.match(await page.locator('h1').textContent(), /need(s)? you now/);
    await saysNothingInternal(page);
    await isAccessible(page);
    await picture(page, 'board-light');
    // "try the work system again" where it can't be reached, and only there
    assert.equal(await row(page, made[6]).getByRole('button', { name: 'Try the work system again' }).count(), 1);
    assert.equal(await row(page, made[4]).getByRole('button', { name: 'Try the work system again' }).count(), 0);
    for (const name of ['Page again', 'Other contractor…', "I'll handle it"]) assert.equal(await row(page, made[6]).getByRole('button', { name }).count(), 1, name);
    await done(page);
  });

  test('who is being called shows live, with the deadline as a shrinking bar', async () => {
    const at = await contractor({ slow: true });
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'Long ringing', { scenario: 'pager-timeout' });
    await row(page, made).getByText('calling J. Reyes · 1 of 3').waitFor();
    // NaN: no bar
    const share = async () => (await row(page, made).locator('.bar .fill').evaluateAll((all) => all.map((one) => new DOMMatrix(one.style.transform).a)))[0] ?? NaN;
    const first = await until('a bar', share);
    assert.ok(first > 0 && first <= 1, `the bar's share ${first}`);
    await until('the bar to shrink', async () => !((await share()) >= first));
    await row(page, made).getByText('calling A. Ortiz · 2 of 3').waitFor();
    await saysNothingInternal(page);
    await done(page);
  });

  test('a row that changes moves nothing on the page; with reduced motion nothing flashes; the focus is seen', async () => {
    await sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-still', 'NOC Still', 'NOC', 'SL') ON CONFLICT DO NOTHING");
    USERS.still = ['strike_operator', 'kim.larsen', 'noc-still'];
    const at = await contractor({ slow: true });
    const made = await order(at, 'Stands still', { scenario: 'pager-timeout', noc: 'noc-still' });
    const page = await visit(url, { user: 'still', reducedMotion: 'reduce' });
    await row(page, made).getByText('calling J. Reyes · 1 of 3').waitFor();
    await row(page, made).locator('.bar').waitFor();
    await page.waitForSelector('.leaflet-container path.region', { state: 'attached' });
    await page.evaluate(() => {
      window.shifts = [];
      window.observer = new PerformanceObserver((list) => list.getEntries().forEach((one) => window.shifts.push(one.value)));
      window.observer.observe({ type: 'layout-shift' });
      window.moved = 0;
      document.addEventListener('animationstart', () => window.moved++, true);
      const { animate } = Element.prototype;
      Element.prototype.animate = function (...rest) {
        window.moved++;
        return animate.apply(this, rest);
      };
    });
    await at.mock.control('call', { subsector: made.subsector, action: '2' });
    await row(page, made).getByText('calling A. Ortiz · 2 of 3').waitFor();
    const seen = await page.evaluate(() => [window.observer.takeRecords().map((one) => one.value).concat(window.shifts), window.moved]);
    assert.deepEqual(seen, [[], 0]);
    // the keyboard's way through the page: what it stands on has a ring
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      const ring = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)];
      });
      assert.ok(ring[0] === 'BODY' || (ring[1] !== 'none' && ring[2] >= 2), `${ring}`);
    }
    await done(page);
  });

  test('an alarm: a sound once, the title until it is acknowledged, the words read out; then silent but not gone', async () => {
    const at = await contractor();
    // a NOC of its own, so that no other test's alarm is heard
    await sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-alarm', 'NOC Alarm', 'NOC', 'AL') ON CONFLICT DO NOTHING");
    const page = await visit(url, { user: 'alarm' });
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'Pole hit, 12 fibres', { scenario: 'pager-exhausted', noc: 'noc-alarm' });
    const buttons = row(page, made).getByRole('button');
    await buttons.first().waitFor();
    assert.equal(await page.title(), '▲ 1 ACT NOW · Strike');
    assert.match(await page.locator('[role=alert].unseen').textContent(), /^Act now: ECO \d+, Pole hit, 12 fibres: nobody answered: act now$/);
    const sounds = () => page.evaluate(async () => (await import('/js/alarm.js')).soundsMade());
    assert.equal(await sounds(), 1);
    await row(page, made).getByRole('button', { name: 'I have seen it' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByLabel('Reason').inputValue(), 'Seen, acting on it');
    await isAccessible(page);
    await dialog.getByRole('button', { name: 'Silence the alarm' }).click();
    await page.waitForFunction(() => document.title === 'Strike');
    assert.match(await text(page, made), /ACT NOW.*nobody answered: act now/, 'it stays until somebody acts');
    assert.equal(await sounds(), 1);
    // and acting: the list is called again, and now somebody accepts
    await mock().control('scenario', { scenario: 'happy-path', subsector: made.subsector });
    await row(page, made).getByRole('button', { name: 'Page again' }).click();
    await dialog.getByLabel('Reason').fill('Now by the second shift');
    await page.keyboard.press('Control+Enter');
    await until('somebody to come', async () => /contractor dispatched · J\. Reyes/.test(await text(page, made)));
    assert.equal(await buttons.count(), 0);
    await saysNothingInternal(page);
    await done(page);
  });

  test('the work system is tried again, and then somebody comes', async () => {
    const at = await contractor();
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'Work system down', { scenario: 'render-fails' });
    await row(page, made).getByRole('button', { name: 'Try the work system again' }).waitFor();
    await mock().control('scenario', { scenario: 'happy-path', subsector: made.subsector });
    await row(page, made).getByRole('button', { name: 'Try the work system again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).dblclick({ noWaitAfter: true });
    await until('somebody to come', async () => /contractor dispatched/.test(await text(page, made)));
    await done(page);
  });

  test("“I'll handle it” ends the calls and shows who handles it", async () => {
    const at = await contractor();
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'Taken over', { scenario: 'pager-exhausted' });
    await row(page, made).getByRole('button', { name: "I'll handle it" }).click();
    await page.getByRole('dialog').getByRole('button', { name: "I'll handle it" }).click();
    await row(page, made).getByText('handled by kim.larsen').waitFor();
    await done(page);
  });

  test('another contractor: the order is canceled and made anew for him, linked both ways', async () => {
    const [at, far] = [await contractor(), await contractor({ name: 'Far Lines' })];
    const other = await contractor({ name: 'Other Lines', people: ['S. Adeyemi'], over: at });
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'Reassigned', { scenario: 'pager-exhausted' });
    await row(page, made).getByRole('button', { name: 'Other contractor' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('will call: S. Adeyemi; all reachable').waitFor();
    assert.equal(await dialog.getByLabel('Contractor').inputValue(), other.osp, 'the one that covers the place too is filled in');
    await dialog.getByLabel('Contractor').selectOption(far.osp);
    await dialog.getByText('NOBODY will be called: no pager region covers this location').waitFor();
    await dialog.getByLabel('Contractor').selectOption(other.osp);
    await dialog.getByText('will call: S. Adeyemi; all reachable').waitFor();
    await dialog.getByRole('button', { name: 'Give it to this contractor' }).click();
    await page.getByText('→ Other Lines').waitFor();
    assert.notEqual(new URL(page.url()).hash, `#/eco/${made.eco_id}`);
    await page.locator('.somebody', { hasText: 'contractor dispatched · S. Adeyemi' }).waitFor();
    await phase(made, /^canceled/);
    await saysNothingInternal(page);
    await done(page);
  });

  test('ages tick without a request; a row that nothing happened to is the same element after sixty new orders', async () => {
    await sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-storm', 'NOC Storm', 'NOC', 'ST') ON CONFLICT DO NOTHING");
    const at = await contractor();
    const quiet = await order(at, 'The quiet one', { noc: 'noc-storm', scenario: 'slow-render' });
    await phase(quiet, /dispatched/);
    const page = await visit(url, { user: 'storm' });
    await row(page, quiet).getByText('contractor dispatched').waitFor();
    let asked = 0;
    page.on('request', (request) => (asked += /noc_ecos/.test(request.url()) ? 1 : 0));
    const age = () => row(page, quiet).locator('.age').textContent();
    const before = await age();
    await until('the age to tick', async () => (await age()) !== before);
    assert.equal(asked, 0);
    await page.evaluate((id) => {
      document.getElementById(`row-${id}`).isTheSame = true;
      window.longest = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.longest = Math.max(window.longest, one.duration)))).observe({ type: 'longtask' });
    }, quiet.eco_id);
    const many = await contractor();
    for (let i = 0; i < 60; i++) await order(many, `Storm ${i}`, { noc: 'noc-storm' });
    await page.locator('.order').nth(60).waitFor();
    assert.equal(await page.evaluate((id) => document.getElementById(`row-${id}`).isTheSame, quiet.eco_id), true);
    await page.getByLabel('Find').fill('quiet');
    await page.waitForFunction(() => document.querySelectorAll('.order').length === 1);
    console.log(`# the longest task in the page while sixty orders came: ${Math.round(await page.evaluate(() => window.longest))} ms`);
    await done(page);
  });

  test('filter and sort', async () => {
    await sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-sort', 'NOC Sort', 'NOC', 'SO') ON CONFLICT DO NOTHING");
    const at = await contractor();
    const made = [];
    for (const [name, scenario] of [['Alpha', 'happy-path'], ['Beta', 'pager-exhausted'], ['Gamma', 'happy-path']]) {
      made.push(await order(name === 'Beta' ? await contractor() : at, name, { scenario, noc: 'noc-sort' }));
      await phase(made.at(-1), /dispatched|nobody/);
    }
    await sql("SELECT strike.strike_cancel_eco($1, 'duplicate')", made[2].eco_id);
    const page = await visit(url, { user: 'sort' });
    const shown = () => page.locator('.order .words').allTextContents();
    const become = (expected) => until(async () => `rows ${expected}, not ${await shown()}`, async () => JSON.stringify(await shown()) === JSON.stringify(expected));
    await become(['Beta', 'Alpha']);
    await page.locator('select').nth(0).selectOption('all');
    await become(['Beta', 'Alpha', 'Gamma']);
    await page.getByLabel('Sorted by').selectOption('oldest');
    await become(['Alpha', 'Beta', 'Gamma']);
    await page.getByLabel('Sorted by').selectOption('newest');
    await become(['Gamma', 'Beta', 'Alpha']);
    await page.locator('select').nth(0).selectOption('alarm');
    await become(['Beta']);
    await page.locator('select').nth(0).selectOption('all');
    await page.getByLabel('Find').fill('duplicate');
    await become(['Gamma']);
    await done(page);
  });
};
