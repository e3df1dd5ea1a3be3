/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink by socket: two kinds of dumps are all that is needed here, which
 * does not justify a library. Errors come back as the kernel's -errno.
 */
#include "runtime/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/scope.h"

#define ANSWER_LEN 65536

struct dump {
	int (*each)(const struct nlmsghdr *nlh, void *arg);
	void *arg;
	bool is_done;
};

static int read_answer(struct dump *dump, const struct nlmsghdr *nlh,
		       size_t len)
{
	for (; NLMSG_OK(nlh, len) && !dump->is_done;
	     nlh = NLMSG_NEXT(nlh, len)) {
		int error = 0;

		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EAGAIN;
		if (nlh->nlmsg_type == NLMSG_DONE)
			dump->is_done = true;
		else if (nlh->nlmsg_type == NLMSG_ERROR)
			error = ((const struct nlmsgerr *)NLMSG_DATA(nlh))
					->error;
		else
			error = dump->each(nlh, dump->arg);
		if (error)
			return error;
	}
	return 0;
}

int tz_netlink_dump(int protocol, struct nlmsghdr *request,
		    int (*each)(const struct nlmsghdr *nlh, void *arg),
		    void *arg)
{
	_cleanup_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	_cleanup_free_ char *answer = malloc(ANSWER_LEN);
	struct dump dump = { each, arg, false };

	if (fd < 0)
		return -errno;
	if (!answer)
		return -ENOMEM;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	while (!dump.is_done) {
		ssize_t n = recv(fd, answer, ANSWER_LEN, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;

		int error = read_answer(&dump, (const void *)answer, (size_t)n);

		if (error)
			return error;
	}
	return 0;
}

const struct nlattr *tz_netlink_find(const void *at, size_t len, int type)
{
	while (len >= sizeof(struct nlattr)) {
		const struct nlattr *attr = at;
		size_t step = NLA_ALIGN(attr->nla_len);

		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > len)
			return NULL;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		if (step >= len)
			return NULL;
		at = (const char *)at + step;
		len -= step;
	}
	return NULL;
}

size_t tz_netlink_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

const void *tz_netlink_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

void tz_netlink_string(const struct nlattr *attr, char *out, size_t size)
{
	size_t len = attr ? tz_netlink_len(attr) : 0;

	if (len > size - 1)
		len = size - 1;
	if (len)
		memcpy(out, tz_netlink_data(attr), len);
	out[len] = '\0';
}

unsigned int tz_netlink_u32(const struct nlattr *attr)
{
	unsigned int value = 0;

	if (attr && tz_netlink_len(attr) >= sizeof(value))
		memcpy(&value, tz_netlink_data(attr), sizeof(value));
	return value;
}
