/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports of members, as numbers or by the system's names, and ICMP's types. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sema/icmp.h"
#include "sema/ipset.h"

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
	PROTO_UDPLITE = 136,
};

enum word { WORD_NONE, WORD_NUMBER, WORD_NAME };

enum { NAME_MAX_LEN = 63 };

/* The @len bytes at @text become @name, and @number when they are one. */
static enum word read_word(const char *text, size_t len,
			   char name[NAME_MAX_LEN + 1], unsigned long *number)
{
	char *rest;

	if (!len || len > NAME_MAX_LEN)
		return WORD_NONE;
	memcpy(name, text, len);
	name[len] = '\0';
	*number = strtoul(name, &rest, 10);
	return *rest ? WORD_NAME : WORD_NUMBER;
}

static bool read_protocol(const char *text, size_t len, uint8_t *proto)
{
	char name[NAME_MAX_LEN + 1];
	const struct protoent *entry;
	unsigned long number;
	enum word word = read_word(text, len, name, &number);

	if (word == WORD_NUMBER) {
		*proto = (uint8_t)number;
		return number && number < 256;
	}
	if (word == WORD_NONE)
		return false;
	if (strcasecmp(name, "icmpv6") == 0 || strcasecmp(name, "icmp6") == 0) {
		*proto = PROTO_ICMP6;
		return true;
	}
	entry = getprotobyname(name);
	if (!entry || entry->p_proto <= 0 || entry->p_proto > 255)
		return false;
	*proto = (uint8_t)entry->p_proto;
	return true;
}

static bool read_port(const char *text, size_t len, uint8_t proto,
		      uint16_t *port)
{
	const char *protocols[] = { "tcp", "udp" };
	char name[NAME_MAX_LEN + 1];
	const struct servent *entry;
	unsigned long number;
	enum word word = read_word(text, len, name, &number);

	if (word == WORD_NUMBER) {
		*port = (uint16_t)number;
		return number <= 65535;
	}
	if (word == WORD_NONE)
		return false;
	entry = getservbyname(name, protocols[proto == PROTO_UDP]);
	if (!entry)
		return false;
	*port = ntohs((uint16_t)entry->s_port);
	return true;
}

/* TYPE/CODE, or a name: as a port, type << 8 | code. */
static bool read_icmp(const char *text, bool is_v6,
		      struct tz_ipset_ports *ports)
{
	const struct tz_icmp_name *other, *name;
	unsigned int type, code;
	char rest;

	if (sscanf(text, "%u/%u%c", &type, &code, &rest) != 2) {
		name = tz_icmp_find(is_v6, text, &other);
		if (!name || strcasecmp(name->name, text) != 0)
			return false;
		type = name->type;
		code = name->code_lo;
	}
	ports->lo = ports->hi = (uint16_t)(type << 8 | code);
	return type < 256 && code < 256;
}

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP ||
	       proto == PROTO_SCTP || proto == PROTO_UDPLITE;
}

bool tz_ipset_port_range(const char *text, struct tz_ipset_ports *ports)
{
	size_t len = strlen(text), dash = 0;

	if (read_port(text, len, ports->proto, &ports->lo)) {
		ports->hi = ports->lo;
		return true;
	}
	/* names of services have dashes, too */
	for (dash = 1; dash + 1 < len; dash++)
		if (text[dash] == '-' &&
		    read_port(text, dash, ports->proto, &ports->lo) &&
		    read_port(text + dash + 1, len - dash - 1, ports->proto,
			      &ports->hi))
			break;
	if (dash + 1 >= len)
		return false;
	if (ports->lo > ports->hi) {
		uint16_t port = ports->lo;

		ports->lo = ports->hi;
		ports->hi = port;
	}
	return true;
}

/* [PROTOCOL:]PORT; without one it is TCP. */
bool tz_ipset_ports(struct tz_ipset_reader *r, const struct tz_ipset *set,
		    const struct tz_ipset_word *word, const char *text,
		    struct tz_ipset_ports *ports)
{
	const char *colon = strchr(text, ':');
	const char *port = colon ? colon + 1 : text;
	bool is_v6 = set->family == TZ_IPV6, is_read;

	ports->proto = PROTO_TCP;
	if (colon &&
	    !read_protocol(text, (size_t)(colon - text), &ports->proto))
		return tz_ipset_fail(r, word, "'%s' begins with no protocol",
				     text);
	if (ports->proto == (is_v6 ? PROTO_ICMP6 : PROTO_ICMP))
		is_read = read_icmp(port, is_v6, ports);
	else if (has_ports(ports->proto))
		is_read = tz_ipset_port_range(port, ports);
	else /* the kernel knows no port then */
		is_read = strcmp(port, "0") == 0;
	return is_read ||
	       tz_ipset_fail(r, word, "'%s' is no port of its protocol", port);
}
