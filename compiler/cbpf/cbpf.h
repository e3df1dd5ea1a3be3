/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF programs: read from and printed as the texts that people use,
 * checked as the kernel checks them, and run. flow/decode.c makes a flow graph
 * of one, backend/cbpf makes one of a flow graph.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "cbpf/packet.h"

/* struct sock_filter of <linux/filter.h>: the code is BPF_LD | BPF_W ... */
struct tz_cbpf {
	struct sock_filter *insns;
	size_t n;
};

/* What the kernel takes: net/core/filter.c, xt_bpf.c. */
#define TZ_CBPF_MAX BPF_MAXINSNS /* of a socket: 4096 */
#define TZ_CBPF_XT_MAX 64

enum tz_cbpf_form {
	TZ_CBPF_BYTECODE, /* "N,c t f k,c t f k" as -m bpf takes it */
	TZ_CBPF_DDD,      /* decimal lines, the count first: tcpdump -ddd */
	TZ_CBPF_DD,       /* C initialisers: tcpdump -dd */
	TZ_CBPF_ASM,      /* with labels, as bpf_asm of the kernel takes it */
	TZ_CBPF_C,        /* struct sock_filter name[] with a comment each */
	TZ_CBPF_JSON,
	TZ_CBPF_N_FORMS
};

/* cbpf/print.c */
void tz_cbpf_print(const struct tz_cbpf *program, enum tz_cbpf_form form,
		   struct tz_buf *out);
/*
 * cbpf/read.c: any of the texts BYTECODE, DDD, DD and ASM, told by its content;
 * @span is where it stands in @diags' sources, @text its bytes. A program that
 * the kernel would refuse (tz_cbpf_check) is an error with its place, too.
 * False after a diagnostic.
 */
bool tz_cbpf_read(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_cbpf *program);
/*
 * cbpf/check.c: NULL when the kernel would load @program, else why not, and
 * *at is the instruction. As sk_chk_filter and check_load_and_stores: known
 * codes, jumps forward and inside, no constant division by zero, no constant
 * shift over 31, scratch written on every way before it is read, a return last.
 */
const char *tz_cbpf_check(const struct tz_cbpf *program, size_t *at);
/*
 * cbpf/run.c: what the kernel's interpreter answers; @program is checked. What
 * the packet does not know of itself (ad) is a load that fails: 0. Whoever may
 * not be wrong about it asks tz_cbpf_obstacle before: the kernel answers A
 * where there is no device to have an IFINDEX or HATYPE, and NLATTR and
 * NLATTR_NEST depend on A and X, so that no packet here knows them.
 */
uint32_t tz_cbpf_run(const struct tz_cbpf *program,
		     const struct tz_filter_packet *packet);
/* The same; adds the number of instructions that it took to *steps. */
uint32_t tz_cbpf_count(const struct tz_cbpf *program,
		       const struct tz_filter_packet *packet, size_t *steps);
