// What use has shown to go wrong, on the page: encodings, verdicts, level jumps, volume that says nothing, settings at their ends.
import { expect, test } from '@playwright/test';
import { command, download, open, openFile, openTab, settled } from './helpers.mjs';

const MINUTES = 5 * 60_000;

/** Five-minute candles that sweep their own lows; `scale` changes prices from a row on, `volume` is the one of a row. */
function walk(rows, { header = 'timestamp,open,high,low,close,volume', scale = () => 1, volume = (i) => (i % 8 === 2 ? 9 : 1) } = {}) {
  const out = [header];
  let last = 100;
  for (let i = 0; i < rows; i++) {
    const wave = [0, -0.4, -0.9, 0.3, 0.7, 0.2, -0.6, 0.5][i % 8];
    const close = 100 + wave + (Math.floor(i / 8) % 5) * 0.1;
    const low = Math.min(last, close) - (i % 8 === 2 ? 0.6 : 0.05);
    const prices = [last, Math.max(last, close) + 0.05, low, close].map((price) => (price * scale(i)).toFixed(4));
    out.push(`${1_700_000_100_000 + i * MINUTES},${prices.join(',')},${volume(i)}`);
    last = close;
  }
  return `${out.join('\n')}\n`;
}

test('an East Asian header is read by the browser as by the command', async ({ page }) => {
  const problems = await open(page);
  // 日期,開盤,最高,最低,收盤,成交量 in Big5.
  const header = Buffer.from('a4e9b4c12cb67dbd4c2cb3ccb0aa2cb3cca7432ca6acbd4c2ca6a8a5e6b671', 'hex');
  const rows = walk(60).split('\n').slice(1).join('\n');
  const bytes = Buffer.concat([header, Buffer.from(`\n${rows}`)]);
  await openFile(page, 'taiwan.csv', bytes);
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('60 rows read');
  await expect(page.getByRole('region', { name: 'How the file was read' })).toContainText('開盤');
  await openTab(page, 'Backtest');
  await settled(page);
  const exported = await download(page, 'Export JSON');
  expect(exported.text === command(['validate', '-', '--json'], bytes)).toBe(true);
  expect(problems).toEqual([]);
});

test('an unadjusted split is told, and marked beside the result', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'split.csv', walk(1_200, { scale: (i) => (i < 606 ? 4 : 1) }));
  const warnings = page.getByRole('list', { name: 'Warnings about the data' });
  await expect(warnings).toContainText('the level jumps at');
  await expect(warnings).toContainText('4:1');
  await expect(page.locator('.headline')).toContainText('Sound');
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(page.locator('.backtest')).toContainText('Open while the level jumped, as at a split: 1 of ');
  await page.getByRole('button', { name: 'Show the first' }).click();
  expect(problems).toEqual([]);
});

test('a file whose volume is 0 on moving candles can be read without it', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'novolume.csv', walk(1_200, { volume: (i) => (i % 3 === 0 ? 0 : 5) }));
  const summary = page.getByRole('region', { name: 'Summary' });
  await expect(summary).toContainText('volume of this file cannot be trusted');
  await expect(page.locator('.headline')).toContainText('fails');
  await summary.getByRole('button', { name: 'Read it without volume' }).click();
  await expect(summary).toContainText('none: volume checks do not apply');
  await expect(summary).not.toContainText('cannot be trusted');
  await expect(page.locator('.headline')).toContainText('Sound.');
  expect(problems).toEqual([]);
});

test('the ends of the cleaning parameters survive a reload', async ({ page }) => {
  const problems = await open(page);
  const text = walk(1_200);
  for (const end of ['0', '10000']) {
    await openFile(page, 'file.csv', text);
    await openTab(page, 'Clean');
    await page.getByRole('radio', { name: /^segment/ }).check();
    const gap = page.getByLabel('Longest gap without a new segment, slots');
    await gap.fill(end);
    await gap.press('Enter');
    await expect(gap).toHaveValue(end);
    await page.reload();
    await openFile(page, 'file.csv', text);
    await openTab(page, 'Clean');
    await expect(page.getByLabel('Longest gap without a new segment, slots')).toHaveValue(end);
  }
  expect(problems).toEqual([]);
});

test('dates that contradict each other are asked about with both lines', async ({ page }) => {
  await open(page);
  const rows = Array.from({ length: 40 }, (_, i) => {
    const day = `${1 + (i % 28)}`.padStart(2, '0');
    const date = i < 28 ? `${day}/01/2024` : `02/${day}/2024`;
    return `${date},100,101,99,100.5,${10 + i}`;
  });
  rows.push('02/20/2024,100,101,99,100.5,10');
  await openFile(page, 'dates.csv', `date,open,high,low,close,volume\n${rows.join('\n')}\n`);
  await expect(page.getByRole('alert')).toContainText('line 14');
  await expect(page.getByRole('alert')).toContainText('line 42');
});

test('a narrow window wraps its header', async ({ page }) => {
  await open(page);
  await openFile(page, 'a-file-with-quite-a-long-name.csv', walk(1_200, { scale: (i) => (i < 600 ? 4 : 1) }));
  for (const tab of ['Data', 'Clean', 'Backtest']) {
    await openTab(page, tab);
    for (const width of [600, 768, 900, 1024, 1180, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${tab} at ${width}`).toBeLessThanOrEqual(width);
      const places = await page.locator('.bar button, .bar .chip').evaluateAll((all) =>
        all.map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0).map(({ left, right, top, bottom }) => [left, right, top, bottom]),
      );
      for (const [i, a] of places.entries()) {
        for (const b of places.slice(i + 1)) {
          const overlap = a[0] < b[1] - 1 && b[0] < a[1] - 1 && a[2] < b[3] - 1 && b[2] < a[3] - 1;
          expect(overlap, `${tab} at ${width}: ${a} and ${b}`).toBe(false);
        }
      }
    }
  }
});
