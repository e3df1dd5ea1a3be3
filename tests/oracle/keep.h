/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For oracles on what rules keep: one laboratory in which rules are the
 * kernel's (legacy or nft) or a program's that keeps their state itself, and
 * the clock that all of them look at.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tamiz/runtime.h>

#include "compile.h"
#include "lib/frame.h"
#include "lib/lab.h"

enum keep_side {
	KEEP_LEGACY,
	KEEP_NFT,
	KEEP_XDP,
	KEEP_XDP_NFT, /* in the arithmetic of nft */
	KEEP_N_SIDES
};
extern const char *const keep_side_names[KEEP_N_SIDES];

struct keep_instant {
	uint32_t jiffies;
	uint64_t ns; /* of CLOCK_MONOTONIC */
};

struct keep_lab {
	struct tz_lab lab;
	int clock_prog, fence_fd;
	unsigned int hz;
};

enum { KEEP_FENCE = 9999 };

/* All of these end the process with a message where something fails. */
void keep_open(struct keep_lab *k);
void keep_close(struct keep_lab *k);
struct keep_instant keep_now(const struct keep_lab *k);
/* A socket for UDP of both families to @port. */
int keep_listen(uint16_t port);
/* Whether a datagram comes; from which port, if that is asked. */
bool keep_arrives(int fd, int timeout_ms, uint16_t *from);
void keep_frame(struct tz_frame *frame, const char *src, const char *dst,
		uint16_t sport, uint16_t dport, size_t payload_len);
void keep_send(const struct keep_lab *k, const struct tz_frame *frame);
/* Sends one that is let in, and waits for it: what was sent before is judged.
 */
void keep_fence(const struct keep_lab *k);
/* A device that was just brought up throws frames away. */
void keep_warm_up(const struct keep_lab *k);
/* Into the kernel; @side: LEGACY or NFT. */
void keep_restore(bool is_ipv6, enum keep_side side, const char *rules);
/*
 * @sets: of ipset, or NULL. They are empty until keep_attach. Lists that let
 * packets in are the program's in replace mode alone.
 */
struct tamiz *keep_compile(const struct keep_lab *k, bool is_ipv6,
			   const char *rules, const char *sets,
			   enum keep_side side, enum tamiz_mode mode);
struct tamiz_program *keep_attach(const struct keep_lab *k,
				  struct tamiz *tamiz);
void keep_detach(const struct keep_lab *k, struct tamiz_program *program);
/* Until CLOCK_MONOTONIC says @ms milliseconds. */
void keep_sleep_until(uint64_t ms);
/* Less than @n, by dice that go on from *seed. */
uint32_t keep_draw(uint64_t *seed, uint32_t n);
