// The main job once more in Firefox, which Playwright's own tests do not drive: load, read, test, drag, export, reload.
// Without Firefox or geckodriver it says that Firefox was not tested.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Builder, By, until } from 'selenium-webdriver';
import firefox from 'selenium-webdriver/firefox.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PORT = 8098;
const PATIENCE_MS = 60_000;

function find(name) {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const browser = process.env.FIREFOX ?? find('firefox-esr') ?? find('firefox');
const geckodriver = find('geckodriver');
if (!browser || !geckodriver) {
  console.log(`Firefox was NOT tested: ${browser ? 'geckodriver' : 'Firefox'} is not here.`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'cleansweep-firefox-'));
const server = spawn('node', [join(ROOT, 'tests/e2e/server.mjs'), String(PORT)], { stdio: 'inherit' });
const options = new firefox.Options()
  .addArguments('-headless', '--width=1440', '--height=900')
  .setBinary(browser)
  .setPreference('browser.download.folderList', 2)
  .setPreference('browser.download.dir', folder)
  .setPreference('browser.helperApps.neverAsk.saveToDisk', 'application/json,text/csv');
const driver = await new Builder()
  .forBrowser('firefox')
  .setFirefoxOptions(options)
  .setFirefoxService(new firefox.ServiceBuilder(geckodriver))
  .build();

const see = (xpath) => driver.wait(until.elementLocated(By.xpath(xpath)), PATIENCE_MS, `nothing at ${xpath}`);
const click = async (xpath) => {
  const element = await see(xpath);
  await driver.wait(until.elementIsVisible(element), PATIENCE_MS);
  await driver.executeScript('arguments[0].scrollIntoView({ block: "center" })', element);
  await element.click();
};
const button = (name) => `//button[normalize-space()="${name}"]`;
const tab = (name) => click(`//*[@role="tab"][contains(., "${name}")]`);
const saysBody = (words) =>
  driver.wait(
    async () => (await driver.findElement(By.css('body')).getText()).includes(words),
    PATIENCE_MS,
    `the page does not say "${words}"`,
  );
const settled = () =>
  driver.wait(
    async () =>
      driver.executeScript(() =>
        ['.result', '.funnel-panel'].every(
          (name) => document.querySelector(name)?.getAttribute('aria-busy') === 'false',
        ),
      ),
    PATIENCE_MS,
    'the backtest does not catch up with the settings',
  );
const inked = (selector) =>
  driver.executeScript((name) => {
    const canvas = document.querySelector(name);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => value !== data[at % 4]).length;
  }, selector);

/** Clicks "Export JSON" and returns what Firefox saved. */
async function exported() {
  const before = new Set(readdirSync(folder));
  await click(button('Export JSON'));
  const name = await driver.wait(
    () => readdirSync(folder).find((file) => file.endsWith('.json') && !before.has(file)),
    PATIENCE_MS,
    'nothing was saved',
  );
  // The file stands beside its ".part" until it is whole.
  await driver.wait(() => !existsSync(join(folder, `${name}.part`)) && readFileSync(join(folder, name)).length > 0, PATIENCE_MS);
  return readFileSync(join(folder, name), 'utf8');
}

const command = (args, input) =>
  execFileSync(join(ROOT, 'target/release/cleansweep'), args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });

const watch = () =>
  driver.executeScript(() => {
    window.problems = [];
    window.addEventListener('error', (event) => window.problems.push(event.message));
    window.addEventListener('unhandledrejection', (event) => window.problems.push(String(event.reason)));
  });
const noProblems = async () => assert.deepEqual(await driver.executeScript(() => window.problems), []);

try {
  const version = (await driver.getCapabilities()).getBrowserVersion();
  const address = `http://127.0.0.1:${PORT}/some/path/`;
  await driver.wait(async () => fetch(address).then((answer) => answer.ok, () => false), PATIENCE_MS);
  await driver.get(address);
  await watch();

  await click(button('Load sample'));
  await saysBody('Data: usable after mask, with warnings');
  await saysBody('155,520');
  assert.ok((await inked('.chart__canvas--price')) > 2_000, 'the price chart is empty');

  await tab('Backtest');
  await settled();
  const csv = command(['sample']);
  assert.ok((await exported()) === command(['validate', '-', '--json'], csv), 'Wasm in Firefox against the command');

  const slider = await driver.findElement(By.css('.strategy input[type=range]'));
  const cards = () => driver.executeScript(() => document.querySelector('.result .cards').innerText);
  const before = await cards();
  for (let i = 0; i < 10; i += 1) await slider.sendKeys('\uE014');
  await settled();
  assert.notEqual(await cards(), before, 'the slider changes nothing');
  await noProblems();

  // The browser's own decoder reads what the command reads with a library.
  const big5 = Buffer.from('a4e9b4c12cb67dbd4c2cb3ccb0aa2cb3cca7432ca6acbd4c2ca6a8a5e6b6710a', 'hex');
  const rows = Array.from({ length: 30 }, (_, day) => {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
    return `${date},${100 + day},${102 + day},${99 + day},${101 + day},${1000 + day}\n`;
  });
  const path = join(folder, 'big5.csv');
  writeFileSync(path, Buffer.concat([big5, Buffer.from(rows.join(''))]));
  await (await driver.findElement(By.css('input[type=file]'))).sendKeys(path);
  await see('//*[contains(., "big5.csv")]');
  await tab('Data');
  await saysBody('Big5');
  await noProblems();

  // A reload keeps the settings.
  await tab('Clean');
  await click('//label[starts-with(normalize-space(), "drop")]');
  await driver.navigate().refresh();
  await watch();
  await click(button('Load clean sample'));
  await tab('Clean');
  const chosen = await driver.executeScript(() => document.querySelector('input[type=radio]:checked').labels[0].innerText);
  assert.match(chosen, /^drop/);
  await noProblems();
  console.log(`Firefox ${version}: everything as in the other browser and the command`);
} finally {
  await driver.quit();
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
