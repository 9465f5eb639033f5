// Files of users: every way in, real shapes, and what is no candle file.
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CASES, command, download, loadSample, open, openFile, openTab, settled } from './helpers.mjs';

const HOUR = 3_600_000;

/** Candles of a plain walk, one an hour. */
function candles(rows, line) {
  const out = [];
  let price = 100;
  for (let i = 0; i < rows; i++) {
    const close = price + Math.sin(i * 1.7) + (i % 7) / 10 - 0.3;
    const values = [price, Math.max(price, close) + 0.4, Math.min(price, close) - 0.4, close];
    out.push(line(1_700_000_000_000 + i * HOUR, values.map((v) => v.toFixed(2)), 10 + (i % 13)));
    price = close;
  }
  return out;
}

test('a CryptoDataDownload export is dropped on the page: preamble, newest first, two volumes', async ({ page }) => {
  const problems = await open(page);
  const rows = candles(400, (ms, [o, h, l, c], v) => {
    const time = new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
    return `${ms / 1000},${time},SOL/USDT,${o},${h},${l},${c},${v},${v * 100}`;
  }).reverse();
  const text = `https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume SOL,Volume USDT\n${rows.join('\n')}\n`;
  const transfer = await page.evaluateHandle((contents) => {
    const data = new DataTransfer();
    data.items.add(new File([contents], 'Binance_SOLUSDT_1h.csv', { type: 'text/csv' }));
    return data;
  }, text);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(page.getByText('Drop to open')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(page.locator('.chip__name')).toHaveText('Binance_SOLUSDT_1h.csv');
  const how = page.getByRole('region', { name: 'How the file was read' });
  await expect(how).toContainText('Volume SOL → volume');
  await expect(how).toContainText('Volume USDT → not used');
  await expect(how).toContainText('Unix seconds');
  await expect(how).toContainText('before the header');
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('newest first');
  expect(problems).toEqual([]);
});

test('rows are pasted, with semicolons and decimal commas', async ({ page }) => {
  await open(page);
  const rows = candles(60, (ms, values, v) => [new Date(ms).toISOString().slice(0, 16).replace('T', ' '), ...values, v].join(';').replaceAll('.', ','));
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, `Date;Open;High;Low;Close;Volume\n${rows.join('\n')}`);
  const how = page.getByRole('region', { name: 'How the file was read' });
  await expect(how).toContainText('semicolon');
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('60 rows read');
});

test('bad rows are listed with line and text, and the rest is kept', async ({ page }) => {
  await open(page);
  const rows = candles(50, (ms, values, v) => [ms, ...values, v].join(','));
  rows.splice(10, 0, 'Total,,,,,');
  rows[20] = rows[20].replace(/,[^,]*,/, ',abc,');
  await openFile(page, 'bad rows.csv', `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
  const how = page.getByRole('region', { name: 'How the file was read' });
  await expect(how).toContainText('Total,,,,,');
  await expect(how).toContainText('the time cannot be read');
  await expect(how.getByRole('region', { name: 'Unreadable values' })).toContainText('abc');
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('50 rows read');
});

const FOOLISH = [
  ['nothing in it', '', 'The file is empty'],
  ['only a header', 'timestamp,open,high,low,close,volume\n', 'The file has a header but no rows'],
  ['binary', Buffer.from([1, 2, 0, 3, 4, 0, 0, 9]), 'This is binary data'],
  ['half an archive', Buffer.from('PK\u0003\u0004xl/workbook.xml'), 'The archive is damaged'],
  ['no time', 'open,high,low,close\n1.5,2.5,0.5,1.7\n1.7,2.7,0.7,1.9\n', 'candle'],
  ['closes only', 'date,close\n2024-01-01,5\n2024-01-02,6\n', 'This is no candle file'],
];

for (const [name, contents, title] of FOOLISH) {
  test(`a file with ${name} gets a message that says what to do, and the page goes on`, async ({ page }) => {
    const problems = await open(page);
    await openFile(page, 'foolish.csv', contents);
    const alert = page.getByRole('alert');
    await expect(alert).toContainText(title);
    await expect(alert.locator('.error-box__advice')).not.toBeEmpty();
    await loadSample(page, 'Load clean sample');
    await expect(page.getByRole('region', { name: 'Summary' }).getByText('Sound.', { exact: true })).toBeVisible();
    expect(problems).toEqual([]);
  });
}

test('one row, and a file without volume, each get the right result', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'one.csv', 'timestamp,open,high,low,close,volume\n1735689600000,1,2,0.5,1.5,7\n');
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('1 row read');
  await openTab(page, 'Backtest');
  await settled(page);
  await expect(page.locator('.result')).toContainText('too few');
  await expect(page.locator('.hints')).toContainText('insufficient quality data after cleaning: have 1, need 1,000');

  const rows = candles(300, (ms, values) => [ms, ...values].join(','));
  await openFile(page, 'fx.csv', `time,open,high,low,close\n${rows.join('\n')}\n`);
  await expect(page.locator('.hints')).toContainText('The file has no volume: the volume condition is skipped.');
  await openTab(page, 'Data');
  await expect(page.getByRole('region', { name: 'Gates', exact: true })).toContainText('does not apply');
  expect(problems).toEqual([]);
});

test('the worked case: export, cleaned rows and rejects equal the command', async ({ page }) => {
  await open(page);
  await openFile(page, 'dirty.csv', readFileSync(`${CASES}/dirty.csv`));
  await openTab(page, 'Clean');
  for (const policy of ['segment', 'source_score', 'mask']) {
    await page.getByRole('radio', { name: new RegExp(`^${policy}`) }).check();
    const exported = await download(page, 'Export JSON');
    expect(exported.text === command(['validate', 'dirty.csv', '--json', '--policy', policy]), policy).toBe(true);
    const cleaned = await download(page, 'Download cleaned CSV');
    expect(cleaned.text === command(['clean', 'dirty.csv', '--policy', policy]), `${policy} rows`).toBe(true);
  }
  const rejects = await download(page, 'Download rejects with reasons');
  expect(rejects.text.split('\n')[0]).toBe('line,timestamp,open,high,low,close,volume,reason,action');
  for (const reason of ['duplicate_exact,removed', 'duplicate_conflict,removed', 'broken,masked', 'placeholder,masked']) {
    expect(rejects.text).toContain(reason);
  }
  const region = page.getByRole('region', { name: 'Disagreement', exact: true });
  await page.getByLabel('Compare with').selectOption('source_filter');
  await expect(region).toContainText('mask and source_filter disagree on');
});

test('two million rows are read with progress, and the page answers meanwhile', async ({ page }) => {
  test.setTimeout(180_000);
  await open(page);
  // Built in the page: the file is larger than the test protocol likes to carry.
  await page.evaluate(() => {
    const parts = ['timestamp,open,high,low,close,volume\n'];
    let price = 10_000;
    for (let block = 0; block < 200; block++) {
      let text = '';
      for (let i = 0; i < 10_000; i++) {
        const n = block * 10_000 + i;
        const close = price + ((n * 7919) % 201) - 100;
        text += `${1_500_000_000_000 + n * 60_000},${price},${Math.max(price, close) + 9},${Math.min(price, close) - 9},${close},${1 + (n % 17)}\n`;
        price = close < 2_000 ? 10_000 : close;
      }
      parts.push(text);
    }
    const data = new DataTransfer();
    data.items.add(new File(parts, 'two_million.csv', { type: 'text/csv' }));
    window.frames_seen = 0;
    window.longest_frame = 0;
    let last = performance.now();
    const tick = (now) => {
      window.frames_seen += 1;
      window.longest_frame = Math.max(window.longest_frame, now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('2,000,000 rows read', { timeout: 120_000 });
  expect(await page.evaluate(() => window.frames_seen)).toBeGreaterThan(5);
  await openTab(page, 'Backtest');
  await expect(page.locator('.result')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
  await expect(page.locator('.result .card').first()).toBeVisible();
});

test('a bad file does not cost the one that was open', async ({ page }) => {
  await open(page);
  await loadSample(page, 'Load clean sample');
  await openFile(page, 'foolish.csv', 'no candles here');
  await expect(page.getByRole('alert')).toContainText('This is no candle file');
  await page.getByRole('button', { name: 'Back to sample_clean_5m.csv' }).click();
  await expect(page.getByRole('region', { name: 'Summary' }).getByText('Sound.', { exact: true })).toBeVisible();
});

test('reading can be cancelled', async ({ page }) => {
  await open(page);
  await page.evaluate(() => {
    const row = '1735689600000,1,2,0.5,1.5,7\n'.repeat(40_000);
    const file = new File(['timestamp,open,high,low,close,volume\n', ...Array(120).fill(row)], 'long.csv');
    const data = new DataTransfer();
    data.items.add(file);
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Reading long.csv was cancelled')).toBeVisible();
  await loadSample(page, 'Load clean sample');
  await expect(page.getByRole('region', { name: 'Summary' }).getByText('Sound.', { exact: true })).toBeVisible();
});

/** Candles with dates that may have the day or the month first. */
function ambiguous(rows) {
  const dates = Array.from({ length: rows }, (_, i) => `0${1 + (i % 9)}/0${1 + Math.floor(i / 9)}/2024`);
  return `Date,Open,High,Low,Close,Volume\n${dates.map((date, i) => `${date},${100 + i},${102 + i},${98 + i},${101 + i},5`).join('\n')}\n`;
}

test('what the file leaves open is asked, answered with one click, and remembered for files of the same shape', async ({ page }) => {
  const problems = await open(page);
  await openFile(page, 'first.csv', ambiguous(27));
  const question = page.getByRole('alert');
  await expect(question).toContainText('No date in the file has a number above 12');
  await expect(question.getByRole('button')).toHaveCount(2);
  await question.getByRole('button', { name: /day_first/ }).click();
  const how = page.getByRole('region', { name: 'How the file was read' });
  await expect(how.getByRole('row', { name: /Date order/ })).toContainText('day first');
  await expect(how.getByRole('row', { name: /Date order/ })).toContainText('chosen');
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('2024-03-09');
  // The second file of this shape needs no click.
  await openFile(page, 'second.csv', ambiguous(18));
  await expect(page.getByLabel('Market', { exact: true }).locator('option:checked')).toHaveText('second.csv');
  await expect(how.getByRole('row', { name: /Date order/ })).toContainText('chosen');
  await expect(page.getByText('Read like the last file of this shape: date_order=day_first')).toBeVisible();
  // Back to automatic is remembered, too.
  await how.getByRole('button', { name: 'Preview and change' }).click();
  await page.getByRole('button', { name: 'Back to automatic' }).click();
  await expect(how.getByLabel('Date order')).toHaveValue('');
  expect(problems).toEqual([]);
});

test('every guess is shown with its reason and can be changed: the preview alone is read again, then the file', async ({ page }) => {
  const problems = await open(page);
  const rows = candles(300, (ms, [o, h, l, c], v) => `${ms},${o},${h},${l},${c},${v},${v * 100}`);
  const text = `timestamp,open,high,low,close,volume,extra\n${rows.join('\n')}\n`;
  await openFile(page, 'guesses.csv', text);
  const how = page.getByRole('region', { name: 'How the file was read' });
  for (const [choice, reason] of [
    ['Encoding', 'plain ASCII'],
    ['Delimiter', 'it makes candles of'],
    ['Header', 'it names the prices'],
    ['Decimal mark', 'decimal dot'],
    ['Zone of times without one', 'counts from 1970 UTC'],
  ]) {
    await expect(how.getByRole('row', { name: new RegExp(choice) })).toContainText(reason);
  }
  await how.getByRole('button', { name: 'Preview and change' }).click();
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview.getByRole('row')).toHaveCount(51);
  const read = preview.getByRole('button', { name: 'Read the file this way' });
  await expect(read).toBeDisabled();
  await expect(preview.getByLabel('Role of column 6 volume')).toHaveValue('volume');
  await preview.getByLabel('Role of column 7 extra').selectOption('volume');
  await expect(preview.getByLabel('Role of column 6 volume')).toHaveValue('-');
  // The keyboard stays where it was, although the grid was made anew.
  await expect(preview.getByLabel('Role of column 7 extra')).toBeFocused();
  await preview.getByLabel('Zone of times without one').selectOption('+03:00');
  await expect(preview.locator('code')).toHaveText('cleansweep report FILE --read columns=7:volume zone=+03:00');
  await read.click();
  await expect(how).toContainText('extra → volume');
  await expect(how).toContainText('volume → not used');
  // The command reads it in the same way.
  const document = JSON.parse(command(['report', '-', '--json', '--read', 'columns=7:volume', 'zone=+03:00'], text));
  const chosen = document.import.settings.filter((setting) => setting.chosen).map(({ key, value }) => `${key}=${value}`);
  expect(chosen).toContain('zone=+03:00');
  expect(document.import.columns[6]).toMatchObject({ name: 'extra', role: 'volume', reason: 'chosen' });
  // A choice that makes no candles says so, and the file that was read stays.
  await how.getByRole('button', { name: 'Preview and change' }).click();
  if (!(await preview.isVisible())) await how.getByRole('button', { name: 'Preview and change' }).click();
  await preview.getByLabel('Delimiter').selectOption('semicolon');
  await expect(preview.getByRole('alert')).toBeVisible();
  await expect(preview.getByRole('button', { name: 'Read the file this way' })).toBeDisabled();
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('300 rows read');
  expect(problems).toEqual([]);
});

test('archives are unpacked in the page, and one of several files and markets is asked for', async ({ page }) => {
  const problems = await open(page);
  const rows = candles(200, (ms, [o, h, l, c], v) => `${ms},${o},${h},${l},${c},${v}`);
  const text = `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`;
  await openFile(page, 'packed.csv.gz', gzipSync(text));
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('200 rows read');
  const truncated = gzipSync(text).subarray(0, -20);
  await openFile(page, 'broken.csv.gz', truncated);
  await expect(page.getByRole('alert')).toContainText('The archive is damaged');
  const long = candles(60, (ms, [o, h, l, c], v) => `${ms},BTC,${o},${h},${l},${c},${v}\n${ms},ETH,${c},${h},${l},${o},${v}`);
  await openFile(page, 'markets.csv', `timestamp,symbol,open,high,low,close,volume\n${long.join('\n')}\n`);
  await expect(page.getByRole('alert')).toContainText('The file holds 2 markets');
  await page.getByRole('alert').getByRole('button', { name: /ETH/ }).click();
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText('60 rows read');
  await expect(page.getByRole('region', { name: 'How the file was read' })).toContainText('60 candles of other markets were left out');
  expect(problems).toEqual([]);
});
