/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dns and p0f in rules: each becomes a program of classic BPF over the packet
 * from its IP header on, as `-m bpf` would hold it. So the interpreter runs
 * it, and XDP, and a person finds it in the IR.
 */
#include "lower/match_own.h"

#include <string.h>

#include "backend/cbpf/best.h"
#include "lower/dns.h"
#include "lower/match_bytes.h"
#include "lower/p0f.h"

static void add_flow(struct tz_builder *b, const struct tz_sema_use *use,
		     struct tz_arena *arena, const struct tz_flow *flow)
{
	struct tz_cbpf program;

	if (tz_cbpf_best(arena, flow, TZ_CBPF_MAX, &program, NULL))
		tz_lower_program(b, use->ext->name, &program);
	else
		tz_build_opaque(b, use->ext->name,
				"its filter is too large for classic BPF",
				TZ_IR_PURE);
}

static size_t read_names(const struct tz_sema_use *use,
			 struct tz_dns_name *names)
{
	size_t n = 0;

	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		if (strcmp(o->meaning->name, "qname") != 0)
			continue;
		if (names)
			names[n] = *o->dns_name;
		n++;
	}
	return n;
}

static void add_dns(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *port = tz_sema_option(use, "port");
	struct tz_arena *arena = tz_arena_new();
	size_t n = read_names(use, NULL);
	struct tz_dns_name *names = tz_new_array(arena, struct tz_dns_name, n);
	struct tz_dns_options options = {
		.link = b->family == TZ_IPV6 ? TZ_LINK_IPV6 : TZ_LINK_IPV4,
		.ipv4 = true,
		.ipv6 = true,
		.ignores_case = tz_sema_option(use, "icase"),
		.n_headers = TZ_TRANSPORT_HEADERS_DEFAULT,
		.port = port ? (uint16_t)port->number : TZ_DNS_PORT,
	};

	read_names(use, names);
	if (n)
		add_flow(b, use, arena,
			 tz_dns_lower(arena, names, n, &options));
	if (tz_sema_option(use, "not-valid"))
		add_flow(b, use, arena,
			 tz_dns_lower_valid(arena, TZ_DNS_LABELS_DEFAULT, true,
					    &options));
	tz_arena_free(arena);
}

static void add_p0f(struct tz_builder *b, const struct tz_sema_use *use)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_p0f_options options = {
		.link = b->family == TZ_IPV6 ? TZ_LINK_IPV6 : TZ_LINK_IPV4,
		.is_reply = tz_sema_option(use, "reply"),
	};

	add_flow(
		b, use, arena,
		tz_p0f_lower(arena, tz_sema_option(use, "sig")->p0f, &options));
	tz_arena_free(arena);
}

bool tz_lower_own(struct tz_builder *b, const struct tz_sema_use *use)
{
	b->span = use->span;
	if (strcmp(use->ext->name, "dns") == 0)
		add_dns(b, use);
	else if (strcmp(use->ext->name, "p0f") == 0)
		add_p0f(b, use);
	else
		return false;
	return true;
}
