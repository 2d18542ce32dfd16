// What /waymark.js does with the payment links, buy buttons and pricing tables of Stripe on a shop's pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FIELD, has, lookedThrough, open, openShop, page } from "./stage.mjs";

const LINK = "https://buy.stripe.com/test_1?locale=de";
const OWN = "client_reference_id=user_42";

const stage = openShop({
  "/": page(FIELD),
  "/stripe": page(`${FIELD}<a id="buy" href="${LINK}">Buy</a><a id="stripe" href="https://stripe.com/">Stripe</a>
    <stripe-buy-button></stripe-buy-button><stripe-pricing-table></stripe-pricing-table>`),
  "/own": page(`${FIELD}<a id="buy" href="${LINK}&${OWN}">Buy</a>
    <form id="get" action="https://buy.stripe.com/test_1"><input name="client_reference_id" value="user_42"></form>
    <form id="post" method="post" action="${LINK}&${OWN}"></form>
    <stripe-buy-button client-reference-id="user_42"></stripe-buy-button>
    <stripe-pricing-table client-reference-id="user_42"></stripe-pricing-table>
    <a id="empty" href="${LINK}&client_reference_id=">Buy</a>`),
  "/hosts": page(
    `${FIELD}<a id="donate" href="https://donate.stripe.com/x1">Give</a><a id="book" href="https://BOOK.stripe.com/x1">Book</a>
    <a id="insecure" href="http://buy.stripe.com/x1">Buy</a><a id="scheme" href="//buy.stripe.com/x1#top">Buy</a>
    <a id="named" href="https://pay.shop.example/b/x1">Buy</a><map><area id="area" href="https://buy.stripe.com/x1"></map>
    <a id="docs" href="https://docs.stripe.com/payment-links">Docs</a><a id="fake" href="https://buy.stripe.com.example/x1">?</a>
    <a id="blog" href="https://blog.example/b/x1">Blog</a><a id="gifts" href="https://pay.shop.example/gifts/b/x1">Gifts</a>
    <a id="query" href="https://blog.example/?to=https://buy.stripe.com/x1">Blog</a><a id="broken" href="https://[buy.stripe.com/">?</a>
    <a id="own" href="/b/x1">Own</a><form id="get" action="https://buy.stripe.com/x1"><button>Buy</button></form>
    <form id="post" method="post" action="https://buy.stripe.com/x1?locale=de"><button>Buy</button></form>`,
    `<script src="/waymark.js" data-stripe="pay.other.example pay.shop.example" async></script>`,
  ),
  "/below": page(`${FIELD}<a id="below" href="https://pay.shop.localhost/b/x1">Buy</a><a id="beside" href="https://pay.localhost/b/x1">Buy</a>`),
});

test("Stripe's links, buy buttons and pricing tables carry the token, and nothing else that leads to Stripe", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/stripe`);
  await has(tab, "#buy", "href", `${LINK}&client_reference_id=${token}`);
  for (const element of ["stripe-buy-button", "stripe-pricing-table"]) {
    assert.equal(await tab.getAttribute(element, "client-reference-id"), token);
  }
  assert.equal(await tab.getAttribute("#stripe", "href"), "https://stripe.com/");
  // Where another size leads to another link, nothing is drawn.
  await tab.evaluate(() => document.querySelector("#buy").setAttribute("href", "https://buy.stripe.com/test_2"));
  await tab.context().route(/stripe\.com/, (route) => route.fulfill({ contentType: "text/html", body: "" }));
  const paid = tab.waitForRequest(/buy\.stripe\.com/);
  await tab.click("#buy");
  assert.equal((await paid).url(), `https://buy.stripe.com/test_2?client_reference_id=${token}`);
  assert.deepEqual([tab.wrong, tab.warnings], [[], []]);
});

test("a reference of the shop's own stays, by which it finds the buyer, and the console says what is lost", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/own`);
  await has(tab, "#empty", "href", `${LINK}&client_reference_id=${token}`);
  await lookedThrough(tab);
  assert.equal(await tab.getAttribute("#buy", "href"), `${LINK}&${OWN}`);
  assert.equal(await tab.getAttribute("#post", "action"), `${LINK}&${OWN}`);
  assert.deepEqual(await tab.$$eval("form input", (inputs) => inputs.map(({ value }) => value)), ["user_42"]);
  for (const element of ["stripe-buy-button", "stripe-pricing-table"]) {
    assert.equal(await tab.getAttribute(element, "client-reference-id"), "user_42");
  }
  // A shop may learn only later who its visitor is.
  await tab.evaluate(() => document.querySelector("#empty").setAttribute("href", "https://buy.stripe.com/test_1?client_reference_id=user_43"));
  await tab.evaluate(() => document.body.append(document.createElement("p")));
  await lookedThrough(tab);
  assert.equal(await tab.getAttribute("#empty", "href"), "https://buy.stripe.com/test_1?client_reference_id=user_43");
  assert.equal(tab.warnings.length, 1);
  assert.match(tab.warnings[0], /client_reference_id.*data-waymark-order/);
  assert.deepEqual(tab.wrong, []);
});

test("payment links carry it on each of Stripe's hosts and on the shop's own, however they are written", async () => {
  const { tab, token } = await stage.sent();
  await open(tab, `${stage.worker.url}/hosts`);
  const carried = `client_reference_id=${token}`;
  await has(tab, "#donate", "href", `https://donate.stripe.com/x1?${carried}`);
  await lookedThrough(tab);
  const shown = (selector) => tab.$eval(selector, (element) => element.getAttribute(element.tagName === "FORM" ? "action" : "href"));
  for (const [id, address] of Object.entries({
    book: `https://book.stripe.com/x1?${carried}`,
    insecure: `http://buy.stripe.com/x1?${carried}`,
    scheme: `http://buy.stripe.com/x1?${carried}#top`,
    named: `https://pay.shop.example/b/x1?${carried}`,
    area: `https://buy.stripe.com/x1?${carried}`,
    docs: "https://docs.stripe.com/payment-links",
    fake: "https://buy.stripe.com.example/x1",
    blog: "https://blog.example/b/x1",
    gifts: "https://pay.shop.example/gifts/b/x1",
    query: "https://blog.example/?to=https://buy.stripe.com/x1",
    own: "/b/x1",
    post: `https://buy.stripe.com/x1?locale=de&${carried}`,
  })) {
    assert.equal(await shown(`#${id}`), address, id);
  }
  // The browser replaces the query of a form that gets a page.
  const paid = tab.waitForRequest(/^https:\/\/buy\.stripe\.com/);
  await tab.context().route(/stripe\.com/, (route) => route.fulfill({ contentType: "text/html", body: "" }));
  await tab.click("#get button");
  assert.equal((await paid).url(), `https://buy.stripe.com/x1?${carried}`);
  assert.deepEqual([tab.wrong, tab.warnings], [[], []]);
});

test("a domain of payment links below the page's own host is known, and none beside it", async () => {
  const at = stage.worker.url.replace("127.0.0.1", "shop.localhost");
  const { tab, token } = await stage.sent({ url: at });
  await open(tab, `${at}/below`);
  await has(tab, "#below", "href", `https://pay.shop.localhost/b/x1?client_reference_id=${token}`);
  assert.equal(await tab.getAttribute("#beside", "href"), "https://pay.localhost/b/x1");
});

test("a reference that the script itself has put there gives way to the token that is kept once the shopper agrees", async () => {
  const cautious = await stage.start(`consent = "consent_required"`);
  try {
    const { tab, token } = await stage.sent(cautious);
    await open(tab, `${cautious.url}/stripe?wm=${token}`);
    await has(tab, "#buy", "href", `${LINK}&client_reference_id=${token}`);
    await tab.evaluate(() => (document.cookie = "wm_consent=yes"));
    const kept = tab.waitForResponse(/\/wm\/token/);
    await tab.evaluate(() => dispatchEvent(new Event("waymark:consent")));
    const { token: own } = await (await kept).json();
    assert.notEqual(own, token);
    await has(tab, "#buy", "href", `${LINK}&client_reference_id=${own}`);
    assert.equal(await tab.getAttribute("stripe-buy-button", "client-reference-id"), own);
    assert.deepEqual([tab.wrong, tab.warnings], [[], []]);
  } finally {
    await cautious.close();
  }
});
