/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests that generated rules call: tz_test_NAME(ctx, s, arguments) says an
 * enum tz_test_result (abi.h). Each stands in a header of its kind, for the
 * programs that define TZ_HAS_NAME. They read the packet by
 * bpf_xdp_load_bytes, which knows frames in several pieces, and never behind
 * its end by the IP header (ip_len, l4_len): what lies there is not the
 * packet's. Those that are long are no static functions: the verifier then
 * follows them once, and not from each of a hundred rules.
 */
#ifndef TAMIZ_TEST_BPF_H
#define TAMIZ_TEST_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

/* A rule's conditions make a test once; the chain has these as locals. */
#define TZ_NOT_ASKED (-1)
#define TZ_ASK(test, call) \
	(asked == (test) ? answer : (asked = (test), answer = (call)))

/* @at: where the packet is now; a copy of it may be of another hook. */
static __always_inline void tz_be_at(struct tz_scratch *s, enum tz_at at)
{
	if (at == TZ_AT_FORWARD || s->at == TZ_AT_FORWARD)
		s->is_copied = 0;
	s->at = at;
}

#include <tamiz/test_bytes.bpf.h>
#include <tamiz/test_chance.bpf.h>
#include <tamiz/test_chunks.bpf.h>
#include <tamiz/test_ext6.bpf.h>
#include <tamiz/test_fib.bpf.h>
#include <tamiz/test_filter.bpf.h>
#include <tamiz/test_set.bpf.h>
#include <tamiz/test_sock.bpf.h>
#include <tamiz/test_tcp.bpf.h>
#include <tamiz/test_way.bpf.h>

#endif
