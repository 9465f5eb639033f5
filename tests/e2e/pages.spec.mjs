// Explain, funnel, costs, Validate and Compare: the numbers on the page are those of the engine.
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { CASES, command, loadSample, open, openFile, openTab, settled } from './helpers.mjs';

const number = (text) => Number(text.replaceAll(',', '').replace('−', '-').replace(/[^\d.e-]/g, ''));

test('a candle is explained condition by condition', async ({ page }) => {
  const problems = await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(page.getByText('A click on a candle or a trade explains it')).toBeVisible();
  await page.locator('.trade').nth(3).click();
  const panel = page.getByRole('region', { name: 'Explain a candle' });
  await expect(panel).toContainText('It sweeps a level (long, trade 4).');
  const long = panel.locator('.explain__side').first();
  await expect(long).toContainText('A signal: trade 4.');
  expect(await long.locator('.verdict-mark--pass').count()).toBe(11);
  // Each row's own numbers must agree with its mark.
  const row = async (name) => {
    const cells = await long.locator('tr', { hasText: name }).locator('td').allInnerTexts();
    return { value: number(cells[1]), needed: number(cells[2]), sign: cells[2].trim()[0] };
  };
  const pierced = await row('low at or below');
  expect(pierced.sign).toBe('≤');
  expect(pierced.value).toBeLessThanOrEqual(pierced.needed);
  const volume = await row('volume / mean volume');
  expect(volume.value).toBeGreaterThan(volume.needed);
  const short = panel.locator('.explain__side').nth(1);
  await expect(short).toContainText('No signal: it fails at');
  expect(await short.locator('.verdict-mark--fail').count()).toBeGreaterThan(0);
  // A higher threshold turns the same row into a failure.
  const slider = page.getByRole('slider', { name: 'Volume spike' });
  await slider.focus();
  await page.keyboard.press('End');
  await settled(page);
  await expect(long).toContainText('No signal: it fails at “Volume spike”.');
  await panel.getByRole('button', { name: 'Next candle' }).click();
  await expect(panel).not.toContainText('It sweeps a level');
  await panel.getByRole('button', { name: 'Close' }).click();
  await expect(panel).toHaveCount(0);
  expect(problems).toEqual([]);
});

test('a row that the policy does not use says why', async ({ page }) => {
  await open(page);
  await openFile(page, 'dirty.csv', readFileSync(`${CASES}/dirty.csv`));
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
  await openTab(page, 'Backtest');
  await settled(page);
  const chart = page.locator('.chart__canvas--price');
  await chart.focus();
  const panel = page.getByRole('region', { name: 'Explain a candle' });
  // Walk back until an untradable row is found.
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press('Shift+ArrowLeft');
    if (i % 4 === 3) {
      await page.keyboard.press('Enter');
      await expect(panel).toHaveAttribute('aria-busy', 'false');
      if (await panel.getByText('this row is not used').count()) break;
    }
  }
  await expect(panel).toContainText(/Under mask this row is not used \((placeholder|impossible|broken)\)/);
  await expect(panel.locator('.explain__side')).toHaveCount(0);
});

test('the funnel names what blocks most and shows the trades it costs', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const funnel = page.locator('.funnel-panel');
  await expect(funnel).toContainText('Most is blocked by Pierced: without it there would be 2,149 more trades');
  const row = funnel.locator('tr', { hasText: 'Volume spike' });
  const cost = number((await row.locator('td').allInnerTexts())[2]);
  await row.getByRole('button', { name: /^Show the trades/ }).click();
  await expect(page.getByText(`Dashed: ${cost.toLocaleString('en')} trades that would exist without “Volume spike”.`)).toBeVisible();
  await page.getByRole('button', { name: 'Show the first' }).click();
  await page.getByRole('button', { name: 'Hide them' }).click();
  await expect(page.getByText('Dashed:')).toHaveCount(0);
});

test('costs add up, and a cell of the map sets its costs', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const costs = page.getByRole('region', { name: 'Costs and risk', exact: true });
  await expect(costs).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const card = async (name) =>
    number(await costs.locator('.card', { hasText: new RegExp(`^${name}`) }).locator('.card__value').first().innerText());
  const [gross, slippage, fees, net] = [await card('Gross'), await card('Slippage'), await card('Fees'), await card('Net')];
  expect(Math.abs(gross + slippage + fees - net)).toBeLessThan(0.2);
  await expect(costs.locator('.heat--here')).toHaveText(String(Math.round(net)).replace('-', '−'));
  await costs.getByRole('button', { name: /^Fee 0\.000 %, slippage 0\.000 % a side/ }).click();
  await settled(page);
  await expect(page.getByRole('slider', { name: 'Fee per side' })).toHaveValue('0');
  await expect(page.getByRole('slider', { name: 'Slippage per side' })).toHaveValue('0');
  await expect(costs).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  expect(await card('Fees')).toBe(0);
  expect(await card('Gross')).toBe(await card('Net'));
});

test('a result that the path inside a candle decides carries the badge', async ({ page }) => {
  // One exit candle holds stop and target; at this fee the two readings have different signs.
  await open(page);
  await openFile(page, 'fills.csv', readFileSync(`${CASES}/fills.csv`));
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
  const settings =
    'min_level_touches=1&pivot_bars=1&reversal_candles=1&volume_ma_period=2&atr_period=2&key_level_lookback=10&pierce_depth=0' +
    '&min_atr_frac=0&atr_multiplier_sl=1&risk_reward_ratio=2&max_holding_periods=3&sides=long&fee=0.002&slippage=0';
  await page.evaluate((text) => (location.hash = `#v1&${text}&tab=backtest`), settings);
  await openTab(page, 'Backtest');
  await settled(page);
  const costs = page.getByRole('region', { name: 'Costs and risk', exact: true });
  await expect(costs).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const rows = costs.locator('.costs__bounds tbody tr');
  const returns = [];
  for (const row of [0, 1]) returns.push(number((await rows.nth(row).locator('td').allInnerTexts())[0]));
  expect(returns[1]).toBeGreaterThan(returns[0]);
  await expect(rows.nth(0).locator('td').last()).toHaveText('1');
  const decided = returns[0] > 0 !== returns[1] > 0;
  await expect(costs.getByText('decided by the path inside a candle')).toHaveCount(decided ? 1 : 0);
  await expect(page.locator('.result').getByText('decided by the path inside a candle')).toHaveCount(decided ? 1 : 0);
  expect(decided).toBe(true);
});

test('Validate shows what the command computes', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'sweeps.csv', readFileSync(`${CASES}/sweeps.csv`));
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
  await openTab(page, 'Validate');
  await expect(page.locator('.validate')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const truth = JSON.parse(command(['validate', 'sweeps.csv', '--json']));
  const card = (name) => page.locator('.stat', { has: page.getByText(name, { exact: false }) }).locator('.card__value').first();
  expect(number(await card('t statistic').innerText())).toBeCloseTo(truth.validation.t, 2);
  const intervals = page.getByRole('region', { name: 'How uncertain are the headline numbers?' });
  const row = async (name) => (await intervals.locator('tr', { hasText: name }).locator('td').allInnerTexts()).map(number);
  const { win_rate, expectancy_r } = truth.bootstrap.intervals;
  const rate = await row('Win rate');
  expect(rate[1] / 100).toBeCloseTo(win_rate.low, 2);
  expect(rate[2] / 100).toBeCloseTo(win_rate.high, 2);
  const expectancy = await row('Expectancy');
  expect(expectancy[1]).toBeCloseTo(expectancy_r.low, 1);
  await expect(intervals).toContainText('2,000 replicates, seed 42');
  const rosetta = page.getByRole('region', { name: 'Numbers of other tools' });
  await expect(rosetta.locator('tbody tr:not(.rosetta__tool)')).toHaveCount(truth.rosetta.length);
  const theirs = truth.rosetta.find((entry) => entry.name === 'Win Rate [%]');
  const shown = await rosetta.locator('tr', { hasText: 'Win Rate [%]' }).locator('td').first().innerText();
  expect(number(shown) / 100).toBeCloseTo(theirs.value, 2);
  await expect(page.getByText('Does not use the future')).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('.wilson')).toBeVisible();
  const chance = page.getByRole('region', { name: 'Random entries' });
  const cells = await chance.locator('tr', { hasText: 'Expectancy' }).locator('td').allInnerTexts();
  const { observed, mean, p } = truth.monte_carlo.random_entries;
  expect(number(cells[0])).toBeCloseTo(observed.expectancy_r, 1);
  expect(number(cells[1])).toBeCloseTo(mean.expectancy_r, 1);
  if (p.expectancy_r > 0.001) expect(number(cells[3])).toBeCloseTo(p.expectancy_r, 2);
  await openTab(page, 'Clean');
  await page.getByRole('radio', { name: /^source_score/ }).check();
  await openTab(page, 'Validate');
  await expect(page.getByText('Cannot be claimed')).toBeVisible();
  expect(problems).toEqual([]);
});

test('too few trades: every number that does not exist says why', async ({ page }) => {
  await open(page);
  await openFile(page, 'fills.csv', readFileSync(`${CASES}/fills.csv`));
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
  await openTab(page, 'Validate');
  await expect(page.locator('.validate')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  await expect(page.locator('.verdict--large')).toContainText('Too few trades to say anything');
  for (const value of await page.locator('.stat--undefined .stat__reason').allInnerTexts()) {
    expect(value.length).toBeGreaterThan(5);
  }
  expect(await page.locator('.stat--undefined').count()).toBeGreaterThan(8);
  await expect(page.locator('main')).not.toContainText(/NaN|Infinity|null|undefined/);
});

test('Compare puts raw and cleaned beside each other, trade by trade', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'dirty.csv', readFileSync(`${CASES}/dirty.csv`));
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
  await openTab(page, 'Compare');
  const compare = page.locator('.compare');
  await expect(compare).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const raw = JSON.parse(command(['backtest', 'dirty.csv', '--json', '--policy', 'raw']));
  const mask = JSON.parse(command(['backtest', 'dirty.csv', '--json']));
  const row = async (name) => (await compare.locator('tr', { hasText: name }).first().locator('td').allInnerTexts()).map(number);
  const trades = await row('Trades');
  expect(trades[0]).toBe(raw.metrics.trades.value);
  expect(trades[1]).toBe(mask.metrics.trades.value);
  const counts = {};
  for (const button of await compare.getByRole('group', { name: 'Show only' }).getByRole('button').all()) {
    const text = await button.innerText();
    const [, name, count] = text.match(/^(.*?)\s+([\d,]+)$/);
    counts[name] = number(count);
  }
  expect(counts.Kept + counts['Exit changed'] + counts.Moved + counts.Lost).toBe(trades[0]);
  expect(counts.Kept + counts['Exit changed'] + counts.Moved + counts.New).toBe(trades[1]);
  const part = async (name) =>
    number(await compare.locator('.card', { hasText: name }).locator('.card__value').innerText());
  const total = (await part('From signals')) + (await part('From fills')) + (await part('From sizing'));
  const change = ((mask.equity.end - raw.equity.end) / mask.equity.start) * 100;
  expect(Math.abs((await part('Change of net')) - change)).toBeLessThan(0.06);
  expect(Math.abs(total - change)).toBeLessThan(0.2);
  await compare.locator('tbody .link').first().click();
  await expect(page.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true');
  expect(problems).toEqual([]);
});

test('thresholds fit the file on request, as one step, and the page says what it looked at', async ({ page }) => {
  const problems = await open(page);
  // A quiet market: five-minute candles that move a few hundredths of a percent.
  let [close, state] = [1.1, 7];
  const lines = Array.from({ length: 6_000 }, (_, i) => {
    const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    const from = close;
    close = from * (1 + (next() - 0.5) / 4_000);
    const [high, low] = [Math.max(from, close) * (1 + next() / 9_000), Math.min(from, close) * (1 - next() / 9_000)];
    return [1_700_000_100_000 + i * 300_000, from, high, low, close, 10 + next() * 90].map((v) => +v.toFixed(6)).join(',');
  });
  await openFile(page, 'quiet.csv', `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`);
  await openTab(page, 'Backtest');
  await settled(page);
  const warnings = page.locator('.warnings');
  await expect(warnings).toContainText('most candles are too quiet to trade');
  const pierce = page.getByLabel('Pierce depth, value');
  await expect(pierce).toHaveValue('0.1');
  await warnings.getByRole('button', { name: 'Fit thresholds to this file' }).click();
  await expect(page.locator('.toasts')).toContainText('The whole file was looked at');
  await settled(page);
  const fitted = Number(await pierce.inputValue());
  expect(fitted).toBeGreaterThan(0);
  expect(fitted).toBeLessThan(0.02);
  await expect(warnings).not.toContainText('too quiet');
  await expect(page.getByRole('button', { name: 'Fit thresholds to this file' })).toBeDisabled();
  // It survives a link and a reload, between two values of the slider as it is.
  await page.reload();
  await openFile(page, 'quiet.csv', `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`);
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(pierce).toHaveValue(String(fitted));
  await page.getByRole('button', { name: 'Reset Pierce depth' }).click();
  await page.getByRole('button', { name: 'Fit thresholds to this file' }).first().click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(pierce).toHaveValue('0.1');
  expect(problems).toEqual([]);
});

test('number boxes take what is typed as it is typed, and costs can be those of a venue', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const type = async (label, text) => {
    await page.getByLabel(`${label}, value`).fill(text);
    await page.keyboard.press('Tab');
  };
  for (const [label, text, shown] of [
    ['Pierce depth', '0,1234 %', '0.1234'],
    ['Pierce depth', '1e-1', '0.1'],
    ['Starting equity', '1,000,000', '1000000'],
    ['Starting equity', '123456', '123456'],
    ['Lookback', '1,000 rows', '1000'],
  ]) {
    await type(label, text);
    await expect(page.getByLabel(`${label}, value`)).toHaveValue(shown);
  }
  await type('Lookback', '200.5');
  await expect(page.getByText('Lookback takes a whole number from 10 rows to 1000 rows, not “200.5”')).toBeVisible();
  await expect(page.getByLabel('Lookback, value')).toHaveValue('1000');
  const equity = page.getByRole('slider', { name: 'Starting equity' });
  await equity.press('Home');
  await expect(page.getByLabel('Starting equity, value')).toHaveValue('100');
  await equity.press('End');
  await expect(page.getByLabel('Starting equity, value')).toHaveValue('10000000');
  await page.getByLabel('Costs of a venue').selectOption('futures_maker');
  await expect(page.getByLabel('Fee per side, value')).toHaveValue('0.02');
  await expect(page.getByLabel('Slippage per side, value')).toHaveValue('0');
  await expect(page.getByText('the result is optimistic')).toBeVisible();
  await page.getByRole('slider', { name: 'Fee per side' }).press('ArrowRight');
  await expect(page.getByLabel('Costs of a venue')).toHaveValue('custom');
});
