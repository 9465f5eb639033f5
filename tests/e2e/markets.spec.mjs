// Several files side by side, more workers than two, and what happens where they meet.
import { expect, test } from '@playwright/test';
import { download, loadSample, open, openFile, openTab, settled } from './helpers.mjs';

/** Five-minute candles that wander, different for every seed. */
function wandering(rows, seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let close = 100 + seed;
  const lines = Array.from({ length: rows }, (_, i) => {
    const from = close;
    close = Math.max(1, from * (1 + (next() - 0.5) / 100));
    const [high, low] = [Math.max(from, close) * 1.001, Math.min(from, close) * 0.999];
    return [1_700_000_100_000 + i * 300_000, from, high, low, close, 10 + next() * 50].join(',');
  });
  return `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`;
}

const cards = (page) => page.locator('.result .cards').innerText();
const menu = (page) => page.getByLabel('Market', { exact: true });

/** Counts of what the workers did, by the page's own measures. */
async function counting(page) {
  await page.addInitScript(() => {
    self.measures = [];
    new PerformanceObserver((list) => {
      self.measures.push(...list.getEntries().map((entry) => entry.name));
    }).observe({ entryTypes: ['measure'] });
  });
  return (name) => page.evaluate((wanted) => self.measures.filter((n) => n === wanted).length, name);
}

test('two files stand side by side, and turning to one reads nothing again', async ({ page }) => {
  const count = await counting(page);
  const problems = await open(page);
  await openFile(page, 'first.csv', wandering(3_000, 1));
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(menu(page)).toHaveCount(0);
  await page.locator('.chart__canvas--price').focus();
  await page.keyboard.press('Home');
  const first = { cards: await cards(page), chart: await page.locator('.chart__canvas--price').getAttribute('aria-label') };
  expect(first.chart).toContain('candles 1 to ');

  await openFile(page, 'second & third.csv', wandering(4_000, 2));
  await expect(menu(page).locator('option:checked')).toHaveText('second & third.csv');
  await settled(page);
  const second = await cards(page);
  expect(second).not.toBe(first.cards);
  await expect(page.locator('.foot')).toContainText('2 files take');

  // Every page follows the menu: numbers, chart, what is downloaded.
  await menu(page).selectOption({ label: 'first.csv' });
  await settled(page);
  await expect.poll(() => cards(page)).toBe(first.cards);
  await expect(page.locator('.chart__canvas--price')).toHaveAttribute('aria-label', first.chart);
  expect((await download(page, 'Export JSON')).name).toContain('first');
  for (let i = 0; i < 6; i += 1) {
    await menu(page).selectOption({ label: i % 2 ? 'first.csv' : 'second & third.csv' });
  }
  await settled(page);
  await expect.poll(() => cards(page)).toBe(first.cards);
  expect(await count('Load')).toBe(2);

  // A link and the browser's storage name the file.
  await menu(page).selectOption({ label: 'second & third.csv' });
  await settled(page);
  await page.getByRole('button', { name: 'Copy link' }).click();
  expect(new URL(page.url()).hash).toContain('&market=second%20%26%20third.csv');

  await page.getByRole('button', { name: 'Close second & third.csv' }).click();
  await expect(menu(page)).toHaveCount(0);
  await expect(page.locator('.chip__name')).toHaveText('first.csv');
  await settled(page);
  await expect.poll(() => cards(page)).toBe(first.cards);
  expect(problems).toEqual([]);

  await page.reload();
  await expect(page.getByText('This link opens with')).toContainText('second & third.csv');
  await page.goto('about:blank');
  await page.goto('./');
  await expect(page.getByText('when first.csv was open')).toBeVisible();
});

test('the menu shows the market that is current, whoever turned to it', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'first.csv', wandering(600, 1));
  await openFile(page, 'second.csv', wandering(600, 2));
  const shown = menu(page).locator('option:checked');
  await menu(page).selectOption({ label: 'first.csv' });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Data quality of first.csv');
  await openFile(page, 'third.csv', wandering(600, 3));
  await expect(shown).toHaveText('third.csv');
  await menu(page).selectOption({ label: 'second.csv' });
  await page.getByRole('button', { name: 'Close second.csv' }).click();
  await expect(shown).toHaveText('first.csv');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Data quality of first.csv');
  expect(problems).toEqual([]);
});

test('a link shows its view on its own market and leaves the others alone', async ({ page }) => {
  await open(page);
  await openFile(page, 'first.csv', wandering(3_000, 1));
  await openTab(page, 'Backtest');
  await settled(page);
  const chart = page.locator('.chart__canvas--price');
  await chart.focus();
  await page.keyboard.press('Home');
  await expect(chart).toHaveAttribute('aria-label', /candles 1 to /);
  await settled(page);
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = page.url();
  await page.goto('about:blank');
  await page.goto(link);
  // The wrong file first, then the one that the link names, then another one.
  const differs = page.getByText('The rows are not those of the link');
  await openFile(page, 'other.csv', wandering(3_000, 2));
  await expect(differs).toBeVisible();
  await openFile(page, 'first.csv', wandering(3_000, 1));
  await expect(page.getByText('Same data, same result as in the link')).toBeVisible();
  await expect(chart).toHaveAttribute('aria-label', /candles 1 to /);
  await openTab(page, 'Validate');
  await openFile(page, 'third.csv', wandering(3_000, 3));
  await expect(page.getByRole('tab', { name: 'Validate' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('.validate')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
  await expect(differs).toHaveCount(0);
  await menu(page).selectOption({ label: 'first.csv' });
  await expect(page.getByText('Same data, same result as in the link')).toBeVisible();
});

test('a download that is cut short by closing its market spoils no other', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'small.csv', wandering(300, 1));
  await openTab(page, 'Clean');
  const before = await download(page, 'Download cleaned CSV');
  await openFile(page, 'large.csv', wandering(150_000, 2));
  await page.getByRole('button', { name: 'Download cleaned CSV' }).click();
  await page.getByRole('button', { name: 'Close large.csv' }).click();
  await expect(page.locator('.chip__name')).toHaveText('small.csv');
  expect(await download(page, 'Download cleaned CSV')).toEqual(before);
  expect(problems).toEqual([]);
});

test('a worker that dies over a download begins it anew', async ({ page }) => {
  await open(page);
  await openFile(page, 'market.csv', wandering(60_000, 1));
  await openTab(page, 'Clean');
  const before = await download(page, 'Download cleaned CSV');
  await page.evaluate(() => {
    const post = Worker.prototype.postMessage;
    let deaths = 1;
    Worker.prototype.postMessage = function (message, ...rest) {
      const bytes = Array.isArray(message) ? message[0] : null;
      // Kind of message, lane of exports: see protocol::Envelope.
      const dies = bytes instanceof Uint8Array && bytes[0] === 0 && bytes[1] === 8 && deaths > 0;
      deaths -= dies ? 1 : 0;
      return post.call(this, dies ? [new Uint8Array([255, 255])] : message, ...rest);
    };
  });
  expect(await download(page, 'Download cleaned CSV')).toEqual(before);
  await expect(page.getByText('A worker stopped')).toBeVisible();
});

test('a file that cannot be read leaves the one before at hand', async ({ page }) => {
  await open(page);
  await openFile(page, 'good.csv', wandering(500, 3));
  await expect(page.locator('.chip__name')).toHaveText('good.csv');
  await openFile(page, 'bad.csv', 'no candles\nat all\n');
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByRole('button', { name: 'Back to good.csv' }).click();
  await expect(page.locator('.chip__name')).toHaveText('good.csv');
  await expect(page.getByRole('alert')).toHaveCount(0);
  // Read otherwise, it takes its own place.
  await page.getByRole('button', { name: 'Preview and change' }).click();
  await page.getByLabel('Zone of times without one').selectOption('+03:00');
  await page.getByRole('button', { name: 'Read the file this way' }).click();
  await expect(page.locator('.chip__name')).toHaveText('good.csv');
  await expect(menu(page)).toHaveCount(0);
});

test('many files in one page, and a dead worker in between', async ({ page }) => {
  const problems = await open(page);
  for (let seed = 1; seed <= 20; seed += 1) {
    // Two of one name are told apart.
    await openFile(page, seed % 2 ? `file-${seed}.csv` : 'same.csv', wandering(400, seed));
    await expect(page.locator('.foot')).toContainText(seed > 1 ? `${seed} files take` : 'grid coverage');
  }
  const names = await menu(page).locator('option').allInnerTexts();
  expect(new Set(names).size).toBe(20);
  expect(names).toContain('same.csv (10)');
  await openTab(page, 'Backtest');
  for (const worker of page.workers()) {
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new Error('a planted failure');
      });
    });
  }
  await expect(page.getByText('a planted failure')).toBeVisible();
  await menu(page).selectOption({ label: 'file-7.csv' });
  await settled(page);
  await expect(page.locator('.result .card')).toHaveCount(8);
  for (let left = 20; left > 1; left -= 1) {
    await page.getByRole('button', { name: /^Close (file|same)/ }).click();
  }
  await expect(menu(page)).toHaveCount(0);
  await settled(page);
  expect(problems.filter((problem) => !problem.includes('planted'))).toEqual([]);
});

test('more cores are more workers, and the numbers are the same', async ({ browser, baseURL }) => {
  const numbers = async (cores) => {
    const context = await browser.newContext({ baseURL });
    const page = await context.newPage();
    await page.addInitScript((n) => {
      Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => n });
    }, cores);
    const problems = await open(page);
    await loadSample(page);
    await openTab(page, 'Validate');
    await expect(page.locator('.validate')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
    await expect(page.getByText('Does not use the future')).toBeVisible({ timeout: 60_000 });
    const text = await page.locator('.validate').innerText();
    const workers = page.workers().length;
    expect(problems).toEqual([]);
    await context.close();
    return { text, workers };
  };
  const [one, eight] = [await numbers(1), await numbers(8)];
  expect(one.workers).toBe(2);
  expect(eight.workers).toBeGreaterThan(2);
  expect(eight.workers).toBeLessThanOrEqual(8);
  expect(eight.text).toBe(one.text);
});

test('the check for use of the future stops at once, keeps what it has, and goes on from there', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Validate');
  const panel = page.getByRole('region', { name: 'Does it use the future?' });
  await panel.getByRole('button', { name: 'Stop' }).click();
  const stopped = panel.getByText(/Stopped after \d+ of \d+ cuts|Waiting for the background/);
  await expect(stopped).toBeVisible();
  const before = await panel.innerText();
  await page.waitForTimeout(1_500);
  expect(await panel.innerText()).toBe(before);
  await panel.getByRole('button', { name: 'Go on' }).click();
  await expect(panel).toContainText('Does not use the future', { timeout: 60_000 });
});

test('a question that fails says so in its own panel, can be asked again, and holds up no other', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await openTab(page, 'Backtest');
  await settled(page);
  // Two deaths over one question: whoever is asked for the costs dies as soon as it begins.
  await page.evaluate(() => {
    const post = Worker.prototype.postMessage;
    self.deaths = 2;
    Worker.prototype.postMessage = function (message, ...rest) {
      const bytes = Array.isArray(message) ? message[0] : null;
      // Kind of message, lane: see protocol::Envelope.
      const lane = bytes instanceof Uint8Array && bytes[0] === 0 ? bytes[1] : null;
      if (lane === 12 && self.deaths > 0) {
        self.deaths -= 1;
        return post.call(this, [new Uint8Array([255, 255])], ...rest);
      }
      return post.call(this, message, ...rest);
    };
  });
  await page.getByRole('slider', { name: 'Reward to risk' }).fill('300');
  const costs = page.getByRole('region', { name: 'Costs and risk' });
  await expect(costs.getByRole('alert')).toContainText('The computation stopped twice');
  await settled(page);
  await expect(page.getByRole('region', { name: 'Why so few signals?' }).getByRole('alert')).toHaveCount(0);
  await costs.getByRole('button', { name: 'Ask again' }).click();
  await expect(costs.getByRole('alert')).toHaveCount(0);
  await expect(costs).toHaveAttribute('aria-busy', 'false');
});
