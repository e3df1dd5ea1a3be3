/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink dumps: one request, every message of the answer to a callback. */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>

/*
 * Sends @request (its flags and sequence are set here) and calls @each for
 * every message. A negative return of @each ends the dump with that error.
 * -EAGAIN: the list changed while it was read; ask again.
 */
int tz_netlink_dump(int protocol, struct nlmsghdr *request,
		    int (*each)(const struct nlmsghdr *nlh, void *arg),
		    void *arg);

/* The attribute @type among the @len bytes at @at, or NULL. */
const struct nlattr *tz_netlink_find(const void *at, size_t len, int type);
size_t tz_netlink_len(const struct nlattr *attr);
const void *tz_netlink_data(const struct nlattr *attr);
/* Copies a string attribute; "" when @attr is NULL. Always terminated. */
void tz_netlink_string(const struct nlattr *attr, char *out, size_t size);
/* A number in host order; 0 when @attr is NULL or too short. */
unsigned int tz_netlink_u32(const struct nlattr *attr);
