/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz status --json: one device. */
#include "runtime/cli/cli.h"

#include "runtime/json.h"

static json_t *pack_count(struct tamiz_count count)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)count.packets,
			 "bytes", (json_int_t)count.bytes);
}

static json_t *pack_rule(const struct tamiz_status_rule *rule)
{
	json_t *json = json_pack(
		"{s:i, s:s, s:s, s:i, s:s, s:i, s:s, s:s, s:s?, s:b, s:s, s:o}",
		"family", rule->family, "table", rule->table, "chain",
		rule->chain, "number", (int)rule->number, "file", rule->file,
		"line", (int)rule->line, "text", rule->text, "target",
		rule->target, "comment", rule->comment, "ingress",
		(int)rule->is_ingress, "fit", rule->fit, "xdp",
		pack_count(rule->xdp));

	if (rule->is_live)
		json_object_set_new(json, "kernel", pack_count(rule->kernel));
	json_object_set_new(json, "sum", pack_count(rule->sum));
	json_object_set_new(json, "would", pack_count(rule->would));
	return json;
}

static json_t *pack_notes(const struct tamiz_status_device *device)
{
	json_t *notes = json_array();

	for (size_t i = 0; i < device->notes.n; i++)
		json_array_append_new(notes, tz_json_text(device->notes.at[i]));
	return notes;
}

json_t *cli_status_pack(const struct tamiz_status_device *device)
{
	static const char *const trials[] = {
		[TAMIZ_TRIAL_NONE] = "none",
		[TAMIZ_TRIAL_WAITING] = "unconfirmed",
		[TAMIZ_TRIAL_OVER] = "rolled back",
	};
	json_t *json =
		json_pack("{s:o, s:b, s:o}", "device",
			  tz_json_text(device->ifname), "damaged",
			  (int)device->is_damaged, "notes", pack_notes(device));
	json_t *rules = json_array();

	for (size_t i = 0; i < device->n_rules; i++)
		json_array_append_new(rules, pack_rule(&device->rules[i]));

	json_t *more = json_pack(
		"{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, "
		"s:o, s:o, s:b, s:b, s:s, s:b, s:I, s:I, s:I, s:s, s:s}",
		"ifindex", (json_int_t)device->ifindex, "mode", device->mode,
		"backend", device->backend, "version", device->version, "xdp",
		device->xdp, "generation", (json_int_t)device->generation,
		"attached_at", (json_int_t)device->attached_at, "root_id",
		(json_int_t)device->root_id, "rules_id",
		(json_int_t)device->rules_id, "passed",
		pack_count(device->passed), "dropped",
		pack_count(device->dropped), "unjudged",
		pack_count(device->unjudged), "would_drop",
		pack_count(device->would_drop), "rules", rules, "monitor",
		(int)device->is_monitor, "in_force", (int)!device->is_void,
		"trial", trials[device->trial], "drifted",
		(int)(*device->drift != '\0'), "tried",
		(json_int_t)device->tried, "left_ms",
		(json_int_t)device->left_ms, "before",
		(json_int_t)device->before, "drift", device->drift,
		"connections", device->connections);

	if (!device->is_damaged)
		json_object_update(json, more);
	json_decref(more);
	return json;
}
