// Every page and the states that tests reach, in both themes, wide, on a phone and at 320 pixels: no accessibility violation,
// nothing wider than the screen. The pictures in docs/ are made here with UPDATE_SCREENSHOTS=1.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { loadSample, open, openFile, openTab, settled } from './helpers.mjs';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 }, narrow: { width: 320, height: 640 } };

for (const theme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`every page is accessible and fits: ${theme}, ${size}`, async ({ browser, baseURL }) => {
      test.setTimeout(400_000);
      const context = await browser.newContext({ colorScheme: theme, viewport, baseURL });
      const page = await context.newPage();
      const check = async (name) => {
        // At 320 pixels only the fit is new: the markup is that of the phone.
        if (size !== 'narrow') {
          const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] });
          // Thousands of marks cost a minute: they are looked at once, where they are what is shown.
          if (name !== 'anatomy') axe.exclude('.figure');
          const { violations } = await axe.analyze();
          expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), name).toEqual([]);
        }
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, `${name} fits`).toBeLessThanOrEqual(viewport.width);
        if (process.env.UPDATE_SCREENSHOTS && size !== 'narrow') {
          await page.screenshot({ path: `docs/screenshots/${name}-${theme}-${size}.png` });
        }
      };
      await open(page);
      await check('start');
      await loadSample(page);
      await page.waitForTimeout(300);
      await check('data');
      await openTab(page, 'Clean');
      await check('clean');
      await openTab(page, 'Backtest');
      await settled(page);
      await page.locator('.trade').nth(3).click();
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(200);
      await check('backtest');
      // Explain lies over what the rest needs.
      const explain = page.getByRole('region', { name: 'Explain a candle' });
      await expect(explain).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
      await check('explain');
      await explain.getByRole('button', { name: 'Close' }).click();
      if (size !== 'wide') {
        await page.getByRole('button', { name: 'Parameters' }).click();
        await check('parameters');
        await page.getByRole('button', { name: 'Close parameters' }).click();
      }
      const shot = async (name, locator) => {
        await locator.scrollIntoViewIfNeeded();
        await expect(locator).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
        await check(name);
      };
      await page.getByRole('button', { name: 'Rejected', exact: true }).click();
      await page.getByRole('button', { name: 'Table: Equity' }).click();
      await check('rejected');
      await page.getByRole('button', { name: 'Table: Equity' }).click();
      await page.getByRole('button', { name: /^Show the trades that “Volume spike”/ }).click();
      await shot('funnel', page.getByRole('region', { name: 'Why so few signals?' }));
      await shot('anatomy', page.getByRole('region', { name: 'Anatomy of the result' }));
      await shot('costs', page.getByRole('region', { name: 'Costs and risk', exact: true }));
      await page.locator('.metrics summary').click();
      await check('metrics');
      await openTab(page, 'Validate');
      await expect(page.locator('.validate')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
      await expect(page.getByText('Does not use the future')).toBeVisible({ timeout: 60_000 });
      await check('validate');
      await openTab(page, 'Compare');
      await shot('compare', page.locator('.compare'));
      await openTab(page, 'Search');
      await page.getByLabel('Trials', { exact: true }).fill('60');
      await page.getByLabel('Trials', { exact: true }).blur();
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await expect(page.getByText('60 trials evaluated')).toBeVisible({ timeout: 60_000 });
      await page.evaluate(() => scrollTo(0, 0));
      await check('search');
      await page.keyboard.press('?');
      await check('keys');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Copy link' }).click();
      await expect(page.getByText(/Link copied|address bar/)).toBeVisible();
      await check('notice');
      // A file that leaves a question open, and the preview with its controls.
      await openFile(page, 'question.csv', 'Date,Open,High,Low,Close,Volume\n01/02/2024,10,12,9,11,5\n02/02/2024,11,13,10,12,6\n');
      await expect(page.getByRole('alert')).toBeVisible();
      await check('question');
      await page.getByRole('button', { name: /day_first/ }).click();
      await openTab(page, 'Data');
      await page.getByRole('button', { name: 'Preview and change' }).click();
      await page.getByRole('region', { name: 'Preview' }).scrollIntoViewIfNeeded();
      await check('preview');
      await context.close();
    });
  }
}

test('forced colours leave every page readable', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ forcedColors: 'active', viewport: SIZES.wide, baseURL });
  const page = await context.newPage();
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => v.id)).toEqual([]);
  await context.close();
});
