// One order: verdict, strip, tasks, replay, record; and that a stranger sees nothing of it.
'use strict';
const assert = require('assert/strict');
const fs = require('fs');
const { test, until } = require('../e2e/harness');
const { sql } = require('../e2e/server');
const { visit, done, words, saysNothingInternal, isAccessible, picture } = require('./browser');
const { contractor, order, phase, mock } = require('./orders');


const task = (made, id, more) => mock().control('task', { subsector: made.subsector, project_task_id: id, ...more });
const firstTask = async (made) => {
  const eco = await mock().eco(made.subsector);
  const [one] = eco.tasks;
  return one.projectTaskId || one.project_task_id || one.id;
};

module.exports = ({ url }) => {
  test('field work shows in the words of the display, from assigned to observation with its fuse', async () => {
    const at = await contractor();
    const made = await order(at, 'Splice closure leaking');
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}` });
    await page.getByText('Somebody is coming').waitFor();
    const id = await firstTask(made);
    const said = (words) => page.locator('.somebody', { hasText: words }).waitFor();
    await task(made, id, { status: 'allocated', assignee: 'D. Mwangi' });
    await said('assigned: 0 of 1 tasks complete');
    await task(made, id, { status: 'released', assignee: 'D. Mwangi' });
    await said('in progress: 0 of 1 tasks complete');
    await page.locator('.tasks', { hasText: 'D. Mwangi' }).waitFor();
    await task(made, id, { status: 'jeopardy' });
    await said('blocked: 0 of 1 tasks complete');
    await saysNothingInternal(page);
    await task(made, id, { status: 'completed' });
    await said('done, under observation until');
    await page.locator('.fuse').waitFor();
    await task(made, id, { clone: true });
    await said('back in progress: new work found');
    await page.locator('.tasks', { hasText: '#2 (clone of #1)' }).waitFor();
    for (const line of ['task #1 is now: Assigned', 'task #1 is now: Blocked', 'task #1 is now: Complete', 'new work found: task #2 (clone of #1): Pending']) await page.locator('.history li', { hasText: line }).waitFor();
    await saysNothingInternal(page);
    await isAccessible(page);
    await done(page);
  });

  test('replay: any moment shows that moment, marked as not now; back to now is one press', async () => {
    const at = await contractor();
    const made = await order(at, 'Replayed', { scenario: 'second-accepts' });
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}`, width: 1440, height: 1000 });
    await page.locator('.somebody', { hasText: 'contractor dispatched · A. Ortiz' }).waitFor();
    await until('the calls', async () => (await page.locator('.segment.person').count()) >= 2);
    await picture(page, 'order-light');
    const slider = page.getByLabel('Replay: drag to any moment');
    await slider.fill('20');
    await page.locator('.banner', { hasText: 'not now' }).waitFor();
    await page.locator('.somebody', { hasText: /sending to Splicers|page sent/ }).waitFor();
    assert.equal((await page.locator('.history li').count()) >= 1, true);
    assert.doesNotMatch(await page.locator('.history').textContent(), /pressed/);
    assert.equal(await page.locator('.sheet > .steps button').count(), 0, 'no step is offered on the past');
    await saysNothingInternal(page);
    await isAccessible(page);
    // with the keyboard
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await slider.getAttribute('aria-valuetext'), /\d\d:\d\d:\d\d: /);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.locator('.somebody', { hasText: 'contractor dispatched · A. Ortiz' }).waitFor();
    assert.equal(await page.locator('.banner').isVisible(), false);
    await done(page);
  });

  test('the strip as a table says who spent the time; who was called, with ring and result', async () => {
    const at = await contractor();
    const made = await order(at, 'Strip', { scenario: 'second-accepts' });
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}`, scheme: 'dark', width: 360 });
    await page.locator('.somebody', { hasText: 'contractor dispatched' }).waitFor();
    const segments = async () => (await page.locator('.strip .segment').allTextContents()).map((one) => one.replace(/\s+/g, ' ').trim());
    for (const what of [/^work system [\d.]+ s$/, /^J\. Reyes rings [\d.]+ s · pressed 2$/, /^A\. Ortiz rings [\d.]+ s · pressed 1$/]) {
      await until(async () => `${what} in ${(await segments()).join(' / ')}`, async () => (await segments()).some((one) => what.test(one)));
    }
    await page.getByText('The same as a table').click();
    const table = page.getByRole('region', { name: 'Calls' });
    for (const text of ['the work system makes the task', "J. Reyes's telephone rings", "A. Ortiz's telephone rings"]) await table.getByText(text).first().waitFor();
    const called = await page.getByRole('region', { name: 'Who was called' }).textContent();
    assert.match(called, /J\. Reyes[\s\S]*pressed 2[\s\S]*A\. Ortiz[\s\S]*pressed 1/);
    await page.getByText(/s to acceptance$/).waitFor();
    await isAccessible(page);
    await saysNothingInternal(page);
    await picture(page, 'order-dark-360');
    await done(page);
  });

  test('the record: checked, as JSON, as CSV; without anything internal', async () => {
    const at = await contractor();
    const made = await order(at, '=cmd|formula');
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}` });
    await page.locator('.somebody', { hasText: 'contractor dispatched' }).waitFor();
    await page.getByRole('button', { name: 'Check the record' }).click();
    await page.getByText(/record intact ✓ \(chain checked to event \d+\)/).waitFor();
    const file = async (name) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
      return [download.suggestedFilename(), fs.readFileSync(await download.path(), 'utf8')];
    };
    const [jsonName, json] = await file('JSON');
    assert.equal(jsonName, `ECO-${made.job_id}.json`);
    const record = JSON.parse(json);
    assert.equal(record.order.eco_id, made.eco_id);
    assert.equal(record.calls[0].result, 'pressed 1');
    assert.doesNotMatch(json, /render_status|TASKED|\+1512/);
    const [, csv] = await file('CSV');
    assert.match(csv, /^at,source,actor,summary\r\n/);
    assert.match(csv, /J\. Reyes pressed 1: accepted/);
    await done(page);
  });

  test('the record on paper: everything that happened, nothing to press, black on white', async () => {
    const at = await contractor();
    const made = await order(at, 'On paper', { scenario: 'second-accepts' });
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}`, scheme: 'dark' });
    await page.locator('.somebody', { hasText: 'contractor dispatched' }).waitFor();
    await page.locator('.history li', { hasText: 'A. Ortiz pressed 1: accepted' }).waitFor();
    await page.evaluate(() => (window.print = () => (window.printed = true)));
    await page.getByRole('button', { name: 'Print' }).click();
    assert.equal(await page.evaluate(() => window.printed), true);
    assert.equal(await page.locator('.paper').isVisible(), false);
    await page.emulateMedia({ media: 'print' });
    assert.match(await page.locator('.paper').textContent(), new RegExp(`^ECO-${made.job_id}, created \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d; printed \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d for kim\\.larsen\\. All times: \\S+\\.$`));
    for (const what of ['.sheet h1', '.somebody', '.facts', '.people', '.paper', '.history', '.tasks', '.strip']) assert.equal(await page.locator(what).first().isVisible(), true, what);
    assert.equal(await page.getByRole('region', { name: 'Calls' }).getByText("A. Ortiz's telephone rings").first().isVisible(), true, 'the table is open');
    assert.equal(await page.locator('button:visible, input:visible, nav:visible, .map:visible').count(), 0);
    const [ground, ink] = await page.evaluate(() => [document.documentElement, document.querySelector('.history li')].map((one, i) => getComputedStyle(one)[i ? 'color' : 'backgroundColor']));
    assert.deepEqual([ground, ink], ['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    await saysNothingInternal(page);
    await done(page);
  });

  test('notes, cancel with its reason, reopen: each in the history with who did it', async () => {
    const at = await contractor();
    const made = await order(at, 'Steps');
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}` });
    await page.locator('.somebody', { hasText: 'contractor dispatched' }).waitFor();
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Note…' }).click();
    assert.equal(await dialog.getByRole('button', { name: 'Keep the note' }).isDisabled(), true, 'an empty note is none');
    await dialog.getByLabel('Reason').fill('Police is there');
    await dialog.getByRole('button', { name: 'Keep the note' }).click();
    await page.locator('.history li', { hasText: 'Police is there' }).getByText('kim.larsen').waitFor();
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await dialog.getByLabel('Reason').fill('false alarm by a test');
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await page.locator('.somebody', { hasText: 'canceled: false alarm by a test' }).waitFor();
    await page.getByRole('button', { name: 'Reopen…' }).click();
    await dialog.getByRole('button', { name: 'Reopen' }).click();
    await page.locator('.history li', { hasText: 'reopened' }).waitFor();
    await saysNothingInternal(page);
    await done(page);
  });

  test('a step that the server refuses says why, and keeps the reason', async () => {
    const at = await contractor();
    const made = await order(at, 'Refused step');
    await phase(made, /dispatched/);
    const page = await visit(url, { at: `/eco/${made.eco_id}` });
    await page.locator('.somebody', { hasText: 'contractor dispatched' }).waitFor();
    await page.getByRole('button', { name: 'Page again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Too late');
    // somebody else was faster
    await sql("SELECT strike.strike_cancel_eco($1, 'false alarm')", made.eco_id);
    await dialog.getByRole('button', { name: 'Page again' }).click();
    await dialog.getByText('The order is canceled. Only an open order can be paged or taken over.').waitFor();
    assert.equal(await dialog.getByLabel('Reason').inputValue(), 'Too late');
    await saysNothingInternal(page);
    await page.keyboard.press('Escape');
    await done(page);
  });

  test("another NOC sees nothing of it: not on its board, not by its address, not live", async () => {
    const at = await contractor();
    const page = await visit(url, { user: 'west' });
    await page.waitForSelector('.frame.live');
    const made = await order(at, 'Secret of the east');
    const own = await order(at, 'Seen in the west', { noc: 'noc-west' });
    await page.locator(`#row-${own.eco_id}`).waitFor();
    await phase(made, /dispatched/);
    assert.doesNotMatch(await words(page), /Secret of the east|noc-east/);
    const heard = [];
    page.on('websocket', (socket) => socket.on('framereceived', (frame) => heard.push(String(frame.payload))));
    await page.goto(`${url}/#/eco/${made.eco_id}`);
    await page.getByText('There is no such order among yours.').waitFor();
    assert.doesNotMatch(await words(page), /Secret of the east/);
    assert.equal(heard.some((one) => one.includes('Secret')), false);
    await done(page);
  });

  test('markup in a description is text', async () => {
    const at = await contractor();
    const text = '<img src=x onerror="document.title=1"><b>bold</b>';
    const made = await order(at, text);
    const page = await visit(url, { at: `/eco/${made.eco_id}` });
    await page.locator('h1', { hasText: text }).waitFor();
    assert.equal(await page.locator('h1 b, h1 img').count(), 0);
    await page.goto(`${url}/#/`);
    await page.locator(`#row-${made.eco_id}`, { hasText: text }).waitFor();
    assert.equal(await page.locator('.order img').count(), 0);
    await done(page);
  });
};
