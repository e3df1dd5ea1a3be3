/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a generation was made from: the rule files as they were read, the
 * options, the object. Pinned as source_<gen>, so that `save` can write it and
 * `restore` attach it again, without a compiler when the generated C has not
 * changed. As JSON:
 *	options{...} as files[{name text|base64}] c object object_digest
 * c is the digest of the generated C that the object (base64) was built from.
 */
#pragma once

#include <jansson.h>

#include <tamiz/runtime.h>

#include "runtime/pin.h"

/* More than that is not kept, with a note: it is memory of the kernel. */
#define TZ_SOURCE_MAX (64u << 20)

int tz_source_pin(const struct tz_pins *pins, const struct tamiz_change *change,
		  unsigned int gen, struct tamiz_notes *notes);
/* A new reference. -ENOENT: it was not kept. */
int tz_source_read(const struct tz_pins *pins, const char *ifname,
		   unsigned int gen, json_t **source);

/* Options to JSON and back; what is read lives as long as @json and @hold. */
struct tz_source_hold {
	const char **chains; /* owned */
	struct tamiz_sample *samples;
};

json_t *tz_source_pack_options(const struct tamiz_options *options);
int tz_source_read_options(const json_t *json, struct tamiz_options *options,
			   struct tz_source_hold *hold);
