// Several files in one drop: joined, listed, merged, judged; and what was left out.
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { download, open, openFile, openTab, settled } from './helpers.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DATA = `${ROOT}tests/golden/cases-data`;
const COMMAND = `${ROOT}target/release/cleansweep`;
const VENUES = ['binanceus_SOLUSDT_5m_1.csv', 'binanceus_SOLUSDT_5m_2.csv', 'binance_SOLUSDT_5m.csv', 'kraken_SOLUSD_5m.csv'];

const picker = (page) => page.getByLabel('Open CSV files');
const panel = (page) => page.getByRole('region', { name: 'Markets', exact: true });
const rows = (page) => panel(page).locator('[data-market]');

/** A market of five-minute rows from a day on. */
function candles(count, firstDay, level = 100) {
  const start = Date.UTC(2025, 0, firstDay);
  const lines = Array.from({ length: count }, (_, i) => {
    const close = level * (1 + ((i * 7919) % 101) / 5000);
    return [start + i * 300_000, close, close * 1.002, close * 0.998, close * 1.001, 10 + (i % 7)].join(',');
  });
  return `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`;
}

/** A folder of files on disk. */
function folder(files) {
  const root = mkdtempSync(join(tmpdir(), 'cleansweep-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('months are joined, venues listed worst first, a click turns to one, and what cannot be read is left out', async ({ page }) => {
  const problems = await open(page);
  const notes = join(folder({ 'notes.txt': 'no table at all' }), 'notes.txt');
  await picker(page).setInputFiles([...VENUES.map((name) => `${DATA}/${name}`), `${DATA}/SPY.csv`, notes]);
  await expect(rows(page)).toHaveCount(4, { timeout: 30_000 });
  await expect(page.locator('.toasts')).toContainText('1 file left out');
  await panel(page).getByText('Files that were left out: 1').click();
  await expect(panel(page)).toContainText('notes.txt');

  // Worst first: ascending share of rows with volume, undefined last.
  const names = await rows(page).allInnerTexts();
  expect(names.map((name) => name.replace(/\s+/g, ' '))).toEqual([
    'SOLUSDT binanceus 5m', 'SOLUSD kraken 5m', 'SOLUSDT binance 5m', 'SPY unknown 1d',
  ]);
  await expect(panel(page)).toContainText('4 markets: 1 fail, 2 warn, 1 pass.');
  await expect(panel(page)).toContainText('0 of 3 have volume in fewer than 70 % of their rows: data is not the primary issue');
  await expect(panel(page)).toContainText('symbol by the file name, venue not told');

  // The command lists the same markets.
  const told = JSON.parse(execFileSync(COMMAND, ['markets', ...VENUES, 'SPY.csv', '--json'], { cwd: DATA }));
  expect(told.markets.markets.map((one) => `${one.symbol} ${one.venue} ${one.timeframe}`)).toEqual(
    names.map((name) => name.replace(/\s+/g, ' ')),
  );

  await rows(page).first().click();
  await expect(page.getByRole('region', { name: 'Joined from' })).toContainText('2 conflicting');
  await openTab(page, 'Backtest');
  await settled(page);
  await page.getByRole('button', { name: 'Copy link' }).click();
  expect(decodeURIComponent(new URL(page.url()).hash)).toContain('market=SOLUSDT binanceus 5m (2 files)');
  expect(problems).toEqual([]);
});

test('another venue stands in: sources on chart and page, in the download, and everything else follows', async ({ page }) => {
  const problems = await open(page);
  await picker(page).setInputFiles(VENUES.map((name) => `${DATA}/${name}`));
  await expect(rows(page)).toHaveCount(3, { timeout: 30_000 });
  await rows(page).first().click();
  await expect(page.getByRole('region', { name: 'Joined from' })).toBeVisible();
  // The order of the venues is the user's, and stays.
  const asked = page.locator('fieldset label', { hasText: /^\s*\d\. / });
  await expect(asked).toHaveText([/1\. binance_SOL/, /2\. kraken_SOL/]);
  await page.getByRole('button', { name: 'Ask kraken_SOLUSD_5m.csv sooner' }).click();
  await expect(asked).toHaveText([/1\. kraken_SOL/, /2\. binance_SOL/]);
  await openTab(page, 'Clean');
  await openTab(page, 'Data');
  await expect(asked).toHaveText([/1\. kraken_SOL/, /2\. binance_SOL/]);
  await page.getByRole('button', { name: 'Merge venues' }).click();
  const merged = page.getByRole('region', { name: 'Merged from' });
  await expect(merged).toContainText('Another venue stands in for', { timeout: 30_000 });
  await expect(rows(page)).toHaveCount(4);
  const csv = (await download(page, 'Download rows with sources')).text;
  const sources = csv.trim().split('\n').slice(1).map((line) => line.split(',')[6]);
  expect(sources.length).toBe(1200);
  expect(new Set(sources)).toEqual(new Set(['SOLUSDT binanceus 5m (2 files)', 'binance_SOLUSDT_5m.csv', 'kraken_SOLUSD_5m.csv']));
  // A merged market has no lines to be read otherwise, and is a market as any other.
  await expect(page.getByRole('button', { name: 'Preview and change' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Merge venues' })).toHaveCount(0);
  await openTab(page, 'Backtest');
  await settled(page);
  await openTab(page, 'Robust');
  await expect(page.getByRole('region', { name: 'Does the cleaning decide the result?' })).toContainText('mask_flat', { timeout: 30_000 });
  expect(problems).toEqual([]);
});

test('an archive of several files is opened as a drop of them, and a folder by its names', async ({ page }) => {
  const problems = await open(page);
  const root = folder({
    'kraken/BTCUSD_5m_2025-01.csv': candles(2000, 1),
    'kraken/BTCUSD_5m_2025-02.csv': candles(2000, 8),
    'kraken/.hidden.csv': 'no',
    'kraken/readme.md': 'no',
  });
  execFileSync('python3', ['-m', 'zipfile', '-c', join(root, 'months.zip'), 'kraken'], { cwd: root });
  await picker(page).setInputFiles(join(root, 'months.zip'));
  await expect(page.locator('.chip__name')).toContainText('BTCUSD', { timeout: 30_000 });
  await expect(page.getByRole('region', { name: 'Joined from' })).toContainText('BTCUSD_5m_2025-02.csv');
  await page.reload();
  await page.getByLabel('Open a folder').setInputFiles(join(root, 'kraken'));
  await expect(page.locator('.chip__name')).toContainText('BTCUSD kraken 5m (2 files)', { timeout: 30_000 });
  expect(problems).toEqual([]);
});

test('thirty files open with progress; cancelling keeps what was read', async ({ page }) => {
  const problems = await open(page);
  const files = {};
  for (let i = 0; i < 30; i += 1) files[`binance_${['BTC', 'ETH', 'SOL'][i % 3]}USDT_${[1, 3, 5, 15, 30][i % 5]}m_${i}.csv`] = candles(20_000, 1, 50 + i);
  const root = folder(files);
  const paths = Object.keys(files).map((name) => join(root, name));
  await picker(page).setInputFiles(paths);
  await expect(page.getByText(/File \d+ of 30\./)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('.toasts')).toContainText(/was cancelled/);
  // Whatever was read by then is open, or nothing was.
  await picker(page).first().setInputFiles(paths);
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible({ timeout: 60_000 });
  // Their rows, not their names, tell the timeframe, and rows that contradict each other keep files apart.
  await expect(rows(page).first()).toBeVisible({ timeout: 60_000 });
  expect(await rows(page).count()).toBeGreaterThanOrEqual(30);
  expect(problems).toEqual([]);
});

test('the user says what a file is of, and gates of the page are those of the command', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'SPY.csv', readFileSync(`${DATA}/SPY.csv`));
  await expect(panel(page)).toContainText('venue not told', { timeout: 30_000 });
  await page.getByLabel('Venue', { exact: true }).fill('NYSE');
  await page.getByLabel('Venue', { exact: true }).press('Enter');
  await page.getByLabel('Venue', { exact: true }).blur();
  await expect(panel(page)).toContainText('venue as you say', { timeout: 30_000 });
  await expect(rows(page)).toContainText(['nyse']);

  await panel(page).getByText('Gates and audits').click();
  await page.getByLabel('Usable rows fails').fill('100');
  await page.getByLabel('Usable rows fails').blur();
  await expect(panel(page)).toContainText('1 market: 1 fail');
  const gates = await download(page, 'Download gates.toml');
  const audit = await download(page, 'Download this audit');
  expect(JSON.parse(audit.text).markets[0].failed).toEqual(['usable_rows']);
  const root = folder({ 'gates.toml': gates.text, 'last.json': audit.text });
  // The command reads both, and fails as the page does.
  let status = 0;
  try {
    execFileSync(COMMAND, ['audit', `${DATA}/SPY.csv`, '--gates', join(root, 'gates.toml'), '--previous', join(root, 'last.json')]);
  } catch (error) {
    status = error.status;
  }
  expect(status).toBe(1);
  // Without the gate it is better than before.
  await page.getByLabel('Usable rows fails').fill('');
  await page.getByLabel('Usable rows fails').blur();
  await page.getByLabel('Open an earlier audit').setInputFiles(join(root, 'last.json'));
  await expect(panel(page)).toContainText('✓ better');
  await page.getByLabel('Open an earlier audit').setInputFiles({ name: 'other.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') });
  await expect(page.locator('.toasts')).toContainText('other.json is no audit');
  // What can be compared with stays.
  await expect(panel(page)).toContainText('Compared with last.json');
  await expect(panel(page)).toContainText('✓ better');

  // What is no threshold is refused in words, and nothing changes.
  const limit = page.getByLabel('Broken rows fails');
  for (const [text, why] of [['abc', 'a threshold is a number'], ['1.5', 'a share is a fraction'], ['150 %', 'a share is a fraction']]) {
    await limit.fill(text);
    await limit.blur();
    await expect(panel(page).getByRole('alert')).toContainText(`“${text}” was not taken: ${why}`);
    await expect(limit).toHaveAttribute('aria-invalid', 'true');
  }
  await limit.fill('5 %');
  await limit.blur();
  await expect(limit).toHaveAttribute('aria-invalid', 'false');
  await expect(limit).toHaveValue('0.05');
  await expect(page.getByText('Your own judge the markets in the table above')).toBeVisible();
  await openTab(page, 'Clean');
  await openTab(page, 'Data');
  await expect(page.getByLabel('Broken rows fails')).toHaveValue('0.05');

  // The command refuses a gate that fails before it warns; so it is neither applied nor saved here.
  const save = page.getByRole('button', { name: 'Download gates.toml' });
  await page.getByLabel('Missing slots warns').fill('0.5');
  await page.getByLabel('Missing slots warns').blur();
  await expect(panel(page).getByRole('alert')).toContainText(/would fail at 0\.05 before it warns at 0\.5.*Until then the usual thresholds hold/);
  await expect(save).toBeDisabled();
  await page.getByLabel('Missing slots warns').fill('');
  await page.getByLabel('Missing slots warns').blur();
  await expect(save).toBeEnabled();

  // An emptied field goes back to what the file says.
  await page.getByLabel('Venue', { exact: true }).fill('');
  await page.getByLabel('Venue', { exact: true }).blur();
  await expect(panel(page)).toContainText('venue not told', { timeout: 30_000 });
  expect(problems).toEqual([]);
});

test('days and hours are reached by the keyboard, and bring the chart into sight', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'SOLUSDT_5m.csv', readFileSync(`${DATA}/${VENUES[0]}`));
  const places = page.getByRole('region', { name: 'Where it hurts' });
  await places.scrollIntoViewIfNeeded();
  const hours = places.getByLabel('Share of bad slots by hour of the week, UTC.');
  await expect(hours).toBeVisible({ timeout: 30_000 });
  const stops = hours.locator('[tabindex="0"]');
  await expect(stops).toHaveCount(1);
  await stops.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await expect(hours.locator('rect:focus')).toHaveCount(1);
  await expect(stops).toHaveCount(1);
  const chart = page.locator('#price-chart');
  await expect(chart).not.toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press('Enter');
  await expect(chart).toBeInViewport({ ratio: 0.9 });
  expect(problems).toEqual([]);
});

test('cancelling while files are joined leaves each by itself', async ({ page }) => {
  const problems = await open(page);
  const files = {};
  for (let i = 0; i < 4; i += 1) files[`kraken_BTCUSD_5m_${i}.csv`] = candles(60_000, 1 + i * 220);
  const root = folder(files);
  // The joined market is read as one more file, under the name of the market; that lasts a moment only.
  await page.evaluate(() => {
    new MutationObserver((_, watch) => {
      const cancel = [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Cancel');
      if (cancel && document.body.textContent.includes('BTCUSD kraken 5m (4 files)')) {
        watch.disconnect();
        cancel.click();
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await picker(page).setInputFiles(Object.keys(files).map((name) => join(root, name)));
  await expect(page.locator('.toasts')).toContainText('nothing more was joined', { timeout: 60_000 });
  await expect(rows(page)).toHaveCount(4);
  await rows(page).nth(2).click();
  await openTab(page, 'Backtest');
  await settled(page);
  expect(problems).toEqual([]);
});
