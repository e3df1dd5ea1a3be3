/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule as iptables-save 1.8.9 prints it, without `-A CHAIN`: so the same
 * rule has the same text however it was written, and a person can compare it
 * with the kernel's own listing. Opaque extensions are in text_opaque.c.
 */
#include <string.h>

#include "sema/text.h"
#include "sema/value.h"

/* libxtables: a word of these alone needs no quotes. */
static bool is_plain(const char *s)
{
	return *s && s[strspn(s, "_-0123456789abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

void tz_text_quoted(struct tz_printer *p, const char *s)
{
	tz_buf_puts(&p->out, " \"");
	for (; *s; s++) {
		if (strchr("\"\\'", *s))
			tz_buf_puts(&p->out, "\\");
		tz_buf_append(&p->out, s, 1);
	}
	tz_buf_puts(&p->out, "\"");
}

void tz_text_string(struct tz_printer *p, const char *s)
{
	if (is_plain(s))
		tz_buf_printf(&p->out, " %s", s);
	else
		tz_text_quoted(p, s);
}

/* As written: quoted only where the reader would split or unquote it. */
void tz_text_word(struct tz_printer *p, const char *s)
{
	if (*s && !strpbrk(s, " \t\""))
		tz_buf_printf(&p->out, " %s", s);
	else
		tz_text_quoted(p, s);
}

void tz_text_bang(struct tz_printer *p, const struct tz_sema_option *option)
{
	if (option->is_inverted)
		tz_buf_puts(&p->out, " !");
}

/* ---- the rule's own options ---- */

/* The prefix length of a contiguous mask; -1: it is none. */
static int prefix_of(tz_value mask, unsigned int bits)
{
	int prefix = 0;

	for (unsigned int i = bits; i-- > 0; prefix++) {
		if (mask >> i & 1)
			continue;
		return (mask & (((tz_value)1 << i) - 1)) == 0 ? prefix : -1;
	}
	return prefix;
}

static void print_address(struct tz_printer *p, const char *option,
			  const struct tz_sema_option *o,
			  const struct tz_sema_address *address)
{
	enum tz_family family = p->sema->family;

	if (!address || (address->mask == 0 && !o->is_inverted))
		return;

	int prefix = prefix_of(address->mask, family == TZ_IPV4 ? 32 : 128);

	tz_text_bang(p, o);
	tz_buf_printf(
		&p->out, " %s %s/", option,
		tz_value_address_text(p->sema->arena, family, address->value));
	if (prefix >= 0)
		tz_buf_printf(&p->out, "%d", prefix);
	else
		tz_buf_puts(&p->out,
			    tz_value_address_text(p->sema->arena, family,
						  address->mask));
}

static void print_interface(struct tz_printer *p, const char *option,
			    const struct tz_sema_option *o)
{
	/* `-i +` tests nothing; `! -i +` is not lost here (SEMANTICS 5.3). */
	if (!o || (!*o->iface.name && !o->is_inverted))
		return;
	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " %s %s%s", option, o->iface.name,
		      o->iface.is_prefix ? "+" : "");
}

static void print_own(struct tz_printer *p, const struct tz_sema_rule *rule)
{
	print_interface(p, "-i", rule->in);
	print_interface(p, "-o", rule->out);
	if (rule->proto && rule->proto->proto != 0) {
		tz_text_bang(p, rule->proto);
		tz_buf_printf(
			&p->out, " -p %s",
			tz_value_protocol_name(p->sema, rule->proto->proto));
	}
	if (rule->fragment) {
		tz_text_bang(p, rule->fragment);
		tz_buf_puts(&p->out, " -f");
	}
}

/* ---- extensions ---- */

void tz_text_ports(struct tz_printer *p, const char *option,
		   const struct tz_sema_option *o)
{
	if (!o)
		return;
	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " --%s ", option);
	for (size_t i = 0; i < o->ports.n; i++) {
		tz_buf_printf(&p->out, i ? ",%u" : "%u", o->ports.at[i].lo);
		if (o->ports.at[i].hi != o->ports.at[i].lo)
			tz_buf_printf(&p->out, ":%u", o->ports.at[i].hi);
	}
}

/* The two of tcp and udp: all ports are no test; see print_interface. */
static void print_port(struct tz_printer *p, const char *option,
		       const struct tz_sema_option *o)
{
	if (o && (o->ports.at[0].lo != 0 || o->ports.at[0].hi != 65535 ||
		  o->is_inverted))
		tz_text_ports(p, option, o);
}

static void print_flag_list(struct tz_printer *p, uint8_t flags)
{
	const char *separator = " ";

	if (flags == 0)
		tz_buf_puts(&p->out, " NONE");
	for (unsigned int i = 0; tz_value_tcp_flag_name(i); i++) {
		if (!(flags >> i & 1))
			continue;
		tz_buf_printf(&p->out, "%s%s", separator,
			      tz_value_tcp_flag_name(i));
		separator = ",";
	}
}

static void print_tcp(struct tz_printer *p, const struct tz_sema_use *use)
{
	const struct tz_sema_option *option = tz_sema_option(use, "tcp-option");
	const struct tz_sema_option *flags = tz_sema_option(use, "tcp-flags");
	const struct tz_sema_option *syn = tz_sema_option(use, "syn");

	print_port(p, "sport", tz_sema_option(use, "source-port"));
	print_port(p, "dport", tz_sema_option(use, "destination-port"));
	if (option) {
		tz_text_bang(p, option);
		tz_buf_printf(&p->out, " --tcp-option %llu",
			      (unsigned long long)option->number);
	}
	if (!flags && !syn)
		return;
	tz_text_bang(p, flags ? flags : syn);
	tz_buf_puts(&p->out, " --tcp-flags");
	/* --syn: FIN,SYN,RST,ACK SYN (SEMANTICS 5.6). */
	print_flag_list(p, flags ? flags->flags.mask : 0x17);
	print_flag_list(p, flags ? flags->flags.value : 0x02);
}

static void print_udp(struct tz_printer *p, const struct tz_sema_use *use)
{
	print_port(p, "sport", tz_sema_option(use, "source-port"));
	print_port(p, "dport", tz_sema_option(use, "destination-port"));
}

static void print_multiport(struct tz_printer *p, const struct tz_sema_use *use)
{
	tz_text_ports(p, "sports", tz_sema_option(use, "source-ports"));
	tz_text_ports(p, "dports", tz_sema_option(use, "destination-ports"));
	tz_text_ports(p, "ports", tz_sema_option(use, "ports"));
}

static void print_icmp(struct tz_printer *p, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " --%s ", o->meaning->name);
	if (o->icmp.is_any)
		tz_buf_puts(&p->out, "any");
	else if (o->icmp.code_lo == o->icmp.code_hi)
		tz_buf_printf(&p->out, "%u/%u", o->icmp.type, o->icmp.code_lo);
	else
		tz_buf_printf(&p->out, "%u", o->icmp.type);
}

static void print_range(struct tz_printer *p, const char *option,
			const struct tz_sema_option *o)
{
	if (!o)
		return;
	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " --%s %s-%s", option,
		      tz_value_address_text(p->sema->arena, p->sema->family,
					    o->range.lo),
		      tz_value_address_text(p->sema->arena, p->sema->family,
					    o->range.hi));
}

static void print_iprange(struct tz_printer *p, const struct tz_sema_use *use)
{
	print_range(p, "src-range", tz_sema_option(use, "src-range"));
	print_range(p, "dst-range", tz_sema_option(use, "dst-range"));
}

static void print_mac(struct tz_printer *p, const struct tz_sema_use *use)
{
	uint64_t mac = use->options->mac;

	tz_text_bang(p, use->options);
	tz_buf_puts(&p->out, " --mac-source ");
	for (int i = 5; i >= 0; i--)
		tz_buf_printf(&p->out, i ? "%02x:" : "%02x",
			      (unsigned int)(mac >> 8 * i & 0xff));
}

static void print_comment(struct tz_printer *p, const struct tz_sema_use *use)
{
	tz_buf_puts(&p->out, " --comment");
	tz_text_string(p, use->options->args[0]->text);
}

static void print_log(struct tz_printer *p, const struct tz_sema_use *use)
{
	/* linux/netfilter/xt_LOG.h: the prefix has 30 bytes with its NUL. */
	enum { prefix_max = 29, default_level = 4 };
	static const char *const flags[] = { "log-tcp-sequence",
					     "log-tcp-options",
					     "log-ip-options", "log-uid",
					     "log-macdecode" };
	const struct tz_sema_option *prefix = tz_sema_option(use, "log-prefix");
	const struct tz_sema_option *level = tz_sema_option(use, "log-level");
	unsigned int number = default_level;

	if (prefix && *prefix->args[0]->text) {
		const char *text = prefix->args[0]->text;

		tz_buf_puts(&p->out, " --log-prefix");
		tz_text_string(p, tz_arena_strndup(p->sema->arena, text,
						   strnlen(text, prefix_max)));
	}
	if (level && tz_value_log_level(level->args[0]->text, &number) &&
	    number != default_level)
		tz_buf_printf(&p->out, " --log-level %u", number);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (tz_sema_option(use, flags[i]))
			tz_buf_printf(&p->out, " --%s", flags[i]);
}

static void print_reject(struct tz_printer *p, const struct tz_sema_use *use)
{
	const struct tz_sema_option *with = tz_sema_option(use, "reject-with");
	const char *type = with ? with->args[0]->text : "port-unreach";

	tz_buf_printf(&p->out, " --reject-with %s",
		      tz_value_reject_type(p->sema->family, type));
}

static void print_options(struct tz_printer *p, const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		void (*print)(struct tz_printer *p,
			      const struct tz_sema_use *use);
	} rows[] = {
		{ "tcp", print_tcp },
		{ "udp", print_udp },
		{ "multiport", print_multiport },
		{ "icmp", print_icmp },
		{ "icmp6", print_icmp },
		{ "iprange", print_iprange },
		{ "mac", print_mac },
		{ "comment", print_comment },
		{ "string", tz_text_string_use },
		{ "u32", tz_text_u32_use },
		{ "bpf", tz_text_bpf_use },
		{ "LOG", print_log },
		{ "REJECT", print_reject },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].ext, use->ext->name) == 0) {
			rows[i].print(p, use);
			return;
		}
	}
	if (use->ext->families != TZ_FOR_6 || !tz_text_exthdr(p, use))
		tz_text_opaque(p, use);
}

const char *tz_sema_rule_text(struct tz_sema *sema, struct tz_sema_rule *rule)
{
	struct tz_printer p = { .sema = sema };

	if (rule->text)
		return rule->text;
	print_address(&p, "-s", rule->src, rule->src_address);
	print_address(&p, "-d", rule->dst, rule->dst_address);
	print_own(&p, rule);
	for (const struct tz_sema_use *u = rule->matches; u; u = u->next) {
		tz_buf_printf(&p.out, " -m %s", u->ext->name);
		print_options(&p, u);
	}
	if (rule->chain)
		tz_buf_printf(&p.out, rule->is_goto ? " -g %s" : " -j %s",
			      rule->chain->name);
	if (rule->target) {
		tz_buf_printf(&p.out, " -j %s", rule->target->ext->name);
		print_options(&p, rule->target);
	}

	/* Without the first blank. */
	rule->text = p.out.len ? tz_arena_strndup(sema->arena, p.out.text + 1,
						  p.out.len - 1)
			       : "";
	tz_buf_free(&p.out);
	return rule->text;
}
