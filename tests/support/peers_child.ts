/**
 * WebRTC peers for tests, in a process of their own: node-datachannel keeps
 * static state, so a process may load it in one isolate only, and each test
 * file is another. Reads `Call`s from standard input, line by line, answers
 * with `Answer`s and tells `Happening`s.
 *
 * @module
 */

import nodeDatachannel, {
  type DescriptionType,
  type PeerConnection,
  type RtcConfig,
  type Track,
} from "node-datachannel";
import { Buffer } from "node:buffer";

/** What a peer is to do. */
export type Task =
  | { readonly do: "open"; readonly rtc: Partial<RtcConfig> }
  | {
    readonly do: "receive";
    readonly kind: "video" | "audio";
    readonly mid: string;
    readonly payloadType: number;
    /** Of H.264. */
    readonly profile: string;
  }
  | { readonly do: "data" }
  | {
    readonly do: "remote";
    readonly type: "offer" | "answer";
    readonly sdp: string;
  }
  /** Answered with the SDP, all candidates included. */
  | { readonly do: "local"; readonly type: "offer" | "answer" }
  | { readonly do: "candidate"; readonly line: string; readonly mid: string }
  | { readonly do: "send"; readonly hex: string }
  | { readonly do: "close" };

/** A task, with a number for its answer. */
export type Call = Task & { readonly call: number; readonly peer: number };

/** The answer to a call. */
export interface Answer {
  readonly call: number;
  readonly sdp?: string;
  readonly error?: string;
}

/** What happens to a peer. */
export type Happening =
  | { readonly peer: number; readonly packet: string; readonly ms: number }
  | { readonly peer: number; readonly state: string }
  | { readonly peer: number; readonly channel: "open" };

const DEFAULTS: RtcConfig = {
  iceServers: [],
  bindAddress: "127.0.0.1",
  disableAutoNegotiation: true,
};

class Peer {
  readonly #peer: PeerConnection;
  /** Kept: what nobody holds is collected, and its callbacks with it. */
  readonly #held: unknown[] = [];
  #video: Track | undefined;

  constructor(id: number, rtc: Partial<RtcConfig>) {
    const config = { ...DEFAULTS, ...rtc };
    this.#peer = new nodeDatachannel.PeerConnection("test", config);
    this.#peer.onTrack((track) => this.#take(id, track));
    this.#peer.onStateChange((state) => say({ peer: id, state }));
  }

  act(id: number, task: Task): Promise<string> | void {
    switch (task.do) {
      case "receive":
        return this.#receive(id, task);
      case "data": {
        const channel = this.#peer.createDataChannel("data");
        channel.onOpen(() => say({ peer: id, channel: "open" }));
        return void this.#held.push(channel);
      }
      case "remote":
        return this.#peer.setRemoteDescription(
          task.sdp,
          task.type as DescriptionType,
        );
      case "local":
        return this.#local(task.type);
      case "candidate":
        return this.#peer.addRemoteCandidate(task.line, task.mid);
      case "send":
        return void this.#video?.sendMessageBinary(
          Buffer.from(task.hex, "hex"),
        );
      case "close":
        this.#video?.close();
        return this.#peer.close();
    }
  }

  #receive(id: number, task: Extract<Task, { do: "receive" }>): void {
    const { kind, mid, payloadType, profile } = task;
    if (kind === "audio") {
      const audio = new nodeDatachannel.Audio(mid, "RecvOnly");
      audio.addOpusCodec(payloadType);
      this.#held.push(this.#peer.addTrack(audio));
      return;
    }
    const video = new nodeDatachannel.Video(mid, "RecvOnly");
    video.addH264Codec(
      payloadType,
      "level-asymmetry-allowed=1;packetization-mode=1;" +
        `profile-level-id=${profile}`,
    );
    this.#take(id, this.#peer.addTrack(video));
  }

  #take(id: number, track: Track): void {
    this.#video = track;
    track.onMessage((packet) =>
      say({
        peer: id,
        packet: packet.toString("base64"),
        ms: performance.now(),
      })
    );
  }

  async #local(type: "offer" | "answer"): Promise<string> {
    this.#peer.setLocalDescription(type as DescriptionType);
    while (this.#peer.gatheringState() !== "complete") {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.#peer.localDescription()?.sdp ?? "";
  }
}

const encoder = new TextEncoder();

function say(line: Answer | Happening): void {
  const bytes = encoder.encode(JSON.stringify(line) + "\n");
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

/** Closed ones too: `cleanup()` closes tracks that have been collected. */
const peers = new Map<number, Peer>();

async function run(call: Call): Promise<void> {
  const { call: number, peer: id } = call;
  try {
    if (call.do === "open") {
      peers.set(id, new Peer(id, call.rtc));
      return say({ call: number });
    }
    const sdp = await peers.get(id)?.act(id, call);
    say({ call: number, ...(typeof sdp === "string" && { sdp }) });
  } catch (error) {
    say({ call: number, error: String(error) });
  }
}

if (import.meta.main) {
  let rest = "";
  const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) run(JSON.parse(line));
  }
  nodeDatachannel.cleanup();
  Deno.exit(0);
}
