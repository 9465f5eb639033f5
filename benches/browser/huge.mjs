// Opens a file of about 1 GB in the built page and prints what it took: `node benches/browser/huge.mjs [megabytes] [plain]`.
// The rows are those of a Binance dump (twelve columns), or with "plain" of time, prices and volume alone.
import { createWriteStream, existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { chromium } from '@playwright/test';
import config from '../../playwright.config.mjs';

const megabytes = Number(process.argv[2] ?? 1000);
const plain = process.argv[3] === 'plain';
const path = `${tmpdir()}/cleansweep-huge.csv`;
const out = createWriteStream(path);
let [price, time, written, lines] = [191.37, 1_300_000_000_000, 0, 0];
while (written < megabytes * 1e6) {
  let block = '';
  for (let i = 0; i < 20_000; i++, time += 60_000) {
    const close = price * (1 + Math.sin(time / 7e6) / 2000);
    const [o, h, l, c] = [price, Math.max(price, close) * 1.001, Math.min(price, close) * 0.999, close].map((v) => v.toFixed(8));
    const volume = (20 + (time / 6e4) % 90).toFixed(8);
    block += plain
      ? `${time},${o},${h},${l},${c},${volume}\n`
      : `${time},${o},${h},${l},${c},${volume},${time + 59_999},${(volume * c).toFixed(8)},${i % 900},${volume},${volume},0\n`;
    price = close;
  }
  if (!out.write(block)) await once(out, 'drain');
  written += block.length;
  lines += 20_000;
}
out.end();
await once(out, 'finish');

const server = spawn('node', [fileURLToPath(new URL('../../tests/e2e/server.mjs', import.meta.url)), '8095']);
await new Promise((ready) => setTimeout(ready, 800));
const browser = await chromium.launch(config.use.launchOptions);
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
page.on('pageerror', (error) => console.error(error.message));
await page.goto('http://127.0.0.1:8095/some/path/');
await page.getByRole('heading', { level: 1 }).waitFor();
/** Memory of the largest process of the browser, the one of the page and its workers, on Linux. */
function resident() {
  const sizes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return 0;
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return Math.round(Math.max(0, ...sizes) / 1000);
}
const start = Date.now();
await page.getByLabel('Open CSV files').setInputFiles(path);
const result = { megabytes: Math.round(statSync(path).size / 1e6), lines };
await page.locator('.reading, .error-box').first().waitFor({ timeout: 60_000 });
result['first lines shown, ms'] = Date.now() - start;
await page.locator('.error-box, [role="tabpanel"]').first().waitFor({ timeout: 300_000 });
if (await page.locator('.error-box').count()) {
  result.refused = await page.locator('.error-box').innerText();
} else {
  result['read and judged, ms'] = Date.now() - start;
  result.foot = await page.locator('.foot').innerText();
  result.measures = await page.evaluate(() =>
    Object.fromEntries(performance.getEntriesByType('measure').map((m) => [m.name, Math.round(m.duration)])));
  result['memory of the page, MB'] = { Data: resident() };
  for (const [tab, ready] of [['Backtest', '.funnel-panel[aria-busy="false"]'], ['Validate', '.validate[aria-busy="false"]'], ['Compare', '.compare[aria-busy="false"]']]) {
    await page.getByRole('tab', { name: tab }).click();
    await page.locator(ready).waitFor({ timeout: 600_000 });
    await page.waitForTimeout(2_000);
    result['memory of the page, MB'][tab] = resident();
  }
  result['all pages shown, ms'] = Date.now() - start;
  result.notices = await page.locator('.notice').allInnerTexts();
}
console.log(JSON.stringify(result, null, 2));
await browser.close();
server.kill();
if (existsSync(path)) rmSync(path);
