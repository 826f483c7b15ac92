/** The other ways in: tickets, links, WHEP, machines, proxies, providers. */

import {
  get,
  handshake,
  type HttpRow,
  JSON_TYPE,
  type Loot,
  post,
  request,
} from "./rows.ts";

const ID = "0".repeat(24);
const SECRET = "A".repeat(43);
const TICKET = `nalgate_ticket_${SECRET}`;
const MACHINE = `nalgate_${ID}_${SECRET}`;
const JANUS = "/cameras/front/janus";
const WHEP = "/cameras/front/whep";
const SDP_TYPE = "Content-Type: application/sdp";
const FRAGMENT_TYPE = "Content-Type: application/trickle-ice-sdpfrag";
const ELSEWHERE = "Origin: https://evil.example";

const NO = "401 unauthenticated";

/** What a browser of ours sends along. */
const own = ({ cookie, origin }: Loot) => [
  `Cookie: ${cookie}`,
  `Origin: ${origin}`,
];

const asUser =
  (path: string, body: unknown, ...lines: readonly string[]) => (loot: Loot) =>
    post(
      path,
      typeof body === "string" ? body : JSON.stringify(body),
      ...own(loot),
      ...lines.length === 0 ? [JSON_TYPE] : lines,
    );
const bearer = (token: string) => `Authorization: Bearer ${token}`;
const watch = (query: string, ...lines: readonly string[]) => () =>
  handshake({ path: `${JANUS}${query}`, lines });
const asks = (...lines: readonly string[]) => () =>
  get("/api/cameras", ...lines);

/** A ticket for `front`, as a page of ours would get it. */
async function ticketOf({ origin, cookie }: Loot): Promise<string> {
  const response = await fetch(`${origin}/api/tickets`, {
    method: "POST",
    headers: { origin, cookie, "content-type": "application/json" },
    body: '{"camera":"front"}',
  });
  const { ticket } = await response.json();
  return ticket;
}

/** Uses a ticket up, then sends it to where it might still be taken. */
const spent = (send: (ticket: string) => string) => async (loot: Loot) => {
  const ticket = await ticketOf(loot);
  // For another camera: refused, and gone.
  await fetch(`${loot.origin}/cameras/back/whep?ticket=${ticket}`, {
    method: "POST",
    headers: { "content-type": "application/sdp" },
    body: "v=0",
  }).then((answer) => answer.body?.cancel());
  return send(ticket);
};
const fresh = (send: (ticket: string) => string) => async (loot: Loot) =>
  send(await ticketOf(loot));

export const TICKETS: readonly HttpRow[] = [
  [
    "one that was never issued",
    watch(`?ticket=${TICKET}`),
    "401 ticket_expired",
  ],
  ["an empty one", watch("?ticket="), "401 ticket_expired"],
  [
    "one of 8 000 characters",
    watch(`?ticket=${"A".repeat(8000)}`),
    "401 ticket_expired",
  ],
  [
    "two, neither issued",
    watch(`?ticket=${TICKET}&ticket=x`),
    "401 ticket_expired",
  ],
  [
    "one that is spent",
    spent((t) => handshake({ path: `${JANUS}?ticket=${t}`, lines: [] })),
    "401 ticket_expired",
  ],
  [
    "a spent one as a bearer token",
    spent((t) => handshake({ path: JANUS, lines: [bearer(t)] })),
    "401 ticket_expired",
  ],
  [
    "a spent one for WHEP",
    spent((t) => post(`${WHEP}?ticket=${t}`, "v=0", SDP_TYPE)),
    "401 ticket_expired",
  ],
  [
    "a good one for another camera",
    fresh((t) =>
      handshake({ path: `/cameras/back/janus?ticket=${t}`, lines: [] })
    ),
    "403 forbidden",
  ],
  [
    "a good one for a device's camera",
    fresh((t) =>
      handshake({
        path: `/devices/garage/cameras/x/janus?ticket=${t}`,
        lines: [],
      })
    ),
    "403 forbidden",
  ],
  [
    "a good one for a page",
    fresh((t) => get(`/cameras/front/?ticket=${t}`)),
    "400 token_in_url",
  ],
  [
    "a good one for the list",
    fresh((t) => get(`/api/cameras?ticket=${t}`)),
    "400 token_in_url",
  ],
  [
    "a good one as a bearer token of the list",
    fresh((t) => get("/api/cameras", bearer(t))),
    NO,
  ],
  [
    "a good one as the cookie",
    fresh((t) => get("/api/cameras", `Cookie: nalgate-insecure=${t}`)),
    "401 session_ended",
  ],
  [
    "a good one to get another",
    fresh((t) =>
      post("/api/tickets", '{"camera":"front"}', bearer(t), JSON_TYPE)
    ),
    NO,
  ],
  [
    "a good one with a token beside it",
    fresh((t) =>
      handshake({ path: `${JANUS}?ticket=${t}&token=x`, lines: [] })
    ),
    "400 token_in_url",
  ],
  [
    "asking without a login",
    () => post("/api/tickets", '{"camera":"front"}', JSON_TYPE),
    "403 origin_refused",
  ],
  [
    "asking from another page",
    ({ cookie }) =>
      post(
        "/api/tickets",
        '{"camera":"front"}',
        `Cookie: ${cookie}`,
        ELSEWHERE,
        JSON_TYPE,
      ),
    "403 origin_refused",
  ],
  [
    "asking for another's camera",
    asUser("/api/tickets", { camera: "back" }),
    "403 forbidden",
  ],
  [
    "asking for a device's camera",
    asUser("/api/tickets", { camera: "garage/door" }),
    "403 forbidden",
  ],
  [
    "asking for all cameras",
    asUser("/api/tickets", { camera: "**" }),
    "403 forbidden",
  ],
  [
    "asking for dots",
    asUser("/api/tickets", { camera: "../front" }),
    "403 forbidden",
  ],
  [
    "asking for a list",
    asUser("/api/tickets", { camera: ["front"] }),
    "400 bad_request",
  ],
  [
    "asking for one field more",
    asUser("/api/tickets", { camera: "front", right: "admin" }),
    "400 bad_request",
  ],
];

export const SHARES: readonly HttpRow[] = [
  [
    "a code that is none",
    ({ origin }) =>
      post(
        "/api/shares/open",
        `{"code":"${SECRET}"}`,
        `Origin: ${origin}`,
        JSON_TYPE,
      ),
    "401 share_ended",
  ],
  ["a code in the URL", () => get(`/share?code=${SECRET}`), "400 token_in_url"],
  [
    "a code from another page",
    () =>
      post("/api/shares/open", `{"code":"${SECRET}"}`, ELSEWHERE, JSON_TYPE),
    "403 origin_refused",
  ],
  [
    "a code that is a number",
    ({ origin }) =>
      post("/api/shares/open", '{"code":1}', `Origin: ${origin}`, JSON_TYPE),
    "400 bad_request",
  ],
  [
    "making one without admin",
    asUser("/api/shares", { camera: "front", ttl: "2h" }),
    "403 forbidden",
  ],
  [
    "making one for another's camera",
    asUser("/api/shares", { camera: "back", ttl: "2h" }),
    "403 forbidden",
  ],
  [
    "making one for a year",
    asUser("/api/shares", { camera: "front", ttl: "365d" }),
    "400 bad_request",
  ],
  [
    "making one for minus an hour",
    asUser("/api/shares", { camera: "front", ttl: "-1h" }),
    "400 bad_request",
  ],
  [
    "a note of a line break",
    asUser("/api/shares", { camera: "front", ttl: "2h", note: "a\nb" }),
    "400 bad_request",
  ],
  [
    "a note of 4 KiB",
    asUser("/api/shares", {
      camera: "front",
      ttl: "2h",
      note: "a".repeat(4096),
    }),
    "400 bad_request",
  ],
  [
    "deleting one that is none",
    (loot) => request(`DELETE /api/shares/${ID} HTTP/1.1`, own(loot)),
    "404 not_found",
  ],
  [
    "deleting from another page",
    ({ cookie }) =>
      request(`DELETE /api/shares/${ID} HTTP/1.1`, [
        `Cookie: ${cookie}`,
        ELSEWHERE,
      ]),
    "403 origin_refused",
  ],
  ["listing without a login", () => get("/api/shares"), NO],
];

const whep = (body: string, ...lines: readonly string[]) => (loot: Loot) =>
  post(WHEP, body, bearer(loot.token), ...lines);
const session =
  (method: string, ...lines: readonly string[]) => ({ token }: Loot) =>
    request(`${method} ${WHEP}/${SECRET} HTTP/1.1`, [bearer(token), ...lines]);

export const WHEPS: readonly HttpRow[] = [
  ["no login", () => post(WHEP, "v=0", SDP_TYPE), "403 origin_refused"],
  [
    "a cookie from another page",
    ({ cookie }) => post(WHEP, "v=0", `Cookie: ${cookie}`, ELSEWHERE, SDP_TYPE),
    "403 origin_refused",
  ],
  [
    "a wrong token from another page",
    () => post(WHEP, "v=0", bearer("x"), ELSEWHERE, SDP_TYPE),
    NO,
  ],
  [
    "another's camera",
    ({ token }) => post("/cameras/back/whep", "v=0", bearer(token), SDP_TYPE),
    "403 forbidden",
  ],
  ["no type", whep("v=0"), "415 unsupported_type"],
  ["JSON", whep("{}", JSON_TYPE), "415 unsupported_type"],
  ["no offer", whep("", SDP_TYPE), "400 offer_expected"],
  ["no SDP", whep("hello", SDP_TYPE), "400 bad_request"],
  [
    "an SDP without media",
    whep("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", SDP_TYPE),
    "422 sdp_refused",
  ],
  [
    "33 KiB",
    whep("v=0\r\n" + "a=x\r\n".repeat(7000), SDP_TYPE),
    "413 too_large",
  ],
  [
    "an answer that nobody could read",
    whep("v=0", SDP_TYPE, "Accept: text/html"),
    "406 not_acceptable",
  ],
  ["GET", ({ token }) => get(WHEP, bearer(token)), "405 method_refused"],
  [
    "PUT",
    ({ token }) => request(`PUT ${WHEP} HTTP/1.1`, [bearer(token)]),
    "405 method_refused",
  ],
  ["a session that is none, ended", session("DELETE"), "404 not_found"],
  [
    "a session that is none, trickled to",
    session("PATCH", FRAGMENT_TYPE),
    "404 not_found",
  ],
  [
    "a session that is none, by a stranger",
    () => request(`DELETE ${WHEP}/${SECRET} HTTP/1.1`, []),
    NO,
  ],
  [
    "a session of dots",
    ({ token }) => request(`DELETE ${WHEP}/.. HTTP/1.1`, [bearer(token)]),
    "400",
  ],
  [
    "a session of 300 characters",
    ({ token }) =>
      request(`DELETE ${WHEP}/${"a".repeat(300)} HTTP/1.1`, [bearer(token)]),
    "404 not_found",
  ],
];

const CLAIM = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.";

export const OTHERS: readonly HttpRow[] = [
  ["a machine that is none", asks(bearer(MACHINE)), NO],
  ["a machine's prefix", asks(bearer("nalgate_")), NO],
  ["a machine without a secret", asks(bearer(`nalgate_${ID}_`)), NO],
  [
    "a machine with a secret too many",
    asks(bearer(`${MACHINE}_${SECRET}`)),
    NO,
  ],
  ["a machine of a prototype", asks(bearer(`nalgate___proto___${SECRET}`)), NO],
  [
    "a claim with a machine that is none",
    asks(bearer(MACHINE), `Nalgate-User: ${CLAIM}`),
    NO,
  ],
  [
    "a claim with a user's token",
    ({ token }) => get("/api/cameras", bearer(token), `Nalgate-User: ${CLAIM}`),
    NO,
  ],
  ["a claim alone", asks(`Nalgate-User: ${CLAIM}`), NO],
  [
    "Basic, which is off",
    asks(`Authorization: Basic ${btoa("ann:wrong")}`),
    NO,
  ],
  ["Digest", asks('Authorization: Digest username="ann"'), NO],
  [
    "the proxy's headers, from here",
    asks(
      "Remote-User: ann",
      "Remote-Groups: all",
      "Nalgate-Proxy-Secret: CANARY",
    ),
    NO,
  ],
  [
    "the proxy's headers with an underscore",
    asks("Remote_User: ann", "Nalgate_Proxy_Secret: x"),
    NO,
  ],
  [
    "a provider's token of no provider",
    asks(
      bearer(
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9.AA",
      ),
    ),
    NO,
  ],
  [
    "asking another to check, as no proxy",
    ({ cookie }) =>
      get(
        "/auth/check",
        `Cookie: ${cookie}`,
        "X-Original-URI: /cameras/front/",
      ),
    "403 forbidden",
  ],
  ["a check without a login", () => get("/auth/check/cameras/front"), NO],
  [
    "a check of another's camera",
    ({ cookie }) => get("/auth/check/cameras/back", `Cookie: ${cookie}`),
    "403 forbidden",
  ],
  [
    "a check of a right that one lacks",
    ({ cookie }) =>
      get("/auth/check/cameras/front?right=admin", `Cookie: ${cookie}`),
    "403 forbidden",
  ],
  [
    "a device's camera",
    ({ cookie }) => get("/devices/garage/cameras/door/", `Cookie: ${cookie}`),
    "403 forbidden",
  ],
  [
    "a device that is none",
    ({ cookie }) => get("/devices/nosuch/cameras/door/", `Cookie: ${cookie}`),
    "403 forbidden",
  ],
  [
    "a device of dots",
    ({ cookie }) => get("/devices/../cameras/back/", `Cookie: ${cookie}`),
    "400",
  ],
  [
    "a device in capitals",
    ({ cookie }) => get("/devices/Garage/cameras/door/", `Cookie: ${cookie}`),
    "404 not_found",
  ],
  [
    "a device of two",
    ({ cookie }) =>
      get("/devices/garage/devices/x/cameras/y/", `Cookie: ${cookie}`),
    "404 not_found",
  ],
  [
    "metrics, on this listener",
    ({ cookie }) => get("/metrics", `Cookie: ${cookie}`),
    "404 not_found",
  ],
  ["ICE servers without a login", () => get("/cameras/front/ice-servers"), NO],
  [
    "ICE servers of another's camera",
    ({ cookie }) => get("/cameras/back/ice-servers", `Cookie: ${cookie}`),
    "403 forbidden",
  ],
  [
    "a longer life for no token",
    ({ cookie, origin }) =>
      post("/api/token/refresh", "", `Cookie: ${cookie}`, `Origin: ${origin}`),
    "400 bad_request",
  ],
  ["a provider that is none", () => get("/login/oidc/nosuch"), "404 not_found"],
  ["a provider of dots", () => get("/login/oidc/../callback"), "400"],
  [
    "a code for a page that takes none",
    () => get("/login?code=x"),
    "400 token_in_url",
  ],
];
