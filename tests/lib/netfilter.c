/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers are the kernel's, since Linux 6.4; the headers are of 6.1. */
#include "lib/netfilter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of enum bpf_prog_type and bpf_attach_type. */
enum { PROG_TYPE_NETFILTER = 32, ATTACH_NETFILTER = 45 };

/* The part of union bpf_attr that BPF_LINK_CREATE reads. */
struct link_create_netfilter {
	__u32 prog_fd, target_fd, attach_type, flags;
	__u32 pf, hooknum;
	__s32 priority;
	__u32 netfilter_flags;
};

void tz_netfilter_set_type(struct bpf_program *prog)
{
	bpf_program__set_type(prog, (enum bpf_prog_type)PROG_TYPE_NETFILTER);
	bpf_program__set_expected_attach_type(
		prog, (enum bpf_attach_type)ATTACH_NETFILTER);
}

int tz_netfilter_link(const struct bpf_program *prog, unsigned int pf,
		      unsigned int hook, int priority)
{
	struct link_create_netfilter attr = {
		.prog_fd = (__u32)bpf_program__fd(prog),
		.attach_type = ATTACH_NETFILTER,
		.pf = pf,
		.hooknum = hook,
		.priority = priority,
	};
	int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : fd;
}
