/**
 * An upstream, a tunnel in front of it, and one client attached.
 *
 * @module
 */

import { USTREAMER_PLUGIN } from "../../src/janus/message.ts";
import { JanusServer } from "./janus_server.ts";
import {
  TestClient,
  TunnelServer,
  type TunnelServerOptions,
} from "./tunnel.ts";

/** Everything that a test of the tunnel needs. */
export interface TunnelScene extends AsyncDisposable {
  readonly janus: JanusServer;
  readonly server: TunnelServer;
  /** Attached to the plugin. */
  readonly client: TestClient;
  /** One more client, connected only. */
  connect(options?: { autoPong?: boolean }): Promise<TestClient>;
}

/** Sets the scene; the upstream wants a secret, the camera's id is `front`. */
export async function tunnelScene(
  options: Partial<TunnelServerOptions> = {},
): Promise<TunnelScene> {
  const stack = new AsyncDisposableStack();
  const apiSecret = "s3cret";
  const janus = stack.use(await JanusServer.start({ apiSecret }));
  const server = stack.use(
    await TunnelServer.start({
      url: janus.url,
      apiSecret,
      id: "front",
      ...options,
    }),
  );
  const connect = async (options = {}) =>
    stack.use(await TestClient.connect(server.url, options));
  const client = await (await connect()).open(USTREAMER_PLUGIN);
  return {
    janus,
    server,
    connect,
    client,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
