// The dashboard in headless Chromium, as a tester has it before him.  Screenshots are left in
// test/mock/output, to be looked at.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { spawn } = require('child_process');
const { once } = require('events');
const { chromium } = require('playwright-core');
const { test, until, Mock, Receiver, ACCOUNT, TOKEN } = require('./harness');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const OUTPUT = path.join(__dirname, 'output');
const PROGRAM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) => fs.existsSync(one));

module.exports = (_mock, _receiver, binary) => {
  let browser;
  let mock;
  let receiver;
  let n = 0;

  async function visit({ width = 1400, height = 900, scheme = 'light', hash = '', permissions = [] } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, permissions });
    const page = await context.newPage();
    page.setDefaultTimeout(30000);
    page.troubles = [];
    page.on('pageerror', (error) => page.troubles.push(String(error)));
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && page.troubles.push(message.text()));
    page.on('request', (request) => request.url().startsWith(mock.url) || page.troubles.push(`fetches ${request.url()}`));
    await page.goto(`${mock.url}/dashboard${hash}`);
    await page.getByText('● live').waitFor();
    return page;
  }
  const leave = async (page) => {
    assert.deepStrictEqual(page.troubles, []);
    await page.context().close();
  };
  // An ECO with a task, in a scenario; time stands still.
  async function eco(scenario = 'pager-timeout') {
    const subsector = `ECO-D${++n}-00${520 + n}-2026`;
    await mock.control('scenario', { scenario, subsector });
    const posted = mock.postTask(subsector);
    await until('the task is there', async () => ((await mock.status(subsector)) || { tasks: [] }).tasks.length === 1);
    await mock.control('advance', { seconds: 11 });
    await posted;
    return subsector;
  }
  async function ringing(subsector, to) {
    const made = await mock.execution(to, { attempt_id: `${subsector}-1`, subsector, message: 'NOC: ECO 524 - Fiber cut on Main St', callback_url: receiver.studio(`${subsector}-1`) });
    await mock.control('advance', { seconds: 0.2 });
    await until('it rings', async () => (await mock.status(subsector)).calls.some((call) => call.status === 'ringing'));
    return made.json.sid;
  }
  const lane = (page, subsector) => page.getByRole('article', { name: subsector });
  const task = async (subsector, i = 0) => (await mock.status(subsector)).tasks[i];

  test('the browser and a mock of its own are there', async () => {
    assert(PROGRAM, 'no Chromium: apt-get install chromium');
    fs.mkdirSync(OUTPUT, { recursive: true });
    browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
    mock = await Mock.start(binary, '--speed', '0.01');
    receiver = await Receiver.start();
  });

  test('a telephone rings in its lane; the tester presses 1, and the order is accepted', async () => {
    const subsector = await eco();
    const page = await visit();
    const sid = await ringing(subsector, '+15125550901');
    const phone = lane(page, subsector).getByRole('group', { name: 'telephone +15125550901, rings' });
    await phone.waitFor();
    await phone.getByRole('button', { name: /^answer/ }).click();
    const talking = lane(page, subsector).getByRole('group', { name: 'telephone +15125550901, talking' });
    await talking.getByText('NOC: ECO 524 - Fiber cut on Main St').waitFor();
    await talking.getByRole('button', { name: /^press 1/ }).click();
    await mock.ended(sid);
    await lane(page, subsector).getByRole('listitem').getByText('✓ accepted').waitFor();
    await lane(page, subsector).locator('.badge', { hasText: '✓ accepted' }).waitFor();
    assert.deepStrictEqual(receiver.events(`${subsector}-1`), ['CALLING', 'ACCEPTED']);
    await leave(page);
  });

  test('2 declines; voicemail is voicemail; a call can be left to ring out', async () => {
    const page = await visit();
    for (const [name, words, event] of [[/^press 2/, '✗ declined', 'DECLINED'], [/^send to voicemail/, '✗ voicemail', 'FAILED'], [/^hang up/, '✗ no-answer', 'FAILED'], [/^busy/, '✗ busy', 'FAILED']]) {
      const subsector = await eco();
      const sid = await ringing(subsector, '+15125550902');
      await lane(page, subsector).getByRole('button', { name }).click();
      if (words === '✗ voicemail') {
        await until('it is answered', async () => (await mock.status(subsector)).calls[0].answered_by === 'machine');
        await mock.control('advance', { seconds: 60 });
      }
      await mock.ended(sid);
      await lane(page, subsector).getByText(words).waitFor();
      assert.deepStrictEqual(receiver.events(`${subsector}-1`), ['CALLING', event]);
    }
    await leave(page);
  });

  test('a task is dragged from column to column, and moved by the arrow keys and the chooser', async () => {
    const subsector = await eco();
    const page = await visit();
    const card = lane(page, subsector).locator('.task');
    const column = (name) => lane(page, subsector).locator('.column').filter({ has: page.getByRole('heading', { name, exact: true }) });
    await card.dragTo(column('allocated'), { sourcePosition: { x: 8, y: 8 } });
    await until('it is allocated', async () => (await task(subsector)).status === 'allocated');
    assert.strictEqual((await task(subsector)).assignee, 'R. Field');
    await column('allocated').locator('.task').focus();
    await page.keyboard.press('ArrowRight');
    await until('it is releasable', async () => (await task(subsector)).status === 'releasable');
    await column('releasable').locator('.task').waitFor();
    await page.keyboard.press('ArrowRight');
    await until('the focus went along: it is released', async () => (await task(subsector)).status === 'released');
    await card.locator('summary').click();
    await lane(page, subsector).getByRole('combobox', { name: /^status of task/ }).selectOption('jeopardy');
    await until('it is in jeopardy', async () => (await task(subsector)).status === 'jeopardy');
    await leave(page);
  });

  test("the technician's buttons: assign, release, complete, reopen, jeopardy, unblock, clone", async () => {
    const subsector = await eco();
    const page = await visit();
    const card = lane(page, subsector).locator('.task').first();
    const presses = async (name, status, by = 'click') => {
      const button = card.getByRole('button', { name: new RegExp(`^${name}`) });
      if (by === 'click') await button.click();
      else await button.press(by);
      await until(`${name} makes it ${status}`, async () => (await task(subsector)).status === status);
      await lane(page, subsector).locator('.column').filter({ has: page.getByRole('heading', { name: status, exact: true }) }).locator('.task').waitFor();
    };
    await presses('assign', 'allocated');
    assert.deepStrictEqual([(await task(subsector)).assignee, (await task(subsector)).crew], ['R. Field', 'crew 7']);
    await presses('release', 'released');
    await presses('jeopardy', 'jeopardy');
    assert.strictEqual(await card.getByRole('button', { name: /^jeopardy/ }).isDisabled(), true);
    await lane(page, subsector).getByText('! jeopardy').waitFor();
    await presses('unblock', 'released');
    // the focus stays on the button while its card moves from column to column
    await presses('complete', 'completed', 'Enter');
    await lane(page, subsector).getByText('✓ work complete').waitFor();
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^reopen task/);
    await page.keyboard.press('Enter');
    await until('reopened', async () => (await task(subsector)).status === 'released');
    await card.getByRole('button', { name: /^clone/ }).click();
    await until('there are two', async () => (await mock.status(subsector)).tasks.length === 2);
    await lane(page, subsector).getByText('clone of #').waitFor();
    await leave(page);
  });

  test('tasks are cloned, edited, unassigned, vanish, reappear and are deleted', async () => {
    const subsector = await eco();
    const page = await visit();
    await lane(page, subsector).getByRole('button', { name: /^clone task/ }).click();
    await until('there are two', async () => (await mock.status(subsector)).tasks.length === 2);
    const id = (await task(subsector, 1)).projectTaskId;
    const card = lane(page, subsector).locator(`[data-key="${id}"]`);
    await card.getByText('more').click();
    const fields = { Assignee: 'P. Line', Crew: 'crew 9', Type: 'Repair', Description: 'Splice closure 7' };
    for (const [name, text] of Object.entries(fields)) await card.getByLabel(name, { exact: true }).fill(text);
    // what is half typed survives the next looks at the mock, and a move to another column
    await mock.control('task', { subsector, project_task_id: id, status: 'released' });
    await lane(page, subsector).locator('.column').filter({ has: page.getByRole('heading', { name: 'released', exact: true }) }).locator(`[data-key="${id}"]`).waitFor();
    assert.strictEqual(await card.getByLabel('Crew', { exact: true }).inputValue(), 'crew 9');
    await card.getByRole('button', { name: /^save/ }).click();
    const edited = async () => {
      const { assignee, crew, taskType, description } = await task(subsector, 1);
      return JSON.stringify([assignee, crew, taskType, description]);
    };
    await until('it is edited', async () => (await edited()) === JSON.stringify(Object.values(fields)));
    await card.getByLabel('Assignee', { exact: true }).fill('');
    await card.getByRole('button', { name: /^save/ }).click();
    await until('nobody has it', async () => (await task(subsector, 1)).assignee === null);
    await card.getByRole('button', { name: /^(vanish|reappear) task/ }).click();
    await until('it vanished', async () => (await mock.tasks(subsector)).tasks.length === 1);
    await card.getByText('vanished').waitFor();
    await card.getByRole('button', { name: /^(vanish|reappear) task/ }).click();
    await until('it is back', async () => (await mock.tasks(subsector)).tasks.length === 2);
    await card.getByRole('button', { name: /^delete/ }).click();
    await until('it is gone', async () => (await mock.status(subsector)).tasks.length === 1);
    await leave(page);
  });

  test('the scenario of an ECO and of new ones, the speed and a jump in time', async () => {
    const subsector = await eco('happy-path');
    const page = await visit();
    await lane(page, subsector).getByRole('combobox', { name: `scenario of ${subsector}` }).selectOption('second-accepts');
    await until('it is chosen', async () => (await mock.status(subsector)).scenario === 'second-accepts');
    await page.getByLabel('New ECOs:').selectOption('pager-exhausted');
    await until('it is the default', async () => (await mock.status()).default_scenario === 'pager-exhausted');
    await page.getByLabel('New ECOs:').selectOption('happy-path');
    const { elapsed_s: before } = await mock.status();
    await page.getByRole('button', { name: '+1 h' }).click();
    await until('an hour has passed', async () => (await mock.status()).elapsed_s >= before + 3600);
    await page.getByRole('button', { name: '×10' }).click();
    await until('it is fast', async () => (await mock.status()).speed === 10);
    await page.locator('[data-speed="10"][aria-pressed="true"]').waitFor();
    await mock.control('speed', { speed: 0.01 });
    await leave(page);
  });

  test('every fault of the mock has its slider or number; sets are shown, and cleared one by one', async () => {
    const page = await visit();
    await page.locator('summary', { hasText: 'Trouble' }).click();
    const { kinds } = (await mock.get('/control/faults')).json;
    assert(kinds.length >= 20);
    for (const { name } of kinds) assert.strictEqual(await page.locator(`#sliders [name="${name}"]`).count(), 1, name);
    await page.locator('#faults [name=provider]').selectOption('twilio');
    await page.locator('[name=lose_callbacks]').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await page.locator('[name=clock_skew_s]').fill('-90');
    await page.locator('#seed').fill('7');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await until('they are set', async () => (await mock.status()).faults.length === 1);
    const { faults, seed } = await mock.status();
    assert.deepStrictEqual([faults, seed], [[{ provider: 'twilio', lose_callbacks: 0.2, clock_skew_s: -90 }], 7]);
    // the seed is sent where it was typed: without that the draws go on
    const faultsSteered = async () => (await mock.get('/control/steered')).json.steered.filter((one) => one.what === 'faults' && one.body.lose_callbacks);
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await until('it is sent again', async () => (await faultsSteered()).length === 2);
    assert.deepStrictEqual((await faultsSteered()).map((one) => one.body.seed), [7, undefined]);
    // the fields are the chosen scope's; what can't be hurt there is switched off
    await page.locator('#faults [name=provider]').selectOption('render');
    assert.strictEqual(await page.locator('[name=lose_callbacks]').isDisabled(), true);
    assert.strictEqual(await page.locator('[name=clock_skew_s]').inputValue(), '');
    await page.locator('#faults [name=provider]').selectOption('twilio');
    assert.deepStrictEqual([await page.locator('[name=lose_callbacks]').inputValue(), await page.locator('[name=clock_skew_s]').inputValue()], ['0.2', '-90']);
    await page.getByText('twilio: Lost callbacks 20 %, Clock skew, s -90').waitFor();
    await mock.control('faults', { latency_ms: 5 });
    await page.getByText('2 sets, seed 7').waitFor();
    await page.getByRole('button', { name: /^clear: both/ }).click();
    await until('one is left', async () => (await mock.status()).faults.length === 1);
    await page.getByRole('button', { name: /^clear: twilio/ }).click();
    await until('none is left', async () => (await mock.status()).faults.length === 0);
    await leave(page);
  });

  test('the journal is filtered by word, direction and ECO, and opens an entry', async () => {
    const [one, other] = [await eco(), await eco()];
    await mock.ended(await ringing(one, '+15125550903').then(async (sid) => {
      await mock.control('call', { subsector: one, action: '1' });
      return sid;
    }));
    const page = await visit();
    const rows = page.locator('#journal tr');
    await page.locator('#journal-eco').selectOption(one);
    await rows.filter({ hasText: '/twilio/studio/' }).first().waitFor();
    assert.strictEqual(await rows.filter({ hasText: other }).count(), 0);
    await page.locator('#journal-direction').selectOption('callback');
    assert.strictEqual(await rows.count(), 2);
    await page.locator('#journal-filter').fill('accepted');
    assert.strictEqual(await rows.count(), 1);
    await rows.getByRole('button').click();
    await rows.getByText('Event = ACCEPTED').waitFor();
    const opened = await rows.innerText();
    for (const words of [/Digits = 1/, /x-twilio-signature: \*\*\*/, /i-twilio-idempotency-token: [0-9a-f-]{36}/, /attempt ECO-/, /s after the reset/]) assert.match(opened, words);
    await page.locator('#journal-filter').fill('nothing like it');
    await page.getByText('Nothing fits.').waitFor();
    await leave(page);
  });

  // Runs a copied test as its file says; gives {status, said}.
  async function run(text) {
    const name = `seen-${process.pid}`;
    const file = path.join(__dirname, `${name}.js`);
    fs.writeFileSync(file, text);
    const child = spawn('node', ['suite.js', binary, 'seen', name], { cwd: __dirname });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const [status] = await once(child, 'exit');
    fs.unlinkSync(file);
    return { status, said };
  }
  async function copied(page) {
    await page.getByRole('button', { name: 'Copy as a test' }).click();
    await page.getByText(/^copied: \d+ lines/).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  }

  test('copied as a test, what was steered, asked and told happens again in another mock, or the test fails', async () => {
    await mock.control('reset', {});
    const page = await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    const subsector = await eco();
    const sid = await ringing(subsector, '+15125550904');
    await lane(page, subsector).getByRole('button', { name: /^clone task/ }).click();
    await until('there are two', async () => (await mock.status(subsector)).tasks.length === 2);
    await lane(page, subsector).locator('.task').nth(1).getByRole('button', { name: /^jeopardy/ }).click();
    await until('the second is moved', async () => (await task(subsector, 1)).status === 'jeopardy');
    await lane(page, subsector).getByRole('button', { name: /^press 2/ }).click();
    await mock.ended(sid);
    assert.strictEqual((await mock.postTask(subsector)).status, 409);
    const text = await copied(page);
    for (const words of ['"steer":"task"', '"clone":true', '"status":"jeopardy"', '"steer":"call"', '"request":"POST /render/tasks"', '"decided":409', 'Event=DECLINED', '"answered":204']) assert(text.includes(words), words);
    for (const secret of ['Bearer', 'Basic', TOKEN]) assert(!text.includes(secret), `${secret} is in the test`);
    const again = await run(text);
    assert.strictEqual(again.status, 0, again.said);
    assert.match(again.said, /^ok - seen: seen at the dashboard, /m);
    for (const [from, to] of [['Event=DECLINED', 'Event=ACCEPTED'], ['"decided":409', '"decided":201'], ['"action":"2"', '"action":"1"']]) {
      const other = await run(text.replace(from, to));
      assert.strictEqual(other.status, 1, `${from} → ${to}: ${other.said}`);
    }
    await leave(page);
  });

  test('a night in motion is copied too: time, lost and refused things by their seed, both ways of calling', async () => {
    await mock.control('reset', {});
    const page = await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    const twiml = (attempt) => `<Response><Gather numDigits="1" action="${receiver.url}/twilio/gather/${attempt}"><Say>ECO</Say></Gather></Response>`;
    receiver.answer = (one) => {
      const [, kind, attempt] = /\/twilio\/(\w+)\/([^?]+)/.exec(one.path);
      return kind === 'voice' ? { status: 200, body: twiml(attempt) } : kind === 'gather' ? { status: 200, body: '<Response><Say>Thank you</Say></Response>' } : 204;
    };
    await mock.control('faults', { seed: 11, lose_callbacks: 0.4, provider: 'twilio' });
    await mock.control('faults', { error_rate: 0.4, status: 503, provider: 'render' });
    await mock.control('speed', { speed: 20 });
    const names = ['happy-path', 'pager-declined', 'second-accepts', 'pager-timeout'];
    const made = [];
    const statuses = [];
    for (const [i, scenario] of names.entries()) {
      const subsector = `ECO-M${i}-00${600 + i}-2026`;
      await mock.control('scenario', { scenario, subsector });
      for (let k = 0; k < 4; k++) statuses.push((await mock.postTask(subsector, { externalId: `${subsector}-${k}` })).status);
      made.push((await mock.execution(`+1512555100${i}`, { attempt_id: `m${i}`, subsector, callback_url: receiver.studio(`m${i}`) })).json.sid);
      // an ECO of its own: draws are counted per ECO, and what two of its calls tell at once has no order
      const called = `ECO-M${i}-00700-2026`;
      await mock.control('scenario', { scenario, subsector: called });
      const form = { To: `+1512555110${i}`, From: '+15125550100', Url: `${receiver.url}/twilio/voice/c${i}?subsector=${called}`, StatusCallback: `${receiver.url}/twilio/status/c${i}?subsector=${called}`, StatusCallbackEvent: 'completed', Timeout: '20' };
      const call = await mock.post(`/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls.json`, { basic: `${ACCOUNT}:${TOKEN}`, form });
      assert.strictEqual(call.status, 201, call.text);
      if (i === 3) await mock.post(`/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls/${call.json.sid}.json`, { basic: `${ACCOUNT}:${TOKEN}`, form: { Status: 'canceled' } });
    }
    await Promise.all(made.map((one) => mock.ended(one)));
    await until('all telephones are quiet', async () => {
      const { ecos, callbacks_under_way: sent } = await mock.status();
      return sent === 0 && ecos.every((one) => one.calls.every((call) => !['queued', 'ringing', 'in-progress'].includes(call.status)));
    });
    await mock.control('speed', { speed: 0.01 });
    assert(statuses.includes(503) && statuses.includes(201), String(statuses));
    const text = await copied(page);
    receiver.answer = () => 204;
    assert(text.includes('lost on the way') && text.includes('<Gather') && text.includes('Status=canceled'));
    const again = await run(text);
    assert.strictEqual(again.status, 0, again.said);
    const other = await run(text.replace(/"seed":11/g, '"seed":12'));
    assert.strictEqual(other.status, 1, 'another seed is another night');
    await mock.control('reset', {});
    await leave(page);
  });

  test("one person's telephone alone, for a drill: #phone=NUMBER", async () => {
    const [mine, his] = [await eco(), await eco()];
    const page = await visit({ width: 360, height: 740, hash: '#phone=+15125550905' });
    await page.getByText('Nobody is calling.').waitFor();
    const sid = await ringing(mine, '+15125550905');
    await ringing(his, '+15125550906');
    const phone = page.locator('#handset').getByRole('group', { name: /^telephone/ });
    await phone.getByText('+15125550905 rings', { exact: true }).waitFor();
    assert.strictEqual(await phone.count(), 1, 'not the other one');
    await page.screenshot({ path: path.join(OUTPUT, 'handset.png') });
    await phone.getByRole('button', { name: /^press 1/ }).click();
    await mock.ended(sid);
    await page.getByText('Nobody is calling.').waitFor();
    await leave(page);
  });

  test('wide, at phone width, dark and light: nothing overflows, nothing is inaccessible', async () => {
    const subsector = await eco('field-work');
    await ringing(subsector, '+15125550907');
    await mock.control('faults', { lose_callbacks: 0.1 });
    for (const [name, width, scheme] of [['wide', 1400, 'light'], ['wide-dark', 1400, 'dark'], ['phone', 360, 'light'], ['phone-dark', 360, 'dark']]) {
      const page = await visit({ width, scheme });
      await lane(page, subsector).getByText('rings', { exact: false }).first().waitFor();
      await page.locator('summary', { hasText: 'Trouble' }).click();
      await page.screenshot({ path: path.join(OUTPUT, `${name}.png`), fullPage: true });
      assert.strictEqual(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} overflows`);
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
      assert.deepStrictEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`), [], name);
      await leave(page);
    }
    await mock.control('faults', {});
  });

  test('everything can be reached by the keyboard, and focus survives the redrawing', async () => {
    await ringing(await eco(), '+15125550910');
    const page = await visit();
    const seen = new Set();
    for (let i = 0; i < 400; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        return one === document.body ? 'body' : `${one.tagName} ${one.getAttribute('aria-label') || one.textContent.trim().slice(0, 30) || one.id || one.name}`;
      });
      if (at === 'body') break;
      seen.add(at.replace(/ECO-\S+|PT-\S+|\+\d+/g, '…'));
    }
    for (const wanted of ['BUTTON ×10', 'BUTTON Copy as a test', 'SUMMARY Trouble', 'A ☎', 'INPUT eco-filter', 'SELECT scenario of …', 'BUTTON press 1, accept: …', 'BUTTON let it ring: …', 'DIV task …', 'BUTTON assign task …', 'BUTTON clone task …', 'SUMMARY more for task …', 'DIV Journal entries'])
      assert([...seen].some((one) => one.startsWith(wanted)), `${wanted} is not reached: ${[...seen].join(', ')}`);
    const button = page.getByRole('button', { name: /^press 1/ }).first();
    await button.focus();
    const { now } = await mock.status();
    await until('three redrawings', async () => Date.parse((await mock.status()).now) > Date.parse(now) + 3000);
    assert.strictEqual(await button.evaluate((one) => one === document.activeElement), true);
    await leave(page);
  });

  test('what rings is shown on top, with a way to it, and in the title; lanes are found by a word', async () => {
    await mock.control('reset', {});
    const page = await visit();
    await page.getByText('None yet: create one in Strike').waitFor();
    await page.getByText('No telephone rings.').waitFor();
    await page.getByText('Nothing was said yet.').waitFor();
    const ecos = [await eco(), await eco('second-accepts'), await eco()];
    await page.getByText('3, newest first').waitFor();
    await lane(page, ecos[0]).getByText('Nobody was called yet.').waitFor();
    await ringing(ecos[0], '+15125550911');
    await page.getByRole('navigation', { name: 'Telephones that ring' }).getByRole('link', { name: `+15125550911 rings for ${ecos[0]}` }).click();
    await until('its first key has the focus', () => page.evaluate(() => (document.activeElement.getAttribute('aria-label') || '').startsWith('answer: +15125550911')));
    assert.match(await page.title(), /^☎ 1 · /);
    await lane(page, ecos[0]).getByText('☎ rings', { exact: true }).waitFor();
    await page.locator('#eco-filter').fill('second-accepts');
    await page.getByText('1 of 3, newest first').waitFor();
    assert.deepStrictEqual(await page.getByRole('article').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label'))), [ecos[1]]);
    await page.locator('#eco-filter').fill('zzz');
    await page.getByText('None of them fits.').waitFor();
    await leave(page);
  });

  test('let ring, and the keys of the keyboard on a telephone', async () => {
    const [rung, pressed] = [await eco('happy-path'), await eco('happy-path')];
    const page = await visit();
    const phone = (subsector) => lane(page, subsector).getByRole('group', { name: /^telephone/ });
    const sid = await ringing(rung, '+15125550912');
    await phone(rung).getByText('picks up in 1 s').waitFor();
    await phone(rung).getByRole('button', { name: /^let it ring/ }).click();
    await phone(rung).getByText('rings out in').waitFor();
    await mock.control('advance', { seconds: 21 });
    await mock.ended(sid);
    await lane(page, rung).getByText('✗ no-answer').waitFor();
    await lane(page, rung).getByText('✗ not accepted').waitFor();
    assert.deepStrictEqual(receiver.events(`${rung}-1`), ['CALLING', 'FAILED']);
    const other = await ringing(pressed, '+15125550913');
    await phone(pressed).getByRole('button', { name: /^answer/ }).press('Enter');
    await phone(pressed).getByText('waits for a key').waitFor();
    // answer can't be pressed any more; the key goes to the telephone wherever the focus is in it
    assert.strictEqual(await phone(pressed).getByRole('button', { name: /^answer/ }).isDisabled(), true);
    await phone(pressed).getByRole('button', { name: /^hang up/ }).press('2');
    await mock.ended(other);
    assert.deepStrictEqual(receiver.events(`${pressed}-1`), ['CALLING', 'DECLINED']);
    await leave(page);
  });

  test('the step now and the countdown to the next one go on between two looks, in words', async () => {
    const subsector = `ECO-D${++n}-slow-2026`;
    await mock.control('scenario', { scenario: 'slow-render', subsector });
    const posted = mock.postTask(subsector);
    const page = await visit();
    await lane(page, subsector).getByText(/^the work system answers in (10\.0|9\.\d) s$/).waitFor();
    await lane(page, subsector).getByText(/^task #\d+ made/).waitFor();
    const bar = lane(page, subsector).getByRole('progressbar');
    assert.strictEqual(await bar.evaluate((one) => one.value > 9 && one.max >= one.value && one.max <= 10), true);
    // each second a look; in between it moves too
    await mock.control('speed', { speed: 0.2 });
    await page.route('**/control/status', (route) => setTimeout(() => route.continue().catch(() => {}), 600000));
    const values = new Set();
    await until('it moves without a look', async () => {
      values.add(await bar.evaluate((one) => one.value));
      return values.size >= 4;
    });
    await page.unroute('**/control/status');
    await mock.control('speed', { speed: 0.01 });
    await mock.control('advance', { seconds: 11 });
    await posted;
    await page.reload();
    await lane(page, subsector).waitFor();
    assert.strictEqual(await lane(page, subsector).locator('.countdown').evaluate((one) => getComputedStyle(one).visibility), 'hidden');
    await page.context().close();
  });

  test('what the mock refuses is said, and stays to be read', async () => {
    const page = await visit();
    const subsector = await eco();
    const sid = await ringing(subsector, '+15125550914');
    const key = lane(page, subsector).getByRole('button', { name: /^press 1/ });
    await key.waitFor();
    // gone behind the page's back
    await page.route('**/control/status', (route) => route.abort());
    await mock.control('call', { subsector, action: 'hangup' });
    await mock.ended(sid);
    await key.click();
    await page.getByText('✗ no such call is in progress').waitFor();
    await page.unroute('**/control/status');
    await page.getByText('● live').waitFor();
    await page.context().close(); // the browser has words of its own about what was aborted and refused
  });

  test('a full journal says on the page how many entries it dropped', async () => {
    const small = await Mock.start(binary, '--speed', '100');
    for (let i = 0; i < 800; i++) await small.post('/render/tasks', { body: 'z'.repeat(65000) });
    const { journal } = await small.status();
    assert(journal.dropped > 0);
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${small.url}/dashboard`);
    await page.getByText(`The journal is full: ${journal.dropped} older entries were dropped.`).waitFor();
    await page.context().close();
    assert.strictEqual(await small.stop(), 0);
  });

  test('under a finger every control is large enough, and a telephone alone fits one hand', async () => {
    const subsector = await eco();
    await ringing(subsector, '+15125550915');
    for (const hash of ['', '#phone=+15125550915']) {
      const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
      const page = await context.newPage();
      await page.goto(`${mock.url}/dashboard${hash}`);
      await page.getByRole('button', { name: /^press 1/ }).first().waitFor();
      const small = await page.evaluate(() => [...document.querySelectorAll('button, select, summary, input:not([type=checkbox])')]
        .map((one) => [one.getAttribute('aria-label') || one.textContent.trim().slice(0, 20) || one.id, one.getBoundingClientRect()])
        .filter(([name, box]) => box.height > 0 && !/^(POST|GET) /.test(name) && (box.height < 28 || box.width < 28))
        .map(([name, box]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`));
      assert.deepStrictEqual(small, []);
      if (hash) {
        const accept = await page.getByRole('button', { name: /^press 1/ }).boundingBox();
        assert(accept.height >= 56 && accept.y + accept.height < 740, 'reached without scrolling');
        await page.screenshot({ path: path.join(OUTPUT, 'handset-touch.png') });
      } else await page.screenshot({ path: path.join(OUTPUT, 'touch.png'), fullPage: true });
      await context.close();
    }
  });

  test('the drill names what is on the screens: controls of the dashboard, words of the operators', async () => {
    const drill = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'drill.md'), 'utf8').replace(/\n\s*/g, ' ');
    const subsector = await eco();
    await ringing(subsector, '+15125550916');
    const page = await visit();
    await page.locator('#trouble > summary').click();
    await lane(page, subsector).locator('.task summary').first().click();
    await mock.control('task', { subsector, clone: true, status: 'allocated' });
    await mock.control('task', { subsector, clone: true, status: 'released' });
    await until('they are drawn', () => lane(page, subsector).locator('.task').count().then((count) => count === 3));
    const words = new Set(await page.evaluate(() => {
      // a label's words are its own text, without the control's
      const own = (one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join('').replace(/:\s*$/, '').trim();
      return [...document.querySelectorAll('button, label, summary, legend, .column h4')].flatMap((one) => [own(one), one.textContent.trim()]);
    }));
    const ROLES = ['Operator', 'Supervisor', 'Technician', 'Trainer', 'To notice:'];
    const bold = [...drill.matchAll(/\*\*([^*]+)\*\*/g)].map(([, text]) => text).filter((text) => !ROLES.includes(text));
    assert(bold.length >= 20);
    assert.deepStrictEqual(bold.filter((text) => !words.has(text) && text !== 'Trouble'), [], 'not on the dashboard');
    const { scenarios } = await mock.status();
    for (const [, name] of drill.matchAll(/\*((?:happy|pager|second|slow|render|field)-\w+)\*/g)) assert(scenarios.some((one) => one.name === name), name);
    const root = path.join(__dirname, '..', '..');
    const product = ['src/domain/eco_phase.c', 'web/js/pages/action.js'].map((name) => fs.readFileSync(path.join(root, name), 'utf8')).join('');
    for (const said of ['contractor dispatched', 'nobody answered: act now', "'s work system: act now", 'page sent', 'calling', 'in progress', 'done, under observation', 'back in progress: new work found', 'Try the work system again', 'Page again']) {
      assert(product.includes(said), `Strike doesn't say: ${said}`);
      assert(drill.includes(said), `the drill doesn't say: ${said}`);
    }
    await leave(page);
  });

  test('a lost connection is said, and never looks live', async () => {
    const other = await Mock.start(binary);
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${other.url}/dashboard`);
    await page.getByText('● live').waitFor();
    await other.stop();
    await page.getByText('connection lost: what you see is old').waitFor();
    await page.context().close();
  });

  test('200 lanes at once are drawn while the mock goes on', async () => {
    const many = await Mock.start(binary, '--speed', '5');
    const token = await many.token();
    for (let i = 0; i < 200; i++) many.postTask(`ECO-N-${i}`, {}, token);
    await until('all are there', async () => (await many.status()).ecos.length === 200);
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${many.url}/dashboard`);
    await page.locator('.eco').nth(199).waitFor();
    await page.getByText('200, newest first').waitFor();
    await page.context().close();
    assert.strictEqual(await many.stop(), 0);
  });

  test('the browser ends', async () => {
    await browser.close();
    receiver.stop();
    assert.strictEqual(await mock.stop(), 0);
  });
};
