// What /waymark.js does on a shop's own pages, in a real browser: shop and Worker are one host, the
// Worker before the shop, and the visitor comes by `?ref=ANA`.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launch } from "../chromium.mjs";
import { startShop } from "./shop.mjs";
import { attribution, blocks } from "./woocommerce.mjs";
import { credited, deliver, startWorker } from "../worker.mjs";

const TOKEN = /^[\w-]{75}$/;
const STRIPE = "https://buy.stripe.com/test_1?locale=de";
const WAYMARK = `<script src="/waymark.js" async></script>`;
const FIELD = `<input id="token" data-waymark>`;

const page = (body, head = WAYMARK) => `<!doctype html><html><head>${head}</head><body>${body}</body></html>`;
const script = (path) => `<script src="${path}"></script>`;
const classic = (path) =>
  page(`<form class="checkout" method="post" action="/placed"><wc-order-attribution-inputs>
    <input type="hidden" name="wc_order_attribution_session_entry"><input type="hidden" name="wc_order_attribution_source_type">
    </wc-order-attribution-inputs><button>Place order</button></form>${script(path)}`);
const block = (store, path) => page(`<div class="wc-block-checkout"></div>${script(store)}${script(path)}`);

const PAGES = {
  "/": page(FIELD),
  "/tea": page(FIELD),
  "/before.js": `window.namesBefore = Object.getOwnPropertyNames(window)`,
  "/names": page(FIELD, script("/before.js") + WAYMARK),
  "/shopify.js": `window.Shopify = { routes: { root: "/" } }`,
  "/shopify": page(FIELD, script("/shopify.js") + WAYMARK),
  "/stripe": page(`<a href="${STRIPE}">Buy</a><a href="https://stripe.com/">Stripe</a>
    <stripe-buy-button></stripe-buy-button><stripe-pricing-table></stripe-pricing-table>`),
  "/marked": page(`<form id="plain" data-waymark method="post" action="/placed"><button>Order</button></form>
    <form id="named" data-waymark="wm_token"><input name="wm_token" value="old"></form>
    <a id="link" data-waymark="ref_token" href="https://pay.example/x?a=%41&ref_token=old&b=c d#top">Pay</a>
    <input id="field" data-waymark>`),
  "/late": page(`<div id="app"></div>`),
  "/attribution.js": attribution({ allowed: true }),
  "/no-attribution.js": attribution({ allowed: false }),
  "/blocks.js": blocks(),
  "/older-blocks.js": blocks("__internalSetExtensionData"),
  "/classic": classic("/attribution.js"),
  "/classic-untracked": classic("/no-attribution.js"),
  "/blocks": block("/blocks.js", "/attribution.js"),
  "/older-blocks": block("/older-blocks.js", "/attribution.js"),
  "/blocks-untracked": block("/blocks.js", "/no-attribution.js"),
  "/thanks": page(`<div data-waymark-order="1001" data-waymark-store="store"></div>`),
  "/checkout/order-received/2002/": page("", `<script src="/waymark.js" data-store="store" async></script>`),
  "/onwards": page(`${FIELD}<a id="tea" href="/tea?size=a%20b#top">Tea</a><a id="here" href="#top">Top</a>
    <a id="away" href="https://blog.example/">Blog</a>
    <form id="search" action="/found"><input name="q" value="oolong"><button>Search</button></form>
    <form id="add" method="post" action="/added?x=1"><input name="action" value="add"><button>Add</button></form>
    <form id="letter" method="post" action="https://letter.example/in"><input name="action" value="join"><fieldset>
      <button>Join</button></fieldset></form>`),
};

let browser;
let shop;
let worker;
const contexts = [];

before(async () => {
  [browser, shop] = await Promise.all([launch(), startShop(PAGES)]);
  worker = await start("");
});

beforeEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  shop.received.length = 0;
  shop.cart.attributes = {};
});

after(async () => {
  await browser?.close();
  await worker?.close();
  await shop?.close();
});

/** A Worker that stands before the shop. */
function start(settings) {
  const storefront = `storefront = { origin = "http://127.0.0.1:${shop.port}" }`;
  return startWorker({ shop: shop.port, settings: `${storefront}\n${settings}` });
}

/** A new visitor, with a tab that remembers whatever goes wrong in it. */
async function visitor() {
  const context = await browser.newContext();
  contexts.push(context);
  return newTab(context);
}

async function newTab(context) {
  const tab = await context.newPage();
  tab.wrong = [];
  tab.on("pageerror", (error) => tab.wrong.push(`${error}`));
  tab.on("console", (message) => message.type() === "error" && tab.wrong.push(message.text()));
  return tab;
}

/** Opens a page of the shop, and waits until its own scripts have been told the token, or that there is none. */
async function open(tab, address) {
  const told = tab.waitForResponse((response) => new URL(response.url()).pathname === "/wm/token");
  await tab.goto(address);
  return (await told).json();
}

/** Until the page has done what it was about to do with an answer that came. */
const settled = (tab) => tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

/** Where an element has come to have the value. */
const has = (tab, selector, name, value) =>
  tab.waitForFunction(([selector, name, value]) => document.querySelector(selector)?.[name] === value, [selector, name, value]);

/** A visitor whom Ana sent, and the token that the pages are told. */
async function sent(at = worker) {
  const tab = await visitor();
  const { token } = await open(tab, `${at.url}/?ref=ANA`);
  assert.match(token, TOKEN);
  await has(tab, "#token", "value", token);
  return { tab, token };
}

/** Whether the token, as the shop received it, is worth Ana's commission. */
async function creditsAna(id, token, at = worker) {
  assert.equal(await deliver(at, id, token), "applied");
  assert.deepEqual(await credited(at, id), ["ana"]);
}

test("a page of the shop is told the token of a visitor who came by ?ref, and the cookie stays out of its reach", async () => {
  const { tab, token } = await sent();
  const [mark] = await tab.context().cookies();
  assert.deepEqual([mark.name, mark.value, mark.httpOnly], ["__Host-wm", token, true]);
  assert.equal(await tab.evaluate(() => document.cookie), "");
  await creditsAna("by-ref", token);
  // The next page knows it again, and a visitor nobody sent is nobody.
  assert.equal((await open(tab, `${worker.url}/tea`)).token, token);
  assert.deepEqual(tab.wrong, []);
  const stranger = await visitor();
  assert.equal((await open(stranger, `${worker.url}/marked`)).token, null);
  await settled(stranger);
  assert.equal(await stranger.inputValue("#field"), "");
  assert.equal(await stranger.locator("#plain input").count(), 0);
  assert.deepEqual(stranger.wrong, []);
});

test("a click on a link, and the next page of the shop is told the token", async () => {
  const clicked = await visitor();
  // It leads to the demo's own host, which nobody has.
  await clicked.goto(`${worker.url}/r/ANA`).catch(() => {});
  const tab = await newTab(clicked.context());
  const { token } = await open(tab, `${worker.url}/tea`);
  await has(tab, "#token", "value", token);
  await creditsAna("by-click", token);
});

test("the script leaves no name behind on the page", async () => {
  const { tab } = await sent();
  const { token } = await open(tab, `${worker.url}/names`);
  await has(tab, "#token", "value", token);
  const names = await tab.evaluate(() => Object.getOwnPropertyNames(window).filter((name) => !window.namesBefore.includes(name)));
  assert.deepEqual(names, ["namesBefore"]);
  assert.deepEqual(tab.wrong, []);
});

test("a Shopify cart has the token as an attribute, beside the shop's own, and is not written again", async () => {
  shop.cart.attributes = { gift: "yes" };
  const { tab, token } = await sent();
  const written = tab.waitForResponse(/\/cart\/update\.js$/);
  await open(tab, `${worker.url}/shopify`);
  await (await written).finished();
  assert.deepEqual(shop.cart.attributes, { gift: "yes", _waymark: token });
  const read = tab.waitForResponse(/\/cart\.js$/);
  await open(tab, `${worker.url}/shopify`);
  await (await read).finished();
  await settled(tab);
  assert.equal(shop.received.length, 1);
  await creditsAna("shopify", shop.cart.attributes._waymark);
  assert.deepEqual(tab.wrong, []);
});

test("Stripe's links, buy buttons and pricing tables carry it, and nothing else that leads to Stripe", async () => {
  const { tab, token } = await sent();
  await open(tab, `${worker.url}/stripe`);
  await has(tab, "a", "href", `${STRIPE}&client_reference_id=${token}`);
  for (const element of ["stripe-buy-button", "stripe-pricing-table"]) {
    assert.equal(await tab.getAttribute(element, "client-reference-id"), token);
  }
  assert.equal(await tab.getAttribute("a >> nth=1", "href"), "https://stripe.com/");
  assert.deepEqual(tab.wrong, []);
});

test("forms, links and fields that ask for it have it, and what else they hold stays as it was written", async () => {
  const { tab, token } = await sent();
  await open(tab, `${worker.url}/marked`);
  await has(tab, "#field", "value", token);
  assert.equal(await tab.getAttribute("#link", "href"), `https://pay.example/x?a=%41&b=c%20d&ref_token=${token}#top`);
  assert.deepEqual(await tab.$$eval("#named input", (inputs) => inputs.map(({ value }) => value)), [token]);
  await tab.click("#plain button");
  await tab.waitForURL("**/placed");
  await creditsAna("form", shop.received[0].fields.waymark);
  assert.deepEqual(tab.wrong, []);
});

test("what a page draws later has it, too", async () => {
  const { tab, token } = await sent();
  await open(tab, `${worker.url}/late`);
  await tab.evaluate((stripe) => {
    const link = Object.assign(document.createElement("a"), { id: "late", href: stripe });
    document.querySelector("#app").append(link);
  }, STRIPE);
  await has(tab, "#late", "href", `${STRIPE}&client_reference_id=${token}`);
});

/** Opens a checkout of WooCommerce's whose own script comes only after the page was told the token. */
async function openLate(tab, address) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await tab.route("**/*attribution.js", async (route) => {
    await held;
    await route.continue();
  });
  const told = tab.waitForResponse(/\/wm\/token/);
  const opened = tab.goto(address);
  await (await told).finished();
  release();
  await opened;
}

const landing = (token) => `${worker.url}/tea?size=a%20b&wm=${token}#top`;

test("the classic checkout of WooCommerce sends it with its order attribution, and as a field of its own", async () => {
  const { tab, token } = await sent();
  for (const visit of [open, openLate]) {
    await visit(tab, `${worker.url}/classic`);
    await has(tab, "[name=wc_order_attribution_session_entry]", "value", landing(token));
    // WooCommerce fills its fields in again, as when a visitor agrees to be tracked.
    await tab.evaluate(() => window.wc_order_attribution.setOrderTracking(true));
    await tab.click("button");
    await tab.waitForURL("**/placed");
    const { fields } = shop.received.pop();
    const [entry, type] = ["session_entry", "source_type"].map((name) => fields[`wc_order_attribution_${name}`]);
    assert.deepEqual([entry, type, fields._waymark], [landing(token), "typein", token]);
  }
  await creditsAna("classic", new URL(landing(token)).searchParams.get("wm"));
  assert.deepEqual(tab.wrong, []);
});

test("the block checkout of WooCommerce sends it with its order attribution", async () => {
  const { tab, token } = await sent();
  for (const [visit, path] of [[open, "/blocks"], [openLate, "/blocks"], [open, "/older-blocks"]]) {
    await visit(tab, worker.url + path);
    await tab.waitForFunction((expected) => {
      const known = window.wp?.data.select("wc/store/checkout").getExtensionData()["woocommerce/order-attribution"];
      return known?.session_entry === expected;
    }, landing(token));
    await tab.evaluate(() => window.wc_order_attribution.setOrderTracking(true));
    await tab.click("button");
    await tab.waitForFunction(() => document.title === "placed");
    const placed = shop.received.pop();
    assert.equal(placed.path, "/wp-json/wc/store/v1/checkout");
    assert.deepEqual(placed.fields.extensions, {
      "woocommerce/order-attribution": { source_type: "typein", session_entry: landing(token) },
    });
  }
  assert.deepEqual(tab.wrong, []);
});

test("where WooCommerce may not track a visitor, its order attribution stays empty", async () => {
  const { tab, token } = await sent();
  await open(tab, `${worker.url}/classic-untracked`);
  await has(tab, "[name=_waymark]", "value", token);
  await has(tab, "[name=wc_order_attribution_session_entry]", "value", "");
  await open(tab, `${worker.url}/blocks-untracked`);
  await tab.click("button");
  await tab.waitForFunction(() => document.title === "placed");
  const empty = { source_type: null, session_entry: null };
  assert.deepEqual(shop.received[0].fields.extensions, { "woocommerce/order-attribution": empty });
});

test("the page that thanks for an order ties it to the visitor, once", async () => {
  for (const [path, order] of [["/thanks", "1001"], ["/checkout/order-received/2002/", "2002"]]) {
    const { tab } = await sent();
    const reports = [];
    tab.on("request", (request) => request.url().endsWith("/wm/order") && reports.push(request));
    const reported = tab.waitForResponse(/\/wm\/order$/);
    await open(tab, worker.url + path);
    assert.equal((await reported).status(), 204);
    // A page drawn anew is looked through again.
    await tab.evaluate((field) => document.body.insertAdjacentHTML("beforeend", field), FIELD);
    await tab.waitForFunction(() => document.querySelector("#token").value);
    assert.equal(reports.length, 1);
    await creditsAna(order);
    assert.deepEqual(tab.wrong, []);
  }
});

test("whatever becomes of the token's call, the page works and says nothing of it", async () => {
  const failures = [
    (route) => route.abort(),
    (route) => route.fulfill({ status: 503, body: "{}" }),
    (route) => route.fulfill({ contentType: "application/json", body: "{" }),
    (route) => route.fulfill({ contentType: "application/json", body: `{"token":null}` }),
  ];
  for (const fail of failures) {
    const tab = await visitor();
    const failing = [];
    tab.on("pageerror", (error) => failing.push(`${error}`));
    await tab.route("**/wm/**", fail);
    const asked = tab.waitForRequest(/\/wm\/token/);
    await tab.goto(`${worker.url}/marked?ref=ANA#top`);
    await asked;
    await tab.evaluate(() => dispatchEvent(new Event("waymark:consent")));
    await tab.click("#plain button");
    await tab.waitForURL("**/placed");
    assert.deepEqual(shop.received.pop().fields, {});
    assert.deepEqual(failing, []);
  }
  // The report of an order, and the cart, may fail as well.
  const { tab } = await sent();
  await tab.route(/\/wm\/order$|\/cart/, (route) => route.abort());
  for (const path of ["/thanks", "/shopify"]) {
    const failed = tab.waitForEvent("requestfailed");
    const errors = [];
    tab.on("pageerror", (error) => errors.push(`${error}`));
    await open(tab, worker.url + path);
    await failed;
    await settled(tab);
    assert.deepEqual(errors, [], path);
  }
});

test("before a shopper agrees the token goes from page to page, and then into a cookie", async () => {
  const cautious = await start(`consent = "consent_required"`);
  try {
    const { tab, token } = await sent(cautious);
    assert.deepEqual(await tab.context().cookies(), []);
    // What a shopper copies from the address bar is the page alone.
    assert.equal(tab.url(), `${cautious.url}/`);

    await tab.evaluate(() => (document.cookie = "wm_consent=yes"));
    const kept = tab.waitForResponse(/\/wm\/token/);
    await tab.evaluate(() => dispatchEvent(new Event("waymark:consent")));
    const { token: own, cookie } = await (await kept).json();
    assert.equal(cookie, true);
    assert.notEqual(own, token);
    await has(tab, "#token", "value", own);
    const marks = (await tab.context().cookies()).filter(({ name }) => name === "__Host-wm");
    assert.deepEqual(marks.map(({ value }) => value), [own]);
    await creditsAna("agreed", own, cautious);

    // From now on URLs are the shop's.
    await open(tab, `${cautious.url}/onwards`);
    await has(tab, "#token", "value", own);
    await tab.click("#tea");
    await tab.waitForURL(`${cautious.url}/tea?size=a%20b#top`);
    assert.deepEqual(tab.wrong, []);
  } finally {
    await cautious.close();
  }
});

test("without cookies links and forms of the shop carry the token, and none that leads away", async () => {
  const cookieless = await start(`consent = "cookieless"`);
  try {
    const { tab, token } = await sent(cookieless);
    await tab.context().route(/blog\.example|letter\.example/, (route) => route.fulfill({ contentType: "text/html", body: "" }));
    const here = async () => {
      const url = `${cookieless.url}/onwards?wm=${token}`;
      await open(tab, url);
      await has(tab, "#token", "value", token);
    };
    const carried = async (selector, path) => {
      await here();
      const next = tab.waitForResponse(/\/wm\/token|\/found|\/added/);
      await tab.click(selector);
      await next;
      assert.equal(new URL(tab.url()).pathname, path);
    };
    await carried("#tea", "/tea");
    await has(tab, "#token", "value", token);
    assert.equal(tab.url(), `${cookieless.url}/tea?size=a%20b#top`);
    await carried("#search button", "/found");
    assert.deepEqual(shop.received.pop(), { path: "/found", query: { q: "oolong", wm: token }, fields: {} });
    // The page that a form was posted to is the next one: its URL has to carry the token.
    await carried("#add button", "/added");
    assert.deepEqual(shop.received.pop(), { path: "/added", query: { x: "1", wm: token }, fields: { action: "add" } });

    await here();
    const opened = tab.context().waitForEvent("page");
    await tab.click("#tea", { button: "middle" });
    const other = await opened;
    await has(other, "#token", "value", token);
    await other.close();

    await here();
    await tab.click("#here");
    assert.equal(tab.url(), `${cookieless.url}/onwards#top`);
    for (const selector of ["#away", "#letter button"]) {
      await here();
      const request = tab.waitForRequest(/blog\.example|letter\.example/);
      await tab.click("fieldset", { position: { x: 1, y: 1 } });
      await tab.click(selector);
      const { url, sent } = await request.then((request) => ({ url: request.url(), sent: request.postData() }));
      assert.ok(!`${url} ${sent}`.includes(token), url);
    }
    assert.deepEqual(await tab.context().cookies(), []);
    assert.deepEqual(tab.wrong, []);
  } finally {
    await cookieless.close();
  }
});
