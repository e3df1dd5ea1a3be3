/* SPDX-License-Identifier: GPL-2.0-only */
/* The rule file under test: its text, what libtamiz makes of it, its IR. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include <tamiz/compile.h>

#include "base/arena.h"
#include "base/diag.h"
#include "ir/eval.h"
#include "ir/ir.h"

struct tz_subject_options {
	const char *dev; /* NULL: the file's favourite */
	enum tamiz_backend backend;
	bool host_has_nat;
	bool log_ring;
	enum tamiz_answers answers;
	bool is_loose; /* nf_conntrack_tcp_loose, as the kernel has it */
	bool has_one_device; /* by which packets come in */
};

struct tz_subject {
	char *text;
	size_t len;
	/* NAME.ipset beside NAME.rules: what its sets hold; NULL: none */
	char *sets;
	size_t sets_len;
	char dev[IFNAMSIZ];
	struct tamiz *tamiz;
	struct tz_arena *arena;
	struct tz_ir *ir;
	/*
	 * The same rules, with the base chains of PREROUTING only, and with
	 * those of INPUT and FORWARD only: the two stations at which a packet
	 * can be seen.
	 */
	struct tz_ir prerouting, routed;
	enum tz_family family;
	bool has_nat; /* of the file or the host */
	struct tz_ct_options ct;
	bool is_exact;  /* every ingress rule */
	bool has_rules; /* false: no chain at all */
};

/* 0, or -EINVAL after messages. */
int tz_subject_open(struct tz_subject *subject, const char *path,
		    const struct tz_subject_options *options);
/* The same of a copy of @text, which came from @path. */
int tz_subject_take(struct tz_subject *subject, const char *path,
		    const char *text, const struct tz_subject_options *options);
void tz_subject_close(struct tz_subject *subject);
