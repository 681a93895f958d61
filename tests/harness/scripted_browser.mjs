// A browser without a screen: follows redirects with its cookies, fills in forms, and stops where a client waits for its answer.
//
// It knows of HTML what the pages need that it meets: one form, its fields and buttons, and a refresh.

import { setTimeout } from "node:timers/promises";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// Steps of one sign-in: two pages with a form, and redirects between three parties.
const MOST_STEPS = 24;
// Some clients open the browser first and their listener a moment later.
const CONNECT_ATTEMPTS = 50;
const CONNECT_PAUSE = 200;

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name]);

// The attributes of a tag, by name.
const attributes = (tag) => Object.fromEntries([...tag.matchAll(/\s([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name, unescape(value ?? "")]));

export class ScriptedBrowser {
  #cookies = new Map();

  // Opens `url` and goes on as `person`, who allows everything, until a redirect to `callback`, which is returned unopened. Without
  // `callback` it goes on to the end and returns the last page.
  async signIn(url, person, callback) {
    let page = { next: { url } };
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (page.next === undefined) {
        if (callback === undefined) return page;
        throw new Error(`the sign-in ended at ${page.url} with ${page.status}: ${page.body.slice(0, 2000)}`);
      }
      if (callback !== undefined && String(page.next.url).startsWith(callback)) return new URL(page.next.url);
      page = await this.#open(page.next, person);
    }
    throw new Error(`the sign-in goes on and on, at last at ${page.url}`);
  }

  async #open({ url, form, from }, person) {
    const here = new URL(url);
    const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    headers["sec-fetch-site"] = from === undefined ? "none" : from === here.origin ? "same-origin" : "cross-site";
    if (form !== undefined) Object.assign(headers, { "content-type": "application/x-www-form-urlencoded", origin: from });
    const cookies = this.#jar(here);
    if (cookies.size > 0) headers.cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await reach(here, { method: form === undefined ? "GET" : "POST", headers, body: form, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) this.#keep(here, cookie);
    const page = { url: here.href, status: response.status, headers: response.headers, body: await response.text() };
    return { ...page, next: next(page, here, person) };
  }

  // Cookies belong to a host, whatever its port (RFC 6265 §8.5).
  #jar({ hostname }) {
    if (!this.#cookies.has(hostname)) this.#cookies.set(hostname, new Map());
    return this.#cookies.get(hostname);
  }

  #keep(here, cookie) {
    const [pair, ...rest] = cookie.split(";");
    const [name, value] = [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()];
    const isOver = rest.some((part) => /^\s*max-age=0\s*$/i.test(part) || /^\s*expires=\w+, 01[ -]Jan[ -]1970/i.test(part));
    if (isOver || value === "") this.#jar(here).delete(name);
    else this.#jar(here).set(name, value);
  }
}

// Fetches, and waits for a server that is about to listen.
async function reach(url, request) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, request);
    } catch (fault) {
      if (fault.cause?.code !== "ECONNREFUSED" || attempt === CONNECT_ATTEMPTS) throw fault;
      await setTimeout(CONNECT_PAUSE);
    }
  }
}

// Where the page leads: its redirect, its refresh, or its form as `person` fills it in. Undefined for a page that leads nowhere.
function next({ status, headers, body }, here, person) {
  if (REDIRECTS.has(status)) return { url: new URL(headers.get("location"), here), from: here.origin };
  const refresh = /<meta http-equiv="refresh" content="\d+;url=([^"]*)"/i.exec(body);
  if (refresh) return { url: new URL(unescape(refresh[1]), here), from: here.origin };
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(body);
  // A page that asks again has refused the answer: asking for ever would not help.
  if (!form || status >= 400) return undefined;
  const fields = new URLSearchParams();
  for (const [, tag] of form[2].matchAll(/<input\b([^>]*)>/gi)) {
    const { name, type, value = "" } = attributes(tag);
    if (name) fields.set(name, name === "login" ? person : type === "password" ? "any password" : value);
  }
  const buttons = [...form[2].matchAll(/<button\b([^>]*)>/gi)].map(([, tag]) => attributes(tag));
  // Of two buttons the first says yes.
  if (buttons[0]?.name) fields.set(buttons[0].name, buttons[0].value ?? "");
  return { url: new URL(attributes(form[1]).action ?? here, here), form: fields.toString(), from: here.origin };
}
