// What /waymark.js does on the pages of a Shopify shop, whose theme writes the same cart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { product, routes, theme } from "./shopify.mjs";
import { FIELD, has, lookedThrough, open, openShop, page, script, settled, WAYMARK } from "./stage.mjs";

const THEME = `<script src="/theme.js" defer></script>`;
const shopPage = (body) => page(body, script("/shopify.js") + WAYMARK + THEME);

const stage = openShop({
  "/": page(FIELD),
  "/shopify.js": routes("/"),
  "/de.js": routes("/de/"),
  "/theme.js": theme,
  "/product": shopPage(FIELD + product),
  "/de/product": page(FIELD + product, script("/de.js") + WAYMARK + THEME),
  "/plain": page(`${FIELD}<form id="add" method="post" action="/checkout/cart/add/"></form><form id="cart" method="post" action="/cart"></form>`),
});

/** A visitor of Ana's on a product's page who knows the token, in a shop as it was set up. */
async function shopper(path = "/product") {
  const { tab, token } = await stage.sent();
  const shown = async () => {
    await open(tab, stage.worker.url + path);
    await has(tab, "#token", "value", token);
    await settled(tab);
  };
  await shown();
  return { tab, token, shown, store: stage.shop.shopify };
}

const add = async (tab) => {
  await tab.evaluate(() => (document.title = ""));
  await tab.click("[name=add]");
  await tab.waitForFunction(() => document.title === "added");
};

/** Until a cart of the shop is as expected. */
async function until(expected) {
  for (let tries = 0; !expected(); tries++) {
    assert.ok(tries < 100, JSON.stringify([...stage.shop.shopify.carts]));
    await wait(50);
  }
}
const marks = (store, token) => [...store.carts.values()].some(({ attributes }) => attributes._waymark === token);

/** The shopper checks out by the drawer's button, and this is the order. */
async function checkOut(tab) {
  await tab.click("#checkout");
  await tab.waitForURL("**/checkout");
  return stage.shop.shopify.orders.at(-1);
}

test("a cart that the theme has made gets the token as an attribute, beside the shop's own, and is not written again", async () => {
  const { tab, token, shown, store } = await shopper();
  await add(tab);
  await until(() => marks(store, token));
  await lookedThrough(tab);
  [...store.carts.values()][0].attributes.gift = "yes";
  const read = tab.waitForResponse(/\/cart\.js$/);
  await shown();
  await (await read).finished();
  await lookedThrough(tab);
  assert.equal(store.asked.filter((asked) => asked === "POST /cart/update.js").length, 1);
  const { items, attributes } = await checkOut(tab);
  assert.deepEqual([items.length, attributes], [1, { gift: "yes", _waymark: token }]);
  await stage.creditsAna("shopify", attributes._waymark);
  assert.deepEqual(tab.wrong, []);
});

test("the script is never the first to make a cart, so neither the product nor the mark is lost to the other's answer", async () => {
  for (const slow of [{ "/cart/add": 500 }, { "/cart/update": 500 }]) {
    stage.shop.restart();
    const { tab, token, store } = await shopper();
    Object.assign(store.slow, slow);
    await lookedThrough(tab);
    assert.deepEqual(store.asked, []);
    await add(tab);
    await until(() => marks(store, token));
    await lookedThrough(tab);
    assert.equal(store.carts.size, 1);
    // A cart that was just made is not looked at first: it may be bought at once.
    assert.deepEqual(store.asked.slice(0, 2), ["POST /cart/add", "POST /cart/update.js"]);
    const { items, attributes } = await checkOut(tab);
    assert.deepEqual([items.length, attributes._waymark], [1, token]);
    assert.deepEqual(tab.wrong, []);
    await tab.close();
  }
});

test("a shopper who is quicker than the token's call is not lost, also where the cart's cookie is hidden", async () => {
  for (const hides of [false, true]) {
    stage.shop.restart();
    const { tab, token, store } = await shopper("/");
    store.hides = hides;
    let tell;
    const held = new Promise((resolve) => (tell = resolve));
    await tab.route("**/wm/token", (route) => held.then(() => route.continue()));
    await tab.goto(`${stage.worker.url}/product`);
    await add(tab);
    await lookedThrough(tab);
    tell();
    await until(() => marks(store, token));
    assert.equal(store.carts.size, 1);
    assert.deepEqual(tab.wrong, []);
    await tab.close();
  }
});

test("once the shopper agrees, a cart that was marked before has the token that is kept", async () => {
  const cautious = await stage.start(`consent = "consent_required"`);
  try {
    // One is known by what the theme did on this page, the other by its cookie alone.
    for (const hides of [true, false]) {
      stage.shop.restart();
      const store = stage.shop.shopify;
      store.hides = hides;
      const { tab, token } = await stage.sent(cautious);
      const shown = async () => {
        await open(tab, `${cautious.url}/product?wm=${token}`);
        await has(tab, "#token", "value", token);
      };
      await shown();
      await add(tab);
      await until(() => marks(store, token));
      if (!hides) await shown();
      await lookedThrough(tab);
      await tab.evaluate(() => (document.cookie = "wm_consent=yes"));
      const kept = tab.waitForResponse(/\/wm\/token/);
      await tab.evaluate(() => dispatchEvent(new Event("waymark:consent")));
      const { token: own } = await (await kept).json();
      assert.notEqual(own, token);
      await until(() => marks(store, own));
      assert.equal(await tab.inputValue("product-form [name='properties[_waymark]']"), own);
      assert.deepEqual(tab.wrong, []);
      await tab.close();
    }
  } finally {
    await cautious.close();
  }
});

test("a product that the shop refuses makes no cart, and the script makes none either", async () => {
  const { tab, store } = await shopper();
  store.refuse["/cart/add"] = [422];
  await add(tab);
  await lookedThrough(tab);
  assert.deepEqual([store.asked, store.carts.size], [["POST /cart/add"], 0]);
});

test("where the cookie names a cart that is no more, the theme makes the next one", async () => {
  const { tab, token, shown, store } = await shopper();
  store.refuse["/cart"] = [429];
  await tab.evaluate(() => (document.cookie = "cart=c99-bbbb; path=/"));
  await shown();
  await until(() => store.asked.length > 1);
  await lookedThrough(tab);
  assert.deepEqual([store.asked, store.carts.size], [["GET /cart.js", "GET /cart.js"], 0]);
  await add(tab);
  await until(() => marks(store, token));
  assert.equal(store.carts.size, 1);
});

test("what is bought at once carries the token as a property of the line", async () => {
  const { tab, token, store } = await shopper();
  await tab.click(".shopify-payment-button__button");
  await tab.waitForFunction(() => document.title === "bought");
  assert.deepEqual(store.orders, [{ items: [{ id: "44110", quantity: 1, properties: { _waymark: token } }], attributes: {} }]);
  // What goes through the cart has it, too, once and no second time when the page is drawn anew.
  await add(tab);
  await add(tab);
  const [cart] = store.carts.values();
  assert.deepEqual(cart.items.map(({ properties }) => properties), [{ _waymark: token }, { _waymark: token }]);
  assert.equal(await tab.locator("product-form [name='properties[_waymark]']").count(), 1);
  assert.deepEqual(tab.wrong, []);
});

test("the form of the cart carries the token, also where it was drawn anew, and the shop cannot be asked", async () => {
  const { tab, token } = await shopper();
  await tab.route(/\/cart(\/update)?\.js/, (route) => route.abort());
  await add(tab);
  await tab.waitForSelector("#CartDrawer-Form [name='attributes[_waymark]']", { state: "attached" });
  await tab.fill(".quantity", "3");
  await tab.press(".quantity", "Tab");
  await tab.waitForFunction(() => document.querySelector(".quantity")?.getAttribute("value") === "3");
  await tab.waitForSelector("#CartDrawer-Form [name='attributes[_waymark]']", { state: "attached" });
  const { items, attributes } = await checkOut(tab);
  assert.deepEqual([items[0].quantity, attributes], [3, { _waymark: token }]);
});

test("a shop that refuses for a moment is asked again", async () => {
  const { tab, token, store } = await shopper();
  store.refuse["/cart/update"] = [429, 503];
  await add(tab);
  await until(() => marks(store, token));
  assert.deepEqual(store.asked.filter((asked) => asked === "POST /cart/update.js").length, 3);
});

test("a cart that an app clears, changes or replaces is looked at again", async () => {
  const { tab, token, store } = await shopper();
  await add(tab);
  await until(() => marks(store, token));
  const [cart] = store.carts.values();
  const act = (path) => tab.evaluate((path) => fetch(path, { method: "POST" }).then(() => {}), path);
  await act("/cart/clear.js");
  await until(() => cart.attributes._waymark === token);
  // By a call of its own, of which only the cookie tells.
  await act("/app/replace");
  await until(() => [...store.carts.values()].every(({ attributes }) => attributes._waymark === token));
  assert.equal(store.carts.size, 2);
  assert.deepEqual(tab.wrong, []);
});

test("where a shop keeps no attribute, the script gives up", async () => {
  const { tab, store } = await shopper();
  store.forgets = true;
  await add(tab);
  const writes = () => store.asked.filter((asked) => asked === "POST /cart/update.js").length;
  let before;
  do {
    before = writes();
    await wait(500);
  } while (writes() !== before && before <= 50);
  assert.ok(before > 0 && before <= 50, `${before} writes`);
});

test("a shop in a folder of its language is asked there", async () => {
  const { tab, token, store } = await shopper("/de/product");
  await add(tab);
  await until(() => marks(store, token));
  assert.ok(store.asked.includes("POST /de/cart/update.js"), `${store.asked}`);
});

test("forms of a shop that is not Shopify's stay as they were", async () => {
  const { tab } = await shopper("/plain");
  assert.equal(await tab.locator("form input").count(), 0);
  assert.deepEqual(stage.shop.shopify.asked, []);
});
