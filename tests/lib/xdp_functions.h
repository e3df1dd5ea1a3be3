/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow graphs at XDP, many of them in one program: each is a C function as
 * rules have it, and all of them are asked about a frame in one test run. Or at
 * tc, where the program first does to the frame's VLAN tag what the kernel has
 * done to it before tc: it is taken out, and held apart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/ebpf/flow.h"
#include "base/buf.h"
#include "flow/flow.h"

/* A program may have 256 functions, and needs some itself. */
#define XDP_FUNCTIONS_MAX 200
/* What a frame has at least and at most; longer ones than 3 KiB come in pieces.
 */
#define XDP_FRAME_MIN 14
#define XDP_FRAME_MAX 60000
#define TC_FRAME_MAX 3000

struct bpf_object;

struct xdp_functions {
	bool at_tc;
	bool is_net; /* tc: frames begin with the IP header */
	struct tz_buf text;
	size_t n;
	struct bpf_object *object;
	int program, map;
	/*
	 * Bytes of the next frame that lie in its first piece, at least
	 * XDP_FRAME_MIN; 0: as many as go in, and where the kernel (before
	 * Linux 6.18) knows nothing else.
	 */
	size_t first_piece;
	unsigned long n_uncut; /* frames that did not come in such pieces */
	/* of the last frame, enum tz_test_result each; tc: not 0 is true */
	uint32_t answers[XDP_FUNCTIONS_MAX];
};

/*
 * Start with {0}, and at_tc. @prefix: tz_ebpf_at_*; the IP header is where the
 * frame is.
 */
void xdp_functions_add(struct xdp_functions *functions,
		       const struct tz_flow *flow, const char *prefix);
/* Builds and loads; false after a message. */
bool xdp_functions_load(struct xdp_functions *functions);
/* Fills answers; false after a message. */
bool xdp_functions_run(struct xdp_functions *functions, const uint8_t *bytes,
		       size_t len);
void xdp_functions_free(struct xdp_functions *functions);
