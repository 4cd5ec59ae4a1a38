// The dashboard in headless Chromium, as a tester has it before him.  Screenshots are left in
// test/mock/output, to be looked at.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');
const { test, until, Mock, Receiver } = require('./harness');

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
    page.setDefaultTimeout(10000);
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
    await lane(page, subsector).getByText('✓ accepted').waitFor();
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
    await lane(page, subsector).getByRole('combobox', { name: /^status of task/ }).selectOption('jeopardy');
    await until('it is in jeopardy', async () => (await task(subsector)).status === 'jeopardy');
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
    page.once('dialog', (dialog) => dialog.accept('Splice closure 7'));
    await card.getByRole('button', { name: /^edit/ }).click();
    await until('it is edited', async () => (await task(subsector, 1)).description === 'Splice closure 7');
    await card.getByRole('button', { name: /^unassign/ }).click();
    await until('it has somebody', async () => (await task(subsector, 1)).assignee === 'R. Field');
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
    await page.locator('#faults [name=seed]').fill('7');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await until('they are set', async () => (await mock.status()).faults.length === 1);
    const { faults, seed } = await mock.status();
    assert.deepStrictEqual([faults, seed], [[{ provider: 'twilio', lose_callbacks: 0.2, clock_skew_s: -90 }], 7]);
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
    assert.match(await rows.innerText(), /Digits = 1/);
    await leave(page);
  });

  test('copied as a test, what was steered happens again in another mock', async () => {
    await mock.control('reset', {});
    const page = await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    await mock.control('speed', { speed: 0.01 });
    const subsector = await eco();
    await ringing(subsector, '+15125550904');
    await lane(page, subsector).getByRole('button', { name: /^clone task/ }).click();
    await until('there are two', async () => (await mock.status(subsector)).tasks.length === 2);
    await lane(page, subsector).locator('.task').nth(1).getByRole('combobox').selectOption('jeopardy');
    await until('the second is moved', async () => (await task(subsector, 1)).status === 'jeopardy');
    await lane(page, subsector).getByRole('button', { name: /^press 2/ }).click();
    await lane(page, subsector).getByText('✗ declined').waitFor();
    await page.getByRole('button', { name: 'Copy as a test' }).click();
    await page.getByText(/^copied:/).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /\/\/ {3}callback POST \/twilio\/studio\/.* 204/);
    // played against a second mock, with what Strike did in between
    const second = await Mock.start(binary, '--speed', '0.01');
    let body;
    new Function('test', text)((_name, given) => (body = given));
    const steps = String(body).split('\n').filter((line) => line.includes('await'));
    assert(steps.length >= 6, text);
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    for (const step of steps) {
      if (step.includes('"task"') && !(await second.status(subsector)).tasks.length) await second.postTask(subsector);
      if (step.includes('"advance"') && step.includes('11')) second.postTask(subsector);
      if (step.includes('"call"')) await second.execution('+15125550904', { subsector });
      await until(`the step ${step} works`, () => new AsyncFunction('mock', step)(() => second).then(() => true, () => false));
    }
    const again = await second.status(subsector);
    assert.deepStrictEqual(again.tasks.map((one) => one.status), ['blueprinted', 'jeopardy']);
    await until('it is declined', async () => (await second.status(subsector)).calls[0].digit === '2');
    assert.strictEqual(await second.stop(), 0);
    await leave(page);
  });

  test("one person's telephone alone, for a drill: #phone=NUMBER", async () => {
    const [mine, his] = [await eco(), await eco()];
    const page = await visit({ width: 360, height: 740, hash: '#phone=+15125550905' });
    await page.getByText('Nobody is calling.').waitFor();
    const sid = await ringing(mine, '+15125550905');
    await ringing(his, '+15125550906');
    const phone = page.locator('#handset').getByRole('group', { name: /^telephone/ });
    await phone.getByText('rings').waitFor();
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
    for (const wanted of ['BUTTON ×10', 'BUTTON Copy as a test', 'SELECT scenario of …', 'BUTTON press 1, accept: …', 'BUTTON clone task …', 'DIV Journal entries'])
      assert([...seen].some((one) => one.startsWith(wanted)), `${wanted} is not reached: ${[...seen].join(', ')}`);
    const button = page.getByRole('button', { name: /^press 1/ }).first();
    await button.focus();
    const { now } = await mock.status();
    await until('three redrawings', async () => Date.parse((await mock.status()).now) > Date.parse(now) + 3000);
    assert.strictEqual(await button.evaluate((one) => one === document.activeElement), true);
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
