// A connection that is lost: seen at once, never shown as live, healed without a hand; nothing that
// happened meanwhile is missing.
'use strict';
const assert = require('assert/strict');
const { test, until } = require('../e2e/harness');
const { sql, reload } = require('../e2e/server');
const { visit, done, words, saysNothingInternal, isAccessible, picture } = require('./browser');
const { contractor, order, phase } = require('./orders');
const { gateway, rest } = require('./services');


const noc = () => sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-loss', 'NOC Loss', 'NOC', 'LO') ON CONFLICT DO NOTHING");
const bar = (page) => page.locator('.top .live').innerText();
const lost = (page) => page.locator('.top').getByText(/CONNECTION LOST · as of \d\d:\d\d:\d\d/).waitFor();
const age = (page, made) => page.locator(`#row-${made.eco_id} .age`).textContent();

module.exports = ({ url, group }) => {
  group('lost: the gateway');
  test('without the gateway the page says so, and is whole again after its return', async () => {
    await noc();
    const at = await contractor();
    const first = await order(at, 'Before the loss', { noc: 'noc-loss' });
    await phase(first, /dispatched/);
    const page = await visit(url, { user: 'loss' });
    await page.locator(`#row-${first.eco_id}`).waitFor();
    await page.waitForSelector('.frame.live');
    const { port } = gateway;
    await gateway.stop();
    await lost(page);
    assert.doesNotMatch(await bar(page), /● live/);
    await page.locator('.unseen', { hasText: 'Connection lost. What you see is not live.' }).waitFor({ state: 'attached' });
    await isAccessible(page);
    await picture(page, 'lost-light');
    await sql("SELECT strike.strike_cancel_eco($1, 'while lost')", first.eco_id);
    const missed = await order(at, 'While it was lost', { noc: 'noc-loss' });
    await gateway.start(port);
    await page.waitForSelector('.frame.live');
    await page.locator(`#row-${missed.eco_id}`, { hasText: 'coming' }).waitFor();
    assert.equal(await page.locator(`#row-${first.eco_id}`).count(), 0, 'what was closed meanwhile is gone');
    assert.equal((await page.locator('.order').allTextContents()).length, 1, 'nothing twice');
    // and it lives: the next change comes by itself
    await sql("SELECT strike.strike_cancel_eco($1, 'after the loss')", missed.eco_id);
    await until('the row to go', async () => (await page.locator(`#row-${missed.eco_id}`).count()) === 0);
    await saysNothingInternal(page);
    await done(page);
  });

  group('lost: everything');
  test('with nothing reachable the clock stands still at what is known; the wall says so too; then both heal', async () => {
    await noc();
    const at = await contractor();
    const made = await order(at, 'Standing still', { noc: 'noc-loss' });
    await phase(made, /dispatched/);
    const page = await visit(url, { user: 'loss' });
    await page.locator(`#row-${made.eco_id}`).waitFor();
    const wall = await visit(url, { user: 'loss', path: '/wall' });
    await wall.locator('main.live').waitFor();
    const { port } = gateway;
    await Promise.all([gateway.stop(), rest.stop()]);
    await lost(page);
    await wall.locator('main.lost').waitFor();
    assert.match(await wall.locator('#as-of').textContent(), /CONNECTION LOST · as of \d\d:\d\d:\d\d/);
    const stands = await age(page, made);
    const asOf = await bar(page);
    for (let i = 0; i < 25; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(await age(page, made), stands, 'an age went on though nothing is known');
    }
    assert.equal(await bar(page), asOf);
    await rest.start(rest.port);
    await gateway.start(port);
    await page.waitForSelector('.frame.live');
    await wall.locator('main.live').waitFor();
    await until('the age to go on', async () => (await age(page, made)) !== stands);
    await done(page);
    await done(wall);
  });

  group('lost: the interface');
  test('a page opened while nothing answers says so, keeps trying, and gets there', async () => {
    await noc();
    const at = await contractor();
    const made = await order(at, 'Opened in the dark', { noc: 'noc-loss' });
    await rest.stop();
    const page = await visit(url, { user: 'loss' });
    await page.locator('.top').getByText('CONNECTION LOST').waitFor();
    assert.match(await bar(page), /never/);
    assert.doesNotMatch(await words(page), /No open orders/, 'an empty board would be a lie');
    await rest.start(rest.port);
    await page.waitForSelector('.frame.live');
    await page.locator(`#row-${made.eco_id}`).waitFor();
    await done(page);
  });

  group('lost: silence');
  test('a socket that is open but silent is lost too; rows are asked for meanwhile, and are not called live', async () => {
    await noc();
    const at = await contractor();
    const page = await visit(url, { user: 'loss' });
    await page.waitForSelector('.frame.live');
    gateway.process.kill('SIGSTOP');
    try {
      await lost(page);
      const before = await bar(page);
      await until('as of to move', async () => (await bar(page)) !== before);
      assert.match(await bar(page), /CONNECTION LOST/);
    } finally {
      gateway.process.kill('SIGCONT');
    }
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'After the silence', { noc: 'noc-loss' });
    await page.locator(`#row-${made.eco_id}`, { hasText: 'coming' }).waitFor();
    await done(page);
  });

  group('an alarm without an event');
  test('an order that comes to need a human without an event is found', async () => {
    await noc();
    const at = await contractor();
    const page = await visit(url, { user: 'loss' });
    const made = await order(at, 'Stuck delivery', { noc: 'noc-loss' });
    await page.locator(`#row-${made.eco_id}`, { hasText: 'coming' }).waitFor();
    await phase(made, /dispatched/);
    // nothing else happens to it from here on
    await until('the first look at its task', async () => (await sql("SELECT FROM strike.events WHERE stream_id = $1 AND event_type = 'TasksObservedEvent'", made.eco_id)).length > 0);
    await until('it to be delivered', async () => (await sql('SELECT FROM strike.outbox WHERE stream_id = $1', made.eco_id)).length === 0);
    const say = (reason) => sql('UPDATE strike.eco_views SET needs_attention = $2::text IS NOT NULL, attention_reason = $2 WHERE eco_id = $1', made.eco_id, reason);
    await say('Strike is stuck with this order: tell its administrator');
    await page.locator(`#row-${made.eco_id}.role-alarm`).waitFor();
    await saysNothingInternal(page);
    await say(null);
    await page.locator(`#row-${made.eco_id}:not(.role-alarm)`).waitFor();
    await done(page);
  });

  group('Strike itself');
  test('when Strike stands still the page and the wall say so', async () => {
    await noc();
    const page = await visit(url, { user: 'loss' });
    const wall = await visit(url, { user: 'loss', path: '/wall' });
    await page.waitForSelector('.frame.live');
    await reload({ 'strike.enabled': 'off' });
    await page.locator('.health.grave', { hasText: 'Strike is NOT well: calls are switched off here' }).waitFor();
    await wall.locator('#health.red', { hasText: 'NOT WELL' }).waitFor();
    await saysNothingInternal(page);
    await saysNothingInternal(wall);
    await isAccessible(page);
    await reload({ 'strike.enabled': 'on' });
    await wall.locator('#health:not(.red)').waitFor();
    await done(page);
    await done(wall);
  });
};
