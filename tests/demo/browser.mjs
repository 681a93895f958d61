// A real Chromium, driven: signs a person in by keyboard, and looks at every page of Weir on the way as its readers might.

import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const NARROW = 320;
const TIME_LIMIT = 20_000;

export class Browser {
  #browser;
  #page;
  #pictures;
  #onStep;
  #complaints = [];
  #listener;

  // `executable` is a Chromium, `pictures` the folder for screenshots.
  static async start({ executable, pictures, onStep }) {
    mkdirSync(pictures, { recursive: true });
    const browser = new Browser();
    browser.#pictures = pictures;
    browser.#onStep = onStep;
    browser.#browser = await chromium.launch({ executablePath: executable, args: ["--disable-gpu"], timeout: TIME_LIMIT });
    browser.#page = await browser.#browser.newPage({ viewport: { width: 1280, height: 900 } });
    browser.#page.setDefaultTimeout(TIME_LIMIT);
    // Chromium tells here what a content security policy forbids, and drops it without a word on the page.
    browser.#page.on("console", (message) => {
      if (/content security policy/i.test(message.text())) browser.#complaints.push(message.text());
    });
    await browser.#listen();
    return browser;
  }

  // The client's own listener, as native clients have one (RFC 8252 §7.3).
  async #listen() {
    const called = [];
    const server = createServer((request, response) => {
      response.end("You can close this page.");
      called.push(request.url);
      this.#listener.onCall?.();
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    this.#listener = { server, called, url: `http://127.0.0.1:${server.address().port}/callback` };
  }

  get redirectUrl() {
    return this.#listener.url;
  }

  get version() {
    return this.#browser.version();
  }

  // Opens one of Weir's pages and examines it.
  async look(url, name) {
    await this.#page.goto(String(url));
    await this.#examine(name);
    return this.#page.locator("main").innerText();
  }

  // Signs `person` in at `url` without a mouse, and returns the URL that the client is called back with.
  async signIn(url, person) {
    const [page, listener] = [this.#page, this.#listener];
    // Without the provider's session of the last sign-in, which would answer in place of the person.
    await page.context().clearCookies();
    await page.goto(String(url));
    await page.getByLabel("Name").fill(person);
    await page.keyboard.press("Tab");
    await page.keyboard.type("any password");
    const called = new Promise((resolve) => (listener.onCall = resolve));
    const refused = page.getByRole("alert").innerText().then((text) => Promise.reject(new Error(`the identity provider refuses: ${text}`)));
    await page.keyboard.press("Enter");
    await Promise.race([page.waitForURL(/\/oauth\/(callback|consent)/), refused]);
    // Nobody waits for it any longer.
    refused.catch(() => {});
    await this.#examine("consent");
    this.question = await page.locator("h1").innerText();
    await this.#pressButton("Allow");
    await Promise.race([called, page.waitForTimeout(TIME_LIMIT)]);
    const answer = listener.called.find((called) => called.startsWith("/callback?"));
    if (answer === undefined) throw new Error(`the client was not called back; Chromium is at ${page.url()}: ${this.#complaints.join("; ")}`);
    return new URL(answer, listener.url);
  }

  // Moves the focus by the Tab key alone until it is on the button, then presses Enter.
  async #pressButton(name) {
    for (let presses = 0; presses < 20; presses += 1) {
      await this.#page.keyboard.press("Tab");
      const focused = await this.#page.evaluate(() => (document.activeElement instanceof HTMLButtonElement ? document.activeElement.textContent : ""));
      if (focused === name) return this.#page.keyboard.press("Enter");
    }
    throw new Error(`the Tab key does not lead to the button ${name}`);
  }

  // Light, dark, and on a narrow screen: a picture of each, and no finding of axe.
  async #examine(name) {
    const page = this.#page;
    await page.evaluate(AXE);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await this.#picture(`${name}-${colorScheme}`);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      const found = violations.map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
      if (found.length > 0) throw new Error(`axe found in the page ${name}, ${colorScheme}: ${found.join("; ")}`);
    }
    const size = page.viewportSize();
    await page.setViewportSize({ width: NARROW, height: 700 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await this.#picture(`${name}-narrow`);
    await page.setViewportSize(size);
    if (width > NARROW) throw new Error(`the page ${name} is ${width} px wide on a screen of ${NARROW}`);
    if (this.#complaints.length > 0) throw new Error(`Chromium refused something of the page ${name}: ${this.#complaints.join("; ")}`);
    this.#onStep(`the page ${name}: light, dark and ${NARROW} px wide, nothing for axe to find`);
  }

  #picture(name) {
    return this.#page.screenshot({ path: join(this.#pictures, `${name}.png`), fullPage: true });
  }

  async close() {
    this.#listener.server.close();
    this.#listener.server.closeAllConnections();
    await this.#browser.close();
  }
}
