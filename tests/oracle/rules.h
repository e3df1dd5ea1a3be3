/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in the kernel of the current network namespace, by the tools of
 * iptables: what everything else is judged against.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tamiz/compile.h>

struct tz_tally {
	uint64_t packets, bytes;
};

/* Which of the kernel's engines takes the rules. */
struct tz_kernel {
	bool is_nft;
	int family; /* 4 or 6 */
	bool has_sets; /* those that rules name are there */
};

/* Makes and fills sets by ipset. 0, or -EINVAL after a message. */
int tz_kernel_load_sets(const char *text, size_t len);
/* Loads the text of a rule file. 0, or -EINVAL after a message. */
int tz_kernel_load(const struct tz_kernel *kernel, const char *text,
		   size_t len);
/* Makes conntrack be in use in the namespace, without a rule that drops. */
int tz_kernel_use_conntrack(const struct tz_kernel *kernel);
/* Makes the namespace translate addresses: all of UDP port 53 goes to 5353. */
int tz_kernel_use_nat(const struct tz_kernel *kernel);
/*
 * Reads the counters of all rules and policies that @tamiz knows, by their
 * index; @tallies has tamiz_n_rules() entries. 0, or -EINVAL after a message.
 */
int tz_kernel_count(const struct tz_kernel *kernel, const struct tamiz *tamiz,
		    struct tz_tally *tallies);
