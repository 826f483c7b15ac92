/**
 * Is each Janus there, does it take our secret, and nobody without one.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import { GatewayError } from "../../errors.ts";
import { isExposed, isRemote } from "../../gateway/exposure.ts";
import { JanusClient } from "../../janus/client.ts";
import { JANUS_ERROR } from "../../janus/message.ts";
import { isOld, OLD_JANUS, versionIn } from "../../janus/version.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** A Janus that runs already, and what is wanted of it. */
interface JanusPlace {
  /** Its key. */
  readonly about: string;
  readonly url: string;
  readonly apiSecretFile: string | undefined;
  readonly plugins: ReadonlySet<string>;
}

/** Looks at all Januses that the configuration names. */
export async function janusFindings(config: Config): Promise<Finding[]> {
  const places = [...upstreams(config), ...devices(config)];
  return (await Promise.all(places.map(checkJanus))).flat();
}

function upstreams({ upstreams, cameras }: Config): JanusPlace[] {
  return upstreams.map(({ name, ...rest }) => ({
    ...rest,
    about: `upstreams.${name}`,
    plugins: new Set(
      cameras.filter(({ upstream }) => upstream === name)
        .map(({ plugin }) => plugin),
    ),
  }));
}

function devices({ devices }: Config): JanusPlace[] {
  return devices.flatMap((device) =>
    device.kind === "janus"
      ? [{
        about: `devices.${device.name}`,
        url: device.url,
        apiSecretFile: device.apiSecretFile,
        plugins: new Set(device.cameras.map(({ plugin }) => plugin)),
      }]
      : []
  );
}

async function checkJanus(place: JanusPlace): Promise<Finding[]> {
  const { about, url, apiSecretFile } = place;
  let apiSecret: string | undefined;
  try {
    apiSecret = apiSecretFile &&
      (await Deno.readTextFile(apiSecretFile)).trim();
  } catch (error) {
    const text = `api_secret_file cannot be read: ${(error as Error).name}`;
    return [fail(about, { text, remedy: `look at ${apiSecretFile}` })];
  }
  try {
    await using client = await JanusClient.connect(url, { apiSecret });
    const own = await checkSession(client, place);
    return [
      await checkVersion(client, place),
      ...own,
      ...await checkStrangers(place),
    ];
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const text = `${url} does not answer as a Janus: ${error.code}`;
    const remedy = "start it, with ws = true in " +
      "janus.transport.websockets.jcfg, on that address and port";
    return [fail(about, { text, remedy })];
  }
}

async function checkVersion(
  client: JanusClient,
  { about, url }: JanusPlace,
): Promise<Finding> {
  const info = await client.info();
  const { name = "a Janus" } = info;
  const version = versionIn(info);
  const shown = `${url}: ${name} ${version ?? ""}`.trim();
  if (version === undefined || !isOld(version)) return ok(about, shown);
  const remedy = "update Janus; nalgate bounds what viewers send it meanwhile";
  return warn(about, { text: `${shown} is ${OLD_JANUS}`, remedy });
}

/** Does what the gateway will do. */
async function checkSession(
  client: JanusClient,
  { about, apiSecretFile, plugins }: JanusPlace,
): Promise<Finding[]> {
  try {
    const session = await client.create();
    const findings: Finding[] = [];
    for (const plugin of plugins) {
      const reply = await session.ask({ janus: "attach", plugin });
      if (reply.error === undefined) continue;
      const text = `has no ${plugin}`;
      const remedy =
        "make -C plugin-c install, or µStreamer's own; see its log";
      findings.push(fail(about, { text, remedy }));
    }
    session.destroy();
    return findings;
  } catch (error) {
    const isSecret = error instanceof GatewayError &&
      error.context.janusError === JANUS_ERROR.unauthorized;
    if (!isSecret) throw error;
    const text = apiSecretFile === undefined
      ? "wants an api_secret"
      : "refuses the secret of api_secret_file";
    const remedy = "put api_secret of its janus.jcfg into api_secret_file";
    return [fail(about, { text, remedy })];
  }
}

/** Whether it serves whoever comes along, and who can come along. */
async function checkStrangers(
  { about, url }: JanusPlace,
): Promise<Finding[]> {
  const others = isRemote(url) ? [] : await alsoAt(url);
  const where = isRemote(url) ? [new URL(url).host] : others;
  const isOpen = await takesStrangers(url);
  const secret = "set api_secret in janus.jcfg, and api_secret_file here";
  if (isOpen && where.length > 0) {
    const text = `whoever reaches ${where[0]} sees all cameras: no api_secret`;
    return [fail(about, { text, remedy: secret })];
  }
  if (isOpen) {
    const text = "every program on this machine may use it: no api_secret";
    return [warn(about, { text, remedy: secret })];
  }
  if (others.length > 0) {
    const text = `listens on ${others.join(", ")} too`;
    const remedy = 'set ws_ip = "127.0.0.1" in janus.transport.websockets.jcfg';
    return [warn(about, { text, remedy })];
  }
  return [];
}

async function takesStrangers(url: string): Promise<boolean> {
  await using client = await JanusClient.connect(url);
  return await client.create().then(() => true, () => false);
}

/** Addresses by which others reach a Janus that we reach by loopback. */
async function alsoAt(url: string): Promise<string[]> {
  const { port } = new URL(url);
  const addresses = Deno.networkInterfaces()
    .filter(({ family, address }) =>
      family === "IPv4" && isExposed({ hostname: address, port: 0 })
    );
  const found = await Promise.all(
    addresses.map(async ({ address }) => {
      const at = `ws://${address}:${port}/`;
      try {
        await using _client = await JanusClient.connect(at);
        return [address];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}
