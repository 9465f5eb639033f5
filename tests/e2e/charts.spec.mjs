// Every gesture of the charts, by what it shows: the range in the chart's own text, the crosshair, the pictures it saves.
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { backtest, picture } from './helpers.mjs';

const PRICE = '.chart__canvas--price';

/** Candles in view: first (1-based), last, all. */
async function range(page) {
  const label = await page.locator(PRICE).getAttribute('aria-label');
  const [, from, to, all] = label.match(/candles ([\d,]+) to ([\d,]+) of ([\d,]+)/);
  return [from, to, all].map((text) => Number(text.replaceAll(',', '')));
}

/** A place in the plot of a chart, as shares of its width and height. */
async function spot(page, x, y, selector = PRICE) {
  const box = await page.locator(selector).boundingBox();
  return [box.x + (box.width - 62) * x, box.y + (box.height - 20) * y];
}

test('the wheel zooms about the cursor once the chart has focus, and scrolls the page before', async ({ page }) => {
  await backtest(page);
  const before = await range(page);
  await page.mouse.move(...(await spot(page, 0.25, 0.4)));
  await page.mouse.wheel(0, 300);
  await page.waitForTimeout(200);
  expect(await range(page)).toEqual(before);
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator(PRICE).focus();
  await page.mouse.move(...(await spot(page, 0.25, 0.4)));
  await page.mouse.wheel(0, -300);
  await expect.poll(() => range(page)).not.toEqual(before);
  const after = await range(page);
  const at = (range) => range[0] + 0.25 * (range[1] - range[0]);
  expect(Math.abs(at(after) - at(before))).toBeLessThan(2);
  expect(after[1] - after[0]).toBeLessThan(before[1] - before[0]);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, 300);
  await page.keyboard.up('Control');
  await expect.poll(async () => (await range(page))[1] - (await range(page))[0]).toBeGreaterThan(after[1] - after[0]);
});

test('dragging pans, axes scale, a box zooms, double clicks reset', async ({ page }) => {
  await backtest(page);
  const start = await range(page);
  const drag = async (from, to, key) => {
    if (key) await page.keyboard.down(key);
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 5 });
    await page.mouse.up();
    if (key) await page.keyboard.up(key);
    await page.waitForTimeout(150);
  };
  await drag(await spot(page, 0.3, 0.4), await spot(page, 0.8, 0.4));
  const panned = await range(page);
  expect(panned[0]).toBeLessThan(start[0] - 50);
  expect(panned[1] - panned[0]).toBe(start[1] - start[0]);

  // The price axis.
  const box = await page.locator(PRICE).boundingBox();
  const axis = [box.x + box.width - 20, box.y + 80];
  const fitted = (await picture(page, PRICE)).hash;
  await drag(axis, [axis[0], axis[1] + 90]);
  expect((await picture(page, PRICE)).hash).not.toBe(fitted);
  expect(await range(page)).toEqual(panned);
  await page.mouse.dblclick(...axis);
  await page.mouse.move(0, 0);
  await expect.poll(async () => (await picture(page, PRICE)).hash).toBe(fitted);

  // The time axis.
  await drag([box.x + 200, box.y + box.height - 8], [box.x + 60, box.y + box.height - 8]);
  const scaled = await range(page);
  expect(scaled[1] - scaled[0]).toBeGreaterThan(panned[1] - panned[0]);

  // A box.
  await drag(await spot(page, 0.4, 0.2), await spot(page, 0.6, 0.6), 'Shift');
  const boxed = await range(page);
  expect(boxed[1] - boxed[0]).toBeLessThan((scaled[1] - scaled[0]) * 0.3);
  await page.mouse.dblclick(...(await spot(page, 0.5, 0.4)));
  await expect.poll(() => range(page)).toEqual([1, start[2], start[2]]);
});

test('two fingers pinch', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, hasTouch: true, viewport: { width: 900, height: 900 } });
  const page = await context.newPage();
  await backtest(page);
  await page.locator(PRICE).scrollIntoViewIfNeeded();
  const before = await range(page);
  const client = await context.newCDPSession(page);
  const [left, y] = await spot(page, 0.4, 0.4);
  const [right] = await spot(page, 0.6, 0.4);
  const touch = (type, points) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map((x, id) => ({ x, y, id })) });
  await touch('touchStart', [left, right]);
  for (let i = 1; i <= 6; i++) await touch('touchMove', [left - 20 * i, right + 20 * i]);
  await touch('touchEnd', []);
  await expect.poll(async () => (await range(page))[1] - (await range(page))[0]).toBeLessThan((before[1] - before[0]) * 0.7);
  const after = await range(page);
  const middle = (range) => (range[0] + range[1]) / 2;
  expect(Math.abs(middle(after) - middle(before))).toBeLessThan(12);
  await context.close();
});

test('keys pan, zoom, go to the ends and move the crosshair', async ({ page }) => {
  await backtest(page);
  const chart = page.locator(PRICE);
  const start = await range(page);
  await chart.press('ArrowLeft');
  expect((await range(page))[0]).toBe(start[0] - 16);
  await chart.press('ArrowRight');
  await chart.press('+');
  expect((await range(page))[1] - (await range(page))[0]).toBeLessThan(start[1] - start[0]);
  await chart.press('Home');
  expect((await range(page))[0]).toBe(1);
  await chart.press('End');
  expect((await range(page))[1]).toBe(start[2]);
  await chart.press('0');
  expect(await range(page)).toEqual([1, start[2], start[2]]);
  await chart.press('End');
  for (let i = 0; i < 40; i++) await chart.press('+');
  await chart.press('End');
  const readOut = page.locator('.read-out').first();
  await chart.press('Shift+ArrowLeft');
  await expect(readOut).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  const first = await readOut.innerText();
  await chart.press('Shift+ArrowLeft');
  await expect(readOut).not.toHaveText(first);
  const second = await readOut.innerText();
  const minutes = (text) => Date.parse(`${text.slice(0, 16).replace(' ', 'T')}:00Z`) / 60_000;
  expect(minutes(first) - minutes(second)).toBe(5);
});

test('the crosshair is linked and reads out the candle and the equity', async ({ page }) => {
  await backtest(page);
  const overlays = page.locator('.charts .chart__over');
  await expect(overlays).toHaveCount(2);
  const inked = (i) =>
    overlays.nth(i).evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let k = 3; k < data.length; k += 4) count += data[k] > 0;
      return count;
    });
  expect(await inked(0)).toBe(0);
  await page.mouse.move(...(await spot(page, 0.5, 0.4)));
  await expect.poll(() => inked(0)).toBeGreaterThan(500);
  await expect.poll(() => inked(1)).toBeGreaterThan(200);
  const price = await page.locator('.read-out').nth(0).innerText();
  const equity = await page.locator('.read-out').nth(1).innerText();
  expect(price).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC +O [\d.,]+ +H [\d.,]+ +L [\d.,]+ +C [\d.,]+ +V /);
  expect(equity).toMatch(/mask [\d,]+ .*raw [\d,]+ .*drawdown −?[\d.]+ %/);
  // From the equity back to the price chart.
  await page.mouse.move(...(await spot(page, 0.3, 0.3, '.chart__canvas--equity')));
  await expect.poll(async () => (await page.locator('.read-out').nth(1).innerText()) !== equity).toBe(true);
  await page.mouse.move(2, 2);
  await expect.poll(() => inked(0)).toBe(0);
});

test('a mark on the chart selects the row, and a row the mark', async ({ page }) => {
  await backtest(page);
  await page.locator('.trade').nth(2).click();
  await expect(page.locator('.trade--selected td').first()).toHaveText('3');
  // The entry of another trade: scrolled away in the list, clicked on the chart.
  const eighth = page.locator('.trade').nth(7);
  const entry = `20${await eighth.locator('td').nth(2).innerText()}`;
  await eighth.click();
  await page.waitForTimeout(300);
  const scene = page.locator(PRICE);
  await scene.scrollIntoViewIfNeeded();
  // Where the eighth trade entered, by the table of the chart.
  await page.getByRole('button', { name: 'Table: Price and trades' }).click();
  const twin = await page.locator('.twin tbody tr').evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent)),
  );
  const bar = twin.findIndex((row) => row[0] === entry);
  expect(bar).toBeGreaterThan(0);
  await page.locator('.trades__scroll').evaluate((list) => (list.scrollTop = list.scrollHeight));
  // Esc clears the selection, a click on the mark brings it back.
  await scene.press('Escape');
  await expect(page.locator('.trade--selected')).toHaveCount(0);
  const [from, to] = await range(page);
  const first = from - 1;
  const x = (bar + 0.5) / (to - first);
  const open = Number(twin[bar][1]);
  const highs = twin.map((row) => Number(row[2]));
  const lows = twin.map((row) => Number(row[3]));
  const [low, high] = [Math.min(...lows), Math.max(...highs)];
  const margin = (high - low) * 0.04;
  const box = await scene.boundingBox();
  const bottom = box.height - 20;
  const pricesBottom = bottom - 6 - 0.16 * box.height - 6;
  const y = 4 + ((high + margin - open) / (high - low + 2 * margin)) * (pricesBottom - 4);
  await page.mouse.click(box.x + x * (box.width - 62), box.y + y);
  await expect(page.locator('.trade--selected td').first()).toHaveText('8');
});

test('rejected signals appear with their reason, and one reason can be looked at alone', async ({ page }) => {
  await backtest(page);
  await page.locator(PRICE).press('0');
  await page.waitForTimeout(300);
  const plain = (await picture(page, PRICE)).hash;
  await page.getByRole('button', { name: 'Rejected', exact: true }).click();
  await expect(page.getByText('377 signals became no trade')).toBeVisible();
  await expect.poll(async () => (await picture(page, PRICE)).hash).not.toBe(plain);
  const all = (await picture(page, PRICE)).hash;
  await page.getByRole('group', { name: 'Only this reason' }).getByRole('button', { name: 'expired 6' }).click();
  await expect.poll(async () => (await picture(page, PRICE)).hash).not.toBe(all);
  await page.getByRole('button', { name: 'Rejected', exact: true }).click();
  await expect.poll(async () => (await picture(page, PRICE)).hash).toBe(plain);
});

test('layers, logarithmic axes and buy and hold change the picture', async ({ page }) => {
  await backtest(page);
  await page.locator('.trade').nth(2).click();
  await page.locator(PRICE).press('Escape');
  await page.waitForTimeout(300);
  for (const [name, canvas] of [
    ['Levels', PRICE],
    ['Trades', PRICE],
    ['Logarithmic price axis', PRICE],
    ['Logarithmic equity axis', '.chart__canvas--equity'],
    ['Buy and hold', '.chart__canvas--equity'],
  ]) {
    const before = (await picture(page, canvas)).hash;
    const button = page.locator('.charts').getByRole('button', { name, exact: true });
    const pressed = await button.getAttribute('aria-pressed');
    await button.click();
    await expect(button).toHaveAttribute('aria-pressed', pressed === 'true' ? 'false' : 'true');
    await expect.poll(async () => (await picture(page, canvas)).hash, name).not.toBe(before);
    await button.click();
  }
});

test('pictures and data can be saved, and the table says the same as the chart', async ({ page }) => {
  await backtest(page);
  const save = async (name) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  };
  const png = await save('PNG picture: Price and trades');
  expect(png.name).toBe('cleansweep_sample_job143_5m_price.png');
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
  const width = await page.locator(PRICE).evaluate((canvas) => canvas.clientWidth);
  expect(png.bytes.readUInt32BE(16)).toBe(2 * width);
  const svg = await save('SVG picture: Price and trades');
  const text = svg.bytes.toString();
  expect(text).toMatch(/^<svg /);
  expect(text).toContain('volume');
  expect(text.match(/<(rect|polyline)/g).length).toBeGreaterThan(100);
  const equity = await save('SVG picture: Equity');
  expect(equity.bytes.toString()).toContain('drawdown');
  const csv = (await save('CSV of what is in view: Price and trades')).bytes.toString().trim().split('\n');
  expect(csv[0]).toBe('time_utc,open,high,low,close,volume,candles,findings');
  await page.getByRole('button', { name: 'Table: Price and trades' }).click();
  const rows = page.getByRole('region', { name: 'Data of Price and trades' }).locator('tbody tr');
  expect(await rows.count()).toBe(csv.length - 1);
  expect((await rows.first().locator('td').allInnerTexts()).join(',')).toBe(csv[1]);
  await page.getByRole('button', { name: 'Full screen: Price and trades' }).click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.className)).toBe('chart chart--price');
  await page.evaluate(() => document.exitFullscreen());
});

test('the window on the equity can be moved by its ends', async ({ page }) => {
  await backtest(page);
  const before = await range(page);
  const handle = page.getByRole('slider', { name: 'Window start' });
  const box = await handle.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(...(await spot(page, 0.5, 0.5, '.chart__canvas--equity')), { steps: 6 });
  await page.mouse.up();
  const after = await range(page);
  expect(after[0]).toBeLessThan(before[2] * 0.55);
  expect(after[0]).toBeGreaterThan(before[2] * 0.45);
  expect(after[1]).toBe(before[1]);
  await page.mouse.click(...(await spot(page, 0.2, 0.2, '.chart__canvas--equity')));
  await expect.poll(async () => (await range(page))[0]).toBeLessThan(after[0]);
});
