/** The real coturn, asked with credentials of ours and of others. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  TurnClient,
  turnPlace,
} from "../../../../src/cli/doctor/turn_client.ts";
import { turnCredentials } from "../../../../src/gateway/ice_servers.ts";
import { Coturn } from "../../../support/coturn.ts";

const LATER = Date.now() + 60_000;

Deno.test("turnPlace() reads STUN and TURN URIs", async (t) => {
  const cases: Readonly<Record<string, [string, number, string] | undefined>> =
    {
      "stun:a.example": ["a.example", 3478, "udp"],
      "turn:10.0.0.1:99?transport=udp": ["10.0.0.1", 99, "udp"],
      "turn:a?transport=tcp": ["a", 3478, "tcp"],
      "turns:a": ["a", 5349, "tls"],
      "turns:[2001:db8::1]:443?transport=tcp": ["2001:db8::1", 443, "tls"],
      "turn:a:b": undefined,
    };
  for (const [uri, expected] of Object.entries(cases)) {
    await t.step(uri, () => {
      const place = turnPlace(uri);
      assertEquals(
        place && [place.hostname, place.port, place.transport],
        expected,
      );
    });
  }
});

Deno.test("coturn and our credentials", async (t) => {
  await using coturn = await Coturn.start();
  const { secret } = coturn;
  const mint = turnCredentials;
  const cases = [
    {
      name: "good ones",
      credentials: mint({ secret, user: "ann", expiresMs: LATER }),
      expected: 0,
    },
    {
      name: "expired ones",
      credentials: mint({ secret, user: "ann", expiresMs: LATER - 120_000 }),
      expected: 401,
    },
    {
      name: "those of another secret",
      credentials: mint({ secret: "other", user: "ann", expiresMs: LATER }),
      expected: 401,
    },
    {
      name: "somebody else's, prolonged",
      credentials: {
        ...mint({ secret, user: "ann", expiresMs: LATER }),
        username: `${Math.floor(LATER / 1000) + 3600}:ann`,
      },
      expected: 401,
    },
  ];
  for (const transport of ["udp", "tcp"] as const) {
    const place = turnPlace(coturn.url(transport));
    assert(place !== undefined);
    for (const { name, credentials, expected } of cases) {
      await t.step(`${name} over ${transport}`, async () => {
        using client = await TurnClient.dial(place);
        assertEquals(await client.allocate(credentials), expected);
      });
    }
    await t.step(`a binding over ${transport}`, async () => {
      using client = await TurnClient.dial(place);
      assertEquals(await client.binding(), 0);
    });
    await t.step(`peers over ${transport}`, async () => {
      using client = await TurnClient.dial(place);
      const expiresMs = LATER;
      await client.allocate(mint({ secret, user: "ann", expiresMs }));
      assertEquals(await client.permit("192.0.2.1"), 0);
      assertEquals(await client.permit("127.0.0.1"), 403);
      assertEquals(await client.release(), 0);
    });
  }
});

Deno.test("TurnClient.dial() rejects where nobody listens", async () => {
  const place = { hostname: "127.0.0.1", port: 9, transport: "tcp" } as const;
  await assertRejects(() => TurnClient.dial(place));
});
