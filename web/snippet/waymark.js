// waymark.js: hands the visitor's signed token to the shop's cart, checkout and links.
//
//   <script src="/waymark.js" async></script>
//
// * Shopify: the cart attribute `_waymark`.
// * WooCommerce: the landing page that its order attribution keeps with every order, of the block
//   checkout and the classic one; and a field `_waymark` of the classic form, for code of the shop's.
// * Stripe: `client_reference_id` of payment links, buy buttons and pricing tables.
// * Anything marked `data-waymark="NAME"`: a form gets a hidden field of that name, a link a query
//   value, a field its value. Without a NAME it is `waymark`.
// * The page that thanks for an order: `<div data-waymark-order="1001" data-waymark-store="store">`
//   ties the order to the visitor. With `data-store="store"` on the script, WooCommerce's own
//   page needs nothing else.
//
// Once the visitor agrees: dispatchEvent(new Event('waymark:consent')).
// It is served without these comments. It needs no eval, no inline code and no storage, and what
// fails in it is never the page's trouble.
(() => {
  const script = document.currentScript;
  const store = script.dataset.store;
  const call = (path, init) => fetch(new URL(path, script.src), { credentials: 'include', ...init });
  const reported = new Set();
  const ATTRIBUTION = 'woocommerce/order-attribution';
  let token, parameter, inCookie, waiting, told;

  const safely = (act, given) => {
    try {
      act(given);
    } catch {}
  };
  const each = (selector, act) => document.querySelectorAll(selector).forEach((element) => safely(act, element));
  // All other values of a query, as they were written.
  const others = (search, name) => search.slice(1).split('&').filter((pair) => pair && pair.split('=')[0] !== name);
  const carrying = (address, name) => {
    const url = new URL(address, document.baseURI);
    url.search = [...others(url.search, name), name + '=' + token].join('&');
    return url.href;
  };

  // Attributes are written only where they change: the observer below sees every change.
  const set = (element, name, value) => {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
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
  const link = (anchor, name) => set(anchor, 'href', carrying(anchor.getAttribute('href'), name));
  const marked = (element) => {
    const name = element.dataset.waymark || 'waymark';
    if (element.elements) field(element, name);
    else if (element.href) link(element, name);
    else element.value = token;
  };
  const report = (order, store) => {
    const body = JSON.stringify({ store, order, token });
    if (!order || !store || reported.has(body)) return;
    reported.add(body);
    call('/wm/order', { method: 'POST', body, keepalive: true }).catch(() => {});
  };

  // The script of WooCommerce's order attribution fills both checkouts with what this function
  // tells, again and again. Where WooCommerce may not track the visitor, that stays empty.
  const woocommerce = () => {
    const attribution = window.wc_order_attribution;
    const original = attribution?.getAttributionData;
    if (!original) return;
    if (original !== told) {
      attribution.getAttributionData = told = () => {
        const values = original();
        if (token && attribution.params.allowTracking) {
          values.session_entry = carrying(values.session_entry || '/', parameter);
        }
        return values;
      };
    }
    const values = told();
    each('wc-order-attribution-inputs', (inputs) => (inputs.values = values));
    const data = window.wp?.data;
    const known = data?.select('wc/store/checkout')?.getExtensionData();
    if (!known || known[ATTRIBUTION]?.session_entry === values.session_entry) return;
    const { setExtensionData, __internalSetExtensionData } = data.dispatch('wc/store/checkout');
    (setExtensionData || __internalSetExtensionData)(ATTRIBUTION, values, true);
  };

  const place = () => {
    waiting = 0;
    if (!token) return;
    each('form.checkout', (form) => field(form, '_waymark'));
    safely(woocommerce);
    each('a[href^="https://buy.stripe.com/"]', (anchor) => link(anchor, 'client_reference_id'));
    each('stripe-buy-button,stripe-pricing-table', (element) => set(element, 'client-reference-id', token));
    each('[data-waymark]', marked);
    each('[data-waymark-order]', ({ dataset }) => report(dataset.waymarkOrder, dataset.waymarkStore || store));
    report(/\/order-received\/(\d+)/.exec(location.pathname)?.[1], store);
  };

  const cart = async () => {
    const root = window.Shopify?.routes?.root ?? (window.Shopify && '/');
    if (!root) return;
    const { attributes } = await (await fetch(root + 'cart.js')).json();
    if (attributes?._waymark === token) return;
    return fetch(root + 'cart/update.js', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: { _waymark: token } }),
    });
  };

  // Where no cookie may be kept, the token goes from page to page of the shop in their URLs.
  const onwards = ({ type, target, submitter }) => {
    const submits = type === 'submit';
    const element = submits ? target : target.closest('a[href]');
    if (inCookie || !element || submitter?.hasAttribute('formaction')) return;
    // Not `form.action`: that may be a field of this name.
    const name = submits ? 'action' : 'href';
    const address = element.getAttribute(name) || location.href;
    const url = new URL(address, document.baseURI);
    if (url.origin !== location.origin) return;
    if (submits && !/post/i.test(element.getAttribute('method'))) field(element, parameter);
    else if (submits || url.href.split('#')[0] !== location.href.split('#')[0]) set(element, name, carrying(address, parameter));
  };

  const ask = async (query) => {
    const answer = await call('/wm/token' + query);
    if (!answer.ok) return;
    const known = token;
    ({ token, parameter, cookie: inCookie } = await answer.json());
    const rest = others(location.search, parameter).join('&');
    if (rest.length < location.search.length - 1) {
      history.replaceState(history.state, '', location.pathname + (rest && '?' + rest) + location.hash);
    }
    if (!token) return;
    place();
    if (known) return cart();
    for (const type of ['click', 'auxclick', 'submit']) addEventListener(type, (event) => safely(onwards, event), true);
    // Checkouts are drawn late and anew, and what draws them comes late.
    addEventListener('load', place);
    new MutationObserver(() => (waiting ||= setTimeout(place, 100))).observe(document, { childList: true, subtree: true });
    return cart();
  };

  // Without an answer the page works as ever.
  const begin = (query) => ask(query).catch(() => {});
  addEventListener('waymark:consent', () => begin(token ? `?${parameter}=${token}` : ''));
  begin(location.search);
})();
