/**
 * Every bound of nalgate in one place: each queue, buffer, message, wait and
 * loop has one, and each says in a line why it has this size.
 *
 * @module
 */

/** One access unit, bytes: the data area of a µStreamer H.264 sink (2 MiB). */
export const ACCESS_UNIT_SIZE_MAX = 2 * 1024 * 1024;

/** A client's WebSocket message, bytes: an SDP is 2–8 KiB, OWASP says 64 KiB. */
export const CLIENT_MESSAGE_SIZE_MAX = 64 * 1024;

/** An SDP, bytes: Chromium's recvonly video answer is about 2 KiB. */
export const SDP_SIZE_MAX = 32 * 1024;

/** An SDP, lines: Janus bounds this too (OSS-Fuzz, PR-3414). */
export const SDP_LINES_MAX = 500;

/** ICE candidates per negotiation: browsers send fewer than 20. */
export const CANDIDATES_MAX = 50;

/** One RTP packet on the wire, bytes, header included: fits any VPN seen. */
export const PACKET_SIZE_DEFAULT = 1200;

/** The supervisor's handover, characters: 100 cameras are about 30 KiB. */
export const HANDOVER_SIZE_MAX = 1024 * 1024;

/** Nesting of a Janus message: real ones reach 4. */
export const JSON_DEPTH_MAX = 16;

/** A client's transaction, characters: janus.js uses 12. */
export const TRANSACTION_LENGTH_MAX = 64;

/** A trickled candidate's line, characters: Chromium's stay below 200. */
export const CANDIDATE_LENGTH_MAX = 512;

/** A camera's `id` in `watch`, characters: as long as a camera's name. */
export const CAMERA_ID_LENGTH_MAX = 64;

/** A camera's title, characters: what fits a tile's heading. */
export const TITLE_LENGTH_MAX = 100;

/** Smallest `packet_size`, bytes: every IPv4 path carries 576 (RFC 791). */
export const PACKET_SIZE_CONFIGURED_MIN = 500;

/** Largest `packet_size`, bytes: Ethernet's 1500 less IPv6, UDP and SRTP. */
export const PACKET_SIZE_CONFIGURED_MAX = 1440;

/** TURN credentials: `turn_ttl` of most providers lies between these. */
export const TURN_TTL_MIN_MS = 60_000;
export const TURN_TTL_MAX_MS = 24 * 3_600_000;

/** A page that is left open asks again at each start of a picture. */
export const TURN_TTL_DEFAULT = "1h";

/** A TURN server's new secret counts within this. */
export const ICE_SECRET_AGE_MAX_MS = 5_000;

/** A configuration file, bytes: 1 000 cameras are about 100 KiB. */
export const CONFIG_SIZE_MAX = 1024 * 1024;

/** How often a sink's name is looked up: a new writer is seen within this. */
export const SINK_CHECK_INTERVAL_MS = 250;

/** How often a reader says that it is there; µStreamer gives up after 10 s. */
export const SINK_STAMP_INTERVAL_MS = 1000;

/** A sink's lock held this long by others is a stall; µStreamer's own wait. */
export const SINK_LOCK_WAIT_MS_MAX = 1000;

/** Pause between two tries for a sink's lock; µStreamer's own. */
export const SINK_LOCK_POLL_MS = 1;

/** A reader not seen for this long has left; µStreamer's default. */
export const SINK_CLIENT_TTL_MS = 10_000;

/** No new frame for this long is a stall: µStreamer slows down to 1 frame/s. */
export const SINK_SILENCE_MS_MAX = 3000;

/** A frame found lying in a sink is not live beyond this age. */
export const SINK_FRAME_AGE_MS_MAX = 1000;

/** A sink's time, seconds since boot: no machine runs for a century. */
export const SINK_TIME_SECONDS_MAX = 100 * 366 * 86_400;

/** Bad frames in a row before a camera is called broken: one can be chance. */
export const SINK_BAD_FRAMES_MAX = 3;

/** Users of one nalgate: more belong into a directory service. */
export const USERS_MAX = 1000;

/** A new password, characters: NIST 800-63B says at least 8. */
export const PASSWORD_LENGTH_MIN = 8;

/** A password, bytes: a long one costs time to hash (Django 2013). */
export const PASSWORD_SIZE_MAX = 1024;

/** Passwords waiting to be hashed: at 100 ms each, under two seconds. */
export const PASSWORD_QUEUE_MAX = 16;

const MINUTE_MS = 60_000;

/** Failed logins: an account like Authelia's, an address is shared by many. */
export const LOGIN_LIMITS = {
  account: { failuresMax: 5, withinMs: 5 * MINUTE_MS, lockMs: 15 * MINUTE_MS },
  address: { failuresMax: 20, withinMs: 5 * MINUTE_MS, lockMs: 15 * MINUTE_MS },
  all: { failuresMax: 100, withinMs: MINUTE_MS, lockMs: MINUTE_MS },
} as const;

/** Accounts or addresses remembered: 15 min at the limit over all is 1 500. */
export const LOGIN_KEYS_MAX = 10_000;

/** A session ends after a week at the latest, a day without any use. */
export const SESSION_AGE_MAX_MS = 7 * 24 * 60 * MINUTE_MS;
export const SESSION_IDLE_MAX_MS = 24 * 60 * MINUTE_MS;

/** Sessions per user: browsers and phones of one person; the oldest goes. */
export const SESSIONS_PER_USER_MAX = 50;

/** How stale a session's last use may be on disk: spares flash memory. */
export const SESSION_SAVE_INTERVAL_MS = 5 * MINUTE_MS;

/** A bearer token's life: RFC 8725 wants short ones. */
export const TOKEN_AGE_MAX_MS = 24 * 60 * MINUTE_MS;

/** A token that is prolonged again and again: as long as a session. */
export const TOKEN_LIFE_MAX_MS = SESSION_AGE_MAX_MS;

/** Between two prolongations of a token: each writes to flash memory. */
export const TOKEN_PROLONG_INTERVAL_MS = 1_000;

/** Between two tokens that a live viewer may send: each may be an RSA check. */
export const VIEWER_TOKEN_INTERVAL_MS = 1_000;

/** Tokens on the list, expired ones not counted. */
export const TOKENS_MAX = 1000;

/** A bearer token, characters: ours with ten globs has about 600. */
export const TOKEN_LENGTH_MAX = 4096;

/** A token of an identity provider, characters: groups make it long. */
export const PROVIDER_TOKEN_LENGTH_MAX = 12 * 1024;

/** Its age since it was issued: as long as one of ours may live. */
export const PROVIDER_TOKEN_AGE_MAX_S = TOKEN_AGE_MAX_MS / 1000;

/** Identity providers' documents, bytes: Microsoft's keys are 16 KiB. */
export const PROVIDER_DOCUMENT_SIZE_MAX = 256 * 1024;

/** Fetching one: a request of a program waits for it. */
export const PROVIDER_FETCH_TIMEOUT_MS = 5_000;

/** Keys in a provider's set: a few of now, a few of before. */
export const PROVIDER_KEYS_MAX = 100;

/** Keys are fetched anew this often: one taken back is then refused. */
export const PROVIDER_KEYS_AGE_MS = 10 * MINUTE_MS;

/** They are used this long while a provider does not answer. */
export const PROVIDER_KEYS_STALE_MS = 60 * MINUTE_MS;

/** Between fetches because of an unknown key: strangers can name any. */
export const PROVIDER_KEYS_COOLDOWN_MS = 30_000;

/** Between fetches that failed: the provider may be starting just now. */
export const PROVIDER_RETRY_INTERVAL_MS = 5_000;

/** A name that somebody else gave a user, characters: fits a log's line. */
export const SHOWN_NAME_LENGTH_MAX = 64;

/** Groups that a proxy may name: far more than roles can need. */
export const GROUPS_MAX = 100;

/** A proxy's secret, characters: nobody guesses 16. */
export const PROXY_SECRET_LENGTH_MIN = 16;

/** How long a secret that was read from its file is taken as read. */
export const SECRET_FILE_AGE_MS = 1_000;

/** A secret's file, bytes. */
export const SECRET_FILE_SIZE_MAX = 4096;

/** A hub's claim, seconds: it is made for one request. */
export const USER_CLAIM_AGE_MAX_S = 60;

/** `Authorization: Basic`, characters: the longest name and password. */
export const BASIC_LENGTH_MAX = 2048;

/** How long a password that was right needs no hashing again. */
export const BASIC_AGE_MS = 5 * MINUTE_MS;

/** Passwords remembered that way: one program each. */
export const BASIC_ENTRIES_MAX = 1000;

/** bcrypt's work factor: 14 takes a second, and each more doubles that. */
export const BCRYPT_COST_MAX = 14;

/** A htpasswd file, bytes: 1 000 users are 80 KiB. */
export const HTPASSWD_SIZE_MAX = 1024 * 1024;

/** Difference between the clocks of two machines, seconds. */
export const CLOCKS_TOLERANCE_S = 30;
/** A one-time ticket: a page that asked for one dials within a second. */
export const TICKET_AGE_MAX_MS = 30_000;

/** Unused tickets of one user: a wall of cameras asks for one each. */
export const TICKETS_PER_USER_MAX = 64;

/** Unused tickets over all: 2 000 in 30 s fill every place for viewers. */
export const TICKETS_MAX = 2000;

/** A share link lives as long as a session: who stays longer is a user. */
export const SHARE_AGE_MAX_MS = SESSION_AGE_MAX_MS;

/** Share links on the list, expired ones not counted. */
export const SHARES_MAX = 1000;

/** Sessions of one share link: a class or a crew; the least used goes. */
export const SESSIONS_PER_SHARE_MAX = 50;

/** Sessions over all; providers and links bring users without a list. */
export const SESSIONS_MAX = 10_000;

/** A sign-in at an identity provider: time to find a second factor. */
export const FLOW_AGE_MAX_MS = 10 * MINUTE_MS;

/** Such sign-ins under way: each is half a kilobyte; the oldest goes. */
export const FLOWS_MAX = 10_000;

/** An answer of an identity provider, seconds: a person waits for it. */
export const PROVIDER_TIMEOUT_S = 10;

/** How old a discovery document may be: providers announce changes earlier. */
export const PROVIDER_METADATA_AGE_MAX_MS = 60 * MINUTE_MS;

/** A subject, characters (OpenID Connect Core section 2). */
export const SUBJECT_LENGTH_MAX = 255;

/** Steps of one-time passwords, and how many a clock may be off (RFC 6238). */
export const TOTP_STEP_MS = 30_000;
export const TOTP_STEPS_OFF_MAX = 1;

/** Difference between clocks, seconds: issuer and verifier are one machine. */
export const CLOCK_TOLERANCE_S = 5;

/** The setup link: long enough to walk from the console to a browser. */
export const SETUP_CODE_AGE_MAX_MS = 15 * MINUTE_MS;

/** The demo's login link: as long as a demo may wait for its viewer. */
export const DEMO_CODE_AGE_MAX_MS = 24 * 60 * MINUTE_MS;

/** How often rights of live viewers are looked at again: they end in 2 s. */
export const RIGHTS_REVIEW_INTERVAL_MS = 500;

/** Between key frame requests to one camera, ms: an IDR costs ten deltas. */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 500;

/** Wait for a requested key frame before cached pictures are sent, ms. */
export const KEY_FRAME_WAIT_MS = 300;

/** Age of a cached key frame with which a viewer may start at once, ms. */
export const CACHED_START_AGE_MS = 500;

/** A cached group of pictures, bytes: 4 s at 8 Mbit/s. */
export const GROUP_CACHE_SIZE_MAX = 4 * 1024 * 1024;

/** Cached bytes per camera and poll: 128 Mbit/s delays no one who is live. */
export const CATCH_UP_SIZE_MAX = 16 * 1024;

/** Packets kept per viewer for NACKs: 0.5 s of 8 Mbit/s. */
export const NACK_PACKETS_MAX = 512;

/** RTCP packets per viewer and second: browsers send fewer than 50. */
export const RTCP_RATE_MAX = 1000;

/** From our SDP to a DTLS connection, ms; answering one takes a second. */
export const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Viewers between our SDP and DTLS, all cameras: each costs a socket. */
export const HALF_OPEN_VIEWERS_MAX = 200;

/** Viewers of one engine: 500 at 8 Mbit/s fill a 4 Gbit/s link. */
export const VIEWERS_MAX = 500;

/** Waiting for STUN and TURN servers when a client cannot trickle, ms. */
export const GATHERING_TIMEOUT_MS = 2_000;

/** A `watch` without a picture is answered after this, ms: no spinning. */
export const WATCH_WAIT_MS = 1_000;

/** Media sections in a client's offer: WHEP clients send two. */
export const SDP_SECTIONS_MAX = 8;

/** Access units in a row that cannot be sent until a stream counts as bad. */
export const BAD_ACCESS_UNITS_MAX = 30;

/** Look for a new frame while somebody watches, ms: 1/16 of 60 fps. */
export const POLL_INTERVAL_MS = 1;

/**
 * A frame is waited for from this early, ms: timers were seen to be 1.2 late,
 * and the one before must not sleep through.
 */
export const FRAME_EARLY_MS_MAX = 3;

/** A frame is waited for until this late, ms: the jitter of encoders. */
export const FRAME_LATE_MS_MAX = 4;

/** Frames further apart have no rhythm to wait in, ms: 10 per second. */
export const FRAME_INTERVAL_MS_MAX = 100;

/** Between two looks for a frame that is due, µs: a fraction of its way. */
export const DOZE_MICROS = 150;

/** Looks in a row for such a frame: everything else waits for 2 ms at most. */
export const DOZES_MAX = 6;

/** Look for a new frame while nobody watches, ms: still sees each of 60 fps. */
export const IDLE_POLL_INTERVAL_MS = 10;

/** A Janus session without a request, ms: Janus's own `session_timeout`. */
export const SESSION_TIMEOUT_MS = 60_000;

/** Janus sessions at the engine: one per client that a gateway may have. */
export const ENGINE_SESSIONS_MAX = 20_100;

/** Handles of one Janus session: a page attaches one per camera. */
export const HANDLES_MAX = 64;

/** WebSockets at the engine: the gateway needs one. */
export const ENGINE_SOCKETS_MAX = 64;

/** Unsent bytes of a WebSocket at the engine: then its client has hung. */
export const ENGINE_BACKLOG_SIZE_MAX = 8 * 1024 * 1024;

/** NACKed packets per second that make a `slowlink` event: as in Janus. */
export const SLOW_LINK_LOSS_MIN = 4;

/** One beat, milliseconds: tunnels and upstreams count their waits in it. */
export const TICK_MS = 1000;

/** Dialling an upstream, milliseconds: Envoy's default for a cluster is 5 s. */
export const UPSTREAM_DIAL_TIMEOUT_MS = 5_000;

/** Between viewers who come back to an upstream that was away. */
export const RETURN_GAP_MS = 100;

/** Within this all of them may be back, however many they are. */
export const RETURN_SPREAD_MS = 5_000;

/** How long a client's `create` waits for its upstream: one redial or two. */
export const UPSTREAM_WAIT_MS = 5_000;

/** First and longest pause before redialling: an engine is back within 1 s. */
export const UPSTREAM_REDIAL_MIN_MS = 200;
export const UPSTREAM_REDIAL_MAX_MS = 2_000;

/** A message from an upstream, bytes: an offer is 2–8 KiB, with much air. */
export const UPSTREAM_MESSAGE_SIZE_MAX = 256 * 1024;

/** Unsent bytes towards an upstream: more means that it hangs. */
export const UPSTREAM_BUFFERED_MAX = 16 * 1024 * 1024;

/**
 * From here on an upstream is asked nothing new, so that clients alone can
 * never fill it up and cost all others their pictures.
 */
export const UPSTREAM_BUSY_BUFFERED = 4 * 1024 * 1024;

/** Answer to a Janus request: Janus answers in milliseconds or never. */
export const JANUS_REQUEST_TIMEOUT_MS = 10_000;

/** Plugin event after an `ack`: `watch` may take a second, TURN more. */
export const PLUGIN_EVENT_TIMEOUT_MS = 30_000;

/** Unanswered requests per session: a burst of trickled candidates is 50. */
export const PENDING_REQUESTS_MAX = 128;

/** Ping of an upstream; three unanswered mean it hangs (within 15 s). */
export const UPSTREAM_PING_INTERVAL_MS = 4_000;

/** Ping of a client; three unanswered mean it is gone (within 30 s). */
export const CLIENT_PING_INTERVAL_MS = 9_000;

/** Pings in a row that may stay unanswered. */
export const PINGS_MISSED_MAX = 2;

/** Keepalive of a Janus session: Janus gives up after 60 s by default. */
export const SESSION_KEEPALIVE_INTERVAL_MS = 20_000;

/** How often a camera's state is asked for: a page shows it at most that late. */
export const CAMERA_REPORT_INTERVAL_MS = 2_000;

/** Cameras in one report: as many as one upstream may reasonably serve. */
export const CAMERA_REPORTS_MAX = 256;

/** How often another nalgate is asked for its cameras: a page is that late. */
export const DEVICE_POLL_INTERVAL_MS = 2_000;

/** Its answer; it needs no more than milliseconds, a mobile link a second. */
export const DEVICE_LISTING_TIMEOUT_MS = 5_000;

/** Its answer, bytes: 256 cameras with titles and details are about 100 KiB. */
export const DEVICE_LISTING_SIZE_MAX = 256 * 1024;

/** Handles per session: one per camera view, and janus.js needs one. */
export const HANDLES_PER_SESSION_MAX = 4;

/** Messages that a client may send at once (a page start with candidates). */
export const CLIENT_MESSAGE_BURST = 200;

/** Messages per second that a client may go on sending. */
export const CLIENT_MESSAGE_RATE = 20;

/** A message counts once per so many bytes begun: an SDP as two to eight. */
export const CLIENT_MESSAGE_UNIT_SIZE = 1024;

/**
 * Unsent bytes towards a client, behind megabytes in the kernel: more means
 * that it does not read. 200 of them then cost 160 MB, with 1 MiB each 340.
 */
export const CLIENT_BUFFERED_MAX = 256 * 1024;

/** Patience with a client's own Close frame before the socket is cut. */
export const CLIENT_CLOSE_TIMEOUT_MS = 2_000;

/** A child's start until its ready line, ms: a Pi Zero needs about 10 s. */
export const CHILD_READY_TIMEOUT_MS = 30_000;

/** First wait before a dead child is started again, ms. */
export const RESTART_DELAY_MIN_MS = 200;

/** Longest such wait, ms: nobody looks at a dead camera for longer. */
export const RESTART_DELAY_MAX_MS = 5_000;

/** A child that ran this long, ms, has recovered: the wait starts over. */
export const RESTART_HEALTHY_MS = 10_000;

/** Starts refused for good (a port in use, say) before the whole ends. */
export const REFUSED_STARTS_MAX = 5;

/** SIGTERM to SIGKILL, ms, for a gateway that takes leave of its viewers. */
export const GATEWAY_STOP_TIMEOUT_MS = 6_000;

/** The same for the rest, afterwards; both together stay below 10 s. */
export const ENGINE_STOP_TIMEOUT_MS = 3_000;

/** How often the configuration file is looked at; two alike looks settle it. */
export const CONFIG_POLL_INTERVAL_MS = 250;

/** Gateways that keep viewers of before: a handful of edits in a day. */
export const GATEWAYS_RETIRED_MAX = 3;

/** How often a retired gateway looks whether its viewers have gone. */
export const RETIRED_POLL_INTERVAL_MS = 500;

/** The engine lets go of cameras after the gateway has told their viewers. */
export const ENGINE_ORDER_DELAY_MS = 200;

/** A media server that is not needed any more ends after its viewers know. */
export const DISMISSAL_DELAY_MS = 1_000;

/** A child's ready line, characters: two URLs. */
export const READY_LINE_SIZE_MAX = 4096;

/** Ports for a Janus of ours: Linux takes those from 32768 for clients. */
export const JANUS_PORT_MIN = 20_000;
export const JANUS_PORT_MAX = 32_767;

/** A line of Janus's log, characters: more is cut in two. */
export const LOG_LINE_LENGTH_MAX = 2_000;

/** Of the memory allowed: no new viewers from here, room is made from there. */
export const OVERLOAD_FULL_PART = 0.95;
export const OVERLOAD_SHED_PART = 0.98;

/** How often memory is looked at; a viewer is some 30 KiB. */
export const OVERLOAD_REVIEW_INTERVAL_MS = 1000;

/** Viewers sent away at a time: the next look may find that it was enough. */
export const OVERLOAD_SHED_MAX = 50;

/** TCP connections per viewer: its tunnel, and three requests beside it. */
export const CONNECTIONS_PER_VIEWER = 4;

/**
 * Requests on one connection whose answers are not out: nobody pipelines. More
 * than one, since the end of an answer may be noticed after the next request.
 */
export const PIPELINED_REQUESTS_MAX = 4;

/** No byte in or out for this long ends an HTTP connection, busy or not. */
export const SOCKET_IDLE_TIMEOUT_MS = 30_000;

/** A quiet server calls itself so often: a deaf one is noticed in 7 s. */
export const HEARING_CHECK_INTERVAL_MS = 5_000;

/** Its own call is taken in microseconds, or never. */
export const HEARING_TIMEOUT_MS = 2_000;

/** A request's headers: Envoy's and Node's defaults are larger or equal. */
export const HEADERS_SIZE_MAX = 16 * 1024;
export const HEADERS_COUNT_MAX = 100;

/** Headers must be complete in under ten seconds, checks every one. */
export const HEADERS_TIMEOUT_MS = 8_000;
export const CONNECTIONS_CHECK_INTERVAL_MS = 1_000;

/** A whole request; bodies are small. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** An idle HTTP connection: below the 60 s at which nginx drops it. */
export const KEEP_ALIVE_TIMEOUT_MS = 30_000;

/** A JSON request body, bytes: a name and a password fit several times. */
export const BODY_SIZE_MAX = 8 * 1024;

/** Draining, until what still lives is cut: supervisor kills after 10 s. */
export const DRAIN_TIMEOUT_MS = 5_000;

/** Forwarded addresses looked at, from the right: proxies in a row. */
export const FORWARDED_HOPS_MAX = 10;

/** From a WHEP offer to media: the engine waits 15 s, Janus for ever. */
export const WHEP_CONNECT_TIMEOUT_MS = 20_000;

/** What `Retry-After` says of a dark camera: it was waited for already. */
export const WHEP_RETRY_AFTER_S = 2;

/** A WHEP `PATCH`, bytes: all candidates that a session may have. */
export const SDP_FRAGMENT_SIZE_MAX = 16 * 1024;

/** An upstream's words in an answer of ours, characters: a sentence. */
export const UPSTREAM_TEXT_LENGTH_MAX = 160;

/** m-lines of a viewer's SDP: one video, one audio. */
export const SDP_MEDIA_MAX = 2;

/** How long a refused handshake's socket may take to read the answer. */
export const REFUSAL_LINGER_MS = 2_000;

/** How often draining looks whether all viewers have gone. */
export const DRAIN_POLL_MS = 20;

/** What a feed reads ahead for a key frame, bytes: 10 s of 24 Mbit/s. */
export const FEED_LOOKAHEAD_SIZE_MAX = 32 * 1024 * 1024;

/** A feed later than this does not catch up: it was stopped meanwhile. */
export const FEED_LATENESS_MS_MAX = 500;

/** Between frames of a live feed that come at once: a reader sees each. */
export const FEED_GAP_MS = 5;

/** `feed --fps`: no camera is faster. */
export const FEED_FPS_MAX = 1000;

/** How often a feed's status line is written anew. */
export const FEED_STATUS_INTERVAL_MS = 1000;

/** A signal so soon after the first is its echo, ms: nobody types faster. */
export const SIGNAL_ECHO_MS = 300;

/** A STUN server that a doctor asks; browsers give up after 9.5 s. */
export const STUN_TIMEOUT_MS = 4_000;

/** Between two sends of the same question by UDP: RFC 8489's first RTO. */
export const STUN_RESEND_MS = 500;

/** A doctor waits so long for a picture: µStreamer slows down to 1 frame/s. */
export const DOCTOR_SINK_WAIT_MS = 1_500;

/** Open files beside one for each viewer: listeners, upstreams, modules. */
export const DESCRIPTORS_BESIDE_VIEWERS = 200;

/** Years that a clock can mean; one that was never set says 1970. */
export const CLOCK_YEAR_MIN = 2026;
export const CLOCK_YEAR_MAX = 2100;

/** Connections to `/metrics`: a scraper or two. */
export const METRICS_CONNECTIONS_MAX = 16;

/** How often the event loop's lag is measured, and over how many times. */
export const LOOP_LAG_INTERVAL_MS = 1_000;
export const LOOP_LAG_SAMPLES = 15;
