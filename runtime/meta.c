/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The description of an attached rule set: made, stored, and read back, which
 * is where it is looked at, for what is pinned is not believed.
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
#include "runtime/tracking.h"

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

	if (json && rule.is_own)
		json_object_set_new(json, "own", json_true());
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

/*
 * Whether the rules lean on what the host does to packets before they meet
 * them, which is all behind the table raw.
 */
static bool leans_on_host(const struct tamiz_change *change)
{
	bool is_leaning = false;

	if (change->options->mode != TAMIZ_MODE_OFFLOAD)
		return false;
	for (size_t i = 0; i < tamiz_n_rules(change->rules); i++) {
		struct tamiz_rule rule = tamiz_rule(change->rules, i);

		is_leaning |= rule.is_ingress && strcmp(rule.table, "raw") &&
			      (rule.number || strcmp(rule.target, "ACCEPT"));
	}
	return is_leaning;
}

/*
 * Whether rules of @family are judged by lookups, which may come to find
 * other routes than the kernel.
 */
static bool routes_matter(const struct tamiz_change *change, int family)
{
	uint32_t hidden =
		family == 6 ? TAMIZ_HIDES_ROUTES6 : TAMIZ_HIDES_ROUTES4;

	if (change->options->mode != TAMIZ_MODE_OFFLOAD ||
	    change->options->hides_routes & hidden)
		return false;
	for (size_t i = 0; i < tamiz_n_rules(change->rules); i++) {
		struct tamiz_rule rule = tamiz_rule(change->rules, i);

		if (rule.number && rule.family == family &&
		    strstr(rule.text, "-m rpfilter"))
			return true;
	}
	return false;
}

/* Whether they were judged as where nobody translates addresses. */
static bool nat_matters(const struct tamiz_change *change)
{
	const struct tamiz_options *options = change->options;

	if (options->host_has_nat || options->assume_no_nat)
		return false;
	/* nobody follows the nat table of the files without lookups */
	for (size_t i = 0; options->conntrack == TAMIZ_CONNTRACK_NONE &&
			   i < tamiz_n_rules(change->rules);
	     i++) {
		struct tamiz_rule rule = tamiz_rule(change->rules, i);

		if (rule.number && !strcmp(rule.table, "nat"))
			return false;
	}
	return leans_on_host(change);
}

/* For which families entries are looked up: TZ_TRACKING_ON*. */
static int looks_up(const struct tamiz_change *change)
{
	const struct tamiz_options *options = change->options;

	return options->mode == TAMIZ_MODE_OFFLOAD &&
			       options->conntrack == TAMIZ_CONNTRACK_LOOKUP
		       ? (int)tz_tracking_asked(change->rules)
		       : 0;
}

/* As in struct tamiz_status_device. */
static const char *connections(const struct tamiz_change *change)
{
	if (change->options->mode != TAMIZ_MODE_OFFLOAD ||
	    !tz_tracking_asked(change->rules))
		return "";
	return looks_up(change) ? "lookup" : "unknown";
}

/* What of the host's connection tracking they were judged with. */
static int tracking(const struct tamiz_options *options)
{
	int bits = 0;

	if (options->host_is_loose)
		bits |= TZ_TRACKING_LOOSE;
	if (options->host_has_expectations)
		bits |= TZ_TRACKING_EXPECTS;
	if (options->host_has_zones)
		bits |= TZ_TRACKING_ZONES;
	if (options->host_has_notrack)
		bits |= TZ_TRACKING_NOTRACK;
	if (!options->host_has_one_device)
		bits |= TZ_TRACKING_DEVICES;
	return bits;
}

/* What others may write without harm. */
static json_int_t harmless_writes(const struct tamiz_change *change)
{
	return leans_on_host(change) ? change->options->host_writes
				     : UINT32_MAX;
}

json_t *tz_meta_make(const struct tamiz_change *change,
		     const struct tamiz_device *device, unsigned int gen)
{
	const struct tamiz_options *options = change->options;
	char mac_text[TZ_META_MAC_LEN];

	tz_meta_mac(device->mac, mac_text);
	return json_pack(
		"{s:i, s:s, s:i, s:i, s:i, s:o, s:i, s:s, s:o, s:I, s:s, s:s, "
		"s:b, s:b, s:b, s:b, s:b, s:I, s:i, s:i, s:s, s:o}",
		"abi", TZ_ABI_VERSION, "version", PACKAGE_VERSION, "generation",
		(int)gen, "before", 0, "from_generation", 0, "ifname",
		tz_json_text(change->ifname), "ifindex", (int)device->ifindex,
		"mac", mac_text, "as", tz_json_text(change->upper),
		"attached_at", (json_int_t)time(NULL), "mode",
		mode_name(options->mode), "backend",
		backend_name(options->backend), "nat_matters",
		(int)nat_matters(change), "merging_matters",
		(int)(options->mode == TAMIZ_MODE_OFFLOAD &&
		      !options->udp_merges),
		"routes_matter",
		(int)(routes_matter(change, 4) || routes_matter(change, 6)),
		"rules4_matter", (int)routes_matter(change, 4), "rules6_matter",
		(int)routes_matter(change, 6), "host_writes",
		harmless_writes(change), "asked", looks_up(change), "tracking",
		tracking(options), "connections", connections(change), "rules",
		tz_meta_rules(change->rules, options->mode));
}

int tz_meta_store(const json_t *json)
{
	_cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);

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

int tz_meta_bytes(int fd, char **data, size_t *len)
{
	struct bpf_map_info info = { 0 };
	uint32_t info_len = sizeof(info);
	int error = bpf_obj_get_info_by_fd(fd, &info, &info_len);

	if (error)
		return error;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != CHUNK_LEN)
		return -EPROTO;

	size_t size = (size_t)info.max_entries * CHUNK_LEN;
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -EPROTO;
	*len = strnlen(at, size);
	*data = strndup(at, *len);
	munmap(at, size);
	return *data ? 0 : -ENOMEM;
}

static bool has_text(const json_t *object, const char *name)
{
	return json_is_string(json_object_get(object, name));
}

static bool is_rule(const json_t *rule)
{
	uint64_t family = tz_meta_number(rule, "family");

	/* 0: of expressions */
	return (!family || family == 4 || family == 6) &&
	       has_text(rule, "table") && has_text(rule, "chain") &&
	       has_text(rule, "fit");
}

/* What everything else relies on; a missing count is 0. */
static bool is_meta(const json_t *meta)
{
	const json_t *rules = json_object_get(meta, "rules");

	if (tz_meta_number(meta, "abi") != TZ_ABI_VERSION ||
	    !tz_meta_number(meta, "generation") || !has_text(meta, "mode") ||
	    !has_text(meta, "mac") || !json_is_array(rules))
		return false;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (!is_rule(json_array_get(rules, i)))
			return false;
	}
	return true;
}

int tz_meta_parse(const char *data, size_t len, json_t **meta)
{
	json_t *json = json_loadb(data, len, 0, NULL);

	if (!is_meta(json)) {
		json_decref(json);
		return -EPROTO;
	}
	*meta = json;
	return 0;
}

int tz_meta_read(int fd, json_t **meta)
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	int error = tz_meta_bytes(fd, &data, &len);

	return error ? error : tz_meta_parse(data, len, meta);
}
