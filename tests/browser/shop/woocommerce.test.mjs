// What /waymark.js does on the pages of a WooCommerce shop: its checkouts, and its page of thanks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FIELD, has, lookedThrough, open, openShop, page, script, TOKEN, WAYMARK } from "./stage.mjs";
import { attribution, blocks, sourcebuster } from "./woocommerce.mjs";

const STORE = `<script src="/waymark.js" data-store="store" async></script>`;

const CHECKOUT = `<form class="checkout woocommerce-checkout" method="post" action="/placed">
  <wc-order-attribution-inputs></wc-order-attribution-inputs><button>Place order</button></form>`;
const classic = (path) => page(CHECKOUT + script(path));
const block = (store, path) => page(`<div class="wc-block-checkout"></div>${script(store)}${script(path)}`);
const withClass = (html, name) => html.replace("<body>", `<body class="woocommerce-page ${name}">`);
const received = withClass(page("", STORE), "woocommerce-checkout woocommerce-order-received");

const stage = openShop({
  "/": page(FIELD),
  "/attribution.js": attribution({ allowed: true }),
  "/no-attribution.js": attribution({ allowed: false }),
  "/sourcebuster.js": sourcebuster,
  "/blocks.js": blocks(),
  "/older-blocks.js": blocks("__internalSetExtensionData"),
  "/classic": classic("/attribution.js"),
  "/classic-untracked": classic("/no-attribution.js"),
  "/blocks": block("/blocks.js", "/attribution.js"),
  "/older-blocks": block("/older-blocks.js", "/attribution.js"),
  "/blocks-untracked": block("/blocks.js", "/no-attribution.js"),
  "/landing": page(`${FIELD}<a href="/kasse">Kasse</a>${script("/sourcebuster.js")}`, script("/waymark.js")),
  "/kasse": page(CHECKOUT + script("/sourcebuster.js") + script("/attribution.js"), script("/waymark.js")),
  "/checkout/order-received/2002/": page("", STORE),
  "/kasse/bestellung-erhalten/2003/": received,
  "/index.php": received,
  "/merci/2005": page(`<div class="wc-block-order-confirmation-status"></div>`, STORE),
  "/danke": page(`<div class="woocommerce-order"></div>`, STORE),
  "/kasse/bezahlen/2007/": withClass(page(FIELD, STORE), "woocommerce-checkout woocommerce-order-pay"),
  "/2026/2008/": withClass(page(FIELD, STORE), "woocommerce-order-received"),
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

const landing = (token) => `${stage.worker.url}/tea?size=a%20b&wm=${token}#top`;

test("the classic checkout of WooCommerce sends it with its order attribution, and as a field of its own", async () => {
  const { tab, token } = await stage.sent();
  for (const visit of [open, openLate]) {
    await visit(tab, `${stage.worker.url}/classic`);
    await has(tab, "[name=wc_order_attribution_session_entry]", "value", landing(token));
    // WooCommerce fills its fields in again, as when a visitor agrees to be tracked.
    await tab.evaluate(() => window.wc_order_attribution.setOrderTracking(true));
    await tab.click("button");
    await tab.waitForURL("**/placed");
    const { fields } = stage.shop.received.pop();
    const [entry, type] = ["session_entry", "source_type"].map((name) => fields[`wc_order_attribution_${name}`]);
    assert.deepEqual([entry, type, fields._waymark], [landing(token), "typein", token]);
  }
  await stage.creditsAna("classic", new URL(landing(token)).searchParams.get("wm"));
  assert.deepEqual(tab.wrong, []);
});

test("the block checkout of WooCommerce sends it with its order attribution", async () => {
  const { tab, token } = await stage.sent();
  for (const [visit, path] of [[open, "/blocks"], [openLate, "/blocks"], [open, "/older-blocks"]]) {
    await visit(tab, stage.worker.url + path);
    await tab.waitForFunction((expected) => {
      const known = window.wp?.data.select("wc/store/checkout").getExtensionData()["woocommerce/order-attribution"];
      return known?.session_entry === expected;
    }, landing(token));
    await tab.evaluate(() => window.wc_order_attribution.setOrderTracking(true));
    await tab.click("button");
    await tab.waitForFunction(() => document.title === "placed");
    const placed = stage.shop.received.pop();
    assert.equal(placed.path, "/wp-json/wc/store/v1/checkout");
    assert.deepEqual(placed.fields.extensions, {
      "woocommerce/order-attribution": { source_type: "typein", session_entry: landing(token) },
    });
  }
  assert.deepEqual(tab.wrong, []);
});

test("where WooCommerce may not track a visitor, its order attribution stays empty", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/classic-untracked`);
  await has(tab, "[name=_waymark]", "value", token);
  await has(tab, "[name=wc_order_attribution_session_entry]", "value", "");
  await open(tab, `${stage.worker.url}/blocks-untracked`);
  await tab.click("button");
  await tab.waitForFunction(() => document.title === "placed");
  const empty = { source_type: null, session_entry: null };
  assert.deepEqual(stage.shop.received[0].fields.extensions, { "woocommerce/order-attribution": empty });
});

test("WooCommerce's page of thanks ties the order to the visitor, however the shop renamed it", async () => {
  for (const [path, order] of [
    ["/checkout/order-received/2002/", "2002"],
    ["/kasse/bestellung-erhalten/2003/?key=wc_order_h7Zk2Qx", "2003"],
    ["/index.php?page_id=8&danke=2004&key=wc_order_h7Zk2Qx&lang=de", "2004"],
    ["/merci/2005?utm_nooverride=1&key=wc_order_h7Zk2Qx", "2005"],
    ["/danke?wcf-key=wc_order_h7Zk2Qx&wcf-order=2006", "2006"],
  ]) {
    const { tab } = await stage.sent();
    const reported = tab.waitForRequest(/\/wm\/order$/);
    const answered = tab.waitForResponse(/\/wm\/order$/);
    await open(tab, stage.worker.url + path);
    assert.equal((await reported).postDataJSON().order, order);
    assert.equal((await answered).status(), 204);
    await stage.creditsAna(order);
    assert.deepEqual(tab.wrong, []);
  }
});

test("a page where an order is to be paid, and one without the order's key, thank nobody", async () => {
  for (const path of ["/kasse/bezahlen/2007/?pay_for_order=true&key=wc_order_h7Zk2Qx", "/2026/2008/?key=other"]) {
    const { tab, token } = await stage.sent();
    const reports = [];
    tab.on("request", (request) => request.url().endsWith("/wm/order") && reports.push(request));
    await open(tab, stage.worker.url + path);
    await has(tab, "#token", "value", token);
    await lookedThrough(tab);
    assert.deepEqual(reports, [], path);
  }
});

test("what WooCommerce's cookies keep of the address has no token, where the script comes before it", async () => {
  for (const consent of ["consent_required", "cookieless"]) {
    const at = await stage.start(`consent = "${consent}"`);
    try {
      const tab = await stage.visitor();
      const { token } = await open(tab, `${at.url}/landing?ref=ANA&size=a%20b`);
      assert.match(token, TOKEN);
      await has(tab, "#token", "value", token);
      await tab.click("a");
      await has(tab, "[name=wc_order_attribution_session_entry]", "value", `${at.url}/tea?size=a%20b&wm=${token}#top`);
      const cookies = (await tab.context().cookies()).map(({ name, value }) => [name, decodeURIComponent(value)]);
      assert.deepEqual(Object.fromEntries(cookies), {
        sbjs_current_add: `fd=2026-11-30 10:00:00|||ep=${at.url}/landing?size=a%20b|||rf=(none)`,
        sbjs_session: `pgs=1|||cpg=${at.url}/kasse`,
      });
      assert.deepEqual(tab.wrong, []);
    } finally {
      await at.close();
    }
  }
});
