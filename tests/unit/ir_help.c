/* SPDX-License-Identifier: GPL-2.0-only */
/* See ir_help.h. */
#include "ir_help.h"

struct tz_arena *help_arena;

int help_setup(void **state)
{
	(void)state;
	help_arena = tz_arena_new();
	return 0;
}

int help_teardown(void **state)
{
	(void)state;
	tz_arena_free(help_arena);
	help_arena = NULL;
	return 0;
}

struct tz_ir *help_try_ir(const char *text, size_t len, char **why)
{
	struct tz_sources *sources = tz_sources_new(help_arena);
	struct tz_diags *diags = tz_diags_new(help_arena, sources);
	const struct tz_source *source =
		tz_sources_add(sources, "t.ir", text, len);
	struct tz_ir *ir = tz_ir_parse(help_arena, diags, source);
	struct tz_buf buf = { 0 };

	assert_int_equal(!ir, tz_diags_have_errors(diags));
	if (!ir && why) {
		tz_diag_print(diags, tz_diags_at(diags, 0), &buf);
		*why = tz_arena_strndup(help_arena, buf.text, buf.len);
	}
	tz_buf_free(&buf);
	return ir;
}

struct tz_ir *help_ir(const char *text)
{
	char *why = NULL;
	struct tz_ir *ir = help_try_ir(text, strlen(text), &why);

	if (!ir)
		fail_msg("%s", why);
	return ir;
}

char *help_print(const struct tz_ir *ir)
{
	struct tz_buf buf = { 0 };

	tz_ir_print(ir, &buf);

	char *text =
		tz_arena_strndup(help_arena, buf.len ? buf.text : "", buf.len);

	tz_buf_free(&buf);
	return text;
}

void help_fix_checksum(struct frame *frame)
{
	uint8_t *ip = frame->bytes + 14;
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (int i = 0; i < (ip[0] & 15) * 4; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

static struct frame link_header(uint16_t type)
{
	struct frame frame = { .len = 14,
			       .bytes = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1,
					  (uint8_t)(type >> 8),
					  (uint8_t)type } };

	return frame;
}

struct frame help_frame4(uint8_t proto, uint16_t fragment, const void *l4,
			 size_t l4_len)
{
	struct frame frame = link_header(0x0800);
	size_t total = 20 + l4_len;
	const uint8_t ip[20] = {
		0x45,
		0,
		(uint8_t)(total >> 8),
		(uint8_t)total,
		0,
		7,
		(uint8_t)(fragment >> 8),
		(uint8_t)fragment,
		64,
		proto,
		0,
		0,
		10,
		0,
		0,
		1,
		10,
		0,
		0,
		2,
	};

	memcpy(frame.bytes + 14, ip, 20);
	if (l4_len)
		memcpy(frame.bytes + 34, l4, l4_len);
	frame.len += total;
	help_fix_checksum(&frame);
	return frame;
}

struct frame help_frame6(uint8_t next, const void *payload, size_t len)
{
	struct frame frame = link_header(0x86dd);
	const uint8_t ip[40] = {
		0x60,
		0,
		0,
		0,
		(uint8_t)(len >> 8),
		(uint8_t)len,
		next,
		64,
		0x20,
		1,
		0xd,
		0xb8,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		1,
		0x20,
		1,
		0xd,
		0xb8,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		2,
	};

	memcpy(frame.bytes + 14, ip, 40);
	if (len)
		memcpy(frame.bytes + 54, payload, len);
	frame.len += 40 + len;
	return frame;
}

struct frame help_ports(enum tz_family family, uint8_t proto, uint16_t sport,
			uint16_t dport, uint8_t flags, size_t payload_len)
{
	uint8_t l4[1400] = {
		(uint8_t)(sport >> 8),
		(uint8_t)sport,
		(uint8_t)(dport >> 8),
		(uint8_t)dport,
	};
	size_t len = (proto == 6 ? 20 : 8) + payload_len;

	if (proto == 6) {
		l4[12] = 5 << 4;
		l4[13] = flags;
	}
	return family == TZ_IPV4 ? help_frame4(proto, 0, l4, len)
				 : help_frame6(proto, l4, len);
}

static const uint8_t own_mac[6] = { 2, 0, 0, 0, 0, 2 };

bool help_is_filtered(const struct frame *frame)
{
	struct tz_packet packet;

	return tz_packet_parse(frame->bytes, frame->len, own_mac, &packet) ==
	       TZ_PACKET_FILTERED;
}

struct tz_packet help_packet(const struct frame *frame)
{
	struct tz_packet packet;

	assert_int_equal(
		tz_packet_parse(frame->bytes, frame->len, own_mac, &packet),
		TZ_PACKET_FILTERED);
	return packet;
}

static enum tz_truth false_always(void *arg, const struct tz_ir_match *match)
{
	(void)arg;
	(void)match;
	return TZ_FALSE;
}

const char *help_verdict(const struct tz_ir *ir, const struct frame *frame,
			 enum tz_backend backend)
{
	struct tz_packet packet = help_packet(frame);
	struct tz_eval_options options = { .backend = backend,
					   .ifname = "eth0",
					   .opaque = false_always };
	struct tz_eval_result result = { 0 };

	tz_eval_verdict(ir, &packet, TZ_ROUTE_INPUT, &options, &result);
	if (!result.is_dropped)
		return "accept";
	if (result.is_rejected)
		return "reject";
	return result.decider ? "drop" : "hotdrop";
}
