/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The description of an attached rule set. jansson's tables are also what
 * matches two rule sets with each other, rule by rule.
 */
#include "runtime/meta.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <tamiz/abi.h>
#include <time.h>

#include "runtime/json.h"
#include "runtime/load.h"
#include "runtime/scope.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* Small entries: some kernels bound the size of one value. */
#define CHUNK_LEN 4096

uint64_t tz_meta_number(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

const char *tz_meta_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

struct tamiz_count tz_meta_base(const json_t *rule)
{
	const json_t *base = json_object_get(rule, "base");
	const json_t *packets = json_array_get(base, 0);
	const json_t *bytes = json_array_get(base, 1);

	return (struct tamiz_count){
		(uint64_t)json_integer_value(packets),
		(uint64_t)json_integer_value(bytes),
	};
}

static int set_base(json_t *rule, struct tamiz_count count)
{
	json_t *base = json_pack("[I,I]", (json_int_t)count.packets,
				 (json_int_t)count.bytes);

	return json_object_set_new(rule, "base", base) ? -ENOMEM : 0;
}

static const char *fit_name(enum tamiz_fit fit)
{
	static const char *const names[] = {
		[TAMIZ_EXACT] = "exact",
		[TAMIZ_PARTIAL] = "partial",
		[TAMIZ_IMPOSSIBLE] = "impossible",
	};

	return names[fit];
}

static const char *mode_name(enum tamiz_mode mode)
{
	return mode == TAMIZ_MODE_REPLACE ? "replace" : "offload";
}

static const char *backend_name(enum tamiz_backend backend)
{
	static const char *const names[] = {
		[TAMIZ_BACKEND_BOTH] = "both",
		[TAMIZ_BACKEND_LEGACY] = "legacy",
		[TAMIZ_BACKEND_NFT] = "nft",
	};

	return names[backend];
}

static json_t *rule_of(struct tamiz_rule rule, enum tamiz_mode mode)
{
	enum tamiz_fit fit =
		mode == TAMIZ_MODE_REPLACE ? rule.replace : rule.offload;
	json_t *json = json_pack(
		"{s:i, s:s, s:o, s:i, s:o, s:i, s:o, s:o, s:b, s:s}", "family",
		rule.family, "table", rule.table, "chain",
		tz_json_text(rule.chain), "number", (int)rule.number, "file",
		tz_json_text(rule.file), "line", (int)rule.line, "text",
		tz_json_text(rule.text), "target", tz_json_text(rule.target),
		"ingress", (int)rule.is_ingress, "fit", fit_name(fit));

	if (json && rule.comment)
		json_object_set_new(json, "comment",
				    tz_json_text(rule.comment));
	return json;
}

json_t *tz_meta_rules(const struct tamiz *rules, enum tamiz_mode mode)
{
	size_t n = tamiz_n_rules(rules);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		if (json_array_append_new(
			    array, rule_of(tamiz_rule(rules, i), mode)) == 0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

void tz_meta_mac(const uint8_t *mac, char text[TZ_META_MAC_LEN])
{
	snprintf(text, TZ_META_MAC_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
}

json_t *tz_meta_make(const struct tamiz_change *change,
		     const struct tamiz_device *device, unsigned int gen)
{
	const struct tamiz_options *options = change->options;
	char mac_text[TZ_META_MAC_LEN];

	tz_meta_mac(device->mac, mac_text);
	return json_pack(
		"{s:i, s:s, s:i, s:i, s:o, s:i, s:s, s:o, s:I, s:s, s:s, s:o}",
		"abi", TZ_ABI_VERSION, "version", PACKAGE_VERSION, "generation",
		(int)gen, "from_generation", 0, "ifname",
		tz_json_text(change->ifname), "ifindex", (int)device->ifindex,
		"mac", mac_text, "as", tz_json_text(change->upper),
		"attached_at", (json_int_t)time(NULL), "mode",
		mode_name(options->mode), "backend",
		backend_name(options->backend), "rules",
		tz_meta_rules(change->rules, options->mode));
}

/* What makes a rule the same rule, but for its occurrence. Owned. */
static char *identity(const json_t *rule)
{
	bool is_policy = tz_meta_number(rule, "number") == 0;
	char *key;

	if (asprintf(&key, "%u/%s/%s/%s%s",
		     (unsigned int)tz_meta_number(rule, "family"),
		     tz_meta_text(rule, "table"), tz_meta_text(rule, "chain"),
		     is_policy ? "policy " : "",
		     tz_meta_text(rule, is_policy ? "target" : "text")) < 0)
		return NULL;
	return key;
}

/* The identity with its occurrence: @seen counts them by identity. */
static char *next_key(const json_t *rule, json_t *seen)
{
	_cleanup_free_ char *plain = identity(rule);
	char *key;

	if (!plain)
		return NULL;

	json_int_t before = json_integer_value(json_object_get(seen, plain));

	if (json_object_set_new(seen, plain, json_integer(before + 1)) ||
	    asprintf(&key, "%s#%lld", plain, (long long)before) < 0)
		return NULL;
	return key;
}

json_t *tz_meta_index(const json_t *rules)
{
	_cleanup_json_ json_t *seen = json_object();
	json_t *index = json_object();

	for (size_t i = 0; i < json_array_size(rules); i++) {
		_cleanup_free_ char *key =
			next_key(json_array_get(rules, i), seen);

		if (key &&
		    json_object_set_new(index, key,
					json_integer((json_int_t)i)) == 0)
			continue;
		json_decref(index);
		return NULL;
	}
	return index;
}

int *tz_meta_match(const json_t *rules, const json_t *index)
{
	_cleanup_json_ json_t *seen = json_object();
	size_t n = json_array_size(rules);
	_cleanup_free_ int *match = calloc(n + 1, sizeof(*match));

	for (size_t i = 0; match && i < n; i++) {
		_cleanup_free_ char *key =
			next_key(json_array_get(rules, i), seen);

		if (!key)
			return NULL;

		const json_t *found = json_object_get(index, key);

		match[i] = found ? (int)json_integer_value(found) : -1;
	}
	return TAKE_PTR(match);
}

int tz_meta_carry(json_t *meta, const json_t *old)
{
	json_t *rules = json_object_get(meta, "rules");
	const json_t *old_rules = json_object_get(old, "rules");
	_cleanup_json_ json_t *index = tz_meta_index(old_rules);
	_cleanup_free_ int *match = index ? tz_meta_match(rules, index) : NULL;
	int error = match ? 0 : -ENOMEM;

	for (size_t i = 0; i < json_array_size(rules) && !error; i++) {
		json_t *rule = json_array_get(rules, i);

		if (match[i] < 0)
			continue;

		const json_t *before =
			json_array_get(old_rules, (size_t)match[i]);

		error = set_base(rule, tz_meta_base(before));
		if (!error &&
		    json_object_set_new(rule, "from", json_integer(match[i])))
			error = -ENOMEM;
	}
	if (!error && json_object_set(meta, "from_generation",
				      json_object_get(old, "generation")))
		error = -ENOMEM;
	return error;
}

int tz_meta_fold(json_t *meta, int counters_fd)
{
	json_t *rules = json_object_get(meta, "rules");
	int error = 0;

	for (size_t i = 0; i < json_array_size(rules) && !error; i++) {
		json_t *rule = json_array_get(rules, i);
		struct tamiz_count base = tz_meta_base(rule), count;

		if (!json_object_get(rule, "from"))
			continue;
		error = tz_load_count(counters_fd,
				      (uint32_t)tz_meta_number(rule, "from"),
				      &count);
		if (error)
			break;
		base.packets += count.packets;
		base.bytes += count.bytes;
		error = set_base(rule, base);
		json_object_del(rule, "from");
	}
	if (!error &&
	    json_object_set_new(meta, "from_generation", json_integer(0)))
		error = -ENOMEM;
	return error;
}

int tz_meta_store(const json_t *meta)
{
	_cleanup_free_ char *text = json_dumps(meta, JSON_COMPACT);

	if (!text)
		return -ENOMEM;

	size_t len = strlen(text) + 1;
	uint32_t n = (uint32_t)((len + CHUNK_LEN - 1) / CHUNK_LEN);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	_cleanup_close_ int fd =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, "tz_meta", sizeof(uint32_t),
			       CHUNK_LEN, n, &opts);

	if (fd < 0)
		return fd;

	size_t size = (size_t)n * CHUNK_LEN;
	void *at = mmap(NULL, size, PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	memcpy(at, text, len);
	munmap(at, size);

	int error = bpf_map_freeze(fd);

	return error ? error : TAKE_FD(fd);
}

static json_t *parse(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return NULL;

	json_t *meta = json_loadb(at, strnlen(at, size), 0, NULL);

	munmap(at, size);
	return meta;
}

int tz_meta_read(int fd, json_t **meta)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int error = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (error)
		return error;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != CHUNK_LEN)
		return -EPROTO;

	json_t *json = parse(fd, (size_t)info.max_entries * CHUNK_LEN);

	if (tz_meta_number(json, "abi") != TZ_ABI_VERSION) {
		json_decref(json);
		return -EPROTO;
	}
	*meta = json;
	return 0;
}
