/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must stand together in a rule, and what may stand where: the checks
 * that libxtables makes when it has read a rule, and those that the kernel
 * makes when it gets it.
 */
#include <string.h>

#include "sema/exthdr.h"
#include "sema/own.h"
#include "sema/sema.h"
#include "sema/bytes.h"
#include "sema/value.h"

/* Rules that the lists of one line may make. */
#define PAIRS_MAX 65536

/* ---- one use of an extension ---- */

/* Extensions that are nothing without an option, whichever it is. */
static const char *const wants_option[] = {
	"multiport", "iprange", "addrtype",    "devgroup",  "dscp",
	"physdev",   "ecn",     "ttl",         "hl",        "set",
	"owner",     "recent",  "conntrack",   "connlimit", "rateest",
	"cgroup",    "ipvs",    "bpf",         "policy",    "MARK",
	"CONNMARK",  "TTL",     "HL",          "DSCP",      "TOS",
	"ECN",       "SET",     "CONNSECMARK", "TCPMSS",
};

static bool is_given(const struct tz_sema_use *use,
		     const struct tz_ext_option *row)
{
	return tz_sema_option(use, tz_ext_option_meaning(use->ext, row)->name);
}

static bool check_needs(struct tz_sema *sema, const struct tz_sema_use *use)
{
	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		if (!o->row->needs || tz_sema_option(use, o->row->needs))
			continue;
		tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, o->span,
			"--%s needs --%s too", o->row->name, o->row->needs);
		return false;
	}
	return true;
}

/* `--reject-with`: the kinds, longest name first where one begins another. */
static bool check_reject(struct tz_sema *sema, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "reject-with");

	if (!o || tz_value_reject_type(sema->family, o->args[0]->text))
		return true;

	struct tz_nearest nearest = { 0 };
	const char *name;

	for (size_t i = 0; (name = tz_value_reject_name(sema->family, i)); i++)
		tz_nearest_offer(&nearest, o->args[0]->text, name);
	tz_diag(sema->diags, TZ_DIAG_REJECT_TYPE, o->args[0]->span,
		"'%s' is no type of rejection%s%s%s", o->args[0]->text,
		nearest.name ? "; did you mean '" : "",
		nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
	return false;
}

static bool check_log(struct tz_sema *sema, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "log-level");
	unsigned int level;

	if (!o || tz_value_log_level(o->args[0]->text, &level))
		return true;
	tz_diag(sema->diags, TZ_DIAG_LOG_LEVEL, o->args[0]->span,
		"'%s' is no log level: neither 0-7 nor emerg, alert, crit, "
		"error, warning, notice, info or debug",
		o->args[0]->text);
	return false;
}

/*
 * addrtype: without a type there is nothing to limit; of IPv6 addresses the
 * kernel knows no BROADCAST, BLACKHOLE, PROHIBIT, THROW, NAT and XRESOLVE.
 */
static bool check_addrtype(struct tz_sema *sema, const struct tz_sema_use *use)
{
	bool has_type = false;

	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		const char *s = o->args[0] ? o->args[0]->text : "";

		has_type |= o->args[0] != NULL;
		for (; *s && sema->family == TZ_IPV6; s += *s == ',') {
			if (strchr("BbPpTtNnXx", *s)) {
				tz_diag(sema->diags, TZ_DIAG_KEYWORD,
					o->args[0]->span,
					"no IPv6 address is of type %.*s",
					(int)strcspn(s, ","), s);
				return false;
			}
			s += strcspn(s, ",");
		}
	}
	if (!has_type)
		tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, use->span,
			"addrtype needs --src-type or --dst-type");
	return has_type;
}

bool tz_sema_check_use(struct tz_sema *sema, const struct tz_sema_use *use)
{
	const struct tz_ext *ext = use->ext;

	for (size_t i = 0; i < ext->n_options; i++) {
		const struct tz_ext_option *row = &ext->options[i];

		if (!row->is_required || row->alias_of || is_given(use, row))
			continue;
		tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, use->span,
			"%s needs --%s", ext->name, row->name);
		return false;
	}
	for (size_t i = 0; i < sizeof(wants_option) / sizeof(wants_option[0]) &&
			   !use->options;
	     i++) {
		if (strcmp(wants_option[i], ext->name) != 0)
			continue;
		tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, use->span,
			"%s needs an option: --%s, for one", ext->name,
			ext->options[0].name);
		return false;
	}
	if (strcmp(ext->name, "REJECT") == 0 && !check_reject(sema, use))
		return false;
	if (strcmp(ext->name, "LOG") == 0 && !check_log(sema, use))
		return false;
	if (strcmp(ext->name, "addrtype") == 0 && !check_addrtype(sema, use))
		return false;
	return check_needs(sema, use) && tz_exthdr_check_use(sema, use) &&
	       tz_bytes_check_use(sema, use) && tz_own_check_use(sema, use);
}

/* ---- the protocol ---- */

/* The kernel refuses these without `-p` of that protocol, not negated. */
static const struct {
	const char *ext;
	const char *option; /* only when it is given; NULL: always */
	uint8_t protos[2];
} wants_protocol[] = {
	{ "tcp", NULL, { 6 } },
	{ "udp", NULL, { 17 } },
	{ "icmp", NULL, { 1 } },
	{ "icmp6", NULL, { 58 } },
	{ "sctp", NULL, { 132 } },
	{ "dccp", NULL, { 33 } },
	{ "ah", NULL, { 51 } }, /* IPv4: in IPv6 it is an extension header */
	{ "esp", NULL, { 50 } },
	{ "ipcomp", NULL, { 108 } },
	{ "mh", NULL, { 135 } },
	{ "tcpmss", NULL, { 6 } },
	{ "osf", NULL, { 6 } },
	{ "ecn", "ecn-tcp-cwr", { 6 } },
	{ "ecn", "ecn-tcp-ece", { 6 } },
	{ "TCPMSS", NULL, { 6 } },
	{ "TCPOPTSTRIP", NULL, { 6 } },
	{ "SYNPROXY", NULL, { 6 } },
	{ "ECN", "ecn-tcp-remove", { 6 } },
	{ "TPROXY", NULL, { 6, 17 } },
};

static bool has_protocol(const struct tz_sema_rule *rule,
			 const uint8_t protos[2])
{
	const struct tz_sema_option *p = rule->proto;

	return p && !p->is_inverted && p->proto != 0 &&
	       (p->proto == protos[0] || p->proto == protos[1]);
}

static bool needs_protocol(struct tz_sema *sema, struct tz_span span,
			   const char *what, const uint8_t protos[2])
{
	const char *first = tz_value_protocol_name(sema, protos[0]);

	if (protos[1])
		tz_diag(sema->diags, TZ_DIAG_NEEDS_PROTOCOL, span,
			"%s needs -p %s or -p %s", what, first,
			tz_value_protocol_name(sema, protos[1]));
	else
		tz_diag(sema->diags, TZ_DIAG_NEEDS_PROTOCOL, span,
			"%s needs -p %s", what, first);
	return false;
}

static bool check_protocol(struct tz_sema *sema,
			   const struct tz_sema_rule *rule,
			   const struct tz_sema_use *use)
{
	static const uint8_t tcp[2] = { 6 };

	for (size_t i = 0;
	     i < sizeof(wants_protocol) / sizeof(wants_protocol[0]); i++) {
		if (!tz_ext_is(wants_protocol[i].ext, use->ext->name))
			continue;
		if (wants_protocol[i].protos[0] == 51 &&
		    sema->family == TZ_IPV6)
			continue;
		if (wants_protocol[i].option &&
		    !tz_sema_option(use, wants_protocol[i].option))
			continue;
		if (!has_protocol(rule, wants_protocol[i].protos))
			return needs_protocol(sema, use->span, use->ext->name,
					      wants_protocol[i].protos);
	}

	const struct tz_sema_option *with =
		strcmp(use->ext->name, "REJECT") == 0
			? tz_sema_option(use, "reject-with")
			: NULL;

	if (with &&
	    strcmp(tz_value_reject_type(sema->family, with->args[0]->text),
		   "tcp-reset") == 0 &&
	    !has_protocol(rule, tcp))
		return needs_protocol(sema, with->span, "tcp-reset", tcp);
	return true;
}

/* ---- the table and the chain ---- */

#define IN(table) (1u << TZ_TABLE_##table)

/* The tables that the kernel's module names. */
static const struct {
	const char *target;
	unsigned int tables;
} wants_table[] = {
	{ "REJECT", IN(FILTER) },
	{ "DNAT", IN(NAT) },
	{ "SNAT", IN(NAT) },
	{ "MASQUERADE", IN(NAT) },
	{ "REDIRECT", IN(NAT) },
	{ "NETMAP", IN(NAT) },
	{ "DNPT", IN(MANGLE) },
	{ "SNPT", IN(MANGLE) },
	{ "TTL", IN(MANGLE) },
	{ "HL", IN(MANGLE) },
	{ "TOS", IN(MANGLE) },
	{ "DSCP", IN(MANGLE) },
	{ "ECN", IN(MANGLE) },
	{ "CHECKSUM", IN(MANGLE) },
	{ "TCPOPTSTRIP", IN(MANGLE) },
	{ "TPROXY", IN(MANGLE) },
	{ "CT", IN(RAW) },
	{ "NOTRACK", IN(RAW) },
	{ "TRACE", IN(RAW) },
	{ "SECMARK", IN(MANGLE) | IN(SECURITY) },
	{ "CONNSECMARK", IN(MANGLE) | IN(SECURITY) },
};

static bool check_table(struct tz_sema *sema, const struct tz_sema_table *table,
			const struct tz_sema_rule *rule)
{
	const char *target = rule->target ? rule->target->ext->name : "";

	if (table->table == TZ_TABLE_NAT && strcmp(target, "DROP") == 0) {
		tz_diag(sema->diags, TZ_DIAG_WRONG_TABLE, rule->target_span,
			"iptables allows no DROP in table nat: only the first "
			"packet of a connection comes by");
		return false;
	}
	for (size_t i = 0; i < sizeof(wants_table) / sizeof(wants_table[0]);
	     i++) {
		if (strcmp(wants_table[i].target, target) != 0 ||
		    wants_table[i].tables >> table->table & 1)
			continue;
		tz_diag(sema->diags, TZ_DIAG_WRONG_TABLE, rule->target_span,
			"the kernel has no %s in table %s", target,
			tz_table_name(table->table));
		return false;
	}
	return true;
}

static bool check_interface(struct tz_sema *sema,
			    const struct tz_sema_chain *chain,
			    const struct tz_sema_option *option, enum tz_hook a,
			    enum tz_hook b)
{
	if (!option || (chain->hook != a && chain->hook != b))
		return true;
	tz_diag(sema->diags, TZ_DIAG_WRONG_CHAIN, option->span,
		"packets in %s have no --%s", chain->name,
		option->meaning->name);
	return false;
}

#define AT(hook) (1u << TZ_HOOK_##hook)

/* The hooks that the kernel's module names; user chains are not looked at. */
static const struct {
	const char *ext;
	unsigned int hooks;
} wants_hook[] = {
	{ "mac", AT(PREROUTING) | AT(INPUT) | AT(FORWARD) },
	{ "rpfilter", AT(PREROUTING) },
	{ "socket", AT(PREROUTING) | AT(INPUT) },
	{ "owner", AT(OUTPUT) | AT(POSTROUTING) },
	{ "MASQUERADE", AT(POSTROUTING) },
	{ "SNAT", AT(INPUT) | AT(POSTROUTING) },
	{ "DNAT", AT(PREROUTING) | AT(OUTPUT) },
	{ "REDIRECT", AT(PREROUTING) | AT(OUTPUT) },
	{ "TPROXY", AT(PREROUTING) },
	{ "CLASSIFY", AT(FORWARD) | AT(OUTPUT) | AT(POSTROUTING) },
	{ "SYNPROXY", AT(INPUT) | AT(FORWARD) },
};

static bool check_hook(struct tz_sema *sema, const struct tz_sema_chain *chain,
		       const struct tz_sema_use *use)
{
	if (chain->hook == TZ_HOOK_NONE)
		return true;
	for (size_t i = 0; i < sizeof(wants_hook) / sizeof(wants_hook[0]);
	     i++) {
		if (!tz_ext_is(wants_hook[i].ext, use->ext->name) ||
		    wants_hook[i].hooks >> chain->hook & 1)
			continue;
		tz_diag(sema->diags, TZ_DIAG_WRONG_CHAIN, use->span,
			"the kernel has no %s in chain %s", use->ext->name,
			chain->name);
		return false;
	}
	return true;
}

/* A rule with lists of addresses is a rule for each pair of them. */
static bool check_lists(struct tz_sema *sema, const struct tz_sema_rule *rule)
{
	const struct tz_sema_option *src = rule->src, *dst = rule->dst;
	size_t n_src = src ? src->addresses.n : 1;
	size_t n_dst = dst ? dst->addresses.n : 1;
	bool is_list = n_src > 1 || n_dst > 1;

	if (is_list &&
	    ((src && src->is_inverted) || (dst && dst->is_inverted))) {
		tz_diag(sema->diags, TZ_DIAG_NEGATION,
			src && src->is_inverted ? src->span : dst->span,
			"'!' and a list of addresses do not go together in a "
			"rule");
		return false;
	}
	if (is_list && n_src * n_dst > PAIRS_MAX) {
		tz_diag(sema->diags, TZ_DIAG_TOO_MANY_RULES, rule->line->span,
			"the lists of addresses make %zu rules of this line; "
			"at most %d",
			n_src * n_dst, PAIRS_MAX);
		return false;
	}
	return true;
}

bool tz_sema_check_rule(struct tz_sema *sema, const struct tz_sema_table *table,
			const struct tz_sema_chain *chain,
			const struct tz_sema_rule *rule)
{
	for (const struct tz_sema_use *u = rule->matches; u; u = u->next)
		if (!check_protocol(sema, rule, u) ||
		    !check_hook(sema, chain, u))
			return false;
	if (rule->target && (!check_protocol(sema, rule, rule->target) ||
			     !check_hook(sema, chain, rule->target)))
		return false;

	return check_lists(sema, rule) && check_table(sema, table, rule) &&
	       check_interface(sema, chain, rule->in, TZ_HOOK_OUTPUT,
			       TZ_HOOK_POSTROUTING) &&
	       check_interface(sema, chain, rule->out, TZ_HOOK_PREROUTING,
			       TZ_HOOK_INPUT);
}
