// A shop, the Worker that stands before it, and a browser, for one test file on what /waymark.js does on
// a shop's own pages.
import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { launch } from "../chromium.mjs";
import { startShop } from "./shop.mjs";
import { credited, deliver, startWorker } from "../worker.mjs";

export const TOKEN = /^[\w-]{75}$/;
export const WAYMARK = `<script src="/waymark.js" async></script>`;
export const FIELD = `<input id="token" data-waymark>`;

export const page = (body, head = WAYMARK) => `<!doctype html><html><head>${head}</head><body>${body}</body></html>`;
export const script = (path) => `<script src="${path}"></script>`;

/**
 * They are its `browser`, `shop` and `worker` before the first test begins, and end after the last. Each test
 * begins with no visitor and with a shop that received nothing. `pages` need a `/` with a FIELD.
 */
export function openShop(pages) {
  const stage = { start, visitor, sent, creditsAna };
  const contexts = [];

  before(async () => {
    [stage.browser, stage.shop] = await Promise.all([launch(), startShop(pages)]);
    stage.worker = await start("");
  });
  beforeEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    stage.shop.restart();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.worker?.close();
    await stage.shop?.close();
  });

  /** A Worker that stands before the shop. */
  function start(settings) {
    const storefront = `storefront = { origin = "http://127.0.0.1:${stage.shop.port}" }`;
    return startWorker({ shop: stage.shop.port, settings: `${storefront}\n${settings}` });
  }

  /** A new visitor, with a tab that remembers whatever goes wrong in it. */
  async function visitor() {
    const context = await stage.browser.newContext();
    contexts.push(context);
    return newTab(context);
  }

  /** A visitor whom Ana sent, and the token that the pages are told. */
  async function sent(at = stage.worker) {
    const tab = await visitor();
    const { token } = await open(tab, `${at.url}/?ref=ANA`);
    assert.match(token, TOKEN);
    await has(tab, "#token", "value", token);
    return { tab, token };
  }

  /** Whether the token, as the shop received it, is worth Ana's commission. */
  async function creditsAna(id, token, at = stage.worker) {
    assert.equal(await deliver(at, id, token), "applied");
    assert.deepEqual(await credited(at, id), ["ana"]);
  }

  return stage;
}

/** What goes wrong in it is `wrong`, and what it is warned of `warnings`. */
export async function newTab(context) {
  const tab = await context.newPage();
  tab.wrong = [];
  tab.warnings = [];
  tab.on("pageerror", (error) => tab.wrong.push(`${error}`));
  tab.on("console", (message) => message.type() === "error" && tab.wrong.push(message.text()));
  tab.on("console", (message) => message.type() === "warning" && tab.warnings.push(message.text()));
  return tab;
}

/** Opens a page of the shop, and waits until its own scripts have been told the token, or that there is none. */
export async function open(tab, address) {
  const told = tab.waitForResponse((response) => new URL(response.url()).pathname === "/wm/token");
  await tab.goto(address);
  return (await told).json();
}

/** Until the page has done what it was about to do with an answer that came. */
export const settled = (tab) => tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

/** Until the page has looked through what was drawn meanwhile. */
export const lookedThrough = (tab) => tab.waitForTimeout(250);

/** Where an element has come to have the value. */
export const has = (tab, selector, name, value) =>
  tab.waitForFunction(([selector, name, value]) => document.querySelector(selector)?.[name] === value, [selector, name, value]);
