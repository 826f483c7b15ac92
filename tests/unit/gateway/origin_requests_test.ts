import { assertEquals } from "@std/assert";
import { view } from "../../support/gateway.ts";
import { rawHttp } from "../../support/raw_http.ts";
import { PASSWORD, RunningGateway } from "../../support/running_gateway.ts";

const PUBLIC_URL = "https://pi.example:8443/lab/";
const OWN = "https://pi.example:8443";

/** Header lines of a request that a page of somebody else's may cause. */
const FOREIGN: readonly (readonly string[])[] = [
  ...[
    // Another port, scheme or case.
    ...["https://pi.example", "https://pi.example:443"],
    ...["https://pi.example:84430", "https://pi.example:844"],
    ...["https://pi.example:08443", "http://pi.example:8443"],
    ...["wss://pi.example:8443", "HTTPS://pi.example:8443"],
    ...["https://PI.example:8443", "https://Pi.Example:8443"],
    // Almost the name.
    ...["https://pi.example.:8443", "https://pi.example..:8443"],
    ...["https://pi.example.evil.example:8443", "https://xpi.example:8443"],
    ...["https://evil-pi.example:8443", "https://www.pi.example:8443"],
    ...["https://example:8443", "https://pi.exampl:8443"],
    ...["https://pi-example:8443", "https://pi.example:8443.evil.example"],
    ...["https://p\u0456.example:8443", "https://xn--p-wjg.example:8443"],
    ...["https://pi\u3002example:8443", "https://pi%2eexample:8443"],
    ...["https://pi.example%00:8443", "https://pi.example\u200b:8443"],
    // More or less than an origin.
    ...["https://pi.example:8443/", "https://pi.example:8443/lab/"],
    ...["https://pi.example:8443?", "https://pi.example:8443#"],
    ...["https://evil.example/https://pi.example:8443"],
    ...["https://pi.example:8443@evil.example", "https://ann@pi.example:8443"],
    ...["https://ann:pw@pi.example:8443", "pi.example:8443", "//pi.example"],
    ...[
      "pi.example",
      "https://",
      "https:pi.example:8443",
      "*",
      "",
      "undefined",
    ],
    ...[`${OWN}, ${OWN}`, `${OWN} https://evil.example`, `"${OWN}"`],
    // Sandboxed frames, files, extensions, loopback.
    ...["null", "NULL", "file://", "about:blank", "data:", "blob:" + OWN],
    ...["chrome-extension://abcdef", "http://127.0.0.1:8080"],
    ...[
      "http://localhost:8080",
      "https://127.0.0.1:8443",
      "https://[::1]:8443",
    ],
    ...["https://evil.example"],
  ].map((origin) => [`Origin: ${origin}`]),
  [`Origin: ${OWN}`, `Origin: ${OWN}`],
  [`Origin: ${OWN}`, "Origin: https://evil.example"],
  ["Origin: https://evil.example", `Referer: ${PUBLIC_URL}`],
  // Browsers that say whose page it is are believed against themselves.
  ...["cross-site", "same-site", "CROSS-SITE", "Same-Origin", "", "unknown"]
    .map(
      (site) => [`Origin: ${OWN}`, `Sec-Fetch-Site: ${site}`],
    ),
  [
    `Origin: ${OWN}`,
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Site: cross-site",
  ],
  ["Sec-Fetch-Site: cross-site"],
  ["Sec-Fetch-Site: same-site"],
  ["Origin: null", "Sec-Fetch-Site: same-origin"],
  ["Origin: https://evil.example", "Sec-Fetch-Site: same-origin"],
  ["Origin: https://evil.example", "Sec-Fetch-Site: none"],
];

/** Those that only a program can send, or an old browser's page. */
const NONE: readonly (readonly string[])[] = [
  [],
  ["Sec-Fetch-Site: none"],
  ["Sec-Fetch-Site: same-origin"],
  [`Referer: ${PUBLIC_URL}`],
  [`X-Origin: ${OWN}`],
  [`Host: ${new URL(OWN).host}`],
];

/** Our own page's. */
const OURS: readonly (readonly string[])[] = [
  [`Origin: ${OWN}`],
  [`Origin: ${OWN}`, "Sec-Fetch-Site: same-origin"],
  [`Origin: ${OWN}`, "Sec-Fetch-Site: none"],
  [`Origin: ${OWN}`, "Referer: https://evil.example/"],
];

const SOCKET = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: janus-protocol",
];

Deno.test("requests of other pages are refused, whatever they look like", async (t) => {
  await using running = await RunningGateway.start({
    users: { ann: view("front") },
    config: { publicUrl: PUBLIC_URL },
  });
  const { port } = running.gateway.address;
  const { headers } = await running.request("api/login", {
    method: "POST",
    headers: { origin: OWN },
    json: { user: "ann", password: PASSWORD },
  });
  const cookie = `Cookie: ${headers.get("set-cookie")?.split(";")[0]}`;
  const token = await running.issueToken("ann", view("front"));
  const bearer = `Authorization: ${token.headers.authorization}`;

  const send = async (start: string, lines: readonly string[]) => {
    const host = lines.some((line) => line.startsWith("Host:"))
      ? []
      : ["Host: 127.0.0.1"];
    const head = [`${start} HTTP/1.1`, ...host, ...lines];
    const text = `${head.join("\r\n")}\r\n\r\n`;
    // One that is let in stays open.
    return (await rawHttp(port, text, { patienceMs: 1_000 })).status;
  };
  const watch = (lines: readonly string[]) =>
    send("GET /cameras/front/janus", [...SOCKET, ...lines]);
  // A route that is not there: what gets as far as that was let pass.
  const post = (lines: readonly string[]) =>
    send("POST /api/nothing", [...lines, "Connection: close"]);

  const cases = [
    ["of others", FOREIGN, { cookie: false, bearer: false }],
    ["of nobody", NONE, { cookie: false, bearer: true }],
    ["ours", OURS, { cookie: true, bearer: true }],
  ] as const;
  const answersTo = (lines: readonly string[]) =>
    Promise.all([
      watch([...lines, cookie]),
      watch([...lines, bearer]),
      post([...lines, cookie]),
      post([...lines, bearer]),
      post(lines),
    ]);
  for (const [name, requests, passes] of cases) {
    const answers: (readonly number[])[] = [];
    // As many at once as one address may have connections.
    for (let at = 0; at < requests.length; at += BATCH) {
      const batch = requests.slice(at, at + BATCH).map(answersTo);
      answers.push(...await Promise.all(batch));
    }
    for (const [index, lines] of requests.entries()) {
      await t.step(`${name}: ${lines.join(" + ")}`, () => {
        assertEquals(answers[index], [
          passes.cookie ? 101 : 403,
          passes.bearer ? 101 : 403,
          passes.cookie ? 404 : 403,
          passes.bearer ? 404 : 403,
          passes.cookie ? 401 : 403,
        ]);
      });
    }
  }
});

const BATCH = 20;
