/**
 * The Worker of the signalling half: wires the server to the media half.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import type { ToMedia, ToSignalling } from "../channel/messages.ts";
import { Signalling } from "./signalling.ts";

const post = (message: ToMedia) => self.postMessage(message);
let signalling: Signalling | undefined;

self.onmessage = ({ data }: MessageEvent<ToSignalling>) => {
  if (data.kind !== "start") return signalling?.receive(data);
  const nowMs = () => performance.now();
  signalling = new Signalling({ ...data, post, nowMs });
  signalling.listen().then(
    (port) => post({ kind: "listening", port }),
    (error: { code?: string; message: string }) =>
      post({ kind: "failed", code: error.code, reason: error.message }),
  );
};
