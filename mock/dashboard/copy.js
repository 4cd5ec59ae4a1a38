// "Copy as a test": what was steered since the reset, at its time, and what was heard of it, as a
// test that can be put beside those of test/mock.
import { $, setText } from './dom.js';
import { get } from './control.js';

export async function asTest() {
  const [status, { steered, dropped }, { entries }] = [await get('status'), await get('steered'), await get('journal')];
  const lines = [
    `test('seen at the dashboard, ${status.now.slice(0, 16)}: ${status.ecos.length} ECOs, seed ${status.seed}', async () => {`,
    "  await mock().control('reset', {});",
    `  await mock().control('faults', ${JSON.stringify({ seed: status.seed })});`,
  ];
  if (dropped > 0) lines.push(`  // the ${dropped} oldest steps are no longer known`);
  let at = 0;
  for (const step of steered) {
    if (step.elapsed_s - at >= 0.05) lines.push(`  // ${(step.elapsed_s).toFixed(1)} s after the reset, in the mock's time`);
    at = step.elapsed_s;
    lines.push(`  await mock().control(${JSON.stringify(step.what)}, ${JSON.stringify(step.body)});`);
  }
  lines.push('  // what was heard then:');
  for (const entry of entries.slice(-100)) lines.push(`  //   ${entry.direction} ${entry.method} ${entry.path} ${entry.status}${entry.note ? ` (${entry.note})` : ''}`);
  lines.push('});', '');
  return lines.join('\n');
}

async function put(text) {
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else throw new Error('no clipboard here');
}

$('copy').addEventListener('click', async () => {
  const text = await asTest();
  const copied = await put(text).then(() => true, () => false);
  setText($('copied'), copied ? `copied: ${text.split('\n').length} lines` : 'the browser refused: it is downloaded instead');
  if (copied) return;
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([text])), download: 'seen.js' });
  link.click();
  URL.revokeObjectURL(link.href);
});
