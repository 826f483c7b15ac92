// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A camera at work: one thread reads its sink, packetizes each access unit and
 * relays the packets to all viewers.
 */
#ifndef NLG_MOUNT_H
#define NLG_MOUNT_H

#include "config.h"
#include "memsink.h"
#include "stream.h"

#include <janus/plugins/plugin.h>
#include <stdbool.h>
#include <stdint.h>

struct nlg_mount;

/** What is known of a camera at one moment. */
struct nlg_report {
  enum nlg_state state;
  char detail[NLG_DETAIL_SIZE];
  uint32_t width, height;
  double fps;
  char profile[NLG_PROFILE_SIZE];
  unsigned viewers;
  /** Pictures are coming, and the SPS is known: it can be watched now. */
  bool ready;
};

/** Called by the mount's thread, without locks, when a report changes. */
typedef void nlg_mount_changed(void *context);

/** Starts the thread; NULL if that is not possible. One reference. */
struct nlg_mount *nlg_mount_new(const struct nlg_camera *camera,
                                const janus_callbacks *janus,
                                nlg_mount_changed *changed, void *context);

/** Ends the thread. The mount stays until its last reference goes. */
void nlg_mount_stop(struct nlg_mount *mount);

struct nlg_mount *nlg_mount_ref(struct nlg_mount *mount);
void nlg_mount_unref(struct nlg_mount *mount);

const char *nlg_mount_id(const struct nlg_mount *mount);

/** While it is wanted, the sink is read, which keeps the encoder running. */
void nlg_mount_want(struct nlg_mount *mount);
void nlg_mount_unwant(struct nlg_mount *mount);

/** From its next key frame on, the viewer gets packets. */
void nlg_mount_add(struct nlg_mount *mount, struct nlg_viewer *viewer);

/** On return, the mount does not use the viewer any more. */
void nlg_mount_remove(struct nlg_mount *mount, struct nlg_viewer *viewer);

/** Asks the encoder for a key frame; many requests make one. */
void nlg_mount_request_key(struct nlg_mount *mount);

void nlg_mount_report(struct nlg_mount *mount, struct nlg_report *report);

#endif
