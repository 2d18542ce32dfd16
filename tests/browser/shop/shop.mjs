// A shop of its own pages and scripts, for a Worker to stand before. Nothing on its pages may be
// inline, and nothing may come from elsewhere, as a careful shop's Content-Security-Policy has it.
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { shopify } from "./shopify.mjs";

const POLICY = "default-src 'self'; script-src 'self'; base-uri 'none'; object-src 'none'";

/**
 * Starts it on a free port. `pages` are HTML by path, and scripts where the path ends in `.js`;
 * its `shopify` answers what Shopify's carts answer. All that is posted, and what comes in the query
 * of a GET of `/found`, is `received`. Ends with `close()`.
 */
export async function startShop(pages) {
  const shop = { received: [], shopify: shopify() };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const { method, headers } = request;
    const sent = await buffer(request);
    const answer = (status, type, text, more) => {
      response.writeHead(status, { "content-type": `${type}; charset=utf-8`, "content-security-policy": POLICY, ...more });
      response.end(text);
    };
    const fields = method === "POST" ? await read(headers["content-type"], sent) : {};
    if (method === "POST" || pathname === "/found") {
      shop.received.push({ path: pathname, query: Object.fromEntries(searchParams), fields });
    }
    const carts = await shop.shopify.answer({ method, pathname, cookie: headers.cookie ?? "", fields });
    if (carts) return answer(carts.status, carts.type, carts.text, carts.headers);
    if (pathname.endsWith(".js")) return answer(200, "text/javascript", pages[pathname] ?? "");
    answer(200, "text/html", pages[pathname] ?? "<h1>Thank you</h1>");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return Object.assign(shop, {
    port: server.address().port,
    /** As before its first visitor. */
    restart() {
      shop.received.length = 0;
      shop.shopify = shopify();
    },
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  });
}

/** The fields of a body, be it JSON or of a form. */
async function read(type = "", body) {
  if (type.startsWith("application/json")) return JSON.parse(body);
  if (!type.includes("form")) return {};
  return Object.fromEntries(await new Response(body, { headers: { "content-type": type } }).formData());
}
