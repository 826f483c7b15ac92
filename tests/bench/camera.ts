/**
 * A process that is a camera: plays the clip again and again, each access
 * unit stamped with the time at which it is handed over.
 *
 *     camera.ts <clip> sink <name>    into a memory sink
 *     camera.ts <clip> rtp <port>     as RTP to a port of 127.0.0.1
 *
 * Ends with its standard input.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Packetizer } from "../../src/engine/h264/packetizer.ts";
import { monotonicSeconds } from "../../src/engine/memsink/libc.ts";
import { MemsinkWriter } from "../../src/engine/memsink/writer.ts";
import { PACKET_SIZE_DEFAULT } from "../../src/limits.ts";
import { rtpTimestamp } from "../../src/engine/media/clock.ts";
import { CLIP, readClip } from "./clip.ts";
import { StampedAccessUnit } from "./stamp.ts";
import { loopbackSender } from "./udp.ts";

/** A picture of the clip. */
interface Picture {
  readonly stamped: StampedAccessUnit;
  readonly keyFrame: boolean;
}

/** Where pictures go. */
interface Output extends Disposable {
  readonly keyFrameRequested: boolean;
  write(picture: Picture): Promise<void> | void;
}

function sinkOutput(name: string): Output {
  const writer = new MemsinkWriter(name);
  const { width, height } = CLIP;
  return {
    get keyFrameRequested() {
      return writer.keyFrameRequested;
    },
    async write({ stamped, keyFrame }) {
      const grabSeconds = monotonicSeconds();
      stamped.stamp(grabSeconds * 1e6);
      const { bytes } = stamped;
      await writer.write({ bytes, keyFrame, width, height, grabSeconds });
    },
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}

async function rtpOutput(port: number): Promise<Output> {
  const send = loopbackSender(port);
  const packetizer = await Packetizer.create({
    packetSizeMax: PACKET_SIZE_DEFAULT,
  });
  return {
    keyFrameRequested: false,
    write({ stamped }) {
      const grabSeconds = monotonicSeconds();
      stamped.stamp(grabSeconds * 1e6);
      packetizer.frame.set(stamped.bytes);
      packetizer.begin(stamped.bytes.length, rtpTimestamp(grabSeconds));
      let packet: Uint8Array | undefined;
      while ((packet = packetizer.next()) !== undefined) {
        send(packet as Uint8Array<ArrayBuffer>);
      }
    },
    [Symbol.dispose]() {},
  };
}

async function play(
  pictures: readonly Picture[],
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<void> {
  let dueSeconds = monotonicSeconds();
  for (let index = 0; !signal.aborted; index++) {
    if (output.keyFrameRequested) {
      while (!pictures[index % pictures.length]?.keyFrame) index++;
    }
    const picture = pictures[index % pictures.length];
    if (picture === undefined) return;
    await output.write(picture);
    dueSeconds += 1 / CLIP.fps;
    await delay(Math.max(0, (dueSeconds - monotonicSeconds()) * 1000));
  }
}

if (import.meta.main) {
  const [clip = "", kind = "", target = ""] = Deno.args;
  const pictures = (await readClip(clip)).map(({ bytes, keyFrame }) => ({
    stamped: new StampedAccessUnit(bytes),
    keyFrame,
  }));
  using output = kind === "sink"
    ? sinkOutput(target)
    : await rtpOutput(Number(target));
  const ended = new AbortController();
  const end = () => ended.abort();
  Deno.stdin.readable.pipeTo(new WritableStream()).then(end, end);
  await play(pictures, { output, signal: ended.signal });
}
