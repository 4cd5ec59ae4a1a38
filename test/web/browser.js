// A page in headless Chromium, as a person has it before him: signed in, with what must never stand
// in it checked all the while.
'use strict';
const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');
const { token } = require('./services');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PROGRAM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) => fs.existsSync(one));
// words of the plumbing, statuses of the work system, and telephone numbers: on no operator's page
const NEVER = /\b(TASKED|DISPATCHED|PENDING|FAILED|EXHAUSTED|RUNNING|INTENT|UNKNOWN|TAKEN_OVER|HARD_COMPLETE|IN_PROGRESS|blueprinted|allocated|releasable|released|jeopardy|HTTP|401|403|500|502|503|Twilio|Render|PGRST\w*|SQLSTATE|undefined|null|NaN)\b|\+1512\d{7}/;
let browser = null;
const pages = new Set();

async function open() {
  if (!PROGRAM) throw new Error('no Chromium: apt-get install chromium');
  browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'] });
}

const USERS = {
  operator: ['strike_operator', 'kim.larsen', 'noc-east'],
  west: ['strike_operator', 'w.ito', 'noc-west'],
  alarm: ['strike_operator', 'kim.larsen', 'noc-alarm'],
  storm: ['strike_operator', 'kim.larsen', 'noc-storm'],
  sort: ['strike_operator', 'kim.larsen', 'noc-sort'],
  report: ['strike_operator', 'kim.larsen', 'noc-report'],
  wall: ['strike_operator', 'kim.larsen', 'noc-wall'],
  loss: ['strike_operator', 'kim.larsen', 'noc-loss'],
  contractor: ['strike_contractor', 'a.ortiz', 'osp-fibre'],
};

// A page of that user's; troubles: what went wrong in it that no test announced.
async function visit(url, { user = 'operator', at = '', path: where = '', width = 1280, height = 800, scheme = 'light', reducedMotion = 'no-preference' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(60000); // the bound on waiting, not a promise
  page.troubles = [];
  pages.add(page);
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // what a lost connection or a refusal prints by itself is no fault of the page
    if (/Failed to load resource|WebSocket connection|ERR_|AudioContext/.test(message.text())) return;
    page.troubles.push(message.text());
  });
  await page.goto(`${url}${where}#token=${token(...USERS[user])}${at ? `&${at}` : ''}`);
  return page;
}

// All that a person or a screen reader could meet.
async function words(page) {
  return page.evaluate(() => {
    const texts = [document.title];
    const walk = (node) => {
      if (node.nodeType === 3) texts.push(node.data);
      if (node.nodeType !== 1 || ['SCRIPT', 'STYLE', 'TEMPLATE'].includes(node.tagName)) return;
      for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'aria-valuetext']) if (node.hasAttribute(name)) texts.push(node.getAttribute(name));
      if (node.value && node.tagName !== 'OPTION' && node.tagName !== 'LI') texts.push(String(node.value));
      node.childNodes.forEach(walk);
    };
    walk(document.body);
    return texts.join('\n');
  });
}

async function saysNothingInternal(page, but = null) {
  const text = await words(page);
  const found = NEVER.exec(but ? text.replace(but, '') : text);
  if (found) throw new Error(`an internal word: ${found[0]} in “${text.slice(Math.max(0, found.index - 60), found.index + 60)}”`);
}

// axe-core: no violation; also one h1 that is seen, and no sideways scrolling.
async function isAccessible(page) {
  // by the protocol, as the page's own policy forbids scripts from elsewhere
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary.split('\n')[1] || ''}`).join(' | ')}`);
  });
  if (violations.length > 0) throw new Error(`axe: ${violations.join('\n')}`);
  const headings = await page.evaluate(() => [...document.querySelectorAll('h1')].filter((one) => one.getClientRects().length > 0).length);
  if (headings !== 1) throw new Error(`${headings} headings of the first rank`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) throw new Error(`the page is ${wide} px wider than the window`);
}

async function done(page) {
  const { troubles } = page;
  pages.delete(page);
  await page.context().close();
  if (troubles.length > 0) throw new Error(`in the page: ${troubles.join('\n')}`);
}

async function picture(page, name) {
  const directory = path.join(__dirname, 'output');
  fs.mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${name}.png`) });
}

// of pages that a failed test left open
async function pictures() {
  for (const page of pages) {
    console.log(`#   ${page.url()}: ${page.troubles.join(' | ')}`);
    await picture(page, `failed-${[...pages].indexOf(page)}`).catch(() => {});
  }
  pages.clear();
}

module.exports = { pictures, open, close: () => browser?.close(), visit, words, saysNothingInternal, isAccessible, done, picture, USERS };
