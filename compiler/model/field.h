/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of field.def, families, tables, hooks and verdicts. */
#pragma once

#include <stdbool.h>

enum tz_family { TZ_IPV4 = 4, TZ_IPV6 = 6 };

enum tz_layer {
	TZ_LAYER_LINK,
	TZ_LAYER_NETWORK, /* the same in all fragments of a datagram */
	TZ_LAYER_FRAGMENT, /* each fragment has its own */
	TZ_LAYER_TRANSPORT, /* behind the IP header: whole packets only */
	TZ_LAYER_CONTEXT,   /* not in the packet */
};

enum tz_field {
#define FIELD(id, name, bits4, bits6, layer) TZ_FIELD_##id,
#include "model/field.def"
#undef FIELD
	TZ_N_FIELDS
};

const char *tz_field_name(enum tz_field field);
unsigned int tz_field_bits(enum tz_field field, enum tz_family family);
enum tz_layer tz_field_layer(enum tz_field field);
/* Why a field of the context is not known before the kernel is met. */
const char *tz_field_reason(enum tz_field field);

enum tz_table {
	TZ_TABLE_RAW,
	TZ_TABLE_MANGLE,
	TZ_TABLE_NAT,
	TZ_TABLE_FILTER,
	TZ_TABLE_SECURITY,
	TZ_N_TABLES
};

/* Netfilter's hooks in the order of <linux/netfilter.h>. */
enum tz_hook {
	TZ_HOOK_PREROUTING,
	TZ_HOOK_INPUT,
	TZ_HOOK_FORWARD,
	TZ_HOOK_OUTPUT,
	TZ_HOOK_POSTROUTING,
	TZ_N_HOOKS,
	TZ_HOOK_NONE = TZ_N_HOOKS /* a user chain */
};

const char *tz_table_name(enum tz_table table);
/* The table of that name; TZ_N_TABLES when there is none. */
enum tz_table tz_table_by_name(const char *name);
const char *tz_hook_name(enum tz_hook hook);
/* The hook of a base chain's name; TZ_HOOK_NONE when it is none. */
enum tz_hook tz_hook_by_name(const char *name);
/* Whether iptables has a base chain for @hook in @table. */
bool tz_table_has_hook(enum tz_table table, enum tz_hook hook);
