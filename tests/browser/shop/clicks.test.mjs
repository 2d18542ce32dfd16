// What a click does in a real browser: where it leads, and what the browser keeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../pages.mjs";
import { session } from "../session.mjs";

const stage = session();

/** A new visitor, for whom the demo's shop exists. */
async function visitor() {
  const context = await stage.browser.newContext();
  await context.route("https://kettle.example/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Kettles</h1>" }));
  return context;
}

test("a click on a blog leads to the shop, and the browser keeps the mark as the host's own", async () => {
  const blog = await serve({ "/": `<a href="${stage.worker.url}/r/ANA">The kettle I use</a>` });
  const context = await visitor();
  try {
    const page = await context.newPage();
    // Another site than the Worker's: 127.0.0.1 is not localhost.
    await page.goto(blog.url.replace("127.0.0.1", "blog.localhost"));
    await page.click("a");
    await page.waitForURL("https://kettle.example/collections/green");
    const [mark, ...others] = await context.cookies();
    assert.deepEqual(others, []);
    const { name, domain, path, httpOnly, secure, sameSite } = mark;
    assert.deepEqual(
      { name, domain, path, httpOnly, secure, sameSite },
      { name: "__Host-wm", domain: "127.0.0.1", path: "/", httpOnly: true, secure: true, sameSite: "Lax" },
    );
  } finally {
    await context.close();
    await blog.close();
  }
});

test("a page that puts the link into an image or a frame marks nobody", async () => {
  const stuffing = await serve({ "/": `<img src="${stage.worker.url}/r/ANA"><iframe src="${stage.worker.url}/r/ANA"></iframe>` });
  const context = await visitor();
  try {
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(stuffing.url, { waitUntil: "networkidle" });
    assert.equal(asked.filter((url) => url === `${stage.worker.url}/r/ANA`).length, 2);
    assert.deepEqual(await context.cookies(), []);
  } finally {
    await context.close();
    await stuffing.close();
  }
});
