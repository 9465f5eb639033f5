// Nothing grows with use, and a worker that is gone is noticed: nodes, listeners and memory over long use, and workers that
// end without a word on every page.
import { expect, test } from '@playwright/test';
import { loadSample, open, openFile, openTab, settled } from './helpers.mjs';

/** Nodes, listeners and bytes of script memory that are still held. */
async function held(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  // What is detached may wait for a frame and for a second look.
  for (let i = 0; i < 3; i++) {
    await page.waitForTimeout(150);
    await session.send('HeapProfiler.collectGarbage');
  }
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const value = (name) => metrics.find((metric) => metric.name === name).value;
  return { nodes: value('Nodes'), listeners: value('JSEventListeners'), bytes: value('JSHeapUsedSize') };
}

const candles = (count, seed) => {
  let price = 100;
  let text = 'timestamp,open,high,low,close,volume\n';
  for (let i = 0; i < count; i++) {
    const next = price * (1 + 0.004 * Math.sin(i * 0.7 + seed) + 0.003 * Math.sin(i * 0.13 * seed));
    const [high, low] = [Math.max(price, next) * 1.001, Math.min(price, next) * 0.999];
    text += `${1_735_689_600_000 + i * 300_000},${price},${high},${low},${next},${100 + (i % 17)}\n`;
    price = next;
  }
  return text;
};

test('fifty files one after the other leave nothing behind', async ({ page }) => {
  test.setTimeout(400_000);
  await open(page);
  const load = async (number) => {
    await openFile(page, `file${number}.csv`, candles(1_500, number));
    await expect(page.locator('.bar')).toContainText(`file${number}.csv`, { timeout: 20_000 });
    // Close the one before, so that one file is open at a time.
    const close = page.getByRole('button', { name: new RegExp(`^Close file${number - 1}.csv`) });
    await page.getByLabel('Market', { exact: true }).selectOption({ label: `file${number - 1}.csv` }).catch(() => {});
    if (await close.count()) await close.click();
    await expect(page.locator('.bar')).toContainText(`file${number}.csv`);
  };
  await openFile(page, 'file0.csv', candles(1_500, 0.5));
  await expect(page.locator('.bar')).toContainText('file0.csv');
  await openTab(page, 'Backtest');
  await settled(page);
  for (let number = 1; number <= 5; number++) await load(number);
  await settled(page);
  const before = await held(page);
  for (let number = 6; number <= 50; number++) await load(number);
  await settled(page);
  const after = await held(page);
  expect(after.nodes, 'nodes').toBeLessThan(before.nodes * 1.1 + 300);
  expect(after.listeners, 'listeners').toBeLessThan(before.listeners * 1.1 + 60);
  expect(after.bytes, 'memory').toBeLessThan(before.bytes * 1.3 + 3e6);
});

test('two hundred switches between pages and a thousand moves of a slider leave nothing behind', async ({ page }) => {
  test.setTimeout(400_000);
  await open(page);
  await loadSample(page, 'Load clean sample');
  const tabs = ['Clean', 'Backtest', 'Validate', 'Compare', 'Robust', 'Data'];
  const round = async (times) => {
    for (let i = 0; i < times; i++) for (const tab of tabs) await openTab(page, tab);
  };
  await round(4);
  await page.waitForTimeout(1_500);
  const before = await held(page);
  await round(40);
  await page.waitForTimeout(1_500);
  const after = await held(page);
  expect(after.nodes, 'nodes after switches').toBeLessThan(before.nodes * 1.1 + 300);
  expect(after.listeners, 'listeners after switches').toBeLessThan(before.listeners * 1.1 + 60);
  expect(after.bytes, 'memory after switches').toBeLessThan(before.bytes * 1.3 + 3e6);

  await openTab(page, 'Backtest');
  await settled(page);
  const drag = (moves) =>
    page.getByRole('slider', { name: 'Volume spike' }).evaluate(async (slider, moves) => {
      for (let i = 0; i < moves; i++) {
        slider.value = String(120 + ((i * 37) % 280));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(done));
      }
      slider.dispatchEvent(new Event('change', { bubbles: true }));
    }, moves);
  await drag(100);
  await settled(page);
  const still = await held(page);
  await drag(1_000);
  await settled(page);
  const moved = await held(page);
  expect(moved.nodes, 'nodes after moves').toBeLessThan(still.nodes * 1.1 + 300);
  expect(moved.listeners, 'listeners after moves').toBeLessThan(still.listeners * 1.1 + 60);
  expect(moved.bytes, 'memory after moves').toBeLessThan(still.bytes * 1.3 + 3e6);
});

// What is asked on each page, and the panel that waits for it.
const PAGES = {
  Data: {
    busy: null,
    act: (page) => page.getByRole('button', { name: 'Zoom out' }).click(),
    done: (page) => expect(page.locator('.read-out').first()).not.toBeEmpty(),
  },
  Clean: {
    busy: null,
    act: (page) => page.getByRole('radio', { name: /drop/ }).first().check({ force: true }),
    done: (page) => expect(page.locator('.bar')).toContainText('Cleaning drop'),
  },
  Backtest: { busy: '.result', act: (page) => page.getByRole('slider', { name: 'Volume spike' }).fill('250') },
  Validate: { busy: '.validate', act: (page) => page.keyboard.press('Control+z') },
  Compare: { busy: '.compare', act: (page) => page.keyboard.press('Control+z') },
};

for (const [tab, { busy, act, done }] of Object.entries(PAGES)) {
  test(`workers that end without a word are noticed within two seconds: ${tab}`, async ({ page }) => {
    await open(page);
    await loadSample(page, 'Load clean sample');
    // Something to take back on the pages without controls of their own.
    await openTab(page, 'Backtest');
    await settled(page);
    await page.getByRole('slider', { name: 'Reward to risk' }).fill('300');
    await settled(page);
    await openTab(page, tab);
    if (busy) await expect(page.locator(busy)).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
    const gone = page.workers();
    expect(gone.length).toBeGreaterThanOrEqual(2);
    await Promise.all(gone.map((worker) => worker.evaluate(() => self.close()).catch(() => {})));
    await act(page);
    if (busy) await expect(page.locator(busy)).toHaveAttribute('aria-busy', 'true');
    await expect(page.getByText('A worker stopped (it ended without a word)')).toBeVisible({ timeout: 2_000 });
    if (busy) await expect(page.locator(busy)).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
    if (done) await done(page);
    expect(page.workers().length).toBeGreaterThanOrEqual(2);
  });
}
