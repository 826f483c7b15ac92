import { assertEquals } from "@std/assert";
import { HEADERS_COUNT_MAX } from "../../../src/limits.ts";
import { refusalOf } from "../../../src/gateway/strict_http.ts";
import { ODD_PATHS } from "../../vectors/odd_paths.ts";

const BAD = "400 Bad Request";

/** As the parser gives it. */
function request(
  { url = "/", httpVersion = "1.1", lines = [["Host", "pi.example"]] }: {
    url?: string;
    httpVersion?: string;
    lines?: readonly (readonly [name: string, value: string])[];
  },
) {
  const headers: Record<string, string> = {};
  for (const [name, value] of lines) headers[name.toLowerCase()] ??= value;
  return { url, httpVersion, headers, rawHeaders: lines.flat() };
}

Deno.test("refusalOf() takes paths as browsers write them", async (t) => {
  const plain = [
    "/",
    "/?",
    "/lab/cameras/front/?embed=1",
    "/lab/login?next=cameras%2Ffront%2F",
    "/lab/login?/../\\?",
  ];
  for (const url of plain) {
    await t.step(
      url,
      () => assertEquals(refusalOf(request({ url })), undefined),
    );
  }
  for (const [url, status] of ODD_PATHS) {
    await t.step(JSON.stringify(url.slice(0, 60)), () => {
      const expected = status === 400 ? BAD : undefined;
      assertEquals(refusalOf(request({ url })), expected);
    });
  }
});

Deno.test("refusalOf() takes versions 1.0 and 1.1 only", () => {
  const refused = ["0.9", "1.0", "1.1", "1.2", "2.0", "3.0", ""]
    .filter((httpVersion) => refusalOf(request({ httpVersion })) === BAD);
  assertEquals(refused, ["0.9", "1.2", "2.0", "3.0", ""]);
});

Deno.test("refusalOf() takes one host that can be one", async (t) => {
  const good = ["pi.example", "PI.example:8443", "127.0.0.1:1", "[::1]:8080"];
  const bad = [
    ...[
      "",
      " ",
      ":80",
      "a b",
      "a@b",
      "a/b",
      "a?b",
      "a#b",
      "a,b",
      "[::1",
      "::1",
    ],
    ...["pi.example:", "pi.example:x", "pi.example:123456", "p\u00ef.example"],
    ...["%70i.example", "http://pi.example", "*"],
  ];
  for (const host of good.concat(bad)) {
    await t.step(host, () => {
      const refusal = refusalOf(request({ lines: [["Host", host]] }));
      assertEquals(refusal, good.includes(host) ? undefined : BAD);
    });
  }
  await t.step("two", () => {
    const lines = [["Host", "a.example"], ["hOST", "a.example"]] as const;
    assertEquals(refusalOf(request({ lines })), BAD);
  });
  await t.step("none", () => {
    assertEquals(refusalOf(request({ lines: [] })), BAD);
    const old = request({ lines: [], httpVersion: "1.0" });
    assertEquals(refusalOf(old), undefined);
  });
});

Deno.test("refusalOf() takes no coding but chunked, of 1.1", () => {
  const refusal = (coding: string, httpVersion = "1.1") =>
    refusalOf(request({
      httpVersion,
      lines: [["Host", "pi.example"], ["Transfer-Encoding", coding]],
    }));
  assertEquals(refusal("chunked"), undefined);
  assertEquals(refusal("Chunked"), undefined);
  assertEquals(refusal("chunked", "1.0"), BAD);
  for (const coding of ["", "identity", "gzip, chunked", "chunked, chunked"]) {
    assertEquals(refusal(coding), BAD, coding);
  }
});

Deno.test("refusalOf() counts headers", () => {
  const headers = (count: number) =>
    request({
      lines: Array.from({ length: count }, (_, index) => [
        index === 0 ? "Host" : `X-${index}`,
        "a",
      ]),
    });
  assertEquals(refusalOf(headers(HEADERS_COUNT_MAX)), undefined);
  assertEquals(
    refusalOf(headers(HEADERS_COUNT_MAX + 1)),
    "431 Request Header Fields Too Large",
  );
});
