/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF programs at netfilter's hooks. libbpf 1.1 knows neither the program type
 * nor the link: the type is set by hand, the link is made by the system call.
 */
#pragma once

#include <bpf/libbpf.h>

/* Before its object is loaded: @prog is for a hook of netfilter. */
void tz_netfilter_set_type(struct bpf_program *prog);
/*
 * Hooks a loaded program in, in the current network namespace: @pf is
 * NFPROTO_IPV4 or _IPV6, @hook NF_INET_*. The link's descriptor, or -errno.
 */
int tz_netfilter_link(const struct bpf_program *prog, unsigned int pf,
		      unsigned int hook, int priority);
