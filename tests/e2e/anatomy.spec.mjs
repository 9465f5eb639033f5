// The anatomy of a result, the list of trades that it leads to, and the report that holds both.
import { expect, test } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backtest, command, download, openFile, openTab, settled } from './helpers.mjs';

const anatomy = (page) => page.getByRole('region', { name: 'Anatomy of the result' });

async function shown(page) {
  await anatomy(page).scrollIntoViewIfNeeded();
  await expect(anatomy(page).getByRole('heading', { name: 'Monthly and yearly returns' })).toBeVisible();
  await expect(anatomy(page)).toHaveAttribute('aria-busy', 'false');
}

const trades = (page) => page.getByRole('region', { name: 'Trades', exact: true });
const count = async (page) => Number((await trades(page).locator('.chip').first().innerText()).split(' ')[0].replace(/,/g, ''));

test('the anatomy says what the document says', async ({ page }) => {
  const problems = await backtest(page);
  await shown(page);
  const text = await anatomy(page).innerText();
  const csv = command(['sample', 'job143']);
  const document = JSON.parse(command(['validate', '-', '--json'], csv)).anatomy;
  const percent = (value, digits) => `${value < 0 ? '−' : value > 0 ? '+' : ''}${Math.abs(value * 100).toFixed(digits)}`;
  for (const month of document.months) expect(text).toContain(percent(month.return, 1));
  expect(text).toContain(`The deepest of ${document.drawdowns.count} drawdowns`);
  expect(text).toContain(`${Math.abs(document.drawdowns.deepest[0].depth * 100).toFixed(1)} %`);
  for (const side of ['long', 'short']) expect(text).toContain(String(document.sides[side].trades));
  expect(problems).toEqual([]);
});

test('a bar, a point, a cell and a month lead to list and chart', async ({ page }) => {
  await backtest(page);
  await shown(page);
  const all = await count(page);
  const bar = anatomy(page).locator('figure', { hasText: 'Distribution of R' }).locator('g[data-trades]').last();
  const numbers = (await bar.getAttribute('data-trades')).split(' ');
  await bar.click();
  await expect.poll(() => count(page)).toBe(numbers.length);
  await expect(trades(page).locator('tr.trade').first().locator('td').first()).toHaveText(String(Number(numbers[0]) + 1));
  await trades(page).getByRole('button', { name: /×/ }).click();
  await expect.poll(() => count(page)).toBe(all);
  // The table beside the picture does the same, with the keyboard.
  const hours = anatomy(page).locator('figure', { hasText: 'Hour and weekday' });
  await hours.locator('summary').click();
  const cell = hours.locator('button[data-of]').first();
  const named = hours.locator(`[data-id=${await cell.getAttribute('data-of')}]`);
  const some = (await named.getAttribute('data-trades')).split(' ').length;
  await cell.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => count(page)).toBe(some);
  await expect(page.locator('#trade-list')).toBeFocused();
  // A month moves the price chart.
  const read = () => page.locator('.chart__canvas--price').getAttribute('aria-label');
  const before = await read();
  await anatomy(page).locator('button[data-from]').first().click();
  await expect.poll(read).not.toBe(before);
  // Another result has other numbers: the choice is gone.
  await page.getByRole('slider', { name: 'Reward to risk' }).fill('300');
  await settled(page);
  await expect(trades(page).getByRole('button', { name: /×/ })).toHaveCount(0);
});

test('trades are sorted by any column, filtered, and walked through with the keyboard', async ({ page }) => {
  await backtest(page);
  const column = (at) => trades(page).locator('tr.trade').evaluateAll((rows, at) => rows.map((row) => row.cells[at].textContent), at);
  const number = (text) => Number(text.replace('−', '-').replace(/[+,]/g, ''));
  await trades(page).getByRole('button', { name: 'Net R' }).click();
  let values = (await column(6)).map(number);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  await trades(page).getByRole('button', { name: 'Net R' }).click();
  await expect(trades(page).getByRole('columnheader', { name: 'Net R' })).toHaveAttribute('aria-sort', 'descending');
  values = (await column(6)).map(number);
  expect(values).toEqual([...values].sort((a, b) => b - a));
  const all = await count(page);
  await trades(page).getByLabel('Which trades').selectOption({ label: 'long' });
  const long = await count(page);
  await trades(page).getByLabel('Which trades').selectOption({ label: 'short' });
  expect(long + (await count(page))).toBe(all);
  for (const side of await column(1)) expect(side).toContain('short');
  await page.locator('#trade-list').focus();
  await page.keyboard.press('Home');
  await expect(trades(page).locator('tr.trade').first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('End');
  await expect(trades(page).locator('tr.trade').last()).toHaveAttribute('aria-selected', 'true');
});

test('the sum of the last trade is the net profit', async ({ page }) => {
  await backtest(page);
  await page.locator('#trade-list').focus();
  await page.keyboard.press('End');
  // The list scrolls to it, and makes its rows then.
  await expect(trades(page).locator('tr.trade').last()).toHaveAttribute('aria-selected', 'true');
  const sum = await trades(page).locator('tr.trade').last().locator('td').nth(8).innerText();
  await page.getByRole('region', { name: 'Explain a candle' }).getByRole('button', { name: 'Close' }).click();
  await page.locator('.metrics summary').click();
  const net = await page.locator('.metrics .fact', { hasText: /^Net \(money\)/ }).locator('dd').innerText();
  expect(sum.replace('+', '')).toBe(net.trim());
});

for (const link of ['', '#v1&policy=drop&risk_reward_ratio=3&last=4000']) {
  test(`the report of page and command is the same, byte for byte${link && ', with other settings'}`, async ({ page, context }) => {
    const file = join(tmpdir(), 'cleansweep-report.csv');
    writeFileSync(file, command(['sample', 'clean']));
    await page.goto(`./${link}`);
    await openFile(page, 'cleansweep-report.csv', command(['sample', 'clean']));
    await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
    await openTab(page, 'Backtest');
    await settled(page);
    const saved = await download(page, 'Save report');
    const settings = link ? ['--policy', 'drop', '--params', 'risk_reward_ratio=3', '--last', '4000'] : [];
    expect(saved.text).toBe(command(['validate', file, '--html', '-', ...settings]));
    // No script, nothing from elsewhere, and it fits a phone.
    expect(saved.text).not.toMatch(/<script|https?:\/\/|src=|@import/);
    const path = join(tmpdir(), 'cleansweep-report.html');
    writeFileSync(path, saved.text);
    const reader = await context.newPage();
    for (const width of [390, 900]) {
      await reader.setViewportSize({ width, height: 800 });
      await reader.goto(`file://${path}`);
      await expect(reader.getByRole('heading', { level: 1 })).toHaveText('cleansweep-report.csv');
      const wide = await reader.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(width);
    }
  });
}
