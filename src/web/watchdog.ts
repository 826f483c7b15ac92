/** Notices a stream that is up and yet shows nothing new. */

import {
  SAMPLE_GAP_MAX_MS,
  SILENT_RECONNECT_MS,
  SILENT_STALLED_MS,
  UNDECODED_ASK_MS,
  UNDECODED_RECONNECT_MS,
} from "./bounds.ts";

/** Counters of the video that arrives, and when they were read. */
export interface Sample {
  readonly nowMs: number;
  readonly packets: number;
  readonly frames: number;
}

/** What to do about it. */
export type Verdict = "flowing" | "stalled" | "ask_key_frame" | "reconnect";

/** Judges one stream, a sample at a time. */
export class Watchdog {
  #last: Sample | undefined;
  #packetMs = 0;
  #frameMs = 0;
  #hasAsked = false;

  judge(sample: Sample): Verdict {
    const last = this.#last;
    this.#last = sample;
    const { nowMs, packets, frames } = sample;
    // After sleep all clocks look late; count anew.
    const isFresh = last === undefined ||
      nowMs - last.nowMs > SAMPLE_GAP_MAX_MS;
    if (isFresh || packets > last.packets) this.#packetMs = nowMs;
    if (isFresh || frames > last.frames) {
      this.#frameMs = nowMs;
      this.#hasAsked = false;
      return "flowing";
    }
    const silentMs = nowMs - this.#packetMs;
    const undecodedMs = nowMs - this.#frameMs;
    if (silentMs >= SILENT_RECONNECT_MS) return "reconnect";
    if (silentMs >= SILENT_STALLED_MS) return "stalled";
    if (undecodedMs >= UNDECODED_RECONNECT_MS) return "reconnect";
    if (undecodedMs < UNDECODED_ASK_MS) return "flowing";
    if (this.#hasAsked) return "stalled";
    this.#hasAsked = true;
    return "ask_key_frame";
  }
}
