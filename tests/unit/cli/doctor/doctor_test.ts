/** The whole doctor, at a real Janus, a real coturn and real sinks. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { main } from "../../../../src/main.ts";
import {
  type ClipUnit,
  makeClip,
  TestCamera,
} from "../../../support/camera.ts";
import { testContext } from "../../../support/context.ts";
import { Coturn } from "../../../support/coturn.ts";
import { addUser } from "../../../support/gateway.ts";
import { DebianJanus } from "../../../support/janus_debian.ts";
import { hubToken } from "../../../support/hub.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { freePort, nalgateArgs, Workplace } from "../../../support/nalgate.ts";
import { TestProcess } from "../../../support/process.ts";
import { RunningGateway } from "../../../support/running_gateway.ts";
import { sinkName } from "../../../support/sink.ts";

/** What coturn's documentation asks for. */
const HARDENED = [
  "no-multicast-peers",
  "denied-peer-ip=0.0.0.0-0.255.255.255",
  "denied-peer-ip=10.0.0.0-10.255.255.255",
  "denied-peer-ip=169.254.0.0-169.254.255.255",
  "denied-peer-ip=172.16.0.0-172.31.255.255",
  "denied-peer-ip=192.168.0.0-192.168.255.255",
];

/** Runs it as its task does; all findings that are not ok, and the code. */
async function doctor(place: Workplace, yaml: string) {
  const file = await place.configure(yaml);
  const [run = "", ...rest] = nalgateArgs("doctor", "--json", "--config", file);
  await using process = new TestProcess({
    args: [run, "--allow-ffi", ...rest],
  });
  const { code } = await process.exit();
  assertEquals(process.stderr, "");
  const findings: readonly Finding[] = JSON.parse(process.stdout);
  return { code, findings, text: process.stdout };
}

/** Whether this machine has another address than loopback. */
function hasOwnAddress(): boolean {
  return Deno.networkInterfaces().some(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
}

function bad(findings: readonly Finding[]): string[] {
  return findings.filter(({ verdict }) => verdict !== "ok")
    .map(({ verdict, about, text }) => `${verdict} ${about}: ${text}`);
}

Deno.test("nalgate doctor finds nothing wrong where nothing is", async () => {
  await using place = await Workplace.create();
  await using coturn = await Coturn.start({ lines: HARDENED });
  const apiSecret = crypto.randomUUID();
  await using janus = await JanusServer.start({ apiSecret });
  const sink = sinkName();
  const clip: readonly ClipUnit[] = await makeClip({
    size: "320x240",
    frames: 30,
    gop: 15,
  });
  await using _camera = new TestCamera(sink, clip, { layout: "10", fps: 15 });
  await Deno.mkdir(`${place.folder}/state`, { mode: 0o700 });
  await addUser(`${place.folder}/state`, { name: "ann" });
  await Deno.writeTextFile(`${place.folder}/api`, `${apiSecret}\n`);
  const { code, findings, text } = await doctor(
    place,
    `
cameras:
  front: { sink: "${sink}" }
  lab: { upstream: lab }
upstreams: { lab: { janus: { url: "${janus.url}", api_secret_file: api } } }
ice_servers:
  - { url: "stun:127.0.0.1:${coturn.port}" }
  - { url: "${coturn.url("udp")}", secret_file: ${coturn.secretFile} }
`,
  );
  assertEquals(bad(findings), []);
  assertEquals(code, 0);
  assertMatch(text, /"cameras.front.sink",\s+"text": ".*: 320×240"/);
  assert(!text.includes(apiSecret) && !text.includes(coturn.secret));
});

Deno.test("nalgate doctor finds what is wrong at other ends", async () => {
  await using place = await Workplace.create();
  await using soft = await Coturn.start({ lines: ["allow-loopback-peers"] });
  await using open = await Coturn.start({ isOpen: true });
  await using strict = await DebianJanus.start();
  await using wide = await JanusServer.start();
  await using device = await RunningGateway.start();
  await Deno.writeTextFile(
    `${place.folder}/machine`,
    (await hubToken(device)).text,
  );
  const port = freePort();
  const websockets = `general: { ws = true\nws_port = ${port}\nwss = false }
admin: { admin_ws = false }
`;
  await using everywhere = await DebianJanus.start({
    port,
    configs: { "janus.transport.websockets.jcfg": websockets },
  });
  await Deno.writeTextFile(`${place.folder}/known`, everywhere.apiSecret);
  await Deno.writeTextFile(`${place.folder}/guess`, "guess");
  const dead = freePort();
  const { code, findings } = await doctor(
    place,
    `
cameras:
  dark: { sink: "${sinkName()}" }
  lab: { upstream: wide, plugin: janus.plugin.other }
upstreams:
  wide: { janus: { url: "${wide.url}" } }
  strict: { janus: { url: "${strict.url}", api_secret_file: guess } }
  everywhere: { janus: { url: "${everywhere.url}", api_secret_file: known } }
  dead: { janus: { url: "ws://127.0.0.1:${dead}/" } }
devices:
  good: { url: "${device.url}", token_file: machine }
  refusing: { url: "${device.url}", token_file: guess }
  off: { url: "http://127.0.0.1:${dead}/", token_file: machine }
ice_servers:
  - { url: "${soft.url("udp")}", secret_file: ${soft.secretFile} }
  - { url: "${soft.url("tcp")}", secret_file: guess }
  - { url: "turn:127.0.0.1:${dead}?transport=tcp", secret_file: guess }
  - { url: "${open.url("udp")}", secret_file: guess }
  - { url: "${soft.url("udp")}", secret_file: missing }
`,
  );
  assertEquals(code, 1);
  const found = bad(findings).join("\n");
  assert(!found.includes("devices.good"), found);
  for (
    const expected of [
      /^warn cameras.dark.sink: .*Camera is off/m,
      /^fail upstreams.wide: has no janus.plugin.other/m,
      /^warn upstreams.wide: every program on this machine may use it/m,
      /^warn upstreams.strict: .*1.1.2 is old.*PR-3636/m,
      /^fail upstreams.strict: refuses the secret/m,
      ...hasOwnAddress() ? [/^warn upstreams.everywhere: listens on/m] : [],
      /^fail upstreams.dead: .*does not answer/m,
      /^fail devices.refusing: .*Device refuses access/m,
      /^fail devices.off: .*Nothing listens at its address/m,
      /^fail ice_servers.0: .*127.0.0.1, 169.254.169.254, 224.0.0.1/m,
      /^warn ice_servers.0: .*10.0.0.1, 172.16.0.1, 192.168.0.1/m,
      /^fail ice_servers.1: .*refuses our credentials: error 401/m,
      /^fail ice_servers.2: /m,
      /^fail ice_servers.3: .*relays for anybody/m,
      /^fail ice_servers.4: its secret file/m,
    ]
  ) assertMatch(found, expected);
});

Deno.test("nalgate doctor stops at a bad configuration", async () => {
  await using place = await Workplace.create();
  const file = await place.configure("lisen: x\nlog: {level: loud}\n");
  const context = testContext();
  assertEquals(await main(["doctor", "--config", file], context), 1);
  assertMatch(
    context.out(),
    /^fail {2}configuration: .*lisen: unknown key.*\n {6}→ .*\nfail {2}.*log\.level/,
  );
});
