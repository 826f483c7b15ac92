// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A small Janus for tests: the symbols that the plugin takes from the core,
 * the callbacks, and handles that check each packet they get.
 */
#ifndef NLG_HOST_H
#define NLG_HOST_H

#include <jansson.h>
#include <janus/plugins/plugin.h>
#include <stdbool.h>

janus_plugin *create(void);

struct host_handle;

/** The configuration that janus_config_parse gives from now on. */
struct host_camera {
  const char *id, *sink;
  const char *keep_warm;
};
void host_configure(const struct host_camera *cameras, size_t count);

extern janus_callbacks host_callbacks;

/** Attaches as the core does, and detaches; then nothing may use it. */
struct host_handle *host_attach(void);
void host_detach(struct host_handle *handle);

/** Sends a message; `jsep` may be NULL. Whether the plugin took it. */
bool host_send(struct host_handle *handle, const char *transaction,
               const char *body, json_t *jsep);

/**
 * The next event, as {transaction, event, jsep}, to be freed by the caller;
 * NULL if none has come in 20 seconds.
 */
json_t *host_receive(struct host_handle *handle);

/** Events that nobody has received. */
size_t host_pending(struct host_handle *handle);

void host_setup_media(struct host_handle *handle);
void host_hangup(struct host_handle *handle);
void host_rtcp(struct host_handle *handle, const uint8_t *bytes, size_t size);

/** Packets so far, and what the newest said. */
unsigned long host_packets(struct host_handle *handle);
int host_payload_type(struct host_handle *handle);
int host_media_index(struct host_handle *handle);
int host_rotation(struct host_handle *handle);
int host_playout_delay(struct host_handle *handle);

/** Waits until the handle has got that many packets; false after 20 s. */
bool host_wait_packets(struct host_handle *handle, unsigned long count);

/** The next packet may only be the start of a key frame. */
void host_expect_key(struct host_handle *handle);

/** Handles that are not freed yet. */
int host_alive(void);

#endif
