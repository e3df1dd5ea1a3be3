/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extensions: the matches and targets of iptables 1.8.9, as rows of tables. A
 * new extension costs rows in matches.def / targets.def; only one whose
 * meaning is compiled needs code, in lower/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ast/ast.h"
#include "base/diag.h"
#include "model/field.h"

/* How an option's arguments are checked. */
enum tz_arg {
	TZ_ARG_NONE,
	TZ_ARG_STRING,   /* one word of any form */
	TZ_ARG_STRING2,  /* two words (--match-set, --tcp-flags is FLAGS) */
	TZ_ARG_OPTIONAL, /* one word, or nothing */
	TZ_ARG_PORT,     /* name or number, or a range with ':' */
	TZ_ARG_PORTS,    /* a list of the above, at most 15 slots */
	TZ_ARG_FLAGS,    /* two lists of TCP flags */
	TZ_ARG_ICMP4,    /* type name, or type[/code] */
	TZ_ARG_ICMP6,
	TZ_ARG_ADDRESS,       /* list of address[/mask] */
	TZ_ARG_ADDRESS_RANGE, /* address-address */
	TZ_ARG_PROTO,
	TZ_ARG_IFACE,
	TZ_ARG_MAC,
	TZ_ARG_PATTERN, /* bytes to look for */
	TZ_ARG_HEX,     /* the same, some of them in hexadecimal */
	TZ_ARG_U32,
	TZ_ARG_BYTECODE, /* a program of classic BPF */
	TZ_ARG_DNS_NAME, /* a pattern of them */
	TZ_ARG_P0F,	 /* a signature */
	TZ_ARG_CHUNKS, /* all, any or only; then types of SCTP chunks */
	TZ_ARG_CHAIN,
	TZ_ARG_TARGET,
	TZ_ARG_MATCH,
};

/* What a target does to a packet's way (see tz_ir_verdict). */
enum tz_ext_kind {
	TZ_EXT_REAL,   /* lowered by a function of its own */
	TZ_EXT_PURE,   /* opaque match without effects (state, mark, owner) */
	TZ_EXT_WRITES, /* opaque match that writes state (limit, recent) */
	TZ_EXT_MODIFY, /* target: changes the packet, continues (MARK, DSCP) */
	TZ_EXT_LOG,    /* target: a person sees it, continues (LOG, NFLOG) */
	TZ_EXT_NAT,    /* target: translates addresses */
	TZ_EXT_OTHER,  /* target: verdict or effect unknown (NFQUEUE, SET) */
};

enum { TZ_FOR_4 = 1, TZ_FOR_6 = 2, TZ_FOR_BOTH = 3 };

struct tz_ext_option {
	const char *name; /* without "--" */
	char letter;      /* 's' of -s; 0: none */
	enum tz_arg arg;
	bool may_invert;
	bool may_repeat;
	bool is_required; /* the extension is refused without it */
	bool second_may_lack; /* of two arguments, or of OPTIONAL ones */
	/*
	 * Given, it makes the match write state. Of an extension of kind
	 * WRITES that has such options, only they write: see tz_ext_writes.
	 */
	bool writes;
	const char *alias_of; /* the name with the same meaning; NULL: none */
	/*
	 * Space-separated names of which one at most may be given; the
	 * option's own name and alias may stand among them. NULL: none.
	 */
	const char *conflicts;
	const char *needs; /* the option that must be given too; NULL: none */
};

struct tz_ext {
	const char *name;
	unsigned int families; /* TZ_FOR_* */
	enum tz_ext_kind kind;
	const char *reason; /* for opaque ones: what cannot be known, when */
	const struct tz_ext_option *options;
	size_t n_options;
};

/*
 * The extension of that name for @family; NULL when iptables has none. The
 * names icmpv6 and ipv6-icmp find the row icmp6: compare rows by row->name.
 * ACCEPT, DROP, QUEUE and RETURN are targets here; chains are not.
 */
const struct tz_ext *tz_ext_match(const char *name, enum tz_family family);
const struct tz_ext *tz_ext_target(const char *name, enum tz_family family);
/* The options of a rule itself (-s, -p, -j ...), as a row named "rule". */
const struct tz_ext *tz_ext_rule(enum tz_family family);

/* Whether two names are one; most are told by the first letter. */
static inline bool tz_ext_is(const char *name, const char *other)
{
	return *name == *other && strcmp(name, other) == 0;
}
/* The option of exactly that name, or the letter; NULL: there is none. */
const struct tz_ext_option *tz_ext_option(const struct tz_ext *ext,
					  const char *name);
const struct tz_ext_option *tz_ext_option_letter(const struct tz_ext *ext,
						 char letter);
/* The option that @option is an alias of, or @option itself. */
const struct tz_ext_option *
tz_ext_option_meaning(const struct tz_ext *ext,
		      const struct tz_ext_option *option);
/* Whether @a and @b may not stand in one use of their extension. */
bool tz_ext_options_conflict(const struct tz_ext_option *a,
			     const struct tz_ext_option *b);
/* Whether the match changes state, with the @n options @given to it. */
bool tz_ext_writes(const struct tz_ext *ext,
		   const struct tz_ext_option *const *given, size_t n);
