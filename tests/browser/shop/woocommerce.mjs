// What a page of a WooCommerce shop has of WooCommerce, as far as it bears on order attribution: no code
// of theirs, but the same names, the same order of things, and the same habit of filling everything in again.
//
// The function `getAttributionData` tells the values, `session_entry` among them: the landing page.
// The classic checkout sends them as fields of its form, `wc_order_attribution_…`, which an element
// `<wc-order-attribution-inputs>` draws; the block checkout as extension `woocommerce/order-attribution` of
// `POST /wp-json/wc/store/v1/checkout`. Its store takes them when the page starts, and once more after its first change.

/**
 * The script of order attribution, where the visitor may be tracked or where not. It gives the elements of
 * the page their values *before* it defines what they are: the value becomes a property of each element's own,
 * and the accessor of the class lies behind it, for WooCommerce itself as for everybody.
 */
export const attribution = ({ allowed }) => `{
  const attribution = window.wc_order_attribution = {
    params: { allowTracking: ${allowed}, prefix: "wc_order_attribution_" },
    fields: { source_type: "current.typ", session_entry: "current_add.ep" },
  };
  const { params, fields } = attribution;
  const landing = location.origin + "/tea?size=a%20b&wm=older#top";
  attribution.getAttributionData = () => ({
    source_type: params.allowTracking ? "typein" : null,
    session_entry: params.allowTracking ? landing : null,
  });
  const fillForms = (values) => {
    for (const inputs of document.querySelectorAll("wc-order-attribution-inputs")) inputs.values = values;
  };
  const fillStore = (values) => {
    if (!window.wp?.data || !window.wc?.wcBlocksData) return;
    const [set] = Object.values(window.wp.data.dispatch(window.wc.wcBlocksData.CHECKOUT_STORE_KEY));
    set("woocommerce/order-attribution", values, true);
  };
  attribution.setOrderTracking = (allowed) => {
    params.allowTracking = allowed;
    const values = attribution.getAttributionData();
    fillForms(values);
    fillStore(values);
  };
  attribution.setOrderTracking(params.allowTracking);
  const awaitStore = () => {
    const stop = window.wp?.data?.subscribe(() => {
      stop();
      fillStore(attribution.getAttributionData());
    });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", awaitStore);
  else awaitStore();
  customElements.define("wc-order-attribution-inputs", class extends HTMLElement {
    connectedCallback() {
      this.innerHTML = Object.keys(fields).map((name) =>
        '<input type="hidden" name="' + params.prefix + name + '" value="' + (this.values?.[name] ?? "") + '">').join("");
    }
    set values(values) {
      this.kept = values;
      for (const name of Object.keys(fields)) {
        const input = this.querySelector('[name="' + params.prefix + name + '"]');
        if (input) input.value = values[name] ?? "";
      }
    }
    get values() {
      return this.kept;
    }
  });
}`;

/** The script, at the foot of each page, that keeps the address of the first page and of this one in cookies. */
export const sourcebuster = `{
  const keep = (name, value) => (document.cookie = name + "=" + encodeURIComponent(value) + "; path=/");
  if (!document.cookie.includes("sbjs_current_add")) keep("sbjs_current_add", "fd=2026-11-30 10:00:00|||ep=" + location.href + "|||rf=(none)");
  keep("sbjs_session", "pgs=1|||cpg=" + location.href);
}`;

/**
 * The script of the block checkout: its store, and a button that places the order. The store's action
 * was `__internalSetExtensionData` before WooCommerce 9.9.
 */
export const blocks = (action = "setExtensionData") => `{
  const extensions = {};
  const listeners = new Set();
  const changed = () => [...listeners].forEach((listener) => listener());
  const act = (name, values, replace) => {
    extensions[name] = replace ? values : { ...extensions[name], ...values };
    changed();
  };
  const of = (members) => (store) => (store === "wc/store/checkout" ? members : undefined);
  window.wc = { wcBlocksData: { CHECKOUT_STORE_KEY: "wc/store/checkout" } };
  window.wp = { data: {
    select: of({ getExtensionData: () => extensions }),
    dispatch: of({ ${action}: act }),
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
  } };
  addEventListener("load", () => {
    const button = document.createElement("button");
    button.textContent = "Place order";
    button.addEventListener("click", async () => {
      await fetch("/wp-json/wc/store/v1/checkout", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ extensions }),
      });
      document.title = "placed";
    });
    document.querySelector(".wc-block-checkout").append(button);
    changed();
  });
}`;
