// Other CSV readers of the browser on the bytes of the sample, one after the other in one run: bytes → six typed columns.
// They are no dependency of the project: `npm install --no-save papaparse udsv d3-dsv` first.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import config from '../../playwright.config.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const csv = execFileSync(`${ROOT}target/release/cleansweep`, ['sample'], { maxBuffer: 1 << 28 }).toString('base64');
const script = (path) => readFileSync(`${ROOT}node_modules/${path}`, 'utf8');
const browser = await chromium.launch(config.use.launchOptions);
const page = await browser.newPage();
await page.goto('about:blank');
await page.addScriptTag({ content: script('papaparse/papaparse.min.js') });
await page.addScriptTag({ content: script('udsv/dist/uDSV.iife.min.js') });
await page.addScriptTag({ content: script('d3-dsv/dist/d3-dsv.min.js') });
const result = await page.evaluate((base64) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const columns = (rows, get) => [0, 1, 2, 3, 4, 5].map((at) => Float64Array.from(rows, (row) => get(row, at)));
  const ways = {
    'Papa Parse': (text) => columns(Papa.parse(text, { skipEmptyLines: true }).data.slice(1), (row, at) => +row[at]),
    'Papa Parse, dynamicTyping': (text) => columns(Papa.parse(text, { skipEmptyLines: true, dynamicTyping: true }).data.slice(1), (row, at) => row[at]),
    'd3-dsv': (text) => columns(d3.csvParseRows(text).slice(1), (row, at) => +row[at]),
    uDSV: (text) => uDSV.initParser(uDSV.inferSchema(text)).typedCols(text).map((column) => Float64Array.from(column)),
  };
  const out = { bytes: bytes.length };
  for (const [name, read] of Object.entries(ways)) {
    const times = [];
    for (let i = 0; i < 8; i++) {
      const start = performance.now();
      const found = read(new TextDecoder().decode(bytes));
      times.push(performance.now() - start);
      if (found.length !== 6 || found[0].length !== 155_520) throw new Error(`${name}: ${found.length} × ${found[0]?.length}`);
    }
    const [first, ...warm] = times;
    out[name] = { 'first call': Math.round(first), warm: Math.round(warm.sort((a, b) => a - b)[3]) };
  }
  return out;
}, csv);
console.log(JSON.stringify(result, null, 2));
await browser.close();
