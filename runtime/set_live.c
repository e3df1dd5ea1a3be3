/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sets that the kernel of this namespace holds, by netlink
 * (NFNL_SUBSYS_IPSET, linux/netfilter/ipset/ip_set.h), as the text that `ipset
 * save` would print; protocols are numbers. The kernel sends a set in several
 * messages, of which the first alone says how it was made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/netlink.h"
#include "runtime/scope.h"
#include "runtime/set.h"

#define TRIES_MAX 5

/* linux/netfilter/ipset/ip_set.h of Linux 6.2, and of 5.19 */
#define ATTR_BITMASK 12
#define FLAG_WILDCARD (1u << 7)

struct reader {
	FILE *out;
	char name[IPSET_MAXNAMELEN], type[IPSET_MAXNAMELEN];
	char made[IPSET_MAXNAMELEN]; /* the last set that was made */
};

static const struct nlattr *inside(const struct nlattr *attr, int type)
{
	return attr ? tz_netlink_find(tz_netlink_data(attr),
				      tz_netlink_len(attr), type)
		    : NULL;
}

static unsigned int number8(const struct nlattr *attr)
{
	return attr && tz_netlink_len(attr) >= 1
		       ? *(const uint8_t *)tz_netlink_data(attr)
		       : 0;
}

/* In network order. */
static unsigned int number16(const struct nlattr *attr)
{
	uint16_t value = 0;

	if (attr && tz_netlink_len(attr) >= sizeof(value))
		memcpy(&value, tz_netlink_data(attr), sizeof(value));
	return ntohs(value);
}

static unsigned int number32(const struct nlattr *attr)
{
	return ntohl(tz_netlink_u32(attr));
}

static void put_address(FILE *out, const struct nlattr *ip)
{
	const struct nlattr *v4 = inside(ip, IPSET_ATTR_IPADDR_IPV4);
	const struct nlattr *v6 = inside(ip, IPSET_ATTR_IPADDR_IPV6);
	const struct nlattr *address = v4 ? v4 : v6;
	char text[INET6_ADDRSTRLEN];

	if (!address || tz_netlink_len(address) < (v4 ? 4 : 16))
		return;
	inet_ntop(v4 ? AF_INET : AF_INET6, tz_netlink_data(address), text,
		  sizeof(text));
	fputs(text, out);
}

/* ---- a set ---- */

/* ipset itself would not read back a name with blanks as it saves it. */
static void put_name(FILE *out, const char *name)
{
	const char *quote = strchr(name, ' ') ? "\"" : "";

	fprintf(out, "%s%s%s", quote, name, quote);
}

static void put_range(FILE *out, const struct nlattr *data, bool is_port)
{
	const struct nlattr *cidr = inside(data, IPSET_ATTR_CIDR);

	fputs(" range ", out);
	if (is_port) {
		fprintf(out, "%u-%u", number16(inside(data, IPSET_ATTR_PORT)),
			number16(inside(data, IPSET_ATTR_PORT_TO)));
		return;
	}
	put_address(out, inside(data, IPSET_ATTR_IP));
	if (cidr) {
		fprintf(out, "/%u", number8(cidr));
		return;
	}
	fputs("-", out);
	put_address(out, inside(data, IPSET_ATTR_IP_TO));
}

static void put_create(struct reader *r, const struct nlattr *data,
		       unsigned int family)
{
	const struct nlattr *attr;

	fputs("create ", r->out);
	put_name(r->out, r->name);
	fprintf(r->out, " %s", r->type);
	if (!strncmp(r->type, "hash:", 5) && strcmp(r->type, "hash:mac"))
		fprintf(r->out, " family %s",
			family == AF_INET6 ? "inet6" : "inet");
	if (!strncmp(r->type, "bitmap:", 7))
		put_range(r->out, data, !strcmp(r->type, "bitmap:port"));
	if ((attr = inside(data, IPSET_ATTR_MAXELEM)))
		fprintf(r->out, " maxelem %u", number32(attr));
	if ((attr = inside(data, IPSET_ATTR_NETMASK)))
		fprintf(r->out, " netmask %u", number8(attr));
	if ((attr = inside(data, ATTR_BITMASK))) {
		fputs(" bitmask ", r->out);
		put_address(r->out, attr);
	}
	if ((attr = inside(data, IPSET_ATTR_TIMEOUT)))
		fprintf(r->out, " timeout %u", number32(attr));
	fputs("\n", r->out);
}

/* ---- a member ---- */

static void put_port(FILE *out, const struct nlattr *data)
{
	unsigned int proto = number8(inside(data, IPSET_ATTR_PROTO));
	unsigned int port = number16(inside(data, IPSET_ATTR_PORT));

	if (proto)
		fprintf(out, "%u:", proto);
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		fprintf(out, "%u/%u", port >> 8, port & 0xff);
	else
		fprintf(out, "%u", port);
}

static void put_mac(FILE *out, const struct nlattr *attr)
{
	const uint8_t *mac = attr ? tz_netlink_data(attr) : NULL;

	if (attr && tz_netlink_len(attr) >= 6)
		fprintf(out, "%02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
}

static void put_text(FILE *out, const struct nlattr *attr)
{
	char text[256];

	tz_netlink_string(attr, text, sizeof(text));
	fputs(text, out);
}

static void put_net(FILE *out, const struct nlattr *data, bool is_second)
{
	const struct nlattr *cidr =
		inside(data, is_second ? IPSET_ATTR_CIDR2 : IPSET_ATTR_CIDR);

	put_address(out,
		    inside(data, is_second ? IPSET_ATTR_IP2 : IPSET_ATTR_IP));
	if (cidr)
		fprintf(out, "/%u", number8(cidr));
}

/* The dimensions are named behind the colon of the type. */
static void put_element(const struct reader *r, const struct nlattr *data,
			unsigned int flags)
{
	const char *colon = strchr(r->type, ':');
	char set[IPSET_MAXNAMELEN];
	bool is_second = false;

	for (const char *part = colon; part; part = strchr(part + 1, ',')) {
		const char *name = part + 1;

		if (part != colon)
			fputs(",", r->out);
		if (!strncmp(name, "ip", 2) || !strncmp(name, "net", 3)) {
			put_net(r->out, data, is_second);
			is_second = true;
		} else if (!strncmp(name, "port", 4)) {
			put_port(r->out, data);
		} else if (!strncmp(name, "mac", 3)) {
			put_mac(r->out, inside(data, IPSET_ATTR_ETHER));
		} else if (!strncmp(name, "iface", 5)) {
			if (flags & IPSET_FLAG_PHYSDEV)
				fputs("physdev:", r->out);
			put_text(r->out, inside(data, IPSET_ATTR_IFACE));
		} else if (!strncmp(name, "set", 3)) {
			tz_netlink_string(inside(data, IPSET_ATTR_NAME), set,
					  sizeof(set));
			put_name(r->out, set);
		} else {
			fprintf(r->out, "%u",
				number32(inside(data, IPSET_ATTR_MARK)));
		}
	}
}

static void put_member(const struct reader *r, const struct nlattr *data)
{
	const struct nlattr *timeout = inside(data, IPSET_ATTR_TIMEOUT);
	unsigned int flags = number32(inside(data, IPSET_ATTR_CADT_FLAGS));

	fputs("add ", r->out);
	put_name(r->out, r->name);
	fputs(" ", r->out);
	put_element(r, data, flags);
	if (timeout)
		fprintf(r->out, " timeout %u", number32(timeout));
	if (flags & IPSET_FLAG_NOMATCH)
		fputs(" nomatch", r->out);
	if (flags & FLAG_WILDCARD)
		fputs(" wildcard", r->out);
	fputs("\n", r->out);
}

/* Calls put_member for each container of @adt. */
static void put_members(const struct reader *r, const struct nlattr *adt)
{
	const char *at = adt ? tz_netlink_data(adt) : NULL;
	size_t len = adt ? tz_netlink_len(adt) : 0;

	while (len >= NLA_HDRLEN) {
		const struct nlattr *attr = (const void *)at;
		size_t step = NLA_ALIGN(attr->nla_len);

		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > len)
			return;
		put_member(r, attr);
		if (step >= len)
			return;
		at += step;
		len -= step;
	}
}

/* ---- all of them ---- */

static int read_message(const struct nlmsghdr *nlh, void *arg)
{
	const size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	struct reader *r = arg;
	const char *at = (const char *)nlh + NLMSG_ALIGN(head);
	size_t len = nlh->nlmsg_len > head ? nlh->nlmsg_len - head : 0;
	const struct nlattr *type, *data;

	data = tz_netlink_find(at, len, IPSET_ATTR_DATA);
	type = tz_netlink_find(at, len, IPSET_ATTR_TYPENAME);
	tz_netlink_string(tz_netlink_find(at, len, IPSET_ATTR_SETNAME), r->name,
			  sizeof(r->name));
	if (strpbrk(r->name, "\"\n\t")) /* no rule of a file asks it */
		return 0;
	if (type)
		tz_netlink_string(type, r->type, sizeof(r->type));
	if (data && type && strcmp(r->made, r->name)) {
		put_create(
			r, data,
			number8(tz_netlink_find(at, len, IPSET_ATTR_FAMILY)));
		strcpy(r->made, r->name);
	}
	put_members(r, tz_netlink_find(at, len, IPSET_ATTR_ADT));
	return 0;
}

static int dump(struct reader *r)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfg;
		struct nlattr attr;
		uint8_t protocol, pad[3];
	} request = {
		.nlh = { .nlmsg_len = sizeof(request),
			 .nlmsg_type =
				 NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_SAVE },
		.nfg = { .nfgen_family = AF_INET },
		.attr = { .nla_len = NLA_HDRLEN + 1,
			  .nla_type = IPSET_ATTR_PROTOCOL },
		.protocol = IPSET_PROTOCOL_MIN,
	};

	return tz_netlink_dump(NETLINK_NETFILTER, &request.nlh, read_message,
			       r);
}

int tamiz_live_sets(char **text, size_t *len, struct tamiz_message *message)
{
	int error = -EAGAIN;

	for (int i = 0; i < TRIES_MAX && error == -EAGAIN; i++) {
		struct reader r = { 0 };
		char *read = NULL;
		size_t n = 0;

		r.out = open_memstream(&read, &n);
		if (!r.out)
			return -ENOMEM;
		error = dump(&r);
		if (fclose(r.out) && !error)
			error = -ENOMEM;
		if (!error) {
			*text = read;
			*len = n;
			return 0;
		}
		free(read);
	}
	return tz_message_fail(message, error,
			       "cannot read the kernel's sets of ipset: %s",
			       strerror(-error));
}
