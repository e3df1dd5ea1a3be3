/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches on bytes of the packet, as tests (model/test.def). */
#pragma once

#include "cbpf/cbpf.h"
#include "lower/build.h"

/* False: @use is none of string, u32, bpf and tcpmss, or opaque. */
bool tz_lower_bytes(struct tz_builder *b, const struct tz_sema_use *use);
/*
 * A program of classic BPF over the packet from its IP header on, which the
 * kernel would load; opaque, as @name, when it reads what is not known.
 */
void tz_lower_program(struct tz_builder *b, const char *name,
		      const struct tz_cbpf *program);
/* --chunk-types of sctp, --dccp-option of dccp; behind their header. */
void tz_lower_chunks(struct tz_builder *b, const struct tz_sema_option *option);
void tz_lower_dccp_option(struct tz_builder *b,
			  const struct tz_sema_option *option);
