// What /waymark.js does on a shop's own pages, in a real browser: shop and Worker are one host, the
// Worker before the shop, and the visitor comes by `?ref=ANA`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FIELD, has, newTab, open, openShop, page, script, settled, WAYMARK } from "./stage.mjs";

const STRIPE = "https://buy.stripe.com/test_1?locale=de";

const stage = openShop({
  "/": page(FIELD),
  "/tea": page(FIELD),
  "/before.js": `window.namesBefore = Object.getOwnPropertyNames(window)`,
  "/names": page(FIELD, script("/before.js") + WAYMARK),
  "/marked": page(`<form id="plain" data-waymark method="post" action="/placed"><button>Order</button></form>
    <form id="named" data-waymark="wm_token"><input name="wm_token" value="old"></form>
    <a id="link" data-waymark="ref_token" href="https://pay.example/x?a=%41&ref_token=old&b=c d#top">Pay</a>
    <input id="field" data-waymark>`),
  "/late": page(`<div id="app"></div>`),
  "/thanks": page(`<div data-waymark-order="1001" data-waymark-store="store"></div>`),
  "/shopify.js": `window.Shopify = { routes: { root: "/" } }; document.cookie = "cart=c1; path=/"`,
  "/shopify": page(FIELD, script("/shopify.js") + WAYMARK),
  "/module": page(FIELD, `<script src="/waymark.js" type="module"></script>`),
  "/onwards": page(`${FIELD}<a id="tea" href="/tea?size=a%20b#top">Tea</a><a id="here" href="#top">Top</a>
    <a id="away" href="https://blog.example/">Blog</a>
    <form id="search" action="/found"><input name="q" value="oolong"><button>Search</button></form>
    <form id="add" method="post" action="/added?x=1"><input name="action" value="add"><button>Add</button></form>
    <form id="letter" method="post" action="https://letter.example/in"><input name="action" value="join"><fieldset>
      <button>Join</button></fieldset></form>`),
});

test("a page of the shop is told the token of a visitor who came by ?ref, and the cookie stays out of its reach", async () => {
  const { tab, token } = await stage.sent();
  const [mark] = await tab.context().cookies();
  assert.deepEqual([mark.name, mark.value, mark.httpOnly], ["__Host-wm", token, true]);
  assert.equal(await tab.evaluate(() => document.cookie), "");
  await stage.creditsAna("by-ref", token);
  // The next page knows it again, and a visitor nobody sent is nobody.
  assert.equal((await open(tab, `${stage.worker.url}/tea`)).token, token);
  assert.deepEqual(tab.wrong, []);
  const stranger = await stage.visitor();
  assert.equal((await open(stranger, `${stage.worker.url}/marked`)).token, null);
  await settled(stranger);
  assert.equal(await stranger.inputValue("#field"), "");
  assert.equal(await stranger.locator("#plain input").count(), 0);
  assert.deepEqual(stranger.wrong, []);
});

test("a click on a link, and the next page of the shop is told the token", async () => {
  const clicked = await stage.visitor();
  // It leads to the demo's own host, which nobody has.
  await clicked.goto(`${stage.worker.url}/r/ANA`).catch(() => {});
  const tab = await newTab(clicked.context());
  const { token } = await open(tab, `${stage.worker.url}/tea`);
  await has(tab, "#token", "value", token);
  await stage.creditsAna("by-click", token);
});

test("the script leaves no name behind on the page", async () => {
  const { tab } = await stage.sent();
  const { token } = await open(tab, `${stage.worker.url}/names`);
  await has(tab, "#token", "value", token);
  const names = await tab.evaluate(() => Object.getOwnPropertyNames(window).filter((name) => !window.namesBefore.includes(name)));
  assert.deepEqual(names, ["namesBefore"]);
  assert.deepEqual(tab.wrong, []);
});

test("a page that loads the script as a module has the token, too", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/module`);
  await has(tab, "#token", "value", token);
  assert.deepEqual(tab.wrong, []);
});

test("forms, links and fields that ask for it have it, and what else they hold stays as it was written", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/marked`);
  await has(tab, "#field", "value", token);
  assert.equal(await tab.getAttribute("#link", "href"), `https://pay.example/x?a=%41&b=c%20d&ref_token=${token}#top`);
  assert.deepEqual(await tab.$$eval("#named input", (inputs) => inputs.map(({ value }) => value)), [token]);
  await tab.click("#plain button");
  await tab.waitForURL("**/placed");
  await stage.creditsAna("form", stage.shop.received[0].fields.waymark);
  assert.deepEqual(tab.wrong, []);
});

test("what a page draws later has it, too", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/late`);
  await tab.evaluate((stripe) => {
    const link = Object.assign(document.createElement("a"), { id: "late", href: stripe });
    document.querySelector("#app").append(link);
  }, STRIPE);
  await has(tab, "#late", "href", `${STRIPE}&client_reference_id=${token}`);
});

test("the page that thanks for an order ties it to the visitor, once", async () => {
  const { tab } = await stage.sent();
  const reports = [];
  tab.on("request", (request) => request.url().endsWith("/wm/order") && reports.push(request));
  const reported = tab.waitForResponse(/\/wm\/order$/);
  await open(tab, `${stage.worker.url}/thanks`);
  assert.equal((await reported).status(), 204);
  // A page drawn anew is looked through again.
  await tab.evaluate((field) => document.body.insertAdjacentHTML("beforeend", field), FIELD);
  await tab.waitForFunction(() => document.querySelector("#token").value);
  assert.equal(reports.length, 1);
  await stage.creditsAna("1001");
  assert.deepEqual(tab.wrong, []);
});

test("whatever becomes of the token's call, the page works and says nothing of it", async () => {
  const failures = [
    (route) => route.abort(),
    (route) => route.fulfill({ status: 503, body: "{}" }),
    (route) => route.fulfill({ contentType: "application/json", body: "{" }),
    (route) => route.fulfill({ contentType: "application/json", body: `{"token":null}` }),
  ];
  for (const fail of failures) {
    const tab = await stage.visitor();
    const failing = [];
    tab.on("pageerror", (error) => failing.push(`${error}`));
    await tab.route("**/wm/**", fail);
    const asked = tab.waitForRequest(/\/wm\/token/);
    await tab.goto(`${stage.worker.url}/marked?ref=ANA#top`);
    await asked;
    await tab.evaluate(() => dispatchEvent(new Event("waymark:consent")));
    await tab.click("#plain button");
    await tab.waitForURL("**/placed");
    assert.deepEqual(stage.shop.received.pop().fields, {});
    assert.deepEqual(failing, []);
  }
  // The report of an order, and the cart, may fail as well.
  const { tab } = await stage.sent();
  await tab.route(/\/wm\/order$|\/cart/, (route) => route.abort());
  for (const path of ["/thanks", "/shopify"]) {
    const failed = tab.waitForEvent("requestfailed");
    const errors = [];
    tab.on("pageerror", (error) => errors.push(`${error}`));
    await open(tab, stage.worker.url + path);
    await failed;
    await settled(tab);
    assert.deepEqual(errors, [], path);
  }
});

test("before a shopper agrees the token goes from page to page, and then into a cookie", async () => {
  const cautious = await stage.start(`consent = "consent_required"`);
  try {
    const { tab, token } = await stage.sent(cautious);
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
    await stage.creditsAna("agreed", own, cautious);

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
  const cookieless = await stage.start(`consent = "cookieless"`);
  try {
    const { tab, token } = await stage.sent(cookieless);
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
    assert.deepEqual(stage.shop.received.pop(), { path: "/found", query: { q: "oolong", wm: token }, fields: {} });
    // The page that a form was posted to is the next one: its URL has to carry the token.
    await carried("#add button", "/added");
    assert.deepEqual(stage.shop.received.pop(), { path: "/added", query: { x: "1", wm: token }, fields: { action: "add" } });

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
