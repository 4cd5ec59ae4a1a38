// The other pages: contractor's lists, report, wall, sign-in; and what holds for every page.
'use strict';
const assert = require('assert/strict');
const fs = require('fs');
const { test, until } = require('../e2e/harness');
const { sql, value } = require('../e2e/server');
const { visit, done, words, saysNothingInternal, isAccessible, picture, USERS } = require('./browser');
const { contractor, order, phase } = require('./orders');
const { token } = require('./services');


const noc = (code, prefix) => sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ($1, $1, 'NOC', $2) ON CONFLICT DO NOTHING", code, prefix);

module.exports = ({ url }) => {
  test('a contractor sees his orders and no button of an operator', async () => {
    const [at, other] = [await contractor(), await contractor()];
    USERS[at.osp] = ['strike_contractor', 'a.ortiz', at.osp];
    const mine = await order(at, 'Mine to work', { scenario: 'pager-exhausted' });
    const strange = await order(other, 'Not mine');
    await phase(mine, /nobody/);
    await phase(strange, /dispatched/);
    const page = await visit(url, { user: at.osp });
    const row = page.locator(`#row-${mine.eco_id}`);
    await row.waitFor();
    assert.equal(await page.locator('.order').count(), 1);
    assert.equal(await row.getByRole('button').count(), 0);
    assert.match(await page.locator('h1').textContent(), /1 without a crew/);
    assert.equal(await page.getByRole('link', { name: 'New callout' }).count(), 0);
    assert.doesNotMatch(await words(page), /Not mine/);
    await row.getByRole('link').click();
    await page.getByText('Nobody is coming').waitFor();
    assert.equal(await page.locator('.sheet > .steps button').count(), 0);
    await saysNothingInternal(page);
    await done(page);
  });

  test("a contractor keeps his own list: add, order, duty, switch off, take off; each is what will be called", async () => {
    const at = await contractor({ people: ['Ada One', 'Ben Two'] });
    await contractor({ people: ['Nobody of his'] });
    USERS[at.osp] = ['strike_contractor', 'a.ortiz', at.osp];
    const page = await visit(url, { user: at.osp, at: '/lists' });
    const names = () => page.locator('.contacts b').allTextContents();
    const become = (expected) => until(async () => `${expected}, not ${await names()}`, async () => JSON.stringify(await names()) === JSON.stringify(expected));
    await become(['Ada One', 'Ben Two']);
    await page.getByRole('button', { name: 'Add somebody' }).click();
    await page.getByLabel('Name', { exact: true }).and(page.locator('#contact-name')).fill('Cy Three');
    await page.getByLabel('Telephone').fill('555');
    await page.getByText('The number begins with +').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Keep', exact: true }).isDisabled(), true);
    await page.getByLabel('Telephone').fill('+1 (512) 999-0000');
    await page.getByRole('button', { name: 'Add a duty window' }).click();
    await page.getByLabel('Time zone').fill('America/Chicago');
    await isAccessible(page);
    await picture(page, 'lists-light');
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await become(['Ada One', 'Ben Two', 'Cy Three']);
    await page.getByText('on duty Mon–Fri 07:00–19:00 (America/Chicago)').waitFor();
    await page.getByRole('button', { name: 'Call Cy Three earlier' }).click();
    await become(['Ada One', 'Cy Three', 'Ben Two']);
    await page.locator('.contacts li', { hasText: 'Ada One' }).getByLabel('active').uncheck();
    await until('Ada to be switched off', async () => (await value("SELECT active FROM strike.pager_contacts WHERE name = 'Ada One'")) === false);
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: 'Remove Ben Two from the list' }).click();
    await become(['Ada One', 'Cy Three']);
    await page.getByRole('button', { name: 'Change Cy Three' }).click();
    await page.getByRole('button', { name: 'Remove duty window 1' }).click();
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await page.locator('.contacts li', { hasText: 'Cy Three' }).getByText('at all times').waitFor();
    assert.equal(await page.locator('.error:visible').count(), 0);
    const plan = await sql('SELECT contact_name, reachable FROM strike.strike_page_plan($1, $2)', at.osp, JSON.stringify({ type: 'Point', coordinates: [at.lon, at.lat] }));
    assert.deepEqual(plan, [{ contact_name: 'Ada One', reachable: false }, { contact_name: 'Cy Three', reachable: true }]);
    const actors = await value("SELECT count(*)::int FROM strike.events WHERE metadata->>'actor' = 'a.ortiz'");
    assert.ok(actors >= 5, `each change is an event with his name (${actors})`);
    await done(page);
  });

  test('a contractor tries whether somebody can be reached: it rings, and the list says what came of it', async () => {
    const at = await contractor({ people: ['Eve One', 'Flo Two'], slow: true });
    USERS[at.osp] = ['strike_contractor', 'a.ortiz', at.osp];
    const page = await visit(url, { user: at.osp, at: '/lists' });
    const row = (name) => page.locator('.contacts li', { hasText: name });
    await row('Flo Two').waitFor();
    page.once('dialog', (dialog) => dialog.dismiss());
    await page.getByRole('button', { name: 'Test call to Flo Two' }).click();
    assert.deepEqual(await sql('SELECT FROM strike.strike_test_calls() t JOIN strike.pager_contacts c USING (contact_id) WHERE c.region_id = $1', at.region), [], 'asked first');
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: 'Test call to Flo Two' }).click();
    await row('Flo Two').getByText('test call: ringing …').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Test call to Eve One' }).isDisabled(), true, 'one at a time');
    await at.mock.control('call', { subsector: await value("SELECT 'ECO-' || job_id FROM strike.pager_process_state WHERE osp_tenant = $1", at.osp), action: '1' });
    await row('Flo Two').getByText(/^✓ test call \d\d:\d\d:\d\d: pressed 1$/).waitFor();
    await page.locator('[role=status]', { hasText: 'Test call to Flo Two: pressed 1.' }).waitFor({ state: 'attached' });
    assert.equal(await row('Eve One').locator('.tried').textContent(), '');
    assert.equal(await value("SELECT count(*)::int FROM strike.events e JOIN strike.pager_process_state p ON p.run_id = e.stream_id WHERE e.event_type = 'TestCallStartedEvent' AND e.metadata->>'actor' = 'a.ortiz' AND p.osp_tenant = $1", at.osp), 1);
    await page.locator('.health', { hasText: /last proof call (just now|.* ago)/ }).waitFor();
    await page.goto(`${url}/#/`);
    await page.getByText('No open orders').first().waitFor();
    await done(page);
  });

  test("a region's name is text on the maps, whatever it is; roads are drawn when there is a file of them", async () => {
    await noc('noc-markup', 'MK');
    USERS.markup = ['strike_operator', 'kim.larsen', 'noc-markup'];
    const at = await contractor();
    await sql('UPDATE strike.pager_regions SET name = $2 WHERE region_id = $1', at.region, '<b id="markup">bold</b><img src="x">');
    const page = await visit('about:blank', { user: 'markup' });
    const roads = { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [[at.lon, at.lat], [at.lon + 0.2, at.lat + 0.1]] } }] };
    await page.route('**/config.json', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), roadsUrl: '/roads.geojson' } });
    });
    await page.route('**/roads.geojson', (route) => route.fulfill({ json: roads }));
    await page.goto(`${url}/#token=${token(...USERS.markup)}`);
    await page.locator('.region-name', { hasText: '<b id="markup">bold</b>' }).waitFor({ state: 'attached' });
    assert.equal(await page.locator('#markup, .map img').count(), 0);
    await page.locator('path.road').waitFor({ state: 'attached' });
    await done(page);
  });

  test('a contractor draws a region and changes one, with the mouse and as text', async () => {
    const at = await contractor();
    USERS[at.osp] = ['strike_contractor', 'a.ortiz', at.osp];
    const page = await visit(url, { user: at.osp, at: '/lists', height: 1100 });
    const map = page.locator('.lists .map.leaflet-container');
    await map.locator('path.region').first().waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'New region' }).click();
    await page.locator('#region-name').fill('Drawn');
    const box = await map.boundingBox();
    for (const [x, y] of [[0.2, 0.2], [0.4, 0.2], [0.3, 0.5]]) {
      await map.click({ position: { x: box.width * x, y: box.height * y } });
    }
    await page.getByText('3 corners.').waitFor();
    await page.getByRole('button', { name: 'Keep this region' }).click();
    await page.getByRole('button', { name: /^Drawn/ }).waitFor();
    assert.equal(await value('SELECT ST_NPoints(area) FROM strike.pager_regions WHERE osp_tenant = $1 AND name = $2', at.osp, 'Drawn'), 4);
    await page.getByText('Nobody is called here').waitFor();
    await page.getByRole('button', { name: 'Change its area or name' }).click();
    await page.getByText('Corners as text').click();
    await page.getByLabel('A corner a line').fill('10, 100\n10, 101\n11, 101\n11, 100');
    await page.getByLabel('A corner a line').blur();
    await page.getByText('4 corners.').waitFor();
    // a half-way mark becomes a corner
    const half = map.locator('.half').first();
    const from = await half.boundingBox();
    await page.mouse.move(from.x + 8, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(from.x + 30, from.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.getByText('5 corners.').waitFor();
    await page.getByRole('button', { name: 'Keep this region' }).click();
    await until('five corners', async () => (await value('SELECT ST_NPoints(area) FROM strike.pager_regions WHERE osp_tenant = $1 AND name = $2', at.osp, 'Drawn')) === 6);
    await isAccessible(page);
    await done(page);
  });

  test('the report: percentiles by contractor and type, a plot, the orders, CSV', async () => {
    await noc('noc-report', 'RP');
    const at = await contractor();
    for (const [i, scenario] of ['happy-path', 'happy-path', 'second-accepts', 'pager-exhausted'].entries()) {
      await phase(await order(at, `Report ${i}`, { scenario, noc: 'noc-report', type: i === 0 ? 'MFR' : 'CMR' }), /dispatched|nobody/);
    }
    const page = await visit(url, { user: 'report', at: '/report' });
    await page.getByText(/^4 orders, 3 accepted; half of them within \d+\.\d s/).waitFor();
    await page.locator('table').first().getByText(at.name).first().waitFor();
    assert.deepEqual(await page.locator('table').first().locator('tbody tr').evaluateAll((rows) => rows.map((one) => [...one.cells].slice(0, 4).map((cell) => cell.textContent).join('|'))), [
      'All|all types|4|3', `${at.name}|CMR|3|2`, `${at.name}|MFR|1|1`]);
    assert.equal(await page.locator('svg.plot circle').count(), 6);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    const csv = fs.readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    assert.equal(csv.length, 5);
    assert.match(csv[0], /seconds_to_acceptance/);
    await saysNothingInternal(page);
    await isAccessible(page);
    await picture(page, 'report-light');
    await done(page);
  });

  test('the wall: five lines; red while a human must act, and then not any more', async () => {
    await noc('noc-wall', 'WA');
    const at = await contractor({ slow: true, people: ['J. Reyes'] });
    const page = await visit(url, { user: 'wall', path: '/wall', width: 1600, height: 900, scheme: 'dark' });
    const line = (id) => page.locator(`#${id}`);
    const value_ = (id, text) => line(id).locator('.value', { hasText: text }).waitFor();
    await value_('act', /^0$/);
    await value_('oldest', /^none$/);
    await value_('health', /^(well|slow)$/);
    assert.equal(await page.locator('.red').count(), 0);
    const made = await order(at, 'Seen on the wall', { scenario: 'pager-timeout', noc: 'noc-wall' });
    await value_('calling', /^1$/);
    await line('calling').getByText('J. Reyes').waitFor();
    await page.locator('#act.red').waitFor();
    await value_('act', /^1$/);
    await line('act').getByText('nobody answered: act now').waitFor();
    await value_('oldest', /\d\d:\d\d/);
    await page.locator('#alarm', { hasText: 'Act now' }).waitFor({ state: 'attached' });
    await saysNothingInternal(page);
    await isAccessible(page);
    await picture(page, 'wall-dark');
    // readable from five metres: figures of at least a fourteenth of the height
    const size = await line('act').locator('.value').evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
    assert.ok(size >= 900 / 14, `${size} px`);
    await sql("SELECT strike.strike_take_over($1, 'by telephone')", made.eco_id);
    await until('the red to go', async () => (await page.locator('.red').count()) === 0);
    await done(page);
  });

  test('sign-in: a token that is none is refused; a link signs in and leaves the address', async () => {
    const page = await visit(url);
    await page.waitForSelector('.frame.live');
    assert.doesNotMatch(page.url(), /token/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.fill('#token', 'no.token.at all');
    await page.keyboard.press('Enter');
    await page.getByText('This is no valid token').waitFor();
    await isAccessible(page);
    await saysNothingInternal(page);
    // signed with another key
    const other = token(...USERS.operator).split('.').map((part, i) => (i === 2 ? 'A'.repeat(43) : part)).join('.');
    await page.fill('#token', other);
    await page.keyboard.press('Enter');
    await page.getByText('Your session is over').waitFor();
    await done(page);
  });

  test('the first load is small, from here alone, under a policy that forbids inline script and eval', async () => {
    const page = await visit(url);
    await page.waitForSelector('.leaflet-container');
    const { restUrl } = await (await fetch(`${url}/config.json`)).json();
    const names = await page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name));
    assert.deepEqual(names.filter((one) => !one.startsWith(url) && !one.startsWith(restUrl)), []);
    let bytes = Buffer.byteLength(await (await fetch(`${url}/`)).text());
    for (const name of new Set(names.filter((one) => one.startsWith(url) && !/leaflet|config\.json/.test(one)))) bytes += (await (await fetch(name)).arrayBuffer()).byteLength;
    console.log(`# first load without the map library: ${Math.round(bytes / 1000)} kB`);
    assert.ok(bytes < 300000, `${bytes} bytes`);
    const policy = (await fetch(`${url}/`)).headers.get('content-security-policy');
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    await done(page);
  });

  for (const [scheme, width] of [['dark', 1280], ['light', 360], ['dark', 360]]) {
    test(`board, report, lists, wall are accessible, ${scheme}, ${width} px`, async () => {
      const page = await visit(url, { scheme, width, reducedMotion: 'reduce' });
      await page.locator('.order').first().waitFor();
      await isAccessible(page);
      await picture(page, `board-${scheme}-${width}`);
      const link = page.locator('.order a').first();
      await link.click();
      await page.locator('.sheet h1').waitFor();
      await until('the history', async () => (await page.locator('.history li').count()) > 0);
      await isAccessible(page);
      await page.goto(`${url}/#/report`);
      await page.getByText(/^\d+ orders/).waitFor();
      await isAccessible(page);
      await page.goto(`${url}/wall`);
      await page.locator('#health .value', { hasText: /well|slow/i }).waitFor();
      await isAccessible(page);
      await done(page);
      const lists = await visit(url, { user: 'contractor', at: '/lists', scheme, width });
      await lists.locator('.contacts b').first().waitFor();
      await isAccessible(lists);
      await done(lists);
    });
  }
};
