/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An entry is counted (nf_conntrack_count) until its last reference is given
 * back (nf_conntrack_free), also when it is no longer in the table. The table
 * is flushed by ctnetlink.
 */
#include "ct_leak.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { N_RUNS = 1000000, TIMEOUT_S = 30 };

int ct_leak_run(int prog_fd, const struct ct_frame *frame, uint32_t ifindex,
		uint32_t verdict, uint32_t *ns)
{
	struct xdp_md context = { .data_end = (__u32)frame->len,
				  .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (__u32)frame->len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = N_RUNS);
	int error = bpf_prog_test_run_opts(prog_fd, &opts);

	if (error)
		return error;
	*ns = opts.duration;
	return opts.retval == verdict ? 0 : -EPROTO;
}

static int flush(void)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg of;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
					IPCTNL_MSG_CT_DELETE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr said;
		char rest[64];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return -errno;

	int error = 0;

	if (send(fd, &request, sizeof(request), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) <
		    (ssize_t)(sizeof(answer.head) + sizeof(answer.said)))
		error = -EIO;
	else if (answer.head.nlmsg_type == NLMSG_ERROR)
		error = answer.said.error;
	close(fd);
	return error;
}

static int count(unsigned int *n)
{
	FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");

	if (!file)
		return -errno;

	int got = fscanf(file, "%u", n);

	fclose(file);
	return got == 1 ? 0 : -EIO;
}

int ct_leak_flush(void)
{
	time_t end = time(NULL) + TIMEOUT_S;
	unsigned int n = 1;
	int error = flush();

	while (!error && n && time(NULL) < end) {
		error = count(&n);
		if (n)
			usleep(1000);
	}
	return error ? error : n ? -EBUSY : 0;
}
