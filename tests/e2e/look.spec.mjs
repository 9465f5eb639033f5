// Every page in both themes and on a phone: no accessibility violation, nothing wider than the screen. The pictures for the
// README are made here with UPDATE_SCREENSHOTS=1.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { loadSample, open, openTab, settled } from './helpers.mjs';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

for (const theme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`every page is accessible and fits: ${theme}, ${size}`, async ({ browser, baseURL }) => {
      const context = await browser.newContext({ colorScheme: theme, viewport, baseURL });
      const page = await context.newPage();
      const check = async (name) => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), name).toEqual([]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, `${name} fits`).toBeLessThanOrEqual(viewport.width);
        if (process.env.UPDATE_SCREENSHOTS) {
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
      if (size === 'phone') {
        await page.getByRole('button', { name: 'Parameters' }).click();
        await check('parameters');
      }
      await context.close();
    });
  }
}
