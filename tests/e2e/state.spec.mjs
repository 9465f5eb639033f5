// Undo, links, what survives a reload, keys and the theme.
import { expect, test } from '@playwright/test';
import { loadSample, open, openFile, openTab, settled } from './helpers.mjs';

const slider = (page, name) => page.getByRole('slider', { name, exact: true });

async function copiedLink(page) {
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText(/Link copied|address bar/)).toBeVisible();
  return page.evaluate(() => location.hash);
}

test('a drag is one step of undo, and redo takes it again', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const undo = page.getByRole('button', { name: 'Undo' });
  await expect(undo).toHaveAttribute('aria-disabled', 'true');
  const fee = slider(page, 'Fee per side');
  const before = await fee.inputValue();
  await fee.scrollIntoViewIfNeeded();
  const box = await fee.boundingBox();
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height / 2);
  await page.mouse.down();
  for (let i = 1; i <= 12; i++) await page.mouse.move(box.x + box.width * (0.1 + i * 0.04), box.y + box.height / 2);
  await page.mouse.up();
  const dragged = await fee.inputValue();
  expect(dragged).not.toBe(before);
  await openTab(page, 'Clean');
  await page.getByRole('radio', { name: /^drop/ }).check();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('radio', { name: /^mask/ })).toBeChecked();
  await page.keyboard.press('Control+z');
  await openTab(page, 'Backtest');
  await expect(fee).toHaveValue(before);
  await expect(undo).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Control+Shift+z');
  await expect(fee).toHaveValue(dragged);
  await page.keyboard.press('Control+y');
  await openTab(page, 'Clean');
  await expect(page.getByRole('radio', { name: /^drop/ })).toBeChecked();
  await expect(page.getByRole('button', { name: 'Redo' })).toHaveAttribute('aria-disabled', 'true');
});

test('a link restores settings, page and view, and says that the result is the same', async ({ page, browser, baseURL }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await page.getByLabel('Preset').selectOption('job143');
  await page.getByRole('button', { name: 'Use 5,000, as Job 143 did' }).click();
  await settled(page);
  await page.locator('.trade').nth(5).click();
  const link = await copiedLink(page);
  expect(link).toContain('#v1&pierce_depth=0.00415&');
  expect(link).toContain('&last=5000&tab=backtest&view=');
  expect(link).toContain('&sample=job143&data=');
  expect(link.length).toBeLessThan(600);
  const shown = await page.locator('.result .cards').first().innerText();

  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  const problems = [];
  other.on('pageerror', (error) => problems.push(error.message));
  await other.goto(`./${link}`);
  await expect(other.locator('.start__link')).toContainText('pierce depth');
  await other.getByRole('button', { name: 'Open that sample' }).click();
  await expect(other.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true', { timeout: 30_000 });
  await settled(other);
  await expect(other.getByText('Same data, same result as in the link: 80 trades.')).toBeVisible();
  expect(await other.locator('.result .cards').first().innerText()).toBe(shown);
  // Other settings are another result: the address must not claim the old one.
  await slider(other, 'Reward to risk').press('ArrowRight');
  await expect(other.getByText('Same data, same result')).toHaveCount(0);
  expect(await other.evaluate(() => location.hash)).toBe('');
  expect(problems).toEqual([]);
  await context.close();
});

test('a changed file is found out: the first trade that differs is named', async ({ page }) => {
  const { readFileSync } = await import('node:fs');
  const { CASES } = await import('./helpers.mjs');
  const csv = readFileSync(`${CASES}/sweeps.csv`, 'utf8');
  await open(page);
  await openFile(page, 'mine.csv', csv);
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible();
  await openTab(page, 'Backtest');
  await settled(page);
  const link = await copiedLink(page);
  const entries = await page.locator('.trade td:nth-child(3)').allInnerTexts();
  // A colleague's export has another close on the row in which the fourth trade entered.
  const rows = csv.trim().split('\n');
  const day = `20${entries[3]}`.replace(' ', 'T');
  const ms = Date.parse(`${day}:00Z`);
  const at = rows.findIndex((row) => row.startsWith(`${ms},`));
  expect(at).toBeGreaterThan(0);
  const cells = rows[at].split(',');
  const [o, h, l] = [1, 2, 3].map((i) => Number(cells[i]));
  cells[1] = String(o + (h - o) / 2 || o - (o - l) / 2);
  rows[at] = cells.join(',');

  await page.goto('about:blank');
  await page.goto(`./${link}`);
  await openFile(page, 'theirs.csv', rows.join('\n'));
  await expect(page.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true', { timeout: 30_000 });
  await settled(page);
  await expect(page.getByText(/^The rows are not those of the link, which was made with .mine\.csv.: the first trade that differs is trade 4/)).toBeVisible();
});

test('what a link has wrong is said, and the page opens all the same', async ({ page }) => {
  const problems = await open(page);
  await page.goto('about:blank');
  await page.goto('./#v1&fee=7&nonsense=<img src=x onerror=alert(1)>&tab=validate');
  await expect(page.getByText(/Parts of the link were not taken as written: fee=7 is out of range/)).toBeVisible();
  await page.goto('about:blank');
  await page.goto('./#v9&fee=0');
  await expect(page.getByText('The link was not read: it was made by another version')).toBeVisible();
  await loadSample(page);
  expect(problems).toEqual([]);
});

test('settings and theme survive a reload', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await slider(page, 'Touches').press('ArrowRight');
  const value = await slider(page, 'Touches').inputValue();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'Theme: system' }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible();
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible();
  expect(await background()).toBe(dark);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await expect(slider(page, 'Touches')).toHaveValue(value);
});

test('keys open pages and the list of keys, and can be switched off', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await page.keyboard.press('4');
  await expect(page.getByRole('tab', { name: 'Validate' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys and gestures' });
  await expect(dialog).toBeVisible();
  await dialog.getByRole('checkbox').uncheck();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.keyboard.press('1');
  await expect(page.getByRole('tab', { name: 'Validate' })).toHaveAttribute('aria-selected', 'true');
  await page.getByRole('button', { name: 'Keys and gestures' }).click();
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('2');
  await expect(page.getByRole('tab', { name: 'Clean' })).toHaveAttribute('aria-selected', 'true');
});

test('the keyboard alone does the main job', async ({ page }) => {
  const problems = await open(page);
  const tabTo = async (locator) => {
    for (let i = 0; i < 120; i++) {
      if (await locator.evaluate((element) => element === document.activeElement).catch(() => false)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no way by keyboard to ${locator}`);
  };
  await tabTo(page.getByRole('button', { name: 'Load sample', exact: true }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible({ timeout: 30_000 });
  await tabTo(page.getByRole('tab', { name: 'Data' }));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true');
  await settled(page);
  await tabTo(slider(page, 'Touches'));
  const trades = await page.locator('.trades .chip').innerText();
  await page.keyboard.press('ArrowRight');
  await settled(page);
  await expect(page.locator('.trades .chip')).not.toHaveText(trades);
  await tabTo(page.locator('.chart__canvas--price'));
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(page.locator('.explain__side')).toHaveCount(2);
  await tabTo(page.getByRole('slider', { name: 'Window start' }));
  const window = page.getByRole('slider', { name: 'Window start' });
  const from = await window.getAttribute('aria-valuenow');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(window).not.toHaveAttribute('aria-valuenow', from);
  await tabTo(page.getByRole('region', { name: 'List of trades' }));
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('.trade--selected')).toHaveCount(1);
  await page.keyboard.press('Control+z');
  await settled(page);
  await expect(page.locator('.trades .chip')).toHaveText(trades);
  expect(problems).toEqual([]);
});

test('two tabs keep their own settings, and neither overwrites the other', async ({ context }) => {
  const [first, second] = [await context.newPage(), await context.newPage()];
  const reward = (page) => page.getByRole('slider', { name: 'Reward to risk' });
  for (const page of [first, second]) {
    await open(page);
    await loadSample(page, 'Load clean sample');
    await openTab(page, 'Backtest');
    await settled(page);
  }
  await reward(first).fill('300');
  await settled(first);
  await reward(second).fill('150');
  await settled(second);
  const values = [await reward(first).inputValue(), await reward(second).inputValue()];
  expect(values[0]).not.toBe(values[1]);
  for (const [at, page] of [first, second].entries()) {
    await page.reload();
    await loadSample(page, 'Load clean sample');
    await openTab(page, 'Backtest');
    await settled(page);
    expect(await reward(page).inputValue(), `tab ${at}`).toBe(values[at]);
  }
  // Reading back is no change: a new tab has what was chosen last, not what was reloaded last.
  await first.reload();
  await expect(first.getByRole('heading', { level: 1 })).toBeVisible();
  const third = await context.newPage();
  await open(third);
  await loadSample(third, 'Load clean sample');
  await openTab(third, 'Backtest');
  await settled(third);
  expect(await reward(third).inputValue()).toBe(values[1]);
});

test('after a file is read, the keyboard goes on at the heading of its page', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await openTab(page, 'Backtest');
  await settled(page);
  const skip = page.getByRole('link', { name: 'Skip the parameters' });
  await skip.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#charts')).toBeFocused();
});

test('a junk paste and a picture leave the open session where it is', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await openTab(page, 'Backtest');
  await settled(page);
  const before = await page.locator('.result .cards').innerText();
  const paste = (text) =>
    page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  await paste('Dear all,\nplease find the minutes of 12 March attached.\n');
  await expect(page.getByText('What was pasted holds no rows of a table')).toBeVisible();
  await page.getByLabel('Open CSV files').setInputFiles({ name: 'cat.png', mimeType: 'image/png', buffer: Buffer.from('89504e470d0a1a0a', 'hex') });
  await expect(page.getByText('cat.png is no table of candles (image/png)')).toBeVisible();
  expect(await page.locator('.result .cards').innerText()).toBe(before);
  await expect(page.getByRole('tab', { name: 'Backtest' })).toHaveAttribute('aria-selected', 'true');
  // Rows are still taken.
  await paste('time,open,high,low,close,volume\n1735689600000,1,2,0.5,1.5,7\n1735689900000,1.5,2,1,1.6,8\n');
  await expect(page.locator('.bar')).toContainText('pasted.csv');
});
