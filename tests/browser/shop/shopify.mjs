// What a Shopify shop has of Shopify, as far as it bears on carts: no code of theirs, but the same names,
// and the same order of things.
//
// A cart belongs to the browser that has its id in the cookie `cart`. A request that writes and has no such
// cookie makes a cart, and the answer names it: of two such requests, the answer that comes last wins.
import { setTimeout as wait } from "node:timers/promises";

/**
 * Carts, and the orders that came of them: `orders` are `{ items, attributes }`. `slow` says by path how
 * many milliseconds an answer takes, `refuse` with which statuses the next requests are refused. It `forgets`
 * what is written into a cart's attributes, or `hides` its cookie from the page's scripts. `asked` are the requests.
 */
export function shopify() {
  const carts = new Map();
  const orders = [];
  const store = { carts, orders, slow: {}, refuse: {}, forgets: false, hides: false, asked: [], answer };
  const json = (body, headers, status = 200) => ({ status, type: "application/json", text: JSON.stringify(body), headers });

  async function answer({ method, pathname, cookie, fields }) {
    const path = pathname.replace(/^\/de\//, "/").replace(/\.js$/, "");
    const writes = method === "POST" && /^\/cart(\/(add|change|clear|update))?$/.test(path);
    if (!writes && !["/cart", "/checkout", "/buy-now", "/app/replace"].includes(path)) return;
    store.asked.push(`${method} ${pathname}`);
    const refused = store.refuse[path]?.shift();
    if (refused) return json({ status: refused }, {}, refused);
    let id = /(?:^|; )cart=([\w-]+)/.exec(cookie)?.[1];
    if (path === "/buy-now") {
      orders.push({ items: [itemOf(fields)], attributes: {} });
      return json({});
    }
    if (path === "/checkout") {
      orders.push(carts.get(id) ?? { items: [], attributes: {} });
      return { status: 200, type: "text/html", text: "<title>checkout</title>" };
    }
    const isNew = path === "/app/replace" || (writes && !carts.has(id));
    if (isNew) carts.set((id = `c${carts.size + 1}-${"a".repeat(32)}`), { items: [], attributes: {} });
    const cart = carts.get(id) ?? { items: [], attributes: {} };
    if (path === "/cart/add") cart.items.push(itemOf(fields));
    if (path === "/cart/change") cart.items[fields.line - 1].quantity = Number(fields.quantity);
    if (path === "/cart/clear") Object.assign(cart, { items: [], attributes: {} });
    if (path === "/cart/update" && !store.forgets) Object.assign(cart.attributes, fields.attributes);
    if (path === "/cart" && writes) Object.assign(cart.attributes, inBrackets("attributes", fields));
    const body = { ...cart, item_count: cart.items.length, sections: { "cart-drawer": drawer(cart) } };
    await wait(store.slow[path] ?? 0);
    const name = `cart=${id}%3Fkey%3D824bdj25; path=/${store.hides ? "; HttpOnly" : ""}`;
    const named = isNew ? { "set-cookie": name } : {};
    if (path !== "/cart" || !writes) return json(body, named);
    return { status: 302, type: "text/html", text: "", headers: { location: "/checkout", ...named } };
  }
  return store;
}

/** Of a form's fields `NAME[KEY]`, the values by key. */
function inBrackets(name, fields) {
  const those = Object.entries(fields).filter(([field]) => field.startsWith(`${name}[`));
  return Object.fromEntries(those.map(([field, value]) => [field.slice(name.length + 1, -1), value]));
}

const itemOf = (fields) => ({
  id: fields.id,
  quantity: Number(fields.quantity ?? 1),
  properties: inBrackets("properties", fields),
});

const input = ({ quantity }, at) =>
  `<input type="number" class="quantity" name="updates[]" data-index="${at + 1}" value="${quantity}">`;

/** The drawer of the cart, as the shop draws it for the theme to put into the page. */
const drawer = ({ items }) => `<form action="/cart" id="CartDrawer-Form" class="cart__contents cart-drawer__form" method="post">
  ${items.map(input).join("")}</form>
  <button type="submit" id="checkout" name="checkout" form="CartDrawer-Form">Check out</button>`;

/** A product's page: its form with both buttons, and the drawer of the cart. */
export const product = `<product-form class="product-form">
  <form method="post" action="/cart/add" class="form" novalidate data-type="add-to-cart-form">
    <input type="hidden" name="form_type" value="product"><input type="hidden" name="id" value="44110" disabled class="product-variant-id">
    <input type="number" name="quantity" value="1"><button type="submit" name="add">Add to cart</button>
    <button type="button" class="shopify-payment-button__button">Buy it now</button></form></product-form>
  <cart-drawer class="drawer is-empty"><div id="CartDrawer" class="cart-drawer">${drawer({ items: [] })}</div></cart-drawer>`;

/** What Shopify puts into the head of each page. */
export const routes = (root) => `window.Shopify = { shop: "kettle.myshopify.com", routes: { root: "${root}" } }`;

/**
 * The theme's script, deferred: the product's form goes to `/cart/add` by fetch, the drawer is drawn from the
 * answer, and quantities there go to `/cart/change`. The button that buys at once takes the product's form.
 */
export const theme = `
  const post = (path, body, headers) => fetch(path, { method: "POST", headers: { accept: "application/javascript", ...headers }, body });
  const draw = ({ sections }) => (document.querySelector("#CartDrawer").innerHTML = sections["cart-drawer"]);
  customElements.define("product-form", class extends HTMLElement {
    constructor() {
      super();
      this.form = this.querySelector("form");
      this.form.querySelector("[name=id]").disabled = false;
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        const data = new FormData(this.form);
        data.append("sections", "cart-drawer");
        data.append("sections_url", location.pathname);
        post("/cart/add", data, { "x-requested-with": "XMLHttpRequest" })
          .then((response) => response.json())
          .then((response) => response.status || draw(response))
          .finally(() => (document.title = "added"));
      });
      this.querySelector(".shopify-payment-button__button").addEventListener("click", () => {
        post("/buy-now", new FormData(this.form)).then(() => (document.title = "bought"));
      });
    }
  });
  document.querySelector("cart-drawer").addEventListener("change", ({ target }) => {
    post("/cart/change", JSON.stringify({ line: target.dataset.index, quantity: target.value }), { "content-type": "application/json" })
      .then((response) => response.json())
      .then(draw);
  });`;
