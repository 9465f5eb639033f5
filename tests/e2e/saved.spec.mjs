// Saved configurations: they outlive a reload and a crash, are the same in every tab, go out as JSON and come back.
import { expect, test } from '@playwright/test';
import { backtest, download, loadSample, open, openTab, settled } from './helpers.mjs';

const panel = (page) => page.getByRole('region', { name: 'Saved configurations', exact: true }).first();
const rows = (page) => panel(page).locator('tbody tr');
const slider = (page) => page.getByRole('slider', { name: 'Reward to risk', exact: true });

async function save(page) {
  await openTab(page, 'Backtest');
  await settled(page);
  const button = page.getByRole('button', { name: 'Save configuration' });
  await expect(button).toBeEnabled();
  await button.click();
  await expect(page.getByText(/^Saved as “/)).toBeVisible();
}

async function addFrom(page, name, text) {
  await panel(page).getByLabel('Add from JSON').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
}

test('what is saved is loaded with the same numbers, after a reload too', async ({ page }) => {
  const problems = await backtest(page);
  for (let i = 0; i < 3; i++) await slider(page).press('ArrowRight');
  await settled(page);
  const cards = await page.locator('.result .cards').innerText();
  const value = await slider(page).inputValue();
  await save(page);
  await openTab(page, 'Compare');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('Liquidity sweep');
  await page.reload();
  await loadSample(page);
  await openTab(page, 'Backtest');
  for (let i = 0; i < 2; i++) await slider(page).press('ArrowLeft');
  await settled(page);
  await openTab(page, 'Compare');
  await rows(page).getByRole('button', { name: /^Load/ }).click();
  await expect(page.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true');
  await settled(page);
  expect(await slider(page).inputValue()).toBe(value);
  expect(await page.locator('.result .cards').innerText()).toBe(cards);
  // Loading is one step.
  await page.keyboard.press('Control+z');
  await settled(page);
  expect(await slider(page).inputValue()).not.toBe(value);
  expect(problems).toEqual([]);
});

test('rename, delete and bring back, in every tab', async ({ page, context }) => {
  await backtest(page);
  await save(page);
  const other = await context.newPage();
  await open(other);
  await loadSample(other);
  await openTab(other, 'Compare');
  await expect(rows(other)).toHaveCount(1);
  await openTab(page, 'Compare');
  await rows(page).getByRole('button', { name: /^Rename/ }).click();
  const field = page.getByLabel('New name');
  await expect(field).toBeFocused();
  await field.fill('<b>the one</b> & only');
  await field.press('Enter');
  await expect(rows(page)).toContainText('<b>the one</b> & only');
  await expect(rows(other)).toContainText('<b>the one</b> & only');
  await rows(page).getByRole('button', { name: /^Delete/ }).click();
  await expect(rows(page)).toHaveCount(0);
  await expect(rows(other)).toHaveCount(0);
  await panel(page).getByRole('button', { name: 'Bring it back' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(other)).toHaveCount(1);
  // Both tabs save at once.
  await Promise.all([save(page), save(other)]);
  await openTab(page, 'Compare');
  await openTab(other, 'Compare');
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(other)).toHaveCount(3);
});

test('JSON goes out and comes back, with what is known told beforehand', async ({ page, context }) => {
  await backtest(page);
  await save(page);
  await slider(page).press('ArrowRight');
  await save(page);
  await openTab(page, 'Compare');
  await expect(rows(page)).toHaveCount(2);
  const { name, text } = await download(page, 'Download saved JSON');
  expect(name).toBe('cleansweep_configurations.json');
  const all = JSON.parse(text);
  expect(all.schema).toBe('cleansweep-configurations/1');
  expect(Object.keys(all.configurations[0].metrics).length).toBeGreaterThan(30);
  await rows(page).first().getByRole('button', { name: /^Delete/ }).click();
  await expect(rows(page)).toHaveCount(1);
  await addFrom(page, 'mine.json', text);
  await expect(panel(page)).toContainText('mine.json holds 2 configurations: 1 new, 1 here already, which stay as they are.');
  await panel(page).getByRole('button', { name: 'Add 1' }).click();
  await expect(rows(page)).toHaveCount(2);
  expect(JSON.parse((await download(page, 'Download saved JSON')).text)).toEqual(all);
  // What is no such file changes nothing.
  await addFrom(page, 'candles.csv', 'time,open\n1,2\n');
  await expect(panel(page)).toContainText('candles.csv is no JSON');
  await panel(page).getByRole('button', { name: 'Close' }).click();
  await expect(rows(page)).toHaveCount(2);
  all.configurations[0].metrics.win_rate = 0.05;
  all.configurations[0].id = 'another';
  delete all.configurations[1].settings;
  await addFrom(page, 'edited.json', JSON.stringify(all));
  await expect(panel(page)).toContainText('Configuration 2 was left out: “settings” should be a text.');
  await panel(page).getByRole('button', { name: 'Add 1' }).click();
  await expect(rows(page)).toHaveCount(3);
  await panel(page).getByRole('button', { name: 'Hide win rates below 10 %' }).click();
  await expect(rows(page)).toHaveCount(2);
  await expect(panel(page)).toContainText('Hidden: 1 with a win rate below 10 %. They still count as looks.');
  await panel(page).getByRole('button', { name: 'Top 10 by Sharpe' }).click();
  await expect(panel(page)).toContainText('The best 2 by Sharpe ratio, of 3 saved configurations');
});

test('what was saved is there after the browser was killed', async ({ playwright }, info) => {
  const { launchOptions, baseURL } = info.project.use;
  const folder = info.outputPath('profile');
  for (let round = 0; round < 5; round++) {
    const context = await playwright.chromium.launchPersistentContext(folder, { ...launchOptions, baseURL });
    const page = context.pages()[0] ?? (await context.newPage());
    await open(page);
    await loadSample(page);
    await openTab(page, 'Compare');
    await expect(rows(page)).toHaveCount(round);
    await save(page);
    await openTab(page, 'Compare');
    await expect(rows(page)).toHaveCount(round + 1);
    // Acknowledged: the database has it.
    await expect(async () => {
      expect(await page.evaluate(() => new Promise((resolve) => {
        const request = indexedDB.open('cleansweep');
        request.onsuccess = () => {
          const all = request.result.transaction('saved').objectStore('saved').count();
          all.onsuccess = () => { request.result.close(); resolve(all.result); };
        };
      }))).toBe(round + 1);
    }).toPass();
    const session = await context.browser()?.newBrowserCDPSession?.().catch(() => null);
    if (session) await session.send('Browser.crash').catch(() => {});
    else await (await context.newCDPSession(page)).send('Browser.crash').catch(() => {});
    await context.close().catch(() => {});
  }
});

test('looks of the first version of the database are kept, and configurations are saved beside them', async ({ page }) => {
  await backtest(page);
  await slider(page).press('ArrowRight');
  await settled(page);
  await expect(page.locator('#bar')).toContainText('After 2 looks');
  await page.waitForTimeout(500);
  // The same records as version 1 kept them.
  const kept = await page.evaluate(async () => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const now = await done(indexedDB.open('cleansweep'));
    const records = await done(now.transaction('looks').objectStore('looks').getAll());
    now.close();
    await done(indexedDB.deleteDatabase('cleansweep'));
    const request = indexedDB.open('cleansweep', 1);
    request.onupgradeneeded = () => {
      const looks = request.result.createObjectStore('looks', { autoIncrement: true });
      looks.createIndex('data', 'data', {});
      for (const record of records) looks.add(record);
    };
    const first = await done(request);
    const stores = [...first.objectStoreNames];
    first.close();
    return { looks: records.reduce((sum, { seen }) => sum + seen.length / 24, 0), stores };
  });
  expect(kept).toEqual({ looks: 2, stores: ['looks'] });
  await page.reload();
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(page.locator('#bar')).toContainText('After 2 looks');
  await save(page);
  await openTab(page, 'Compare');
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await loadSample(page);
  await openTab(page, 'Compare');
  await expect(rows(page)).toHaveCount(1);
});

test('where nothing can be kept, what was saved is there until the page is closed', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { get: () => null }));
  await backtest(page);
  await save(page);
  await openTab(page, 'Compare');
  await expect(rows(page)).toHaveCount(1);
  await expect(panel(page)).toContainText('Download what you want to keep');
  expect(JSON.parse((await download(page, 'Download saved JSON')).text).configurations.length).toBe(1);
});
