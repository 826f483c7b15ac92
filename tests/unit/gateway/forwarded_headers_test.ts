import { assert, assertEquals } from "@std/assert";
import { rawHttp } from "../../support/raw_http.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { SPOOFED_HEADERS } from "../../vectors/spoofed_headers.ts";

/** What the gateway makes of requests with these header lines. */
async function seen(
  running: RunningGateway,
  { mark, lines }: { mark: string; lines: readonly string[] },
) {
  const send = async (path: string, ...more: readonly string[]) => {
    const common = ["Host: pi.example", "Connection: close"];
    const head = [`GET ${path} HTTP/1.1`, ...common, ...more, ...lines];
    const { port } = running.gateway.address;
    return (await rawHttp(port, head.join("\r\n") + "\r\n\r\n")).text;
  };
  const text = await send("/login");
  const redirect = await send(`/${mark}`, "Accept: text/html");
  await send(`/${mark}`);
  const line = running.logLines.find((line) => line.includes(`"/${mark}"`));
  return {
    ip: line && JSON.parse(line).ip,
    secure: /^strict-transport-security: /im.test(text),
    base: /<base href="([^"]*)"/.exec(text)?.[1],
    location: /^location: (.*)\r$/im.exec(redirect)?.[1],
  };
}

Deno.test("what a stranger claims in headers has no effect", async (t) => {
  await using running = await RunningGateway.start();
  for (const [index, claim] of SPOOFED_HEADERS.entries()) {
    await t.step(claim, async () => {
      const mark = `claim-${index}`;
      assertEquals(await seen(running, { mark, lines: [claim] }), {
        ip: "127.0.0.1",
        secure: false,
        base: "/",
        location: `/login?next=${mark}`,
      });
    });
  }
});

Deno.test("a trusted proxy is believed, but not those behind it", async (t) => {
  const trustedProxies = ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"];
  await using running = await RunningGateway.start({
    config: { trustedProxies },
  });
  const cases: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.66, 192.0.2.1", "192.0.2.1"],
    ["192.0.2.66,192.0.2.1,10.1.2.3", "192.0.2.1"],
    ["127.0.0.1, 192.0.2.1", "192.0.2.1"],
    ["10.9.9.9, 192.0.2.1, 10.1.2.3, 10.1.2.4", "192.0.2.1"],
    ["192.0.2.66\r\nX-Forwarded-For: 192.0.2.1", "192.0.2.1"],
    ["192.0.2.1\r\nX-Forwarded-For: 10.1.2.3", "192.0.2.1"],
    ["10.1.2.3", "10.1.2.3"],
    ["10.1.2.3, 10.1.2.4", "10.1.2.3"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:db8::1, 2001:db8:1::9", "2001:db8::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    [" \t192.0.2.1 ", "192.0.2.1"],
    ["192.0.2.1, ", "127.0.0.1"],
    ["192.0.2.1:4711", "127.0.0.1"],
    ["[2001:db8::1]:4711", "127.0.0.1"],
    ["192.0.2.1, unknown", "127.0.0.1"],
    ["192.0.2.1, _hidden, 10.1.2.3", "10.1.2.3"],
    ["192.0.2.1, 010.1.2.3", "127.0.0.1"],
    ["192.0.2.1, 10.1.2.3.", "127.0.0.1"],
    ["192.0.2.1, 999.1.2.3", "127.0.0.1"],
    ['"192.0.2.1"', "127.0.0.1"],
    ["for=192.0.2.1", "127.0.0.1"],
    ["192.0.2.1;192.0.2.2", "127.0.0.1"],
    ["192.0.2.1\\, 192.0.2.2", "192.0.2.2"],
    [`192.0.2.66${", 10.1.2.3".repeat(50)}`, "10.1.2.3"],
  ];
  for (const [index, [chain, ip]] of cases.entries()) {
    await t.step(chain.slice(0, 60), async () => {
      const lines = [`X-Forwarded-For: ${chain}`];
      const found = await seen(running, { mark: `chain-${index}`, lines });
      assertEquals(found.ip, ip);
      assertEquals([found.secure, found.base], [false, "/"]);
    });
  }

  const prefixes: readonly (readonly [string, string])[] = [
    ["/kvm", "/kvm/"],
    ["/kvm/", "/kvm/"],
    ["/a/b-c.d~e_f", "/a/b-c.d~e_f/"],
    ["", "/"],
    ["/", "/"],
    ["kvm", "/"],
    ["//evil.example", "/"],
    ["/\\evil.example", "/"],
    ["https://evil.example/", "/"],
    ["/kvm/../..", "/"],
    ["/..", "/"],
    ["/./kvm", "/"],
    ["/.kvm/..x", "/.kvm/..x/"],
    ["/kvm//x", "/"],
    ['/"><script>', "/"],
    ["/kvm%2f", "/"],
    ["/kvm?x", "/"],
    ["/kvm#x", "/"],
    ["/kvm, /evil", "/"],
    ["/kvm\r\nX-Forwarded-Prefix: /evil", "/"],
  ];
  for (const [index, [prefix, base]] of prefixes.entries()) {
    await t.step(`prefix ${prefix}`, async () => {
      const lines = [`X-Forwarded-Prefix: ${prefix}`];
      const mark = `prefix-${index}`;
      const found = await seen(running, { mark, lines });
      assertEquals(found.base, base);
      assertEquals(found.location, `${base}login?next=${mark}`);
    });
  }

  await t.step("TLS, as the last proxy says", async () => {
    for (
      const [proto, expected] of [
        ["https", true],
        ["HTTPS", true],
        ["http, https", true],
        ["https, http", false],
        ["httpsx", false],
        ["wss", false],
        ["on", false],
      ] as const
    ) {
      const lines = [`X-Forwarded-Proto: ${proto}`];
      const { secure } = await seen(running, { mark: "tls", lines });
      assertEquals(secure, expected, proto);
    }
  });
  assert(running.logLines.every((line) => !line.includes("ignored")));
});
