// A shop of its own pages and scripts, for a Worker to stand before. Nothing on its pages may be
// inline, and nothing may come from elsewhere, as a careful shop's Content-Security-Policy has it.
import { createServer } from "node:http";

const POLICY = "default-src 'self'; script-src 'self'; base-uri 'none'; object-src 'none'";

/**
 * Starts it on a free port. `pages` are HTML by path, and scripts where the path ends in `.js`;
 * `/cart.js` and `/cart/update.js` are those of a Shopify cart, `cart.attributes`. All that is
 * posted, and what comes in the query of a GET of `/found`, is `received`. Ends with `close()`.
 */
export async function startShop(pages) {
  const shop = { cart: { attributes: {} }, received: [] };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    let body = "";
    for await (const chunk of request) body += chunk;
    const answer = (type, text) => {
      response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "content-security-policy": POLICY });
      response.end(text);
    };
    if (request.method === "POST" || pathname === "/found") {
      const isJson = request.headers["content-type"]?.startsWith("application/json");
      const fields = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
      shop.received.push({ path: pathname, query: Object.fromEntries(searchParams), fields });
    }
    if (pathname === "/cart/update.js") Object.assign(shop.cart.attributes, shop.received.at(-1).fields.attributes);
    if (pathname.startsWith("/cart")) return answer("application/json", JSON.stringify(shop.cart));
    if (pathname.endsWith(".js")) return answer("text/javascript", pages[pathname] ?? "");
    answer("text/html", pages[pathname] ?? "<h1>Thank you</h1>");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return Object.assign(shop, {
    port: server.address().port,
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  });
}
