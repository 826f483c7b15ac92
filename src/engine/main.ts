/**
 * The engine's process: media in this thread, signalling in a Worker, so
 * that pictures keep their rhythm while signalling is busy.
 *
 * @module
 */

import type { EngineHandover, EngineReady } from "../config/handover.ts";
import type { Logger } from "../log.ts";
import type { ToMedia, ToSignalling } from "./channel/messages.ts";
import { CameraStream } from "./media/camera_stream.ts";
import { Media } from "./media/media.ts";

/** What the process gives. */
export interface EngineOptions {
  readonly ended: AbortSignal;
  readonly ready: (answer: EngineReady) => void;
  readonly log: Logger;
}

/** Serves until `ended`; rejects when it cannot serve. */
export async function runEngine(
  { cameras, engine, port, apiSecret }: EngineHandover,
  { ended, ready, log }: EngineOptions,
): Promise<void> {
  const streams = await Promise.all(
    cameras.map((camera) => CameraStream.open(camera, log)),
  );
  const worker = new Worker(
    import.meta.resolve("./signalling/worker.ts"),
    { type: "module", name: "signalling" },
  );
  const post = (message: ToSignalling) => worker.postMessage(message);
  try {
    using media = await Media.create({ streams, engine, post, log });
    const finished = Promise.withResolvers<void>();
    ended.addEventListener("abort", () => finished.resolve());
    worker.onerror = ({ message }) => finished.reject(new Error(message));
    worker.onmessage = ({ data }: MessageEvent<ToMedia>) => {
      if (data.kind === "listening") {
        ready({ url: `ws://127.0.0.1:${data.port}/` });
      } else if (data.kind === "failed") {
        finished.reject(
          Object.assign(new Error(data.reason), { code: data.code }),
        );
      } else media.receive(data);
    };
    const iceUrl = engine.iceServers.find(({ url }) => url.startsWith("stun:"));
    post({ kind: "start", port, apiSecret, iceUrl: iceUrl?.url ?? "" });
    if (!ended.aborted) await finished.promise;
  } finally {
    worker.terminate();
  }
}
