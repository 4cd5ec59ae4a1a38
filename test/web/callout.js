// A new callout, from the key N to "somebody is coming"; and everything that can come in between.
'use strict';
const assert = require('assert/strict');
const crypto = require('crypto');
const { test, until } = require('../e2e/harness');
const { visit, done, words, saysNothingInternal, isAccessible, picture, USERS } = require('./browser');
const { contractor, made } = require('./orders');
const { token } = require('./services');



// fills in the form of the page that is open
async function fill(page, at, text) {
  await page.fill('#place', `${at.lat}, ${at.lon}`);
  await page.waitForFunction((osp) => document.getElementById('osp').value === osp, at.osp);
  await page.check('input[name=type][value=MFR]');
  await page.fill('#text', text);
}
const huge = 'button.huge';

module.exports = ({ url }) => {
  test('an operator calls out with the keyboard alone and sees somebody coming', async () => {
    const at = await contractor();
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    await page.getByLabel('Keys:').uncheck();
    await page.keyboard.press('n');
    await page.getByLabel('Keys:').check();
    assert.equal(await page.locator('#place').count(), 0, 'single keys can be switched off');
    await page.keyboard.press('Tab');
    await page.locator('body').click({ position: { x: 5, y: 300 } });
    await page.keyboard.press('n');
    await page.waitForSelector('#place:focus');
    await page.keyboard.type(`${at.lat}, ${at.lon}`);
    await page.getByText('will call: J. Reyes → A. Ortiz → M. Chan; all reachable').waitFor();
    assert.equal(await page.inputValue('#osp'), at.osp, 'the contractor is filled in from the place');
    assert.match(await page.locator('#osp option:checked').textContent(), new RegExp(`${at.name}: Plain`));
    assert.equal(await page.isDisabled(huge), true, 'the button rests until it can succeed');
    await page.keyboard.press('Tab'); // contractor
    await page.keyboard.press('Tab'); // type
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Fiber cut by keyboard');
    await until('the button to be enabled', () => page.isEnabled(huge));
    await saysNothingInternal(page);
    await page.keyboard.press('Control+Enter');
    await page.getByText('Somebody is coming').waitFor();
    assert.match(await page.locator('.somebody').textContent(), /contractor dispatched · J\. Reyes, \d\d:\d\d after creation/);
    const [order] = await made('Fiber cut by keyboard');
    assert.equal(order.job_type, 'CMR');
    await page.locator('.history li', { hasText: /created for .*Fiber cut by keyboard\s+kim\.larsen/ }).waitFor();
    await saysNothingInternal(page);
    await page.getByRole('link', { name: 'Board' }).first().click();
    const row = page.locator(`#row-${order.eco_id}`);
    await row.waitFor();
    assert.match(await row.textContent(), /coming/);
    await done(page);
  });

  test('a double click, and a second one, make one order', async () => {
    const at = await contractor();
    const page = await visit(url, { at: '/new' });
    await fill(page, at, 'Fiber cut, double click');
    await until('the button to be enabled', () => page.isEnabled(huge));
    await page.locator(huge).dblclick({ noWaitAfter: true });
    await page.getByText('Somebody is coming').waitFor();
    assert.equal((await made('Fiber cut, double click')).length, 1);
    await done(page);
  });

  test('offline: it says that nothing was sent, keeps every word, and sends once when the line is back', async () => {
    const at = await contractor();
    const page = await visit(url, { at: '/new' });
    await fill(page, at, 'Fiber cut while offline');
    await until('the button to be enabled', () => page.isEnabled(huge));
    await page.context().setOffline(true);
    await page.locator('.top').getByText('CONNECTION LOST').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText('NOT sent: no connection').waitFor();
    assert.equal(await page.inputValue('#text'), 'Fiber cut while offline');
    assert.equal((await made('Fiber cut while offline')).length, 0);
    await saysNothingInternal(page);
    await page.context().setOffline(false);
    await page.getByText('Somebody is coming').waitFor();
    assert.equal((await made('Fiber cut while offline')).length, 1);
    await done(page);
  });

  test('an answer that is lost: it says that it does not know, asks again, and stays one order', async () => {
    const at = await contractor();
    const page = await visit(url, { at: '/new' });
    let lost = 0;
    await page.route('**/rpc/strike_create_eco', async (route) => {
      if (lost++ < 2) {
        await route.fetch();
        await route.abort('connectionreset');
      } else {
        await route.continue();
      }
    });
    await fill(page, at, 'Fiber cut, answer lost');
    await until('the button to be enabled', () => page.isEnabled(huge));
    await page.click(huge);
    await page.getByText('not known whether it arrived').waitFor();
    await page.getByText('Somebody is coming').waitFor();
    assert.equal((await made('Fiber cut, answer lost')).length, 1);
    assert.equal(lost, 3);
    await done(page);
  });

  test('a reload while it is not known keeps the callout and its number: one order', async () => {
    const at = await contractor();
    const page = await visit(url, { at: '/new' });
    await page.route('**/rpc/strike_create_eco', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await fill(page, at, 'Fiber cut, reloaded');
    await until('the button to be enabled', () => page.isEnabled(huge));
    await page.click(huge);
    await page.getByText('not known whether it arrived').waitFor();
    await page.unroute('**/rpc/strike_create_eco');
    await page.reload();
    await page.getByText('Somebody is coming').waitFor();
    assert.equal((await made('Fiber cut, reloaded')).length, 1);
    await done(page);
  });

  test('a refusal is told in words, keeps the text, and the next press works', async () => {
    const at = await contractor();
    const page = await visit(url, { at: '/new' });
    await page.waitForSelector('.frame.live');
    await fill(page, at, 'Fiber cut, the first words');
    const used = crypto.randomUUID();
    // the same callout has arrived already with other words
    const config = await (await fetch(`${url}/config.json`)).json();
    const other = await fetch(`${config.restUrl}/rpc/strike_create_eco`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token(...USERS.operator)}` },
      body: JSON.stringify({ noc_tenant: 'noc-east', osp_tenant: at.osp, job_type: 'CMR', description: 'Fiber cut, earlier words', location: { type: 'Point', coordinates: [at.lon, at.lat] }, request_id: used }),
    });
    assert.equal(other.status, 200);
    await page.evaluate((request) => {
      const draft = JSON.parse(sessionStorage.getItem('strike.draft'));
      sessionStorage.setItem('strike.draft', JSON.stringify({ ...draft, request }));
    }, used);
    await page.reload();
    await until('the button to be enabled', () => page.isEnabled(huge));
    await page.click(huge);
    await page.getByText('An earlier version of this callout has arrived already').waitFor();
    assert.equal(await page.inputValue('#text'), 'Fiber cut, the first words');
    await saysNothingInternal(page);
    await page.click(huge);
    await page.getByText('Somebody is coming').waitFor();
    assert.equal((await made('Fiber cut, the first words')).length, 1);
    await done(page);
  });

  test('two numbers that could be either are asked about; the choice takes the cursor on', async () => {
    const page = await visit(url, { at: '/new' });
    await page.fill('#place', '20.5, 30.25');
    const choices = page.getByRole('group', { name: 'Which of the two is it?' }).getByRole('button');
    assert.deepEqual(await choices.allTextContents(), ['20.50000° N, 30.25000° E', '30.25000° N, 20.50000° E']);
    await choices.nth(1).click();
    await page.getByText('✓').or(page.locator('#place-words', { hasText: '30.25000° N, 20.50000° E' })).first().waitFor();
    await page.waitForSelector('#text:focus');
    await page.getByText('No contractor’s region covers this place').waitFor();
    await done(page);
  });

  test('a click on the map is a point, a drag is a line, and the line is called out as drawn', async () => {
    await contractor();
    const page = await visit(url, { at: '/new' });
    const map = page.locator('.callout .map.leaflet-container');
    await map.waitFor();
    await map.locator('path.graticule').first().waitFor({ state: 'attached' });
    const box = await map.boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.click(x, y);
    await page.locator('#place-words', { hasText: '°' }).waitFor();
    await page.waitForSelector('#text:focus');
    await page.getByText('Drag: a line').click();
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let i = 1; i <= 10; i++) await page.mouse.move(x + i * 12, y + i * 5);
    await page.mouse.up();
    await page.locator('#place-words', { hasText: 'a line of' }).waitFor();
    assert.equal(JSON.parse(await page.inputValue('#place')).type, 'LineString');
    await done(page);
  });

  test('nobody to be called is said before pressing, in red', async () => {
    const at = await contractor({ people: [] });
    const page = await visit(url, { at: '/new' });
    await page.fill('#place', `${at.lat}, ${at.lon}`);
    await page.locator('.plan.bad', { hasText: 'NOBODY will be called' }).waitFor();
    await saysNothingInternal(page);
    await done(page);
  });

  test('a session that is over asks for a token and keeps the text', async () => {
    const at = await contractor();
    const page = await visit(url, { at: '/new' });
    await fill(page, at, 'Fiber cut, session over');
    const short = token(...USERS.operator, 2);
    await page.evaluate((one) => sessionStorage.setItem('strike.token', one), short);
    await page.reload();
    await page.getByText('Your session is over').waitFor();
    await saysNothingInternal(page);
    await page.fill('#token', token(...USERS.operator));
    await page.keyboard.press('Enter');
    await page.locator('#text').waitFor();
    assert.equal(await page.inputValue('#text'), 'Fiber cut, session over');
    await until('the button to be enabled', () => page.isEnabled(huge));
    await done(page);
  });

  for (const [scheme, width] of [['light', 1280], ['dark', 360]]) {
    test(`the form is accessible, ${scheme}, ${width} px`, async () => {
      const at = await contractor();
      const page = await visit(url, { at: '/new', scheme, width });
      await fill(page, at, 'Fiber cut on Main St, seen from the bridge');
      await page.getByText('will call:').waitFor();
      await isAccessible(page);
      await picture(page, `new-${scheme}-${width}`);
      await saysNothingInternal(page);
      assert.match(await words(page), /Claims Management Resource[\s\S]*Maintenance Field Request[\s\S]*First Notice of Loss/);
      await done(page);
    });
  }

};
