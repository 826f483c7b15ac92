/**
 * Headers by which a client claims to come from, or to ask for, something
 * else. None may have any effect.
 *
 * @module
 */

/** Lines that a client adds to its request. */
export const SPOOFED_HEADERS: readonly string[] = [
  "X-Forwarded-For: 192.0.2.66",
  "X-Forwarded-For: 127.0.0.1, 192.0.2.66",
  "X-Forwarded-For: ::1",
  "X-Forwarded-For: unknown",
  "X-Forwarded-For:",
  "X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-For: 192.0.2.67",
  "x-forwarded-for: 192.0.2.66",
  "X_Forwarded_For: 192.0.2.66",
  "X-Real-IP: 192.0.2.66",
  "X-Client-IP: 192.0.2.66",
  "X-Cluster-Client-IP: 192.0.2.66",
  "True-Client-IP: 192.0.2.66",
  "CF-Connecting-IP: 192.0.2.66",
  "Forwarded: for=192.0.2.66;proto=ftp;host=evil.example",
  'Forwarded: for="[2001:db8::66]"',
  "Via: 1.1 evil.example",
  "X-Forwarded-Proto: ftp",
  "X-Forwarded-Proto: http, ftp",
  "X-Forwarded-Scheme: ftp",
  "X-Forwarded-Ssl: off",
  "Front-End-Https: off",
  "X-Url-Scheme: ftp",
  "X-Forwarded-Host: evil.example",
  "X-Host: evil.example",
  "X-Forwarded-Server: evil.example",
  "X-Forwarded-Port: 666",
  "X-Forwarded-Prefix: /evil",
  "X-Script-Name: /evil",
  "X-Forwarded-Path: /lab/login",
  "X-Forwarded-Uri: /lab/login",
  "X-Forwarded-Method: POST",
  "X-HTTP-Method-Override: POST",
  "X-Original-URL: /lab/login",
  "X-Original-URI: /lab/login",
  "X-Rewrite-URL: /lab/login",
  "X-Accel-Redirect: /lab/login",
  "Remote-User: ann",
  "X-Forwarded-User: ann",
  "X-Remote-User: ann",
  "Connection: close, X-Forwarded-For",
  "Connection: close, Host",
];
