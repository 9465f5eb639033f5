// The main job on the generated sample: load, see, clean, drag, export.
import { expect, test } from '@playwright/test';
import { command, download, loadSample, open, openTab, picture, settled } from './helpers.mjs';

test('the sample has exactly the counts of the source', async ({ page }) => {
  const problems = await open(page);
  await loadSample(page);
  const source = page.getByRole('region', { name: 'Flat candles and volume' });
  await expect(source.getByText('valid_pct', { exact: true })).toBeHidden();
  await source.getByLabel(/numbers of the original method/).check();
  for (const number of ['155,520', '29,341', '58,993', '81.13']) {
    await expect(source.getByText(number, { exact: true }).first()).toBeVisible();
  }
  await expect(page.getByText('Data: usable after mask, with warnings')).toBeVisible();
  expect((await picture(page, '.chart__canvas--price')).inked).toBeGreaterThan(2_000);
  expect(problems).toEqual([]);
});

test('the clean sample passes every gate', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await expect(page.getByRole('region', { name: 'Summary' }).getByText('Sound.', { exact: true })).toBeVisible();
});

test('Job 143 on its newest 5,000 usable rows makes about 80 trades, 12 wins and loses about half', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await page.getByLabel('Preset').selectOption('job143');
  await page.getByRole('button', { name: 'Use 5,000, as Job 143 did' }).click();
  await settled(page);
  const result = page.locator('.result');
  await expect(result).toContainText('12 of 80');
  await expect(result).toContainText('−48.7 %');
});

test('every slider changes trades, metrics, equity, list and charts', async ({ page }) => {
  test.setTimeout(240_000);
  const problems = await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  // No leverage cap and a narrow daily limit, so that risk, leverage and the stops have something to bind.
  await settled(page);
  const state = async () => ({
    cards: await page.locator('.result .cards').innerText(),
    metrics: await page.locator('.meaning .facts').textContent(),
    trades: await page.locator('.trades tbody').innerText(),
    funnel: await page.locator('.funnel').innerText(),
    equity: (await picture(page, '.chart__canvas--equity')).hash,
  });
  for (const box of await page.getByRole('checkbox', { name: /: limited$/ }).all()) {
    await box.check();
  }
  const sliders = page.locator('.strategy input[type=range]');
  const names = await sliders.evaluateAll((all) => all.map((slider) => slider.labels[0].textContent));
  expect(names.length).toBe(22);
  for (let i = 0; i < names.length; i++) {
    const slider = sliders.nth(i);
    await settled(page);
    const before = await state();
    const { value, min, max } = await slider.evaluate((s) => ({ value: +s.value, min: +s.min, max: +s.max }));
    // Away from the default by a good part of the range, in the direction that leaves trades to look at.
    const target = {
      'Starting equity': 60,
      'Maximum leverage': 2,
      'Daily loss limit': 1,
      'Drawdown stop': 5,
      'Risk per trade': 60,
      'Entry delay': 1,
      Lookback: 400,
      'Stop distance': 120,
      'Minimum ATR': 45,
      'Minimum stop': 20,
    }[names[i]] ?? (value > min ? Math.max(min, Math.round(value / 2)) : Math.min(max, value + 2));
    await slider.fill(String(target));
    await settled(page);
    const after = await state();
    expect(await slider.inputValue(), `${names[i]} keeps its value`).toBe(String(target));
    const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
    expect(changed.length, `${names[i]} from ${value} to ${target} changes something`).toBeGreaterThan(0);
    await page.getByRole('button', { name: `Reset ${names[i]}`, exact: true }).click();
    await settled(page);
    if (/limit|stop$|leverage/.test(names[i])) {
      const limited = page.getByRole('checkbox', { name: `${names[i]}: limited` });
      if (await limited.count()) await limited.check();
    }
  }
  expect(problems).toEqual([]);
});

test('a slider can be moved by keyboard and typed into, with percent as it is shown', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  const slider = page.getByRole('slider', { name: 'Pierce depth' });
  await slider.focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', '0.15 %');
  const box = page.getByRole('textbox', { name: 'Pierce depth, value' });
  await box.fill('0,415');
  await box.press('Enter');
  await expect(slider).toHaveAttribute('aria-valuetext', '0.415 %');
  await box.fill('77');
  await box.press('Enter');
  await expect(page.getByRole('alert')).toContainText('Pierce depth takes 0 % to 1 %');
  await expect(slider).toHaveAttribute('aria-valuetext', '0.415 %');
});

test('the export equals the command for the same file and settings, native and Wasm bit for bit', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const csv = command(['sample']);
  const standard = await download(page, 'Export JSON');
  expect(standard.text === command(['validate', '-', '--json'], csv), 'default settings').toBe(true);

  await page.getByLabel('Preset').selectOption('job143');
  await page.getByRole('button', { name: 'Use 5,000, as Job 143 did' }).click();
  await openTab(page, 'Clean');
  await page.getByRole('radio', { name: /^drop/ }).check();
  const job = await download(page, 'Export JSON');
  const args = ['validate', '-', '--json', '--preset', 'job143', '--last', '5000', '--policy', 'drop'];
  expect(job.text === command(args, csv), 'Job 143 under drop').toBe(true);
  expect(job.name).toBe('cleansweep_sample_job143_5m_drop.json');
  const { equity, trades } = JSON.parse(job.text);
  expect(equity.sha256_f64le).toMatch(/^[0-9a-f]{64}$/);
  expect(trades.length).toBeGreaterThan(60);
});

test('the list and the chart point at the same trade', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const before = await picture(page, '.chart__canvas--price');
  await page.locator('.trade').nth(2).click();
  await expect(page.locator('.trade--selected')).toHaveCount(1);
  await expect.poll(async () => (await picture(page, '.chart__canvas--price')).hash).not.toBe(before.hash);
  const trades = await download(page, 'Trades CSV');
  const lines = trades.text.trim().split('\n');
  expect(lines[0]).toContain('entry_time,exit_time');
  expect(lines.length - 1).toBe(Number((await page.locator('.trades .chip').innerText()).replace(',', '')));
});
