import { supervised } from "../config/supervised.ts";
import { type Command, EXIT } from "./command.ts";

/** Which clip to play where. */
export interface DemoFeedHandover {
  readonly clip: string;
  readonly sink: string;
}

/** The clips' own rate. */
const FPS = 30;

/** `nalgate demo-feed`: one camera of the demo. */
export const demoFeedCommand: Command = {
  summary: "a camera of the demo (nalgate demo starts it)",
  help: `Usage: nalgate demo-feed < HANDOVER

Plays a clip into a memory sink for nalgate demo, and ends with it. To play a
file of your own, use nalgate feed.

Example:
  nalgate demo
`,
  run: async () => {
    const { handover, ended, ready } = await supervised<DemoFeedHandover>();
    const { feed } = await import("./feed_player.ts");
    const { clip: path, sink } = handover;
    let isReady = false;
    await feed({
      path,
      sink,
      fps: FPS,
      loop: true,
      signal: ended,
      onFrame: () => {
        if (!isReady) ready({ sink });
        isReady = true;
      },
    });
    return EXIT.ok;
  },
};
