/* SPDX-License-Identifier: GPL-2.0-only */
/* The symbols of tos, dscp, pkttype, dccp; the fractions of statistic. */
#include "sema/value_match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sema/value.h"

struct symbol {
	const char *name;
	uint8_t value;
};

#define N_ROWS(table) (sizeof(table) / sizeof(*(table)))

/* The row of that name, letters of either case; NULL: none. */
static const struct symbol *find(const struct symbol *rows, size_t n,
				 const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(rows[i].name) == len &&
		    strncasecmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

bool tz_value_tos(const char *s, uint8_t *value, uint8_t *mask)
{
	static const struct symbol symbols[] = {
		{ "Minimize-Delay", 0x10 },
		{ "Maximize-Throughput", 0x08 },
		{ "Maximize-Reliability", 0x04 },
		{ "Minimize-Cost", 0x02 },
		{ "Normal-Service", 0x00 },
	};
	const struct symbol *symbol =
		find(symbols, N_ROWS(symbols), s, strlen(s));
	const char *slash = strchr(s, '/'), *end = s + strlen(s);
	uint64_t number, bits = 0xff;

	if (symbol) {
		*value = symbol->value;
		*mask = 0x3f;
		return true;
	}
	if (!tz_value_number(s, slash ? slash : end, 0xff, &number) ||
	    (slash && !tz_value_number(slash + 1, end, 0xff, &bits)))
		return false;
	*value = (uint8_t)number;
	*mask = (uint8_t)bits;
	return true;
}

/* RFC 2474, 2597, 3246. */
bool tz_value_dscp_class(const char *s, uint8_t *dscp)
{
	static const struct symbol classes[] = {
		{ "CS0", 0x00 },  { "CS1", 0x08 },  { "CS2", 0x10 },
		{ "CS3", 0x18 },  { "CS4", 0x20 },  { "CS5", 0x28 },
		{ "CS6", 0x30 },  { "CS7", 0x38 },  { "BE", 0x00 },
		{ "AF11", 0x0a }, { "AF12", 0x0c }, { "AF13", 0x0e },
		{ "AF21", 0x12 }, { "AF22", 0x14 }, { "AF23", 0x16 },
		{ "AF31", 0x1a }, { "AF32", 0x1c }, { "AF33", 0x1e },
		{ "AF41", 0x22 }, { "AF42", 0x24 }, { "AF43", 0x26 },
		{ "EF", 0x2e },
	};
	const struct symbol *class =
		find(classes, N_ROWS(classes), s, strlen(s));

	if (class)
		*dscp = class->value;
	return class != NULL;
}

static const struct symbol packet_types[] = {
	{ "unicast", 0 }, { "broadcast", 1 }, { "multicast", 2 },
	{ "host", 0 },    { "otherhost", 3 },
};

bool tz_value_packet_type(const char *s, unsigned int *type)
{
	const struct symbol *found =
		find(packet_types, N_ROWS(packet_types), s, strlen(s));

	if (found)
		*type = found->value;
	return found != NULL;
}

const char *tz_value_packet_type_name(unsigned int type)
{
	return packet_types[type < 3 ? type : 4].name;
}

/* RFC 4340, 5.1; the last stands for numbers that have no meaning. */
static const struct symbol dccp_types[] = {
	{ "REQUEST", 0 }, { "RESPONSE", 1 }, { "DATA", 2 },     { "ACK", 3 },
	{ "DATAACK", 4 }, { "CLOSEREQ", 5 }, { "CLOSE", 6 },    { "RESET", 7 },
	{ "SYNC", 8 },    { "SYNCACK", 9 },  { "INVALID", 10 },
};

bool tz_value_dccp_types(const char *s, uint16_t *types)
{
	unsigned int list = 0;

	/* strtok, as in libxt_dccp: empty items are skipped. */
	for (s += strspn(s, ","); *s; s += strspn(s, ",")) {
		size_t len = strcspn(s, ",");
		const struct symbol *type =
			find(dccp_types, N_ROWS(dccp_types), s, len);

		if (!type)
			return false;
		list |= 1u << type->value;
		s += len;
	}
	*types = (uint16_t)list;
	return true;
}

const char *tz_value_dccp_type_name(unsigned int type)
{
	return type < N_ROWS(dccp_types) ? dccp_types[type].name : NULL;
}

bool tz_value_chance(const char *s, uint32_t *chance)
{
	char *end;
	double fraction = strtod(s, &end);

	if (end == s || *end || !(fraction >= 0 && fraction <= 1))
		return false;
	*chance = (uint32_t)(fraction * 0x80000000 + 0.5);
	return true;
}
