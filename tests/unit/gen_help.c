/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets for generated filters, and their verdicts; see the header. */
#include "tests/unit/gen_help.h"

#include <assert.h>

#include "backend/cbpf/cbpf_emit.h"

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint8_t *append(struct gen_packet *p, size_t len)
{
	uint8_t *at = p->bytes + p->len;

	assert(p->len + len <= sizeof(p->bytes));
	p->len += len;
	return at;
}

static void add_ipv4(struct gen_packet *p, const struct gen_ip *ip,
		     size_t payload_len)
{
	size_t len = 20 + 4u * ip->option_words;
	uint8_t *at = append(p, len);

	at[0] = (uint8_t)(0x40 | len / 4);
	put16(at + 2, len + payload_len);
	put16(at + 4, 0x1234);
	put16(at + 6, ip->fragment);
	at[8] = 64;
	at[9] = ip->protocol;
	memset(at + 20, 1, len - 20); /* NOP */
}

/* Header i is of 8 * (i + 1) bytes, AH of 4 * (2 + 4) as RFC 4302 has it. */
static size_t header_len(uint8_t kind, size_t i)
{
	return kind == 51 ? 24 : 8 * (i + 1);
}

static void add_ipv6(struct gen_packet *p, const struct gen_ip *ip,
		     size_t payload_len)
{
	uint8_t *at = append(p, 40), *next = at + 6;

	at[0] = 0x60;
	for (size_t i = 0; i < ip->n_headers; i++)
		payload_len += header_len(ip->headers[i], i);
	put16(at + 4, payload_len);
	at[7] = 64;
	for (size_t i = 0; i < ip->n_headers; i++) {
		size_t len = header_len(ip->headers[i], i);

		*next = ip->headers[i];
		at = append(p, len);
		next = at;
		at[1] = (uint8_t)(ip->headers[i] == 51 ? len / 4 - 2
						       : len / 8 - 1);
	}
	*next = ip->protocol;
}

struct gen_packet gen_packet(const struct gen_ip *ip, const void *transport,
			     size_t len)
{
	struct gen_packet p = { .len = GEN_ETH };

	p.bytes[12] = ip->is_ipv6 ? 0x86 : 0x08;
	p.bytes[13] = ip->is_ipv6 ? 0xdd : 0x00;
	if (ip->is_ipv6)
		add_ipv6(&p, ip, len);
	else
		add_ipv4(&p, ip, len);
	p.transport = p.len;
	memcpy(append(&p, len), transport, len);
	return p;
}

void gen_fix(struct gen_packet *packet)
{
	uint8_t *ip = packet->bytes + GEN_ETH;
	uint32_t sum = 0;

	if (packet->bytes[12] != 0x08)
		return;
	put16(ip + 10, 0);
	for (size_t i = 0; i < (ip[0] & 15) * 4u; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum);
}

struct gen_packet gen_udp(const struct gen_ip *ip, uint16_t port,
			  const void *payload, size_t len)
{
	uint8_t udp[GEN_PACKET_MAX] = { 0 };

	put16(udp, 4000);
	put16(udp + 2, port);
	put16(udp + 4, 8 + len);
	memcpy(udp + 8, payload, len);
	return gen_packet(ip, udp, 8 + len);
}

static struct tz_filter_packet view(enum tz_link link,
				    const struct gen_packet *packet, size_t len)
{
	struct tz_filter_packet view = {
		.frame = packet->bytes,
		.frame_len = len,
		.net = GEN_ETH,
	};

	if (link == TZ_LINK_NET)
		view.data = packet->transport;
	else if (link != TZ_LINK_EN10MB)
		view.data = GEN_ETH;
	view.len = (uint32_t)(len - view.data);
	return view;
}

struct gen_filter gen_filter(struct tz_arena *arena, const struct tz_flow *flow,
			     enum tz_link link)
{
	struct gen_filter f = {
		.link = link,
		.flow = flow,
		.shorter = tz_flow_optimize(arena, flow),
	};
	const char *broken = tz_flow_verify(flow), *why;
	size_t needed, at = 0;

	if (broken)
		fail_msg("%s", broken);
	if (!tz_cbpf_emit(arena, f.shorter, TZ_CBPF_MAX, &f.program, &needed))
		fail_msg("%zu instructions", needed);
	why = tz_cbpf_check(&f.program, &at);
	if (why)
		fail_msg("instruction %zu: %s", at, why);
	return f;
}

bool gen_matches_cut(const struct gen_filter *f,
		     const struct gen_packet *packet, size_t len)
{
	struct tz_filter_packet v = view(f->link, packet, len);
	uint32_t answer = tz_flow_eval(f->flow, &v);

	assert_true(answer == 0 || answer == UINT32_MAX);
	assert_int_equal(tz_flow_eval(f->shorter, &v), answer);
	assert_int_equal(tz_cbpf_run(&f->program, &v), answer);
	return answer;
}

bool gen_matches(const struct gen_filter *filter,
		 const struct gen_packet *packet)
{
	return gen_matches_cut(filter, packet, packet->len);
}

uint32_t gen_random(uint32_t below)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(state >> 33) % below;
}

struct gen_text gen_text(struct tz_arena *arena, const char *text, size_t len)
{
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source =
		tz_sources_add(sources, "text", text, len);

	return (struct gen_text){
		.arena = arena,
		.diags = tz_diags_new(arena, sources),
		.span = { source->base, source->base + (uint32_t)len },
		.text = source->text,
		.len = len,
	};
}

char *gen_said(const struct gen_text *text)
{
	struct tz_buf out = { 0 };
	char *said;

	for (size_t i = 0; i < tz_diags_count(text->diags); i++)
		tz_diag_print(text->diags, tz_diags_at(text->diags, i), &out);
	said = tz_arena_strndup(text->arena, out.text ? out.text : "", out.len);
	tz_buf_free(&out);
	return said;
}
