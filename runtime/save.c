/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is attached as a text, and back. Per device it is what is pinned as its
 * source (source.h), with its name, its mode and its memory of the live rules.
 */
#include <tamiz/runtime.h>

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/abi.h>

#include "runtime/base64.h"
#include "runtime/digest.h"
#include "runtime/json.h"
#include "runtime/live.h"
#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/source.h"
#include "runtime/state.h"

#define FORMAT 1

struct saving {
	json_t *devices;
	struct tamiz_message *message;
};

static int pack_state(const struct tz_state *state, const char *ifname,
		      json_t *source)
{
	_cleanup_free_ char *memory = tz_live_memory(state->meta);
	uint32_t flags;
	int error = tz_state_flags(state, &flags);

	if (error)
		return error;
	return memory &&
			       !json_object_set_new(source, "device",
						    tz_json_text(ifname)) &&
			       !json_object_set_new(source, "memory",
						    json_string(memory)) &&
			       !json_object_set_new(
				       source, "monitor",
				       json_boolean(flags & TZ_CONTROL_MONITOR))
		       ? 0
		       : -ENOMEM;
}

static int save_device(const struct tz_pins *pins, const char *pinned_as,
		       void *arg)
{
	struct saving *saving = arg;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	_cleanup_json_ json_t *source = NULL;
	int error = tz_state_open(pins, pinned_as, &state, saving->message);
	const char *ifname = *state.ifname ? state.ifname : pinned_as;

	if (error == -ENOENT || (!error && state.is_void))
		return 0;
	if (!error && state.trial == TAMIZ_TRIAL_WAITING)
		return tz_message_fail(saving->message, -EBUSY,
				       "the rules of %s are unconfirmed: "
				       "confirm them or roll them back first",
				       ifname);
	if (error)
		return error;
	error = tz_source_read(pins, pinned_as, state.gen, &source);
	if (error == -ENOENT)
		return tz_message_fail(saving->message, -ENODATA,
				       "the rule files of %s were not kept: "
				       "they are too large",
				       ifname);
	if (!error)
		error = pack_state(&state, ifname, source);
	if (error)
		return tz_message_fail(saving->message, error,
				       "cannot read the rule files of %s: %s",
				       ifname, strerror(-error));
	return json_array_append(saving->devices, source) ? -ENOMEM : 0;
}

int tamiz_save(const char *bpffs, char **text, size_t *len,
	       struct tamiz_message *message)
{
	uint64_t netns;
	int error;
	_cleanup_close_ int lock = tz_lock_here(true, &netns, message);
	_cleanup_json_ json_t *json =
		json_pack("{s:i, s:[]}", "format", FORMAT, "devices");
	struct saving saving = { json_object_get(json, "devices"), message };
	struct tz_pins pins;

	if (lock < 0 || !json)
		return lock < 0 ? lock : -ENOMEM;
	error = tz_pin_open(&pins, bpffs, false, message);
	if (!error)
		error = tz_pin_each(&pins, save_device, &saving);
	if (error && error != -ENOENT)
		return error;

	char *dump = json_dumps(json, JSON_INDENT(1));

	if (!dump)
		return -ENOMEM;
	*text = dump;
	*len = strlen(dump);
	return 0;
}

/* The public part first: a tamiz_saved is a tz_saved. */
struct saved {
	struct tamiz_saved saved;
	struct tz_source_hold *holds; /* one per device */
	json_t *json;
};

static int read_file(const json_t *json, struct tamiz_text *file)
{
	const json_t *text = json_object_get(json, "text");
	const json_t *base64 = json_object_get(json, "base64");
	const json_t *from = text ? text : base64;
	const char *name = tz_meta_text(json, "name");
	char *data;
	size_t len = json_string_length(from);

	if (!json_is_string(from) || !*name)
		return -EPROTO;
	if (text) {
		data = strndup(json_string_value(text), len);
		if (!data)
			return -ENOMEM;
	} else {
		int error = tz_base64_unpack(json_string_value(base64), len,
					     &data, &len);

		if (error)
			return error;
	}
	*file = (struct tamiz_text){ name, data, len };
	return 0;
}

static int read_files(const json_t *json, struct tamiz_saved_device *device)
{
	size_t n = json_array_size(json);
	int error = n ? 0 : -EPROTO;

	device->files = calloc(n + 1, sizeof(*device->files));
	if (!device->files)
		return -ENOMEM;
	for (size_t i = 0; i < n && !error; i++) {
		error = read_file(json_array_get(json, i), &device->files[i]);
		device->n_files += !error;
	}
	return error;
}

static int read_object(const json_t *json, struct tamiz_saved_device *device)
{
	const json_t *object = json_object_get(json, "object");
	char digest[TZ_DIGEST_HEX_LEN], *data;
	size_t len;

	if (!json_is_string(object))
		return -EPROTO;

	int error = tz_base64_unpack(json_string_value(object),
				     json_string_length(object), &data, &len);

	if (error)
		return error;
	device->object = (struct tamiz_object){ data, len };
	tz_digest_of(data, len, digest);
	return strcmp(digest, tz_meta_text(json, "object_digest")) ? -EPROTO
								   : 0;
}

static int read_device(const json_t *json, struct tamiz_saved_device *device,
		       struct tz_source_hold *hold)
{
	const char *memory = tz_meta_text(json, "memory");
	int error = tz_source_read_options(json_object_get(json, "options"),
					   &device->options, hold);

	device->ifname = tz_meta_text(json, "device");
	device->upper = json_string_value(json_object_get(json, "as"));
	device->monitor = json_is_true(json_object_get(json, "monitor"));
	device->memory = *memory ? memory : NULL;
	device->c_digest = tz_meta_text(json, "c");
	device->options.ifname = device->upper ? device->upper : device->ifname;
	device->options.hz = tamiz_kernel_hz();
	if (!error)
		error = *device->ifname ? 0 : -EPROTO;
	if (!error)
		error = read_files(json_object_get(json, "files"), device);
	return error ? error : read_object(json, device);
}

static int read_devices(struct saved *s)
{
	const json_t *devices = json_object_get(s->json, "devices");
	size_t n = json_array_size(devices);
	int error = 0;

	if (tz_meta_number(s->json, "format") != FORMAT ||
	    !json_is_array(devices))
		return -EPROTO;
	s->saved.devices = calloc(n + 1, sizeof(*s->saved.devices));
	s->holds = calloc(n + 1, sizeof(*s->holds));
	if (!s->saved.devices || !s->holds)
		return -ENOMEM;
	for (size_t i = 0; i < n && !error; i++) {
		s->saved.n_devices++;
		error = read_device(json_array_get(devices, i),
				    &s->saved.devices[i], &s->holds[i]);
	}
	return error;
}

int tamiz_saved_read(const char *text, size_t len, struct tamiz_saved **saved,
		     struct tamiz_message *message)
{
	struct saved *s = calloc(1, sizeof(*s));
	int error = s ? 0 : -ENOMEM;

	if (!error) {
		s->json = json_loadb(text, len, 0, NULL);
		error = s->json ? read_devices(s) : -EPROTO;
	}
	if (error) {
		tamiz_saved_free(s ? &s->saved : NULL);
		return tz_message_fail(
			message, error, "%s",
			error == -EPROTO ? "this is not what tamiz save writes"
					 : strerror(-error));
	}
	*saved = &s->saved;
	return 0;
}

void tamiz_saved_free(struct tamiz_saved *saved)
{
	/* The public part is the first member. */
	struct saved *s = (struct saved *)saved;

	if (!s)
		return;
	for (size_t i = 0; i < saved->n_devices; i++) {
		struct tamiz_saved_device *device = &saved->devices[i];

		for (size_t k = 0; k < device->n_files; k++)
			free((void *)(uintptr_t)device->files[k].text);
		free(device->files);
		free(s->holds[i].chains);
		free(s->holds[i].samples);
		tamiz_object_clear(&device->object);
	}
	free(saved->devices);
	free(s->holds);
	json_decref(s->json);
	free(s);
}

const struct tamiz_object *
tamiz_saved_object(const struct tamiz_saved_device *device, const char *c)
{
	char digest[TZ_DIGEST_HEX_LEN];

	tz_digest_of(c, strlen(c), digest);
	return strcmp(digest, device->c_digest) ? NULL : &device->object;
}
