/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lab.h"
#include "plan_rules.h"

/* What the verifier says last is what matters. */
static const char *end_of(const char *log)
{
	const size_t most = 1500;
	size_t len = log ? strlen(log) : 0;

	return len > most ? log + len - most : log ? log : "";
}

struct tz_ir *tz_plan_parse(struct tz_arena *arena, const struct tz_buf *text)
{
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	struct tz_ir *ir = tz_ir_parse(
		arena, diags,
		tz_sources_add(sources, "rules", text->text, text->len));
	struct tz_buf said = { 0 };

	if (ir) {
		tz_ir_mark_stale(ir, 0);
		return ir;
	}
	tz_diag_print(diags, tz_diags_at(diags, 0), &said);
	printf("%s", said.text);
	tz_buf_free(&said);
	return NULL;
}

struct tamiz_program *tz_plan_load(const struct tz_buf *text,
				   unsigned int ifindex, uint64_t seed)
{
	struct tamiz_object object = { 0 };
	struct tamiz_message message = { 0 };
	struct tamiz_device device = { .ifindex = ifindex };
	struct tamiz_program *program = NULL;
	int error;

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	error = tamiz_build(text->text, text->len, getenv("CLANG"), &object,
			    &message);
	if (!error)
		error = tamiz_load(&object, text->text, &device, &program,
				   &message);
	if (error)
		printf("seed %" PRIu64 ": %s\n%s\n", seed,
		       message.text ? message.text : strerror(-error),
		       end_of(message.log));
	tamiz_object_clear(&object);
	tamiz_message_clear(&message);
	return error ? NULL : program;
}

bool tz_plan_is_exempt(const struct tz_packet *p)
{
	size_t extensions = p->family == TZ_IPV6 ? p->l4 - p->l3 - 40 : 0;
	const uint8_t *ip = p->frame + p->l3;

	/* a jumbogram, or what the kernel takes for none (SEMANTICS 1.9) */
	if (p->family == TZ_IPV6 && !ip[4] && !ip[5] && !ip[6])
		return true;

	return p->has_odd_extensions || !p->has_proto || extensions > 32 * 8 ||
	       (p->is_fragment && extensions > 8) ||
	       (!p->fragment_offset && p->l4_len < 20);
}

bool tz_plan_is_for_all(const struct tz_packet *p)
{
	if (p->frame[0] & 1)
		return true;
	if (p->family == TZ_IPV6)
		return p->dst >> 120 == 0xff;
	return p->dst >> 28 == 14 || p->dst == 0xffffffff;
}

bool tz_plan_is_whole(const struct tz_packet *p)
{
	return !p->is_fragment && p->l4_len >= 20;
}
