// Nothing overlaps, is cut or scrolls sideways at any width; what is said and what is explained moves no chart.
import { expect, test } from '@playwright/test';
import { loadSample, open, openTab, settled } from './helpers.mjs';

const WIDTHS = [320, 390, 600, 768, 900, 1024, 1280, 1440, 1920, 2560];
const PAGES = ['Data', 'Clean', 'Backtest', 'Validate', 'Compare', 'Robust'];

/** What is wrong with the controls that can be reached now: under another one, cut, or out of the window. */
function faults(page) {
  return page.evaluate(() => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
    const name = (element) =>
      `${element.tagName.toLowerCase()} "${(element.getAttribute('aria-label') ?? element.innerText ?? element.id ?? '').trim().slice(0, 40)}"`;
    // A layer stands over the page on purpose.
    const layer = (element) => {
      for (let at = element; at; at = at.parentElement) {
        if (['fixed', 'sticky'].includes(getComputedStyle(at).position)) return at;
      }
      return null;
    };
    const scroller = (element) => {
      for (let at = element.parentElement; at; at = at.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return at;
      }
      return null;
    };
    // What its scrolling ancestors show of it.
    const seen = (element) => {
      let { left, right, top, bottom } = element.getBoundingClientRect();
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
        if (getComputedStyle(at).overflowY === 'visible') continue;
        const box = at.getBoundingClientRect();
        [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
        [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
      }
      return { left, right, top, bottom };
    };
    const controls = [...document.querySelectorAll('button, a[href], input, select, summary, [role="slider"]')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
      .map((element) => ({ element, box: element.getBoundingClientRect(), seen: seen(element), layer: layer(element) }))
      .filter(({ element, seen }) => seen.right > seen.left && seen.bottom > seen.top && !element.closest('.skip, .sr-only, .brush'));
    for (const { element, box } of controls) {
      const within = scroller(element);
      if (!within && (box.left < -1 || box.right > root.clientWidth + 1)) found.push(`${name(element)} leaves the window`);
      const isText = !['INPUT', 'SELECT'].includes(element.tagName);
      if (isText && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible') {
        found.push(`${name(element)} is cut`);
      }
      if (isText && getComputedStyle(element).display !== 'inline') {
        const range = document.createRange();
        range.selectNodeContents(element);
        const text = range.getBoundingClientRect();
        // What holds no text has none that could stick out.
        if (text.width > 0 && (text.right > box.right + 1 || text.left < box.left - 1)) found.push(`the text of ${name(element)} sticks out`);
      }
    }
    for (let i = 0; i < controls.length; i += 1) {
      for (let j = i + 1; j < controls.length; j += 1) {
        const [a, b] = [controls[i], controls[j]];
        if (a.layer !== b.layer || a.element.contains(b.element) || b.element.contains(a.element)) continue;
        const width = Math.min(a.seen.right, b.seen.right) - Math.max(a.seen.left, b.seen.left);
        const height = Math.min(a.seen.bottom, b.seen.bottom) - Math.max(a.seen.top, b.seen.top);
        if (width > 1.5 && height > 1.5) found.push(`${name(a.element)} lies over ${name(b.element)}`);
      }
    }
    return found;
  });
}

for (const width of WIDTHS) {
  test(`every page is whole at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    const problems = await open(page);
    expect.soft(await faults(page), 'start').toEqual([]);
    await loadSample(page);
    for (const name of PAGES) {
      await openTab(page, name);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0, { timeout: 60_000 });
      expect.soft(await faults(page), name).toEqual([]);
      if (name === 'Backtest') {
        await page.locator('.chart__canvas--price').focus();
        await page.keyboard.press('Shift+ArrowLeft');
        await page.keyboard.press('Enter');
        await expect(page.getByRole('region', { name: 'Explain a candle' })).toHaveAttribute('aria-busy', 'false');
        expect.soft(await faults(page), 'explain').toEqual([]);
        await page.keyboard.press('Escape');
        if (width <= 760) await page.getByRole('button', { name: 'Parameters' }).click();
        await page.locator('summary[aria-label="Choose the numbers"]').click();
        expect.soft(await faults(page), 'numbers').toEqual([]);
        await page.locator('summary[aria-label="Choose the numbers"]').click();
        await page.getByRole('slider', { name: 'Pierce depth' }).press('End');
        await expect(page.getByRole('button', { name: /^\d warnings?$/ })).toBeVisible();
        expect.soft(await faults(page), 'warnings').toEqual([]);
      }
    }
    expect(problems).toEqual([]);
  });
}

/** Top of charts and list, in the document. */
const places = (page) =>
  page.evaluate(() =>
    ['.chart__canvas--price', '.chart__canvas--equity', '.trades'].map(
      (selector) => document.querySelector(selector).getBoundingClientRect().top + scrollY,
    ),
  );

for (const [width, height] of [[1024, 768], [1440, 900], [1920, 1080]]) {
  test(`result and equity stay in sight while parameters are scrolled, ${width} by ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page);
    await loadSample(page);
    await openTab(page, 'Backtest');
    await settled(page);
    const strip = page.getByRole('region', { name: 'Result at a glance' });
    const last = page.getByRole('slider', { name: 'Drawdown stop' });
    await last.scrollIntoViewIfNeeded();
    await expect(strip).toBeInViewport({ ratio: 0.99 });
    await expect(page.locator('.chart__canvas--equity')).toBeInViewport({ ratio: 0.8 });
    const before = await strip.innerText();
    await page.getByRole('slider', { name: 'Fee per side' }).fill('0');
    await settled(page);
    await expect.poll(() => strip.innerText()).not.toBe(before);
    // Wherever the page is, too.
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await expect(strip).toBeInViewport({ ratio: 0.99 });
    await expect(page.getByRole('slider', { name: 'Fee per side' })).toBeVisible();
  });
}

test('numbers at a glance are whole beside a warning, a second column and a pinned result', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await page.getByRole('button', { name: 'Pin as A' }).click();
  // Costs above what a trade risks are warned of, and make numbers long.
  await page.getByRole('slider', { name: 'Fee per side' }).press('End');
  await page.getByRole('button', { name: 'Split 70 : 30' }).click();
  await expect(page.locator('.strip .chip--warn')).toBeVisible();
  for (const width of [360, 390, 600, 768, 900, 1024, 1280, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expect(page.locator('.strip .beside').first()).toHaveText(/^out [+−\d–]/);
    const cut = await page.locator('.strip__number dd').evaluateAll((cells) =>
      cells
        .filter((cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
        .map((cell) => `${cell.textContent} in ${cell.clientWidth} px`),
    );
    expect.soft(cut, `${width} px`).toEqual([]);
  }
});

test('explanations, warnings and refusals move neither charts nor list', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const before = await places(page);
  const list = page.locator('.trade').first();
  await list.click();
  await expect(page.getByRole('region', { name: 'Explain a candle' })).toBeVisible();
  expect(await places(page)).toEqual(before);
  // A warning: hardly any trade is left. A refusal: settings that contradict each other.
  await page.getByRole('slider', { name: 'Volume spike' }).press('End');
  await page.getByRole('slider', { name: 'Pierce depth' }).press('End');
  await settled(page);
  await expect(page.locator('.hints li').first()).toBeVisible();
  expect(await places(page)).toEqual(before);
  await page.getByRole('slider', { name: 'Lookback' }).press('Home');
  await page.getByRole('slider', { name: 'Pivot width' }).press('End');
  await expect(page.locator('.warnings').getByRole('alert')).toBeVisible();
  expect(await places(page)).toEqual(before);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.locator('.toasts .notice')).toBeVisible();
  expect(await places(page)).toEqual(before);
});

test('the numbers in sight are chosen, and stay chosen', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const strip = page.getByRole('region', { name: 'Result at a glance' });
  await strip.locator('summary').click();
  await strip.getByLabel('Exposure', { exact: true }).uncheck();
  await strip.getByLabel('Payoff', { exact: true }).check();
  const labels = () => strip.locator('dt').allInnerTexts();
  const chosen = await labels();
  expect(chosen).toHaveLength(8);
  expect(chosen.at(-1)).toBe('Payoff');
  await expect(strip.getByLabel('Exposure', { exact: true })).toBeDisabled();
  await page.reload();
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  expect(await labels()).toEqual(chosen);
});
