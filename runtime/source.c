/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts, options and objects as JSON, in a map that is pinned. */
#include "runtime/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base64.h"
#include "runtime/digest.h"
#include "runtime/json.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"

/*
 * An option that is not here would be lost by save and restore, and the rules
 * would mean something else: who adds one adds it here.
 */
static const struct flag {
	const char *name;
	size_t offset;
} flags[] = {
#define FLAG(member)                                            \
	{                                                       \
#member, offsetof(struct tamiz_options, member) \
	}
	FLAG(host_has_nat),   FLAG(assume_no_nat),
	FLAG(fragments_drop), FLAG(standalone),
	FLAG(log_ring),       FLAG(udp_merges),
	FLAG(rules_only),     FLAG(resolve_hosts),
	FLAG(netmask_given),  FLAG(owns_state),
	FLAG(host_is_loose),  FLAG(host_has_expectations),
	FLAG(host_has_zones), FLAG(host_has_notrack),
	FLAG(host_has_requests), FLAG(host_has_one_device),
#undef FLAG
};

static const struct number {
	const char *name;
	size_t offset;
} numbers[] = {
#define NUMBER(member)                                          \
	{                                                       \
#member, offsetof(struct tamiz_options, member) \
	}
	NUMBER(target),         NUMBER(mode),          NUMBER(backend),
	NUMBER(family),         NUMBER(sample_every),  NUMBER(snaplen),
	NUMBER(host_writes),    NUMBER(hides_routes),  NUMBER(from),
	NUMBER(link),           NUMBER(netmask),       NUMBER(conntrack),
	NUMBER(recent_entries), NUMBER(recent_stamps), NUMBER(answers),
	NUMBER(answer_rate),    NUMBER(host_ttl),      NUMBER(host_hops),
#undef NUMBER
};

#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))
#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* All members by their place: one more does not compile before it is here. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wmissing-field-initializers"
static const struct tamiz_options no_options = {
	TAMIZ_TARGET_XDP,
	TAMIZ_MODE_OFFLOAD,
	TAMIZ_BACKEND_BOTH,
	0,     /* family */
	NULL,  /* ifname: by the device */
	NULL,  /* chains */
	0,     /* n_chains */
	false, /* udp_merges */
	0,     /* hides_routes */
	false, /* owns_state */
	0,     /* hz: of the kernel that it is loaded into */
	0,     /* recent_entries */
	0,     /* recent_stamps */
	false, /* host_has_nat */
	TAMIZ_CONNTRACK_LOOKUP,
	false, /* host_has_expectations */
	false, /* host_has_zones */
	false, /* host_has_notrack */
	false, /* host_has_requests */
	false, /* host_has_one_device */
	false, /* host_is_loose */
	0,     /* host_writes */
	false, /* assume_no_nat */
	false, /* fragments_drop */
	TAMIZ_ANSWERS_KERNEL,
	0,     /* answer_rate */
	0,     /* host_ttl */
	0,     /* host_hops */
	false, /* standalone */
	false, /* rules_only */
	false, /* log_ring */
	0,     /* sample_every */
	NULL,  /* samples */
	0,     /* n_samples */
	0,     /* snaplen */
	TAMIZ_LANGUAGE_AUTO,
	TAMIZ_LINK_DEFAULT,
	false, /* resolve_hosts */
	false, /* netmask_given */
	0,     /* netmask */
	0,     /* max_insns: of targets that are not attached to a device */
	false, /* unoptimized: the same */
	{ NULL, NULL, NULL, NULL, NULL, false },
	/* generator: what it makes is attached by nobody */
	{ false, false, false, false, false, 0, 0, 0 },
};
#pragma GCC diagnostic pop

static json_t *pack_chains(const struct tamiz_options *options)
{
	json_t *array = json_array();

	for (size_t i = 0; i < options->n_chains; i++)
		json_array_append_new(array, tz_json_text(options->chains[i]));
	return array;
}

static json_t *pack_samples(const struct tamiz_options *options)
{
	json_t *array = json_array();

	for (size_t i = 0; i < options->n_samples; i++)
		json_array_append_new(
			array,
			json_pack("{s:o, s:I}", "rule",
				  tz_json_text(options->samples[i].rule),
				  "every",
				  (json_int_t)options->samples[i].every));
	return array;
}

json_t *tz_source_pack_options(const struct tamiz_options *options)
{
	const char *at = (const char *)options;
	json_t *json = json_pack("{s:o, s:o}", "chains", pack_chains(options),
				 "samples", pack_samples(options));

	for (size_t i = 0; i < N_FLAGS; i++)
		json_object_set_new(
			json, flags[i].name,
			json_boolean(*(const bool *)(at + flags[i].offset)));
	for (size_t i = 0; i < N_NUMBERS; i++) {
		unsigned int number;

		memcpy(&number, at + numbers[i].offset, sizeof(number));
		json_object_set_new(json, numbers[i].name,
				    json_integer(number));
	}
	return json;
}

static int read_chains(const json_t *json, struct tamiz_options *options,
		       struct tz_source_hold *hold)
{
	size_t n = json_array_size(json);

	hold->chains = calloc(n + 1, sizeof(*hold->chains));
	if (!hold->chains)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		hold->chains[i] = json_string_value(json_array_get(json, i));
		if (!hold->chains[i])
			return -EPROTO;
	}
	options->chains = n ? hold->chains : NULL;
	options->n_chains = n;
	return 0;
}

static int read_samples(const json_t *json, struct tamiz_options *options,
			struct tz_source_hold *hold)
{
	size_t n = json_array_size(json);

	hold->samples = calloc(n + 1, sizeof(*hold->samples));
	if (!hold->samples)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *sample = json_array_get(json, i);

		hold->samples[i].rule =
			json_string_value(json_object_get(sample, "rule"));
		hold->samples[i].every =
			(unsigned int)tz_meta_number(sample, "every");
		if (!hold->samples[i].rule || !hold->samples[i].every)
			return -EPROTO;
	}
	options->samples = n ? hold->samples : NULL;
	options->n_samples = n;
	return 0;
}

int tz_source_read_options(const json_t *json, struct tamiz_options *options,
			   struct tz_source_hold *hold)
{
	char *at = (char *)options;

	*options = no_options;
	for (size_t i = 0; i < N_FLAGS; i++)
		*(bool *)(at + flags[i].offset) =
			json_is_true(json_object_get(json, flags[i].name));
	for (size_t i = 0; i < N_NUMBERS; i++) {
		unsigned int number =
			(unsigned int)tz_meta_number(json, numbers[i].name);

		memcpy(at + numbers[i].offset, &number, sizeof(number));
	}
	if ((options->target != TAMIZ_TARGET_XDP &&
	     options->target != TAMIZ_TARGET_TC) ||
	    options->mode > TAMIZ_MODE_REPLACE ||
	    options->backend > TAMIZ_BACKEND_NFT ||
	    options->from > TAMIZ_LANGUAGE_IPSET ||
	    options->link > TAMIZ_LINK_NET ||
	    options->conntrack > TAMIZ_CONNTRACK_NONE ||
	    options->answers > TAMIZ_ANSWERS_NOBODY)
		return -EPROTO;

	int error = read_chains(json_object_get(json, "chains"), options, hold);

	return error ? error
		     : read_samples(json_object_get(json, "samples"), options,
				    hold);
}

/* JSON texts are UTF-8 without NUL; what is not is encoded. */
static json_t *pack_file(const struct tamiz_text *file)
{
	json_t *text = memchr(file->text, '\0', file->len)
			       ? NULL
			       : json_stringn(file->text, file->len);
	const char *form = text ? "text" : "base64";

	if (!text)
		text = tz_base64_pack(file->text, file->len);
	return json_pack("{s:o, s:o}", "name", tz_json_text(file->name), form,
			 text);
}

static json_t *make(const struct tamiz_change *change)
{
	const struct tamiz_object *object = change->object;
	char c[TZ_DIGEST_HEX_LEN], o[TZ_DIGEST_HEX_LEN];
	json_t *files = json_array();

	for (size_t i = 0; i < change->n_files; i++)
		json_array_append_new(files, pack_file(&change->files[i]));
	tz_digest_of(change->text, strlen(change->text), c);
	tz_digest_of(object->data, object->len, o);
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:s}", "options",
			 tz_source_pack_options(change->options), "as",
			 tz_json_text(change->upper), "files", files, "c", c,
			 "object", tz_base64_pack(object->data, object->len),
			 "object_digest", o);
}

int tz_source_pin(const struct tz_pins *pins, const struct tamiz_change *change,
		  unsigned int gen, struct tamiz_notes *notes)
{
	size_t len = change->object->len;

	for (size_t i = 0; i < change->n_files; i++)
		len += change->files[i].len;
	if (!change->n_files)
		return 0;
	if (len > TZ_SOURCE_MAX) {
		tz_note(notes,
			"%s: the rules are larger than %u MiB: save will not "
			"have them",
			change->ifname, TZ_SOURCE_MAX >> 20);
		return 0;
	}

	_cleanup_json_ json_t *json = make(change);
	_cleanup_close_ int fd = json ? tz_meta_store(json) : -ENOMEM;

	return fd < 0 ? fd
		      : tz_pin_put(pins, change->ifname, "source", gen, fd);
}

int tz_source_read(const struct tz_pins *pins, const char *ifname,
		   unsigned int gen, json_t **source)
{
	_cleanup_close_ int fd = tz_pin_get(pins, ifname, "source", gen);
	_cleanup_free_ char *data = NULL;
	size_t len;

	if (fd < 0)
		return fd;

	int error = tz_meta_bytes(fd, &data, &len);

	if (error)
		return error;

	json_t *json = json_loadb(data, len, 0, NULL);

	if (!json_is_object(json)) {
		json_decref(json);
		return -EPROTO;
	}
	*source = json;
	return 0;
}
