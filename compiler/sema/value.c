/* SPDX-License-Identifier: GPL-2.0-only */
/* Words read as values; see the header. */
#include "sema/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

bool tz_value_number(const char *s, const char *end, uint64_t max,
		     uint64_t *value)
{
	unsigned int base = 10;
	uint64_t number = 0;

	if (end - s > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (end - s > 1 && s[0] == '0') {
		base = 8;
	}
	if (s == end)
		return false;
	for (; s < end; s++) {
		unsigned int digit = (unsigned int)digit_of(*s);

		if (digit >= base || number > (max - digit) / base)
			return false;
		number = number * base + digit;
	}
	if (number > max)
		return false;
	*value = number;
	return true;
}

/* What the system's files say of a name: reading them takes its time. */
struct named {
	bool is_known;
	uint16_t number;
};

static bool look_up_service(const char *name, const char *protocol,
			    struct named *service)
{
	struct servent entry, *found = NULL;
	char room[4096];

	if (getservbyname_r(name, protocol, &entry, room, sizeof(room),
			    &found) != 0 ||
	    !found)
		return false;
	service->is_known = true;
	service->number = ntohs((uint16_t)found->s_port);
	return true;
}

static const struct named *find_service(struct tz_sema *sema, const char *name,
					const char *protocol)
{
	/* getaddrinfo's, in its order. */
	static const char *const any[] = { "tcp", "udp", "dccp", "sctp" };
	char *key = tz_arena_printf(sema->arena, "%s/%s", name,
				    protocol ? protocol : "");
	struct named *service = tz_map_get(sema->names, key);

	if (service)
		return service;

	service = tz_new(sema->arena, struct named);
	if (protocol)
		look_up_service(name, protocol, service);
	for (size_t i = 0; !protocol && i < sizeof(any) / sizeof(any[0]); i++)
		if (look_up_service(name, any[i], service))
			break;
	tz_map_put(sema->names, key, service);
	return service;
}

static bool read_decimal(const char *s, const char *end, uint64_t max,
			 uint64_t *value)
{
	while (s + 1 < end && *s == '0')
		s++; /* else they would say octal */
	return tz_value_number(s, end, max, value);
}

bool tz_value_port(struct tz_sema *sema, const char *s, const char *end,
		   const char *protocol, uint16_t *port)
{
	uint64_t number;

	if (protocol ? tz_value_number(s, end, 65535, &number)
		     : read_decimal(s, end, 65535, &number)) {
		*port = (uint16_t)number;
		return true;
	}
	if (s == end || (*s >= '0' && *s <= '9') || end - s > 64)
		return false;

	char *name = tz_arena_strndup(sema->arena, s, (size_t)(end - s));
	const struct named *service = find_service(sema, name, protocol);

	if (service->is_known)
		*port = service->number;
	return service->is_known;
}

/*
 * Four numbers, or in an address fewer: what is missing is zeros (iptables
 * reads 10.1 as 10.1.0.0).
 */
static bool read_dotted(const char *s, const char *end, bool may_be_short,
			tz_value *value)
{
	tz_value result = 0;

	for (int i = 0; i < 4; i++) {
		const char *dot = memchr(s, '.', (size_t)(end - s));
		const char *stop = dot && i < 3 ? dot : end;
		uint64_t byte;

		if (!tz_value_number(s, stop, 255, &byte))
			return false;
		result |= (tz_value)byte << (24 - 8 * i);
		if (stop == end) {
			if (i < 3 && !may_be_short)
				return false;
			break;
		}
		s = stop + 1;
	}
	*value = result;
	return true;
}

static bool read_ipv6(const char *s, const char *end, tz_value *value)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	size_t len = (size_t)(end - s);

	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;

	tz_value result = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		result = result << 8 | bytes[i];
	*value = result;
	return true;
}

bool tz_value_address(enum tz_family family, const char *s, const char *end,
		      tz_value *value)
{
	return family == TZ_IPV4 ? read_dotted(s, end, true, value)
				 : read_ipv6(s, end, value);
}

bool tz_value_mask(enum tz_family family, const char *s, const char *end,
		   tz_value *mask)
{
	unsigned int bits = family == TZ_IPV4 ? 32 : 128;
	uint64_t prefix;

	if (tz_value_number(s, end, bits, &prefix)) {
		tz_value all = tz_value_max(bits);

		*mask = prefix == 0 ? 0 : all << (bits - prefix) & all;
		return true;
	}
	return family == TZ_IPV4 ? read_dotted(s, end, false, mask)
				 : read_ipv6(s, end, mask);
}

/* Those that iptables knows without /etc/protocols. */
static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "all", 0 },     { "tcp", 6 },        { "sctp", 132 },
	{ "udp", 17 },    { "udplite", 136 },  { "icmp", 1 },
	{ "icmpv6", 58 }, { "ipv6-icmp", 58 }, { "esp", 50 },
	{ "ah", 51 },     { "ipv6-mh", 135 },  { "mh", 135 },
};

static const struct named *find_protocol(struct tz_sema *sema, const char *name)
{
	struct named *protocol = tz_map_get(sema->names, name);

	if (protocol)
		return protocol;

	struct protoent entry, *found = NULL;
	char room[4096];

	protocol = tz_new(sema->arena, struct named);
	if (getprotobyname_r(name, &entry, room, sizeof(room), &found) == 0 &&
	    found && found->p_proto >= 0 && found->p_proto <= 255) {
		protocol->is_known = true;
		protocol->number = (uint16_t)found->p_proto;
	}
	tz_map_put(sema->names, name, protocol);
	return protocol;
}

bool tz_value_protocol(struct tz_sema *sema, const char *s, uint8_t *proto)
{
	size_t len = strlen(s);
	uint64_t number;

	if (tz_value_number(s, s + len, 255, &number)) {
		*proto = (uint8_t)number;
		return true;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcasecmp(s, protocols[i].name) == 0) {
			*proto = protocols[i].number;
			return true;
		}
	}
	if (len > 64)
		return false;

	/* iptables makes the letters small before it looks. */
	char *lower = tz_arena_strndup(sema->arena, s, len);

	for (size_t i = 0; i < len; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);

	const struct named *found = find_protocol(sema, lower);

	if (found->is_known)
		*proto = (uint8_t)found->number;
	return found->is_known;
}

static const char *protocol_name(struct tz_arena *arena, uint8_t proto)
{
	struct protoent entry, *found = NULL;
	char room[4096];

	if (getprotobynumber_r(proto, &entry, room, sizeof(room), &found) ==
		    0 &&
	    found)
		return tz_arena_strndup(arena, found->p_name,
					strlen(found->p_name));
	for (size_t i = 1; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == proto)
			return protocols[i].name;
	return tz_arena_printf(arena, "%u", proto);
}

const char *tz_value_protocol_name(struct tz_sema *sema, uint8_t proto)
{
	if (!sema->protocol_names[proto])
		sema->protocol_names[proto] = protocol_name(sema->arena, proto);
	return sema->protocol_names[proto];
}

static const char *const tcp_flags[] = { "FIN", "SYN", "RST",
					 "PSH", "ACK", "URG" };

const char *tz_value_tcp_flag_name(unsigned int bit)
{
	return bit < sizeof(tcp_flags) / sizeof(tcp_flags[0]) ? tcp_flags[bit]
							      : NULL;
}

static bool flag_of(const char *name, uint8_t *flag)
{
	if (strcasecmp(name, "ALL") == 0 || strcasecmp(name, "NONE") == 0) {
		*flag = strcasecmp(name, "ALL") == 0 ? 0x3f : 0;
		return true;
	}
	for (unsigned int i = 0; tz_value_tcp_flag_name(i); i++) {
		if (strcasecmp(name, tz_value_tcp_flag_name(i)) == 0) {
			*flag = (uint8_t)(1u << i);
			return true;
		}
	}
	return false;
}

bool tz_value_tcp_flags(struct tz_arena *arena, const char *s, uint8_t *flags,
			const char **bad)
{
	char *list = tz_arena_strndup(arena, s, strlen(s)), *rest;
	uint8_t result = 0;

	/* strtok, as in libxt_tcp: empty items are skipped. */
	for (char *name = strtok_r(list, ",", &rest); name;
	     name = strtok_r(NULL, ",", &rest)) {
		uint8_t flag;

		if (!flag_of(name, &flag)) {
			*bad = name;
			return false;
		}
		result |= flag;
	}
	*flags = result;
	return true;
}

bool tz_value_mac(const char *s, uint64_t *mac)
{
	uint64_t result = 0;

	for (int i = 0; i < 6; i++) {
		unsigned int byte = 0;
		int n = 0;

		for (; n < 2 && digit_of(*s) < 16; n++)
			byte = byte * 16 + (unsigned int)digit_of(*s++);
		if (n == 0 || *s != (i < 5 ? ':' : '\0'))
			return false;
		s++;
		result = result << 8 | byte;
	}
	*mac = result;
	return true;
}

const char *tz_value_address_text(struct tz_arena *arena, enum tz_family family,
				  tz_value value)
{
	size_t n = family == TZ_IPV4 ? 4 : 16;
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];

	for (size_t i = n; i-- > 0; value >>= 8)
		bytes[i] = (unsigned char)value;
	inet_ntop(family == TZ_IPV4 ? AF_INET : AF_INET6, bytes, text,
		  sizeof(text));
	return tz_arena_strndup(arena, text, strlen(text));
}
