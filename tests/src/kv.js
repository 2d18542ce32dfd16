// Workers KV as workerd asks for it: a key is a path; values and their metadata are kept as they
// came. Entries do not expire, and reads see the last write: what holds for this KV holds for a
// slower one only if the test does not depend on it.
import { DurableObject } from "cloudflare:workers";

export class Namespace extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec(
      "CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, value BLOB NOT NULL, metadata TEXT)",
    );
  }

  async fetch(request) {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.slice(1));
    switch (request.method) {
      case "GET":
        return key === "" ? this.list(url.searchParams.get("prefix") ?? "") : this.get(key);
      case "PUT": {
        const metadata = request.headers.get("CF-KV-Metadata");
        const value = await request.arrayBuffer();
        this.sql.exec("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?)", key, value, metadata);
        return new Response(null);
      }
      case "DELETE":
        this.sql.exec("DELETE FROM pairs WHERE key = ?", key);
        return new Response(null);
      default:
        return new Response(null, { status: 405 });
    }
  }

  get(key) {
    const [pair] = this.sql.exec("SELECT value, metadata FROM pairs WHERE key = ?", key);
    if (pair === undefined) return new Response(null, { status: 404 });
    const headers = pair.metadata === null ? {} : { "CF-KV-Metadata": pair.metadata };
    return new Response(pair.value, { headers });
  }

  list(prefix) {
    const pairs = this.sql.exec(
      "SELECT key FROM pairs WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key",
      prefix,
    );
    const keys = [...pairs].map(({ key }) => ({ name: key }));
    return Response.json({ keys, list_complete: true });
  }
}

export default {
  fetch: (request, env) => env.NAMESPACE.getByName("LINKS").fetch(request),
};
