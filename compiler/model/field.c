/* SPDX-License-Identifier: GPL-2.0-only */
/* The names and widths of the model's vocabulary. */
#include "model/field.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned char bits4, bits6;
	enum tz_layer layer;
} fields[] = {
#define FIELD(id, name, bits4, bits6, layer) \
	[TZ_FIELD_##id] = { name, bits4, bits6, layer },
#include "model/field.def"
#undef FIELD
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) == TZ_N_FIELDS,
	       "a row per field");

static const char *const tables[] = { "raw", "mangle", "nat", "filter",
				      "security" };
static const char *const hooks[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
				     "POSTROUTING" };

_Static_assert(sizeof(tables) / sizeof(tables[0]) == TZ_N_TABLES, "tables");
_Static_assert(sizeof(hooks) / sizeof(hooks[0]) == TZ_N_HOOKS, "hooks");

#define BIT(hook) (1u << TZ_HOOK_##hook)

/* Base chains per table, as iptables(8) lists them. */
static const unsigned int hooks_of_table[] = {
	[TZ_TABLE_RAW] = BIT(PREROUTING) | BIT(OUTPUT),
	[TZ_TABLE_MANGLE] = BIT(PREROUTING) | BIT(INPUT) | BIT(FORWARD) |
			    BIT(OUTPUT) | BIT(POSTROUTING),
	[TZ_TABLE_NAT] =
		BIT(PREROUTING) | BIT(INPUT) | BIT(OUTPUT) | BIT(POSTROUTING),
	[TZ_TABLE_FILTER] = BIT(INPUT) | BIT(FORWARD) | BIT(OUTPUT),
	[TZ_TABLE_SECURITY] = BIT(INPUT) | BIT(FORWARD) | BIT(OUTPUT),
};

const char *tz_field_name(enum tz_field field)
{
	return fields[field].name;
}

unsigned int tz_field_bits(enum tz_field field, enum tz_family family)
{
	return family == TZ_IPV4 ? fields[field].bits4 : fields[field].bits6;
}

enum tz_layer tz_field_layer(enum tz_field field)
{
	return fields[field].layer;
}

const char *tz_table_name(enum tz_table table)
{
	return tables[table];
}

const char *tz_field_reason(enum tz_field field)
{
	if (field == TZ_FIELD_MARK)
		return "the packet mark is set in the kernel, after XDP";
	if (field == TZ_FIELD_CPU)
		return "the CPU that handles the packet may change after XDP";
	return "the packet does not say it";
}

enum tz_table tz_table_by_name(const char *name)
{
	for (int i = 0; i < TZ_N_TABLES; i++)
		if (!strcmp(tables[i], name))
			return (enum tz_table)i;
	return TZ_N_TABLES;
}

const char *tz_hook_name(enum tz_hook hook)
{
	return hook == TZ_HOOK_NONE ? "user" : hooks[hook];
}

enum tz_hook tz_hook_by_name(const char *name)
{
	for (int i = 0; i < TZ_N_HOOKS; i++)
		if (!strcmp(hooks[i], name))
			return (enum tz_hook)i;
	return TZ_HOOK_NONE;
}

bool tz_table_has_hook(enum tz_table table, enum tz_hook hook)
{
	return hook != TZ_HOOK_NONE && hooks_of_table[table] >> hook & 1;
}
