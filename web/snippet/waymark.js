// waymark.js: hands the visitor's signed token to the shop's cart, checkout and links.
//
//   <script src="/waymark.js" async></script>
//
// * Shopify: the cart attribute `_waymark`, and the property `_waymark` of what is put into the cart, since
//   buttons that buy at once pass the cart by.
// * WooCommerce: the landing page that its order attribution keeps with every order, of the block
//   checkout and the classic one; and a field `_waymark` of the classic form, for code of the shop's.
// * Stripe: `client_reference_id` of payment links, buy buttons and pricing tables, unless the shop
//   has put something there. `data-stripe="pay.shop.example"` on the script names a custom domain of
//   payment links; those below the page's own host are known.
// * Anything marked `data-waymark="NAME"`: a form gets a hidden field of that name, a link a query
//   value, a field its value. Without a NAME it is `waymark`.
// * The page that thanks for an order: `<div data-waymark-order="1001" data-waymark-store="store">`
//   ties the order to the visitor. With `data-store="store"` on the script, WooCommerce's own
//   page needs nothing else.
//
// Where no cookie may be kept the token comes in the page's URL. Without `async`, before all other scripts,
// it is taken out of there before any of them can keep it; `data-parameter` names it, if not `wm`.
// Once the visitor agrees: dispatchEvent(new Event('waymark:consent')).
// It is served without these comments. It needs no eval, no inline code and no storage, and what
// fails in it is never the page's trouble.
(() => {
  // A module has no current script, and one that was merged into others no source.
  const { src, dataset } = document.currentScript ?? document.querySelector('script[src*="waymark.js"]') ?? document.documentElement;
  const { store, parameter: likely = 'wm', stripe: domains = '' } = dataset;
  const call = (path, init) => fetch(new URL(path, src || location), { credentials: 'include', ...init });
  const query = location.search;
  const reported = new Set();
  const ours = new Set();
  const ATTRIBUTION = 'woocommerce/order-attribution';
  const REFERENCE = 'client_reference_id';
  const LOSS = `waymark.js: a ${REFERENCE} of the shop's own stays; that payment has no token. Use data-waymark-order`;
  const PAYMENTS = ':is(a,area,form):is([href*="stripe.com/" i],[action*="stripe.com/" i],[href*=\\/b\\/],[action*=\\/b\\/])';
  const THANKS = '.woocommerce-order-received,.woocommerce-order,.wc-block-order-confirmation-status';
  let token, parameter, inCookie, waiting, told, warned;

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
  // What a shopper copies from the address bar, and other scripts keep of it, is the page alone.
  const clean = (name) => {
    const rest = others(location.search, name).join('&');
    if (rest.length < location.search.length - 1) {
      history.replaceState(history.state, '', location.pathname + (rest && '?' + rest) + location.hash);
    }
  };

  // Attributes are written only where they change: the observer below sees every change.
  const set = (element, name, value) => {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const named = (form, name) => [...form.elements].find((element) => element.name === name);
  const field = (form, name) => {
    let input = named(form, name);
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

  // The address of WooCommerce's page of thanks has the order's id. Shops rename its endpoint, so it is also known by
  // WooCommerce's class and the order's key. The page where an order is paid has the key, but none of the classes.
  const thanked = () => {
    const { pathname, search } = location;
    const isThanks = /[?&][\w-]*key=wc_order_/.test(search) && document.querySelector(THANKS);
    const found =
      /\/order-received\/(\d+)/.exec(pathname) ??
      (isThanks && (/\/(\d+)\/?$/.exec(pathname) ?? /[?&][^=&]*order[^=&]*=(\d+)/.exec(search) ?? /=(\d+)&key=/.exec(search)));
    return found?.[1];
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
    each('wc-order-attribution-inputs', (inputs) => {
      // WooCommerce sets this before it defines the element: its own property hides the setter.
      delete inputs.values;
      inputs.values = values;
    });
    const data = window.wp?.data;
    const known = data?.select('wc/store/checkout')?.getExtensionData();
    if (!known || known[ATTRIBUTION]?.session_entry === values.session_entry) return;
    const { setExtensionData, __internalSetExtensionData } = data.dispatch('wc/store/checkout');
    (setExtensionData || __internalSetExtensionData)(ATTRIBUTION, values, true);
  };

  // A shop that puts its own reference there finds the buyer by it.
  const refer = (known, write) => {
    if (!known || ours.has(known)) return write();
    if (!warned) console.warn(LOSS);
    warned = 1;
  };
  // Payment links are on one of three hosts, by what they are for, or on a domain of the shop's.
  const isPaymentLink = ({ hostname, pathname }) =>
    /^(buy|donate|book)\.stripe\.com$/.test(hostname) ||
    (/^\/b\/./.test(pathname) &&
      (domains.split(' ').includes(hostname) || hostname.endsWith('.' + location.hostname.replace(/^www\./, ''))));
  const payment = (element) => {
    const form = element.elements;
    const name = form ? 'action' : 'href';
    const address = element.getAttribute(name);
    const url = new URL(address, document.baseURI);
    if (!isPaymentLink(url)) return;
    const own = form && named(element, REFERENCE);
    // A form that gets a page replaces the query of its address.
    const isField = own || (form && !/post/i.test(element.getAttribute('method')));
    refer(own?.value || url.searchParams.get(REFERENCE), () =>
      isField ? field(element, REFERENCE) : set(element, name, carrying(address, REFERENCE)),
    );
  };

  // Shopify's buttons that buy at once take the product's form, and no attribute of the cart.
  const shopify = (form) => {
    const { pathname } = new URL(form.getAttribute('action'), document.baseURI);
    if (/\/cart\/add(\.js)?$/.test(pathname)) field(form, 'properties[_waymark]');
    if (/\/cart\/?$/.test(pathname)) field(form, 'attributes[_waymark]');
  };

  const place = () => {
    waiting = 0;
    if (!token) return;
    each('form.checkout', (form) => field(form, '_waymark'));
    safely(woocommerce);
    each(PAYMENTS, payment);
    each('stripe-buy-button,stripe-pricing-table', (element) => {
      const name = 'client-reference-id';
      refer(element.getAttribute(name), () => set(element, name, token));
    });
    if (window.Shopify) each('form[action*=cart]', shopify);
    each('[data-waymark]', marked);
    each('[data-waymark-order]', ({ dataset }) => report(dataset.waymarkOrder, dataset.waymarkStore || store));
    report(thanked(), store);
    // Where a page may have no cookies, to look for one is an error.
    safely(cart);
  };

  // Shopify makes a cart for each request that writes and names none, and the last answer wins. So a cart is written
  // only once it is there: its cookie is seen, or the theme has changed it. Any change may have replaced it.
  const CHANGES = /^[^?]+\/cart\/(add|change|clear|update)(\.js)?(\?|$)/;
  let seen, changed, sure, queued;
  let looks = Promise.resolve();
  let failures = 0;
  // Where an app and this script undo each other's work, one has to stop.
  let left = 50;
  const cart = (changes, again) => {
    changed ||= changes;
    if (!window.Shopify) return;
    const id = /(?:^|; )cart=([\w-]+)/.exec(document.cookie)?.[1];
    const isOther = id && id !== seen;
    seen = id;
    if (!(isOther || changes || again) || queued || left-- < 1) return;
    queued = 1;
    looks = looks.then(mark).catch(() => failures < 6 && setTimeout(cart, 1000 << failures++, 0, 1));
  };
  const answered = async (path, init) => {
    const answer = await fetch((window.Shopify.routes?.root ?? '/') + path, init);
    if (!answer.ok) throw answer;
    return answer;
  };
  const mark = async () => {
    queued = 0;
    // A cart that the theme has just made has none, and may be bought at once.
    const { attributes, item_count } = changed && !sure ? {} : await (await answered('cart.js')).json();
    // Of a cart that is no more the cookie may be left. The theme makes the next one.
    if (!changed && item_count === 0) return;
    if (attributes?._waymark !== token) {
      await answered('cart/update.js', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ attributes: { _waymark: token } }),
        keepalive: true,
      });
    }
    sure = 1;
    failures = 0;
  };
  const watch = () =>
    new PerformanceObserver((list) =>
      safely(cart, list.getEntries().some(({ name, responseStatus }) => CHANGES.test(name) && !(responseStatus >= 400))),
    ).observe({ type: 'resource', buffered: true });

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
    clean(parameter);
    if (!token) return;
    ours.add(token);
    seen = sure = 0;
    place();
    if (known) return cart(changed);
    // Old browsers tell of no requests: there the cookie does, when the page is drawn anew.
    safely(watch);
    const going = (event) => {
      // A page may have changed an address without drawing anything.
      safely(place);
      safely(onwards, event);
    };
    for (const type of ['click', 'auxclick', 'submit']) addEventListener(type, going, true);
    // Checkouts are drawn late and anew, and what draws them comes late.
    addEventListener('pageshow', () => safely(place));
    new MutationObserver(() => (waiting ||= setTimeout(safely, 100, place))).observe(document, { childList: true, subtree: true });
  };

  // Without an answer the page works as ever.
  const begin = (query) => ask(query).catch(() => {});
  addEventListener('waymark:consent', () => begin(token ? `?${parameter}=${token}` : query));
  safely(() => new RegExp(`[?&]${likely}=[\\w-]{75}(&|$)`).test(query) && clean(likely));
  begin(query);
})();
