/** The engine against Janus with its own streaming plugin. */

import { compareWithStreaming } from "./compare.ts";
import { startEngine } from "./servers.ts";

/** Measures and prints. */
export function benchEngine(): Promise<void> {
  return compareWithStreaming({
    name: "engine",
    start: startEngine,
    viewers: [1, 5, 20],
    seconds: 10,
  });
}
