// The built Worker in workerd, with the demo program.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts it. Its `url` is on 127.0.0.1; `token` is the one for `/v1`. Ends with `close()`. */
export async function startWorker() {
  const command = ["run", "--quiet", "--package", "waymark-tests", "--example", "serve"];
  const serving = spawn("cargo", command, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => serving.once("exit", resolve));
  for await (const line of createInterface(serving.stdout)) {
    return {
      ...JSON.parse(line),
      close() {
        serving.stdin.end();
        return ended;
      },
    };
  }
  throw new Error(`the Worker ended with ${await ended} before it listened`);
}
