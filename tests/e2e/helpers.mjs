// Small verbs for the tests: open the page, load a sample, read a card.
import { expect } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CASES = `${ROOT}tests/golden/cases`;

/** Opens the page and fails the test on any error that the page does not handle. */
export async function open(page) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  await page.goto('./');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  return problems;
}

export async function loadSample(page, name = 'Load sample') {
  await page.getByRole('button', { name, exact: true }).click();
  await expect(page.getByRole('tab', { name: 'Data' })).toBeVisible({ timeout: 30_000 });
}

export async function openTab(page, name) {
  await page.getByRole('tab', { name }).click();
  await expect(page.getByRole('tab', { name })).toHaveAttribute('aria-selected', 'true');
}

/** Waits until backtest and funnel have caught up with the settings. */
export async function settled(page) {
  await expect(page.locator('.result')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  await expect(page.locator('.funnel-panel')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
}

/** The Backtest page of the sample, settled; the problems that {@link open} collects. */
export async function backtest(page) {
  const problems = await open(page);
  await loadSample(page);
  await openTab(page, 'Backtest');
  await settled(page);
  return problems;
}

export async function openFile(page, name, contents) {
  const buffer = Buffer.isBuffer(contents) ? contents : Buffer.from(contents);
  await page.getByLabel('Open CSV files').setInputFiles({ name, mimeType: 'text/csv', buffer });
}

/** Clicks and returns the text of the download with its name. */
export async function download(page, button) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

/** Standard output of the native command. */
export function command(args, input) {
  return execFileSync(`${ROOT}target/release/cleansweep`, args, {
    cwd: CASES,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}

/** A fingerprint of a canvas: what is drawn, not how it is encoded. */
export async function picture(page, selector) {
  return page.locator(selector).evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let hash = 2166136261;
    let inked = 0;
    for (let i = 0; i < data.length; i += 4) {
      const pixel = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
      hash = Math.imul(hash ^ pixel, 16777619);
      if (pixel !== ((data[0] << 16) | (data[1] << 8) | data[2])) inked += 1;
    }
    return { hash, inked };
  });
}
