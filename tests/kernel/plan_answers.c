/* SPDX-License-Identifier: GPL-2.0-only */
#include "plan_answers.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tamiz/abi.h>

/* Of tz_answer_find(), behind the question whether ways differ. */
static const char place[] = "\tif (key->class ||";
static const char drops[] = "\treturn TZ_REPLY_SILENT;\n";

void tz_plan_keep_answers(struct tz_buf *text)
{
	struct tz_buf out = { 0 };
	const char *at = strstr(text->text, place);

	if (!strstr(text->text, "#define TZ_ANSWERS\n"))
		return;
	assert(at);
	tz_buf_append(&out, text->text, (size_t)(at - text->text));
	tz_buf_puts(&out, drops);
	tz_buf_puts(&out, at);
	tz_buf_free(text);
	*text = out;
}

static uint32_t answers_of(const struct tamiz_program *program)
{
	/* the kernel gives each CPU's in words of 64 bits */
	size_t len = (sizeof(struct tz_scratch) + 7) / 8 * 8;
	char *all = calloc((size_t)libbpf_num_possible_cpus(), len);
	struct tz_scratch scratch;
	uint32_t zero = 0;

	if (!all ||
	    bpf_map_lookup_elem(tamiz_program_fd(program, TAMIZ_SCRATCH), &zero,
				all)) {
		perror("scratch area");
		exit(1);
	}
	memcpy(&scratch, all + (size_t)sched_getcpu() * len, sizeof(scratch));
	free(all);
	return scratch.key.answers;
}

bool tz_plan_answer_fits(const struct tamiz_program *program,
			 const struct tz_ir *ir, const struct tz_packet *packet,
			 const struct tz_possible_options *options)
{
	uint32_t answers = answers_of(program);

	/* a program that answers nothing notes nothing */
	return (answers ? answers : 1u << TZ_ANSWER_NONE) ==
	       tz_possible_answer(ir, packet, options);
}
