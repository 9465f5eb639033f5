// Merging four venues of 155,520 rows and the multiverse of the sample, in the built page: `node benches/browser/several.mjs`.
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import config from '../../playwright.config.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RUNS = 5;
const sample = execFileSync(`${ROOT}target/release/cleansweep`, ['sample'], { maxBuffer: 1 << 28 }).toString().trim().split('\n');

/** The sample as another venue has it: a fifth of the rows traded elsewhere, and a few basis points apart. */
function venue(nth) {
  if (nth === 0) return sample.join('\n');
  const lines = sample.slice(1).map((line, row) => {
    const [time, ...values] = line.split(',');
    const [open, high, low, close, volume] = values.map(Number);
    const moved = [open, high, low, close].map((price) => (price * (1 + nth * 2e-4 + ((row * 31 + nth) % 7) * 1e-5)).toFixed(6));
    return [time, ...moved, (row + nth) % 5 === 0 ? 0 : volume + nth].join(',');
  });
  return [sample[0], ...lines].join('\n');
}

const server = spawn('node', [`${ROOT}tests/e2e/server.mjs`, '8096']);
await new Promise((ready) => setTimeout(ready, 800));
const browser = await chromium.launch(config.use.launchOptions);
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
page.on('pageerror', (error) => console.error(error.message));
// The page clears its measures; an observer has them all.
await page.addInitScript(() => {
  self.seen = [];
  new PerformanceObserver((list) => self.seen.push(...list.getEntries())).observe({ entryTypes: ['measure'] });
});
await page.goto('http://127.0.0.1:8096/some/path/');
const names = ['binance', 'kraken', 'bitstamp', 'gemini'];
const files = names.map((name, nth) => ({ name: `${name}_BTCUSD_1m.csv`, mimeType: 'text/csv', buffer: Buffer.from(venue(nth)) }));
const rows = page.getByRole('region', { name: 'Markets', exact: true }).locator('[data-market]');
const measured = (name) => page.evaluate((name) => self.seen.filter((entry) => entry.name === name).map((entry) => Math.round(entry.duration)), name);
const clear = () => page.evaluate(() => { self.seen.length = 0; });
const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const told = {};
await page.getByLabel('Open CSV files').setInputFiles(files);
await rows.nth(3).waitFor({ timeout: 120_000 });
const reference = page.locator('[data-market]', { hasText: 'binance' }).first();
const merging = { worker: [], page: [] };
for (let run = 0; run < RUNS; run += 1) {
  await reference.click();
  await page.getByRole('button', { name: 'Merge venues' }).waitFor();
  await page.waitForTimeout(1_500);
  await clear();
  const start = Date.now();
  await page.getByRole('button', { name: 'Merge venues' }).click();
  await page.getByRole('region', { name: 'Merged from' }).waitFor({ timeout: 60_000 });
  merging.page.push(Date.now() - start);
  merging.worker.push(...(await measured('Load')));
  await page.waitForTimeout(500);
  await page.getByRole('button', { name: /^Close/ }).click();
  await page.waitForTimeout(1_000);
}
told['merging four venues, worker, ms: rows handed over, merged, agreement, judged'] = merging.worker;
told['merging four venues, click to table, ms'] = middle(merging.page);
await page.reload();
await page.getByRole('button', { name: 'Load sample', exact: true }).click();
await page.getByRole('tab', { name: 'Backtest' }).click();
await page.locator('.funnel-panel[aria-busy="false"]').waitFor({ timeout: 60_000 });
await clear();
const start = Date.now();
await page.getByRole('tab', { name: 'Robust' }).click();
await page.getByRole('region', { name: 'Does the cleaning decide the result?' }).locator('table').first().waitFor({ timeout: 60_000 });
told['multiverse, click to table, ms'] = Date.now() - start;
const parts = await measured('Multiverse');
told['multiverse, worker, ms'] = parts.reduce((all, part) => all + part, 0);
told['multiverse, parts'] = parts;
told.rest = await page.evaluate(() => self.seen.map((entry) => `${entry.name} ${Math.round(entry.duration)}`).join(', '));
console.log(JSON.stringify(told, null, 2));
await browser.close();
server.kill();
