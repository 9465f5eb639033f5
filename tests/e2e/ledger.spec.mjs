// Every look counts, once, in every tab and after a reload; where the browser keeps nothing the page says so.
import { expect, test } from '@playwright/test';
import { loadSample, open, openTab, settled } from './helpers.mjs';

const bar = (page) => page.locator('#bar');

/** How many looks the page tells. */
async function looks(page) {
  await expect(bar(page)).toContainText(/After [\d,]+ looks? at these rows/, { timeout: 30_000 });
  return Number((await bar(page).innerText()).match(/After ([\d,]+) look/)[1].replaceAll(',', ''));
}

async function backtest(page) {
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
}

const slider = (page) => page.getByRole('slider', { name: 'Reward to risk', exact: true });

test('a configuration counts once, a slider back and forth adds nothing, a reload forgets nothing', async ({ page }) => {
  const problems = await open(page);
  await backtest(page);
  await expect(bar(page)).toContainText('After 1 look at these rows');
  for (let i = 0; i < 5; i++) {
    await slider(page).press('ArrowRight');
    await settled(page);
  }
  await expect(bar(page)).toContainText('After 6 looks at these rows the bar is a Sharpe ratio of');
  for (let i = 0; i < 5; i++) await slider(page).press('ArrowLeft');
  await settled(page);
  await page.waitForTimeout(800);
  expect(await looks(page)).toBe(6);
  await openTab(page, 'Validate');
  const panel = page.getByRole('region', { name: 'Is the Sharpe ratio more than luck?' });
  await expect(panel).toContainText('Deflated Sharpe ratio');
  await expect(panel).toContainText('6 configurations in all');
  await page.reload();
  await backtest(page);
  await expect(bar(page)).toContainText('After 6 looks at these rows');
  expect(problems).toEqual([]);
});

test('two tabs count together, and a search counts every trial', async ({ page, context }) => {
  await open(page);
  await backtest(page);
  await expect(bar(page)).toContainText('After 1 look');
  const other = await context.newPage();
  await open(other);
  await loadSample(other);
  await openTab(other, 'Search');
  await other.getByLabel('Trials', { exact: true }).fill('60');
  await other.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(other.getByText('60 trials evaluated')).toBeVisible({ timeout: 60_000 });
  // The look of this tab and those of the search.
  await expect(other.locator('.luck')).toContainText('The best of 61 worthless configurations', { timeout: 30_000 });
  await expect(bar(page)).toContainText('After 61 looks', { timeout: 30_000 });
  // Both go on at once: nothing is lost or counted twice.
  await openTab(other, 'Backtest');
  await settled(other);
  await Promise.all([0, 1, 2, 3].flatMap(() => [slider(page).press('ArrowRight'), slider(other).press('ArrowRight')]));
  await settled(page);
  await settled(other);
  await expect(async () => expect(await looks(page)).toBe(await looks(other))).toPass({ timeout: 20_000 });
});

test('what a stopped search ran is counted too', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Search');
  await page.getByLabel('Trials', { exact: true }).fill('20000');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const progress = page.getByRole('region', { name: 'Progress' });
  await expect(progress).toContainText('best so far');
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await expect(progress).toContainText('Stopped.');
  const done = Number((await progress.innerText()).match(/([\d,]+) of 20,000/)[1].replaceAll(',', ''));
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(async () => expect(await looks(page)).toBeGreaterThanOrEqual(done)).toPass({ timeout: 20_000 });
});

test('without a database looks are counted until the page is closed, and the page says so', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { get: () => null }));
  const problems = await open(page);
  await backtest(page);
  await slider(page).press('ArrowRight');
  await settled(page);
  await expect(bar(page)).toContainText('After 2 looks');
  await expect(page.getByText('The browser gives this page no database')).toBeVisible();
  expect(problems).toEqual([]);
});

test('a full disk loses no look while the page is open, and the page says so', async ({ page }) => {
  await page.addInitScript(() => {
    const add = IDBObjectStore.prototype.add;
    let count = 0;
    IDBObjectStore.prototype.add = function (...values) {
      count += 1;
      // As a browser does it: the request succeeds, the transaction ends with QuotaExceededError.
      if (count > 1) throw new DOMException('no room', 'QuotaExceededError');
      return add.apply(this, values);
    };
  });
  await open(page);
  await backtest(page);
  await expect(bar(page)).toContainText('After 1 look');
  await slider(page).press('ArrowRight');
  await settled(page);
  await expect(bar(page)).toContainText('After 2 looks');
  await expect(page.getByText('The browser has no room left for this page')).toBeVisible();
});

test('a page of a newer version takes the database over, and the older one says so', async ({ page, context }) => {
  await open(page);
  await backtest(page);
  await expect(bar(page)).toContainText('After 1 look');
  const other = await context.newPage();
  await open(other);
  await other.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open('cleansweep', 1_000);
    request.onblocked = () => reject(new Error('the older page does not let go'));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => resolve(request.result.close());
  }));
  await slider(page).press('ArrowRight');
  await settled(page);
  await expect(page.getByText('A newer version of this page has changed the database')).toBeVisible();
  await expect(bar(page)).toContainText('After 2 looks');
  // And one that finds it changed says the same.
  await page.reload();
  await backtest(page);
  await expect(page.getByText('A newer version of this page has changed the database')).toBeVisible();
});
