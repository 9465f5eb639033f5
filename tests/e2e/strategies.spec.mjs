// A second strategy on the page: chosen, tuned, explained, linked and exported like the first.
import { expect, test } from '@playwright/test';
import { command, download, loadSample, open, openTab, settled } from './helpers.mjs';

const slider = (page, name) => page.getByRole('slider', { name, exact: true });
const choice = (page) => page.getByLabel('Strategy', { exact: true }).and(page.locator('select'));

async function crossing(page) {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  await choice(page).selectOption('ma_cross');
  await expect(slider(page, 'Fast average')).toBeVisible();
  await settled(page);
}

test('another strategy brings its own sliders, conditions and exits', async ({ page }) => {
  await crossing(page);
  await expect(slider(page, 'Pierce depth')).toHaveCount(0);
  await expect(page.locator('.funnel-panel')).toContainText('Just crossed');
  await expect(page.locator('.funnel-panel')).not.toContainText('key level');
  // Baselines have no target and no time limit; both can be switched on.
  await expect(slider(page, 'Reward to risk')).toBeDisabled();
  await page.getByLabel('Reward to risk: limited').check();
  await expect(slider(page, 'Reward to risk')).toBeEnabled();
  await page.locator('.trade').nth(3).click();
  await expect(page.locator('.explain')).toContainText('fast average');
  await openTab(page, 'Validate');
  await expect(page.getByText('a p-value would be wrong')).toBeVisible({ timeout: 60_000 });
});

test('averages that cannot cross are refused with what to do, and the page goes on', async ({ page }) => {
  await crossing(page);
  const fast = page.getByLabel('Fast average, value');
  await fast.fill('100');
  await fast.press('Enter');
  await expect(page.getByText('The averages cannot cross')).toBeVisible();
  await expect(page.getByText(/Make the fast average shorter/)).toBeVisible();
  await fast.fill('30');
  await fast.press('Enter');
  await expect(page.getByText('The averages cannot cross')).toHaveCount(0);
  await settled(page);
});

test('going back finds the sliders as they were left, and undo crosses strategies', async ({ page }) => {
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  await slider(page, 'Touches').press('ArrowRight');
  await slider(page, 'Fee per side').press('ArrowLeft');
  const touches = await slider(page, 'Touches').inputValue();
  const fee = await slider(page, 'Fee per side').inputValue();
  await choice(page).selectOption('ma_cross');
  await expect(slider(page, 'Fee per side')).toHaveValue(fee);
  await choice(page).selectOption('liquidity_sweep');
  await expect(slider(page, 'Touches')).toHaveValue(touches);
  await expect(slider(page, 'Fee per side')).toHaveValue(fee);
  await page.keyboard.press('Control+z');
  await expect(choice(page)).toHaveValue('ma_cross');
  await page.keyboard.press('Control+z');
  await expect(choice(page)).toHaveValue('liquidity_sweep');
  await settled(page);
});

test('a link and a reload bring the strategy back, and the export is the command\'s', async ({ page }) => {
  await crossing(page);
  await slider(page, 'Fast average').press('ArrowRight');
  await page.getByRole('group', { name: 'Kind' }).getByRole('button', { name: 'ema' }).click();
  await settled(page);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText(/Link copied|address bar/)).toBeVisible();
  const link = await page.evaluate(() => location.hash);
  expect(link).toContain('#v1&strategy=ma_cross&ma_fast=21&ma_kind=ema&');
  await page.goto('about:blank');
  await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await expect(choice(page)).toHaveValue('ma_cross');
  await expect(slider(page, 'Fast average')).toHaveValue('21');
  await settled(page);
  const file = await download(page, 'Export JSON');
  const sample = command(['sample', 'job143']);
  const args = ['validate', '-', '--json', '--strategy', 'ma_cross', '--params', 'ma_fast=21', 'ma_kind=ema'];
  expect(file.text).toBe(command(args, sample));
});
