/**
 * Real WebRTC receivers at a Janus API endpoint. The peers live in a process
 * of their own (`peers_child.ts`); the Janus API is spoken here.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import type { RtcConfig } from "node-datachannel";
import { JanusClient } from "../../src/janus/client.ts";
import type { JanusResponse, Jsep } from "../../src/janus/message.ts";
import type { JanusHandle, JanusSession } from "../../src/janus/session.ts";
import { Depacketizer, type ReceivedAccessUnit } from "./depacketizer.ts";
import type { Answer, Call, Happening, Task } from "./peers_child.ts";

const WAIT_MS = 30_000;
const CHILD = fromFileUrl(new URL("./peers_child.ts", import.meta.url));

/** How a viewer is to be. */
export interface TestViewerOptions {
  readonly plugin?: string;
  readonly rtc?: Partial<RtcConfig>;
  /** Changes the candidates that the other end trickles; none: dropped. */
  readonly route?: (candidate: string) => string | undefined;
}

/** A Janus client and a process of peers. */
export class Viewers implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: Promise<void>;
  readonly #calls = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #viewers = new Map<number, TestViewer>();
  #count = 0;

  /** Connects as the gateway does. */
  static async at(
    { url, apiSecret }: { readonly url: string; readonly apiSecret?: string },
  ): Promise<Viewers> {
    return new Viewers(await JanusClient.connect(url, { apiSecret }));
  }

  private constructor(readonly client: JanusClient) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-P=test", "--no-prompt", CHILD],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#listen();
  }

  /** A session with a handle, and no media yet. */
  async attach(options: TestViewerOptions = {}): Promise<TestViewer> {
    const peer = ++this.#count;
    const act = (task: Task) => this.#act(peer, task);
    const viewer = await TestViewer.attach(this.client, { act, options });
    this.#viewers.set(peer, viewer);
    return viewer;
  }

  /** Attaches and watches. */
  async watch(
    body: Readonly<Record<string, unknown>> = {},
    options: TestViewerOptions = {},
  ): Promise<TestViewer> {
    const viewer = await this.attach(options);
    await viewer.watch(body);
    return viewer;
  }

  /** Ends all peers as a crash does: nobody is told. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.#input.close().catch(() => {});
    await this.#process.status;
    await this.#output;
  }

  async #act(peer: number, task: Task): Promise<string> {
    const call = ++this.#count;
    const answered = Promise.withResolvers<Answer>();
    this.#calls.set(call, answered);
    const line: Call = { ...task, call, peer };
    const bytes = new TextEncoder().encode(JSON.stringify(line) + "\n");
    this.#input.write(bytes).catch(answered.reject);
    const { error, sdp = "" } = await answered.promise;
    if (error !== undefined) throw new Error(error);
    return sdp;
  }

  async #listen(): Promise<void> {
    let rest = "";
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line));
    }
    for (const { reject } of this.#calls.values()) {
      reject(new Error("the process of peers has ended"));
    }
  }

  #take(line: Answer | Happening): void {
    if ("peer" in line) return this.#viewers.get(line.peer)?.happened(line);
    this.#calls.get(line.call)?.resolve(line);
    this.#calls.delete(line.call);
  }
}

/** A handle and, from `watch` on, a peer connection. */
export class TestViewer {
  /** RTP packets in the order in which they came. */
  readonly packets: Uint8Array[] = [];
  /** When each of them came, on the peers' clock. */
  readonly arrivedMs: number[] = [];
  /** RTCP packets, such as sender reports. */
  readonly reports: Uint8Array[] = [];
  /** What the handle was told without having asked. */
  readonly events: JanusResponse[] = [];
  /** What the peer connection went through, data channels included. */
  readonly states: string[] = [];
  session!: JanusSession;
  handle!: JanusHandle;
  readonly #act: (task: Task) => Promise<string>;
  readonly #options: TestViewerOptions;
  #hasRemote = false;
  #early: Task[] = [];

  static async attach(
    client: JanusClient,
    { act, options }: {
      act: (task: Task) => Promise<string>;
      options: TestViewerOptions;
    },
  ): Promise<TestViewer> {
    const viewer = new TestViewer(act, options);
    viewer.session = await client.create({
      onEvent: (event) => viewer.#event(event),
    });
    const { plugin = "janus.plugin.ustreamer" } = options;
    viewer.handle = await viewer.session.attach(plugin);
    return viewer;
  }

  private constructor(
    act: (task: Task) => Promise<string>,
    options: TestViewerOptions,
  ) {
    this.#act = act;
    this.#options = options;
  }

  /** Asks for an offer and answers it; `edit` changes the answer. */
  async watch(
    body: Readonly<Record<string, unknown>> = {},
    edit: (sdp: string) => string = (sdp) => sdp,
  ): Promise<JanusResponse> {
    const offered = await this.ask({ request: "watch", ...body });
    if (offered.jsep === undefined) throw new Error(JSON.stringify(offered));
    const { type, sdp } = await this.answer(offered.jsep.sdp);
    return await this.ask({ request: "start" }, { type, sdp: edit(sdp) });
  }

  /** The answer to an offer, with all candidates. */
  async answer(offer: string): Promise<Jsep> {
    await this.open();
    await this.remote("offer", offer);
    return { type: "answer", sdp: await this.local("answer") };
  }

  /** A fresh peer connection instead of the one before. */
  async open(): Promise<void> {
    await this.close();
    this.packets.length = this.arrivedMs.length = this.states.length = 0;
    this.#hasRemote = false;
    await this.#act({ do: "open", rtc: this.#options.rtc ?? {} });
  }

  /** Adds a section that receives, to be offered. */
  async receive(
    { kind = "video", mid, payloadType, profile = "42e01f" }: {
      kind?: "video" | "audio";
      mid: string;
      payloadType: number;
      profile?: string;
    },
  ): Promise<void> {
    await this.#act({ do: "receive", kind, mid, payloadType, profile });
  }

  /** Adds a data channel, to be offered. */
  async data(): Promise<void> {
    await this.#act({ do: "data" });
  }

  /** Its own SDP, with all candidates. */
  local(type: "offer" | "answer"): Promise<string> {
    return this.#act({ do: "local", type });
  }

  /** Takes the other end's SDP. */
  async remote(type: "offer" | "answer", sdp: string): Promise<void> {
    await this.#act({ do: "remote", type, sdp });
    this.#hasRemote = true;
    for (const task of this.#early) await this.#act(task);
    this.#early = [];
  }

  /** Takes a candidate of the other end. */
  async candidate(line: string): Promise<void> {
    await this.#act({ do: "candidate", line, mid: "video" });
  }

  /** Sends a message to the plugin and waits for its event. */
  ask(body: unknown, jsep?: Jsep): Promise<JanusResponse> {
    return this.handle.message(body, jsep);
  }

  /** Waits until so many packets have come. */
  async received(count: number): Promise<void> {
    await until(
      () => this.packets.length >= count,
      () =>
        `${this.packets.length} of ${count} packets, ` +
        JSON.stringify(this.events),
    );
  }

  /** Waits for an event of this name. */
  async event(janus: string): Promise<JanusResponse> {
    const find = () => this.events.find((event) => event.janus === janus);
    await until(
      () => find() !== undefined,
      () => `no ${janus}: ${JSON.stringify(this.events)}`,
    );
    return find()!;
  }

  /** What came until now as access units; throws if it is not well-formed. */
  accessUnits(): ReceivedAccessUnit[] {
    const depacketizer = new Depacketizer();
    return this.packets.flatMap((packet) => depacketizer.add(packet) ?? []);
  }

  /** Asks for a key frame on the media path (RFC 4585 section 6.3.1). */
  async sendPli(): Promise<void> {
    await this.sendRtcp([0x81, 206, 0, 2, 0, 0, 0, 1, ...this.#ssrc()]);
  }

  /** The older way to ask (RFC 5104 section 4.3.1). */
  async sendFir(number: number): Promise<void> {
    await this.sendRtcp([
      ...[0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0],
      ...this.#ssrc(),
      ...[number, 0, 0, 0],
    ]);
  }

  /** Asks for lost packets (RFC 4585 section 6.2.1). */
  async sendNack(sequenceNumbers: readonly number[]): Promise<void> {
    const items = sequenceNumbers.flatMap((number) => [
      ...[number >> 8, number & 0xff, 0, 0],
    ]);
    const words = 2 + sequenceNumbers.length;
    await this.sendRtcp([
      ...[0x81, 205, words >> 8, words & 0xff, 0, 0, 0, 1],
      ...this.#ssrc(),
      ...items,
    ]);
  }

  /** Sends RTCP on the media path. */
  async sendRtcp(bytes: readonly number[]): Promise<void> {
    await this.#act({ do: "send", hex: Uint8Array.from(bytes).toHex() });
  }

  /** Closes the peer connection; the other end learns it by DTLS. */
  async close(): Promise<void> {
    await this.#act({ do: "close" });
  }

  /** Takes what the process of peers tells. */
  happened(happening: Happening): void {
    if ("state" in happening) return void this.states.push(happening.state);
    if ("channel" in happening) return void this.states.push("data channel");
    const packet = Uint8Array.fromBase64(happening.packet);
    const type = (packet[1] ?? 0) & 0x7f;
    // RTCP shares the port (RFC 5761 section 4).
    if (type >= 64 && type < 96) return void this.reports.push(packet);
    this.packets.push(packet);
    this.arrivedMs.push(happening.ms);
  }

  #ssrc(): Uint8Array {
    return this.packets[0]?.subarray(8, 12) ?? new Uint8Array(4);
  }

  #event(event: JanusResponse): void {
    this.events.push(event);
    const { candidate, sdpMid } = (event.candidate ?? {}) as {
      candidate?: string;
      sdpMid?: string;
    };
    if (event.janus !== "trickle" || !candidate) return;
    const { route = (line) => line } = this.#options;
    const line = route(candidate);
    if (line === undefined) return;
    const task: Task = { do: "candidate", line, mid: sdpMid ?? "" };
    if (this.#hasRemote) this.#act(task).catch(() => {});
    else this.#early.push(task);
  }
}

/** Waits for something that a real process does. */
export async function until(
  condition: () => boolean,
  otherwise: () => string,
  waitMs = WAIT_MS,
): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
