/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types the arguments of options: ports, addresses, flags and the rest, with
 * a diagnostic at the very part of the word that is wrong. Options of opaque
 * extensions are typed where their row says so, and else left as text.
 */
#include <string.h>

#include "sema/bytes.h"
#include "sema/icmp.h"
#include "sema/own.h"
#include "sema/sema.h"
#include "sema/value.h"

/* xt_multiport.h: XT_MULTI_PORTS; a range takes two. */
#define MULTIPORT_MAX 15
/* linux/if.h: IFNAMSIZ, with the NUL. */
#define IFACE_MAX 15

struct typing {
	struct tz_sema *sema;
	const struct tz_sema_rule *rule;
	const struct tz_sema_use *use;
	struct tz_sema_option *option;
};

/* The place of [from, to) in the text of @word. */
static struct tz_span part(const struct tz_ast_word *word, const char *from,
			   const char *to)
{
	struct tz_span span = word->span;

	/* With quotes the bytes of the text are not those of the file. */
	if (span.end - span.begin != strlen(word->text) || from == to)
		return span;
	return (struct tz_span){ span.begin + (uint32_t)(from - word->text),
				 span.begin + (uint32_t)(to - word->text) };
}

#define FAIL(t, id, from, to, ...)                                   \
	(tz_diag((t)->sema->diags, TZ_DIAG_##id,                     \
		 part((t)->option->args[0], from, to), __VA_ARGS__), \
	 false)

/* ---- ports ---- */

/*
 * libxt_tcp and libxt_sctp read ports themselves; the others leave it to
 * libxtables, which takes decimal numbers only, services of any protocol, and
 * reversed ranges.
 */
static bool has_own_parser(const struct typing *t)
{
	return strcmp(t->use->ext->name, "tcp") == 0 ||
	       strcmp(t->use->ext->name, "sctp") == 0;
}

/* The protocol whose services iptables looks up for this option. */
static const char *service_protocol(const struct typing *t)
{
	if (strcmp(t->use->ext->name, "multiport") == 0)
		return tz_value_protocol_name(t->sema, t->rule->proto->proto);
	return has_own_parser(t) ? t->use->ext->name : NULL;
}

static bool read_port(const struct typing *t, const char *s, const char *end,
		      uint16_t *port)
{
	const char *protocol = service_protocol(t);
	uint64_t number;

	if (tz_value_port(t->sema, s, end, protocol, port))
		return true;
	if (tz_value_number(s, end, UINT64_MAX, &number))
		return FAIL(t, PORT, s, end,
			    "port %.*s is out of range 0-65535", (int)(end - s),
			    s);
	if (s == end)
		return FAIL(t, PORT, s, end, "a port is missing in '%s'",
			    t->option->args[0]->text);
	return FAIL(t, PORT, s, end,
		    "'%.*s' is neither a port number nor a service of %s in "
		    "/etc/services",
		    (int)(end - s), s, protocol ? protocol : "any protocol");
}

/* --dport: one port, or lo:hi of which either may be missing. */
static bool type_port(const struct typing *t)
{
	const char *s = t->option->args[0]->text, *end = s + strlen(s);
	const char *colon = strchr(s, ':');
	struct tz_sema_ports ports = { 0, 65535, colon != NULL };

	if (!colon) {
		if (!read_port(t, s, end, &ports.lo))
			return false;
		ports.hi = ports.lo;
	} else {
		if (colon > s && !read_port(t, s, colon, &ports.lo))
			return false;
		if (colon + 1 < end && !read_port(t, colon + 1, end, &ports.hi))
			return false;
	}
	if (ports.lo > ports.hi && has_own_parser(t))
		return FAIL(t, PORT_RANGE, s, end,
			    "port range %u:%u is reversed; write %u:%u",
			    ports.lo, ports.hi, ports.hi, ports.lo);
	if (ports.lo > ports.hi)
		tz_diag(t->sema->diags, TZ_DIAG_NEVER_MATCHES,
			part(t->option->args[0], s, end),
			"no port is in the reversed range %u:%u", ports.lo,
			ports.hi);
	t->option->ports.at = tz_new(t->sema->arena, struct tz_sema_ports);
	t->option->ports.at[0] = ports;
	t->option->ports.n = 1;
	return true;
}

static bool multiport_item(const struct typing *t, const char *s,
			   const char *end, struct tz_sema_ports *ports)
{
	const char *colon = memchr(s, ':', (size_t)(end - s));

	ports->is_range = colon != NULL;
	if (!read_port(t, s, colon ? colon : end, &ports->lo))
		return false;
	ports->hi = ports->lo;
	if (!colon)
		return true;
	if (!read_port(t, colon + 1, end, &ports->hi))
		return false;
	if (ports->lo < ports->hi)
		return true;
	return FAIL(t, PORT_RANGE, s, end,
		    "multiport wants the range %u:%u to grow; write %u",
		    ports->lo, ports->hi, ports->hi);
}

/* libxt_multiport looks at -p while it reads the ports. */
static bool multiport_has_protocol(const struct typing *t)
{
	static const uint8_t protocols[] = { 6, 17, 33, 132, 136 };
	const struct tz_sema_option *proto = t->rule->proto;

	for (size_t i = 0;
	     proto && !proto->is_inverted && i < sizeof(protocols); i++)
		if (protocols[i] == proto->proto)
			return true;
	tz_diag(t->sema->diags, TZ_DIAG_NEEDS_PROTOCOL, t->option->span,
		"multiport needs -p tcp, udp, udplite, sctp or dccp in front "
		"of it");
	return false;
}

static bool type_ports(const struct typing *t)
{
	struct tz_sema_ports list[MULTIPORT_MAX];
	size_t n = 0, slots = 0;

	if (!multiport_has_protocol(t))
		return false;
	for (const char *s = t->option->args[0]->text; s;) {
		const char *end = s + strcspn(s, ",");

		slots += memchr(s, ':', (size_t)(end - s)) ? 2 : 1;
		if (slots > MULTIPORT_MAX)
			return FAIL(t, TOO_MANY_PORTS, s, end,
				    "more than %d ports; a range counts as two",
				    MULTIPORT_MAX);
		if (!multiport_item(t, s, end, &list[n++]))
			return false;
		s = *end ? end + 1 : NULL;
	}
	t->option->ports.at =
		tz_new_array(t->sema->arena, struct tz_sema_ports, n);
	memcpy(t->option->ports.at, list, n * sizeof(*list));
	t->option->ports.n = n;
	return true;
}

/* ---- addresses ---- */

static bool is_name(const char *s, const char *end)
{
	for (; s < end; s++)
		if ((*s >= 'g' && *s <= 'z') || (*s >= 'G' && *s <= 'Z') ||
		    *s == '-' || *s == '_')
			return true;
	return false;
}

static bool bad_address(const struct typing *t, const char *s, const char *end)
{
	enum tz_family family = t->sema->family;
	enum tz_family other = family == TZ_IPV4 ? TZ_IPV6 : TZ_IPV4;
	tz_value value;

	if (s == end)
		return FAIL(t, ADDRESS, s, end, "an address is missing in '%s'",
			    t->option->args[0]->text);
	if (tz_value_address(other, s, end, &value))
		return FAIL(t, ADDRESS, s, end,
			    "'%.*s' is an IPv%d address; these rules are for "
			    "IPv%d",
			    (int)(end - s), s, (int)other, (int)family);
	if (is_name(s, end))
		return FAIL(t, HOST_NAME, s, end,
			    "host name '%.*s': write its address; a name may "
			    "mean another one tomorrow",
			    (int)(end - s), s);
	return FAIL(t, ADDRESS, s, end, "'%.*s' is no IPv%d address",
		    (int)(end - s), s, (int)family);
}

static bool address_item(const struct typing *t, const char *s, const char *end,
			 struct tz_sema_address *address)
{
	unsigned int bits = t->sema->family == TZ_IPV4 ? 32 : 128;
	const char *slash = memchr(s, '/', (size_t)(end - s));

	address->mask = tz_value_max(bits);
	if (!tz_value_address(t->sema->family, s, slash ? slash : end,
			      &address->value))
		return bad_address(t, s, slash ? slash : end);
	if (slash &&
	    !tz_value_mask(t->sema->family, slash + 1, end, &address->mask))
		return FAIL(t, MASK, slash + 1, end,
			    "'%.*s' is neither a prefix length of 0-%u nor a "
			    "mask",
			    (int)(end - slash - 1), slash + 1, bits);
	address->value &= address->mask;
	return true;
}

static bool type_addresses(const struct typing *t)
{
	const char *text = t->option->args[0]->text;
	size_t n = 1;

	for (const char *s = text; (s = strchr(s, ',')); s++)
		n++;

	struct tz_sema_address *list =
		tz_new_array(t->sema->arena, struct tz_sema_address, n);

	n = 0;
	for (const char *s = text; s;) {
		const char *end = s + strcspn(s, ",");

		if (!address_item(t, s, end, &list[n++]))
			return false;
		s = *end ? end + 1 : NULL;
	}
	if (n > 1 && t->option->is_inverted)
		return FAIL(t, NEGATION, text, text,
			    "'!' takes one address, not a list; write a rule "
			    "for each");
	t->option->addresses.at = list;
	t->option->addresses.n = n;
	return true;
}

static bool type_address_range(const struct typing *t)
{
	const char *s = t->option->args[0]->text, *end = s + strlen(s);
	const char *dash = strchr(s, '-');
	enum tz_family family = t->sema->family;
	tz_value lo, hi;

	if (!tz_value_address(family, s, dash ? dash : end, &lo))
		return bad_address(t, s, dash ? dash : end);
	hi = lo;
	if (dash && !tz_value_address(family, dash + 1, end, &hi))
		return bad_address(t, dash + 1, end);
	if (lo > hi)
		tz_diag(t->sema->diags, TZ_DIAG_NEVER_MATCHES,
			part(t->option->args[0], s, end),
			"no address is in the reversed range %s", s);
	t->option->range.lo = lo;
	t->option->range.hi = hi;
	return true;
}

/* ---- the rest ---- */

static bool type_flags(const struct typing *t)
{
	uint8_t flags[2];

	for (int i = 0; i < 2; i++) {
		const struct tz_ast_word *word = t->option->args[i];
		const char *bad;

		if (tz_value_tcp_flags(t->sema->arena, word->text, &flags[i],
				       &bad))
			continue;
		tz_diag(t->sema->diags, TZ_DIAG_TCP_FLAG, word->span,
			"'%s' is no TCP flag; there are SYN ACK FIN RST URG "
			"PSH ALL NONE",
			bad);
		return false;
	}
	t->option->flags.mask = flags[0];
	t->option->flags.value = flags[1];
	if (flags[1] & ~flags[0] && !t->option->is_inverted)
		tz_diag(t->sema->diags, TZ_DIAG_NEVER_MATCHES, t->option->span,
			"flags that must be set are not among those that are "
			"looked at (%s)",
			t->option->args[0]->text);
	return true;
}

static bool unknown_icmp(const struct typing *t, bool is_v6, const char *s)
{
	struct tz_nearest nearest = { 0 };
	size_t n;
	const struct tz_icmp_name *names = tz_icmp_names(is_v6, &n);

	for (size_t i = 0; i < n; i++)
		tz_nearest_offer(&nearest, s, names[i].name);
	return FAIL(t, ICMP_TYPE, s, s,
		    "'%s' is no ICMP%s type: neither TYPE[/CODE] of 0-255 nor "
		    "a name%s%s%s",
		    s, is_v6 ? "v6" : "",
		    nearest.name ? "; did you mean '" : "",
		    nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
}

static bool type_icmp(const struct typing *t, bool is_v6)
{
	const char *s = t->option->args[0]->text, *end = s + strlen(s);
	const char *slash = strchr(s, '/');
	const struct tz_icmp_name *other;
	const struct tz_icmp_name *name = tz_icmp_find(is_v6, s, &other);
	uint64_t type, code_lo = 0, code_hi = 255;

	if (name && other)
		return FAIL(t, ICMP_TYPE, s, end,
			    "'%s' may be '%s' or '%s'; write it out", s,
			    name->name, other->name);
	if (name) {
		type = name->type;
		code_lo = name->code_lo;
		code_hi = name->code_hi;
	} else if (!tz_value_number(s, slash ? slash : end, 255, &type)) {
		return unknown_icmp(t, is_v6, s);
	} else if (slash) {
		if (!tz_value_number(slash + 1, end, 255, &code_lo))
			return unknown_icmp(t, is_v6, s);
		code_hi = code_lo;
	}
	/* SEMANTICS 5.7: in IPv4 255 means any, whatever the code. */
	t->option->icmp.is_any = !is_v6 && type == 255;
	t->option->icmp.type = (uint8_t)type;
	t->option->icmp.code_lo = (uint8_t)code_lo;
	t->option->icmp.code_hi = (uint8_t)code_hi;
	return true;
}

/* ip6tables.c: extension headers that are skipped (SEMANTICS 4.2). */
static bool is_skipped_header(uint8_t proto)
{
	return proto == 43 || proto == 44 || proto == 51 || proto == 60;
}

static bool type_protocol(const struct typing *t)
{
	const char *s = t->option->args[0]->text, *end = s + strlen(s);
	uint8_t proto;

	if (!tz_value_protocol(t->sema, s, &proto))
		return FAIL(t, PROTOCOL, s, end,
			    "'%s' is neither a protocol of 0-255 nor a name in "
			    "/etc/protocols",
			    s);
	if (proto == 0 && t->option->is_inverted)
		return FAIL(t, PROTOCOL, s, end,
			    "'! --protocol %s' would match nothing", s);
	if (t->sema->family == TZ_IPV6 && is_skipped_header(proto) &&
	    !t->option->is_inverted)
		tz_diag(t->sema->diags, TZ_DIAG_NEVER_MATCHES, t->option->span,
			"-p looks behind extension headers like %s; use its "
			"match",
			s);
	t->option->proto = proto;
	return true;
}

static bool type_interface(const struct typing *t)
{
	const char *s = t->option->args[0]->text;
	size_t len = strlen(s);

	if (len == 0 || len > IFACE_MAX)
		return FAIL(t, INTERFACE, s, s,
			    len == 0 ? "an interface needs a name"
				     : "an interface's name has at most %d "
				       "bytes",
			    IFACE_MAX);
	if (strpbrk(s, "/ "))
		tz_diag(t->sema->diags, TZ_DIAG_INTERFACE_NAME,
			t->option->args[0]->span,
			"no interface has a '/' or a blank in its name");
	t->option->iface.is_prefix = s[len - 1] == '+';
	t->option->iface.name =
		t->option->iface.is_prefix
			? tz_arena_strndup(t->sema->arena, s, len - 1)
			: s;
	return true;
}

static bool type_mac(const struct typing *t)
{
	const char *s = t->option->args[0]->text;

	if (tz_value_mac(s, &t->option->mac))
		return true;
	return FAIL(t, MAC_ADDRESS, s, s,
		    "'%s' is no Ethernet address like 00:11:22:aa:bb:cc", s);
}

/* -c PACKETS BYTES, or PACKETS,BYTES. */
static bool type_counters(const struct typing *t)
{
	const char *s = t->option->args[0]->text, *end = s + strlen(s);
	const char *comma = strchr(s, ',');
	const struct tz_ast_word *second = t->option->args[1];
	const char *bytes = second ? second->text : comma ? comma + 1 : "";

	if (!tz_value_number(s, comma ? comma : end, UINT64_MAX,
			     &t->option->counters.packets) ||
	    !tz_value_number(bytes, bytes + strlen(bytes), UINT64_MAX,
			     &t->option->counters.bytes))
		return FAIL(t, COUNTERS, s, end,
			    "--%s needs two numbers, of packets and of bytes",
			    t->option->row->name);
	return true;
}

bool tz_sema_type(struct tz_sema *sema, const struct tz_sema_rule *rule,
		  const struct tz_sema_use *use, struct tz_sema_option *option)
{
	struct typing t = { sema, rule, use, option };

	switch (option->row->arg) {
	case TZ_ARG_PORT:
		return type_port(&t);
	case TZ_ARG_PORTS:
		return type_ports(&t);
	case TZ_ARG_FLAGS:
		return type_flags(&t);
	case TZ_ARG_ICMP4:
		return type_icmp(&t, false);
	case TZ_ARG_ICMP6:
		return type_icmp(&t, true);
	case TZ_ARG_ADDRESS:
		return type_addresses(&t);
	case TZ_ARG_ADDRESS_RANGE:
		return type_address_range(&t);
	case TZ_ARG_PROTO:
		return type_protocol(&t);
	case TZ_ARG_IFACE:
		return type_interface(&t);
	case TZ_ARG_MAC:
		return type_mac(&t);
	case TZ_ARG_PATTERN:
		return tz_bytes_type_string(sema, option);
	case TZ_ARG_HEX:
		return tz_bytes_type_hex(sema, option);
	case TZ_ARG_U32:
		return tz_bytes_type_u32(sema, option);
	case TZ_ARG_BYTECODE:
		return tz_bytes_type_bpf(sema, option);
	case TZ_ARG_DNS_NAME:
		return tz_own_type_dns_name(sema, option);
	case TZ_ARG_P0F:
		return tz_own_type_p0f(sema, option);
	case TZ_ARG_CHUNKS:
		return tz_bytes_type_chunks(sema, option);
	case TZ_ARG_STRING2:
		return option->row->letter != 'c' || type_counters(&t);
	case TZ_ARG_STRING:
		return tz_sema_check_form(sema, use, option);
	case TZ_ARG_NONE:
	case TZ_ARG_OPTIONAL:
	case TZ_ARG_CHAIN:
	case TZ_ARG_TARGET:
	case TZ_ARG_MATCH:
		return true;
	}
	return true;
}
