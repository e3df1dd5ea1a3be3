/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz run for programs: an object a line, the summary in the last. */
#include "runtime/cli/run.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>

#include "runtime/json.h"

static json_t *pack_rule(const struct run_rules *rules, size_t rule)
{
	if (rule == TAMIZ_NO_RULE)
		return json_null();

	struct tamiz_rule r = tamiz_rule(rules->tamiz, rule);

	return json_pack("{s:i, s:o, s:i, s:i, s:s, s:o, s:i, s:o}", "index",
			 (int)rule, "file", tz_json_text(r.file), "line",
			 (int)r.line, "family", r.family, "table", r.table,
			 "chain", tz_json_text(r.chain), "number",
			 (int)r.number, "text", tz_json_text(r.text));
}

static void add_packet(json_t *object, const struct tamiz_judgement *j)
{
	int family = j->family == 4 ? AF_INET : AF_INET6;
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	if (!j->family)
		return;
	inet_ntop(family, j->src, src, sizeof(src));
	inet_ntop(family, j->dst, dst, sizeof(dst));
	json_object_set_new(object, "family", json_integer(j->family));
	json_object_set_new(object, "src", json_string(src));
	json_object_set_new(object, "dst", json_string(dst));
	if (j->has_proto)
		json_object_set_new(object, "protocol", json_integer(j->proto));
	if (j->has_ports) {
		json_object_set_new(object, "sport", json_integer(j->sport));
		json_object_set_new(object, "dport", json_integer(j->dport));
	}
	json_object_set_new(object, "fragment", json_boolean(j->is_fragment));
	json_object_set_new(object, "ip_length",
			    json_integer((json_int_t)j->ip_len));
}

static json_t *pack_counted(const uint32_t *ids, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_integer(ids[i]));
	return array;
}

static void add_judgement(json_t *object, const struct run_rules *rules,
			  const struct tamiz_judgement *j)
{
	json_object_set_new(object, "verdict",
			    json_string(run_verdict_name(j->verdict)));
	json_object_set_new(object, "rule", pack_rule(rules, j->rule));
	json_object_set_new(object, "short_header",
			    json_boolean(j->is_hotdrop));
	json_object_set_new(object, "counted",
			    pack_counted(j->counted, j->n_counted));
	if (!*j->why)
		return;
	json_object_set_new(object, "depends_on",
			    pack_rule(rules, j->depends_on));
	json_object_set_new(object, "match", tz_json_text(j->match));
	json_object_set_new(object, "why", tz_json_text(j->why));
}

static void add_xdp(json_t *object, const struct run_rules *rules,
		    const struct run_xdp_verdict *xdp)
{
	static const char *const names[] = {
		[RUN_XDP_NOT_RUN] = "not-run",
		[RUN_XDP_PASS] = "pass",
		[RUN_XDP_DROP] = "drop",
	};

	json_object_set_new(object, "xdp", json_string(names[xdp->verdict]));
	json_object_set_new(object, "xdp_rule", pack_rule(rules, xdp->rule));
}

static void put(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

void run_print_json(const struct run_rules *rules, enum cli_engine engine,
		    const struct run_packet *packet)
{
	json_t *object =
		json_pack("{s:I}", "packet", (json_int_t)packet->number);

	if (packet->frame.time_ns >= 0)
		json_object_set_new(object, "time_ns",
				    json_integer(packet->frame.time_ns));
	add_packet(object, &packet->judgement);
	if (engine != CLI_ENGINE_XDP)
		add_judgement(object, rules, &packet->judgement);
	if (engine != CLI_ENGINE_EVAL)
		add_xdp(object, rules, &packet->xdp);
	put(object);
}

static json_t *pack_tallies(const struct run_rules *rules)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rules->n; i++) {
		const struct run_tally *t = &rules->tallies[i];
		json_t *object = pack_rule(rules, i);

		json_object_set_new(object, "packets",
				    json_integer((json_int_t)t->packets));
		json_object_set_new(object, "bytes",
				    json_integer((json_int_t)t->bytes));
		json_object_set_new(object, "maybe",
				    json_integer((json_int_t)t->maybe));
		json_object_set_new(object, "decided",
				    json_integer((json_int_t)t->decided));
		json_array_append_new(array, object);
	}
	return array;
}

void run_print_json_summary(const struct run_rules *rules,
			    enum cli_engine engine,
			    const struct run_totals *totals)
{
	json_t *sum =
		json_pack("{s:I}", "packets", (json_int_t)totals->packets);

	for (int i = 0; i < TAMIZ_N_VERDICTS && engine != CLI_ENGINE_XDP; i++)
		json_object_set_new(
			sum, run_verdict_name((enum tamiz_verdict)i),
			json_integer((json_int_t)totals->verdicts[i]));
	if (engine != CLI_ENGINE_EVAL) {
		json_object_set_new(sum, "xdp_drop",
				    json_integer((json_int_t)totals->xdp[2]));
		json_object_set_new(sum, "xdp_pass",
				    json_integer((json_int_t)totals->xdp[1]));
		json_object_set_new(sum, "xdp_not_run",
				    json_integer((json_int_t)totals->xdp[0]));
		json_object_set_new(sum, "xdp_wrong",
				    json_integer((json_int_t)totals->n_wrong));
	}
	if (totals->complaint)
		json_object_set_new(sum, "error",
				    tz_json_text(totals->complaint));
	json_object_set_new(sum, "rules", pack_tallies(rules));
	put(json_pack("{s:o}", "summary", sum));
}
