// A QR picture looks the same as SVG and as PNG where people see it: drawn by a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { session } from "../session.mjs";

const stage = session();

/** The pixels of a picture that a page of this Worker's host shows: red, green, blue and alpha in turn. */
const pixels = (page, path) =>
  page.evaluate(async (path) => {
    const image = new Image();
    image.src = path;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return [image.width, image.height, ...context.getImageData(0, 0, image.width, image.height).data];
  }, path);

test("the SVG and the PNG of a link show the same pixels, where modules fill whole ones", async () => {
  const page = await stage.browser.newPage();
  await page.goto(stage.worker.url);
  const svg = await (await fetch(`${stage.worker.url}/q/ANA.svg?ecc=Q`)).text();
  const modules = Number(svg.match(/viewBox="0 0 (\d+) /)[1]);
  const size = modules * 7;
  const query = `size=${size}&ecc=Q&fg=1b3a57&bg=fff8e7`;
  const drawn = await pixels(page, `/q/ANA.svg?${query}`);
  assert.deepEqual(drawn.slice(0, 2), [size, size]);
  assert.equal(drawn.length, 2 + size * size * 4);
  // The margin's corner, and that of the symbol.
  assert.deepEqual(drawn.slice(2, 6), [0xff, 0xf8, 0xe7, 0xff]);
  const corner = 2 + (4 * 7 * size + 4 * 7) * 4;
  assert.deepEqual(drawn.slice(corner, corner + 4), [0x1b, 0x3a, 0x57, 0xff]);
  assert.deepEqual(await pixels(page, `/q/ANA.png?${query}`), drawn);
});
