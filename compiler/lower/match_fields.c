/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches of which each option compares a field with numbers: what is typed in
 * sema/forms.def becomes sets and masks. Where a header of layer 4 is read, a
 * header match stands in front, with the bytes that the kernel asks for
 * (SEMANTICS 2.5). None of them is native in iptables-nft 1.8.9 (2.10).
 */
#include "lower/match_fields.h"

#include <string.h>

#include "lower/match_time.h"

#include "lower/match_bytes.h"

enum { ECT = 0x03, ECE = 0x40, CWR = 0x80, DCCP_INVALID = 10 };

static void add_range(struct tz_builder *b, enum tz_field field,
		      const struct tz_sema_option *o)
{
	uint64_t most = (uint64_t)tz_value_max(tz_field_bits(field, b->family));
	uint64_t lo = o->pair.first, hi = o->pair.second;

	b->span = o->span;
	tz_build_add(b, tz_build_in_range(b, field, lo, hi < most ? hi : most,
					  o->is_inverted));
}

static void add_masked(struct tz_builder *b, enum tz_field field,
		       const struct tz_sema_option *o, uint64_t mask,
		       uint64_t value)
{
	b->span = o->span;
	tz_build_add(b, tz_build_masked(b, field, mask, value, o->is_inverted));
}

/* net/netfilter/xt_length.c; min > max is taken, and never matches. */
static void add_length(struct tz_builder *b, const struct tz_sema_use *use)
{
	add_range(b, TZ_FIELD_LENGTH, use->options);
}

/* ttl and hl: -eq, -lt or -gt (SEMANTICS 5.9). */
static void add_ttl(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;
	const char *relation = o->meaning->name + strlen(use->ext->name) + 1;
	int lo = (int)o->number, hi = lo;

	b->span = o->span;
	if (strcmp(relation, "lt") == 0) {
		lo = 0;
		hi--;
	} else if (strcmp(relation, "gt") == 0) {
		lo++;
		hi = 255;
	}
	tz_build_add(b,
		     lo > hi ? tz_build_in_range(b, TZ_FIELD_TTL, 1, 0,
						 o->is_inverted)
			     : tz_build_in_range(b, TZ_FIELD_TTL, (tz_value)lo,
						 (tz_value)hi, o->is_inverted));
}

static void add_tos(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	add_masked(b, TZ_FIELD_TOS, o, o->pair.second, o->pair.first);
}

/* The upper six bits (RFC 2474), of IPv6 those of the traffic class. */
static void add_dscp(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	add_masked(b, TZ_FIELD_TOS, o, 0xfc, o->number << 2);
}

/*
 * net/netfilter/xt_ecn.c: IP first, then TCP, whose header it reads without a
 * look at the fragment's offset; one that is not whole is no match.
 */
static void add_ecn(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *ect = tz_sema_option(use, "ecn-ip-ect");
	const struct tz_sema_option *ece = tz_sema_option(use, "ecn-tcp-ece");
	const struct tz_sema_option *cwr = tz_sema_option(use, "ecn-tcp-cwr");

	if (ect)
		add_masked(b, TZ_FIELD_TOS, ect, ECT, ect->number);
	if (!ece && !cwr)
		return;

	struct tz_ir_match *header = tz_build_match(b, TZ_IR_HEADER);

	header->header.proto = b->rule->proto->proto;
	header->header.bytes = 20;
	header->header.is_lenient = true;
	tz_build_add(b, header);
	if (ece)
		add_masked(b, TZ_FIELD_TCP_FLAGS, ece, ECE, ECE);
	if (cwr)
		add_masked(b, TZ_FIELD_TCP_FLAGS, cwr, CWR, CWR);
}

static void add_pkttype(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	b->span = o->span;
	tz_build_add(b, tz_build_in_range(b, TZ_FIELD_PACKET_TYPE, o->number,
					  o->number, o->is_inverted));
}

static void add_mark(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	add_masked(b, TZ_FIELD_MARK, o, o->pair.second, o->pair.first);
}

static void add_cpu(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	b->span = o->span;
	tz_build_add(b, tz_build_in_range(b, TZ_FIELD_CPU, o->number, o->number,
					  o->is_inverted));
}

/* Of nth the kernel keeps count: that stays opaque. */
static bool lower_statistic(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *mode = tz_sema_option(use, "mode");
	const struct tz_sema_option *o = tz_sema_option(use, "probability");

	if (!o || !mode || strcmp(mode->args[0]->text, "random") != 0)
		return false;
	tz_build_test(b, TZ_TEST_STATISTIC, 2,
		      (uint64_t[]){ o->number, o->is_inverted });
	return true;
}

/* ---- headers of layer 4 ---- */

static void add_spi(struct tz_builder *b, const struct tz_sema_use *use,
		    uint8_t header_len, enum tz_field field, const char *option)
{
	const struct tz_sema_option *o = tz_sema_option(use, option);

	tz_build_header(b, header_len, false);
	if (o)
		add_range(b, field, o);
}

/* net/ipv4/netfilter/ipt_ah.c */
static void add_ah(struct tz_builder *b, const struct tz_sema_use *use)
{
	add_spi(b, use, 12, TZ_FIELD_SPI, "ahspi");
}

/* net/netfilter/xt_esp.c */
static void add_esp(struct tz_builder *b, const struct tz_sema_use *use)
{
	add_spi(b, use, 8, TZ_FIELD_SPI, "espspi");
}

/* net/netfilter/xt_ipcomp.c, which does not look at --compres. */
static void add_ipcomp(struct tz_builder *b, const struct tz_sema_use *use)
{
	add_spi(b, use, 4, TZ_FIELD_CPI, "ipcompspi");
}

static void add_ports(struct tz_builder *b, const struct tz_sema_use *use)
{
	static const struct {
		const char *option;
		enum tz_field field;
	} rows[] = {
		{ "source-port", TZ_FIELD_SPORT },
		{ "destination-port", TZ_FIELD_DPORT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tz_sema_option *o =
			tz_sema_option(use, rows[i].option);

		if (!o)
			continue;
		b->span = o->span;
		tz_build_add(b, tz_build_in_range(
					b, rows[i].field, o->ports.at[0].lo,
					o->ports.at[0].hi, o->is_inverted));
	}
}

static void add_sctp(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *chunks =
		tz_sema_option(use, "chunk-types");

	tz_build_header(b, 12, false);
	add_ports(b, use);
	if (!chunks)
		return;
	tz_lower_chunks(b, chunks);
}

/*
 * net/netfilter/xt_dccp.c: ports, then types, then options. INVALID is type 10
 * for Linux 6.1, and all from there on for 6.18.
 */
static void add_dccp(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *types = tz_sema_option(use, "dccp-types");
	const struct tz_sema_option *option =
		tz_sema_option(use, "dccp-option");

	tz_build_header(b, 12, false);
	add_ports(b, use);
	if (types && types->number >> DCCP_INVALID) {
		b->span = types->span;
		tz_build_opaque(b, "dccp",
				"kernels differ about which types are INVALID",
				TZ_IR_PURE);
	} else if (types) {
		struct tz_interval list[DCCP_INVALID];
		size_t n = 0;

		b->span = types->span;
		for (unsigned int type = 0; type < DCCP_INVALID; type++)
			if (types->number >> type & 1)
				list[n++] = (struct tz_interval){ type, type };
		tz_build_add(b,
			     tz_build_in_intervals(b, TZ_FIELD_DCCP_TYPE, list,
						   n, types->is_inverted));
	}
	if (!option)
		return;
	tz_lower_dccp_option(b, option);
}

bool tz_lower_fields(struct tz_builder *b, const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		void (*add)(struct tz_builder *b,
			    const struct tz_sema_use *use);
	} rows[] = {
		{ "length", add_length },   { "ttl", add_ttl },
		{ "hl", add_ttl },          { "tos", add_tos },
		{ "dscp", add_dscp },       { "ecn", add_ecn },
		{ "pkttype", add_pkttype }, { "mark", add_mark },
		{ "cpu", add_cpu },         { "ah", add_ah },
		{ "esp", add_esp },         { "ipcomp", add_ipcomp },
		{ "sctp", add_sctp },       { "dccp", add_dccp },
	};

	if (strcmp(use->ext->name, "time") == 0)
		return tz_lower_time(b, use);
	if (strcmp(use->ext->name, "statistic") == 0)
		return lower_statistic(b, use);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].ext, use->ext->name) == 0) {
			rows[i].add(b, use);
			return true;
		}
	}
	return false;
}
