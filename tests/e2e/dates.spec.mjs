// Dates of entries, the split line and the pinned result: dragged, typed, taken back, sent round.
import { expect, test } from '@playwright/test';
import { CASES, backtest, openTab, settled } from './helpers.mjs';

const box = (page, name) => page.locator('.dates').getByRole('textbox', { name });
const edge = (page, name) => page.getByRole('slider', { name, exact: true });
const trades = async (page) =>
  Number((await page.locator('.trades .chip--small').first().innerText()).replace(/\D/g, ''));

async function type(page, name, text) {
  await box(page, name).fill(text);
  await box(page, name).press('Enter');
}

test('dates are dragged on the overview, typed and taken back', async ({ page }) => {
  const problems = await backtest(page);
  const all = await trades(page);
  await page.locator('.dates__track').scrollIntoViewIfNeeded();
  const track = await page.locator('.dates__track').boundingBox();
  const y = track.y + track.height / 2;
  await page.mouse.move(track.x + track.width * 0.3, y);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width * 0.5, y, { steps: 4 });
  // The dates follow the pointer, and nothing is run until it is let go of.
  await expect(box(page, 'From')).toHaveValue(/^2024-10-1/);
  expect(await trades(page)).toBe(all);
  await page.mouse.move(track.x + track.width * 0.6, y, { steps: 4 });
  await page.mouse.up();
  await expect(box(page, 'From')).toHaveValue(/^2024-10-1\d \d\d:\d\d$/);
  await expect(box(page, 'Before')).toHaveValue(/^2025-03-2\d \d\d:\d\d$/);
  await settled(page);
  const some = await trades(page);
  expect(some).toBeGreaterThan(20);
  expect(some).toBeLessThan(all / 2);

  // One drag is one step back.
  await page.keyboard.press('Control+z');
  await expect(box(page, 'From')).toHaveValue('');
  await settled(page);
  expect(await trades(page)).toBe(all);

  await type(page, 'From', '2025-01-01');
  await expect(box(page, 'From')).toHaveValue('2025-01-01 00:00');
  await type(page, 'Before', '31.1.2025');
  await expect(page.locator('.dates').getByRole('alert')).toContainText('is not a date');
  await type(page, 'Before', '2025-02-01 12:30');
  await expect(page.locator('.dates').getByRole('alert')).toHaveCount(0);
  await settled(page);
  await expect(page.locator('.trades tbody')).toContainText('25-01-');
  await expect(page.locator('.trades tbody')).not.toContainText(/2[45]-0[3-9]-/);

  // The keyboard moves an edge, and an edge at the end of the file is none.
  await edge(page, 'From').focus();
  await page.keyboard.press('ArrowRight');
  await expect(box(page, 'From')).not.toHaveValue('2025-01-01 00:00');
  await page.keyboard.press('Home');
  await expect(box(page, 'From')).toHaveValue('');
  // No edge passes its neighbour, and none jumps from one end to the other.
  await page.keyboard.press('End');
  await expect(box(page, 'From')).toHaveValue('2025-02-01 12:25');
  await edge(page, 'Before').press('Home');
  await expect(box(page, 'Before')).toHaveValue('2025-02-01 12:30');
  await edge(page, 'Before').press('End');
  await page.getByRole('button', { name: 'All rows' }).click();
  await expect(box(page, 'Before')).toHaveValue('');
  expect(problems).toEqual([]);
});

test('dates without rows are refused and what is shown says so', async ({ page }) => {
  await backtest(page);
  await type(page, 'From', '2031-01-01');
  await expect(page.getByText('No row lies in the chosen dates').first()).toBeVisible();
  await expect(page.getByText('The file runs from 2024-05-04 02:50').first()).toBeVisible();
  // Where it is said, it can be undone.
  await page.locator('.warnings').getByRole('button', { name: 'All dates' }).click();
  await expect(page.getByText('No row lies in the chosen dates')).toHaveCount(0);
});

test('a split line gives a second column everywhere, and the first is what is left of it', async ({ page }) => {
  const problems = await backtest(page);
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await settled(page);
  const line = await box(page, 'Split').inputValue();
  for (const place of ['.strip .beside', '.result .beside', '.meaning .beside']) {
    await expect(page.locator(place).first()).toHaveText(/^out [+−\d<>.]/);
    await expect(page.locator(place).filter({ hasText: '…' })).toHaveCount(0);
  }
  await page.getByText('All metrics, beside buy and hold').click();
  await expect(page.locator('.metrics .beside').first()).toHaveText(/^out /);
  await expect(page.locator('.meaning')).toContainText('Out-of-sample:');
  const left = await page.locator('.result .card__value').allInnerTexts();
  const right = await page.locator('.result .beside').allInnerTexts();

  // The same numbers, one side at a time.
  await type(page, 'Split', '');
  await type(page, 'Before', line);
  await settled(page);
  await expect(page.locator('.result .card__value').first()).toHaveText(left[0]);
  expect(await page.locator('.result .card__value').allInnerTexts()).toEqual(left);
  await expect(page.locator('.result .beside')).toHaveCount(0);
  await type(page, 'Before', '');
  await type(page, 'From', line);
  await settled(page);
  await expect(page.locator('.result .card__value').first()).toHaveText(right[0].replace('out ', ''));
  expect(await page.locator('.result .card__value').allInnerTexts()).toEqual(right.map((t) => t.replace('out ', '')));

  await type(page, 'From', '');
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await settled(page);
  await openTab(page, 'Validate');
  await expect(page.locator('.validate .card small').filter({ hasText: /^out / }).first()).toBeVisible();
  await expect(page.locator('.validate')).toContainText('Do not tune on these');
  const second = page.locator('.validate').getByRole('heading', { name: 'Out-of-sample', exact: true });
  await expect(second).toHaveCount(3);
  await openTab(page, 'Compare');
  await expect(page.getByRole('heading', { name: 'Out-of-sample', exact: true })).toHaveCount(1);
  await expect(page.getByRole('region', { name: 'Table: side by side' })).toHaveCount(2);
  expect(problems).toEqual([]);
});

test('trades after the line are in the list, on the chart and in the anatomy', async ({ page }) => {
  const problems = await backtest(page);
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await settled(page);
  const line = await box(page, 'Split').inputValue();
  const [own, behind] = (await page.locator('.trades .chip--small').allInnerTexts()).map((text) => Number(text.replace(/\D/g, '')));
  expect(behind).toBeGreaterThan(5);
  const list = page.getByRole('region', { name: 'List of trades' });
  await list.scrollIntoViewIfNeeded();
  await page.getByLabel('Which trades').selectOption('out-of-sample');
  await expect(page.locator('.trades .chip--small').first()).toHaveText(`${behind} of ${(own + behind).toLocaleString('en')}`);
  const first = list.locator('.trade').first();
  await expect(first.locator('td').first()).toHaveText(String(own + 1));
  expect(`20${await first.locator('td').nth(2).innerText()}` >= line).toBe(true);
  await first.click();
  await expect(first).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByLabel('Explain a candle')).toContainText('out-of-sample');
  await page.getByLabel('Which trades').selectOption('in-sample');
  await expect(list.locator('.trade').first().locator('td').first()).toHaveText('1');

  // The anatomy of either part; its marks show trades of that part.
  const anatomy = page.getByLabel('Anatomy of the result');
  await anatomy.scrollIntoViewIfNeeded();
  await expect(anatomy).not.toHaveAttribute('aria-busy', 'true');
  const before = await anatomy.locator('.cuts').innerText();
  await anatomy.getByRole('button', { name: 'Out-of-sample' }).click();
  await expect.poll(() => anatomy.locator('.cuts').innerText()).not.toBe(before);
  const mark = anatomy.locator('[data-trades]').first();
  expect(Number((await mark.getAttribute('data-trades')).split(' ')[0])).toBeGreaterThanOrEqual(own);
  await mark.click();
  await expect(list.locator('.trade').first().getByText('out', { exact: true })).toBeVisible();

  // Without the line there is one part again.
  await page.locator('.dates').getByRole('button', { name: 'Remove the line' }).click();
  await settled(page);
  await expect(anatomy.getByRole('button', { name: 'Out-of-sample' })).toHaveCount(0);
  await expect(page.locator('.trades .chip--small')).toHaveCount(1);
  expect(problems).toEqual([]);
});

test('out-of-sample rows that thresholds were fitted on are said to test nothing', async ({ page }) => {
  await backtest(page);
  const said = page.locator('.meaning').getByText('fitted on rows that include the out-of-sample part');
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await settled(page);
  await page.getByRole('button', { name: 'Fit thresholds to this file' }).first().click();
  await settled(page);
  await expect(page.locator('.meaning')).toContainText('Out-of-sample:');
  await expect(said).toHaveCount(0);
  // Another line, and the rows that were looked at lie on both sides of it.
  await type(page, 'Split', '2025-01-01');
  await expect(said).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(said).toHaveCount(0);
});

test('the line falls into the newest rows, and the last few rows can be split by keyboard', async ({ page }) => {
  const problems = await backtest(page);
  await page.locator('#newest').fill('5000');
  await page.locator('#newest').press('Enter');
  await settled(page);
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await settled(page);
  await expect(page.locator('.result .beside').first()).toHaveText(/^out [+−\d]/);
  await expect(box(page, 'Split')).toHaveValue(/^2025-10-/);
  for (const key of ['Home', 'End']) {
    await edge(page, 'Split').press(key);
    await expect(box(page, 'Split')).not.toHaveValue('');
    await expect(edge(page, 'Split')).toBeFocused();
  }
  expect(problems).toEqual([]);
});

test('dates and the line come with a link and with the next visit', async ({ page, context }) => {
  await backtest(page);
  await type(page, 'From', '2024-08-01');
  await type(page, 'Split', '2025-03-01 06:05');
  await settled(page);
  const count = await trades(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain('from=2024-08-01T00:00');
  expect(link).toContain('split=2025-03-01T06:05');
  const other = await context.newPage();
  await other.goto(link);
  await other.getByRole('button', { name: 'Open that sample' }).click();
  await settled(other);
  await expect(box(other, 'Split')).toHaveValue('2025-03-01 06:05');
  expect(await trades(other)).toBe(count);
});

test('a pinned result stays beside what comes after it, down to the trades', async ({ page }) => {
  const problems = await backtest(page);
  const before = await page.locator('.result .card__value').first().innerText();
  await page.getByRole('button', { name: 'Pin as A' }).click();
  await expect(page.locator('.result .beside').first()).toHaveText(`A ${before}`);
  await page.getByRole('slider', { name: 'Reward to risk' }).focus();
  await page.keyboard.press('PageUp');
  await settled(page);
  await expect(page.locator('.result .card__value').first()).not.toHaveText(before);
  await expect(page.locator('.result .beside').first()).toHaveText(`A ${before}`);
  await expect(page.locator('.charts .read-out').nth(1)).toContainText(' A ');

  await openTab(page, 'Compare');
  await expect(page.locator('.compare__versus')).toContainText('Reward to risk 2.5 R →');
  await expect(page.getByRole('columnheader', { name: 'R A' })).toBeVisible();
  await expect(page.locator('.compare td').first()).toBeVisible();
  await page.getByRole('button', { name: 'Raw rows' }).click();
  await expect(page.getByRole('columnheader', { name: 'R raw' })).toBeVisible();
  await page.getByRole('button', { name: 'Pinned A' }).click();
  await expect(page.getByRole('columnheader', { name: 'R A' })).toBeVisible();
  await page.getByRole('button', { name: 'Unpin A' }).click();
  await expect(page.getByRole('columnheader', { name: 'R raw' })).toBeVisible();
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(page.locator('.result .beside')).toHaveCount(0);

  // A line that is drawn later ends the pinned result, too.
  await page.getByRole('button', { name: 'Pin as A' }).click();
  const whole = await page.locator('.result .beside').first().innerText();
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await settled(page);
  const own = await page.locator('.result .card__value').first().innerText();
  await expect(page.locator('.result .beside').nth(1)).toHaveText(`A ${own}`);
  expect(whole).not.toBe(`A ${own}`);

  // It is a result of its file.
  await page.getByLabel('Open CSV files').setInputFiles(`${CASES}/sweeps.csv`);
  await expect(page.getByRole('button', { name: 'Pin as A' })).toBeVisible({ timeout: 30_000 });
  expect(problems).toEqual([]);
});
