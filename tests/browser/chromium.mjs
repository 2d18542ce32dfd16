// A headless browser for one test file, with nothing remembered from another and no way out of this machine.
import { chromium } from "playwright-core";

/** As a browser with a window calls itself; a headless one says so, and is taken for a bot. */
const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/**
 * Starts the browser that CHROME names. Its `newContext()` is a visitor who has never been here.
 *
 * Every name under `localhost` is this machine, and counts as secure: `http://shop.localhost:PORT` keeps
 * `Secure` and `__Host-` cookies, and is another site than `http://127.0.0.1:PORT`. Other hosts exist
 * only where a test answers for them, by `context.route`.
 */
export function launch() {
  const { CHROME } = process.env;
  if (!CHROME) throw new Error("CHROME: expected the path of Chromium or Chrome; scripts/test browser finds it");
  const args = [
    `--user-agent=${USER_AGENT}`,
    "--disable-gpu",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
  ];
  return chromium.launch({ executablePath: CHROME, chromiumSandbox: false, args });
}
