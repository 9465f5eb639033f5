// It never freezes and never lies: dead workers, stale answers, and no request after the start.
import { expect, test } from '@playwright/test';
import { loadSample, open, openFile, openTab, settled } from './helpers.mjs';

test('a worker that panics is replaced, and the page says so', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const before = await page.locator('.result .cards').innerText();
  expect(page.workers().length).toBe(2);
  // A message that is no question: the worker's own decoding panics on it, as any broken invariant would.
  for (const worker of page.workers()) {
    await worker.evaluate(() => {
      self.onmessage({ data: [new Uint8Array([255, 255, 255, 255])] });
    }).catch(() => {});
  }
  await expect(page.getByText('It was replaced and its work repeated; nothing is lost.')).toBeVisible();
  await page.getByRole('slider', { name: 'Reward to risk' }).fill('300');
  await settled(page);
  await expect.poll(() => page.locator('.result .cards').innerText()).not.toBe(before);
  await page.getByRole('button', { name: 'Reset Reward to risk' }).click();
  await settled(page);
  expect(await page.locator('.result .cards').innerText()).toBe(before);
});

test('a worker that throws outside of Rust is replaced too', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  for (const worker of page.workers()) {
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new Error('a planted failure');
      });
    });
  }
  await expect(page.getByText('a planted failure')).toBeVisible();
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(page.locator('.result .card')).toHaveCount(8);
});

test('the result belongs to the last of many quick moves', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const slider = page.getByRole('slider', { name: 'Volume spike' });
  await slider.evaluate((input) => {
    for (let k = 100; k <= 400; k += 2) {
      input.value = String(k);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
  await settled(page);
  const dragged = await page.locator('.result .cards').innerText();
  await slider.fill('250');
  await settled(page);
  expect(await page.locator('.result .cards').innerText()).not.toBe(dragged);
  await slider.fill('400');
  await settled(page);
  expect(await page.locator('.result .cards').innerText()).toBe(dragged);
});

test('contradictory parameters are refused with the reason, and the last good result stays', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const before = await page.locator('.result .cards').innerText();
  await page.getByRole('slider', { name: 'Lookback' }).fill('10');
  await page.getByRole('slider', { name: 'Pivot width' }).fill('20');
  await expect(page.getByRole('alert')).toContainText('No level can form');
  expect(await page.locator('.result .cards').innerText()).not.toBe('');
  await page.getByRole('button', { name: 'Reset Lookback' }).click();
  await page.getByRole('button', { name: 'Reset Pivot width' }).click();
  await settled(page);
  await expect(page.getByRole('alert')).toHaveCount(0);
  // The ghost beside the numbers arrives a little later.
  await expect.poll(() => page.locator('.result .cards').innerText()).toBe(before);
});

test('nothing is requested once the page has started', async ({ page, context }) => {
  await open(page);
  await page.waitForTimeout(300);
  const requests = [];
  context.on('request', (request) => {
    if (!request.url().startsWith('blob:')) requests.push(request.url());
  });
  await loadSample(page);
  for (const tab of ['Clean', 'Backtest', 'Data']) await openTab(page, tab);
  expect(requests).toEqual([]);
});

test('a file of three candles can be zoomed and panned by every means', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'three.csv', `timestamp,open,high,low,close,volume\n${[0, 1, 2].map((i) => `${1_735_689_600_000 + i * 300_000},1,2,0.5,1.5,7`).join('\n')}\n`);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('button', { name: 'Zoom out' }).click();
  const chart = page.locator('.chart__canvas--price');
  await chart.focus();
  for (const key of ['+', '-', 'ArrowLeft', 'ArrowRight', 'Home', 'End', '0']) await page.keyboard.press(key);
  await chart.hover();
  await page.mouse.wheel(0, 100);
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('3 rows read');
  await openTab(page, 'Backtest');
  await settled(page);
  expect(problems).toEqual([]);
});

test('every one of several quick downloads arrives', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await openTab(page, 'Clean');
  const names = [];
  page.on('download', (file) => names.push(file.suggestedFilename()));
  await page.getByRole('button', { name: 'Export JSON' }).click();
  await page.getByRole('button', { name: 'Download cleaned CSV' }).click();
  await page.getByRole('button', { name: 'Download rejects with reasons' }).click();
  await expect.poll(() => names.length, { timeout: 20_000 }).toBe(3);
});
