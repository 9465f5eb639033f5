// A search as a user runs it: what it says is what the command says, it stops when it is told to, and a trial can be loaded.
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, download, loadSample, open, openTab, settled } from './helpers.mjs';

const panel = (page, name) => page.getByRole('region', { name, exact: true });

async function field(page, label, value) {
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByLabel(label, { exact: true }).blur();
}

async function search(page, trials) {
  await openTab(page, 'Search');
  await field(page, 'Trials', String(trials));
  await page.getByRole('button', { name: 'Search', exact: true }).click();
}

test('the page and the command find the same to the last digit', async ({ page }) => {
  const problems = await open(page);
  await loadSample(page);
  await search(page, 150);
  await expect(page.getByText('150 trials evaluated')).toBeVisible({ timeout: 60_000 });
  const { name, text } = await download(page, 'Download trials CSV');
  expect(name).toBe('cleansweep_trials.csv');
  const folder = mkdtempSync(join(tmpdir(), 'cleansweep-'));
  try {
    writeFileSync(join(folder, 'sample.csv'), command(['sample']));
    const options = ['search', join(folder, 'sample.csv'), '--trials', '150', '--csv', join(folder, 'trials.csv')];
    const told = command(options);
    const csv = execFileSync('cat', [join(folder, 'trials.csv')], { encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(text).toBe(csv);
    // The sentence on top is the command's first line.
    await expect(panel(page, 'Is the best one luck?')).toContainText(told.split('\n')[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(problems).toEqual([]);
});

test('a click on a trial loads it, and one undo takes it back', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const before = await page.locator('.result .cards').innerText();
  await search(page, 100);
  const trials = panel(page, 'Trials');
  await expect(trials).toBeVisible({ timeout: 60_000 });
  const row = trials.locator('tbody tr').first();
  const cells = await row.locator('td').allInnerTexts();
  await row.locator('[data-load]').click();
  await expect(page.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true');
  await settled(page);
  const after = await page.locator('.result .cards').innerText();
  expect(after).not.toBe(before);
  // The net return of the row is the one of the card.
  expect(after).toContain(cells[6]);
  await page.getByRole('button', { name: /^Undo/ }).first().click();
  await settled(page);
  expect(await page.locator('.result .cards').innerText()).toBe(before);
  // What was found is still there.
  await openTab(page, 'Search');
  await expect(page.getByText('100 trials evaluated')).toBeVisible();
  await panel(page, 'Two parameters').locator('rect[data-load]').first().press('Enter');
  await expect(page.getByText('It was chosen among many')).toBeVisible();
});

test('a search pauses, stops within its promise, keeps what it has and goes on', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await search(page, 20_000);
  const status = panel(page, 'Progress').getByRole('status');
  await expect(status).toContainText('a second', { timeout: 30_000 });
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(status).toContainText('Paused');
  await page.waitForTimeout(300);
  const held = await status.innerText();
  await page.waitForTimeout(500);
  expect(await status.innerText()).toBe(held);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => status.innerText()).not.toBe(held.replace('Paused. ', ''));
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(status).toContainText('Stopped');
  await expect(panel(page, 'Is the best one luck?')).toContainText('Stopped after', { timeout: 60_000 });
  await expect(panel(page, 'Trials').locator('tbody tr').first()).toBeVisible();
  const stopped = Number((await status.innerText()).match(/([\d,]+) of/)[1].replace(/,/g, ''));
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect
    .poll(async () => Number((await status.innerText()).match(/([\d,]+) of/)[1].replace(/,/g, '')), { timeout: 30_000 })
    .toBeGreaterThan(stopped);
});

test('a worker that dies during a search costs nothing', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await search(page, 5_000);
  await expect(panel(page, 'Progress').getByRole('status')).toContainText('a second', { timeout: 30_000 });
  for (const worker of page.workers()) {
    await worker.evaluate(() => self.onmessage({ data: [new Uint8Array([255, 255, 255, 255])] })).catch(() => {});
  }
  await expect(page.getByText('5,000 trials evaluated')).toBeVisible({ timeout: 90_000 });
  const { text } = await download(page, 'Download trials CSV');
  expect(text.trim().split('\n').length).toBe(5_001);
});

test('a space is edited, counted before it starts, and refused in words', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await openTab(page, 'Search');
  for (const [key, kept] of [
    ['pierce_depth', false], ['volume_spike_threshold', false], ['atr_multiplier_sl', false],
    ['reversal_candles', true], ['min_level_touches', true], ['risk_reward_ratio', true],
  ]) {
    if (!kept) await page.locator(`#how-${key}`).selectOption('fixed');
  }
  await page.locator('#how-risk_reward_ratio').selectOption('list');
  await field(page, 'Reward to risk values', '1; 2; none');
  await page.getByLabel('Sampler').selectOption('grid');
  await field(page, 'Minimum trades', '5');
  await expect(page.getByText('18 trials over 3 parameters')).toBeVisible();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('18 trials evaluated')).toBeVisible({ timeout: 30_000 });
  await field(page, 'Reversal candles to', '9');
  await expect(page.getByRole('alert').filter({ hasText: 'reversal_candles' })).toContainText('it takes a whole number from 1 to 6');
  await expect(page.getByRole('button', { name: 'Search', exact: true })).toBeDisabled();
  // Sorted by a click, filtered by a condition, and a wrong one is told.
  const trials = panel(page, 'Trials');
  await trials.getByRole('button', { name: 'Trades', exact: true }).click();
  await expect(trials.locator('th[aria-sort="ascending"]')).toHaveText('Trades');
  await field(page, 'Filter', 'risk_reward_ratio = 2, trades >= 0');
  await expect(trials).toContainText('6 of 6 matching trials shown, of 18 in all');
  await field(page, 'Filter', 'luck > 1');
  await expect(trials.getByRole('alert')).toContainText('no column is called “luck”');
});

test('the search as a document is the one of the command', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Search');
  // Over fewer rows, chosen on this page.
  await field(page, 'Newest rows', '20,000');
  await search(page, 60);
  await expect(page.getByText('60 trials evaluated')).toBeVisible({ timeout: 60_000 });
  const { name, text } = await download(page, 'Download search JSON');
  expect(name).toBe('cleansweep_search.json');
  const own = JSON.parse(text);
  const folder = mkdtempSync(join(tmpdir(), 'cleansweep-'));
  try {
    writeFileSync(join(folder, 'sample.csv'), command(['sample']));
    const told = JSON.parse(command(['search', join(folder, 'sample.csv'), '--trials', '60', '--last', '20000', '--json']));
    // The page has seen more than this search: its ledger counts the backtest that was shown, too.
    expect(own.search.ledger.looks).toBeGreaterThan(told.search.ledger.looks - 1);
    for (const document of [own, told]) {
      delete document.search.ledger;
      delete document.search.luck.dsr;
      delete document.product;
    }
    expect(own.window).toEqual(told.window);
    expect(own.search).toEqual(told.search);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a drag along an axis filters lines and table, a click lets it go', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await search(page, 200);
  const trials = panel(page, 'Trials');
  await expect(trials).toContainText('of 200 trials shown', { timeout: 60_000 });
  const axis = page.locator('.parallel [data-brush="volume_spike_threshold"]');
  await axis.scrollIntoViewIfNeeded();
  await page.locator('.parallel').evaluate((e) => e.scrollIntoView({ block: 'center' }));
  const box = await axis.boundingBox();
  const x = box.x + box.width / 2;
  await page.mouse.move(x, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(x, box.y - 30, { steps: 6 });
  await page.mouse.up();
  await expect(trials).toContainText(/of [\d,]+ matching trials shown, of 200 in all/);
  const filter = await trials.getByLabel('Filter').inputValue();
  expect(filter).toMatch(/^volume_spike_threshold >= 2(\.\d+)?, volume_spike_threshold <= 2\.5$/);
  const shown = Number((await trials.innerText()).match(/of ([\d,]+) matching/)[1]);
  expect(shown).toBeGreaterThan(60);
  expect(shown).toBeLessThan(140);
  await expect(page.locator('.parallel .line.out')).toHaveCount(200 - shown);
  await page.locator('.parallel').evaluate((e) => e.scrollIntoView({ block: 'center' }));
  await axis.click();
  await expect(trials).toContainText('of 200 trials shown');
  await expect(page.locator('.parallel .line.out')).toHaveCount(0);
});

test('a map of two parameters follows a third, and a cell is loaded as one step', async ({ page }) => {
  const problems = await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  await page.getByText('What if I move these two?').click();
  const map = page.locator('.map');
  const here = map.locator('rect.here');
  await expect(here).toHaveCount(1);
  const label = async () => here.getAttribute('aria-label');
  const expectancy = async () => (await page.locator('.result .card', { hasText: 'Expectancy' }).innerText()).match(/[−\d.]+ R/)[0];
  await expect(async () => expect(await label()).toContain(await expectancy())).toPass();
  // A third one moves: the framed cell is what the result says.
  const before = await label();
  const fee = page.getByRole('slider', { name: 'Fee per side', exact: true });
  for (let i = 0; i < 8; i++) await fee.press('ArrowRight');
  await settled(page);
  await expect(async () => {
    expect(await label()).not.toBe(before);
    expect(await label()).toContain(await expectancy());
  }).toPass();
  // Another pair, and one of the engine's own.
  await map.getByLabel('Across').selectOption('risk_reward_ratio');
  await expect(map).toContainText('by Reward to risk and');
  const cell = map.locator('rect[data-load]:not(.here)').last();
  const wanted = (await cell.getAttribute('aria-label')).match(/: ([−\d.]+ R)/)[1];
  await cell.click();
  await settled(page);
  await expect(async () => expect(await expectancy()).toBe(wanted)).toPass();
  await page.keyboard.press('Control+z');
  await settled(page);
  await expect(async () => expect(await label()).toContain(await expectancy())).toPass();
  expect(problems).toEqual([]);
});
