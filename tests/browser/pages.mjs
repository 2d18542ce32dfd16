// Pages for a browser to open, served on a free port of this machine.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** The pages (path to HTML), and beside them the files of a folder. Ends with `close()`. */
export async function serve(pages, folder) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const page = pages[pathname];
    const body = page ?? (folder && (await readFile(join(folder, pathname)).catch(() => undefined)));
    const type = page === undefined ? TYPES[extname(pathname)] : "text/html; charset=utf-8";
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "application/octet-stream" });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}
