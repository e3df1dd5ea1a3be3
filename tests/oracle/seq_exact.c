/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet's states are what is known of it when XDP sees it (seq_meter.bpf.c),
 * its bytes what the filter table sees. Packets that are no whole ones, or out
 * of order, may be of any state: of them a counter may have counted more.
 */
#include "seq_exact.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tamiz/abi.h>

#include "base/buf.h"
#include "ir/ct.h"
#include "ir/packet.h"
#include "ir/view.h"
#include "lib/lab.h"
#include "seq_meter.h"

#define CHAIN "tz-seen"

enum { ETHERNET = 14, PACKET_MAX = 65575, UNTRACKED = 7 };

struct watched {
	const struct tz_ir_rule *rule;
	size_t index; /* of tamiz_rule() */
	uint64_t sure, maybe;
};

struct tz_exact {
	const struct tz_subject *subject;
	enum tz_backend backend;
	struct watched *all;
	size_t n, n_shown, shown_max;
	struct tz_exact_result result;
	struct tz_tally *tallies; /* by index of the rule */
	size_t read_at;           /* packets, when they were read */
};

/* Who sent it is made up, and what of it is beyond a frame. */
static bool reads_beyond(const char *text)
{
	static const char *const matches[] = { "-m mac", "-m pkttype",
					       "-m bpf", "-m string",
					       "-m u32", "-m physdev" };

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		if (strstr(text, matches[i]))
			return true;
	return false;
}

static bool is_watched(const struct tamiz_rule *rule)
{
	return rule->number && rule->is_ingress && !rule->is_own &&
	       rule->tracked == TAMIZ_EXACT && !rule->keeps_state &&
	       !strcmp(rule->table, "filter") && !reads_beyond(rule->text);
}

/* The length of the matches of @text: without its target. */
static size_t matches_len(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = len; i-- > 0;)
		if ((i == 0 || text[i - 1] == ' ') &&
		    (!strncmp(text + i, "-j ", 3) ||
		     !strncmp(text + i, "-g ", 3)))
			return i;
	return len;
}

static size_t add_chain(const struct tz_subject *subject, struct tz_buf *out)
{
	const struct tamiz *tamiz = subject->tamiz;
	size_t n = 0;

	tz_buf_printf(out,
		      "-A INPUT -i %s -j " CHAIN "\n"
		      "-A FORWARD -i %s -j " CHAIN "\n",
		      subject->dev, subject->dev);
	for (size_t i = 0; i < tamiz_n_rules(tamiz); i++) {
		struct tamiz_rule rule = tamiz_rule(tamiz, i);

		if (!is_watched(&rule))
			continue;
		tz_buf_printf(out, "-A " CHAIN " %.*s\n",
			      (int)matches_len(rule.text), rule.text);
		n++;
	}
	return n;
}

/* Whether the line that begins at @line adds a rule: commands come before. */
static bool adds(const char *line)
{
	return !strncmp(line, "-A ", 3) || !strncmp(line, "-I ", 3) ||
	       *line == '[';
}

char *tz_exact_text(const struct tz_subject *subject)
{
	struct tz_buf out = { 0 };
	bool is_filter = false;
	size_t n = 0;

	for (const char *line = subject->text, *next; *line; line = next) {
		next = strchrnul(line, '\n');
		next += *next == '\n';
		if (*line == '*') {
			is_filter = !strncmp(line, "*filter", 7);
			tz_buf_printf(&out, "%.*s", (int)(next - line), line);
			if (is_filter)
				tz_buf_puts(&out, ":" CHAIN " - [0:0]\n");
			continue;
		}
		if (is_filter && adds(line)) {
			n = add_chain(subject, &out);
			is_filter = false;
		}
		tz_buf_printf(&out, "%.*s", (int)(next - line), line);
	}

	char *text =
		n ? tz_arena_strndup(subject->arena, out.text, out.len) : NULL;

	tz_buf_free(&out);
	return text;
}

static const struct tz_ir_chain *find_chain(const struct tz_ir *ir)
{
	size_t i = 0;

	while (strcmp(ir->chains.at[i]->name, CHAIN) != 0)
		i++;
	return ir->chains.at[i];
}

struct tz_exact *tz_exact_open(const struct tz_subject *subject, bool is_nft,
			       size_t shown_max)
{
	struct tz_exact *exact = tz_new(subject->arena, struct tz_exact);
	const struct tz_ir_chain *chain = find_chain(subject->ir);

	exact->subject = subject;
	exact->backend = is_nft ? TZ_BACKEND_NFT : TZ_BACKEND_LEGACY;
	exact->shown_max = shown_max;
	exact->all =
		tz_new_array(subject->arena, struct watched, chain->rules.n);
	for (size_t i = 0; i < tamiz_n_rules(subject->tamiz); i++) {
		struct tamiz_rule rule = tamiz_rule(subject->tamiz, i);

		if (rule.number && !strcmp(rule.chain, CHAIN))
			exact->all[exact->n++] = (struct watched){
				chain->rules.at[rule.number - 1], i, 0, 0
			};
	}
	exact->result.rules = exact->n;
	return exact;
}

/* ---- packets ---- */

/* The kernel has filled in options (record route), and does not sum yet. */
static void put_header_sum(uint8_t *ip)
{
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (size_t i = 0; i < (ip[0] & 15u) * 4; i += 2)
		sum += tz_be16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

/* The frame that @seen may have come in, then zeros; its length. */
static size_t make_frame(const struct tz_meter_packet *seen, uint8_t *frame)
{
	bool is_v6 = seen->bytes[0] >> 4 == 6;

	memcpy(frame, tz_lab_mac, 6);
	memcpy(frame + 6, tz_lab_sender_mac, 6);
	frame[12] = is_v6 ? 0x86 : 0x08;
	frame[13] = is_v6 ? 0xdd : 0x00;
	memcpy(frame + ETHERNET, seen->bytes, seen->n_bytes);
	memset(frame + ETHERNET + seen->n_bytes, 0, seen->len - seen->n_bytes);
	if (!is_v6)
		put_header_sum(frame + ETHERNET);
	return ETHERNET + seen->len;
}

/* TZ_CT_* of what conntrack said. */
static unsigned int state_of(uint32_t ctinfo)
{
	switch (ctinfo) {
	case 0: /* IP_CT_ESTABLISHED */
	case 3: /* IP_CT_ESTABLISHED_REPLY */
		return TZ_CT_ESTABLISHED;
	case 1: /* IP_CT_RELATED */
	case 4: /* IP_CT_RELATED_REPLY */
		return TZ_CT_RELATED;
	case 2: /* IP_CT_NEW */
		return TZ_CT_NEW;
	case UNTRACKED:
		return TZ_CT_UNTRACKED;
	}
	return TZ_CT_INVALID;
}

static unsigned int told_by_entry(uint32_t label)
{
	static const unsigned int states[] = {
		[TZ_METER_STATE_NEW] = TZ_CT_NEW,
		[TZ_METER_STATE_RELATED] = TZ_CT_RELATED,
		[TZ_METER_STATE_ESTABLISHED] = TZ_CT_ESTABLISHED,
	};
	uint32_t state = label >> TZ_METER_STATE_SHIFT & 7;

	if (state <= TZ_METER_STATE_ESTABLISHED)
		return states[state];
	return states[state - TZ_METER_STATE_DOUBT] | TZ_CT_INVALID;
}

/* The states that @packet may have; 0: it is broken, or nothing is known. */
static unsigned int states_of(const struct tz_exact *exact,
			      const struct tz_meter_packet *seen,
			      const struct tz_packet *packet)
{
	struct tz_ct_options options = exact->subject->ct;

	if ((seen->label & ~TZ_METER_LABEL_MASK) != TZ_METER_LABEL ||
	    seen->label & TZ_METER_FRAGMENT || seen->n_bytes != seen->len ||
	    !tz_ct_is_in_order(packet))
		return 0;
	/* of those that rules let through there may be one */
	options.knows_requests = false;
	options.is_found = seen->label & TZ_METER_FOUND;

	struct tz_ct ct = tz_ct_of(packet, &options);

	if (options.is_found)
		return told_by_entry(seen->label) |
		       (ct.states & TZ_CT_UNTRACKED);
	/* an error: what it quotes was not looked for */
	if (packet->proto != TZ_PROTO_TCP && packet->proto != TZ_PROTO_UDP &&
	    ct.states & TZ_CT_INVALID)
		return ct.states | TZ_CT_RELATED;
	return ct.states;
}

static unsigned int leaf_outcomes(void *view, const struct tz_ir_match *leaf)
{
	return tz_view_outcomes(view, leaf);
}

static void show(struct tz_exact *exact, const struct watched *watched,
		 const char *what, uint64_t a, uint64_t b)
{
	if (exact->n_shown++ < exact->shown_max)
		fprintf(stderr, "exact: %s: %s (%llu, %llu)\n",
			watched->rule->text, what, (unsigned long long)a,
			(unsigned long long)b);
}

/* Whether the packet may go on to the next rule. @is_doubted: to this one. */
static bool judge(struct tz_exact *exact, struct watched *watched,
		  const struct tz_view *view, bool is_broken, bool *is_doubted)
{
	unsigned int outcomes = tz_outcome_of_all(view, watched->rule->matches,
						  leaf_outcomes, (void *)view);

	bool is_sure = outcomes == TZ_OUTCOME_TRUE && !*is_doubted;

	exact->result.pairs++;
	watched->sure += is_sure;
	watched->maybe += outcomes & TZ_OUTCOME_TRUE && !is_sure;
	if (outcomes & TZ_OUTCOME_HOTDROP)
		*is_doubted = true;
	if (!is_broken && outcomes & TZ_OUTCOME_TRUE &&
	    outcomes != TZ_OUTCOME_TRUE) {
		exact->result.unknown++;
		show(exact, watched, "is not known", view->ct_states,
		     view->packet->proto);
	}
	return outcomes != TZ_OUTCOME_HOTDROP;
}

int tz_exact_take(void *to, void *data, size_t len)
{
	struct tz_exact *exact = to;
	const struct tz_meter_packet *seen = data;
	static uint8_t frame[ETHERNET + PACKET_MAX];
	bool is_doubted = false;
	struct tz_packet packet;
	struct tz_view view;

	if (len < sizeof(*seen) || seen->n_bytes < 20 ||
	    seen->n_bytes > seen->len || seen->len > PACKET_MAX ||
	    tz_packet_parse(frame, make_frame(seen, frame), NULL, &packet) !=
		    TZ_PACKET_FILTERED)
		return 0;

	unsigned int states = states_of(exact, seen, &packet);
	unsigned int was = state_of(seen->ctinfo);

	exact->result.packets++;
	exact->result.broken += !states;
	if (states && !(states & was)) {
		exact->result.misjudged++;
		if (exact->n_shown++ < exact->shown_max)
			fprintf(stderr,
				"exact: state %u where %x could be, label %x, "
				"protocol %u, flags %x\n",
				was, states, seen->label, packet.proto,
				packet.l4_len > 13
					? packet.frame[packet.l4 + 13]
					: 0);
	}
	tz_view_init(&view, &packet, exact->backend, exact->subject->dev);
	view.ct_states = states ? states : TZ_CT_ALL;
	for (size_t i = 0; i < exact->n; i++)
		if (!judge(exact, &exact->all[i], &view, !states, &is_doubted))
			break;
	return 0;
}

int tz_exact_read(struct tz_exact *exact, const struct tz_kernel *kernel)
{
	const struct tamiz *tamiz = exact->subject->tamiz;

	if (!exact->tallies)
		exact->tallies =
			tz_new_array(exact->subject->arena, struct tz_tally,
				     tamiz_n_rules(tamiz));
	exact->read_at = exact->result.packets;
	return tz_kernel_count(kernel, tamiz, exact->tallies);
}

bool tz_exact_is_fresh(const struct tz_exact *exact)
{
	return exact->read_at == exact->result.packets;
}

void tz_exact_sum(struct tz_exact *exact, struct tz_exact_result *result)
{
	for (size_t i = 0; i < exact->n; i++) {
		const struct watched *watched = &exact->all[i];
		uint64_t n = exact->tallies[watched->index].packets;

		if (n >= watched->sure && n <= watched->sure + watched->maybe)
			continue;
		exact->result.different++;
		show(exact, watched, "was counted otherwise", watched->sure, n);
	}
	*result = exact->result;
}
