/**
 * A nalgate, and another that has it as its device `garage`.
 *
 * @module
 */

import type { Config, DeviceConfig, Name } from "../../src/config/config.ts";
import type { Grant } from "../../src/config/grant.ts";
import { Machines } from "../../src/gateway/auth/machine.ts";
import { view } from "./gateway.ts";
import type { JanusServerOptions } from "./janus_server.ts";
import { RecordingProxy } from "./recording_proxy.ts";
import { RunningGateway } from "./running_gateway.ts";

/** What a hub's list says, as far as tests look. */
export interface HubList {
  readonly cameras: readonly {
    readonly name: string;
    readonly device?: string;
    readonly path: string;
    readonly state: string;
  }[];
  readonly devices: readonly {
    readonly name: string;
    readonly title: string;
    readonly state: string;
    readonly detail?: string;
    readonly since: number;
  }[];
}

/** Both, with a cable between them. */
export class HubScene implements AsyncDisposable {
  private constructor(
    readonly hub: RunningGateway,
    readonly device: RunningGateway,
    readonly cable: RecordingProxy,
    /** The hub's token at the device. */
    readonly token: { readonly text: string; readonly id: string },
    private readonly around: AsyncDisposableStack,
  ) {}

  static async start(
    { users = { ann: view("**") }, device = {}, devices = [], janus = {} }: {
      users?: Readonly<Record<string, readonly Grant[]>>;
      /** Of the device. */
      device?: Partial<Config>;
      /** Behind the device. */
      janus?: JanusServerOptions;
      /** Further ones of the hub. */
      devices?: readonly DeviceConfig[];
    } = {},
  ): Promise<HubScene> {
    await using around = new AsyncDisposableStack();
    const inner = around.use(
      await RunningGateway.start({
        cameras: ["front", "shelf"],
        config: device,
        janus,
      }),
    );
    const { text, id } = await hubToken(inner);
    const cable = around.use(
      await RecordingProxy.to(inner.gateway.address.port),
    );
    const tokenFile = `${inner.stateDir}/hub.token`;
    await Deno.writeTextFile(tokenFile, `${text}\n`);
    const hub = around.use(
      await RunningGateway.start({
        cameras: ["front"],
        users,
        config: {
          devices: [nalgateAt(cable.url, { tokenFile }), ...devices],
        },
      }),
    );
    return new HubScene(hub, inner, cable, { text, id }, around.move());
  }

  /** What a user's list says. */
  async list(headers: Record<string, string>): Promise<HubList> {
    const { text } = await this.hub.request("api/cameras", { headers });
    return JSON.parse(text);
  }

  /** Waits until the device is in some state. */
  async becomes(
    state: string,
    headers: Record<string, string>,
    device = "garage",
  ): Promise<HubList> {
    for (let round = 0; round < 400; round++) {
      const list = await this.list(headers);
      const found = list.devices.find(({ name }) => name === device);
      if (found?.state === state) return list;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${device} never is ${state}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.around[Symbol.asyncDispose]();
  }
}

/** The token of a machine that speaks for users of its own. */
export async function hubToken(
  { stateDir, gateway }: RunningGateway,
): Promise<{ text: string; id: string }> {
  const machines = await Machines.open({ stateDir, now: Date.now });
  const { token, record } = await machines.issue({
    name: "hub",
    grants: view("**"),
    speaksForUsers: true,
  });
  await gateway.auth.review();
  return { text: token, id: record.id };
}

/** A device that is a nalgate. */
export function nalgateAt(
  url: string,
  { name = "garage", tokenFile }: { name?: string; tokenFile: string },
): DeviceConfig {
  return {
    kind: "nalgate",
    name: name as Name,
    title: `The ${name}`,
    url,
    tokenFile,
  };
}
