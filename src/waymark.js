// waymark.js: hands the visitor's signed token to the shop's cart, checkout and links.
//
//   <script src="/waymark.js" async></script>
//
// * Shopify: the cart attribute `_waymark`.
// * WooCommerce: the field `_waymark` of the checkout form.
// * Stripe: `client_reference_id` of payment links, buy buttons and pricing tables.
// * Anything marked `data-waymark="NAME"`: a form gets a hidden field of that name, a link a query
//   value, a field its value. Without a NAME it is `waymark`.
// * The page that thanks for an order: `<div data-waymark-order="1001" data-waymark-source="store">`
//   ties the order to the visitor. With `data-source="store"` on the script, WooCommerce's own
//   page needs nothing else.
//
// Once the visitor agrees: dispatchEvent(new Event('waymark:consent')).
// It is served without these comments. It needs no eval, no inline code and no storage.
(() => {
  const script = document.currentScript;
  const source = script.dataset.source;
  const call = (path, init) => fetch(new URL(path, script.src), { credentials: 'include', ...init });
  const reported = new Set();
  let token, parameter, inCookie, waiting;

  // Attributes are written only where they change: the observer below sees every change.
  const field = (form, name) => {
    let input = [...form.elements].find((element) => element.name === name);
    if (!input) {
      input = document.createElement('input');
      input.type = 'hidden';
      input.name = name;
      form.append(input);
    }
    input.value = token;
  };
  const link = (anchor, name) => {
    const url = new URL(anchor.href);
    if (url.searchParams.get(name) === token) return;
    url.searchParams.set(name, token);
    anchor.href = url;
  };
  const attribute = (element) => {
    if (element.getAttribute('client-reference-id') !== token) element.setAttribute('client-reference-id', token);
  };
  const marked = (element) => {
    const name = element.dataset.waymark || 'waymark';
    if (element.elements) field(element, name);
    else if (element.href) link(element, name);
    else element.value = token;
  };
  const report = (order, source) => {
    const body = JSON.stringify({ source, order, token });
    if (!order || !source || reported.has(body)) return;
    reported.add(body);
    call('/wm/order', { method: 'POST', body, keepalive: true });
  };

  const place = () => {
    waiting = 0;
    const each = (selector, act) => document.querySelectorAll(selector).forEach((element) => act(element));
    each('form.checkout', (form) => field(form, '_waymark'));
    each('a[href^="https://buy.stripe.com/"]', (anchor) => link(anchor, 'client_reference_id'));
    each('stripe-buy-button,stripe-pricing-table', attribute);
    each('[data-waymark]', marked);
    each('[data-waymark-order]', ({ dataset }) => report(dataset.waymarkOrder, dataset.waymarkSource || source));
    report(/\/order-received\/(\d+)/.exec(location.pathname)?.[1], source);
  };

  const cart = async () => {
    const root = window.Shopify?.routes?.root ?? (window.Shopify && '/');
    if (!root) return;
    const { attributes } = await (await fetch(root + 'cart.js')).json();
    if (attributes?._waymark === token) return;
    fetch(root + 'cart/update.js', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: { _waymark: token } }),
    });
  };

  // Where no cookie may be kept, the token goes from page to page of the shop in their URLs.
  const onwards = ({ target }) => {
    if (inCookie) return;
    const anchor = target.closest?.('a[href]');
    const sameSite = (url) => new URL(url, location).origin === location.origin;
    if (target.elements && sameSite(target.action)) field(target, parameter);
    else if (anchor && sameSite(anchor.href) && anchor.href.split('#')[0] !== location.href.split('#')[0]) {
      link(anchor, parameter);
    }
  };

  const ask = async (query) => {
    const answer = await call('/wm/token' + query);
    if (!answer.ok) return;
    const known = token;
    ({ token, parameter, cookie: inCookie } = await answer.json());
    const others = location.search.slice(1).split('&').filter((pair) => pair.split('=')[0] !== parameter).join('&');
    if (others.length < location.search.length - 1) {
      history.replaceState(history.state, '', location.pathname + (others && '?' + others) + location.hash);
    }
    if (!token) return;
    place();
    if (known) return cart();
    addEventListener('click', onwards, true);
    addEventListener('submit', onwards, true);
    // Checkouts are drawn late and anew.
    new MutationObserver(() => (waiting ||= setTimeout(place, 100))).observe(document, { childList: true, subtree: true });
    return cart();
  };

  // Without an answer the page works as ever.
  const begin = (query) => ask(query).catch(() => {});
  addEventListener('waymark:consent', () => begin(token ? `?${parameter}=${token}` : ''));
  begin(location.search);
})();
