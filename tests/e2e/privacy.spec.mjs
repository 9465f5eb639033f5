// Nothing leaves the page: the policy is strict, it holds in the page and in its workers, and using the page makes no request.
import { expect, test } from '@playwright/test';
import { createServer } from 'node:http';
import { loadSample, open, openTab, settled } from './helpers.mjs';

/** A server that writes down every request: the outside world. */
async function outside() {
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.url);
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('ok');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { seen, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** What a planted attempt comes to: 'open' only if it got through. */
const ATTEMPTS = {
  fetch: (url) => fetch(url).then(() => 'open', () => 'blocked'),
  'same-origin fetch': () => fetch(new URL('index.html', self.location.origin + '/some/path/')).then(() => 'open', () => 'blocked'),
  XMLHttpRequest: (url) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      request.onload = () => done('open');
      request.onerror = () => done('blocked');
      try {
        request.open('GET', url);
        request.send();
      } catch {
        done('blocked');
      }
    }),
  WebSocket: (url) =>
    new Promise((done) => {
      try {
        const socket = new WebSocket(url.replace('http', 'ws'));
        socket.onopen = () => done('open');
        socket.onerror = () => done('blocked');
      } catch {
        done('blocked');
      }
    }),
  EventSource: (url) =>
    new Promise((done) => {
      try {
        const source = new EventSource(url);
        source.onopen = () => done('open');
        source.onerror = () => done('blocked');
      } catch {
        done('blocked');
      }
    }),
  import: (url) => import(url).then(() => 'open', () => 'blocked'),
  // Later, because the test's own evaluation is exempt from the policy while it runs.
  eval: () =>
    new Promise((done) =>
      setTimeout(() => {
        try {
          done((0, eval)('1 + 1') === 2 ? 'open' : 'blocked');
        } catch {
          done('blocked');
        }
      }),
    ),
};

test('the release build allows no inline script and no connection', async ({ page, request }) => {
  const html = await (await request.get('./')).text();
  const policy = html.match(/<meta content="([^"]+)" http-equiv=Content-Security-Policy>/)[1];
  expect(policy).not.toContain('unsafe-inline');
  expect(policy).not.toContain("'unsafe-eval'");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/]{43}=' 'wasm-unsafe-eval';/);
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).toContain('img-src data:;');
  await open(page);
  await expect(page.locator('meta[http-equiv][content="connect-src \'none\'"]')).toHaveCount(1);
});

test('a planted request is blocked from the page', async ({ page }) => {
  const world = await outside();
  await page.goto('./');
  await loadSample(page);
  await page.evaluate(() => {
    self.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => self.violations.push(event.effectiveDirective));
  });
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    expect(await page.evaluate(`(${attempt})(${JSON.stringify(`${world.url}/page`)})`), name).toBe('blocked');
  }
  const image = await page.evaluate(
    (url) =>
      new Promise((done) => {
        const image = new Image();
        image.onload = () => done('open');
        image.onerror = () => done('blocked');
        image.src = url;
      }),
    `${world.url}/image`,
  );
  expect(image).toBe('blocked');
  await page.evaluate((url) => navigator.sendBeacon(url, 'secret'), `${world.url}/beacon`);
  await page.waitForTimeout(200);
  const violations = await page.evaluate(() => self.violations);
  expect(violations.filter((directive) => directive === 'connect-src').length).toBeGreaterThanOrEqual(6);
  expect(violations).toContain('img-src');
  expect(world.seen).toEqual([]);
  world.close();
});

test('a planted request is blocked from the workers of the page', async ({ page }) => {
  const world = await outside();
  await page.goto('./');
  await loadSample(page);
  const workers = page.workers();
  expect(workers.length).toBe(2);
  for (const worker of workers) {
    for (const [name, attempt] of Object.entries(ATTEMPTS)) {
      const outcome = await worker.evaluate(`(${attempt})(${JSON.stringify(`${world.url}/worker`)})`);
      expect(outcome, `${name} in a worker`).toBe('blocked');
    }
  }
  expect(world.seen).toEqual([]);
  world.close();
});

test('the check can fail: the same attempts get through on a page without the policy', async ({ page }) => {
  const world = await outside();
  await page.goto(world.url);
  expect(await page.evaluate(`(${ATTEMPTS.fetch})(${JSON.stringify(`${world.url}/control`)})`)).toBe('open');
  expect(world.seen).toContain('/control');
  world.close();
});

test('markup with handlers and scripts from strings are refused', async ({ page }) => {
  await open(page);
  const refused = (code) =>
    page.evaluate((code) => {
      try {
        if (code === 'handler') document.createElement('div').innerHTML = '<img src=x onerror=alert(1)>';
        if (code === 'script') document.createElement('div').innerHTML = '<script>alert(1)</script>';
        if (code === 'url') new Worker('https://example.org/w.js');
        if (code === 'text') document.createElement('script').textContent = 'alert(1)';
        return false;
      } catch {
        return true;
      }
    }, code);
  for (const code of ['handler', 'script', 'url', 'text']) expect(await refused(code), code).toBe(true);
});

test('using everything makes no request after the start', async ({ page }) => {
  const problems = await open(page);
  await page.waitForTimeout(500);
  const requests = [];
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url())) requests.push(request.url());
  });
  await page.evaluate(() => {
    self.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => self.violations.push(event.effectiveDirective));
  });
  await loadSample(page);
  await openTab(page, 'Clean');
  await page.getByRole('radio', { name: /^drop/ }).check();
  await openTab(page, 'Backtest');
  await settled(page);
  await page.getByRole('button', { name: 'Rejected' }).click();
  await page.locator('.trade').first().click();
  for (const kind of ['PNG picture: Equity', 'SVG picture: Equity', 'CSV of what is in view: Equity']) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: kind, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/_equity\.(png|svg|csv)$/);
  }
  await openTab(page, 'Validate');
  await expect(page.locator('.validate')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  await openTab(page, 'Compare');
  await expect(page.locator('.compare')).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  await page.getByRole('button', { name: 'Copy link' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export JSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/json$/);
  expect(requests).toEqual([]);
  expect(await page.evaluate(() => self.violations)).toEqual([]);
  expect(problems).toEqual([]);
});
