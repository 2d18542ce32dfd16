// What a page of a WooCommerce shop has of WooCommerce, as far as it bears on order attribution:
// no code of theirs, but the same names, and the same habit of filling everything in again.
//
// The function `getAttributionData` tells the values, `session_entry` among them: the landing page.
// The classic checkout sends them as fields of its form, `wc_order_attribution_…`; the block
// checkout as extension `woocommerce/order-attribution` of `POST /wp-json/wc/store/v1/checkout`.
// Its store takes them when the page starts, and once more after its first change.

/** The script of order attribution, where the visitor may be tracked or where not. */
export const attribution = ({ allowed }) => `{
  const attribution = (window.wc_order_attribution = { params: { allowTracking: ${allowed} } });
  const landing = location.origin + "/tea?size=a%20b&wm=older#top";
  attribution.getAttributionData = () => ({
    source_type: attribution.params.allowTracking ? "typein" : null,
    session_entry: attribution.params.allowTracking ? landing : null,
  });
  const fillStore = () => {
    const [set] = Object.values(window.wp?.data.dispatch("wc/store/checkout") ?? {});
    set?.("woocommerce/order-attribution", attribution.getAttributionData(), true);
  };
  attribution.setOrderTracking = (allowed) => {
    attribution.params.allowTracking = allowed;
    document.querySelectorAll("wc-order-attribution-inputs").forEach((inputs) => {
      inputs.values = attribution.getAttributionData();
    });
    fillStore();
  };
  customElements.define("wc-order-attribution-inputs", class extends HTMLElement {
    set values(values) {
      for (const [name, value] of Object.entries(values)) {
        let input = this.querySelector("[name=wc_order_attribution_" + name + "]");
        if (!input) {
          input = document.createElement("input");
          Object.assign(input, { type: "hidden", name: "wc_order_attribution_" + name });
          this.append(input);
        }
        input.value = value ?? "";
      }
    }
  });
  attribution.setOrderTracking(${allowed});
  const stop = window.wp?.data.subscribe(() => (stop(), fillStore()));
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
