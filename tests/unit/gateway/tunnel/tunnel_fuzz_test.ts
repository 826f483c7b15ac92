import { assertEquals } from "@std/assert";
import type { FuzzTask } from "./tunnel_fuzz_worker.ts";

/** More by environment, for a night. */
const MESSAGES = Number(Deno.env.get("NALGATE_FUZZ_MESSAGES") ?? 1_000_000);
/** Two cores are the least that tests run on. */
const WORKERS = 2;
/** A failure names the seed that repeats it. */
const SEED = Number(
  Deno.env.get("NALGATE_FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 31),
);

Deno.test(`openTunnel() lets through only its own (seed ${SEED})`, async () => {
  const failures = await Promise.all(
    Array.from(
      { length: WORKERS },
      (_, index) => fuzz({ seed: SEED + index, messages: MESSAGES / WORKERS }),
    ),
  );
  assertEquals(failures, failures.map(() => ""));
});

/** What went wrong, if anything. */
async function fuzz(task: FuzzTask): Promise<string> {
  const url = new URL("./tunnel_fuzz_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        resolve(event.message);
      };
      worker.postMessage(task);
    });
  } finally {
    worker.terminate();
  }
}
