/**
 * The engine's process: media in this thread, signalling in a Worker, so
 * that pictures keep their rhythm while signalling is busy.
 *
 * @module
 */

import type { CameraConfig } from "../config/config.ts";
import type {
  EngineHandover,
  EngineOrder,
  EngineReady,
} from "../config/handover.ts";
import type { Logger } from "../log.ts";
import type { ToMedia, ToSignalling } from "./channel/messages.ts";
import { CameraStream } from "./media/camera_stream.ts";
import { Media } from "./media/media.ts";

/** What the process gives. */
export interface EngineOptions {
  readonly ended: AbortSignal;
  readonly ready: (answer: EngineReady) => void;
  readonly onOrder: (take: (order: EngineOrder) => void) => void;
  readonly log: Logger;
}

/** Serves until `ended`; rejects when it cannot serve. */
export async function runEngine(
  { cameras, engine, port, apiSecret }: EngineHandover,
  { ended, ready, onOrder, log }: EngineOptions,
): Promise<void> {
  let streams = await openStreams(cameras, { before: [], log });
  const worker = new Worker(
    import.meta.resolve("./signalling/worker.ts"),
    { type: "module", name: "signalling" },
  );
  const post = (message: ToSignalling) => worker.postMessage(message);
  try {
    using media = await Media.create({ streams, engine, post, log });
    const finished = Promise.withResolvers<void>();
    ended.addEventListener("abort", () => finished.resolve());
    let obeyed = Promise.resolve();
    onOrder(({ cameras, logLevel }) => {
      log.setLevel(logLevel);
      obeyed = obeyed.then(async () => {
        streams = await openStreams(cameras, { before: streams, log });
        media.replaceStreams(streams);
      }).catch(finished.reject);
    });
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

/** A stream for each camera; those that are as before stay the same. */
function openStreams(
  cameras: readonly CameraConfig[],
  { before, log }: { before: readonly CameraStream[]; log: Logger },
): Promise<readonly CameraStream[]> {
  return Promise.all(
    cameras.map((camera) =>
      before.find((stream) => stream.is(camera)) ??
        CameraStream.open(camera, log)
    ),
  );
}
